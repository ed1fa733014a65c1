"""The result of the baseline that ships with the page, so that it opens with an answer before anything is computed.

For each outcome and year it has 21 quantiles over the members of the default run, 0 %, 5 % and so on to 100 %. Taken
as 21 members they have the medians and the bands of the whole ensemble: these are all that charts and sentences on one
scenario use. It is used only for the very scenario, members, seed and code with which it was made.

`python -m cairn.dashboard.session.first_answer` renews it.
"""

from __future__ import annotations

import functools
import hashlib
from importlib.resources import files
from pathlib import Path

import numpy as np

from cairn.dashboard.session.outcome_menu import SHARES
from cairn.dashboard.session.paired_arms import (
    DEFAULT_MEMBERS,
    DEFAULT_SEED,
    Arm,
    PairedArms,
    paired,
    run_arm,
    simulation_key,
)
from cairn.dashboard.session.request import RunRequest
from cairn.scenario.scenario import Scenario
from cairn.support.atomic_write import atomic_write
from cairn.support.provenance import code_digest
from cairn.support.regular_file import arrays_of

FILE = "first_answer.npz"
LEVELS = np.linspace(0, 1, 21)
MEANS = (*SHARES, "leaders_met")  # of these the mean over members is shown


def summarise(arm: Arm) -> dict[str, np.ndarray]:
    """Quantiles over members of all annual values of an arm, single precision."""
    return {
        name: (
            np.repeat(values.mean(0, keepdims=True), len(LEVELS), axis=0)
            if name in MEANS
            else np.quantile(values, LEVELS, axis=0)
        ).astype(np.float32)
        for name, values in arm.years.items()
    }


def _settings(scenario: Scenario, members: int, seed: int) -> str:
    parts = repr((simulation_key(scenario), members, seed, code_digest()))
    return hashlib.sha256(parts.encode()).hexdigest()


@functools.cache
def _shipped() -> tuple[str, Arm] | None:
    source = files("cairn") / "dashboard" / FILE
    if not source.is_file():
        return None
    content = arrays_of(source.read_bytes())
    settings = str(content.pop("settings"))
    return settings, Arm({}, {name: values.astype(float) for name, values in content.items()})


def first_answer(request: RunRequest) -> PairedArms | None:
    """The shipped result, if it is the one that a request asks for."""
    shipped = _shipped()
    if request.differ or request.pinned or shipped is None:
        return None
    if shipped[0] != _settings(request.against, request.members, request.seed):
        return None
    result = paired((request.against,), (shipped[1],), request.seed, False, request.key)
    return result.with_members(request.members)


def main() -> None:
    """Run the baseline and write the file."""
    baseline = Scenario.load("baseline")
    arm = run_arm(baseline, DEFAULT_MEMBERS, DEFAULT_SEED, lambda _: None)
    target = Path(__file__).parents[1] / FILE
    with atomic_write(target) as part, part.open("wb") as file:
        settings = _settings(baseline, DEFAULT_MEMBERS, DEFAULT_SEED)
        np.savez_compressed(file, settings=settings, **summarise(arm))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
