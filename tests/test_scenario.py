"""Scenario files: valid files load, and errors name file, line, key and what is allowed."""

import pytest

from cairn.events import Drought
from cairn.scenario.inheritance import shipped_names
from cairn.scenario.scenario import Scenario, ScenarioError

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


def test_every_shipped_scenario_loads_and_gives_reasons_and_sources():
    assert "baseline" in shipped_names()
    for name in shipped_names():
        scenario = Scenario.load(name)
        assert scenario.question.endswith("?"), name
        for key, event in scenario.events.items():
            assert len(event.why) > 10 and event.source, (name, key)


def test_the_baseline_marks_events_for_figures(baseline):
    assert 6 <= sum(bool(event.mark) for event in baseline.events.values()) <= 20


def test_a_scenario_can_switch_off_amend_and_add_events(tmp_path, baseline):
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
    ("text", "expected"),
    [
        (HEAD + "evnts: {}\n", ["world.yaml:3:1", "evnts", "did you mean 'events'"]),
        ("title: A world\n", ["question", "missing"]),
        (HEAD.replace("A world", "A"), ["world.yaml:1:1: title: expected at least 3 characters; got 'A'"]),
        (HEAD + "extends: baselin\n", ["world.yaml:3:1", "baselin", "did you mean 'baseline'"]),
        (HEAD + "extends: baseline\nevents:\n  rogum: off\n", ["world.yaml:5:3", "rogum", "did you mean 'rogun'"]),
        (HEAD + "extends: baseline\nevents:\n  rogun: {volum_km3: 3}\n", ["world.yaml:5:11", "volume_km3"]),
        (HEAD + "events:\n" + LEADER.replace("0.2", "1.7"), ["world.yaml:10:5", "openness", "1.7"]),
        (HEAD + "events:\n" + LEADER.replace("UZB", "UZ"), ["country", "'KAZ'"]),
        (HEAD + "events:\n" + LEADER.replace("succession", "sucession"), ["sucession", "did you mean 'succession'"]),
        (HEAD + "events:\n" + LEADER.replace("2030-01", "soon"), ["'soon' is not a date", "2016-09"]),
        (HEAD + "events:\n" + LEADER.replace("2030-01", "2050"), ["2050", "outside 1991..2040"]),
        (HEAD + "horizon: {last: 2020}\nevents:\n" + LEADER, ["new_leader", "outside the horizon 1992..2020"]),
        (HEAD + "events:\n" + LEADER + LEADER, ["world.yaml", "duplicate"]),
        (HEAD + "parameters: {trust_gian: 0.04}\n", ["trust_gian", "did you mean 'trust_gain'"]),
        (HEAD + "parameters: {trust_gain: 4}\n", ["trust_gain = 4", "[0.02, 0.09]"]),
        (HEAD + "members: 0\n", ["members", "greater than or equal to 1"]),
        ("title: [\n", ["world.yaml:", "not valid YAML"]),
        ("- a\n- list\n", ["mapping"]),
        (HEAD + "extends: world\n", ["circle"]),
        (HEAD + "events: [a]\n", ["world.yaml:3:1: events: expected a mapping"]),
        (
            HEAD + "events:\n  x: {type: visa_regime, pairs: [KAZ-RUS], start: 2000, why: a test}\n",
            ["KAZ-RUS", "KAZ-UZB"],
        ),
        (HEAD + "events:\n  x: {type: grid, country: TKM, start: 2003, end: 2001, why: a test}\n", ["before start"]),
    ],
)
def test_an_error_names_the_place_and_what_is_allowed(tmp_path, text, expected):
    with pytest.raises(ScenarioError) as error:
        load(tmp_path, text)
    for part in expected:
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("rogun: {mw: 5 GW}", "events.rogun.mw: input should be a valid number; got '5 GW'. Allowed: 10..5000 MW"),
        ("rogun: {mw: 9}", "greater than or equal to 10; got 9. Allowed: 10..5000 MW"),
        ("x: {type: clash, date: 2030, border: KGZ-TJK, deaths: many, why: a test}", "Allowed: 1..300 deaths"),
        ("x: {type: drout}", "world.yaml:5:7: events.x.type: no event type 'drout'; did you mean 'drought'? One of"),
        ("rogun: {volume: 3}", "no such key; did you mean 'volume_km3'? Allowed: end, label, mark"),
    ],
)
def test_an_error_gives_the_allowed_values_with_their_unit(tmp_path, event, expected):
    with pytest.raises(ScenarioError) as error:
        load(tmp_path, HEAD + f"extends: baseline\nevents:\n  {event}\n")
    assert expected in str(error.value)


