"""Shares of a whole add up to one, and lower limits are below upper ones, wherever parameters come from."""

import numpy as np
import pytest

from cairn.cli.main import main
from cairn.core.parameter_sets import ParameterError, ParameterSets, resolve_parameters
from cairn.core.parameters import FIELDS, FIXED_SUMS, RELATIONS, OutOfRange, Parameters
from cairn.scenario.scenario import Scenario
from cairn.scenario.yaml_reader import ScenarioError
from cairn.sweeps import Sweep
from cairn.sweeps.sweep_spec import SweepError

LINKS = r"rail_share \+ road_share \+ air_share is 1.1"


def test_the_defaults_satisfy_every_relation_and_each_names_parameters():
    assert all(relation.names <= FIELDS.keys() for relation in RELATIONS)
    assert [problem for relation in RELATIONS if (problem := relation.problem(Parameters()))] == []


def test_every_share_of_the_same_whole_is_in_a_relation():
    named = frozenset().union(*(relation.names for relation in RELATIONS))
    wholes = ("share of links", "share of freight", "share of season")
    shares = {name for name, field in FIELDS.items() if field.metadata["unit"] in wholes}
    shares |= {name for name, field in FIELDS.items() if field.metadata["each"] == "quarter"}
    assert shares and shares <= named


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rail_share": 0.5}, f"^{LINKS}; it must be 1$"),
        ({"road_freight_share": 0.2}, r"rail_freight_share \+ road_freight_share is 0.9"),
        ({"naryn_inflow_share": {"Q2": 0.5}}, "the sum of all values of naryn_inflow_share is 1.079"),
        ({"naryn_release_share": {"Q1": 0.6}}, r"naryn_release_share\[Q1\] \+ naryn_release_share\[Q4\] is 1.063"),
        ({"naryn_release_share": {"Q2": 0.5, "Q1": 0.463, "Q4": 0.537}}, r"\[Q2\] \+ naryn_release_share\[Q3\]"),
        ({"vakhsh_inflow_share": {"Q1": 0.0}}, "vakhsh_inflow_share is 0.91"),
        ({"reexport_partner_share": {"TJK": 0.3}}, "reexport_partner_share is 1.1; it must be at most 1"),
        ({"rail_share": np.array([0.4, 0.4, 0.5])}, f"{LINKS} in member 2"),
    ],
)
def test_values_that_do_not_fit_together_are_refused(changes, message):
    with pytest.raises(OutOfRange, match=message):
        Parameters().replace(**changes)


def test_values_that_fit_together_are_replaced_together():
    assert Parameters().replace(rail_share=0.5, road_share=0.3).rail_share == 0.5
    fitting = {"rail_share": 0.5, "road_share": 0.3, "naryn_inflow_share[Q1]": 0.1, "naryn_inflow_share[Q2]": 0.419}
    assert resolve_parameters(fitting).parameters(0, 1).naryn_inflow_share[1, 0] == 0.419


def test_an_order_is_checked_for_values_that_a_wider_range_would_allow():
    dead_above_capacity = Parameters()._unchecked({"nurek_dead_km3": np.array([6.0, 11.0])})
    relation = next(relation for relation in RELATIONS if "nurek_dead_km3" in relation.names)
    assert relation.problem(dead_above_capacity) == "nurek_dead_km3 is not below nurek_capacity_km3 in member 1"


def test_a_dict_and_a_file_of_sets_are_checked(tmp_path):
    with pytest.raises(ParameterError, match=LINKS):
        resolve_parameters({"rail_share": 0.5})
    file = tmp_path / "sets.csv"
    file.write_text("rail_share,road_share\n0.5,0.3\n0.4,0.4\n")
    assert ParameterSets.load(file).parameters(0, 2).rail_share.tolist() == [0.5, 0.4]
    file.write_text("rail_share,road_share\n0.5,0.3\n0.5,0.4\n")
    with pytest.raises(ParameterError, match=f"sets.csv:3: {LINKS}"):
        ParameterSets.load(file)


def test_a_scenario_is_checked(tmp_path, capsys):
    file = tmp_path / "links.yaml"
    file.write_text(
        "title: A test\nquestion: Does it fit?\nextends: baseline\nparameters:\n  trust_gain: 0.05\n  rail_share: 0.5\n"
    )
    assert main(["check", str(file)]) == 2
    said = capsys.readouterr()
    assert "links.yaml:6:3: parameters.rail_share: rail_share + road_share + air_share is 1.1" in said.out + said.err
    with pytest.raises(ScenarioError, match=LINKS):
        Scenario.load("baseline").with_parameters(rail_share=0.5)
    assert Scenario.load("baseline").with_parameters(rail_share=0.5, road_share=0.3).parameters["rail_share"] == 0.5


def test_one_of_several_shares_cannot_change_alone_in_a_run_or_in_a_sweep():
    for name in FIXED_SUMS:
        event = {"type": "parameter", "name": name, "value": 0.5, "start": "2030", "why": "a test"}
        with pytest.raises(ScenarioError, match="cannot change"):
            Scenario.load("baseline").with_events(links=event)
        with pytest.raises(SweepError, match="cannot be a factor"):
            Sweep.of(
                "x",
                title="A test",
                question="Does it fit?",
                uncertainties={"a": {"parameter": name}},
                design={"kind": "random", "samples": 2},
                outcomes={"i": {"measure": "trust_mean", "year": 2000}},
            )


def test_parameters_of_a_file_that_do_not_fit_those_of_the_scenario_end_in_one_sentence(tmp_path, capsys):
    sets, scenario = tmp_path / "sets.csv", tmp_path / "links.yaml"
    sets.write_text("rail_share,road_share\n0.5,0.3\n")
    scenario.write_text(
        "title: A test\nquestion: Does it fit?\nextends: baseline\nparameters: {rail_share: 0.3, road_share: 0.5}\n"
    )
    command = ["run", str(scenario), "--members", "1", "--to", "1992", "--parameters", str(sets), "--out"]
    assert main([*command, str(tmp_path / "a")]) == 0
    sets.write_text("air_share,road_share\n0.4,0.2\n")
    capsys.readouterr()
    assert main([*command, str(tmp_path / "b")]) == 2
    assert capsys.readouterr().err == "rail_share + road_share + air_share is 1.2; it must be 1\n"
