"""Ensembles: members in chunks, over processes where that pays, into one labelled dataset.

A chunk holds members that stand side by side; which chunk or process a member runs in does not change a bit of it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.core.calendar import FIRST_YEAR, begins, quarter_name
from cairn.core.geography import BORDER_NAMES, CODES, PAIR_NAMES, RESERVOIRS, RIVERS
from cairn.core.parameter_sets import ParameterSource, for_members, origin_of, resolve_parameters
from cairn.core.state import State
from cairn.ensemble.checkpoint import Checkpoint, CheckpointError
from cairn.scenario.scenario import Scenario
from cairn.step.measures import REGION, catalogue
from cairn.support.atomic_write import atomic_write
from cairn.support.provenance import commit, package_version

if TYPE_CHECKING:
    import xarray as xr

MEMBERS, SEED = 500, 1  # of a run that asks for none
CHUNK = 1024  # members that run side by side: near what a core can give
WORTH_PROCESSES = 2_000  # members from which starting processes pays

Progress = Callable[[int], None]
OUTPUTS = ("all", "attendance", "summary")

COORDS = {
    "country": list(CODES),
    "partner": list(CODES),
    "pair": list(PAIR_NAMES),
    "border": list(BORDER_NAMES),
    "reservoir": list(RESERVOIRS),
    "river": list(RIVERS),
}


def run(
    scenario: Scenario | str = "baseline",
    members: int | None = None,
    seed: int | None = None,
    *,
    first_member: int = 0,
    from_year: int | None = None,
    to_year: int | None = None,
    jobs: int | None = None,
    outputs: str = "all",
    chunk: int = CHUNK,
    parameters: ParameterSource = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Run a scenario and return what was measured, quarter by quarter.

    Parameters
    ----------
    scenario : a Scenario, the name of a shipped one, or the path of a file
    members : how many worlds; the scenario's own number, else 500
    seed : of the luck; the scenario's own, else 1
    first : number of the first member
    from_year, to_year : years to report; the run always begins in 1992
    jobs : processes; None chooses, 1 is serial. A script that starts processes needs `if __name__ == "__main__":`
    outputs : "all", or "summary" for the region's measures only, or "attendance" for these and who came to meetings
    parameters : see `cairn.core.parameter_sets.resolve_parameters`; None is the shipped posterior
    progress : called with the member-quarters done since the last call

    Returns
    -------
    xarray.Dataset with dims member, time and country, partner, pair, border, reservoir or river; float32; each
    variable with units and long_name, attributes with the whole scenario, seed, version and commit

    Examples
    --------
    >>> worlds = run("baseline", members=2, seed=1, to_year=1993, outputs="summary")
    >>> worlds.sizes["time"], worlds.trade_total_usd_bn.units
    (8, 'bn USD/yr')
    """
    worlds, _ = run_and_keep(
        scenario,
        members,
        seed,
        first_member=first_member,
        from_year=from_year,
        to_year=to_year,
        jobs=jobs,
        outputs=outputs,
        chunk=chunk,
        parameters=parameters,
        progress=progress,
    )
    return worlds


def run_and_keep(
    scenario: Scenario | str = "baseline",
    members: int | None = None,
    seed: int | None = None,
    *,
    first_member: int = 0,
    from_year: int | None = None,
    to_year: int | None = None,
    jobs: int | None = None,
    outputs: str = "all",
    chunk: int = CHUNK,
    parameters: ParameterSource = None,
    progress: Progress | None = None,
    checkpoints: Sequence[int] = (),
) -> tuple[xr.Dataset, list[Checkpoint]]:
    """As `run`, and the state of all worlds at the beginning of some quarters, to branch from."""
    scenario = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    members, seed = resolve_size(scenario, members, seed)
    parameters = resolve_parameters(parameters)
    start, stop = years_checked(scenario, from_year, to_year)
    checkpoints_checked(checkpoints, stop)
    job = Job(scenario, seed, stop, outputs, checkpoints=tuple(sorted(set(checkpoints))))
    values, states = _joined(job, members, first_member, jobs, chunk, parameters, None, progress)
    worlds = dataset({k: v[:, start:] for k, v in values.items()}, scenario, first_member, seed, start, parameters)
    whole_run = for_members(parameters, first_member, slice(0, members)) if states else None
    kept = [Checkpoint(q, state, scenario, seed, first_member, whole_run) for q, state in sorted(states.items())]
    return worlds, kept


