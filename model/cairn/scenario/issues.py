"""What is wrong with a file, as text: the key, what was given, what is allowed, the nearest spelling.

An `Issue` names keys; `locate` adds file, line and column. Errors of pydantic become issues here and nowhere else.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel

from cairn.events import event_types
from cairn.scenario.yaml_reader import Keys, Location
from cairn.support.text import one_line, suggest

if TYPE_CHECKING:
    from cairn.scenario.inheritance import ResolvedFile

NAME_RULES = {
    "^[A-Za-z][A-Za-z0-9_]*$": "a name consists of letters, digits and _ and starts with a letter",
    "^[a-z][a-z0-9_]*$": "a name consists of small letters, digits and _ and starts with a letter",
}


class Issue(NamedTuple):
    """One thing that is wrong: the keys that lead to it, a message, and the keys of an event it contradicts."""

    keys: Keys
    message: str
    contradicts: Keys | None = None


class IssuesError(ValueError):
    """Issues that a validator found; pydantic carries them to `from_pydantic`."""

    def __init__(self, issues: list[Issue]):
        super().__init__(one_line("; ".join(map(format_issue, issues))))
        self.issues = issues


class KeyContext(NamedTuple):
    """What a location of pydantic means in a file.

    keys : the keys as written in the file
    part : the class that checks the mapping with the last key; None if unknown
    allowed_keys : keys that mapping may have, where they are not the fields of `part`
    """

    keys: Keys
    part: type[BaseModel] | None = None
    allowed_keys: tuple[str, ...] | None = None


def format_issue(issue: Issue) -> str:
    """An issue as text, without its place in a file.

    >>> format_issue(Issue(("events", "b"), "on the border", ("events", "a")))
    'events.b: contradicts a on the border'
    """
    contradiction = f"contradicts {issue.contradicts[-1]} " if issue.contradicts else ""
    return f"{'.'.join(issue.keys)}: {contradiction}{issue.message}".removeprefix(": ")


def locate(issues: Iterable[Issue], file: ResolvedFile) -> list[tuple[Location, str]]:
    """Issues as text with their locations.

    Of two events that contradict each other, the one in this very file is named first.
    """
    located = []
    for issue in issues:
        keys, message, other = issue
        if other and file.location(other)[0] == file.path != file.location(keys)[0]:
            keys, other = other, keys
        defined = f" ({other[-1]} is defined at {file.where(other)})" if other else ""
        located.append((file.location(keys), format_issue(Issue(keys, message, other)) + defined))
    return located


def sort_by_location(located: Iterable[tuple[Location, str]], file: ResolvedFile) -> list[str]:
    """Lines `file:line:column: text`: those of this file first, then of the files it extends, each from the top."""
    order = {path: n for n, path in enumerate(file.chain)}
    ordered = sorted(located, key=lambda one: (order.get(one[0][0], len(order)), one[0][1:]))
    return [f"{path}:{line}:{column}: {text}" for (path, line, column), text in ordered]


def end_sentence(text: str) -> str:
    """The text with a full stop, unless it ends with a question mark."""
    return text if text.endswith("?") else text + "."


def abbreviate(value: Any) -> str:
    """A value as a message shows it: at most 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def without_union_tags(location: Iterable[Any]) -> KeyContext:
    """The context of a location of which only the keys are known."""
    return KeyContext(tuple(str(key) for key in location if key != "[key]"))


def from_pydantic(
    errors: Iterable[Any], context_of: Callable[[tuple[Any, ...]], KeyContext] = without_union_tags
) -> list[Issue]:
    """Errors of pydantic as issues, in the words of a file.

    Parameters
    ----------
    errors : `ValidationError.errors()`
    context_of : what a location of pydantic (`loc`) means in the file

    Returns
    -------
    list of Issue. A list that is too short only because its entries are wrong is left out.
    """
    errors = list(errors)
    parents = {error["loc"][:n] for error in errors for n in range(1, len(error["loc"]))}
    issues: list[Issue] = []
    for error in errors:
        raised = error.get("ctx", {}).get("error")
        if isinstance(raised, IssuesError):
            issues += raised.issues
        elif error["type"] != "too_short" or error["loc"] not in parents:
            issues.append(_issue(error, context_of(error["loc"])))
    return issues


