"""Parameters of the residual process of trade, learnt for each parameter set from what the set leaves unexplained.

A parameter set gives structural trade, and so a record of residuals: ln record minus ln structural trade. Its
likelihood under the residual process (`cairn.rules.kalman`) weighs candidates for its parameters, with a spread of its
own for each pair; one candidate is then drawn for each set. Candidates are drawn from the prior first, then from
a normal distribution around those with the largest weights, with weights corrected for that.

Source
------
A process for what a model leaves unexplained: Kennedy and O'Hagan 2001. Adaptive importance sampling with a share of
draws from the prior: Cappe, Guillin, Marin and Robert 2004; Owen and Zhou 2000.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.calibration.priors import Dimension, parameter_values
from cairn.core.calendar import FIRST_YEAR
from cairn.core.geography import PAIR_NAMES
from cairn.core.parameters import Parameters
from cairn.rules.kalman import ResidualProcess, log_likelihoods
from cairn.support.quantiles import interval

if TYPE_CHECKING:
    from cairn.calibration.targets import Targets

SHARED = (
    "trade_residual_persistence", "trade_residual_spread", "trade_residual_early_excess",
    "trade_residual_common_share", "trade_record_error",
)  # fmt: skip
OFFSET, OFFSET_SPREAD = "trade_residual_spread_offset", 0.5  # spread Assumed: of a pair's innovations, log
LEARNT = (*map(Dimension, SHARED), *(Dimension(OFFSET, pair, OFFSET_SPREAD) for pair in PAIR_NAMES))
CANDIDATES, ROUNDS = 3000, 8
FROM_PRIOR = 0.1  # share of later candidates that are drawn from the prior
WIDER = 1.2  # variance of later candidates, in variances of the candidates before by their weights
LEAST_EFFECTIVE = 0.05  # share of candidates that weights are tempered to count as, where new ones are drawn from them


@dataclasses.dataclass(frozen=True, eq=False)
class LearntResiduals:
    """Draws of the residual process, one or more for each parameter set.

    Parameters
    ----------
    values : values of `LEARNT`, (M draws, K)
    log_evidence : log likelihood of each set's record, averaged over the prior of these parameters, (M,)
    effective_candidates : effective number of candidates behind the draw of a set, (M,)
    """

    values: np.ndarray
    log_evidence: np.ndarray
    effective_candidates: np.ndarray

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters, in the order of `values`."""
        return tuple(dimension.name for dimension in LEARNT)

    @property
    def process(self) -> ResidualProcess:
        """The process of each set."""
        return process_of(self.values)

    def summary(self) -> list[dict[str, Any]]:
        """Name, prior range, and 5, 50 and 95 % of the draws of each parameter."""
        priors = parameter_values(LEARNT, np.array([[-np.inf] * len(LEARNT), [np.inf] * len(LEARNT)]))
        return [
            {
                "name": name,
                "prior": [float(low), float(high)],
                "posterior": [float(f"{x:.3g}") for x in interval(drawn)],
            }
            for name, low, high, drawn in zip(self.names, *priors, self.values.T, strict=True)
        ]


def process_of(values: np.ndarray) -> ResidualProcess:
    """The residual process with values of `LEARNT`, (M, K)."""
    learnt = Parameters().replace(**dict(zip(SHARED, values.T, strict=False)), **{OFFSET: values[:, len(SHARED) :].T})
    return process_of_members(learnt, len(values))


def process_of_members(parameters: Parameters, members: int) -> ResidualProcess:
    """The residual process of each member of a run."""

    def of_each(name: str, *shape: int) -> np.ndarray:
        value = np.asarray(getattr(parameters, name), dtype=float)
        return np.broadcast_to(value, (*shape, members)).T

    persistence, spread, excess, common, error = map(of_each, SHARED)
    return ResidualProcess(
        persistence,
        spread[:, None] * np.exp(of_each(OFFSET, len(PAIR_NAMES))),
        common,
        error,
        excess,
        of_each("trade_residual_early_years"),
    )


