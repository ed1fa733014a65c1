"""Who runs the parts of a sweep: this process, several, or a cluster. All are `concurrent.futures.Executor`s.

A cluster is an address: workers get a part's number and the sweep as text, and give back the part's bytes, so they
need the package and nothing else, no common disk, no state. The folder is written here alone.
"""

from __future__ import annotations

import contextlib
import shutil
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from importlib import import_module
from typing import Any

from cairn.ensemble.workers import resolve_jobs, workers
from cairn.sweeps.sweep_spec import SweepError

Capacity = Callable[[], int]  # how many parts may be under way just now
Opened = contextlib.AbstractContextManager[tuple[Executor, Capacity]]
EACH = 2  # parts under way for each worker, so that none waits
MEMORY = "2GiB"  # of a Slurm job
CLUSTER_WAITS = 60  # seconds to wait for a scheduler and its first worker; for Slurm's queue as long as it takes


class SerialExecutor(Executor):
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
def serial() -> Iterator[tuple[Executor, Capacity]]:
    """This process."""
    yield SerialExecutor(), lambda: 1


@contextlib.contextmanager
def processes(jobs: int) -> Iterator[tuple[Executor, Capacity]]:
    """As many processes, which import the model afresh and end with this one, however that ends."""
    with workers(jobs) as pool:
        yield pool, lambda: jobs * EACH


@contextlib.contextmanager
def dask(address: str, workers: int = 1) -> Iterator[tuple[Executor, Capacity]]:
    """The workers of a Dask scheduler, wherever they are: begins when there are as many. One lost loses no part."""
    distributed = needed("distributed", "Dask", "cluster")
    try:
        client = distributed.Client(address, timeout=CLUSTER_WAITS, set_as_default=False)
    except (OSError, ValueError) as problem:
        raise SweepError(f"no Dask scheduler answers at {address}: {str(problem).splitlines()[0]}") from None
    with client:
        try:
            client.wait_for_workers(workers, timeout=CLUSTER_WAITS)
        except TimeoutError as problem:
            raise SweepError(f"the Dask scheduler at {address} has too few workers: {problem}") from None
        yield client.get_executor(pure=False), lambda: _room(client)


@contextlib.contextmanager
def slurm(jobs: int, options: Sequence[str] = ()) -> Iterator[tuple[Executor, Capacity]]:
    """As many Slurm jobs, each a Dask worker of one core; `options` are for its `#SBATCH` lines, as --time=2:00:00.

    The scheduler is in this process. More of the jobs' shape: Dask's own configuration, under `jobqueue.slurm`.
    """
    check_slurm()
    jobqueue, distributed = needed("dask_jobqueue", "Slurm", "cluster"), needed("distributed", "Slurm", "cluster")
    with (
        jobqueue.SLURMCluster(cores=1, processes=1, memory=MEMORY, job_extra_directives=list(options)) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        cluster.scale(jobs=jobs)
        client.wait_for_workers(1)
        yield client.get_executor(pure=False), lambda: _room(client)


def check_slurm() -> None:
    """Check that jobs can be submitted to Slurm from this machine.

    Raises
    ------
    SweepError
        If Slurm's command `sbatch` is missing.
    """
    if shutil.which("sbatch") is None:
        raise SweepError(
            "Slurm's command sbatch is not on this machine; run this on a login node of the cluster, or without --slurm"
        )


def _room(client: Any) -> int:
    """Parts that the workers there are just now may be at."""
    try:
        return max(sum(client.nthreads().values()), 1) * EACH
    except OSError:
        raise SweepError("the Dask scheduler is gone; files that were finished stay, go on with --resume") from None


def needed(module: str, what: str, extra: str) -> Any:
    """A library of an extra, or one sentence on how to get it."""
    try:
        with warnings.catch_warnings():  # of parts that libraries miss and we do not use
            warnings.simplefilter("ignore")
            return import_module(module)
    except ImportError:
        raise SweepError(f"{what} needs {module}: pip install -e '.[{extra}]'") from None


def chosen(jobs: int | None, worlds: int, parts: int) -> Callable[[], Opened]:
    """This process, or as many as asked for; if none are, what suits the worlds still to run."""
    jobs = min(resolve_jobs(jobs, worlds), parts)
    return serial if jobs <= 1 else lambda: processes(jobs)
