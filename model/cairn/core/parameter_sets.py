"""Parameter sets that members of a run draw from: the shipped posterior, a file of one's own, or none.

Member m runs on set m modulo their number, wherever and whenever it runs. What a set does not name stays at its value
in `cairn.core.parameters`; what a scenario sets goes on top.
"""

from __future__ import annotations

import csv
import dataclasses
import functools
import hashlib
import io
import re
from importlib.resources import files
from pathlib import Path

import numpy as np

from cairn.core.parameters import FIELDS, OutOfRange, Parameters, names_of

DEFAULT, POSTERIOR = "default", "posterior"
_COLUMN = re.compile(r"^(?P<field>\w+)(?:\[(?P<place>[^\]]+)\])?$")


class ParameterFileError(ValueError):
    """A file of parameter sets that cannot be used: where, what is wrong, what is allowed."""


@dataclasses.dataclass(frozen=True, eq=False)
class ParameterSets:
    """Sets of numbers, one a row.

    names : columns, a number of the model or one place of it: trust_gain, pair_affinity[KAZ-UZB]
    values : (K, columns)
    origin : where they come from, for a run's attributes
    """

    names: tuple[str, ...]
    values: np.ndarray
    origin: str

    @staticmethod
    def load(which: str | Path) -> ParameterSets:
        """`default` (all numbers as in model/cairn/core/parameters.py), `posterior` (the shipped one), or a CSV file.

        >>> ParameterSets.load("default").parameters(0, 3).trust_gain
        0.05
        """
        if str(which) == DEFAULT:
            return ParameterSets((), np.empty((1, 0)), "model/cairn/core/parameters.py")
        return _shipped() if str(which) == POSTERIOR else _read(Path(which))

    def parameters(self, first_member: int, members: int) -> Parameters:
        """Numbers of members from `first_member` on, a row for each; plain numbers where there is one member."""
        if not self.names:
            return Parameters()
        defaults = Parameters()
        rows = self.values[(first_member + np.arange(members)) % len(self.values)]
        values: dict[str, np.ndarray] = {}
        for k, name in enumerate(self.names):
            field, place = _place(name)
            if place is None:
                values[field] = rows[:, k] if members > 1 else rows[0, k].item()
                continue
            plain = getattr(defaults, field)
            table = values.setdefault(field, np.repeat(plain, members, axis=1))
            table[place] = rows[:, k]
        return defaults.replace(**values)

    def save(self, path: Path) -> None:
        """Write them as CSV, six significant digits."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(self.names)
            writer.writerows([f"{value:.6g}" for value in row] for row in self.values)


ParameterSource = Parameters | ParameterSets | None


def resolve_parameters(parameters: ParameterSource) -> Parameters | ParameterSets:
    """What a run draws its numbers from: what it was given, else the shipped posterior."""
    return ParameterSets.load(POSTERIOR) if parameters is None else parameters


def for_members(parameters: ParameterSource, first_member: int, rows: slice) -> Parameters:
    """Numbers of some rows of a run whose first member is `first_member`."""
    source = resolve_parameters(parameters)
    if isinstance(source, Parameters):
        return source.rows(rows)
    return source.parameters(first_member + rows.start, rows.stop - rows.start)


def origin_of(parameters: ParameterSource) -> str:
    """Where a run's numbers come from, in words."""
    source = resolve_parameters(parameters)
    return source.origin if isinstance(source, ParameterSets) else "given"


def _place(name: str) -> tuple[str, int | None]:
    """Field and place of a column.

    >>> _place("pair_affinity[KAZ-TJK]")
    ('pair_affinity', 1)
    """
    found = _COLUMN.match(name)
    field = found["field"] if found else name
    if found is None or field not in FIELDS:
        raise ParameterFileError(
            f"{name[:60]!r} is no number of the model; see model/cairn/core/parameters.py for the names"
        )
    each = FIELDS[field].metadata["each"]
    if not each:
        if found["place"]:
            raise ParameterFileError(f"{field} is one number and takes no place in brackets")
        if isinstance(FIELDS[field].default, int):
            raise ParameterFileError(f"{field} cannot differ between members")
        return field, None
    if each == "quarter":
        raise ParameterFileError(f"{field} cannot differ between members")
    places = names_of(each)
    if found["place"] not in places:
        raise ParameterFileError(f"{field} needs a {each} in brackets, one of {', '.join(places)}")
    return field, places.index(found["place"])


@functools.cache
def _shipped() -> ParameterSets:
    text = (files("cairn") / "data" / "fitted" / "posterior.csv").read_text(encoding="utf-8")
    return _parsed(text, "model/cairn/data/fitted/posterior.csv")


def _read(path: Path) -> ParameterSets:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        reason = getattr(problem, "strerror", None) or "no text in UTF-8"
        raise ParameterFileError(
            f"{path}: {reason}; give default, posterior, or a CSV file with a column for each number"
        ) from None
    return _parsed(text, str(path))


def _parsed(text: str, origin: str) -> ParameterSets:
    """Sets of a CSV text; every column and figure is checked."""
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if len(rows) < 2 or not rows[0]:
        raise ParameterFileError(f"{origin}:1: a line of names and at least one line of figures are needed")
    names = tuple(name.strip() for name in rows[0])
    if len(set(names)) < len(names):
        double = next(name for name in names if names.count(name) > 1)
        raise ParameterFileError(f"{origin}:1: {double} stands there twice")
    for name in names:
        try:
            _place(name)
        except ParameterFileError as problem:
            raise ParameterFileError(f"{origin}:1: {problem}") from None
    values = np.empty((len(rows) - 1, len(names)))
    for n, row in enumerate(rows[1:]):
        if len(row) != len(names):
            raise ParameterFileError(f"{origin}:{n + 2}: {len(row)} figures for {len(names)} names")
        for k, cell in enumerate(row):
            try:
                values[n, k] = float(cell)
                _in_range(names[k], values[n, k])
            except (ValueError, OutOfRange) as problem:
                what = str(problem) if isinstance(problem, OutOfRange) else f"{cell[:40]!r} is no number"
                raise ParameterFileError(f"{origin}:{n + 2}: {names[k]}: {what}") from None
    digest = hashlib.sha256(values.tobytes() + "|".join(names).encode()).hexdigest()[:12]
    return ParameterSets(names, values, f"{origin}, {len(values)} sets, sha256 {digest}")


def _in_range(name: str, value: float) -> None:
    about = FIELDS[_place(name)[0]].metadata
    if not about["low"] <= value <= about["high"]:
        raise OutOfRange(f"{value:g} lies outside [{about['low']:g}, {about['high']:g}]")
