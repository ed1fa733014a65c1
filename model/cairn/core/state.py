"""The state of all worlds at the end of a quarter. It is frozen: a step makes a new one and leaves the old as it was.

Axes: M members, C five states, (M, C, C) with x[m, i, j] being i towards j, (M, 1) about the region.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from cairn.core.geography import NEIGHBOURS, OTHERS, OUTSIDE, RESERVOIRS, RIVERS, TREATY_PAIRS, C, index
from cairn.core.parameters import Parameters

Array = np.ndarray


class Frozen:
    """Arrays of this object cannot be written to."""

    def __post_init__(self):
        for name in self.__dataclass_fields__:  # type: ignore[attr-defined]
            value = getattr(self, name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def replace(self, **changes: Any):
        """The same but for the arrays named. Only those are looked at: this runs several times a quarter."""
        unknown = changes.keys() - self.__dict__.keys()
        if unknown:
            raise TypeError(f"no such field: {', '.join(sorted(unknown))}")
        for value in changes.values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__ | changes)
        return new


@dataclasses.dataclass(frozen=True, eq=False)
class Forcing(Frozen):
    """What the five do not decide in this model: outside powers, nature, regimes in force. Set by events.

    spillover, external_threat, partner_support, bloc_level, canal_km3, reexport_level : (M, 1)
    unrest, growth, lottery, stays, convened, grid, led_by_russia, winter_demand_factor, fuel_factor : (M, C); growth
        is yearly, beyond the record, NaN where not given
    flow_factor : (M, 2); demand_factor : (M, 1); capacity_km3, filling_km3, power_mw : (M, 4)
    visa, links_cut, freight_cut, closure_cap, mined_cap, demined, opening_floor, agreement_floor, corridor_floor,
        given_deaths, given_incidents, talks_barred, frozen : (M, C, C); outside_ease : (M, C, 5)
    memberships : (M, K, C)
    """

    spillover: Array
    external_threat: Array
    partner_support: Array
    bloc_level: Array
    canal_km3: Array
    reexport_level: Array
    demand_factor: Array
    unrest: Array
    growth: Array
    lottery: Array
    stays: Array
    convened: Array
    grid: Array
    winter_demand_factor: Array
    fuel_factor: Array
    led_by_russia: Array
    flow_factor: Array
    capacity_km3: Array
    filling_km3: Array
    power_mw: Array
    visa: Array
    links_cut: Array
    freight_cut: Array
    closure_cap: Array
    mined_cap: Array
    demined: Array
    opening_floor: Array
    agreement_floor: Array
    corridor_floor: Array
    given_deaths: Array
    given_incidents: Array
    talks_barred: Array
    frozen: Array
    outside_ease: Array
    meeting_barred: Array
    memberships: Array

    @staticmethod
    def nothing(members: int, organisations: int, parameters: Parameters) -> dict[str, Array]:
        """Writable arrays of a world in which no event is in force."""
        m = members
        blank: dict[str, Array] = {
            name: np.zeros((m, 1))
            for name in (
                "spillover",
                "external_threat",
                "partner_support",
                "bloc_level",
                "canal_km3",
                "reexport_level",
                "meeting_barred",
            )
        }
        blank |= {name: np.zeros((m, C)) for name in ("unrest", "lottery", "stays", "convened", "led_by_russia")}
        blank |= {name: np.ones((m, C)) for name in ("grid", "winter_demand_factor", "fuel_factor")}
        blank |= {
            name: np.zeros((m, C, C))
            for name in (
                "visa",
                "links_cut",
                "freight_cut",
                "demined",
                "opening_floor",
                "agreement_floor",
                "corridor_floor",
                "given_deaths",
                "given_incidents",
                "talks_barred",
                "frozen",
            )
        }
        capacity = np.zeros((m, len(RESERVOIRS)))
        capacity[:, :1], capacity[:, 2:3] = parameters.toktogul_capacity_km3, parameters.nurek_capacity_km3
        return blank | {
            "demand_factor": np.ones((m, 1)),
            "growth": np.full((m, C), np.nan),
            "flow_factor": np.ones((m, len(RIVERS))),
            "capacity_km3": capacity,
            "filling_km3": np.zeros((m, len(RESERVOIRS))),
            "power_mw": np.full((m, len(RESERVOIRS)), np.inf),
            "closure_cap": np.ones((m, C, C)),
            "mined_cap": np.ones((m, C, C)),
            "outside_ease": np.ones((m, C, len(OUTSIDE))),
            "memberships": np.zeros((m, organisations, C)),
        }


@dataclasses.dataclass(frozen=True, eq=False)
class State(Frozen):
    """All that is remembered from one quarter to the next, and what was seen of the last one.

    Leaders (M, C): openness, nationalism, personalism, effective_nationalism, born (year), tenure
        (years), turnover 0 or 1, turnover_due (an event changed the leader since), personalism_of_old
    Pairs, directed (M, C, C): trust, border (posture of i towards j), willingness
    Pairs, symmetric (M, C, C): effective_openness, open_way, ordered_loss, undelimited, agreement, corridor, dialogue,
        security, barter, incident_memory, ripeness, accessibility, trade_usd_bn, gain, investment; of the
        quarter: incidents, deaths, summits, met, eased, kept, breached
    Trade: resistance (M, C + 5), gdp_usd_bn (M, C), gdp_history (M, 4, C)
    Water: flow_anomaly (M, 2), storage_km3, release_km3, spill_km3 (M, 4), summer_plan_km3, winter_plan_km3 (M, 1),
        inflow_km3 (M, 4), shortage, winter_deficit_gwh, winter_deficit_share, hydropower_gwh (M, C),
        winter_power_gwh (M, C), summer_supply_km3 (M, 2)
    Organisation (M, 1): alive, closed_club, attendance; (M, C): member, attended; in_grid (M, C)
    """

    quarter: int
    openness: Array
    nationalism: Array
    personalism: Array
    born: Array
    tenure: Array
    effective_nationalism: Array
    turnover: Array
    turnover_due: Array
    personalism_of_old: Array
    trust: Array
    posture: Array
    willingness: Array
    effective_openness: Array
    transit_openness: Array
    policy_trade_cost: Array
    undelimited: Array
    agreement: Array
    corridor: Array
    dialogue: Array
    security: Array
    barter: Array
    incident_memory: Array
    ripeness: Array
    accessibility: Array
    trade_usd_bn: Array
    trade_outside_usd_bn: Array
    trade_gain: Array
    investment_usd_bn: Array
    incidents: Array
    deaths: Array
    summits: Array
    leaders_met: Array
    bargain_kept: Array
    bargain_broken: Array
    resistance: Array
    gdp_usd_bn: Array
    gdp_history: Array
    flow_anomaly: Array
    storage_km3: Array
    inflow_km3: Array
    release_km3: Array
    spill_km3: Array
    summer_plan_km3: Array
    winter_plan_km3: Array
    summer_supply_km3: Array
    shortage: Array
    hydropower_gwh: Array
    winter_power_gwh: Array
    fuel_delivered_gwh: Array
    winter_deficit_gwh: Array
    winter_deficit_share: Array
    organisation_alive: Array
    closed_membership: Array
    attendance: Array
    in_organisation: Array
    attended: Array
    in_grid: Array

    @property
    def members(self) -> int:
        """How many worlds."""
        return self.trust.shape[0]

    def of(self, i: int) -> View:
        """What state i sees."""
        return View(self, i)

    def arrays(self) -> dict[str, Array]:
        """All arrays by name, members first."""
        return {name: value for name in self.__dataclass_fields__ if isinstance(value := getattr(self, name), Array)}

    def rows(self, rows: slice) -> State:
        """The state of some members."""
        return self.replace(**{name: value[rows].copy() for name, value in self.arrays().items()})

    @staticmethod
    def joined(parts: Sequence[State]) -> State:
        """The state of members that stood in several parts, in their order."""
        names = parts[0].arrays()
        return parts[0].replace(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


class View:
    """The state from where one country stands: its own row of everything, (M, 1) about itself, (M, C) about pairs."""

    __slots__ = ("_i", "_state")

    def __init__(self, state: State, i: int):
        self._state, self._i = state, i

    def __getattr__(self, name: str) -> Array:
        value = getattr(self._state, name)
        if value.ndim == 3:
            return value[:, self._i]
        return value if value.shape[-1] == 1 else value[:, self._i : self._i + 1]

    def of_all(self, name: str) -> Array:
        """What every state can see of every state, (M, C)."""
        return getattr(self._state, name)

    def towards_me(self, name: str) -> Array:
        """The others' side of a directed pair, (M, C)."""
        return getattr(self._state, name)[:, :, self._i]


