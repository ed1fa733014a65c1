"""What the record says of each number, and what it leaves open: profiles of the numbers it says least of.

A profile sets one number to several values across its prior, with all others from the posterior, and asks how the
misfit to the record and the headline outcomes move. A number whose profile is flat cannot be learnt from this record;
where the outcomes are flat as well it does not matter.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from cairn.calibration.fit import LEARNT, Dimension, observe
from cairn.calibration.targets import FIT, Targets
from cairn.core.parameter_sets import ParameterSets
from cairn.ensemble.annual import by_year
from cairn.ensemble.outcomes import OUTCOMES, Outcome
from cairn.ensemble.runner import run
from cairn.ensemble.workers import Progress
from cairn.scenario.scenario import Scenario

PROFILED = 3
GRID = (0.05, 0.275, 0.5, 0.725, 0.95)  # quantiles of the prior
MEMBERS = 150
YEAR = 2024
MATTERS = 0.1  # share of the band of nine tenths of worlds that a move of an outcome must exceed
SHOWN = tuple(o for o in OUTCOMES if not o.where and not o.share)


@dataclasses.dataclass(frozen=True, eq=False)
class Profile:
    """One number moved across its prior.

    values : (G,) set; misfit : (G,) mean squared distance to the fitted targets in units of their errors and the spread
    of runs; outcomes : median in 2024 at each value, (G,), by outcome; widths : of the band of nine tenths of worlds
    """

    name: str
    values: np.ndarray
    misfit: np.ndarray
    outcomes: dict[str, np.ndarray]
    widths: dict[str, float]

    def moves(self, title: str) -> float:
        """How far the number moves an outcome, in widths of its band."""
        return float(np.ptp(self.outcomes[title]) / self.widths[title]) if self.widths[title] else 0.0

    @property
    def does_not_matter_for(self) -> list[str]:
        """Outcomes that it hardly moves."""
        return [title for title in self.outcomes if self.moves(title) < MATTERS]


def weakest(shrinkage: dict[str, float], most: int = PROFILED) -> list[str]:
    """The numbers of behaviour that the record says least of."""
    return sorted((name for name in LEARNT if name in shrinkage), key=lambda name: shrinkage[name])[:most]


def profiles(
    names: Sequence[str], sets: ParameterSets, *, members: int = MEMBERS, progress: Progress | None = None
) -> list[Profile]:
    """Profiles of some numbers around parameter sets."""
    scenario, targets = Scenario.load("baseline"), Targets.load().of(FIT)
    found = []
    for name in names:
        values = Dimension(name).value(_normal(np.array(GRID)))
        misfit: list[float] = []
        outcomes: dict[str, list[float]] = {o.title.strip(): [] for o in SHOWN}
        widths: dict[str, float] = {}
        for value in values:
            parameters = sets.parameters(0, members).replace(**{name: float(value)})
            figures = observe(scenario, targets, parameters, 0, members, 1)
            error = targets.error() + np.cov(figures.T)
            far = targets.observed - figures.mean(0)
            misfit.append(float(far @ np.linalg.solve(error, far)) / len(targets))
            worlds = run(scenario, members, 1, to_year=YEAR, outputs="summary", parameters=parameters, jobs=1)
            for outcome in SHOWN:
                of_year = _in_year(worlds, outcome)
                outcomes[outcome.title.strip()].append(float(np.median(of_year)))
                widths[outcome.title.strip()] = float(np.ptp(np.quantile(of_year, (0.05, 0.95))))
            if progress is not None:
                progress(members)
        found.append(Profile(name, values, np.array(misfit), {k: np.array(v) for k, v in outcomes.items()}, widths))
    return found


def _in_year(worlds, outcome: Outcome) -> np.ndarray:
    return by_year(worlds[outcome.variable]).sel(year=YEAR).values


def _normal(u: np.ndarray) -> np.ndarray:
    from scipy.special import ndtri

    return ndtri(u)
