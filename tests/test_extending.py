"""The examples of model/EXTENDING.md work as they are printed there."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "model" / "EXTENDING.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
FILES = {text.splitlines()[0].removeprefix("# "): text for kind, text in BLOCKS if kind in ("python", "yaml")}
COMMANDS = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]
MAX_LINES = 30


def output_after(name: str) -> str:
    """The output that the page shows for a script: the next block of text before another script."""
    kinds = [kind for kind, _ in BLOCKS]
    start = next(k for k, (_, text) in enumerate(BLOCKS) if text == FILES[name])
    end = next((k for k in range(start + 1, len(BLOCKS)) if kinds[k] == "python"), len(BLOCKS))
    return next((text for kind, text in BLOCKS[start:end] if kind == "text"), "")


def call(words, folder):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "model"), str(ROOT)])}
    command = [sys.executable, "-W", "error", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with all files of the page."""
    folder = tmp_path_factory.mktemp("extending")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_every_block_has_a_name_and_is_short():
    assert all(re.fullmatch(r"\w+\.(py|yaml)", name) for name in FILES)
    assert {kind for kind, _ in BLOCKS} == {"python", "yaml", "sh", "text"}
    assert max(text.count("\n") for text in FILES.values()) <= MAX_LINES


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".py")])
def test_a_script_of_the_page_prints_what_the_page_shows(name, folder):
    done = call([name], folder)
    assert done.returncode == 0, done.stderr
    shown = output_after(name)
    assert done.stdout == shown if shown else (name == "my_events.py" or "least_trust" in done.stdout)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_works(command, folder):
    program, *words = shlex.split(command)
    assert program == "run.py"
    done = call([str(ROOT / "run.py"), *words], folder)
    assert done.returncode == 0, done.stderr
