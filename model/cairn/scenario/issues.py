"""What is wrong with a scenario, in words: where it stands, what was given, what is allowed, the nearest spelling."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from cairn.events import Event, event_types
from cairn.scenario.inheritance import Resolved, ended, suggest
from cairn.scenario.yaml_reader import Keys, Place
from cairn.support.text import one_line

Fault = tuple[Keys, str, Keys | None]  # where it stands, what it is, and what else it contradicts


class Wrong(ValueError):
    """Things that are wrong, each with the keys where it stands, what it is, and the keys of what it contradicts."""

    def __init__(self, at: list[Fault]):
        super().__init__(one_line("; ".join(format_issue(*fault) for fault in at)))
        self.at = at


def format_issue(keys: Keys, message: str, other: Keys | None = None) -> str:
    """A fault as text, without its place."""
    return f"{'.'.join(keys)}: {f'contradicts {other[-1]} ' if other else ''}{message}"


def locate(faults: Iterable[Fault], file: Resolved) -> list[tuple[Place, str]]:
    """Faults with their places; of two events that contradict each other, that of this very file is named first."""
    found = []
    for keys, message, other in faults:
        if other and file.place(other)[0] == file.path != file.place(keys)[0]:
            keys, other = other, keys
        there = f" ({other[-1]} stands at {file.where(other)})" if other else ""
        found.append((file.place(keys), format_issue(keys, message, other) + there))
    return found


def in_order(found: Iterable[tuple[Place, str]], file: Resolved) -> list[str]:
    """Lines as a reader goes through the files: this one first, then what it extends, from top to bottom."""
    files = {path: n for n, path in enumerate(file.chain)}
    ordered = sorted(found, key=lambda one: (files.get(one[0][0], len(files)), one[0][1:]))
    return [f"{path}:{line}:{column}: {text}" for (path, line, column), text in ordered]


def from_pydantic(errors: list[Any], whole: type[BaseModel], section: type[BaseModel]) -> list[Fault]:
    """What pydantic found in a scenario (`whole`, its horizon a `section`), in the words of a file."""
    within = {error["loc"][:n] for error in errors for n in range(1, len(error["loc"]))}
    found: list[Fault] = []
    for error in errors:
        context = error.get("ctx", {})
        if isinstance(context.get("error"), Wrong):
            found += context["error"].at
        elif error["type"] != "too_short" or error["loc"] not in within:  # else it is short of what was wrong
            found.append(_explained(error, context, whole, section))
    return found


def _explained(error: Any, context: Any, whole: type[BaseModel], section: type[BaseModel]) -> Fault:
    # pydantic puts the chosen type of event into the location; a reader's file has no such key
    types = event_types()
    keys = tuple(str(key) for key in error["loc"] if key != "[key]")
    kind = types.get(keys[2]) if len(keys) > 2 and keys[0] == "events" else None
    shown = (*keys[:2], *keys[3:]) if kind else keys
    if error["type"] == "union_tag_invalid":
        shown = (*shown, "type")
    of: type[BaseModel] = kind or (section if keys[:1] == ("horizon",) else whole)
    return shown, _message(error, context, shown, of, types), None


def _message(error: Any, context: Any, shown: Keys, of: type[BaseModel], types: dict[str, type[Event]]) -> str:
    kind = error["type"]
    if kind == "extra_forbidden":
        names = set(of.model_fields) if len(shown) > 1 else set(of.model_fields) - {"name"} | {"extends"}
        return f"{ended(f'no such key{suggest(shown[-1], sorted(names))}')} Allowed: {', '.join(sorted(names))}"
    if kind == "missing":
        return "this key is missing"
    if kind == "union_tag_invalid":
        tag = context.get("tag", "")
        return f"{ended(f'no event type {str(tag)[:60]!r}{suggest(tag, types)}')} One of {', '.join(types)}"
    if kind == "union_tag_not_found":
        return f"an event needs a type, one of {', '.join(types)}"
    if kind == "string_pattern_mismatch" and len(shown) == 2 and shown[0] == "events":
        return "a name is letters, digits and _, a letter first"
    message = error["msg"].removeprefix("Value error, ")
    if kind == "value_error":
        return message
    given = f"{message[0].lower()}{message[1:]}; got {short(error['input'])}"
    if kind == "literal_error":
        expected = [part.strip(" '") for part in context["expected"].replace(" or ", ",").split(",")]
        return given + (suggest(error["input"], expected) if isinstance(error["input"], str) else "")
    field = next((key for key in shown[1 + (shown[0] == "events") :] if key in of.model_fields), shown[0])
    may_be = _may_be(of).get(field, "text")
    return given if may_be == "text" else f"{given}. Allowed: {may_be}"


@functools.cache
def _may_be(of: type[BaseModel]) -> dict[str, str]:
    """What each key may hold, as text."""
    properties = of.model_json_schema()["properties"]
    return {key: allowed(about) for key, about in properties.items() if key not in ("events", "parameters", "horizon")}


def short(value: Any) -> str:
    """A value in a message."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def allowed(about: dict[str, Any]) -> str:
    """What a key may hold, from its JSON Schema.

    >>> allowed({"type": "number", "minimum": 0, "maximum": 1, "unit": "share"})
    '0..1 share'
    >>> allowed({"type": "integer", "minimum": 1, "maximum": 20})
    'whole number 1..20'
    """
    if "anyOf" in about:
        return " or ".join(allowed(part) for part in about["anyOf"] if part.get("type") != "null")
    if "enum" in about:
        return ", ".join(about["enum"])
    kind = about.get("type")
    if kind == "array":
        return f"list: {allowed(about['items'])}"
    if kind == "object":
        return f"figures by {'state' if 'propertyNames' in about else 'date'}: {allowed(about['additionalProperties'])}"
    if kind == ["string", "integer"]:
        return "date"
    if kind == "integer" and "unit" not in about:
        most = about.get("maximum", about.get("exclusiveMaximum", 1) - 1)
        return f"whole number {about['minimum']}..{most}"
    if "unit" not in about:
        return {"boolean": "true, false", "string": "text"}.get(str(kind), "name of a pair")
    bounds = f"{about['minimum']:g}..{about['maximum']:g} " if "minimum" in about else ""
    return f"{bounds}{about['unit']}".removesuffix(" 1")
