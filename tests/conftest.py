"""Fixtures and settings shared by the tests."""

import os

# pytest-xdist keeps every core busy: more threads in each process only compete. Read when numpy is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import sys

import pytest
from hypothesis import settings

from cairn import figures
from cairn.core.forcing import Forcing
from cairn.events.base import _LISTENERS, EVENT_TYPES
from cairn.scenario.scenario import Scenario
from cairn.step.measures import MEASURES
from cairn.support.plugins import _LOADED

# The same examples each time, and no clock: machines are noisy.
settings.register_profile("cairn", derandomize=True, deadline=None, max_examples=40)
settings.load_profile("cairn")


@pytest.fixture(scope="session")
def baseline() -> Scenario:
    return Scenario.load("baseline")


@pytest.fixture
def one_figure(monkeypatch):
    """Commands draw one figure of a run in place of all, in tests of something else."""
    monkeypatch.setattr(figures, "FIGURES", {"integration": figures.FIGURES["integration"]})


@pytest.fixture
def registry():
    """Event types, forcing variables, measures and plugins as they are shipped, also after the test."""
    registries = [(known, dict(known)) for known in (EVENT_TYPES, Forcing.variables, MEASURES, _LOADED)]
    modules = set(sys.modules)
    yield
    for name in _LOADED:
        if name not in modules:
            sys.modules.pop(name, None)
    for known, before in registries:
        for name in known.keys() - before.keys():
            del known[name]
    for listener in _LISTENERS:
        listener()
