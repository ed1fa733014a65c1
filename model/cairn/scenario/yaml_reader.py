"""Reading YAML files from untrusted sources: plain values, the location of each key, bounded work, nothing executed.

YAML 1.2 without the features that a scenario does not need: anchors, aliases, tags, directives, several documents.
Values are built here from the nodes that ruamel.yaml composes, so no constructor of a library runs. Every error has
its line and column.
"""

from __future__ import annotations

import functools
import math
import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from cairn.support.errors import InputError
from cairn.support.regular_file import read_regular
from cairn.support.text import one_line

MAX_BYTES, MAX_NODES, MAX_DEPTH, MAX_LINES, MAX_KEY_LENGTH = 1_000_000, 50_000, 12, 50, 100
Keys = tuple[str, ...]  # keys that lead to a value, outermost first
Location = tuple[Path, int, int]  # file, line, column
_INT, _FLOAT = re.compile(r"[-+]?\d{1,18}"), re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


HINTS = {  # what messages of the library usually mean
    "could not find expected ':'": "a key needs a : followed by a space",
    "mapping values are not allowed": "put text that contains a : in quotes, and indent the keys of one mapping alike",
    "expected <block end>": "the indentation does not fit the lines above",
    "cannot start any token": "indent with spaces, not tabs, and put a text that begins with this character in quotes",
    "unexpected end of stream": "a quote is opened and never closed",
    "expected ',' or": "a comma is missing, or a bracket is opened and never closed",
}


class ScenarioError(InputError):
    """Errors in a scenario file; the message has one short printable line for each of the first errors.

    >>> print(ScenarioError("w.yaml:1:1: this", "w.yaml:2:1: two\\nlines"))
    w.yaml:1:1: this
    w.yaml:2:1: two\\nlines
    """

    def __init__(self, *lines: str):
        different = list(dict.fromkeys(lines))
        shown = different if len(different) <= MAX_LINES else different[: MAX_LINES - 1]
        more = [f"... and {len(different) - len(shown)} more"] if len(different) > len(shown) else []
        super().__init__(*map(one_line, shown), *more)

    def __str__(self) -> str:
        return "\n".join(self.args)


def read_yaml(path: Path) -> tuple[dict[str, Any], dict[Keys, Location]]:
    """Read the mapping in a file.

    Returns
    -------
    The mapping as plain values, and the location of each of its keys.

    Raises
    ------
    ScenarioError if the file cannot be read or is not allowed YAML
    """
    try:
        raw = read_regular(path, MAX_BYTES)
    except OSError as problem:
        raise _error(path, (1, 1), f"cannot be read: {problem.strerror or problem}") from None
    return parse_yaml(path, raw)


def parse_yaml(path: Path, raw: bytes) -> tuple[dict[str, Any], dict[Keys, Location]]:
    """The same as `read_yaml`, of bytes that are already read; `path` is only used in messages."""
    content, locations = _parse(path, raw)
    return _copy(content), dict(locations)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(part) for key, part in value.items()}
    return [_copy(part) for part in value] if isinstance(value, list) else value


@functools.lru_cache(maxsize=64)
def _parse(path: Path, raw: bytes) -> tuple[dict[str, Any], dict[Keys, Location]]:
    text = _decode(path, raw)
    yaml = YAML(typ="safe", pure=True)
    yaml.allow_duplicate_keys = True  # _NodeReader finds them and names both lines
    try:
        _check_stream(text, path)
        node = yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise _error(path, place, f"not valid YAML: {_with_hint(error.problem or error.context)}") from None
    except YAMLError as error:
        raise _error(path, _bad_character(text), f"not valid YAML: {str(error).splitlines()[0]}") from None
    except (ValueError, OverflowError, IndexError, KeyError, AttributeError, AssertionError, RecursionError) as error:
        if isinstance(error, ScenarioError):
            raise
        raise _error(path, (1, 1), f"not valid YAML: {type(error).__name__}") from None
    if not isinstance(node, MappingNode):
        raise _error(path, (1, 1), "expected a mapping of keys, with a title and a question")
    reader = _NodeReader(path)
    content = reader.mapping(node, ())
    if reader.errors:
        raise ScenarioError(*reader.errors)
    return content, reader.locations


