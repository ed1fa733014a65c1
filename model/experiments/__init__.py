"""Experiments on the model: what it was fitted to and how, what it was tested on, sweeps and what they say."""
