"""Events in words: labels of their own, and words built from their fields."""

import pytest

from cairn.ensemble.runner import run
from cairn.events import event_types
from cairn.events.labels import OTHER_THEME, THEMES, event_labels, event_words, theme_of
from cairn.scenario.diff import differences
from cairn.scenario.inheritance import shipped_names
from cairn.scenario.scenario import Scenario, ScenarioError


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_event_has_words_of_its_own_without_code_names(name):
    scenario = Scenario.load(name)
    assert scenario.labels.keys() == scenario.events.keys()
    assert len(set(scenario.labels.values())) == len(scenario.labels), "two events have the same words"
    for event, label in scenario.labels.items():
        assert event not in label and label[:4].isdigit() and len(label) <= 110
        words = label.partition(": ")[2]
        assert words[:1].isupper() or words.startswith("gain_weight")
        assert not any(code in label.split() for code in ("KAZ", "KGZ", "TJK", "TKM", "UZB")), label


def test_every_type_of_event_has_a_theme_and_words():
    assert {kind for kinds in THEMES.values() for kind in kinds} == set(event_types())
    assert theme_of("volcano") == OTHER_THEME


def test_a_successor_names_the_leader_before():
    without_2016 = Scenario.load("baseline").without("uzb_succession_2016")
    assert without_2016.labels["kgz_succession_2020"].startswith("2020: Japarov succeeds Jeenbekov")
    stays = without_2016.with_events(stays={"type": "leader_stays", "country": "UZB", "start": 2017})
    assert stays.labels["stays"] == "2017 on: Karimov stays in office"


def test_the_years_follow_the_event_and_a_label_of_its_own_wins():
    late = Scenario.load("rogun_late")
    assert late.labels["rogun"] == "2026-2044: Rogun dam fills"
    named = late.amend("rogun", label="The dam of the century fills")
    assert named.labels["rogun"] == "2026-2044: The dam of the century fills"
    assert event_words(named.events["rogun"]) == "The dam of the century fills"


def test_a_label_changes_nothing_that_is_computed(baseline):
    named = baseline.amend("uzb_succession_2016", label="A new leader in Tashkent")
    assert differences(baseline, named) == []
    assert named.differences_before(baseline, 120) == []
    assert named.events["uzb_succession_2016"].fingerprint == baseline.events["uzb_succession_2016"].fingerprint
    one, other = (run(scenario, 2, 3, to_year=2018, jobs=1) for scenario in (baseline, named))
    assert one.equals(other)


def test_a_label_is_text_that_can_be_shown_and_not_too_long():
    for label in ("x" * 91, "turns \u202e around"):
        with pytest.raises(ScenarioError, match="label"):
            Scenario.load("baseline").amend("rogun", label=label)


def test_an_event_without_a_label_writes_none():
    text = Scenario.load("baseline").without(*(set(Scenario.load("baseline").events) - {"rogun"})).text
    assert "label" not in text


def test_labels_need_no_other_event():
    only = Scenario.load("baseline").events["uzb_succession_2016"]
    assert event_labels({"new": only}) == {"new": "2016: Mirziyoyev takes office in Uzbekistan"}
