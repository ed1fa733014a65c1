"""The same bytes whoever runs a sweep, and whoever is killed over it."""

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager
from pathlib import Path

import dask
import numpy as np
import pytest

from cairn.sweeps import Sweep, executors, open_sweep, run_sweep
from cairn.sweeps.points import size
from cairn.sweeps.store import Store
from cairn.sweeps.sweep_spec import SweepError

SWEEP = {
    "title": "A sweep to be killed over",
    "question": "Is every point there once?",
    "uncertainties": {
        "reciprocity": {"parameter": "reciprocity"},
        "openness": {"event": "uzb_leader_1992", "field": "openness", "range": [0.1, 0.9]},
        "date": {"event": "kgz_leader_1992", "field": "born", "range": [1930, 1950]},
    },
    "levers": {"visas": {"event": "tjk_leader_1992", "values": ["on", "off"]}},
    "design": {"kind": "latin_hypercube", "samples": 24},
    "members": 2,
    "to_year": 1994,
    "points_per_file": 3,
    "outcomes": {
        "index": {"measure": "integration_index", "year": [1993, 1994]},
        "quarrel": {"measure": "incidents_total", "first_year_above": 3.0},
    },
}


PARTS = 16


def sweep() -> Sweep:
    return Sweep.of("survivor", **SWEEP)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "table").iterdir())}


