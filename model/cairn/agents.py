"""The agents: five countries, each with its leader, borders, water and trade."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from cairn.core.pairs import total
from cairn.core.parameters import Parameters
from cairn.core.state import BLOCKS, View, variables_of
from cairn.core.variables import Array
from cairn.step.decisions import Decision, decision_of, willingness_terms

if TYPE_CHECKING:
    from cairn.model import CentralAsia


class StateAttribute:
    """An attribute of an agent that is looked up in the model's state at each access, never stored.

    (M,) about the country itself, (C, M) towards the others.
    """

    def __init__(self, name: str, doc: str):
        self.name, self.__doc__ = name, doc

    def __get__(self, agent: Any, owner: type | None = None) -> Any:
        if agent is None:
            return self
        return agent.model.state.array(self.name)[agent.index]


class Country(mesa.Agent):
    """One state of the region.

    Its attributes are the variables of the state that belong to a country, such as `trust`, (C, M), or `shortage`,
    (M,), and those that a user's submodel declares. A class of one's own may override `decide`, and is given to the
    model as ``agent_class=``.

    Parameters
    ----------
    model : the model it belongs to
    index : its position in the arrays
    """

    def __init__(self, model: CentralAsia, index: int):
        super().__init__(model)
        self.index = index
        self.code, self.country = model.geography.codes[index], model.geography.names[index]
        self._decision: Decision | None = None

    def __getattr__(self, name: str) -> Any:
        model: Any = self.__dict__.get("model")
        variable = model.variables.get(name) if model is not None else None
        if variable is None or variable.dims[:1] != ("country",):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return model.state.array(name)[self.index]

    @property
    def trade_usd_bn(self) -> Array:
        """Two-way trade with the others, bn USD a year, (M,)."""
        return total(self.model.state.trade.pair_trade_usd_bn[self.index])

    @property
    def storage_km3(self) -> Array:
        """Water in its reservoirs at the quarter's end, km3, (M,)."""
        storage, owners = self.model.state.water.storage_km3, self.model.geography.reservoir_owner
        mine = [storage[k] for k, owner in enumerate(owners) if owner == self.code]
        return sum(mine[1:], mine[0]) if mine else np.zeros(storage.shape[-1])

    def willingness_terms(self, toward: str | None = None) -> dict[str, Array]:
        """The terms of its willingness, by name.

        Parameters
        ----------
        toward : code of another state; None is all of them

        Returns
        -------
        dict
            (C, M), or (M,) where a term is the same toward all; with `toward` (M,) each. Their sum is the willingness.
        """
        model = self.model
        terms = willingness_terms(model.state.view(self.index), model.context, model.country_parameters(self.index))
        if toward is None:
            return terms
        j = model.geography.index(toward)
        return {name: term if term.ndim == 1 else term[j] for name, term in terms.items()}

    def decide(self) -> None:
        """Choose on the state as it is; nothing changes until all have chosen.

        All five choose by the same function, so the model evaluates it once for all of them. A class of one's own sets
        ``self.decision`` here instead, for example from
        ``decide(self.view, self.model.context, self.parameters)`` of `cairn.step.decisions`.
        """
        self._decision = None

    @property
    def decision(self) -> Decision:
        """What it decided in this quarter, (C, M) toward each other and (M,) about the region."""
        return decision_of(self.model.decision, self.index) if self._decision is None else self._decision

    @decision.setter
    def decision(self, decision: Decision) -> None:
        self._decision = decision

    @property
    def view(self) -> View:
        """The state as it sees it."""
        return self.model.state.view(self.index)

    @property
    def parameters(self) -> Parameters:
        """The parameters as its leader uses them."""
        return self.model.country_parameters(self.index)


for _name, _variable in variables_of(BLOCKS).items():
    if _variable.dims[:1] == ("country",):
        setattr(Country, _name, StateAttribute(_name, f"{_variable.long_name}, {_variable.unit}"))
