"""Sweeps beside others' machinery, on one design on this machine: prints figures, asserts nothing.

Member-runs a second of `run.py sweep`, of `mesa.batch_run` and of EMA Workbench's multiprocessing evaluator. The two
others run one world at a time, as they do with any model; they get fewer points of the same design, and their rate.
"""

from __future__ import annotations

import contextlib
import functools
import io
import logging
import os
import tempfile
import warnings
from collections.abc import Callable
from typing import Any

from cairn.exploration.adapters import ema_model, model_at
from cairn.exploration.timing import timed
from cairn.sweeps import points
from cairn.sweeps.executors import needed
from cairn.sweeps.sweep_run import run_sweep
from cairn.sweeps.sweep_spec import Sweep

MANY, FEW, EACH = 3_000, 24, 10  # points of the sweep, points of the others, members at a point
JOBS = 2


def measure(quick: bool = False, say: Callable[..., None] = print) -> dict[str, float]:
    """Run all measurements and say each as it comes."""
    sweep = _of(MANY // 8 if quick else MANY, EACH)
    worlds = points.size(sweep) * EACH
    others = _of(FEW // 2 if quick else FEW, 1)
    found: dict[str, float] = {}

    def note(key: str, value: float, sentence: str) -> float:
        found[key] = round(value, 3)
        say(sentence)
        return value

    points.simulate(sweep, 0, 1)  # imports and caches are paid for here
    with tempfile.TemporaryDirectory() as folder:
        one = worlds / timed(lambda: run_sweep(sweep, f"{folder}/1", jobs=1))
        note("sweep_1", one, f"sweep, 1 process                    {one:9.1f} member-runs/s")
        two = worlds / timed(lambda: run_sweep(sweep, f"{folder}/2", jobs=JOBS))
        note("sweep_2", two, f"sweep, {JOBS} processes                  {two:9.1f} member-runs/s")
    note("two_over_one", two / one, f"    {JOBS} processes over 1               {two / one:9.2f} times")
    mesa = points.size(others) / timed(lambda: _by_mesa(others))
    note("batch_run", mesa, f"mesa.batch_run                      {mesa:9.2f} member-runs/s")
    note("over_batch_run", two / mesa, f"    sweep over mesa.batch_run       {two / mesa:9.0f} times")
    ema = points.size(others) / _by_ema(others)
    note("ema", ema, f"EMA Workbench, {JOBS} processes          {ema:9.2f} member-runs/s")
    note("over_ema", two / ema, f"    sweep over EMA Workbench        {two / ema:9.0f} times")
    return found


def _of(samples: int, members: int) -> Sweep:
    """The canal sweep with as many points, each of as many members."""
    canal = Sweep.load("canal")
    several = points.choices(canal)
    design = canal.spec.design.model_dump() | {"samples": max(samples // several, 1)}
    return canal.replace(design=design, members=members)


def _values(sweep: Sweep) -> list[dict[str, Any]]:
    return [points.inputs(sweep, point) for point in range(points.size(sweep))]


def _by_mesa(sweep: Sweep) -> None:
    """Every point under mesa.batch_run, which has no designs but grids: one point is one value of `point`."""
    mesa = needed("mesa", "the benchmark", "all")
    said = _values(sweep)
    with contextlib.redirect_stderr(io.StringIO()):
        mesa.batch_run(
            functools.partial(_at, sweep, said),
            {"point": list(range(len(said)))},
            rng=[sweep.spec.seed],
            number_processes=1,
            max_steps=sweep.scenarios[0].quarters,
            display_progress=False,
        )


def _at(sweep: Sweep, said: list[dict[str, Any]], point: int, rng: int) -> Any:
    return model_at(sweep, rng, **said[point])


def _by_ema(sweep: Sweep) -> float:
    """Seconds EMA Workbench's evaluator takes for every point, once its processes are warm."""
    ema = needed("ema_workbench", "the benchmark", "analysis")
    logging.getLogger("EMA").setLevel(logging.ERROR)
    os.environ.setdefault("PYTHONWARNINGS", "ignore")  # of what their processes say when they start
    model = ema_model(sweep)
    said = _values(sweep)
    uncertain = {factor.name for factor in sweep.factors if not factor.lever}
    futures = [{n: v for n, v in values.items() if n in uncertain} for values in said]
    policies = [{n: v for n, v in values.items() if n not in uncertain} for values in said]
    several = points.choices(sweep)
    every = {
        "scenarios": [ema.Sample(f"future {n}", **values) for n, values in enumerate(futures[::several])],
        "policies": [ema.Sample(f"policy {n}", **values) for n, values in enumerate(policies[:several])],
    }
    with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():  # of forking, which is theirs to judge
        warnings.simplefilter("ignore")
        with ema.MultiprocessingEvaluator(model, n_processes=JOBS) as evaluator:
            evaluator.perform_experiments(**{kind: samples[:2] for kind, samples in every.items()})
            return timed(lambda: evaluator.perform_experiments(**every))
