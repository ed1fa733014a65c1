"""Checkpoints, parameter sets and scenario files that somebody spoilt: one sentence, with file and key."""

import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cairn.cli.main import main
from cairn.core.parameter_sets import ParameterError, ParameterSets
from cairn.ensemble.checkpoint import Checkpoint, CheckpointError
from cairn.ensemble.runner import run
from cairn.scenario.scenario import Scenario
from cairn.scenario.yaml_reader import ScenarioError
from cairn.support.errors import InputError
from cairn.support.regular_file import UnreadableFile, read_regular

DEEP = "[" * 100_000


@pytest.fixture(scope="module")
def content(tmp_path_factory) -> dict[str, np.ndarray]:
    """The arrays of a checkpoint of two members."""
    _, (state,) = run("baseline", 2, 1, to_year=1993, checkpoints=["1993-01"])
    path = tmp_path_factory.mktemp("checkpoint") / "whole.npz"
    state.save(path)
    with np.load(path) as file:
        return dict(file)


def saved(content: dict[str, np.ndarray], path: Path, about: dict | None = None, **arrays) -> Path:
    text = json.dumps(json.loads(str(content["about"])) | (about or {}))
    np.savez(path, **content | arrays | {"about": np.array(text)})
    return path


def test_a_checkpoint_that_is_written_again_is_read(content, tmp_path):
    assert Checkpoint.load(saved(content, tmp_path / "a.npz")).quarter == 4


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e308, -1e10])
@pytest.mark.parametrize("name", ["trust", "gdp_usd_bn", "storage_km3"])
def test_a_state_that_is_no_state_of_a_run_does_not_run_on(content, tmp_path, capsys, name, value):
    spoilt = content[f"state/{name}"].copy()
    spoilt[..., -1].flat[0] = value
    path = saved(content, tmp_path / "a.npz", **{f"state/{name}": spoilt})
    with pytest.raises(CheckpointError, match=f"state/{name}: values that are not finite, or larger than 1e"):
        Checkpoint.load(path)
    assert main(["branch", str(path), "--out", str(tmp_path / "out")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1 and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({"quarter": "4"}, "quarter: "),
        ({"quarter": 4.5}, "quarter: "),
        ({"quarter": True}, "quarter: "),
        ({"quarter": 0}, "quarter: "),
        ({"quarter": 10**30}, "quarter: "),
        ({"seed": -1}, "seed: "),
        ({"seed": None}, "seed: "),
        ({"first_member": -3}, "first_member: "),
        ({"first_member": 2**60}, "first_member: "),
        ({"scenario": []}, "scenario: "),
        ({"scenario": {"title": 1}}, "scenario: not that of a run"),
        ({"has_parameters": 1}, "has_parameters: "),
        ({"has_parameters": False}, "parameter/"),
        ({"commit": "c" * 300}, "commit: "),
        ({"version": {}}, "version: "),
        ({"more": 1}, "more: no such key"),
        ({"own_code": {"plugins": 3}}, "own_code"),
        ({"conditioned_until": 1991}, "conditioned_until: "),
        ({"conditioned_until": 10**9}, "conditioned_until: "),
        ({"conditioned_until": None}, "conditioning/"),
    ],
)
def test_what_a_checkpoint_says_of_itself_is_checked(content, tmp_path, about, message):
    path = saved(content, tmp_path / "a.npz", about)
    with pytest.raises(CheckpointError, match=f"a.npz cannot be read as a checkpoint: {message}"):
        Checkpoint.load(path)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"state/trust": np.zeros(())}, "state/trust: no members"),
        ({"state/trust": np.zeros((5, 5, 0))}, "state/trust: no members"),
        ({"state/trust": np.zeros((5, 5, 3))}, "expected float64 of shape"),
        ({"state/posture": np.zeros((5, 5, 2), dtype=np.float32)}, "state/posture: expected float64 of shape"),
        ({"state/posture": np.zeros((5, 5, 2), dtype="U3")}, "state/posture: expected float64"),
        ({"state/more": np.zeros(2)}, "state/more: an array that is missing or that no checkpoint has"),
        ({"more": np.zeros(2)}, "more: an array"),
        ({"parameter/trust_gain": np.full(3, 0.05)}, "parameter/trust_gain: values for 3 members, but there are 2"),
        ({"parameter/trust_gain": np.full(2, np.nan)}, ""),
        ({"parameter/trust_gain": np.full(2, 7.0)}, ""),
        ({"parameter/trust_gain": np.full((2, 2), 0.05)}, ""),
        ({"conditioning/numbers": np.array([1, -1])}, "conditioning/numbers: expected 2 whole numbers"),
        ({"conditioning/numbers": np.array([1, 2**60])}, "conditioning/numbers: expected 2 whole numbers"),
        ({"conditioning/numbers": np.array([1.0, 2.0])}, "conditioning/numbers: expected 2 whole numbers"),
        ({"conditioning/numbers": np.arange(3)}, "conditioning/numbers: expected 2 whole numbers"),
        ({"conditioning/residual": np.zeros((34, 10, 3))}, "conditioning/residual: expected numbers of shape"),
        ({"conditioning/residual": np.full((34, 10, 2), np.nan)}, "conditioning/residual: values that are not finite"),
        ({"about": np.array(3)}, ""),
        ({"about": np.array(DEEP)}, ""),
        ({"about": np.array("")}, ""),
        ({"about": np.array([b"\xff"])}, ""),
    ],
)
def test_arrays_that_no_checkpoint_has_are_refused(content, tmp_path, arrays, message):
    path = tmp_path / "a.npz"
    np.savez(path, **content | arrays)
    with pytest.raises(CheckpointError, match=f"a.npz cannot be read as a checkpoint: .*{message}"):
        Checkpoint.load(path)


