"""Forecasts from rolling origins: runs, benchmarks, scores, figures."""

from cairn.calibration.rolling.rolling_origins import RollingOrigins, compute_rolling_origins

__all__ = ["RollingOrigins", "compute_rolling_origins"]
