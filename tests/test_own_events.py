"""Events of classes derived from the shipped ones, in a notebook or a program."""

import re
from typing import ClassVar

import numpy as np
import pytest

from cairn import CentralAsia
from cairn.calibration.rolling.rolling_runs import frozen_scenario
from cairn.ensemble.checkpoint import CheckpointError
from cairn.ensemble.comparison import compare
from cairn.ensemble.outcomes import RANKED
from cairn.ensemble.runner import branch, run
from cairn.events import BorderClosure, DelimitationTreaty, Drought
from cairn.model import EventWriteError
from cairn.scenario.scenario import Scenario, ScenarioError

DRY = {"start": "1994", "end": "1999", "inflow": 0.6, "why": "dry years"}


class EveryOtherYear(Drought):
    """A drought in every other year."""

    time_varying: ClassVar[bool] = True

    def apply(self, forcing, context, quarter):
        if (quarter - self.first) // 4 % 2 == 0:
            super().apply(forcing, context, quarter)


def test_an_event_of_a_derived_class_acts_as_its_class_says(baseline):
    dry, always = (baseline.with_events(dry=kind(**DRY)) for kind in (EveryOtherYear, Drought))
    found = compare([baseline, dry, always], 4, 1, to_year=1999, outcomes=RANKED[:1])
    since = list(found.years).index(1995)
    index = found.dataset.integration_index.values
    differ = (index[1] != index[2]).any(axis=0)
    assert not differ[: since - 1].any() and differ[since:].all()  # the same fields under the same name, two classes


def test_an_event_of_a_derived_class_is_refused_where_a_file_is_needed(baseline, tmp_path):
    scenario = baseline.with_events(dry=EveryOtherYear(**DRY))
    file = tmp_path / "dry.yaml"
    file.write_text(scenario.text)
    with pytest.raises(ScenarioError, match=r"events\.dry\.python: no such key"):
        Scenario.load(file)
    _, kept = run(scenario, 1, 1, to_year=1995, checkpoints=["1995"], parameters="posterior")
    with pytest.raises(CheckpointError, match="events of your own classes: dry"):
        kept[0].save(tmp_path / "dry.npz")
    with pytest.raises(CheckpointError, match="differs before 1995Q1"):
        branch(kept[0], baseline.with_events(dry=Drought(**DRY)))
    file.write_text(baseline.with_events(dry=Drought(**DRY)).text)
    assert "dry" in Scenario.load(file).events


def test_a_time_varying_event_that_writes_an_undeclared_variable_is_an_error(baseline):
    class OnAndOff(BorderClosure):
        """A closure in every other quarter, which lets fewer people through as well, and does not declare it."""

        time_varying: ClassVar[bool] = True

        def apply(self, forcing, context, quarter):
            if quarter % 2:
                super().apply(forcing, context, quarter)
                self.raise_to(forcing["links_cut"], context, 0.5)

    scenario = baseline.with_events(gate=OnAndOff(pairs=("KAZ-UZB",), start="1993", end="1994", why="now and then"))
    message = "event 'gate' (OnAndOff) in 1993Q2 writes 'links_cut', which it does not declare; it declares "
    message += "closure_cap, persons_cap"
    with pytest.raises(EventWriteError, match=f"^{re.escape(message)}$"):
        CentralAsia(scenario, seed=1).run_for(12)


def test_a_time_varying_event_leaves_no_trace_in_the_quarters_after(baseline):
    class OnAndOff(BorderClosure):
        """A closure in every other quarter."""

        time_varying: ClassVar[bool] = True

        def apply(self, forcing, context, quarter):
            if quarter % 2:
                super().apply(forcing, context, quarter)

    scenario = baseline.with_events(
        gate=OnAndOff(pairs=("KAZ-UZB",), start="1993", end="1994", openness=0.0, why="a test")
    )
    model, caps = CentralAsia(scenario, seed=1, collect=False), []
    for _ in range(10):
        model.run_for(1)
        caps.append(float(model.context.forcing.closure_cap[0, 4, -1]))
    assert caps[4:] == [1, 0, 1, 0, 1, 1]


