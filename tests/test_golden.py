"""The stored digests of results: a change of names or places leaves every bit as it was."""

import json

import pytest

from tests.golden import DIGESTS, FILE, machine

STORED = json.loads(FILE.read_text(encoding="utf-8"))


def differences_of_machine() -> str:
    """How this machine differs from the one that made the digests; empty if they are of one kind."""
    here = machine()
    return ", ".join(
        f"{key} {here[key]}, not {value}" for key, value in STORED["made_on"].items() if here[key] != value
    )


def test_every_digest_is_stored():
    assert set(STORED["digests"]) == set(DIGESTS)


@pytest.mark.skipif(differences_of_machine() != "", reason=f"digests of another machine: {differences_of_machine()}")
@pytest.mark.parametrize("name", DIGESTS)
def test_results_have_the_stored_digest(name):
    assert DIGESTS[name]() == STORED["digests"][name], (
        "results changed; if meant, run `python -m tests.golden` and say why"
    )
