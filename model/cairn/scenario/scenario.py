"""Scenarios: a title, a question, dated events by name, numbers; one may extend another.

Files are YAML 1.2 (`cairn.scenario.yaml_reader`), laid over one another (`cairn.scenario.inheritance`) and checked
here by pydantic. Nothing in a file is ever executed. Every
error is found before anything runs and says file, line, key, what is allowed.
"""

from __future__ import annotations

import functools
import io
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from ruamel.yaml import YAML

from cairn.core.calendar import FIRST_YEAR, LAST_YEAR, quarter_name
from cairn.core.parameters import FIELDS, NAMES, OutOfRange, check, names_of
from cairn.events import AnyEvent, ConflictKey, Event
from cairn.events.base import Text, Words, on_register
from cairn.scenario.inheritance import SUFFIX, Resolved, ended, find, folder, known, resolve, suggest
from cairn.scenario.issues import Fault, Wrong, format_issue, from_pydantic, in_order, locate, short
from cairn.scenario.yaml_reader import ScenarioError
from cairn.support.frozen_dict import FrozenDict

__all__ = ["Horizon", "Scenario", "ScenarioError", "contradictions", "find", "folder", "known", "suggest"]

MOST_QUARRELS = 50


def _numbers(values: Any) -> dict[str, Any]:
    """Numbers of the model by name: known, finite, within their ranges, and as many as needed."""
    if not isinstance(values, dict):
        raise ValueError("a mapping of names is needed")
    wrong: list[Fault] = []
    found: dict[str, Any] = {}
    for name, value in values.items():
        try:
            found[name] = _number(str(name), value)
        except (ValueError, OverflowError) as problem:
            wrong.append(((str(name),), str(problem), None))
    if wrong:
        raise Wrong([(("parameters", *keys), message, other) for keys, message, other in wrong])
    return found


def _number(name: str, value: Any) -> Any:
    if name not in NAMES:
        unknown = ended(f"there is no parameter of this name{suggest(name, NAMES)}")
        raise ValueError(f"{unknown} model/ODD.md has a table of all")
    about = FIELDS[name].metadata
    value = value.tolist() if isinstance(value, np.ndarray | np.generic) else value
    within = f"{about['low']:g}..{about['high']:g} {about['unit']}".removesuffix(" 1")
    if about["each"]:
        return _by_name(name, value, names_of(about["each"]), within)
    if isinstance(value, list | tuple | dict):
        raise ValueError(f"one number is needed; got {short(value)}")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"a number in {within} is needed; got {short(value)}")
    if isinstance(FIELDS[name].default, int) and not float(value).is_integer():
        raise ValueError(f"a whole number is needed; got {short(value)}")
    try:
        check(name, value)
    except OutOfRange as problem:
        raise ValueError(str(problem)) from None
    return int(value) if isinstance(FIELDS[name].default, int) else float(value)


def _by_name(name: str, value: Any, places: tuple[str, ...], within: str) -> FrozenDict:
    """Values of a parameter that has one each, by name; names left out keep theirs."""
    each = FIELDS[name].metadata["each"]
    numbers = list(value.values()) if isinstance(value, dict) else []
    if not numbers or any(isinstance(part, bool) or not isinstance(part, int | float) for part in numbers):
        raise ValueError(
            f"it has one value for each {each}: write {{{places[0]}: number, ...}} with numbers in {within}, names from "
            f"{', '.join(places)}; got {short(value)}"
        )
    if unknown := [place for place in value if place not in places]:
        raise ValueError(f"no {each} {unknown[0]!r}{suggest(unknown[0], places)}; one of {', '.join(places)}")
    try:
        check(name, value)
    except OutOfRange as problem:
        raise ValueError(str(problem)) from None
    return FrozenDict({place: float(number) for place, number in value.items()})


EventName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=80)]
Count = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]
Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR, strict=True)]


