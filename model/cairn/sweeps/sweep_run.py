"""Running a sweep: missing parts are handed to workers, come back as bytes, and are written to the store one by one.

A process that is stopped, killed or lost loses the parts that it was running and nothing else.
"""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from pathlib import Path
from traceback import format_exception
from typing import Any

from cairn.ensemble.own_code import ModelClass, OwnCode, own_code
from cairn.support.plugins import PluginError
from cairn.sweeps.definition import Sweep
from cairn.sweeps.executors import Capacity, ExecutorContext, choose_executor, serial
from cairn.sweeps.points import check_feasible
from cairn.sweeps.store import Part, PartResult, Parts, Store, StoreError, load_pyarrow, program_digest, run_part
from cairn.sweeps.sweep_spec import SweepError

MAX_LOSSES = 3  # attempts to run a part by itself before it is given up

Progress = Callable[[int], None]  # called with the number of rows (members of points) done since the last call


@dataclasses.dataclass(frozen=True)
class SweepSummary:
    """How a sweep ended.

    Parameters
    ----------
    store : the folder
    parts : number of files of the table that are complete
    kept : how many of these existed before
    failed : number of failed points in the whole folder
    """

    store: Store
    parts: int
    kept: int
    failed: int


def run_sweep(
    sweep: Sweep,
    folder: Path | str,
    *,
    jobs: int | None = None,
    executor: Callable[[], ExecutorContext] | None = None,
    shard: tuple[int, int] = (1, 1),
    make_progress: Callable[[int], Progress] | None = None,
    command: str = "",
    retry_failed: bool = True,
    model_class: ModelClass | None = None,
) -> SweepSummary:
    """Run the parts of a sweep that a folder lacks.

    Parameters
    ----------
    sweep : the sweep
    folder : a new or empty folder, or the folder of the same sweep, whose complete parts are kept
    jobs : number of processes; None chooses, 1 is this process
    executor : runs the parts elsewhere than in processes on this machine, e.g. `lambda: executors.dask(address)`
    shard : (k, n) runs the k-th of n shards: every n-th part, an even sample of the whole
    make_progress : called with the number of rows (members of points) to run; returns a function that is called with
        the number of rows done
    command : the command that runs the sweep, for the provenance
    retry_failed : whether to run parts with recorded failures again
    model_class : makes the model, as for `cairn.run`; None is that of the sweep. A sweep that records variables of a
        model of one's own gets it when it is read: ``Sweep.load("my_sweep.yaml", model_class=MyModel)``

    Returns
    -------
    SweepSummary

    Raises
    ------
    SweepError if some point cannot be run
    StoreError if the folder contains another sweep, or lacks parts and was begun with another version of the program;
        both before anything runs
    FolderInUse if another run writes to the folder

    Examples
    --------
    >>> import tempfile
    >>> canal = Sweep.load("canal").replace(design={"kind": "sobol", "samples": 1}, members=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     run_sweep(canal, folder, jobs=1).failed
    0
    """
    load_pyarrow()
    if model_class is not None:
        sweep = sweep.replace(model_class=model_class)
    check_feasible(sweep)
    store = Store(folder)
    store.begin(sweep, command)
    parts = Parts(sweep)
    part_numbers = range(shard[0] - 1, len(parts), shard[1])
    with store.lock(shard, command):
        missing = [number for number, complete in store.verify(parts, part_numbers, retry_failed) if not complete]
        rows = sum(parts[number].count for number in missing) * sweep.spec.members
        progress = make_progress(rows) if make_progress is not None else (lambda _: None)
        if missing:
            store.check_program(sweep)
            open_executor = executor or choose_executor(jobs, rows, len(missing))
            _run_parts(sweep, store, [parts[number] for number in missing], open_executor, progress)
    failed = sum(failure["points"] for failure in store.failures())
    return SweepSummary(store, len(part_numbers), len(part_numbers) - len(missing), failed)


def _run_parts(
    sweep: Sweep, store: Store, parts: Sequence[Part], open_executor: Callable[[], ExecutorContext], progress: Progress
) -> None:
    """Run parts. A part whose process dies is tried again by itself, and given up after several attempts."""
    for part in parts:
        store.clear_failures(part)
    waiting, suspects, losses = deque(parts), deque[Part](), Counter[Part]()
    serial_progress = progress if open_executor is serial else None
    while waiting or suspects:
        # after a process died, the parts it may have been running go one at a time, to find the one that kills it
        alone = bool(suspects)
        with open_executor() as (executor, executor_capacity):
            capacity = (lambda: 1) if alone else executor_capacity
            queue = suspects if alone else waiting
            for part, result in _completed_parts(executor, capacity, queue, sweep, serial_progress):
                if isinstance(result, PartResult):
                    store.save(result)
                    if serial_progress is None:
                        progress(part.count * sweep.spec.members)
                    continue
                losses[part] += alone
                if losses[part] < MAX_LOSSES:
                    suspects.append(part)
                else:
                    problem = f"lost {MAX_LOSSES} times, last by {type(result).__name__}: {result}"
                    store.save_failure(part.first, problem, "".join(format_exception(result)), part.count)


def _completed_parts(
    executor: Executor, capacity: Capacity, queue: deque[Part], sweep: Sweep, progress: Progress | None
) -> Iterator[tuple[Part, PartResult | Exception]]:
    """Parts with their results as they are completed, or with the exception that lost them.

    At most `capacity()` parts are submitted at a time, so that memory does not grow with their number. Ends when the
    executor is broken. Errors of single points come back in the result of their part: an exception means that a
    process died or ran out of memory.
    """
    task: Callable[..., PartResult]
    if progress is None:
        task = functools.partial(_run_in_worker, sweep.text, program_digest(), own_code(sweep.model_class))
    else:
        task = functools.partial(run_part, _complete(sweep.text, sweep.model_class), progress=progress)
    submitted: dict[Future[Any], Part] = {}
    broken = False
    try:
        while submitted or (queue and not broken):
            free = capacity()
            while queue and not broken and len(submitted) < free:
                part = queue.popleft()
                try:
                    submitted[executor.submit(task, part)] = part
                except BrokenExecutor:
                    queue.appendleft(part)
                    broken = True
            for future in wait(submitted, return_when=FIRST_COMPLETED).done:
                part = submitted.pop(future)
                try:
                    yield part, future.result()
                except (SweepError, PluginError):
                    raise
                except Exception as problem:
                    broken = broken or isinstance(problem, BrokenExecutor)
                    yield part, problem
    finally:
        for future in submitted:
            future.cancel()


def _run_in_worker(text: str, program: str, code: OwnCode | None, part: Part) -> PartResult:
    """The task of a worker: run one part of the sweep that `text` describes."""
    if program_digest() != program:
        raise StoreError("a worker has another version of the package or its libraries; install the same everywhere")
    return run_part(_with_own_code(text, code), part)


@functools.lru_cache(maxsize=8)
def _with_own_code(text: str, code: OwnCode | None) -> Sweep:
    return _complete(text, code.install() if code is not None else None)


def _complete(text: str, model_class: ModelClass | None) -> Sweep:
    """The sweep of a text with its model class."""
    sweep = Sweep.from_text(text)
    return sweep if model_class is None else sweep.replace(model_class=model_class)
