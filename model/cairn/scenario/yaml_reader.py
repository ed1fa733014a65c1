"""Reading a YAML file that a stranger wrote: plain values, the place of each, bounded work, nothing executed.

YAML 1.2 without what a scenario has no use for: anchors, aliases, tags, directives, several documents. Values are
built here from the nodes that ruamel.yaml composes, so no constructor of a library runs. Every error has its place.
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
from cairn.support.text import one_line

MOST_BYTES, MOST_NODES, DEEPEST, MOST_LINES, LONGEST_KEY = 1_000_000, 50_000, 12, 50, 100
Keys = tuple[str, ...]
Place = tuple[Path, int, int]  # file, line, column
_INT, _FLOAT = re.compile(r"[-+]?\d{1,18}"), re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


HINTS = {
    "could not find expected ':'": "a key needs a : and a blank after it",
    "mapping values are not allowed": "put a text with a : in it in quotes, and indent the keys of one mapping alike",
    "expected <block end>": "the indentation does not fit the lines above",
    "cannot start any token": "indent with blanks, not tabs, and put a text that begins with this character in quotes",
    "unexpected end of stream": "a quote is opened and never closed",
    "expected ',' or": "a comma is missing, or a bracket is opened and never closed",
}


class ScenarioError(InputError):
    """Something is wrong with a scenario file; the message has a plain, short line for each thing, the first of them.

    >>> print(ScenarioError("w.yaml:1:1: this", "w.yaml:2:1: two\\nlines"))
    w.yaml:1:1: this
    w.yaml:2:1: two\\nlines
    """

    def __init__(self, *lines: str):
        different = list(dict.fromkeys(lines))
        shown = different if len(different) <= MOST_LINES else different[: MOST_LINES - 1]
        more = [f"... and {len(different) - len(shown)} more"] if len(different) > len(shown) else []
        super().__init__(*map(one_line, shown), *more)

    def __str__(self) -> str:
        return "\n".join(self.args)


def read(path: Path) -> tuple[dict[str, Any], dict[Keys, Place]]:
    """The mapping a file holds, and where each of its keys stands."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as problem:
        raise _wrong(path, (1, 1), f"cannot be read: {getattr(problem, 'strerror', None) or problem}") from None
    return read_text(path, raw)


def read_text(path: Path, raw: bytes) -> tuple[dict[str, Any], dict[Keys, Place]]:
    """The same of bytes that came some other way; `path` is what messages call them."""
    content, places = _read(path, raw)
    return _copy(content), dict(places)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(part) for key, part in value.items()}
    return [_copy(part) for part in value] if isinstance(value, list) else value


@functools.lru_cache(maxsize=64)
def _read(path: Path, raw: bytes) -> tuple[dict[str, Any], dict[Keys, Place]]:
    text = _text(path, raw)
    yaml = YAML(typ="safe", pure=True)
    yaml.allow_duplicate_keys = True  # found below, with both places
    try:
        _scan(text, path)
        node = yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise _wrong(path, place, f"this is no valid YAML: {_hinted(error.problem or error.context)}") from None
    except YAMLError as error:
        raise _wrong(path, _bad_character(text), f"this is no valid YAML: {str(error).splitlines()[0]}") from None
    except (ValueError, OverflowError, IndexError, KeyError, AttributeError, AssertionError, RecursionError) as error:
        if isinstance(error, ScenarioError):
            raise
        raise _wrong(path, (1, 1), f"this is no valid YAML: {type(error).__name__}") from None
    if not isinstance(node, MappingNode):
        raise _wrong(path, (1, 1), "a scenario is a mapping with title, question and events")
    reader = _Reader(path)
    content = reader.mapping(node, ())
    if reader.wrong:
        raise ScenarioError(*reader.wrong)
    return content, reader.places


def _hinted(problem: str) -> str:
    """What the library says, and what it mostly means."""
    hint = next((hint for part, hint in HINTS.items() if part in problem), "")
    return f"{problem}; {hint}" if hint else problem


