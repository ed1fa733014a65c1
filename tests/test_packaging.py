"""What a user installs: the wheel has all files, and works where no checkout is near."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE, SCENARIOS = ROOT / "model" / "cairn", ROOT / "scenarios"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy of what git has, so that nothing else of the checkout gets in."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(out)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder with the wheel installed into it, its dependencies being those of this Python."""
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target)]
    subprocess.run([*command, str(wheel)], check=True, capture_output=True)
    return target


def run(command, installed, folder):
    """A command run in a folder, with the installed package before any other."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(list(map(str, command)), cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_has_every_file_of_the_package_and_all_scenarios(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    for name in tracked:
        if name.startswith("model/cairn/"):
            assert name.removeprefix("model/") in names, name
        elif name.startswith("scenarios/"):
            assert f"cairn/{name}" in names, name
    for folder, ending in (
        ("data", ".csv"), ("data/fitted", ".csv"), ("scenarios", ".yaml"), ("scenarios/sweeps", ".yaml"),
        ("scenarios/claims", ".yaml"), ("dashboard", ".vue"), ("report/templates", ".j2"),
    ):  # fmt: skip
        assert [name for name in names if name.startswith(f"cairn/{folder}/") and name.endswith(ending)], folder
    assert "cairn/py.typed" in names and "cairn/scenarios/scenario.schema.json" in names


def test_the_wheel_has_nothing_else(wheel):
    top = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert len(top) == 2 and "cairn" in top
    assert not [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith((".pyc", ".part"))]


def test_the_command_finds_scenarios_and_sweeps_and_runs(installed, tmp_path):
    cairn = installed / "bin" / "cairn"
    assert "usage: cairn" in run([cairn, "--help"], installed, tmp_path)
    listed = run([cairn, "list"], installed, tmp_path)
    assert [line for line in listed.splitlines() if not line.startswith(" ")] == shipped(SCENARIOS)
    sweeps = run([cairn, "sweep"], installed, tmp_path)
    assert {line for line in sweeps.splitlines() if not line.startswith(" ")} == set(shipped(SCENARIOS / "sweeps"))
    run([cairn, "run", "karimov_line", "--members", "2", "--to", "1994", "--out", "out"], installed, tmp_path)
    assert {"run.nc", "summary.csv", "figures"} == {path.name for path in (tmp_path / "out").iterdir()}


def shipped(folder):
    return sorted((path.stem for path in folder.glob("*.yaml")), key=lambda name: (name != "baseline", name))


SCRIPT = """
import cairn
from cairn import CentralAsia, Sweep, run

if __name__ == "__main__":
    ensemble = run("baseline", members=2, seed=1, to_year=1992, jobs=2)
    CentralAsia("baseline", members=1, seed=1).run_for(1)
    Sweep.load("canal")
    print(cairn.__file__, ensemble.sizes["time"])
"""


def test_files_of_the_user_with_names_of_ours_do_no_harm(installed, tmp_path):
    """Mesa's users call their file model.py; rooms of the package have plain names too."""
    rooms = [path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name.isidentifier()]
    for name in ("model", "agents", *rooms):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('the wrong file was imported')\n")
    (tmp_path / "script.py").write_text(SCRIPT)
    printed = run([sys.executable, "script.py"], installed, tmp_path).split()
    assert printed == [str(installed / "cairn" / "__init__.py"), "4"]
