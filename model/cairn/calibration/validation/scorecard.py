"""Scorecard: the model against all targets, those it was calibrated to and those held back.

Two distributions are scored. The *free run* is the output of the model alone, with a drawn residual of trade. The
*forecast* is a distribution of the observations: it adds errors of the sources and of the model to what the equations
expect. For years after 2015 it uses what each member missed up to 2015, since such errors persist; every forecaster who
knows the observations up to 2015 could do the same.
"""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cairn.calibration.indicators import WITH_RESIDUAL
from cairn.calibration.simulator import process_pool, simulate_targets
from cairn.calibration.targets import FIT, TEST, Targets, condition_errors, from_scale
from cairn.calibration.validation import scores
from cairn.core.parameter_sets import POSTERIOR, ParameterSource, origin_of
from cairn.ensemble.runner import Progress
from cairn.scenario.scenario import Scenario
from cairn.support.csv_table import write_csv
from cairn.support.quantiles import interval

if TYPE_CHECKING:
    import pandas as pd

MEMBERS = 600  # each of the shipped parameter sets twice
COVERAGE_LEVELS = (0.5, 0.9)
LARGEST_RESIDUAL = 4.0  # larger ones count as this; two years of war would otherwise outweigh everything else
COLUMNS = (
    "indicator", "place", "from", "to", "split", "grade", "observed", "tolerance", "scale", "free_run_low",
    "free_run_median", "free_run_high", "forecast_low", "forecast_high", "residual", "within_one_tolerance",
)  # fmt: skip


@dataclasses.dataclass(frozen=True, eq=False)
class Scorecard:
    """Simulated values beside all targets, in the order of the table and on the targets' scales.

    Parameters
    ----------
    targets : the D targets
    free_run : values of the model alone, (M, D)
    forecast : draws of the observations, (M, D): the free run with errors of sources and model
    origin : where the parameters come from
    members : members M
    seed : random seed
    expected : values without the residual of trade, (M, D); default: those of the free run
    """

    targets: Targets
    free_run: np.ndarray
    forecast: np.ndarray
    origin: str
    members: int
    seed: int
    expected: np.ndarray | None = None

    @functools.cached_property
    def residual(self) -> np.ndarray:
        """Observation minus mean of what members expect, in standard deviations of both errors together, (D,)."""
        expected = self.free_run if self.expected is None else self.expected
        variance = expected.var(0) + np.diag(self.targets.error_covariance())
        return (self.targets.observed - expected.mean(0)) / np.sqrt(variance)

    @functools.cached_property
    def within_tolerance(self) -> np.ndarray:
        """Whether the median of the free run is within one tolerance of the observation, (D,)."""
        return np.abs(self.targets.observed - np.median(self.free_run, 0)) <= self.targets.tolerance

    def indices(self, split: str = "", indicator: str = "") -> np.ndarray:
        """Indices of the targets of a split, of an indicator, or of both."""
        chosen = [
            k for k, t in enumerate(self.targets.rows) if split in ("", t.split) and indicator in ("", t.indicator)
        ]
        return np.array(chosen, dtype=int)

    def largest_residuals(self, split: str = "", count: int = 10) -> pd.DataFrame:
        """The targets with the largest residuals, the largest first.

        Returns
        -------
        pd.DataFrame
            One row per target: observed, median, low and high of the free run (90 %), residual.
        """
        import pandas as pd

        residual, rows = self.residual, self.indices(split)
        table = {}
        for k in rows[np.argsort(-np.abs(residual[rows]), kind="stable")][:count]:
            target = self.targets.rows[k]
            low, median, high = from_scale(interval(self.free_run[:, k]), target.scale)
            table[target.name] = {
                "observed": target.value, "median": median, "low": low, "high": high, "residual": residual[k],
            }  # fmt: skip
        return pd.DataFrame.from_dict(table, orient="index")

    def summary(self, split: str, indicator: str = "") -> dict[str, float]:
        """Scores of the targets of a split, all or those of an indicator.

        Returns
        -------
        dict
            ``targets`` (count), ``rms`` (root mean square residual, residuals limited to `LARGEST_RESIDUAL`),
            ``within_1`` and ``within_2`` (share within one and two tolerances), ``coverage_50%`` and
            ``coverage_90%`` (share of observations inside those intervals of the forecast), and the same two with
            ``_free_run``.
        """
        rows = self.indices(split, indicator)
        observed, tolerance = self.targets.observed[rows], self.targets.tolerance[rows]
        misses = np.abs(observed - np.median(self.free_run[:, rows], 0)) / tolerance
        limited = np.clip(self.residual[rows], -LARGEST_RESIDUAL, LARGEST_RESIDUAL)
        result = {
            "targets": len(rows),
            "rms": scores.root_mean_square(limited),
            "within_1": float((misses <= 1).mean()),
            "within_2": float((misses <= 2).mean()),
        }
        for level in COVERAGE_LEVELS:
            result[f"coverage_{level:.0%}"] = float(scores.covered(self.forecast[:, rows], observed, level).mean())
            result[f"coverage_{level:.0%}_free_run"] = float(
                scores.covered(self.free_run[:, rows], observed, level).mean()
            )
        return result


