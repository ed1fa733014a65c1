"""The points of a sweep: what each point sets, and many points as rows of one run.

Point p is sample p // L of the design under lever combination p % L, where levers are crossed (L combinations), so
that all policies are compared in the same futures. The rows of a run are ordered by point, then by member; member m
has the same random numbers at all points. Results do not depend on which points share a run, to the last bit.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from pydantic import ValidationError

from cairn.core.calendar import FIRST_YEAR
from cairn.core.parameter_base import checked
from cairn.core.parameter_sets import for_members
from cairn.core.parameters import FIELDS, Parameters
from cairn.ensemble import own_code
from cairn.events.base import Event
from cairn.scenario.issues import format_issue, from_pydantic
from cairn.scenario.scenario import Scenario, contradictions
from cairn.scenario.yaml_reader import ScenarioError
from cairn.support.frozen_dict import FrozenDict
from cairn.sweeps.definition import Sweep
from cairn.sweeps.designs import Design, unit_samples
from cairn.sweeps.factors import Factor, amend_event
from cairn.sweeps.outcome_columns import OutcomeRecorder
from cairn.sweeps.sweep_spec import SweepError

ROWS = 1024  # rows of one run: near the best speed of one core
MAX_PROBLEMS, MAX_FACTORS = 10, 4  # infeasible points, and factors of each, in a message
CHECK_BATCH = 25_000  # points whose levels are computed together when they are checked
# Checking ends within a second or two, however large a sweep: what is beyond these is checked as it is run.
MAX_COMBINATIONS, MAX_CHECKED_POINTS = 4000, 100_000

Levels = dict[str, np.ndarray]  # by factor, (points,): level numbers, or values of a continuous factor


def design_of(sweep: Sweep) -> Design:
    """The design of the factors that are sampled."""
    spec = sweep.spec.design
    levels = tuple(len(factor.levels) or factor.steps or 0 for factor in sampled_factors(sweep))
    return Design(spec.kind, spec.samples or 0, levels if spec.kind == "grid" else (0,) * len(levels), sweep.spec.seed)


def sampled_factors(sweep: Sweep) -> tuple[Factor, ...]:
    """Factors that the design samples: all except crossed levers."""
    crossed = sweep.levers_crossed and sweep.spec.design.kind != "grid"
    return tuple(factor for factor in sweep.factors if not (crossed and factor.lever))


def crossed_levers(sweep: Sweep) -> tuple[Factor, ...]:
    """Levers of which every combination is run in every sample."""
    sampled = sampled_factors(sweep)
    return tuple(factor for factor in sweep.factors if factor not in sampled)


def size(sweep: Sweep) -> int:
    """Number of points."""
    return design_of(sweep).samples * lever_combinations(sweep)


def lever_combinations(sweep: Sweep) -> int:
    """Number of lever combinations L that each sample is run under."""
    return math.prod(len(factor.levels) for factor in crossed_levers(sweep))


def levels(sweep: Sweep, first_point: int, count: int) -> Levels:
    """What points `first_point` ... `first_point + count - 1` set.

    Returns
    -------
    dict of (count,) arrays by factor: level numbers, or values of a continuous factor
    """
    combinations = lever_combinations(sweep)
    low, high = first_point // combinations, -(-(first_point + count) // combinations)
    sampled, levers = sampled_factors(sweep), crossed_levers(sweep)
    cube = unit_samples(design_of(sweep), low, high - low)
    point = np.arange(first_point, first_point + count)
    by_factor = {f.name: f.levels_at(cube[point // combinations - low, n]) for n, f in enumerate(sampled)}
    products = np.array(list(itertools.product(*(range(len(f.levels)) for f in levers)))).reshape(combinations, -1)
    by_factor |= {f.name: products[point % combinations, n] for n, f in enumerate(levers)}
    return {factor.name: by_factor[factor.name] for factor in sweep.factors}


def inputs(sweep: Sweep, point: int) -> dict[str, Any]:
    """What one point sets: the value of each factor, as the table shows it."""
    of_point = levels(sweep, point, 1)
    return {f.name: f.labels()[of_point[f.name][0]] if f.levels else float(of_point[f.name][0]) for f in sweep.factors}


# --- from levels to a run ---


def scenarios_of(sweep: Sweep, levels: Levels, count: int) -> list[Scenario]:
    """The scenario of each point. Points that set the same events share one; the scenarios are not checked again."""
    acting = _event_factors(sweep)
    overridden = {factor.target[1] for factor in sweep.factors if factor.target[0] == "parameter"}
    bases = [_without_parameters(scenario, overridden) for scenario in sweep.scenarios]
    columns = [levels[factor.name].tolist() for factor in acting]
    made: dict[tuple[Any, ...], Scenario] = {}
    scenarios = []
    for row in zip(*columns, strict=True) if acting else itertools.repeat((), count):
        if row not in made:
            made[row] = _scenario(bases, acting, row)
        scenarios.append(made[row])
    return scenarios


def _without_parameters(scenario: Scenario, names: set[str]) -> Scenario:
    """The scenario without the parameters that factors set."""
    kept = FrozenDict({k: v for k, v in scenario.parameters.items() if k not in names})
    return _unchecked(scenario, parameters=kept)


def _unchecked(scenario: Scenario, **changes: Any) -> Scenario:
    fields = {name: getattr(scenario, name) for name in Scenario.model_fields}
    return Scenario.model_construct(**(fields | changes))


def _scenario(
    bases: list[Scenario], acting: list[Factor], row: tuple[Any, ...], amend: Callable[..., Event] = amend_event
) -> Scenario:
    """The scenario of one row of levels, one for each of the factors that change events or the scenario."""
    base, changes, off = bases[0], dict[str, dict[tuple[str, ...], Any]](), set[str]()
    for factor, level in zip(acting, row, strict=True):
        value = factor.levels[level] if factor.levels else level
        if factor.target[0] == "scenario":
            base = bases[level]
            continue
        _, event, path = factor.target
        if path:
            changes.setdefault(event, {})[path] = value
        elif not value:
            off.add(event)
    if not changes and not off:
        return base
    events = {name: event for name, event in base.events.items() if name not in off}
    events |= {name: amend(events[name], fields) for name, fields in changes.items() if name not in off}
    return _unchecked(base, events=FrozenDict(events))


def parameters_of(sweep: Sweep, levels: Levels, count: int, first_member: int, members: int) -> Parameters:
    """Parameters of all rows of a run, with a column of rows for each parameter that a factor sets.

    Parameters
    ----------
    levels : what the points set
    count : number of points
    first_member, members : members of each point
    """
    own = sweep.parameters.rows(slice(first_member, first_member + members)) if sweep.parameters is not None else None
    of_members = own or for_members(None, first_member, slice(0, members))
    base = of_members.tile(count, members)
    by_row: dict[str, np.ndarray] = {}
    for factor in sweep.factors:
        if factor.target[0] != "parameter":
            continue
        _, name, place = factor.target
        values = np.array(factor.levels)[levels[factor.name]] if factor.levels else levels[factor.name]
        of_rows = np.repeat(values, members)
        if place is None:
            by_row[name] = of_rows
            continue
        if name not in by_row:
            by_row[name] = _by_place(sweep, levels, count, members, base, name)
        by_row[name][place] = of_rows
    if not by_row:
        return base
    if (given := of_members.conditioning) is not None and given.factual is None:
        base = base.conditioned(dataclasses.replace(given, factual=of_members.conditioned(None)))
    return base.replace(**by_row)


def _by_place(sweep: Sweep, levels: Levels, count: int, members: int, base: Parameters, name: str) -> np.ndarray:
    """A parameter with one value per state, pair or leader, as the scenarios of the points set it, (places, rows)."""
    values = getattr(base, name)
    table = np.broadcast_to(values, (len(values), count * members)).copy()
    of_point = next((levels[f.name] for f in sweep.factors if f.target[0] == "scenario"), np.zeros(count, dtype=int))
    for n, scenario in enumerate(sweep.scenarios):
        if name in scenario.parameters:
            rows = np.repeat(of_point == n, members)
            table[:, rows] = checked(FIELDS[name], scenario.parameters[name], table[:, rows])
    return table


def points_per_run(sweep: Sweep) -> int:
    """Number of points that share a run."""
    return max(ROWS // sweep.spec.members, 1)


def simulate(
    sweep: Sweep, first_point: int, count: int, progress: Callable[[int], None] | None = None
) -> dict[str, np.ndarray]:
    """Outcomes of points `first_point` ... `first_point + count - 1`, side by side in one run.

    Parameters
    ----------
    progress : called with the number of rows that are done

    Returns
    -------
    dict of (count * members,) float32 arrays by outcome, point by point
    """
    return simulate_levels(sweep, levels(sweep, first_point, count), count, progress)


def simulate_levels(
    sweep: Sweep, levels: Levels, count: int, progress: Callable[[int], None] | None = None
) -> dict[str, np.ndarray]:
    """As `simulate`, for any points, given by what they set."""
    parts = []
    for start in range(0, sweep.spec.members, ROWS):
        model = build_model(sweep, levels, count, start, min(ROWS, sweep.spec.members - start))
        recorder = OutcomeRecorder(sweep.spec, model.catalogue())
        for _ in range((recorder.last_year - FIRST_YEAR + 1) * 4):
            model.run_for(1)
            recorder.record(model)
        parts.append(recorder.columns())
        if progress is not None:
            progress(model.rows)
    # with more members than fit into a run, the run has a single point
    return concatenate(parts)


def build_model(
    sweep: Sweep,
    levels: Levels,
    count: int,
    first_member: int,
    members: int,
    seed: int | None = None,
    collect: bool = False,
) -> Any:
    """The Mesa model of some points, before its first quarter.

    Parameters
    ----------
    levels : what the points set
    count : number of points
    first_member, members : members of each point
    seed : random seed (default: the sweep's)
    collect : whether Mesa's DataCollector records the run

    Returns
    -------
    CentralAsia, or a model of the sweep's `model_class`, with count * members rows
    """
    scenarios = scenarios_of(sweep, levels, count)
    parameters = parameters_of(sweep, levels, count, first_member, members)
    seed = sweep.spec.seed if seed is None else seed
    return own_code.build_model(
        sweep.model_class,
        scenarios,
        members,
        seed,
        first_member=first_member,
        parameters=parameters,
        collect=collect,
    )


@dataclasses.dataclass(frozen=True)
class Failure:
    """A point that failed: its number, what went wrong, the traceback."""

    point: int
    problem: str
    trace: str


def run_points(
    sweep: Sweep, first_point: int, levels: Levels, progress: Callable[[int], None] | None = None
) -> tuple[dict[str, np.ndarray], list[Failure]]:
    """Outcomes of consecutive points, and the points that fail. Failing points are found by halving.

    Parameters
    ----------
    first_point : number of the first point
    levels : what the points set

    Returns
    -------
    outcomes of the points that did not fail, as from `simulate`, and the failures
    """
    count = len(next(iter(levels.values())))
    try:
        return simulate_levels(sweep, levels, count, progress), []
    except Exception as problem:
        if count == 1:
            if isinstance(problem, MemoryError):  # of the machine at this moment, not of the point
                raise
            return {}, [Failure(first_point, f"{type(problem).__name__}: {problem}", traceback.format_exc())]
    half = count // 2
    left = run_points(sweep, first_point, select(levels, slice(half)), progress)
    right = run_points(sweep, first_point + half, select(levels, slice(half, None)), progress)
    return concatenate([left[0], right[0]]), left[1] + right[1]


def select(levels: Levels, points: Any) -> Levels:
    """What some of the points set; `points` is a slice or an array of positions."""
    return {name: values[points] for name, values in levels.items()}


def concatenate(parts: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Columns of several runs as one; a run without columns is skipped."""
    filled = [columns for columns in parts if columns]
    return {name: np.concatenate([columns[name] for columns in filled]) for name in filled[0]} if filled else {}


# --- whether all points can be run ---


def check_feasible(sweep: Sweep) -> None:
    """Check the combinations of events and scenario that points use, before anything is run.

    A continuous factor is checked at both ends of its range: allowed values are intervals, and dates are never
    continuous. If there are fewer combinations than points, all combinations are checked first: usually all are
    allowed, and the points need not be enumerated. Of a large sweep, `MAX_COMBINATIONS` combinations of the first
    `MAX_CHECKED_POINTS` points are checked, which cover it evenly; a later point that cannot be run is recorded as
    failed.

    Raises
    ------
    SweepError that names the first points where an event is out of bounds, contradicts another or comes too late
    """
    stepped = [factor for factor in _event_factors(sweep) if factor.levels]
    known: dict[tuple[int, ...], str] = {}
    checker = _Checker(sweep)
    if math.prod(len(factor.levels) for factor in stepped) <= min(size(sweep), MAX_COMBINATIONS):
        every = itertools.product(*(range(len(factor.levels)) for factor in stepped))
        known = {row: checker.problem(stepped, row) for row in every}
        if not any(known.values()):
            return
    first_lines: dict[str, str] = {}  # for each problem, the message with the first point that has it
    for row, point in _distinct_rows(sweep, stepped):
        problem = known[row] if row in known else checker.problem(stepped, row)
        if problem and problem not in first_lines:
            values = inputs(sweep, point)
            shown = [f"{factor.name} = {values[factor.name]}" for factor in _event_factors(sweep)]
            more = [f"{len(shown) - MAX_FACTORS} more"] if len(shown) > MAX_FACTORS else []
            shown = [*shown[:MAX_FACTORS], *more]
            first_lines[problem] = f"{sweep.name}: point {point} ({', '.join(shown)}): {problem}"
    if first_lines:
        lines = list(first_lines.values())
        more = [f"... and {len(lines) - MAX_PROBLEMS} more"] if len(lines) > MAX_PROBLEMS else []
        raise SweepError(*lines[:MAX_PROBLEMS], *more, "change ranges or values so that every point can be run")


def _event_factors(sweep: Sweep) -> list[Factor]:
    """Factors that change events or the scenario."""
    return [factor for factor in sweep.factors if factor.target[0] != "parameter"]


def _distinct_rows(sweep: Sweep, stepped: list[Factor]) -> Iterator[tuple[tuple[int, ...], int]]:
    """Distinct combinations of levels that points use, with the first such point, within the limits of a check."""
    if not stepped:
        yield (), 0
        return
    known: set[tuple[int, ...]] = set()
    checked_points = min(size(sweep), MAX_CHECKED_POINTS)
    for first_point in range(0, checked_points, CHECK_BATCH):
        batch = levels(sweep, first_point, min(CHECK_BATCH, checked_points - first_point))
        rows, at = np.unique(np.stack([batch[f.name] for f in stepped], axis=1), axis=0, return_index=True)
        for row, position in zip(map(tuple, rows.tolist()), at.tolist(), strict=True):
            if len(known) == MAX_COMBINATIONS:
                return
            if row not in known:
                known.add(row)
                yield row, first_point + position


class _Checker:
    """Checks combinations of levels. Events that are the same in many combinations are amended and compared once."""

    def __init__(self, sweep: Sweep):
        self._sweep, self._acting = sweep, _event_factors(sweep)
        self._amended: dict[tuple[int, str], Event] = {}
        self._factored = {factor.target[1] for factor in self._acting if factor.target[0] == "event"}
        self._by_thing: dict[str, dict[str, set[str]]] = {}  # by scenario: events that no factor changes, by thing

    def problem(self, stepped: list[Factor], row: tuple[int, ...]) -> str:
        """What is wrong with a combination at either end of all continuous factors; empty if nothing is."""
        of_factor = dict(zip((factor.name for factor in stepped), row, strict=True))
        for end in ("low", "high") if len(stepped) < len(self._acting) else ("low",):
            problem = self._problem_at(tuple(of_factor.get(f.name, getattr(f, end)) for f in self._acting))
            if problem:
                return problem
        return ""

    def _problem_at(self, row: tuple[Any, ...]) -> str:
        last = self._sweep.spec.to_year
        try:
            scenario = _scenario(list(self._sweep.scenarios), self._acting, row, self._amend)
            if scenario.horizon.last < last:
                return (
                    f"{scenario.name} ends in {scenario.horizon.last}; write to_year: {scenario.horizon.last} or less"
                )
            stop = (last - FIRST_YEAR + 1) * 4
            for factor in self._acting:
                event = scenario.events.get(factor.target[1]) if factor.target[0] == "event" else None
                if event is not None and event.first >= stop:
                    return f"{factor.target[1]} would come after {last}, the last year of the sweep"
            if self._is_wrong(scenario):
                scenario.rename(scenario.name)  # checks all events, and says what is wrong
        except ScenarioError as problem:
            return str(problem).replace("\n", "; ")
        except ValidationError as problem:
            return "; ".join(map(format_issue, from_pydantic(problem.errors())))
        return ""

    def _amend(self, event: Event, changes: dict[tuple[str, ...], Any]) -> Event:
        key = (id(event), repr(changes))
        if key not in self._amended:
            self._amended[key] = amend_event(event, changes)
        return self._amended[key]

    def _is_wrong(self, scenario: Scenario) -> bool:
        """Whether an event that a factor changes is without effect, or contradicts another."""
        changed = {name: scenario.events[name] for name in self._factored & scenario.events.keys()}
        if any(e.first >= scenario.quarters or (e.last is not None and e.last <= 0) for e in changed.values()):
            return True
        if scenario.name not in self._by_thing:
            by_thing = self._by_thing.setdefault(scenario.name, {})
            for name, event in scenario.events.items():
                for key in event.conflict_keys() if name not in self._factored else ():
                    by_thing.setdefault(key.thing, set()).add(name)
        things = {key.thing for event in changed.values() for key in event.conflict_keys()}
        others = set().union(*(self._by_thing[scenario.name].get(thing, ()) for thing in things))
        return bool(contradictions({name: scenario.events[name] for name in others} | changed))
