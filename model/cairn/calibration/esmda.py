"""Approximate Bayesian computation in tempered steps, each adjusted by regression.

Nothing here knows the model: a prior of independent standard normals, a simulator of many parameter sets at once,
observed figures and the covariance of their errors. All sets are simulated together, once a step.

In each step the tolerance is alpha times R + S: R is the covariance of the record's errors, S that of the simulator's
own noise, read off as what a regression of figures on parameters leaves over. Every set is moved by the regression of
parameters on figures, towards figures it would have to meet, perturbed so that with the noise already in them the
tolerance is whole:

    z_n <- z_n + C_zy (C_yy + Q)^-1 (observed + Q^(1/2) e_n - y_n),     Q = alpha R + (alpha - 1) S

C_zy and C_yy are covariances over the sets. Tolerances are wide at first and adaptive: alpha is as large as the misfit
asks (`next_tolerance`), and 1/alpha add up to the weight that the record gets in all: one if the sets come as near to
it as its errors say, less if they do not, for then the errors were stated too small (`due`). One large step of
regression is bad where parameters act nonlinearly; several small ones, each simulated anew, are what mends it. Where
figures are linear in parameters and all is normal, the sets are draws from the exact posterior.

Source: regression adjustment, Beaumont, Zhang and Balding 2002; as an ensemble Kalman update, Nott, Marshall and Ngoc
2012; tempered in steps, Emerick and Reynolds 2013; choice of alpha, Iglesias and Yang 2021.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

Simulate = Callable[[np.ndarray, int], np.ndarray]  # sets (N, d) and a step's number -> figures (N, D)


@dataclasses.dataclass(frozen=True)
class Step:
    """Where the sets stand, and how much of the record they have taken in.

    sets : (N, d) on the prior's standard normal scale; weight : sum of 1/alpha so far; misfit : mean over sets and
    figures of the squared distance to the record in units of R + S, before this step; whole : whether the record has
    the weight that it is due
    """

    number: int
    sets: np.ndarray
    weight: float
    alpha: float
    misfit: float
    whole: bool = False


def start(count: int, dimensions: int, seed: int) -> Step:
    """Sets drawn from the prior."""
    return Step(0, _random(seed, 0).standard_normal((count, dimensions)), 0.0, np.inf, np.nan)


def adjusted(
    step: Step,
    figures: np.ndarray,
    observed: np.ndarray,
    error: np.ndarray,
    seed: int,
    *,
    largest: float = 0.1,
) -> Step:
    """The next step, from the figures that the sets gave.

    Parameters
    ----------
    figures : (N, D) simulated; observed : (D,); error : (D, D) covariance R
    largest : the most weight of one step
    """
    c_zy, c_yy, own_noise = _covariances(step.sets, figures)
    far = observed - figures
    distance = (far * np.linalg.solve(error + own_noise, far.T).T).sum(1)  # (N,)
    misfit = float(distance.mean() / len(observed))
    alpha = next_tolerance(distance, len(observed), min(largest, max(due(misfit, len(observed)) - step.weight, 1e-6)))
    tolerance = alpha * error + (alpha - 1) * own_noise
    noise = _random(seed, step.number + 1).standard_normal(figures.shape) @ _root(tolerance).T
    moved = step.sets + (far + noise) @ np.linalg.solve(c_yy + tolerance, c_zy.T)
    weight = step.weight + 1 / alpha
    whole = weight >= due(misfit, len(observed)) * (1 - 1e-9)
    return Step(step.number + 1, moved, weight, alpha, misfit, whole)


def due(misfit: float, figures: int) -> float:
    """The weight that the record is due: all if the sets come as near to it as its errors say, else less.

    Chance alone lifts the misfit of a right model above 1 by up to two of its standard errors, sqrt(2 / D) each.

    >>> due(1.1, 200), due(2.0, 200)
    (1.0, 0.5)
    """
    return 1.0 if misfit <= 1 + 2 * np.sqrt(2 / figures) else 1.0 / misfit


def next_tolerance(distance: np.ndarray, figures: int, left: float) -> float:
    """Factor on the error covariance of the next step: wide while sets are far off or differ much among themselves.

        1/alpha = min(max(D / (2 mean phi), sqrt(D / (2 var phi))), what is left),   phi = distance / 2

    Examples
    --------
    >>> next_tolerance(np.full(100, 1e6), 10, 1.0) > 1000
    True
    >>> next_tolerance(np.full(100, 1.0), 10, 0.25)
    4.0
    """
    phi = distance / 2
    spread = float(phi.var())
    by_level = figures / (2 * float(phi.mean()))
    by_spread = np.sqrt(figures / (2 * spread)) if spread > 0 else 0.0
    return 1 / min(max(by_level, by_spread), left)


def fit(
    simulate: Simulate,
    observed: np.ndarray,
    error: np.ndarray,
    *,
    count: int,
    dimensions: int,
    seed: int,
    most_steps: int = 60,
    start_from: Step | None = None,
    after: Callable[[Step], None] = lambda step: None,
) -> Step:
    """All steps, from the prior or from where an earlier call was interrupted.

    Parameters
    ----------
    simulate : sets (N, d) and the number of the step -> figures (N, D)
    count : sets; several times the figures, or chance correlations shrink what the record does not speak of
    begun : a step to carry on from; the result is that of a run without interruption
    after : called with each step once it is done

    Returns
    -------
    Step whose sets are draws from the posterior, all of one weight

    Raises
    ------
    RuntimeError if the record has not the weight it is due after `most_steps`
    """
    step = start_from or start(count, dimensions, seed)
    while not step.whole:
        if step.number >= most_steps:
            raise RuntimeError(f"after {most_steps} steps the record has a weight of {step.weight:.2f} only")
        step = adjusted(step, simulate(step.sets, step.number), observed, error, seed)
        after(step)
    return step


def noise_of(sets: np.ndarray, figures: np.ndarray) -> np.ndarray:
    """S, covariance of the simulator's own noise: what a regression of figures on parameters leaves over, (D, D)."""
    return _covariances(sets, figures)[2]


