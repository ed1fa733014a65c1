"""Headline results under each coding of leaders, with the parameters as calibrated under the shipped codes."""

from __future__ import annotations

import dataclasses

from cairn.calibration.leader_codings import recoded
from cairn.core.leader_names import CODINGS
from cairn.core.parameter_sets import ParameterSource
from cairn.ensemble.comparison import compare
from cairn.ensemble.effect import Effect
from cairn.ensemble.outcomes import Outcome
from cairn.ensemble.summary import OUTCOMES
from cairn.ensemble.workers import Progress
from cairn.scenario.scenario import Scenario

MEMBERS, YEAR = 300, 2024
INDEX, TRADE = (next(o for o in OUTCOMES if o.key == key) for key in ("integration_index", "trade_total_usd_bn"))
HEADLINES: tuple[tuple[str, Outcome], ...] = (  # scenario and outcome: who leads Uzbekistan, and the war
    ("karimov_line", INDEX),
    ("karimov_line", TRADE),
    ("no_ukraine_war", INDEX),
)


@dataclasses.dataclass(frozen=True)
class Headlines:
    """Effects under one coding.

    Parameters
    ----------
    coding, about : name of the coding, and what it is
    effects : effect of each of `HEADLINES` in `YEAR`, against the baseline under the same coding
    """

    coding: str
    about: str
    effects: tuple[Effect, ...]


def compute_headlines(
    members: int = MEMBERS,
    seed: int = 1,
    *,
    parameters: ParameterSource = "conditioned",
    jobs: int | None = None,
    progress: Progress | None = None,
) -> list[Headlines]:
    """Headline results as `run.py compare --coding` gives them, for each of `cairn.core.leader_names.CODINGS`.

    Parameters
    ----------
    members, seed, jobs : of the runs
    parameters : as for `cairn.ensemble.comparison.compare`, default the members that follow the record to its end
    progress : called with the members simulated since the last call
    """
    names = list(dict.fromkeys(["baseline", *(name for name, _ in HEADLINES)]))
    found = []
    for coding, about in CODINGS.items():
        scenarios = [recoded(Scenario.load(name), coding) for name in names]
        result = compare(
            scenarios, members, seed, to_year=YEAR, parameters=parameters, outcomes=(INDEX, TRADE), jobs=jobs
        )
        effects = [result.effect(o, YEAR, scenarios[names.index(name)].name) for name, o in HEADLINES]
        found.append(Headlines(coding, about, tuple(effects)))
        if progress is not None:
            progress(members)
    return found
