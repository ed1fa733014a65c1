"""The left side of the page: which scenario, its events, their fields, numbers of the model; link and files."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import solara

from cairn.core.calendar import QUARTERS
from cairn.core.parameters import FIELDS, LENGTHS
from cairn.dashboard.session import paired_arms
from cairn.dashboard.session.edits import NAME, as_text, from_text
from cairn.dashboard.session.event_list import Field, as_date, as_quarter, entries, fields
from cairn.dashboard.session.request import Running, by_key
from cairn.dashboard.session.url_state import LONGEST_LINK, Choice, as_link
from cairn.dashboard.widgets import Choose, Events, Fields, Files
from cairn.scenario.inheritance import shipped_names
from cairn.scenario.scenario import Scenario
from cairn.scenario.yaml_reader import MAX_BYTES, ScenarioError
from cairn.support.frozen_dict import FrozenDict
from cairn.support.text import one_line

# A control says how to go on from whatever is chosen by then, not from what it was drawn with: a page that plays is
# always being drawn, and of two quick clicks the second must not undo the first.
Change = Callable[[Callable[[Choice], Choice]], None]
LEVERS = (  # what an analyst moves first, where the scenario has it
    ("uzb_succession_2016", "date"),
    ("uzb_succession_2016", "openness"),
    ("kaz_succession_2019", "date"),
    ("qosh_tepa_canal", "intake_km3"),
    ("qosh_tepa_canal", "finish"),
)


@solara.component
def ScenarioCard(choice: Choice, change: Change) -> None:
    """Which scenario, held against which."""
    shipped = shipped_names()

    def build_on(name: str) -> None:
        if name in shipped:
            change(lambda now: _looking_on(now, Choice(scenario=name, changes=_luck(now))))

    def hold_against(name: str) -> None:
        if name in shipped:
            change(lambda now: now.replace(against=name))

    with solara.Card("Scenario"):
        Choose("What if: build on", choice.scenario, shipped, build_on)
        Choose("Held against", choice.against, shipped, hold_against)


def _looking_on(now: Choice, other: Choice) -> Choice:
    """Another what-if, held against and looked at as the one before."""
    return other.replace(**{name: getattr(now, name) for name in ("against", "world", "country", "quarter", "year")})


def _luck(now: Choice) -> FrozenDict:
    return FrozenDict({key: now.changes[key] for key in ("members", "seed") if key in now.changes})


def _plain_field(choice: Choice, key: str, about: str, allowed: str, inherited: str) -> Field:
    return Field(key, key, about, allowed, inherited, choice.changes.get(key, inherited))


@solara.component
def Values(
    title: str, shown: list[Field], choice: Choice, running: Running, change: Change, about: str = "", undo: str = ""
) -> None:
    """Fields to change, by slider or by text as in a file; what is wrong stands under each."""
    by_name = {field.key: field for field in shown}

    def changed(told: dict[str, Any]) -> None:
        field = by_name.get(str(told.get("key")))
        if field is None:
            return
        text = _slid(field, told["slid"]) if "slid" in told else str(told.get("text", "")).strip()
        change(lambda now: now.changed(field.key, None if text in ("", field.inherited) else text))

    touched = any(key.startswith(f"events.{undo}.") or key == f"events.{undo}" for key in choice.changes)
    wrong = by_key(running.wrong)
    Fields(
        title=title,
        about=about,
        fields=[_slider(field) for field in shown],
        wrong={key: words for key, words in wrong.items() if key in by_name},
        undo_words=f"Undo all changes to {undo}" if undo and touched else "",
        change=changed,
        undo=lambda _: change(lambda now: now.without(undo)),
    )


def _slid(field: Field, value: float) -> str:
    if field.date:
        return as_date(int(value))
    return f"{value:.4g}"


def _slider(field: Field) -> dict[str, Any]:
    """A field as its template takes it: a slider for what has bounds or is a date."""
    shown = dataclasses.asdict(field)
    if field.date:
        quarter = as_quarter(field.text)
        return shown | {"slides": quarter is not None, "low": 0, "high": QUARTERS - 1, "step": 1, "at": quarter}
    if field.low is None or field.high is None or field.allowed.startswith(("list", "figures")):
        return shown | {"slides": False}
    try:
        at = float(field.text)
    except ValueError:
        at = field.low
    whole = "." not in field.inherited and float(field.low).is_integer() and field.high - field.low > 1
    step = 1 if whole and field.inherited else round((field.high - field.low) / 100, 4)
    return shown | {"slides": True, "step": step, "at": at}


@solara.component
def LeverCard(choice: Choice, running: Running, change: Change) -> None:
    """A few fields that are moved most."""
    found = []
    for event, name in LEVERS:
        found += [
            dataclasses.replace(field, label=f"{event} {field.label}")
            for field in fields(choice, event)
            if field.label == name
        ]
    if found:
        with solara.Card("Levers"):
            Values("Successions, openness, canal", found, choice, running, change)


@solara.component
def EventCard(choice: Choice, running: Running, change: Change) -> None:
    """All events, to switch off and on by name, and the fields of one of them."""
    picked, set_picked = solara.use_state("")
    listed = entries(choice)

    def toggle(told: dict[str, Any]) -> None:
        entry = next((e for e in listed if e.name == told.get("name")), None)
        if entry is not None and entry.switch:
            key, as_written = f"events.{entry.name}", "on" if told.get("on") else "off"
            change(lambda now: now.changed(key, entry.switch if entry.switch == as_written else None))

    with solara.Card("Events"):
        Events(
            entries=[dataclasses.asdict(entry) for entry in listed],
            picked=picked,
            toggle=toggle,
            pick=lambda name: set_picked("" if name == picked else str(name)),
        )
        entry = next((e for e in listed if e.name == picked), None)
        if entry is not None:
            Values(
                f"{entry.name}, {entry.type}",
                fields(choice, entry.name),
                choice,
                running,
                change,
                entry.why,
                entry.name,
            )


@solara.component
def NumberCard(choice: Choice, running: Running, change: Change) -> None:
    """How many worlds on which luck; a number of the model for the whole run, in place of the posterior's."""
    picked, set_picked = solara.use_state("reciprocity")
    names = sorted(name for name, field in FIELDS.items() if not LENGTHS.get(field.metadata["each"]))
    about = FIELDS[picked].metadata
    base = Scenario.load(choice.scenario).parameters if choice.scenario in shipped_names() else {}
    inherited = str(base[picked]) if picked in base else ""
    key = f"parameters.{picked}"
    allowed = f"{about['low']:g}..{about['high']:g} {about['unit']}".removesuffix(" 1")
    field = Field(
        key,
        picked,
        "in place of the posterior's; empty: as learnt",
        allowed,
        inherited,
        choice.changes.get(key, inherited),
    )
    with solara.Card("Worlds and numbers"):
        Values(
            "Worlds and luck",
            [
                _plain_field(
                    choice,
                    "members",
                    "worlds of each arm",
                    f"whole number 1..{paired_arms.MOST_MEMBERS}",
                    str(paired_arms.served),
                ),
                _plain_field(choice, "seed", "of the luck, the same for both arms", "whole number", "1"),
            ],
            choice,
            running,
            change,
        )
        Choose("Number of the model", picked, names, lambda name: set_picked(name if name in names else picked))
        Values(picked, [field], choice, running, change)


@solara.component
def FileCard(choice: Choice, change: Change, say: Callable[[tuple[str, ...]], None]) -> None:
    """The link, saving and loading."""

    def load(told: dict[str, str]) -> None:
        name = one_line(str(told.get("name", NAME)).removesuffix(".yaml").removesuffix(".yml"), 80) or NAME
        try:
            loaded = from_text(str(told.get("text", "")), name)
        except ScenarioError as problem:
            say(tuple(str(problem).splitlines()))
            return
        change(lambda now: _looking_on(now, loaded))

    with solara.Card("Share and keep"):
        Files(
            text=as_text(choice),
            filename=f"{NAME}.yaml",
            query=as_link(choice),
            longest=LONGEST_LINK,
            most=MAX_BYTES,
            event_loaded=load,
        )
