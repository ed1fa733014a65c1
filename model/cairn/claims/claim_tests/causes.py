"""Claims 11, 18 and 20: what each of six causes contributes to the lost cooperation, as Shapley values."""

from __future__ import annotations

import functools

import numpy as np

from cairn.claims.claim import Claim
from cairn.claims.claim_tests.measurement import SHARE, Measurement
from cairn.claims.claim_tests.registration import TestResult, claim_test, make_result
from cairn.claims.claim_tests.shapley import shapley
from cairn.claims.experiments.arm_runs import ArmRuns
from cairn.claims.experiments.arms import COMBINATIONS
from cairn.claims.experiments.changes import CAUSES
from cairn.claims.verdicts import Assessment, Verdict, assess_effect, assess_lead, assess_ratio, combine_parts

YEAR = 2015
COMBINATION_ARMS = tuple(f"combination_{k}" for k in range(COMBINATIONS))
CAUSE_NAMES = tuple(CAUSES)
MIN_LOSS = 0.02  # smallest loss of which shares are computed; Assumed
LARGE_SHARE, SMALL_SHARE = 0.1, 0.0  # share of the other causes from which Karimov alone is too simple; Assumed
UNDISPUTED_BORDER = "an undisputed border settled (Kazakhstan-Turkmenistan)"


@functools.lru_cache(maxsize=16)
def shapley_values(runs: ArmRuns, coding: str, outcome: str = "index") -> np.ndarray:
    """Shapley value of each cause in each member, (6, M), under a coding, such as "" or "@force"."""
    outcomes = [runs.mean(f"{name}{coding}", outcome, YEAR) for name in COMBINATION_ARMS]
    return shapley(np.stack(outcomes))


def lead_of(values: np.ndarray, cause: str) -> np.ndarray:
    """Value of a cause minus the largest of the others, (6, M) -> (M,)."""
    k = CAUSE_NAMES.index(cause)
    return values[k] - np.delete(values, k, axis=0).max(0)


def shares_of_loss(values: np.ndarray) -> np.ndarray:
    """Each cause's share of the total, in members with a loss above `MIN_LOSS`, (6, M) -> (6, M')."""
    total = values.sum(0)
    return values[:, total > MIN_LOSS] / total[total > MIN_LOSS]


def _measurements(runs: ArmRuns, shares: bool = True) -> list[Measurement]:
    """Total loss, values and shares of all causes, and their values for trade."""
    values, trade_values = shapley_values(runs, ""), shapley_values(runs, "", "trade")
    titles = [title for title, _ in CAUSES.values()]
    rows = [Measurement("lost cooperation: index 2015 without all six causes minus as recorded", values.sum(0))]
    for k, title in enumerate(titles):
        rows.append(Measurement(f"{title}, Shapley value, index 2015", values[k]))
        if shares:
            rows.append(Measurement(f"{title}, share of the total", shares_of_loss(values)[k], SHARE))
    trade = (Measurement(f"{title}, trade 2015", trade_values[k], "bn USD") for k, title in enumerate(titles))
    return [*rows, *trade]


def _placebo(runs: ArmRuns) -> dict[str, np.ndarray]:
    return {UNDISPUTED_BORDER: runs.effect("kaz_tkm_settled_2000", "index", YEAR)}


@claim_test(11, "kaz_tkm_settled_2000", *COMBINATION_ARMS, headline_arms=COMBINATION_ARMS)
def water_is_largest_cause(claim: Claim, runs: ArmRuns) -> TestResult:
    """Lead of the water conflict over the other causes."""
    return make_result(
        claim,
        lambda coding: lead_of(shapley_values(runs, coding), "water_conflict"),
        "",
        rule=lambda sample, _: assess_lead(sample),
        measurements=_measurements(runs, shares=False)[:7],
        placebos=_placebo(runs),
    )


@claim_test(18, "kaz_tkm_settled_2000", coded_arms=COMBINATION_ARMS)
def uzbek_leadership_is_largest_cause(claim: Claim, runs: ArmRuns) -> TestResult:
    """Lead of Uzbek leadership over the other causes."""
    titles = [title for title, _ in CAUSES.values()]
    shares = np.mean(shares_of_loss(shapley_values(runs, "")), axis=1)
    return make_result(
        claim,
        lambda coding: lead_of(shapley_values(runs, coding), "uzbek_leadership"),
        "",
        rule=lambda sample, _: assess_lead(sample),
        measurements=_measurements(runs),
        placebos=_placebo(runs),
        notes=[
            "Mean shares of the cooperation lost by 2015: "
            + ", ".join(f"{title} {share:.0%}" for title, share in zip(titles, shares, strict=True))
            + ". Acts against neighbours count as acts of the leaders. Values are averages over all orders of removal."
        ],
    )


@claim_test(20, "kaz_tkm_settled_2000", coded_arms=COMBINATION_ARMS)
def other_causes_contribute(claim: Claim, runs: ArmRuns) -> TestResult:
    """Sum of the values of the five causes other than Uzbek leadership, and their share."""
    leadership = CAUSE_NAMES.index("uzbek_leadership")

    def others(coding: str) -> np.ndarray:
        values = shapley_values(runs, coding)
        return values.sum(0) - values[leadership]

    def share_of_others(coding: str) -> np.ndarray:
        return 1 - shares_of_loss(shapley_values(runs, coding))[leadership]

    def rule(sample: np.ndarray, coding: str) -> Assessment:
        share = assess_ratio(share_of_others(coding), LARGE_SHARE, SMALL_SHARE)
        effect = assess_effect(sample, 1, claim.smallest_effect)
        return combine_parts(effect, share, "their share") if share.verdict is not Verdict.CONTRADICTED else share

    return make_result(
        claim,
        others,
        "",
        rule=rule,
        measurements=[
            Measurement("share of the others in the lost cooperation", share_of_others(""), SHARE),
            *_measurements(runs)[1:13],
        ],
        placebos=_placebo(runs),
    )
