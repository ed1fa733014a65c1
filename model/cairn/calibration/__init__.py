"""Calibration of the parameters to observations up to 2015, and validation against later ones.

`targets` holds the observations; `indicators` computes the same quantities from a run. `priors`, `simulator`, `esmda`
and `fit` estimate the parameters, `posterior` writes the result; `people_fit` fits visits and investment by least
squares. `conditioned` makes members that follow the record. `repeats` has the calibration without one mechanism at a
time, to other years and on synthetic observations; `rolling` forecasts from many years, `validation` scores.
"""