def branch(
    checkpoint: Checkpoint,
    scenario: Scenario | str | None = None,
    *,
    to_year: int | None = None,
    jobs: int | None = None,
    outputs: str = "all",
    chunk: int = CHUNK,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Carry on from a checkpoint, under another scenario with the same past if one is given.

    Returns
    -------
    xarray.Dataset as of `run`, from the checkpoint's quarter on: bit for bit the later part of an uninterrupted run

    Raises
    ------
    CheckpointError if the scenario had another past, or ends before the checkpoint
    """
    scenario = Scenario.load(scenario) if isinstance(scenario, str) else scenario or checkpoint.scenario
    checkpoint.check_compatible(scenario)
    _, stop = years_checked(scenario, None, to_year)
    if stop <= checkpoint.quarter:
        raise CheckpointError(f"the run would end before {quarter_name(checkpoint.quarter)}, where it begins")
    job = Job(scenario, checkpoint.seed, stop, outputs)
    start_from = checkpoint.quarter, checkpoint.state
    parameters, members, first_member = checkpoint.parameters, checkpoint.state.members, checkpoint.first_member
    values, _ = _joined(job, members, first_member, jobs, chunk, parameters, start_from, progress)
    return dataset(values, scenario, first_member, checkpoint.seed, checkpoint.quarter, parameters)


def resolve_size(scenario: Scenario, members: int | None, seed: int | None) -> tuple[int, int]:
    """Members and seed of a run: as asked for, else the scenario's own, else 500 and 1."""
    members = next(m for m in (members, scenario.members, MEMBERS) if m is not None)
    if members < 1:
        raise ValueError(f"members = {members}: at least one world is needed")
    return members, next(s for s in (seed, scenario.seed, SEED) if s is not None)


def years_checked(scenario: Scenario, from_year: int | None, to_year: int | None) -> tuple[int, int]:
    """First and one past the last quarter to report."""
    low, high = scenario.horizon.first, scenario.horizon.last
    from_year, to_year = low if from_year is None else from_year, high if to_year is None else to_year
    if not low <= from_year <= to_year <= high:
        raise ValueError(
            f"years {from_year}..{to_year} lie outside the horizon {low}..{high} of {scenario.name}; "
            "choose years within it, the first not after the last"
        )
    return (from_year - FIRST_YEAR) * 4, (to_year - FIRST_YEAR + 1) * 4


def checkpoints_checked(checkpoints: Sequence[int], stop: int) -> None:
    """Whether these quarters lie within a run."""
    beyond = [q for q in checkpoints if not 0 < q < stop]
    if beyond:
        raise ValueError(
            f"a checkpoint in {quarter_name(max(beyond[0], 0))} lies outside the run; it may be the beginning of any "
            f"quarter from {quarter_name(1)} to {quarter_name(stop - 1)}"
        )


@dataclasses.dataclass(frozen=True)
class Job:
    """What a chunk of members is put through."""

    scenario: Scenario
    seed: int
    quarters: int  # up to this one
    outputs: str = "all"
    checkpoints: tuple[int, ...] = ()


def _joined(
    job: Job,
    members: int,
    first_member: int,
    jobs: int | None,
    chunk: int,
    parameters: ParameterSource,
    start_from: tuple[int, State] | None,
    progress: Progress | None,
) -> tuple[dict[str, np.ndarray], dict[int, State]]:
    """Measures and kept states of all members, put together from chunks."""
    if job.outputs not in OUTPUTS:
        raise ValueError(f"outputs = {job.outputs!r}; one of {', '.join(OUTPUTS)}")

    def arguments(k: int, count: int) -> tuple[Any, ...]:
        rows = slice(k, k + count)
        own = for_members(parameters, first_member, rows)
        return (
            job,
            first_member + k,
            count,
            own,
            None if start_from is None else (start_from[0], start_from[1].rows(rows)),
        )

    each = job.quarters - (start_from[0] if start_from else 0)
    parts = dict(map_chunks(_simulate, arguments, members, each, jobs, chunk, progress))
    values = [parts[k][0] for k in sorted(parts)]
    joined = {name: np.concatenate([part[name] for part in values]) for name in values[0]}
    return joined, {q: State.joined([parts[k][1][q] for k in sorted(parts)]) for q in job.checkpoints}


def map_chunks(
    work: Callable[..., Any],
    arguments: Callable[[int, int], tuple[Any, ...]],
    members: int,
    quarters: int,
    jobs: int | None = None,
    chunk: int = CHUNK,
    progress: Progress | None = None,
    worlds: int | None = None,
) -> Iterator[tuple[int, Any]]:
    """Put members through `work` chunk by chunk, over processes where that pays.

    `arguments(k, count)` are those of the chunk from place k on; `work` takes `progress` besides when it runs here.
    `worlds` is how many worlds a member stands for, if more than one. Yields (k, result) as chunks finish.
    """
    worlds = worlds or 1
    jobs = jobs if jobs is not None else (os.cpu_count() or 1 if members * worlds >= WORTH_PROCESSES else 1)
    chunk = max(chunk // worlds, 1)
    if jobs > 1:
        chunk = min(chunk, -(-members // jobs))  # no process waits for another's last chunk
    chunks = [(k, min(chunk, members - k)) for k in range(0, members, chunk)]
    if jobs == 1 or len(chunks) == 1:
        for k, count in chunks:
            yield k, work(*arguments(k, count), progress=progress)
        return
    with workers(jobs) as pool:
        futures = {pool.submit(work, *arguments(k, count)): (k, count) for k, count in chunks}
        for done in as_completed(futures):
            k, count = futures[done]
            if progress is not None:
                progress(count * worlds * quarters)
            yield k, done.result()


@contextlib.contextmanager
def workers(jobs: int) -> Iterator[Executor]:
    """Processes that import the model afresh, on any platform, and end with this one, however that ends."""
    context, others = multiprocessing.get_context("spawn"), set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_follow_parent)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - others:
            child.terminate()
        raise
    pool.shutdown()


def _follow_parent() -> None:
    """Leave Ctrl-C to the parent, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def simulate(
    scenario: Scenario,
    first_member: int,
    members: int,
    seed: int,
    quarters: int,
    outputs: str = "all",
    parameters: ParameterSource = None,
    progress: Progress | None = None,
) -> dict[str, np.ndarray]:
    """Members `first_member` ... of a scenario, every measure (members, quarters, ...), float32."""
    return _simulate(Job(scenario, seed, quarters, outputs), first_member, members, parameters, progress=progress)[0]


def _simulate(
    job: Job,
    first_member: int,
    members: int,
    parameters: ParameterSource = None,
    start_from: tuple[int, State] | None = None,
    *,
    progress: Progress | None = None,
) -> tuple[dict[str, np.ndarray], dict[int, State]]:
    """Measures of some members, (members, quarters, ...), float32, and their states at the job's checkpoints."""
    from cairn.model import CentralAsia  # Mesa takes most of a second to import

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
    kept: dict[int, State] = {}
    start = start_from[0] if start_from else 0
    for quarter in range(start, job.quarters):
        if quarter in job.checkpoints:
            kept[quarter] = model.state
        model.run_for(1)
        for name, value in measured(model, job.outputs).items():
            if name not in record:
                record[name] = np.empty((members, job.quarters - start, *value.shape[:-1]), dtype=np.float32)
            record[name][:, quarter - start] = np.moveaxis(value, -1, 0)
        if progress is not None:
            progress(members)
    return record, kept


def measured(model: Any, outputs: str) -> dict[str, np.ndarray]:
    """What is recorded of the model's present state: all, or the region's, or these and who attended; members last."""
    names = names_of_outputs(model, outputs)
    return model.observe(names)


def names_of_outputs(model: Any, outputs: str) -> list[str]:
    """Names of the catalogue that a choice of outputs stands for."""
    if outputs == "all":
        return list(model.catalogue())
    return [*REGION, *(["attended"] if outputs == "attendance" else [])]


def dataset(
    values: dict[str, np.ndarray],
    scenario: Scenario,
    first_member: int,
    seed: int,
    start: int,
    parameters: ParameterSource = None,
) -> xr.Dataset:
    """A labelled dataset of measures, with all that is needed to make it again."""
    import xarray as xr

    members, quarters = next(iter(values.values())).shape[:2]
    known = catalogue()
    variables = {
        name: (
            ("member", "time", *known[name].dims),
            value,
            {"units": known[name].unit, "long_name": known[name].long_name},
        )
        for name, value in values.items()
    }
    used = {dim for dims, _, _ in variables.values() for dim in dims}
    time = np.array([begins(start + q) for q in range(quarters)], dtype="datetime64[ns]")
    coords = {"member": np.arange(first_member, first_member + members), "time": time}
    coords |= {dim: labels for dim, labels in COORDS.items() if dim in used}
    marks = sorted(
        (str(getattr(e, "date", None) or getattr(e, "start", None)), e.mark) for e in scenario.events.values() if e.mark
    )
    return xr.Dataset(
        variables,
        coords,
        {
            "title": scenario.title,
            "name": scenario.name,
            "question": scenario.question,
            "scenario": scenario.text,
            "seed": seed,
            "first_member": first_member,
            "members": members,
            "parameters": origin_of(parameters),
            "version": package_version(),
            "commit": commit(),
            "events_marked": json.dumps(marks),
        },
    )


def save(worlds: xr.Dataset, path: os.PathLike[str] | str) -> None:
    """Write a dataset as NetCDF, compressed, under its final name only once it is whole."""
    encoding: dict[Any, dict[str, Any]] = {
        name: {"zlib": True, "complevel": 1, "shuffle": True} for name in worlds.data_vars
    }
    with atomic_write(path) as part:
        worlds.to_netcdf(part, engine="h5netcdf", encoding=encoding)
