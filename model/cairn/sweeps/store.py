"""A sweep on disk: Parquet files in `table/`, failed points in `failed/`, and `sweep.json` with the whole sweep.

A file of the table is named by its first and last point and the beginning of the SHA-256 of its bytes. It is renamed
to this name once it is complete, and a part of the sweep is done if its file has the right checksum and each of its
points is in the file or in a record of a failure. No other record of progress is needed. The bytes depend on the sweep
alone: not on who writes them, where, or in what order. Whatever is read is checked, since anybody may have made it.
"""

from __future__ import annotations

import bisect
import contextlib
import dataclasses
import functools
import hashlib
import io
import json
import math
import platform
import re
import shlex
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.core.parameters import FIELDS
from cairn.ensemble.own_code import OWN_CODE, in_words, provenance_of
from cairn.support.atomic_write import write_json
from cairn.support.folder_lock import folder_lock
from cairn.support.plugins import plugin_options
from cairn.support.provenance import code_digest, commit, package_version
from cairn.support.regular_file import UnreadableFile, read_regular
from cairn.support.text import one_line, suggest
from cairn.sweeps import points
from cairn.sweeps.definition import Sweep
from cairn.sweeps.factors import Factor
from cairn.sweeps.points import Failure, Levels
from cairn.sweeps.store_records import FORMAT, About, StoreError, read_about, read_failures, read_sweep
from cairn.sweeps.sweep_spec import SweepError

if TYPE_CHECKING:
    import pyarrow as pa

ABOUT, TABLE, FAILED = "sweep.json", "table", "failed"
MAX_PARTS, MAX_ROWS = 4096, 2**18  # files of a table before they grow; rows of a file before there are more files
MAX_PART = 4 * 2**30  # bytes of a file of the table
MAX_TRACE = 100_000  # characters of a traceback in a record of a failure
_PART_FILE = re.compile(r"points-(\d{11})-(\d{11})-([0-9a-f]{16})\.parquet")
_CODE = (
    "data/fitted/conditioned_*.npz",  # whose members a sweep uses unless it has others
    *(
        f"sweeps/{name}.py"
        for name in ("definition", "designs", "factors", "outcome_columns", "points", "store", "sweep_spec")
    ),
)


def load_pyarrow() -> Any:
    """The module pyarrow.

    Raises
    ------
    SweepError that says how to install it
    """
    try:
        import pyarrow.parquet
    except ImportError:
        raise SweepError("sweeps write Parquet and need pyarrow: pip install -e '.[sweep]'") from None
    return pyarrow


@dataclasses.dataclass(frozen=True, order=True)
class Part:
    """Consecutive points that are written to one file of the table."""

    first: int
    count: int

    @property
    def stem(self) -> str:
        """The beginning of its file's name."""
        return f"points-{self.first:011d}-{self.first + self.count - 1:011d}"