@pytest.fixture(scope="module")
def serial(tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("serial")
    done = run_sweep(sweep(), folder, jobs=1)
    found = files(folder)
    assert done.parts == len(found) == PARTS and done.failed == 0
    return found


def nothing_is_lost_or_doubled(folder: Path) -> None:
    frame = open_sweep(folder).frame(["point", "member"])
    assert (frame.point.to_numpy() == np.repeat(np.arange(size(sweep())), 2)).all()
    assert (frame.member.to_numpy() == np.tile([0, 1], size(sweep()))).all()


def after_parts(count: int, act: Callable[[], None]) -> Callable[[int], Callable[[int], None]]:
    """For `run_sweep(make_progress=)`: act once, when so many parts are in the store."""
    saved = []

    def progress(members: int) -> None:
        saved.append(members)
        if len(saved) == count:
            act()

    return lambda members: progress


def test_two_processes_write_the_same_bytes_even_if_one_is_killed(tmp_path, serial):
    killed, others = [], set(multiprocessing.active_children())

    def kill_one() -> None:
        child = next(iter(set(multiprocessing.active_children()) - others))
        os.kill(child.pid, signal.SIGKILL)
        killed.append(child.pid)

    done = run_sweep(sweep(), tmp_path, jobs=2, make_progress=after_parts(1, kill_one))
    assert len(killed) == 1 and done.failed == 0
    assert files(tmp_path) == serial


def test_pieces_make_the_whole(tmp_path, serial):
    counts = [run_sweep(sweep(), tmp_path, jobs=1, shard=(k, 3)).parts for k in (3, 1, 2)]
    assert counts == [5, 6, 5] and files(tmp_path) == serial
    assert run_sweep(sweep(), tmp_path, jobs=1).kept == PARTS


def _run(folder: str, start_from) -> None:
    def make_progress(members: int):
        start_from.set()
        return lambda done: None

    run_sweep(sweep(), folder, jobs=1, make_progress=make_progress)


def _started(context, folder) -> multiprocessing.Process:
    """A process that runs the sweep; it has begun."""
    start_from = context.Event()
    process = context.Process(target=_run, args=(str(folder), start_from))
    process.start()
    assert start_from.wait(60)
    return process


def _duration(context, folder) -> float:
    """Seconds that the sweep takes in a process that nobody kills: moments to kill others at are drawn from them."""
    process, began = _started(context, folder), time.monotonic()
    process.join(300)
    assert process.exitcode == 0
    shutil.rmtree(folder)
    return time.monotonic() - began


def test_a_run_killed_at_twenty_moments_and_resumed_is_the_same_to_the_byte(tmp_path, serial):
    context = multiprocessing.get_context("forkserver")  # which has run a point: a process is at work at once
    context.set_forkserver_preload(["tests.warm_sweep"])
    kills, so_far, whole = 0, [], _duration(context, tmp_path / "whole")
    for moment in np.random.default_rng(1).uniform(0.0, whole, 400):
        process = _started(context, tmp_path)
        process.join(moment)
        if process.exitcode is None:
            process.kill()
            process.join()
            kills += process.exitcode == -signal.SIGKILL
        elif kills < 20:  # it came to an end: take some of it away, so that there is more to be killed over
            assert process.exitcode == 0 and files(tmp_path) == serial
            for path in sorted((tmp_path / "table").iterdir())[::2]:
                path.unlink()
        so_far.append(len(list(tmp_path.glob("table/*.parquet"))))
        if kills == 20:
            break
    assert kills == 20 and max(so_far) > 0
    run_sweep(sweep(), tmp_path, jobs=1)
    assert files(tmp_path) == serial
    nothing_is_lost_or_doubled(tmp_path)


def test_three_dask_workers_over_tcp_one_killed_write_the_same_bytes(tmp_path, serial, monkeypatch):
    monkeypatch.setattr(executors, "CLUSTER_TIMEOUT", 600)  # a busy machine is slow to start four processes
    quiet = {**os.environ, "DASK_DISTRIBUTED__ADMIN__LOW_LEVEL_LOG_LENGTH": "0"}
    base = [sys.executable, "-m", "distributed.cli."]
    address = tmp_path / "scheduler.json"
    where = ["--scheduler-file", str(address)]
    options = {"env": quiet, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with contextmanager(_ended)([]) as running:
        start = [*base[:2], f"{base[2]}dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", *where]
        running.append(subprocess.Popen(start, **options))
        worker = [*base[:2], f"{base[2]}dask_worker", *where, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        running += [subprocess.Popen([*worker, "--host", "127.0.0.1"], **options) for _ in range(3)]
        while not address.exists():
            time.sleep(0.05)
        done = run_sweep(
            sweep(),
            tmp_path / "store",
            executor=lambda: executors.dask(_address(address), workers=3),
            make_progress=after_parts(3, running[-1].kill),
        )
        assert running[-1].wait(60) == -signal.SIGKILL and all(process.poll() is None for process in running[:-1])
    assert done.failed == 0 and files(tmp_path / "store") == serial


def _address(file: Path) -> str:
    import json

    found = json.loads(file.read_text())["address"]
    assert found.startswith("tcp://127.0.0.1:")
    return found


def _ended(running: list[subprocess.Popen]):
    try:
        yield running
    finally:
        for process in running[::-1]:
            process.kill()
            process.wait()


def test_no_dask_scheduler_at_an_address_is_one_sentence(tmp_path, capsys, monkeypatch):
    from cairn.cli.main import main

    monkeypatch.setattr(executors, "CLUSTER_TIMEOUT", 0.2)
    arguments = ["sweep", "canal", "--dask", "tcp://127.0.0.1:9", "--out", str(tmp_path), "--quiet"]
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith("no Dask scheduler answers at tcp://127.0.0.1:9")


class Fatal(executors.SerialExecutor):
    """An executor whose process dies over one part, and takes down what else is under way."""

    def submit(self, fn, /, *args, **kwargs):
        if args[-1].first != 9:
            return super().submit(fn, *args, **kwargs)
        future: Future = Future()
        future.set_exception(BrokenExecutor("the process died"))
        return future


def test_a_part_its_process_dies_of_is_given_up_and_the_rest_finish(tmp_path, serial):
    @contextmanager
    def fatal():
        yield Fatal(), lambda: 4

    done = run_sweep(sweep(), tmp_path, executor=fatal)
    assert done.failed == 3 and len(files(tmp_path)) == PARTS - 1
    (failure,) = Store(tmp_path).failures()
    assert (
        failure["point"] == 9
        and failure["points"] == 3
        and failure["problem"].startswith("lost 3 times, last by BrokenExecutor")
    )
    assert run_sweep(sweep(), tmp_path, jobs=1).failed == 0  # where it does not die, it is made good
    assert files(tmp_path) == serial


def test_ctrl_c_leaves_a_valid_store(tmp_path, serial):
    def make_progress(members):
        def progress(done):
            if len(list(tmp_path.glob("table/*.parquet"))) == 5:
                raise KeyboardInterrupt

        return progress

    with pytest.raises(KeyboardInterrupt):
        run_sweep(sweep(), tmp_path, jobs=1, make_progress=make_progress)
    assert len(files(tmp_path)) == 5
    done = run_sweep(sweep(), tmp_path, jobs=1)
    assert done.kept == 5 and files(tmp_path) == serial


def test_parts_under_way_are_bounded(tmp_path):
    most = []

    class Watched(executors.SerialExecutor):
        def submit(self, fn, /, *args, **kwargs):
            most.append(args[-1].first // 3 - len(list(tmp_path.glob("table/*.parquet"))))
            return super().submit(fn, *args, **kwargs)

    @contextmanager
    def watched():
        yield Watched(), lambda: 4

    run_sweep(sweep(), tmp_path, executor=watched)
    assert max(most) == 3  # beside the one that is handed out


def test_the_workers_of_slurm_are_started_by_sbatch(tmp_path, monkeypatch, serial):
    """A stand-in of Slurm's `sbatch` runs the job at once; all else is as on a cluster."""
    jobs = tmp_path / "bin"
    jobs.mkdir()
    (jobs / "sbatch").write_text(
        f'#!/bin/bash\ncp "$1" {tmp_path}/job.sh\n'
        f"setsid bash {tmp_path}/job.sh > {tmp_path}/job.log 2>&1 &\necho Submitted batch job $!\n"
    )
    (jobs / "scancel").write_text('#!/bin/bash\nkill -- -"$1"\n')
    for script in jobs.iterdir():
        script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{jobs}:{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    options = ["--time=0:10:00", "--partition=short"]
    with dask.config.set({"jobqueue.slurm.scheduler-options": {"host": "127.0.0.1", "dashboard": False}}):
        done = run_sweep(sweep(), tmp_path / "store", executor=lambda: executors.slurm(1, options))
    assert done.failed == 0 and files(tmp_path / "store") == serial
    script = (tmp_path / "job.sh").read_text()
    assert "#SBATCH --partition=short" in script and "distributed.cli.dask_worker" in script


@pytest.mark.parametrize("way", ["command", "python"])
def test_slurm_without_sbatch_is_one_sentence_at_once(way, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    folder = tmp_path / "store"
    if way == "command":
        from cairn.cli.main import main

        assert main(["sweep", "canal", "--slurm", "2", "--out", str(folder), "--quiet"]) == 2
        message = capsys.readouterr().err
        assert message.startswith("Slurm's command sbatch is not on this machine") and len(message.splitlines()) == 1
        assert not folder.exists()
    else:
        with pytest.raises(SweepError, match="sbatch"), executors.slurm(2):
            pass
