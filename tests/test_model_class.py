"""`model_class=`: submodels, agents and variables of a user's own in runs, branches, comparisons and sweeps."""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from cairn import (
    Block,
    CentralAsia,
    Country,
    Submodel,
    Sweep,
    branch,
    compare,
    open_sweep,
    register_measure,
    run,
    run_sweep,
    variable,
)
from cairn.effects.comparison_tables import to_text
from cairn.effects.report_outcomes import subject
from cairn.ensemble.annual import by_year
from cairn.ensemble.checkpoint import Checkpoint, CheckpointError
from cairn.ensemble.netcdf_store import save
from cairn.ensemble.own_code import described, provenance_of
from cairn.exploration.adapters import model_at, outcomes_at
from cairn.step.decisions import decide
from cairn.step.submodels import TradeModel
from cairn.support.errors import InputError
from cairn.sweeps.store import StoreError
from cairn.sweeps.sweep_spec import SweepError

ROOT = Path(__file__).parent.parent


class CountBlock(Block):
    quarters_counted = variable((), "1", "quarters so far", annual="last", record=True)
    openness_seen = variable(("country",), "1", "openness so far", annual="sum", record=True)


class Counter(Submodel):
    """Counts quarters, and adds up openness."""

    block = CountBlock

    def before_decisions(self, state, context):
        count = state.counter
        return {
            "quarters_counted": count.quarters_counted + 1,
            "openness_seen": count.openness_seen + state.relations.openness.mean(axis=1),
        }


class Halved(TradeModel):
    """A share of the trade that the shipped submodel gives."""

    def __init__(self, share):
        self.share = share

    def before_decisions(self, state, context):
        changes = super().before_decisions(state, context)
        return {**changes, "pair_trade_usd_bn": self.share * changes["pair_trade_usd_bn"]}


class Deliberate(Country):
    """Decides for itself."""

    def decide(self):
        self.decision = decide(self.view, self.model.context, self.parameters)


Mine = partial(CentralAsia, submodels={"counter": Counter, "trade": Halved(0.5)}, agent_class=Deliberate)


class Derived(CentralAsia):
    """The shipped model under another name."""


SWEEP = {
    "title": "A sweep of a model of one's own",
    "question": "Does it record its variables?",
    "uncertainties": {"gain": {"parameter": "trust_gain"}},
    "design": {"kind": "random", "samples": 6},
    "members": 2,
    "to_year": 1993,
    "points_per_file": 2,
    "outcomes": {
        "count": {"measure": "quarters_counted", "year": 1993},
        "seen": {"measure": "openness_seen", "of": "UZB", "year": 1993},
        "trade": {"measure": "trade_total_usd_bn", "year": 1993},
    },
}


@pytest.fixture(scope="module")
def whole():
    return run("baseline", 6, 1, to_year=1994, model_class=Mine)


def test_variables_of_ones_own_are_in_a_run_like_the_shipped_ones(whole):
    assert whole.openness_seen.dims == ("member", "time", "country")
    assert whole.openness_seen.attrs == {"units": "1", "long_name": "openness so far", "annual": "sum"}
    assert (whole.quarters_counted == np.arange(1, 13)).all()
    shipped = run("baseline", 6, 1, to_year=1992, outputs="trade_total_usd_bn")
    own = run("baseline", 6, 1, to_year=1992, outputs="trade_total_usd_bn", model_class=Mine)
    assert np.allclose(own.trade_total_usd_bn[:, 0], shipped.trade_total_usd_bn[:, 0] / 2)
    with pytest.raises(ValueError, match=r"there is no output 'openness_sen'; .*did you mean 'openness_seen'"):
        run("baseline", 2, 1, outputs="openness_sen", model_class=Mine)
    with pytest.raises(ValueError, match="there is no output 'openness_seen'"):
        run("baseline", 2, 1, outputs="openness_seen")


def test_chunks_processes_and_files_change_no_bit_of_them(whole, tmp_path):
    chosen = ("trade_total_usd_bn", "quarters_counted", "openness_seen")
    for jobs in (1, 2):
        with run("baseline", 6, 1, to_year=1994, outputs=chosen, model_class=Mine, jobs=jobs, chunk=2,
                 store=tmp_path / "run.nc") as stored:  # fmt: skip
            assert all(np.array_equal(stored[name], whole[name]) for name in chosen)
    save(whole[list(chosen)], tmp_path / "saved.nc")
    assert (tmp_path / "saved.nc").read_bytes() == (tmp_path / "run.nc").read_bytes()


