"""A run that is written while it is simulated: the same values and bytes, bounded memory, whole files or none."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from cairn import run
from cairn.cli.main import main
from cairn.ensemble import netcdf_store
from cairn.ensemble.netcdf_store import BLOCK, open_run, save
from cairn.ensemble.runner import branch
from cairn.ensemble.summary import save_csv, table
from cairn.figures import draw_all
from cairn.support.atomic_write import OutputError
from tests.worker_processes import worker_processes

ROOT = Path(__file__).parent.parent
RUN = {"scenario": "baseline", "members": 2 * BLOCK + 44, "seed": 3, "to_year": 1993}


@pytest.fixture(scope="module")
def in_memory():
    return run(**RUN)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    path = tmp_path_factory.mktemp("stored") / "run.nc"
    run(**RUN, store=path).close()
    return path


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_stored_run_is_the_run_in_memory(in_memory, stored):
    with open_run(stored) as dataset:
        xr.testing.assert_identical(dataset.load(), in_memory)
        assert all(dataset[name].dtype == in_memory[name].dtype for name in in_memory.data_vars)
        assert {key: type(value) for key, value in dataset.attrs.items()} == {
            key: type(value) for key, value in in_memory.attrs.items()
        }


@pytest.mark.parametrize("settings", [{"chunk": 1}, {"chunk": BLOCK}, {"chunk": 200}, {"jobs": 2}, {"jobs": 3}])
def test_the_bytes_do_not_depend_on_chunks_and_processes(stored, tmp_path, settings):
    run(**RUN, **settings, store=tmp_path / "run.nc").close()
    assert (tmp_path / "run.nc").read_bytes() == stored.read_bytes()
    assert leftovers(tmp_path) == ["run.nc"]


def test_a_run_saved_from_memory_has_the_same_bytes(in_memory, stored, tmp_path):
    save(in_memory, tmp_path / "run.nc")
    assert (tmp_path / "run.nc").read_bytes() == stored.read_bytes()


def test_a_small_run_a_part_and_a_branch_are_stored_too(tmp_path):
    for settings in ({"members": 1, "from_year": 1993, "to_year": 1994}, {"members": 3, "to_year": 1992}):
        lazy = run("baseline", seed=2, **settings, store=tmp_path / "a.nc", outputs=["trust", "incidents"])
        with lazy:
            xr.testing.assert_identical(
                lazy.load(), run("baseline", seed=2, **settings, outputs=["trust", "incidents"])
            )
    lazy, (checkpoint,) = run("baseline", 3, 2, to_year=1996, checkpoints=["1994-07"], store=tmp_path / "b.nc")
    lazy.close()
    with branch(checkpoint, to_year=1996, store=tmp_path / "c.nc") as lazy:
        xr.testing.assert_identical(lazy.load(), branch(checkpoint, to_year=1996))


def test_values_are_read_when_they_are_used_and_not_kept(stored):
    with open_run(stored) as dataset:
        before = dataset.trust.values
        assert not dataset.trust.variable._in_memory
        assert np.array_equal(dataset.trust.sel(country="KAZ", partner="UZB").values, before[:, :, 0, 4])


def test_summary_and_figures_are_the_same_from_file_and_memory(in_memory, stored, tmp_path, monkeypatch):
    monkeypatch.setattr("cairn.ensemble.annual.BLOCK", 50)  # years are made block by block
    save_csv(in_memory, tmp_path / "memory.csv")
    with open_run(stored) as dataset:
        save_csv(dataset, tmp_path / "file.csv")
        assert table(dataset) == table(in_memory)
        drawn = draw_all(dataset, tmp_path / "file")
    assert (tmp_path / "file.csv").read_bytes() == (tmp_path / "memory.csv").read_bytes()
    for path in draw_all(in_memory, tmp_path / "memory"):
        assert path.read_bytes() == (tmp_path / "file" / path.name).read_bytes()
    assert len(drawn) == 8


def test_outputs_are_chosen_on_the_command_line(tmp_path, capsys):
    command = ["run", "--members", "2", "--to", "1996", "--out", str(tmp_path)]
    assert main([*command, "--outputs", "summary"]) == 0
    assert "trade of the five" in capsys.readouterr().out
    assert set(open_run(tmp_path / "run.nc").data_vars) >= {"integration_index", "trust_mean"}
    assert main([*command, "--outputs", "trust_pair,gdp_usd_bn"]) == 0
    assert "No headline outcome" in capsys.readouterr().out
    assert set(open_run(tmp_path / "run.nc").data_vars) == {"trust_pair", "gdp_usd_bn"}
    rows = (tmp_path / "summary.csv").read_text().splitlines()
    assert {row.split(",")[0] for row in rows[1:]} == {"trust_pair", "gdp_usd_bn"}


@pytest.mark.parametrize("outputs", ["trust_piar", "summery", "trust_pair,", "trust_pair;gdp_usd_bn"])
def test_unknown_outputs_get_one_line_and_code_2(outputs, tmp_path, capsys):
    assert main(["run", "--members", "2", "--outputs", outputs, "--out", str(tmp_path / "out")]) == 2
    message = capsys.readouterr().err
    assert len(message.splitlines()) == 1 and "there is no output" in message
    assert not (tmp_path / "out").exists()


def test_the_nearest_output_is_suggested(tmp_path, capsys):
    assert main(["run", "--outputs", "trust_piar", "--out", str(tmp_path)]) == 2
    assert "did you mean 'trust_pair'?" in capsys.readouterr().err


# --- what goes wrong ---


@pytest.fixture
def tiny_disk(tmp_path):
    """A disk of two megabytes."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("a file system can be mounted by root only")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def run_py(*arguments):
    return subprocess.run(
        [sys.executable, "-X", "faulthandler", "run.py", *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_full_disk_is_one_line_and_code_2(tiny_disk, jobs):
    (tiny_disk / "ballast").write_bytes(bytes(1_000_000))  # more is free than the least that the file could take
    done = run_py("run", "--members", 260, "--to", 1993, "--jobs", jobs, "--quiet", "--out", tiny_disk)
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "No space left on device" in done.stderr and "fewer outputs" in done.stderr
    assert leftovers(tiny_disk) == ["ballast"]


def test_too_little_space_is_said_before_anything_runs(tiny_disk):
    began = time.monotonic()
    done = run_py("run", "--members", 20000, "--quiet", "--out", tiny_disk)
    assert done.returncode == 2 and time.monotonic() - began < 60
    assert "2.1 GB" in done.stderr and "are free" in done.stderr and len(done.stderr.splitlines()) == 1
    assert leftovers(tiny_disk) == []


def test_a_disk_that_fills_up_later_leaves_whole_files_only(tiny_disk):
    (tiny_disk / "ballast").write_bytes(bytes(1_700_000))
    done = run_py("run", "--members", 2, "--to", 1996, "--quiet", "--out", tiny_disk)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done.stderr
    assert "No space left on device" in done.stderr
    assert not [name for name in leftovers(tiny_disk) if name.startswith(".")]
    with open_run(tiny_disk / "run.nc") as dataset:
        assert dataset.sizes["member"] == 2 and np.isfinite(dataset.trust.values).all()


@pytest.mark.parametrize("writes", [0, 1, 5, 40, 90, 200, 500])
def test_an_error_at_any_moment_leaves_nothing(tmp_path, monkeypatch, in_memory, writes):
    count = 0
    write_all = netcdf_store._GuardedFile._write_all

    def failing(self, view):
        nonlocal count
        count += 1
        if count > writes:
            raise OSError(errno.ENOSPC, "No space left on device")
        write_all(self, view)

    monkeypatch.setattr(netcdf_store._GuardedFile, "_write_all", failing)
    with pytest.raises(OutputError, match="No space left on device"):
        save(in_memory, tmp_path / "run.nc")
    assert leftovers(tmp_path) == []


def test_a_file_that_was_there_stays_when_a_later_run_fails(tmp_path, monkeypatch, in_memory):
    save(in_memory, tmp_path / "run.nc")
    before = (tmp_path / "run.nc").read_bytes()
    monkeypatch.setattr(netcdf_store.RunFile, "write", _interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(**RUN, store=tmp_path / "run.nc")
    assert (tmp_path / "run.nc").read_bytes() == before and leftovers(tmp_path) == ["run.nc"]


def _interrupted(*_):
    raise KeyboardInterrupt


def test_a_folder_that_cannot_be_written_to_is_one_line(tmp_path):
    with pytest.raises(OutputError, match="cannot write"):
        run("baseline", 1, 1, to_year=1992, store=tmp_path / "none" / "run.nc")
    with pytest.raises(OutputError, match="cannot write"):
        run("baseline", 1, 1, to_year=1992, store="/proc/run.nc")
    done = run_py("run", "--members", 2, "--to", 1992, "--out", "/proc/nowhere")
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1


def test_what_a_killed_process_had_is_run_again_and_the_bytes_are_the_same(tmp_path):
    settings = {"scenario": "baseline", "members": 12 * BLOCK, "seed": 3, "to_year": 2000, "outputs": "summary"}
    run(**settings, store=tmp_path / "whole.nc", jobs=1).close()
    killed = []

    def kill_one(_: int) -> None:
        """Called when a chunk has come back."""
        if not killed:
            child = worker_processes()[0]
            os.kill(child.pid, signal.SIGKILL)
            killed.append(child.pid)

    run(**settings, store=tmp_path / "killed.nc", jobs=2, chunk=BLOCK, progress=kill_one).close()
    assert len(killed) == 1
    assert (tmp_path / "killed.nc").read_bytes() == (tmp_path / "whole.nc").read_bytes()
    assert leftovers(tmp_path) == ["killed.nc", "whole.nc"]


def test_memory_does_not_grow_with_the_number_of_members(tmp_path):
    code = (
        "import resource, sys; from cairn import run;"
        "run('baseline', int(sys.argv[1]), 1, to_year=1999, jobs=1, chunk=256, store=sys.argv[2]).close();"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "model"), str(ROOT)])}
    peaks = [
        int(subprocess.run([sys.executable, "-c", code, str(members), str(tmp_path / "run.nc")], env=environment,
                           capture_output=True, text=True, check=True).stdout)
        for members in (256, 1536)
    ]  # fmt: skip
    assert peaks[1] < 1.1 * peaks[0], peaks  # values of 1,280 members more are 52 MB
