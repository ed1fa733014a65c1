"""Which parameters the members of a run use: conditioned on the record, the posterior, the defaults, a file, your own.

Member m uses set m modulo the number of sets, wherever and whenever it runs. A parameter that the sets do not name
keeps its default (`cairn.core.parameters`). The parameters of a scenario replace those of the sets.
"""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import functools
import hashlib
import io
import numbers
import re
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from cairn.core.calendar import FIRST_YEAR
from cairn.core.geography import PAIR_NAMES
from cairn.core.parameters import FIELDS, OutOfRange, Parameters, names_of
from cairn.record.conditioned_sets import ConditionedSets, shipped, shipped_years
from cairn.record.conditioning import Conditioning
from cairn.support.csv_table import write_csv
from cairn.support.errors import InputError
from cairn.support.regular_file import read_regular
from cairn.support.text import one_line, suggest

MAX_FILE = 2**28  # bytes of a CSV file of parameter sets
DEFAULT, POSTERIOR, CONDITIONED = "default", "posterior", "conditioned"
_NAME = re.compile(r"^(?P<field>\w+)(?:\[(?P<place>[^\]]+)\])?$")
_DEFAULTS = Parameters()
_ALLOWED = "Parameters, ParameterSets, a dict, 'conditioned', 'posterior', 'default' or the path of a file"


class ParameterError(InputError):
    """Parameters that cannot be used: where they are, what is wrong, what is allowed."""


@dataclasses.dataclass(frozen=True, eq=False)
class ParameterSets:
    """Sets of parameter values, one per row.

    Parameters
    ----------
    names : columns: a parameter (``trust_gain``) or one of its values (``pair_affinity[KAZ-UZB]``)
    values : (sets, columns)
    origin : where the sets come from, for the attributes of a run
    base : values of all parameters that no column names; default: the defaults
    conditioning : of as many members as there are sets, whose past is that of the record; None for a free run
    factual : the sets with which the past was conditioned, if these are others
    """

    names: tuple[str, ...]
    values: np.ndarray
    origin: str
    base: Parameters = _DEFAULTS
    conditioning: Conditioning | None = None
    factual: ParameterSets | None = None

    @staticmethod
    def load(which: str | Path) -> ParameterSets:
        """Read parameter sets.

        Parameters
        ----------
        which : ``conditioned``, members whose past is that of the record to its end, or ``conditioned-2015`` to another
            year; ``posterior``, the sets that ship with the package; ``default``, one set of the default values; or the
            path of a CSV file (a header of names, then one set per line) or of a file of `run.py condition`

        Raises
        ------
        ParameterError
            If the file cannot be read, names an unknown parameter, or has a value outside its range.

        Examples
        --------
        >>> ParameterSets.load("default").parameters(0, 3).trust_gain
        0.05
        """
        if str(which) == DEFAULT:
            return ParameterSets((), np.empty((1, 0)), "model/cairn/core/parameters.py")
        if str(which) == POSTERIOR:
            return _shipped()
        if match := re.fullmatch(rf"{CONDITIONED}(?:-([0-9]{{4}}))?", str(which)):
            year = int(match[1]) if match[1] else max(shipped_years(), default=0)
            return _conditioned(shipped(year), f"conditioned on the record to {year}")
        if str(which).endswith(".npz"):
            return _conditioned(ConditionedSets.load(Path(which)), str(which))
        return _read(Path(which))

    def parameters(self, first_member: int, members: int) -> Parameters:
        """Parameters of members `first_member` and following: one row for each, plain values for a single member."""
        if not self.names and self.conditioning is None:
            return self.base
        chosen = (first_member + np.arange(members)) % len(self.values)
        rows = self.values[chosen]
        values: dict[str, Any] = {}
        for k, name in enumerate(self.names):
            field, place = _column(name)
            if place is None:
                values[field] = rows[:, k] if members > 1 else rows[0, k].item()
                continue
            base = getattr(self.base, field)
            table = values.setdefault(field, np.broadcast_to(base, (len(base), members)).copy())
            table[place] = rows[:, k]
        parameters = self.base.replace(**values)
        if self.conditioning is None:
            return parameters
        conditioning = self.conditioning.rows(chosen)
        if self.factual is not None:
            conditioning = dataclasses.replace(conditioning, factual=self.factual.parameters(first_member, members))
        return parameters.conditioned(conditioning)

    def replace(self, values: Mapping[str, Any]) -> ParameterSets:
        """The same sets with some parameters at one value in every set.

        Parameters
        ----------
        values : value by name; a parameter with a value per country, pair, leader or quarter takes a mapping by name
            (the names that it leaves out keep their values), all values as a sequence, or one by its name in brackets

        Raises
        ------
        ParameterError
            If a name is unknown, a value is not a number or outside its range, or values do not fit together.

        Examples
        --------
        >>> sets = ParameterSets.load("posterior").replace({"trust_gain": 0.04, "pair_affinity[KAZ-UZB]": 0.1})
        >>> sets.parameters(0, 2).trust_gain
        0.04
        """
        changed: dict[str, Any] = {}
        fixed: set[tuple[str, int | None]] = set()
        for name, value in values.items():
            for field, place, one in _single_values(name, value):
                fixed.add((field, place))
                if place is None:
                    changed[field] = one
                else:
                    changed.setdefault(field, {})[names_of(FIELDS[field].metadata["each"])[place]] = one
        try:
            base = self.base.replace(**changed)
        except OutOfRange as problem:  # values that do not fit together
            raise ParameterError(str(problem)) from None
        columns = [_column(name) for name in self.names]
        kept = [k for k, column in enumerate(columns) if column not in fixed]
        replaced = ", ".join(f"{name} = {_shown(value)}" for name, value in values.items())
        origin = f"{self.origin}; replaced: {replaced}" if values else self.origin
        names = tuple(self.names[k] for k in kept)
        factual = None if self.conditioning is None else self.factual or dataclasses.replace(self, conditioning=None)
        return ParameterSets(names, self.values[:, kept], origin, base, self.conditioning, factual)

    def save(self, path: Path, digits: int = 6) -> None:
        """Write the sets as CSV with some significant digits."""
        write_csv(path, self.names, ([f"{value:.{digits}g}" for value in row] for row in self.values))


