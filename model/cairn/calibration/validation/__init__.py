"""Validation: scores of the calibrated model on observations, benchmark forecasts, and the page VALIDATION.md."""

from cairn.calibration.validation.forecast_comparison import ForecastComparison, compare_forecasts
from cairn.calibration.validation.people_fit import fit_investment, fit_visits, purpose_shares
from cairn.calibration.validation.scorecard import Scorecard, compute_scorecard

__all__ = [
    "ForecastComparison",
    "Scorecard",
    "compare_forecasts",
    "compute_scorecard",
    "fit_investment",
    "fit_visits",
    "purpose_shares",
]
