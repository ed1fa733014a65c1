"""What all events share: dates, bounds, where they act, when they begin and end, what they lay claim to."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import inspect
import types
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from cairn.core.calendar import FIRST_YEAR, LAST_YEAR, QUARTERS, parse_date, quarter_of, year_of
from cairn.core.geography import CENTRAL_ASIA, Geography
from cairn.core.parameters import Parameters
from cairn.core.random_streams import RandomStreams
from cairn.core.state import State
from cairn.core.variables import Array
from cairn.support.frozen_dict import FrozenDict
from cairn.support.text import check_printable

TEXT_FIELDS = ("why", "source", "mark", "label")  # of an event, for the reader; the model does not use them
EARLIEST, LATEST, LATEST_FINISH = dt.date(1991, 1, 1), dt.date(LAST_YEAR, 12, 31), dt.date(2100, 12, 31)


def parse_event_date(value: Any, latest: dt.date = LATEST) -> dt.date:
    """A date an event may have: see `parse_date`, and within 1991..2040."""
    date = parse_date(value)
    if not EARLIEST <= date <= latest:
        raise ValueError(f"{date} is outside {EARLIEST.year}..{latest.year}")
    return date


def parse_finish(value: Any) -> dt.date:
    """The date at which something is built: it may be after the last year of a run."""
    return parse_event_date(value, LATEST_FINISH)


def _geography(info: ValidationInfo) -> Geography:
    """The region that a scenario is about: that of the validation's context, else Central Asia."""
    return (info.context or {}).get("geography", CENTRAL_ASIA)


def _one_of(names: Callable[[Geography], tuple[str, ...]]) -> Callable[[Any, ValidationInfo], str]:
    """A validator of a name out of a list of the region, with the error that pydantic has for literals."""

    def validate(value: Any, info: ValidationInfo) -> str:
        known = names(_geography(info))
        if not isinstance(value, str) or value not in known:
            quoted = [repr(name) for name in known]
            expected = f"{', '.join(quoted[:-1])} or {quoted[-1]}" if len(quoted) > 1 else quoted[0]
            raise PydanticCustomError("literal_error", "Input should be {expected}", {"expected": expected})
        return value

    return validate


def _name_of(names: Callable[[Geography], tuple[str, ...]]) -> Any:
    return Annotated[
        str, PlainValidator(_one_of(names)), WithJsonSchema({"enum": list(names(CENTRAL_ASIA)), "type": "string"})
    ]


def _all_where_left_out(names: Callable[[Geography], tuple[str, ...]]) -> Any:
    """A validator of a list whose default is all of Central Asia: in another region the default is all of that."""
    default = names(CENTRAL_ASIA)
    return BeforeValidator(lambda value, info: names(_geography(info)) if value is default else value)


def _pair_name(value: Any, info: ValidationInfo) -> str:
    geography = _geography(info)
    try:
        i, j = geography.pair(str(value))
        if i == j:
            raise ValueError
    except ValueError:
        known = ", ".join(geography.pair_names)
        raise ValueError(f"{str(value)[:40]!r} is no pair of states; one of {known}") from None
    return f"{geography.codes[i]}-{geography.codes[j]}"


def _border_name(value: Any, info: ValidationInfo) -> str:
    geography, name = _geography(info), _pair_name(value, info)
    if geography.pair(name) not in geography.borders:
        raise ValueError(f"{name} have no common border; one of {', '.join(geography.border_names)}")
    return name


def quantity(unit: str, low: float, high: float) -> Any:
    """A number with its unit and bounds; text and truth values are no numbers."""
    return Field(ge=low, le=high, strict=True, allow_inf_nan=False, json_schema_extra={"unit": unit})


_DATE_SCHEMA = {"type": ["string", "integer"], "description": "a date: 2016, 2016-09 or 2016-09-02"}
Date = Annotated[dt.date, BeforeValidator(parse_event_date), WithJsonSchema(_DATE_SCHEMA)]
FinishDate = Annotated[dt.date, BeforeValidator(parse_finish), WithJsonSchema(_DATE_SCHEMA)]
if TYPE_CHECKING:
    type Country = str
    type Outsider = str
    type River = str
    type UpstreamCountry = str
    type UpperReservoir = str
else:
    Country = _name_of(lambda geography: geography.codes)
    Outsider = _name_of(lambda geography: geography.outside)
    River = _name_of(lambda geography: geography.rivers)
    UpstreamCountry = _name_of(lambda geography: tuple(dict.fromkeys(geography.upstream)))
    UpperReservoir = _name_of(lambda geography: geography.reservoirs[1::2])
