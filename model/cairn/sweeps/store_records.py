"""What the folder of a sweep says about itself: `sweep.json`, and a record of each failed point in `failed/`.

Somebody else may have made the folder, so that everything is checked as it is read: size, types, ranges, counts.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cairn.core.calendar import FIRST_YEAR
from cairn.core.variables import Annual
from cairn.events.base import Words
from cairn.record.lookup import LAST_YEAR
from cairn.scenario.issues import format_issue, from_pydantic
from cairn.scenario.scenario import Scenario
from cairn.support.regular_file import UnreadableFile, read_regular
from cairn.support.text import one_line
from cairn.sweeps.definition import Sweep
from cairn.sweeps.points import size
from cairn.sweeps.sweep_spec import SweepError, SweepSpec

FORMAT = 2
MAX_ABOUT, MAX_FAILURE = 64 * 2**20, 2**20  # bytes of `sweep.json` and of a record of a failure
_FAILURE_FILE = re.compile(r"point-(\d{11})\.json")

Short = Annotated[Words, Field(max_length=200)]
Whole = Annotated[int, Field(ge=0, strict=True)]


class StoreError(SweepError):
    """A folder that cannot be used for this sweep; the message says what to do."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class About(_Record):
    """The content of `sweep.json`: where a sweep comes from, and `text`, with which it can be run again."""

    format: Literal[FORMAT]  # type: ignore[valid-type]
    name: Short
    title: Words
    question: Words
    points: Annotated[int, Field(ge=1, strict=True)]
    members: Annotated[int, Field(ge=1, strict=True)]
    seed: Whole
    points_per_file: Annotated[int, Field(ge=1, strict=True)]
    factors: dict[str, dict[str, Any]]
    outcomes: dict[str, dict[str, Any]]
    held_fixed: Words = ""
    command: str
    commit: Short
    program: Short
    versions: dict[Short, Short]
    text: str
    model_class: Words | None = None
    plugins: Words | None = None
    registered: Words | None = None


class FailureRecord(_Record):
    """A point that failed, or consecutive points whose process died."""

    point: Whole
    points: Annotated[int, Field(ge=1, strict=True)]
    inputs: dict[str, Any] | None
    seed: Whole
    members: Annotated[int, Field(ge=1, strict=True)]
    problem: str
    traceback: str
    rerun: str


class _OwnMeasure(_Record):
    """What `Sweep.text` says of an outcome that the shipped model does not have."""

    dims: tuple[Short, ...]
    unit: Short
    long_name: Words
    annual: Annual


class _Conditioning(_Record):
    """What `Sweep.text` says of members whose past is that of the record."""

    until: Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR, strict=True)]
    numbers: Annotated[tuple[Whole, ...], Field(min_length=1)]
    residual: tuple[tuple[tuple[float, ...], ...], ...]
    factual: dict[str, Any] | None


class _Content(_Record):
    """What `Sweep.text` contains."""

    name: Short
    sweep: SweepSpec
    scenarios: Annotated[tuple[dict[str, Any], ...], Field(min_length=1)]
    parameters: dict[str, Any] | None
    conditioning: _Conditioning | None = None
    own_measures: dict[Short, _OwnMeasure] = Field(default_factory=dict)


def read_about(path: Path) -> About:
    """Read `sweep.json`.

    Raises
    ------
    FileNotFoundError if there is none
    StoreError if it cannot be read, or is not what a sweep writes
    """
    return _read(About, path, MAX_ABOUT, "the record of a sweep")


def read_sweep(about: About, path: Path) -> Sweep:
    """The sweep that `sweep.json` describes.

    Parameters
    ----------
    about : its content
    path : its path, for messages

    Raises
    ------
    StoreError if the text is not that of a sweep, contradicts the rest of the file, or needs a plugin that is not
        loaded
    """
    try:
        sweep = _sweep_of(about.text, path)
    except StoreError as problem:
        needs = f"; it needs the plugins {about.plugins}" if about.plugins else ""
        raise StoreError(f"{problem}{needs}") from None
    spec = sweep.spec
    stated = {"name": sweep.name, "title": spec.title, "members": spec.members, "seed": spec.seed}
    stated["points"] = size(sweep)
    for key, value in stated.items():
        if getattr(about, key) != value:
            raise StoreError(f"{path}: {key} is {getattr(about, key)!r}, but {value!r} in the text of the sweep")
    return sweep


@functools.lru_cache(maxsize=8)
def _sweep_of(text: str, path: Path) -> Sweep:
    content = _parsed(_Content, text.encode(), f"{path}: text")
    try:
        for scenario in content.scenarios:
            Scenario.model_validate(scenario)
        return Sweep.from_text(text)
    except ValidationError as problem:
        raise StoreError(f"{path}: text: scenarios: {_first_issue(problem)}") from None
    except (ValueError, TypeError, RecursionError) as problem:
        raise StoreError(f"{path}: text: {one_line(str(problem), 500)}") from None


def read_failures(folder: Path, points: int) -> list[FailureRecord]:
    """The records of failed points in a folder, in the order of points.

    Parameters
    ----------
    folder : the folder `failed`
    points : number of points of the sweep

    Raises
    ------
    StoreError that names the first file that is not a record of this sweep
    """
    records: list[FailureRecord] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith("."):  # a file that is being written
            continue
        match = _FAILURE_FILE.fullmatch(path.name)
        if match is None:
            raise StoreError(f"{path} is not a record of a failed point of this sweep; move it away")
        record = _read(FailureRecord, path, MAX_FAILURE, "a record of a failed point")
        if record.point != int(match[1]):
            raise StoreError(f"{path}: point is {record.point}, but {int(match[1])} in the name of the file")
        if record.point + record.points > points:
            raise StoreError(f"{path}: points is {record.points}, but the sweep ends with point {points - 1}")
        if records and records[-1].point + records[-1].points > record.point:
            raise StoreError(f"{path}: point {record.point} is in the record before it too")
        records.append(record)
    return records


def _read[R: _Record](kind: type[R], path: Path, max_bytes: int, what: str) -> R:
    try:
        content = read_regular(path, max_bytes)
    except UnreadableFile as problem:
        raise StoreError(f"{path} cannot be read: {problem}") from None
    return _parsed(kind, content, f"{path} is not {what}")


def _parsed[R: _Record](kind: type[R], content: bytes, place: str) -> R:
    try:
        return kind.model_validate_json(content)
    except ValidationError as problem:
        raise StoreError(f"{place}: {_first_issue(problem)}") from None


def _first_issue(problem: ValidationError) -> str:
    return one_line(format_issue(from_pydantic(problem.errors())[0]), 500)
