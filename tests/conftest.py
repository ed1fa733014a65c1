"""Fixtures and settings shared by the tests."""

import os

# pytest-xdist keeps every core busy: more threads in each process only compete. Read when numpy is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import settings

from cairn import figures
from cairn.scenario.scenario import Scenario

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
