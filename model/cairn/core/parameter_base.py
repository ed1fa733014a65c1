"""What a parameter is, and how a set of them is changed, checked and handed to rules.

A parameter is one number, or one per member as an array (M,). A parameter with one value per state, pair, leader or
quarter is an array (K, 1), or (K, M) where members differ; it is given and replaced by name, never by position.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar, Self

import numpy as np

from cairn.core.geography import CENTRAL_ASIA, Geography
from cairn.core.leader_names import LEADERS
from cairn.record.conditioning import Conditioning
from cairn.support.errors import InputError

Number = Any  # a float, an (M,) array, or (K, 1) or (K, M): numpy broadcasts them alike against members last
QUARTERS = ("Q1", "Q2", "Q3", "Q4")
TOLERANCE = 1e-5  # of a sum, for values with six digits


class OutOfRange(InputError):
    """A value outside its plausible range or at odds with other parameters, or no parameter of the model at all."""


def names_of(each: str, geography: Geography = CENTRAL_ASIA) -> tuple[str, ...]:
    """Names under which a parameter has one value each.

    Parameters
    ----------
    each : ``"state"``, ``"pair"``, ``"leader"`` or ``"quarter"``
    """
    return {"state": geography.codes, "pair": geography.pair_names, "leader": LEADERS, "quarter": QUARTERS}[each]


def parameter(
    value: float | Mapping[str, float] | tuple[float, ...],
    unit: str,
    low: float,
    high: float,
    source: str,
    symbol: str = "",
    each: str = "",
    other: float | None = None,
) -> Any:
    """Declare a parameter in the body of `Parameters`.

    Parameters
    ----------
    value : its default; with `each` a mapping by name, or four values by quarter
    unit, low, high : unit and plausible range
    source : who says so, or the word "Assumed"
    symbol : in the equations of ODD.md
    each : ``"state"``, ``"pair"``, ``"leader"`` or ``"quarter"`` where it has one value each
    other : default for names that `value` does not mention
    """
    if isinstance(value, tuple):
        value = dict(zip(QUARTERS, value, strict=True))
    metadata = {"unit": unit, "low": low, "high": high, "source": source, "symbol": symbol, "each": each}
    if each:
        return dataclasses.field(default=None, metadata=metadata | {"default": (value, other)})
    return dataclasses.field(default=value, metadata=metadata)


@dataclasses.dataclass(frozen=True)
class Relation:
    """What several values must satisfy together.

    Parameters
    ----------
    kind : ``"sum is 1"``, ``"sum at most 1"`` or ``"ascending"``, for two values of which the first is smaller
    terms : a parameter, all values of a parameter that has one each, or one of them, as ``naryn_release_share[Q4]``

    Examples
    --------
    >>> from cairn.core.parameters import Parameters
    >>> Parameters().replace(rail_share=0.6)
    Traceback (most recent call last):
        ...
    cairn.core.parameter_base.OutOfRange: rail_share + road_share + air_share is 1.2; it must be 1
    """

    kind: str
    terms: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        """The parameters that it concerns."""
        return frozenset(term.partition("[")[0] for term in self.terms)

    def problem(self, parameters: ParameterBase) -> str:
        """In which way a set of parameters does not satisfy it, with the first such member; empty if it does."""
        values = [value for term in self.terms for value in self._values(parameters, term)]
        if self.kind == "ascending":
            wrong = np.atleast_1d(values[0] >= values[1])
            stated = f"{self.terms[0]} is not below {self.terms[1]}"
        else:
            total = np.atleast_1d(sum(values))
            wrong = (abs(total - 1) if self.kind == "sum is 1" else total - 1) > TOLERANCE
            of = " + ".join(self.terms) if len(self.terms) > 1 else f"the sum of all values of {self.terms[0]}"
            stated = f"{of} is {total[int(wrong.argmax())]:.6g}"
        if not wrong.any():
            return ""
        member = f" in member {int(wrong.argmax())}" if wrong.size > 1 else ""
        must = {"sum is 1": "; it must be 1", "sum at most 1": "; it must be at most 1"}
        return f"{stated}{member}{must.get(self.kind, '')}"

    @staticmethod
    def _values(parameters: ParameterBase, term: str) -> list[np.ndarray]:
        """The values that a term means, each one number or (M,)."""
        name, _, place = term.removesuffix("]").partition("[")
        value, each = np.asarray(getattr(parameters, name)), parameters.fields[name].metadata["each"]
        if not each:
            return [value]
        places = names_of(each, parameters.geography)
        return [row.squeeze() for row, of in zip(value, places, strict=True) if place in ("", of)]


@dataclasses.dataclass(frozen=True, eq=False)
class ParameterBase:
    """What all sets of parameters can do. The parameters themselves are declared in `cairn.core.parameters`."""

    geography: Geography = dataclasses.field(default=CENTRAL_ASIA, repr=False)
    conditioning: Conditioning | None = dataclasses.field(default=None, repr=False)
    fields: ClassVar[dict[str, dataclasses.Field]] = {}
    relations: ClassVar[tuple[Relation, ...]] = ()

    @classmethod
    def declared(cls) -> dict[str, dataclasses.Field]:
        """Declarations by name."""
        return {field.name: field for field in dataclasses.fields(cls) if "unit" in field.metadata}

    def __post_init__(self):
        for name, field in type(self).fields.items() or self.declared().items():
            object.__setattr__(self, name, checked(field, getattr(self, name), None, self.geography))
        object.__setattr__(self, "_bound", {})
        self._check_relations(self.fields.keys())

    def _check_relations(self, changed: Collection[str]) -> None:
        """Check the relations that concern some of the parameters."""
        for relation in self.relations:
            if not relation.names.isdisjoint(changed) and (problem := relation.problem(self)):
                raise OutOfRange(problem)

    def replace(self, **changes: Number) -> Self:
        """Another set, the same but for the parameters named.

        Parameters
        ----------
        changes : by name, a number or an array (M,); for a parameter with one value each, a mapping by name (names that
            it leaves out keep their value) or an array (K, 1) or (K, M)

        Raises
        ------
        OutOfRange
            If there is no such parameter, a value lies outside its range, or values do not fit together.

        Examples
        --------
        >>> from cairn.core.parameters import Parameters
        >>> Parameters().replace(bloc_exposure={"UZB": 0.9}).bloc_exposure.ravel().tolist()
        [0.9, 0.9, 0.7, 0.4, 0.9]
        """
        new = self.replace_unrelated(changes)
        new._check_relations(changes.keys())
        return new

    def replace_unrelated(self, changes: Mapping[str, Number]) -> Self:
        """As `replace`, without the check that the values fit together."""
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__)
        for name, value in changes.items():
            if name not in self.fields:
                raise OutOfRange(f"there is no parameter {name!r}; model/ODD.md has a table of all")
            new.__dict__[name] = checked(self.fields[name], value, getattr(self, name), self.geography)
        new.__dict__["_bound"] = {}
        return new

    def for_country(self, i: int, **own: Number) -> Self:
        """The set as the leader of state i uses it: of values by state, its own.

        Parameters
        ----------
        i : position of the state
        own : tables, (C, M), of parameters that differ between leaders
        """
        return self._narrowed(lambda table: table[i], own)

    def for_countries(self, **own: Number) -> Self:
        """The sets as all leaders use them at once: values by state as (C, 1, M), to stand before pairs (C, C, M).

        Parameters
        ----------
        own : tables, (C, M), of parameters that differ between leaders
        """
        return self._narrowed(lambda table: table[:, None], own)

    def _narrowed(self, take: Callable[[np.ndarray], np.ndarray], own: Mapping[str, Number]) -> Self:
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__)
        for name, field in self.fields.items():
            if field.metadata["each"] == "state":
                new.__dict__[name] = take(getattr(self, name))
        new.__dict__.update({name: take(table) for name, table in own.items()}, _bound={})
        return new

    def bind(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """A rule with all parameters that it takes by keyword filled in by name."""
        bound: dict[Callable[..., Any], Callable[..., Any]] = self.__dict__["_bound"]
        if rule not in bound:
            named = {name: getattr(self, name) for name in keywords_of(rule) if name in self.fields}
            bound[rule] = functools.partial(rule, **named)
        return bound[rule]

    def keep(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """As `bind`, for arguments that seldom change: while they are the same arrays, the last result is returned."""
        kept: dict[tuple[str, Callable[..., Any]], tuple[dict[str, Any], Any]] = self.__dict__["_bound"]

        def call(**arguments: Any) -> Any:
            last = kept.get(("last", rule))
            if last is None or any(last[0].get(name) is not value for name, value in arguments.items()):
                kept["last", rule] = last = arguments, self.bind(rule)(**arguments)
            return last[1]

        return call

    def by_member(self) -> dict[str, np.ndarray]:
        """The parameters that differ between members, (M,) or (K, M)."""
        values = {name: getattr(self, name) for name in self.fields}
        return {
            name: value
            for name, value in values.items()
            if isinstance(value, np.ndarray) and (value.ndim == 1 or value.shape[1] > 1)
        }

    def changed(self) -> dict[str, Any]:
        """The parameters that differ from the defaults, as plain values: a number, or numbers by name."""
        defaults = type(self)(geography=self.geography)
        found: dict[str, Any] = {}
        for name, field in self.fields.items():
            value, each = getattr(self, name), field.metadata["each"]
            if not np.array_equal(value, getattr(defaults, name)):
                plain = np.asarray(value).tolist()
                if each:
                    rows = [row[0] if len(row) == 1 else row for row in plain]
                    plain = dict(zip(names_of(each, self.geography), rows, strict=True))
                found[name] = plain
        return found

    def conditioned(self, conditioning: Conditioning | None) -> Self:
        """The same parameters, of members whose past is that of the record; None for members of a free run."""
        return self._unchecked({"conditioning": conditioning})

    def rows(self, rows: slice) -> Self:
        """The parameters of some members, for a chunk of an ensemble."""
        cut: dict[str, Any] = {name: values[..., rows] for name, values in self.by_member().items()}
        if self.conditioning is not None:
            cut["conditioning"] = self.conditioning.rows(rows)
        return self._unchecked(cut) if cut else self

    def tile(self, copies: int, members: int) -> Self:
        """The parameters of as many copies of the same members, one after another; arrays of all rows stay."""
        short = {
            name: np.tile(values, copies)
            for name, values in self.by_member().items()
            if values.shape[-1] == members and copies > 1
        }
        return self._unchecked(short) if short else self

    def after(self, first: Self, members: int, rows: int) -> Self:
        """These parameters, of so many rows, behind those of other members."""
        stacked: dict[str, np.ndarray] = {}
        for name in self.fields:
            pair = [np.asarray(getattr(one, name)) for one in (first, self)]
            if not (pair[0].size == pair[1].size == 1 and pair[0] == pair[1]) and not isinstance(
                getattr(self, name), int
            ):
                wide = [
                    np.broadcast_to(value if value.ndim else value[None], (*value.shape[:-1], count))
                    for value, count in zip(pair, (members, rows), strict=True)
                ]
                stacked[name] = np.concatenate(wide, axis=-1)
        return self._unchecked(stacked)

    def _unchecked(self, changes: Mapping[str, Any]) -> Self:
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__)
        new.__dict__.update(changes, _bound={})
        return new

    def __reduce__(self):
        values = {name: getattr(self, name) for name in self.fields}
        return _restored, (type(self), self.geography, values | {"conditioning": self.conditioning})


def _restored(kind: type[ParameterBase], geography: Geography, values: dict[str, Any]) -> ParameterBase:
    new = object.__new__(kind)
    new.__dict__.update(values, geography=geography, _bound={})
    return new


def keywords_of(rule: Callable[..., Any]) -> list[str]:
    """Names of a rule's keyword-only arguments."""
    parameters = inspect.signature(rule).parameters.values()
    return [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]


