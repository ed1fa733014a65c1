"""The arms of the page: all members of each scenario, run with the same random numbers, and their comparison.

An arm is a scenario with all its members: the reference, the what-if, and what-ifs that were pinned. Arms are cached,
so that an edit runs only the arm that it changes. A run stops when its result is no longer needed.
"""

from __future__ import annotations

import collections
import dataclasses
import threading
from collections.abc import Callable, Sequence
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
RECORDED = (*SUMMARY, "attended")  # output variables of each member, kept by quarter
BY_PLACE = (  # kept by year alone
    "shortage", "agricultural_loss_pct_gdp", "winter_deficit_gwh", "hydropower_gwh", "storage_km3", "summer_supply_km3",
    "trade_usd_bn", "pair_trade_usd_bn", "trade_outside_usd_bn", "visitors_mn", "openness", "trust_pair", "agreement",
    "leaders_met", "incidents", "undelimited_share", "leader_openness", "leader_nationalism",
)  # fmt: skip
CACHE_SIZE = 8
PROGRESS_STEP = 0.1
WAIT_S = 0.2
PIN_LETTERS = "ABC"
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
    years : measure to values by year, (M, Y); of places (M, Y, places)
    """

    quarters: dict[str, np.ndarray]
    years: dict[str, np.ndarray]


Key = tuple[Any, ...]
_cache: collections.OrderedDict[Key, Arm] = collections.OrderedDict()
_running: dict[Key, threading.Event] = {}
_lock = threading.Lock()


def simulation_key(scenario: Scenario) -> Key:
    """All of a scenario that its results depend on: scenarios with equal keys give the same results."""
    events = tuple(sorted((name, event.fingerprint) for name, event in scenario.events.items()))
    parameters = tuple(sorted((name, repr(value)) for name, value in scenario.parameters.items()))
    return events, parameters, scenario.quarters


def run_arm(scenario: Scenario, members: int, seed: int, progress: Callable[[int], None]) -> Arm:
    """Run an arm, or take it from the cache.

    Parameters
    ----------
    scenario, members, seed : what to run
    progress : called with the number of member-quarters completed; it may raise an exception to stop the run
    """
    key = (*simulation_key(scenario), members, seed)
    while True:
        with _lock:
            if key in _cache:
                _cache.move_to_end(key)
                return _cache[key]
            if key not in _running:
                _running[key] = threading.Event()
                break
            other = _running[key]
        other.wait(WAIT_S)  # another thread runs it
        progress(0)
    try:
        return _run(scenario, members, seed, progress, key)
    finally:
        with _lock:
            _running.pop(key).set()


def _run(scenario: Scenario, members: int, seed: int, progress: Callable[[int], None], key: Key) -> Arm:
    outputs = (*RECORDED, *BY_PLACE)
    quarters = simulate(scenario, 0, members, seed, scenario.quarters, outputs, CONDITIONED, progress)
    years = {name: annual_values(values, annual_rule(name)).astype(float) for name, values in quarters.items()}
    arm = Arm({name: quarters[name] for name in RECORDED}, years)
    with _lock:
        _cache[key] = arm
        while len(_cache) > CACHE_SIZE:
            _cache.popitem(last=False)
    return arm


@dataclasses.dataclass(frozen=True, eq=False)
class PairedArms:
    """Results of all arms in the years that all have, and their comparison.

    Parameters
    ----------
    arms : the reference; the what-if, if it can give other results; the what-ifs that were pinned
    comparison : paired differences between the arms
    years : (Y,)
    differ : whether the what-if has an arm of its own
    key : of the request that was run, to know whether the page asks for something else by now
    members : members of each arm
    """

    arms: tuple[Arm, ...]
    comparison: Comparison
    years: np.ndarray
    differ: bool
    key: Any = None
    members: int = 0

    def with_members(self, members: int) -> PairedArms:
        """The same results, said to be those of a number of members."""
        return dataclasses.replace(self, members=members)

    @property
    def what_if(self) -> Scenario:
        """The what-if, which is the reference where both give the same results."""
        return self.comparison.scenarios[len(self.main) - 1]

    @property
    def main(self) -> tuple[int, ...]:
        """Positions of the reference and of the what-if."""
        return (0, 1) if self.differ else (0,)

    @property
    def pinned(self) -> tuple[int, ...]:
        """Positions of the pinned what-ifs."""
        return tuple(range(len(self.main), len(self.arms)))

    @property
    def titles(self) -> tuple[str, ...]:
        """Names of the arms on the page."""
        first = self.comparison.names[0]
        pins = tuple(f"pin {letter}" for letter in PIN_LETTERS[: len(self.pinned)])
        return (first, "what-if", *pins) if self.differ else (first, *pins)

    def values(self, name: str, arm: int) -> np.ndarray:
        """Values of a measure of the region in an arm by year, (M, Y)."""
        return self.arms[arm].years[name][:, : self.years.size]

    def outcome(self, outcome: Outcome, arm: int) -> np.ndarray:
        """Values of an outcome in an arm by year, (M, Y), as the comparison has them."""
        return self.comparison.values(outcome, self.comparison.names[arm])


def run_paired_arms(
    against: Scenario,
    what_if: Scenario,
    members: int,
    seed: int,
    is_needed: Callable[[], bool] = lambda: True,
    progress: Callable[[float], None] = lambda share: None,
    pinned: Sequence[Scenario] = (),
    key: Any = None,
) -> PairedArms:
    """Run all arms with the same random numbers, except what is in the cache.

    Parameters
    ----------
    against, what_if : the two scenarios
    members : members of each
    seed : random seed of both
    is_needed : asked during the run; it stops at the first False
    progress : called with the share of the run completed, 0..1
    pinned : further scenarios
    key : stored in the result

    Raises
    ------
    Superseded
        When `is_needed` returns False.
    """
    differ = simulation_key(against) != simulation_key(what_if)
    pins = [pin.rename(f"pin_{letter.lower()}") for letter, pin in zip(PIN_LETTERS, pinned, strict=False)]
    scenarios = (against, *([what_if] if differ else []), *pins)
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
    return paired(scenarios, arms, seed, differ, key)


def paired(
    scenarios: Sequence[Scenario], arms: tuple[Arm, ...], seed: int, differ: bool, key: Any = None
) -> PairedArms:
    """The results of arms side by side.

    Parameters
    ----------
    scenarios, arms : the reference first
    seed : random seed of all
    differ, key : as for `PairedArms`
    """
    n_years = min(next(iter(arm.years.values())).shape[1] for arm in arms)
    years = np.arange(FIRST_YEAR, FIRST_YEAR + n_years)
    values = {name: np.stack([arm.years[name][:, :n_years] for arm in arms]) for name in arms[0].years}
    diverged_in = _first_divergence(arms, n_years * 4)
    comparison = Comparison.from_values(scenarios, PAGE_OUTCOMES, values, diverged_in, seed=seed)
    return PairedArms(arms, comparison, years, differ, key, values["integration_index"].shape[1])


def _first_divergence(arms: tuple[Arm, ...], n_quarters: int) -> np.ndarray:
    """First quarter in which a member differs from the same member of the first arm, (arms, M); NEVER if none."""
    if len(arms) == 1:
        return np.full((1, next(iter(arms[0].years.values())).shape[0]), NEVER, np.int32)
    quarters = {name: np.stack([arm.quarters[name][:, :n_quarters] for arm in arms]) for name in arms[0].quarters}
    differs = differs_from_first(quarters, 3)
    return np.where(differs.any(-1), differs.argmax(-1), NEVER).astype(np.int32)
