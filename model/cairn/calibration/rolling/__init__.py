"""Forecasts from rolling origins: runs, benchmarks, scores, figures, and what each mechanism does to the scores."""

from cairn.calibration.rolling.mechanism_scores import score_mechanisms, support_of
from cairn.calibration.rolling.rolling_origins import RollingOrigins, compute_rolling_origins

__all__ = ["RollingOrigins", "compute_rolling_origins", "score_mechanisms", "support_of"]
