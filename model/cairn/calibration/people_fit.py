"""Least squares on the recorded figures of visits and of direct investment.

The defaults of the parameters of `cairn.rules.people` are these fits, rounded. Figures of visits after `FITTED_TO` are
held back. Openness in the tables is the recorded one, or the orders in force, not that of a run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from cairn.core.calendar import FIRST_YEAR
from cairn.core.geography import CENTRAL_ASIA, CODES
from cairn.core.inputs import Inputs
from cairn.record.tables import read
from cairn.rules.people import REFERENCE_KM

FITTED_TO = 2022  # last year of the visits that are fitted


@dataclasses.dataclass(frozen=True, eq=False)
class LeastSquares:
    """A linear fit of logarithms.

    Parameters
    ----------
    values, errors : by parameter: estimate and standard error, as if figures were independent, which they are not
    residual_sd : log, standard deviation of the residuals, degrees of freedom taken off
    residuals : log, of the figures fitted
    held_back : log, misses of the figures that were not fitted
    """

    values: Mapping[str, float]
    errors: Mapping[str, float]
    residual_sd: float
    residuals: np.ndarray
    held_back: np.ndarray


@dataclasses.dataclass(frozen=True)
class VisitFigure:
    """A recorded number of visits.

    Parameters
    ----------
    origin, host : citizens of which state, to which
    year : of the period's end
    mn_per_year : million visits, at the rate of the period
    crossings : whether all border crossings are counted, and not only visits of tourists
    openness : 0..1, for persons, mean of the period
    """

    origin: str
    host: str
    year: int
    mn_per_year: float
    crossings: bool
    openness: float


def visit_figures() -> list[VisitFigure]:
    """All recorded visits for any purpose, at a yearly rate."""
    rows = [row for row in read("record_visitors") if row["purpose"] == "all"]
    return [
        VisitFigure(
            row["from"],
            row["to"],
            int(row["period"][8:12]),
            float(row["mn"]) * 12 / months(row["period"]),
            row["counts"] == "crossings",
            float(row["openness"]),
        )
        for row in rows
    ]


def months(period: str) -> int:
    """Months of a period, both ends included.

    >>> months("2023-01/2023-07")
    7
    """
    (first, begin), (last, end) = ([int(part) for part in date.split("-")] for date in period.split("/"))
    return 12 * (last - first) + end - begin + 1


def fit_visits(last_year: int = FITTED_TO) -> LeastSquares:
    """Parameters of `cairn.rules.people.visits` from figures up to a year.

    Sources that count all crossings of the border have a level of their own, `crossings`, since they count traders and
    workers whom the counts of tourists leave out; the model's visits are those of tourists.
    """
    figures = visit_figures()
    columns, target = visit_regression(figures)
    return _least_squares(columns, target, np.array([figure.year <= last_year for figure in figures]))


def visit_regression(figures: Sequence[VisitFigure]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Columns of the regression by parameter, and ln of visits per geometric mean of the two incomes."""
    inputs, geography = Inputs.load(), CENTRAL_ASIA
    ends = [(CODES.index(figure.origin), CODES.index(figure.host)) for figure in figures]
    incomes = np.array(
        [_income(i, f.year, real=True) * _income(j, f.year, real=True) for (i, j), f in _zip(ends, figures)]
    )
    far = np.array([inputs.distance_km[i, j, 0] / REFERENCE_KM for i, j in ends])
    columns = {
        "visit_scale": np.ones(len(figures)),
        "visit_distance_elasticity": -np.log(far),
        "visit_openness_elasticity": np.log([figure.openness for figure in figures]),
        "visit_border_gain": np.array([float(geography.neighbours[i, j, 0]) for i, j in ends]),
        "crossings": np.array([float(figure.crossings) for figure in figures]),
    }
    return columns, np.log([figure.mn_per_year for figure in figures]) - np.log(incomes) / 2


def fit_investment() -> LeastSquares:
    """Parameters of `cairn.rules.people.investment` from all figures. None is held back: they are of four pairs."""
    rows = read("record_investment")
    years = [int(row["date"][:4]) for row in rows]
    ends = [tuple(CODES.index(code) for code in row["pair"].split("-")) for row in rows]
    incomes = np.array([_income(i, year) * _income(j, year) for (i, j), year in _zip(ends, years)])
    known = np.array([float(row["openness"]) * float(row["agreement"]) for row in rows])
    columns = {
        "investment_scale": np.ones(len(rows)),
        "investment_border_gain": np.array([float(CENTRAL_ASIA.neighbours[i, j, 0]) for i, j in ends]),
    }
    target = np.log([float(row["usd_bn"]) for row in rows]) - np.log(incomes) / 2 - np.log(known)
    return _least_squares(columns, target, np.ones(len(rows), bool))


def purpose_shares(purpose: str) -> np.ndarray:
    """Ln of the share of all tourists' visits that were for a purpose, for each figure with a total of the same year.

    Parameters
    ----------
    purpose : treatment or study
    """
    totals: dict[tuple[str, str, int], list[float]] = {}
    for figure in visit_figures():
        if not figure.crossings:
            totals.setdefault((figure.origin, figure.host, figure.year), []).append(figure.mn_per_year)
    shares = []
    for row in read("record_visitors"):
        of_all = totals.get((row["from"], row["to"], int(row["period"][8:12])))
        if row["purpose"] == purpose and of_all:
            shares.append(float(row["mn"]) * 12 / months(row["period"]) / np.mean(of_all))
    return np.log(shares)


def _least_squares(columns: Mapping[str, np.ndarray], target: np.ndarray, fitted: np.ndarray) -> LeastSquares:
    """Fit the marked figures; parameters named as scales are given back as such, not as logarithms."""
    matrix = np.stack(list(columns.values()), axis=1)
    estimate, *_ = np.linalg.lstsq(matrix[fitted], target[fitted], rcond=None)
    miss = target - matrix @ estimate
    residual_sd = float(np.sqrt((miss[fitted] ** 2).sum() / (fitted.sum() - len(columns))))
    covariance = np.linalg.inv(matrix[fitted].T @ matrix[fitted])
    errors = residual_sd * np.sqrt(np.diag(covariance))
    values = {
        name: float(np.exp(value) if name.endswith("_scale") else value)
        for name, value in zip(columns, estimate, strict=True)
    }
    return LeastSquares(
        values, dict(zip(columns, errors.tolist(), strict=True)), residual_sd, miss[fitted], miss[~fitted]
    )


def _income(state: int, year: int, real: bool = False) -> float:
    """Income of a state in a year, bn USD, of 2015 if `real`; after the record ends, that of its last quarter."""
    inputs, first = Inputs.load(), (year - FIRST_YEAR) * 4
    quarters = np.minimum(np.arange(first, first + 4), len(inputs.gdp) - 1)
    prices = inputs.price_level[quarters, 0] if real else 1.0
    return float((inputs.gdp[quarters, state] / prices).mean())


def _zip(*sequences: Sequence) -> zip:
    return zip(*sequences, strict=True)
