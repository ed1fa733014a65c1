"""Want of memory: what is needed for how many members is said before anything is simulated."""

import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from cairn import compare, run
from cairn.cli.cli_errors import exit_code
from cairn.ensemble import workers
from cairn.ensemble.workers import check_memory
from cairn.support.errors import InputError

ROOT = Path(__file__).parent.parent


def limited(limit: int, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A command in a process that may have so many bytes of addresses."""
    return subprocess.run(
        [sys.executable, "run.py", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "model"), "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )


@pytest.mark.parametrize("command", [["run", "--members", 2000], ["compare", "baseline", "canal_high"]])
def test_a_limit_that_is_too_low_is_one_sentence_with_what_is_needed_and_no_file(tmp_path, command):
    done = limited(900_000_000, *command, "--jobs", 1, "--out", tmp_path / "out")
    message = r"\d+ members need about 1\.\d GB of memory, and the limit of a process \(ulimit -v\) is 900 MB; raise"
    assert done.returncode == 2 and re.match(message, done.stderr) and len(done.stderr.splitlines()) == 1, done.stderr
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("make", [lambda n: run("baseline", n), lambda n: compare(["baseline", "canal_high"], n)])
def test_members_that_no_machine_holds_are_refused_before_they_are_simulated(make, monkeypatch):
    monkeypatch.setattr(workers, "_address_limit", lambda: None)
    monkeypatch.setattr(workers, "_free_memory", lambda jobs: 8e9)
    message = r"^10000000 members need about \d{4}\.\d GB of memory, and this machine has 8\.0 GB; take at most \d{5} "
    with pytest.raises(InputError, match=message) as refused:
        make(10_000_000)
    fits = int(re.search(r"at most (\d+)", str(refused.value))[1])
    monkeypatch.setattr("cairn.ensemble.runner.map_chunks", lambda *_, **__: pytest.fail("it runs"))
    monkeypatch.setattr("cairn.ensemble.comparison.map_chunks", lambda *_, **__: pytest.fail("it runs"))
    with pytest.raises(InputError):
        make(fits + 1)
    with pytest.raises(pytest.fail.Exception, match="it runs"):
        make(fits)


def test_the_number_that_is_named_fits_and_one_more_does_not(monkeypatch):
    monkeypatch.setattr(workers, "_free_memory", lambda jobs: None)
    monkeypatch.setattr(workers, "_address_limit", lambda: workers.PROCESS_BYTES + 10_000_000)
    with pytest.raises(InputError, match="take at most ") as refused:
        check_memory(1_000, 10_000, 5_000, 2, 100)
    fits = int(re.search(r"at most (\d+)", str(refused.value))[1])
    check_memory(fits, 10_000, 5_000, 2, 100)
    with pytest.raises(InputError):
        check_memory(fits + 1, 10_000, 5_000, 2, 100)


def test_without_a_limit_and_where_memory_is_not_known_nothing_is_refused(monkeypatch):
    monkeypatch.setattr(workers, "_free_memory", lambda jobs: None)
    monkeypatch.setattr(workers, "_address_limit", lambda: None)
    check_memory(10**9, 10**6, 10**6, 1)


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (
            ImportError("pyexpat.so: failed to map segment from shared object"),
            "too little memory to load the program",
        ),
        (
            OSError("Can't synchronously read data (filter returned failure during read)"),
            "too little memory, or the file is damaged",
        ),
    ],
)
def test_want_of_memory_that_a_library_reports_is_one_sentence(problem, sentence, capsys):
    def command():
        raise problem

    assert exit_code(command) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1 and sentence in said


def test_an_import_that_fails_for_another_reason_is_an_error():
    def wrong():
        raise ImportError("cannot import name 'x'")

    with pytest.raises(ImportError):
        exit_code(wrong)