def _with_hint(problem: str) -> str:
    hint = next((hint for part, hint in HINTS.items() if part in problem), "")
    return f"{problem}; {hint}" if hint else problem


def _decode(path: Path, raw: bytes) -> str:
    if len(raw) > MAX_BYTES:
        raise _error(path, (1, 1), f"the file is too large: at most {MAX_BYTES // 1_000_000} MB are allowed")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        raise _error(path, (line, column), "not UTF-8 text") from None


def _bad_character(text: str) -> tuple[int, int]:
    """Line and column of the first character that YAML does not allow."""
    match = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    at = match.start() if match else 0
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _error(path: Path, place: tuple[int, int], message: str) -> ScenarioError:
    return ScenarioError(f"{path}:{place[0]}:{place[1]}: {' '.join(message.split())}")


def _check_stream(text: str, path: Path) -> None:
    """Refuse features that are not allowed, and too much content, before any node is built."""
    depth = nodes = documents = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        mark = event.start_mark
        place = (mark.line + 1, mark.column + 1)
        if isinstance(event, DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _error(path, place, "only one document is allowed in a file; remove the ---")
            if event.version or event.tags:
                raise _error(path, place, "directives (%) are not allowed")
        if not isinstance(event, NodeEvent):
            depth -= isinstance(event, MappingEndEvent | SequenceEndEvent)
            continue
        if isinstance(event, AliasEvent) or event.anchor:
            raise _error(path, place, "anchors (&) and aliases (*) are not allowed; repeat the value instead")
        if getattr(event, "ctag", None) or getattr(event, "tag", None):
            raise _error(path, place, "tags (!) are not allowed")
        nodes += 1
        depth += isinstance(event, MappingStartEvent | SequenceStartEvent)
        if depth > MAX_DEPTH:
            raise _error(path, place, f"nested more than {MAX_DEPTH} levels deep")
        if nodes > MAX_NODES:
            raise _error(path, place, f"more than {MAX_NODES} values in one file")


class _NodeReader:
    """Builds plain values from nodes and collects the locations of keys and errors."""

    def __init__(self, path: Path):
        self.path, self.errors = path, list[str]()
        self.locations: dict[Keys, Location] = {}

    def mapping(self, node: MappingNode, above: Keys) -> dict[str, Any]:
        """A mapping; its keys are text."""
        content: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.add_error(key, "a key must be plain text")
                continue
            name = str(key.value)
            if len(name) > MAX_KEY_LENGTH or not name.isprintable():
                shown = one_line(repr(name), 60)
                self.add_error(key, f"a key must be printable text of at most {MAX_KEY_LENGTH} characters; got {shown}")
                continue
            keys = (*above, name)
            if name in content:
                self.add_error(key, f"{name}: duplicate key, first used in line {self.locations[keys][1]}")
                continue
            self.locations[keys] = (self.path, key.start_mark.line + 1, key.start_mark.column + 1)
            content[name] = self.value(value, keys)
        return content

    def value(self, node: Node, keys: Keys) -> Any:
        """A mapping, a list or a scalar."""
        if isinstance(node, MappingNode):
            return self.mapping(node, keys)
        if isinstance(node, SequenceNode):
            return [self.value(part, (*keys, str(n))) for n, part in enumerate(node.value)]
        return self.scalar(node, keys)

    def scalar(self, node: Any, keys: Keys) -> Any:
        """None, a boolean, a number or text; dates stay text."""
        text, kind = node.value, str(node.tag).rpartition(":")[2]
        if node.style is not None or kind in ("str", "timestamp", "merge", "value"):
            return text
        if kind in ("null", "bool"):
            return None if kind == "null" else text.lower() == "true"
        if kind == "int" and _INT.fullmatch(text):
            return int(text)
        if kind in ("int", "float") and _FLOAT.fullmatch(text) and math.isfinite(float(text)):
            return float(text)
        self.add_error(node, f"{'.'.join(keys)}: {text[:40]!r} is not a finite number in decimal digits")
        return None

    def add_error(self, node: Any, message: str) -> None:
        """Note an error at a node."""
        place = (node.start_mark.line + 1, node.start_mark.column + 1)
        self.errors.append(str(_error(self.path, place, message)))
