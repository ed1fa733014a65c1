"""Full disks, paths that are too long, directories in place of files and want of memory: one sentence, exit code 2."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from cairn.cli.cli_errors import exit_code
from cairn.cli.main import main

ROOT = Path(__file__).parent.parent
LONG = "x" * 5000


def one_sentence(said: str) -> None:
    assert len(said.splitlines()) == 1 and "Traceback" not in said and len(said) < 1200, said


def command(*arguments: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "run.py", *arguments], cwd=ROOT, stderr=subprocess.PIPE, text=True, **options
    )


@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"], ["check", "baseline"], ["show", "baseline"]])
def test_an_output_that_is_full_is_one_sentence(arguments):
    with open("/dev/full", "w") as full:
        done = command(*arguments, stdout=full)
    assert done.returncode == 2 and done.stderr.startswith("cannot write the output: No space left")
    one_sentence(done.stderr)


def test_a_disk_that_is_full_leaves_no_scenario_file(tmp_path):
    no_byte = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)), "stdout": subprocess.DEVNULL}
    out = tmp_path / "mine.yaml"
    done = command("new", "mine", "--out", str(out), env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}, **no_byte)
    assert done.returncode == 2 and f"cannot write {out}: File too large" in done.stderr
    one_sentence(done.stderr)
    assert list(tmp_path.iterdir()) == []
    assert command("new", "mine", "--out", str(out), stdout=subprocess.DEVNULL).returncode == 0


def test_validate_refuses_a_file_for_scores_that_cannot_be_written_before_it_simulates(tmp_path, monkeypatch, capsys):
    pytest.importorskip("statsmodels")
    monkeypatch.setattr("cairn.calibration.validation.scorecard.compute_scorecard", None)
    (tmp_path / "file").touch()
    assert main(["validate", "--ablations", str(tmp_path / "file" / "scores.csv"), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"cannot write to {tmp_path / 'file'}: File exists")
    one_sentence(said)


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", LONG],
        ["show", LONG],
        ["run", LONG],
        ["run", "--members", "1", "--to", "1992", "--out", LONG],
        ["run", "--members", "1", "--to", "1992", "--parameters", LONG],
        ["branch", LONG],
        ["compare", "baseline", LONG],
        ["sweep", LONG],
        ["sweep", "canal", "--quiet", "--out", LONG],
        ["discover", LONG],
        ["new", LONG],
        ["new", "mine", "--out", LONG],
    ],
)
def test_a_path_that_is_too_long_is_one_sentence(tmp_path, monkeypatch, capsys, arguments):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    one_sentence(capsys.readouterr().err)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "folder"],
        ["run", "folder"],
        ["run", "--members", "1", "--to", "1992", "--parameters", "folder"],
        ["run", "--members", "1", "--to", "1992", "--out", "file"],
        ["branch", "folder"],
        ["sweep", "folder"],
        ["sweep", "canal", "--quiet", "--out", "file"],
        ["new", "mine", "--out", "folder"],
        ["new", "mine", "--out", "file/mine.yaml"],
    ],
)
def test_a_folder_in_place_of_a_file_and_a_file_in_place_of_a_folder_are_one_sentence(
    tmp_path, monkeypatch, capsys, arguments
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("a file")
    assert main(arguments) == 2
    one_sentence(capsys.readouterr().err)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder"]


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (MemoryError(), "there is too little memory for this; take fewer --members, or --jobs 1\n"),
        (MemoryError("Unable to allocate 7 GiB"), "too little memory for this (Unable to allocate 7 GiB); take fewer"),
        (OSError(24, "Too many open files", "a.nc"), "a.nc: Too many open files\n"),
    ],
)
def test_errors_of_the_machine_are_one_sentence(capsys, problem, message):
    def command():
        raise problem

    assert exit_code(command) == 2
    said = capsys.readouterr().err
    one_sentence(said)
    assert message in said
