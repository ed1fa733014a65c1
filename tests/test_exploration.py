"""Sensitivity, discovery and robustness, on sweeps small enough to be checked by other means."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from cairn.cli.main import main
from cairn.core.parameters import FIELDS, FIXED_SUMS
from cairn.exploration.discovery import discover, to_text
from cairn.exploration.indices import all_factors, morris_sweep
from cairn.exploration.robustness import robustness, to_frame
from cairn.scenario.scenario import Scenario
from cairn.sweeps import Sweep, open_sweep, run_sweep
from cairn.sweeps.factors import Factor

QUICK = ["--jobs", "1", "--quiet"]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


# --- sensitivity ---


def test_sensitivity_covers_every_parameter_and_every_judgement():
    sweep = morris_sweep(2, 1, 1, 2040)
    taken = {factor.target[1] for factor in sweep.factors if factor.target[0] == "parameter"}
    left_out = set(FIELDS) - taken
    assert left_out - FIXED_SUMS.keys() == {"openness_offset", "outside_affinity", "resistance_iterations"}
    assert left_out
    judged = {event.target[1:] for event in sweep.factors if event.target[0] == "event"}
    for name, event in Scenario.load("baseline").events.items():
        if event.type == "succession":
            assert {(name, (trait,)) for trait in ("openness", "nationalism", "personalism")} <= judged
    assert len(sweep.factors) == len(all_factors()) > 270


def test_sensitivity_finds_what_it_must(tmp_path, capsys):
    arguments = ["sensitivity", "--trajectories", "2", "--samples", "8", "--strongest", "3", "--members", "1"]
    arguments += ["--to", "1993", "--out", str(tmp_path), "--jobs", "1", "--json"]
    assert main(arguments) == 0
    document = json.loads(capsys.readouterr().out)
    assert len(document["strongest"]) == 3 and all(Path(file).stat().st_size > 0 for file in document["files"])
    morris = rows(tmp_path / "morris.csv")
    size = {(r["outcome"], r["factor"]): float(r["value"]) for r in morris if r["kind"] == "mu_star"}
    assert size["trade", "income_elasticity"] > size["trade", "blame"]
    assert size["integration", "successor_age"] == 0  # leaders are drawn at random from 2026 on
    assert all(r["half_width_95"] for r in morris if r["kind"] == "mu_star")
    assert {r["kind"] for r in rows(tmp_path / "sobol.csv")} == {"S1", "ST"}
    assert main([*arguments, "--quiet"]) == 0  # kept from before
    capsys.readouterr()


# --- discovery ---


@pytest.fixture(scope="module")
def futures(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("futures")
    sweep = Sweep.of(
        "futures",
        title="Futures of a year",
        question="Where is trust high?",
        uncertainties={
            "trust": {"parameter": "initial_trust"},
            "blame": {"parameter": "blame"},
            "born": {"event": "uzb_leader_1992", "field": "born", "range": [1930, 1945]},
        },
        levers={"akayev": {"event": "kgz_leader_1992"}},
        design={"kind": "latin_hypercube", "samples": 200, "levers": "sampled"},
        members=1,
        to_year=1992,
        outcomes={"trust_1992": {"measure": "trust_mean", "year": 1992}},
        cases={
            "trusting": {"trust_1992": {"at_least": 0.55}},
            "never": {"trust_1992": {"at_least": 0.999}},
            "between": {"trust_1992": {"at_most": 0.5}},
        },
    )
    run_sweep(sweep, folder, jobs=1)
    return folder


def test_a_box_is_found_where_the_case_occurs(futures):
    table = open_sweep(futures)
    discovery = discover(table, "trusting")
    assert discovery.share == pytest.approx((table.frame().trust_1992 >= 0.55).mean())
    for box in (discovery.boxes[0], discovery.leaves[0]):
        limits = {limit.factor.name: limit for limit in box.limits}
        assert "trust" in limits and limits["trust"].low > 0.5 and limits["trust"].high is None
        assert box.coverage > 0.7 and box.density > 0.85
    frame = table.frame()
    inside = np.ones(len(frame), dtype=bool)
    for limit in discovery.boxes[0].limits:
        column = frame[limit.factor.name]
        if limit.among:
            inside &= column.isin(limit.among)
        else:
            inside &= (column >= (limit.low if limit.low is not None else -np.inf)).to_numpy()
            inside &= (column <= (limit.high if limit.high is not None else np.inf)).to_numpy()
    is_case = (frame.trust_1992 >= 0.55).to_numpy()
    assert discovery.boxes[0].density == pytest.approx(is_case[inside].mean(), abs=0.02)
    assert discovery.boxes[0].coverage == pytest.approx((is_case & inside).sum() / is_case.sum(), abs=0.02)
    assert "trust" in discovery.tree and "coverage" in to_text("trusting", discovery)


def test_a_case_that_never_occurs_has_no_box(futures):
    discovery = discover(open_sweep(futures), "never")
    assert discovery.boxes == discovery.leaves == () and discovery.share == 0
    assert "no box" in to_text("never", discovery)


def test_discover_writes_boxes_and_a_figure(futures, capsys):
    assert main(["discover", str(futures)]) == 0
    out = capsys.readouterr().out
    assert "PRIM: coverage" in out and "CART: coverage" in out and "CART tree" in out
    assert {row["case"] for row in rows(futures / "boxes.csv")} == {"trusting", "between"}
    assert (futures / "boxes.png").stat().st_size > 10_000
    assert main(["discover", "canal", *QUICK]) == 2 and "no cases" in capsys.readouterr().err


# --- robustness ---


@pytest.fixture(scope="module")
def policies(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("policies")
    sweep = Sweep.of(
        "policies",
        title="Policies of two years",
        question="Which is robust?",
        uncertainties={"trust": {"parameter": "initial_trust"}},
        levers={
            "akayev": {"event": "kgz_leader_1992"},
            "gain": {"parameter": "trust_gain", "values": [0.02, 0.09]},
        },
        design={"kind": "sobol", "samples": 8},
        members=3,
        to_year=1993,
        outcomes={
            "trust_1993": {"measure": "trust_mean", "year": 1993},
            "quarrels": {"measure": "incidents_total", "statistic": "sum"},
        },
        goals={"trust_1993": {"at_least": 0.5}, "quarrels": {"at_most": 3.0}},
    )
    run_sweep(sweep, folder, jobs=1)
    return folder


def test_regret_and_satisficing_are_those_computed_by_hand(policies):
    table = open_sweep(policies)
    result, frame = robustness(table), open_sweep(policies).frame()
    assert result.futures == 24 and len(result.policies) == 4
    frame["future"] = frame.point // 4 * 3 + frame.member
    best, least = frame.groupby("future").trust_1993.transform("max"), frame.groupby("future").quarrels.transform("min")
    for akayev in (True, False):
        for gain in (0.02, 0.09):
            name = f"akayev {'on' if akayev else 'off'}, gain {gain}"
            policy = next(policy for policy in result.policies if policy.name == name)
            chosen = (frame.akayev == akayev) & (frame.gain == gain)
            good, calm = frame.trust_1993[chosen] >= 0.5, frame.quarrels[chosen] <= 3
            assert policy.meets_all == pytest.approx((good & calm).mean())
            assert policy.meets["trust_1993"] == pytest.approx(good.mean())
            regret = (best - frame.trust_1993)[chosen]
            assert policy.regret["trust_1993"] == pytest.approx((regret.mean(), regret.quantile(0.9), regret.max()))
            assert policy.regret["quarrels"][2] == pytest.approx((frame.quarrels - least)[chosen].max())
    table = to_frame(result)
    assert list(table.columns) == ["all goals", "trust_1993", "regret: trust_1993", "quarrels", "regret: quarrels"]
    assert table["regret: quarrels"].tolist() == [policy.regret["quarrels"][1] for policy in result.policies]
    assert [p.meets_all for p in result.policies] == sorted((p.meets_all for p in result.policies), reverse=True)


def test_robust_writes_a_table_and_a_figure(policies, capsys):
    assert main(["robust", str(policies)]) == 0
    assert "Share of 24 futures that meet the goals" in capsys.readouterr().out
    assert len(rows(policies / "robustness.csv")) == 8 and (policies / "robustness.png").stat().st_size > 10_000
    assert main(["robust", str(policies), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["policies"]) == 4
    assert main(["robust", "futures", *QUICK]) == 2 and "needs goals" in capsys.readouterr().err


def test_futures_in_which_a_point_failed_are_left_out(policies, monkeypatch):
    table = open_sweep(policies)
    whole = table.frame()
    monkeypatch.setattr(table, "frame", lambda columns: whole[whole.point != 6][columns])
    assert robustness(table).futures == 21


def test_rounding_does_not_exceed_a_range():
    factor = Factor("a", False, ("parameter", "honour_base", None), (), 0.3, 0.9)
    assert factor.levels_at(np.array([0.0, 1.0])).tolist() == [0.3, 0.9]
