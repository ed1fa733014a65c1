"""Two programs of the same equations, written independently, agree on the means of 500 members."""

import numpy as np
import pytest

from tests.reference import our_figures, reference_figures

MEMBERS = 500
FIGURES = reference_figures()


@pytest.fixture(scope="module")
def ours():
    return our_figures(MEMBERS, seed=11)


@pytest.mark.parametrize("quantity", FIGURES, ids=lambda q: f"{q[0]} {q[1]}")
def test_means_agree_within_monte_carlo_error(ours, quantity):
    mean, spread, members = FIGURES[quantity]
    own = ours[quantity]
    error = np.sqrt(spread**2 / members + own.var() / len(own))
    assert abs(own.mean() - mean) <= 4 * error + 1e-4  # 112 comparisons: four standard errors
