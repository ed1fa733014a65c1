"""Benchmark forecasts of each pair's trade, fitted to the same years as the model.

Each forecasts ln trade as a normal distribution, (mean, standard deviation) for each target of the test.

=====================  ===========================================================================================
persistence            the last known value, with the error of a random walk
trend                  a straight line through the years, with the prediction error of ordinary least squares
gravity                Poisson pseudo-maximum likelihood on incomes with an effect for each pair; it is given the
                       observed incomes of the years to be forecast
gravity, last error    gravity plus its last error, which decays like the errors of the targets
=====================  ===========================================================================================
"""

from __future__ import annotations

import numpy as np

from cairn.calibration.targets import Targets, condition_errors
from cairn.core.calendar import FIRST_YEAR
from cairn.core.geography import PAIR_NAMES, PAIRS
from cairn.core.inputs import Inputs

Forecast = tuple[np.ndarray, np.ndarray]  # mean, standard deviation of ln trade


def persistence(fit: Targets, test: Targets) -> Forecast:
    """The last value of each pair; the error grows with the root of the years since then.

    Parameters
    ----------
    fit : targets of trade to fit to
    test : targets of trade to forecast

    Returns
    -------
    mean, standard deviation
        Of ln trade, (len(test),) each.
    """
    mean, sd = np.empty(len(test)), np.empty(len(test))
    for pair, rows in _rows_by_pair(test).items():
        years, values = _series(fit, pair)
        yearly = np.diff(values) / np.sqrt(np.diff(years))
        ahead = _years(test)[rows] - years[-1]
        mean[rows], sd[rows] = values[-1], yearly.std() * np.sqrt(ahead)
    return mean, sd


def trend(fit: Targets, test: Targets) -> Forecast:
    """Ordinary least squares of ln trade on the year for each pair. Parameters as for `persistence`."""
    mean, sd = np.empty(len(test)), np.empty(len(test))
    for pair, rows in _rows_by_pair(test).items():
        years, values = _series(fit, pair)
        middle, ahead = years.mean(), _years(test)[rows]
        slope, level = np.polyfit(years - middle, values, 1)
        residuals = values - level - slope * (years - middle)
        variance = (residuals**2).sum() / (len(years) - 2)
        leverage = 1 + 1 / len(years) + (ahead - middle) ** 2 / ((years - middle) ** 2).sum()
        mean[rows], sd[rows] = level + slope * (ahead - middle), np.sqrt(variance * leverage)
    return mean, sd


def gravity(fit: Targets, test: Targets) -> Forecast:
    """Trade on the product of incomes with an effect for each pair. Parameters as for `persistence`.

    Source
    ------
    Poisson pseudo-maximum likelihood: Santos Silva and Tenreyro 2006.
    """
    mean, residuals = _fit_gravity(fit, test)
    places = _pair_indices(fit)
    sd = np.array([residuals[places == p].std() for p in range(len(PAIR_NAMES))])
    return mean, sd[_pair_indices(test)]


def gravity_with_last_error(fit: Targets, test: Targets) -> Forecast:
    """Gravity plus its residuals so far, which decay as `Targets.error_covariance` says."""
    mean, residuals = _fit_gravity(fit, test)
    error = Targets([*fit.rows, *test.rows]).error_covariance()
    scale = float(residuals.var() / np.diag(error)[: len(fit)].mean())
    gain, covariance = condition_errors(error, np.arange(len(fit)), np.arange(len(fit), len(error)))
    return mean + gain @ residuals, np.sqrt(scale * np.diag(covariance))


BENCHMARKS = {"persistence": persistence, "trend": trend, "gravity": gravity}


def _fit_gravity(fit: Targets, test: Targets) -> tuple[np.ndarray, np.ndarray]:
    """Mean of ln trade for the test, and residuals of the fit."""
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    result = GLM(np.exp(fit.observed), _regressors(fit), family=Poisson()).fit()
    return np.log(result.predict(_regressors(test))), fit.observed - np.log(result.fittedvalues)


def _regressors(targets: Targets) -> np.ndarray:
    """An indicator for each pair and ln of the product of incomes, (D, 11)."""
    tables, places = Inputs.load(), _pair_indices(targets)
    incomes = np.log(tables.gdp[: len(tables.gdp) // 4 * 4].reshape(-1, 4, tables.gdp.shape[1]).mean(1))
    at = np.minimum(_years(targets) - FIRST_YEAR, len(incomes) - 1)
    pairs = np.array(PAIRS)[places]
    product = incomes[at, pairs[:, 0]] + incomes[at, pairs[:, 1]]
    return np.column_stack([np.eye(len(PAIR_NAMES))[places], product])


def _years(targets: Targets) -> np.ndarray:
    return np.array([t.first_year for t in targets.rows])


def _pair_indices(targets: Targets) -> np.ndarray:
    return np.array([PAIR_NAMES.index(t.place) for t in targets.rows])


def _rows_by_pair(targets: Targets) -> dict[str, np.ndarray]:
    names = [t.place for t in targets.rows]
    return {pair: np.array([k for k, name in enumerate(names) if name == pair]) for pair in dict.fromkeys(names)}


def _series(targets: Targets, pair: str) -> tuple[np.ndarray, np.ndarray]:
    """Years and values of ln trade of a pair."""
    rows = _rows_by_pair(targets)[pair]
    return _years(targets)[rows], targets.observed[rows]
