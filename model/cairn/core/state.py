"""The state of all members at the end of a quarter, in one block of arrays per submodel.

It is frozen: a step makes a new state and leaves the old one as it was. Members are the last axis of every array; see
`cairn.core.geography` for the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.core.pairs import total
from cairn.core.variables import Array, Block, Variable, variable

if TYPE_CHECKING:
    from cairn.core.geography import Geography
    from cairn.core.parameters import Parameters

COUNTRY, PAIR = ("country",), ("country", "partner")


def _initial_trust(geography: Geography, parameters: Parameters) -> Array:
    distant = np.zeros((geography.n_countries, geography.n_countries, 1), dtype=bool)
    for code in geography.distant:
        distant[geography.index(code), :] = distant[:, geography.index(code)] = True
    shared, of_distant = np.atleast_1d(parameters.initial_trust, parameters.initial_trust_of_turkmenistan)
    return np.where(distant, of_distant, shared)


def _initial_storage(geography: Geography, parameters: Parameters) -> Array:
    first, second = np.atleast_1d(parameters.initial_storage_km3, parameters.nurek_dead_km3)
    none = np.zeros(np.broadcast_shapes(first.shape, second.shape))
    return np.stack([none + first, none, none + second, none])


class Leaders(Block):
    """Leaders and what moves them."""

    leader_openness: Array = variable(COUNTRY, "1", "leader's openness to the region", initial=0.5, record=True)
    leader_nationalism: Array = variable(COUNTRY, "1", "leader's nationalism", initial=0.5, record=True)
    leader_personalism: Array = variable(COUNTRY, "1", "personalism of the regime", initial=0.5, record=True)
    effective_nationalism: Array = variable(
        COUNTRY, "1", "nationalism with what hard times at home add to it", initial=0.5
    )
    born: Array = variable(COUNTRY, "year", "leader's year of birth", initial=1940.0)
    tenure: Array = variable(COUNTRY, "yr", "leader's years in office")
    leader_changed: Array = variable(COUNTRY, "1", "a new leader came to office", annual="any", record=True)
    turnover_due: Array = variable(COUNTRY, "1", "an event changed the leader since the last quarter")
    previous_personalism: Array = variable(COUNTRY, "1", "personalism of the leader who left")


class Relations(Block):
    """How states stand to each other."""

    trust: Array = variable(
        PAIR,
        "1",
        "trust of country in partner",
        initial=_initial_trust,
        where="others",
        record=True,
    )
    willingness: Array = variable(PAIR, "logit", "willingness of country to work with partner", record=True)
    posture: Array = variable(
        PAIR,
        "1",
        "border posture of country toward partner",
        initial="initial_posture",
        where="neighbours",
        record=True,
    )
    openness: Array = variable(PAIR, "1", "openness between the two for persons", record="pair")
    transit_openness: Array = variable(PAIR, "1", "openness of the way for goods", record="pair")
    agreement: Array = variable(
        PAIR, "1", "stock of implemented agreements", initial="initial_agreement", where="others", record="pair"
    )
    corridor: Array = variable(PAIR, "1", "stock of transport corridors", record="pair")
    security: Array = variable(PAIR, "1", "stock of security cooperation", record="pair")
    dialogue: Array = variable(
        PAIR,
        "1/yr",
        "leaders' meetings, moving average",
        initial="initial_dialogue",
        where="others",
        record="pair",
    )
    summits: Array = variable(PAIR, "1", "leaders of the two met by themselves", boolean=True)
    met_at_regional_meeting: Array = variable(PAIR, "1", "both attended the regional meeting", boolean=True)


class Trade(Block):
    """Incomes and trade."""

    gdp_usd_bn: Array = variable(COUNTRY, "bn USD/yr", "income at market exchange rates", record=True)
    gdp_history: Array = variable(("lag", "country"), "bn USD/yr", "income of the last four quarters, oldest first")
    accessibility: Array = variable(PAIR, "log", "ease of trade by policy and networks", initial=np.nan)
    policy_trade_cost: Array = variable(PAIR, "log", "trade cost of visas and cut links")
    resistance: Array = variable(("economy",), "1", "multilateral resistance", initial=1.0)
    pair_trade_usd_bn: Array = variable(PAIR, "bn USD/yr", "two-way trade of the pair", record="pair")
    pair_trade_structural_usd_bn: Array = variable(
        PAIR, "bn USD/yr", "two-way trade that incomes, distance and policy explain", record="pair"
    )
    trade_residual: Array = variable(PAIR, "log", "trade of the year beyond what the model explains", record="pair")
    trade_gain: Array = variable(PAIR, "% of GDP", "what full opening of the pair would add to country's income")


class Water(Block):
    """Rivers, reservoirs, power, and the bargains over them."""

    flow_anomaly: Array = variable(("river",), "log", "anomaly of the year's flow", record=True)
    barter: Array = variable(
        PAIR, "1", "water bargains kept, moving average", initial="initial_barter", where="treaty_pairs"
    )
    bargain_kept: Array = variable(PAIR, "1", "a bargain was signed and kept", annual="any")
    bargain_broken: Array = variable(PAIR, "1", "a bargain was signed and broken", annual="any")
    storage_km3: Array = variable(
        ("reservoir",),
        "km3",
        "water stored at the end of the quarter",
        initial=_initial_storage,
        annual="last",
        record=True,
    )
    storage_increment_km3: Array = variable(
        ("reservoir",), "km3/quarter", "correction of storage to the record", annual="sum", record=True
    )
    inflow_km3: Array = variable(("reservoir",), "km3/quarter", "inflow of the reservoir", annual="sum", record=True)
    release_km3: Array = variable(
        ("reservoir",), "km3/quarter", "release through turbines and outlets", annual="sum", record=True
    )
    spill_km3: Array = variable(("reservoir",), "km3/quarter", "spill", annual="sum", record=True)
    release_residual: Array = variable((), "log", "winter release beyond the plan, of the water year")
    summer_plan_km3: Array = variable(
        (), "km3", "Toktogul's planned release, April-September", initial="summer_release_least_km3"
    )
    winter_plan_km3: Array = variable(
        (), "km3", "Toktogul's planned release, October-March", initial="winter_release_power_km3"
    )
    summer_supply_km3: Array = variable(("river",), "km3", "water below the reservoirs in April-September", record=True)
    shortage: Array = variable(COUNTRY, "1", "shortage of summer water, or of winter power upstream", record=True)
    hydropower_gwh: Array = variable(COUNTRY, "GWh/quarter", "hydropower", annual="sum", record=True)
    winter_power_gwh: Array = variable(COUNTRY, "GWh", "hydropower since October")
    fuel_delivered_gwh: Array = variable(
        COUNTRY, "GWh", "fuel and power delivered upstream for the last winter", record=True
    )
    winter_deficit_gwh: Array = variable(
        COUNTRY, "GWh", "power demand unmet in the last winter, October-March", record=True
    )
    grid_import_gwh: Array = variable(
        COUNTRY, "GWh", "power imported through the grid in the last winter, October-March", record=True
    )
    winter_deficit_share: Array = variable(COUNTRY, "1", "the same as a share of demand")
    in_grid: Array = variable(COUNTRY, "1", "in the unified power system", initial=1.0, record=True)


class Borderlands(Block):
    """Land borders: what is delimited, and what happens on them."""

    undelimited_share: Array = variable(
        PAIR, "1", "share of the border not delimited", initial=1.0, where="neighbours", annual="last", record="border"
    )
    incidents: Array = variable(PAIR, "1/quarter", "border incidents", annual="sum", record="border")
    deaths: Array = variable(PAIR, "1/quarter", "deaths in border clashes", annual="sum", record="border")
    frailty: Array = variable(PAIR, "log", "how prone the border is to incidents this year", record="border")
    militarisation: Array = variable(PAIR, "1", "troops and posts on the border", record="border")
    incident_memory: Array = variable(PAIR, "1", "memory of incidents")
    ripeness: Array = variable(PAIR, "1", "readiness to settle after a deadly clash")


class Organisation(Block):
    """The organisation of the five and its meetings."""

    organisation_alive: Array = variable((), "1", "an organisation of the five is alive", boolean=True)
    closed_membership: Array = variable((), "1", "only members may attend", boolean=True)
    attendance: Array = variable(
        (), "1", "share of states that come to meetings, moving average", initial="initial_attendance"
    )
    organisation_attendance: Array = variable(
        (), "1", "the same for meetings of the organisation", initial="initial_attendance"
    )
    in_organisation: Array = variable(COUNTRY, "1", "member of the organisation of the five", boolean=True, record=True)
    attended: Array = variable(
        COUNTRY, "1", "attended the regional leaders' meeting", boolean=True, annual="any", record=True
    )


BLOCKS: dict[str, type[Block]] = {
    "leaders": Leaders,
    "relations": Relations,
    "trade": Trade,
    "water": Water,
    "borderlands": Borderlands,
    "organisation": Organisation,
}


def variables_of(blocks: Mapping[str, type[Block]]) -> dict[str, Variable]:
    """All variables of some blocks by name.

    Raises
    ------
    ValueError
        If two blocks declare one name.
    """
    found: dict[str, Variable] = {}
    for block in blocks.values():
        if twice := found.keys() & block.variables.keys():
            raise ValueError(f"{block.__name__}: a variable {sorted(twice)[0]!r} is declared already")
        found |= block.variables
    return found


class State:
    """All that is remembered from one quarter to the next, block by block.

    Parameters
    ----------
    quarter : the last one that was run, 0 being 1992Q1; -1 before it
    blocks : arrays by submodel, reached as attributes: ``state.water.storage_km3``
    """

    leaders: Leaders
    relations: Relations
    trade: Trade
    water: Water
    borderlands: Borderlands
    organisation: Organisation

    __slots__ = ("__dict__", "_block_of", "quarter")

    def __init__(self, quarter: int, blocks: Mapping[str, Block]):
        self.quarter = quarter
        self.__dict__.update(blocks)
        self._block_of = {name: key for key, block in blocks.items() for name in block.variables}

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    @staticmethod
    def initial(
        geography: Geography,
        parameters: Parameters,
        members: int,
        gdp_usd_bn: Array,
        blocks: Mapping[str, type[Block]] = BLOCKS,
    ) -> State:
        """Before 1992Q1: open borders of a state just dissolved, nothing delimited, leaders yet to come.

        Parameters
        ----------
        gdp_usd_bn : (C,), income at the beginning of 1992
        blocks : of the state, the shipped ones and those of a user's submodels
        """
        made = {key: block.blank(geography, parameters, members) for key, block in blocks.items()}
        gdp = np.repeat(gdp_usd_bn[:, None], members, axis=1)
        made["trade"] = made["trade"].replace(gdp_usd_bn=gdp, gdp_history=np.stack([gdp] * 4))
        return State(-1, made)

    @property
    def blocks(self) -> dict[str, Block]:
        """Blocks by name."""
        return dict(self.__dict__)

    @property
    def members(self) -> int:
        """M."""
        return self.relations.trust.shape[-1]

    def at(self, quarter: int) -> State:
        """The same arrays, at the end of another quarter."""
        new = object.__new__(State)
        new.quarter = quarter
        new._block_of = self._block_of
        new.__dict__.update(self.__dict__)
        return new

    def replace(self, **changes: Array) -> State:
        """The same state but for the arrays named, whichever their block."""
        by_block: dict[str, dict[str, Array]] = {}
        for name, array in changes.items():
            if name not in self._block_of:
                raise TypeError(f"the state has no variable {name!r}")
            by_block.setdefault(self._block_of[name], {})[name] = array
        new = self.at(self.quarter)
        for key, arrays in by_block.items():
            new.__dict__[key] = self.__dict__[key].replace(**arrays)
        return new

    def array(self, name: str) -> Array:
        """An array by its name."""
        return getattr(self.__dict__[self._block_of[name]], name)

    def arrays(self) -> dict[str, Array]:
        """All arrays by name."""
        return {name: array for block in self.__dict__.values() for name, array in block.items()}

    def rows(self, rows: slice) -> State:
        """The state of some members."""
        return self.replace(**{name: array[..., rows].copy() for name, array in self.arrays().items()})

    @staticmethod
    def joined(parts: Sequence[State]) -> State:
        """The state of members that were run in several parts, in their order."""
        names = parts[0].arrays()
        return parts[0].replace(
            **{name: np.concatenate([part.array(name) for part in parts], axis=-1) for name in names}
        )

    def view(self, i: int) -> View:
        """What state i sees."""
        return View(self, i)

    def views(self) -> Views:
        """What each state sees."""
        return Views(self)


class View:
    """The state as one country sees it: (M,) about itself, (C, M) about its pairs.

    `Views` is the same for all countries at once, with an axis of countries in front, so that one function of a view
    serves both.
    """

    __slots__ = ("_state", "i")

    def __init__(self, state: State, i: int):
        self._state, self.i = state, i

    def __getattr__(self, name: str) -> Array:
        array = self._state.array(name)
        return array if array.ndim == 1 else (self.own(array) if array.ndim == 2 else self.pairs(array))

    def array(self, name: str) -> Array:
        """A variable of all countries."""
        return self._state.array(name)

    def own(self, x: Array) -> Array:
        """What is its own: (C, ...) -> (...)."""
        return x[self.i]

    def pairs(self, x: Array) -> Array:
        """Its side of pairs: (C, C, ...) -> (C, ...)."""
        return x[self.i]

    def toward_me(self, x: Array) -> Array:
        """The others' side of pairs: (C, C, ...) -> (C, ...)."""
        return x[:, self.i]

    def of_partners(self, x: Array) -> Array:
        """What belongs to each of the others, as it is visible to all: (C, ...) -> (C, ...)."""
        return x

    def sum_partners(self, x: Array) -> Array:
        """Sum over the others: (C, M) -> (M,)."""
        return total(x)


class Views(View):
    """The views of all countries at once: (C, 1, M) about themselves, (C, C, M) about their pairs."""

    __slots__ = ()

    def __init__(self, state: State):
        super().__init__(state, -1)

    def own(self, x: Array) -> Array:
        return x[:, None]

    def pairs(self, x: Array) -> Array:
        return x

    def toward_me(self, x: Array) -> Array:
        return x.swapaxes(0, 1)

    def of_partners(self, x: Array) -> Array:
        return x[None]

    def sum_partners(self, x: Array) -> Array:
        return total(x.swapaxes(0, 1))[:, None]
