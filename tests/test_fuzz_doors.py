"""Spoilt input at every door, in a small size: `python -m tests.fuzz` is the large one."""

import random

import pytest

from tests.fuzz import DOORS, attack, spoil_json

INPUTS = {"scenario": 60, "sweep": 60, "stack": 60, "checkpoint": 60, "set": 150, "csv": 200, "folder": 120,
          "command": 120, "page": 80}  # fmt: skip


@pytest.mark.parametrize("name", DOORS)
def test_every_input_is_accepted_or_refused_with_a_message(name):
    seen = attack(name, range(10**6, 10**6 + INPUTS[name]))
    assert seen.faults + seen.hangs == []
    assert seen.accepted + seen.refused == seen.inputs == INPUTS[name]
    assert seen.refused > INPUTS[name] / 2 and len(seen.kinds) >= 5


FOUND = [
    ("stack", 36),  # a name too long for a file
    ("command", 61),  # control characters in an error of an argument
    ("command", 95),
]


@pytest.mark.parametrize(("name", "number"), FOUND)
def test_what_was_found_by_large_runs_stays_mended(name, number):
    seen = attack(name, range(number, number + 1))
    assert seen.faults + seen.hangs == []


def test_a_document_is_spoilt_the_same_way_each_time():
    document = {"a": [1, {"b": 2}], "c": None}
    spoilt = [repr(spoil_json(random.Random(number), document)) for number in range(50)]
    assert spoilt == [repr(spoil_json(random.Random(number), document)) for number in range(50)]
    assert len(set(spoilt)) > 20
