"""Worlds compared with the luck taken out: each member under one scenario beside itself under another.

All scenarios run side by side in one model on the same draws, so member m differs between them only by what the
scenarios changed. Effects are differences within members ("common random numbers", Law 2015, Simulation Modeling and
Analysis, chapter 11), shown with the 5th and 95th percentile over members.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.core.calendar import FIRST_YEAR
from cairn.core.parameter_sets import ParameterSource, for_members
from cairn.core.parameters import Parameters
from cairn.ensemble.annual import annual_values
from cairn.ensemble.outcomes import COMPARED, Outcome
from cairn.ensemble.output_variables import LABELS, OUTPUT_VARIABLES, annual_rule, measured, resolve_outputs
from cairn.ensemble.runner import resolve_size
from cairn.ensemble.workers import Progress, map_chunks
from cairn.scenario.scenario import Scenario
from cairn.support.quantiles import HIGH, LOW

if TYPE_CHECKING:
    import pandas as pd

YEARS = (1995, 2000, 2005, 2010, 2015, 2020, 2024, 2030, 2035, 2040)
COLUMNS = 4  # years that fit into a table
NEVER = np.iinfo(np.int32).max


@dataclasses.dataclass(frozen=True)
class Effect:
    """A paired difference of an outcome in a year, over members."""

    median: float
    low: float
    high: float
    mean: float
    error: float  # standard error of the mean
    sign_share: float  # share of members in which the difference has the sign of the mean; 0 where that is zero
    before: float  # median of the outcome in the first scenario

    @staticmethod
    def of(first: np.ndarray, second: np.ndarray) -> Effect:
        """The effect of going from the first to the second, (M,) each."""
        paired = second - first
        low, median, high = np.quantile(paired, (LOW, 0.5, HIGH))
        mean = float(paired.mean())
        error = float(paired.std(ddof=1) / np.sqrt(paired.size)) if paired.size > 1 else float("nan")
        same = float((np.sign(paired) == np.sign(mean)).mean()) if mean else 0.0
        return Effect(float(median), float(low), float(high), mean, error, same, float(np.median(first)))


@dataclasses.dataclass(frozen=True, eq=False)
class Comparison:
    """Scenarios run on the same luck.

    scenarios : the first is what the others are compared with
    years : whole years that all have, (Y,)
    values : for each outcome, (scenarios, members, Y)
    parted : first quarter in which a member is otherwise than under the first scenario, (scenarios, M); NEVER if none
    """

    scenarios: tuple[Scenario, ...]
    members: int
    seed: int
    first_member: int
    years: np.ndarray
    values: dict[Outcome, np.ndarray]
    first_divergence: np.ndarray

    @functools.cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the scenarios; one that several have, as files in two folders can, with a number."""
        names = [s.name for s in self.scenarios]
        return tuple(name if k == 0 or names.count(name) == 1 else f"{name}-{k}" for k, name in enumerate(names))

    @functools.cached_property
    def titles(self) -> tuple[str, ...]:
        """Titles of the scenarios; one that several have, as when a file has none of its own, with the name."""
        titles = [s.title for s in self.scenarios]
        named = zip(titles, self.names, strict=True)
        return tuple(title if titles.count(title) == 1 else f"{title} ({name})" for title, name in named)

    def effect(self, outcome: Outcome, year: int, k: int = 1) -> Effect:
        """Effect of scenario k against the first on an outcome in a year."""
        t = int(np.flatnonzero(self.years == year)[0])
        values = self.values[outcome]
        return Effect.of(values[0, :, t], values[k, :, t])

    def effects(self, outcome: Outcome, year: int) -> pd.DataFrame:
        """Effects of all scenarios on an outcome in a year, a row each: median, 90 % interval, share of the sign."""
        import pandas as pd

        names = {name: dataclasses.asdict(self.effect(outcome, year, k)) for k, name in enumerate(self.names) if k}
        return pd.DataFrame.from_dict(names, orient="index")[["median", "low", "high", "sign_share"]]

    def difference(self, outcome: Outcome, k: int = 1) -> np.ndarray:
        """Paired differences of an outcome, (M, Y)."""
        return self.values[outcome][k] - self.values[outcome][0]

    def divergence(self, k: int = 1) -> tuple[int, int] | None:
        """Quarter in which the first member parts, and by which half of those have that ever do; None if none does."""
        first_divergence = np.sort(self.first_divergence[k][self.first_divergence[k] != NEVER])
        return (
            (int(first_divergence[0]), int(first_divergence[(first_divergence.size - 1) // 2]))
            if first_divergence.size
            else None
        )

    def significant_from(self, outcome: Outcome, k: int = 1) -> int | None:
        """First year from which on the interval leaves out zero to the end; None if it does not in the last year."""
        low, high = np.quantile(self.difference(outcome, k), (LOW, HIGH), axis=0)
        clear = (low > 0) | (high < 0)
        tail = np.flatnonzero(~clear)
        start = int(tail[-1]) + 1 if tail.size else 0
        return int(self.years[start]) if start < self.years.size else None

    def average_effect(self, outcome: Outcome, k: int = 1) -> Effect:
        """Effect on the mean of an outcome over the years from the parting on; zero if the paths never part."""
        parting = self.divergence(k)
        since = self.years >= (FIRST_YEAR + parting[0] // 4 if parting else self.years[-1])
        values = self.values[outcome][:, :, since].mean(-1)
        return Effect.of(values[0], values[k])

    def table_years(self, k: int = 1) -> list[int]:
        """Years for a table: those after the paths part, the last among them."""
        parting = self.divergence(k)
        begin = FIRST_YEAR + parting[0] // 4 if parting else int(self.years[-1])
        round_years = [y for y in YEARS if begin <= y <= self.years[-1]]
        chosen = sorted({*round_years, int(self.years[-1])})
        if len(chosen) <= COLUMNS:
            return chosen
        places = np.linspace(0, len(chosen) - 1, COLUMNS).round().astype(int)
        return [chosen[place] for place in places]


def compare(
    scenarios: Sequence[Scenario | str],
    members: int | None = None,
    seed: int | None = None,
    *,
    first_member: int = 0,
    to_year: int | None = None,
    jobs: int | None = None,
    parameters: ParameterSource = None,
    outcomes: Sequence[Outcome] = COMPARED,
    progress: Progress | None = None,
) -> Comparison:
    """Run scenarios side by side on the same luck.

    Parameters
    ----------
    scenarios : two or more, by name or as objects; the first is what the others are compared with
    members, seed : as for `cairn.ensemble.runner.run`; the first scenario's own if it has any
    numbers : as for `cairn.ensemble.runner.run`; None is the shipped posterior
    outcomes : what to compare; if all are of the region, only these are measured and compared

    Raises
    ------
    ValueError if there are fewer than two scenarios, or a year none of them reaches

    Examples
    --------
    >>> both = compare(["baseline", "karimov_line"], members=2, seed=1, to_year=2018)
    >>> both.divergence()[0]  # the fourth quarter of 2016
    99
    """
    worlds = tuple(s if isinstance(s, Scenario) else Scenario.load(s) for s in scenarios)
    if len(worlds) < 2:
        raise ValueError("two scenarios at least are needed to compare")
    members, seed = resolve_size(worlds[0], members, seed)
    last = min(s.horizon.last for s in worlds)
    to_year = last if to_year is None else to_year
    if not FIRST_YEAR <= to_year <= last:
        raise ValueError(f"year {to_year} lies outside {FIRST_YEAR}..{last}, the years that all of them run")
    quarters = (to_year - FIRST_YEAR + 1) * 4
    outcomes = tuple(outcomes)
    bare = tuple(
        dataclasses.replace(outcome, record=None) for outcome in outcomes
    )  # a record cannot be sent to processes

    def arguments(k: int, count: int) -> tuple[Any, ...]:
        return (
            worlds,
            bare,
            first_member + k,
            count,
            seed,
            quarters,
            for_members(parameters, first_member, slice(k, k + count)),
        )

    parts = dict(
        map_chunks(side_by_side, arguments, members, quarters, jobs, progress=progress, runs_per_member=len(worlds))
    )
    ordered = [parts[k] for k in sorted(parts)]
    values = {outcome: np.concatenate([part[0][n] for part in ordered], axis=1) for n, outcome in enumerate(outcomes)}
    first_divergence = np.concatenate([part[1] for part in ordered], axis=1)
    years = np.arange(FIRST_YEAR, to_year + 1)
    return Comparison(worlds, members, seed, first_member, years, values, first_divergence)


def side_by_side(
    scenarios: Sequence[Scenario],
    outcomes: Sequence[Outcome],
    first_member: int,
    members: int,
    seed: int,
    quarters: int,
    parameters: Parameters,
    *,
    progress: Progress | None = None,
) -> tuple[list[np.ndarray], np.ndarray]:
    """A chunk of members under several scenarios: yearly outcomes and when the paths part from the first's.

    Returns
    -------
    outcomes, (scenarios, members, years) each, and first quarters in which a member differs, (scenarios, members)
    """
    from cairn.model import CentralAsia

    arms = len(scenarios)
    whole = any(outcome.where or OUTPUT_VARIABLES[outcome.variable].group != "region" for outcome in outcomes)
    outputs = resolve_outputs("all" if whole else "summary")
    model = CentralAsia(list(scenarios), members, seed, first_member=first_member, parameters=parameters, collect=False)
    series = [np.empty((arms * members, quarters), dtype=np.float32) for _ in outcomes]
    first_divergence = np.full((arms, members), NEVER, dtype=np.int32)
    for quarter in range(quarters):
        model.run_for(1)
        values_now = measured(model, outputs)
        for outcome, values in zip(outcomes, series, strict=True):
            values[:, quarter] = _at(values_now[outcome.variable], outcome)
        apart = np.zeros((arms, members), dtype=bool)
        for value in values_now.values():
            by_arm = value.reshape(arms, members, -1).astype(np.float32)
            same = (by_arm == by_arm[:1]) | (np.isnan(by_arm) & np.isnan(by_arm[:1]))
            apart |= ~same.all(-1)
        first_divergence[apart & (first_divergence == NEVER)] = quarter
        if progress is not None:
            progress(arms * members)
    return [_yearly(outcome, values, arms) for outcome, values in zip(outcomes, series, strict=True)], first_divergence


def _at(values: np.ndarray, outcome: Outcome) -> np.ndarray:
    """The part of a measure that an outcome is about, (M,)."""
    for dim, label in outcome.where:
        values = values[:, LABELS[dim].index(label)]
    return values


def _yearly(outcome: Outcome, values: np.ndarray, arms: int) -> np.ndarray:
    if outcome.quarter:
        yearly = values[:, outcome.quarter - 1 :: 4]
    else:
        yearly = annual_values(values, annual_rule(outcome.variable))
    return yearly.reshape(arms, -1, yearly.shape[-1]).astype(float)
