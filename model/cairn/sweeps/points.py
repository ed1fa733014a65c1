"""The points of a sweep: which there are, what each says, and many of them as members of one run.

Point p is sample p // L under choice p % L of the levers, where these are crossed (L choices), so that policies stand
side by side in the same futures. Rows of a run stand point by point, members within; member m has the same luck at
all points. Which points share a run does not change a bit of any.
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
from cairn.core.parameter_sets import for_members
from cairn.core.parameters import Parameters
from cairn.scenario.issues import format_issue, from_pydantic
from cairn.scenario.scenario import Scenario
from cairn.scenario.yaml_reader import ScenarioError
from cairn.support.frozen_dict import FrozenDict
from cairn.sweeps.designs import Design, places
from cairn.sweeps.factors import Factor, amended
from cairn.sweeps.outcome_columns import Record
from cairn.sweeps.sweep_spec import Sweep, SweepError

ROWS = 1024  # worlds side by side: near what a core can give
MOST_SHOWN, MOST_NAMED = 10, 4  # points that cannot be, and factors of each, in a message
MOST_CHECKED = 100_000  # points looked at together when they are checked

Codes = dict[str, np.ndarray]  # by factor, (points,): numbers of levels, or values


def design_of(sweep: Sweep) -> Design:
    """The design of what is sampled."""
    spec = sweep.spec.design
    levels = tuple(len(factor.levels) or factor.steps or 0 for factor in sampled(sweep))
    return Design(spec.kind, spec.samples or 0, levels if spec.kind == "grid" else (0,) * len(levels), sweep.spec.seed)


def sampled(sweep: Sweep) -> tuple[Factor, ...]:
    """Factors that the design fills."""
    apart = sweep.crossed and sweep.spec.design.kind != "grid"
    return tuple(factor for factor in sweep.factors if not (apart and factor.lever))


def crossed(sweep: Sweep) -> tuple[Factor, ...]:
    """Levers of which every choice is run in every sample."""
    inside = sampled(sweep)
    return tuple(factor for factor in sweep.factors if factor not in inside)


def size(sweep: Sweep) -> int:
    """How many points there are."""
    return design_of(sweep).samples * choices(sweep)


def choices(sweep: Sweep) -> int:
    """L, how many choices of levers each sample is run under."""
    return math.prod(len(factor.levels) for factor in crossed(sweep))


def codes(sweep: Sweep, first_member: int, count: int) -> Codes:
    """What points `first_member` ... `first + count - 1` say, (count,) for each factor."""
    each = choices(sweep)
    low, high = first_member // each, -(-(first_member + count) // each)
    inside, levers = sampled(sweep), crossed(sweep)
    cube = places(design_of(sweep), low, high - low)
    number = np.arange(first_member, first_member + count)
    found = {f.name: f.codes(cube[number // each - low, n]) for n, f in enumerate(inside)}
    combinations = np.array(list(itertools.product(*(range(len(f.levels)) for f in levers)))).reshape(each, -1)
    found |= {f.name: combinations[number % each, n] for n, f in enumerate(levers)}
    return {factor.name: found[factor.name] for factor in sweep.factors}


def inputs(sweep: Sweep, point: int) -> dict[str, Any]:
    """What one point says, in words and numbers."""
    chosen = codes(sweep, point, 1)
    return {f.name: f.shown()[chosen[f.name][0]] if f.levels else float(chosen[f.name][0]) for f in sweep.factors}


# --- from what points say to a run ---


def scenarios_of(sweep: Sweep, chosen: Codes, count: int) -> list[Scenario]:
    """The scenario of each point. Points that say the same of events share one; nothing is checked again."""
    acting = _acting(sweep)
    overridden = {factor.target[1] for factor in sweep.factors if factor.target[0] == "parameter"}
    bases = [_without_numbers(scenario, overridden) for scenario in sweep.scenarios]
    columns = [chosen[factor.name].tolist() for factor in acting]
    made: dict[tuple[Any, ...], Scenario] = {}
    found = []
    for said in zip(*columns, strict=True) if acting else itertools.repeat((), count):
        if said not in made:
            made[said] = _scenario(bases, acting, said)
        found.append(made[said])
    return found


def _without_numbers(scenario: Scenario, names: set[str]) -> Scenario:
    """The scenario without numbers that factors set."""
    return _like(scenario, parameters=FrozenDict({k: v for k, v in scenario.parameters.items() if k not in names}))


def _like(scenario: Scenario, **changes: Any) -> Scenario:
    fields = {name: getattr(scenario, name) for name in Scenario.model_fields}
    return Scenario.model_construct(**(fields | changes))


def _scenario(bases: list[Scenario], acting: list[Factor], said: tuple[Any, ...]) -> Scenario:
    base, changes, off = bases[0], dict[str, dict[tuple[str, ...], Any]](), set[str]()
    for factor, code in zip(acting, said, strict=True):
        value = factor.levels[code] if factor.levels else code
        if factor.target[0] == "scenario":
            base = bases[code]
            continue
        _, event, path = factor.target
        if path:
            changes.setdefault(event, {})[path] = value
        elif not value:
            off.add(event)
    if not changes and not off:
        return base
    events = {name: event for name, event in base.events.items() if name not in off}
    events |= {name: amended(events[name], fields) for name, fields in changes.items() if name not in off}
    return _like(base, events=FrozenDict(events))


def parameters_of(sweep: Sweep, chosen: Codes, count: int, first_member: int, members: int) -> Parameters:
    """The numbers of all rows, a column of rows where a factor sets them; `first_member` is the first member."""
    own = sweep.parameters.rows(slice(first_member, first_member + members)) if sweep.parameters is not None else None
    base = (own or for_members(None, first_member, slice(0, members))).tile(count, members)
    columns: dict[str, np.ndarray] = {}
    for factor in sweep.factors:
        if factor.target[0] != "parameter":
            continue
        _, name, state = factor.target
        values = np.array(factor.levels)[chosen[factor.name]] if factor.levels else chosen[factor.name]
        column = np.repeat(values, members)[:, None]
        if state is None:
            columns[name] = column
            continue
        if name not in columns:
            columns[name] = _of_states(sweep, chosen, count, members, base, name)
        columns[name][:, state] = column[:, 0]
    return base.replace(**columns) if columns else base


def _of_states(sweep: Sweep, chosen: Codes, count: int, members: int, base: Parameters, name: str) -> np.ndarray:
    """A number that each state, pair or leader has its own of, as the points' scenarios have it, (rows, places)."""
    plain = getattr(base, name)
    table = np.broadcast_to(plain, (count * members, plain.shape[-1])).copy()
    level = next((chosen[f.name] for f in sweep.factors if f.target[0] == "scenario"), np.zeros(count, dtype=int))
    for n, scenario in enumerate(sweep.scenarios):
        if name in scenario.parameters:
            table[np.repeat(level == n, members)] = scenario.parameters[name]
    return table


