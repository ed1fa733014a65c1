"""Statements, tables and sections of a report, and a reader of the effects of one scenario in a comparison."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cairn.core.calendar import FIRST_YEAR
from cairn.effects.phrasing import PairedDifference, effect_sentence, interval_is_negligible
from cairn.effects.report_outcomes import BY_KEY, subject
from cairn.ensemble.comparison import Comparison
from cairn.ensemble.outcomes import IN_PERCENT, Outcome
from cairn.ensemble.output_variables import annual_rule
from cairn.support.monte_carlo import meaningful_decimals, rounded_signed

PASSING = 1.5  # an effect is also reported in the year in which it is this many times larger than in the last year
EACH_YEAR = ("leader_openness", "shortage", "agricultural_loss_pct_gdp", "winter_deficit_gwh", "storage_km3")


@dataclasses.dataclass(frozen=True)
class Statement:
    """One sentence of a report, with its numbers where it is about one outcome.

    Parameters
    ----------
    text : the sentence
    outcome : key of the outcome
    years : the year or years that it is about
    difference : the effect on the outcome
    """

    text: str
    outcome: str = ""
    years: str = ""
    difference: PairedDifference | None = None

    def to_dict(self) -> dict[str, Any]:
        """The statement as plain values, for JSON."""
        values: dict[str, Any] = {"text": self.text}
        if self.difference is not None:
            d, e = self.difference, self.difference.effect
            numbers = {"median": e.median, "low": e.low, "high": e.high, "lower": d.lower, "higher": d.higher,
                       "before": e.before, "after": d.after}  # fmt: skip
            values |= {"outcome": self.outcome, "years": self.years, "clear": d.clear}
            values |= {name: round(value, 6) for name, value in numbers.items()}
            values |= {"percent": round(e.percent, 1)} if e.before else {}
        return values


@dataclasses.dataclass(frozen=True)
class TableCell:
    """A cell of a table.

    Parameters
    ----------
    middle : the median
    interval, record : shown below it
    sure : whether the interval excludes zero
    """

    middle: str
    interval: str = ""
    sure: bool = False
    record: str = ""


@dataclasses.dataclass(frozen=True)
class Section:
    """A section of a report: statements, and a table where there is one.

    Parameters
    ----------
    title : heading
    statements : sentences
    head : column heads of the table
    rows : for each row its name and its cells
    note : below the table
    """

    title: str
    statements: Sequence[Statement]
    head: Sequence[str] = ()
    rows: Sequence[tuple[str, Sequence[TableCell]]] = ()
    note: str = ""


class EffectReader:
    """The effects of one scenario of a comparison: in a year, or over the years since the divergence.

    Parameters
    ----------
    comparison : the compared scenarios
    scenario : its name; it can be left out where only one is compared with the reference

    Attributes
    ----------
    divergence : first quarter in which a member differs, and quarter by which half of those that ever differ do; None
        if no member differs
    first_year : year of the divergence
    last_year : last year of the comparison
    members : number of members
    """

    def __init__(self, comparison: Comparison, scenario: str | None = None):
        self.comparison, self.scenario = comparison, scenario
        divergence = comparison.divergence(scenario)
        self.divergence = divergence
        self.last_year = int(comparison.years[-1])
        self.first_year = FIRST_YEAR + divergence[0] // 4 if divergence else self.last_year
        self.members = comparison.members

    def reduce(self, name: str, over_years: Callable[[np.ndarray], np.ndarray]) -> PairedDifference:
        """The paired difference of an outcome after its years are reduced to one value.

        Parameters
        ----------
        name : key of the outcome
        over_years : reduces (M, Y) to (M,)
        """
        before, after = self.both(name)
        return PairedDifference.of(over_years(before), over_years(after))

    def both(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """An outcome under the reference and under the scenario in the units of `shown_in`, (M, Y) each."""
        scale = 100 if BY_KEY[name].variable in IN_PERCENT else 1
        arms = (self.comparison.reference, self.scenario)
        reference, values = (self.comparison.values(name, arm) * scale for arm in arms)
        return reference, values

    def at(self, name: str, year: int | None = None) -> PairedDifference:
        """In one year (default: the last)."""
        column = (self.last_year if year is None else year) - int(self.comparison.years[0])
        return self.reduce(name, lambda values: values[:, column])

    def mean_since(self, name: str) -> PairedDifference:
        """Mean over the years since the divergence."""
        return self.reduce(name, lambda values: values[:, self.comparison.years >= self.first_year].mean(1))

    def sum_since(self, name: str) -> PairedDifference:
        """Sum over the years since the divergence."""
        return self.reduce(name, lambda values: values[:, self.comparison.years >= self.first_year].sum(1))

    def peak(self, name: str) -> int:
        """The year in which the median difference is largest."""
        before, after = self.both(name)
        return int(self.comparison.years[np.abs(np.median(after - before, axis=0)).argmax()])

    @property
    def main_year(self) -> int:
        """The year that tables show: the last, or the year of the largest effect if the effect does not last."""
        name = "integration_index"
        return self.peak(name) if interval_is_negligible(self.at(name), BY_KEY[name].digits) else self.last_year

    @property
    def window(self) -> str:
        """The years since the divergence, as text."""
        return f"{self.first_year}–{self.last_year}" if self.first_year < self.last_year else str(self.last_year)

    def final_effect(self, name: str) -> Statement:
        """The effect on an outcome in the last year; counts are summed and weather is averaged since the divergence."""
        outcome = BY_KEY[name]
        if annual_rule(outcome.variable) in ("sum", "any"):
            return self._statement(name, self.sum_since(name), self.window, f"in {self.window}", digits=0, unit="")
        if outcome.variable in EACH_YEAR:
            return self._statement(name, self.mean_since(name), self.window, f"on average over {self.window}")
        return self._statement(name, self.at(name), str(self.last_year), f"by {self.last_year}")

    def passing_effect(self, name: str) -> list[Statement]:
        """The effect in the year in which it is largest, if it is clear and much larger than in the last year."""
        year = self.peak(name)
        top, end = self.at(name, year), self.at(name)
        if year == self.last_year or not top.clear or abs(top.effect.median) < PASSING * abs(end.effect.median):
            return []
        return [self._statement(name, top, str(year), f"at its largest, in {year},")]

    def _statement(
        self,
        name: str,
        difference: PairedDifference,
        years: str,
        when: str,
        digits: int | None = None,
        unit: str | None = None,
    ) -> Statement:
        outcome = BY_KEY[name]
        shown = shown_in(outcome)
        digits, unit = shown[0] if digits is None else digits, shown[1] if unit is None else unit
        return Statement(effect_sentence(subject(outcome), difference, digits, unit, when), name, years, difference)


def cell(difference: PairedDifference, outcome: Outcome) -> TableCell:
    """A paired difference as a cell of a table."""
    e = difference.effect
    d = meaningful_decimals(e.median_error, outcome.shown_digits)
    median, low, high = (rounded_signed(value, d) for value in (e.median, e.low, e.high))
    if difference.is_zero or difference.members == 1:
        return TableCell(median)
    return TableCell(median, f"[{low}, {high}]", difference.clear)


def shown_in(outcome: Outcome) -> tuple[int, str]:
    """Decimals and unit in which a report shows the effects on an outcome.

    >>> shown_in(BY_KEY["shortage[UZB]"])
    (0, 'points')
    """
    return (0, "points") if outcome.variable in IN_PERCENT else (outcome.digits, outcome.unit)
