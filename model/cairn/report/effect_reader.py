"""Findings as values, and a comparison as findings read it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cairn.core.calendar import FIRST_YEAR
from cairn.ensemble.comparison import Comparison
from cairn.ensemble.outcomes import Outcome, digits_of_difference, signed
from cairn.ensemble.output_variables import annual_rule
from cairn.report.phrasing import Shift, full, trifling
from cairn.report.report_outcomes import BY_KEY, subject

LASTS = 1.5  # an effect this much larger in some year than in the last is told of both
EACH_YEAR = ("leader_openness", "shortage", "agricultural_loss_pct_gdp", "winter_deficit_gwh", "storage_km3")


@dataclasses.dataclass(frozen=True)
class Finding:
    """One sentence, and the numbers it is made of where it is of one outcome."""

    text: str
    outcome: str = ""
    years: str = ""
    shift: Shift | None = None

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        found: dict[str, Any] = {"text": self.text}
        if self.shift is not None:
            e = self.shift.effect
            figures = {"median": e.median, "p05": e.low, "p95": e.high, "lower": self.shift.lower,
                       "higher": self.shift.higher, "before": e.before, "after": self.shift.after}  # fmt: skip
            found |= {"outcome": self.outcome, "years": self.years, "clear": self.shift.clear}
            found |= {name: round(value, 6) for name, value in figures.items()}
        return found


@dataclasses.dataclass(frozen=True)
class Cell:
    """What a table shows of one thing: the middle, below it the interval and the record; whether zero lies outside."""

    middle: str
    interval: str = ""
    sure: bool = False
    record: str = ""


@dataclasses.dataclass(frozen=True)
class Group:
    """Findings on one thing, with a table where there is one: a head, rows of a name and cells."""

    title: str
    findings: Sequence[Finding]
    head: Sequence[str] = ()
    rows: Sequence[tuple[str, Sequence[Cell]]] = ()
    note: str = ""


class Reading:
    """A comparison of one scenario with another, as findings read it: the last year, or the years since the parting."""

    def __init__(self, found: Comparison, scenario: str | None = None):
        self.found, self.scenario = found, scenario
        parting = found.divergence(scenario)
        self.parting = parting
        self.last = int(found.years[-1])
        self.since = FIRST_YEAR + parting[0] // 4 if parting else self.last
        self.members = found.members

    def values(self, name: str, how: Callable[[np.ndarray], np.ndarray]) -> Shift:
        """The shift of an outcome once its years are made one by `how`, (M, Y) -> (M,)."""
        first, second = self.both(name)
        return Shift.of(how(first), how(second))

    def both(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """An outcome under the reference and under the scenario, (M, Y) each."""
        return self.found.values(name, self.found.reference), self.found.values(name, self.scenario)

    def at(self, name: str, year: int | None = None) -> Shift:
        """In one year, the last unless another is given."""
        place = (self.last if year is None else year) - int(self.found.years[0])
        return self.values(name, lambda values: values[:, place])

    def mean_since(self, name: str) -> Shift:
        """Mean over the years since the paths part."""
        return self.values(name, lambda values: values[:, self.found.years >= self.since].mean(1))

    def sum_since(self, name: str) -> Shift:
        """Sum over the years since the paths part."""
        return self.values(name, lambda values: values[:, self.found.years >= self.since].sum(1))

    def peak(self, name: str) -> int:
        """The year in which the median difference is largest."""
        first, second = self.both(name)
        return int(self.found.years[np.abs(np.median(second - first, axis=0)).argmax()])

    @property
    def telling(self) -> int:
        """The year to look at closely: the last, or that of the largest effect if nothing of it lasts."""
        name = "integration_index"
        return self.peak(name) if trifling(self.at(name), BY_KEY[name].digits) else self.last

    @property
    def window(self) -> str:
        """The years since the paths part, as text."""
        return f"{self.since}–{self.last}" if self.since < self.last else str(self.last)

    def ending(self, name: str) -> Finding:
        """A sentence on an outcome in the last year; counts are summed since the parting, weather is averaged."""
        outcome = BY_KEY[name]
        if annual_rule(outcome.variable) in ("sum", "any"):
            return self._told(name, self.sum_since(name), self.window, f"in {self.window}", digits=0, unit="")
        if outcome.variable in EACH_YEAR:
            return self._told(name, self.mean_since(name), self.window, f"on average over {self.window}")
        return self._told(name, self.at(name), str(self.last), f"by {self.last}")

    def passing(self, name: str) -> list[Finding]:
        """A sentence on the year of the largest effect, where that is clear and is much larger than at the end."""
        year = self.peak(name)
        top, end = self.at(name, year), self.at(name)
        if year == self.last or not top.clear or abs(top.effect.median) < LASTS * abs(end.effect.median):
            return []
        return [self._told(name, top, str(year), f"at its largest, in {year},")]

    def _told(self, name: str, shift: Shift, years: str, when: str, digits: int | None = None, unit: str | None = None):
        outcome = BY_KEY[name]
        digits, unit = outcome.digits if digits is None else digits, outcome.unit if unit is None else unit
        return Finding(full(subject(outcome), shift, digits, unit, when), name, years, shift)


def cell(shift: Shift, outcome: Outcome) -> Cell:
    """A shift for a table."""
    d, e = digits_of_difference(outcome), shift.effect
    if shift.nowhere or shift.members == 1:
        return Cell(signed(e.median, d))
    return Cell(signed(e.median, d), f"[{signed(e.low, d)}, {signed(e.high, d)}]", shift.clear)
