"""Speed and memory on this machine: prints figures, asserts nothing."""

from __future__ import annotations

import contextlib
import cProfile
import pstats
import resource
import time
from collections.abc import Callable
from typing import Any

from cairn.ensemble.runner import run
from cairn.scenario.scenario import Scenario

BATCH_RUNS = 12  # single runs under mesa.batch_run


def timed(action: Callable[[], Any]) -> float:
    """Seconds an action takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def measure(quick: bool = False, say: Callable[..., None] = print) -> dict[str, float]:
    """Run all measurements and say each as it comes."""
    import mesa

    from cairn.model import CentralAsia

    baseline = Scenario.load("baseline")
    many = 1_000 if quick else 10_000
    found: dict[str, float] = {}

    def note(key: str, value: float, sentence: str) -> None:
        found[key] = round(value, 4)
        say(sentence)

    run(baseline, 1, 1)  # imports and caches are paid for here
    one = min(timed(lambda: run(baseline, 1, 1, outputs="summary")) for _ in range(5))
    note("one_world_seconds", one, f"one world 1992-2040                    {one:7.3f} s")
    half = timed(lambda: run(baseline, many // 2, 1, jobs=1, outputs="summary"))
    full = timed(lambda: run(baseline, many, 1, jobs=1, outputs="summary"))
    note("doubling_ratio", full / half, f"doubling the members takes             {full / half:7.2f} times as long")
    pooled = timed(lambda: run(baseline, many, 1, jobs=2, outputs="summary"))
    note("many_worlds_seconds", pooled, f"{many:6} worlds, summary, 2 processes    {pooled:7.2f} s")
    note("many_worlds_serial_seconds", full, f"{many:6} worlds, summary, 1 process      {full:7.2f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    note("peak_gib", peak, f"peak memory, this process               {peak:6.2f} GiB")
    note("peak_worker_gib", child, f"peak memory, largest worker             {child:6.2f} GiB")

    def batch() -> None:
        with contextlib.redirect_stderr(None):
            mesa.batch_run(
                CentralAsia,
                {"scenario": [baseline]},
                rng=list(range(BATCH_RUNS)),
                number_processes=1,
                max_steps=baseline.quarters,
                display_progress=False,
            )

    single = timed(batch) / BATCH_RUNS
    rate, rate_single = many / pooled, 1 / single
    note("ensemble_runs_per_second", rate, f"ensemble                               {rate:7.0f} member-runs/s")
    note(
        "batch_runs_per_second", rate_single, f"mesa.batch_run, one at a time          {rate_single:7.2f} member-runs/s"
    )
    note(
        "ratio_to_batch_run",
        rate / rate_single,
        f"ensemble over mesa.batch_run           {rate / rate_single:7.0f} times",
    )
    for members in (1, 512):
        for what, share in shares(baseline, members).items():
            note(f"share_{what}_{members}", share, f"share of {what:22} M = {members:<4} {share:9.1%}")
    return found


def shares(scenario: Scenario, members: int) -> dict[str, float]:
    """Share of a run's time in drawing, Mesa's own code and trade's fixed point, by profile."""
    from cairn.model import CentralAsia

    model = CentralAsia(scenario, members, 1, collect=False)
    profile = cProfile.Profile()
    profile.enable()
    model.run_to_horizon()
    profile.disable()
    rows = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    total = sum(row[2] for row in rows.values())
    drawing = sum(row[3] for key, row in rows.items() if key[2] == "_draw")
    fixed_point = sum(row[3] for key, row in rows.items() if key[2] == "resistance_after")
    mesa_own = sum(row[2] for key, row in rows.items() if "/mesa/" in key[0])
    return {"drawing": drawing / total, "Mesa": mesa_own / total, "trade's fixed point": fixed_point / total}
