"""Processes need no main guard, end when they should, and a killed one costs time and no result."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor, Future
from contextlib import nullcontext
from pathlib import Path

import psutil
import pytest

from cairn import run
from cairn.cli.main import main
from cairn.ensemble import workers as workers_module
from cairn.ensemble.workers import WorkersLost, map_tasks, workers
from tests.worker_processes import worker_processes

ROOT = Path(__file__).parent.parent
SCRIPT = """
from cairn import run
dataset = run("baseline", members=5, seed=4, to_year=1993, outputs="summary", jobs=2)
print(float(dataset.trust_mean.sum()), dataset.sizes["member"])
"""
OWN_FUNCTION = """
from cairn.ensemble.workers import map_tasks
offset = 10
def shifted(x):
    return x + offset
print(list(map_tasks(shifted, [(1,), (2,), (3,)], 2)))
"""


def python(*arguments, **options):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "model"), str(ROOT)])}
    return subprocess.run(
        [sys.executable, *map(str, arguments)], env=environment, capture_output=True, text=True, timeout=300, **options
    )


@pytest.fixture(scope="module")
def expected():
    dataset = run("baseline", members=5, seed=4, to_year=1993, outputs="summary", jobs=1)
    return f"{float(dataset.trust_mean.sum())} 5\n"


@pytest.mark.parametrize("way", ["a file", "standard input", "-c"])
def test_a_plain_script_can_start_processes(way, tmp_path, expected):
    file = tmp_path / "three_lines.py"
    file.write_text(SCRIPT)
    done = {
        "a file": lambda: python(file),
        "standard input": lambda: python("-", input=SCRIPT),
        "-c": lambda: python("-c", SCRIPT),
    }[way]()
    assert (done.stdout, done.stderr, done.returncode) == (expected, "", 0)


def test_under_pytest_too(expected):
    dataset = run("baseline", members=5, seed=4, to_year=1993, outputs="summary", jobs=2)
    assert f"{float(dataset.trust_mean.sum())} 5\n" == expected


def test_a_function_of_a_script_reaches_its_processes():
    done = python("-", input=OWN_FUNCTION)
    assert (done.stdout, done.stderr) == ("[11, 12, 13]\n", "")


def _dies_once(marker: str, number: int) -> int:
    if number == 3 and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def _dies_always(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def _fails(number: int) -> int:
    if number == 3:
        raise LookupError("number 3")
    return number


def test_what_a_killed_process_had_is_run_again(tmp_path):
    tasks = [(str(tmp_path / "marker"), number) for number in range(9)]
    assert list(map_tasks(_dies_once, tasks, 2)) == list(range(9))
    assert (tmp_path / "marker").exists()


DIES_WHILE_SENDING = """
import os, signal, sys
from multiprocessing.connection import Connection
from pathlib import Path
from cairn.ensemble.workers import map_tasks

def half(self, buffer, write=os.write):
    write(self._handle, bytes(buffer[: len(buffer) // 2]))
    os.kill(os.getpid(), signal.SIGKILL)

def big(number, marker):
    if number == 1 and not Path(marker).exists():
        Path(marker).touch()
        Connection._send = half
    return bytes([number]) * 1_000_000

print([(len(x), x[0]) for x in map_tasks(big, [(k, sys.argv[1]) for k in range(4)], 2)])
"""


def test_a_process_killed_while_it_sends_a_result_does_not_stop_the_others(tmp_path):
    """It leaves half a result in the pipe, and keeps the lock that the others need to send theirs."""
    done = python("-c", DIES_WHILE_SENDING, tmp_path / "marker")
    assert (done.returncode, done.stdout) == (0, f"{[(1_000_000, k) for k in range(4)]}\n"), done.stderr
    assert (tmp_path / "marker").exists()


def test_processes_that_are_killed_again_and_again_are_one_error():
    results = []
    with pytest.raises(WorkersLost, match="killed twice"):
        results += map_tasks(_dies_always, [(number,) for number in range(9)], 2)
    assert not worker_processes()


def test_an_error_in_a_process_is_the_same_error_here():
    with pytest.raises(LookupError, match="number 3"):
        list(map_tasks(_fails, [(number,) for number in range(9)], 2))
    assert not worker_processes()


def test_tasks_are_handed_out_a_few_at_a_time():
    given = []

    def tasks():
        for number in range(12):
            given.append(number)
            yield (number,)

    results = map_tasks(abs, tasks(), 2)
    for number in range(12):
        assert next(results) == number
        assert len(given) <= number + 2 + workers_module.IN_ADVANCE
    assert next(results, None) is None


def test_a_lost_process_is_one_line_and_code_3(monkeypatch, capsys, tmp_path):
    from cairn.ensemble import runner

    monkeypatch.setattr(runner, "_simulate_compressed", _dies)
    arguments = ["run", "--members", "300", "--to", "1992", "--jobs", "2", "--quiet", "--out", str(tmp_path)]
    assert main(arguments) == 3
    message = capsys.readouterr().err
    assert len(message.splitlines()) == 1 and "killed twice" in message and "--jobs" in message
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def _dies(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def long_run(tmp_path):
    """A run on two processes, in a process group of its own, with both processes at work."""
    command = [
        sys.executable,
        "run.py",
        "run",
        "--members",
        "3000",
        "--jobs",
        "2",
        "--quiet",
        "--out",
        tmp_path / "out",
    ]
    process = subprocess.Popen(
        [*command, "--out", tmp_path / "out"], cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        until(lambda: len(worker_processes(process.pid)) == 2)
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def until(happened, seconds: float = 60) -> None:
    stop = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < stop
        time.sleep(0.05)


@pytest.mark.parametrize("after", [0.0, 5.0])
def test_ctrl_c_ends_all_processes_at_once_with_one_line(long_run, tmp_path, after):
    time.sleep(after)  # while the processes start, and while they work
    children = worker_processes(long_run.pid)
    os.killpg(long_run.pid, signal.SIGINT)
    began = time.monotonic()
    _, message = long_run.communicate(timeout=60)
    assert time.monotonic() - began < 20
    assert long_run.returncode == 130 and message.startswith("interrupted") and len(message.splitlines()) == 1
    until(lambda: not any(child.is_running() for child in children))
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]


def test_processes_do_not_outlive_a_killed_parent(long_run):
    children = worker_processes(long_run.pid)
    long_run.kill()
    long_run.wait()
    until(lambda: not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children))


def test_a_pool_is_closed_with_its_block():
    with workers(2) as pool:
        assert list(pool.map(abs, [-1, -2])) == [1, 2]
        assert len(worker_processes()) == 2
    assert not worker_processes()


def test_a_task_is_not_lost_where_the_pool_breaks_while_it_is_handed_out(monkeypatch):
    class Breaks:
        """A pool in this process whose third submission finds it broken, the first time."""

        broken = False
        submitted = 0

        def submit(self, function, *arguments):
            Breaks.submitted += 1
            if Breaks.submitted == 3 and not Breaks.broken:
                Breaks.broken = True
                raise BrokenExecutor("killed")
            future = Future()
            future.set_result(function(*arguments))
            return future

    monkeypatch.setattr(workers_module, "workers", lambda jobs: nullcontext(Breaks()))
    assert list(map_tasks(abs, [(-n,) for n in range(9)], 2)) == list(range(9))