class Horizon(BaseModel):
    """First and last year of a run."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    first: Annotated[int, Field(ge=FIRST_YEAR, le=FIRST_YEAR, strict=True)] = Field(
        default=FIRST_YEAR, description=f"always {FIRST_YEAR}"
    )
    last: Year = Field(default=LAST_YEAR, description="last year of a run")


class Scenario(BaseModel):
    """A world: what is given from outside it, and the numbers it runs on. Immutable; every change makes another.

    >>> Scenario.load("baseline").without("uzb_succession_2016").events.get("uzb_succession_2016") is None
    True
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: Annotated[Words, Field(min_length=1, max_length=255, pattern=r"^[^\n\t]*$")]
    title: Text = Field(description="what a reader calls it")
    question: Text = Field(description="the one question it asks")
    changed: Words = Field(default="", max_length=2000, description="what is different, in a sentence")
    plausible: Words = Field(default="", max_length=2000, description="why that could be, or could have been")
    sources: tuple[Text, ...] = Field(default=(), description="who says so")
    look_at: tuple[Text, ...] = Field(default=(), description="what to look at in the results")
    description: Words = Field(default="", max_length=10_000, description="anything else a reader should know")
    events: Annotated[dict[EventName, AnyEvent], AfterValidator(FrozenDict)] = Field(
        default_factory=FrozenDict, description="dated events by name"
    )
    parameters: Annotated[dict[str, Any], BeforeValidator(_numbers), AfterValidator(FrozenDict)] = Field(
        default_factory=FrozenDict, description="numbers of the model that hold for the whole run"
    )
    horizon: Horizon = Horizon()
    members: Count | None = Field(default=None, description="worlds of a run that is not told otherwise")
    seed: Annotated[int, Field(ge=0, lt=2**63, strict=True)] | None = Field(
        default=None, description="of the luck of a run that is not told otherwise"
    )

    @model_validator(mode="after")
    def _can_happen(self):
        wrong = _never(self.events, self.quarters) + contradictions(self.events)
        if wrong:
            raise Wrong(wrong)
        return self

    @staticmethod
    def load(which: str | Path) -> Scenario:
        """A scenario by its name in the folder scenarios/, or by the path of its file."""
        return _build(resolve(find(which)))

    @staticmethod
    def read(text: str, name: str = "what_if") -> Scenario:
        """A scenario from the text of a file, with the same words where it is wrong; it extends a shipped one or none.

        >>> Scenario.read("extends: baseline\\nevents: {uzb_succession_2016: off}").name
        'what_if'
        """
        return _build(resolve(Path(f"{name}{SUFFIX}"), text=text))

    def without(self, *names: str) -> Scenario:
        """The same with events left out."""
        for name in names:
            self._has(name)
        return self._with(events={k: v for k, v in self.events.items() if k not in names})

    def amend(self, name: str, **changes: Any) -> Scenario:
        """The same with fields of one event changed."""
        self._has(name)
        old = {field: getattr(self.events[name], field) for field in type(self.events[name]).model_fields}
        return self._with(events=self.events | {name: old | changes})

    def plus(self, *events: Event, **named: Event | dict[str, Any]) -> Scenario:
        """The same with events added, by names given or made of type and year.

        >>> from cairn.events import Drought
        >>> dry = Scenario.load("baseline").plus(Drought(start="2031", end="2034", inflow=0.7, why="a mega-drought"))
        >>> dry.events["drought_2031"].inflow
        0.7
        """
        added: dict[str, Any] = {}
        for event in events:
            if not isinstance(event, Event):
                raise ScenarioError(
                    f"{short(event)} is no event; make one of a class of cairn.events, or give it a name"
                )
            year = (getattr(event, "date", None) or event.start).year  # type: ignore[attr-defined]
            stem = f"{event.type}_{year}"
            taken = self.events.keys() | added.keys() | named.keys()
            added[next(n for n in (stem, *(f"{stem}_{k}" for k in range(2, len(taken) + 3))) if n not in taken)] = event
        for name in named:
            if name in self.events:
                raise ScenarioError(f"{self.name} has an event {name!r} already; amend it, or choose another name")
        return self._with(events=self.events | added | named)

    def replace(self, **parameters: Any) -> Scenario:
        """The same with other numbers of the model."""
        return self._with(parameters=self.parameters | parameters)

    def named(self, name: str, **texts: Any) -> Scenario:
        """The same under another name, with other texts: title, question and the like."""
        return self._with(name=name, **texts)

    def _has(self, name: str) -> None:
        if name not in self.events:
            raise ScenarioError(f"no event {name!r} in {self.name}{suggest(name, self.events)}")

    def _with(self, **changes: Any) -> Scenario:
        """A checked scenario with other fields."""
        fields = {name: getattr(self, name) for name in Scenario.model_fields}
        try:
            return Scenario.model_validate(fields | changes)
        except ValidationError as errors:
            faults = from_pydantic(errors.errors(include_url=False), Scenario, Horizon)
            raise ScenarioError(*(format_issue(*fault) for fault in faults)) from None

    @property
    def quarters(self) -> int:
        """How many quarters a run takes."""
        return (self.horizon.last - self.horizon.first + 1) * 4

    @functools.cached_property
    def text(self) -> str:
        """The scenario with all it inherits written out, as YAML.

        An event of a class written elsewhere carries that class's name under `python`, which no file may hold: what
        only a program can do must not pass for what a file says.
        """
        plain = self.model_dump(mode="json", exclude={"name"}, exclude_none=True, exclude_defaults=False)
        for name, event in self.events.items():
            if kind := event.derived_class:
                plain["events"][name] = event.model_dump(mode="json", exclude_none=True) | {"python": kind}
        stream = io.StringIO()
        yaml = YAML()
        yaml.width = 110
        yaml.dump(plain, stream)
        return stream.getvalue()


