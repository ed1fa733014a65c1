"""A sweep on disk: `table/` with Parquet files, `failed/` with points that failed, `sweep.json`: where it comes from.

A file of the table is named by what it holds: first and last point, and the beginning of the SHA-256 of its bytes. It
appears under its name in one rename, so a file that is there and verifies is done, and nothing else is kept of how far
a sweep has come. The bytes depend on the sweep alone: not on who wrote them, where, or in what order.
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
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.core.parameters import FIELDS
from cairn.support.atomic_write import atomic_write
from cairn.support.provenance import code_digest, commit, package_version
from cairn.sweeps import points
from cairn.sweeps.outcome_columns import is_year
from cairn.sweeps.points import Codes, Failure
from cairn.sweeps.sweep_spec import Sweep, SweepError

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = 1
ABOUT, TABLE, FAILED = "sweep.json", "table", "failed"
MOST_PARTS, MOST_ROWS = 4096, 2**18  # of a table, before files grow; of a file, before they get more again
_PART = re.compile(r"points-(\d{11})-(\d{11})-([0-9a-f]{16})\.parquet")
_MAKES = tuple(
    f"sweeps/{name}.py" for name in ("designs", "factors", "outcome_columns", "points", "store", "sweep_spec")
)


class StoreError(SweepError):
    """A folder that cannot be used for this sweep; the message says what to do."""


def arrow() -> Any:
    """pyarrow, or one sentence on how to get it."""
    try:
        import pyarrow.parquet
    except ImportError:
        raise SweepError("sweeps write Parquet and need pyarrow: pip install -e '.[sweep]'") from None
    return pyarrow


@dataclasses.dataclass(frozen=True, order=True)
class Part:
    """Points that stand in one file of the table."""

    first: int
    count: int

    @property
    def stem(self) -> str:
        """How its file's name begins."""
        return f"points-{self.first:011d}-{self.first + self.count - 1:011d}"


