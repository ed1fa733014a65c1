"""Robustness of policies under deep uncertainty: every policy is run in the same futures, without probabilities.

A policy is a combination of lever levels. A future is a sample of the uncertainties together with the random numbers
of one member. *Satisficing* is the share of futures in which goals are met; *regret* is the shortfall of a policy from
the best policy in the same future.

Source: Savage (1951), Journal of the American Statistical Association 46, for regret; Lempert, Popper and Bankes
(2003), Shaping the Next One Hundred Years; McPhail et al. (2018), Earth's Future 6, for both as metrics.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cairn.support.csv_table import write_csv
from cairn.support.text_table import text_table
from cairn.sweeps.outcome_columns import check_none_missing
from cairn.sweeps.points import crossed_levers, lever_combinations
from cairn.sweeps.results import SweepResults
from cairn.sweeps.sweep_spec import Bound

if TYPE_CHECKING:
    import pandas as pd

REGRET_QUANTILE = 0.9  # regret is shown as its 90th percentile over futures


class Regret(NamedTuple):
    """Shortfall from the best policy in the same future, over futures, in units of the outcome."""

    mean: float
    p90: float
    maximum: float


@dataclasses.dataclass(frozen=True)
class Policy:
    """How one combination of levers performs.

    Parameters
    ----------
    name : levels of the levers, as text
    meets_all : share of futures in which all goals are met
    meets : by goal, share of futures in which it is met
    regret : by goal
    """

    name: str
    meets_all: float
    meets: dict[str, float]
    regret: dict[str, Regret]


@dataclasses.dataclass(frozen=True)
class Robustness:
    """The robustness of all policies of a sweep.

    Parameters
    ----------
    policies : the most robust first
    goals : conditions by column
    futures : number of futures
    """

    policies: tuple[Policy, ...]
    goals: dict[str, Bound]
    futures: int

    def goal_texts(self) -> list[str]:
        """The goals as text."""
        return [f"{column} {bound}" for column, bound in self.goals.items()]


def robustness(results: SweepResults) -> Robustness:
    """Satisficing and regret of every policy of a sweep with crossed levers.

    Futures in which some point failed are left out.

    Raises
    ------
    MissingValues if a goal has no value in some futures, so that there is no shortfall
    """
    sweep, levers = results.sweep, crossed_levers(results.sweep)
    goals, policies = sweep.spec.goals, lever_combinations(sweep)
    frame = results.frame(["point", "member", *(lever.name for lever in levers), *goals])
    frame = frame.assign(_policy=frame.point % policies, _sample=frame.point // policies)
    policies_of_future = frame.groupby(["_sample", "member"])["point"].transform("size")
    frame = frame[policies_of_future == policies].sort_values(["_policy", "point", "member"])
    values = {c: frame[c].to_numpy(float, na_value=np.nan).reshape(policies, -1) for c in goals}
    for column in goals:
        check_none_missing(column, values[column])
    met = {column: goals[column].met(values[column]) for column in goals}
    shortfall = {column: _shortfall(values[column], goals[column].sign) for column in goals}
    levels = frame.groupby("_policy")[[lever.name for lever in levers]].first()
    evaluated = [
        Policy(
            ", ".join(_level_text(lever.name, levels[lever.name].iloc[k]) for lever in levers),
            float(np.logical_and.reduce([met[column][k] for column in goals]).mean()),
            {column: float(met[column][k].mean()) for column in goals},
            {column: _regret(of_goal[k]) for column, of_goal in shortfall.items()},
        )
        for k in range(policies)
    ]
    ranked = sorted(evaluated, key=lambda policy: (-policy.meets_all, sum(r.p90 for r in policy.regret.values())))
    return Robustness(tuple(ranked), dict(goals), values[next(iter(goals))].shape[1])


def _shortfall(values: np.ndarray, sign: int) -> np.ndarray:
    """Shortfall from the best policy in the same future, (policies, futures), at least zero."""
    best = (sign * values).max(axis=0)
    return best - sign * values


def _regret(shortfall: np.ndarray) -> Regret:
    return Regret(float(shortfall.mean()), float(np.quantile(shortfall, REGRET_QUANTILE)), float(shortfall.max()))


def _level_text(lever: str, level: Any) -> str:
    if isinstance(level, bool | np.bool_):
        return f"{lever} {'on' if level else 'off'}"
    return str(level) if isinstance(level, str) else f"{lever} {level}"


def to_text(result: Robustness) -> str:
    """The table for a terminal."""
    goals = [f"  ({n}) {goal}" for n, goal in enumerate(result.goal_texts(), 1)]
    header = ["policy", "all goals", *(text for n in range(1, len(goals) + 1) for text in (f"({n})", "regret"))]
    rows = [
        [policy.name, f"{policy.meets_all:.2f}",
         *(text for c in result.goals for text in (f"{policy.meets[c]:.2f}", f"{policy.regret[c].p90:.3g}"))]
        for policy in result.policies
    ]  # fmt: skip
    head = f"Share of {result.futures:,} futures that meet the goals, and regret (90th percentile)"
    return "\n".join([head, "", *goals, "", text_table(rows, header=header)])


def to_frame(result: Robustness) -> pd.DataFrame:
    """A row for each policy: share of futures that meet all goals; for each goal its share and its regret (p90)."""
    import pandas as pd

    rows = {}
    for policy in result.policies:
        rows[policy.name] = {"all goals": policy.meets_all}
        for goal in result.goals:
            rows[policy.name] |= {goal: policy.meets[goal], f"regret: {goal}": policy.regret[goal].p90}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("policy")


def to_dict(result: Robustness) -> list[dict[str, Any]]:
    """The table as plain values, for JSON: one entry for each policy."""
    return [
        {
            "policy": policy.name,
            "meets_all": policy.meets_all,
            "meets": policy.meets,
            "regret": {column: regret._asdict() for column, regret in policy.regret.items()},
        }
        for policy in result.policies
    ]


def save_csv(result: Robustness, path: Path) -> None:
    """Write one row for each policy and goal."""
    columns = ["policy", "meets_all", "goal", "meets", "regret_mean", "regret_p90", "regret_max", "futures"]
    rows = []
    for policy in result.policies:
        for column, goal in zip(result.goals, result.goal_texts(), strict=True):
            numbers = [f"{value:.6g}" for value in (policy.meets[column], *policy.regret[column])]
            rows.append((policy.name, f"{policy.meets_all:.6g}", goal, *numbers, result.futures))
    write_csv(path, columns, rows)
