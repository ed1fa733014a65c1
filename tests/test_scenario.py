"""Scenario files: what is right loads, what is wrong is said with file, line, key and what is allowed."""

import pytest

from model.scenario import Scenario, ScenarioError, known

HEAD = "title: A world\nquestion: What if?\n"
LEADER = """  new_leader:
    type: succession
    date: 2030-01
    country: UZB
    leader: someone
    manner: death
    openness: 0.2
    nationalism: 0.5
    personalism: 0.7
    born: 1970
    why: a test
"""


def load(tmp_path, text):
    file = tmp_path / "world.yaml"
    file.write_text(text)
    return Scenario.load(file)


def test_every_shipped_scenario_loads_and_says_why_and_who_says_so():
    assert "baseline" in known()
    for name in known():
        scenario = Scenario.load(name)
        assert scenario.question.endswith("?"), name
        for key, event in scenario.events.items():
            assert len(event.why) > 10 and event.source, (name, key)


def test_the_baseline_marks_events_for_figures(baseline):
    assert 6 <= sum(bool(event.mark) for event in baseline.events.values()) <= 20


def test_an_extension_toggles_amends_and_adds(tmp_path, baseline):
    text = HEAD + "extends: baseline\nevents:\n  uzb_hardening_1999: off\n  rogun: {end: 2034}\n" + LEADER
    world = load(tmp_path, text)
    assert set(baseline.events) - set(world.events) == {"uzb_hardening_1999"}
    assert set(world.events) - set(baseline.events) == {"new_leader"}
    assert world.events["rogun"].end.year == 2034
    assert world.events["rogun"].start == baseline.events["rogun"].start


def test_a_resolved_scenario_can_be_written_and_loaded_again(tmp_path, baseline):
    again = load(tmp_path, baseline.text)
    assert {k: e.fingerprint for k, e in again.events.items()} == {k: e.fingerprint for k, e in baseline.events.items()}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD + "evnts: {}\n", ["world.yaml:3:1", "evnts", "did you mean 'events'"]),
        ("title: A world\n", ["question", "missing"]),
        (HEAD + "extends: baselin\n", ["world.yaml:3:1", "baselin", "did you mean 'baseline'"]),
        (HEAD + "extends: baseline\nevents:\n  rogum: off\n", ["world.yaml:5:3", "rogum", "did you mean 'rogun'"]),
        (HEAD + "extends: baseline\nevents:\n  rogun: {volum_km3: 3}\n", ["world.yaml:5:11", "volume_km3"]),
        (HEAD + "events:\n" + LEADER.replace("0.2", "1.7"), ["world.yaml:10:5", "openness", "1.7"]),
        (HEAD + "events:\n" + LEADER.replace("UZB", "UZ"), ["country", "'KAZ'"]),
        (HEAD + "events:\n" + LEADER.replace("succession", "sucession"), ["sucession", "did you mean 'succession'"]),
        (HEAD + "events:\n" + LEADER.replace("2030-01", "soon"), ["'soon' is no date", "2016-09"]),
        (HEAD + "events:\n" + LEADER.replace("2030-01", "2050"), ["2050", "outside 1991..2040"]),
        (HEAD + "horizon: {last: 2020}\nevents:\n" + LEADER, ["new_leader", "outside the horizon 1992..2020"]),
        (HEAD + "events:\n" + LEADER + LEADER, ["world.yaml", "duplicate"]),
        (HEAD + "parameters: {trust_gian: 0.04}\n", ["trust_gian", "did you mean 'trust_gain'"]),
        (HEAD + "parameters: {trust_gain: 4}\n", ["trust_gain = 4", "[0.02, 0.09]"]),
        (HEAD + "members: 0\n", ["members", "greater than or equal to 1"]),
        ("title: [\n", ["world.yaml:", "no valid YAML"]),
        ("- a\n- list\n", ["mapping"]),
        (HEAD + "extends: world\n", ["circle"]),
        (HEAD + "events: [a]\n", ["events is a mapping"]),
        (
            HEAD + "events:\n  x: {type: visa_regime, pairs: [KAZ-RUS], start: 2000, why: a test}\n",
            ["KAZ-RUS", "KAZ-UZB"],
        ),
        (HEAD + "events:\n  x: {type: grid, country: TKM, start: 2003, end: 2001, why: a test}\n", ["before start"]),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_what_is_allowed(tmp_path, text, says):
    with pytest.raises(ScenarioError) as error:
        load(tmp_path, text)
    for part in says:
        assert part in str(error.value)


def test_all_errors_of_a_file_are_said_at_once(tmp_path):
    wrong = HEAD + "members: -1\nevents:\n" + LEADER.replace("0.2", "2").replace("1970", "1870")
    with pytest.raises(ScenarioError) as error:
        load(tmp_path, wrong)
    assert len(str(error.value).splitlines()) == 3


def test_the_text_of_a_scenario_is_its_own(baseline):
    assert "uzb_succession_2016" in baseline.text
    assert "uzb_succession_2016" not in baseline.without("uzb_succession_2016").text
    assert "trust_gain" in baseline.but(trust_gain=0.03).text


def test_a_scenario_cannot_be_changed_in_place(baseline):
    with pytest.raises(ValueError, match="frozen"):
        baseline.title = "another"
    with pytest.raises(ScenarioError, match="did you mean"):
        baseline.without("rogum")
    with pytest.raises(ScenarioError, match="already"):
        baseline.plus(rogun={"type": "grid", "country": "KAZ", "start": 2030, "why": "a test"})
    assert baseline.amend("rogun", end="2030").events["rogun"].end.year == 2030
    assert baseline.events["rogun"].end.year != 2030
