"""Ensemble smoother with multiple data assimilation (ES-MDA), with adaptive inflation.

The method estimates the parameters z of a simulator from observations. It is independent of the model: it needs a prior
of independent standard normals, a simulator that evaluates many parameter sets at once, observed values and the
covariance of their errors.

An ensemble of N parameter sets is drawn from the prior. In each step all sets are simulated, and each is updated by the
regression of parameters on simulated values over the ensemble, with the observation errors inflated by a factor alpha:

    z_n <- z_n + C_zy (C_yy + Q)^-1 (observed + Q^(1/2) e_n - y_n),     Q = alpha R + (alpha - 1) S

with e_n standard normal and

======  ========  ===============================================================================================
symbol  shape     meaning
======  ========  ===============================================================================================
z       (N, d)    parameter sets on the prior's standard normal scale
y       (N, D)    simulated values
C_zy    (d, D)    covariance of parameters and simulated values over the ensemble
C_yy    (D, D)    covariance of simulated values over the ensemble
R       (D, D)    covariance of observation errors
S       (D, D)    covariance of the simulator's noise: what the regression of y on z leaves unexplained
alpha   > 1       inflation of the errors in this step
======  ========  ===============================================================================================

The y_n already contain simulator noise, so that y_n and Q together have the inflated covariance alpha (R + S). The
factors are chosen from the misfit (`inflation_factor`); the sum of 1 / alpha is the weight of the observations. The
weight reaches 1 if the ensemble fits the observations as well as their errors imply. It stays below 1 if it does not,
because the errors were then stated too small (`target_weight`). Several small updates, each simulated anew, handle a
nonlinear simulator better than one large update. For a linear simulator and normal errors the final ensemble is a
sample of the exact posterior.

Source: multiple data assimilation, Emerick and Reynolds 2013; choice of alpha, Iglesias and Yang 2021; as approximate
Bayesian computation with regression adjustment, Beaumont, Zhang and Balding 2002; Nott, Marshall and Ngoc 2012.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

Simulate = Callable[[np.ndarray, int], np.ndarray]  # parameter sets (N, d), number of the step -> values (N, D)


@dataclasses.dataclass(frozen=True)
class Step:
    """The ensemble after a step.

    Parameters
    ----------
    number : number of steps so far
    z : parameter sets, (N, d), on the prior's standard normal scale
    weight : weight of the observations so far, the sum of 1 / alpha
    alpha : inflation of the errors in this step
    misfit : mean squared distance to the observations before this step, in units of R + S, over sets and values
    complete : whether the observations have their target weight
    """

    number: int
    z: np.ndarray
    weight: float
    alpha: float
    misfit: float
    complete: bool = False


def draw_prior(count: int, dimensions: int, seed: int) -> Step:
    """The ensemble before the first step: `count` draws from the prior."""
    return Step(0, _random(seed, 0).standard_normal((count, dimensions)), 0.0, np.inf, np.nan)


def update(
    step: Step,
    simulated: np.ndarray,
    observed: np.ndarray,
    error: np.ndarray,
    seed: int,
    *,
    largest: float = 0.1,
) -> Step:
    """One step: update the ensemble with its simulated values.

    Parameters
    ----------
    step : the ensemble before the update
    simulated : values of its sets, (N, D)
    observed : observed values, (D,)
    error : covariance R of the observation errors, (D, D)
    seed : random seed
    largest : largest weight of one step

    Returns
    -------
    Step
    """
    c_zy, c_yy, noise = _covariances(step.z, simulated)
    residual = observed - simulated
    distance = (residual * np.linalg.solve(error + noise, residual.T).T).sum(1)  # (N,)
    misfit = float(distance.mean() / len(observed))
    remaining = max(target_weight(misfit, len(observed)) - step.weight, 1e-6)
    alpha = inflation_factor(distance, len(observed), min(largest, remaining))
    inflated = alpha * error + (alpha - 1) * noise
    perturbation = _random(seed, step.number + 1).standard_normal(simulated.shape) @ _square_root(inflated).T
    z = step.z + (residual + perturbation) @ np.linalg.solve(c_yy + inflated, c_zy.T)
    weight = step.weight + 1 / alpha
    complete = weight >= target_weight(misfit, len(observed)) * (1 - 1e-9)
    return Step(step.number + 1, z, weight, alpha, misfit, complete)


def target_weight(misfit: float, count: int) -> float:
    """Weight that the observations get in all steps together: 1, or less if the ensemble does not fit them.

    Random variation alone raises the misfit of a correct model above 1; up to two of its standard errors, each
    sqrt(2 / D), are accepted.

    Parameters
    ----------
    misfit : mean squared distance in units of R + S
    count : number of observed values D

    >>> target_weight(1.1, 200), target_weight(2.0, 200)
    (1.0, 0.5)
    """
    return 1.0 if misfit <= 1 + 2 * np.sqrt(2 / count) else 1.0 / misfit


def inflation_factor(distance: np.ndarray, count: int, remaining: float) -> float:
    """Inflation alpha of the next step: large while the ensemble is far from the observations or very dispersed.

        1/alpha = min(max(D / (2 mean phi), sqrt(D / (2 var phi))), remaining),   phi = distance / 2

    Parameters
    ----------
    distance : squared distance of each set to the observations in units of R + S, (N,)
    count : number of observed values D
    remaining : largest weight of the step

    Source
    ------
    Iglesias and Yang 2021.

    Examples
    --------
    >>> inflation_factor(np.full(100, 1e6), 10, 1.0) > 1000
    True
    >>> inflation_factor(np.full(100, 1.0), 10, 0.25)
    4.0
    """
    phi = distance / 2
    variance = float(phi.var())
    by_mean = count / (2 * float(phi.mean()))
    by_variance = np.sqrt(count / (2 * variance)) if variance > 0 else 0.0
    return 1 / min(max(by_mean, by_variance), remaining)


def assimilate(
    simulate: Simulate,
    observed: np.ndarray,
    error: np.ndarray,
    *,
    count: int,
    dimensions: int,
    seed: int,
    max_steps: int = 60,
    start_from: Step | None = None,
    after_step: Callable[[Step], None] = lambda step: None,
) -> Step:
    """Run all steps, from the prior or from a saved step.

    Parameters
    ----------
    simulate : function of parameter sets (N, d) and the number of the step that returns simulated values (N, D)
    observed : observed values, (D,)
    error : covariance R of the observation errors, (D, D)
    count : size N of the ensemble; several times D, since spurious correlations in a small ensemble narrow parameters
        on which the observations have no bearing
    dimensions : number d of parameters
    seed : random seed
    max_steps : limit of the number of steps
    start_from : a step of an interrupted run; the result is that of a run without interruption
    after_step : called with each completed step

    Returns
    -------
    Step
        Its parameter sets are a sample of the posterior, all of the same weight.

    Raises
    ------
    RuntimeError
        If the observations have not reached their target weight after `max_steps`.
    """
    step = start_from or draw_prior(count, dimensions, seed)
    while not step.complete:
        if step.number >= max_steps:
            raise RuntimeError(f"after {max_steps} steps the observations have a weight of {step.weight:.2f} only")
        step = update(step, simulate(step.z, step.number), observed, error, seed)
        after_step(step)
    return step


def simulator_noise(z: np.ndarray, simulated: np.ndarray) -> np.ndarray:
    """Covariance S of the simulator's noise, (D, D), from sets (N, d) and their simulated values (N, D)."""
    return _covariances(z, simulated)[2]


