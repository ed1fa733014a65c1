"""No state is favoured by its place in the arrays."""

import numpy as np
import pytest

from cairn.core.geography import CENTRAL_ASIA, CODES, Geography
from cairn.core.inputs import Inputs
from cairn.core.parameters import Parameters
from tests.permuted import permuted


@pytest.fixture(scope="module")
def usual():
    return permuted(CODES)


@pytest.mark.parametrize("order", [CODES[::-1], ("TJK", "KAZ", "UZB", "KGZ", "TKM")], ids="-".join)
def test_states_in_another_order_fare_the_same(usual, order):
    other = permuted(order)
    for name, array in usual.items():
        assert np.allclose(array, other[name], rtol=1e-9, atol=1e-12), name


def test_parameters_and_inputs_follow_the_states_by_name():
    geography = Geography.load(order=CODES[::-1])
    parameters = Parameters(geography=geography).replace(bloc_exposure={"UZB": 0.1})
    usual = Parameters().replace(bloc_exposure={"UZB": 0.1})
    inputs, usual_inputs = Inputs.load(geography), Inputs.load()
    for code in CODES:
        here, there = geography.index(code), CENTRAL_ASIA.index(code)
        for name in ("bloc_exposure", "winter_demand_gwh", "income_reference_usd_bn"):
            assert getattr(parameters, name)[here] == getattr(usual, name)[there]
        assert np.array_equal(inputs.gdp[:, here], usual_inputs.gdp[:, there])
        assert inputs.population_mn[here] == usual_inputs.population_mn[there]
        assert inputs.distance_km[here, -1] == usual_inputs.distance_km[there, -1]
    assert geography.border_names == CENTRAL_ASIA.border_names
