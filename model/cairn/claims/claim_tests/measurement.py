"""A measured quantity: a sample over members, with its mean and its interval."""

from __future__ import annotations

import dataclasses
from typing import Literal

import numpy as np

from cairn.claims.experiments.arm_runs import ArmRuns
from cairn.claims.verdicts import mean_interval
from cairn.core.parameters import Parameters
from cairn.ensemble.outcomes import DIMENSIONS
from cairn.step.measures import index_of
from cairn.support.quantiles import interval

MeasurementKind = Literal["supplementary", "coding", "placebo", "detail"]  # details are written to claims.csv only
SHARE = "share"  # unit of quantities between 0 and 1
RANDOM_WEIGHTS, WEIGHTS_SEED = 500, 5


@dataclasses.dataclass(frozen=True, eq=False)
class Measurement:
    """A measured quantity.

    Parameters
    ----------
    label : what it is
    sample : values of members, (M,), or a single value, (1,)
    unit : unit of the values
    kind : role beside the headline of a test
    averaged : True where members differ only in whether something happens, as for attendance; the interval is then
        the confidence interval of the mean instead of percentiles of members
    """

    label: str
    sample: np.ndarray
    unit: str = ""
    kind: MeasurementKind = "supplementary"
    averaged: bool = False

    @property
    def low(self) -> float:
        """5th percentile, or lower end of the confidence interval of the mean."""
        return self._interval[0]

    @property
    def center(self) -> float:
        """Mean."""
        return float(np.mean(self.sample))

    @property
    def high(self) -> float:
        """95th percentile, or upper end of the confidence interval of the mean."""
        return self._interval[1]

    @property
    def _interval(self) -> tuple[float, float]:
        if self.averaged:
            return mean_interval(self.sample)
        low, _, high = interval(self.sample)
        return float(low), float(high)

    @property
    def sign_share(self) -> float:
        """Share of members with the sign of the mean; 0 where that is zero."""
        return float((np.sign(self.sample) == np.sign(self.center)).mean()) if self.center else 0.0


def single_value(label: str, value: float, unit: str = SHARE, kind: MeasurementKind = "supplementary") -> Measurement:
    """A measurement with one value for all members together, such as a share of members."""
    return Measurement(label, np.array([value]), unit, kind)


def weighting_robustness(runs: ArmRuns, arm: str, year: int, against: str = "baseline") -> Measurement:
    """Share of random weightings of the index's five dimensions with which the mean effect keeps its sign.

    Weights are drawn uniformly from all that add up to one (Dirichlet), the same ones in each call.

    Parameters
    ----------
    runs : runs of both arms
    arm, against : arms whose paired difference is the effect
    year : year of the index
    """
    dimensions = [outcome.variable for outcome in DIMENSIONS]
    drawn = np.random.default_rng(WEIGHTS_SEED).dirichlet(np.ones(len(dimensions)), RANDOM_WEIGHTS)
    sides = [{name: runs.mean(side, name, year) for name in dimensions} for side in (arm, against)]
    parameters = Parameters()

    def mean_effect(weights: np.ndarray) -> float:
        by_name = dict(zip(dimensions, weights.tolist(), strict=True))
        one, other = (index_of(side, parameters, by_name) for side in sides)
        return float(np.mean(one - other))

    sign = np.sign(mean_effect(np.ones(len(dimensions))))
    share = np.mean([np.sign(mean_effect(weights)) == sign for weights in drawn])
    return single_value("weightings of the index that give the same sign", float(share))
