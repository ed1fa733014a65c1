"""Where one member begins to differ between two scenarios, and that a draw more moves nothing else."""

import json
from functools import partial
from typing import ClassVar, Literal

import numpy as np
import pytest

from cairn import CentralAsia, Submodel, compare, register_event, run
from cairn.cli.main import main
from cairn.core.calendar import quarter_name
from cairn.core.parameter_sets import ParameterSets
from cairn.effects.first_difference import DECISIONS, explain
from cairn.events import IntervalEvent
from cairn.scenario.scenario import Scenario

MEMBER = 12


@pytest.fixture(scope="module")
def karimov():
    """A member whose first decision that differs is a consent."""
    found = (explain("baseline", "karimov_line", member, 1, to_year=2018) for member in range(MEMBER, MEMBER + 20))
    return next(one for one in found if one.draw is not None and one.draw.below is not None)


def test_the_first_difference_is_that_of_a_comparison():
    found = explain("baseline", "canal_high", MEMBER, 1, to_year=2030)
    compared = compare(["baseline", "canal_high"], 1, 1, first_member=MEMBER, to_year=2030)
    states = [change.quarter for change in found.changes if change.kind == "state"]
    assert states[0] == compared.diverged_in[1, 0]
    first = found.changes[0]
    assert (first.kind, first.name, first.quarter <= states[0]) == ("forcing", "canal_km3", True)
    assert found.events == ("qosh_tepa_canal",) and found.moved is None and not found.extra


def test_a_decision_differs_since_its_random_number_lies_between_two_thresholds(karimov):
    change, draw = karimov.decision, karimov.draw
    assert change.kind == "decision" and change.name in DECISIONS and quarter_name(change.quarter) == "2016Q4"
    assert draw.stream == DECISIONS[change.name][0] and draw.numbers[0] == draw.numbers[1]
    assert [number < below for number, below in zip(draw.numbers, draw.below, strict=True)] == [
        bool(value) for value in change.values
    ]
    # by the rule of consent the threshold rises with the willingness
    assert (draw.below[0] - draw.below[1]) * (draw.willingness[0] - draw.willingness[1]) > 0
    assert draw.terms and all(one != two for one, two in draw.terms.values())


def test_earlier_decisions_are_those_of_the_reference(karimov):
    """Both scenarios decide alike in all quarters before the first that is named."""
    member, names = karimov.member, ("baseline", "karimov_line")
    parameters = ParameterSets.load("conditioned").parameters(member, 1)
    models = [CentralAsia(name, seed=1, first_member=member, parameters=parameters, collect=False) for name in names]
    for quarter in range(karimov.decision.quarter + 1):
        for model in models:
            model.run_for(1)
        differ = [n for n in DECISIONS if not np.array_equal(*(getattr(model.decided, n)[..., -1] for model in models))]
        assert bool(differ) == (quarter == karimov.decision.quarter), quarter_name(quarter)


def test_a_scenario_does_not_differ_from_itself():
    found = explain("baseline", "baseline", 3, to_year=1996)
    assert found.changes == () and found.decision is None and found.names == ("baseline (1)", "baseline (2)")
    assert found.draws > 200 and "Nothing differs" in found.to_text()


@pytest.fixture
def with_a_draw(registry, baseline):
    """The baseline with an event that draws a random number in each quarter, and does nothing with it."""

    @register_event
    class Dice(IntervalEvent):
        """A die is thrown."""

        type: Literal["dice"] = "dice"
        writes: ClassVar[tuple[str, ...]] = ("unrest",)

        def apply(self, forcing, context, quarter):
            context.random_streams.at(quarter).uniform("dice", 6)

    return baseline.with_events(die=Dice(start="1995", end="2020", why="a test")).rename("dice")


@pytest.mark.parametrize("parameters", ["posterior", "conditioned"])
def test_a_draw_more_of_an_event_moves_nothing_else(with_a_draw, parameters):
    settings = {"to_year": 2027, "parameters": parameters}
    without, with_draw = (run(s, 6, 5, chunk=3, jobs=1, **settings) for s in ("baseline", with_a_draw))
    for name in without:
        assert without[name].values.tobytes() == with_draw[name].values.tobytes(), name
    found = explain("baseline", with_a_draw, 2, 5, **settings)
    assert found.extra == {"dice": ("dice", 12)} and found.moved is None and found.changes == ()
    assert "Stream dice is drawn by dice alone, first in 1995Q1." in found.to_text()


class Loaded(Submodel):
    """Another number for a shipped stream, from the time on at which a canal takes much water."""

    def before_decisions(self, state, context):
        if float(np.max(context.forcing.canal_km3)) > 2:
            context.draws.put("summit", np.full((5, 5, context.members), 0.5))


def test_a_stream_with_other_numbers_is_named():
    model_class = partial(CentralAsia, submodels={"loaded": Loaded()})
    found = explain("baseline", "canal_high", MEMBER, 1, to_year=2030, parameters="posterior", model_class=model_class)
    stream, quarter = found.moved
    assert stream == "summit" and found.changes[0].quarter <= quarter
    assert f"stream summit has other numbers from {quarter_name(quarter)} on" in found.to_text()


def test_a_parameter_that_differs_is_the_first_difference():
    other = Scenario.load("baseline").with_parameters(trust_gain=0.02).rename("slow")
    found = explain("baseline", other, 0, 1, to_year=1996, parameters="posterior")
    assert next((c.kind, c.name) for c in found.changes) == ("parameter", "trust_gain")
    assert found.changes[0].quarter == 0 and found.changes[0].values[1] == 0.02


def test_the_command_prints_it(karimov, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    arguments = ["compare", "--explain", "baseline", "karimov_line", "--member", str(karimov.member), "--to", "2018"]
    assert main(arguments) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"Member {karimov.member} of seed 1: baseline and karimov_line, to 2018Q4\n")
    assert "the same under both" in text and "it consents below" in text and "2016Q4  forcing   stays" in text
    assert max(map(len, text.splitlines())) <= 100
    assert main([*arguments, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["member"] == karimov.member and document["decision"]["quarter"] == "2016Q4"
    assert document["first_other_draw"] is None and document["drawn_by_one"] == []
    assert document["draw"]["numbers"][0] == document["draw"]["numbers"][1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["baseline", "--explain"], "compare --explain needs 2 scenarios, got 1"),
        (["baseline", "canal_low", "canal_high", "--explain"], "compare --explain needs 2 scenarios, got 3"),
        (["baseline", "canal_high", "--member", "3"], "--member is for --explain"),
        (["baseline", "canal_high", "--explain", "--members", "3"], "leave out --members"),
        (["baseline", "canal_high", "--explain", "--out", "x"], "leave out --out"),
        (["baseline", "canal_high", "--explain", "--to", "1980"], "year 1980 is outside 1992..2040"),
    ],
)
def test_what_does_not_go_with_it_is_one_sentence(arguments, message, capsys):
    assert main(["compare", *arguments]) == 2
    said = capsys.readouterr().err
    assert message in said and len(said.splitlines()) == 1
