"""The folder of a sweep: what failed is tried again, what is there is checked, and two runs never mix."""

import hashlib
import io
import json
import multiprocessing
import os
import shutil
import time
from collections import Counter
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cairn.cli.main import main
from cairn.exploration.indices import sobol_indices
from cairn.support.folder_lock import PREFIX, FolderInUse, folder_lock
from cairn.sweeps import Sweep, executors, open_sweep, points, run_sweep
from cairn.sweeps.store import Store, StoreError

CONTENT = {
    "title": "A sweep to recover",
    "question": "Is every point there in the end?",
    "uncertainties": {"reciprocity": {"parameter": "reciprocity"}, "gain": {"parameter": "trust_gain"}},
    "design": {"kind": "saltelli", "samples": 2},
    "members": 2,
    "to_year": 1992,
    "points_per_file": 3,
    "outcomes": {"index": {"measure": "integration_index", "year": 1992}},
}
BAD = 4  # a point of the second of three parts


def sweep(**changes) -> Sweep:
    return Sweep.of("recovery", **CONTENT | changes)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "table").iterdir())}


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    run_sweep(sweep(), folder, jobs=1)
    return folder


@pytest.fixture
def copy(whole, tmp_path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "copy"))


@contextmanager
def failing(problem: Exception, times: int = 10**9):
    """Within the block, the first so many runs that contain the bad point end in an error."""
    honest, bad = points.simulate_levels, points.levels(sweep(), BAD, 1)
    left = [times]

    def simulate_levels(sweep, levels, *rest):
        is_bad = np.logical_and.reduce([levels[name] == value for name, value in bad.items()])
        if is_bad.any() and left[0]:
            left[0] -= 1
            raise problem
        return honest(sweep, levels, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(points, "simulate_levels", simulate_levels)
        yield


# --- what failed is tried again ---


def test_a_point_that_failed_is_tried_again_once_its_cause_is_gone(whole, tmp_path):
    with failing(ZeroDivisionError("for now")):
        assert run_sweep(sweep(), tmp_path, jobs=1).failed == 1
        with pytest.raises(StoreError, match=r"1 points failed.*--resume` tries them again"):
            sobol_indices(open_sweep(tmp_path))
        assert run_sweep(sweep(), tmp_path, jobs=1).failed == 1, "and recorded again if it is not"
    assert run_sweep(sweep(), tmp_path, jobs=1, retry_failed=False).kept == 3
    done = run_sweep(sweep(), tmp_path, jobs=1)
    assert (done.kept, done.failed) == (2, 0)
    assert files(tmp_path) == files(whole) and not list((tmp_path / "failed").iterdir())


def test_the_command_that_the_message_names_completes_the_sweep(whole, tmp_path, capsys):
    with failing(ZeroDivisionError("for now")):
        run_sweep(sweep(), tmp_path, jobs=1)
        assert main(["sweep", str(tmp_path), "--resume"]) == 3
    assert f"python run.py sweep {tmp_path} --resume" in capsys.readouterr().err
    assert main(["sweep", str(tmp_path), "--resume"]) == 0
    assert files(tmp_path) == files(whole)


def test_a_part_without_a_point_or_a_record_of_it_is_not_done(whole, tmp_path):
    with failing(ZeroDivisionError("for now")):
        run_sweep(sweep(), tmp_path, jobs=1)
    shutil.rmtree(tmp_path / "failed")
    with pytest.raises(StoreError, match=r"not complete; .*--resume` runs the rest"):
        sobol_indices(open_sweep(tmp_path))
    assert run_sweep(sweep(), tmp_path, jobs=1, retry_failed=False).kept == 2
    assert files(tmp_path) == files(whole)


@pytest.mark.parametrize("problem", [MemoryError("for now"), BrokenExecutor("the worker is lost")])
def test_what_the_machine_lacks_for_a_moment_is_no_fault_of_a_point(whole, tmp_path, problem):
    lost = Counter()

    class Passing(executors.SerialExecutor):
        def submit(self, fn, /, *args, **kwargs):
            first = args[-1].first
            lost[first] += 1
            if first == 3 and lost[first] == 1:
                future: Future = Future()
                future.set_exception(problem)
                return future
            return super().submit(fn, *args, **kwargs)

    @contextmanager
    def passing():
        yield Passing(), lambda: 2

    assert run_sweep(sweep(), tmp_path, executor=passing).failed == 0
    assert files(tmp_path) == files(whole) and lost[3] == 2


def test_too_little_memory_for_one_point_is_tried_again_and_then_recorded_as_a_lost_part(whole, tmp_path):
    with failing(MemoryError("for now"), times=3):  # all points, the half with the bad one, the bad one by itself
        assert run_sweep(sweep(), tmp_path / "a", jobs=1).failed == 0
    assert files(tmp_path / "a") == files(whole)
    with failing(MemoryError("for good")):
        assert run_sweep(sweep(), tmp_path / "b", jobs=1).failed == 3
    (record,) = Store(tmp_path / "b").failures()
    assert record["point"] == 3 and record["problem"] == "lost 3 times, last by MemoryError: for good"
    assert run_sweep(sweep(), tmp_path / "b", jobs=1).failed == 0
    assert files(tmp_path / "b") == files(whole)


# --- what is there is checked ---


def table_files(folder: Path) -> list[Path]:
    return sorted((folder / "table").iterdir())


def rename(path: Path, content: bytes, first: int, last: int) -> Path:
    """Put content where a file is, under a name that says it is these points and has the digest of the content."""
    path.unlink(missing_ok=True)
    digest = hashlib.sha256(content).hexdigest()[:16]
    new = path.with_name(f"points-{first:011d}-{last:011d}-{digest}.parquet")
    new.write_bytes(content)
    return new


def as_bytes(table: pa.Table) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream)
    return stream.getvalue()


