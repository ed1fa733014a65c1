"""Cairn under Mesa: five Country agents in one model that holds M worlds at once. The only importer of mesa.

One step is one quarter. Dated events stand on Mesa's event list and act between steps, each on a mask of members.
Every state decides on the same start-of-quarter state; then the decisions meet (`cairn.step`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mesa
import numpy as np

from cairn.core.calendar import begins, year_of
from cairn.core.geography import CODES, NAMES, NEIGHBOURS, RESERVOIR_OWNER, C
from cairn.core.inputs import Tables
from cairn.core.pairs import from_borders
from cairn.core.parameter_sets import ParameterSource, for_members
from cairn.core.parameters import FIELDS, Parameters
from cairn.core.random_streams import RandomStreams
from cairn.core.state import Forcing, State, initial_state
from cairn.events import EventContext, InstantEvent, Parameter
from cairn.rules import trade
from cairn.scenario.scenario import Scenario
from cairn.step import (
    StepContext,
    decide,
    measures,
    resolve_decisions,
    stack_decisions,
    update_economy,
    willingness_terms,
)


class StateAttribute:
    """An attribute of an agent that is looked up in the model's state at each access, never stored.

    (M,) about the state itself, (M, C) towards the others.
    """

    def __init__(self, name: str = "", doc: str = ""):
        self._name, self.__doc__ = name, doc

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = self._name or name

    def __get__(self, agent: Any, owner: type | None = None) -> Any:
        if agent is None:
            return self
        return getattr(agent.model.state, self._name)[:, agent.index]


class Country(mesa.Agent):
    """One state: its leader, its borders, its water, its trade. Values have a leading axis of members."""

    openness = StateAttribute(doc="leader's openness to the region, 0..1, (M,)")
    nationalism = StateAttribute(doc="leader's nationalism, 0..1, (M,)")
    personalism = StateAttribute(doc="how far the regime is one person, 0..1, (M,)")
    tenure = StateAttribute(doc="leader's years in office, (M,)")
    trust = StateAttribute(doc="trust in each other, 0..1, (M, C)")
    willingness = StateAttribute(doc="willingness toward each other, logit, (M, C)")
    posture = StateAttribute(doc="border posture toward each neighbour, 0..1, (M, C)")
    effective_openness = StateAttribute(doc="how open the way to each other is, 0..1, (M, C)")
    agreement = StateAttribute(doc="agreements in force with each other, 0..1, (M, C)")
    shortage = StateAttribute(doc="shortage of summer water or winter power, 0..0.6, (M,)")
    gdp_usd_bn = StateAttribute(doc="income, bn USD a year, (M,)")
    hydropower_gwh = StateAttribute(doc="hydropower of the quarter, GWh, (M,)")
    in_grid = StateAttribute(doc="1 in the unified power system, (M,)")
    in_organisation = StateAttribute(doc="member of the five's organisation, (M,)")
    attended = StateAttribute(doc="attended this quarter's regional meeting, (M,)")

    def __init__(self, model: CentralAsia, index: int):
        super().__init__(model)
        self.index, self.code, self.country = index, CODES[index], NAMES[index]
        self.decision: Any = None

    @property
    def trade_usd_bn(self) -> np.ndarray:
        """Two-way trade with the four others, bn USD a year, (M,)."""
        return self.model.state.trade_usd_bn[:, self.index].sum(-1)

    @property
    def storage_km3(self) -> np.ndarray:
        """Water in its reservoirs at the quarter's end, km3, (M,)."""
        owned = np.array([owner == self.index for owner in RESERVOIR_OWNER], dtype=float)
        return (self.model.state.storage_km3 * owned).sum(-1)

    def willingness_terms(self, toward: str | None = None) -> dict[str, np.ndarray]:
        """The terms of its willingness toward each other, by name: (M, C), or (M, 1) where they are alike.

        With the code of another state the terms toward that one, (M,) each; their sum is the willingness.
        """
        model = self.model
        terms = willingness_terms(
            model.state.of(self.index), model.context, model.country_parameters[self.index], self.index
        )
        if toward is None:
            return terms
        return {name: np.broadcast_to(term, (model.rows, C))[:, CODES.index(toward)] for name, term in terms.items()}

    def decide(self) -> None:
        """Choose on the state as it stands; nothing changes until all have."""
        model = self.model
        self.decision = decide(
            model.state.of(self.index), model.context, model.country_parameters[self.index], self.index
        )


