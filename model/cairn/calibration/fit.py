"""Calibration of the parameters to observations up to a year, 2015 by default.

Parameter sets are members of one run, thousands at a time. Each is simulated once a step, with other random numbers in
each step, and compared with every target (`cairn.calibration.targets`). The method is `cairn.calibration.esmda`. No
later year is used: the runs end there. The residual process of trade is learnt afterwards, from what each parameter set
leaves unexplained (`cairn.calibration.residuals`).
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from cairn.calibration import esmda
from cairn.calibration.priors import OPENNESS_SPREAD, Dimension, dimensions, leaders_until, to_parameter_sets
from cairn.calibration.residuals import LearntResiduals, learn_residuals, residuals_from_targets
from cairn.calibration.simulator import Simulator, process_pool
from cairn.calibration.targets import LAST_FITTED_YEAR, Targets
from cairn.core.leader_names import LEADERS
from cairn.core.parameter_sets import ParameterSets
from cairn.ensemble.runner import Progress
from cairn.scenario.scenario import Scenario
from cairn.support.atomic_write import atomic_write
from cairn.support.frozen_dict import FrozenDict
from cairn.support.provenance import code_digest, package_version
from cairn.support.regular_file import read_arrays

ENSEMBLE_SIZE, SEED = 6000, 1
SHIPPED_SETS = 300  # parameter sets of the posterior that are written
MAX_STEPS = 60
REJECTION_SEED = 500_000  # added to the seed, so that rejection sampling uses random numbers of its own
STEP_FIELDS = ("number", "alpha", "weight", "misfit", "complete")


@dataclasses.dataclass(frozen=True, eq=False)
class Calibration:
    """Result of a calibration.

    Parameters
    ----------
    calibrated : the d calibrated quantities
    targets : the D targets
    z : draws from the posterior, (N, d), on the prior's standard normal scale
    simulated : values of the targets for these draws, (N, D), with random numbers that were not used in the fit
    steps : number, alpha, weight and misfit of each step
    seed : random seed
    rejection_distance : distance that rejection sampling reaches with as many simulations; NaN if it was not run
    until : last year of the observations
    """

    calibrated: tuple[Dimension, ...]
    targets: Targets
    z: np.ndarray
    simulated: np.ndarray
    steps: tuple[dict[str, float], ...]
    seed: int
    rejection_distance: float = float("nan")
    until: int = LAST_FITTED_YEAR

    @property
    def distance(self) -> float:
        """Mean squared distance of the draws to the observations in units of `covariance`."""
        return esmda.mean_distance(self.simulated, self.targets.observed, self.covariance)

    @property
    def covariance(self) -> np.ndarray:
        """Covariance of the targets' errors and of the noise of a run, (D, D)."""
        return self.targets.error_covariance() + esmda.simulator_noise(self.z, self.simulated)

    @property
    def weight(self) -> float:
        """Weight of the observations: their error covariance is divided by it."""
        return float(self.steps[-1]["weight"])

    def posterior_sets(self, count: int = SHIPPED_SETS) -> ParameterSets:
        """Parameter sets at equal distances along the draws.

        Leaders who came to office after the observations have prior draws; the residual process of trade has the draws
        of `residuals`.
        """
        rows = self._rows(count)
        chosen, learnt = to_parameter_sets(self.calibrated, self.z[rows]), self.residuals(count)
        later = [leader for leader in LEADERS if leader not in leaders_until(self.until)]
        random = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(99,)))
        offsets = np.clip(OPENNESS_SPREAD * random.standard_normal((len(rows), len(later))), -0.5, 0.5)
        names = (*chosen.names, *(f"openness_offset[{leader}]" for leader in later), *learnt.names)
        return ParameterSets(names, np.column_stack([chosen.values, offsets, learnt.values]), "")

    def residuals(self, count: int = SHIPPED_SETS) -> LearntResiduals:
        """The residual process of trade, one draw for each of the parameter sets of `posterior_sets`."""
        return _learnt(self, count)

    def _rows(self, count: int) -> np.ndarray:
        return np.linspace(0, len(self.z) - 1, min(count, len(self.z))).astype(int)


