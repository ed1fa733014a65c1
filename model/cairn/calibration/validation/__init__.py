"""Validation: scores of the calibrated model on observations, benchmark forecasts, and the page VALIDATION.md."""

from cairn.calibration.validation.band_coverage import BandCoverage, run_band_coverage
from cairn.calibration.validation.forecast_comparison import ForecastComparison, compare_forecasts
from cairn.calibration.validation.scorecard import Scorecard, compute_scorecard

__all__ = [
    "BandCoverage",
    "ForecastComparison",
    "Scorecard",
    "compare_forecasts",
    "compute_scorecard",
    "run_band_coverage",
]
