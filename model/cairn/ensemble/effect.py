"""The effect of a scenario on an outcome: paired differences over members, with their Monte Carlo error."""

from __future__ import annotations

import dataclasses

import numpy as np

from cairn.support.monte_carlo import median_error
from cairn.support.quantiles import interval


@dataclasses.dataclass(frozen=True)
class Effect:
    """A paired difference of an outcome in a year, over members.

    median, low, high : median, 5th and 95th percentile of the differences
    mean, mean_error : mean of the differences and its standard error
    median_error : Monte Carlo error of the median (`cairn.support.monte_carlo`); NaN for a single member
    sign_share : share of members whose difference has the sign of the mean; 0 where the mean is zero
    before : median of the outcome in the reference scenario
    """

    median: float
    low: float
    high: float
    mean: float
    mean_error: float
    sign_share: float
    before: float
    median_error: float

    @staticmethod
    def of(reference: np.ndarray, values: np.ndarray) -> Effect:
        """The effect of a scenario, from an outcome under the reference and under the scenario, (M,) each."""
        paired = values - reference
        low, median, high = interval(paired)
        mean = float(paired.mean())
        error = float(paired.std(ddof=1) / np.sqrt(paired.size)) if paired.size > 1 else float("nan")
        same = float((np.sign(paired) == np.sign(mean)).mean()) if mean else 0.0
        before, noise = float(np.median(reference)), float(median_error(paired))
        return Effect(float(median), float(low), float(high), mean, error, same, before, noise)

    @property
    def percent(self) -> float:
        """The median in percent of the outcome in the reference scenario; NaN where that is zero."""
        return 100 * self.median / abs(self.before) if self.before else float("nan")

    @property
    def clear(self) -> bool:
        """Whether the 90 % interval excludes zero."""
        return self.low > 0 or self.high < 0