def test_a_file_says_how_quarters_become_years(whole, tmp_path):
    save(whole[["quarters_counted", "openness_seen", "incidents"]], tmp_path / "run.nc")
    with xr.open_dataset(tmp_path / "run.nc", engine="h5netcdf") as file:
        assert by_year(file.quarters_counted).values.tolist() == [[4, 8, 12]] * 6
        sums = file.openness_seen.values.reshape(6, 3, 4, 5).sum(axis=2)
        assert np.allclose(by_year(file.openness_seen).values, sums)
        assert by_year(file.quarters_counted, "first").values.tolist() == [[1, 5, 9]] * 6
        assert file.incidents.annual == "sum"


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_comparison_has_them(jobs):
    pair = ["baseline", "karimov_line"]
    outcomes = ["openness_seen", "quarters_counted", "trust_mean"]
    found = compare(pair, 4, 1, to_year=2018, outcomes=outcomes, model_class=Mine, jobs=jobs)
    assert (found.values("quarters_counted", "baseline") == 4 * np.arange(1, 28)).all()
    effects = found.effects("openness_seen", year=2018)
    assert len(effects) == 5 and (effects.loc["karimov_line"].loc["openness_seen[UZB]"][["median", "mean"]] < 0).all()
    assert found.effect("openness_seen[UZB]", 2000).mean == 0
    assert "Counter sha256" in found.dataset.attrs["model_class"]
    assert "openness so far UZB" in to_text(found, years=[2018]) and "quarters so far" in to_text(found, years=[2018])
    assert subject(found.outcome("openness_seen:UZB")) == "openness so far UZB"


def test_a_branch_continues_them_and_no_other_model(whole, tmp_path):
    _, (kept,) = run("baseline", 6, 1, to_year=1994, model_class=Mine, checkpoints=["1993-04"])
    kept.save(tmp_path / "kept.npz")
    for checkpoint in (kept, tmp_path / "kept.npz"):
        later = branch(checkpoint, to_year=1994, model_class=Mine, jobs=2)
        assert all(np.array_equal(later[name], whole[name][:, 5:], equal_nan=True) for name in whole.data_vars)
        assert later.attrs["model_class"] == whole.attrs["model_class"]
        for another in (None, Derived, partial(Mine, submodels={"counter": Counter, "trade": Halved(0.6)})):
            with pytest.raises(CheckpointError, match=r"is of a run with model_class cairn\.model\.CentralAsia\("):
                branch(checkpoint, to_year=1994, model_class=another)
    assert Checkpoint.load(tmp_path / "kept.npz", Mine).own_code == dict(kept.own_code)


def test_a_sweep_records_them_wherever_it_runs(tmp_path):
    sweep = Sweep.of("own", model_class=Mine, **SWEEP)
    run_sweep(sweep, tmp_path / "here", jobs=1)
    run_sweep(sweep, tmp_path / "there", jobs=2)
    here, there = (open_sweep(tmp_path / name) for name in ("here", "there"))
    assert here.frame().equals(there.frame()) and (here.frame()["count"] == 8).all()
    assert here.about["model_class"] == described(Mine) == here.dataset().attrs["model_class"]
    point = {"gain": float(here.points().gain.iloc[0])}
    assert outcomes_at(sweep, **point) == pytest.approx(here.points().iloc[0][["count", "seen", "trade"]].to_dict())
    assert isinstance(model_at(sweep, **point).countries[0], Deliberate)


def test_a_sweep_goes_on_under_the_same_model_only(tmp_path):
    sweep = Sweep.of("own", model_class=Mine, **SWEEP)
    run_sweep(sweep, tmp_path, jobs=1, shard=(1, 2))
    with pytest.raises(StoreError, match=r"was begun with model_class .*, this is model_class .*give the same"):
        run_sweep(open_sweep(tmp_path).sweep, tmp_path, model_class=partial(Mine, agent_class=Country))
    with pytest.raises(SweepError, match=r"outcomes\.count\.measure: no such measure"):
        run_sweep(open_sweep(tmp_path).sweep, tmp_path, model_class=Derived)
    with pytest.raises(StoreError, match="this is the shipped model"):
        run_sweep(open_sweep(tmp_path).sweep, tmp_path)
    assert run_sweep(open_sweep(tmp_path).sweep, tmp_path, model_class=Mine, jobs=1).kept == 2
    with pytest.raises(SweepError, match="no such measure"):
        Sweep.of("own", **SWEEP)


