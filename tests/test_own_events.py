"""Events of classes that a user derives from those of the model, in a notebook or a program."""

from typing import ClassVar

import numpy as np
import pytest

from cairn import CentralAsia
from cairn.ensemble.checkpoint import CheckpointError
from cairn.ensemble.comparison import RANKED, compare
from cairn.ensemble.runner import branch, run_and_keep
from cairn.events import BorderClosure, Drought
from cairn.scenario.scenario import Scenario, ScenarioError

DRY = {"start": "1994", "end": "1999", "inflow": 0.6, "why": "dry years"}


class EveryOtherYear(Drought):
    """A drought in every other year."""

    time_varying: ClassVar[bool] = True

    def apply(self, forcing, rows, quarter):
        if (quarter - self.first) // 4 % 2 == 0:
            super().apply(forcing, rows, quarter)


def test_an_event_of_a_derived_class_acts_as_its_class_says(baseline):
    alternating, always = (baseline.with_events(dry=kind(**DRY)) for kind in (EveryOtherYear, Drought))
    result = compare([baseline, alternating, always], 4, 1, to_year=1999, outcomes=RANKED[:1])
    first = list(result.years).index(1995)
    differ = (result.values[RANKED[0]][1] != result.values[RANKED[0]][2]).any(axis=0)
    assert not differ[: first - 1].any() and differ[first:].all()  # the same fields and name, yet two events


def test_an_event_of_a_derived_class_cannot_be_loaded_from_a_file_or_checkpoint(baseline, tmp_path):
    scenario = baseline.with_events(dry=EveryOtherYear(**DRY))
    file = tmp_path / "dry.yaml"
    file.write_text(scenario.text)
    with pytest.raises(ScenarioError, match=r"events\.dry\.python: no such key"):
        Scenario.load(file)
    _, kept = run_and_keep(scenario, 1, 1, to_year=1995, checkpoints=[12])
    with pytest.raises(CheckpointError, match="classes of one's own: dry"):
        kept[0].save(tmp_path / "dry.npz")
    with pytest.raises(CheckpointError, match="another past before 1995Q1"):
        branch(kept[0], baseline.with_events(dry=Drought(**DRY)))
    file.write_text(baseline.with_events(dry=Drought(**DRY)).text)
    assert "dry" in Scenario.load(file).events


def test_a_time_varying_event_cannot_write_into_forcing_that_is_kept_between_quarters(baseline):
    class OnAndOff(BorderClosure):
        time_varying: ClassVar[bool] = True

        def apply(self, forcing, rows, quarter):
            if quarter % 2:
                super().apply(forcing, rows, quarter)

    scenario = baseline.with_events(gate=OnAndOff(pairs=("KAZ-UZB",), start="1993", end="1994", why="now and then"))
    with pytest.raises(ValueError, match=r"gate: .*read-only; an event that moves may write bloc_level, "):
        CentralAsia(scenario, seed=1).run_for(12)


def test_events_of_the_baseline_are_not_of_derived_classes(baseline):
    assert not [name for name, event in baseline.events.items() if event.derived_class]
    assert np.all([event.fingerprint.startswith("{") for event in baseline.events.values()])
