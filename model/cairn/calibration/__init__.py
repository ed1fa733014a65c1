"""Calibration of the parameters to observations up to 2015, and validation against later ones.

`targets` holds the observations; `indicators` computes the same quantities from a run. `priors`, `simulator`, `esmda`
and `fit` estimate the parameters, `posterior` writes the result. `ablations` repeats the calibration without one
mechanism at a time, `sbc` tests the method on synthetic observations, `validation` scores the calibrated model.
"""
