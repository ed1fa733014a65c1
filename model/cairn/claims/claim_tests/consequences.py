"""Claims 28 to 39: consequences. Summits, partners, trade, corridors, the core pair, canal and threat."""

from __future__ import annotations

import numpy as np

from cairn.claims.claim import Claim
from cairn.claims.claim_tests.measurement import SHARE, Measurement, MeasurementKind, weighting_robustness
from cairn.claims.claim_tests.registration import TestResult, claim_test, make_result
from cairn.claims.claim_tests.turning_point import SAME_KIND
from cairn.claims.experiments.arm_runs import ArmRuns
from cairn.claims.verdicts import Assessment, assess_claimed_value, assess_effect, assess_lead, combine_parts
from cairn.core.geography import CODES, PAIR_NAMES

FREEZE_ARMS = tuple(f"freeze_{pair}" for pair in PAIR_NAMES)
CORE_PAIR = "KAZ-UZB"
CLAIMED_TRADE_USD_BN = {2022: 20.0, 2023: 42.0}  # values of the article, used for comparison only
MIN_SHORTAGE = 0.01  # smallest increase of shortage that counts as harm; Assumed


@claim_test(28, coded_arms=())
def summits(claim: Claim, runs: ArmRuns) -> TestResult:
    """Meetings since 2018 compared with the eight years before."""

    def meetings(coding: str, first_year: int, last_year: int) -> np.ndarray:
        return runs.mean(f"baseline{coding}", "meeting", first_year, last_year)

    since_2018 = meetings("", 2018, 2025)
    earlier = meetings("", 2010, 2017) - meetings("", 2002, 2009)
    return make_result(
        claim,
        lambda coding: meetings(coding, 2018, 2025) - meetings(coding, 2010, 2017),
        SHARE,
        averaged=True,
        measurements=[Measurement("share of years 2018-2025 with a meeting", since_2018, SHARE)],
        placebos={"the same comparison eight years earlier": earlier},
    )


@claim_test(29, "no_c5plus1", "kaz_same_kind_2016")
def partners(claim: Claim, runs: ArmRuns) -> TestResult:
    """Effect of outside partners who meet the five together."""
    arm = "no_c5plus1"
    return make_result(
        claim,
        lambda _: -runs.effect(arm, "index", 2024),
        "",
        measurements=[
            Measurement(
                "share of years 2018-2024 with a meeting, the same difference",
                -runs.effect(arm, "meeting", 2018, 2024),
                SHARE,
            ),
            weighting_robustness(runs, arm, 2024),
        ],
        placebos={SAME_KIND: runs.effect("kaz_same_kind_2016", "index", 2024)},
    )


@claim_test(31)
def mutual_trade(claim: Claim, runs: ArmRuns) -> TestResult:
    """Trade of the five compared with the values of the article."""
    claimed = CLAIMED_TRADE_USD_BN[2023]
    return make_result(
        claim,
        lambda _: runs.mean("baseline", "trade", 2023) - claimed,
        "bn USD",
        rule=lambda sample, _: assess_claimed_value(claimed, sample + claimed),
        measurements=[
            Measurement(f"trade of the five {year}, claimed {value:g}", runs.mean("baseline", "trade", year), "bn USD")
            for year, value in CLAIMED_TRADE_USD_BN.items()
        ],
    )


@claim_test(32, "trans_caspian_boom")
def corridors(claim: Claim, runs: ArmRuns) -> TestResult:
    """Trade with three corridors built by 2032."""
    arm = "trans_caspian_boom"
    with_outsiders = np.sum([runs.effect(arm, f"trade_outside_usd_bn[{code}]", 2040) for code in CODES], axis=0)
    return make_result(
        claim,
        lambda _: runs.effect(arm, "trade", 2040),
        "bn USD",
        measurements=[Measurement("trade with outsiders 2040, with corridors minus without", with_outsiders, "bn USD")],
        placebos={"before construction, 2025": runs.effect(arm, "trade", 2025)},
    )


