"""The baseline run: stored figures, water, bounds, one dataset whatever the chunks, processes and folders."""

import json

import numpy as np
import pytest

from cairn import run
from cairn.core.geography import CODES, PAIR_NAMES
from cairn.ensemble.netcdf_store import save
from cairn.model import CentralAsia
from cairn.scenario.scenario import Scenario
from cairn.step.hydrology import KAMBARATA, NUREK, ROGUN, TOKTOGUL
from tests.renew_baseline import FILE, fingerprint


@pytest.fixture(scope="module")
def ensemble():
    return run("baseline", members=12, seed=1)


def test_the_baseline_gives_the_stored_figures():
    stored, now = json.loads(FILE.read_text()), fingerprint()
    assert set(stored) == set(now)
    for name, values in stored.items():
        assert np.allclose(values, now[name], rtol=1e-5, atol=1e-8), (
            f"{name} changed; if that is meant, run `python -m tests.renew_baseline` and say why"
        )


def test_every_variable_has_unit_and_long_name_and_finite_values(ensemble):
    for name, values in ensemble.data_vars.items():
        assert values.units and values.long_name, name
        assert np.isfinite(values.values).all(), name
        assert values.dtype == np.float32
    for key in ("title", "scenario", "seed", "version", "commit", "parameters"):
        assert key in ensemble.attrs
    assert "succession" in ensemble.attrs["scenario"]
    assert ensemble.sizes["time"] == 196
    assert list(ensemble.country.values) == list(CODES) and list(ensemble.pair.values) == list(PAIR_NAMES)


def test_shares_are_between_zero_and_one(ensemble):
    for name in ("integration_index", "trust", "openness", "undelimited_share", "agreement", "shortage", "posture",
                 "membership_overlap"):  # fmt: skip
        assert float(ensemble[name].min()) >= 0 and float(ensemble[name].max()) <= 1, name


def test_turkmenistan_leaves_the_grid_in_2003_and_tajikistan_is_cut_off_from_2009_to_2024(ensemble):
    grid = ensemble.in_grid.isel(member=0)
    assert grid.sel(country="TKM", time="2004-01-01") == 0
    assert grid.sel(country="TJK", time="2009-07-01") == 1
    assert grid.sel(country="TJK", time="2012-01-01") == 0
    assert grid.sel(country="TJK", time="2025-01-01") == 1
    assert (grid.sel(country="UZB") == 1).all()


def test_water_balances_in_every_season_and_member(baseline):
    model = CentralAsia(baseline, 40, 2, collect=False)
    before = model.state.water.storage_km3
    for _ in range(196):
        model.run_for(1)
        now = model.state.water
        inflow, outflow = now.inflow_km3, now.release_km3 + now.spill_km3
        assert np.abs(now.storage_km3 - (before + inflow - outflow)).max() < 1e-9
        assert np.abs(inflow[TOKTOGUL] - outflow[KAMBARATA]).max() < 1e-9
        assert np.abs(inflow[NUREK] - outflow[ROGUN]).max() < 1e-9
        assert (now.storage_km3 <= model.context.forcing.capacity_km3 + 1e-9).all()
        before = now.storage_km3


def test_visas_lower_openness_and_end_when_they_end(baseline):
    with_, without = (run(s, members=4, seed=3, to_year=2000) for s in (baseline, baseline.without("visa_tkm")))

    def at(ensemble, name, date):
        return ensemble[name].sel({"pair": "TKM-UZB", "time": date})

    before, after = "1999-04-01", "2000-01-01"
    assert np.array_equal(at(with_, "openness", before), at(without, "openness", before))
    assert (at(with_, "openness", after) < at(without, "openness", after)).all()
    assert (at(with_, "visitors_mn", after) < at(without, "visitors_mn", after)).all()


def test_chunks_and_processes_do_not_change_a_bit(baseline):
    settings = {"members": 10, "seed": 4, "to_year": 1999}
    whole = run(baseline, **settings)
    pieces = run(baseline, **settings, chunk=3)
    pooled = run(baseline, **settings, chunk=4, jobs=2)
    assert whole.identical(pieces) and whole.identical(pooled)


def test_the_same_run_gives_the_same_bytes(baseline, tmp_path):
    for name in ("a.nc", "b.nc"):
        save(run(baseline, members=3, seed=4, to_year=1994), tmp_path / name)
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.nc", "b.nc"]


def test_ten_variants_leave_the_baseline_as_it_was(baseline):
    before = run("baseline", members=2, seed=1, to_year=2000)
    for name in list(baseline.events)[:10]:
        run(baseline.without(name), members=1, seed=1, to_year=1993)
    after = run(Scenario.load("baseline"), members=2, seed=1, to_year=2000)
    assert before.identical(after)


def test_halving_the_posture_step_moves_median_openness_little(baseline):
    """The step of a border posture is resolution: a finer one moves the medians of openness little."""
    coarse = run(baseline, members=60, seed=2, to_year=2015, outputs="summary")
    fine = run(baseline.with_parameters(posture_step=0.04), members=60, seed=2, to_year=2015, outputs="summary")
    gap = (fine.openness_mean.median("member") - coarse.openness_mean.median("member")).isel(time=slice(-40, None))
    assert float(np.abs(gap).max()) < 0.04