class CentralAsia(mesa.Model):
    """M worlds of five countries, quarter by quarter from 1992.

    Parameters
    ----------
    scenario : a Scenario, a name or path of one, or several of them: then each is run with the same luck, and the
        rows stand scenario by scenario
    members : how many worlds of each scenario
    seed : of the luck; same scenario, seed and version give the same bytes; None makes one, kept in `seed`
    first : number of the first member, so that member 4217 can be run by itself
    numbers : numbers of the model, columns of `members` or of all rows, or sets that members draw from; None is the
        shipped posterior. The scenario's own parameters go on top
    collect : whether Mesa's DataCollector records means over members each quarter
    begun : a quarter and the state at the end of the one before it, to carry on from there: moments before it are in
        the state, what came into force earlier is in force, and what happens in that quarter is yet to come

    Examples
    --------
    >>> model = CentralAsia("baseline", members=2, seed=1)
    >>> model.run_for(4)
    >>> model.countries[4].trust.shape
    (2, 5)
    """

    def __init__(
        self,
        scenario: Scenario | str | Sequence[Scenario | str] = "baseline",
        members: int = 1,
        seed: int | None = None,
        *,
        first_member: int = 0,
        parameters: ParameterSource = None,
        tables: Tables | None = None,
        collect: bool = True,
        start_from: tuple[int, State] | None = None,
    ):
        self.seed = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else int(seed)
        super().__init__(rng=self.seed)
        several = [scenario] if isinstance(scenario, str | Scenario) else list(scenario)
        self.scenarios = [s if isinstance(s, Scenario) else Scenario.load(s) for s in several]
        self.members, self.first_member, self.rows = members, first_member, members * len(self.scenarios)
        self.tables = tables or Tables.load()
        self.parameters = self._whole_run = self._numbers(
            parameters
            if isinstance(parameters, Parameters)
            else for_members(parameters, first_member, slice(0, members))
        )
        self.country_parameters = [self.parameters.of(i) for i in range(C)]
        self.random_streams = RandomStreams(self.seed, members, first_member, copies=len(self.scenarios))
        self._start = 0 if start_from is None else start_from[0]
        self.quarter = self._start - 1
        self.state: State = (
            initial_state(self.rows, self.parameters, self.tables.gdp[0]) if start_from is None else start_from[1]
        )
        self._base = self._ease_by_distance()
        self._contested = from_borders(self.tables.contested)
        self.context: StepContext
        self._measured: tuple[State, dict[str, np.ndarray]] | None = None
        self._in_force: list[ScheduledEvent] = []
        self._regimes: dict[str, np.ndarray] | None = None
        self.scheduled_events = self._put_on_event_list()
        self._renew_numbers()
        self.countries = [Country(self, i) for i in range(C)]
        self.datacollector = mesa.DataCollector(_MODEL_REPORTERS, _AGENT_REPORTERS) if collect else None

    # --- events ---

    def _numbers(self, parameters: Parameters) -> Parameters:
        """The numbers of all rows with the scenarios' own on top, a column where scenarios differ."""
        if len(self.scenarios) == 1:
            return parameters.replace(**_as_arrays(self.scenarios[0].parameters))
        parameters = parameters.tile(len(self.scenarios), self.members)
        columns = {}
        for name in {name for s in self.scenarios for name in s.parameters}:
            forcing = np.atleast_1d(getattr(parameters, name))  # one value, or one for each state
            column = np.broadcast_to(forcing, (self.rows, forcing.shape[-1])).copy()
            for k, scenario in enumerate(self.scenarios):
                if name in scenario.parameters:
                    column[k * self.members : (k + 1) * self.members] = scenario.parameters[name]
            columns[name] = column
        return parameters.replace(**columns)

    def _put_on_event_list(self) -> list[ScheduledEvent]:
        """Every distinct event once, with the mask of the members whose scenario has it."""
        organisations = sorted(
            {e.organisation for s in self.scenarios for e in s.events.values() if e.type == "membership"}
        )
        self.organisations = {name: k for k, name in enumerate(organisations)}
        found: dict[tuple[str, str], tuple[Any, np.ndarray]] = {}
        for k, scenario in enumerate(self.scenarios):
            for name, event in scenario.events.items():
                _, mask = found.setdefault((name, event.fingerprint), (event, np.zeros(self.rows, dtype=bool)))
                mask[k * self.members : (k + 1) * self.members] = True
        # In order of time, then name: the same for a scenario alone and among others.
        in_order = sorted(found.items(), key=lambda item: (item[1][0].first, item[0]))
        return [
            ScheduledEvent(self, name, event, _as_slice(mask), self._start) for (name, _), (event, mask) in in_order
        ]

    def _ease_by_distance(self) -> np.ndarray:
        distance = self.tables.distance_km
        return self.parameters.bind(trade.base_ease)(np.log(distance), np.log(np.diagonal(distance)))

    def _renew_numbers(self) -> None:
        """The numbers of the whole run with those on top that events have changed by now."""
        tables: dict[str, np.ndarray] = {}
        for scheduled in self._in_force:
            if isinstance(scheduled.event, Parameter):
                old = getattr(self._whole_run, scheduled.event.name)
                scheduled.event.put_into(tables, old, scheduled.mask, self.rows)
        if not tables and self.parameters is self._whole_run:
            return
        of_each = {name for name, table in tables.items() if FIELDS[name].metadata["each"] == "state"}
        alike = {name for name, table in tables.items() if name not in of_each and (table == table[:, :1]).all()}
        changed = {name: tables[name] if name in of_each else tables[name][:, :1] for name in of_each | alike}
        self.parameters = self._whole_run.replace(**changed) if changed else self._whole_run
        apart = tables.keys() - changed.keys()
        self.country_parameters = [
            self.parameters.of(i, **{name: tables[name][:, i : i + 1] for name in apart}) for i in range(C)
        ]
        self._base = self._ease_by_distance()
        self._regimes = None

    def _given(self) -> Forcing:
        """What is given this quarter: regimes in force, kept while none changes, and paths as they stand."""
        if self._regimes is None:
            regimes = Forcing.nothing(self.rows, max(len(self.organisations), 1), self.parameters)
            for scheduled in self._in_force:
                if not scheduled.event.time_varying:
                    scheduled.event.apply(regimes, scheduled.rows, self.quarter)
            for name in regimes.keys() - TIME_VARYING_FORCING:
                regimes[name].flags.writeable = False  # kept: an event that moves must not leave its mark in them
            self._regimes = regimes
        forcing = self._regimes | {name: self._regimes[name].copy() for name in TIME_VARYING_FORCING}
        for scheduled in self._in_force:
            if scheduled.event.time_varying:
                scheduled.apply(forcing)
        return Forcing(**forcing)

    # --- the quarter ---

    def step(self) -> None:
        """One quarter: leaders and markets, five decisions on one state, their consequences."""
        self.quarter += 1
        draws = self.random_streams.at(self.quarter)
        self.context = StepContext(
            self.quarter, self._given(), draws, self.parameters, self.tables, self._base, self._contested
        )
        self.state = update_economy(self.state, self.context)
        self.agents.do("decide")
        decisions = stack_decisions([country.decision for country in self.countries])
        self.state = resolve_decisions(self.state, decisions, self.context)
        if self.datacollector is not None:
            self.datacollector.collect(self)

    @property
    def year(self) -> float:
        """Decimal year at which the last quarter began."""
        return year_of(self.quarter)

    @property
    def quarters(self) -> int:
        """How many quarters the longest of the scenarios has."""
        return max(scenario.quarters for scenario in self.scenarios)

    def run_to_horizon(self) -> CentralAsia:
        """Run to the end of the scenario; an event that never fired is an error."""
        self.run_for(self.quarters - 1 - self.quarter)
        silent = [h.name for h in self.scheduled_events if not h.fired]
        if silent:
            raise RuntimeError(f"events that never fired: {', '.join(silent)}")
        return self

    def measured(self) -> dict[str, np.ndarray]:
        """Measures of the region, (M,) each; worked out once a quarter, however many ask."""
        if self._measured is None or self._measured[0] is not self.state:
            self._measured = self.state, measures.region(self.state, self.parameters, self.tables)
        return self._measured[1]


