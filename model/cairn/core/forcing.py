"""The forcing of a quarter: what the states do not decide. Outside powers, nature, acts of state in force.

Events write it (`cairn.events`); rules and steps read it. Where no event is in force, a variable has its neutral value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cairn.core.variables import Array, Block, Variable, check_declared, variable

if TYPE_CHECKING:
    from cairn.core.geography import Geography
    from cairn.core.parameters import Parameters

COUNTRY, PAIR = ("country",), ("country", "partner")


def _capacity(geography: Geography, parameters: Parameters) -> Array:
    """What stands without any event: the two lower reservoirs."""
    none = np.zeros(np.broadcast(np.zeros(1), parameters.toktogul_capacity_km3, parameters.nurek_capacity_km3).shape)
    return np.stack([none + parameters.toktogul_capacity_km3, none, none + parameters.nurek_capacity_km3, none])


class Forcing(Block):
    """What is given in a quarter; `initial` of a variable is its neutral value."""

    spillover: Array = variable((), "1", "militancy that spills over borders")
    external_threat: Array = variable((), "1", "a threat to all states alike")
    partner_support: Array = variable((), "1", "outside partners deal with the states as one")
    bloc_level: Array = variable((), "1", "pull of the Russian-led bloc")
    canal_km3: Array = variable((), "km3", "water taken from the Amu Darya above the states, April-September")
    reexport_level: Array = variable((), "1", "activity of the bazaars, 1 being the peak")
    demand_factor: Array = variable((), "1", "summer water demand, times", initial=1.0)
    meeting_barred: Array = variable((), "1", "no regional meeting may take place")
    unrest: Array = variable(COUNTRY, "1", "unrest or war within the state")
    growth: Array = variable(COUNTRY, "1/yr", "growth of income; not a number where the record says it", initial=np.nan)
    lottery: Array = variable(COUNTRY, "1", "leaders leave and are replaced at random")
    stays: Array = variable(COUNTRY, "1", "the leader stays, whatever the lottery")
    convened: Array = variable(COUNTRY, "1", "comes to a regional meeting by treaty")
    grid: Array = variable(COUNTRY, "1", "in the unified power system", initial=1.0)
    grid_cut_by: Array = variable(PAIR, "1", "partner cut the country off from the unified power system")
    winter_demand_factor: Array = variable(COUNTRY, "1", "winter power demand, times", initial=1.0)
    fuel_factor: Array = variable(COUNTRY, "1", "share of the agreed fuel that arrives", initial=1.0)
    led_by_russia: Array = variable(COUNTRY, "1", "member of a Russian-led bloc")
    flow_factor: Array = variable(("river",), "1", "flow, times", initial=1.0)
    capacity_km3: Array = variable(("reservoir",), "km3", "storage built so far", initial=_capacity)
    filling_km3: Array = variable(("reservoir",), "km3/quarter", "water kept back for a first filling")
    power_mw: Array = variable(("reservoir",), "MW", "most power of the plant", initial=np.inf)
    visa: Array = variable(PAIR, "1", "visas between the two, 1 both ways")
    links_cut: Array = variable(PAIR, "1", "share of passenger links that are cut")
    tariff_cost: Array = variable(PAIR, "log", "trade lost to tariffs and customs rules")
    freight_cut: Array = variable(PAIR, "1", "share of freight links that are cut")
    closure_cap: Array = variable(PAIR, "1", "most openness for goods left by orders", initial=1.0)
    persons_cap: Array = variable(PAIR, "1", "most openness for persons left by orders", initial=1.0)
    mined_cap: Array = variable(PAIR, "1", "most openness left by mines", initial=1.0)
    demined: Array = variable(PAIR, "1", "mines are cleared")
    opening_floor: Array = variable(PAIR, "1", "least openness by order")
    agreement_floor: Array = variable(PAIR, "1", "least stock of agreements by treaty")
    corridor_floor: Array = variable(PAIR, "1", "least stock of corridors")
    given_deaths: Array = variable(PAIR, "1/quarter", "deaths of clashes that events give")
    given_incidents: Array = variable(PAIR, "1/quarter", "incidents that events give")
    talks_barred: Array = variable(PAIR, "1", "the two do not talk by themselves")
    frozen: Array = variable(PAIR, "1", "relations of the two stay as they are")
    outside_ease: Array = variable(
        ("country", "outside"), "1", "ease of trade with outside economies, times", initial=1.0
    )

    # About organisations, of which a scenario has any number: (organisations, C, M).
    memberships: Array

    @classmethod
    def neutral(
        cls, geography: Geography, parameters: Parameters, members: int, organisations: int
    ) -> dict[str, Array]:
        """Writable arrays of a quarter in which no event is in force.

        Parameters
        ----------
        organisations : how many organisations of others the scenarios name
        """
        arrays = {name: about.blank(geography, parameters, members) for name, about in cls.variables.items()}
        return arrays | {"memberships": np.zeros((organisations, geography.n_countries, members))}


SHIPPED = frozenset((*Forcing.variables, "memberships"))


def register_forcing(name: str, dims: tuple[str, ...], unit: str, long_name: str, neutral: float = 0.0) -> None:
    """Add a forcing variable, for event types and submodels of one's own.

    Parameters
    ----------
    name : of the array; events write ``forcing["name"]``, submodels read ``context.forcing.name``
    dims : as for `cairn.core.variables.Variable`
    unit, long_name : what it is
    neutral : its value where no event is in force

    Raises
    ------
    ValueError
        If another forcing variable has the name, or a dimension is not known.
    """
    new = Variable(name, dims, unit, long_name, initial=neutral)
    check_declared("forcing", new)
    if name == "memberships" or Forcing.variables.get(name, new) != new:
        raise ValueError(f"a forcing variable {name!r} is declared already")
    Forcing.variables[name] = new
