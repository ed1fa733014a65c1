"""What a result depends on: coded judgements, mechanisms that the record does not identify, years without a test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata

from cairn.calibration.posterior import HARDLY_IDENTIFIED, shrinkage_by_name
from cairn.calibration.repeats import ablations
from cairn.core.parameters import FIELDS, Parameters, names_of
from cairn.effects.phrasing import effect_sentence, listed
from cairn.effects.report_outcomes import BY_KEY, subject
from cairn.ensemble.comparison import Comparison
from cairn.events import LeaderLottery, LeaderStays, Succession
from cairn.report.effect_reader import EffectReader, Statement
from cairn.scenario.diff import Difference
from cairn.scenario.scenario import Scenario

LEADER_EVENTS = (Succession, LeaderStays, LeaderLottery)
RECORD_ENDS = 2025
MECHANISMS = {  # and the parameters that they depend on
    "trust": ("trust_reset", "trust_drift", "estrangement", "acquaintance", "trust_gain", "newcomer_openness_effect"),
    "reciprocity of borders": ("reciprocity",),
    "spill-over from agreements": ("spillover_weight", "agreement_gain"),
    "dialogue": ("dialogue_scale",),
    "the barter of water for fuel": ("upstream_cost_pct_gdp", "counter_delivery_exposure"),
}
FEW = 100  # members below which the ends of an interval are rough
ENOUGH = 60  # members from which rank correlations are reported
STANDARD_ERRORS = 3.6  # threshold of a correlation: with seventy parameters, one report in fifty has a false one
MAX_PARAMETERS = 5
KARIMOV_YEAR = 2024  # of the effects in the table of refits


def general_caveats(
    shipped: bool, scenario_parameters: list[dict[str, Any]], last_year: int, members: int
) -> list[Statement]:
    """What applies to any run: parameters, years, number of members.

    Parameters
    ----------
    shipped : whether the parameters are the shipped posterior
    scenario_parameters : rows of `cairn.report.parameter_table.scenario_parameters`
    last_year : last year of the run
    members : number of members
    """
    statements = identification_caveat(shipped)
    outside = [
        f"{row['name']} at {row['value']} (usually {row['usual']})" for row in scenario_parameters if row["outside"]
    ]
    if outside:
        statements.append(Statement(f"The scenario sets parameters outside their usual range: {listed(outside)}."))
    if last_year > RECORD_ENDS:
        statements.append(
            Statement(
                f"Nothing after {RECORD_ENDS} is tested: developments outside the region are assumed, leaders are "
                "drawn from an assumed pool, and no result is a forecast."
            )
        )
    if members == 1:
        statements.append(Statement("A single member has no interval: a difference within it may be random variation."))
    elif members < FEW:
        statements.append(
            Statement(
                f"With {members} members the ends of an interval are rough: use {FEW} or more before relying on "
                "whether an interval includes zero."
            )
        )
    statements.append(
        Statement(
            "Intervals exclude structural error, that is, what the model leaves out; model/ODD.md lists the limits of "
            "the model, model/VALIDATION.md its errors against the record."
        )
    )
    return statements


def leader_caveat(comparison: Comparison, differences: list[Difference]) -> list[Statement]:
    """Whether the scenario changes leaders: then the effect depends on the coded openness of leaders.

    Parameters
    ----------
    comparison : the scenario is its last
    differences : what differs between the scenarios
    """
    of_leaders = changed_leaders(comparison.scenarios[0], comparison.scenarios[-1], differences)
    if not of_leaders:
        return []
    rows = {row["name"]: row for row in ablations.load_refits()}
    plain, by_rule = rows["shipped"], rows["codes_first_year"]
    return [
        Statement(
            f"The scenario changes who leads, or how a leader acts ({'; '.join(of_leaders)}). The openness of leaders "
            "was coded by people who knew what happened later, and the size of the effect depends on these codes: in "
            f"the scenario karimov_line the index of {KARIMOV_YEAR} is {-float(plain['karimov_index']):.2f} lower with "
            f"the shipped codes, and {-float(by_rule['karimov_index']):.2f} lower with codes computed by a rule from "
            "each leader’s first year in office (model/VALIDATION.md)."
        )
    ]


def changed_leaders(against: Scenario, scenario: Scenario, changes: Sequence[Difference]) -> list[str]:
    """The events with leaders that a scenario changes, in words."""
    names = dict.fromkeys(d.key.split(".")[1] for d in changes if d.key.startswith("events."))
    events = {**against.events, **scenario.events}
    labels = {**against.labels, **scenario.labels}
    return [f"“{labels[name]}”" for name in sorted(names) if isinstance(events.get(name), LEADER_EVENTS)]


def identification_caveat(shipped: bool) -> list[Statement]:
    """The mechanisms whose parameters the record hardly narrows, if the parameters are the shipped posterior."""
    if not shipped:
        return [
            Statement(
                "The parameters are not those of the shipped calibration: it is not known how far the record supports "
                "them."
            )
        ]
    shrinkage = shrinkage_by_name()
    mechanisms = []
    for mechanism, names in MECHANISMS.items():
        hardly = [name for name in names if shrinkage.get(name, 1.0) < HARDLY_IDENTIFIED]
        if hardly:
            mechanisms.append(f"{mechanism} ({', '.join(hardly)})")
    count = sum(value < HARDLY_IDENTIFIED for value in shrinkage.values())
    assumed = [mechanism for mechanism, names in MECHANISMS.items() if not shrinkage.keys() & set(names)]
    return [
        Statement(
            f"Of {len(shrinkage)} calibrated parameters, {count} were hardly narrowed by the record, among them those "
            f"of {listed(mechanisms)}. Results that depend on these are assumptions, not findings, and so are those "
            f"that depend on parameters that are not calibrated, such as those of {listed(assumed)}."
        )
    ]


def trust_caveat(comparison: Comparison) -> list[Statement]:
    """Trust is not observed: the effect of a scenario on trust follows from assumptions."""
    reader = EffectReader(comparison)
    difference = reader.at("trust_mean")
    if not difference.clear or comparison.members == 1:
        return []
    outcome = BY_KEY["trust_mean"]
    text = effect_sentence(subject(outcome), difference, outcome.digits, "", f"by {reader.last_year}")
    text = f"Trust is not observed, and it changes here: {text[0].lower()}{text[1:]}"
    return [Statement(text, "trust_mean", "", difference)]


def correlated_parameters(comparison: Comparison, parameters: Parameters) -> list[Statement]:
    """The parameters that the effect on the index is correlated with across members.

    Parameters
    ----------
    comparison : the scenario is its last
    parameters : of the members
    """
    if comparison.members < ENOUGH:
        return []
    paired = comparison.difference("integration_index", comparison.names[-1]).values[:, -1]
    if np.ptp(paired) == 0:
        return []
    threshold = STANDARD_ERRORS / np.sqrt(comparison.members - 1)
    correlations = []
    for name, column in columns_by_member(parameters):
        if np.ptp(column) == 0:
            continue
        r = float(np.corrcoef(rankdata(column), rankdata(paired))[0, 1])
        if abs(r) > threshold:
            correlations.append((r, name))
    correlations = sorted(correlations, key=lambda pair: -abs(pair[0]))[:MAX_PARAMETERS]
    if not correlations:
        return [
            Statement(
                "Across members the effect on the index is not correlated with any single parameter more than chance "
                "would explain."
            )
        ]
    shrinkage = shrinkage_by_name()
    texts = [
        f"{name} ({r:+.2f}{', hardly identified' if shrinkage.get(name, 1.0) < HARDLY_IDENTIFIED else ''})"
        for r, name in correlations
    ]
    return [
        Statement(
            f"Across members the effect on the index has a rank correlation with these parameters: {listed(texts)}."
        )
    ]


def columns_by_member(parameters: Parameters) -> list[tuple[str, np.ndarray]]:
    """The parameters that differ between members: name and (M,) values, one entry for each state, pair or leader."""
    columns = []
    for name, values in parameters.by_member().items():
        if each := FIELDS[name].metadata["each"]:
            columns += [(f"{name}[{place}]", values[k]) for k, place in enumerate(names_of(each))]
        else:
            columns.append((name, values))
    return columns