TIME_VARYING_FORCING = {  # what events that move may write: theirs anew each quarter
    "spillover",
    "external_threat",
    "partner_support",
    "bloc_level",
    "reexport_level",
    "canal_km3",
    "capacity_km3",
    "filling_km3",
    "power_mw",
    "corridor_floor",
    "outside_ease",
    "flow_factor",
    "demand_factor",
}


class ScheduledEvent:
    """An event on Mesa's list. Mesa keeps only weak references: the model keeps these objects."""

    def __init__(self, model: CentralAsia, name: str, event: Any, mask: Any, start_from: int):
        self.model, self.name, self.event, self.mask = model, name, event, mask
        first, last = max(event.first, 0), None if isinstance(event, InstantEvent) else event.last
        self.fired = first < start_from
        over = last is not None and last <= start_from
        # Quarter q is Mesa's step q + 1 - begun; half a step earlier lies between the quarters.
        if not self.fired:
            model.schedule_event(self.begin, at=first - start_from + 0.5)
        elif not over and not isinstance(event, InstantEvent):
            model._in_force.append(self)
        if last is not None and not over:
            model.schedule_event(self.end, at=last - start_from + 0.5)

    @property
    def rows(self) -> EventContext:
        """Where it acts, with the numbers as they are now."""
        return EventContext(self.mask, self.model.random_streams, self.model.parameters, self.model.organisations)

    def apply(self, forcing: dict[str, np.ndarray]) -> None:
        """An event that moves writes what is given this quarter."""
        try:
            self.event.apply(forcing, self.rows, self.model.quarter)
        except ValueError as problem:
            if not self.event.derived_class:
                raise
            may = ", ".join(sorted(TIME_VARYING_FORCING))
            raise ValueError(f"{self.name}: {problem}; an event that moves may write {may}") from problem

    def begin(self) -> None:
        """A moment happens; a lasting event comes into force."""
        self.fired = True
        if isinstance(self.event, InstantEvent):
            self.model.state = self.event.apply(self.model.state, self.rows)
        else:
            self.model._in_force.append(self)
            self._changed()

    def end(self) -> None:
        """A lasting event is no longer in force."""
        self.model._in_force.remove(self)
        self._changed()

    def _changed(self) -> None:
        if not self.event.time_varying:
            self.model._regimes = None
        if isinstance(self.event, Parameter):
            self.model._renew_numbers()