def _text(path: Path, raw: bytes) -> str:
    if len(raw) > MOST_BYTES:
        raise _wrong(path, (1, 1), f"the file is larger than {MOST_BYTES // 1_000_000} MB, the most a scenario may be")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        raise _wrong(path, (line, column), "this is no UTF-8 text") from None


def _bad_character(text: str) -> tuple[int, int]:
    """Where the first character stands that YAML does not allow."""
    found = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    at = found.start() if found else 0
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _wrong(path: Path, place: tuple[int, int], message: str) -> ScenarioError:
    return ScenarioError(f"{path}:{place[0]}:{place[1]}: {' '.join(message.split())}")


def _scan(text: str, path: Path) -> None:
    """Look at the stream before any node is built: what is not allowed, and how much there is."""
    depth = nodes = documents = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        mark = event.start_mark
        place = (mark.line + 1, mark.column + 1)
        if isinstance(event, DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _wrong(path, place, "a scenario is one document; take out the ---")
            if event.version or event.tags:
                raise _wrong(path, place, "directives (%) are not allowed in a scenario")
        if not isinstance(event, NodeEvent):
            depth -= isinstance(event, MappingEndEvent | SequenceEndEvent)
            continue
        if isinstance(event, AliasEvent) or event.anchor:
            raise _wrong(path, place, "anchors (&) and aliases (*) are not allowed in a scenario; write it out")
        if getattr(event, "ctag", None) or getattr(event, "tag", None):
            raise _wrong(path, place, "tags (!) are not allowed in a scenario")
        nodes += 1
        depth += isinstance(event, MappingStartEvent | SequenceStartEvent)
        if depth > DEEPEST:
            raise _wrong(path, place, f"nested deeper than {DEEPEST} levels")
        if nodes > MOST_NODES:
            raise _wrong(path, place, f"more than {MOST_NODES} values in one scenario")


class _Reader:
    """Plain values from nodes, the places of keys, and what is wrong."""

    def __init__(self, path: Path):
        self.path, self.wrong = path, list[str]()
        self.places: dict[Keys, Place] = {}

    def mapping(self, node: MappingNode, above: Keys) -> dict[str, Any]:
        """A mapping with text for keys."""
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.complain(key, "a key is one word")
                continue
            name = str(key.value)
            if len(name) > LONGEST_KEY or not name.isprintable():
                self.complain(
                    key, f"a key is one word of at most {LONGEST_KEY} letters; got {one_line(repr(name), 60)}"
                )
                continue
            keys = (*above, name)
            if name in found:
                self.complain(key, f"{name}: duplicate key, it stands in line {self.places[keys][1]} already")
                continue
            self.places[keys] = (self.path, key.start_mark.line + 1, key.start_mark.column + 1)
            found[name] = self.value(value, keys)
        return found

    def value(self, node: Node, keys: Keys) -> Any:
        """A plain value."""
        if isinstance(node, MappingNode):
            return self.mapping(node, keys)
        if isinstance(node, SequenceNode):
            return [self.value(part, (*keys, str(n))) for n, part in enumerate(node.value)]
        return self.scalar(node, keys)

    def scalar(self, node: Any, keys: Keys) -> Any:
        """Nothing, truth, a number or text; dates stay text."""
        text, kind = node.value, str(node.tag).rpartition(":")[2]
        if node.style is not None or kind in ("str", "timestamp", "merge", "value"):
            return text
        if kind in ("null", "bool"):
            return None if kind == "null" else text.lower() == "true"
        if kind == "int" and _INT.fullmatch(text):
            return int(text)
        if kind in ("int", "float") and _FLOAT.fullmatch(text) and math.isfinite(float(text)):
            return float(text)
        self.complain(node, f"{'.'.join(keys)}: {text[:40]!r} is no number that can be used")
        return None

    def complain(self, node: Any, message: str) -> None:
        """Note one thing that is wrong."""
        place = (node.start_mark.line + 1, node.start_mark.column + 1)
        self.wrong.append(str(_wrong(self.path, place, message)))