ParameterSource = Parameters | ParameterSets | Mapping[str, Any] | str | Path | None


def resolve_parameters(parameters: ParameterSource = None, default: str = CONDITIONED) -> Parameters | ParameterSets:
    """The parameters that a run uses, from whatever a user gave.

    Parameters
    ----------
    parameters : one of

        - None or ``"conditioned"``: members whose past is that of the record to its end; ``"conditioned-2015"`` to an
          earlier year; the path of a file of `run.py condition`
        - ``"posterior"``: the shipped posterior, one of its sets for each member, whose past is free
        - ``"default"``: the default values, the same for all members
        - a dict such as ``{"trust_gain": 0.04}``: these values in every member, all other parameters as with None; what
          chance did in the past stays that of the members with their own values
        - the path of a CSV file of parameter sets (str or Path), one of its sets for each member
        - `Parameters`, the same for all members or with one row per member
        - `ParameterSets`
    default : the shipped sets that None means, and in which a dict replaces values

    Raises
    ------
    ParameterError
        If a name is unknown (it gives the nearest one), a value is outside its range (it gives the range), or a file
        cannot be read.

    Examples
    --------
    >>> resolve_parameters({"trust_gian": 0.04})
    Traceback (most recent call last):
        ...
    cairn.core.parameter_sets.ParameterError: no parameter 'trust_gian'; did you mean 'trust_gain'?
    >>> resolve_parameters({"trust_gain": 3})
    Traceback (most recent call last):
        ...
    cairn.core.parameter_sets.ParameterError: trust_gain = 3 is outside its range, 0.02 to 0.09
    """
    if parameters is None:
        return ParameterSets.load(default)
    if isinstance(parameters, Parameters | ParameterSets):
        return parameters
    if isinstance(parameters, Mapping):
        return ParameterSets.load(default).replace(parameters)
    if isinstance(parameters, str | Path):
        return ParameterSets.load(parameters)
    raise ParameterError(f"parameters cannot be of type {type(parameters).__name__}; give {_ALLOWED}")


def for_members(parameters: ParameterSource, first_member: int, rows: slice, default: str = CONDITIONED) -> Parameters:
    """Parameters of some rows of a run whose first member is `first_member`; `default` as of `resolve_parameters`."""
    source = resolve_parameters(parameters, default)
    if isinstance(source, Parameters):
        return source.rows(rows)
    return source.parameters(first_member + rows.start, rows.stop - rows.start)


