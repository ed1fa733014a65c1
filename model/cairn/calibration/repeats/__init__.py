"""Calibrations repeated: to other years, without mechanisms, on synthetic records."""
