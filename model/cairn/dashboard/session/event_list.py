"""Events and their fields as the page lists them: values of the extended scenario, with the edits of the what-if."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cairn.core.calendar import begins, quarter_of
from cairn.dashboard.session.edits import is_shipped
from cairn.dashboard.session.url_state import PageState
from cairn.events import AnyEvent, event_types
from cairn.events.base import TEXT_FIELDS, Date
from cairn.events.labels import OTHER_THEME, THEMES, event_labels, theme_of
from cairn.scenario.inheritance import resolve_named
from cairn.scenario.inline_yaml import to_inline_yaml
from cairn.scenario.issues import allowed_values
from cairn.scenario.scenario import Scenario
from cairn.scenario.yaml_reader import ScenarioError

NOT_EDITABLE = (*TEXT_FIELDS, "type")  # documentation of an event, shown but not edited
TYPE_WORDS = {  # further words by which readers look for events of a type
    "succession": "president leader death election handover",
    "leader_stays": "president leader",
    "leader_lottery": "president leader succession future",
    "grid": "winter power electricity energy grid",
    "energy_crisis": "winter power electricity energy gas heating",
    "reservoir": "dam winter power electricity hydropower water",
    "canal": "water irrigation amu darya afghanistan",
    "drought": "water river dry", "wet_years": "water river",
    "climate_trend": "water river drought warming glacier", "water_efficiency": "irrigation",
    "threat": "war security terrorism", "patron_pull": "russia moscow", "c5plus1": "china eu usa summit",
    "membership": "organisation union club", "visa_regime": "travel visa", "transport_link": "train flight travel",
    "border_closure": "closed travel",
}  # fmt: skip
_DATE: TypeAdapter[Any] = TypeAdapter(Date)
_EVENT: TypeAdapter[Any] = TypeAdapter(AnyEvent)


@dataclasses.dataclass(frozen=True)
class EventEntry:
    """A line of the list of events.

    Parameters
    ----------
    name, type, why : name, event type and stated reason
    label, theme : what happens, in words with its years; the theme under which the page lists it
    period : months in which it starts and ends, as text
    words : text in which the search looks, lower case
    on : whether it is on in the what-if
    switch_writes : the value that the switch sets in the what-if, `off` or `on`; empty if the what-if added the event
    edited : whether the what-if edits it
    """

    name: str
    type: str
    label: str
    theme: str
    period: str
    why: str
    words: str
    on: bool
    switch_writes: str
    edited: bool


@dataclasses.dataclass(frozen=True)
class FormField:
    """A value that can be edited on the page.

    Parameters
    ----------
    key : key in a scenario file, such as `events.rogun.start`
    label, description, allowed : texts beside the field: its name, its meaning, the values it accepts
    inherited : value in the extended scenario, as text
    text : value in the what-if, as text
    low, high : bounds, where it has any
    is_date : whether the value is a date
    """

    key: str
    label: str
    description: str
    allowed: str
    inherited: str
    text: str
    low: float | None = None
    high: float | None = None
    is_date: bool = False


@functools.lru_cache(maxsize=64)
def _inherited_events(scenario: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Events of a shipped scenario, the same as plain values, and the plain values of those it has switched off."""
    if not is_shipped(scenario):
        return {}, {}, {}
    try:
        events, file = Scenario.load(scenario).events, resolve_named(scenario)
    except ScenarioError:  # scenarios that contradict each other
        return {}, {}, {}
    plain = {name: event.model_dump(mode="json") for name, event in events.items()}
    return dict(events), plain, file.disabled_events


