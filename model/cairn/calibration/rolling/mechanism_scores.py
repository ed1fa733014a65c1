"""Forecasts from rolling origins with and without each mechanism: does it make later years easier to foresee?

Every mechanism is switched by its parameters in the parameter sets that were fitted up to the origin; nothing is
calibrated again. All runs use the same random numbers, so that a mechanism without effect has a difference of zero.

========================  ========================================================================  ==================
outcome                   what is scored, at most ten years after the origin                        score
========================  ========================================================================  ==================
trade                     trade of pairs, 1, 3, 5 and 8 years ahead (`rolling_origins`)             CRPS on ln trade
borders, violence, water  recorded values of the indicators; each member carries on what it missed  CRPS / tolerance
meetings                  whether each leader came in a year, and whether a meeting was held        Brier
========================  ========================================================================  ==================

Source
------
Scores: Gneiting and Raftery 2007.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cairn.calibration.indicators import TargetRecorder
from cairn.calibration.repeats.mechanisms import BORDERS, MECHANISM_LIST, MEETINGS, TRADE, VIOLENCE, WATER, Mechanism
from cairn.calibration.repeats.refits import refit_sets
from cairn.calibration.rolling.rolling_origins import HORIZONS, ORIGINS, origins_by_refit, record_of_trade
from cairn.calibration.rolling.rolling_runs import YearlyTrade, run_yearly_trade
from cairn.calibration.targets import FIT, TEST, Targets
from cairn.calibration.validation.scorecard import forecast_observations
from cairn.calibration.validation.scores import block_intervals, crps_of_draws
from cairn.core.calendar import FIRST_YEAR
from cairn.core.geography import CODES, PAIR_NAMES
from cairn.ensemble.workers import Progress
from cairn.record import acts
from cairn.record.lookup import LAST_YEAR
from cairn.scenario.scenario import Scenario
from cairn.support.csv_table import write_csv

MEMBERS = 600  # each of the shipped sets of a refit three times
YEARS_AHEAD = 10  # of outcomes other than trade: many of their records are means of several years
SIDE_BY_SIDE = 6  # scenarios in one run
SMALLEST_SHARE = 0.01  # Assumed: smallest mean difference that counts, as a share of the mean score
DIGITS = 4  # significant digits of shipped scores
SHIPPED = "shipped"  # the column of the model as it ships
ABOUT = ("outcome", "place", "year", "origin", "horizon")
INDICATORS_OF = {
    BORDERS: ("openness", "delimited"),
    VIOLENCE: ("incidents", "deaths", "disputes"),
    WATER: ("summer_release", "winter_release", "storage", "hydropower", "power_import"),
}


@dataclasses.dataclass(frozen=True)
class Difference:
    """Mean score without a mechanism minus mean score with it: positive where it improves forecasts.

    Parameters
    ----------
    outcome : what is scored
    mean, low, high : with its 90 % interval over places and blocks of years
    smallest : smallest mean difference that counts
    """

    outcome: str
    mean: float
    low: float
    high: float
    smallest: float

    @property
    def better_with(self) -> bool:
        """Whether the interval lies above zero, and the mean is not too small to count."""
        return self.low > 0 and self.mean >= self.smallest

    @property
    def better_without(self) -> bool:
        """Whether the interval lies below zero, and the mean is not too small to count."""
        return self.high < 0 and self.mean <= -self.smallest


@dataclasses.dataclass(frozen=True)
class Support:
    """What forecasts from rolling origins say of one mechanism.

    Parameters
    ----------
    mechanism : the mechanism
    differences : by outcome
    """

    mechanism: Mechanism
    differences: dict[str, Difference]

    @property
    def decisive(self) -> tuple[Difference, ...]:
        """The differences that decide: trade, and the outcome that the mechanism acts on first."""
        return tuple(self.differences[name] for name in dict.fromkeys((TRADE, self.mechanism.acts_on)))

    @property
    def supported(self) -> bool:
        """Whether it improves forecasts of trade or of its own outcome, and makes neither worse."""
        return any(d.better_with for d in self.decisive) and not any(d.better_without for d in self.decisive)

    @property
    def harmful(self) -> bool:
        """Whether it makes forecasts of trade or of its own outcome worse, and improves neither."""
        return any(d.better_without for d in self.decisive) and not any(d.better_with for d in self.decisive)

    @property
    def verdict(self) -> str:
        """In words: supported, worse with it, mixed, or no clear difference."""
        if self.supported:
            return "supported"
        if self.harmful:
            return "worse with it"
        return "mixed" if any(d.better_with for d in self.decisive) else "no clear difference"

    def beyond(self, *, with_it: bool) -> list[str]:
        """Outcomes other than the decisive ones that it makes clearly easier, or harder, to forecast."""
        others = [d for d in self.differences.values() if d not in self.decisive]
        return [d.outcome for d in others if (d.better_with if with_it else d.better_without)]

    def to_dict(self) -> dict[str, Any]:
        """As plain values: the difference of each outcome with its interval, and the verdict."""
        return {
            "name": self.mechanism.name,
            "switch": self.mechanism.switch,
            "on_by_default": self.mechanism.on_by_default,
            "acts_on": self.mechanism.acts_on,
            "differences": {d.outcome: [d.mean, d.low, d.high] for d in self.differences.values()},
            "verdict": self.verdict,
        }


def score_mechanisms(
    mechanisms: Sequence[Mechanism] = MECHANISM_LIST,
    members: int = MEMBERS,
    seed: int = 1,
    *,
    origins: Sequence[int] = ORIGINS,
    scenario: Scenario | None = None,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Scores of forecasts by the shipped model and with each mechanism switched.

    Parameters
    ----------
    mechanisms : mechanisms to switch
    members : members of each run
    seed : random seed
    origins : last years of which the forecasts know anything
    scenario : scenario with what happened, default the baseline
    folder : where the refits are; default: those that ship with the package
    progress : called with the members simulated since the last call

    Returns
    -------
    pd.DataFrame
        A row for each scored value, columns `ABOUT`, `SHIPPED` and the names of the mechanisms; lower is better.
    """
    scenario = scenario or Scenario.load("baseline")
    changed = {m.name: scenario.with_parameters(**m.changed).rename(m.name) for m in mechanisms}
    runs = list({SHIPPED: scenario, **changed}.items())
    tables = []
    for year, its_origins in origins_by_refit(origins, folder)[0].items():
        columns: dict[str, list[dict[str, Any]]] = {}
        for k in range(0, len(runs), SIDE_BY_SIDE):
            names, scenarios = zip(*runs[k : k + SIDE_BY_SIDE], strict=True)
            simulated = _simulate(scenarios, year, folder, members, seed)
            for name, (trade, yearly) in zip(names, simulated, strict=True):
                columns[name] = [row for origin in its_origins for row in _scores(trade, yearly, origin, seed)]
            if progress is not None:
                progress(members * len(scenarios))
        table = pd.DataFrame(columns[SHIPPED])[list(ABOUT)]
        tables.append(table.assign(**{name: [row["score"] for row in rows] for name, rows in columns.items()}))
    return pd.concat(tables, ignore_index=True)


