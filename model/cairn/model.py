"""Cairn under Mesa: five Country agents in one model that holds M members at once.

One step is one quarter. Dated events are on Mesa's event list and act between steps, each on a mask of members. Every
state decides on the same start-of-quarter state; then the decisions meet (`cairn.step`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import mesa
import numpy as np

from cairn.agents import Country
from cairn.core.calendar import begins, quarter_name, year_of
from cairn.core.forcing import Forcing
from cairn.core.geography import CENTRAL_ASIA, Geography
from cairn.core.inputs import Inputs
from cairn.core.parameter_base import checked
from cairn.core.parameter_sets import POSTERIOR, ParameterSource, for_members
from cairn.core.parameters import FIELDS, Parameters
from cairn.core.random_streams import RandomStreams
from cairn.core.state import BLOCKS, State, variables_of
from cairn.core.variables import Array
from cairn.events import EventContext, InstantEvent, Parameter
from cairn.events.base import is_shipped
from cairn.record.conditioning import Conditioning
from cairn.scenario.scenario import FACTUAL, Scenario
from cairn.step import measures
from cairn.step.conditioner import Conditioner
from cairn.step.context import Fixed, StepContext
from cairn.step.decisions import Decision, check_decision, decide_all, stack_decisions
from cairn.step.interactions import agreed_acts, without_frozen
from cairn.step.submodels import SUBMODELS, QuarterChanges, assembled, check_changes
from cairn.support.errors import InputError
from cairn.support.text import suggest

Reporters = Mapping[str, Callable[[Any], Any]]


class CentralAsia(mesa.Model):
    """M members of a model of five countries, quarter by quarter from 1992.

    Parameters
    ----------
    scenario : a Scenario, a name or path of one, or several of them: then each is run with the same random numbers, and
        rows are ordered by scenario, members within
    members : members of each scenario
    seed : random seed; the same scenario, parameters, seed and version give the same bytes. None makes one and keeps it
    first_member : number of the first member, so that member 4217 can be run by itself
    parameters : `Parameters` with values per member or per row, or sets that members draw from; None is the shipped
        posterior, in another region the defaults. The scenario's own parameters replace them. Members that follow the
        record (``"conditioned"``) under a scenario with another past run beside those of the baseline, which come first
        in the arrays of the state and are left out by `observe`
    geography, inputs : the region; Central Asia if left out
    submodels : by name, in place of a shipped submodel of that name, or after them (`cairn.step.submodels`)
    agent_class : of the agents, derived from `Country`
    model_reporters, agent_reporters : for Mesa's DataCollector, besides the shipped ones
    collect : whether Mesa's DataCollector records means over members each quarter
    start_from : a quarter, and the state at the end of the one before it: instant events before it are in the state,
        events that began earlier are in force, and what happens in that quarter is still to come

    Examples
    --------
    >>> model = CentralAsia("baseline", members=2, seed=1)
    >>> model.run_for(4)
    >>> model.countries[4].trust.shape
    (5, 2)
    """

    def __init__(
        self,
        scenario: Scenario | str | Sequence[Scenario | str] = "baseline",
        members: int = 1,
        seed: int | None = None,
        *,
        first_member: int = 0,
        parameters: ParameterSource = None,
        geography: Geography = CENTRAL_ASIA,
        inputs: Inputs | None = None,
        submodels: Mapping[str, Any] | None = None,
        agent_class: type[Country] = Country,
        model_reporters: Reporters | None = None,
        agent_reporters: Reporters | None = None,
        collect: bool = True,
        start_from: tuple[int, State] | None = None,
    ):
        self.seed = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else int(seed)
        super().__init__(rng=self.seed)
        if members < 1:
            raise InputError(f"{type(self).__name__}: members = {members}; at least one member is needed")
        if first_member < 0:
            raise InputError(f"{type(self).__name__}: first_member = {first_member}; members are numbered from 0")
        several = [scenario] if isinstance(scenario, str | Scenario) else list(scenario)
        self.scenarios = [s if isinstance(s, Scenario) else Scenario.load(s) for s in several]
        self.members, self.first_member = members, first_member
        self.geography, self.inputs = geography, inputs or Inputs.load(geography)
        self.submodels = assembled(submodels)
        self._own_submodels = {name for name, made in self.submodels.items() if made is not SUBMODELS.get(name)}
        self._blocks = BLOCKS | {
            f"own_{name}" if name in BLOCKS else name: made.block
            for name, made in self.submodels.items()
            if made.block is not None
        }
        self.variables = variables_of(self._blocks)
        self._start = 0 if start_from is None else start_from[0]
        of_members = (
            parameters
            if isinstance(parameters, Parameters)
            else Parameters(geography=geography)
            if parameters is None and geography is not CENTRAL_ASIA
            else for_members(parameters, first_member, slice(0, members), POSTERIOR)
        )
        self.hidden = self._needs_factual(of_members.conditioning)
        self.rows = members * (len(self.scenarios) + self.hidden)
        self.parameters = self._whole_run = self._with_factual(of_members, self._with_scenarios(of_members))
        if self.hidden:
            self.scenarios = [Scenario.load(FACTUAL), *self.scenarios]
        self.shown = slice(members * self.hidden, None)
        self.conditioner: Conditioner | None = None
        self.random_streams = self._streams()
        self.quarter = self._start - 1
        self.state: State = (
            State.initial(geography, self.parameters, self.rows, self.inputs.gdp[0], self._blocks)
            if start_from is None
            else self._start_state(start_from[1])
        )
        self.context: StepContext
        self._measured: tuple[State, dict[str, Array]] | None = None
        self._in_force: list[ScheduledEvent] = []
        self._regimes: dict[str, Array] | None = None
        self._neutral: dict[str, Array] | None = None
        self._decision: Decision | None = None
        self.scheduled_events = self._scheduled()
        self._set_parameters(self.parameters, {})
        self._update_parameters()
        self.countries = [agent_class(self, i) for i in range(geography.n_countries)]
        self.datacollector = (
            mesa.DataCollector(
                _MODEL_REPORTERS | dict(model_reporters or {}), _AGENT_REPORTERS | dict(agent_reporters or {})
            )
            if collect
            else None
        )

    # --- parameters ---

    def _streams(self) -> RandomStreams:
        """The random numbers of the run: to the end of the record those of the members chosen for it, if it has any.

        A run that starts later still needs them: what is drawn once for the whole run is drawn for its first quarter.
        """
        copies, conditioning = len(self.scenarios), self.parameters.conditioning
        if conditioning is None:
            return RandomStreams(self.seed, self.members, self.first_member, copies)
        streams = RandomStreams(
            self.seed, self.members, self.first_member, copies, conditioning.numbers, conditioning.end
        )
        if self._start < conditioning.end:
            self.conditioner = Conditioner(conditioning, streams, copies, self.geography)
        return streams

    def _start_state(self, state: State) -> State:
        """The state that a run starts from; factual members beside others start from the same."""
        return State.joined([state.rows(slice(0, self.members)), state]) if self.hidden else state

    def _needs_factual(self, conditioning: Conditioning | None) -> bool:
        """Whether the past of the first scenario is not that of the record, so that the factual one has to run too."""
        if conditioning is None or self._start >= conditioning.end:
            return False
        if len(conditioning.numbers) != self.members:
            raise ValueError(f"conditioned are {len(conditioning.numbers)} members; the run has {self.members}")
        if conditioning.factual is not None:
            return True
        return bool(self.scenarios[0].differences_before(Scenario.load(FACTUAL), conditioning.end))

    def _with_factual(self, of_members: Parameters, of_rows: Parameters) -> Parameters:
        """Parameters of all rows, with those of the factual members in front where these run too."""
        if not self.hidden:
            return of_rows
        conditioning = of_members.conditioning
        assert conditioning is not None
        return of_rows.after(conditioning.factual or of_members, self.members, self.rows - self.members)

    def _with_scenarios(self, parameters: Parameters) -> Parameters:
        """The parameters of all rows with the scenarios' own in place, one value per row where scenarios differ."""
        if self.geography.codes != parameters.geography.codes:
            raise ValueError(
                f"the parameters are those of {', '.join(parameters.geography.codes)}, the region is "
                f"{', '.join(self.geography.codes)}; make them with Parameters(geography=...)"
            )
        rows = self.members * len(self.scenarios)
        for name, values in parameters.by_member().items():
            if values.shape[-1] not in (1, self.members, rows):
                raise ValueError(f"{name} has a value for each of {values.shape[-1]} members; the run has {rows}")
        if len(self.scenarios) == 1:
            return parameters.replace(**self.scenarios[0].parameters)
        parameters = parameters.tile(len(self.scenarios), self.members)
        by_row: dict[str, Array] = {}
        for name in {name for s in self.scenarios for name in s.parameters}:
            shared = np.asarray(getattr(parameters, name), dtype=float)
            values = np.broadcast_to(shared, (*shared.shape[:-1], rows)).copy()
            for k, scenario in enumerate(self.scenarios):
                if name in scenario.parameters:
                    its_rows = slice(k * self.members, (k + 1) * self.members)
                    old = values[..., its_rows]
                    values[..., its_rows] = checked(FIELDS[name], scenario.parameters[name], old, self.geography)
            by_row[name] = values
        return parameters.replace(**by_row)

    def _set_parameters(self, parameters: Parameters, by_country: Mapping[str, Array]) -> None:
        """Use these from now on; `by_country` has parameters, (C, M), that differ between the leaders who use them."""
        self.parameters, self._by_country = parameters, by_country
        self._leaders_parameters = parameters.for_countries(**by_country)
        self._fixed = Fixed.of(self.geography, self.inputs, parameters)
        self._regimes = self._neutral = None

    def country_parameters(self, i: int) -> Parameters:
        """The parameters as the leader of state i uses them."""
        return self.parameters.for_country(i, **self._by_country)

    def _update_parameters(self) -> None:
        """The parameters of the whole run with those in place that events in force have changed."""
        tables: dict[str, Array] = {}
        for scheduled in self._in_force:
            if isinstance(scheduled.event, Parameter):
                old = getattr(self._whole_run, scheduled.event.name)
                scheduled.event.put_into(tables, old, scheduled.mask, self.geography, self.rows)
        if not tables and self.parameters is self._whole_run:
            return
        by_state = {name for name in tables if FIELDS[name].metadata["each"] == "state"}
        alike = {name for name, table in tables.items() if name not in by_state and (table == table[:1]).all()}
        changed = {name: tables[name] if name in by_state else tables[name][0] for name in by_state | alike}
        self._set_parameters(
            self._whole_run.replace(**changed) if changed else self._whole_run,
            {name: table for name, table in tables.items() if name not in changed},
        )

    # --- events ---

    def _scheduled(self) -> list[ScheduledEvent]:
        """Every distinct event once, with the mask of the rows whose scenario has it."""
        organisations = sorted(
            {e.organisation for s in self.scenarios for e in s.events.values() if e.type == "membership"}
        )
        self.organisations = {name: k for k, name in enumerate(organisations)}
        found: dict[tuple[str, str], tuple[Any, Array]] = {}
        for k, scenario in enumerate(self.scenarios):
            for name, event in scenario.events.items():
                _, mask = found.setdefault((name, event.fingerprint), (event, np.zeros(self.rows, dtype=bool)))
                mask[k * self.members : (k + 1) * self.members] = True
        # In order of time, then name: the same for a scenario alone and among others.
        in_order = sorted(found.items(), key=lambda item: (item[1][0].first, item[0]))
        return [
            ScheduledEvent(self, name, event, _as_slice(mask), self._start) for (name, _), (event, mask) in in_order
        ]

    def _forcing(self) -> Forcing:
        """What is given this quarter: regimes in force, kept while none changes, and time-varying events."""
        if self._regimes is None:
            if self._neutral is None:
                count = max(len(self.organisations), 1)
                self._neutral = Forcing.neutral(self.geography, self.parameters, self.rows, count)
            self._regimes = self._written(self._neutral, time_varying=False)
        return Forcing(self._written(self._regimes, time_varying=True))

    def _written(self, before: Mapping[str, Array], time_varying: bool) -> dict[str, Array]:
        """The forcing with what events in force write; arrays that none writes are the same objects as before."""
        events = [scheduled for scheduled in self._in_force if scheduled.event.time_varying is time_varying]
        names = {name for scheduled in events for name in scheduled.writes}
        forcing = {**before, **{name: before[name].copy() for name in names}}
        for scheduled in events:
            scheduled.write(forcing)
        return forcing

    # --- the quarter ---

    def step(self) -> None:
        """One quarter: what comes before decisions, five decisions on one state, what follows when they meet."""
        self.quarter += 1
        self.context = context = StepContext(
            quarter=self.quarter,
            forcing=self._forcing(),
            draws=self.random_streams.at(self.quarter),
            parameters=self.parameters,
            geography=self.geography,
            inputs=self.inputs,
            fixed=self._fixed,
            members=self.rows,
            conditioner=self.conditioner if self.conditioned else None,
        )
        self.state = self.state.at(self.quarter)
        for name, submodel in self.submodels.items():
            changes = submodel.before_decisions(self.state, context)
            if changes:
                self._check(name, changes)
                self.state = self.state.replace(**changes)
        self._decision = None
        if context.conditioner is not None:
            context.conditioner.decide(self.state, context, self._leaders_parameters)
        for country in self.countries:
            country._decision = None
        if any(returned is not None for returned in self.agents.map("decide")):
            raise TypeError("`decide` of an agent returned a value; it sets `self.decision` and returns nothing")
        decision = self.decided
        acts = agreed_acts(decision, context)
        all_changes = QuarterChanges(self.submodels, quarter_name(self.quarter))
        for name, submodel in self.submodels.items():
            all_changes.reader = name
            changes = submodel.after_decisions(self.state, decision, acts, all_changes, context)
            if changes:
                self._check(name, changes)
                all_changes |= changes
        self.state = self.state.replace(**without_frozen(self.state, all_changes, context))
        if self.datacollector is not None:
            self.datacollector.collect(self)

    @property
    def decision(self) -> Decision:
        """What the shipped rule decides for all states in this quarter, (C, C, M) and (C, M)."""
        if self._decision is None:
            self._decision = decide_all(self.state.views(), self.context, self._leaders_parameters)
        return self._decision

    @property
    def decided(self) -> Decision:
        """What all agents decided in this quarter, (C, C, M) and (C, M)."""
        if all(country._decision is None for country in self.countries):
            return self.decision
        for country in self.countries:
            if country._decision is not None:
                who = f"agent {country.code} ({type(country).__name__}) in {quarter_name(self.quarter)}"
                check_decision(who, country._decision, self.geography, self.rows)
        return stack_decisions([country.decision for country in self.countries])

    def _check(self, name: str, changes: Mapping[str, Array]) -> None:
        if name in self._own_submodels:
            check_changes(name, self.submodels[name], changes, self.state, quarter_name(self.quarter))

    @property
    def scenario(self) -> Scenario:  # type: ignore[override]
        """The scenario that is run; of several, the first."""
        return self.scenarios[self.hidden]

    @scenario.setter
    def scenario(self, scenario: Any) -> None:
        """Mesa gives every model an empty scenario of its own kind; this model has `scenarios` instead."""

    @property
    def conditioned(self) -> bool:
        """Whether what is on record is made to happen in the present quarter."""
        return self.conditioner is not None and self.quarter < self.conditioner.given.end

    @property
    def year(self) -> float:
        """Decimal year at which the last quarter began."""
        return year_of(self.quarter)

    @property
    def quarters(self) -> int:
        """How many quarters the longest of the scenarios has."""
        return max(scenario.quarters for scenario in self.scenarios)

    def run_to_horizon(self) -> CentralAsia:
        """Run to the end of the scenario.

        Raises
        ------
        RuntimeError
            If an event never fired.
        """
        self.run_for(self.quarters - 1 - self.quarter)
        silent = [event.name for event in self.scheduled_events if not event.fired]
        if silent:
            raise RuntimeError(f"events that never fired: {', '.join(silent)}")
        return self

    # --- what is measured ---

    def measured(self) -> dict[str, Array]:
        """Measures of the region, (M,) each; computed once a quarter, however many ask.

        Factual members that run beside others are left out here and in `observe`.
        """
        if self._measured is None or self._measured[0] is not self.state:
            region = measures.region(self)
            self._measured = self.state, {name: value[self.shown] for name, value in region.items()}
        return self._measured[1]

    def catalogue(self) -> dict[str, measures.Description]:
        """All that a run of this model can report, by name: region, recorded variables, derived measures."""
        return measures.catalogue(self.variables)

    def observe(self, names: Iterable[str]) -> dict[str, Array]:
        """What the present state gives for some names of the catalogue, (*dims, M) each.

        Raises
        ------
        InputError
            For an unknown name, with the nearest known one.
        """
        found: dict[str, Array] = {}
        for name in names:
            if name in measures.REGION:
                found[name] = self.measured()[name]
            elif name in measures.MEASURES:
                found[name] = measures.of(measures.MEASURES[name], self)[..., self.shown]
            elif name not in self.variables:
                near = suggest(name, (*self.catalogue(), *self.variables))
                raise InputError(f"{type(self).__name__} has no variable or measure {name!r}{near}")
            else:
                found[name] = measures.recorded(self.variables[name], self.state, self.geography)[..., self.shown]
        return found


