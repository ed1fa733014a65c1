"""Forecasts from rolling origins: runs, benchmarks, scores, figures."""
