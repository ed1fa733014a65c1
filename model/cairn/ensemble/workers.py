"""Work on many members: in chunks that run side by side, in this process or in several.

Processes are those of loky, which do not import the script that starts them: a script, a notebook cell or a program on
standard input needs no ``if __name__ == "__main__":``. They are started afresh for each piece of work, which takes one
to two seconds, so that they always run the code as it is now, and they end with it.
"""

from __future__ import annotations

import bisect
import contextlib
import functools
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from multiprocessing.connection import Connection
from typing import Any

from cairn.ensemble.own_code import OwnCode, own_code
from cairn.support.errors import InputError, WorkersLost
from cairn.support.plugins import PluginError

CHUNK = 2048  # members that run side by side: more are no faster per member
PROCESSES_FROM = 2_000  # runs (members times scenarios) from which starting processes saves time
IN_ADVANCE = 2  # tasks handed out beyond one for each process, so that none waits
GRACE_S = 2.0  # in which a pool notices by itself that a process was killed

PROCESS_BYTES = 1_050_000_000  # addresses of a process that simulates and draws, measured with one member
RESIDENT_BYTES = 350_000_000  # of them in memory
OVERHEAD = 1.2  # what a run holds besides its values, measured: states, copies while chunks are joined

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


def check_memory(members: int, kept_bytes: float, chunk_bytes: float, jobs: int, chunk: int = CHUNK) -> None:
    """Refuse work that needs more memory than there is, before anything is simulated.

    Parameters
    ----------
    members : of the run
    kept_bytes : of each member, that stay in this process until the end
    chunk_bytes : of each member while it is simulated, in each process
    jobs : number of processes
    chunk : most members that are simulated side by side in a process

    Raises
    ------
    InputError
        With what is needed for how many members, what there is, and how many members would fit.
    """

    def need(count: int, processes: int) -> float:
        side_by_side = min(chunk, -(-count // jobs))
        return OVERHEAD * (count * kept_bytes + processes * side_by_side * chunk_bytes)

    own = PROCESS_BYTES  # counted by the limit of a process, and not free in it
    for limit, used, processes, what, advice in (
        (_address_limit(), own, 1, "the limit of a process (ulimit -v) is", "raise the limit"),
        (_free_memory(jobs), 0, jobs, "this machine has", "use fewer processes (--jobs)"),
    ):
        if limit is None or used + need(members, processes) <= limit:
            continue
        fits = bisect.bisect_right(range(1, members), limit - used, key=functools.partial(need, processes=processes))
        if fits:
            advice = f"take at most {fits} members, or fewer outputs"
        of = "1 member needs" if members == 1 else f"{members} members need"
        needed = _size(used + need(members, processes))
        raise InputError(f"{of} about {needed} of memory, and {what} {_size(max(limit, 0))}; {advice}")


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _address_limit() -> float | None:
    """Bytes of addresses that this process may have; None without a limit."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if limit == resource.RLIM_INFINITY else limit


def _free_memory(jobs: int) -> float | None:
    """Bytes of memory that are free beyond what worker processes themselves need; None where that is not known."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            available = next(int(line.split()[1]) for line in file if line.startswith("MemAvailable:")) * 1024
    except (OSError, StopIteration, ValueError):
        return None
    return available - (jobs * RESIDENT_BYTES if jobs > 1 else 0)


def map_chunks(
    work: Callable[..., Any],
    arguments: Callable[[int, int], tuple[Any, ...]],
    members: int,
    quarters: int,
    jobs: int | None = None,
    chunk: int = CHUNK,
    progress: Progress | None = None,
    runs_per_member: int = 1,
    multiple_of: int = 1,
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
    multiple_of : chunks are multiples of this number of members, all but the last

    Yields
    ------
    (start, result) of each chunk, in the order of members

    Raises
    ------
    WorkersLost
        If processes are killed again and again.
    """
    jobs = resolve_jobs(jobs, members * runs_per_member)
    chunk = max(chunk // runs_per_member, 1)
    rounds = -(-members // (chunk * jobs))
    chunk = -(-members // (rounds * jobs))  # each process has as many chunks as the others, of about one size
    chunk = -(-chunk // multiple_of) * multiple_of
    chunks = [(start, min(chunk, members - start)) for start in range(0, members, chunk)]
    amounts = [count * runs_per_member * quarters for _, count in chunks]
    results = map_here_or_in_processes(work, lambda k: arguments(*chunks[k]), amounts, jobs, progress)
    with contextlib.closing(results):
        for (start, _), result in zip(chunks, results, strict=True):
            yield start, result


def map_here_or_in_processes(
    work: Callable[..., Any],
    arguments: Callable[[int], tuple[Any, ...]],
    amounts: Sequence[int],
    jobs: int,
    progress: Progress | None,
) -> Generator[Any]:
    """Apply a function to the arguments of each task, in this process or in several; results in the order of tasks.

    Parameters
    ----------
    work : called with the arguments of a task, and with `progress=` when it runs in this process
    arguments : position of a task -> its arguments
    amounts : work of each task, for the progress
    jobs : number of processes, 1 is this process; a single task runs in this process too
    progress : called with the work done since the last call
    """
    if jobs == 1 or len(amounts) == 1:
        for k in range(len(amounts)):
            yield work(*arguments(k), progress=progress)
        return
    results = map_tasks(work, map(arguments, range(len(amounts))), jobs)
    with contextlib.closing(results):
        for amount, result in zip(amounts, results, strict=True):
            if progress is not None:
                progress(amount)
            yield result


def map_tasks(work: Callable[..., Any], tasks: Iterable[tuple[Any, ...]], jobs: int) -> Generator[Any]:
    """Apply a function to the arguments of each task, in several processes; results come in the order of tasks.

    No more than a few tasks beyond the number of processes are handed out at a time, so that memory does not grow
    with their number. Tasks that are lost because a process was killed are run again in fresh processes.

    Parameters
    ----------
    work : a function; processes import it, or get its code if it was defined in a script
    tasks : arguments of each call
    jobs : number of processes

    Raises
    ------
    WorkersLost
        If processes are killed again before any result has come.
    """
    remaining = iter(tasks)
    pending: deque[tuple[tuple[Any, ...], Future[Any] | None]] = deque()  # None: not handed out yet
    lost = False
    while True:
        try:
            with workers(jobs) as pool:
                for k, (given, future) in enumerate(list(pending)):
                    if not _has_result(future):
                        pending[k] = given, pool.submit(work, *given)
                while True:
                    while len(pending) < jobs + IN_ADVANCE and (task := next(remaining, None)) is not None:
                        pending.append((task, None))  # a pool that breaks here must not lose the task
                        pending[-1] = task, pool.submit(work, *task)
                    if not pending:
                        return
                    result = pending[0][1].result()  # type: ignore[union-attr]
                    pending.popleft()
                    lost = False
                    yield result
        except BrokenExecutor:
            if lost:
                raise WorkersLost(
                    "worker processes were killed twice, perhaps for want of memory; "
                    "try again with fewer processes (--jobs) or fewer outputs (--outputs)"
                ) from None
            lost = True


def _has_result(future: Future[Any] | None) -> bool:
    """Whether a task has been run, with a result or an error of its own."""
    if future is None or not future.done() or future.cancelled():
        return False
    return not isinstance(future.exception(), BrokenExecutor)


@contextlib.contextmanager
def workers(jobs: int) -> Iterator[Executor]:
    """Fresh worker processes for the length of a block.

    They have the plugins that are loaded here, and what is registered here. They end with the block, at once if it ends
    by an exception such as Ctrl-C, and with this process, however it ends.
    A process that is killed breaks the pool: its futures raise a `concurrent.futures.BrokenExecutor`.

    Parameters
    ----------
    jobs : number of processes

    Raises
    ------
    cairn.support.plugins.PluginError
        If a worker process cannot load the plugins.
    """
    from loky import ProcessPoolExecutor
    from loky.backend.context import get_context

    parent_lives, writer = multiprocessing.Pipe(duplex=False)  # closed by the system when this process ends
    code, complete = own_code(), threading.Event()
    pool = ProcessPoolExecutor(
        jobs,
        context=get_context("loky"),
        initializer=_begin,
        initargs=(parent_lives, code),
        env={"LOKY_MAX_MEMORY_LEAK_SIZE": "1e15"},  # chunks are large; a process is not restarted for its size
    )
    try:
        with _without_interrupts():
            first = pool.submit(_problem_of_code)  # starts all processes
        threading.Thread(target=_break_if_stuck, args=(pool, complete), daemon=True).start()
        if code is not None and (problem := first.result()):
            raise PluginError(problem)
        yield pool
    except BaseException:
        pool.shutdown(kill_workers=True)
        raise
    else:
        complete.set()
        pool.shutdown()
    finally:
        complete.set()
        writer.close()
        parent_lives.close()


def _break_if_stuck(pool: Any, complete: threading.Event) -> None:
    """Break a pool that waits for ever, since a process was killed while it sent a result.

    Such a process leaves half a result in the pipe that all share, and has its lock: the pool waits for the other half,
    and the other processes for the lock. They are ended, and the pipe is closed, so that the pool breaks as it does
    when a process is killed at another moment.

    Parameters
    ----------
    pool : of loky's
    complete : set when nobody waits for results any more
    """
    processes = list(pool._processes.values())
    sentinels = [process.sentinel for process in processes]
    while not complete.wait(GRACE_S):
        if multiprocessing.connection.wait(sentinels, timeout=0):
            if not complete.wait(GRACE_S) and pool._flags.broken is None:
                for process in processes:
                    process.terminate()
                pool._result_queue._writer.close()
            return


@contextlib.contextmanager
def _without_interrupts() -> Iterator[None]:
    """Processes started in this block do not get Ctrl-C, not even while they start; the parent process ends them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # it would be started with the first process, and let interrupts through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_problems: list[str] = []  # why this worker process could not load the user's own code


def _begin(parent_lives: Connection, code: OwnCode | None) -> None:
    """What a worker process does first."""
    _follow_parent(parent_lives)
    if code is not None:
        try:
            code.install()
        except PluginError as problem:
            _problems.append(str(problem))


def _problem_of_code() -> str:
    return "; ".join(_problems)


def _follow_parent(parent_lives: Connection) -> None:
    """Leave Ctrl-C to the parent process, and end when it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def wait() -> None:
        with contextlib.suppress(EOFError, OSError):
            parent_lives.recv()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
