"""Running a sweep: parts that are missing are handed out, come back as bytes, and are put into the store one by one.

Whoever is stopped, killed or lost takes with him the parts he was at and nothing else.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from pathlib import Path
from traceback import format_exception
from typing import Any

from cairn.sweeps.executors import Capacity, Opened, chosen, serial
from cairn.sweeps.points import must_be_possible
from cairn.sweeps.store import Part, Parts, Store, StoreError, Written, arrow, program, written
from cairn.sweeps.sweep_spec import Sweep, SweepError

MOST_LOSSES = 3  # how often a part may be lost while it is run by itself, before it is given up

Progress = Callable[[int], None]  # told the worlds done since the last call


@dataclasses.dataclass(frozen=True)
class Done:
    """How a sweep ended.

    parts : of the table, whole; kept : of these, found there; failed : points that failed, in all of the folder
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
    executor: Callable[[], Opened] | None = None,
    shard: tuple[int, int] = (1, 1),
    begin: Callable[[int], Progress] | None = None,
    command: str = "",
) -> Done:
    """Run what a folder lacks of a sweep.

    Parameters
    ----------
    folder : a new or empty one, or that of the same sweep, whose whole parts are kept
    jobs : processes; None chooses, 1 is this process
    executor : who runs it, if not processes here: `executors.dask(address)` and the like
    piece : k, n: the k-th of n pieces, every n-th part, each an even sample of the whole
    begin : called with the worlds that are to be run, gives what is told the worlds done

    Raises
    ------
    SweepError if a point cannot be, StoreError if the folder is another sweep's or lacks parts and was begun by another
    state of the program; before anything runs
    """
    arrow()
    must_be_possible(sweep)
    store = Store(folder)
    store.begin(sweep, command)
    parts = Parts(sweep)
    part_numbers = range(shard[0] - 1, len(parts), shard[1])
    missing = [number for number, good in store.verify(parts, part_numbers) if not good]
    worlds = sum(parts[number].count for number in missing) * sweep.spec.members
    progress = begin(worlds) if begin is not None else (lambda _: None)
    if missing:
        store.must_be_of_this_program()
        open_executor = executor or chosen(jobs, worlds, len(missing))
        _carry_out(sweep, store, [parts[number] for number in missing], open_executor, progress)
    failed = sum(failure["points"] for failure in store.failures())
    return Done(store, len(part_numbers), len(part_numbers) - len(missing), failed)


def _carry_out(
    sweep: Sweep, store: Store, todo: Sequence[Part], open_executor: Callable[[], Opened], progress: Progress
) -> None:
    """Run parts; one that is lost, as its process died, is tried again by itself, and given up in the end."""
    for part in todo:
        store.forget_failures(part)
    waiting, suspects, losses = deque(todo), deque[Part](), Counter[Part]()
    here = progress if open_executor is serial else None
    while waiting or suspects:
        # after a death those that were under way go one at a time, so that it is plain whose fault it is
        alone = bool(suspects)
        with open_executor() as (executor, capacity):
            room = (lambda: 1) if alone else capacity
            for part, result in _results(executor, room, suspects if alone else waiting, sweep, here):
                if isinstance(result, Written):
                    store.save(result)
                    if here is None:
                        progress(part.count * sweep.spec.members)
                    continue
                losses[part] += alone
                if losses[part] < MOST_LOSSES:
                    suspects.append(part)
                else:
                    problem = f"lost {MOST_LOSSES} times, last by {type(result).__name__}: {result}"
                    store.save_failure(part.first, problem, "".join(format_exception(result)), part.count)


def _results(
    executor: Executor, capacity: Capacity, queue: deque[Part], sweep: Sweep, progress: Progress | None
) -> Iterator[tuple[Part, Written | Exception]]:
    """Parts with their bytes as they come, or with what lost them; ends when the executor is broken.

    No more than `ahead()` parts are under way, so that memory does not grow with their number. What a point does wrong
    comes back with its part: an exception is the death of a process or want of memory.
    """
    text, made_by = sweep.text, program()
    under_way: dict[Future[Any], Part] = {}
    broken = False
    try:
        while under_way or (queue and not broken):
            room = capacity()
            while queue and not broken and len(under_way) < room:
                part = queue.popleft()
                try:
                    under_way[executor.submit(_work, text, made_by, part, progress)] = part
                except BrokenExecutor:
                    queue.appendleft(part)
                    broken = True
            for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                part = under_way.pop(future)
                try:
                    yield part, future.result()
                except SweepError:
                    raise
                except Exception as problem:
                    broken = broken or isinstance(problem, BrokenExecutor)
                    yield part, problem
    finally:
        for future in under_way:
            future.cancel()


def _work(text: str, made_by: str, part: Part, progress: Progress | None = None) -> Written:
    """What a worker does."""
    if program() != made_by:
        raise StoreError("a worker has another version of the package or its libraries; install the same everywhere")
    return written(Sweep.from_text(text), part, progress)
