"""The stored digests of results: a change of names or places leaves every bit as it was."""

import json

import pytest

from tests.golden import DIGESTS, FILE


@pytest.mark.parametrize("name", DIGESTS)
def test_results_have_the_stored_digest(name):
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    assert DIGESTS[name]() == stored[name], "results changed; if meant, run `python -m tests.golden` and say why"
