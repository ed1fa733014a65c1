"""Scores of probabilistic forecasts: accuracy, and whether the width of the forecast is right.

Source: continuous ranked probability score and energy score, Gneiting and Raftery 2007.
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


def energy_score(draws: np.ndarray, observed: np.ndarray) -> float:
    """Energy score of a joint forecast of several quantities; 0 is best. With one quantity it is the CRPS.

        ES = E |X - y| - 1/2 E |X - X'|,      |.| the Euclidean norm

    Parameters
    ----------
    draws : equally likely vectors, (M, D)
    observed : (D,)

    Source
    ------
    Gneiting and Raftery 2007.

    >>> energy_score(np.array([[0.0, 0.0], [6.0, 8.0]]), np.array([3.0, 4.0]))
    2.5
    """
    apart = np.linalg.norm(draws[:, None] - draws[None], axis=-1)
    return float(np.linalg.norm(draws - observed, axis=-1).mean() - apart.mean() / 2)


def pit(draws: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Probability integral transform: share of the forecast below the observation, (M, D) and (D,) -> (D,).

    Of correct forecasts it is uniform on 0..1; it is 1/(2 (M + 1)) below all draws.

    >>> pit(np.array([[0.0], [2.0], [4.0]]), np.array([1.0])).tolist()
    [0.375]
    """
    return ((draws < observed).sum(0) + 0.5) / (len(draws) + 1)


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


def block_interval(
    difference: np.ndarray, pairs: np.ndarray, years: np.ndarray, block: int = 3, seed: int = 1
) -> tuple[float, float]:
    """90 % interval of a mean difference of scores, by a bootstrap over pairs and blocks of years.

    Pairs and blocks of adjacent years are drawn with replacement, each by itself; a value counts as often as its pair
    times as often as its year. So errors that a pair shares over time, and pairs share in a year, count once.

    Parameters
    ----------
    difference : differences of two scores, (D,)
    pairs, years : pair and year of each, (D,)
    block : years in a block
    seed : random seed of the bootstrap

    Returns
    -------
    low, high

    Source
    ------
    Two-way resampling: Owen 2007; blocks: Kuensch 1989.
    """
    low, high = block_intervals(difference[:, None], pairs, years, block, seed)
    return float(low[0]), float(high[0])


def block_intervals(
    differences: np.ndarray, pairs: np.ndarray, years: np.ndarray, block: int = 3, seed: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """`block_interval` of several differences with the same pairs and years, (D, K) -> low and high, (K,)."""
    _, of_pair = np.unique(pairs, return_inverse=True)
    first, span = int(years.min()), int(years.max() - years.min()) + 1
    blocks = -(-span // block)
    random, means = np.random.default_rng(seed), []
    for _ in range(BOOTSTRAP_SAMPLES):
        times_pair = np.bincount(random.integers(0, of_pair.max() + 1, of_pair.max() + 1), minlength=of_pair.max() + 1)
        starts = random.integers(0, span, blocks)
        drawn = (starts[:, None] + np.arange(block)).ravel() % span
        weight = times_pair[of_pair] * np.bincount(drawn, minlength=span)[years - first]
        if weight.sum():
            means.append(weight @ differences / weight.sum())
    low, high = np.quantile(means, (LOW, HIGH), axis=0)
    return low, high