def initial_state(members: int, parameters: Parameters, gdp: Array) -> State:
    """The beginning of 1992: open borders of a state just dissolved, nothing delimited, leaders yet to come."""
    m, tkm = members, index("TKM")

    def pairs(value=0.0, where=OTHERS) -> Array:
        return np.where(where, np.expand_dims(np.broadcast_to(np.asarray(value, float), (m, 1)), -1), 0.0)

    def states(value=0.0) -> Array:
        return np.zeros((m, C)) + value

    def region(value=0.0) -> Array:
        return np.zeros((m, 1)) + value

    of_turkmenistan = np.zeros((C, C), dtype=bool)
    of_turkmenistan[tkm, :] = of_turkmenistan[:, tkm] = True
    trust = np.where(of_turkmenistan, pairs(parameters.initial_trust_of_turkmenistan), pairs(parameters.initial_trust))
    storage = np.zeros((m, len(RESERVOIRS)))
    storage[:, :1] = parameters.initial_storage_km3
    storage[:, 2:3] = np.asarray(parameters.nurek_dead_km3) + 0.0
    none = np.zeros((m, len(RESERVOIRS)))
    return State(
        quarter=-1,
        openness=states(0.5),
        nationalism=states(0.5),
        personalism=states(0.5),
        born=states(1940.0),
        tenure=states(),
        effective_nationalism=states(0.5),
        turnover=states(),
        turnover_due=states(),
        personalism_of_old=states(),
        trust=trust,
        posture=pairs(parameters.initial_posture, NEIGHBOURS),
        willingness=pairs(),
        effective_openness=pairs(),
        transit_openness=pairs(),
        policy_trade_cost=pairs(),
        undelimited=pairs(1.0, NEIGHBOURS),
        agreement=pairs(parameters.initial_agreement),
        corridor=pairs(),
        dialogue=pairs(parameters.initial_dialogue),
        security=pairs(),
        barter=pairs(parameters.initial_barter, TREATY_PAIRS),
        incident_memory=pairs(),
        ripeness=pairs(),
        accessibility=np.full((m, C, C), np.nan),
        trade_usd_bn=pairs(),
        trade_outside_usd_bn=states(),
        trade_gain=pairs(),
        investment_usd_bn=pairs(),
        incidents=pairs(),
        deaths=pairs(),
        summits=pairs(),
        leaders_met=pairs(),
        bargain_kept=pairs(),
        bargain_broken=pairs(),
        resistance=np.ones((m, C + 5)),
        gdp_usd_bn=states() + gdp,
        gdp_history=np.broadcast_to(gdp, (m, 4, C)).copy(),
        flow_anomaly=np.zeros((m, len(RIVERS))),
        storage_km3=storage,
        inflow_km3=none.copy(),
        release_km3=none.copy(),
        spill_km3=none.copy(),
        summer_plan_km3=region(parameters.summer_release_least_km3),
        winter_plan_km3=region(parameters.winter_release_power_km3),
        summer_supply_km3=np.zeros((m, len(RIVERS))),
        shortage=states(),
        hydropower_gwh=states(),
        winter_power_gwh=states(),
        fuel_delivered_gwh=states(),
        winter_deficit_gwh=states(),
        winter_deficit_share=states(),
        organisation_alive=region() > 0,
        closed_membership=region() > 0,
        attendance=region(parameters.initial_attendance),
        in_organisation=states() > 0,
        attended=states() > 0,
        in_grid=states(1.0),
    )
