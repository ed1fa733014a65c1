"""The model under the experiment drivers of Mesa, EMA Workbench and SALib."""

from functools import partial

import mesa
import numpy as np
import pytest

from cairn.ensemble.comparison import compare
from cairn.ensemble.outcomes import Outcome
from cairn.exploration import adapters
from cairn.exploration.adapters import (
    ema_model,
    evaluate,
    levels_from_values,
    model_at,
    outcomes_at,
    salib_problem,
)
from cairn.scenario.scenario import Scenario
from cairn.sweeps import Sweep
from cairn.sweeps.executors import require
from cairn.sweeps.factors import FactorError
from cairn.sweeps.outcome_columns import MissingValues
from cairn.sweeps.points import levels, simulate

SWEEP = Sweep.of(
    "adapters",
    title="A sweep for other drivers",
    question="Do all drivers get the same results?",
    uncertainties={
        "gain": {"parameter": "trust_gain"},
        "born": {"event": "uzb_leader_1992", "field": "born", "range": [1930, 1945]},
    },
    levers={"akayev": {"event": "kgz_leader_1992"}},
    design={"kind": "random", "samples": 5},
    members=2,
    to_year=1993,
    outcomes={"index": {"measure": "integration_index", "year": 1993}, "trade": {"measure": "dim_trade", "year": 1993}},
)


def test_mesa_batch_run_drives_it():
    rows = mesa.batch_run(
        partial(model_at, SWEEP, born=1938),
        {"gain": [0.03, 0.07], "akayev": [True, False]},
        rng=[1, 2],
        max_steps=8,
        number_processes=1,
        display_progress=False,
    )
    last = {(r["gain"], r["akayev"], r["rng"] if "rng" in r else r["seed"]): r for r in rows if r["AgentID"] == 1}
    assert len(last) == 8
    changed = Scenario.load("baseline").with_parameters(trust_gain=0.07)  # with the chances that the record implies
    index = Outcome("index at the end of the year", "integration_index", quarter=4)
    both = compare(["baseline", changed], members=1, seed=2, to_year=1993, outcomes=[index])
    value = float(both.values(index, both.compared[0])[0, -1])
    assert last[0.07, True, 2]["integration_index"] == pytest.approx(value, rel=1e-6)


def test_ema_workbench_drives_it():
    require("ema_workbench", "this test", "analysis")
    from ema_workbench import SequentialEvaluator

    with SequentialEvaluator(ema_model(SWEEP)) as evaluator:
        experiments, outcomes = evaluator.perform_experiments(scenarios=3, policies=2)
    assert len(experiments) == 6 and outcomes["index"].shape == (6,)
    row = experiments.iloc[4]
    values = {"gain": float(row.gain), "born": int(row.born), "akayev": bool(row.akayev)}
    assert outcomes["index"][4] == pytest.approx(outcomes_at(SWEEP, **values)["index"])


def test_salib_samples_and_analyses_it():
    from SALib.analyze import sobol
    from SALib.sample import sobol as sampler

    problem = salib_problem(SWEEP)
    X = sampler.sample(problem, 16, calc_second_order=False, seed=1)
    Y = evaluate(SWEEP, X)["index"]
    indices = sobol.analyze(problem, Y, calc_second_order=False, seed=1)
    assert problem["names"] == ["gain", "born", "akayev"] and np.isfinite(indices["ST"]).all()
    assert indices["ST"][1] == 0 < min(indices["ST"][[0, 2]])  # a year of birth matters only after 2025


def test_a_point_given_by_values_is_the_point_given_by_its_number():
    values = {f.name: [f.labels()[c] if f.levels else c for c in levels(SWEEP, 0, 10)[f.name]] for f in SWEEP.factors}
    assert all(
        (levels_from_values(SWEEP, values)[name] == column).all() for name, column in levels(SWEEP, 0, 10).items()
    )
    at = outcomes_at(SWEEP, **{name: column[3] for name, column in values.items()})
    assert at["index"] == pytest.approx(simulate(SWEEP, 3, 1)["index"].mean())


def test_a_value_that_is_not_allowed_is_refused():
    with pytest.raises(FactorError, match=r"gain: 5 is not in 0.02..0.09"):
        outcomes_at(SWEEP, gain=5, born=1940, akayev=True)
    with pytest.raises(FactorError, match="akayev: is missing"):
        outcomes_at(SWEEP, gain=0.05, born=1940)