def refused(folder: Path, name: str, message: str) -> None:
    """Reading and resuming both name the file and the problem, and remove nothing."""
    before = files(folder)
    for door in (lambda: open_sweep(folder).frame(["point"]), lambda: run_sweep(sweep(), folder, jobs=1)):
        with pytest.raises(StoreError, match=message) as problem:
            door()
        assert name in str(problem.value) and "\n" not in str(problem.value)
    assert files(folder) == before


def test_a_part_under_the_name_of_another_is_refused(copy):
    first, second, _ = table_files(copy)
    content = first.read_bytes()
    first.unlink()
    refused(copy, rename(second, content, 3, 5).name, "contains points 0 to 2, which are not those of its name")


@pytest.mark.parametrize("span", [(0, 5), (1, 3), (2, 4), (6, 8), (9, 11), (3, 2)])
def test_a_part_that_overlaps_others_or_is_none_of_this_sweep_is_refused(copy, span):
    content = table_files(copy)[0].read_bytes()
    refused(copy, rename(copy / "table" / "new", content, *span).name, "is no part of this sweep of 8 points")


def test_a_copy_of_a_part_is_refused(copy):
    first = table_files(copy)[0]
    shutil.copy(first, first.with_name(f"{first.stem} (copy).parquet"))
    refused(copy, "(copy)", "is no part of this sweep")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.take([2, 3, 0, 1, 4, 5]), "each point once, with its 2 members in order"),
        (lambda table: table.take([1, 0, 2, 3, 4, 5]), "each point once"),
        (lambda table: table.take([0, 1, 2, 3, 4]), "each point once"),
        (lambda table: table.take([0, 1, 0, 1, 2, 3]), "each point once"),
        (lambda table: table.drop_columns(["gain"]), "other columns than this sweep"),
        (lambda table: table.append_column("more", table["index"]), "other columns than this sweep"),
        (lambda table: table.set_column(0, "point", table["point"].cast(pa.int32())), "other columns than this sweep"),
    ],
)
def test_rows_that_are_not_those_of_the_part_are_refused(copy, change, message):
    first = table_files(copy)[0]
    content = as_bytes(change(pq.read_table(first, partitioning=None)))
    refused(copy, rename(first, content, 0, 2).name, message)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(1000) + b"PAR1", b"no table at all" * 100])