def checked(field: dataclasses.Field, value: Any, old: Any = None, geography: Geography = CENTRAL_ASIA) -> Number:
    """A value of a parameter in the form in which it is kept.

    Parameters
    ----------
    field : its declaration
    value : a number, an array (M,); with one value each a mapping by name, or an array (K, 1) or (K, M)
    old : what names keep that a mapping leaves out; None is the default

    Raises
    ------
    OutOfRange
        If the form is wrong or a value lies outside the plausible range.
    """
    name, each = field.name, field.metadata["each"]
    if each:
        value = _by_name(field, value, old, names_of(each, geography))
    array = _numbers(name, value)
    if not each and (array.ndim not in (0, 1) or array.size == 0):
        raise OutOfRange(f"{name} is one number, or one per member as an array (M,); got shape {array.shape}")
    if isinstance(field.default, int) and (array.ndim or not float(array).is_integer()):
        raise OutOfRange(f"{name} is one whole number, the same for all members; got {value}")
    low, high = field.metadata["low"], field.metadata["high"]
    if not (np.isfinite(array).all() and (array >= low).all() and (array <= high).all()):
        shown = value if array.ndim == 0 else array.flat[int(np.argmax(~((array >= low) & (array <= high))))]
        raise OutOfRange(
            f"{name} = {shown} lies outside [{low}, {high}]. If a source supports it, widen the range in "
            "cairn.core.parameters."
        )
    if array.ndim:
        array.flags.writeable = False
        return array
    return int(array) if isinstance(field.default, int) else value


