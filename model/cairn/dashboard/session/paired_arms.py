"""The two arms of the page: all members of each scenario, run with the same random numbers, and their comparison.

An arm is one of the two scenarios with all its members. Arms are cached, so that an edit runs only the arm that it
changes. A run stops when its result is no longer needed.
"""

from __future__ import annotations

import collections
import dataclasses
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from cairn.core.calendar import FIRST_YEAR
from cairn.core.parameter_sets import CONDITIONED
from cairn.ensemble.annual import annual_values
from cairn.ensemble.comparison import NEVER, Comparison, differs_from_first
from cairn.ensemble.outcomes import OUTCOMES, Outcome
from cairn.ensemble.output_variables import SUMMARY, annual_rule
from cairn.ensemble.runner import simulate
from cairn.scenario.scenario import Scenario

DEFAULT_MEMBERS, DEFAULT_SEED = 200, 1
default_members = DEFAULT_MEMBERS  # set by the server when it starts
MAX_MEMBERS = 1000
RECORDED = (*SUMMARY, "attended")  # output variables of each member
CACHE_SIZE = 8
PROGRESS_STEP = 0.1
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
PAGE_OUTCOMES = (
    *(o for o in OUTCOMES if not o.where and o.variable not in DIMENSIONS),
    INCIDENTS,
    DEATHS,
    *(Outcome(f"dimension {title[0].lower()}{title[1:]}", name) for name, title in DIMENSIONS.items()),
)


class Superseded(Exception):
    """The result of a run is no longer needed."""


@dataclasses.dataclass(frozen=True, eq=False)
class Arm:
    """Results of all members of one scenario.

    Parameters
    ----------
    quarters : measure to values by quarter, (M, Q); `attended` (M, Q, C)
    years : measure to values by year, (M, Y); `attended` (M, Y, C)
    """

    quarters: dict[str, np.ndarray]
    years: dict[str, np.ndarray]


Key = tuple[Any, ...]
_cache: collections.OrderedDict[Key, Arm] = collections.OrderedDict()
_lock = threading.Lock()


def simulation_key(scenario: Scenario) -> Key:
    """All of a scenario that its results depend on: scenarios with equal keys give the same results."""
    events = tuple(sorted((name, event.fingerprint) for name, event in scenario.events.items()))
    return events, tuple(sorted(scenario.parameters.items())), scenario.quarters


def run_arm(scenario: Scenario, members: int, seed: int, progress: Callable[[int], None]) -> Arm:
    """Run an arm, or take it from the cache.

    Parameters
    ----------
    scenario, members, seed : what to run
    progress : called with the number of member-quarters completed; it may raise an exception to stop the run
    """
    key = (*simulation_key(scenario), members, seed)
    with _lock:
        if key in _cache:
            _cache.move_to_end(key)
            return _cache[key]
    quarters = simulate(scenario, 0, members, seed, scenario.quarters, RECORDED, CONDITIONED, progress)
    years = {name: annual_values(values, annual_rule(name)).astype(float) for name, values in quarters.items()}
    arm = Arm(quarters, years)
    with _lock:
        _cache[key] = arm
        while len(_cache) > CACHE_SIZE:
            _cache.popitem(last=False)
    return arm


@dataclasses.dataclass(frozen=True, eq=False)
class PairedArms:
    """Results of both arms in the years that both have, and their comparison.

    Parameters
    ----------
    arms : one or two arms; one if both scenarios give the same results
    comparison : paired differences between the arms
    years : (Y,)
    """

    arms: tuple[Arm, ...]
    comparison: Comparison
    years: np.ndarray

    @property
    def differ(self) -> bool:
        """Whether there are two arms to compare."""
        return len(self.arms) > 1

    @property
    def titles(self) -> tuple[str, ...]:
        """Names of the arms on the page."""
        first = self.comparison.names[0]
        return (first, "what-if") if self.differ else (first,)

    def values(self, name: str, arm: int) -> np.ndarray:
        """Values of a measure in an arm by year, (M, Y)."""
        return self.arms[arm].years[name][:, : self.years.size]


def run_paired_arms(
    against: Scenario,
    what_if: Scenario,
    members: int,
    seed: int,
    is_needed: Callable[[], bool] = lambda: True,
    progress: Callable[[float], None] = lambda share: None,
) -> PairedArms:
    """Run both arms with the same random numbers, except what is in the cache.

    Parameters
    ----------
    against, what_if : the two scenarios
    members : members of each
    seed : random seed of both
    is_needed : asked during the run; it stops at the first False
    progress : called with the share of the run completed, 0..1

    Raises
    ------
    Superseded
        When `is_needed` returns False.
    """
    scenarios = (against,) if simulation_key(against) == simulation_key(what_if) else (against, what_if)
    total, done, reported = sum(members * s.quarters for s in scenarios), 0, 0.0

    def count(member_quarters: int) -> None:
        nonlocal done, reported
        done += member_quarters
        if not is_needed():
            raise Superseded
        if done / total - reported >= PROGRESS_STEP:
            reported = done / total
            progress(reported)

    arms = tuple(run_arm(scenario, members, seed, count) for scenario in scenarios)
    n_years = min(next(iter(arm.years.values())).shape[1] for arm in arms)
    years = np.arange(FIRST_YEAR, FIRST_YEAR + n_years)
    values = {o.variable: np.stack([arm.years[o.variable][:, :n_years] for arm in arms]) for o in PAGE_OUTCOMES}
    diverged_in = _first_divergence(arms, n_years * 4)
    comparison = Comparison.from_values(scenarios, PAGE_OUTCOMES, values, diverged_in, seed=seed)
    return PairedArms(arms, comparison, years)


def _first_divergence(arms: tuple[Arm, ...], n_quarters: int) -> np.ndarray:
    """First quarter in which a member differs from the same member of the first arm, (arms, M); NEVER if none."""
    quarters = {name: np.stack([arm.quarters[name][:, :n_quarters] for arm in arms]) for name in arms[0].quarters}
    differs = differs_from_first(quarters, 3)
    return np.where(differs.any(-1), differs.argmax(-1), NEVER).astype(np.int32)
