"""Factors of a sweep: what a number between 0 and 1 means for a parameter, an event or the choice of scenario."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import types
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

import numpy as np

from cairn.core.calendar import begins, quarter_of
from cairn.core.parameters import FIELDS, FIXED_SUMS, NAMES, Parameters, names_of
from cairn.events import Event
from cairn.events.base import TEXT_FIELDS, parse_event_date
from cairn.scenario.scenario import Scenario
from cairn.scenario.yaml_reader import Keys
from cairn.support.text import suggest
from cairn.sweeps.sweep_spec import FactorSpec

SPREAD = 0.2  # half-width of the default range of one state's parameter, as a share of its value; Assumed
MAX_LEVELS = 10_000  # of a factor
ON_OFF = {"on": True, "off": False, True: True, False: False}


class FactorError(ValueError):
    """What is wrong with a factor.

    Parameters
    ----------
    issues : pairs of keys below the factor and a message
    """

    def __init__(self, *issues: tuple[Keys, str]):
        super().__init__("; ".join(message for _, message in issues))
        self.issues = issues


@dataclasses.dataclass(frozen=True)
class Factor:
    """A quantity that differs between the points of a sweep.

    Parameters
    ----------
    name : column of the table
    lever : whether a policy sets it; otherwise it is an uncertainty
    target : ("parameter", name, place or None), ("event", name, path of fields) or ("scenario",)
    levels : its values if there are finitely many; a range of dates has one level for each quarter
    low, high : its range if it is continuous
    steps : number of values that a grid takes from the range
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
        """Section of the sweep file that defines it."""
        return "levers" if self.lever else "uncertainties"

    @property
    def target_name(self) -> str:
        """What it changes, as text: `trust_gain`, `bloc_exposure.UZB`, `qosh_tepa_canal.finish` or `scenario`."""
        kind, *rest = self.target
        if kind == "scenario":
            return "scenario"
        name, path = rest
        if kind == "parameter":
            return name if path is None else f"{name}.{names_of(FIELDS[name].metadata['each'])[path]}"
        return ".".join((name, *path))

    def levels_at(self, samples: np.ndarray) -> np.ndarray:
        """Level numbers or values at samples of the unit interval.

        Parameters
        ----------
        samples : (n,), 0..1

        Returns
        -------
        (n,) integers that index `levels` where there are levels, otherwise values within the range
        """
        if self.levels:
            return np.minimum((samples * len(self.levels)).astype(np.int64), len(self.levels) - 1)
        if self.steps:  # a sample of a grid is the middle of a step
            samples = np.minimum(np.floor(samples * self.steps), self.steps - 1) / (self.steps - 1)
        return np.minimum(self.low + (self.high - self.low) * samples, self.high)  # rounding must not exceed the range

    def labels(self) -> tuple[Any, ...]:
        """Levels as the table shows them: as they are if all have one type, else as text."""
        kinds = {type(level) for level in self.levels if level is not None}
        if len(kinds) == 1 and kinds <= {float, int, bool, str, dt.date}:
            return self.levels
        return tuple(
            None if v is None else v if isinstance(v, str) else json.dumps(v, default=str) for v in self.levels
        )


def resolve_factor(name: str, spec: FactorSpec, scenarios: tuple[Scenario, ...], lever: bool) -> Factor:
    """Check the specification of a factor against the scenarios that it changes.

    Parameters
    ----------
    name : name of the factor
    spec : its entry in the sweep file
    scenarios : the base scenario, or all scenarios of the factor `scenarios`
    lever : whether a policy sets it

    Raises
    ------
    FactorError if a parameter, event or field does not exist, or a value is not allowed
    """
    if spec.scenarios is not None:
        return Factor(name, lever, ("scenario",), tuple(scenario.name for scenario in scenarios))
    if spec.parameter is not None:
        return _parameter_factor(name, spec, lever)
    return _event_factor(name, spec, scenarios, lever)


def _parameter_factor(name: str, spec: FactorSpec, lever: bool) -> Factor:
    which, _, place = (spec.parameter or "").partition(".")
    if which not in NAMES:
        raise FactorError((("parameter",), f"no such parameter{suggest(which, NAMES)}"))
    field, default = FIELDS[which].metadata, getattr(Parameters(), which)
    if field["each"] == "quarter" or isinstance(default, int):
        raise FactorError((("parameter",), f"{which} is the same for all members of a run and cannot be a factor"))
    if which in FIXED_SUMS:
        raise FactorError((("parameter",), f"{which} is one of several shares that add up to 1 and cannot be a factor"))
    places = names_of(field["each"]) if field["each"] else ()
    if bool(places) != bool(place) or (place and place not in places):
        hint = "a single value; remove the part after the dot"
        if places:
            hint = f"one value for each {field['each']}; write {which}.{places[0]}"
        raise FactorError((("parameter",), f"{which} has {hint}"))
    low, high, column = field["low"], field["high"], places.index(place) if place else None
    if spec.values is not None:
        values = [_number(value, ("values",)) for value in spec.values]
        _check_range(which, values, low, high, ("values",))
        return Factor(name, lever, ("parameter", which, column), tuple(values))
    if spec.range is not None:
        low, high = _ascending([_number(value, ("range",)) for value in spec.range])
        _check_range(which, [low, high], field["low"], field["high"], ("range",))
    elif column is not None:
        middle = float(default[column, 0])
        low, high = max(low, middle * (1 - SPREAD)), min(high, middle * (1 + SPREAD))
        if low == high:
            raise FactorError((("parameter",), f"{spec.parameter} is {middle:g}; a range is needed"))
    return Factor(name, lever, ("parameter", which, column), (), float(low), float(high), spec.steps)


