"""Benchmark forecasts from rolling origins: each is fitted to the record up to the origin and gives draws.

=======================  =========================================================================================
persistence              the last known value of each pair, with the error of a random walk
drift                    the same with the mean growth of the pair so far, and the error of that mean
gravity, last error      Poisson pseudo-maximum likelihood on incomes with an effect for each pair; what it leaves
                         unexplained follows the residual process of the model, learnt and filtered likewise
gravity with givens      the same with visas, cut freight links and closures among its regressors
=======================  =========================================================================================

The gravity forecasts and the model differ in their structural part only: their last errors continue in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from cairn.calibration.residuals import learn_residuals
from cairn.calibration.rolling.rolling_runs import Givens
from cairn.core.geography import PAIRS
from cairn.rules.kalman import conditional_residuals

Benchmark = Callable[[np.ndarray, Givens, int, int], np.ndarray]
CANDIDATES = 500  # for the residual process of a gravity forecast, in each round
FEWEST = 3  # known values from which a pair has a spread of its own


def persistence(known: np.ndarray, givens: Givens, draws: int, seed: int) -> np.ndarray:
    """The last value of each pair, continued as a random walk.

    Parameters
    ----------
    known : ln record, (Y, P), NaN where unknown and after the origin
    givens : what is given, by year
    draws : draws to make, N
    seed : random seed

    Returns
    -------
    (N, Y, P)
        Draws of the record of the years after the last known value of each pair; NaN up to then.
    """
    return _random_walk(known, draws, seed, drifting=False)


def drift(known: np.ndarray, givens: Givens, draws: int, seed: int) -> np.ndarray:
    """The last value of each pair, continued as a random walk with its mean growth. As `persistence`."""
    return _random_walk(known, draws, seed, drifting=True)


def gravity_last_error(known: np.ndarray, givens: Givens, draws: int, seed: int) -> np.ndarray:
    """Gravity on incomes, continued from its last errors. As `persistence`."""
    return _gravity(known, _income_regressors(givens), draws, seed)


def gravity_with_givens(known: np.ndarray, givens: Givens, draws: int, seed: int) -> np.ndarray:
    """Gravity on incomes, visas, cut freight links and closures, continued from its last errors. As `persistence`."""
    regressors = np.concatenate([_income_regressors(givens), givens.restrictions], axis=-1)
    return _gravity(known, regressors, draws, seed)


ROLLING_BENCHMARKS: dict[str, Benchmark] = {
    "persistence": persistence,
    "drift": drift,
    "gravity, last error": gravity_last_error,
    "gravity with givens": gravity_with_givens,
}


def _random_walk(known: np.ndarray, draws: int, seed: int, drifting: bool) -> np.ndarray:
    random = np.random.default_rng(seed)
    steps = random.standard_normal((draws, *known.shape))
    of_mean = random.standard_normal((draws, known.shape[1]))
    result = np.full((draws, *known.shape), np.nan)
    spreads = {
        p: _yearly_spread(years, values, drifting) for p, years, values in _series(known) if len(years) >= FEWEST
    }
    shared = np.sqrt(np.mean(np.square(list(spreads.values())))) if spreads else np.nan
    for p, years, values in _series(known):
        spread, last, span = spreads.get(p, shared), years[-1], years[-1] - years[0]
        ahead = np.arange(1, len(known) - last)
        walk = values[-1] + spread * np.cumsum(steps[:, last + 1 :, p], axis=1)
        if drifting and span:
            rate = (values[-1] - values[0]) / span + spread / np.sqrt(span) * of_mean[:, p, None]
            walk = walk + rate * ahead
        result[:, last + 1 :, p] = walk
    return result


def _series(known: np.ndarray) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Pair, years and values of each pair with a record."""
    for p in range(known.shape[1]):
        years = np.flatnonzero(np.isfinite(known[:, p]))
        if len(years):
            yield p, years, known[years, p]


def _yearly_spread(years: np.ndarray, values: np.ndarray, drifting: bool) -> float:
    """Standard deviation of a yearly step, about the mean growth or about zero."""
    gaps, steps = np.diff(years), np.diff(values)
    rate = steps.sum() / gaps.sum() if drifting else 0.0
    return float(np.sqrt(((steps - rate * gaps) ** 2 / gaps).sum() / (len(steps) - drifting)))


def _income_regressors(givens: Givens) -> np.ndarray:
    """Ln of the product of incomes, (Y, P, 1)."""
    income, pairs = np.log(givens.incomes), np.array(PAIRS)
    return (income[:, pairs[:, 0]] + income[:, pairs[:, 1]])[..., None]


def _gravity(known: np.ndarray, regressors: np.ndarray, draws: int, seed: int) -> np.ndarray:
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    years, pairs = known.shape
    effects = np.broadcast_to(np.eye(pairs), (years, pairs, pairs))
    design = np.concatenate([effects, regressors], axis=-1)
    at = np.isfinite(known)
    design = design[..., _identified(design[at])]
    fitted = GLM(np.exp(known[at]), design[at], family=Poisson()).fit()
    expected = design @ fitted.params
    residual = (known - expected)[None]
    origin = np.flatnonzero(at.any(1))[-1]
    learnt = learn_residuals(residual[:, : origin + 1], 0.0, seed, candidates=CANDIDATES, draws=draws)
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(97,)))
    own, error = random.standard_normal((2, draws, years, pairs))
    common = random.standard_normal((draws, years))
    carried = conditional_residuals(np.repeat(residual, draws, 0), learnt.process, own, common, error)
    return expected + carried + learnt.process.record_error[:, None, None] * error


def _identified(design: np.ndarray) -> list[int]:
    """Columns that are no combination of the columns before them, such as a restriction that never changed."""
    chosen: list[int] = []
    for column in range(design.shape[1]):
        if np.linalg.matrix_rank(design[:, [*chosen, column]]) > len(chosen):
            chosen.append(column)
    return chosen
