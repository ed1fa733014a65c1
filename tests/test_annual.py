"""Quarters become years in one place, by rules that do not depend on the layout of an array."""

import numpy as np
import pytest
import xarray as xr

from cairn import run
from cairn.ensemble.annual import RULES, add_quarter, annual_values, by_year, complete_years, end_of_year, whole_years
from cairn.ensemble.output_variables import (
    LABELS,
    SUMMARY,
    annual_rule,
    dims_of,
    measured,
    resolve_outputs,
)
from cairn.model import CentralAsia
from cairn.step.measures import catalogue


@pytest.fixture(scope="module")
def dataset():
    return run("baseline", members=5, seed=2, to_year=1996)


def test_annual_values_are_those_of_xarray(dataset):
    how = {"sum": "sum", "any": "max", "last": "last", "mean": "mean"}
    for name, values in dataset.data_vars.items():
        grouped = getattr(values.groupby("time.year"), how[annual_rule(name)])()
        assert by_year(values).equals(grouped.transpose(*by_year(values).dims)), name


@pytest.mark.parametrize("rule", RULES)
def test_annual_values_do_not_depend_on_the_layout(rule):
    quarters = np.random.default_rng(1).random((7, 24, 3)).astype(np.float32)
    expected = annual_values(quarters, rule)
    assert expected.shape == (7, 6, 3) and expected.dtype == np.float32
    last = annual_values(np.moveaxis(quarters, 1, 2).copy(), rule, axis=2)
    assert np.array_equal(np.moveaxis(last, 2, 1), expected, equal_nan=True)
    if rule in ("sum", "any", "last", "mean"):
        year = None
        for quarter in range(4, 8):
            year = add_quarter(year, quarters[:, quarter], rule)
        assert np.array_equal(end_of_year(year, rule), expected[:, 1])


def test_seasons():
    quarters = np.arange(8.0)[None]
    assert annual_values(quarters, "first").tolist() == [[0, 4]]
    assert annual_values(quarters, "summer").tolist() == [[3, 11]]
    assert np.array_equal(annual_values(quarters, "winter"), [[np.nan, 7]], equal_nan=True)


def test_years_that_are_not_complete_are_left_out(dataset):
    part = dataset.isel(time=slice(2, 19))
    assert complete_years(part.time.values) == slice(2, 14)
    assert whole_years(part).sizes["time"] == 12
    assert by_year(part.trust_mean).year.values.tolist() == [1993, 1994, 1995]
    assert xr.testing.assert_equal(by_year(part.trust), by_year(dataset.trust).sel(year=[1993, 1994, 1995])) is None
    assert whole_years(dataset.isel(time=slice(1, 3))).sizes["time"] == 0


def test_every_measure_is_declared_with_its_dimensions():
    model = CentralAsia("baseline", 3, 1, collect=False)
    model.run_for(1)
    shapes = {name: value.shape for name, value in measured(model, resolve_outputs("all")).items()}
    assert shapes == {name: (*(len(LABELS[dim]) for dim in dims_of(name)), 3) for name in catalogue()}


def test_outputs_are_chosen_by_name():
    few = run("baseline", members=2, seed=2, to_year=1993, outputs=["trust", "openness_mean"])
    assert list(few.data_vars) == ["openness_mean", "trust"]
    assert list(run("baseline", members=1, seed=2, to_year=1992, outputs="summary").data_vars) == list(SUMMARY)
    whole = run("baseline", members=2, seed=2, to_year=1993)
    assert list(whole.data_vars) == list(catalogue())
    assert few.trust.equals(whole.trust)


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ("trst", "did you mean 'trust'"),
        ("trust,opennes", "did you mean 'openness'"),
        ([], "empty"),
        ("", "no output ''"),
    ],
)
def test_unknown_outputs_are_refused_with_the_nearest(outputs, message):
    with pytest.raises(ValueError, match=message):
        resolve_outputs(outputs)