@functools.cache
def _event_adapter() -> TypeAdapter[Any]:
    return TypeAdapter(AnyEvent)


def _rebuild() -> None:
    """Another type of event was registered: scenarios may hold it from now on."""
    _event_adapter.cache_clear()
    Scenario.model_rebuild(force=True)


on_register(_rebuild)


def contradictions(events: dict[str, Any]) -> list[Fault]:
    """Events that lay claim to one thing in one quarter and want different things of it."""
    by_thing: dict[str, dict[ConflictKey, str]] = {}
    for name, event in events.items():
        for stake in event.conflict_keys():
            by_thing.setdefault(stake.thing, {}).setdefault(stake, name)
    found: dict[tuple[str, str], Fault] = {}
    for thing, claims in by_thing.items():
        conflict_keys = sorted(claims.items(), key=lambda claim: (claim[0].first, claim[0].last, claim[1]))
        for n, (early, one) in enumerate(conflict_keys):
            for late, other in conflict_keys[n + 1 :]:
                if late.first >= early.last or len(found) > MOST_QUARRELS:
                    break
                if late.value != early.value and one != other and (one, other) not in found:
                    what = f"on the {thing} in {quarter_name(max(late.first, 0))}; switch one off or move it"
                    found[one, other] = (("events", other), what, ("events", one))
    return list(found.values())


def _never(events: dict[str, Any], quarters: int) -> list[Fault]:
    """Events that would never take effect."""
    last_year = FIRST_YEAR + quarters // 4 - 1
    return [
        (
            ("events", name),
            f"never takes effect: it lies outside the horizon {FIRST_YEAR}..{last_year}; change one of them",
            None,
        )
        for name, event in events.items()
        if not (event.first < quarters and (event.last is None or event.last > 0))
    ]


def _build(file: Resolved) -> Scenario:
    """A checked scenario, or one error with a line for each thing that is wrong."""
    content, wrong = file.content, list(file.wrong)
    _leave_out_what_comes_too_late(file)
    try:
        scenario = Scenario.model_validate(content | {"name": file.path.stem})
    except ValidationError as problem:
        errors = problem.errors(include_url=False)
        if file.lost:  # what this file could inherit is not missing
            errors = [error for error in errors if error["type"] != "missing" or len(error["loc"]) > 1]
        faults = from_pydantic(errors, Scenario, Horizon)
        if any(error["loc"] for error in errors):  # then events were not held against each other
            faults += _the_rest(file)
        wrong += locate(faults, file)
    if wrong:
        raise ScenarioError(*in_order(wrong, file))
    return scenario


def _leave_out_what_comes_too_late(file: Resolved) -> None:
    """A file that ends the world early leaves out what it inherits from later years; its own events must fit."""
    horizon = file.content.get("horizon")
    last = horizon.get("last") if isinstance(horizon, dict) else None
    if not isinstance(last, int) or isinstance(last, bool) or not FIRST_YEAR <= last < LAST_YEAR:
        return
    for name in list(file.content["events"]):
        mine = any(place[0] == file.path for place in file.places.under(("events", name)).values())
        if mine:
            continue
        try:
            event = _event_adapter().validate_python(file.content["events"][name])
        except ValidationError:
            continue
        if event.first >= (last - FIRST_YEAR + 1) * 4:
            del file.content["events"][name]


def _the_rest(file: Resolved) -> list[Fault]:
    """What is wrong between those events that are right by themselves, when others are not."""
    right = {}
    for name, content in file.content["events"].items():
        try:
            right[name] = _event_adapter().validate_python(content)
        except ValidationError:
            continue
    try:
        last = Horizon.model_validate(file.content.get("horizon", {})).last
    except ValidationError:
        last = LAST_YEAR
    return _never(right, (last - FIRST_YEAR + 1) * 4) + contradictions(right)
