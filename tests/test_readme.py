"""What the README shows can be run."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

from model.cli import main
from model.scenario import Scenario

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", TEXT, re.DOTALL)
COMMANDS = [
    line.removeprefix(".venv/bin/python run.py ")
    for kind, block in BLOCKS
    if not kind
    for line in block.splitlines()
    if line.startswith(".venv/bin/python run.py ") and "bench" not in line
]


SMALLER = {"validate": ["--members", "8"], "calibrate": ["--sets", "200"]}  # as shown they take minutes


def test_the_first_two_commands_set_up_and_run_and_test():
    plain = [block for kind, block in BLOCKS if not kind]
    assert plain[0].strip().endswith(".venv/bin/pip install -e . && .venv/bin/python run.py")
    assert any(block.strip().endswith(".venv/bin/pip install -e '.[all]' && .venv/bin/pytest") for block in plain)


def test_the_commands_it_shows_work(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "karimov.yaml").write_text(next(block for kind, block in BLOCKS if kind == "yaml"))
    assert {shlex.split(command)[0] for command in COMMANDS} >= {"run", "list", "compare", "check", "show", "branch"}
    for command in COMMANDS:
        arguments = shlex.split(command)
        assert main([*arguments, *SMALLER.get(arguments[0], [])]) == 0, command


def test_the_scenario_it_shows_loads(tmp_path):
    text = next(block for kind, block in BLOCKS if kind == "yaml")
    file = tmp_path / "karimov.yaml"
    file.write_text(text)
    world = Scenario.load(file)
    assert "uzb_succession_2016" not in world.events and world.parameters["reciprocity"] == 0.6


def test_the_python_it_shows_runs():
    code = next(block for kind, block in BLOCKS if kind == "python")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[0]) > 0


def test_the_files_it_names_are_there():
    for link in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (ROOT / link).exists(), link
