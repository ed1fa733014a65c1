"""Checking a sweep is little work, however many points, levels and combinations its file asks for."""

import itertools
from collections import Counter

import pytest

from cairn.sweeps import Sweep, designs, points
from cairn.sweeps.points import MAX_CHECKED_POINTS, MAX_COMBINATIONS, check_feasible
from cairn.sweeps.sweep_spec import SweepError

FINISH = {"event": "qosh_tepa_canal", "field": "finish", "range": [2029, 2040]}
END = {"event": "rogun", "field": "end", "range": [2031, 2040]}
CONTENT = {
    "title": "A sweep to check",
    "question": "How much work is it?",
    "uncertainties": {"finish": FINISH, "end": END, "gain": {"parameter": "trust_gain"}},
    "design": {"kind": "random", "samples": 10**10},
    "outcomes": {"index": {"measure": "integration_index", "year": 2040}},
}


def sweep(**changes) -> Sweep:
    return Sweep.of("check", **CONTENT | changes)


@pytest.fixture
def work(monkeypatch) -> Counter:
    """How often an event was checked, a scenario was checked as a whole, and how many points were computed."""
    counts: Counter = Counter()

    def counted(owner, name, key, amount=lambda *_: 1):
        honest = getattr(owner, name)

        def wrapper(*arguments, **options):
            counts[key] += amount(*arguments)
            return honest(*arguments, **options)

        monkeypatch.setattr(owner, name, wrapper)

    counted(points, "amend_event", "events")
    counted(points.Scenario, "rename", "scenarios")
    counted(points, "levels", "points", lambda sweep, first, count: count)
    counted(points._Checker, "_problem_at", "combinations")
    return counts


def test_the_shipped_sweeps_need_an_event_for_each_level_and_no_whole_scenario(work):
    check_feasible(Sweep.load("futures"))
    assert work["scenarios"] == 0 and 0 < work["events"] < 400 < work["combinations"]


@pytest.mark.parametrize("kind", ["random", "sobol", "saltelli", "morris", "grid"])
def test_a_sweep_of_ten_billion_points_is_checked_by_a_few_thousand_combinations(work, kind):
    start = FINISH | {"event": "rogun", "field": "start", "range": [2020, 2030]}
    dates = {"finish": FINISH, "end": END, "start": start}
    design = {"kind": kind} if kind == "grid" else {"kind": kind, "samples": 10**9}
    check_feasible(sweep(uncertainties=dates, design=design))
    assert 1 < work["combinations"] <= MAX_COMBINATIONS and work["points"] <= MAX_CHECKED_POINTS
    assert work["events"] <= 2 * MAX_COMBINATIONS and work["scenarios"] == 0


def test_what_is_wrong_is_found_and_said_as_before():
    with pytest.raises(SweepError, match=r"end 2024.* comes before start"):
        check_feasible(sweep(uncertainties={"end": END | {"range": [2024, 2040]}}))
    with pytest.raises(SweepError, match=r"would come after 2030, the last year of the sweep"):
        late = {
            "start": {"event": "c5plus1", "values": ["on", "off"]},
            "rogun": END | {"field": "start", "range": [2024, 2031]},
        }
        year = {"index": {"measure": "integration_index", "year": 2030}}
        check_feasible(sweep(uncertainties=late, to_year=2030, outcomes=year))


def test_the_quick_check_of_events_agrees_with_that_of_whole_scenarios():
    """Two successions of one country on one day contradict each other, as one of them moves over the other."""
    field = {"event": "kgz_leader_1992", "field": "date", "range": [1992, 2012]}
    found = sweep(uncertainties={"date": field, "born": {"event": "uzb_leader_1992"}}, design={"kind": "grid"})
    checker, wrong = points._Checker(found), 0
    stepped = points._event_factors(found)
    for row in itertools.product(*(range(len(factor.levels)) for factor in stepped)):
        whole = ""
        try:
            scenario = points._scenario(list(found.scenarios), stepped, row)
            scenario.rename(scenario.name)
        except (points.ScenarioError, points.ValidationError) as problem:
            whole = str(problem)
        assert bool(checker.problem(stepped, row)) == bool(whole)
        wrong += bool(whole)
    assert wrong > 0


BORN = {"event": "uzb_leader_1992", "field": "born", "range": [0, 10**12]}
VALUES = [0.1 + k / 10**4 for k in range(1000)]
WEIGHTS = ("reciprocity", "regime_rent", "gain_weight", "trust_weight", "openness_weight", "threat_weight")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"design": {"kind": "latin_hypercube", "samples": 10**9}},
            "hypercube of 3 factors has at most 6,666,666",
        ),
        ({"uncertainties": {"born": BORN}}, "a range of whole numbers has at most 10,000 of them"),
        (
            {"levers": {name: {"parameter": name, "values": VALUES} for name in WEIGHTS[:2]}},
            "1,000,000 combinations of levers; at most 100,000",
        ),
        (
            {
                "uncertainties": {name: {"parameter": name, "steps": 10_000} for name in WEIGHTS},
                "design": {"kind": "grid"},
            },
            "the sweep has 1,000,000,000,000,000,000,000,000 points; at most 99,999,999,999",
        ),
        (
            {
                "levers": {"blame": {"parameter": "blame", "values": VALUES}},
                "design": {"kind": "sobol", "samples": 2**32},
            },
            "the sweep has 4,294,967,296,000 points",
        ),
    ],
)
def test_a_sweep_that_no_machine_could_hold_is_refused_before_anything_is_made(monkeypatch, changes, message):
    monkeypatch.setattr(designs, "_shuffles", lambda _: pytest.fail("made"))
    with pytest.raises(SweepError, match=message):
        sweep(**changes)