def origin_of(parameters: ParameterSource) -> str:
    """Where the parameters of a run come from, in words."""
    source = resolve_parameters(parameters)
    return source.origin if isinstance(source, ParameterSets) else "given"


def conditioned_until(parameters: ParameterSource) -> int:
    """Last year in which members with these parameters follow the record; 0 if their past is free."""
    conditioning = resolve_parameters(parameters).conditioning
    return 0 if conditioning is None else conditioning.until


def released_after(parameters: ParameterSource, year: int) -> Parameters | ParameterSets:
    """The same members, whose noise is that of the record to a year and drawn anew after it.

    They keep their parameters, and to the end of the year their random numbers and residuals. Acts reported for later
    dates are not used: a border whose next report came later stays at the last one.

    Parameters
    ----------
    parameters : of members that follow the record; those whose past is free are returned as they are
    year : last year in which the noise is that of the record; a year before 1992 releases all of it

    Examples
    --------
    >>> conditioned_until(released_after("conditioned", 2015)), conditioned_until(released_after("posterior", 2015))
    (2015, 0)
    """
    found = resolve_parameters(parameters)
    if found.conditioning is None or year >= found.conditioning.until:
        return found
    released = found.conditioning.released_after(year) if year >= FIRST_YEAR else None
    if isinstance(found, Parameters):
        return found.conditioned(released)
    origin = f"{found.origin}, {f'noise after {year}' if released else 'all noise'} drawn anew"
    return dataclasses.replace(found, conditioning=released, origin=origin)


def _split(name: Any) -> tuple[str, int | None]:
    """A parameter and the index of the one value that a name in brackets means, None for all of them.

    >>> _split("pair_affinity[KAZ-TJK]"), _split("pair_affinity")
    (('pair_affinity', 1), ('pair_affinity', None))
    """
    match = _NAME.match(str(name))
    field = match["field"] if match else str(name)
    if match is None or field not in FIELDS:
        near = suggest(field, FIELDS)
        raise ParameterError(f"no parameter {field[:60]!r}{near or '; model/cairn/core/parameters.py has all names'}")
    if not match["place"]:
        return field, None
    return field, _place(field, match["place"])


def _place(field: str, place: Any) -> int:
    """The index of one of the values of a parameter, by the name of its country, pair, leader or quarter."""
    each = FIELDS[field].metadata["each"]
    if not each:
        raise ParameterError(f"{field} is one number and takes no name in brackets")
    places = names_of(each)
    if place not in places:
        raise ParameterError(
            f"{field} needs a {each} in brackets, one of {', '.join(places)}{suggest(str(place), places)}"
        )
    return places.index(place)


def _column(name: str) -> tuple[str, int | None]:
    """As `_split`, for a column of parameter sets, whose values may differ between members."""
    field, place = _split(name)
    each = FIELDS[field].metadata["each"]
    if each == "quarter" or isinstance(FIELDS[field].default, int):
        raise ParameterError(f"{field} cannot differ between members")
    if each and place is None:
        raise ParameterError(f"{field} needs a {each} in brackets, one of {', '.join(names_of(each))}")
    return field, place


def _single_values(name: Any, value: Any) -> list[tuple[str, int | None, float]]:
    """The numbers that one entry of `ParameterSets.replace` gives: parameter, index of the value, number."""
    field, place = _split(name)
    each = FIELDS[field].metadata["each"]
    if place is not None or not each:
        return [(field, place, _number(name, value, "one number"))]
    if isinstance(value, Mapping):
        return [
            (field, _place(field, key), _number(f"{field}[{key}]", one, "one number")) for key, one in value.items()
        ]
    places = names_of(each)
    needed = f"{len(places)} numbers, or a mapping by {each}"
    if np.shape(value) != (len(places),):
        raise ParameterError(f"{name} needs {needed}; got {_shown(value)}")
    return [(field, k, _number(name, one, needed)) for k, one in enumerate(np.asarray(value, dtype=object))]