AllCountries = Annotated[tuple[Country, ...], _all_where_left_out(lambda geography: geography.codes)]
AllRivers = Annotated[tuple[River, ...], _all_where_left_out(lambda geography: geography.rivers)]
PairName = Annotated[str, BeforeValidator(_pair_name)]
BorderName = Annotated[str, BeforeValidator(_border_name)]
Share = Annotated[float, quantity("share", 0, 1)]
Level = Annotated[float, quantity("1", 0, 1.5)]
Deaths = Annotated[int, quantity("deaths", 1, 300)]
Words = Annotated[str, AfterValidator(check_printable)]
Text = Annotated[Words, Field(min_length=3, max_length=2000)]
Truth = Annotated[bool, Field(strict=True)]
Figures = Annotated[dict[Date, Level], AfterValidator(FrozenDict)]


@dataclasses.dataclass(frozen=True)
class EventContext:
    """Where an event acts, and what it may need.

    Parameters
    ----------
    mask : members on which it acts, (M,) boolean, or a slice
    random_streams : random numbers of the run
    parameters : as they are now
    organisations : position of each organisation of others in the forcing's memberships
    geography : the region
    """

    mask: Any
    random_streams: RandomStreams
    parameters: Parameters
    organisations: Mapping[str, int]
    geography: Geography

    def put(self, old: Array, value: Any, *place: int) -> Array:
        """A copy of an array with new values for the members on which the event acts.

        Parameters
        ----------
        old : (..., M)
        value : a number, or one per member, (M,)
        place : position along the first axes, as of a state in (C, M)
        """
        new = old.copy()
        new[(*place, self.mask)] = self.of_members(value)
        return new

    def of_members(self, value: Any) -> Any:
        """A value for the members on which the event acts: a number, or those of (M,)."""
        return value[self.mask] if isinstance(value, np.ndarray) and value.ndim == 1 else value

    def both_ways(self, pair: str) -> tuple[tuple[int, int], tuple[int, int]]:
        """Both places of a pair in an array of pairs."""
        i, j = self.geography.pair(pair)
        return (i, j), (j, i)


@dataclasses.dataclass(frozen=True)
class ConflictKey:
    """What an event lays claim to: two different values for one thing in one quarter contradict each other."""

    thing: str
    value: str
    first: int  # quarter
    last: int  # first quarter in which it no longer holds


class Event(BaseModel):
    """What all events share: why it is in the scenario, and who says so."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    time_varying: ClassVar[bool] = False  # whether its level changes while it is in force
    writes: ClassVar[tuple[str, ...]] = ()  # variables of the forcing, or of the state for an instant event
    acts_through: ClassVar[str] = ""  # a parameter that is 0 by default: while it is, the event has no effect
    type: str
    why: Words = Field(default="", max_length=2000, description="why it is here, in a sentence")
    source: Text = Field(default="Assumed", description="who says so, or the word Assumed")
    mark: Words = Field(default="", max_length=40, description="short label, if figures shall mark the date")
    label: Words | None = Field(
        default=None,
        max_length=90,
        description="what happens, in a few words without the date; left out, it is built from the other fields",
    )

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse a class whose overridden methods would not be called, when it is defined.

        The level of a class of one's own with a method of its own is computed in each quarter, unless the class says
        ``time_varying`` itself.

        Raises
        ------
        TypeError
        """
        super().__pydantic_init_subclass__(**kwargs)
        overridden = _check_overrides(cls)
        if overridden and not is_shipped(cls) and "time_varying" not in vars(cls):
            cls.time_varying = True

    @property
    def derived_class(self) -> str:
        """Name of a class that is not registered, derived from one that is; empty for a registered class."""
        kind = type(self)
        return "" if EVENT_TYPES.get(self.type) is kind else f"{kind.__module__}.{kind.__qualname__}"

    @functools.cached_property
    def fingerprint(self) -> str:
        """The same for events that say the same and do the same."""
        return self.derived_class + self.model_dump_json(exclude={*TEXT_FIELDS})

    @property
    def first(self) -> int:
        """Quarter in which it takes effect."""
        raise NotImplementedError

    @property
    def last(self) -> int | None:
        """First quarter in which it is no longer in force; None if it stays."""
        return self.first + 1

    def before(self, quarter: int) -> str:
        """Equal for two events that did the same to the world before a quarter; empty if it did nothing yet."""
        return self.fingerprint if self.first < quarter else ""

    def conflict_keys(self) -> list[ConflictKey]:
        """What it lays claim to, and when."""
        return []

    def conflict_key(self, thing: str, value: Any, throughout: bool = True) -> ConflictKey:
        """A claim for as long as the event is in force, or only for the quarter in which it begins."""
        last = self.last if throughout else self.first + 1
        return ConflictKey(thing, str(value), self.first, QUARTERS if last is None else last)


