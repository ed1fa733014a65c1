"""A sweep on disk: Parquet files in `table/`, failed points in `failed/`, and `sweep.json` with the whole sweep.

A file of the table is named by its first and last point and the beginning of the SHA-256 of its bytes. It is renamed
to this name once it is complete, so a file that exists and has the right checksum is done, and no other record of
progress is needed. The bytes depend on the sweep alone: not on who writes them, where, or in what order.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import json
import platform
import re
import shlex
import uuid
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.core.parameters import FIELDS
from cairn.ensemble.own_code import OWN_CODE, in_words, provenance_of
from cairn.support.atomic_write import write_json
from cairn.support.plugins import plugin_options
from cairn.support.provenance import code_digest, commit, package_version
from cairn.sweeps import points
from cairn.sweeps.definition import Sweep
from cairn.sweeps.factors import Factor
from cairn.sweeps.points import Failure, Levels
from cairn.sweeps.sweep_spec import SweepError

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = 2
ABOUT, TABLE, FAILED = "sweep.json", "table", "failed"
MAX_PARTS, MAX_ROWS = 4096, 2**18  # files of a table before they grow; rows of a file before there are more files
_PART_FILE = re.compile(r"points-(\d{11})-(\d{11})-([0-9a-f]{16})\.parquet")
_CODE = tuple(
    f"sweeps/{name}.py"
    for name in ("definition", "designs", "factors", "outcome_columns", "points", "store", "sweep_spec")
)


class StoreError(SweepError):
    """A folder that cannot be used for this sweep; the message says what to do."""


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

    def __getitem__(self, number: int) -> Part:
        if not 0 <= number < len(self):
            raise IndexError(number)
        first = number * self.points_per_file
        return Part(first, min(self.points_per_file, self.total - first))


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
    cairn.sweeps.store.StoreError: results/sweeps/nothing_here contains no sweep
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
        StoreError if there is none, or it cannot be read
        """
        try:
            about = json.loads((self.folder / ABOUT).read_text(encoding="utf-8"))
            if about["format"] != FORMAT:
                raise ValueError
            return about
        except FileNotFoundError:
            raise StoreError(f"{self.folder} contains no sweep") from None
        except (OSError, ValueError, KeyError, TypeError):
            raise StoreError(f"{self.folder / ABOUT} cannot be read, or was written by another version") from None

    @property
    def sweep(self) -> Sweep:
        """The sweep with everything that is needed to run it, from the folder alone, but for a model class.

        Raises
        ------
        StoreError if it has events of a plugin that is not loaded
        """
        about = self.about
        try:
            return Sweep.from_text(about["text"])
        except StoreError:
            raise
        except SweepError as problem:
            needs = f"; it needs the plugins {about['plugins']}" if "plugins" in about else ""
            raise StoreError(f"{self.folder}: {problem}{needs}") from None

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

    def check_program(self, sweep: Sweep) -> None:
        """Check that this program writes the same bytes as the one that began the folder.

        Parameters
        ----------
        sweep : with the model class that is to be used

        Raises
        ------
        StoreError if it does not
        """
        about = self.about
        if about["program"] != program_digest(provenance_of(sweep.model_class)):
            raise StoreError(
                f"{self.folder} was begun with another version of the program (version {about['versions']['cairn']}, "
                f"commit {about['commit']}; this is {package_version()}, {commit()}): rules, data or libraries have "
                "changed since then. Start again in another folder with --out"
            )

    def check_model(self, sweep: Sweep) -> None:
        """Check that the sweep has the model class and the plugins with which the folder was begun.

        Raises
        ------
        StoreError if it has others
        """
        begun_with = {key: value for key, value in self.about.items() if key in OWN_CODE}
        own_code = provenance_of(sweep.model_class)
        if begun_with != own_code:
            raise StoreError(
                f"{self.folder} was begun with {in_words(begun_with)}, this is {in_words(own_code)}; give the same "
                "model_class and load the same plugins, or start again in another folder with --out"
            )

    def files(self) -> dict[str, list[tuple[Path, str]]]:
        """Files of the table by stem: path, and the digest in its name."""
        by_stem: dict[str, list[tuple[Path, str]]] = {}
        for path in self.table.glob("points-*.parquet") if self.table.is_dir() else ():
            if match := _PART_FILE.fullmatch(path.name):
                by_stem.setdefault(path.name.rsplit("-", 1)[0], []).append((path, match[3]))
        return by_stem

    def verify(self, parts: Parts, part_numbers: range) -> Iterator[tuple[int, bool]]:
        """For each part its number and whether its file is complete. Damaged files are removed."""
        files = self.files()
        for number in part_numbers:
            complete = False
            for path, expected in files.get(parts[number].stem, ()):
                if not complete and digest(path.read_bytes()) == expected:
                    complete = True
                else:
                    path.unlink(missing_ok=True)
            yield number, complete

    def save(self, result: PartResult) -> None:
        """Write a part, its failures first."""
        for failure in result.failures:
            self.save_failure(failure.point, failure.problem, failure.trace)
        final = self.table / f"{result.part.stem}-{digest(result.content)}.parquet"
        part = self.table / f".{final.stem}.{uuid.uuid4().hex}.part"
        part.write_bytes(result.content)
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
            "problem": problem,
            "traceback": trace,
            "rerun": f"python run.py sweep {shlex.quote(str(self.folder))} --point {point}{plugin_options()}",
        }
        self.failed.mkdir(parents=True, exist_ok=True)
        write_json(self.failed / f"point-{point:011d}.json", record, default=str)

    def clear_failures(self, part: Part) -> None:
        """Remove the recorded failures of a part that is run again."""
        for point, path in self._failure_files():
            if part.first <= point < part.first + part.count:
                path.unlink(missing_ok=True)

    def failures(self) -> list[dict[str, Any]]:
        """Records of the points that failed, in order."""
        return [json.loads(path.read_text(encoding="utf-8")) for _, path in self._failure_files()]

    def _failure_files(self) -> list[tuple[int, Path]]:
        return sorted((int(path.stem.removeprefix("point-")), path) for path in self.failed.glob("point-*.json"))


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
