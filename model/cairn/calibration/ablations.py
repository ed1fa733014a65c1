"""Does each mechanism earn its place, and do codings of leaders do the work? Refit without it, or with other codes.

A mechanism is switched off by setting a number to zero; everything else is learnt anew. A coding replaces the openness
of all coded leaders. Each refit is scored on the targets it was fitted to and on those after 2015, and runs the one
counterfactual that hangs most on leaders. Refits with other seeds and other luck show what of a difference is noise.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cairn.calibration import fit, validation
from cairn.calibration.targets import FIT, TEST
from cairn.core.geography import CODES
from cairn.core.parameter_sets import ParameterSets
from cairn.ensemble.comparison import compare
from cairn.ensemble.workers import Progress
from cairn.events import Succession
from cairn.record.tables import read
from cairn.scenario.scenario import Scenario
from cairn.support.atomic_write import atomic_write
from cairn.support.frozen_dict import FrozenDict

SETS = 3000  # in each step of a refit
AGAIN = (2, 3, 4, 5)  # seeds of further refits with nothing changed, and of the luck they are scored on
MEMBERS = 600
INDEX, TRADE = "integration_index", "trade_total_usd_bn"
KARIMOV = "karimov_line"  # the scenario in which Uzbekistan's succession of 2016 does not happen
ACT = 0.15  # Assumed: what an act that opens or closes adds to or takes from a code of one half


@dataclasses.dataclass(frozen=True)
class Refit:
    """One refit: what is changed against the shipped calibration.

    fixed : numbers set instead of learnt; coding : "", "first_year"
    """

    name: str
    title: str
    fixed: Mapping[str, float] = dataclasses.field(default_factory=FrozenDict)
    coding: str = ""
    seed: int = 1


MECHANISMS = (
    Refit("trust_in_choices", "trust in willingness", {"trust_weight": 0.0}),
    Refit("trust_reset", "trust reset at a leader's going", {"trust_reset": 0.0}),
    Refit("dialogue", "drift of trust, and dialogue against it", {"trust_drift": 0.0}),
    Refit("spillover", "spill-over from agreements", {"spillover_weight": 0.0}),
    Refit("reciprocity", "reciprocity of border postures", {"reciprocity": 0.0}),
    Refit("threat", "threat times trust", {"threat_weight": 0.0}),
    Refit("barter", "gains in the barter of water for fuel", {"upstream_cost_pct_gdp": 0.0}),
    Refit("ripeness", "ripeness after a hurting clash", {"ripeness_push": 0.0}),
    Refit("diversion", "diversion: hard times harden leaders", {"diversion": 0.0}),
    Refit("gains", "gains from trade in willingness", {"gain_weight": 0.0}),
    Refit("leaders", "leaders' openness in willingness", {"openness_weight": 0.0}),
)
CODINGS = (
    Refit("codes_lower", "all leaders .15 less open", {"openness_shift": -0.15}),
    Refit("codes_higher", "all leaders .15 more open", {"openness_shift": 0.15}),
    Refit("codes_first_year", "codes from acts in the first year in office", coding="first_year"),
)
SHIPPED = (
    Refit("shipped", "nothing changed"),
    *(Refit(f"seed_{s}", f"nothing changed, seed {s}", seed=s) for s in AGAIN),
)
ALL = (*SHIPPED, *MECHANISMS, *CODINGS)
HEAD = (
    "name", "title", "misfit", "rms_fit", "rms_test", "within_test", "covered_test", "crps_trade",
    "karimov_index", "karimov_index_low", "karimov_index_high", "karimov_trade",
)  # fmt: skip
SCORES = {"misfit": "fit", "rms_test": "test", "crps_trade": "trade"}  # less is better


def run_all(
    refits: Sequence[Refit] = ALL,
    count: int = SETS,
    *,
    jobs: int | None = None,
    members: int = MEMBERS,
    progress: Progress | None = None,
) -> Iterator[dict[str, Any]]:
    """Refit and score one after the other: a row of `HEAD` each."""
    for refit in refits:
        yield row_of(refit, count, jobs=jobs, members=members, progress=progress)


def row_of(
    refit: Refit, count: int, *, jobs: int | None = None, members: int = MEMBERS, progress: Progress | None = None
) -> dict[str, Any]:
    """One refit with its scores: misfit to 2015, root mean square distances, shares, score of trade, and an effect."""
    baseline = coded(Scenario.load("baseline"), refit.coding)
    found = fit.calibrate(count, refit.seed, scenario=baseline, fixed=refit.fixed, jobs=jobs, progress=progress)
    kept = found.kept()
    extra = {f"{name}": np.full((len(kept.values), 1), value) for name, value in refit.fixed.items()}
    sets = ParameterSets((*kept.names, *extra), np.column_stack([kept.values, *extra.values()]), refit.name)
    card = validation.scorecard(sets, members, refit.seed, scenario=baseline, jobs=jobs)
    test = card.summary(TEST)
    worlds = [baseline, coded(Scenario.load(KARIMOV), refit.coding)]
    both = compare(worlds, members, 1, to_year=2024, parameters=sets, outcomes=(INDEX, TRADE), jobs=1)
    index, traded = (both.effect(outcome, 2024) for outcome in (INDEX, TRADE))
    return {
        "name": refit.name,
        "title": refit.title,
        "misfit": found.steps[-1]["misfit"],
        "rms_fit": card.summary(FIT)["rms"],
        "rms_test": test["rms"],
        "within_test": test["within_1"],
        "covered_test": test["covered_90%"],
        "crps_trade": float(validation.contest(card).scores[validation.Contest.OURS].mean()),
        "karimov_index": index.median,
        "karimov_index_low": index.low,
        "karimov_index_high": index.high,
        "karimov_trade": traded.median,
    }


def save(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write rows as CSV, four digits."""
    with atomic_write(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEAD)
        for row in rows:
            writer.writerow([v if isinstance(v := row[name], str) else f"{v:.4g}" for name in HEAD])


