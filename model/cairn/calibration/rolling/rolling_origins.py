"""Forecasts of trade from rolling origins: the model and benchmarks, each with nothing that came after the origin.

At each origin the model uses parameter sets that were fitted up to that year (`cairn.calibration.repeats.refits`);
the residual of each member is filtered on the record to the origin, continued with the member's own random numbers, and
an error of the record is added. Two sets of givens: *as they came*, where leaders, policies and incomes of later years
are known, and *frozen*, where nothing new happens after the origin.

Source
------
Scores: Gneiting and Raftery 2007. Pooling of forecasts: Genest and Zidek 1986.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cairn.calibration.repeats.refits import refit_sets
from cairn.calibration.rolling.rolling_benchmarks import ROLLING_BENCHMARKS
from cairn.calibration.rolling.rolling_runs import YearlyTrade, frozen_scenario, run_yearly_trade
from cairn.calibration.validation.scores import block_interval, covered, crps_of_draws, energy_score, pit
from cairn.core.calendar import FIRST_YEAR
from cairn.core.geography import PAIR_NAMES
from cairn.ensemble.workers import Progress
from cairn.record.lookup import LAST_YEAR
from cairn.record.tables import read
from cairn.scenario.scenario import Scenario
from cairn.support.text_table import text_table

ORIGINS, HORIZONS = (2003, 2005, 2010, 2013, 2015, 2018, 2021), (1, 3, 5, 8)
MEMBERS = 200
AS_THEY_CAME, FROZEN = "as they came", "frozen"
MODEL, STACK = "model", "model and gravity"
GRAVITY = "gravity, last error"  # the benchmark of the stack
FORECASTS = (MODEL, STACK, *ROLLING_BENCHMARKS)


@dataclasses.dataclass(frozen=True, eq=False)
class RollingOrigins:
    """Scores of forecasts from rolling origins.

    Parameters
    ----------
    pairs : one row for each given, origin, horizon, pair and forecast: `crps` on ln trade, `pit`, whether the central
        50 % and 90 % contain the record (`within_50`, `within_90`)
    regions : one row for each given, origin, horizon and forecast: `energy` score of all recorded pairs together, and
        the columns of `pairs` for the logarithm of their sum
    refits : last year that the parameters of each origin were fitted to
    without_refit : origins left out since no parameters were fitted without later years
    members : members, and draws of each benchmark
    seed : random seed
    """

    pairs: pd.DataFrame
    regions: pd.DataFrame
    refits: dict[int, int]
    without_refit: tuple[int, ...]
    members: int
    seed: int

    def summary(self, givens: str = AS_THEY_CAME, first_origin: int = FIRST_YEAR) -> pd.DataFrame:
        """Mean scores of each forecast, in the order of `FORECASTS`.

        Parameters
        ----------
        givens : what the forecasts know
        first_origin : origins from this year on

        Returns
        -------
        pd.DataFrame
            ``crps`` over all pair-years and ``crps_H`` at each horizon, ``energy`` and ``region`` (CRPS of the sum),
            ``within_50`` and ``within_90`` of pairs, ``region_90`` of the sum.
        """
        pairs, regions = (
            table[(table.givens == givens) & (table.origin >= first_origin)] for table in (self.pairs, self.regions)
        )
        by_forecast = pairs.groupby("forecast")
        columns = {name: by_forecast[name].mean() for name in ("crps", "within_50", "within_90")}
        for horizon in sorted(pairs.horizon.unique()):
            columns[f"crps_{horizon}"] = pairs[pairs.horizon == horizon].groupby("forecast").crps.mean()
        of_region = regions.groupby("forecast")
        columns |= {
            "energy": of_region.energy.mean(),
            "region": of_region.crps.mean(),
            "region_90": of_region.within_90.mean(),
        }
        return pd.DataFrame(columns).reindex(FORECASTS)

    def difference(self, rival: str, givens: str = AS_THEY_CAME, forecast: str = MODEL) -> tuple[float, float, float]:
        """Mean CRPS of a forecast minus that of a rival, over all pair-years, with its 90 % interval.

        Negative: the forecast is better. The interval is a bootstrap over pairs and blocks of years.
        """
        table = self.pairs[self.pairs.givens == givens]
        by_forecast = table.pivot(index=["origin", "horizon", "pair", "year"], columns="forecast", values="crps")
        values = (by_forecast[forecast] - by_forecast[rival]).to_numpy()
        where = by_forecast.index
        low, high = block_interval(
            values, where.get_level_values("pair").to_numpy(), where.get_level_values("year").to_numpy()
        )
        return float(values.mean()), low, high

    def to_text(self) -> str:
        """Mean scores of each forecast for a terminal."""
        rows = []
        for givens in (AS_THEY_CAME, FROZEN):
            for name, s in self.summary(givens).iterrows():
                shares = (f"{s[column]:.0%}" for column in ("within_50", "within_90"))
                rows.append(
                    (givens, str(name), *(f"{s[column]:.3f}" for column in ("crps", "energy", "region")), *shares)
                )
        head = ("givens", "forecast", "CRPS", "energy score", "CRPS of sum", "50 % cov.", "90 % cov.")
        origins = ", ".join(map(str, self.refits))
        return f"\nforecasts of trade from the origins {origins} (lower is better)\n{text_table(rows, header=head)}"

    def to_dict(self) -> dict[str, Any]:
        """Mean scores of each forecast as plain values, by givens."""
        return {givens: self.summary(givens).round(5).to_dict(orient="index") for givens in (AS_THEY_CAME, FROZEN)}


def compute_rolling_origins(
    members: int = MEMBERS,
    seed: int = 1,
    *,
    origins: Sequence[int] = ORIGINS,
    horizons: Sequence[int] = HORIZONS,
    scenario: Scenario | None = None,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> RollingOrigins:
    """Forecast the trade of pairs from each origin and score the forecasts.

    Parameters
    ----------
    members : members of each run, and draws of each benchmark
    seed : random seed
    origins : last years of which the forecasts know anything
    horizons : years ahead; those without a record are left out
    scenario : scenario with what happened, default the baseline
    folder : where the refits are; default: those that ship with the package
    progress : called with the members simulated since the last call

    Raises
    ------
    LookupError
        If there are no parameters for any of the origins.
    """
    scenario, record = scenario or Scenario.load("baseline"), record_of_trade()
    by_refit, missing = origins_by_refit(origins, folder)
    pairs: list[dict[str, Any]] = []
    regions: list[dict[str, Any]] = []
    for year, its_origins in by_refit.items():
        scenarios = [scenario, *(frozen_scenario(scenario, origin) for origin in its_origins)]
        runs = run_yearly_trade(scenarios, refit_sets(year, folder)[1], members, seed, LAST_YEAR)
        for origin, frozen in zip(its_origins, runs[1:], strict=True):
            for givens, run in ((AS_THEY_CAME, runs[0]), (FROZEN, frozen)):
                draws = forecasts(record, run, origin, seed)
                for horizon, name, drawn, observed in _scored(record, draws, origin, horizons):
                    about = {"givens": givens, "origin": origin, "horizon": horizon, "year": origin + horizon}
                    about["forecast"] = name
                    pairs += _pair_rows(about, drawn, observed)
                    regions.append(_region_row(about, drawn, observed))
        if progress is not None:
            progress(members * len(its_origins))
    refits = {origin: year for year, its_origins in by_refit.items() for origin in its_origins}
    return RollingOrigins(pd.DataFrame(pairs), pd.DataFrame(regions), refits, missing, members, seed)


def record_of_trade() -> np.ndarray:
    """Ln of the recorded trade of pairs, bn USD/yr, (Y, P) from 1992 to the end of the record; NaN where unknown."""
    record = np.full((LAST_YEAR - FIRST_YEAR + 1, len(PAIR_NAMES)), np.nan)
    for row in read("record_trade"):
        record[int(row["year"]) - FIRST_YEAR, PAIR_NAMES.index(row["pair"])] = np.log(float(row["usd_bn"]))
    return record


def forecasts(record: np.ndarray, run: YearlyTrade, origin: int, seed: int) -> dict[str, np.ndarray]:
    """Draws of the record by each forecast, with nothing of the record after the origin.

    Parameters
    ----------
    record : ln record, (Y, P)
    run : run of the model with the givens
    origin : last year that is known
    seed : random seed of the benchmarks

    Returns
    -------
    dict
        Draws of ln trade by forecast, (M, Y, P); years up to the origin have no meaning. The stack takes every second
        draw of the model and of gravity with its last error.
    """
    known, members = record.copy(), len(run.expected)
    known[origin - FIRST_YEAR + 1 :] = np.nan
    draws = {MODEL: run.draws(known)}
    for name, benchmark in ROLLING_BENCHMARKS.items():
        draws[name] = benchmark(known, run.givens, members, seed)
    half = members // 2
    return draws | {STACK: np.concatenate([draws[MODEL][::2][: members - half], draws[GRAVITY][::2][:half]])}


def origins_by_refit(origins: Sequence[int], folder: Path | None) -> tuple[dict[int, list[int]], tuple[int, ...]]:
    """Origins by the last year of the refit that they use, and origins without one.

    Parameters
    ----------
    origins : last years that may be used
    folder : where the refits are, None for those that ship with the package

    Raises
    ------
    LookupError
        If there are no parameters for any of the origins.
    """
    by_refit: dict[int, list[int]] = {}
    missing = []
    for origin in origins:
        try:
            by_refit.setdefault(refit_sets(origin, folder)[0], []).append(origin)
        except LookupError:
            missing.append(origin)
    if not by_refit:
        raise LookupError(f"no parameters were fitted without years after {max(origins)}")
    return by_refit, tuple(missing)


def _scored(
    record: np.ndarray, draws: dict[str, np.ndarray], origin: int, horizons: Sequence[int]
) -> Iterator[tuple[int, str, dict[str, np.ndarray], dict[str, float]]]:
    """Horizon, forecast, draws by pair and record by pair, where every forecast and the record have a value."""
    for horizon in horizons:
        year = origin + horizon - FIRST_YEAR
        if year >= len(record):
            continue
        at = np.isfinite(record[year]) & np.all([np.isfinite(d[0, year]) for d in draws.values()], axis=0)
        names = [name for name, known in zip(PAIR_NAMES, at, strict=True) if known]
        for forecast, drawn in draws.items() if names else ():
            by_pair = dict(zip(names, drawn[:, year, at].T, strict=True))
            yield horizon, forecast, by_pair, dict(zip(names, record[year, at].tolist(), strict=True))


def _pair_rows(about: dict[str, Any], drawn: dict[str, np.ndarray], observed: dict[str, float]) -> list[dict[str, Any]]:
    return [about | {"pair": pair} | _scores(drawn[pair], value) for pair, value in observed.items()]


def _region_row(about: dict[str, Any], drawn: dict[str, np.ndarray], observed: dict[str, float]) -> dict[str, Any]:
    together, values = np.stack(list(drawn.values()), axis=1), np.array(list(observed.values()))
    about = about | {"pairs": len(values), "energy": energy_score(together, values)}
    return about | _scores(_log_sum(together), float(_log_sum(values)))


def _log_sum(values: np.ndarray) -> np.ndarray:
    """Logarithm of the sum of values given as logarithms, (..., D) -> (...)."""
    return np.log(np.exp(values).sum(-1))


def _scores(drawn: np.ndarray, observed: float) -> dict[str, Any]:
    draws, value = drawn[:, None], np.array([observed])
    return {
        "crps": float(crps_of_draws(draws, value)[0]),
        "pit": float(pit(draws, value)[0]),
        "within_50": bool(covered(draws, value, 0.5)[0]),
        "within_90": bool(covered(draws, value, 0.9)[0]),
    }
