"""The differences between two scenarios, event by event and field by field."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from cairn.events.base import TEXT_FIELDS
from cairn.scenario.scenario import Scenario


@dataclasses.dataclass(frozen=True)
class Difference:
    """One difference.

    kind : `off` (an event is left out), `new` (an event is added) or `amended` (a value is changed)
    key : keys joined by dots, as `events.rogun.end`
    old, new : values as text; empty where there is none
    why : the reason given by the event of the second scenario
    """

    kind: str
    key: str
    old: str = ""
    new: str = ""
    why: str = ""

    def __str__(self) -> str:
        if self.kind == "off":
            return f"- {self.key}: {self.old}"
        if self.kind == "new":
            return f"+ {self.key}: {self.new}"
        return f"~ {self.key}: {self.old or 'not set'} -> {self.new or 'not set'}"


def differences(a: Scenario, b: Scenario) -> list[Difference]:
    """What is different in b: events left out, added or amended; parameters; horizon, members and seed."""
    result = [
        Difference("off", f"events.{name}", _summary(a.events[name])) for name in a.events if name not in b.events
    ]
    for name, event in b.events.items():
        if name not in a.events:
            result.append(Difference("new", f"events.{name}", new=_summary(event), why=event.why))
            continue
        before, after = (e.model_dump(mode="json", exclude=set(TEXT_FIELDS)) for e in (a.events[name], event))
        for field in dict.fromkeys((*before, *after)):
            if before.get(field) != after.get(field):
                old, new = format_value(before.get(field)), format_value(after.get(field))
                result.append(Difference("amended", f"events.{name}.{field}", old, new, event.why))
    for name in sorted(a.parameters.keys() | b.parameters.keys()):
        old, new = format_value(a.parameters.get(name)), format_value(b.parameters.get(name))
        if a.parameters.get(name) != b.parameters.get(name):
            result.append(Difference("amended", f"parameters.{name}", old, new))
    sizes = {
        "horizon.last": (a.horizon.last, b.horizon.last),
        "members": (a.members, b.members),
        "seed": (a.seed, b.seed),
    }
    return result + [
        Difference("amended", key, format_value(x), format_value(y)) for key, (x, y) in sizes.items() if x != y
    ]


def _summary(event: Any) -> str:
    """An event on one line: its type and the fields that differ from their defaults."""
    fields = event.model_dump(mode="json", exclude={*TEXT_FIELDS, "type"}, exclude_defaults=True)
    return ", ".join([event.type, *(f"{key} {format_value(value)}" for key, value in fields.items())])


def format_value(value: Any) -> str:
    """A value on one line, for a reader; numbers are rounded to six digits.

    >>> format_value({"2020": 0.5}), format_value(("KAZ", "UZB")), format_value(None)
    ('{2020: 0.5}', '[KAZ, UZB]', '')
    """
    if value is None:
        return ""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {format_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(format_value(v) for v in value) + "]"
    if isinstance(value, bool):
        return json.dumps(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