def support_of(table: pd.DataFrame, mechanisms: Sequence[Mechanism] = MECHANISM_LIST) -> list[Support]:
    """What scores say of each mechanism that they contain.

    Parameters
    ----------
    table : as from `score_mechanisms`
    mechanisms : mechanisms in the order of the result
    """
    found = [m for m in mechanisms if m.name in table]
    gain = {m.name: (table[m.name] - table[SHIPPED]) * (1 if m.on_by_default else -1) for m in found}
    by_mechanism: dict[str, dict[str, Difference]] = {m.name: {} for m in found}
    for outcome, rows in table.groupby("outcome", sort=False):
        differences = np.column_stack([gain[m.name].loc[rows.index] for m in found])
        low, high = block_intervals(differences, rows.place.to_numpy(), rows.year.to_numpy())
        smallest = SMALLEST_SHARE * float(rows[SHIPPED].mean())
        for k, (m, mean) in enumerate(zip(found, differences.mean(0).tolist(), strict=True)):
            by_mechanism[m.name][str(outcome)] = Difference(str(outcome), mean, float(low[k]), float(high[k]), smallest)
    return [Support(m, by_mechanism[m.name]) for m in found]


def read_scores(path: Path | None = None) -> pd.DataFrame:
    """A table of `save_scores`, by default the shipped one: model/cairn/data/fitted/mechanism_scores.csv."""
    return pd.read_csv(path or str(files("cairn") / "data" / "fitted" / "mechanism_scores.csv"))


