"""Events of classes derived from the shipped ones, in a notebook or a program."""

import re
from typing import ClassVar

import numpy as np
import pytest

from cairn import CentralAsia
from cairn.ensemble.checkpoint import CheckpointError
from cairn.ensemble.comparison import compare
from cairn.ensemble.outcomes import RANKED
from cairn.ensemble.runner import branch, run
from cairn.events import BorderClosure, Drought
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