def _number(name: Any, value: Any, needed: str) -> float:
    """A number within the range of the parameter."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise ParameterError(f"{name} needs {needed}; got {_shown(value)}")
    _check_range(name, float(value))
    if isinstance(FIELDS[_split(name)[0]].default, int):
        if not float(value).is_integer():
            raise ParameterError(f"{name} needs a whole number; got {_shown(value)}")
        return int(float(value))
    return float(value)


def _check_range(name: str, value: float) -> None:
    about = FIELDS[_split(name)[0]].metadata
    if not about["low"] <= value <= about["high"]:
        allowed = f"{about['low']:g} to {about['high']:g} {about['unit']}".removesuffix(" 1")
        raise ParameterError(f"{name} = {value:g} is outside its range, {allowed}")


def _shown(value: Any) -> str:
    """A value, short enough for a message."""
    text = repr(np.asarray(value).tolist())
    return text if len(text) <= 60 else f"{text[:56]} ..."


@functools.lru_cache(maxsize=8)
def _conditioned(sets: ConditionedSets, origin: str) -> ParameterSets:
    """Parameter sets from a file of conditioned members; every name and value is checked."""
    try:
        for k, name in enumerate(sets.names):
            _column(name)
            for extreme in (sets.values[:, k].min(), sets.values[:, k].max()):
                _check_range(name, float(extreme))
    except ParameterError as problem:
        raise ParameterError(f"{origin}: {one_line(str(problem))}") from None
    if sets.residual.shape[2] != len(PAIR_NAMES):
        raise ParameterError(f"{origin}: residual: expected {len(PAIR_NAMES)} pairs, got {sets.residual.shape[2]}")
    made = ParameterSets(sets.names, sets.values, origin, conditioning=sets.conditioning)
    _check_relations(made, lambda n: f"{origin}: member {n}")
    return made


@functools.cache
def _shipped() -> ParameterSets:
    text = (files("cairn") / "data" / "fitted" / "posterior.csv").read_text(encoding="utf-8")
    return _parse(text, "model/cairn/data/fitted/posterior.csv")


def _read(path: Path) -> ParameterSets:
    try:
        text = read_regular(path, MAX_FILE).decode("utf-8-sig")
    except (OSError, ValueError) as problem:
        reason = "not a text in UTF-8" if isinstance(problem, ValueError) else problem.strerror or problem
        name = one_line(str(path), 300)
        raise ParameterError(
            f"{name}: {reason}; give default, posterior, or a CSV file with one column per parameter"
        ) from None
    return _parse(text, str(path))


@functools.lru_cache(maxsize=8)
def _parse(text: str, origin: str) -> ParameterSets:
    """Parameter sets from CSV text; every name and value is checked."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as problem:  # a cell of more than 131,072 characters, for example
        raise ParameterError(f"{origin}: not a CSV file: {problem}") from None
    if len(rows) < 2 or not rows[0]:
        raise ParameterError(f"{origin}:1: needs a line of names and at least one line of values")
    names = tuple(name.strip() for name in rows[0])
    for k, name in enumerate(names):
        try:
            _column(name)
        except ParameterError as problem:
            raise ParameterError(f"{origin}:1: {one_line(str(problem))}") from None
        if name in names[:k]:
            raise ParameterError(f"{origin}:1: two columns are called {name}")
    values = np.empty((len(rows) - 1, len(names)))
    for n, row in enumerate(rows[1:]):
        if len(row) != len(names):
            raise ParameterError(f"{origin}:{n + 2}: {len(row)} values for {len(names)} names")
        for k, cell in enumerate(row):
            try:
                if not cell.isascii() or "_" in cell:  # which Python takes for digits and a separator
                    raise ValueError
                values[n, k] = float(cell)
            except ValueError:
                raise ParameterError(f"{origin}:{n + 2}: {names[k]}: {cell[:40]!r} is not a number") from None
            try:
                _check_range(names[k], values[n, k])
            except ParameterError as problem:
                raise ParameterError(f"{origin}:{n + 2}: {problem}") from None
    digest = hashlib.sha256(values.tobytes() + "|".join(names).encode()).hexdigest()[:12]
    sets = ParameterSets(names, values, f"{origin}, {len(values)} sets, sha256 {digest}")
    _check_relations(sets, lambda n: f"{origin}:{n + 2}")
    return sets


def _check_relations(sets: ParameterSets, place: Callable[[int], str]) -> None:
    """Check that the values of each set fit together; `place` says where a set is."""
    with contextlib.suppress(OutOfRange):
        sets.parameters(0, len(sets.values))
        return
    for n in range(len(sets.values)):
        try:
            sets.parameters(n, 1)
        except OutOfRange as problem:
            raise ParameterError(f"{place(n)}: {problem}") from None
