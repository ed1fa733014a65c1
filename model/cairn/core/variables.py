"""Declaring variables: one line says all that the rest of the package needs to know of a variable.

    class Water(Block):
        storage_km3 = variable(("reservoir",), "km3", "water stored at the end of the quarter", annual="last")

From a declaration come the array in the state and its value in 1992, the attribute of the agents, the variable of the
dataset with its unit and long name, the way in which quarters become years, and a row of the table in ODD.md.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, get_args

import numpy as np

from cairn.support.text import suggest

if TYPE_CHECKING:
    from cairn.core.geography import Geography
    from cairn.core.parameters import Parameters

Array = np.ndarray
Param = Array | float  # one number, or one per member, (M,)
Annual = Literal["mean", "sum", "any", "last"]
PAIR = ("country", "partner")
LABELLED = ("country", "partner", "reservoir", "river")  # dimensions that a dataset has labels for
DIMS = (*LABELLED, "outside", "economy", "lag")  # those of `sizes_of`
Initial = float | str | Callable[["Geography", "Parameters"], Any]


@dataclasses.dataclass(frozen=True)
class Variable:
    """What is declared of a variable.

    Parameters
    ----------
    name : of the array, of the agents' attribute and of the dataset's variable
    dims : ``()`` about the region; ``("country",)``, ``("country", "partner")``, ``("reservoir",)``, ``("river",)``,
        ``("economy",)``; the axis of members follows and is not named
    unit, long_name : for the dataset and for documents
    initial : value before 1992Q1: a number, the name of a parameter, or a function of geography and parameters
    where : pairs that have the variable; elsewhere it is zero
    annual : how four quarters become a year
    record : whether runs write it; a variable of pairs that is the same in both directions is written once a pair
        (``"pair"``) or once a land border (``"border"``)
    boolean : whether it is true or false rather than a number
    """

    name: str
    dims: tuple[str, ...]
    unit: str
    long_name: str
    initial: Initial = 0.0
    where: Literal["everywhere", "others", "neighbours", "treaty_pairs"] = "everywhere"
    annual: Annual = "mean"
    record: bool | Literal["pair", "border"] = False
    boolean: bool = False

    @property
    def recorded_dims(self) -> tuple[str, ...]:
        """Dimensions in the dataset, without member and time."""
        return (self.record,) if isinstance(self.record, str) else self.dims

    def shape(self, geography: Geography) -> tuple[int, ...]:
        """Shape without the axis of members."""
        sizes = sizes_of(geography)
        return tuple(sizes[dim] for dim in self.dims)

    def blank(self, geography: Geography, parameters: Parameters, members: int) -> Array:
        """The initial value, (*shape, M), writable."""
        value = self.initial
        if callable(value):
            value = value(geography, parameters)
        elif isinstance(value, str):
            value = getattr(parameters, value)
        array = np.empty((*self.shape(geography), members), dtype=bool if self.boolean else float)
        array[...] = value
        if self.where != "everywhere":
            array *= getattr(geography, self.where)
        return array


def sizes_of(geography: Geography) -> dict[str, int]:
    """Length of each dimension of state and forcing."""
    c = geography.n_countries
    return {
        "country": c,
        "partner": c,
        "river": len(geography.rivers),
        "reservoir": len(geography.reservoirs),
        "outside": len(geography.outside),
        "economy": c + len(geography.outside),
        "lag": 4,
    }


def check_declared(owner: str, variable: Variable) -> None:
    """Whether a declaration has known dimensions and a known rule for years.

    Parameters
    ----------
    owner : of the variable, for the message
    """
    for what, given, allowed in (
        *(("dimension", dim, DIMS) for dim in variable.dims),
        ("rule for years", variable.annual, get_args(Annual)),
        ("place", variable.where, ("everywhere", "others", "neighbours", "treaty_pairs")),
        ("way to record", variable.record, (True, False, "pair", "border")),
    ):
        if given not in allowed:
            raise ValueError(
                f"{owner}.{variable.name}: no {what} {given!r}{suggest(given, allowed)}; one of "
                f"{', '.join(map(str, allowed))}"
            )
    if isinstance(variable.record, str) and variable.dims != PAIR:
        raise ValueError(f"{owner}.{variable.name}: record={variable.record!r} is for variables with dimensions {PAIR}")
    if unlabelled := [dim for dim in variable.dims if variable.record and dim not in LABELLED]:
        raise ValueError(
            f"{owner}.{variable.name}: {unlabelled[0]!r} has no labels in a dataset, so it cannot be recorded; "
            f"dimensions with labels are {', '.join(LABELLED)}"
        )


def variable(dims: tuple[str, ...], unit: str, long_name: str, **about: Any) -> Any:
    """Declare a variable in the body of a block; the parameters are those of `Variable`."""
    return Variable("", dims, unit, long_name, **about)


class Block:
    """A group of arrays that belong to one submodel. Frozen: `replace` makes a new block and leaves the old one."""

    variables: ClassVar[dict[str, Variable]] = {}

    def __init_subclass__(cls, **options: Any):
        super().__init_subclass__(**options)
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Variable)}
        for name in own:
            delattr(cls, name)
        declared = {name: dataclasses.replace(value, name=name) for name, value in own.items()}
        for each in declared.values():
            check_declared(cls.__name__, each)
        cls.variables = cls.variables | declared

    def __init__(self, arrays: Mapping[str, Array]):
        for array in arrays.values():
            array.flags.writeable = False
        self.__dict__.update(arrays)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    @classmethod
    def blank(cls, geography: Geography, parameters: Parameters, members: int) -> Self:
        """The block before 1992Q1."""
        return cls({name: about.blank(geography, parameters, members) for name, about in cls.variables.items()})

    def replace(self, **changes: Array) -> Self:
        """The same block but for the arrays named."""
        if unknown := changes.keys() - self.__dict__.keys():
            raise TypeError(f"{type(self).__name__} has no variable {', '.join(sorted(unknown))}")
        for array in changes.values():
            array.flags.writeable = False
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__)
        new.__dict__.update(changes)
        return new

    def items(self) -> Iterator[tuple[str, Array]]:
        """Arrays by name."""
        return iter(self.__dict__.items())
