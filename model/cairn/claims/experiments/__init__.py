"""Experiments: arms (scenarios that are compared), the changes they make to the baseline, and their runs."""
