"""Simulation-based calibration: is the method right about records that it made itself?

Numbers are drawn from the prior, a record is made of one run with errors as large as the tolerances say, and the
method learns the numbers from it. If it is right, the rank of the true number among its draws is uniform over many such
records: sloping histograms show bias, humps too wide, hollows too narrow posteriors.

Source: Talts et al. 2018.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from scipy.stats import chisquare

from cairn.calibration import esmda
from cairn.calibration.fit import Dimension, Simulator, dimensions, processes
from cairn.calibration.targets import FIT, Targets
from cairn.ensemble.workers import Progress
from cairn.record.tables import read
from cairn.scenario.scenario import Scenario
from cairn.support.atomic_write import atomic_write

SETS = 2000
BINS = 5


def ranks(
    records: int,
    count: int = SETS,
    seed: int = 1,
    *,
    first: int = 0,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Iterator[np.ndarray]:
    """Share of draws below the truth, (d,), for one made-up record after the other, from number `first` on."""
    scenario, targets, learnt = Scenario.load("baseline"), Targets.load().of(FIT), dimensions()
    truth = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(31,))).standard_normal((records, len(learnt)))
    noise = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(32,))).standard_normal(
        (records, len(targets))
    )
    root = np.linalg.cholesky(targets.error())
    with processes(jobs, count) as pool:
        made = Simulator(scenario, targets, learnt, seed + 1_000_000, pool=pool)(truth, 0) + noise @ root.T
        for k in range(first, records):
            simulate = Simulator(scenario, targets, learnt, seed + k, pool=pool, progress=progress)
            last = esmda.fit(simulate, made[k], targets.error(), count=count, dimensions=len(learnt), seed=seed + k)
            yield (last.sets < truth[k]).mean(0)


def save(learnt: Sequence[Dimension], found: Sequence[np.ndarray], path: Path) -> None:
    """Write ranks as CSV, a line for each made-up record."""
    with atomic_write(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([d.name for d in learnt])
        writer.writerows([f"{u:.4f}" for u in row] for row in found)


def shipped() -> tuple[tuple[str, ...], np.ndarray]:
    """Names and ranks, (records, d), of model/cairn/data/fitted/sbc.csv."""
    rows = read("fitted/sbc")
    return tuple(rows[0]), np.array([[float(v) for v in row.values()] for row in rows])


def covered(found: np.ndarray, share: float) -> float:
    """Share of true numbers within the middle `share` of the draws; right if it is that share."""
    return float((np.abs(found - 0.5) <= share / 2).mean())


def histogram(found: np.ndarray) -> np.ndarray:
    """Ranks in `BINS` equal bins, (records, ...) -> (BINS, ...)."""
    return np.stack([((found >= k / BINS) & (found < (k + 1) / BINS + (k == BINS - 1))).sum(0) for k in range(BINS)])


def p_values(found: np.ndarray) -> np.ndarray:
    """Chance of ranks at least as uneven if the method is right, for each number, (d,)."""
    return np.array([chisquare(column).pvalue for column in histogram(found).T])