class Parts:
    """The parts of a sweep, by number; made as they are asked for."""

    def __init__(self, sweep: Sweep):
        self.total, points_per_run = points.size(sweep), points.points_per_run(sweep)
        suits = -(-self.total // (MOST_PARTS * points_per_run)) * points_per_run
        most = max(MOST_ROWS // sweep.spec.members // points_per_run, 1) * points_per_run
        self.each = sweep.spec.part_points or min(suits, most)

    def __len__(self) -> int:
        return -(-self.total // self.each)

    def __getitem__(self, number: int) -> Part:
        if not 0 <= number < len(self):
            raise IndexError(number)
        first = number * self.each
        return Part(first, min(self.each, self.total - first))


@dataclasses.dataclass(frozen=True)
class Written:
    """A part as it is to stand on disk."""

    part: Part
    content: bytes
    failures: tuple[Failure, ...]


def digest(content: bytes) -> str:
    """The beginning of the SHA-256 of some bytes, as a file's name has it."""
    return hashlib.sha256(content).hexdigest()[:16]


def program() -> str:
    """A fingerprint of what makes the bytes of a table."""
    parts = (code_digest(*_MAKES), version("numpy"), version("scipy"), version("pyarrow"), str(FORMAT))
    return digest(" ".join(parts).encode())


# --- a part's bytes ---


def written(sweep: Sweep, part: Part, progress: Any = None) -> Written:
    """Run the points of a part and put them into Parquet."""
    chosen, points_per_run = points.codes(sweep, part.first, part.count), points.points_per_run(sweep)
    columns, failures = list[dict[str, np.ndarray]](), list[Failure]()
    for start in range(0, part.count, points_per_run):
        several = points.cut(chosen, slice(start, start + points_per_run))
        found, failed = points.outcomes(sweep, part.first + start, several, progress)
        columns.append(found)
        failures += failed
    lost = {failure.point for failure in failures}
    there = np.array([k for k in range(part.count) if part.first + k not in lost], dtype=np.int64)
    outcomes = points.joined(columns) or {name: np.zeros(0) for name in sweep.columns}
    content = table(sweep, part.first + there, points.cut(chosen, there), outcomes)
    return Written(part, _parquet(content), tuple(failures))


def table(sweep: Sweep, there: np.ndarray, chosen: Codes, found: dict[str, np.ndarray]) -> pa.SweepResults:
    """Points, members, factors and outcomes as one table, sorted by point and member."""
    pa, members = arrow(), sweep.spec.members
    columns: dict[str, Any] = {
        "point": pa.array(np.repeat(there, members)),
        "member": pa.array(np.tile(np.arange(members, dtype=np.int32), len(there))),
    }
    for factor in sweep.factors:
        rows = np.repeat(chosen[factor.name], members)
        columns[factor.name] = pa.array(factor.shown()).take(pa.array(rows)) if factor.levels else pa.array(rows)
    for name, part in sweep.columns.items():
        values = found[name]
        if is_year(part):
            years = np.nan_to_num(values).astype(np.int16)
            columns[name] = pa.array(years, mask=np.isnan(values))
        else:
            columns[name] = pa.array(values.astype(np.float32))
    return pa.table(columns)


def _parquet(found: pa.SweepResults) -> bytes:
    stream = io.BytesIO()
    arrow().parquet.write_table(
        found, stream, compression="zstd", compression_level=3, row_group_size=2**17, write_page_checksum=True
    )
    return stream.getvalue()


# --- the folder ---


class Store:
    """The folder of a sweep.

    >>> Store("results/sweeps/nothing_here").sweep
    Traceback (most recent call last):
        ...
    cairn.sweeps.store.StoreError: results/sweeps/nothing_here holds no sweep
    """

    def __init__(self, folder: Path | str):
        self.folder = Path(folder)
        self.table, self.failed = self.folder / TABLE, self.folder / FAILED

    @staticmethod
    def is_one(folder: Path | str) -> bool:
        """Whether a folder holds a sweep."""
        with contextlib.suppress(OSError, ValueError):
            return (Path(folder) / ABOUT).is_file()
        return False

    @property
    def about(self) -> dict[str, Any]:
        """Where the sweep comes from."""
        try:
            about = json.loads((self.folder / ABOUT).read_text(encoding="utf-8"))
            if about["format"] != FORMAT:
                raise ValueError
            return about
        except FileNotFoundError:
            raise StoreError(f"{self.folder} holds no sweep") from None
        except (OSError, ValueError, KeyError, TypeError):
            raise StoreError(f"{self.folder / ABOUT} cannot be read, or is of another version") from None

    @property
    def sweep(self) -> Sweep:
        """The sweep with all it needs, from the folder alone."""
        return Sweep.from_text(self.about["text"])

    def begin(self, sweep: Sweep, command: str = "") -> None:
        """Make the folder this sweep's, or see that it is.

        Raises
        ------
        StoreError if it holds another sweep
        """
        if not self.is_one(self.folder):
            for folder in (self.table, self.failed):
                folder.mkdir(parents=True, exist_ok=True)
            with atomic_write(self.folder / ABOUT) as part:
                part.write_text(json.dumps(_provenance(sweep, command), indent=1) + "\n", encoding="utf-8")
        about = self.about
        if about["text"] != sweep.text:
            raise StoreError(f"{self.folder} holds another sweep, {about['title']!r}; choose another folder with --out")

    def must_be_of_this_program(self) -> None:
        """Whether this program would write the same bytes as those there; StoreError if not."""
        about = self.about
        if about["program"] != program():
            raise StoreError(
                f"{self.folder} was begun by another state of the program (version {about['versions']['cairn']}, "
                f"commit {about['commit']}; this is {package_version()}, {commit()}): rules, data or libraries have "
                "changed since. Begin again in another folder with --out"
            )

    def files(self) -> dict[str, list[tuple[Path, str]]]:
        """Files of the table by stem, with the digest in their names."""
        found: dict[str, list[tuple[Path, str]]] = {}
        for path in self.table.glob("points-*.parquet") if self.table.is_dir() else ():
            if named := _PART.fullmatch(path.name):
                found.setdefault(path.name.rsplit("-", 1)[0], []).append((path, named[3]))
        return found

    def verify(self, parts: Parts, part_numbers: range) -> Iterator[tuple[int, bool]]:
        """Each part's number, and whether it stands there whole; files that are damaged are removed."""
        files = self.files()
        for number in part_numbers:
            good = False
            for path, named in files.get(parts[number].stem, ()):
                if not good and digest(path.read_bytes()) == named:
                    good = True
                else:
                    path.unlink(missing_ok=True)
            yield number, good

    def save(self, done: Written) -> None:
        """Put a part where it belongs, its failures first."""
        for failure in done.failures:
            self.save_failure(failure.point, failure.problem, failure.trace)
        final = self.table / f"{done.part.stem}-{digest(done.content)}.parquet"
        part = self.table / f".{final.stem}.{uuid.uuid4().hex}.part"
        part.write_bytes(done.content)
        part.replace(final)
        for left in self.table.glob(f".{done.part.stem}-*.part"):  # of a process that was killed over it
            left.unlink(missing_ok=True)

    def save_failure(self, point: int, problem: str, trace: str, count: int = 1) -> None:
        """Record a point that failed, or several whose process died: inputs, seed, what happened, how to run it."""
        sweep = self.sweep
        record = {
            "point": point,
            "points": count,
            "inputs": points.inputs(sweep, point) if count == 1 else None,
            "seed": sweep.spec.seed,
            "members": sweep.spec.members,
            "problem": problem,
            "traceback": trace,
            "rerun": f"python run.py sweep {shlex.quote(str(self.folder))} --point {point}",
        }
        self.failed.mkdir(parents=True, exist_ok=True)
        with atomic_write(self.failed / f"point-{point:011d}.json") as part:
            part.write_text(json.dumps(record, indent=1, default=str) + "\n", encoding="utf-8")

    def forget_failures(self, part: Part) -> None:
        """A part is to be run again: what failed in it is open once more."""
        for point, path in self._failures():
            if part.first <= point < part.first + part.count:
                path.unlink(missing_ok=True)

    def failures(self) -> list[dict[str, Any]]:
        """Records of what failed, by point."""
        return [json.loads(path.read_text(encoding="utf-8")) for _, path in self._failures()]

    def _failures(self) -> list[tuple[int, Path]]:
        return sorted((int(path.stem.removeprefix("point-")), path) for path in self.failed.glob("point-*.json"))


def _provenance(sweep: Sweep, command: str) -> dict[str, Any]:
    """Where a sweep comes from. `text` is all that is needed to run it again; the rest is for people."""
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
        "points_per_file": Parts(sweep).each,
        "factors": {factor.name: _described(factor) for factor in sweep.factors},
        "outcomes": {column: part.model_dump(exclude_none=True) for column, part in sweep.columns.items()},
        "command": command,
        "commit": commit(),
        "program": program(),
        "versions": {"cairn": package_version(), "python": platform.python_version(), **versions},
        "text": sweep.text,
    }


def _described(factor: Any) -> dict[str, Any]:
    about: dict[str, Any] = {"changes": factor.about, "role": "lever" if factor.lever else "uncertainty"}
    if factor.target[0] == "parameter":
        about["unit"] = FIELDS[factor.target[1]].metadata["unit"]
    if factor.levels:
        words = [str(value) for value in factor.shown()]
        return about | {"levels": words if len(words) <= 12 else [*words[:2], f"... {len(words) - 3} more", words[-1]]}
    return about | {"low": factor.low, "high": factor.high}
