"""Scores of probabilistic forecasts: accuracy, and whether the width of the forecast is right.

Source: continuous ranked probability score, Gneiting and Raftery 2007.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from cairn.support.quantiles import HIGH, LOW

BOOTSTRAP_SAMPLES = 2000


def crps_of_draws(draws: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Continuous ranked probability score of a forecast given as draws; 0 is best.

        CRPS = E |X - y| - 1/2 E |X - X'|

    Parameters
    ----------
    draws : equally likely values, (M, D)
    observed : (D,)

    Returns
    -------
    (D,), in the unit of the draws

    >>> crps_of_draws(np.array([[0.0], [2.0]]), np.array([1.0]))
    array([0.5])
    """
    members = len(draws)
    ordered = np.sort(draws, axis=0)
    rank = 2 * np.arange(1, members + 1)[:, None] - members - 1
    return np.abs(draws - observed).mean(0) - (rank * ordered).sum(0) / members**2


def crps_of_normal(mean: np.ndarray, sd: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Continuous ranked probability score of a normal forecast, all arrays (D,); 0 is best.

    >>> round(float(crps_of_normal(np.zeros(1), np.ones(1), np.zeros(1))[0]), 4)
    0.2337
    """
    z = (observed - mean) / sd
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return sd * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi))


def covered(draws: np.ndarray, observed: np.ndarray, share: float) -> np.ndarray:
    """Whether the central interval with a share of the draws contains the observation, (M, D) and (D,) -> (D,)."""
    low, high = np.quantile(draws, ((1 - share) / 2, (1 + share) / 2), axis=0)
    return (low <= observed) & (observed <= high)


def root_mean_square(values: np.ndarray) -> float:
    """Root of the mean square; NaN for an empty array."""
    return float(np.sqrt(np.mean(np.square(values)))) if len(values) else float("nan")


def skill(scores: np.ndarray, reference: np.ndarray) -> float:
    """Skill score: 1 minus the ratio of mean scores; above 0 better, below 0 worse than the reference."""
    return 1 - float(scores.mean() / reference.mean())


def skill_interval(scores: np.ndarray, reference: np.ndarray, groups: np.ndarray, seed: int = 1) -> tuple[float, float]:
    """90 % interval of the skill score by a bootstrap over groups, since values of one group are not independent.

    Parameters
    ----------
    scores, reference : scores of both forecasts, (D,)
    groups : group of each value, such as the pair, (D,)
    seed : random seed of the bootstrap

    Returns
    -------
    low, high
    """
    names = np.unique(groups)
    rows_of = {name: np.flatnonzero(groups == name) for name in names}
    random = np.random.default_rng(seed)
    samples = []
    for _ in range(BOOTSTRAP_SAMPLES):
        rows = np.concatenate([rows_of[name] for name in random.choice(names, len(names))])
        samples.append(skill(scores[rows], reference[rows]))
    low, high = np.quantile(samples, (LOW, HIGH))
    return float(low), float(high)