def _as_slice(mask: np.ndarray) -> Any:
    """A mask whose rows stand side by side as a slice, which arrays take faster."""
    where = np.flatnonzero(mask)
    return slice(where[0], where[-1] + 1) if where.size == where[-1] - where[0] + 1 else mask


def _as_arrays(parameters: dict[str, Any]) -> dict[str, Any]:
    return {name: np.array(value) if isinstance(value, tuple) else value for name, value in parameters.items()}


def _mean_of(name: str):
    return lambda model: float(np.mean(model.measured()[name]))


def _agents_mean_of(name: str):
    return lambda agent: float(np.mean(getattr(agent, name)))


def _date_of(model: CentralAsia) -> Any:
    return begins(model.quarter)


_MODEL_REPORTERS = {
    "date": _date_of,
    **{
        name: _mean_of(name)
        for name in ("integration_index", "integration_de_facto", "trade_total_usd_bn", "trust_mean", "openness_mean")
    },
}
_AGENT_REPORTERS = {
    "code": lambda agent: agent.code,
    **{name: _agents_mean_of(name) for name in ("openness", "trade_usd_bn", "shortage", "storage_km3")},
    "trust": lambda agent: float(agent.trust.sum(-1).mean() / (C - 1)),
    "posture": lambda agent: float(agent.posture[:, NEIGHBOURS[agent.index]].mean()),
}
