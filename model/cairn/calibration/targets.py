"""Targets: observations that the model is calibrated to (to 2015) or tested on (from 2016).

A target is the value of an indicator at a place, averaged over some years. Its tolerance is one standard deviation of
the error of the source, of disagreement between sources and of differences in definition. It is compared on a scale:

========  ===========================  ===================================================
scale     value compared               tolerance is a standard deviation of
========  ===========================  ===================================================
log       ln x                         ln x
log1p     ln (1 + x)                   ln (1 + x)
linear    x                            x
========  ===========================  ===================================================
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from cairn.calibration.indicators import INDICATORS
from cairn.calibration.priors import LAST_FITTED_YEAR
from cairn.calibration.residuals import process_of_members
from cairn.core.calendar import FIRST_YEAR
from cairn.core.geography import PAIR_NAMES
from cairn.core.parameters import Parameters
from cairn.record.tables import read

__all__ = ["FIT", "LAST_FITTED_YEAR", "TEST", "Target", "Targets", "condition_errors", "from_scale", "to_scale"]

FIT, TEST = "fit", "test"  # splits: calibrated to, held back for testing
SMALLEST = 1e-6  # lower bound of a simulated value before its logarithm is taken
ERROR_PERSISTENCE = 0.85  # Assumed: share of a persistent error that remains after one year
PERSISTENT_SHARE = 0.5  # Assumed: share of a tolerance's variance that persists; the rest is independent each year
# Standard deviation of the model's own error, half of whose variance persists; Assumed, in logarithms. A state's total
# trade follows prices of oil, metals and gas, which the model does not have.
DISCREPANCY = {"foreign_trade": 0.25}
TRADE, REGIONAL_TRADE = "trade", "trade_region"  # indicators whose errors are the residual process of trade


@dataclasses.dataclass(frozen=True)
class Target:
    """One observation: the fields are the columns of `targets.csv`, described in model/cairn/data/README.md."""

    indicator: str
    place: str
    first_year: int
    last_year: int  # inclusive
    value: float
    tolerance: float
    scale: str
    split: str
    grade: str
    source: str
    note: str = ""

    @property
    def name(self) -> str:
        """Indicator, place and years.

        >>> Target("trade", "KAZ-UZB", 2015, 2015, 1.7, 0.2, "log", "fit", "A", "a source").name
        'trade KAZ-UZB 2015'
        """
        years = str(self.first_year) if self.first_year == self.last_year else f"{self.first_year}-{self.last_year}"
        return " ".join(part for part in (self.indicator, self.place, years) if part != "region")


def to_scale(value: Any, scale: str) -> Any:
    """Transform a value to the scale on which it is compared: log, log1p or linear."""
    if scale == "linear":
        return np.asarray(value, float)
    return np.log1p(value) if scale == "log1p" else np.log(np.maximum(value, SMALLEST))


def from_scale(value: Any, scale: str) -> Any:
    """Transform a value back from the scale on which it is compared.

    >>> float(from_scale(to_scale(3.0, "log1p"), "log1p"))
    3.0
    """
    if scale == "linear":
        return np.asarray(value, float)
    return np.expm1(value) if scale == "log1p" else np.exp(value)


class Targets:
    """Targets as arrays, in the order of the table.

    Parameters
    ----------
    rows : the targets

    Attributes
    ----------
    observed : observed values on their scales, (D,)
    tolerance : standard deviations on the same scales, (D,)

    Examples
    --------
    >>> fitted = Targets.load().select(FIT)
    >>> fitted.observed.shape == fitted.tolerance.shape == (len(fitted),)
    True
    """

    def __init__(self, rows: Sequence[Target]):
        self.rows = tuple(rows)
        self.observed = np.array([float(to_scale(t.value, t.scale)) for t in self.rows])
        self.tolerance = np.array([t.tolerance for t in self.rows])

    @staticmethod
    @functools.cache
    def load() -> Targets:
        """The targets of model/cairn/data/targets.csv."""
        return Targets([_target(row) for row in read("targets")])

    def select(self, split: str = "", indicator: str = "") -> Targets:
        """Targets of a split (`FIT` or `TEST`), of an indicator, or of both."""
        return Targets([t for t in self.rows if split in ("", t.split) and indicator in ("", t.indicator)])

    def until(self, year: int) -> Targets:
        """Targets of either split whose last year is `year` or before."""
        return Targets([t for t in self.rows if t.last_year <= year])

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def last_year(self) -> int:
        """The last year of any target."""
        return max(t.last_year for t in self.rows)

    def error_covariance(self) -> np.ndarray:
        """Covariance R of the errors, (D, D): errors of the sources plus model discrepancy.

        Trade: the discrepancy is the residual process of trade at the default values of its parameters, so that errors
        persist and pairs share a part of them; the tolerance is an error of each target by itself. Regional trade, as
        the sum of pairs, has their errors in proportion to their shares.

        Others: errors of one series (an indicator of a place) have a part that persists and decays with the years
        between two targets, and a part that is independent each year, with a discrepancy of the model for some
        indicators. Different series are independent.

        Returns
        -------
        (D, D), symmetric and positive definite

        Source
        ------
        Model discrepancy beside observation error: Kennedy and O'Hagan 2001.
        """
        middle = np.array([(t.first_year + t.last_year) / 2 for t in self.rows])
        series = np.array([f"{t.indicator} {t.place}" for t in self.rows])
        years_between = np.abs(middle[:, None] - middle)
        loading = self._trade_loading()
        of_trade = loading.any(1)
        spread = np.hypot(self.tolerance, [DISCREPANCY.get(t.indicator, 0.0) for t in self.rows])
        persistent = np.sqrt(PERSISTENT_SHARE) * np.where(of_trade, 0.0, spread)
        correlation = np.where(series[:, None] == series, ERROR_PERSISTENCE**years_between, 0.0)
        process = process_of_members(Parameters(), 1)
        ratio = process.variance_ratio(self.last_year - FIRST_YEAR + 1)[0, middle.astype(int) - FIRST_YEAR]
        earlier = np.where(middle[:, None] < middle, ratio[:, None], ratio)
        decay = earlier * process.persistence[0] ** years_between
        residual = loading @ process.stationary_covariance[0] @ loading.T * decay
        independent = spread**2 - persistent**2
        return np.diag(independent) + correlation * np.outer(persistent, persistent) + residual

    def _trade_loading(self) -> np.ndarray:
        """How much of each pair's residual is in the logarithm of a target, (D, P): zero but for trade."""
        loading = np.zeros((len(self.rows), len(PAIR_NAMES)))
        total = np.zeros(len(PAIR_NAMES))
        for k, t in enumerate(self.rows):
            if t.indicator == TRADE:
                pair = PAIR_NAMES.index(t.place)
                loading[k, pair] = 1
                total[pair] += t.value
        share = total / total.sum() if total.any() else np.full(len(total), 1 / len(total))
        loading[[t.indicator == REGIONAL_TRADE for t in self.rows]] = share
        return loading

    def simulated(self, yearly: dict[str, np.ndarray]) -> np.ndarray:
        """Simulated values of the targets on their scales.

        Parameters
        ----------
        yearly : values by indicator, (M, Y, places), from `cairn.calibration.indicators.TargetRecorder.yearly`

        Returns
        -------
        (M, D)
        """
        columns = []
        for t in self.rows:
            place = list(INDICATORS[t.indicator].places).index(t.place)
            years = slice(t.first_year - FIRST_YEAR, t.last_year - FIRST_YEAR + 1)
            columns.append(to_scale(np.nanmean(yearly[t.indicator][:, years, place], axis=1), t.scale))
        return np.stack(columns, axis=1)


def condition_errors(error: np.ndarray, known: np.ndarray, ahead: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distribution of later errors given earlier ones, both normal.

    Parameters
    ----------
    error : covariance of all errors, (D, D)
    known : indices of errors that are known, (K,)
    ahead : indices of errors to predict, (A,)

    Returns
    -------
    gain, covariance
        The conditional mean is gain @ known errors, gain (A, K); the conditional covariance is (A, A).
    """
    gain = np.linalg.solve(error[np.ix_(known, known)], error[np.ix_(known, ahead)]).T
    return gain, error[np.ix_(ahead, ahead)] - gain @ error[np.ix_(known, ahead)]


def _target(row: dict[str, str]) -> Target:
    return Target(
        row["indicator"],
        row["place"],
        int(row["from"]),
        int(row["to"]),
        float(row["value"]),
        float(row["tolerance"]),
        row["scale"],
        row["split"],
        row["grade"],
        row["source"],
        row["note"],
    )
