"""The engine with members last gives the figures of the one before it, in which members came first.

Both compute the same equations on the same random numbers. They differ in the order in which sums over states, pairs
and economies are added up, and in the form of the logistic function: some 1e-16 of a figure a quarter, 1e-12 at most
after 49 years. The stored figures are single precision, 6e-8 of a figure. A relative tolerance of 1e-6 is above both,
and far below what any change of an equation, a parameter or a random number makes.
"""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from cairn.core.geography import CENTRAL_ASIA
from cairn.model import CentralAsia

FILE = Path(__file__).parent / "data" / "previous_engine.nc"
RELATIVE, ABSOLUTE = 1e-6, 1e-9  # the second for the logits of willingness, which pass through zero


@pytest.fixture(scope="module")
def stored():
    with xr.open_dataset(FILE, engine="h5netcdf") as figures:
        return figures.load()


def figure(model: CentralAsia, name: str, dims: tuple[str, ...]) -> np.ndarray:
    """A variable of the present state, or a measure, in the dimensions in which it is stored."""
    if name in model.measured():
        return model.measured()[name]
    array = model.state.array(name)
    narrow = {"pair": CENTRAL_ASIA.to_pairs, "border": CENTRAL_ASIA.to_borders}
    return narrow[dims[0]](array) if dims and dims[0] in narrow else array


@pytest.mark.parametrize("scenario", ["baseline", "karimov_line"])
def test_the_figures_of_the_previous_engine_are_those_of_this_one(stored, scenario):
    figures = stored.sel(scenario=scenario)
    assert len(figures.data_vars) == 15
    model = CentralAsia(scenario, figures.sizes["member"], seed=1, collect=False)
    for quarter in figures.quarter.values:
        model.run_for(int(quarter) - model.quarter)
        for name, values in figures.sel(quarter=quarter).data_vars.items():
            now = figure(model, str(name), tuple(str(dim) for dim in values.dims[:-1]))
            assert np.allclose(now, values.values, rtol=RELATIVE, atol=ABSOLUTE), (name, int(quarter))
