"""The what-if as a scenario file: what was changed on the page becomes its text, and the reader of files checks it.

So a bad value on the page or in a link gets the same words as in a file, and what is saved is what ran.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from model.calendar import begins, quarter_of
from model.dashboard.choice import Choice
from model.events import event_types
from model.events.base import Date
from model.extends import find, known, resolve
from model.fixed import FixedDict
from model.reading import read_text
from model.scenario import Scenario
from model.writing import on_a_line
from model.wrong import allowed

NAME = "what_if"
TEXTS = ("title", "question", "changed", "plausible", "sources", "look_at", "description")
SECTIONS = ("events", "parameters", "horizon")
TOLD = ("why", "source", "mark", "type")  # of an event, and not changed field by field
_DATE: TypeAdapter[Any] = TypeAdapter(Date)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def built(choice: Choice) -> Scenario:
    """The what-if, checked.

    Raises
    ------
    ScenarioError with a line for each thing that is wrong, as of a file
    """
    return Scenario.read(as_text(choice), NAME)


def as_text(choice: Choice) -> str:
    """The what-if as a scenario file: what it extends, and what it changes.

    >>> print(as_text(Choice().changed("events.rogun", "off").changed("events.c5plus1.end", "2030")))
    title: "The record, and an assumed path; but rogun off, c5plus1.end 2030"
    extends: baseline
    events:
      rogun: off
      c5plus1:
        end: 2030
    <BLANKLINE>
    """
    top = {key: text for key, text in choice.changes.items() if key.partition(".")[0] not in SECTIONS}
    if choice.scenario and "title" not in top and choice.changes:
        top = {"title": on_a_line(title_of(choice)), **top}
    lines = [f"{_key(key)}: {_line(top.pop(key))}" for key in TEXTS if key in top]
    if choice.scenario:
        lines.append(f"extends: {_key(choice.scenario)}")
    lines += [f"{_key(key)}: {_line(text)}" for key, text in top.items()]
    for section in SECTIONS:
        lines += _section(section, choice)
    return "\n".join(lines) + "\n"


def _section(section: str, choice: Choice) -> list[str]:
    """A mapping of names to values, or of names to mappings of fields."""
    if section in choice.changes:
        return [f"{section}: {_line(choice.changes[section])}"]
    by_name: dict[str, dict[str, str]] = {}
    for key, text in choice.changes.items():
        first, _, rest = key.partition(".")
        if first == section:
            name, _, field = rest.partition(".")
            by_name.setdefault(name, {})[field] = text
    lines = [f"{section}:"] if by_name else []
    for name, fields in by_name.items():
        if "" in fields:  # off, on, or a value: what was changed below it waits
            lines.append(f"  {_key(name)}: {_line(fields[''])}")
        else:
            lines += [f"  {_key(name)}:", *(f"    {_key(field)}: {_line(text)}" for field, text in fields.items())]
    return lines


def _key(text: str) -> str:
    return text if _WORD.fullmatch(text) else json.dumps(text)


def _line(text: str) -> str:
    """A value on its line; what would break the line is made a text."""
    return text if text.isprintable() else json.dumps(text)


def title_of(choice: Choice) -> str:
    """What the what-if is called, if nobody named it."""
    told = [key for key in choice.changes if key.startswith(("events.", "parameters."))]
    named = [f"{key.partition('.')[2]} {choice.changes[key]}" for key in told[:3]]
    more = [f"{len(told) - 3} more changes"] if len(told) > 3 else []
    base = Scenario.load(choice.scenario).title if choice.scenario in known() else choice.scenario
    return (f"{base}; but {', '.join([*named, *more])}" if told else base)[:2000]


def from_text(text: str, name: str = NAME) -> Choice:
    """The choice that a scenario file stands for; what it extends has to be a shipped scenario, if anything.

    Raises
    ------
    ScenarioError as for a file
    """
    Scenario.read(text, name)
    content, _ = read_text(Path(f"{name}.yaml"), text.encode("utf-8", "surrogatepass"))
    scenario = content.pop("extends", "")
    changes: dict[str, str] = {}
    for key, value in content.items():
        if key not in SECTIONS:
            changes[key] = on_a_line(value)
            continue
        for below, part in (value or {}).items():
            if key == "events" and isinstance(part, dict):
                changes |= {f"events.{below}.{field}": on_a_line(one) for field, one in part.items()}
            else:
                changes[f"{key}.{below}"] = part if part in ("on", "off") else on_a_line(part)
    found = Choice(scenario=scenario, changes=FixedDict(changes))
    given_by_page = changes.get("title") == on_a_line(title_of(found))
    return found.changed("title", None) if given_by_page else found


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
    if scenario not in known():
        return {}, {}, {}
    events = Scenario.load(scenario).events
    plain = {name: event.model_dump(mode="json") for name, event in events.items()}
    return dict(events), plain, resolve(find(scenario)).dormant


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
        told = (content.get(key, "") for key in ("type", "why"))
        found.append(Entry(name, *_strings(next(told), _when(content), next(told)), on, "on", name in own))
    return found


def _strings(*values: Any) -> tuple[str, ...]:
    return tuple(map(str, values))


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
        inherited = "" if value in (None, "", {}, []) else on_a_line(value)
        text = choice.changes.get(key, inherited)
        bounded = next((part for part in about.get("anyOf", [about]) if "minimum" in part), {})
        date = about.get("type") == ["string", "integer"] or any(
            part.get("type") == ["string", "integer"] for part in about.get("anyOf", [])
        )
        low, high = bounded.get("minimum"), bounded.get("maximum")
        found.append(
            Field(key, field, about.get("description", ""), allowed(about), inherited, text, low, high, date)
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