def residuals_from_targets(targets: Targets, simulated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What parameter sets leave unexplained of the trade of pairs.

    Parameters
    ----------
    targets : the D targets; those of the indicator `trade` are used
    simulated : values of the targets without the residual, (M, D), logarithms for trade

    Returns
    -------
    residual, tolerance
        (M, Y, P) and (Y, P), by year from 1992 to the last one of the targets; the residual is NaN where there is no
        target.
    """
    residual = np.full((len(simulated), targets.last_year - FIRST_YEAR + 1, len(PAIR_NAMES)), np.nan)
    tolerance = np.zeros(residual.shape[1:])
    for k, target in enumerate(targets.rows):
        if target.indicator == "trade":
            place = target.first_year - FIRST_YEAR, PAIR_NAMES.index(target.place)
            residual[:, *place] = targets.observed[k] - simulated[:, k]
            tolerance[place] = targets.tolerance[k]
    return residual, tolerance


def learn_residuals(
    record: np.ndarray,
    tolerance: np.ndarray | float,
    seed: int,
    *,
    candidates: int = CANDIDATES,
    rounds: int = ROUNDS,
    draws: int = 1,
) -> LearntResiduals:
    """Draw the parameters of the residual process for each of M records of residuals.

    Parameters
    ----------
    record : ln record minus ln structural trade, (M, Y, P), NaN in the same years for all
    tolerance : known standard deviation of the error of each figure, (Y, P)
    seed : random seed
    candidates : candidates in each round
    rounds : the first round draws from the prior, the others from what the round before found
    draws : draws for each record, one after another in the rows of the result

    Returns
    -------
    LearntResiduals
        The same for the same arguments.
    """
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(98,)))
    z, log_proposal = random.standard_normal((candidates, len(LEARNT))), None
    for number in range(rounds):
        values = parameter_values(LEARNT, z)
        log_weight = log_likelihoods(record, dataclasses.replace(process_of(values), figure_error=tolerance))  # (K, M)
        if log_proposal is not None:
            log_weight += (_log_normal(z) - log_proposal)[:, None]
        if number < rounds - 1:
            z, log_proposal = _more_candidates(z, _tempered(log_weight), random)
    weight = _normalised(log_weight)
    top = log_weight.max(0)
    evidence = top + np.log(np.exp(log_weight - top).mean(0))
    uniforms = random.uniform(size=(len(record), draws))
    chosen = [np.searchsorted(up_to, u) for up_to, u in zip(np.cumsum(weight, axis=0).T, uniforms, strict=True)]
    return LearntResiduals(values[np.minimum(np.concatenate(chosen), candidates - 1)], evidence, 1 / (weight**2).sum(0))


def _normalised(log_weight: np.ndarray) -> np.ndarray:
    """Weights of candidates that add up to 1 for each member, (K, M)."""
    weight = np.exp(log_weight - log_weight.max(0))
    return weight / weight.sum(0)


def _tempered(log_weight: np.ndarray) -> np.ndarray:
    """Weights of candidates over all members, (K,), tempered until enough of them count."""
    power, least = 1.0, LEAST_EFFECTIVE * len(log_weight)
    while 1 / ((pooled := _normalised(power * log_weight).mean(1)) ** 2).sum() < least:
        power /= 2
    return pooled


def _more_candidates(z: np.ndarray, weight: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """New candidates around the weighted ones and from the prior, and the log density that they are drawn from."""
    mean = weight @ z
    covariance = WIDER * ((z - mean).T * weight) @ (z - mean)
    root = np.linalg.cholesky(covariance)
    normal = random.standard_normal(z.shape)
    from_prior = random.uniform(size=len(z)) < FROM_PRIOR
    drawn = np.where(from_prior[:, None], normal, mean + normal @ root.T)
    around = _log_normal(np.linalg.solve(root, (drawn - mean).T).T) - np.log(np.diag(root)).sum()
    return drawn, np.logaddexp(np.log(FROM_PRIOR) + _log_normal(drawn), np.log(1 - FROM_PRIOR) + around)


def _log_normal(z: np.ndarray) -> np.ndarray:
    """Log density of independent standard normals up to a constant, (K, d) -> (K,)."""
    return -(z**2).sum(1) / 2
