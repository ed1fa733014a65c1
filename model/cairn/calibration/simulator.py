"""Simulation of the targets for many parameter sets at once: sets are members of one run."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager

import numpy as np

from cairn.calibration.indicators import TargetRecorder
from cairn.calibration.priors import Dimension, to_parameter_sets
from cairn.calibration.targets import Targets
from cairn.core.calendar import FIRST_YEAR
from cairn.core.parameter_sets import ParameterSource, for_members
from cairn.ensemble.workers import Progress, resolve_jobs, workers
from cairn.scenario.scenario import Scenario
from cairn.support.frozen_dict import FrozenDict

CHUNK = 750  # members that run side by side


def simulate_chunk(
    scenario: Scenario, targets: Targets, parameters: ParameterSource, first_member: int, members: int, seed: int
) -> np.ndarray:
    """Values of the targets in one run, on the targets' scales.

    The run ends with the last year of the targets, so that a calibration uses no later years.

    Returns
    -------
    (members, D)
    """
    from cairn.model import CentralAsia

    quarters = (targets.last_year - FIRST_YEAR + 1) * 4
    model = CentralAsia(scenario, members, seed, first_member=first_member, parameters=parameters, collect=False)
    recorder = TargetRecorder(members, quarters, sorted({t.indicator for t in targets.rows}))
    for _ in range(quarters):
        model.run_for(1)
        recorder.record(model)
    return targets.simulated(recorder.yearly())


def simulate_targets(
    scenario: Scenario,
    targets: Targets,
    parameters: ParameterSource,
    members: int,
    seed: int,
    pool: Executor | None = None,
    progress: Progress | None = None,
) -> np.ndarray:
    """Values of the targets for all members, run in chunks.

    Parameters
    ----------
    scenario : scenario to run
    targets : targets to simulate
    parameters : as for `cairn.ensemble.runner.run`
    members : members, numbered from 0
    seed : random seed
    pool : processes to use; the result does not depend on them
    progress : called with the members simulated since the last call

    Returns
    -------
    (members, D), on the targets' scales
    """
    chunks = [slice(k, min(k + CHUNK, members)) for k in range(0, members, CHUNK)]
    work = [
        (scenario, targets, for_members(parameters, 0, rows), rows.start, rows.stop - rows.start, seed)
        for rows in chunks
    ]
    arguments = list(zip(*work, strict=True))
    parts = []
    for part in pool.map(simulate_chunk, *arguments) if pool else map(simulate_chunk, *arguments):
        parts.append(part)
        if progress is not None:
            progress(len(part))
    return np.concatenate(parts)


@dataclasses.dataclass
class Simulator:
    """Simulates the targets for parameter sets given on the prior's standard normal scale.

    Parameters
    ----------
    scenario, targets : what is simulated
    calibrated : meaning of the columns of the sets
    seed : random seed; each step of the calibration uses other random numbers
    fixed : parameters that are not calibrated and not at their default value
    pool : processes, kept from step to step
    progress : called with the sets simulated since the last call
    """

    scenario: Scenario
    targets: Targets
    calibrated: Sequence[Dimension]
    seed: int
    fixed: Mapping[str, float] = dataclasses.field(default_factory=FrozenDict)
    pool: Executor | None = None
    progress: Progress | None = None

    def __call__(self, z: np.ndarray, step: int) -> np.ndarray:
        """Values of the targets, (N, d) -> (N, D)."""
        parameters = to_parameter_sets(self.calibrated, z).parameters(0, len(z)).replace(**self.fixed)
        run_seed = int(np.random.SeedSequence(self.seed, spawn_key=(step, 1)).generate_state(1)[0])
        return simulate_targets(self.scenario, self.targets, parameters, len(z), run_seed, self.pool, self.progress)


@contextmanager
def process_pool(jobs: int | None, members: int) -> Iterator[Executor | None]:
    """Processes for a calibration; None where one process is requested or is enough.

    Parameters
    ----------
    jobs : number of processes, default one per core
    members : members of a run
    """
    jobs = resolve_jobs(jobs, members)
    if jobs == 1 or members <= CHUNK:
        yield None
        return
    with workers(jobs) as pool:
        yield pool