def test_bytes_that_are_no_table_are_refused(copy, content):
    refused(copy, rename(table_files(copy)[0], content, 0, 2).name, "is not a table")


def test_a_part_that_is_no_regular_file_is_refused(copy):
    first = table_files(copy)[0]
    first.unlink()
    os.mkfifo(first)
    with pytest.raises(StoreError, match="not a regular file"):
        open_sweep(copy).frame()


def test_a_damaged_part_is_not_read_and_is_run_again(copy, whole):
    first = table_files(copy)[0]
    flipped = bytearray(first.read_bytes())
    flipped[40] ^= 1
    first.write_bytes(flipped)
    with pytest.raises(StoreError, match=r"damaged; .*--resume` writes it again"):
        open_sweep(copy).frame()
    assert run_sweep(sweep(), copy, jobs=1).kept == 2 and files(copy) == files(whole)


def test_of_two_files_of_a_part_the_complete_one_is_kept(copy, whole):
    first = table_files(copy)[0]
    half = as_bytes(pq.read_table(first, partitioning=None).slice(0, 2))
    rename(copy / "table" / "new", half, 0, 2)
    with pytest.raises(StoreError, match=r"several files points-00000000000-00000000002; .*--resume` keeps"):
        open_sweep(copy).frame()
    assert run_sweep(sweep(), copy, jobs=1).kept == 3 and files(copy) == files(whole)


def test_a_column_that_the_table_does_not_have_is_one_sentence(whole):
    with pytest.raises(StoreError, match="has no column 'indx'; did you mean 'index'"):
        open_sweep(whole).frame(["indx"])


RECORD = {
    "point": 4,
    "points": 1,
    "inputs": {"gain": 0.05},
    "seed": 1,
    "members": 2,
    "problem": "ZeroDivisionError: a test",
    "traceback": "...",
    "rerun": "rm -rf elsewhere",
}
DEEP = '{"point": ' + "[" * 100_000 + "]" * 100_000 + "}"


