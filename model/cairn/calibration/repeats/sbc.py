"""Simulation-based calibration: a test of the method on synthetic observations.

Parameters are drawn from the prior, synthetic observations are made from one run with errors as large as the tolerances
say, and the method estimates the parameters from them. If it is correct, the rank of the true value among the posterior
draws is uniform over many such repetitions. Sloping histograms of ranks show bias, humps show posteriors that are too
wide, hollows posteriors that are too narrow.

Source: Talts et al. 2018.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from scipy.stats import chisquare

from cairn.calibration import esmda
from cairn.calibration.priors import Dimension, dimensions
from cairn.calibration.simulator import Simulator, process_pool
from cairn.calibration.targets import FIT, Targets
from cairn.ensemble.workers import Progress
from cairn.record.tables import read
from cairn.scenario.scenario import Scenario
from cairn.support.csv_table import write_csv

ENSEMBLE_SIZE = 600  # parameter sets in each step of a calibration
BINS = 5
SYNTHETIC_SEED = 1_000_000  # added to the seed, for the runs from which the synthetic observations are made


def run_sbc(
    records: int,
    count: int = ENSEMBLE_SIZE,
    seed: int = 1,
    *,
    first: int = 0,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Iterator[np.ndarray]:
    """Ranks of the true parameters, one set of synthetic observations after the other.

    Parameters
    ----------
    records : number of sets of synthetic observations
    count : parameter sets in each step of the calibration
    seed : random seed
    first : number of the first set to calibrate to, to continue an earlier call
    jobs : processes, default one per core
    progress : called with the sets simulated since the last call

    Yields
    ------
    Share of posterior draws below the true value, (d,), 0..1
    """
    scenario, targets, calibrated = Scenario.load("baseline"), Targets.load().select(FIT), dimensions()
    true_random, error_random = (np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k,))) for k in (31, 32))
    truth = true_random.standard_normal((records, len(calibrated)))
    errors = error_random.standard_normal((records, len(targets)))
    covariance = targets.error_covariance()
    root = np.linalg.cholesky(covariance)
    with process_pool(jobs, count) as pool:
        simulate_truth = Simulator(scenario, targets, calibrated, seed + SYNTHETIC_SEED, pool=pool)
        synthetic = simulate_truth(truth, 0) + errors @ root.T
        for k in range(first, records):
            simulate = Simulator(scenario, targets, calibrated, seed + k, pool=pool, progress=progress)
            last = esmda.assimilate(
                simulate, synthetic[k], covariance, count=count, dimensions=len(calibrated), seed=seed + k
            )
            yield (last.z < truth[k]).mean(0)


def save_ranks(calibrated: Sequence[Dimension], ranks: Sequence[np.ndarray], path: Path) -> None:
    """Write ranks as CSV: a column for each calibrated quantity, a row for each set of synthetic observations."""
    write_csv(path, [d.name for d in calibrated], ([f"{u:.4f}" for u in row] for row in ranks))


def load_ranks() -> tuple[tuple[str, ...], np.ndarray]:
    """Names and ranks, (records, d), of the shipped test: model/cairn/data/fitted/sbc.csv."""
    rows = read("fitted/sbc")
    return tuple(rows[0]), np.array([[float(v) for v in row.values()] for row in rows])


def coverage(ranks: np.ndarray, share: float) -> float:
    """Share of true values within the central `share` of the draws; equal to `share` if the method is correct."""
    return float((np.abs(ranks - 0.5) <= share / 2).mean())


def histogram(ranks: np.ndarray) -> np.ndarray:
    """Counts of ranks in `BINS` equal bins, (records, ...) -> (BINS, ...)."""
    return np.stack([((ranks >= k / BINS) & (ranks < (k + 1) / BINS + (k == BINS - 1))).sum(0) for k in range(BINS)])


def p_values(ranks: np.ndarray) -> np.ndarray:
    """p-value of a chi-squared test that the ranks of each calibrated quantity are uniform, (records, d) -> (d,)."""
    return np.array([chisquare(column).pvalue for column in histogram(ranks).T])
