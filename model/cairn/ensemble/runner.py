"""Ensembles: many members of one scenario, as one labelled dataset.

A chunk holds members that run side by side in one model. Which chunk or process a member runs in does not change a
bit of its results.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from cairn.core.calendar import FIRST_YEAR, quarter_from, quarter_name
from cairn.core.parameter_sets import ParameterSource, for_members
from cairn.core.state import State
from cairn.ensemble.checkpoint import Checkpoint, CheckpointError, Date
from cairn.ensemble.dataset import dataset
from cairn.ensemble.output_variables import Outputs, measured, resolve_outputs
from cairn.ensemble.workers import CHUNK, Progress, map_chunks
from cairn.scenario.scenario import Scenario

if TYPE_CHECKING:
    import xarray as xr

MEMBERS, SEED = 500, 1  # defaults of a run


@overload
def run(
    scenario: Scenario | str = ...,
    members: int | None = ...,
    seed: int | None = ...,
    *,
    first_member: int = ...,
    from_year: int | None = ...,
    to_year: int | None = ...,
    jobs: int | None = ...,
    outputs: Outputs = ...,
    chunk: int = ...,
    parameters: ParameterSource = ...,
    checkpoints: None = ...,
    progress: Progress | None = ...,
) -> xr.Dataset: ...


@overload
def run(
    scenario: Scenario | str = ...,
    members: int | None = ...,
    seed: int | None = ...,
    *,
    first_member: int = ...,
    from_year: int | None = ...,
    to_year: int | None = ...,
    jobs: int | None = ...,
    outputs: Outputs = ...,
    chunk: int = ...,
    parameters: ParameterSource = ...,
    checkpoints: Sequence[Date],
    progress: Progress | None = ...,
) -> tuple[xr.Dataset, list[Checkpoint]]: ...


def run(
    scenario: Scenario | str = "baseline",
    members: int | None = None,
    seed: int | None = None,
    *,
    first_member: int = 0,
    from_year: int | None = None,
    to_year: int | None = None,
    jobs: int | None = None,
    outputs: Outputs = "all",
    chunk: int = CHUNK,
    parameters: ParameterSource = None,
    checkpoints: Sequence[Date] | None = None,
    progress: Progress | None = None,
) -> xr.Dataset | tuple[xr.Dataset, list[Checkpoint]]:
    """Run a scenario and return its output variables, quarter by quarter.

    Parameters
    ----------
    scenario : a Scenario, the name of a shipped one, or the path of a file
    members : size of the ensemble; by default the scenario's own, else 500
    seed : random seed; by default the scenario's own, else 1
    first_member : number of the first member. Member m is the same in every ensemble that contains it
    from_year, to_year : years to return; the run always starts in 1992
    jobs : processes; None chooses, 1 is this process
    outputs : ``"all"``, ``"summary"`` (variables of the region only), or names of variables
    chunk : most members that run side by side
    parameters : Parameters, or ParameterSets that members draw from; None is the shipped posterior
    checkpoints : dates at which to keep the state of all members, to branch from: ``"2026-01"``, ``"2026Q1"`` or a
        `datetime.date`, each the beginning of the nearest quarter
    progress : called with the member-quarters done since the last call

    Returns
    -------
    xarray.Dataset
        Dimensions member, time and, by variable, country, partner, pair, border, reservoir or river; float32; with
        units, long names, and attributes that hold the scenario, seed, version and commit.
    list of Checkpoint
        Only if `checkpoints` is given: in the order of time.

    Raises
    ------
    ValueError
        For years, dates, outputs or numbers of members that are not possible.

    Examples
    --------
    >>> dataset = run("baseline", members=2, seed=1, to_year=1993, outputs="summary")
    >>> dataset.sizes["time"], dataset.trade_total_usd_bn.units
    (8, 'bn USD/yr')
    """
    scenario = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    members, seed = resolve_size(scenario, members, seed)
    start, stop = resolve_years(scenario, from_year, to_year)
    quarters = check_checkpoints(checkpoints or (), stop)
    job = Job(scenario, seed, stop, resolve_outputs(outputs), quarters)
    values, states = _run_chunks(job, members, first_member, jobs, chunk, parameters, None, progress)
    values = {name: value[:, start:] for name, value in values.items()}
    result = dataset(values, scenario, first_member, seed, start, parameters)
    if checkpoints is None:
        return result
    whole_run = for_members(parameters, first_member, slice(0, members)) if states else None
    return result, [
        Checkpoint(quarter, state, scenario, seed, first_member, whole_run) for quarter, state in sorted(states.items())
    ]


def branch(
    checkpoint: Checkpoint | str | os.PathLike[str],
    scenario: Scenario | str | None = None,
    *,
    to_year: int | None = None,
    jobs: int | None = None,
    outputs: Outputs = "all",
    chunk: int = CHUNK,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Continue from a checkpoint, under its scenario or another one that is the same up to the checkpoint.

    Parameters
    ----------
    checkpoint : a Checkpoint, or the path of its file
    scenario : a Scenario, a name or a path; None is the checkpoint's own
    to_year, jobs, outputs, chunk, progress : as for `run`

    Returns
    -------
    xarray.Dataset
        As of `run`, from the checkpoint's quarter on: bit for bit the later part of an uninterrupted run.

    Raises
    ------
    CheckpointError
        If the scenario differs before the checkpoint, or ends before it.
    """
    if not isinstance(checkpoint, Checkpoint):
        checkpoint = Checkpoint.load(checkpoint)
    scenario = Scenario.load(scenario) if isinstance(scenario, str) else scenario or checkpoint.scenario
    checkpoint.check_compatible(scenario)
    _, stop = resolve_years(scenario, None, to_year)
    if stop <= checkpoint.quarter:
        raise CheckpointError(f"the run would end before {quarter_name(checkpoint.quarter)}, where it begins")
    job = Job(scenario, checkpoint.seed, stop, resolve_outputs(outputs))
    start_from = checkpoint.quarter, checkpoint.state
    parameters, members, first_member = checkpoint.parameters, checkpoint.state.members, checkpoint.first_member
    values, _ = _run_chunks(job, members, first_member, jobs, chunk, parameters, start_from, progress)
    return dataset(values, scenario, first_member, checkpoint.seed, checkpoint.quarter, parameters)