def _issue(error: Any, at: KeyContext) -> Issue:
    """One error of pydantic as an issue."""
    kind, details = error["type"], error.get("ctx", {})
    keys = (*at.keys, "type") if kind == "union_tag_invalid" else at.keys
    if kind == "extra_forbidden":
        return Issue(keys, _unknown_key(at))
    if kind == "missing":
        return Issue(keys, "a value is missing" if keys[-1].isdigit() else "this key is missing")
    if kind == "union_tag_invalid":
        types, tag = event_types(), details.get("tag", "")
        unknown = end_sentence(f"no event type {str(tag)[:60]!r}{suggest(tag, types)}")
        return Issue(keys, f"{unknown} One of {', '.join(types)}")
    if kind == "union_tag_not_found":
        return Issue(keys, f"an event needs a type, one of {', '.join(event_types())}")
    if kind == "string_pattern_mismatch" and details.get("pattern") in NAME_RULES:
        return Issue(keys, NAME_RULES[details["pattern"]])
    message = error["msg"].removeprefix("Value error, ")
    if kind == "value_error":
        return Issue(keys, message)
    if kind in ("model_type", "dict_type"):
        message = "expected a mapping of keys"
    elif kind.endswith(("too_short", "too_long")):
        message = f"expected {_length(details, 'character' if isinstance(error['input'], str) else 'value')}"
    message = f"{message[0].lower()}{message[1:]}; got {abbreviate(error['input'])}"
    if kind == "literal_error":
        expected = [part.strip(" '") for part in details["expected"].replace(" or ", ",").split(",")]
        return Issue(keys, message + (suggest(error["input"], expected) if isinstance(error["input"], str) else ""))
    allowed = _allowed_at(at)
    return Issue(keys, f"{message}. Allowed: {allowed}" if allowed else message)


def _length(limit: Any, unit: str) -> str:
    least = limit.get("min_length")
    number = limit.get("max_length") if least is None else least
    return f"at {'most' if least is None else 'least'} {number} {unit}{'' if number == 1 else 's'}"


def _unknown_key(at: KeyContext) -> str:
    if at.part is None:
        return "no such key"
    names = sorted(at.part.model_fields if at.allowed_keys is None else at.allowed_keys)
    return f"{end_sentence(f'no such key{suggest(at.keys[-1], names)}')} Allowed: {', '.join(names)}"


def _allowed_at(at: KeyContext) -> str:
    """The values that the innermost field among the keys allows; empty if it is any text, or unknown."""
    if at.part is None:
        return ""
    field = next((key for key in reversed(at.keys) if key in at.part.model_fields), "")
    allowed = _allowed_by_field(at.part).get(field, "")
    return "" if allowed == "text" else allowed


@functools.cache
def _allowed_by_field(part: type[BaseModel]) -> dict[str, str]:
    properties = part.model_json_schema()["properties"]
    return {field: allowed_values(about) for field, about in properties.items()}


def allowed_values(about: dict[str, Any]) -> str:
    """The values that a key allows, from its JSON Schema; empty if they cannot be described in a few words.

    >>> allowed_values({"type": "number", "minimum": 0, "maximum": 1, "unit": "share"})
    '0..1 share'
    >>> allowed_values({"type": "integer", "minimum": 1, "maximum": 20})
    'whole number 1..20'
    """
    if "anyOf" in about:
        parts = [allowed_values(part) for part in about["anyOf"] if part.get("type") != "null"]
        return " or ".join(filter(None, parts))
    if "enum" in about:
        return ", ".join(about["enum"])
    kind = about.get("type")
    if kind == ["string", "integer"]:
        return "date"
    if kind == "array":
        return f"list: {entries}" if (entries := allowed_values(about.get("items", {}))) else "list"
    if kind == "object":
        entries = allowed_values(values) if isinstance(values := about.get("additionalProperties"), dict) else ""
        return f"numbers by {'state' if 'propertyNames' in about else 'date'}: {entries}" if entries else ""
    if kind == "integer" and "unit" not in about:
        most = about.get("maximum", about.get("exclusiveMaximum", 1) - 1)
        return f"whole number {about['minimum']}..{most}" if "minimum" in about else "whole number"
    if "unit" not in about:
        return {"boolean": "true, false", "string": "text"}.get(str(kind), "")
    bounds = f"{about['minimum']:g}..{about['maximum']:g} " if "minimum" in about else ""
    return f"{bounds}{about['unit']}".removesuffix(" 1")
