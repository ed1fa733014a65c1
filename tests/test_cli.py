"""The command line as a user meets it."""

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import xarray as xr

from cairn.cli.main import GROUPS, main, parser
from cairn.cli.main import _name as name_of
from cairn.cli.output import progress_bar
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


@pytest.fixture
def run_here(capfd):
    """The same in this process, which is quicker."""

    def run_here(*arguments):
        try:
            code = main([*map(str, arguments)])
        except SystemExit as end:
            code = end.code
        printed = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, code, printed.out, printed.err)

    return run_here


def test_a_run_prints_a_table_and_writes_data_and_figures(tmp_path):
    done = run_py("run", "baseline", "--members", 6, "--seed", 3, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    for word in ("integration index", "1995", "2040", "record", "90 % interval", "6 members"):
        assert word in done.stdout
    assert max(len(line) for line in done.stdout.replace(str(tmp_path), "results").splitlines()) < 160
    names = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert {"run.nc", "summary.csv"} <= names
    assert sum(name.endswith(".png") for name in names) >= 8
    assert not [name for name in names if "partial" in name or name.startswith(".")]
    with xr.open_dataset(tmp_path / "run.nc", engine="h5netcdf") as result:
        assert result.sizes["member"] == 6
        assert result.attrs["seed"] == 3
        assert "uzb_succession_2016" in result.attrs["scenario"]
        assert result.trust.units == "1"


def test_json_is_one_document_and_nothing_else(run_here, one_figure, tmp_path):
    done = run_here("--members", 2, "--to", 1996, "--json", "--out", tmp_path)
    document = json.loads(done.stdout)
    assert document["members"] == 2 and document["outcomes"][0]["outcome"] == "integration_index"
    assert all(Path(file).is_file() for file in document["files"])


def test_quiet_prints_nothing(run_here, one_figure, tmp_path):
    done = run_here("--members", 1, "--to", 1993, "--quiet", "--out", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_years_can_be_chosen(one_figure, tmp_path):
    assert main(["run", "--members", "1", "--from", "1995", "--to", "1996", "--quiet", "--out", str(tmp_path)]) == 0
    with xr.open_dataset(tmp_path / "run.nc", engine="h5netcdf") as result:
        assert result.sizes["time"] == 8
        assert str(result.time.values[0])[:10] == "1995-01-01"


@pytest.mark.parametrize("year", ["1992", "2005", "2040"])
def test_a_single_year_can_be_run(tmp_path, year):
    assert main(["run", "--members", "1", "--from", year, "--to", year, "--quiet", "--out", str(tmp_path)]) == 0
    assert len(list((tmp_path / "figures").iterdir())) == 8


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["run", "no_such_scenario"], ["no_such_scenario", "run.py list"]),
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
        (["run", "--checkpoint", "soon"], ["'soon'", "2016-09"]),
        (["run", "--parameters", "none.csv"], ["none.csv", "default, posterior, or a CSV file"]),
        (["sweep", "canal", "--shard", "9/8"], ["'9/8'", "1/8 to 8/8"]),
        (["branch", "none.npz"], ["none.npz", "--checkpoint DATE"]),
    ],
)
def test_bad_input_gets_one_line_and_code_2(run_here, arguments, parts):
    done = run_here(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    for part in parts:
        assert part in done.stderr


def test_an_invalid_file_gets_one_line_and_nothing_is_written(tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("title: 'no end\n")
    done = run_py("run", broken, "--out", tmp_path / "out")
    assert done.returncode == 2 and "broken.yaml:" in done.stderr
    assert not (tmp_path / "out").exists()


def test_list_names_every_scenario(run_here):
    done = run_here("list", "--json")
    assert "baseline" in [row["name"] for row in json.loads(done.stdout)]
    assert "baseline" in run_here("list").stdout


def test_help_does_not_wait_for_heavy_imports():
    heavy = "mesa", "xarray", "pydantic", "matplotlib", "pandas", "scipy", "numpy"
    code = f"import sys, cairn.cli.main as c; c.parser().format_help(); print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_groups_all_commands_and_fits_a_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    text = parser().format_help()
    headings = ("run and compare:", "explore:", "calibrate and validate:", "look:", "files:")
    places = [text.index(f"\n{heading}\n") for heading in headings]
    assert places == sorted(places)
    for group in GROUPS.values():
        for module in group:
            name = name_of(module)
            assert re.search(rf"^  {name} +{re.escape(module.SUMMARY)}$", text, re.MULTILINE)
    for name in [None, *(name_of(m) for group in GROUPS.values() for m in group)]:
        text = parser().format_help() if name is None else help_of(name)
        assert max(map(len, text.splitlines())) <= 80, name


def help_of(name: str) -> str:
    with pytest.raises(SystemExit, match="0"), contextlib.redirect_stdout(io.StringIO()) as text:
        parser().parse_args([name, "--help"])
    return text.getvalue()


def test_the_progress_bar_shows_the_share_done_the_time_left_and_the_end(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress_bar(10, "simulating", hidden=False, unit="members") as bar:
        bar.delay = 0
        bar.start_t -= 5
        bar.update(5)
        bar.refresh()
    shown = capsys.readouterr().err
    assert re.search(r"simulating +50% \|.+\| +1\.00 members/s, 00:05 left, ends \d\d:\d\d:\d\d", shown), shown


def test_no_progress_is_shown_where_there_is_no_terminal(capsys):
    with progress_bar(10, "simulating", hidden=False) as bar:
        bar.update(5)
    assert capsys.readouterr().err == ""


@pytest.fixture
def older_python():
    """A Python older than 3.12 on this machine."""
    for name in ("python3.11", "python3.10", "python3.9", "python3"):
        for path in [shutil.which(name), *sorted(Path("/usr/bin").glob(name))]:
            done = path and subprocess.run([path, "-c", "import sys; print(sys.version_info < (3, 12))"],
                                           capture_output=True, text=True)  # fmt: skip
            if done and done.stdout.strip() == "True":
                return str(path)
    pytest.skip("no Python older than 3.12 is installed")


def test_an_older_python_is_told_which_one_is_needed(older_python):
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    for arguments in ([], ["--help"], ["run", "baseline"]):
        done = subprocess.run([older_python, "run.py", *arguments], cwd=ROOT, capture_output=True, text=True, env=clean)
        assert done.returncode == 2 and done.stdout == ""
        assert re.fullmatch(
            r"Cairn needs Python 3\.12 or newer, and this is Python 3\.[\d.]+; README\.md .*\.\n", done.stderr
        )
    clean["PYTHONPATH"] = str(ROOT / "model")
    done = subprocess.run([older_python, "-c", "import cairn"], capture_output=True, text=True, env=clean)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        "ImportError: Cairn needs Python 3.12 or newer, and this is Python 3."
    )


def test_without_the_package_run_py_says_how_to_install_it(tmp_path):
    shutil.copy(ROOT / "run.py", tmp_path)
    done = subprocess.run(
        [sys.executable, "-S", "run.py"], cwd=tmp_path, capture_output=True, text=True, env={"PATH": os.environ["PATH"]}
    )
    assert done.returncode == 2 and done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 and "is not installed" in done.stderr


def test_an_interrupted_run_leaves_nothing_half_written(tmp_path, monkeypatch):

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "run", interrupted)
    assert main(["run", "--quiet", "--out", str(tmp_path)]) == 130
    assert list(tmp_path.iterdir()) == []


def test_an_error_that_is_not_bad_input_is_not_hidden(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "run", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(["run", "--quiet", "--out", str(tmp_path)])


@pytest.mark.parametrize(("columns", "years"), [("80", ["2015", "2024", "2040"]), ("200", ["1995", "2005", "2015"])])
def test_the_table_of_a_run_fits_the_terminal(tmp_path, monkeypatch, capsys, columns, years):
    monkeypatch.setenv("COLUMNS", columns)
    assert main(["run", "--members", "2", "--out", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert next(line for line in lines if "2024" in line).split()[: len(years)] == years
    assert not [line for line in lines if len(line) > int(columns) and not line.startswith("Written")]
    assert any("in a wider terminal" in line for line in lines) == (columns == "80")


def keys_of(document) -> set[str]:
    if isinstance(document, dict):
        return set(document).union(*map(keys_of, document.values()))
    return set().union(*map(keys_of, document)) if isinstance(document, list) else set()


@pytest.mark.parametrize("command", [["run"], ["compare", "baseline", "no_canal"], ["report", "no_canal"]])
def test_json_documents_share_their_keys(tmp_path, capsys, command):
    assert main([*command, "--members", "2", "--to", "1995", "--json", "--out", str(tmp_path)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert {"members", "seed", "parameters", "version", "commit", "files"} <= document.keys()
    assert {"median", "low", "high"} <= keys_of(document) or command[0] == "report"  # no effect before the canal
    assert not [key for key in keys_of(document) if re.fullmatch(r"p\d\d", key)]