def list_events(state: PageState) -> list[EventEntry]:
    """List all events that can be switched or edited, by theme, and in each theme those that the what-if adds first."""
    events, plain, dormant = _inherited_events(state.scenario)
    labels = event_labels(events)
    edits = _edits_by_event(state.edits)
    listed = []

    def add(name: str, kind: str, label: str, period: str, why: str, on: bool, switch: str, edited: bool) -> None:
        spaced = f"{name} {kind}".replace("_", " ")
        words = f"{label} {name} {spaced} {period} {why} {TYPE_WORDS.get(kind, '')}"
        listed.append(EventEntry(name, kind, label, theme_of(kind), period, why, words.lower(), on, switch, edited))

    for name, fields in edits.items():
        if name not in events and name not in dormant:
            period, why = next((fields[key] for key in ("date", "start") if key in fields), ""), fields.get("why", "")
            label = fields.get("label", "").strip("\"'") or name.replace("_", " ")
            add(name, fields.get("type", "?"), f"{period[:4]}: {label}", period, why, True, "", True)
    for name, event in sorted(events.items(), key=lambda item: (item[1].first, item[0])):
        on = edits.get(name, {}).get("") != "off"
        add(name, event.type, labels[name], _period(plain[name]), event.why, on, "off", name in edits)
    for name, content in dormant.items():
        on = edits.get(name, {}).get("") == "on"
        label = _dormant_label(name, content, events)
        add(name, str(content.get("type", "")), label, _period(content), str(content.get("why", "")), on, "on",
            name in edits)  # fmt: skip
    order = [*THEMES, OTHER_THEME]
    return sorted(listed, key=lambda entry: order.index(entry.theme))


def _dormant_label(name: str, content: dict[str, Any], events: Mapping[str, Any]) -> str:
    """The label of an event that a scenario has switched off."""
    try:
        event = _EVENT.validate_python(content)
    except ValidationError:
        return name.replace("_", " ")
    return event_labels({**events, name: event})[name]


def _edits_by_event(edits: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Edits of events as field to value by name of the event; the field is empty for `off`, `on` or a whole value."""
    by_event: dict[str, dict[str, str]] = {}
    for key, value in edits.items():
        section, _, rest = key.partition(".")
        name, _, field = rest.partition(".")
        if section == "events" and name:
            by_event.setdefault(name, {})[field] = value
    return by_event


def _period(content: dict[str, Any]) -> str:
    start, end = content.get("date") or content.get("start"), content.get("finish") or content.get("end")
    return f"{str(start)[:7]} to {str(end)[:7]}" if end else str(start or "")[:7]


def list_fields(state: PageState, name: str) -> list[FormField]:
    """List the fields of an event that can be edited on the page."""
    events, plain, _ = _inherited_events(state.scenario)
    if name in events:
        event_type, values = type(events[name]), plain[name]
    else:
        event_type = event_types().get(state.edits.get(f"events.{name}.type", ""))  # type: ignore[assignment]
        values = {}
    if event_type is None:
        return []
    listed = []
    for field, schema in event_type.model_json_schema()["properties"].items():
        if field in NOT_EDITABLE:
            continue
        key = f"events.{name}.{field}"
        value = values.get(field)
        inherited = "" if value in (None, "", {}, []) else to_inline_yaml(value)
        variants = schema.get("anyOf", [schema])
        bounded: dict[str, Any] = next((variant for variant in variants if "minimum" in variant), {})
        listed.append(
            FormField(
                key,
                field,
                schema.get("description", ""),
                allowed_values(schema),
                inherited,
                state.edits.get(key, inherited),
                bounded.get("minimum"),
                bounded.get("maximum"),
                is_date=any(variant.get("type") == ["string", "integer"] for variant in [schema, *variants]),
            )
        )
    return listed


def parse_quarter(text: str) -> int | None:
    """Quarter of a date as text; None if it is not a date.

    Examples
    --------
    >>> parse_quarter("2016-09"), parse_quarter("soon")
    (99, None)
    """
    try:
        return max(quarter_of(_DATE.validate_python(text)), 0)
    except ValueError:
        return None


def first_month(quarter: int) -> str:
    """First month of a quarter, as a date in a scenario file."""
    return f"{begins(quarter):%Y-%m}"
