"""Who runs the parts of a sweep: this process, several, or a cluster. All are `concurrent.futures.Executor`s.

A cluster is an address: workers get a part's number and the sweep as text, and give back the part's bytes, so they
need the package and nothing else, no common disk, no state. The folder is written here alone.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from typing import Any

from model.ensemble import WORTH_PROCESSES

Opened = contextlib.AbstractContextManager[tuple[Executor, int]]  # an executor, and parts that may be under way
AHEAD = 2  # parts under way for each worker, so that none waits
CLUSTER_WAITS = 60  # seconds to wait for the first worker of a cluster


class Here(Executor):
    """Runs a task at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run it; the future is done."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as problem:
            future.set_exception(problem)
        return future


@contextlib.contextmanager
def serial() -> Iterator[tuple[Executor, int]]:
    """This process."""
    yield Here(), 1


@contextlib.contextmanager
def processes(jobs: int) -> Iterator[tuple[Executor, int]]:
    """As many processes, which import the model afresh and end with this one, however that ends."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_follow_parent)
    try:
        yield pool, jobs * AHEAD
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
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


@contextlib.contextmanager
def dask(address: str) -> Iterator[tuple[Executor, int]]:
    """The workers of a Dask scheduler, wherever they are. One that is lost loses only what it was at."""
    distributed = needed("distributed", "Dask", "cluster")
    try:
        client = distributed.Client(address, timeout=CLUSTER_WAITS, set_as_default=False)
    except (OSError, ValueError) as problem:
        from model.experiments.sweepfile import SweepError

        raise SweepError(f"no Dask scheduler answers at {address}: {str(problem).splitlines()[0]}") from None
    with client:
        yield from _of_client(client)


@contextlib.contextmanager
def slurm(jobs: int, options: list[str]) -> Iterator[tuple[Executor, int]]:
    """As many Slurm jobs, each a Dask worker of one core; `options` are lines of the job's `#SBATCH`, as --time=2:00:00."""
    jobqueue, distributed = needed("dask_jobqueue", "Slurm", "cluster"), needed("distributed", "Dask", "cluster")
    cluster = jobqueue.SLURMCluster(
        cores=1, processes=1, memory="2GiB", job_extra_directives=options, worker_extra_args=["--no-nanny"]
    )
    with cluster, distributed.Client(cluster, set_as_default=False) as client:
        cluster.scale(jobs=jobs)
        yield from _of_client(client)


def _of_client(client: Any) -> Iterator[tuple[Executor, int]]:
    client.wait_for_workers(1, timeout=CLUSTER_WAITS)
    cores = sum(client.nthreads().values())
    yield client.get_executor(pure=False), cores * AHEAD


def needed(module: str, what: str, extra: str) -> Any:
    """A library of an extra, or one sentence on how to get it."""
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError:
        from model.experiments.sweepfile import SweepError

        raise SweepError(f"{what} needs {module}: pip install 'cairn-central-asia[{extra}]'") from None


def chosen(jobs: int | None, worlds: int, parts: int) -> Callable[[], Opened]:
    """This process, or as many as asked for; if none are, what suits the worlds still to run."""
    if jobs is None:
        jobs = os.cpu_count() or 1 if worlds >= WORTH_PROCESSES else 1
    jobs = min(jobs, parts)
    return serial if jobs <= 1 else lambda: processes(jobs)