def points_per_run(sweep: Sweep) -> int:
    """How many points share a run."""
    return max(ROWS // sweep.spec.members, 1)


def simulate(
    sweep: Sweep, first_member: int, count: int, progress: Callable[[int], None] | None = None
) -> dict[str, np.ndarray]:
    """Outcomes of points `first_member` ... side by side in one run, (count * members,) each, point by point.

    `progress` is told the worlds that are done.
    """
    return simulate_these(sweep, codes(sweep, first_member, count), count, progress)


def simulate_these(
    sweep: Sweep, chosen: Codes, count: int, progress: Callable[[int], None] | None = None
) -> dict[str, np.ndarray]:
    """As `simulate`, of points of anyone's choice."""
    parts = []
    for start in range(0, sweep.spec.members, ROWS):
        model = world(sweep, chosen, count, start, min(ROWS, sweep.spec.members - start))
        record = Record(sweep.spec)
        for _ in range((record.last - FIRST_YEAR + 1) * 4):
            model.run_for(1)
            record.note(model)
        parts.append(record.columns())
        if progress is not None:
            progress(model.rows)
    # with more members than fit into a run there is but one point in it
    return joined(parts)


def world(
    sweep: Sweep,
    chosen: Codes,
    count: int,
    first_member: int,
    members: int,
    seed: int | None = None,
    collect: bool = False,
) -> Any:
    """The Mesa model of some points, members `first_member` ... of each; `seed` in place of the sweep's."""
    from cairn.model import CentralAsia  # Mesa takes most of a second to import

    scenarios, parameters = (
        scenarios_of(sweep, chosen, count),
        parameters_of(sweep, chosen, count, first_member, members),
    )
    seed_of_run = sweep.spec.seed if seed is None else seed
    return CentralAsia(
        scenarios, members, seed_of_run, first_member=first_member, parameters=parameters, collect=collect
    )


@dataclasses.dataclass(frozen=True)
class Failure:
    """A point that could not be run."""

    point: int
    problem: str
    trace: str


def outcomes(
    sweep: Sweep, first_member: int, chosen: Codes, progress: Callable[[int], None] | None = None
) -> tuple[dict[str, np.ndarray], list[Failure]]:
    """Outcomes of the points from `first_member` on that say what is chosen, and those that fail, found by halving.

    Rows of failed points are left out.
    """
    count = len(next(iter(chosen.values())))
    try:
        return simulate_these(sweep, chosen, count, progress), []
    except Exception as problem:
        if count == 1:
            return {}, [Failure(first_member, f"{type(problem).__name__}: {problem}", traceback.format_exc())]
    half = count // 2
    left = outcomes(sweep, first_member, cut(chosen, slice(half)), progress)
    right = outcomes(sweep, first_member + half, cut(chosen, slice(half, None)), progress)
    return joined([left[0], right[0]]), left[1] + right[1]


def cut(chosen: Codes, rows: Any) -> Codes:
    """What some of the points say."""
    return {name: values[rows] for name, values in chosen.items()}


def joined(parts: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Columns of several runs as one; a run may have none."""
    found = [columns for columns in parts if columns]
    return {name: np.concatenate([columns[name] for columns in found]) for name in found[0]} if found else {}


# --- whether all points can be ---


def must_be_possible(sweep: Sweep) -> None:
    """Look at every choice of events and scenario that some point makes, before any is run.

    What is continuous is looked at where its range ends: bounds are intervals, and dates are never continuous. If
    there are fewer choices than points, all are looked at first: mostly all can be, and the points need not be gone
    through.

    Raises
    ------
    SweepError naming the first points at which an event is out of bounds, contradicts another or comes too late
    """
    stepped = [factor for factor in _acting(sweep) if factor.levels]
    known: dict[tuple[int, ...], str] = {}
    if math.prod(len(factor.levels) for factor in stepped) <= size(sweep):
        every = itertools.product(*(range(len(factor.levels)) for factor in stepped))
        known = {row: _problem(sweep, stepped, row) for row in every}
        if not any(known.values()):
            return
    wrong: dict[str, str] = {}  # of each thing that is wrong, the first point at which it is
    for row, point in _distinct(sweep, stepped):
        problem = known[row] if row in known else _problem(sweep, stepped, row)
        if problem and problem not in wrong:
            said = inputs(sweep, point)
            shown = [f"{factor.name} = {said[factor.name]}" for factor in _acting(sweep)]
            more = [f"{len(shown) - MOST_NAMED} more"] if len(shown) > MOST_NAMED else []
            wrong[problem] = f"{sweep.name}: point {point} ({', '.join([*shown[:MOST_NAMED], *more])}): {problem}"
    if wrong:
        lines = list(wrong.values())
        more = [f"... and {len(lines) - MOST_SHOWN} like these"] if len(lines) > MOST_SHOWN else []
        raise SweepError(*lines[:MOST_SHOWN], *more, "change ranges or values so that every point can be")


def _acting(sweep: Sweep) -> list[Factor]:
    """Factors that change events or the scenario."""
    return [factor for factor in sweep.factors if factor.target[0] != "parameter"]


def _distinct(sweep: Sweep, stepped: list[Factor]) -> Iterator[tuple[tuple[int, ...], int]]:
    """Every different choice of levels that some point makes, with the first such point."""
    if not stepped:
        yield (), 0
        return
    seen: set[tuple[int, ...]] = set()
    for first_member in range(0, size(sweep), MOST_CHECKED):
        chosen = codes(sweep, first_member, min(MOST_CHECKED, size(sweep) - first_member))
        rows, at = np.unique(np.stack([chosen[f.name] for f in stepped], axis=1), axis=0, return_index=True)
        for row, place in zip(map(tuple, rows.tolist()), at.tolist(), strict=True):
            if row not in seen:
                seen.add(row)
                yield row, first_member + place


def _problem(sweep: Sweep, stepped: list[Factor], row: tuple[int, ...]) -> str:
    """What is wrong with a choice of levels, at either end of all that is continuous; nothing, if it can be."""
    acting = _acting(sweep)
    said = dict(zip((factor.name for factor in stepped), row, strict=True))
    for end in ("low", "high") if len(stepped) < len(acting) else ("low",):
        problem = _problem_at(sweep, acting, tuple(said.get(f.name, getattr(f, end)) for f in acting))
        if problem:
            return problem
    return ""


def _problem_at(sweep: Sweep, acting: list[Factor], said: tuple[Any, ...]) -> str:
    try:
        made = _scenario(list(sweep.scenarios), acting, said)
        if made.horizon.last < sweep.spec.to:
            return f"{made.name} ends in {made.horizon.last}; write to: {made.horizon.last} or less"
        stop = (sweep.spec.to - FIRST_YEAR + 1) * 4
        for factor in acting:
            event = made.events.get(factor.target[1]) if factor.target[0] == "event" else None
            if event is not None and event.first >= stop:
                return f"{factor.target[1]} would come after {sweep.spec.to}, the last year of the sweep"
        made.rename(made.name)  # events are held against each other once more
    except ScenarioError as problem:
        return str(problem).replace("\n", "; ")
    except ValidationError as problem:
        return "; ".join(map(format_issue, from_pydantic(problem.errors())))
    return ""