def test_a_wrong_entry_does_not_make_its_list_too_short_as_well(tmp_path):
    drought = "x: {type: drought, start: 2030, end: 2031, inflow: 0.7, rivers: [amu], why: a test}"
    with pytest.raises(ScenarioError) as error:
        load(tmp_path, HEAD + f"extends: baseline\nevents:\n  {drought}\n")
    assert len(str(error.value).splitlines()) == 1 and "'amu_darya'" in str(error.value)


def test_errors_are_listed_in_the_order_of_the_file(tmp_path):
    wrong = "membrs: 3\nhorizon: {last: 2100}\nevents:\n  rogum: off\n  rogun: {mw: 1}\n  x: {type: y}\n  z: maybe\n"
    with pytest.raises(ScenarioError) as error:
        load(tmp_path, HEAD + "extends: baseline\n" + wrong + "parameters: {trust_gian: 1}\n")
    lines = [int(line.split("world.yaml:")[1].split(":")[0]) for line in str(error.value).splitlines()]
    assert lines == [4, 5, 7, 8, 9, 10, 11]


def test_a_wrong_extends_neither_hides_other_errors_nor_causes_new_ones(tmp_path):
    events = "events:\n  rogun: off\n  qosh_tepa_canal: {finish: 2035}\n  x: {type: grid}\n"
    with pytest.raises(ScenarioError) as error:
        load(tmp_path, "extends: baselin\nmembrs: 3\n" + events)
    keys = [line.split("world.yaml:")[1].split(": ")[1] for line in str(error.value).splitlines()]
    assert keys == ["extends", "membrs", "events.x.start", "events.x.country"]


def test_a_contradiction_with_an_inherited_event_is_reported_at_the_new_event(tmp_path):
    stay = "stay: {type: leader_stays, country: UZB, start: 2015, end: 2017, why: a test}"
    with pytest.raises(ScenarioError) as error:
        load(tmp_path, HEAD + f"extends: baseline\nevents:\n  {stay}\n")
    assert "world.yaml:5:3: events.stay: contradicts uzb_succession_2016 on the office" in str(error.value)
    assert "baseline.yaml:" in str(error.value)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("title: A\n question: What?\n", "indent the keys of one mapping alike"),
        ("title: A: B\n", "in quotes"),
        ("title: A\n\tquestion: What?\n", "spaces, not tabs"),
        ('title: "A\nquestion: What?\n', "never closed"),
        ("sources: [a, b\ntitle: A\n", "never closed"),
        ("title: A\nquestion\nextends: baseline\n", "a key needs a :"),
        ("events:\n  a: {}\n c: d\n", "indentation does not fit"),
    ],
)
def test_an_error_in_the_yaml_comes_with_a_hint(tmp_path, text, hint):
    with pytest.raises(ScenarioError) as error:
        load(tmp_path, text)
    assert "not valid YAML" in str(error.value) and hint in str(error.value)


def test_all_errors_of_a_file_are_reported_at_once(tmp_path):
    wrong = HEAD + "members: -1\nevents:\n" + LEADER.replace("0.2", "2").replace("1970", "1870")
    with pytest.raises(ScenarioError) as error:
        load(tmp_path, wrong)
    assert len(str(error.value).splitlines()) == 3


def test_the_text_of_a_scenario_contains_its_changes(baseline):
    assert "uzb_succession_2016" in baseline.text
    assert "uzb_succession_2016" not in baseline.without("uzb_succession_2016").text
    assert "trust_gain" in baseline.with_parameters(trust_gain=0.03).text


def test_a_scenario_cannot_be_changed_in_place(baseline):
    with pytest.raises(ValueError, match="frozen"):
        baseline.title = "another"
    with pytest.raises(ScenarioError, match="did you mean"):
        baseline.without("rogum")
    with pytest.raises(ScenarioError, match="already"):
        baseline.with_events(rogun={"type": "grid", "country": "KAZ", "start": 2030, "why": "a test"})
    assert baseline.amend("rogun", end="2030").events["rogun"].end.year == 2030
    assert baseline.events["rogun"].end.year != 2030


# --- toggling, amending, adding ---


def files(tmp_path, **texts):
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    return lambda name: Scenario.load(tmp_path / f"{name}.yaml")


def test_an_event_switched_off_in_one_file_can_be_switched_on_in_the_next(tmp_path, baseline):
    get = files(
        tmp_path,
        first=HEAD + "extends: baseline\nevents:\n  rogun: {end: 2034}\n",
        second=HEAD + "extends: first\nevents:\n  rogun: off\n",
        third=HEAD + "extends: second\nevents:\n  rogun: on\n",
    )
    assert "rogun" not in get("second").events
    assert get("third").events["rogun"] == get("first").events["rogun"] != baseline.events["rogun"]


