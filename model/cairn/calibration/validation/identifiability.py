"""Profiles of parameters: how far the observations, and the results, depend on one parameter.

A profile sets one parameter to several values across its prior, with all others from the posterior, and computes the
misfit to the observations and the headline outcomes. A parameter whose profile of the misfit is flat cannot be
identified from these observations; if the outcomes are flat as well, its value does not matter for them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from cairn.calibration.priors import CALIBRATED, Dimension
from cairn.calibration.simulator import simulate_chunk
from cairn.calibration.targets import FIT, Targets
from cairn.core.parameter_sets import ParameterSets
from cairn.ensemble.runner import Progress, run
from cairn.ensemble.summary import OUTCOMES, Outcome, by_year
from cairn.scenario.scenario import Scenario
from cairn.support.quantiles import interval

if TYPE_CHECKING:
    import xarray as xr

PROFILES = 3  # parameters that are profiled for VALIDATION.md
GRID = (0.05, 0.275, 0.5, 0.725, 0.95)  # quantiles of the prior
MEMBERS = 150
YEAR = 2024
SENSITIVE = 0.1  # an outcome depends on a parameter if its median moves by this share of its 90 % interval; Assumed
PROFILED_OUTCOMES = tuple(o for o in OUTCOMES if not o.where and not o.share)


@dataclasses.dataclass(frozen=True, eq=False)
class Profile:
    """One parameter moved across its prior.

    Parameters
    ----------
    name : the parameter
    values : values it is set to, (G,)
    misfit : mean squared distance to the fitted targets in units of their errors and the spread of runs, (G,)
    outcomes : median in `YEAR` for each value, (G,), by title of the outcome
    widths : width of the 90 % interval of each outcome
    """

    name: str
    values: np.ndarray
    misfit: np.ndarray
    outcomes: dict[str, np.ndarray]
    widths: dict[str, float]

    def sensitivity(self, title: str) -> float:
        """Range of the medians of an outcome, as a share of the width of its 90 % interval."""
        return float(np.ptp(self.outcomes[title]) / self.widths[title]) if self.widths[title] else 0.0

    @property
    def insensitive_outcomes(self) -> list[str]:
        """Outcomes that hardly depend on the parameter."""
        return [title for title in self.outcomes if self.sensitivity(title) < SENSITIVE]

    @property
    def sensitive_outcomes(self) -> list[str]:
        """All other outcomes."""
        return [title for title in self.outcomes if self.sensitivity(title) >= SENSITIVE]


def least_identified(shrinkage: Mapping[str, float], count: int = PROFILES) -> list[str]:
    """The parameters of behaviour with the smallest shrinkage."""
    return sorted((name for name in CALIBRATED if name in shrinkage), key=lambda name: shrinkage[name])[:count]


def compute_profiles(
    names: Sequence[str], parameter_sets: ParameterSets, *, members: int = MEMBERS, progress: Progress | None = None
) -> list[Profile]:
    """Profiles of parameters.

    Parameters
    ----------
    names : parameters to profile
    parameter_sets : values of all other parameters
    members : members of each run
    progress : called with the members simulated since the last call
    """
    scenario, targets = Scenario.load("baseline"), Targets.load().select(FIT)
    profiles = []
    for name in names:
        values = Dimension(name).value(ndtri(np.array(GRID)))
        misfit: list[float] = []
        outcomes: dict[str, list[float]] = {o.title.strip(): [] for o in PROFILED_OUTCOMES}
        widths: dict[str, float] = {}
        for value in values:
            parameters = parameter_sets.parameters(0, members).replace(**{name: float(value)})
            simulated = simulate_chunk(scenario, targets, parameters, 0, members, 1)
            covariance = targets.error_covariance() + np.cov(simulated.T)
            residual = targets.observed - simulated.mean(0)
            misfit.append(float(residual @ np.linalg.solve(covariance, residual)) / len(targets))
            ds = run(scenario, members, 1, to_year=YEAR, outputs="summary", parameters=parameters, jobs=1)
            for outcome in PROFILED_OUTCOMES:
                low, median, high = interval(_in_year(ds, outcome))
                outcomes[outcome.title.strip()].append(float(median))
                widths[outcome.title.strip()] = float(high - low)
            if progress is not None:
                progress(members)
        medians = {title: np.array(each) for title, each in outcomes.items()}
        profiles.append(Profile(name, values, np.array(misfit), medians, widths))
    return profiles


def _in_year(ds: xr.Dataset, outcome: Outcome) -> np.ndarray:
    return by_year(ds[outcome.variable]).sel(year=YEAR).values
