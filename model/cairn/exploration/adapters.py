"""The model under the experiment drivers of Mesa, EMA Workbench and SALib.

Each takes a sweep, which says what varies and which outcomes are kept, and chooses the points itself. Factors are
given by value: a number in the factor's range, or one of its levels as the table shows them.

Mesa runs one member at a time, for every combination of values:

    from functools import partial

    sweep = Sweep.load("canal")
    values = {"trust_gain": [0.03, 0.07], "c5": [True, False]}
    mesa.batch_run(
        partial(model_at, sweep, intake=6.0, finish=dt.date(2030, 1, 1)),
        values, rng=[1, 2], max_steps=196, number_processes=1,
    )

`rng` takes the seeds. `batch_run` keeps all results in memory, and one failing run ends it.

EMA Workbench has its own designs and evaluators, and its analysis (PRIM, CART, feature scoring) works on the results:

    with MultiprocessingEvaluator(ema_model(sweep)) as evaluator:
        experiments, outcomes = evaluator.perform_experiments(scenarios=100, policies=4)

Each experiment is one call of `outcomes_at`: the members of one point run side by side, outcomes are their means.

SALib samples and analyses; all rows of a sample run side by side, which is the fastest of the three:

    problem = salib_problem(sweep)
    X = SALib.sample.sobol.sample(problem, 128, calc_second_order=False)
    Y = evaluate(sweep, X)["integration_2040"]
    SALib.analyze.sobol.analyze(problem, Y, calc_second_order=False)
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cairn.sweeps.definition import Sweep
from cairn.sweeps.executors import require
from cairn.sweeps.factors import Factor, FactorError
from cairn.sweeps.points import Levels, build_model, concatenate, points_per_run, simulate_levels


def levels_from_values(sweep: Sweep, values: Mapping[str, Sequence[Any]]) -> Levels:
    """Translate values of factors into levels, as the functions of `cairn.sweeps.points` take them.

    Parameters
    ----------
    sweep : the sweep
    values : for each factor a sequence of values; all sequences have the same length

    Returns
    -------
    dict of (n,) arrays by factor: level numbers, or values of a continuous factor

    Raises
    ------
    FactorError if a factor is missing, or a value is not among its levels or outside its range
    """
    levels: Levels = {}
    for factor in sweep.factors:
        if factor.name not in values:
            raise FactorError(((factor.name,), f"{factor.name} is missing"))
        of_factor, labels = values[factor.name], list(factor.labels())
        invalid = [v for v in of_factor if (v not in labels if labels else not factor.low <= v <= factor.high)]
        if invalid:
            allowed = f"one of {', '.join(map(str, labels))}" if labels else f"in {factor.low:g}..{factor.high:g}"
            raise FactorError(((factor.name,), f"{factor.name} = {invalid[0]} is not {allowed}"))
        levels[factor.name] = np.array([labels.index(v) for v in of_factor] if labels else of_factor)
    return levels


def model_at(sweep: Sweep, rng: int | None = None, members: int = 1, **values: Any) -> Any:
    """The Mesa model at one point; for `mesa.batch_run`.

    Parameters
    ----------
    sweep : the sweep
    rng : random seed (default: the sweep's)
    members : number of members
    values : a value for each factor

    Returns
    -------
    CentralAsia, with a DataCollector, before its first quarter

    Raises
    ------
    FactorError if a factor is missing or a value is not allowed
    """
    seed = sweep.spec.seed if rng is None else int(rng)
    levels = levels_from_values(sweep, {name: [value] for name, value in values.items()})
    return build_model(sweep, levels, 1, 0, members, seed=seed, collect=True)


def outcomes_at(sweep: Sweep, **values: Any) -> dict[str, float]:
    """Outcomes at one point: means over the members of the sweep; NaN where no member has a value.

    Parameters
    ----------
    sweep : the sweep
    values : a value for each factor

    Raises
    ------
    FactorError if a factor is missing or a value is not allowed
    """
    levels = levels_from_values(sweep, {name: [value] for name, value in values.items()})
    columns = simulate_levels(sweep, levels, 1)
    return {
        name: float(np.nanmean(column)) if not np.isnan(column).all() else np.nan for name, column in columns.items()
    }


def ema_model(sweep: Sweep) -> Any:
    """The sweep as a Model of EMA Workbench, with its uncertainties, levers and outcomes.

    Factors with levels become `CategoricalParameter`, continuous ones `RealParameter`.

    Raises
    ------
    SweepError if EMA Workbench is not installed
    """
    ema = require("ema_workbench", "an EMA Workbench Model", "analysis")

    def parameter(factor: Factor) -> Any:
        if factor.levels:
            return ema.CategoricalParameter(factor.name, list(factor.labels()))
        return ema.RealParameter(factor.name, factor.low, factor.high)

    model = ema.Model("Cairn", function=functools.partial(outcomes_at, sweep))
    model.uncertainties = [parameter(factor) for factor in sweep.factors if not factor.lever]
    model.levers = [parameter(factor) for factor in sweep.factors if factor.lever]
    model.outcomes = [ema.ScalarOutcome(name) for name in sweep.columns]
    return model


def salib_problem(sweep: Sweep) -> dict[str, Any]:
    """The sweep as a problem of SALib: `num_vars`, `names`, `bounds`.

    A factor with n levels has the bounds 0 and n; the integer part of a sample is the level number.
    """
    bounds = [[0.0, float(len(f.levels))] if f.levels else [f.low, f.high] for f in sweep.factors]
    return {"num_vars": len(bounds), "names": [f.name for f in sweep.factors], "bounds": bounds}


def evaluate(sweep: Sweep, X: np.ndarray) -> dict[str, np.ndarray]:
    """Outcomes at the rows of a sample of SALib: means over the members of the sweep.

    Parameters
    ----------
    sweep : the sweep
    X : (n, k) sample of `salib_problem(sweep)`

    Returns
    -------
    dict of (n,) arrays by outcome
    """
    parts = []
    for start in range(0, len(X), points_per_run(sweep)):
        rows = X[start : start + points_per_run(sweep)]
        levels = {
            f.name: np.minimum(column.astype(np.int64), len(f.levels) - 1) if f.levels else column
            for f, column in zip(sweep.factors, rows.T, strict=True)
        }
        columns = simulate_levels(sweep, levels, len(rows))
        parts.append({name: column.reshape(len(rows), -1).mean(-1) for name, column in columns.items()})
    return concatenate(parts)
