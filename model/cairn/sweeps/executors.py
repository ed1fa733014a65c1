"""Where the parts of a sweep run: in this process, in several, or on a cluster. All are `concurrent.futures.Executor`s.

A cluster is given by an address. A worker receives the number of a part and the sweep as text, and returns the bytes
of the part: it needs the package, but no shared disk and no state. Only this process writes to the folder.
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

Capacity = Callable[[], int]  # number of parts that can be submitted at the moment
ExecutorContext = contextlib.AbstractContextManager[tuple[Executor, Capacity]]
PARTS_PER_WORKER = 2  # submitted at a time, so that no worker waits
SLURM_MEMORY = "2GiB"  # of a Slurm job
CLUSTER_TIMEOUT = 60  # seconds to wait for a Dask scheduler and its workers; there is no limit for Slurm's queue


class SerialExecutor(Executor):
    """Runs each task at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run a task; the future that is returned is done."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as problem:
            future.set_exception(problem)
        return future


@contextlib.contextmanager
def serial() -> Iterator[tuple[Executor, Capacity]]:
    """Run parts in this process."""
    yield SerialExecutor(), lambda: 1


@contextlib.contextmanager
def processes(jobs: int) -> Iterator[tuple[Executor, Capacity]]:
    """Run parts in `jobs` new processes, which end with this one, however it ends."""
    with workers(jobs) as pool:
        yield pool, lambda: jobs * PARTS_PER_WORKER


@contextlib.contextmanager
def dask(address: str, workers: int = 1) -> Iterator[tuple[Executor, Capacity]]:
    """Run parts on the workers of a Dask scheduler. If a worker is lost, its parts run on another.

    Parameters
    ----------
    address : of the scheduler, such as tcp://host:8786
    workers : number of workers to wait for

    Raises
    ------
    SweepError if the scheduler or the workers do not answer
    """
    distributed = require("distributed", "Dask", "cluster")
    try:
        client = distributed.Client(address, timeout=CLUSTER_TIMEOUT, set_as_default=False)
    except (OSError, ValueError) as problem:
        raise SweepError(f"no Dask scheduler answers at {address}: {str(problem).splitlines()[0]}") from None
    with client:
        try:
            client.wait_for_workers(workers, timeout=CLUSTER_TIMEOUT)
        except TimeoutError as problem:
            raise SweepError(f"the Dask scheduler at {address} has too few workers: {problem}") from None
        yield client.get_executor(pure=False), lambda: _dask_capacity(client)


@contextlib.contextmanager
def slurm(jobs: int, options: Sequence[str] = ()) -> Iterator[tuple[Executor, Capacity]]:
    """Run parts in Slurm jobs, each a Dask worker with one core. The scheduler is in this process.

    Parameters
    ----------
    jobs : number of jobs
    options : lines for `#SBATCH`, such as --time=2:00:00; more can be set in Dask's configuration, `jobqueue.slurm`
    """
    check_slurm()
    jobqueue, distributed = require("dask_jobqueue", "Slurm", "cluster"), require("distributed", "Slurm", "cluster")
    settings = {"job_extra_directives": list(options), "scheduler_options": {"dashboard": False}}
    with (
        jobqueue.SLURMCluster(cores=1, processes=1, memory=SLURM_MEMORY, **settings) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        cluster.scale(jobs=jobs)
        client.wait_for_workers(1)
        yield client.get_executor(pure=False), lambda: _dask_capacity(client)


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


def _dask_capacity(client: Any) -> int:
    """Number of parts for the workers that are connected at the moment."""
    try:
        return max(sum(client.nthreads().values()), 1) * PARTS_PER_WORKER
    except OSError:
        raise SweepError(
            "the connection to the Dask scheduler is lost; complete files are kept, continue with --resume"
        ) from None


def require(module: str, what: str, extra: str) -> Any:
    """A module of an optional dependency.

    Parameters
    ----------
    module : name of the module
    what : what needs it, for the message
    extra : the optional dependencies of this project that include it

    Raises
    ------
    SweepError that says how to install it
    """
    try:
        with warnings.catch_warnings():  # some libraries warn of optional parts that are not used here
            warnings.simplefilter("ignore")
            return import_module(module)
    except ImportError:
        raise SweepError(f"{what} needs {module}: pip install -e '.[{extra}]'") from None


def choose_executor(jobs: int | None, rows: int, parts: int) -> Callable[[], ExecutorContext]:
    """This process, or several processes.

    Parameters
    ----------
    jobs : number of processes; None chooses by the size of the sweep
    rows : number of rows (members of points) to run
    parts : number of parts to run, the most that can run at a time
    """
    jobs = min(resolve_jobs(jobs, rows), parts)
    return serial if jobs <= 1 else lambda: processes(jobs)
