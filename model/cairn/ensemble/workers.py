"""Work on many members: in chunks that run side by side, in this process or in several."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from typing import Any

CHUNK = 1024  # members that run side by side: more are no faster per member
PROCESSES_FROM = 2_000  # runs (members times scenarios) from which starting processes saves time

Progress = Callable[[int], None]


def resolve_jobs(jobs: int | None, runs: int) -> int:
    """The number of processes: as given; by default 1 for little work, else one for each core.

    Parameters
    ----------
    jobs : as given, or None
    runs : members times scenarios
    """
    if jobs is not None:
        return jobs
    return os.cpu_count() or 1 if runs >= PROCESSES_FROM else 1


def map_chunks(
    work: Callable[..., Any],
    arguments: Callable[[int, int], tuple[Any, ...]],
    members: int,
    quarters: int,
    jobs: int | None = None,
    chunk: int = CHUNK,
    progress: Progress | None = None,
    runs_per_member: int = 1,
) -> Iterator[tuple[int, Any]]:
    """Apply a function to all members, chunk by chunk, in several processes where that saves time.

    Which chunk or process a member is in does not change its results.

    Parameters
    ----------
    work : called with the arguments of a chunk, and with `progress=` when it runs in this process
    arguments : (start, count) -> arguments of the chunk of `count` members from row `start` on
    members : number of members
    quarters : quarters that each run takes, for the progress
    jobs : processes; None chooses, 1 is this process
    chunk : most runs in a chunk
    progress : called with the member-quarters done since the last call
    runs_per_member : scenarios that each member runs under

    Yields
    ------
    (start, result) of each chunk, as chunks finish
    """
    jobs = resolve_jobs(jobs, members * runs_per_member)
    chunk = max(chunk // runs_per_member, 1)
    if jobs > 1:
        chunk = min(chunk, -(-members // jobs))  # as many chunks as processes at least
    chunks = [(start, min(chunk, members - start)) for start in range(0, members, chunk)]
    if jobs == 1 or len(chunks) == 1:
        for start, count in chunks:
            yield start, work(*arguments(start, count), progress=progress)
        return
    with workers(jobs) as pool:
        futures = {pool.submit(work, *arguments(start, count)): (start, count) for start, count in chunks}
        for future in as_completed(futures):
            start, count = futures[future]
            if progress is not None:
                progress(count * runs_per_member * quarters)
            yield start, future.result()


@contextlib.contextmanager
def workers(jobs: int) -> Iterator[Executor]:
    """Processes that import the model afresh, on any platform, and end with this process, however it ends."""
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
    """Leave Ctrl-C to the parent process, and end when it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
