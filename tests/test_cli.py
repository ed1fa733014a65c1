"""The command line as a person meets it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import xarray as xr

from cairn.cli.main import main
from cairn.ensemble import runner

ROOT = Path(__file__).parent.parent


def run_py(*arguments, **options):
    return subprocess.run(
        [sys.executable, "run.py", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        **options,
    )


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    out = tmp_path_factory.mktemp("small")
    return out, run_py("run", "baseline", "--members", 6, "--seed", 3, "--out", out)


def test_a_run_prints_a_table_and_writes_data_and_figures(small):
    out, done = small
    assert done.returncode == 0, done.stderr
    for word in ("integration index", "1995", "2040", "record", "90 % interval", "6 members"):
        assert word in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) < 160
    names = {path.name for path in out.rglob("*") if path.is_file()}
    assert {"run.nc", "summary.csv"} <= names
    assert sum(name.endswith(".png") for name in names) >= 8
    assert not [name for name in names if "partial" in name or name.startswith(".")]
    with xr.open_dataset(out / "run.nc", engine="h5netcdf") as worlds:
        assert worlds.sizes["member"] == 6
        assert worlds.attrs["seed"] == 3
        assert "uzb_succession_2016" in worlds.attrs["scenario"]
        assert worlds.trust.units == "1"


def test_json_is_one_document_and_nothing_else(tmp_path):
    done = run_py("--members", 2, "--to", 1996, "--json", "--out", tmp_path)
    document = json.loads(done.stdout)
    assert document["members"] == 2 and document["outcomes"][0]["outcome"] == "integration_index"
    assert all(Path(file).is_file() for file in document["files"])


def test_quiet_prints_nothing(tmp_path):
    done = run_py("--members", 1, "--to", 1993, "--quiet", "--out", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_years_can_be_chosen(tmp_path):
    assert main(["run", "--members", "1", "--from", "1995", "--to", "1996", "--quiet", "--out", str(tmp_path)]) == 0
    with xr.open_dataset(tmp_path / "run.nc", engine="h5netcdf") as worlds:
        assert worlds.sizes["time"] == 8
        assert str(worlds.time.values[0])[:10] == "1995-01-01"


@pytest.mark.parametrize("year", ["1992", "2005", "2040"])
def test_a_single_year_can_be_run(tmp_path, year):
    assert main(["run", "--members", "1", "--from", year, "--to", year, "--quiet", "--out", str(tmp_path)]) == 0
    assert len(list((tmp_path / "figures").iterdir())) == 8


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "no_such_world"], ["no_such_world", "run.py list"]),
        (["run", "baselin"], ["did you mean 'baseline'"]),
        (["run", "missing/file.yaml"], ["missing/file.yaml"]),
        (["--members", "0"], ["0", "1..1000000"]),
        (["--members", "many"], ["'many'", "whole number"]),
        (["--seed", "-1"], ["-1"]),
        (["--to", "2050"], ["2050", "1992..2040"]),
        (["--from", "2030", "--to", "2020"], ["2030..2020"]),
        (["--from", "1980"], ["1980", "1992..2040"]),
        (["fly"], ["fly", "run"]),
        (["--out", "/proc/nowhere"], ["/proc/nowhere", "--out"]),
        (["run", "--memebrs", "3"], ["--memebrs"]),
    ],
)
def test_bad_input_gets_one_line_and_code_2(arguments, says):
    done = run_py(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    for part in says:
        assert part in done.stderr


def test_a_broken_file_is_said_in_one_line_and_nothing_is_written(tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("title: 'no end\n")
    done = run_py("run", broken, "--out", tmp_path / "out")
    assert done.returncode == 2 and "broken.yaml:" in done.stderr
    assert not (tmp_path / "out").exists()


def test_list_names_every_scenario():
    done = run_py("list", "--json")
    assert "baseline" in [row["name"] for row in json.loads(done.stdout)]
    assert "baseline" in run_py("list").stdout


def test_help_does_not_wait_for_heavy_imports():
    heavy = "mesa", "xarray", "pydantic", "matplotlib", "pandas", "scipy", "numpy"
    code = f"import sys, cairn.cli.main as c; c.parser().format_help(); print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert run_py("--help").returncode == 0


def test_an_interrupted_run_leaves_nothing_half_written(tmp_path, monkeypatch):

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "run", interrupted)
    assert main(["run", "--quiet", "--out", str(tmp_path)]) == 130
    assert list(tmp_path.iterdir()) == []
