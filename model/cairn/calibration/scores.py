"""Scores of probabilistic forecasts: how far off, and how honest their width is.

Source: continuous ranked probability score, Gneiting and Raftery 2007.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr


def crps_of_draws(draws: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Continuous ranked probability score of equally likely draws, (M, D) and (D,) -> (D,); 0 is best.

        E |X - y| - 1/2 E |X - X'|

    >>> crps_of_draws(np.array([[0.0], [2.0]]), np.array([1.0]))
    array([0.5])
    """
    members = len(draws)
    ordered = np.sort(draws, axis=0)
    rank = 2 * np.arange(1, members + 1)[:, None] - members - 1
    return np.abs(draws - observed).mean(0) - (rank * ordered).sum(0) / members**2


def crps_of_normal(mean: np.ndarray, sd: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Continuous ranked probability score of a normal forecast, all (D,).

    >>> round(float(crps_of_normal(np.zeros(1), np.ones(1), np.zeros(1))[0]), 4)
    0.2337
    """
    z = (observed - mean) / sd
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return sd * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi))


def inside(draws: np.ndarray, observed: np.ndarray, share: float) -> np.ndarray:
    """Whether the middle `share` of the draws holds what was observed, (M, D) and (D,) -> (D,) of truth."""
    low, high = np.quantile(draws, ((1 - share) / 2, (1 + share) / 2), axis=0)
    return (low <= observed) & (observed <= high)


def root_mean_square(values: np.ndarray) -> float:
    """Root of the mean square; NaN of nothing."""
    return float(np.sqrt(np.mean(np.square(values)))) if len(values) else float("nan")


def skill(ours: np.ndarray, theirs: np.ndarray) -> float:
    """One less the ratio of mean scores: above 0 better, below 0 worse than the other."""
    return 1 - float(ours.mean() / theirs.mean())


def skill_interval(ours: np.ndarray, theirs: np.ndarray, groups: np.ndarray, seed: int = 1) -> tuple[float, float]:
    """90 % interval of the skill, whole groups (pairs) drawn anew: figures of one pair are no separate evidence."""
    names = np.unique(groups)
    of = {name: np.flatnonzero(groups == name) for name in names}
    random = np.random.default_rng(seed)
    found = []
    for _ in range(2000):
        rows = np.concatenate([of[name] for name in random.choice(names, len(names))])
        found.append(skill(ours[rows], theirs[rows]))
    low, high = np.quantile(found, (0.05, 0.95))
    return float(low), float(high)