def test_title_and_size_are_inherited_and_other_texts_are_not(tmp_path):
    get = files(
        tmp_path,
        first=HEAD + "extends: baseline\nchanged: this and that\nmembers: 7\nseed: 5\nhorizon: {last: 2030}\n",
        second="extends: first\n",
    )
    second = get("second")
    assert (second.changed, second.title, second.members, second.seed) == ("", "A world", 7, 5)
    assert second.horizon.last == 2030 and second.description == ""


def test_a_shorter_horizon_leaves_out_inherited_events_of_later_years(tmp_path):
    get = files(tmp_path, short=HEAD + "extends: baseline\nhorizon: {last: 2020}\n")
    assert "ukraine_war" not in get("short").events and "uzb_succession_2016" in get("short").events


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ("  rogun: on\n", ["world.yaml:5:3", "already on"]),
        ("  rogu: off\n", ["no such event", "did you mean 'rogun'"]),
        ("  rogun: yes please\n", ["off, on or a mapping"]),
        ("  rogun: {type: grid, country: KAZ}\n", ["is of type reservoir", "another name"]),
        ("  9lives: {type: grid, country: KAZ, start: 2030, why: a test}\n", ["letters, digits and _"]),
        ("  rogun: {mw: '3600'}\n", ["rogun.mw", "valid number"]),
        ("  rogun: {volume_km3: true}\n", ["rogun.volume_km3", "valid number"]),
        (
            "  x: {type: drought, start: 2030, end: 2031, inflow: .nan, why: a test}\n",
            [":5:", "not a finite number"],
        ),
        ("  x: {type: visa_regime, pairs: [KAZ-UZB], start: 2041, why: a test}\n", ["1991..2040"]),
        ("  x: {type: visa_regime, pairs: [KAZ-UZB], start: 2040-12, why: a test}\n", ["never takes effect"]),
    ],
)
def test_a_wrong_entry_of_an_event_is_reported(tmp_path, events, expected):
    with pytest.raises(ScenarioError) as error:
        load(tmp_path, HEAD + "extends: baseline\nevents:\n" + events)
    for part in expected:
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("{trust_gain: true}", ["parameters.trust_gain", "a number in 0.02..0.09"]),
        ("{trust_gain: '0.05'}", ["a number in"]),
        ("{trust_gain: [0.05, 0.05]}", ["one number"]),
        (
            "{bloc_exposure: 0.5, rung_cost: 9}",
            ["world.yaml:3:14", "parameters.bloc_exposure: expected", "rung_cost"],
        ),
        ("{resistance_iterations: 6.5}", ["whole number"]),
    ],
)
def test_all_wrong_parameters_are_reported_with_their_places(tmp_path, parameters, expected):
    with pytest.raises(ScenarioError) as error:
        load(tmp_path, HEAD + f"parameters: {parameters}\n")
    for part in expected:
        assert part in str(error.value)


SHUT = "{type: border_closure, pairs: [KAZ-UZB], start: 2030, end: 2032, why: a test}"
OPEN = "{type: border_opening, pairs: [UZB-KAZ, KAZ-KGZ], start: 2031, end: 2033, why: a test}"


@pytest.mark.parametrize(
    ("events", "thing", "quarter"),
    [
        (f"  a: {SHUT}\n  b: {OPEN}\n", "border KAZ-UZB", "2031Q1"),
        (
            "  a: {type: succession, date: 2030-01, country: UZB, manner: death, drawn: true, why: a test}\n"
            "  b: {type: succession, date: 2030-02, country: UZB, manner: overthrow, drawn: true, why: a test}\n",
            "leader of UZB",
            "2030Q1",
        ),
        (
            "  a: {type: leader_stays, country: UZB, start: 2029, end: 2031, why: a test}\n"
            "  b: {type: succession, date: 2030-02, country: UZB, manner: overthrow, drawn: true, why: a test}\n",
            "office in UZB",
            "2030Q1",
        ),
        (
            "  a: {type: drought, start: 2030, end: 2031, inflow: 0.7, why: a test}\n"
            "  b: {type: wet_years, start: 2030, end: 2031, inflow: 1.2, rivers: [amu_darya], why: a test}\n",
            "years on the amu_darya",
            "2030Q1",
        ),
        (
            "  a: {type: grid, country: KAZ, start: 2030, why: a test}\n"
            "  b: {type: grid, country: KAZ, action: join, start: 2030, why: a test}\n",
            "grid of KAZ",
            "2030Q1",
        ),
    ],
)
def test_two_events_that_contradict_each_other_are_an_error_naming_both(tmp_path, events, thing, quarter):
    with pytest.raises(ScenarioError) as error:
        load(tmp_path, HEAD + "extends: baseline\nevents:\n" + events)
    message = str(error.value)
    for part in ("world.yaml:6:3: events.b", f"contradicts a on the {thing} in {quarter}", "world.yaml:5:3)"):
        assert part in message