def simulate(
    scenario: Scenario,
    first_member: int,
    members: int,
    seed: int,
    quarters: int,
    outputs: Outputs = "all",
    parameters: ParameterSource = None,
    progress: Progress | None = None,
) -> dict[str, np.ndarray]:
    """Some members of a scenario, side by side in this process: output variables (members, quarters, ...), float32."""
    job = Job(scenario, seed, quarters, resolve_outputs(outputs))
    return _simulate(job, first_member, members, parameters, progress=progress)[0]


def resolve_size(scenario: Scenario, members: int | None, seed: int | None) -> tuple[int, int]:
    """Members and seed of a run: as given, else the scenario's own, else 500 and 1."""
    members = next(m for m in (members, scenario.members, MEMBERS) if m is not None)
    if members < 1:
        raise ValueError(f"members = {members}: at least one member is needed")
    return members, next(s for s in (seed, scenario.seed, SEED) if s is not None)


def resolve_years(scenario: Scenario, from_year: int | None, to_year: int | None) -> tuple[int, int]:
    """The first quarter to return and the first one after the last.

    Raises
    ------
    ValueError
        For years outside the scenario's horizon.
    """
    low, high = scenario.horizon.first, scenario.horizon.last
    from_year, to_year = low if from_year is None else from_year, high if to_year is None else to_year
    if not low <= from_year <= to_year <= high:
        raise ValueError(
            f"years {from_year}..{to_year} lie outside the horizon {low}..{high} of {scenario.name}; "
            "choose years within it, the first not after the last"
        )
    return (from_year - FIRST_YEAR) * 4, (to_year - FIRST_YEAR + 1) * 4


