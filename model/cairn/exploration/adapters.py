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

Outcomes that can be without a value, such as the first year past a threshold, are refused by the adapters of EMA
Workbench and SALib before anything runs; the sweep declares what is recorded instead, or keeps the share of members.
"""

from __future__ import annotations

import functools
import numbers
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cairn.support.text import suggest
from cairn.sweeps.definition import Sweep
from cairn.sweeps.executors import require
from cairn.sweeps.factors import Factor, FactorError
from cairn.sweeps.outcome_columns import check_none_can_be_missing
from cairn.sweeps.points import Levels, build_model, concatenate, points_per_run, simulate_levels

ROUNDING = 1e-9  # share of a range by which a sample may be outside it


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
    FactorError if a factor is unknown or missing, there are no values, or a value is not among the levels of its factor
        or outside its range
    """
    names = [factor.name for factor in sweep.factors]
    for name in values:
        if name not in names:
            raise _factor_error(name, f"no such factor{suggest(name, names)}; the sweep has {', '.join(names)}")
    for name in names:
        if name not in values:
            raise _factor_error(name, "is missing")
        if len(values[name]) == 0:
            raise _factor_error(name, "has no values, so there is no point to run")
        if len(values[name]) != len(values[names[0]]):
            raise _factor_error(name, f"has {len(values[name])} values, but {names[0]} {len(values[names[0]])}")
    return {f.name: np.array([_level_of(f, value) for value in values[f.name]]) for f in sweep.factors}


def _level_of(factor: Factor, value: Any) -> int | float:
    """The level number of a value, or the value itself of a continuous factor."""
    labels = list(factor.labels())
    if labels:
        for number, label in enumerate(labels):
            if _is_switch(label) == _is_switch(value) and np.ndim(value) == 0 and bool(label == value):
                return number
        raise _factor_error(factor.name, f"{str(value)[:60]!r} is not one of {', '.join(map(str, labels))}")
    if _is_switch(value) or not isinstance(value, numbers.Real):
        raise _factor_error(factor.name, f"expected a number in {_range_text(factor)}; got {str(value)[:60]!r}")
    if not factor.low <= float(value) <= factor.high:
        raise _factor_error(factor.name, f"{value} is not in {_range_text(factor)}")
    return float(value)


def _is_switch(value: Any) -> bool:
    return isinstance(value, bool | np.bool_)


def _range_text(factor: Factor) -> str:
    return f"{factor.low:g}..{factor.high:g}"


def _factor_error(name: str, message: str) -> FactorError:
    return FactorError(((name,), f"{name}: {message}"))


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
    FactorError if a factor is unknown or missing, or a value is not allowed
    """
    seed = sweep.spec.seed if rng is None else int(rng)
    levels = levels_from_values(sweep, {name: [value] for name, value in values.items()})
    return build_model(sweep, levels, 1, 0, members, seed=seed, collect=True)


def outcomes_at(sweep: Sweep, **values: Any) -> dict[str, float]:
    """Outcomes at one point: means over the members of the sweep.

    Parameters
    ----------
    sweep : the sweep
    values : a value for each factor

    Raises
    ------
    FactorError if a factor is unknown or missing, or a value is not allowed
    MissingValues if an outcome can be without a value
    """
    check_none_can_be_missing(sweep.columns)
    levels = levels_from_values(sweep, {name: [value] for name, value in values.items()})
    return {name: float(column.mean()) for name, column in simulate_levels(sweep, levels, 1).items()}


def ema_model(sweep: Sweep) -> Any:
    """The sweep as a Model of EMA Workbench, with its uncertainties, levers and outcomes.

    Factors with levels become `CategoricalParameter`, continuous ones `RealParameter`.

    Raises
    ------
    MissingValues if an outcome can be without a value
    SweepError if EMA Workbench is not installed
    """
    check_none_can_be_missing(sweep.columns)
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

    Raises
    ------
    FactorError if X has another shape, no rows, or values that are no finite numbers or outside the bounds
    MissingValues if an outcome can be without a value
    """
    check_none_can_be_missing(sweep.columns)
    samples = _checked_samples(sweep, X)
    parts = []
    for start in range(0, len(samples), points_per_run(sweep)):
        rows = samples[start : start + points_per_run(sweep)]
        levels = {
            f.name: np.minimum(column.astype(np.int64), len(f.levels) - 1) if f.levels else column
            for f, column in zip(sweep.factors, rows.T, strict=True)
        }
        columns = simulate_levels(sweep, levels, len(rows))
        parts.append({name: column.reshape(len(rows), -1).mean(-1) for name, column in columns.items()})
    return concatenate(parts)


def _checked_samples(sweep: Sweep, X: np.ndarray) -> np.ndarray:
    """A sample of SALib as numbers within the bounds of the problem; rounding to just outside them is undone."""
    names = [factor.name for factor in sweep.factors]
    samples = np.asarray(X)
    if samples.ndim != 2 or samples.shape[0] == 0 or samples.shape[1] != len(names):
        columns = f"{len(names)} columns ({', '.join(names)})"
        raise FactorError(((), f"the sample needs at least one row and {columns}; got the shape {samples.shape}"))
    if not (np.issubdtype(samples.dtype, np.floating) or np.issubdtype(samples.dtype, np.integer)):
        raise FactorError(((), f"the sample needs numbers; got {str(samples.flat[0])[:60]!r}"))
    low, high = np.array(salib_problem(sweep)["bounds"]).T
    slack = ROUNDING * (high - low)
    outside = ~((samples >= low - slack) & (samples <= high + slack))
    if outside.any():
        row, k = np.argwhere(outside)[0]
        raise _factor_error(names[k], f"{samples[row, k]:g} in row {row} is not in {low[k]:g}..{high[k]:g}")
    return np.clip(samples.astype(float), low, high)