def compute_scorecard(
    parameters: ParameterSource = POSTERIOR,
    members: int = MEMBERS,
    seed: int = 1,
    *,
    scenario: Scenario | None = None,
    targets: Targets | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Scorecard:
    """Run the model through the years of all targets and compare it with them.

    Parameters
    ----------
    parameters : as for `cairn.ensemble.runner.run`; default the shipped posterior
    members : members of the run
    seed : random seed
    scenario : scenario to run, default the baseline
    targets : default the shipped ones
    jobs : processes, default one per core
    progress : called with the members simulated since the last call
    """
    scenario, targets = scenario or Scenario.load("baseline"), targets or Targets.load()
    at = [k for k, t in enumerate(targets.rows) if t.indicator in WITH_RESIDUAL]
    as_run = [dataclasses.replace(targets.rows[k], indicator=WITH_RESIDUAL[targets.rows[k].indicator]) for k in at]
    with process_pool(jobs, members) as pool:
        both = Targets([*targets.rows, *as_run])
        simulated = simulate_targets(scenario, both, parameters, members, seed, pool, progress)
    expected = simulated[:, : len(targets)]
    free_run = expected.copy()
    free_run[:, at] = simulated[:, len(targets) :]
    forecast = forecast_observations(expected, targets, seed)
    return Scorecard(targets, free_run, forecast, origin_of(parameters), members, seed, expected)


def forecast_observations(expected: np.ndarray, targets: Targets, seed: int) -> np.ndarray:
    """Draws of the observations, (M, D): what the members expect plus errors of sources and model.

    For targets of the fit the errors are drawn from their distribution. For later targets they are drawn given what
    the member missed in the targets of the fit.

    Parameters
    ----------
    expected : values of the model without the residual of trade, (M, D), on the targets' scales
    targets : the D targets
    seed : random seed of the errors
    """
    error = targets.error_covariance()
    known = np.array([k for k, t in enumerate(targets.rows) if t.split == FIT], dtype=int)
    ahead = np.array([k for k, t in enumerate(targets.rows) if t.split == TEST], dtype=int)
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(7,)))
    forecast = expected + random.standard_normal(expected.shape) @ np.linalg.cholesky(error).T
    if len(known) and len(ahead):
        gain, covariance = condition_errors(error, known, ahead)
        carried = (targets.observed[known] - expected[:, known]) @ gain.T
        drawn = random.standard_normal((len(expected), len(ahead))) @ np.linalg.cholesky(covariance).T
        forecast[:, ahead] = expected[:, ahead] + carried + drawn
    return forecast


def save_scorecard(card: Scorecard, path: Path) -> None:
    """Write each target beside the intervals of free run and forecast as CSV, columns `COLUMNS`."""

    def cells(k: int) -> list[object]:
        t = card.targets.rows[k]
        free_run = from_scale(interval(card.free_run[:, k]), t.scale)
        low, _, high = from_scale(interval(card.forecast[:, k]), t.scale)
        values = [f"{x:.5g}" for x in (*free_run, low, high, card.residual[k])]
        about = [t.indicator, t.place, t.first_year, t.last_year, t.split, t.grade, t.value, t.tolerance, t.scale]
        return [*about, *values, "yes" if card.within_tolerance[k] else "no"]

    write_csv(path, COLUMNS, (cells(k) for k in range(len(card.targets))))
