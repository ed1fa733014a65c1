"""The submodels of a quarter, by name and in their order; each can be replaced, and others can be added.

A submodel reads the state and returns the variables that it changes. Those before decisions see what the ones before
them changed; those after decisions all read the state on which was decided, and of this quarter only `changes`, so no
state gains by its place in a list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from cairn.core.state import State
from cairn.core.variables import Array, Block
from cairn.step.context import StepContext
from cairn.step.decisions import Decision
from cairn.step.economy import incomes, leaders, markets
from cairn.step.hydrology import hydrology
from cairn.step.interactions import Acts, border_incidents, regional_meeting, update_relations
from cairn.support.errors import InputError

Changes = Mapping[str, Array]


class SubmodelError(InputError):
    """A submodel returned what the state cannot take, or not what a later one needs.

    The message names the class, the variable and the quarter.
    """


class QuarterChanges(dict[str, Array]):
    """Variables that the submodels changed after decisions, by name. One that is needed and missing is an error.

    Parameters
    ----------
    submodels : of the model, by name
    quarter : name of the quarter
    """

    def __init__(self, submodels: Mapping[str, Submodel], quarter: str):
        super().__init__()
        self._submodels, self._quarter = submodels, quarter
        self.reader = ""  # name of the submodel that reads them

    def __missing__(self, variable: str) -> Array:
        replaced = [
            f"submodel {name!r} is {type(made).__name__}"
            for name, made in self._submodels.items()
            if name in SUBMODELS and made is not SUBMODELS[name]
        ]
        reader = f"submodel {self.reader!r} ({type(self._submodels[self.reader]).__name__}) in {self._quarter}"
        hint = f"; {', '.join(replaced)}: return it there as the shipped one does" if replaced else ""
        raise SubmodelError(f"{reader} needs {variable!r}, which no submodel before it returned{hint}")


class Submodel:
    """A stage of the quarter. A class of one's own overrides one of the two methods, or both.

    `block` declares state variables of its own; they are reached as ``state.NAME.variable``, NAME being the submodel's.
    """

    block: ClassVar[type[Block] | None] = None

    def before_decisions(self, state: State, context: StepContext) -> Changes:
        """Variables that change before the states decide, by name."""
        return {}

    def after_decisions(
        self, state: State, decision: Decision, acts: Acts, changes: Changes, context: StepContext
    ) -> Changes:
        """Variables that change after the states have decided, by name.

        Parameters
        ----------
        state : on which was decided
        decision : of all states, (C, C, M) and (C, M)
        acts : on which both sides agreed, (C, C, M)
        changes : of the submodels before this one
        context : the quarter
        """
        return {}


class Incomes(Submodel):
    """Incomes as recorded, then by growth paths."""

    def before_decisions(self, state: State, context: StepContext) -> Changes:
        return incomes(state, context)


class Leadership(Submodel):
    """Exits and successors, nationalism, and trust after a turnover."""

    def before_decisions(self, state: State, context: StepContext) -> Changes:
        return leaders(state, context)


class TradeModel(Submodel):
    """Openness, accessibility, gravity, and the gain of opening."""

    def before_decisions(self, state: State, context: StepContext) -> Changes:
        return markets(state, context)


class OrganisationModel(Submodel):
    """The regional meeting, and the life of the organisation."""

    def after_decisions(
        self, state: State, decision: Decision, acts: Acts, changes: Changes, context: StepContext
    ) -> Changes:
        return regional_meeting(state, decision, context)


class WaterModel(Submodel):
    """Rivers, bargains, reservoirs, power."""

    def after_decisions(
        self, state: State, decision: Decision, acts: Acts, changes: Changes, context: StepContext
    ) -> Changes:
        return hydrology(state, decision, context)


class BorderModel(Submodel):
    """Incidents, clashes, deaths, delimitation."""

    def after_decisions(
        self, state: State, decision: Decision, acts: Acts, changes: Changes, context: StepContext
    ) -> Changes:
        return border_incidents(state, acts, changes["shortage"], context)


class RelationsModel(Submodel):
    """Postures, agreements, corridors, security, dialogue, trust."""

    def after_decisions(
        self, state: State, decision: Decision, acts: Acts, changes: Changes, context: StepContext
    ) -> Changes:
        return update_relations(state, decision, acts, changes, context)


SUBMODELS: dict[str, Submodel] = {
    "incomes": Incomes(),
    "leadership": Leadership(),
    "trade": TradeModel(),
    "organisation": OrganisationModel(),
    "water": WaterModel(),
    "borders": BorderModel(),
    "relations": RelationsModel(),
}


def assembled(own: Mapping[str, Any] | None) -> dict[str, Submodel]:
    """The shipped submodels with one's own in place of those of the same name, others after them.

    Parameters
    ----------
    own : instances or classes of `Submodel` by name
    """
    made = dict(SUBMODELS)
    for name, submodel in (own or {}).items():
        made[name] = submodel() if isinstance(submodel, type) else submodel
        if not isinstance(made[name], Submodel):
            raise TypeError(f"submodel {name!r} is a {type(made[name]).__name__}; derive it from cairn.Submodel")
    return made


def check_changes(name: str, submodel: Submodel, changes: Changes, state: State, quarter: str) -> None:
    """Whether the state can take what a submodel of one's own returned.

    Raises
    ------
    SubmodelError
        If a variable is unknown, its array has another shape, or a value is not finite.
    """
    who = f"submodel {name!r} ({type(submodel).__name__}) in {quarter}"
    if not isinstance(changes, Mapping):
        raise SubmodelError(f"{who} returned {type(changes).__name__}; it returns variables by name")
    known = state.arrays()
    for variable, value in changes.items():
        if variable not in known:
            raise SubmodelError(f"{who} changed {variable!r}, which is no variable of the state")
        if np.shape(value) != known[variable].shape:
            raise SubmodelError(
                f"{who} gave {variable} the shape {np.shape(value)}; it needs {known[variable].shape}, members last"
            )
        if not np.isfinite(value).all():
            raise SubmodelError(f"{who} gave {variable} a value that is no finite number")
