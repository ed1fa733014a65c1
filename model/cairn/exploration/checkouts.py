"""The speed of this checkout, and of another one in turns with it, so that what else the machine does hits both alike.

Each checkout is timed in a process of its own, which runs the baseline as it is told, line by line.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import cairn

PACKAGES = ("cairn", "model.ensemble")  # where `run` is: now, and before the package was called cairn
SCRIPT = """
import importlib, sys, time
run = importlib.import_module(sys.argv[1]).run

def main():
    for line in sys.stdin:
        members, outputs, jobs = line.split()
        clock = time.process_time if jobs == "1" else time.perf_counter
        start = clock()
        run("baseline", members=int(members), seed=1, outputs=outputs, jobs=int(jobs))
        print(clock() - start, flush=True)

if __name__ == "__main__":
    main()
"""
Task = tuple[int, str, int]  # members, outputs, processes


@contextlib.contextmanager
def process_of(checkout: Path | None) -> Iterator[subprocess.Popen[str]]:
    """A process that times runs: a task on a line of its standard input, seconds on a line of its output.

    Parameters
    ----------
    checkout : folder of a checkout; None is the package that is running
    """
    new = checkout is None or (checkout / "model" / "cairn").is_dir()
    folder = Path(cairn.__file__).parents[1] if checkout is None else checkout / "model" if new else checkout
    command = [sys.executable, "-c", SCRIPT, PACKAGES[0 if new else 1]]
    environment = os.environ | {"PYTHONPATH": str(folder.resolve())}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        yield process
        process.communicate()


def time_tasks(tasks: Mapping[str, Task], times: int, against: Path | None = None) -> Iterator[tuple[str, list[float]]]:
    """Time some tasks, each with this checkout and the other one in turns.

    Parameters
    ----------
    tasks : by name
    times : how often each is timed; the least time counts
    against : folder of the other checkout, or None

    Yields
    ------
    name, and seconds of this checkout and of the other one: of the processor, or on the clock with several processes

    Raises
    ------
    OSError
        If a checkout cannot be run.
    """
    with contextlib.ExitStack() as stack:
        folders = [None] if against is None else [None, against]
        processes = [stack.enter_context(process_of(folder)) for folder in folders]
        for process in processes:
            _seconds(process, (1, "summary", 1))  # so that imports and caches are not timed
        for name, task in tasks.items():
            rounds = [[_seconds(process, task) for process in processes] for _ in range(times)]
            yield name, [min(each) for each in zip(*rounds, strict=True)]


def _seconds(process: subprocess.Popen[str], task: Task) -> float:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(" ".join(map(str, task)) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise OSError("a checkout cannot be run; its error is above")
    return float(line)
