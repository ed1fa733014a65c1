"""What a result hangs on: coded judgement, mechanisms that the record does not identify, years that nothing tests."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import rankdata

from cairn.calibration import ablations
from cairn.calibration.validation_page import HARDLY, about_posterior
from cairn.core.parameter_sets import PLACES
from cairn.core.parameters import FIELDS, LENGTHS, Parameters
from cairn.ensemble.comparison import Comparison
from cairn.events import LeaderLottery, LeaderStays, Succession
from cairn.report.effect_reader import Finding, Reading
from cairn.report.phrasing import full, listed
from cairn.report.report_outcomes import BY_KEY, subject
from cairn.scenario.diff import Difference

LEADING = (Succession, LeaderStays, LeaderLottery)
RECORD_ENDS = 2025
UNIDENTIFIED = {  # mechanisms, and the numbers they hang on
    "trust": ("trust_reset", "trust_drift", "estrangement", "acquaintance", "trust_gain", "newcomer_openness_effect"),
    "reciprocity of borders": ("reciprocity",),
    "spill-over from agreements": ("spillover_weight", "agreement_gain"),
    "dialogue": ("dialogue_scale",),
    "the barter of water for fuel": ("upstream_cost_pct_gdp", "counter_delivery_exposure"),
}
FEW = 100  # members below which the ends of an interval are rough
ENOUGH = 60  # members from which rank correlations are worth looking at
SIGMAS = 3.6  # of chance: among seventy numbers one in fifty reports would name one by luck
MOST_NAMED = 5
KARIMOV_YEAR = 2024  # of the effects that refits report


def common(shipped: bool, own: list[dict[str, Any]], last: int, members: int) -> list[Finding]:
    """What a reader must know of any run: how far its numbers, years and worlds bear.

    own : the numbers that the scenario sets, as rows of `cairn.report.parameter_table.outside`
    """
    findings = hardly_learnt(shipped)
    beyond = [f"{row['name']} at {row['value']} (else {row['usually']})" for row in own if row["beyond"]]
    if beyond:
        findings.append(Finding(f"The scenario sets numbers outside what worlds draw else: {listed(beyond)}."))
    if last > RECORD_ENDS:
        findings.append(
            Finding(
                f"Nothing after {RECORD_ENDS} is tested: paths from outside are assumed, leaders are drawn from a pool "
                "that was made up, and nothing here is a forecast."
            )
        )
    if members == 1:
        findings.append(Finding("One world has no interval: what is called clear here is only what differs in it."))
    elif members < FEW:
        findings.append(
            Finding(
                f"With {members} worlds the ends of an interval are rough: take {FEW} or more before leaning on "
                "whether one holds zero."
            )
        )
    findings.append(
        Finding(
            "Intervals do not hold what the model leaves out; model/ODD.md lists its limits, model/VALIDATION.md "
            "its misses."
        )
    )
    return findings


def judged(found: Comparison, differences: list[Difference]) -> list[Finding]:
    """Whether the scenario changes who leads: then it rests on codes of openness, which people made."""
    events = {**found.scenarios[0].events, **found.scenarios[-1].events}
    touched = {d.key.split(".")[1] for d in differences if d.key.startswith("events.")}
    leading = sorted(name for name in touched if isinstance(events.get(name), LEADING))
    if not leading:
        return []
    rows = {row["name"]: row for row in ablations.shipped()}
    plain, by_rule = rows["shipped"], rows["codes_first_year"]
    return [
        Finding(
            f"The scenario changes who leads, or on what course ({', '.join(leading)}). How open a leader is was coded "
            "by people who knew the outcome, and the size of the effect hangs on that: in the scenario karimov_line "
            f"the index of {KARIMOV_YEAR} is {-float(plain['karimov_index']):.2f} lower with the shipped codes, and "
            f"{-float(by_rule['karimov_index']):.2f} lower with codes made by rule from each leader’s first year in "
            "office (model/VALIDATION.md)."
        )
    ]


def hardly_learnt(shipped: bool) -> list[Finding]:
    """Which mechanisms the record did not narrow, if the worlds draw from the shipped posterior."""
    if not shipped:
        return [
            Finding(
                "The numbers are not those of the shipped calibration: nothing is said of how far the record bears "
                "them out."
            )
        ]
    shrinkage = {n["name"]: n["shrinkage"] for n in about_posterior()["parameters"]}
    told = []
    for mechanism, names in UNIDENTIFIED.items():
        hardly = [name for name in names if shrinkage.get(name, 1.0) < HARDLY]
        if hardly:
            told.append(f"{mechanism} ({', '.join(hardly)})")
    many = sum(value < HARDLY for value in shrinkage.values())
    return [
        Finding(
            f"Of {len(shrinkage)} numbers that were learnt, {many} were hardly narrowed by the record, among them "
            f"those of {listed(told)}. What comes about through these is assumption, not finding."
        )
    ]


def through_trust(found: Comparison) -> list[Finding]:
    """Trust is not observed: what a scenario does to it follows from assumptions."""
    shift = Reading(found).at("trust_mean")
    if not shift.clear or found.members == 1:
        return []
    outcome = BY_KEY["trust_mean"]
    text = full(subject(outcome), shift, outcome.digits, "", f"by {int(found.years[-1])}")
    return [Finding(f"Trust is not observed, and it moves here: {text[0].lower()}{text[1:]}", "trust_mean", "", shift)]


def goes_with(found: Comparison, parameters: Parameters) -> list[Finding]:
    """The numbers of the model with which the effect on the index goes across worlds."""
    if found.members < ENOUGH:
        return []
    paired = found.difference("integration_index", found.names[-1]).values[:, -1]
    if np.ptp(paired) == 0:
        return []
    limit = SIGMAS / np.sqrt(found.members - 1)
    strong = []
    for name, column in each_column(parameters):
        if np.ptp(column) == 0:
            continue
        r = float(np.corrcoef(rankdata(column), rankdata(paired))[0, 1])
        if abs(r) > limit:
            strong.append((r, name))
    strong = sorted(strong, key=lambda pair: -abs(pair[0]))[:MOST_NAMED]
    if not strong:
        return [
            Finding(
                "Across worlds the effect on the index goes with no single number of the model more than chance would "
                "have it."
            )
        ]
    shrinkage = {n["name"]: n["shrinkage"] for n in about_posterior()["parameters"]}
    told = [f"{name} ({r:+.2f}{', hardly learnt' if shrinkage.get(name, 1.0) < HARDLY else ''})" for r, name in strong]
    return [
        Finding(f"Across worlds the effect on the index goes with these numbers (rank correlation): {listed(told)}.")
    ]


def each_column(parameters: Parameters) -> list[tuple[str, np.ndarray]]:
    """The numbers that differ by member, a column for each place of those that have several."""
    found = []
    for name, values in parameters.columns().items():
        each = FIELDS[name].metadata["each"]
        places = PLACES[each] if each else ("",)
        assert not each or len(places) == LENGTHS[each]
        for k, place in enumerate(places):
            found.append((f"{name}[{place}]" if place else name, values[:, k]))
    return found
