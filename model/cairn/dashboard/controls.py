"""The cards at the left of the page: the scenario, its events and their fields, the ensemble and parameters, files."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import solara

from cairn.core.calendar import QUARTERS
from cairn.core.parameters import FIELDS
from cairn.dashboard.session import paired_arms
from cairn.dashboard.session.edits import NAME, base_parameters, from_yaml, to_yaml
from cairn.dashboard.session.event_list import FormField, first_month, list_events, list_fields, parse_quarter
from cairn.dashboard.session.request import RunRequest, errors_by_key
from cairn.dashboard.session.stories import STORIES
from cairn.dashboard.session.url_state import BASELINE, DIAL, MAX_LINK_LENGTH, PageState, to_query
from cairn.dashboard.widgets import EventList, FieldGroup, FileButtons, Select, Stories, text_element
from cairn.scenario.inheritance import shipped_names
from cairn.scenario.scenario import Scenario
from cairn.scenario.stacking import PLUS
from cairn.scenario.yaml_reader import MAX_BYTES, ScenarioError
from cairn.support.frozen_dict import FrozenDict
from cairn.support.text import one_line

# A control passes a function from the current page state to the next, not the next state itself: the page is drawn
# again all the time while it plays, and the second of two quick clicks must not undo the first.
Update = Callable[[Callable[[PageState], PageState]], None]
ShowMessages = Callable[[tuple[str, ...]], None]

LEVERS = (  # event, field and title of the values that are edited most; shown if the scenario has them
    ("qosh_tepa_canal", "intake_km3", "Water that the canal takes"),
    ("qosh_tepa_canal", "finish", "Canal finished"),
    ("rogun", "end", "Rogun full"),
    ("kambarata_1", "end", "Kambar-Ata-1 full"),
    ("uzb_succession_2016", "openness", "Openness of Mirziyoyev"),
    ("uzb_succession_2016", "date", "Mirziyoyev succeeds Karimov"),
    ("kaz_succession_2019", "openness", "Openness of Tokayev"),
)
VIEW_FIELDS = ("against", "member", "country", "quarter", "year", "map_year", "world", "coding", "pins")
ENSEMBLE_KEYS = ("members", "seed")
SLIDER_STEPS = 100


@solara.component
def ScenarioCard(state: PageState, update: Update) -> None:
    """What-ifs to open: story cards, all scenarios to tick, and the scenario with which the what-if is compared."""
    ticked = [name for name in state.scenario.split(PLUS) if name != BASELINE]
    titles = _titles()

    def open_story(index: int) -> None:
        update(lambda now: STORIES[int(index)].apply(now))

    def tick(message: dict[str, Any]) -> None:
        name = str(message.get("name"))
        if name not in titles:
            return

        def change(now: PageState) -> PageState:
            others = [one for one in now.scenario.split(PLUS) if one not in (name, BASELINE, "")]
            names = [*others, name] if message.get("on") else others
            new = PageState(scenario=PLUS.join(names) or BASELINE, edits=_ensemble_edits(now))
            return _keep_view(now, new)

        update(change)

    with solara.Card("What if …"):
        Stories(
            [{"title": story.title, "on": story.is_shown(state)} for story in STORIES],
            [one | {"on": one["name"] in ticked} for one in scenario_list()],
            open_story,
            tick,
        )
        Select(
            "Compared with",
            state.against,
            {"": titles},
            lambda name: update(lambda now: now.replace(against=name) if name in titles else now),
        )


@functools.cache
def _titles() -> dict[str, str]:
    """Titles of the shipped scenarios by name, the baseline first."""
    names = sorted(shipped_names(), key=lambda name: name != BASELINE)
    return {name: Scenario.load(name).title for name in names}


@functools.cache
def scenario_list() -> list[dict[str, Any]]:
    """Shipped scenarios in words, with the text in which the search looks."""
    listed = []
    for name, title in _titles().items():
        if name != BASELINE:
            scenario = Scenario.load(name)
            looked_at = " ".join(map(str, scenario.look_at))
            words = f"{title} {scenario.question} {scenario.changed} {name.replace('_', ' ')} {looked_at}"
            listed.append({"name": name, "title": title, "question": scenario.question, "words": words.lower()})
    return listed


@solara.component
def CodingCard(state: PageState, update: Update) -> None:
    """The coding of the leaders, in all scenarios."""
    with solara.Card("Assumption: how open are the leaders?"):
        Select(
            "Leaders are coded",
            state.coding,
            {"": DIAL},
            lambda coding: update(lambda now: now.replace(coding=coding) if coding in DIAL else now),
        )
        text_element("p", "It applies to all scenarios of the page; a saved file has the codes as judged.", "note")


def _keep_view(old: PageState, new: PageState) -> PageState:
    """The new what-if, with the comparison and the view of the old page state."""
    return new.replace(**{name: getattr(old, name) for name in VIEW_FIELDS})


def _ensemble_edits(state: PageState) -> FrozenDict:
    return FrozenDict({key: state.edits[key] for key in ENSEMBLE_KEYS if key in state.edits})


@solara.component
def EditableFields(
    title: str,
    fields: list[FormField],
    state: PageState,
    request: RunRequest,
    update: Update,
    description: str = "",
    event: str = "",
) -> None:
    """Fields to edit, by slider or as text as in a scenario file, with error messages under each.

    Parameters
    ----------
    title, description : texts above the fields
    fields : the fields
    state, request : the page state and the run request made from it
    update : changes the page state
    event : the event that a button restores, if it is edited; empty for no button
    """
    by_key = {field.key: field for field in fields}

    def edit(message: dict[str, Any]) -> None:
        field = by_key.get(str(message.get("key")))
        if field is None:
            return
        text = _slider_text(field, message["value"]) if "value" in message else str(message.get("text", "")).strip()
        update(lambda now: now.with_edit(field.key, None if text in ("", field.inherited) else text))

    is_edited = any(key.startswith(f"events.{event}.") or key == f"events.{event}" for key in state.edits)
    errors = errors_by_key(request.errors)
    FieldGroup(
        title=title,
        description=description,
        fields=[_field_data(field) for field in fields],
        errors={key: message for key, message in errors.items() if key in by_key},
        undo_label="Undo all edits of this event" if event and is_edited else "",
        edit=edit,
        undo=lambda _: update(lambda now: now.without_edits_to(event)),
    )


def _slider_text(field: FormField, value: float) -> str:
    """The value of a slider as text in a scenario file."""
    return first_month(int(value)) if field.is_date else f"{value:.4g}"


def _field_data(field: FormField) -> dict[str, Any]:
    """A field as `field_group.vue` takes it: with a slider if it is a date or has bounds."""
    data = dataclasses.asdict(field)
    if field.is_date:
        quarter = parse_quarter(field.text)
        slider = {"has_slider": quarter is not None, "low": 0, "high": QUARTERS - 1, "step": 1, "slider_value": quarter}
        return data | slider
    if field.low is None or field.high is None or field.allowed.startswith(("list", "figures")):
        return data | {"has_slider": False}
    try:
        value = float(field.text)
    except ValueError:
        value = field.low
    is_whole = "." not in field.inherited and float(field.low).is_integer() and field.high - field.low > 1
    step = 1 if is_whole and field.inherited else round((field.high - field.low) / SLIDER_STEPS, 4)
    return data | {"has_slider": True, "step": step, "slider_value": value}


@solara.component
def LeverCard(state: PageState, request: RunRequest, update: Update) -> None:
    """The values that are edited most."""
    fields = [
        dataclasses.replace(field, label=title)
        for event, name, title in LEVERS
        for field in list_fields(state, event)
        if field.label == name
    ]
    if fields:
        with solara.Card("Levers"):
            EditableFields("Canal, dams, leaders", fields, state, request, update)


@solara.component
def EventCard(state: PageState, request: RunRequest, update: Update) -> None:
    """All events with their switches, and the fields of the selected one."""
    selected, set_selected = solara.use_state("")
    listed = list_events(state)

    def toggle(message: dict[str, Any]) -> None:
        entry = next((e for e in listed if e.name == message.get("name")), None)
        if entry is not None and entry.switch_writes:
            value = "on" if message.get("on") else "off"
            update(lambda now: now.with_edit(f"events.{entry.name}", value if value == entry.switch_writes else None))

    with solara.Card("Events"):
        EventList(
            events=[dataclasses.asdict(entry) for entry in listed],
            selected=selected,
            toggle=toggle,
            select=lambda name: set_selected("" if name == selected else str(name)),
        )
        entry = next((e for e in listed if e.name == selected), None)
        if entry is not None:
            fields = [
                dataclasses.replace(field, label=field.label.replace("_", " "))
                for field in list_fields(state, entry.name)
            ]
            EditableFields(entry.label, fields, state, request, update, entry.why, entry.name)


@solara.component
def ParameterCard(state: PageState, request: RunRequest, update: Update) -> None:
    """The number of members, the seed, and one value for a model parameter in place of the calibrated ones."""
    selected, set_selected = solara.use_state("reciprocity")
    names = sorted(name for name, field in FIELDS.items() if not field.metadata["each"])
    with solara.Card("Ensemble and parameters"):
        EditableFields("Ensemble size and random seed", _ensemble_fields(state), state, request, update)
        Select("Model parameter", selected, names, lambda name: set_selected(name if name in names else selected))
        EditableFields(selected, [_parameter_field(state, selected)], state, request, update)


def _ensemble_fields(state: PageState) -> list[FormField]:
    size = f"whole number 1..{paired_arms.MAX_MEMBERS}"
    members, seed = str(paired_arms.default_members), str(paired_arms.DEFAULT_SEED)
    return [
        FormField("members", "members", "of each scenario", size, members, state.edits.get("members", members)),
        FormField(
            "seed", "seed", "random seed, of both scenarios", "whole number", seed, state.edits.get("seed", seed)
        ),
    ]


def _parameter_field(state: PageState, name: str) -> FormField:
    """The field of a model parameter; it is empty if each member has its own calibrated value."""
    metadata, key = FIELDS[name].metadata, f"parameters.{name}"
    given = base_parameters(state.scenario)
    inherited = str(given[name]) if name in given else ""
    allowed = f"{metadata['low']:g}..{metadata['high']:g} {metadata['unit']}".removesuffix(" 1")
    description = "one value for all members; empty: calibrated values"
    return FormField(key, name, description, allowed, inherited, state.edits.get(key, inherited))


@solara.component
def FileCard(state: PageState, update: Update, show_messages: ShowMessages) -> None:
    """The link, and a scenario file to save or load."""

    def load(message: dict[str, str]) -> None:
        name = one_line(str(message.get("name", NAME)).removesuffix(".yaml").removesuffix(".yml"), 80) or NAME
        try:
            loaded = from_yaml(str(message.get("text", "")), name)
        except ScenarioError as problem:
            show_messages(tuple(str(problem).splitlines()))
            return
        update(lambda now: _keep_view(now, loaded))

    with solara.Card("Share and save"):
        FileButtons(
            content=to_yaml(state),
            filename=f"{NAME}.yaml",
            query=to_query(state),
            max_link_length=MAX_LINK_LENGTH,
            max_bytes=MAX_BYTES,
            event_load_text=load,
        )