def save_scores(table: pd.DataFrame, path: Path) -> None:
    """Write scores as CSV, with `DIGITS` significant digits."""
    names = [name for name in table.columns if name not in ABOUT]
    about, scores = table[list(ABOUT)].to_numpy(), table[names].to_numpy(float)
    rows = ([*a, *(f"{s:.{DIGITS}g}" for s in values)] for a, values in zip(about, scores, strict=True))
    write_csv(path, (*ABOUT, *names), rows)


def _simulate(
    scenarios: Sequence[Scenario], year: int, folder: Path | None, members: int, seed: int
) -> Iterator[tuple[YearlyTrade, dict[str, np.ndarray]]]:
    """Trade and yearly values by indicator, (M, Y, places), of each scenario, with the sets fitted to a year."""
    indicators = [name for names in INDICATORS_OF.values() for name in names]
    quarters = 4 * (LAST_YEAR - FIRST_YEAR + 1)
    recorder = TargetRecorder(members * len(scenarios), quarters, (*indicators, "attends", "meeting"))
    sets = refit_sets(year, folder)[1]
    trade = run_yearly_trade(scenarios, sets, members, seed, LAST_YEAR, observe=recorder.record)
    yearly = recorder.yearly()
    for k, of_scenario in enumerate(trade):
        yield of_scenario, {name: v[k * members : (k + 1) * members] for name, v in yearly.items()}


def _scores(trade: YearlyTrade, yearly: dict[str, np.ndarray], origin: int, seed: int) -> Iterator[dict[str, Any]]:
    """Rows of `ABOUT` and ``score`` of one run from one origin."""
    record = record_of_trade()
    known = record.copy()
    known[origin - FIRST_YEAR + 1 :] = np.nan
    drawn = trade.draws(known)
    for horizon in HORIZONS:
        if (year := origin + horizon) <= LAST_YEAR:
            yield from _rows(TRADE, PAIR_NAMES, year, origin, drawn[:, year - FIRST_YEAR], record[year - FIRST_YEAR])
    for outcome, indicators in INDICATORS_OF.items():
        yield from _of_targets(outcome, indicators, yearly, origin, seed)
    came = acts.attended(CODES, LAST_YEAR)
    for year in range(origin + 1, min(origin + YEARS_AHEAD, LAST_YEAR) + 1):
        at = year - FIRST_YEAR
        observed = np.append(came[at], came[at].max())
        simulated = np.column_stack([yearly["attends"][:, at], yearly["meeting"][:, at]])
        yield from _rows(MEETINGS, (*CODES, "region"), year, origin, simulated, observed)


def _of_targets(
    outcome: str, indicators: Sequence[str], yearly: dict[str, np.ndarray], origin: int, seed: int
) -> Iterator[dict[str, Any]]:
    """Scores of the targets of some indicators that lie after the origin, given those before it."""
    rows = [t for t in Targets.load().rows if t.indicator in indicators]
    known = [dataclasses.replace(t, split=FIT) for t in rows if t.last_year <= origin]
    last = origin + YEARS_AHEAD
    ahead = [dataclasses.replace(t, split=TEST) for t in rows if origin < t.first_year <= t.last_year <= last]
    if not ahead:
        return
    targets = Targets([*known, *ahead])
    expected = targets.simulated(yearly)
    forecast = forecast_observations(expected, targets, seed)[:, len(known) :]
    scores = crps_of_draws(forecast, targets.observed[len(known) :]) / targets.tolerance[len(known) :]
    for target, score in zip(ahead, scores, strict=True):
        about = (outcome, f"{target.indicator} {target.place}", target.first_year, origin, target.last_year - origin)
        yield dict(zip(ABOUT, about, strict=True), score=float(score))


def _rows(
    outcome: str, places: Sequence[str], year: int, origin: int, drawn: np.ndarray, observed: np.ndarray
) -> Iterator[dict[str, Any]]:
    """Rows of the places with a record in a year: drawn (M, places), observed (places,), NaN where unknown."""
    at = np.flatnonzero(np.isfinite(observed))
    for k, score in zip(at.tolist(), crps_of_draws(drawn[:, at], observed[at]), strict=True):
        yield dict(zip(ABOUT, (outcome, places[k], year, origin, year - origin), strict=True), score=float(score))
