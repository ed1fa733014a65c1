"""Speed and memory on this machine: measured figures are printed, nothing is asserted.

`measure_model` times single runs and ensembles; `measure_sweeps` times sweeps. Both compare with `mesa.batch_run`, and
sweeps also with EMA Workbench. The two others run one member at a time, as they do with any model, so they get fewer
points of the same design and are compared by rate. The unit is member-runs per second: one member of one scenario or
point, from 1992 to 2040.
"""

from __future__ import annotations

import contextlib
import cProfile
import functools
import io
import logging
import os
import pstats
import resource
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cairn.exploration.adapters import ema_model, model_at
from cairn.exploration.checkouts import Task, time_tasks
from cairn.scenario.scenario import Scenario
from cairn.sweeps import points
from cairn.sweeps.definition import Sweep
from cairn.sweeps.executors import require
from cairn.sweeps.sweep_run import run_sweep

BATCH_RUNS = 12  # single runs under mesa.batch_run
SWEEP_POINTS, OTHER_POINTS, MEMBERS = 3_000, 24, 10  # points of a sweep, points of the others, members at a point
JOBS = 2


def seconds(action: Callable[[], Any]) -> float:
    """Wall time that an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


class Figures:
    """Measured figures by name; each is reported when it is measured.

    >>> figures = Figures()
    >>> figures.add("one_run", 0.12345, "one run 1992-2040", ".3f", "s")
    one run 1992-2040                            0.123 s
    0.12345
    >>> figures.values
    {'one_run': 0.1235}
    """

    def __init__(self, say: Callable[[str], Any] = print):
        self.values: dict[str, float] = {}
        self._say = say

    def add(self, name: str, value: float, label: str, form: str = ".2f", unit: str = "") -> float:
        """Keep a figure, report it as one line, and return it unrounded."""
        self.values[name] = round(value, 4)
        self._say(f"{label:40} {value:9{form}} {unit}".rstrip())
        return value

    def add_rate(self, name: str, task: Task, times: list[float]) -> None:
        """Keep the seconds of a task and say its rate; with two checkouts how many times the rate of the other."""
        members, outputs, jobs = task
        label = f"{members:,} member{'s' * (members > 1)}, {outputs}, {jobs} process{'es' * (jobs > 1)}"
        self.values[f"{name}_seconds"] = round(times[0], 4)
        ratio = f", {times[1] / times[0]:.2f} times the other" if len(times) > 1 else ""
        self._say(f"{label:40} {times[0]:9.3f} s {members / times[0]:9.1f} member-runs/s{ratio}")
        if ratio:
            self.values[f"{name}_ratio"] = round(times[1] / times[0], 4)


def measure_model(
    quick: bool = False, say: Callable[[str], Any] = print, against: Path | None = None
) -> dict[str, float]:
    """Time single runs and ensembles.

    Parameters
    ----------
    quick : 1,000 members instead of 10,000, and each figure measured once
    say : called with a line of text for each figure
    against : folder of another checkout that is timed in turns with this one

    Returns
    -------
    dict of figures by name
    """
    baseline, figures = Scenario.load("baseline"), Figures(say)
    many = 1_000 if quick else 10_000
    tasks: dict[str, Task] = {
        "one": (1, "summary", 1),
        "512": (512, "summary", 1),
        "4096": (4096, "summary", 1),
        "2048": (2048, "summary", 1),
        "all": (512, "all", 1),
        "pooled": (many, "summary", JOBS),
    }
    timed: dict[str, list[float]] = {}
    for name, times in time_tasks(tasks, 1 if quick else 3, against):
        timed[name] = times
        figures.add_rate(name, tasks[name], times)
    figures.add("all_ratio", timed["all"][0] / timed["512"][0], "all outputs over summary", unit="times as long")
    doubling = timed["4096"][0] / timed["2048"][0]
    figures.add("doubling_ratio", doubling, "4,096 members over 2,048", unit="times as long")
    rate = many / timed["pooled"][0]
    figures.add("peak_gib", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20, "peak memory", unit="GiB")

    single = BATCH_RUNS / seconds(lambda: _batch_run_model(baseline))
    figures.add("batch_runs_per_second", single, "mesa.batch_run", unit="member-runs/s")
    figures.add("ratio_to_batch_run", rate / single, "ensemble over mesa.batch_run", ".0f", "times")
    for members in (1, 512):
        for what, share in profile_shares(baseline, members).items():
            figures.add(f"share_{what}_{members}", share, f"share of {what}, M = {members}", ".1%")
    return figures.values


def measure_sweeps(quick: bool = False, say: Callable[[str], Any] = print) -> dict[str, float]:
    """Time a sweep with one and with several processes, and its points under mesa.batch_run and EMA Workbench.

    Parameters
    ----------
    quick : fewer points
    say : called with a line of text for each figure

    Returns
    -------
    dict of figures by name
    """
    figures = Figures(say)
    sweep = _canal_sweep(SWEEP_POINTS // 8 if quick else SWEEP_POINTS, MEMBERS)
    others = _canal_sweep(OTHER_POINTS // 2 if quick else OTHER_POINTS, 1)
    rows, points_of_others = points.size(sweep) * MEMBERS, points.size(others)

    points.simulate(sweep, 0, 1)  # so that imports and caches are not timed
    rates = {}
    with tempfile.TemporaryDirectory() as folder:
        for jobs in (1, JOBS):
            rates[jobs] = rows / seconds(functools.partial(run_sweep, sweep, f"{folder}/{jobs}", jobs=jobs))
            label = f"sweep, {jobs} process{'es' * (jobs > 1)}"
            figures.add(f"sweep_{jobs}", rates[jobs], label, ".1f", "member-runs/s")
    figures.add("speedup", rates[JOBS] / rates[1], f"    {JOBS} processes over 1", unit="times")
    mesa = points_of_others / seconds(lambda: _batch_run_sweep(others))
    figures.add("batch_run", mesa, "mesa.batch_run", unit="member-runs/s")
    figures.add("over_batch_run", rates[JOBS] / mesa, "    sweep over mesa.batch_run", ".0f", "times")
    ema = points_of_others / _ema_seconds(others)
    figures.add("ema", ema, f"EMA Workbench, {JOBS} processes", unit="member-runs/s")
    figures.add("over_ema", rates[JOBS] / ema, "    sweep over EMA Workbench", ".0f", "times")
    return figures.values


def _batch_run(model: Any, values: dict[str, list[Any]], seeds: list[int], steps: int) -> None:
    """mesa.batch_run in this process, without its progress bar."""
    import mesa

    with contextlib.redirect_stderr(io.StringIO()):
        mesa.batch_run(model, values, rng=seeds, number_processes=1, max_steps=steps, display_progress=False)


def _batch_run_model(scenario: Scenario) -> None:
    """Single runs of a scenario under mesa.batch_run."""
    from cairn.model import CentralAsia

    _batch_run(CentralAsia, {"scenario": [scenario]}, list(range(BATCH_RUNS)), scenario.quarters)


def profile_shares(scenario: Scenario, members: int) -> dict[str, float]:
    """Shares of a run's time for drawing random numbers, for Mesa's own code and for the fixed point of trade."""
    from cairn.model import CentralAsia

    model = CentralAsia(scenario, members, 1, collect=False)
    profile = cProfile.Profile()
    profile.enable()
    model.run_to_horizon()
    profile.disable()
    rows = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    total = sum(row[2] for row in rows.values())
    drawing = sum(row[3] for key, row in rows.items() if key[2] == "draw")
    fixed_point = sum(row[3] for key, row in rows.items() if key[2] == "resistance_after")
    mesa_own = sum(row[2] for key, row in rows.items() if "/mesa/" in key[0])
    return {"drawing": drawing / total, "Mesa": mesa_own / total, "trade's fixed point": fixed_point / total}


def _canal_sweep(samples: int, members: int) -> Sweep:
    """The shipped canal sweep, with about so many points."""
    canal = Sweep.load("canal")
    design = canal.spec.design.model_dump() | {"samples": max(samples // points.lever_combinations(canal), 1)}
    return canal.replace(design=design, members=members)


def _inputs(sweep: Sweep) -> list[dict[str, Any]]:
    return [points.inputs(sweep, point) for point in range(points.size(sweep))]


def _batch_run_sweep(sweep: Sweep) -> None:
    """Every point under mesa.batch_run, which has no designs except grids: the number of the point is the factor."""
    inputs = _inputs(sweep)
    model = functools.partial(_model_of_point, sweep, inputs)
    _batch_run(model, {"point": list(range(len(inputs)))}, [sweep.spec.seed], sweep.scenarios[0].quarters)


def _model_of_point(sweep: Sweep, inputs: list[dict[str, Any]], point: int, rng: int) -> Any:
    return model_at(sweep, rng, **inputs[point])


def _ema_seconds(sweep: Sweep) -> float:
    """Seconds that EMA Workbench's evaluator takes for every point, after its processes have started."""
    ema = require("ema_workbench", "the benchmark", "analysis")
    logging.getLogger("EMA").setLevel(logging.ERROR)
    os.environ.setdefault("PYTHONWARNINGS", "ignore")  # its processes warn when they start
    model = ema_model(sweep)
    inputs = _inputs(sweep)
    uncertain = {factor.name for factor in sweep.factors if not factor.lever}
    futures = [{n: v for n, v in values.items() if n in uncertain} for values in inputs]
    policies = [{n: v for n, v in values.items() if n not in uncertain} for values in inputs]
    combinations = points.lever_combinations(sweep)
    every = {
        "scenarios": [ema.Sample(f"future {n}", **values) for n, values in enumerate(futures[::combinations])],
        "policies": [ema.Sample(f"policy {n}", **values) for n, values in enumerate(policies[:combinations])],
    }
    with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():  # warnings of forking
        warnings.simplefilter("ignore")
        with ema.MultiprocessingEvaluator(model, n_processes=JOBS) as evaluator:
            evaluator.perform_experiments(**{kind: samples[:2] for kind, samples in every.items()})
            return seconds(lambda: evaluator.perform_experiments(**every))