def test_contradictions_are_reported_together_with_other_errors(tmp_path):
    with pytest.raises(ScenarioError) as error:
        load(
            tmp_path, HEAD + f"extends: baseline\nevents:\n  a: {SHUT}\n  b: {OPEN}\n  c: {{type: drought}}\n  d: off\n"
        )
    message = str(error.value)
    for part in ("contradicts a", "events.c.start", "events.d: nothing to switch off"):
        assert part in message


def test_events_that_agree_may_overlap(tmp_path):
    again = SHUT.replace("2032", "2031")
    assert "b" in load(tmp_path, HEAD + f"extends: baseline\nevents:\n  a: {SHUT}\n  b: {again}\n").events


# --- from Python ---


def test_events_added_without_a_name_are_named_by_type_and_year(baseline):
    dry = Drought(start="2031", end="2034", inflow=0.7, why="a mega-drought")
    twice = baseline.with_events(dry, Drought(start="2031-07", end="2032", inflow=0.8, why="a second"))
    assert {"drought_2031", "drought_2031_2"} <= set(twice.events)
    assert baseline.with_events(dry).with_events(dry).events["drought_2031_2"] == dry


@pytest.mark.parametrize("value", [[], {}, "6", None, True, float("inf"), float("nan"), 10**400, 6.5])
def test_a_whole_number_is_one_whole_number(baseline, value):
    with pytest.raises(ScenarioError, match="resistance_iterations"):
        baseline.with_parameters(resistance_iterations=value)


@pytest.mark.parametrize("text", ["\x1b[31mred", "two\u2028lines", "half \ud800", "bell \a", "back\x9b"])
def test_no_text_of_a_scenario_can_control_the_terminal(baseline, text):
    for change in (
        lambda: baseline.rename("x", title=text),
        lambda: baseline.rename("x", changed=text),
        lambda: baseline.rename(text),
        lambda: baseline.amend("rogun", why=text),
        lambda: baseline.amend("rogun", mark=text),
        lambda: baseline.with_events(**{text: {"type": "grid", "country": "KAZ", "start": 2030, "why": "a test"}}),
        lambda: baseline.without(text),
        lambda: baseline.with_parameters(**{text: 1}),
    ):
        with pytest.raises(ScenarioError) as error:
            change()
        assert str(error.value).isprintable()


def test_texts_may_have_lines(tmp_path):
    assert load(tmp_path, HEAD + "description: |\n  one\n  two\n").description == "one\ntwo\n"


def test_a_file_changed_within_the_same_second_is_read_again(tmp_path):
    titles = ["A world", "B world", "C world"]
    assert [load(tmp_path, HEAD.replace("A world", title)).title for title in titles] == titles


def test_of_many_errors_the_first_are_listed_and_the_rest_counted(tmp_path):
    with pytest.raises(ScenarioError) as error:
        load(tmp_path, HEAD + "".join(f"x{n}: 1\n" for n in range(1_000)))
    lines = str(error.value).splitlines()
    assert len(lines) == 50 and lines[-1] == "... and 951 more"
    assert "world.yaml:3:1: x0: no such key" in lines[0]


def test_errors_from_python_are_scenario_errors_too(baseline):
    with pytest.raises(ScenarioError, match="inflow"):
        baseline.with_events(dry={"type": "drought", "start": "2030", "inflow": 7, "why": "a test"})
    with pytest.raises(ScenarioError, match="rogun"):
        baseline.amend("rogun", volume_km3=1000.0)
    with pytest.raises(ScenarioError, match="'dry' is not an event"):
        baseline.with_events("dry")
    with pytest.raises(ScenarioError, match="rung_cost"):
        baseline.with_parameters(rung_cost=9)
    with pytest.raises(ScenarioError, match="contradicts"):
        baseline.with_events(
            a={"type": "drought", "start": "2030", "end": "2031", "inflow": 0.7, "why": "a test"},
            b={"type": "wet_years", "start": "2030", "end": "2031", "inflow": 1.2, "why": "a test"},
        )