def check_checkpoints(dates: Sequence[Date], stop: int) -> tuple[int, ...]:
    """The quarters of some dates, in the order of time.

    Raises
    ------
    ValueError
        For a date outside the run, which ends before quarter `stop`, or a text that is not a date.
    """
    quarters = sorted({quarter_from(date) for date in dates})
    outside = [quarter for quarter in quarters if not 0 < quarter < stop]
    if outside:
        raise ValueError(
            f"a checkpoint in {quarter_name(max(outside[0], 0))} lies outside the run; it may be the beginning of any "
            f"quarter from {quarter_name(1)} to {quarter_name(stop - 1)}"
        )
    return tuple(quarters)


@dataclasses.dataclass(frozen=True)
class Job:
    """What each chunk of members runs.

    scenario, seed : of the run
    quarters : the run ends before this quarter
    outputs : names of the output variables
    checkpoints : quarters at whose beginning the state is kept
    """

    scenario: Scenario
    seed: int
    quarters: int
    outputs: tuple[str, ...]
    checkpoints: tuple[int, ...] = ()


def _run_chunks(
    job: Job,
    members: int,
    first_member: int,
    jobs: int | None,
    chunk: int,
    parameters: ParameterSource,
    start_from: tuple[int, State] | None,
    progress: Progress | None,
) -> tuple[dict[str, np.ndarray], dict[int, State]]:
    """Output variables and kept states of all members, joined from chunks."""

    def arguments(start: int, count: int) -> tuple[Any, ...]:
        rows = slice(start, start + count)
        state = None if start_from is None else (start_from[0], start_from[1].rows(rows))
        return job, first_member + start, count, for_members(parameters, first_member, rows), state

    quarters = job.quarters - (start_from[0] if start_from else 0)
    joined: dict[str, np.ndarray] = {}
    states: dict[int, dict[int, State]] = {}
    for start, (values, kept) in map_chunks(_simulate, arguments, members, quarters, jobs, chunk, progress):
        for name, value in values.items():
            if name not in joined:
                joined[name] = np.empty((members, *value.shape[1:]), dtype=value.dtype)
            joined[name][start : start + len(value)] = value
        states[start] = kept
    return joined, {q: State.joined([states[start][q] for start in sorted(states)]) for q in job.checkpoints}


def _simulate(
    job: Job,
    first_member: int,
    members: int,
    parameters: ParameterSource = None,
    start_from: tuple[int, State] | None = None,
    *,
    progress: Progress | None = None,
) -> tuple[dict[str, np.ndarray], dict[int, State]]:
    """Output variables of some members, (members, quarters, ...), float32, and their states at the checkpoints."""
    from cairn.model import CentralAsia  # imported late: Mesa takes most of a second

    model = CentralAsia(
        job.scenario,
        members,
        job.seed,
        first_member=first_member,
        parameters=parameters,
        collect=False,
        start_from=start_from,
    )
    record: dict[str, np.ndarray] = {}
    states: dict[int, State] = {}
    start = start_from[0] if start_from else 0
    for quarter in range(start, job.quarters):
        if quarter in job.checkpoints:
            states[quarter] = model.state
        model.run_for(1)
        _record_quarter(record, measured(model, job.outputs), quarter - start, job.quarters - start)
        if progress is not None:
            progress(members)
    return record, states


def _record_quarter(record: dict[str, np.ndarray], values: dict[str, np.ndarray], quarter: int, quarters: int) -> None:
    """Store the values of one quarter, (..., members) each, in arrays (members, quarters, ...) of float32."""
    for name, value in values.items():
        if name not in record:
            record[name] = np.empty((value.shape[-1], quarters, *value.shape[:-1]), dtype=np.float32)
        record[name][:, quarter] = np.moveaxis(value, -1, 0)