def test_an_archive_that_claims_more_than_it_has_is_refused(content, tmp_path):
    path = tmp_path / "a.npz"
    header = (
        b"\x93NUMPY\x01\x00v\x00"
        + b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999,), }".ljust(117)
        + b"\n"
    )
    saved(content, path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("state/more.npy", header)
    with pytest.raises(CheckpointError, match="cannot be read as a checkpoint"):
        Checkpoint.load(path)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"names": np.array(["trust_gain"] * 2)}, "names: "),
        ({"values": np.full((2, 2), np.inf)}, "values: "),
        ({"values": np.full((2, 2), 7.0)}, "trust_gain = 7 is outside its range"),
        ({"names": np.array(["trust_gian", "trust_decay"])}, "no parameter 'trust_gian'"),
        ({"numbers": np.array([0, 2**60])}, "numbers: "),
        ({"residual": np.zeros((2, 34, 9))}, "residual: expected 10 pairs, got 9"),
        ({"about": np.array(json.dumps({"until": True}))}, "until: "),
        ({"about": np.array(DEEP)}, ""),
    ],
)
def test_a_set_of_conditioned_members_is_checked(tmp_path, arrays, message):
    path = tmp_path / "a.npz"
    whole = {
        "names": np.array(["trust_gain", "initial_trust"]),
        "values": np.array([[0.04, 0.4], [0.05, 0.4]]),
        "numbers": np.arange(2),
        "residual": np.zeros((2, 34, 10)),
        "about": np.array(json.dumps({"until": 2025})),
    }
    np.savez(path, **whole)
    assert ParameterSets.load(path).parameters(1, 1).trust_gain == 0.05
    np.savez(path, **whole | arrays)
    with pytest.raises(InputError, match=f"a.npz: .*{message}"):
        ParameterSets.load(path)


@pytest.fixture
def pipe(tmp_path) -> Path:
    path = tmp_path / "pipe.yaml"
    os.mkfifo(path)
    return path


def test_no_door_waits_for_a_pipe_or_reads_a_device_without_end(pipe):
    for path in (pipe, Path("/dev/zero")):
        for error, read in (
            (CheckpointError, Checkpoint.load),
            (ParameterError, ParameterSets.load),
            (UnreadableFile, lambda path: read_regular(path, 10)),
        ):
            with pytest.raises(error, match="not a regular file"):
                read(path)
    with pytest.raises(ScenarioError, match="there is no scenario file"):
        Scenario.load(pipe)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ":1: needs a line of names and at least one line of values"),
        ("trust_gain\n", ":1: needs a line of names and at least one line of values"),
        ("\n0.05\n", ":1: needs a line of names"),
        ("trust_gain\n" + "9" * 140_000 + "\n", "not a CSV file: field larger than field limit"),
        ("x" * 130_000 + "\n1\n", ":1: no parameter 'xxx"),
        ("x" * 130_000 + "," + "x" * 130_000 + "\n1,1\n", ":1: no parameter"),
        ("trust_gain,trust_gain\n0.05,0.05\n", ":1: two columns are called trust_gain"),
        ("trust_gain\nnan\n", ":2: trust_gain = nan is outside its range"),
        ("trust_gain\n-inf\n", ":2: trust_gain = -inf is outside its range"),
        ("trust_gain\n1e309\n", ":2: trust_gain = inf is outside its range"),
        ("trust_gain\n0.0_5\n", ":2: trust_gain: '0.0_5' is not a number"),
        ("trust_gain\n\uff10.05\n", "is not a number"),
        ("trust_gain\n\n", ":2: 0 values for 1 names"),
        ("trust_gain\n0.05,0.05\n", ":2: 2 values for 1 names"),
        ("trust_gain\n0.05\n0.06\x00\n", "is not a number|not a CSV file"),
        ("\x1b[31m\n1\n", r":1: no parameter '\\x1b\[31m'"),
        ("trust_gain\n\udcff\n", "not a text in UTF-8"),
    ],
)
def test_a_file_of_parameter_sets_that_is_none_is_one_sentence(tmp_path, capsys, text, message):
    path = tmp_path / "sets.csv"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ParameterError, match=f"sets.csv.*({message})") as problem:
        ParameterSets.load(path)
    assert str(problem.value).isprintable() and len(str(problem.value)) < 1200
    command = ["run", "--members", "1", "--to", "1992", "--parameters", str(path), "--out", str(tmp_path / "out")]
    assert main(command) == 2 and len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_file_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "sets.csv"
    path.write_bytes(b"\xef\xbb\xbftrust_gain\r\n0.04\r\n")
    assert ParameterSets.load(path).parameters(0, 1).trust_gain == 0.04