class EventWriteError(InputError):
    """An event wrote what it may not; the message names the event, its class, the variable and the quarter."""


class _Writable(Mapping[str, Array]):
    """The arrays of the forcing that an event declares, for it to write."""

    def __init__(self, forcing: Mapping[str, Array], scheduled: ScheduledEvent):
        self._forcing, self._scheduled = forcing, scheduled

    def __getitem__(self, name: str) -> Array:
        if name not in self._scheduled.writes:
            raise EventWriteError(f"{self._scheduled.about} writes {name!r}, {self._scheduled.declares}")
        return self._forcing[name]

    def __setitem__(self, name: str, value: Any) -> None:
        raise EventWriteError(
            f"{self._scheduled.about} replaces {name!r}; write into it: forcing[{name!r}][..., context.mask] = value"
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._scheduled.writes)

    def __len__(self) -> int:
        return len(self._scheduled.writes)


class ScheduledEvent:
    """An event on Mesa's list. Mesa keeps only weak references: the model keeps these objects."""

    def __init__(self, model: CentralAsia, name: str, event: Any, mask: Any, start_from: int):
        self.model, self.name, self.event, self.mask = model, name, event, mask
        self.writes = type(event).writes
        self._is_shipped = is_shipped(type(event))
        self._context: EventContext | None = None
        known = model.variables if isinstance(event, InstantEvent) else {*Forcing.variables, "memberships"}
        if unknown := [name for name in self.writes if name not in known]:
            where = "state" if isinstance(event, InstantEvent) else "forcing"
            raise EventWriteError(f"{self.about} declares {unknown[0]!r}, which is no variable of the {where}")
        first, last = max(event.first, 0), None if isinstance(event, InstantEvent) else event.last
        self.fired = first < start_from
        over = last is not None and last <= start_from
        # Quarter q is Mesa's step q + 1 - start_from; half a step earlier is between the quarters.
        if not self.fired:
            model.schedule_event(self.begin, at=first - start_from + 0.5)
        elif not over and not isinstance(event, InstantEvent):
            model._in_force.append(self)
        if last is not None and not over:
            model.schedule_event(self.end, at=last - start_from + 0.5)

    @property
    def about(self) -> str:
        """Name, class and quarter, for messages."""
        quarter = max(self.model.quarter, self.event.first, 0)
        return f"event {self.name!r} ({type(self.event).__name__}) in {quarter_name(quarter)}"

    @property
    def declares(self) -> str:
        """What it may write, for messages."""
        return f"which it does not declare; it declares {', '.join(self.writes) or 'nothing'}"

    @property
    def context(self) -> EventContext:
        """Where it acts, with the parameters as they are now."""
        model = self.model
        if self._context is None or self._context.parameters is not model.parameters:
            self._context = EventContext(
                self.mask, model.random_streams, model.parameters, model.organisations, model.geography
            )
        return self._context

    def write(self, forcing: Mapping[str, Array]) -> None:
        """Let the event write into the forcing of this quarter."""
        if self._is_shipped:
            self.event.apply(_Writable(forcing, self), self.context, self.model.quarter)
            return
        before = {name: forcing[name].copy() for name in self.writes}
        self.event.apply(_Writable(forcing, self), self.context, self.model.quarter)
        for name, old in before.items():
            self._check_values(name, old, forcing[name])

    def begin(self) -> None:
        """An instant event happens; another comes into force."""
        self.fired = True
        if isinstance(self.event, InstantEvent):
            before = self.model.state.arrays()
            self.model.state = self.event.apply(self.model.state, self.context)
            self._check(before)
        else:
            self.model._in_force.append(self)
            self._changed()

    def end(self) -> None:
        """The event is no longer in force."""
        self.model._in_force.remove(self)
        self._changed()

    def _check(self, before: Mapping[str, Array]) -> None:
        for name, array in self.model.state.arrays().items():
            if array is before[name]:
                continue
            if name not in self.writes:
                raise EventWriteError(f"{self.about} changes {name!r}, {self.declares}")
            if array.shape != before[name].shape:
                raise EventWriteError(
                    f"{self.about} gives {name} the shape {array.shape}; it needs {before[name].shape}, members last"
                )
            self._check_values(name, before[name], array)

    def _check_values(self, name: str, before: Array, after: Array) -> None:
        """Whether values stay finite, and change for the members on which the event acts only."""
        if (np.isfinite(before) & ~np.isfinite(after)).any():
            raise EventWriteError(f"{self.about} gives {name} a value that is no finite number")
        if self._is_shipped:
            return
        others = np.ones(self.model.rows, dtype=bool)
        others[self.mask] = False
        if not np.array_equal(before[..., others], after[..., others], equal_nan=before.dtype != bool):
            raise EventWriteError(
                f"{self.about} changes {name} for members of other scenarios; write for those of context.mask only"
            )

    def _changed(self) -> None:
        if not self.event.time_varying:
            self.model._regimes = None
        if isinstance(self.event, Parameter):
            self.model._update_parameters()


