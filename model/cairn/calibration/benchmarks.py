"""Three simple forecasts of each pair's trade, fitted on the same years as the model, and a fourth that is not simple.

All speak of ln trade, as normal distributions: (mean, standard deviation) for each target of the test.

persistence   the last value known, with a random walk's error
trend         a straight line through the years, with the prediction error of ordinary least squares
gravity       Poisson pseudo-maximum likelihood on incomes with an effect for each pair, given the true incomes of the
              years to be forecast
gravity from
the last      the same, its error of the last year carried on as the model's own errors are
value
"""

from __future__ import annotations

import numpy as np

from cairn.calibration.targets import Targets, carried_on
from cairn.core.calendar import FIRST_YEAR
from cairn.core.geography import PAIR_NAMES, PAIRS
from cairn.core.inputs import Tables
from cairn.ensemble.annual import annual_values

Forecast = tuple[np.ndarray, np.ndarray]  # mean, standard deviation of ln trade


def persistence(fit: Targets, test: Targets) -> Forecast:
    """The last value of each pair, with the spread of its yearly changes times the root of the years ahead."""
    mean, spread = np.empty(len(test)), np.empty(len(test))
    for pair, rows in _by_pair(test).items():
        years, values = _series(fit, pair)
        yearly = np.diff(values) / np.sqrt(np.diff(years))
        ahead = _years(test)[rows] - years[-1]
        mean[rows], spread[rows] = values[-1], yearly.std() * np.sqrt(ahead)
    return mean, spread


def trend(fit: Targets, test: Targets) -> Forecast:
    """Ordinary least squares of ln trade on the year, pair by pair, with its prediction error."""
    mean, spread = np.empty(len(test)), np.empty(len(test))
    for pair, rows in _by_pair(test).items():
        years, values = _series(fit, pair)
        middle, ahead = years.mean(), _years(test)[rows]
        slope, level = np.polyfit(years - middle, values, 1)
        left = values - level - slope * (years - middle)
        variance = (left**2).sum() / (len(years) - 2)
        leverage = 1 + 1 / len(years) + (ahead - middle) ** 2 / ((years - middle) ** 2).sum()
        mean[rows], spread[rows] = level + slope * (ahead - middle), np.sqrt(variance * leverage)
    return mean, spread


def gravity(fit: Targets, test: Targets) -> Forecast:
    """Trade on the product of incomes with an effect for each pair, by Poisson pseudo-maximum likelihood.

    Source: Santos Silva and Tenreyro 2006; statsmodels.
    """
    ln_mean, left = _gravity(fit, test)
    places = _places(fit)
    spread = np.array([left[places == p].std() for p in range(len(PAIR_NAMES))])
    return ln_mean, spread[_places(test)]


def gravity_from_last(fit: Targets, test: Targets) -> Forecast:
    """Gravity plus what it missed so far, which fades as the errors of targets do (`Targets.error`)."""
    ln_mean, left = _gravity(fit, test)
    error = Targets([*fit.rows, *test.rows]).error()
    scale = float(left.var() / np.diag(error)[: len(fit)].mean())
    gain, open_ = carried_on(error, np.arange(len(fit)), np.arange(len(fit), len(error)))
    return ln_mean + gain @ left, np.sqrt(scale * np.diag(open_))


RIVALS = {"persistence": persistence, "trend": trend, "gravity": gravity}


def _gravity(fit: Targets, test: Targets) -> tuple[np.ndarray, np.ndarray]:
    """Means of the test's ln trade, and what the fit leaves over of its own."""
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    found = GLM(np.exp(fit.observed), _regressors(fit), family=Poisson()).fit()
    return np.log(found.predict(_regressors(test))), fit.observed - np.log(found.fittedvalues)


def _regressors(targets: Targets) -> np.ndarray:
    """An effect for each pair and ln of the product of incomes, (D, 11)."""
    tables, places = Tables.load(), _places(targets)
    incomes = np.log(annual_values(tables.gdp[: len(tables.gdp) // 4 * 4], "mean", axis=0))
    at = np.minimum(_years(targets) - FIRST_YEAR, len(incomes) - 1)
    pairs = np.array(PAIRS)[places]
    product = incomes[at, pairs[:, 0]] + incomes[at, pairs[:, 1]]
    return np.column_stack([np.eye(len(PAIR_NAMES))[places], product])


def _years(targets: Targets) -> np.ndarray:
    return np.array([t.first for t in targets.rows])


def _places(targets: Targets) -> np.ndarray:
    return np.array([PAIR_NAMES.index(t.place) for t in targets.rows])


def _by_pair(targets: Targets) -> dict[str, np.ndarray]:
    names = [t.place for t in targets.rows]
    return {pair: np.array([k for k, name in enumerate(names) if name == pair]) for pair in dict.fromkeys(names)}


def _series(targets: Targets, pair: str) -> tuple[np.ndarray, np.ndarray]:
    rows = _by_pair(targets)[pair]
    return _years(targets)[rows], targets.observed[rows]