def _by_name(field: dataclasses.Field, value: Any, old: Any, names: tuple[str, ...]) -> np.ndarray:
    """Values by name as an array (K, 1) or (K, M)."""
    name, each = field.name, field.metadata["each"]
    if value is None:
        given, other = field.metadata["default"]
        given = {_spelt(place, names): values for place, values in given.items()}
        if missing := [place for place in names if place not in given and other is None]:
            raise OutOfRange(f"{name} has no default for {', '.join(missing)}; give it one value for each {each}")
        return np.array([[given.get(place, other)] for place in names], dtype=float)
    if isinstance(value, Mapping):
        value = {_spelt(place, names): values for place, values in value.items()}
        if unknown := [place for place in value if place not in names]:
            raise OutOfRange(f"{name} has one value for each {each}, {', '.join(names)}; got {unknown[0]!r}")
        base = _by_name(field, None, None, names) if old is None else old
        rows = [np.atleast_1d(_numbers(name, value.get(place, base[k]))) for k, place in enumerate(names)]
        if any(row.ndim > 1 for row in rows) or len({row.size for row in rows} - {1}) > 1:
            raise OutOfRange(f"{name}: give each {each} one number, or one per member as an array (M,), all of one M")
        return np.stack(np.broadcast_arrays(*rows))
    array = _numbers(name, value).copy()
    if array.ndim != 2 or array.shape[0] != len(names):
        shown = f"; got shape {array.shape}" if array.ndim else f"; got {value}"
        raise OutOfRange(f"{name} has one value for each {each}: give them by name, {', '.join(names)}{shown}")
    return array


def _numbers(name: str, value: Any) -> np.ndarray:
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise OutOfRange(f"{name} = {str(value)[:60]} is no number, and no array of numbers") from None


def _spelt(place: Any, names: tuple[str, ...]) -> Any:
    """A pair in the spelling of the region, whichever of its two states comes first."""
    turned = "-".join(reversed(str(place).split("-")))
    return turned if place not in names and turned in names else place
