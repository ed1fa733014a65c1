"""Factors of a sweep as they act: what a place between 0 and 1 means for a number, an event or the scenario."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import types
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

import numpy as np

from cairn.core.calendar import begins, quarter_of
from cairn.core.parameter_sets import PLACES
from cairn.core.parameters import FIELDS, NAMES, Parameters
from cairn.events import Event
from cairn.events.base import parse_event_date
from cairn.scenario.issues import suggest
from cairn.scenario.scenario import Scenario
from cairn.scenario.yaml_reader import Keys

if TYPE_CHECKING:
    from cairn.sweeps.sweep_spec import FactorPart

SPREAD = 0.2  # how far one state's number goes to either side if no range is given; Assumed
ON_OFF = {"on": True, "off": False, True: True, False: False}


class FactorError(ValueError):
    """What is wrong with a factor: keys below it, and messages."""

    def __init__(self, *at: tuple[Keys, str]):
        super().__init__("; ".join(message for _, message in at))
        self.at = at


@dataclasses.dataclass(frozen=True)
class Factor:
    """A thing that differs between points.

    levels : its values if there are finitely many; dates of a range are the quarters in it
    low, high : its range if it is continuous
    target : ("parameter", name, column or None), ("event", name, path of fields) or ("scenario",)
    """

    name: str
    lever: bool
    target: tuple[Any, ...]
    levels: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 0.0
    steps: int | None = None

    @property
    def section(self) -> str:
        """Where it stands in a file."""
        return "levers" if self.lever else "uncertainties"

    @property
    def about(self) -> str:
        """What it changes, in a word or two."""
        kind, *rest = self.target
        if kind == "scenario":
            return "scenario"
        name, path = rest
        if kind == "parameter":
            return name if path is None else f"{name}.{PLACES[FIELDS[name].metadata['each']][path]}"
        return ".".join((name, *path))

    def codes(self, places: np.ndarray) -> np.ndarray:
        """What stands at places 0..1: numbers of levels, or values."""
        if self.levels:
            return np.minimum((places * len(self.levels)).astype(np.int64), len(self.levels) - 1)
        if self.steps:  # a place in a grid is the middle of a step
            places = np.minimum(np.floor(places * self.steps), self.steps - 1) / (self.steps - 1)
        return np.minimum(self.low + (self.high - self.low) * places, self.high)  # rounding must not lead out

    def shown(self) -> tuple[Any, ...]:
        """Levels as a table shows them: of one type, else as text."""
        kinds = {type(level) for level in self.levels if level is not None}
        if len(kinds) == 1 and kinds <= {float, int, bool, str, dt.date}:
            return self.levels
        return tuple(
            None if v is None else v if isinstance(v, str) else json.dumps(v, default=str) for v in self.levels
        )


def resolved(name: str, part: FactorPart, scenarios: tuple[Scenario, ...], lever: bool) -> Factor:
    """A factor as it acts on the scenarios; FactorError if it cannot."""
    if part.scenarios is not None:
        return Factor(name, lever, ("scenario",), tuple(scenario.name for scenario in scenarios))
    if part.parameter is not None:
        return _of_parameter(name, part, lever)
    return _of_event(name, part, scenarios, lever)


def _of_parameter(name: str, part: FactorPart, lever: bool) -> Factor:
    which, _, state = (part.parameter or "").partition(".")
    if which not in NAMES:
        raise FactorError((("parameter",), f"no such number of the model{suggest(which, NAMES)}"))
    about, default = FIELDS[which].metadata, getattr(Parameters(), which)
    if about["each"] == "quarter" or isinstance(default, int):
        raise FactorError((("parameter",), f"{which} is the same in all worlds of a run and cannot be a factor"))
    places = PLACES.get(about["each"], ())
    if bool(places) != bool(state) or (state and state not in places):
        says = "one number; leave out what stands behind the dot"
        if places:
            says = f"one number for each {about['each']}; write {which}.{places[0]}"
        raise FactorError((("parameter",), f"{which} has {says}"))
    low, high, column = about["low"], about["high"], places.index(state) if state else None
    if part.values is not None:
        values = [_real(value, ("values",)) for value in part.values]
        _within(which, values, low, high, ("values",))
        return Factor(name, lever, ("parameter", which, column), tuple(values))
    if part.range is not None:
        low, high = _ascending([_real(value, ("range",)) for value in part.range])
        _within(which, [low, high], about["low"], about["high"], ("range",))
    elif column is not None:
        middle = float(default[column])
        low, high = max(low, middle * (1 - SPREAD)), min(high, middle * (1 + SPREAD))
        if low == high:
            raise FactorError((("parameter",), f"{part.parameter} is {middle:g}; give it a range"))
    return Factor(name, lever, ("parameter", which, column), (), float(low), float(high), part.steps)


def _of_event(name: str, part: FactorPart, scenarios: tuple[Scenario, ...], lever: bool) -> Factor:
    which = part.event or ""
    for scenario in scenarios:
        if which not in scenario.events:
            near = suggest(which, scenario.events)
            raise FactorError((("event",), f"no event {which!r} in {scenario.name}{near}"))
    if part.field is None:
        if part.range is not None or any(_switch(value) is None for value in part.values or ()):
            raise FactorError((("values",), "an event without a field is on or off; a field is missing, or values"))
        return Factor(name, lever, ("event", which, ()), tuple(_switch(v) for v in part.values or (True, False)))
    path = _path(scenarios[0].events[which], part.field)
    target = ("event", which, path)
    kind = _kind(scenarios[0].events[which], path)
    if part.values is not None:
        return Factor(name, lever, target, tuple(_level(value, kind) for value in part.values))
    if part.range is None:
        raise FactorError((("field",), "a field of an event needs range or values"))
    if kind is dt.date:
        first, last = _ascending([quarter_of(_date(value)) for value in part.range])
        return Factor(name, lever, target, tuple(begins(q) for q in range(int(first), int(last) + 1)))
    if kind is int:
        if not all(isinstance(value, int) for value in part.range):
            raise FactorError((("range",), f"{part.field} is a whole number"))
        first, last = _ascending(list(part.range))
        return Factor(name, lever, target, tuple(range(int(first), int(last) + 1)))
    if kind is not float:
        raise FactorError((("range",), f"{part.field} is no number and no date; give values"))
    low, high = _ascending([_real(value, ("range",)) for value in part.range])
    return Factor(name, lever, target, (), low, high, part.steps)


def _switch(value: Any) -> bool | None:
    return ON_OFF.get(value) if isinstance(value, str | bool) else None


def _path(event: Event, field: str) -> tuple[str, ...]:
    head, *rest = field.split(".")
    fields = set(type(event).model_fields) - {"type", "why", "source", "mark"}
    if head not in fields:
        raise FactorError((("field",), f"no such field of {event.type}{suggest(head, fields)}; {_listed(fields)}"))
    inside = getattr(event, head)
    if rest and (len(rest) > 1 or not isinstance(inside, dict) or key_in(inside, rest[0]) is None):
        keys = [str(key) for key in inside] if isinstance(inside, dict) else []
        raise FactorError((("field",), f"{head} has no entry {rest[0]!r}" + (f"; {_listed(keys)}" if keys else "")))
    return (head, *rest)


def key_in(mapping: dict[Any, Any], word: str) -> Any:
    """The key of dated figures or rates that a word means: 2030 or UZB; None if there is none."""
    for key in mapping:
        if str(key) == word or (isinstance(key, dt.date) and _same_date(key, word)):
            return key
    return None


def _same_date(key: dt.date, word: str) -> bool:
    try:
        return parse_event_date(word) == key
    except ValueError:
        return False


def _kind(event: Event, path: tuple[str, ...]) -> Any:
    """float, int, bool or date if a field is one of these, else None."""
    kind: Any = type(event).model_fields[path[0]].annotation
    if len(path) > 1:
        kind = get_args(_bare(kind))[1]
    kind = _bare(kind)
    return kind if kind in (float, int, bool, dt.date) else None


def _bare(kind: Any) -> Any:
    """A type without what is annotated, and without None."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, types.UnionType):
        return _bare(next(part for part in get_args(kind) if part is not type(None)))
    return kind


