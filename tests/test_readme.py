"""What the README shows can be run."""

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from cairn.calibration.validation import identifiability
from cairn.cli.main import main, parser
from cairn.scenario.scenario import Scenario

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", TEXT, re.DOTALL)
COMMANDS = [
    line.removeprefix(".venv/bin/python run.py ")
    for kind, block in BLOCKS
    if not kind
    for line in block.splitlines()
    if line.startswith(".venv/bin/python run.py ")
    and "bench" not in line
    and "dashboard" not in line  # that serves until it is interrupted
]


def chains(commands: list[str]) -> list[list[str]]:
    """Commands that work alone; one that reads `results/` goes with those above it up to the one that writes there."""
    found: list[list[str]] = []
    for command in commands:
        if " results/" in command:
            found[-1].append(command)
        else:
            found.append([command])
    return found


SMALLER = {  # as shown they take minutes, or draw much
    "validate": ["--members", "4"],
    "calibrate": ["--sets", "200"],
    "claims": ["--members", "2"],
    "run": ["--members", "4"],
    "report": ["--members", "4"],
    "compare": ["--members", "4"],
}


def test_the_first_two_commands_install_and_run_and_test():
    first, second = (block.strip() for kind, block in BLOCKS[:3] if not kind)
    assert first == "python3 -m venv .venv && .venv/bin/pip install -e . && .venv/bin/python run.py"
    assert second == "python3 -m venv .venv && .venv/bin/pip install -e '.[all]' && .venv/bin/pytest"
    assert "-c requirements.lock" in TEXT


def test_it_shows_a_command_of_each_kind():
    shown = {shlex.split(command)[0] for command in COMMANDS}
    assert shown >= {"run", "list", "compare", "check", "show", "branch", "sweep", "sensitivity", "discover", "robust"}


@pytest.mark.parametrize("commands", chains(COMMANDS), ids=lambda commands: commands[0])
def test_the_commands_it_shows_work(commands, one_figure, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(identifiability, "GRID", identifiability.GRID[::4])  # `validate` moves each parameter to all
    scenario, sweep = (block for kind, block in BLOCKS if kind == "yaml")
    (tmp_path / "karimov.yaml").write_text(scenario)
    (tmp_path / "thaw.yaml").write_text(sweep)
    for command in commands:
        arguments = shlex.split(command)
        smaller = [] if "--explain" in arguments else SMALLER.get(arguments[0], [])
        assert main([*arguments, *smaller]) == 0, command


def test_the_scenario_it_shows_loads(tmp_path):
    text = next(block for kind, block in BLOCKS if kind == "yaml")
    file = tmp_path / "karimov.yaml"
    file.write_text(text)
    scenario = Scenario.load(file)
    assert "uzb_succession_2016" not in scenario.events and scenario.parameters["reciprocity"] == 0.6


@pytest.mark.parametrize("code", [block for kind, block in BLOCKS if kind == "python"])
def test_the_python_it_shows_runs(code, tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "model"), str(ROOT)])}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_commands_it_shows_for_clusters_can_be_given():
    shown = [line for kind, block in BLOCKS if kind == "sh" for line in block.splitlines() if line.startswith("run.py")]
    assert len(shown) == 3
    for line in shown:
        words = shlex.split(line.replace("$SLURM_ARRAY_TASK_ID", "7"), comments=True)
        options = parser().parse_args(words[1:])
        assert options.dask or options.slurm or options.shard == (7, 100)


def test_the_files_it_names_are_there():
    contributing = (ROOT / "CONTRIBUTING.md").read_text()
    for link in re.findall(r"\]\(([^)#:]+)\)", TEXT + contributing):
        assert (ROOT / link).exists(), link
    for module in re.findall(r"python -m ([\w.]+)", contributing):
        assert importlib.util.find_spec(module), module


def test_the_glossary_explains_the_terms_that_the_texts_use():
    glossary = TEXT.split("## Glossary")[1].split("\n## ")[0]
    for term in ("ensemble", "member", "common random numbers", "paired difference", "posterior", "identified",
                 "coverage", "hindcast"):  # fmt: skip
        assert f"\n| {term} |" in glossary, term