@functools.lru_cache(maxsize=2)
def _learnt(result: Calibration, count: int) -> LearntResiduals:
    residuals, tolerance = residuals_from_targets(result.targets, result.simulated[result._rows(count)])
    return learn_residuals(residuals, tolerance, result.seed)


def calibrate(
    count: int = ENSEMBLE_SIZE,
    seed: int = SEED,
    *,
    until: int = LAST_FITTED_YEAR,
    scenario: Scenario | None = None,
    targets: Targets | None = None,
    fixed: Mapping[str, float] = FrozenDict(),
    jobs: int | None = None,
    folder: Path | None = None,
    compare_rejection: bool = False,
    progress: Progress | None = None,
) -> Calibration:
    """Calibrate the parameters to observations up to a year.

    Parameters
    ----------
    count : parameter sets that are simulated in each step
    seed : random seed
    until : last year of the observations
    scenario : scenario whose events are given; default the baseline
    targets : targets to fit; default the shipped ones that end with `until` or before
    fixed : parameters that are set to a value instead of calibrated
    jobs : processes, default one per core
    folder : where each step is saved; a calibration with the same settings continues from the last step there
    compare_rejection : also run rejection sampling with as many simulations
    progress : called with the sets simulated since the last call

    Returns
    -------
    Calibration
        The same for the same settings and version, for any number of processes and interruptions.
    """
    scenario = scenario or Scenario.load("baseline")
    targets = (targets or Targets.load()).until(until)
    calibrated = dimensions(exclude=fixed, until=until)
    settings = _fingerprint(scenario, targets, calibrated, fixed, count, seed)
    steps, start_from = _saved_steps(folder, settings)

    def after_step(step: esmda.Step) -> None:
        steps.append({name: getattr(step, name) for name in STEP_FIELDS})
        if folder is not None:
            with atomic_write(folder / f"step{step.number:02}.npz") as part, part.open("wb") as file:
                np.savez(file, z=step.z, settings=settings, steps=json.dumps(steps))

    with process_pool(jobs, count) as pool:
        simulate = Simulator(scenario, targets, calibrated, seed, fixed, pool, progress)
        if start_from is not None and progress is not None:
            progress(start_from.number * count)
        last = esmda.assimilate(
            simulate,
            targets.observed,
            targets.error_covariance(),
            count=count,
            dimensions=len(calibrated),
            seed=seed,
            start_from=start_from,
            after_step=after_step,
        )
        simulated = simulate(last.z, MAX_STEPS)
        result = Calibration(calibrated, targets, last.z, simulated, tuple(steps), seed, until=until)
        if not compare_rejection:
            return result
        again = Simulator(scenario, targets, calibrated, seed + REJECTION_SEED, fixed, pool, progress)
        size = {"count": count * len(steps), "dimensions": len(calibrated), "kept": min(SHIPPED_SETS, count)}
        covariance = result.covariance
        _, simulated = esmda.rejection_sampling(again, targets.observed, covariance, seed=seed + REJECTION_SEED, **size)
    distance = esmda.mean_distance(simulated, targets.observed, covariance)
    return dataclasses.replace(result, rejection_distance=distance)


def _fingerprint(
    scenario: Scenario,
    targets: Targets,
    calibrated: Sequence[Dimension],
    fixed: Mapping[str, float],
    count: int,
    seed: int,
) -> str:
    """A digest of everything that a step depends on."""
    parts = (scenario.text, targets.rows, calibrated, dict(fixed), count, seed, code_digest(), package_version())
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _saved_steps(folder: Path | None, settings: str) -> tuple[list[dict[str, float]], esmda.Step | None]:
    """The last complete step that an interrupted calibration with these settings saved, and those before it."""
    for path in sorted(folder.glob("step*.npz"), reverse=True) if folder else ():
        try:
            saved = read_arrays(path)
            if str(saved["settings"]) == settings:
                steps = json.loads(str(saved["steps"]))
                return steps, esmda.Step(z=saved["z"], **steps[-1])
        except (OSError, ValueError, KeyError):
            continue  # damaged: use the step before it
    return [], None
