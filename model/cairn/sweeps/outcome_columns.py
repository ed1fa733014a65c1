"""Outcomes of a sweep as columns of its table: a measure in years, a statistic over years, the first year past a
threshold, whether a threshold is ever passed.

Quarters are combined to years as in the summary of a run: counts and flows are summed, stocks are taken at the end of
the year, events count if they happened in any quarter, everything else is averaged. Only the quarters that some
outcome needs are recorded.

A member that never passes a threshold has no first year: the value is missing. A mean over the other members would be
another quantity, so no analysis takes one. It says how many values are missing, or refuses; the outcome can declare
instead what is recorded (`if_never`), or be the share of members that pass the threshold (`ever_above`, `ever_below`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import numpy as np

from cairn.core.calendar import FIRST_YEAR
from cairn.ensemble.annual import add_quarter, end_of_year
from cairn.ensemble.output_variables import LABELS
from cairn.step.measures import Description
from cairn.support.text import suggest
from cairn.sweeps.sweep_spec import OutcomeSpec, SweepError, SweepSpec

_STATISTICS: dict[str, Callable[..., np.ndarray]] = {
    "maximum": np.max,
    "minimum": np.min,
    "mean": np.mean,
    "sum": np.sum,
}


@functools.cache
def label_positions(dims: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """Position of each label in an array with some dimensions, members last; empty for a measure of the region.

    >>> label_positions(("pair",))["KAZ-TJK"]
    (1,)
    """
    labels = [LABELS[dim] for dim in dims]
    if not labels:
        return {}
    places = np.ndindex(*(len(names) for names in labels))
    return {">".join(words): at for words, at in zip(product(*labels), places, strict=True)}


def outcome_issues(outcome: OutcomeSpec, to_year: int, known: Mapping[str, Description]) -> list[tuple[str, str]]:
    """What is wrong with an outcome of a sweep that runs to a given year: pairs of key and message.

    Parameters
    ----------
    known : what the model of the sweep can report
    """
    issues: list[tuple[str, str]] = []
    if outcome.measure not in known:
        hint = suggest(outcome.measure, known)
        return [("measure", f"no such measure{hint}; one of {', '.join(known)}")]
    positions = label_positions(known[outcome.measure].dims)
    if positions and outcome.of not in positions:
        hint = "" if outcome.of is None else suggest(outcome.of, positions)
        issues.append(("of", f"{outcome.measure} needs one of {', '.join(positions)}{hint}"))
    if not positions and outcome.of is not None:
        issues.append(("of", f"{outcome.measure} is a measure of the whole region; remove this key"))
    for key, years in (
        ("year", outcome.years),
        ("start", (outcome.start,)),
        ("end", (outcome.end,)),
        ("relative_to", (outcome.relative_to,)),
    ):
        late = [year for year in years if year is not None and year > to_year]
        if late:
            issues.append((key, f"{late[0]} is after {to_year}, the last year of the sweep"))
    if outcome.if_never is not None and outcome.if_never < (last := outcome.end or to_year):
        issues.append(("if_never", f"expected {last} or later, since years up to {last} can be recorded"))
    return issues


class MissingValues(SweepError):
    """An analysis of an outcome that has no value in some members."""


_TREATMENT = (
    "add `if_never: YEAR`, the year to record for members that never pass the threshold, to the outcome in the sweep "
    "file, or use ever_above or ever_below for the share that passes it"
)


def check_none_missing(column: str, values: np.ndarray) -> None:
    """Refuse an outcome without a value at some points.

    Parameters
    ----------
    column : column of the table
    values : NaN where a value is missing

    Raises
    ------
    MissingValues
        With the number of missing values and the ways to declare what is recorded in their place.
    """
    if missing := int(np.isnan(values).sum()):
        raise MissingValues(f"{column}: {missing:,} of {values.size:,} values are missing; {_TREATMENT}")


def check_none_can_be_missing(columns: Mapping[str, OutcomeSpec]) -> None:
    """As `check_none_missing`, before anything is run: refuse outcomes that can be without a value.

    Raises
    ------
    MissingValues
        With the first such outcome.
    """
    for column, outcome in columns.items():
        if outcome.may_be_missing:
            raise MissingValues(f"{column}: values can be missing, which the analysis cannot take; {_TREATMENT}")


class OutcomeRecorder:
    """Records what the outcomes need, quarter by quarter, and gives the columns at the end of a run."""

    def __init__(self, spec: SweepSpec, known: Mapping[str, Description]):
        self._spec, self._known = spec, known
        self._years: dict[tuple[str, str | None], set[int]] = {}
        for outcome in spec.outcomes.values():
            self._years.setdefault((outcome.measure, outcome.of), set()).update(years_needed(outcome, spec.to_year))
        self._yearly: dict[tuple[str, str | None, int], np.ndarray] = {}
        self.last_year = max(max(years) for years in self._years.values())

    def record(self, model: Any) -> None:
        """Record what is needed of the quarter that the model has just run."""
        year, season = FIRST_YEAR + model.quarter // 4, model.quarter % 4
        needed = [key for key, years in self._years.items() if year in years]
        if not needed:
            return
        observed = model.observe({name for name, _ in needed})
        for name, of in needed:
            about, key = self._known[name], (name, of, year)
            value = observed[name] if of is None else observed[name][label_positions(about.dims)[of]]
            self._yearly[key] = add_quarter(self._yearly[key] if season else None, value, about.annual)

    def columns(self) -> dict[str, np.ndarray]:
        """Outcomes by column.

        Returns
        -------
        dict of (rows,) float32 arrays; the first year past a threshold is NaN if there is none, unless declared

        Raises
        ------
        FloatingPointError if an outcome is not a finite number
        """
        columns: dict[str, np.ndarray] = {}
        for name, outcome in self._spec.outcomes.items():
            years = _years_of_outcome(outcome, self._spec.to_year)
            values = np.stack([self._value(outcome, year) for year in years], axis=-1)
            if outcome.relative_to is not None:
                with np.errstate(divide="ignore", invalid="ignore"):
                    values = values / self._value(outcome, outcome.relative_to)[:, None]
            if not np.isfinite(values).all():
                raise FloatingPointError(f"outcome {name} is not a finite number")
            if outcome.years:
                columns |= zip(outcome.columns(name), values.T.astype(np.float32), strict=True)
            elif outcome.statistic is not None:
                columns[name] = _STATISTICS[outcome.statistic](values, axis=-1).astype(np.float32)
            elif outcome.is_first_year:
                columns[name] = _first_year(outcome, values, years[0]).astype(np.float32)
            else:
                columns[name] = _past(outcome.ever_above, outcome.ever_below, values).any(-1).astype(np.float32)
        return columns

    def _value(self, outcome: OutcomeSpec, year: int) -> np.ndarray:
        return end_of_year(self._yearly[outcome.measure, outcome.of, year], self._known[outcome.measure].annual)


def years_needed(outcome: OutcomeSpec, to_year: int) -> set[int]:
    """Years in which the measure of an outcome is needed."""
    years = set(_years_of_outcome(outcome, to_year))
    return years | ({outcome.relative_to} if outcome.relative_to is not None else set())


def _years_of_outcome(outcome: OutcomeSpec, to_year: int) -> tuple[int, ...] | range:
    return outcome.years or range(outcome.start or FIRST_YEAR, (outcome.end or to_year) + 1)


def _first_year(outcome: OutcomeSpec, values: np.ndarray, start: int) -> np.ndarray:
    past = _past(outcome.first_year_above, outcome.first_year_below, values)
    never = np.nan if outcome.if_never is None else outcome.if_never
    return np.where(past.any(-1), start + past.argmax(-1), never)


def _past(above: float | None, below: float | None, values: np.ndarray) -> np.ndarray:
    """Where values are past a threshold."""
    return values > above if above is not None else values < below