def test_a_measure_registered_by_a_script_is_in_worker_processes(registry, tmp_path):
    register_measure("twice", (), "1", "twice the trust", annual="last")(
        lambda model: 2 * model.measured()["trust_mean"]
    )
    one, two = (run("baseline", 4, 1, to_year=1993, outputs="twice,trust_mean", jobs=jobs) for jobs in (1, 2))
    assert one.equals(two) and np.allclose(one.twice, 2 * one.trust_mean)
    assert "measure twice" in one.attrs["registered"] and "registered" in provenance_of()


SCRIPT = """
from functools import partial
import numpy as np
from cairn import Block, CentralAsia, Submodel, Sweep, compare, open_sweep, run, run_sweep, variable
class CountBlock(Block):
    count = variable((), "1", "quarters so far", annual="last", record=True)
class Counter(Submodel):
    block = CountBlock
    def before_decisions(self, state, context):
        return {"count": state.counter.count + 1}
Mine = partial(CentralAsia, submodels={"counter": Counter()})
one, two = (run("baseline", 4, 1, to_year=1993, outputs="count", model_class=Mine, jobs=jobs) for jobs in (1, 2))
assert one.equals(two) and float(two["count"][0, -1]) == 8
pair = ["baseline", "karimov_line"]
found = compare(pair, 4, 1, to_year=1993, outcomes=["count"], model_class=Mine, jobs=2)
assert found.values("count")[0].tolist() == [4, 8]
sweep = Sweep.of("own", Mine, title="A sweep", question="Does it run?", members=2, to_year=1993, points_per_file=1,
    uncertainties={"gain": {"parameter": "trust_gain"}}, design={"kind": "random", "samples": 2},
    outcomes={"count": {"measure": "count", "year": 1993}})
run_sweep(sweep, "sweep", jobs=2)
assert open_sweep("sweep").frame()["count"].tolist() == [8, 8, 8, 8]
print("done")
"""


def test_classes_of_a_program_on_standard_input_reach_worker_processes(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "model"), str(ROOT)])}
    done = subprocess.run(
        [sys.executable, "-"], input=SCRIPT, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout == "done\n", done.stderr


def test_the_shipped_model_adds_nothing_to_a_result():
    assert provenance_of() == {}
    assert set(run("baseline", 1, 1, to_year=1992, outputs="summary").attrs) == {
        "title", "name", "question", "scenario", "seed", "first_member", "members", "parameters", "version", "commit",
        "events_marked", "conditioned_until",
    }  # fmt: skip


def test_what_differs_in_a_model_is_described_with_its_source_and_values():
    text = described(Mine)
    for part in (
        "cairn.model.CentralAsia(submodels={counter: ",
        ".Halved sha256 ",
        "(share=0.5)",
        ".Deliberate sha256 ",
    ):
        assert part in text
    assert described(partial(CentralAsia)) == "cairn.model.CentralAsia()"
    assert described(Halved(0.5)) != described(Halved(0.6))
    assert described(np.ones(3)) != described(np.zeros(3))


def test_what_a_block_declares_is_a_part_of_the_digest():
    def counter(first):
        class StartBlock(Block):
            quarters_counted = variable((), "1", "quarters so far", initial=first)

        class Start(Submodel):
            block = StartBlock

        return described(partial(CentralAsia, submodels={"counter": Start()}))

    assert counter(0.0) == counter(0.0) != counter(1.0)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (7, "model_class is a int; give a class derived from CentralAsia"),
        (dict, "model_class made a dict; derive the class from CentralAsia"),
    ],
)
def test_what_is_no_model_class_is_one_sentence(made, message):
    if made is dict:
        made = lambda *arguments, **options: {}  # noqa: E731
    with pytest.raises(InputError, match=message):
        run("baseline", 2, 1, model_class=made)
