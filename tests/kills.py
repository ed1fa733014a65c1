"""Commands killed at random moments and run again: `python -m tests.kills --kills 20` prints what was left.

A command is killed with all its processes (SIGKILL), at a moment drawn from the time that it takes. Whatever stands
under the name of a result must then be the complete file. The command is run again into the same folder, for the last
time without a kill: the files must be those of a run that nobody killed, none more, with the same bytes.
`tests/test_kills.py` kills each command twice.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from cairn.support.text_table import text_table

ROOT = Path(__file__).parent.parent
SWEEP = """title: A sweep to be killed over
question: Is every point there once?
uncertainties:
  reciprocity: {parameter: reciprocity}
  gain: {parameter: trust_gain}
levers:
  visas: {event: tjk_leader_1992, values: [on, off]}
design: {kind: latin_hypercube, samples: 30}
members: 2
to_year: 1994
points_per_file: 5
outcomes:
  index: {measure: integration_index, year: 1994}
"""
COMMANDS = {
    "sweep": ["sweep", "{sweep}", "--jobs", "2"],
    "run": [
        "run",
        "baseline",
        "--members",
        "600",
        "--to",
        "1995",
        "--checkpoint",
        "1994",
        "--outputs",
        "summary",
        "--jobs",
        "2",
    ],
    "condition": ["condition", "--until", "2003", "--candidates", "200", "--members", "20", "--jobs", "2"],
    "calibrate": ["calibrate", "--until", "2000", "--sets", "200", "--jobs", "2"],
}


@dataclasses.dataclass
class Found:
    """What became of a command that was killed.

    Parameters
    ----------
    command : its name
    kills : how often a process was killed
    partial : files under the name of a result that were not complete, after a kill
    differ : files with other bytes at the end, missing ones and ones too many
    """

    command: str
    kills: int = 0
    partial: list[str] = dataclasses.field(default_factory=list)
    differ: list[str] = dataclasses.field(default_factory=list)


def _start(name: str, folder: Path, again: bool) -> subprocess.Popen[bytes]:
    words = [word.format(sweep=folder.parent / "killed.yaml") for word in COMMANDS[name]]
    words += ["--quiet", "--out", str(folder)] + (["--resume"] if name == "sweep" and again else [])
    if name == "sweep" and again:  # a folder is continued by its own name
        words = ["sweep", str(folder), "--resume", "--jobs", "2", "--quiet"]
    return subprocess.Popen(
        [sys.executable, str(ROOT / "run.py"), *words],
        cwd=folder.parent,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "model"), str(ROOT)])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def contents(folder: Path, hidden: bool = True) -> dict[str, bytes]:
    """Every file below a folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in files if hidden or not path.name.startswith(".")
    }


def _whole(name: str, top: Path) -> tuple[dict[str, bytes], float]:
    """The files of a command that nobody kills, and the seconds that it takes."""
    began, process = time.monotonic(), _start(name, top / "whole", again=False)
    _, message = process.communicate(timeout=600)
    assert process.returncode == 0, message.decode()
    return contents(top / "whole"), time.monotonic() - began


def kill(name: str, kills: int, seed: int = 1) -> Found:
    """Kill a command so often, each time at another moment, and look at what it leaves."""
    found, rng = Found(name), random.Random(f"{name} {seed}")
    with _folder() as top:
        (top / "killed.yaml").write_text(SWEEP)
        whole, seconds = _whole(name, top)
        folder = top / "whole"
        shutil.rmtree(folder)  # results name their folder: it is used again
        while found.kills < kills:
            process = _start(name, folder, again=(folder / "sweep.json").exists())
            try:
                _, message = process.communicate(timeout=rng.uniform(0.3, 1.0) * seconds)
                if process.returncode:
                    found.differ.append(f"code {process.returncode}: {message.decode()[-300:]}")
                    break
                shutil.rmtree(folder)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                found.kills += 1
                there = contents(folder, hidden=False) if folder.exists() else {}
                found.partial += [path for path, data in there.items() if whole.get(path) != data]
        process = _start(name, folder, again=(folder / "sweep.json").exists())
        _, message = process.communicate(timeout=600)
        if process.returncode:
            found.differ.append(f"code {process.returncode}: {message.decode()[-300:]}")
        last = contents(folder)
        found.differ += sorted(path for path in whole.keys() | last.keys() if whole.get(path) != last.get(path))
    return found


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def main() -> int:
    """Kill the commands and print a table; 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("commands", nargs="*", choices=[*COMMANDS, []], help="default: all")
    parser.add_argument("--kills", type=int, default=20, help="kills of each command")
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    options = parser.parse_args()
    rows, wrong = [], []
    for name in options.commands or COMMANDS:
        found = kill(name, options.kills, options.seed)
        rows.append([name, str(found.kills), str(len(found.partial)), str(len(found.differ))])
        wrong += [f"{name}: {what}" for what in (*found.partial, *found.differ)]
    print(text_table(rows, header=["command", "kills", "incomplete files", "lost, doubled or other bytes"]))
    for line in wrong:
        print(line)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
