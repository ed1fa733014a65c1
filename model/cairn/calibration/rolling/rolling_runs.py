"""Runs behind the forecasts from rolling origins: givens as they came, and givens frozen at the origin."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cairn.calibration.indicators import INDICATORS
from cairn.calibration.residuals import process_of_members
from cairn.calibration.targets import Targets
from cairn.core.calendar import FIRST_YEAR, quarter_of
from cairn.core.geography import CENTRAL_ASIA, CODES, PAIR_NAMES
from cairn.core.inputs import Inputs
from cairn.core.parameter_sets import ParameterSets
from cairn.core.random_streams import RandomStreams, normal
from cairn.ensemble.annual import annual_values
from cairn.events import Event
from cairn.events.base import TimeSeriesEvent
from cairn.events.outside import GrowthPath
from cairn.record.lookup import LAST_YEAR
from cairn.rules.kalman import ResidualProcess, conditional_residuals
from cairn.scenario.scenario import Scenario

GROWTH_YEARS = 5  # years before the origin whose growth of incomes goes on
RESTRICTIONS = ("visa", "freight_cut", "closure_cap")


@dataclasses.dataclass(frozen=True, eq=False)
class Givens:
    """What a forecaster is given, by year.

    Parameters
    ----------
    incomes : bn USD/yr, (Y, C)
    restrictions : yearly mean of visas, cut freight links and closures of each pair, (Y, P, 3), 0 where none
    """

    incomes: np.ndarray
    restrictions: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class YearlyTrade:
    """Trade of pairs in a run, without its residual, and what was given.

    Parameters
    ----------
    expected : ln trade, bn USD/yr, without the residual, (M, Y, P)
    process : residual process of each member
    givens : what was given
    seed : random seed of the run
    """

    expected: np.ndarray
    process: ResidualProcess
    givens: Givens
    seed: int

    def draws(self, known: np.ndarray) -> np.ndarray:
        """Draws of the record, given its values so far: a forecast for later years.

        Parameters
        ----------
        known : ln record, (Y, P), NaN where unknown

        Returns
        -------
        (M, Y, P)
            ln trade with its residual and an error of the record. Each member uses random numbers of its own.
        """
        members, years, pairs = self.expected.shape
        tolerance = tolerance_of_trade()[:years]
        typical = np.nanmedian(np.where(np.isfinite(known), tolerance, np.nan))  # of figures that are still to come
        process = dataclasses.replace(self.process, figure_error=np.nan_to_num(tolerance, nan=typical))
        to_come = np.sqrt(self.process.record_error**2 + typical**2)[:, None, None]
        streams = RandomStreams(self.seed, members)

        def normals(name: str, *shape: int) -> np.ndarray:
            return np.stack([normal(streams.draw(name, 4 * y, shape)).T for y in range(years)], axis=1)

        own, error = normals("rolling_residual", pairs), normals("rolling_record_error", pairs)
        common = normals("rolling_common_residual", 1)[..., 0]
        residual = conditional_residuals(known - self.expected, process, own, common, error)
        return self.expected + residual + to_come * error


@functools.cache
def tolerance_of_trade() -> np.ndarray:
    """Tolerance of each recorded figure of trade, log, (Y, P) from 1992 to the end of the record; NaN where none."""
    tolerance = np.full((LAST_YEAR - FIRST_YEAR + 1, len(PAIR_NAMES)), np.nan)
    for target in Targets.load().select(indicator="trade").rows:
        tolerance[target.first_year - FIRST_YEAR, PAIR_NAMES.index(target.place)] = target.tolerance
    return tolerance


def run_yearly_trade(
    scenarios: Sequence[Scenario],
    parameters: ParameterSets,
    members: int,
    seed: int,
    to_year: int,
    observe: Callable[[Any], None] | None = None,
) -> list[YearlyTrade]:
    """Run scenarios with the same random numbers and record the trade of pairs by year.

    Parameters
    ----------
    scenarios : scenarios to run
    parameters : parameter sets, used in turn by the members
    members : members of each scenario
    seed : random seed
    to_year : last year
    observe : called with the model after each quarter

    Returns
    -------
    One result per scenario, from 1992 to `to_year`.
    """
    from cairn.model import CentralAsia

    model = CentralAsia(scenarios, members, seed, parameters=parameters, collect=False)
    of_pair, first = CENTRAL_ASIA.to_pairs, slice(None, None, members)  # givens are the same for all members
    trade, incomes, restrictions = [], [], []
    for _ in range(4 * (to_year - FIRST_YEAR + 1)):
        model.run_for(1)
        if observe is not None:
            observe(model)
        trade.append(INDICATORS["trade"].quarterly(model).T)
        incomes.append(model.state.trade.gdp_usd_bn[:, first].T)
        forcing = model.context.forcing
        visa, freight_cut, cap = (
            of_pair(_rows(getattr(forcing, name), model.rows))[..., first] for name in RESTRICTIONS
        )
        restrictions.append(np.stack([visa, freight_cut, 1 - cap], axis=-1).swapaxes(0, 1))
    yearly, given, barred = (_yearly(quarters) for quarters in (trade, incomes, restrictions))
    process = process_of_members(parameters.parameters(0, members), members)
    return [
        YearlyTrade(np.log(yearly[k * members : (k + 1) * members]), process, Givens(given[k], barred[k]), seed)
        for k in range(len(scenarios))
    ]


def frozen_scenario(scenario: Scenario, origin: int) -> Scenario:
    """The scenario as it would go on if nothing new happened after the end of a year.

    Events that begin later are left out; those in force stay in force, dated figures stay at their last level, and
    incomes grow as in the five years before. Events whose end is part of what they are (the filling of a reservoir)
    keep it. Incomes of outside economies are those of the record.

    Parameters
    ----------
    scenario : scenario with what happened
    origin : last year of which anything is known
    """
    cut = dt.date(origin + 1, 1, 1)
    changed: dict[str, Any] = {}
    dropped: list[str] = []
    for name, event in scenario.events.items():
        begin = getattr(event, "date", None) or event.start  # type: ignore[attr-defined]
        if begin >= cut or isinstance(event, GrowthPath):
            dropped.append(name)
        elif (fields := _lasting(event, cut)) is not None:
            changed[name] = fields
    middle = dt.date(origin, 7, 1)  # incomes of the second half year would be those on the way to the next year
    growth = GrowthPath(start=middle, rates=_recent_growth(origin), why="growth of the years before goes on")
    frozen = scenario.without(*dropped, *changed).with_events(**changed, **{f"growth_from_{origin}": growth})
    return frozen.rename(f"{scenario.name} frozen at {origin}")


def _lasting(event: Event, cut: dt.date) -> dict[str, Any] | None:
    """Fields of an event in force at a date that stays in force as it is; None if it does so anyway."""
    fields = {name: getattr(event, name) for name in type(event).model_fields}
    ends = type(event).model_fields.get("end")
    changes: dict[str, Any] = {}
    if ends is not None and not ends.is_required() and fields["end"] is not None and fields["end"] >= cut:
        changes["end"] = None
    if isinstance(event, TimeSeriesEvent):
        last = dt.date(cut.year - 1, 10, 1)
        for path in event.paths:
            figures = fields[path]
            if figures and max(figures) > last:
                earlier = {date: level for date, level in figures.items() if date < last}
                changes[path] = earlier | {last: event.level(figures, quarter_of(last))}
    return fields | changes if changes else None


def _recent_growth(origin: int) -> dict[str, float]:
    """Yearly growth of each state's income over the last years of which the record was known, nominal USD."""
    gdp, now = Inputs.load().gdp, 4 * (origin - FIRST_YEAR) + 1  # the last quarter that no later year has a part in
    rate = (gdp[now] / gdp[now - 4 * GROWTH_YEARS]) ** (1 / GROWTH_YEARS) - 1
    return {code: round(float(np.clip(g, -0.5, 0.5)), 4) for code, g in zip(CODES, rate, strict=True)}


def _rows(array: np.ndarray, rows: int) -> np.ndarray:
    return np.broadcast_to(array, (*array.shape[:-1], rows))


def _yearly(quarters: Sequence[np.ndarray]) -> np.ndarray:
    """Yearly means of quarters, (rows, Y, ...)."""
    return annual_values(np.stack(quarters, axis=1), "mean")
