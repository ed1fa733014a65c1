"""Scenarios laid over one another: all that each changes, and an error with both places where they contradict."""

import json

import numpy as np
import pytest

from cairn.calibration.leader_codings import recoded
from cairn.cli.main import main
from cairn.ensemble.comparison import compare
from cairn.events import Drought
from cairn.scenario.diff import differences
from cairn.scenario.inheritance import find_file
from cairn.scenario.scenario import Scenario, ScenarioError

STACK = "canal_high+megadrought_2031"


def changes(scenario) -> list[str]:
    return sorted(map(str, differences(Scenario.load("baseline"), scenario)))


def write(folder, name, text):
    file = folder / f"{name}.yaml"
    file.write_text(text)
    return file


def line_of(name: str, text: str) -> str:
    lines = find_file(name).read_text().splitlines()
    return f"{name}.yaml:{next(n for n, line in enumerate(lines, 1) if text in line)}:"


def test_a_recoded_stack_keeps_its_parts():
    coded = recoded(Scenario.load(STACK), "gwf")
    assert coded.parts == tuple(recoded(Scenario.load(name), "gwf").name for name in STACK.split("+"))


def test_a_stack_changes_what_each_of_its_scenarios_changes():
    one, two = (changes(Scenario.load(name)) for name in STACK.split("+"))
    stacked = Scenario.load(STACK)
    assert changes(stacked) == sorted(one + two) and one and two
    assert stacked.name == STACK and stacked.parts == tuple(STACK.split("+"))
    assert stacked.title == "Full Qosh Tepa canal by 2029 + Severe drought, 2031-2033"
    assert stacked.look_at == Scenario.load("canal_high").look_at + Scenario.load("megadrought_2031").look_at


def test_a_stack_by_name_by_file_and_by_sum_is_one_scenario(tmp_path):
    by_name = Scenario.load(STACK)
    by_sum = Scenario.load("canal_high") + Scenario.load("megadrought_2031")
    file = write(tmp_path, "both", "extends: [canal_high, megadrought_2031]\n")
    by_file = Scenario.load(file)
    assert by_name.text == by_sum.text and by_name.parts == by_sum.parts == by_file.parts
    assert differences(by_name, by_file) == [] and by_file.title == by_name.title
    assert Scenario.load(f"{find_file('canal_high')}+megadrought_2031").events == by_name.events


def test_three_and_a_scenario_that_extends_another_can_be_stacked():
    three = Scenario.load("canal_high+megadrought_2031+karimov_line")
    assert set(changes(Scenario.load("karimov_line"))) < set(changes(three))
    again = Scenario.load("karimov_person+karimov_line")
    assert changes(again) == changes(Scenario.load("karimov_line")), "the second contains the first"
    assert (Scenario.load(STACK) + Scenario.load("no_taliban")).parts[-1] == "no_taliban"


def test_scenarios_changed_in_python_can_be_added(baseline):
    dry = baseline.with_events(Drought(start="2031", end="2034", inflow=0.7)).with_parameters(rung_cost=0.3)
    both = dry.rename("dry") + baseline.without("rogun").rename("no_rogun")
    assert both.name == "dry+no_rogun" and both.events["drought_2031"].inflow == 0.7
    assert "rogun" not in both.events and both.parameters["rung_cost"] == 0.3
    with pytest.raises(ScenarioError, match=r"rogun is changed in .* but switched off in .*leave one of the two out"):
        baseline.amend("rogun", mw=3000) + baseline.without("rogun")


@pytest.mark.parametrize(
    ("stack", "places"),
    [
        ("canal_high+canal_low", [("canal_high", "intake_km3"), ("canal_low", "intake_km3")]),
        ("no_canal+canal_high", [("no_canal", "qosh_tepa_canal: off"), ("canal_high", "finish:")]),
    ],
)
def test_a_conflict_names_both_files_and_lines(stack, places, capsys):
    assert main(["compare", "baseline", stack, "--members", "1", "--to", "1995"]) == 2
    message = capsys.readouterr().err
    assert len(message.splitlines()) == 1 and all(line_of(*place) in message for place in places)
    one, two = map(Scenario.load, stack.split("+"))
    with pytest.raises(ScenarioError) as problem:
        one + two
    assert all(line_of(*place) in str(problem.value) for place in places)


