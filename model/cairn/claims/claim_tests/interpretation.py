"""Claims 41 and 42: whether fragmentation is the anomaly, and whether integration must pay to last."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cairn.claims.claim import Claim
from cairn.claims.claim_tests.measurement import SHARE, Measurement, single_value
from cairn.claims.claim_tests.registration import TestResult, claim_test, make_result
from cairn.claims.experiments.arm_runs import ArmRuns
from cairn.claims.experiments.arms import COUNTRY_SHOCKS, GAIN_COUNTRIES, GAIN_WEIGHTS, gain_arm, shock_arm
from cairn.claims.experiments.changes import SHOCKS
from cairn.claims.verdicts import Assessment, Verdict, assess_effect, assess_ratio, combine_parts
from cairn.core.geography import CODES

TWICE, A_QUARTER_MORE = 2.0, 1.25
SURVIVING_SHARE = (
    0.9  # share of the index of 2021-2025 that must remain in 2036-2040 for cooperation to survive; Assumed
)
MOST_MEMBERS = 0.8  # share of members in which cooperation must survive; Assumed
SHOCK_TITLES = {
    "none": "no shock",
    "hostile": "a hostile leader in Tashkent from 2030",
    "canal": "a full canal by 2029",
    "bloc": "a Russian-led bloc attracting again from 2027",
    "all": "all three shocks",
}


def share_of_mutual_trade(runs: ArmRuns, arm: str, year: int) -> np.ndarray:
    """Share of trade with each other in all foreign trade of the five, (M,)."""
    inside = 2 * runs.mean(arm, "trade", year)
    outside = np.sum([runs.mean(arm, f"trade_outside_usd_bn[{code}]", year) for code in CODES], axis=0)
    return inside / (inside + outside)


@claim_test(41, "open_borders")
def fragmentation_is_anomaly(claim: Claim, runs: ArmRuns) -> TestResult:
    """Mutual trade with open borders compared with the baseline."""
    recorded, opened = (share_of_mutual_trade(runs, arm, 2015) for arm in ("baseline", "open_borders"))
    return make_result(
        claim,
        lambda _: opened / recorded,
        "times",
        rule=lambda sample, _: assess_ratio(sample, TWICE, A_QUARTER_MORE),
        measurements=[
            Measurement("share of mutual trade 2015, as recorded", recorded, SHARE),
            Measurement("share of mutual trade 2015, borders open since 1992", opened, SHARE),
        ],
        notes=[
            "Whether unity is natural is a judgement; the test is only whether closed borders reduced trade. The "
            f"share of 2015 in the model ({np.median(recorded):.1%}) is below the observed 4.6-9.1 % (2005-2021), "
            "because the model has too much trade with outsiders. Only the ratio is used here."
        ],
    )


def survives(runs: ArmRuns, arm: str) -> np.ndarray:
    """Whether `SURVIVING_SHARE` of the index of 2021-2025 remains in 2036-2040: 1 or 0 for each member of the arm."""
    before, after = runs.mean("baseline", "index", 2021, 2025), runs.mean(arm, "index", 2036, 2040)
    return (after >= SURVIVING_SHARE * before[: after.size]).astype(float)


def least_weight(weights: Sequence[float], shares: np.ndarray) -> float:
    """Least weight of gains with which cooperation survives in `MOST_MEMBERS`, by linear interpolation.

    Parameters
    ----------
    weights : weights of gains that were run, ascending, (W,)
    shares : share of members in which cooperation survives with each, (W,)

    Returns
    -------
    The weight; NaN if no weight is enough

    >>> round(least_weight((0.0, 1.0), np.array([0.5, 1.0])), 2)
    0.6
    """
    rising = np.maximum.accumulate(shares)
    if rising[0] >= MOST_MEMBERS:
        return weights[0]
    if rising[-1] < MOST_MEMBERS:
        return float("nan")
    return float(np.interp(MOST_MEMBERS, rising, weights))


def survival_shares(runs: ArmRuns, country: str, shock: str) -> np.ndarray:
    """Share of members in which cooperation survives a shock, for each of `GAIN_WEIGHTS`, (W,)."""
    return np.array([survives(runs, gain_arm(weight, shock, country)).mean() for weight in GAIN_WEIGHTS])


def shocks_for(country: str) -> Sequence[str]:
    """Shocks that are run for a country, or for all."""
    return tuple(SHOCKS) if country == "all" else COUNTRY_SHOCKS


GAIN_ARMS = tuple(
    gain_arm(weight, shock, country)
    for country in GAIN_COUNTRIES
    for weight in GAIN_WEIGHTS
    for shock in shocks_for(country)
)
WITHOUT_GAINS = gain_arm(0.0, "none")


@claim_test(42, *(shock_arm(shock) for shock in SHOCKS), *GAIN_ARMS, coded_arms=(WITHOUT_GAINS,))
def must_pay(claim: Claim, runs: ArmRuns) -> TestResult:
    """Effect of gains on the index, and on whether cooperation survives shocks."""
    return make_result(
        claim,
        lambda c: -runs.effect(f"{WITHOUT_GAINS}{c}", "index", 2036, 2040, against=f"baseline{c}"),
        "",
        rule=lambda sample, _: combine_parts(
            assess_effect(sample, 1, claim.smallest_effect), _assess_survival(runs), "survival"
        ),
        measurements=_survival_measurements(runs),
        placebos={"no weight of gains from 2026 on: the index of 2025": -runs.effect(WITHOUT_GAINS, "index", 2025)},
        notes=[_least_weights_text(runs)],
    )


def _assess_survival(runs: ArmRuns) -> Assessment:
    """Whether cooperation survives the three shocks in more members with gains than without."""
    more = survives(runs, shock_arm("all")) - survives(runs, gain_arm(0.0, "all"))
    error = more.std(ddof=1) / np.sqrt(more.size)
    if more.mean() > 2 * error and more.mean() > 0:
        return Assessment(
            Verdict.SUPPORTED, f"with gains {more.mean():.0%} more of all members survive the three shocks"
        )
    return Assessment(Verdict.CONTRADICTED, "with gains no more members survive the three shocks")


def _survival_measurements(runs: ArmRuns) -> list[Measurement]:
    """Share of members in which cooperation survives each shock, by weight of gains."""
    rows = [
        single_value(
            f"survival with {title}, calibrated weight of gains", float(survives(runs, shock_arm(shock)).mean())
        )
        for shock, title in SHOCK_TITLES.items()
    ]
    for country in GAIN_COUNTRIES:
        where = "" if country == "all" else f" in {country} only"
        for shock in shocks_for(country):
            shares = survival_shares(runs, country, shock)
            rows += [
                single_value(
                    f"survival with {SHOCK_TITLES[shock]}, weight of gains {weight:g}{where}", share, kind="detail"
                )
                for weight, share in zip(GAIN_WEIGHTS, shares, strict=True)
            ]
    return rows


def _least_weights_text(runs: ArmRuns) -> str:
    """Least weights of gains, for all countries under each shock, and for each country under two shocks."""
    gain_per_weight = runs.gain_term / runs.gain_weight[:, None]  # what a weight of one adds to willingness, (M, C)

    def text(country: str, shock: str) -> str:
        least = least_weight(GAIN_WEIGHTS, survival_shares(runs, country, shock))
        if np.isnan(least):
            return f"more than {GAIN_WEIGHTS[-1]:g}"
        if least == 0:
            return "none needed"
        if country == "all":
            return f"{least:.1f}"
        net_gain = least * np.median(gain_per_weight[:, CODES.index(country)])
        return f"{least:.1f} (a net gain of {net_gain:.2f} logit per act)"

    for_all = "; ".join(f"{text('all', shock)} with {title}" for shock, title in SHOCK_TITLES.items())
    for_each = "; ".join(
        f"with {SHOCK_TITLES[shock]}, " + ", ".join(f"{code} {text(code, shock)}" for code in CODES)
        for shock in COUNTRY_SHOCKS
    )
    terms = zip(CODES, np.median(runs.gain_term, axis=0), strict=True)
    return (
        "Least weight of gains from 2026 on with which nine tenths of the index remain in four of five members. The "
        f"calibrated weight is {np.median(runs.gain_weight):.1f} in the median; at the end of 2025 gains add "
        + ", ".join(f"{value:.2f} in {code}" for code, value in terms)
        + f" to willingness (logit). For all five countries: {for_all}. For one country only: {for_each}."
    )
