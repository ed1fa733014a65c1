"""Fixtures and settings shared by the tests."""

import pytest
from hypothesis import settings

from cairn.scenario.scenario import Scenario

# The same examples each time, and no clock: machines are noisy.
settings.register_profile("cairn", derandomize=True, deadline=None, max_examples=40)
settings.load_profile("cairn")


@pytest.fixture(scope="session")
def baseline() -> Scenario:
    return Scenario.load("baseline")