def test_a_record_of_a_failure_is_read_and_its_command_is_not_taken_from_it(copy):
    (copy / "failed" / "point-00000000004.json").write_text(json.dumps(RECORD))
    (failure,) = Store(copy).failures()
    assert failure == RECORD | {"rerun": f"python run.py sweep {copy} --point 4"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("point-00000000004 (copy).json", RECORD, "is not a record of a failed point of this sweep; move it away"),
        ("point-4.json", RECORD, "is not a record of a failed point of this sweep"),
        ("notes.txt", "a note", "is not a record of a failed point of this sweep"),
        ("point-00000000005.json", RECORD, "point is 4, but 5 in the name"),
        ("point-00000000004.json", {}, "point: this key is missing"),
        ("point-00000000004.json", RECORD | {"point": "4"}, "point: .*valid integer; got '4'"),
        ("point-00000000004.json", RECORD | {"point": -1}, "point: "),
        ("point-00000000004.json", RECORD | {"points": 0}, "points: "),
        ("point-00000000004.json", RECORD | {"points": 9}, "points is 9, but the sweep ends with point 7"),
        ("point-00000000004.json", RECORD | {"points": 1e300}, "points: "),
        ("point-00000000004.json", RECORD | {"problem": None}, "problem: "),
        ("point-00000000004.json", RECORD | {"more": 1}, "more: no such key"),
        ("point-00000000004.json", json.dumps(RECORD).replace("4", "Infinity"), "point: "),
        ("point-00000000004.json", [RECORD], "is not a record of a failed point"),
        ("point-00000000004.json", "", "is not a record of a failed point"),
        ("point-00000000004.json", '{"point": 4', "is not a record of a failed point"),
        ("point-00000000004.json", DEEP, "is not a record of a failed point"),
        ("point-00000000004.json", " " * 2**21, "larger than the 1.04858 MB"),
        ("point-00000000004.json", "\udcff", "is not a record of a failed point"),
    ],
)
def test_a_record_that_is_none_of_this_sweep_is_one_sentence(copy, capsys, name, content, message):
    text = content if isinstance(content, str) else json.dumps(content)
    (copy / "failed" / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(StoreError, match=message) as problem:
        open_sweep(copy)
    assert name in str(problem.value) and len(str(problem.value)) < 1000
    assert main(["sweep", str(copy), "--resume"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_records_do_not_overlap(copy):
    for point, count in ((3, 2), (4, 1)):
        record = RECORD | {"point": point, "points": count}
        (copy / "failed" / f"point-{point:011d}.json").write_text(json.dumps(record))
    with pytest.raises(StoreError, match=r"point-00000000004\.json: point 4 is in the record before it too"):
        Store(copy).failures()


def about_with(copy: Path, **changes) -> str:
    return json.dumps(json.loads((copy / "sweep.json").read_text()) | changes)


def text_with(copy: Path, **changes) -> str:
    text = json.loads(json.loads((copy / "sweep.json").read_text())["text"])
    return about_with(copy, text=json.dumps(text | changes))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda copy: "", "is not the record of a sweep"),
        (lambda copy: "[]", "is not the record of a sweep"),
        (lambda copy: DEEP, "is not the record of a sweep"),
        (lambda copy: about_with(copy, format=1), "format: "),
        (lambda copy: about_with(copy, format=None), "format: "),
        (lambda copy: about_with(copy, title=7), "title: "),
        (lambda copy: about_with(copy, title="two\u202elines"), "title: "),
        (lambda copy: about_with(copy, title="another"), "title is 'another', but 'A sweep to recover' in the text"),
        (lambda copy: about_with(copy, members=3), "members is 3, but 2"),
        (lambda copy: about_with(copy, seed=-1), "seed: "),
        (lambda copy: about_with(copy, points=0), "points: "),
        (lambda copy: about_with(copy, points=9), "points is 9, but 8"),
        (lambda copy: about_with(copy, versions={"cairn": 1}), "versions.cairn: "),
        (lambda copy: about_with(copy, versions=[]), "versions: "),
        (lambda copy: about_with(copy, commit="c" * 300), "commit: "),
        (lambda copy: about_with(copy, text=""), "text: "),
        (lambda copy: about_with(copy, text=DEEP), "text: "),
        (lambda copy: text_with(copy, name=None), "text: name: "),
        (lambda copy: text_with(copy, sweep={}), "text: sweep.title: "),
        (lambda copy: text_with(copy, scenarios=[]), "text: scenarios: "),
        (lambda copy: text_with(copy, scenarios=[{"title": 1}]), "text: "),
        (lambda copy: text_with(copy, scenarios=["baseline"]), "text: scenarios.0: "),
        (lambda copy: text_with(copy, parameters={"trust_gain": "much"}), "text: trust_gain"),
        (lambda copy: text_with(copy, parameters={"trust_gain": [[1]]}), "text: trust_gain"),
        (lambda copy: text_with(copy, parameters={"no_such": 1}), "text: "),
    ],
)
def test_a_sweep_json_that_no_sweep_writes_is_one_sentence(copy, capsys, make, message):
    (copy / "sweep.json").write_text(make(copy))
    with pytest.raises(StoreError, match=message) as problem:
        open_sweep(copy)
    assert str(problem.value).startswith(str(copy / "sweep.json")) and len(str(problem.value)) < 1500
    for command in (["sweep", str(copy), "--resume"], ["discover", str(copy)], ["sweep", str(copy), "--point", "1"]):
        assert main(command) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