def is_shipped(kind: type) -> bool:
    """Whether a class of events is one of this package."""
    return kind.__module__.startswith("cairn.events.")


def _check_overrides(kind: type[Event]) -> list[str]:
    """Names of the methods that an event class overrides or adds as `apply`; they can all be called as the model does.

    Raises
    ------
    TypeError
        If a method takes other arguments than that in whose place it is, if it is a property there or the reverse, or
        if a field has its name.
    """
    overridden: list[str] = []
    if kind.__module__ == __name__:
        return overridden
    for name, known in _overridable(kind).items():
        own = vars(kind).get(name)
        if name in kind.__pydantic_fields__:
            raise TypeError(f"{kind.__name__}: a field cannot have the name {name!r}, that of {_sort(known)} of events")
        if own is None:
            continue
        if _sort(own) != _sort(known):
            raise TypeError(f"{kind.__name__}.{name} must be {_sort(known)}, as in the class that it is derived from")
        overridden.append(name)
        if isinstance(own, types.FunctionType):
            expected = list(inspect.signature(known).parameters)
            try:
                inspect.signature(own).bind(*expected)
            except TypeError:
                raise TypeError(
                    f"{kind.__name__}.{name} must take ({', '.join(expected)}), "
                    f"not ({', '.join(inspect.signature(own).parameters)})"
                ) from None
    return overridden


def _overridable(kind: type[Event]) -> dict[str, Any]:
    """Methods and properties of the classes above an event class, by name, the nearest one each."""
    found: dict[str, Any] = {"apply": _apply}
    for above in reversed(kind.__mro__[1:]):
        if issubclass(above, Event):
            found |= {name: value for name, value in vars(above).items() if name[:2] != "__" and _sort(value)}
    return found


def _apply(self, forcing, context, quarter):
    """What the model calls for an event that does not happen once, where the classes above say nothing of it."""


def _sort(thing: Any) -> str:
    """What an attribute of a class is, of those that another class can override."""
    if isinstance(thing, types.FunctionType):
        return "a method"
    return "a property" if isinstance(thing, property | functools.cached_property) else ""


EVENT_TYPES: dict[str, type[Event]] = {}
_LISTENERS: list[Callable[[], None]] = []


def register_event[Kind: type[Event]](kind: Kind) -> Kind:
    """Decorate an event class so that scenario files, sweeps and workers know it by its `type`.

    The class declares ``type: Literal["name"] = "name"`` and ``writes``, the variables that it may change.

    Raises
    ------
    TypeError
        If it has no type of its own, or no method `apply`.
    ValueError
        If another class has the type.
    """
    field = kind.__pydantic_fields__.get("type")
    name = getattr(field, "default", None)
    if not isinstance(name, str) or not callable(getattr(kind, "apply", None)):
        raise TypeError(f'{kind.__name__} needs `type: Literal["name"] = "name"` and a method `apply`')
    known = EVENT_TYPES.get(name)
    if known is not None and (known.__module__, known.__qualname__) != (kind.__module__, kind.__qualname__):
        raise ValueError(f"{kind.__name__}: an event type {name!r} is registered already, by {known.__qualname__}")
    EVENT_TYPES[name] = kind
    for listener in _LISTENERS:
        listener()
    return kind


def on_register(listener: Callable[[], None]) -> None:
    """Call a function after each further registration."""
    _LISTENERS.append(listener)


