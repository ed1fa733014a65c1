"""The model for those who bring their own experiments: Mesa's `batch_run`, EMA Workbench, SALib.

Each takes a sweep for what differs and what is kept, and goes its own way through it.

Mesa, one world at a time, every combination of values:

    points = {"trust_gain": [0.03, 0.07], "c5plus1": [True, False]}
    mesa.batch_run(partial(world_at, sweep), points, rng=[1, 2], max_steps=196)

EMA Workbench, its samplers and evaluators:

    with MultiprocessingEvaluator(ema_model(sweep)) as evaluator:
        experiments, outcomes = evaluator.perform_experiments(scenarios=100, policies=4)

SALib, its sampling and analysis; all rows of X run side by side:

    problem = salib_problem(sweep)
    Y = evaluate(sweep, saltelli.sample(problem, 128))["integration_2040"]
    sobol.analyze(problem, Y)
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cairn.sweeps.executors import needed
from cairn.sweeps.factors import FactorError
from cairn.sweeps.points import Codes, joined, points_per_run, simulate_these, world
from cairn.sweeps.sweep_spec import Sweep


def codes_of(sweep: Sweep, values: Mapping[str, Sequence[Any]]) -> Codes:
    """Factors by value as the sweep counts them, a sequence for each factor, all as long.

    Raises
    ------
    FactorError if a factor is missing, or a value is none of its own
    """
    found: Codes = {}
    for factor in sweep.factors:
        if factor.name not in values:
            raise FactorError(((factor.name,), f"{factor.name} is missing"))
        given, shown = values[factor.name], list(factor.shown())
        outside = [v for v in given if (v not in shown if shown else not factor.low <= v <= factor.high)]
        if outside:
            allowed = f"one of {', '.join(map(str, shown))}" if shown else f"{factor.low:g}..{factor.high:g}"
            raise FactorError(((factor.name,), f"{factor.name} = {outside[0]} is not {allowed}"))
        found[factor.name] = np.array([shown.index(v) for v in given] if shown else given)
    return found


def model_at(sweep: Sweep, rng: int | None = None, members: int = 1, **values: Any) -> Any:
    """The Mesa model at one point, factors by value; `rng` seeds its luck."""
    seed = sweep.spec.seed if rng is None else int(rng)
    chosen = codes_of(sweep, {name: [value] for name, value in values.items()})
    return world(sweep, chosen, 1, 0, members, seed=seed, collect=True)


def outcomes_at(sweep: Sweep, **values: Any) -> dict[str, float]:
    """Outcomes at one point, factors by value: means over the sweep's members."""
    found = simulate_these(sweep, codes_of(sweep, {name: [value] for name, value in values.items()}), 1)
    return {name: float(np.nanmean(column)) if not np.isnan(column).all() else np.nan for name, column in found.items()}


def ema_model(sweep: Sweep) -> Any:
    """The sweep as an EMA Workbench Model: its uncertainties, its levers, its outcomes."""
    ema = needed("ema_workbench", "an EMA Workbench Model", "analysis")

    def parameter(factor: Any) -> Any:
        if factor.levels:
            return ema.CategoricalParameter(factor.name, list(factor.shown()))
        return ema.RealParameter(factor.name, factor.low, factor.high)

    model = ema.Model("Cairn", function=functools.partial(outcomes_at, sweep))
    model.uncertainties = [parameter(factor) for factor in sweep.factors if not factor.lever]
    model.levers = [parameter(factor) for factor in sweep.factors if factor.lever]
    model.outcomes = [ema.ScalarOutcome(name) for name in sweep.columns]
    return model


def salib_problem(sweep: Sweep) -> dict[str, Any]:
    """The sweep as a SALib problem; a factor with n levels lies between 0 and n, whole parts being its levels."""
    bounds = [[0.0, float(len(f.levels))] if f.levels else [f.low, f.high] for f in sweep.factors]
    return {"num_vars": len(bounds), "names": [f.name for f in sweep.factors], "bounds": bounds}


def evaluate(sweep: Sweep, X: np.ndarray) -> dict[str, np.ndarray]:
    """Outcomes at the rows of a SALib sample, (n,) each: means over the sweep's members, run side by side."""
    found = []
    for start in range(0, len(X), points_per_run(sweep)):
        rows = X[start : start + points_per_run(sweep)]
        chosen = {
            f.name: np.minimum(column.astype(np.int64), len(f.levels) - 1) if f.levels else column
            for f, column in zip(sweep.factors, rows.T, strict=True)
        }
        columns = simulate_these(sweep, chosen, len(rows))
        found.append({name: column.reshape(len(rows), -1).mean(-1) for name, column in columns.items()})
    return joined(found)