# --- two runs never mix ---


def _hold(folder, part, ready) -> None:
    with folder_lock(Path(folder), part, command="run.py sweep other"):
        ready.set()
        time.sleep(600)  # until it is killed


@contextmanager
def another_process(folder: Path, part: str):
    context = multiprocessing.get_context("forkserver")
    ready = context.Event()
    process = context.Process(target=_hold, args=(str(folder), part, ready))
    process.start()
    assert ready.wait(60)
    try:
        yield process
    finally:
        process.kill()
        process.join(60)


def test_a_second_run_into_a_folder_is_refused_and_names_the_first(copy, capsys):
    with another_process(copy, "1-of-1") as process:
        with pytest.raises(
            FolderInUse, match=rf"in use by process {process.pid} on .* since .*: run.py sweep other; wait"
        ):
            run_sweep(sweep(), copy, jobs=1)
        assert main(["sweep", str(copy), "--resume"]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
    assert run_sweep(sweep(), copy, jobs=1).kept == 3
    assert not list(copy.glob(f"{PREFIX}*"))


@pytest.mark.parametrize("command", [["run"], ["compare", "baseline", "karimov_line"]])
def test_other_commands_refuse_a_folder_in_use_before_they_simulate_and_release_it(tmp_path, capsys, command):
    arguments = [*command, "--members", "1", "--to", "1992", "--quiet", "--out", str(tmp_path)]
    with another_process(tmp_path, "all"):
        assert main(arguments) == 2
        assert "is in use by process" in (said := capsys.readouterr().err) and len(said.splitlines()) == 1
    assert main(arguments) == main(arguments) == 0
    assert not list(tmp_path.glob(f"{PREFIX}*"))


@pytest.mark.parametrize(
    ("other", "shard", "fits"),
    [("1-of-3", (2, 3), True), ("1-of-3", (1, 3), False), ("1-of-2", (4, 4), True), ("1-of-2", (3, 4), False),
     ("1-of-2", (1, 3), False), ("all", (1, 3), False)],
)  # fmt: skip
def test_shards_run_side_by_side_unless_they_have_a_part_in_common(copy, other, shard, fits):
    with another_process(copy, other):
        if fits:
            assert run_sweep(sweep(), copy, jobs=1, shard=shard).failed == 0
        else:
            with pytest.raises(FolderInUse):
                run_sweep(sweep(), copy, jobs=1, shard=shard)


def test_the_lock_of_a_process_that_was_killed_keeps_nobody_out(copy):
    with another_process(copy, "1-of-2") as process:
        process.kill()
        process.join(60)
        assert (copy / f"{PREFIX}1-of-2").exists()
        run_sweep(sweep(), copy, jobs=1)
    assert not list(copy.glob(f"{PREFIX}*"))


def test_the_text_of_a_lock_is_not_trusted(copy):
    with another_process(copy, "1-of-1"):
        for text in ("", "{}", "[" * 100_000, '{"process": "\\u001b[31m", "host": 1, "started": [], "command": null}'):
            (copy / f"{PREFIX}1-of-1").write_text(text)
            with pytest.raises(FolderInUse) as problem:
                run_sweep(sweep(), copy, jobs=1)
            assert str(problem.value).isprintable()


def test_results_made_by_another_version_are_said_to_be(copy, capsys, monkeypatch):
    monkeypatch.setattr("cairn.sweeps.store.program_digest", lambda own_code=None: "another")
    assert main(["sweep", str(copy), "--point", "1", "--json"]) == 0
    said = capsys.readouterr()
    assert said.err.startswith(f"note: {copy} was begun with another version") and len(said.err.splitlines()) == 1
    assert json.loads(said.out)["point"] == 1
    assert main(["sweep", str(copy), "--resume", "--json"]) == 0
    assert "another version" in capsys.readouterr().err
    assert np.isfinite(open_sweep(copy).points()["index"]).all()