def test_shipped_events_are_of_no_derived_class(baseline):
    assert not [name for name, event in baseline.events.items() if event.derived_class]
    assert np.all([event.fingerprint.startswith("{") for event in baseline.events.values()])


def test_a_method_that_is_overridden_is_called_in_each_quarter_without_a_word_more(baseline):
    class Flowing(Drought):
        """A drought that is over in summer: its class does not say that its level changes."""

        def apply(self, forcing, context, quarter):
            if quarter % 4 not in (1, 2):
                super().apply(forcing, context, quarter)

    model = CentralAsia(baseline.with_events(dry=Flowing(**DRY)), seed=1, collect=False)
    model.run_for(8)
    factors = []
    for _ in range(4):
        model.run_for(1)
        factors.append(float(model.context.forcing.flow_factor[0, -1]))
    assert np.allclose(factors, [0.6, 1, 1, 0.6])


def _later(self):
    return self.start and 12


CALLED = {
    "first": (BorderClosure, property(_later), lambda caps: caps.index(0.0) == 12),
    "last": (BorderClosure, property(_later), lambda caps: caps.index(0.0) == 8 and caps[12:] == [1.0] * 4),
}


@pytest.mark.parametrize("name", CALLED)
def test_properties_that_are_overridden_are_used(baseline, name):
    kind, own, expected = CALLED[name]
    closure = type("Own", (kind,), {name: own, "__module__": __name__})
    scenario = baseline.with_events(
        gate=closure(pairs=("KAZ-UZB",), start="1994", end="1997", openness=0.0, why="a test")
    )
    model, caps = CentralAsia(scenario, seed=1, collect=False), []
    for _ in range(16):
        model.run_for(1)
        caps.append(float(model.context.forcing.closure_cap[0, 4, -1]))
    assert expected(caps)


def test_an_event_keeps_its_class_when_it_is_amended_stacked_and_frozen(baseline):
    dry = baseline.with_events(dry=EveryOtherYear(**DRY))
    assert type(dry.amend("dry", inflow=0.5).events["dry"]) is EveryOtherYear
    with pytest.raises(ScenarioError, match=r"^events\.dry\.inflow: .*got 7.* Allowed: 0\.3\.\.1"):
        dry.amend("dry", inflow=7)
    plain = baseline.with_events(dry=Drought(**DRY))
    other = baseline.with_events(wet=Drought(**DRY | {"start": "2036", "end": "2037"}))
    for stack in (dry + other, other + dry, plain + dry, dry + plain):
        assert type(stack.events["dry"]) is EveryOtherYear
    assert type(frozen_scenario(dry, 1996).events["dry"]) is EveryOtherYear

    class Another(Drought):
        """A second class for the same event."""

        def apply(self, forcing, context, quarter):
            super().apply(forcing, context, quarter)

    with pytest.raises(ScenarioError, match=r"events\.dry is of the classes Another and EveryOtherYear"):
        dry + baseline.with_events(dry=Another(**DRY))


REFUSED = {
    "fewer arguments": (
        {"apply": lambda self, forcing, context: None},
        r"Own\.apply must take \(self, forcing, context, quarter\), not \(self, forcing, context\)",
    ),
    "a method for a property": ({"first": lambda self: 3}, r"Own\.first must be a property, as in the class"),
    "a property for a method": ({"conflict_keys": property(lambda self: [])}, r"Own\.conflict_keys must be a method"),
    "a field for a property": (
        {"__annotations__": {"last": int}, "last": 3},
        r"Own: a field cannot have the name 'last'",
    ),
}


@pytest.mark.filterwarnings("ignore:Field name")
@pytest.mark.parametrize("case", REFUSED)
def test_what_would_not_be_called_is_refused_when_the_class_is_defined(case):
    content, message = REFUSED[case]
    with pytest.raises(TypeError, match=message):
        type("Own", (Drought,), content | {"__module__": __name__})


def test_an_instant_event_that_says_when_it_ends_is_refused():
    with pytest.raises(TypeError, match=r"Own\.last is never used: an InstantEvent happens once"):
        type("Own", (DelimitationTreaty,), {"last": property(lambda self: 9), "__module__": __name__})