def distance_of(figures: np.ndarray, observed: np.ndarray, error: np.ndarray) -> float:
    """Mean over sets and figures of the squared distance to the record in units of a covariance."""
    far = np.linalg.solve(np.linalg.cholesky(error), (observed - figures).T)
    return float((far**2).mean())


def nearest(
    simulate: Simulate, observed: np.ndarray, error: np.ndarray, *, count: int, dimensions: int, seed: int, kept: int
) -> tuple[np.ndarray, np.ndarray]:
    """Plain rejection, to see what regression is worth: of `count` prior draws the `kept` nearest to the record.

    Returns
    -------
    Their places on the prior's scale, (kept, dimensions), and their figures when simulated anew, (kept, D): on the
    first luck they are the nearest for being lucky as well.

    Source: Pritchard et al. 1999.
    """
    sets = start(count, dimensions, seed).sets
    far = np.linalg.solve(np.linalg.cholesky(error), (observed - simulate(sets, 0)).T)
    chosen = sets[np.argsort((far**2).sum(0), kind="stable")[:kept]]
    return chosen, simulate(chosen, 1)


def _covariances(sets: np.ndarray, figures: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """C_zy (d, D), C_yy (D, D) and S (D, D)."""
    z, y = sets - sets.mean(0), figures - figures.mean(0)
    c_zy, c_yy = z.T @ y / (len(z) - 1), y.T @ y / (len(z) - 1)
    return c_zy, c_yy, c_yy - c_zy.T @ np.linalg.solve(z.T @ z / (len(z) - 1), c_zy)


def _root(covariance: np.ndarray) -> np.ndarray:
    """A square root of a covariance that may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0.0))


def _random(seed: int, step: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(step,)))