class InstantEvent(Event):
    """An event that happens once."""

    date: Date = Field(description="when")

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse a class that says when it ends, as nothing would ask it."""
        super().__pydantic_init_subclass__(**kwargs)
        if "last" in vars(cls):
            raise TypeError(f"{cls.__name__}.last is never used: an InstantEvent happens once; derive an IntervalEvent")

    @property
    def first(self) -> int:
        return quarter_of(self.date)

    def apply(self, state: State, context: EventContext) -> State:
        """The state after it."""
        raise NotImplementedError


class IntervalEvent(Event):
    """An event in force from its start until its end, or to the horizon."""

    start: Date = Field(description="when it comes into force")
    end: Date | None = Field(default=None, description="when it is over; left out, it lasts to the horizon")

    @model_validator(mode="after")
    def _ends_after_start(self):
        if self.end is not None and self.end < self.start:
            raise ValueError(f"end {self.end} comes before start {self.start}")
        return self

    @property
    def first(self) -> int:
        return quarter_of(self.start)

    @property
    def last(self) -> int | None:
        """First quarter in which it is no longer in force; it is always in force for one quarter at least."""
        return None if self.end is None else max(quarter_of(self.end), self.first + 1)

    def before(self, quarter: int) -> str:
        if self.first >= quarter:
            return ""
        ended = "" if self.last is None or self.last >= quarter else f" until {self.last}"
        return self.derived_class + self._course(quarter) + ended

    def _course(self, quarter: int) -> str:
        return self.model_dump_json(exclude={*TEXT_FIELDS, "end"})

    def apply(self, forcing: dict[str, Array], context: EventContext, quarter: int) -> None:
        """Write into what is given in a quarter in which it is in force."""
        raise NotImplementedError


class TimeSeriesEvent(IntervalEvent):
    """A lasting event whose level goes in straight lines between dated figures, and stays at the last."""

    start: Date = Field(default=dt.date(FIRST_YEAR, 1, 1), description="when it comes into force")
    time_varying: ClassVar[bool] = True
    paths: ClassVar[tuple[str, ...]] = ()  # its fields that hold dated figures

    @functools.cached_property
    def _interpolated(self) -> dict[int, np.ndarray]:
        return {}

    def level(self, figures: Mapping[dt.date, float], quarter: int) -> float:
        """Level at the beginning of a quarter, from dated figures of the event; before the first it is that figure."""
        levels = self._interpolated.get(id(figures))
        if levels is None:
            dates = sorted(figures)
            decimal = [date.year + (date.timetuple().tm_yday - 1) / 365.25 for date in dates]
            levels = np.interp(year_of(np.arange(QUARTERS)), decimal, [figures[date] for date in dates])
            self._interpolated[id(figures)] = levels
        return float(levels[quarter])

    def _course(self, quarter: int) -> str:
        """Figures count by the levels they gave so far: those after the quarter may differ."""
        rest = self.model_dump_json(exclude={*TEXT_FIELDS, "end", *self.paths})
        levels = {
            name: [self.level(figures, q) for q in range(max(self.first, 0), quarter)]
            for name in self.paths
            if (figures := getattr(self, name))
        }
        return f"{rest} {levels}"

    @model_validator(mode="after")
    def _has_figures(self):
        if not any(getattr(self, name) for name in self.paths):
            raise ValueError(f"needs dated figures in {' or '.join(self.paths)}")
        return self


class PairEvent(IntervalEvent):
    """A regime between states of one or more pairs."""

    pairs: tuple[PairName, ...] = Field(min_length=1, description="pairs of states, KAZ-UZB and the like")

    def set_to(self, table: Array, context: EventContext, level: Any, combine: Callable[[Any, Any], Any]) -> None:
        """Combine what stands with a level, for the pairs in both directions.

        Parameters
        ----------
        table : (C, C, M), written in place
        level : a number, or one per member, (M,)
        combine : from the old value and the level to the new value
        """
        for name in self.pairs:
            for a, b in context.both_ways(name):
                table[a, b, context.mask] = combine(table[a, b, context.mask], context.of_members(level))

    def raise_to(self, table: Array, context: EventContext, level: float) -> None:
        """At least this level."""
        self.set_to(table, context, level, np.maximum)

    def cap_at(self, table: Array, context: EventContext, level: float) -> None:
        """At most this level."""
        self.set_to(table, context, level, np.minimum)


def binds_to(persons: float, goods: float | None) -> str:
    """What a closure leaves open, in words.

    >>> binds_to(0.1, None), binds_to(0.35, 0.95)
    ('goods and persons to 0.1', 'persons to 0.35, goods to 0.95')
    """
    return f"goods and persons to {persons:g}" if goods is None else f"persons to {persons:g}, goods to {goods:g}"


class ConstructionEvent(Event):
    """Something built between start and finish, which then stands."""

    start: Date = Field(description="when building begins")
    finish: FinishDate = Field(description="when it is done, perhaps after the last year of a run")
    time_varying: ClassVar[bool] = True

    @model_validator(mode="after")
    def _finishes_after_start(self):
        if self.finish <= self.start:
            raise ValueError(f"finish {self.finish} does not come after start {self.start}")
        return self

    @property
    def first(self) -> int:
        return quarter_of(self.start)

    @property
    def last(self) -> int | None:
        return None  # what is built stays

    def done(self, quarter: int) -> float:
        """How much of it stands in a quarter, on a straight line from start to finish."""
        return min(max(quarter - self.first, 0) / max(quarter_of(self.finish) - self.first, 1), 1.0)