@claim_test(36, coded_arms=FREEZE_ARMS)
def core_pair(claim: Claim, runs: ArmRuns) -> TestResult:
    """Loss from freezing each pair in 2016."""

    def losses(coding: str) -> np.ndarray:
        each = [-runs.effect(f"{arm}{coding}", "index", 2024, against=f"baseline{coding}") for arm in FREEZE_ARMS]
        return np.stack(each)

    def lead(coding: str) -> np.ndarray:
        values, k = losses(coding), PAIR_NAMES.index(CORE_PAIR)
        return values[k] - np.delete(values, k, axis=0).max(0)

    order = sorted(zip(PAIR_NAMES, losses(""), strict=True), key=lambda item: -np.median(item[1]))
    core, total = (runs.mean("baseline", name, 2023) for name in (f"pair_trade_usd_bn[{CORE_PAIR}]", "trade"))
    rows = []
    for pair, loss in order:
        kind: MeasurementKind = "supplementary" if "UZB" in pair else "placebo"
        rows.append(Measurement(f"loss of the index 2024 if {pair} is frozen", loss, "", kind))
    rows.append(Measurement(f"share of {CORE_PAIR} in trade of the five 2023", core / total, SHARE))
    first, second, third = (pair for pair, _ in order[:3])
    return make_result(
        claim,
        lead,
        "",
        rule=lambda sample, _: assess_lead(sample),
        measurements=rows,
        notes=[f"In the median, freezing {first} costs most, then {second} and {third}."],
    )


@claim_test(38, "canal_high", "no_canal", "threat_without_canal", "canal_as_threat", "no_taliban")
def canal(claim: Claim, runs: ArmRuns) -> TestResult:
    """Effect of a full canal that is seen as a common threat."""

    def shortage(code: str) -> np.ndarray:
        return runs.effect("canal_high", f"shortage[{code}]", 2036, 2040, against="no_canal")

    harm = assess_effect((shortage("TKM") + shortage("UZB")) / 2, 1, MIN_SHORTAGE)

    def rule(sample: np.ndarray, _: str) -> Assessment:
        return combine_parts(assess_effect(sample, 1, claim.smallest_effect), harm, "the harm")

    def effect(outcome: str, arm: str) -> np.ndarray:
        return runs.effect(arm, outcome, 2040, against="no_canal")

    agreements = "agreement[TKM-UZB]"
    parts = {"water alone": "canal_high", "the threat alone": "threat_without_canal"}
    arms = {**parts, "both": "canal_as_threat"}
    return make_result(
        claim,
        lambda _: effect(agreements, "canal_as_threat"),
        "",
        rule=rule,
        measurements=[
            *(Measurement(f"agreements TKM-UZB 2040, {t}", effect(agreements, arm)) for t, arm in parts.items()),
            *(Measurement(f"index 2040, {t}", effect("index", arm)) for t, arm in arms.items()),
            Measurement("summer shortage in Turkmenistan 2036-2040, full canal minus none", shortage("TKM"), SHARE),
            Measurement("summer shortage in Uzbekistan 2036-2040, the same difference", shortage("UZB"), SHARE),
            Measurement("index 2024, as recorded minus without the Taliban", -runs.effect("no_taliban", "index", 2024)),
        ],
        placebos={"trust KAZ-KGZ 2040, unrelated to the river": effect("trust_pair[KAZ-KGZ]", "canal_high")},
        notes=[
            "In the model the canal takes water from 2026 on; effects of its construction in 2022-2023 are not "
            "included. The water alone does not increase cooperation, because neighbours are blamed for shortage. "
            "That all see the canal as a common threat, and how large the threat is, are assumptions."
        ],
    )


def _security(runs: ArmRuns, arm: str) -> np.ndarray:
    """Security cooperation 2024, mean of pairs, as recorded minus under an arm, (M,)."""
    return -np.mean([runs.effect(arm, f"security[{pair}]", 2024) for pair in PAIR_NAMES], axis=0)


@claim_test(39, "no_war_no_taliban", "kaz_same_kind_2016")
def security_first(claim: Claim, runs: ArmRuns) -> TestResult:
    """Effect of the two threats on security cooperation."""
    arm = "no_war_no_taliban"
    return make_result(
        claim,
        lambda _: _security(runs, arm),
        "",
        measurements=[
            Measurement(
                "trade 2024, as recorded minus without the threats", -runs.effect(arm, "trade", 2024), "bn USD"
            ),
            Measurement("index 2024, the same difference", -runs.effect(arm, "index", 2024)),
        ],
        placebos={SAME_KIND: _security(runs, "kaz_same_kind_2016")},
    )
