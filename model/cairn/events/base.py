"""What all events share: dates, bounds, where they act, when they begin and end, what they lay claim to."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from cairn.core.calendar import FIRST_YEAR, LAST_YEAR, QUARTERS, quarter_of, year_of
from cairn.core.geography import BORDER_NAMES, CODES, PAIR_NAMES, pair
from cairn.core.parameters import Parameters
from cairn.core.random_streams import RandomStreams
from cairn.core.state import State
from cairn.support.frozen_dict import FrozenDict
from cairn.support.text import check_printable

EARLIEST, LATEST = dt.date(1991, 1, 1), dt.date(LAST_YEAR, 12, 31)


def _date(value: Any) -> dt.date:
    """A date from 2016, 2016-09 or 2016-09-02."""
    if isinstance(value, dt.datetime):
        value = value.date()
    if not isinstance(value, dt.date):
        parts = str(value)[:40].split("-")
        try:
            if not (1 <= len(parts) <= 3 and all(part.isascii() and part.isdigit() for part in parts)):
                raise ValueError
            value = dt.date(*[int(part) for part in parts], *[1] * (3 - len(parts)))  # type: ignore[arg-type]
        except (ValueError, OverflowError):
            raise ValueError(f"{str(value)[:40]!r} is no date; write 2016, 2016-09 or 2016-09-02") from None
    if not EARLIEST <= value <= LATEST:
        raise ValueError(f"{value} lies outside {EARLIEST.year}..{LATEST.year}")
    return value


def _pair_name(value: Any) -> str:
    try:
        i, j = pair(str(value))
        if i == j:
            raise ValueError
    except ValueError:
        raise ValueError(f"{str(value)[:40]!r} is no pair of states; one of {', '.join(PAIR_NAMES)}") from None
    return f"{CODES[i]}-{CODES[j]}"


def _border_name(value: Any) -> str:
    name = _pair_name(value)
    if name not in BORDER_NAMES:
        raise ValueError(f"{name} have no common border; one of {', '.join(BORDER_NAMES)}")
    return name


def quantity(unit: str, low: float, high: float) -> Any:
    """A number with its unit and bounds; text and truth values are no numbers."""
    return Field(ge=low, le=high, strict=True, allow_inf_nan=False, json_schema_extra={"unit": unit})


_DATE_SCHEMA = {"type": ["string", "integer"], "description": "a date: 2016, 2016-09 or 2016-09-02"}
Date = Annotated[dt.date, BeforeValidator(_date), WithJsonSchema(_DATE_SCHEMA)]
Country = Literal["KAZ", "KGZ", "TJK", "TKM", "UZB"]
Outsider = Literal["RUS", "CHN", "EU", "TUR", "ROW"]
River = Literal["syr_darya", "amu_darya"]
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
    """Where an event acts, and what it may need: a mask of members, luck, numbers, the list of organisations."""

    mask: Any  # (M,) of truth, or a slice of all
    random_streams: RandomStreams
    parameters: Parameters
    organisations: dict[str, int]

    def put(self, old: np.ndarray, column: int, value: Any) -> np.ndarray:
        """A copy of an array with new values in the masked rows of a column."""
        new = old.copy()
        new[self.mask, column] = value[self.mask] if isinstance(value, np.ndarray) else value
        return new


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
    type: str
    why: Text = Field(description="why it is here, in a sentence")
    source: Text = Field(default="Assumed", description="who says so, or the word Assumed")
    mark: Words = Field(default="", max_length=40, description="short label, if figures shall mark the date")

    @property
    def derived_class(self) -> str:
        """Name of a class of somebody's own, derived from one of the model's; empty for the model's."""
        kind = type(self)
        return "" if kind.__module__.startswith(f"{__package__}.") else f"{kind.__module__}.{kind.__qualname__}"

    @functools.cached_property
    def fingerprint(self) -> str:
        """The same for events that say the same and do the same."""
        return self.derived_class + self.model_dump_json(exclude={"why", "source", "mark"})

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


class InstantEvent(Event):
    """An event that happens once."""

    date: Date = Field(description="when")

    @property
    def first(self) -> int:
        return quarter_of(self.date)

    def apply(self, state: State, rows: EventContext) -> State:
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
        return self.model_dump_json(exclude={"why", "source", "mark", "end"})

    def apply(self, forcing: dict[str, np.ndarray], rows: EventContext, quarter: int) -> None:
        """Write into what is given in a quarter in which it is in force."""
        raise NotImplementedError


class TimeSeriesEvent(IntervalEvent):
    """A lasting event whose level goes in straight lines between dated figures, and stays at the last."""

    start: Date = Field(default=dt.date(FIRST_YEAR, 1, 1), description="when it comes into force")
    time_varying: ClassVar[bool] = True
    paths: ClassVar[tuple[str, ...]] = ()  # its fields that hold dated figures

    @staticmethod
    @functools.lru_cache(maxsize=4096)
    def _levels(figures: tuple[tuple[dt.date, float], ...]) -> np.ndarray:
        """Levels at the beginnings of all quarters."""
        decimal = [date.year + (date.timetuple().tm_yday - 1) / 365.25 for date, _ in figures]
        return np.interp(year_of(np.arange(QUARTERS)), decimal, [value for _, value in figures])

    def level(self, figures: dict[dt.date, float], quarter: int) -> float:
        """Level at the beginning of a quarter; before the first figure it is that figure."""
        return float(self._levels(tuple(sorted(figures.items())))[quarter])

    def _course(self, quarter: int) -> str:
        """Figures count by the levels they gave so far: those after the quarter may differ."""
        rest = self.model_dump_json(exclude={"why", "source", "mark", "end", *self.paths})
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

    def set_to(self, table: np.ndarray, rows: EventContext, level: Any, keep: Any) -> None:
        """`keep` of what stands and this level in the masked rows of the pairs, both ways."""
        for name in self.pairs:
            i, j = pair(name)
            for a, b in ((i, j), (j, i)):
                table[rows.mask, a, b] = keep(table[rows.mask, a, b], level)

    def raise_to(self, table: np.ndarray, rows: EventContext, level: float) -> None:
        """At least this level."""
        self.set_to(table, rows, level, np.maximum)

    def cap_at(self, table: np.ndarray, rows: EventContext, level: float) -> None:
        """At most this level."""
        self.set_to(table, rows, level, np.minimum)


def both_ways_of(name: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """Both places of a pair in a table of pairs."""
    i, j = pair(name)
    return (i, j), (j, i)


class ConstructionEvent(Event):
    """Something built between start and finish, which then stands."""

    start: Date = Field(description="when building begins")
    finish: Date = Field(description="when it is done")
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
