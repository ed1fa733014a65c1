"""Robustness of policies: every package of levers under the same futures, nobody's probabilities.

A future is a sample of the uncertainties in one member's luck; all packages meet it. Satisficing is the share of
futures in which goals are met; regret is how much a package falls short of the best one in the same future.

Source: Savage (1951), Journal of the American Statistical Association 46, for regret; Lempert, Popper and Bankes
(2003), Shaping the Next One Hundred Years; McPhail et al. (2018), Earth's Future 6, for both as metrics.
"""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.support.atomic_write import atomic_write
from cairn.sweeps.points import choices, crossed
from cairn.sweeps.results import SweepResults
from cairn.sweeps.sweep_spec import Bound

if TYPE_CHECKING:
    import pandas as pd

HIGH = 0.9  # regret is shown where this share of futures has less


@dataclasses.dataclass(frozen=True)
class Package:
    """How one choice of levers does, by column of the goals.

    each : share of futures that meet the goal; together : that meet all
    regret : mean, 90th percentile and greatest shortfall against the best package in the same future
    """

    name: str
    points_per_run: float
    each: dict[str, float]
    regret: dict[str, tuple[float, float, float]]


@dataclasses.dataclass(frozen=True)
class Robustness:
    """Packages, the most robust first, and the goals they are held against, over as many futures."""

    packages: tuple[Package, ...]
    goals: dict[str, Bound]
    futures: int


def robustness(table: SweepResults) -> Robustness:
    """Satisficing and regret of every package of a sweep whose levers are crossed; futures that failed are left out."""
    sweep, levers = table.sweep, crossed(table.sweep)
    goals, several = sweep.spec.goals, choices(sweep)
    frame = table.frame(["point", "member", *(lever.name for lever in levers), *goals])
    frame = frame.assign(_package=frame.point % several, _future=frame.point // several)
    futures = frame.groupby(["_future", "member"])["point"].transform("size")
    frame = frame[futures == several].sort_values(["_package", "point", "member"])
    values = {c: frame[c].to_numpy(float, na_value=np.nan).reshape(several, -1) for c in goals}
    met = {column: goals[column].met(values[column]) for column in goals}
    short = {column: _regret(values[column], goals[column].sign) for column in goals}
    names = frame.groupby("_package")[[lever.name for lever in levers]].first()
    packages = [
        Package(
            ", ".join(_said(lever.name, names[lever.name].iloc[k]) for lever in levers),
            float(np.logical_and.reduce([met[column][k] for column in goals]).mean()),
            {column: float(met[column][k].mean()) for column in goals},
            {c: (float(r[k].mean()), float(np.quantile(r[k], HIGH)), float(r[k].max())) for c, r in short.items()},
        )
        for k in range(several)
    ]
    ranked = sorted(packages, key=lambda package: (-package.points_per_run, sum(r[1] for r in package.regret.values())))
    return Robustness(tuple(ranked), dict(goals), values[next(iter(goals))].shape[1])


def _regret(values: np.ndarray, sign: int) -> np.ndarray:
    """Shortfall against the best package, (packages, futures), never below zero."""
    best = (sign * values).max(axis=0)
    return best - sign * values


def _said(lever: str, level: Any) -> str:
    if isinstance(level, bool | np.bool_):
        return f"{lever} {'on' if level else 'off'}"
    return str(level) if isinstance(level, str) else f"{lever} {level}"


def as_lines(found: Robustness) -> list[str]:
    """The table for a terminal."""
    wide = max(24, *(len(package.name) for package in found.packages))
    head = f"{'package':{wide}} {'all goals':>10}"
    goals = [f"{column} {bound}" for column, bound in found.goals.items()]
    lines = [f"Share of {found.futures:,} futures that meet the goals, and regret (90th percentile)", ""]
    lines += [f"  ({n}) {goal}" for n, goal in enumerate(goals, 1)]
    lines.append("")
    lines.append(head + "".join(f"{f'({n})':>8}{'regret':>9}" for n in range(1, len(goals) + 1)))
    for package in found.packages:
        cells = "".join(f"{package.each[c]:8.2f}{package.regret[c][1]:9.3g}" for c in found.goals)
        lines.append(f"{package.name:{wide}} {package.points_per_run:10.2f}{cells}")
    return lines


def as_frame(found: Robustness) -> pd.DataFrame:
    """A row for each package: share of futures that meet all goals, then each with its regret (90th percentile)."""
    import pandas as pd

    rows = {}
    for package in found.packages:
        rows[package.name] = {"all goals": package.points_per_run}
        for goal in found.goals:
            rows[package.name] |= {goal: package.each[goal], f"regret: {goal}": package.regret[goal][1]}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("package")


def as_json(found: Robustness) -> list[dict[str, Any]]:
    """The table as plain values."""
    return [
        {
            "package": package.name,
            "meets_all": package.points_per_run,
            "meets": package.each,
            "regret": {c: dict(zip(("mean", "p90", "most"), r, strict=True)) for c, r in package.regret.items()},
        }
        for package in found.packages
    ]


def save_csv(found: Robustness, path: Path) -> None:
    """One row for each package and goal."""
    with atomic_write(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["package", "meets_all", "goal", "meets", "regret_mean", "regret_p90", "regret_most", "futures"]
        )
        for package in found.packages:
            for column, bound in found.goals.items():
                figures = [f"{value:.6g}" for value in (package.each[column], *package.regret[column])]
                goal = f"{column} {bound}"
                writer.writerow([package.name, f"{package.points_per_run:.6g}", goal, *figures, found.futures])