def _as_slice(mask: Array) -> Any:
    """A mask of adjacent rows as a slice, which arrays take faster."""
    where = np.flatnonzero(mask)
    return slice(where[0], where[-1] + 1) if where.size == where[-1] - where[0] + 1 else mask


def _mean_of(name: str) -> Callable[[Any], float]:
    return lambda model: float(np.mean(model.measured()[name]))


def _agents_mean_of(name: str) -> Callable[[Any], float]:
    return lambda agent: float(np.mean(getattr(agent, name)))


def _mean_over_others(agent: Country) -> float:
    others = agent.model.geography.others[agent.index, :, 0]
    return float(agent.trust[others].mean())


def _mean_over_neighbours(agent: Country) -> float:
    return float(agent.posture[agent.model.geography.neighbours[agent.index, :, 0]].mean())


_MODEL_REPORTERS: dict[str, Callable[[Any], Any]] = {
    "date": lambda model: begins(model.quarter),
    **{
        name: _mean_of(name)
        for name in ("integration_index", "integration_de_facto", "trade_total_usd_bn", "trust_mean", "openness_mean")
    },
}
_AGENT_REPORTERS: dict[str, Callable[[Any], Any]] = {
    "code": lambda agent: agent.code,
    **{name: _agents_mean_of(name) for name in ("leader_openness", "trade_usd_bn", "shortage", "storage_km3")},
    "trust": _mean_over_others,
    "posture": _mean_over_neighbours,
}

__all__ = ["CentralAsia", "Country", "EventWriteError"]