def shipped() -> list[dict[str, Any]]:
    """The rows that ship in model/cairn/data/fitted/refits.csv."""
    return [{k: v if k in ("name", "title") else float(v) for k, v in row.items()} for row in read("fitted/refits")]


def verdict(rows: Sequence[Mapping[str, Any]], name: str) -> tuple[str, str]:
    """By which scores it is worse to do without a mechanism, and by which it is better; noise of refits is the bar.

    The bar is the range of the refits with nothing changed, beyond the worst, or the best, of them.
    """
    by_name = {row["name"]: row for row in rows}
    same = [by_name[refit.name] for refit in SHIPPED if refit.name in by_name]
    worse, better = [], []
    for key, word in SCORES.items():
        plain = [row[key] for row in same]
        bar = max(plain) - min(plain)
        if by_name[name][key] > max(plain) + bar:
            worse.append(word)
        if by_name[name][key] < min(plain) - bar:
            better.append(word)
    return ", ".join(worse), ", ".join(better)


# --- codings of leaders ---------------------------------------------------------------------------------------------


def coded(scenario: Scenario, coding: str) -> Scenario:
    """A scenario with the openness of its named leaders coded in another way; "" leaves it as it is."""
    if not coding:
        return scenario
    codes = first_year_codes(Scenario.load("baseline"))
    events = dict(scenario.events)
    for name, event in events.items():
        if isinstance(event, Succession) and event.leader in codes:
            scenario = scenario.amend(name, openness=codes[event.leader])
    return scenario


def first_year_codes(scenario: Scenario) -> dict[str, float]:
    """One number for each leader from what happened on his country's borders in his first year, blind to all later.

    A half, plus `ACT` for each visa, cut link, closure or mine that ended and for joining a body of the five, less as
    much for each that began; no judgement, and nobody's memory of how it went on.
    """
    found: dict[str, float] = {}
    for event in scenario.events.values():
        if isinstance(event, Succession) and event.leader and event.manner != "hardening":
            begin = event.date
            end = begin + dt.timedelta(days=366)
            acts = sum(_acts(other, event.country, begin, end) for other in scenario.events.values())
            found[event.leader] = float(np.clip(0.5 + ACT * acts, 0.05, 0.95))
    return found


CLOSING = ("visa_regime", "transport_link", "border_closure", "mining")


def _acts(event: Any, country: str, begin: dt.date, end: dt.date) -> int:
    """Openings less closings on a country's borders between two dates that an event stands for."""
    assert country in CODES
    if event.type in CLOSING and any(country in pair.split("-") for pair in event.pairs):
        closed = begin <= event.start < end
        opened = event.end is not None and begin <= event.end < end
        return int(opened) - int(closed)
    if event.type == "organisation" and event.action in ("found", "admit") and country in event.members:
        return int(begin <= event.date < end)
    return 0