def _level(value: Any, kind: Any) -> Any:
    """A value of a list as the table shall hold it."""
    if value is None:
        return None
    if kind is dt.date:
        return _date(value)
    if kind is float:
        return _real(value, ("values",))
    return value


def _date(value: Any) -> dt.date:
    try:
        return parse_event_date(value)
    except ValueError as problem:
        raise FactorError((("range",), str(problem))) from None


def _real(value: Any, keys: Keys) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FactorError((keys, f"a number is needed; got {str(value)[:60]!r}"))
    return float(value)


def _within(name: str, values: list[float], low: float, high: float, keys: Keys) -> None:
    beyond = [value for value in values if not low <= value <= high]
    if beyond:
        unit = FIELDS[name].metadata["unit"]
        raise FactorError((keys, f"{name} = {beyond[0]:g} lies outside {low:g}..{high:g} {unit}"))


def _ascending(values: list[Any]) -> tuple[Any, Any]:
    low, high = values
    if not low < high:
        raise FactorError((("range",), f"the first of a range lies below the second; got {low}, {high}"))
    return low, high


def _listed(names: Any) -> str:
    return f"one of {', '.join(sorted(names))}"


def amended(event: Event, changes: dict[tuple[str, ...], Any]) -> Event:
    """The event with fields, or entries of its mappings, changed; ValidationError if it cannot be so."""
    fields = {name: getattr(event, name) for name in type(event).model_fields}
    for (head, *rest), value in changes.items():
        if rest:
            fields[head] = dict(fields[head]) | {key_in(fields[head], rest[0]): value}
        else:
            fields[head] = value
    return type(event).model_validate(fields)
