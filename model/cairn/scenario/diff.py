"""What two scenarios differ in, event by event and field by field."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from cairn.scenario.scenario import Scenario

ABOUT = ("why", "source", "mark")  # what a reader is told, and the model is not


@dataclasses.dataclass(frozen=True)
class Difference:
    """One thing that is otherwise: `off`, `new` or `amended`; old and new values as text, empty where there is none."""

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
    """What b has otherwise than a: events off, new, amended by field; parameters; horizon, members, seed."""
    found = [Difference("off", f"events.{name}", _told(a.events[name])) for name in a.events if name not in b.events]
    for name, event in b.events.items():
        if name not in a.events:
            found.append(Difference("new", f"events.{name}", new=_told(event), why=event.why))
            continue
        before, after = (e.model_dump(mode="json", exclude=set(ABOUT)) for e in (a.events[name], event))
        for field in dict.fromkeys((*before, *after)):
            if before.get(field) != after.get(field):
                old, new = plain(before.get(field)), plain(after.get(field))
                found.append(Difference("amended", f"events.{name}.{field}", old, new, event.why))
    for name in sorted(a.parameters.keys() | b.parameters.keys()):
        if a.parameters.get(name) != b.parameters.get(name):
            key = f"parameters.{name}"
            found.append(Difference("amended", key, plain(a.parameters.get(name)), plain(b.parameters.get(name))))
    sizes = {
        "horizon.last": (a.horizon.last, b.horizon.last),
        "members": (a.members, b.members),
        "seed": (a.seed, b.seed),
    }
    found += [Difference("amended", key, plain(x), plain(y)) for key, (x, y) in sizes.items() if x != y]
    return found


def _told(event: Any) -> str:
    """An event in a line: its type, when, and what it says."""
    fields = event.model_dump(mode="json", exclude={*ABOUT, "type"}, exclude_defaults=True)
    return ", ".join([event.type, *(f"{key} {plain(value)}" for key, value in fields.items())])


def plain(value: Any) -> str:
    """A value as it would stand in a file.

    >>> plain({"2020": 0.5}), plain(("KAZ", "UZB")), plain(None)
    ('{2020: 0.5}', '[KAZ, UZB]', '')
    """
    if value is None:
        return ""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {plain(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(plain(v) for v in value) + "]"
    if isinstance(value, bool):
        return json.dumps(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
