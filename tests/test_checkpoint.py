"""A run kept at a date and carried on is the run that was never interrupted."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from cairn.cli.main import main
from cairn.core.calendar import quarter_from
from cairn.core.parameters import Parameters
from cairn.ensemble.checkpoint import Checkpoint, CheckpointError
from cairn.ensemble.runner import branch, run
from cairn.scenario.scenario import Scenario

ROOT = Path(__file__).parent.parent
QUARTER = quarter_from("2016-07")
DRY = {"type": "drought", "inflow": 0.6, "why": "a test of what comes after"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory, baseline):
    _, states = run(baseline, 7, 5, checkpoints=["2016-07", dt.date(2002, 1, 1)], chunk=3)
    folder = tmp_path_factory.mktemp("kept")
    for state in states:
        state.save(folder / f"{state.name}.npz")
    return folder


def same_from(whole: xr.Dataset, part: xr.Dataset, quarter: int) -> bool:
    assert set(whole.data_vars) == set(part.data_vars)
    return all(
        np.array_equal(whole[name].values[:, quarter:], part[name].values, equal_nan=True) for name in whole.data_vars
    )


def test_keeping_a_checkpoint_changes_nothing(baseline):
    alone = run(baseline, 4, 2, to_year=2000)
    beside, _ = run(baseline, 4, 2, to_year=2000, checkpoints=["1994", "1997Q1"])
    assert alone.equals(beside)


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s,
        lambda s: s.without("uzb_succession_2016"),
        lambda s: s.with_events(dry={**DRY, "start": "2016-07", "end": "2018"}),  # on the very quarter
        lambda s: s.with_events(dry={**DRY, "start": "2030", "end": "2031"}).amend("rogun", start="2028", end="2034"),
        lambda s: s.amend("visa_tjk_uzb_2000", end="2030"),  # in force across the date
        lambda s: s.with_events(
            less={"type": "parameter", "name": "gain_weight", "value": 0.2, "start": "2020", "countries": ["UZB"],
                  "why": "a test"}
        ),
        lambda s: s.amend("c5plus1", end="2016-07").with_events(
            after={"type": "c5plus1", "start": "2016-07", "support": {"2016-07": 0.2, "2020": 1}, "why": "a test"}
        ),
        lambda s: s.with_events(shut={"type": "border_closure", "pairs": ["KAZ-UZB"], "start": "2016-07",
                                     "end": "2017-07", "why": "a test"}),
    ],
)  # fmt: skip
def test_a_branched_run_is_the_uninterrupted_run_bit_for_bit(kept, baseline, change):
    scenario = change(baseline)
    part = branch(Checkpoint.load(kept / "2016Q3.npz"), scenario, chunk=2)
    assert same_from(run(scenario, 7, 5), part, QUARTER)
    assert str(part.time.values[0])[:10] == "2016-07-01"


def test_parameters_of_a_run_are_kept_with_it(baseline, tmp_path):
    parameters = Parameters().replace(trust_gain=np.linspace(0.03, 0.08, 5), rung_cost=0.3)
    _, (state,) = run(baseline, 5, 2, to_year=2000, parameters=parameters, checkpoints=["1997"])
    state.save(tmp_path / "x.npz")
    part = branch(Checkpoint.load(tmp_path / "x.npz"), to_year=2000, chunk=2)
    assert same_from(run(baseline, 5, 2, to_year=2000, parameters=parameters), part, 20)


def test_a_branch_of_a_number_changed_before_it_holds_that_number(baseline, tmp_path):
    changed = baseline.with_events(
        less={"type": "parameter", "name": "rung_cost", "value": 0.5, "start": "1995", "end": "1999", "why": "a test"}
    )
    free = {"parameters": "posterior"}  # a past that is not the record's can be kept only if it is free
    _, (state,) = run(changed, 3, 2, to_year=2001, checkpoints=["1997"], **free)
    assert same_from(run(changed, 3, 2, to_year=2001, **free), branch(state, to_year=2001), 20)


def test_in_a_fresh_process_on_two_cores_it_is_the_same(kept, baseline, tmp_path):
    file = tmp_path / "dry.yaml"
    file.write_text(
        "title: Dry\nquestion: What if?\nextends: baseline\nevents:\n  dry:\n    type: drought\n    start: 2016-07\n"
        "    end: 2019\n    inflow: 0.6\n    why: a test\n"
    )
    done = subprocess.run(
        [sys.executable, "run.py", "branch", kept / "2016Q3.npz", "--with", file, "--jobs", "2", "--json",
         "--to", "2020", "--out", tmp_path / "out"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["members"] == 7
    with xr.open_dataset(tmp_path / "out" / "run.nc", engine="h5netcdf") as part:
        assert same_from(run(Scenario.load(file), 7, 5, to_year=2020), part, QUARTER)


def test_the_command_keeps_and_the_table_begins_with_a_whole_year(one_figure, tmp_path, capsys):
    command = ["run", "--members", "2", "--to", "2006", "--checkpoint", "2004-07", "--checkpoint", "2001", "--quiet"]
    assert main([*command, "--out", str(tmp_path)]) == 0
    assert {"2004Q3.npz", "2001Q1.npz"} <= {path.name for path in tmp_path.iterdir()}
    assert main(["branch", str(tmp_path / "2004Q3.npz"), "--to", "2006", "--out", str(tmp_path / "b")]) == 0
    assert "2005" in capsys.readouterr().out
    rows = (tmp_path / "b" / "summary.csv").read_text().splitlines()
    assert min(row.split(",")[2] for row in rows[1:]) == "2005"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda s: s.without("tjk_civil_war"), ["differs before 2016Q3", "tjk_civil_war", "earlier checkpoint"]),
        (lambda s: s.amend("uzb_leader_1992", openness=0.9), ["uzb_leader_1992"]),
        (lambda s: s.amend("patron_pull", pull={"1992": 0.1, "2040": 0.1}), ["patron_pull"]),
        (lambda s: s.with_events(dry={**DRY, "start": "2013", "end": "2014"}), ["dry"]),
        (lambda s: s.with_parameters(trust_gain=0.03), ["trust_gain", "type parameter"]),
    ],
)
def test_a_scenario_with_another_past_is_refused_with_the_reason(kept, baseline, change, says):
    with pytest.raises(CheckpointError) as error:
        branch(Checkpoint.load(kept / "2016Q3.npz"), change(baseline))
    for part in says:
        assert part in str(error.value)


def rewritten(path: Path, out: Path, **about) -> Path:
    with np.load(path) as file:
        content = dict(file)
    content["about"] = np.array(json.dumps(json.loads(str(content["about"])) | about))
    np.savez(out, **content)
    return out


def test_a_checkpoint_of_another_version_is_refused_with_the_reason(kept, tmp_path):
    with pytest.raises(CheckpointError, match=r"version 0\.0\.1, this is"):
        Checkpoint.load(rewritten(kept / "2016Q3.npz", tmp_path / "a.npz", version="0.0.1"))
    with pytest.raises(CheckpointError, match="rules or data have changed"):
        Checkpoint.load(rewritten(kept / "2016Q3.npz", tmp_path / "b.npz", code="0"))


def damaged(kept: Path, folder: Path) -> list[Path]:
    raw = (kept / "2016Q3.npz").read_bytes()
    texts = {
        "cut": raw[: len(raw) // 2],
        "empty": b"",
        "text": b"title: x\n",
        "flipped": raw[:900] + b"xxxx" + raw[904:],
    }
    for name, content in texts.items():
        (folder / f"{name}.npz").write_bytes(content)
    with np.load(kept / "2016Q3.npz") as file:
        content = dict(file)
    np.savez(folder / "less.npz", **{k: v for k, v in content.items() if k != "state/trust"})
    np.savez(folder / "shape.npz", **content | {"state/trust": content["state/trust"][:, :4]})
    np.savez(folder / "pickle.npz", **content | {"state/trust": np.array([{"a": 1}], dtype=object)})
    np.save(folder / "array.npy", np.ones(3))
    return sorted(folder.iterdir())


def test_a_damaged_checkpoint_gets_one_line_and_code_2(kept, tmp_path, capsys):
    folder = tmp_path / "bad"
    folder.mkdir()
    for path in [*damaged(kept, folder), tmp_path / "none.npz", tmp_path]:
        assert main(["branch", str(path), "--out", str(tmp_path / "out")]) == 2, path
        said = capsys.readouterr().err.strip()
        assert len(said.splitlines()) == 1 and path.name in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--checkpoint", "2050"], "lies outside the run"),
        (["--checkpoint", "1992"], "1992Q2"),
        (["--checkpoint", "2010", "--to", "2005"], "2005Q4"),
    ],
)
def test_a_checkpoint_outside_the_run_is_refused(arguments, says, tmp_path, capsys):
    assert main(["run", "--members", "1", *arguments, "--out", str(tmp_path / "out")]) == 2
    assert says in capsys.readouterr().err


def test_a_checkpoint_that_is_not_a_date_is_refused(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["run", "--checkpoint", "soon"])
    assert stop.value.code == 2 and "2016-09" in capsys.readouterr().err


def test_a_branch_without_a_whole_year_has_data_and_no_table(kept, tmp_path, capsys):
    command = ["branch", str(kept / "2016Q3.npz"), "--to", "2016"]
    assert main([*command, "--out", str(tmp_path / "a")]) == 0
    assert "No whole year" in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["run.nc"]
    assert main([*command, "--json", "--out", str(tmp_path / "b")]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["outcomes"] == [] and document["files"] == [str(tmp_path / "b" / "run.nc")]


def test_a_run_that_ends_before_the_checkpoint_is_refused(kept):
    with pytest.raises(CheckpointError, match="end before 2016Q3"):
        branch(Checkpoint.load(kept / "2016Q3.npz"), to_year=2010)


@pytest.mark.parametrize("date", ["2016Q5", "soon", "2016-13", ""])
def test_what_is_not_a_date_is_refused_in_python_too(baseline, date):
    with pytest.raises(ValueError, match="is not a date"):
        run(baseline, 1, 1, to_year=2020, checkpoints=[date])


def test_a_file_can_be_branched_from_directly(kept, baseline):
    assert same_from(run(baseline, 7, 5, to_year=2017), branch(kept / "2016Q3.npz", to_year=2017), QUARTER)
    assert run(baseline, 1, 1, to_year=1992, checkpoints=[])[1] == []