def _event_factor(name: str, spec: FactorSpec, scenarios: tuple[Scenario, ...], lever: bool) -> Factor:
    which = spec.event or ""
    for scenario in scenarios:
        if which not in scenario.events:
            hint = suggest(which, scenario.events)
            raise FactorError((("event",), f"no event {which!r} in {scenario.name}{hint}"))
    if spec.field is None:
        if spec.range is not None or any(_on_or_off(value) is None for value in spec.values or ()):
            raise FactorError((("values",), "without a field an event is only switched on or off; add field"))
        return Factor(name, lever, ("event", which, ()), tuple(_on_or_off(v) for v in spec.values or (True, False)))
    path = _field_path(scenarios[0].events[which], spec.field)
    target = ("event", which, path)
    kind = _field_type(scenarios[0].events[which], path)
    if spec.values is not None:
        return Factor(name, lever, target, tuple(_level(value, kind) for value in spec.values))
    if spec.range is None:
        raise FactorError((("field",), "a field of an event needs range or values"))
    if kind is dt.date:
        first, last = _ascending([quarter_of(_date(value)) for value in spec.range])
        return Factor(name, lever, target, tuple(begins(q) for q in range(int(first), int(last) + 1)))
    if kind is int:
        if not all(isinstance(value, int) for value in spec.range):
            raise FactorError((("range",), f"{spec.field} must be a whole number"))
        first, last = _ascending(list(spec.range))
        if last - first >= MAX_LEVELS:
            raise FactorError((("range",), f"a range of whole numbers has at most {MAX_LEVELS:,} of them; use values"))
        return Factor(name, lever, target, tuple(range(int(first), int(last) + 1)))
    if kind is not float:
        raise FactorError((("range",), f"{spec.field} is neither a number nor a date; use values"))
    low, high = _ascending([_number(value, ("range",)) for value in spec.range])
    return Factor(name, lever, target, (), low, high, spec.steps)


def _on_or_off(value: Any) -> bool | None:
    return ON_OFF.get(value) if isinstance(value, str | bool) else None


def _field_path(event: Event, field: str) -> tuple[str, ...]:
    head, *rest = field.split(".")
    fields = set(type(event).model_fields) - {"type", *TEXT_FIELDS}
    if head not in fields:
        raise FactorError((("field",), f"no such field of {event.type}{suggest(head, fields)}; {_one_of(fields)}"))
    inside = getattr(event, head)
    if rest and (len(rest) > 1 or not isinstance(inside, dict) or find_key(inside, rest[0]) is None):
        keys = [str(key) for key in inside] if isinstance(inside, dict) else []
        raise FactorError((("field",), f"{head} has no entry {rest[0]!r}" + (f"; {_one_of(keys)}" if keys else "")))
    return (head, *rest)


def find_key(mapping: dict[Any, Any], word: str) -> Any:
    """The key of a mapping by date or by state that a word means, as 2030 or UZB; None if there is none."""
    for key in mapping:
        if str(key) == word or (isinstance(key, dt.date) and _is_date(key, word)):
            return key
    return None


def _is_date(key: dt.date, word: str) -> bool:
    try:
        return parse_event_date(word) == key
    except ValueError:
        return False


def _field_type(event: Event, path: tuple[str, ...]) -> Any:
    """float, int, bool or date if a field has one of these types, else None."""
    kind: Any = type(event).model_fields[path[0]].annotation
    if len(path) > 1:
        kind = get_args(_plain_type(kind))[1]
    kind = _plain_type(kind)
    return kind if kind in (float, int, bool, dt.date) else None


def _plain_type(kind: Any) -> Any:
    """A type without its annotations and without None."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, types.UnionType):
        return _plain_type(next(part for part in get_args(kind) if part is not type(None)))
    return kind


def _level(value: Any, kind: Any) -> Any:
    """A listed value, with the type of its field."""
    if value is None:
        return None
    if kind is dt.date:
        return _date(value)
    if kind is float:
        return _number(value, ("values",))
    return value


def _date(value: Any) -> dt.date:
    try:
        return parse_event_date(value)
    except ValueError as problem:
        raise FactorError((("range",), str(problem))) from None


def _number(value: Any, keys: Keys) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FactorError((keys, f"expected a number, got {str(value)[:60]!r}"))
    return float(value)


def _check_range(name: str, values: Sequence[float], low: float, high: float, keys: Keys) -> None:
    outside = [value for value in values if not low <= value <= high]
    if outside:
        unit = FIELDS[name].metadata["unit"]
        raise FactorError((keys, f"{name} = {outside[0]:g} is outside {low:g}..{high:g} {unit}"))


def _ascending(values: list[Any]) -> tuple[Any, Any]:
    low, high = values
    if not low < high:
        raise FactorError((("range",), f"the first value of a range must be below the second; got {low}, {high}"))
    return low, high


def _one_of(names: Iterable[str]) -> str:
    return f"one of {', '.join(sorted(names))}"


def amend_event(event: Event, changes: dict[tuple[str, ...], Any]) -> Event:
    """The event with some of its fields, or entries of its mappings, changed.

    Parameters
    ----------
    changes : new values by path of field, such as ("finish",) or ("support", "2040")

    Raises
    ------
    pydantic.ValidationError if the event does not allow a value
    """
    fields = {name: getattr(event, name) for name in type(event).model_fields}
    for (head, *rest), value in changes.items():
        if rest:
            fields[head] = dict(fields[head]) | {find_key(fields[head], rest[0]): value}
        else:
            fields[head] = value
    return type(event).model_validate(fields)