def mean_distance(simulated: np.ndarray, observed: np.ndarray, covariance: np.ndarray) -> float:
    """Mean squared distance to the observations in units of a covariance, over sets and values.

    Parameters
    ----------
    simulated : (N, D)
    observed : (D,)
    covariance : (D, D)
    """
    residual = np.linalg.solve(np.linalg.cholesky(covariance), (observed - simulated).T)
    return float((residual**2).mean())


def rejection_sampling(
    simulate: Simulate, observed: np.ndarray, error: np.ndarray, *, count: int, dimensions: int, seed: int, kept: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rejection sampling, for comparison: the `kept` of `count` prior draws that are nearest to the observations.

    Returns
    -------
    z, simulated
        The sets kept, (kept, dimensions), and their values simulated again with other random numbers, (kept, D). With
        the first random numbers they are near partly by chance.

    Source
    ------
    Pritchard et al. 1999.
    """
    z = draw_prior(count, dimensions, seed).z
    residual = np.linalg.solve(np.linalg.cholesky(error), (observed - simulate(z, 0)).T)
    nearest = z[np.argsort((residual**2).sum(0), kind="stable")[:kept]]
    return nearest, simulate(nearest, 1)


def _covariances(z: np.ndarray, simulated: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """C_zy (d, D), C_yy (D, D) and S (D, D)."""
    z, y = z - z.mean(0), simulated - simulated.mean(0)
    c_zy, c_yy = z.T @ y / (len(z) - 1), y.T @ y / (len(z) - 1)
    return c_zy, c_yy, c_yy - c_zy.T @ np.linalg.solve(z.T @ z / (len(z) - 1), c_zy)


def _square_root(covariance: np.ndarray) -> np.ndarray:
    """A square root of a covariance that may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0.0))


def _random(seed: int, step: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(step,)))
