"""Events and their fields as the page lists them: what a scenario inherits, and what the what-if has otherwise."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

from pydantic import TypeAdapter

from cairn.core.calendar import begins, quarter_of
from cairn.dashboard.session.url_state import Choice
from cairn.events import event_types
from cairn.events.base import Date
from cairn.scenario.inheritance import find_file, resolve, shipped_names
from cairn.scenario.inline_yaml import to_inline_yaml
from cairn.scenario.issues import allowed_values
from cairn.scenario.scenario import Scenario

TOLD = ("why", "source", "mark", "type")  # of an event, and not changed field by field
_DATE: TypeAdapter[Any] = TypeAdapter(Date)


@dataclasses.dataclass(frozen=True)
class Entry:
    """An event as the page lists it."""

    name: str
    type: str
    when: str
    why: str
    on: bool
    switch: str  # what its switch writes: off, on, or nothing where the event is the what-if's own
    touched: bool


@functools.lru_cache(maxsize=64)
def _inherited(scenario: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Events of a shipped scenario, the same as plain values, and those it has switched off."""
    if scenario not in shipped_names():
        return {}, {}, {}
    events = Scenario.load(scenario).events
    plain = {name: event.model_dump(mode="json") for name, event in events.items()}
    return dict(events), plain, resolve(find_file(scenario)).disabled_events


def entries(choice: Choice) -> list[Entry]:
    """Every event there is to switch or change, those of the what-if's own first, then by kind and date."""
    events, plain, dormant = _inherited(choice.scenario)
    own: dict[str, dict[str, str]] = {}
    for key, text in choice.changes.items():
        first, _, rest = key.partition(".")
        name, _, field = rest.partition(".")
        if first == "events" and name:
            own.setdefault(name, {})[field] = text
    found = []
    for name, fields in own.items():
        if name not in events and name not in dormant:
            when = next((fields[key] for key in ("date", "start") if key in fields), "")
            found.append(Entry(name, fields.get("type", "?"), when, fields.get("why", ""), True, "", True))
    order = list(event_types())
    for name, event in sorted(events.items(), key=lambda item: (order.index(item[1].type), item[1].first, item[0])):
        on = own.get(name, {}).get("") != "off"
        found.append(Entry(name, event.type, _when(plain[name]), event.why, on, "off", name in own))
    for name, content in dormant.items():
        on = own.get(name, {}).get("") == "on"
        kind, why = str(content.get("type", "")), str(content.get("why", ""))
        found.append(Entry(name, kind, _when(content), why, on, "on", name in own))
    return found


def _when(content: dict[str, Any]) -> str:
    first, last = content.get("date") or content.get("start"), content.get("finish") or content.get("end")
    return f"{str(first)[:7]} to {str(last)[:7]}" if last else str(first or "")[:7]


@dataclasses.dataclass(frozen=True)
class Field:
    """A field of an event as the page shows it."""

    key: str
    label: str
    about: str
    allowed: str
    inherited: str
    text: str
    low: float | None = None
    high: float | None = None
    date: bool = False


def fields(choice: Choice, name: str) -> list[Field]:
    """The fields of an event that can be changed on the page."""
    events, plain, _ = _inherited(choice.scenario)
    if name in events:
        kind, values = type(events[name]), plain[name]
    else:
        kind = event_types().get(choice.changes.get(f"events.{name}.type", ""))  # type: ignore[assignment]
        values = {}
    if kind is None:
        return []
    found = []
    for field, about in kind.model_json_schema()["properties"].items():
        if field in TOLD:
            continue
        key = f"events.{name}.{field}"
        value = values.get(field)
        inherited = "" if value in (None, "", {}, []) else to_inline_yaml(value)
        text = choice.changes.get(key, inherited)
        bounded: dict[str, Any] = next((part for part in about.get("anyOf", [about]) if "minimum" in part), {})
        date = about.get("type") == ["string", "integer"] or any(
            part.get("type") == ["string", "integer"] for part in about.get("anyOf", [])
        )
        low, high = bounded.get("minimum"), bounded.get("maximum")
        found.append(
            Field(key, field, about.get("description", ""), allowed_values(about), inherited, text, low, high, date)
        )
    return found


def as_quarter(text: str) -> int | None:
    """The quarter that a date as text stands for; None if it is no date.

    >>> as_quarter("2016-09"), as_quarter("soon")
    (99, None)
    """
    try:
        return max(quarter_of(_DATE.validate_python(text)), 0)
    except ValueError:
        return None


def as_date(quarter: int) -> str:
    """The month in which a quarter begins, as a date in a file."""
    return f"{begins(quarter):%Y-%m}"