def adapted(**outcome) -> Sweep:
    return SWEEP.replace(outcomes={"year": {"measure": "trust_mean", **outcome}})


VALUES = {"gain": 0.05, "born": 1940, "akayev": True}


def test_no_adapter_takes_an_outcome_that_can_be_missing_and_none_runs_anything(monkeypatch):
    monkeypatch.setattr(adapters, "simulate_levels", lambda *_: pytest.fail("simulated"))
    never = adapted(first_year_above=0.999)
    for door in (
        lambda: outcomes_at(never, **VALUES),
        lambda: evaluate(never, np.array([[0.05, 1.0, 0.0]])),
        lambda: ema_model(never),
    ):
        with pytest.raises(MissingValues, match=r"year: values can be missing.*if_never: YEAR.*ever_above"):
            door()


def test_a_declared_treatment_gives_the_year_or_the_share():
    assert outcomes_at(adapted(first_year_above=0.999, if_never=1994), **VALUES) == {"year": 1994.0}
    assert outcomes_at(adapted(ever_above=0.999), **VALUES) == {"year": 0.0}
    assert outcomes_at(adapted(ever_below=0.999), **VALUES) == {"year": 1.0}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gain": "much"}, "gain: expected a number in 0.02..0.09; got 'much'"),
        ({"gain": True}, "gain: expected a number"),
        ({"gain": None}, "gain: expected a number"),
        ({"gain": float("nan")}, "gain: nan is not in 0.02..0.09"),
        ({"gain": [0.03, 0.04]}, "gain: expected a number"),
        ({"akayev": "on"}, "akayev: 'on' is not one of True, False"),
        ({"akayev": 1}, "akayev: '1' is not one of True, False"),
        ({"born": 1938.5}, "born: '1938.5' is not one of 1930"),
        ({"born": True}, "born: 'True' is not one of 1930"),
        ({"gian": 0.05}, "gian: no such factor; did you mean 'gain'"),
    ],
)
def test_a_value_that_no_factor_has_is_refused_by_every_adapter_by_value(change, message):
    for door in (outcomes_at, model_at):
        with pytest.raises(FactorError, match=message):
            door(SWEEP, **VALUES | change)


def test_sequences_of_values_are_of_one_length_and_not_empty():
    with pytest.raises(FactorError, match="gain: has no values"):
        levels_from_values(SWEEP, {name: [] for name in VALUES})
    with pytest.raises(FactorError, match="born: has 1 values, but gain 2"):
        levels_from_values(SWEEP, {"gain": [0.05, 0.06], "born": [1940], "akayev": [True, True]})


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        (np.zeros((0, 3)), "at least one row"),
        (np.zeros((2, 2)), r"3 columns \(gain, born, akayev\); got the shape \(2, 2\)"),
        (np.zeros(3), "at least one row"),
        ([["much", "1", "1"]], "needs numbers; got 'much'"),
        ([[0.05, 1.0, None]], "needs numbers"),
        ([[True, True, True]], "needs numbers"),
        ([[0.05, 1.0, -1.0]], r"akayev: -1 in row 0 is not in 0\.\.2"),
        ([[0.05, 1.0, 1.0], [0.05, 16.5, 0.0]], r"born: 16.5 in row 1 is not in 0\.\.16"),
        ([[0.05, np.nan, 0.0]], "born: nan in row 0"),
        ([[np.inf, 0.0, 0.0]], "gain: inf in row 0"),
        ([[0.1, 0.0, 0.0]], r"gain: 0.1 in row 0 is not in 0.02..0.09"),
    ],
)
def test_a_sample_that_is_not_of_the_problem_is_refused(sample, message):
    with pytest.raises(FactorError, match=message):
        evaluate(SWEEP, sample)


def test_the_bounds_of_the_problem_are_allowed_though_rounded():
    low, high = np.array(salib_problem(SWEEP)["bounds"]).T
    at_ends = evaluate(SWEEP, [low, high, np.nextafter(low, -1), np.nextafter(high, 99)])["index"]
    assert at_ends[0] == at_ends[2] and at_ends[1] == at_ends[3]
