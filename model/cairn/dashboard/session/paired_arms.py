"""Both arms of the page: many worlds of each scenario on the same luck, and what they differ by.

An arm that ran is kept, so that a change runs only the arm it changes; a run that nobody waits for any more stops.
"""

from __future__ import annotations

import collections
import dataclasses
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from cairn.core.calendar import FIRST_YEAR
from cairn.ensemble.annual import annual_values
from cairn.ensemble.comparison import NEVER, Comparison
from cairn.ensemble.outcomes import OUTCOMES, Outcome
from cairn.ensemble.output_variables import SUMMARY, annual_rule
from cairn.ensemble.runner import simulate
from cairn.scenario.scenario import Scenario

MEMBERS, SEED = 200, 1  # of a link that does not say
served = MEMBERS  # where nobody says otherwise; the server may set it as it starts
MOST_MEMBERS = 1000  # of the page; `run.py compare` takes more
KEPT = 8
DIMENSIONS = {
    "dim_trade": "Trade",
    "dim_water": "Water and energy",
    "dim_borders": "Borders",
    "dim_security": "Security",
    "dim_institutions": "Institutions (de jure)",
}
INDEX, TRADE = (next(o for o in OUTCOMES if o.variable == name) for name in ("integration_index", "trade_total_usd_bn"))
INCIDENTS = Outcome("incidents on all borders", "incidents_total", (), 0, "1/yr")
DEATHS = Outcome("deaths in border clashes", "deaths_total", (), 0, "1/yr")
SHOWN = (
    *(o for o in OUTCOMES if not o.where and o.variable not in DIMENSIONS),
    INCIDENTS,
    DEATHS,
    *(Outcome(f"dimension {title[0].lower()}{title[1:]}", name) for name, title in DIMENSIONS.items()),
)


class Superseded(Exception):
    """Somebody asked for other worlds meanwhile."""


@dataclasses.dataclass(frozen=True, eq=False)
class Arm:
    """Worlds of one scenario.

    quarters : measure to (M, Q), of who attended (M, Q, C)
    years : measure to (M, Y), of who attended (M, Y, C)
    """

    quarters: dict[str, np.ndarray]
    years: dict[str, np.ndarray]


Key = tuple[Any, ...]
_kept: collections.OrderedDict[Key, Arm] = collections.OrderedDict()
_lock = threading.Lock()


def what_runs(scenario: Scenario) -> Key:
    """All of a scenario that its worlds depend on: two that agree in it are the same worlds under two names."""
    events = tuple(sorted((name, event.fingerprint) for name, event in scenario.events.items()))
    return events, tuple(sorted(scenario.parameters.items())), scenario.quarters


def arm(scenario: Scenario, members: int, seed: int, progress: Callable[[int], None]) -> Arm:
    """An arm, run or kept. `progress` is told the member-quarters done, and may raise to stop."""
    key = (*what_runs(scenario), members, seed)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    quarters = simulate(scenario, 0, members, seed, scenario.quarters, (*SUMMARY, "attended"), progress=progress)
    made = Arm(quarters, {name: yearly(name, values) for name, values in quarters.items()})
    with _lock:
        _kept[key] = made
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made


def yearly(name: str, values: np.ndarray) -> np.ndarray:
    """Annual values of a variable, (M, Q, ...) -> (M, Y, ...)."""
    return annual_values(values, annual_rule(name)).astype(float)


@dataclasses.dataclass(frozen=True, eq=False)
class Both:
    """The two arms, cut to the years both have, and their comparison; one arm if the scenarios are the same worlds."""

    arms: tuple[Arm, ...]
    comparison: Comparison
    years: np.ndarray

    @property
    def differ(self) -> bool:
        """Whether there are two scenarios to hold against each other."""
        return len(self.arms) > 1

    @property
    def titles(self) -> tuple[str, ...]:
        """What the arms are called."""
        first = self.comparison.names[0]
        return (first, "what-if") if self.differ else (first,)

    def values(self, name: str, k: int) -> np.ndarray:
        """A measure of arm k by year, (M, Y)."""
        return self.arms[k].years[name][:, : self.years.size]


def both(
    against: Scenario,
    what_if: Scenario,
    members: int,
    seed: int,
    wanted: Callable[[], bool] = lambda: True,
    progress: Callable[[float], None] = lambda share: None,
) -> Both:
    """Run what has not been run yet.

    Raises
    ------
    Superseded as soon as `wanted` says that nobody waits for it
    """
    worlds = (against,) if what_runs(against) == what_runs(what_if) else (against, what_if)
    total, done, told = sum(members * s.quarters for s in worlds), 0, 0.0

    def on_the_way(more: int) -> None:
        nonlocal done, told
        done += more
        if not wanted():
            raise Superseded
        if done / total - told >= 0.1:
            told = done / total
            progress(told)

    arms = tuple(arm(scenario, members, seed, on_the_way) for scenario in worlds)
    count = min(next(iter(a.years.values())).shape[1] for a in arms)
    years = np.arange(FIRST_YEAR, FIRST_YEAR + count)
    values = {o.variable: np.stack([a.years[o.variable][:, :count] for a in arms]) for o in SHOWN}
    comparison = Comparison.from_values(worlds, SHOWN, values, _parted(arms, count * 4), seed=seed)
    return Both(arms, comparison, years)


def _parted(arms: tuple[Arm, ...], quarters: int) -> np.ndarray:
    """First quarter in which a member is otherwise than in the first arm, (arms, M)."""
    first = arms[0].quarters
    first_divergence = np.full((len(arms), next(iter(first.values())).shape[0]), NEVER, dtype=np.int32)
    for k, other in enumerate(arms[1:], start=1):
        apart = np.zeros((first_divergence.shape[1], quarters), dtype=bool)
        for name, values in other.quarters.items():
            unlike = values[:, :quarters] != first[name][:, :quarters]
            apart |= unlike.reshape(*unlike.shape[:2], -1).any(-1)
        ever = apart.any(-1)
        first_divergence[k, ever] = apart.argmax(-1)[ever]
    return first_divergence
