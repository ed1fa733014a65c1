"""Events of classes that somebody derives from the model's, in a notebook or a program of his own."""

from typing import ClassVar

import numpy as np
import pytest

from cairn import CentralAsia
from cairn.ensemble.checkpoint import CheckpointError
from cairn.ensemble.comparison import compare
from cairn.ensemble.outcomes import RANKED
from cairn.ensemble.runner import branch, run
from cairn.events import BorderClosure, Drought
from cairn.scenario.scenario import Scenario, ScenarioError

DRY = {"start": "1994", "end": "1999", "inflow": 0.6, "why": "dry years"}


class EveryOtherYear(Drought):
    """A drought that is there one year and gone the next."""

    time_varying: ClassVar[bool] = True

    def apply(self, given, rows, quarter):
        if (quarter - self.first) // 4 % 2 == 0:
            super().apply(given, rows, quarter)


def test_an_event_of_a_derived_class_acts_as_its_class_says(baseline):
    apart, always = (baseline.plus(dry=kind(**DRY)) for kind in (EveryOtherYear, Drought))
    found = compare([baseline, apart, always], 4, 1, to_year=1999, outcomes=RANKED[:1])
    since = list(found.years).index(1995)
    differ = (found.values(RANKED[0], found.names[1]) != found.values(RANKED[0], found.names[2])).any(axis=0)
    assert not differ[: since - 1].any() and differ[since:].all()  # the same fields under the same name, told apart


def test_what_only_a_program_can_do_does_not_pass_for_a_file(baseline, tmp_path):
    world = baseline.plus(dry=EveryOtherYear(**DRY))
    file = tmp_path / "dry.yaml"
    file.write_text(world.text)
    with pytest.raises(ScenarioError, match=r"events\.dry\.python: no such key"):
        Scenario.load(file)
    _, kept = run(world, 1, 1, to_year=1995, checkpoints=["1995"])
    with pytest.raises(CheckpointError, match="your own classes: dry"):
        kept[0].save(tmp_path / "dry.npz")
    with pytest.raises(CheckpointError, match="differs before 1995Q1"):
        branch(kept[0], baseline.plus(dry=Drought(**DRY)))
    file.write_text(baseline.plus(dry=Drought(**DRY)).text)
    assert "dry" in Scenario.load(file).events


def test_an_event_that_moves_leaves_no_mark_in_what_is_kept_from_quarter_to_quarter(baseline):
    class OnAndOff(BorderClosure):
        time_varying: ClassVar[bool] = True

        def apply(self, given, rows, quarter):
            if quarter % 2:
                super().apply(given, rows, quarter)

    world = baseline.plus(gate=OnAndOff(pairs=("KAZ-UZB",), start="1993", end="1994", why="now and then"))
    with pytest.raises(ValueError, match=r"gate: .*read-only; an event that moves may write bloc_level, "):
        CentralAsia(world, seed=1).run_for(12)


def test_the_model_s_own_events_are_not_foreign(baseline):
    assert not [name for name, event in baseline.events.items() if event.derived_class]
    assert np.all([event.fingerprint.startswith("{") for event in baseline.events.values()])