class Parts:
    """The parts of a sweep as a sequence; each is computed when it is asked for."""

    def __init__(self, sweep: Sweep):
        self.total, points_per_run = points.size(sweep), points.points_per_run(sweep)
        default = -(-self.total // (MAX_PARTS * points_per_run)) * points_per_run
        largest = max(MAX_ROWS // sweep.spec.members // points_per_run, 1) * points_per_run
        self.points_per_file = sweep.spec.points_per_file or min(default, largest)

    def __len__(self) -> int:
        return -(-self.total // self.points_per_file)

    def at(self, point: int) -> Part:
        """The part that a point is in."""
        return self[point // self.points_per_file]

    def __getitem__(self, number: int) -> Part:
        if not 0 <= number < len(self):
            raise IndexError(number)
        first = number * self.points_per_file
        return Part(first, min(self.points_per_file, self.total - first))


class DamagedFile(StoreError):
    """A file of the table whose bytes have changed since it was written."""


@dataclasses.dataclass(frozen=True)
class PartResult:
    """A part that has been run: the bytes of its file, and the points that failed."""

    part: Part
    content: bytes
    failures: tuple[Failure, ...]


def digest(content: bytes) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of some bytes."""
    return hashlib.sha256(content).hexdigest()[:16]


def program_digest(own_code: Mapping[str, str] | None = None) -> str:
    """A digest of the code and libraries that determine the bytes of a table.

    Parameters
    ----------
    own_code : what differs from the shipped model, as `cairn.ensemble.own_code.provenance_of` says it
    """
    parts = [code_digest(*_CODE), version("numpy"), version("scipy"), version("pyarrow"), str(FORMAT)]
    parts += [json.dumps(own_code)] if own_code else []
    return digest(" ".join(parts).encode())


# --- the bytes of a part ---


def run_part(sweep: Sweep, part: Part, progress: Callable[[int], None] | None = None) -> PartResult:
    """Run the points of a part and encode their outcomes as Parquet.

    Parameters
    ----------
    progress : called with the number of rows that are done
    """
    levels, points_per_run = points.levels(sweep, part.first, part.count), points.points_per_run(sweep)
    columns, failures = list[dict[str, np.ndarray]](), list[Failure]()
    for start in range(0, part.count, points_per_run):
        of_run = points.select(levels, slice(start, start + points_per_run))
        outcomes, failed = points.run_points(sweep, part.first + start, of_run, progress)
        columns.append(outcomes)
        failures += failed
    lost = {failure.point for failure in failures}
    kept = np.array([k for k in range(part.count) if part.first + k not in lost], dtype=np.int64)
    outcomes = points.concatenate(columns) or {name: np.zeros(0) for name in sweep.columns}
    table = build_table(sweep, part.first + kept, points.select(levels, kept), outcomes)
    return PartResult(part, _parquet(table), tuple(failures))


def build_table(sweep: Sweep, point: np.ndarray, levels: Levels, outcomes: dict[str, np.ndarray]) -> pa.Table:
    """Points, members, factors and outcomes as one table, sorted by point and member.

    Parameters
    ----------
    point : (n,) numbers of the points
    levels : what they set, (n,) for each factor
    outcomes : (n * members,) for each column
    """
    pa, members = load_pyarrow(), sweep.spec.members
    columns: dict[str, Any] = {
        "point": pa.array(np.repeat(point, members)),
        "member": pa.array(np.tile(np.arange(members, dtype=np.int32), len(point))),
    }
    for factor in sweep.factors:
        rows = np.repeat(levels[factor.name], members)
        columns[factor.name] = pa.array(factor.labels()).take(pa.array(rows)) if factor.levels else pa.array(rows)
    for name, outcome in sweep.columns.items():
        values = outcomes[name]
        if outcome.is_first_year:
            years = np.nan_to_num(values).astype(np.int16)
            columns[name] = pa.array(years, mask=np.isnan(values))
        else:
            columns[name] = pa.array(values.astype(np.float32))
    return pa.table(columns)


def schema_of(sweep: Sweep) -> pa.Schema:
    """Names and types of the columns of a sweep's table."""
    no_levels = {factor.name: np.zeros(0, np.int64 if factor.levels else float) for factor in sweep.factors}
    return build_table(sweep, np.zeros(0, np.int64), no_levels, {name: np.zeros(0) for name in sweep.columns}).schema


def read_part(path: Path, part: Part, sweep: Sweep, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a file of the table and check that it contains what its name says.

    Parameters
    ----------
    path : the file
    part : the points that its name says
    columns : some of its columns; default: all

    Raises
    ------
    DamagedFile if the bytes are not those that the digest in its name was made from
    StoreError if they are, but are not the table of these points of this sweep
    """
    pa = load_pyarrow()
    try:
        content = read_regular(path, MAX_PART)
    except (FileNotFoundError, UnreadableFile) as problem:
        raise StoreError(f"{path} cannot be read: {problem}") from None
    if digest(content) != path.stem.rsplit("-", 1)[1]:
        raise DamagedFile(f"{path} is damaged; `run.py sweep {path.parent.parent} --resume` writes it again")
    try:
        found = pa.parquet.read_schema(io.BytesIO(content)).remove_metadata()
        if found != schema_of(sweep):
            raise StoreError(f"{path} has other columns than this sweep; move it away")
        rows = pa.parquet.read_table(io.BytesIO(content), columns=["point", "member"])
        _check_rows(rows, part, sweep.spec.members, path)
        return pa.parquet.read_table(io.BytesIO(content), columns=columns)
    except (pa.ArrowException, OSError, MemoryError) as problem:
        raise StoreError(f"{path} is not a table: {one_line(str(problem), 200)}") from None


def _check_rows(rows: pa.Table, part: Part, members: int, path: Path) -> None:
    """Check that a file has each of its points once with all members, in order."""
    point, member = (rows[name].to_numpy() for name in ("point", "member"))
    whole = len(point) % members == 0 and (member == np.tile(np.arange(members), len(point) // members)).all()
    if not whole or (point != np.repeat(point[::members], members)).any() or (np.diff(point[::members]) <= 0).any():
        raise StoreError(f"{path} does not contain each point once, with its {members} members in order; move it away")
    if len(point) and not part.first <= point[0] <= point[-1] < part.first + part.count:
        raise StoreError(
            f"{path} contains points {point[0]} to {point[-1]}, which are not those of its name; move it away"
        )


def _parquet(table: pa.Table) -> bytes:
    stream = io.BytesIO()
    load_pyarrow().parquet.write_table(
        table, stream, compression="zstd", compression_level=3, row_group_size=2**17, write_page_checksum=True
    )
    return stream.getvalue()


# --- the folder ---


class Store:
    """The folder of a sweep.

    >>> Store("results/sweeps/nothing_here").sweep
    Traceback (most recent call last):
        ...
    cairn.sweeps.store_records.StoreError: results/sweeps/nothing_here contains no sweep
    """

    def __init__(self, folder: Path | str):
        self.folder = Path(folder)
        self.table, self.failed = self.folder / TABLE, self.folder / FAILED

    @staticmethod
    def is_store(folder: Path | str) -> bool:
        """Whether a folder contains a sweep."""
        with contextlib.suppress(OSError, ValueError):
            return (Path(folder) / ABOUT).is_file()
        return False

    @property
    def about(self) -> dict[str, Any]:
        """Provenance of the sweep, from `sweep.json`.

        Raises
        ------
        StoreError if there is none, or it is not what a sweep writes
        """
        return self._read_about().model_dump(exclude_unset=True)

    @property
    def sweep(self) -> Sweep:
        """The sweep with everything that is needed to run it, from the folder alone, but for a model class.

        Raises
        ------
        StoreError if there is none, it is not what a sweep writes, or it has events of a plugin that is not loaded
        """
        return read_sweep(self._read_about(), self.folder / ABOUT)

    def _read_about(self) -> About:
        try:
            return read_about(self.folder / ABOUT)
        except FileNotFoundError:
            raise StoreError(f"{self.folder} contains no sweep") from None

    def begin(self, sweep: Sweep, command: str = "") -> None:
        """Prepare the folder for a sweep, or check that it is already the folder of this sweep.

        Parameters
        ----------
        command : the command that runs the sweep, for the provenance

        Raises
        ------
        StoreError if the folder contains another sweep, or one of another model
        """
        if not self.is_store(self.folder):
            for folder in (self.table, self.failed):
                folder.mkdir(parents=True, exist_ok=True)
            write_json(self.folder / ABOUT, _provenance(sweep, command))
        about = self.about
        if about["text"] != sweep.text:
            raise StoreError(
                f"{self.folder} contains another sweep, {about['title']!r}; choose another folder with --out"
            )
        self.check_model(sweep)

    @property
    def outdated(self) -> str:
        """In which way this program differs from the one that began the folder, in a sentence; empty if it does not."""
        about = self.about
        if about["program"] == program_digest(_own_code(about)):
            return ""
        return (
            f"{self.folder} was begun with another version of the program (version {about['versions'].get('cairn')}, "
            f"commit {about['commit']}; this is {package_version()}, {commit()}): rules, data or libraries have "
            "changed since then"
        )

    def check_program(self, sweep: Sweep) -> None:
        """Check that this program gives the same results as the one that began the folder.

        Parameters
        ----------
        sweep : with the model class that is to be used

        Raises
        ------
        StoreError if it does not
        """
        self.check_model(sweep)
        if outdated := self.outdated:
            raise StoreError(f"{outdated}. Start again in another folder with --out")

    def lock(self, shard: tuple[int, int], command: str = "") -> contextlib.AbstractContextManager[None]:
        """Keep other runs out that would write the same parts, during a block.

        Parameters
        ----------
        shard : (k, n): every n-th part, beginning with the k-th
        command : what runs, for the message that others get

        Raises
        ------
        FolderInUse if another run writes some of these parts
        """
        return folder_lock(self.folder, "-of-".join(map(str, shard)), functools.partial(_overlaps, shard), command)

    def check_model(self, sweep: Sweep) -> None:
        """Check that the sweep has the model class and the plugins with which the folder was begun.

        Raises
        ------
        StoreError if it has others
        """
        begun_with = _own_code(self.about)
        own_code = provenance_of(sweep.model_class)
        if begun_with != own_code:
            raise StoreError(
                f"{self.folder} was begun with {in_words(begun_with)}, this is {in_words(own_code)}; give the same "
                "model_class and load the same plugins, or start again in another folder with --out"
            )

    def files(self) -> dict[str, list[tuple[Path, str]]]:
        """Files of the table by stem: path, and the digest in its name.

        Raises
        ------
        StoreError that names the first file that is no part of this sweep
        """
        by_stem: dict[str, list[tuple[Path, str]]] = {}
        parts = Parts(self.sweep)
        for path in sorted(self.table.glob("*.parquet")) if self.table.is_dir() else ():
            match = _PART_FILE.fullmatch(path.name)
            first = int(match[1]) if match else -1
            if match is None or first >= parts.total or path.name.rsplit("-", 1)[0] != parts.at(first).stem:
                raise StoreError(f"{path} is no part of this sweep of {parts.total} points; move it away")
            by_stem.setdefault(path.name.rsplit("-", 1)[0], []).append((path, match[3]))
        return by_stem

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """The table as far as it has been run, in the order of points.

        Parameters
        ----------
        columns : some of its columns; default: all

        Raises
        ------
        StoreError if there is nothing, or a file is damaged or is not what its name says
        """
        resume = f"`run.py sweep {self.folder} --resume`"
        sweep, parts, tables = self.sweep, Parts(self.sweep), []
        names = schema_of(sweep).names
        for column in columns or ():
            if column not in names:
                raise StoreError(f"{self.folder} has no column {column!r}{suggest(column, names)}")
        for stem, of_part in sorted(self.files().items()):
            if len(of_part) > 1:
                raise StoreError(f"{self.table} has several files {stem}; {resume} keeps the one that is complete")
            path = of_part[0][0]
            tables.append(read_part(path, parts.at(int(stem.split("-")[1])), sweep, columns))
        if not tables:
            raise StoreError(f"{self.folder} has no results yet; {resume} runs it")
        return load_pyarrow().concat_tables(tables)

    def verify(self, parts: Parts, part_numbers: range, retry_failed: bool = False) -> Iterator[tuple[int, bool]]:
        """For each part its number and whether it is complete. Damaged files are removed.

        Parameters
        ----------
        parts, part_numbers : the parts, and the numbers of those that are verified
        retry_failed : whether a part with recorded failures counts as not complete
        """
        files, sweep = self.files(), self.sweep
        failed = [range(failure["point"], failure["point"] + failure["points"]) for failure in self.failures()]
        starts, stops = [points.start for points in failed], [points.stop for points in failed]
        for number in part_numbers:
            part = parts[number]
            end = part.first + part.count
            of_part = failed[bisect.bisect_right(stops, part.first) : bisect.bisect_left(starts, end)]
            complete = _is_complete(part, np.zeros(0, np.int64), of_part)
            for path, _ in files.get(part.stem, ()):
                try:
                    present = read_part(path, part, sweep, ["point"])["point"].to_numpy()[:: sweep.spec.members]
                except DamagedFile:
                    path.unlink(missing_ok=True)
                    continue
                if _is_complete(part, present, of_part):
                    for other in {path for path, _ in files[part.stem]} - {path}:
                        other.unlink(missing_ok=True)
                    complete = True
                    break
            yield number, complete and not (retry_failed and of_part)

    def save(self, result: PartResult) -> None:
        """Write a part, its failures first."""
        for failure in result.failures:
            self.save_failure(failure.point, failure.problem, failure.trace)
        final = self.table / f"{result.part.stem}-{digest(result.content)}.parquet"
        part = self.table / f".{final.stem}.{uuid.uuid4().hex}.part"
        part.write_bytes(result.content)
        for other in self.table.glob(f"{result.part.stem}-*.parquet"):  # written when more of its points failed
            if other != final:
                other.unlink(missing_ok=True)
        part.replace(final)
        for left in self.table.glob(f".{result.part.stem}-*.part"):  # left by a process that was killed
            left.unlink(missing_ok=True)

    def save_failure(self, point: int, problem: str, trace: str, count: int = 1) -> None:
        """Record a point that failed, or several points whose process died.

        Parameters
        ----------
        point : number of the (first) point
        problem, trace : what went wrong, and the traceback
        count : number of points
        """
        sweep = self.sweep
        record = {
            "point": point,
            "points": count,
            "inputs": points.inputs(sweep, point) if count == 1 else None,
            "seed": sweep.spec.seed,
            "members": sweep.spec.members,
            "problem": problem[:MAX_TRACE],
            "traceback": trace[-MAX_TRACE:],
            "rerun": self._rerun(point),
        }
        self.failed.mkdir(parents=True, exist_ok=True)
        write_json(self._failure_file(point), record, default=str)

    def _rerun(self, point: int) -> str:
        """The command that runs one point."""
        return f"python run.py sweep {shlex.quote(str(self.folder))} --point {point}{plugin_options()}"

    def clear_failures(self, part: Part) -> None:
        """Remove the recorded failures of a part that is run again."""
        for path in self.failed.glob("point-*.json"):
            if part.first <= int(path.stem.removeprefix("point-")) < part.first + part.count:
                path.unlink(missing_ok=True)

    def failures(self) -> list[dict[str, Any]]:
        """Records of the points that failed, in order.

        Raises
        ------
        StoreError that names the first file that is not a record of this sweep
        """
        records = read_failures(self.failed, points.size(self.sweep)) if self.failed.is_dir() else []
        return [record.model_dump() | {"rerun": self._rerun(record.point)} for record in records]

    def _failure_file(self, point: int) -> Path:
        return self.failed / f"point-{point:011d}.json"


def _is_complete(part: Part, present: np.ndarray, failed: Sequence[range]) -> bool:
    """Whether each point of a part is present or recorded as failed.

    Parameters
    ----------
    part : the part
    present : (n,) its points that are in the table, ascending
    failed : points that failed, ascending ranges

    Examples
    --------
    >>> _is_complete(Part(10, 5), np.array([10, 11, 14]), [range(12, 14)])
    True
    >>> _is_complete(Part(10, 5), np.array([10, 11, 14]), [range(8, 13)])
    False
    """
    end, count = part.first + part.count, len(present)
    for points_failed in failed:
        start, stop = max(points_failed.start, part.first), min(points_failed.stop, end)
        count += stop - start - int(np.diff(np.searchsorted(present, [start, stop]))[0])
    return count == part.count


def _own_code(about: Mapping[str, Any]) -> dict[str, str]:
    """What differs from the shipped model according to `sweep.json`, as `cairn.ensemble.own_code.provenance_of`."""
    return {key: about[key] for key in OWN_CODE if key in about}


def _overlaps(shard: tuple[int, int], other: str) -> bool:
    """Whether a shard has parts of another, given as k-of-n; a name of another kind is taken to mean all parts."""
    match = re.fullmatch(r"(\d+)-of-(\d+)", other)
    if match is None:
        return True
    return (shard[0] - int(match[1])) % math.gcd(shard[1], int(match[2])) == 0


def _provenance(sweep: Sweep, command: str) -> dict[str, Any]:
    """Where a sweep comes from. `text` is everything that is needed to run it again; the rest is for readers."""
    spec = sweep.spec
    versions = {name: version(name) for name in ("mesa", "numpy", "scipy", "pyarrow", "pydantic")}
    return {
        "format": FORMAT,
        "name": sweep.name,
        "title": spec.title,
        "question": spec.question,
        "points": points.size(sweep),
        "members": spec.members,
        "seed": spec.seed,
        "points_per_file": Parts(sweep).points_per_file,
        "factors": {factor.name: _factor_summary(factor) for factor in sweep.factors},
        "outcomes": {column: part.model_dump(exclude_none=True) for column, part in sweep.columns.items()},
        "held_fixed": sweep.held_fixed,
        "command": command,
        "commit": commit(),
        "program": program_digest(provenance_of(sweep.model_class)),
        **provenance_of(sweep.model_class),
        "versions": {"cairn": package_version(), "python": platform.python_version(), **versions},
        "text": sweep.text,
    }


def _factor_summary(factor: Factor) -> dict[str, Any]:
    summary: dict[str, Any] = {"changes": factor.target_name, "role": "lever" if factor.lever else "uncertainty"}
    if factor.target[0] == "parameter":
        summary["unit"] = FIELDS[factor.target[1]].metadata["unit"]
    if factor.levels:
        words = [str(value) for value in factor.labels()]
        shown = words if len(words) <= 12 else [*words[:2], f"... {len(words) - 3} more", words[-1]]
        return summary | {"levels": shown}
    return summary | {"low": factor.low, "high": factor.high}