def test_a_file_settles_a_conflict_of_those_it_extends(tmp_path):
    both = "extends: [canal_high, canal_low]\n"
    with pytest.raises(ScenarioError, match=r"both.yaml:1:1: extends: .*canal_high.yaml.*canal_low.yaml.*set it"):
        Scenario.load(write(tmp_path, "both", both))
    settled = Scenario.load(write(tmp_path, "both", both + "events: {qosh_tepa_canal: {intake_km3: 6}}\n"))
    assert settled.events["qosh_tepa_canal"].intake_km3 == 6
    settled = Scenario.load(
        write(tmp_path, "both", "extends: [no_canal, canal_low]\nevents:\n  qosh_tepa_canal: off\n")
    )
    assert "qosh_tepa_canal" not in settled.events


@pytest.mark.parametrize(
    ("extends", "message"),
    [
        ("[]", "empty list"),
        ("[canal_high, canal_lo]", "did you mean 'canal_low'"),
        ("[canal_high, 3]", "got '3'"),
        ("[canal_high, mine]", "in a circle"),
    ],
)
def test_a_wrong_list_of_scenarios_is_refused(tmp_path, extends, message):
    with pytest.raises(ScenarioError, match=message):
        Scenario.load(write(tmp_path, "mine", f"title: Mine\nquestion: What if?\nextends: {extends}\n"))


def test_new_starts_from_a_stack(tmp_path, capsys):
    out = tmp_path / "mine.yaml"
    assert main(["new", "mine", "--from", STACK, "--out", str(out)]) == 0
    assert "extends: [canal_high, megadrought_2031]\n" in out.read_text()
    assert main(["check", str(out)]) == 0 and Scenario.load(out).events == Scenario.load(STACK).events
    assert main(["show", STACK, "--changes"]) == 0
    assert "+ events.megadrought" in capsys.readouterr().out


def test_an_event_that_acts_through_a_parameter_that_is_off_is_a_warning(tmp_path, capsys):
    text = (
        "title: Dear\nquestion: What if?\nextends: baseline\nevents:\n"
        "  dear: {type: tariff, pairs: [KAZ-UZB], cost: 0.3, start: 2027-01, why: a trial}\n"
    )
    file = write(tmp_path, "dear", text)
    assert main(["check", str(file)]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{file}:5:3: warning: events.dear: no effect while tariff_weight is 0")
    on = write(tmp_path, "on", text + "parameters: {tariff_weight: 1.0}\n")
    assert main(["check", str(on), "bloc_pull_returns"]) == 0
    assert capsys.readouterr().err == ""


def test_an_event_without_a_reason_is_a_warning(tmp_path, capsys):
    text = (
        "title: Dry\nquestion: What if?\nextends: baseline\nevents:\n  dry: {type: drought, start: 2031, inflow: 0.8}\n"
    )
    file = write(tmp_path, "dry", text)
    assert main(["check", str(file)]) == 0
    assert capsys.readouterr().err == f"{file}:5:3: warning: events.dry: no why is given\n"
    assert main(["check", str(file), "baseline", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["warnings"]) == 1


def test_a_dam_may_be_full_after_the_last_year_of_a_run(baseline):
    late = baseline.amend("rogun", end="2045").rename("late")
    assert late.events["rogun"].end.year == 2045
    found = compare([baseline, late], 2, 1, to_year=2040, outcomes=["winter_deficit_gwh:TJK"])
    assert np.isfinite(found.dataset.winter_deficit_gwh).all() and found.divergence() is not None
    with pytest.raises(ScenarioError, match=r"outside 1991\.\.2100"):
        baseline.amend("rogun", end="2145")
    with pytest.raises(ScenarioError, match=r"outside 1991\.\.2040"):
        baseline.amend("rogun", start="2045", end="2050")
