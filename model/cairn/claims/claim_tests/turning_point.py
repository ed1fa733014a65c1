"""Claims 1 to 7: the turning point. Elites or war, the four successions, and whether it was unthinkable before."""

from __future__ import annotations

import numpy as np

from cairn.claims.claim import Claim
from cairn.claims.claim_tests.measurement import SHARE, Measurement, weighting_robustness
from cairn.claims.claim_tests.registration import TestResult, claim_test, make_result
from cairn.claims.experiments.arm_runs import ArmRuns
from cairn.claims.experiments.leader_changes import REFORMER, SUCCESSIONS
from cairn.claims.verdicts import Assessment, assess_effect, combine_parts
from cairn.core.geography import PAIR_NAMES

BEFORE, BY, AFTER = 2015, 2021, 2024
PLACEBO_YEARS = (2003, 2009, 2012)  # a period of the same length without a turn
MIN_RISE = 0.02  # smallest rise of which shares are computed; Assumed
AS_OPEN = 0.12  # a drawn successor this much less open than the coded one counts as as open: the coding's spread
SAME_KIND = "a handover in Astana in 2016 to a leader with the same codes"


def beyond_half(runs: ArmRuns, arm: str, first_year: int, by: int, last_year: int) -> np.ndarray:
    """Index at the end of year `by` minus the mean of the first and the last year, (M,)."""
    first, last = runs.mean(arm, "index", first_year), runs.mean(arm, "index", last_year)
    return runs.mean(arm, "index at year's end", by) - (first + last) / 2


@claim_test(1, "no_ukraine_war", "karimov_line", "no_turn_no_war", coded_arms=())
def elites_or_war(claim: Claim, runs: ArmRuns) -> TestResult:
    """How much of the rise had happened by the end of 2021, and what each of the two turns contributes."""
    rise = runs.increase("baseline", "index", BEFORE, AFTER)
    rose = rise > MIN_RISE

    def share_of_rise(year: int) -> np.ndarray:
        part = runs.mean("baseline", "index at year's end", year) - runs.mean("baseline", "index", BEFORE)
        return part[rose] / rise[rose]

    losses = {
        "loss without the war, index 2024": "no_ukraine_war",
        "loss without the turn in Tashkent, index 2024": "karimov_line",
        "loss without both, index 2024": "no_turn_no_war",
    }
    rows = [Measurement("rise of the index 2015 to 2024", rise)]
    if rose.any():
        of = f"of {rose.sum()} members that rise"
        rows += [
            Measurement(f"share of the rise by the end of {y} ({of})", share_of_rise(y), SHARE) for y in (2019, BY)
        ]
    rows += [Measurement(label, -runs.effect(arm, "index", AFTER)) for label, arm in losses.items()]
    without_both = -runs.effect("no_turn_no_war", "index", AFTER)
    sum_of_each = -runs.effect("no_ukraine_war", "index", AFTER) - runs.effect("karimov_line", "index", AFTER)
    rows.append(
        Measurement("interaction: loss without both minus the sum of the two losses", without_both - sum_of_each)
    )
    return make_result(
        claim,
        lambda coding: beyond_half(runs, f"baseline{coding}", BEFORE, BY, AFTER),
        "",
        measurements=rows,
        placebos={"the same for 2003-2012, without a turn": beyond_half(runs, "baseline", *PLACEBO_YEARS)},
        notes=[
            "The pandemic and the closed Kyrgyz-Tajik border reduce the index in 2020-2021, so that the share reached "
            "by then is smaller than by 2019. A small share therefore does not show an effect of the war; the runs "
            "without the war do."
        ],
    )


@claim_test(
    2, "kaz_same_kind_2016", *(f"only_{code}_changes" for code in SUCCESSIONS),
    coded_arms=("no_leader_changes", "only_UZB_changes"),
)  # fmt: skip
def new_elites(claim: Claim, runs: ArmRuns) -> TestResult:
    """Loss without any change of leaders, and the contribution of the changes outside Uzbekistan."""

    def loss(coding: str) -> np.ndarray:
        return -runs.effect(f"no_leader_changes{coding}", "index", AFTER, against=f"baseline{coding}")

    def contribution_of_others(coding: str) -> np.ndarray:
        return -runs.effect(f"only_UZB_changes{coding}", "index", AFTER, against=f"baseline{coding}")

    def rule(sample: np.ndarray, coding: str) -> Assessment:
        second = assess_effect(contribution_of_others(coding), 1, claim.smallest_effect)
        first = assess_effect(sample, 1, claim.smallest_effect)
        return combine_parts(first, second, "the four changes outside Uzbekistan")

    mean_loss = float(np.mean(loss("")))
    rows = [Measurement("contribution of the four changes outside Uzbekistan", contribution_of_others(""))]
    for code in SUCCESSIONS:
        gain = runs.effect(f"only_{code}_changes", "index", AFTER, against="no_leader_changes")
        label = f"regained when leaders change only in {code} ({_share_text(gain, mean_loss)} of the loss)"
        rows.append(Measurement(label, gain))
    return make_result(
        claim,
        loss,
        "",
        rule=rule,
        measurements=[*rows, weighting_robustness(runs, "no_leader_changes", AFTER)],
        placebos={SAME_KIND: -runs.effect("kaz_same_kind_2016", "index", AFTER)},
    )


def _share_text(sample: np.ndarray, whole: float) -> str:
    return f"{np.mean(sample) / whole:.0%}" if whole else "no share"


def difference_in_growth(runs: ArmRuns, arm: str) -> np.ndarray:
    """Growth of ln trade 2015 to 2018, mean of Uzbekistan's pairs minus mean of the others, (M,)."""
    growth = {
        pair: np.log(runs.mean(arm, f"pair_trade_usd_bn[{pair}]", 2018))
        - np.log(runs.mean(arm, f"pair_trade_usd_bn[{pair}]", 2015))
        for pair in PAIR_NAMES
    }
    uzbek = np.mean([g for pair, g in growth.items() if "UZB" in pair], axis=0)
    return uzbek - np.mean([g for pair, g in growth.items() if "UZB" not in pair], axis=0)


@claim_test(
    3, "karimov_person", "scripted_2016_drawn", "karimov_line_drawn", "uzb_same_kind_2016", coded_arms=("karimov_line",)
)  # fmt: skip
def uzbek_succession(claim: Claim, runs: ArmRuns) -> TestResult:
    """Loss if Karimov's policies continue, and how likely a successor as open as the coded one was."""
    recorded = float(np.median(runs.increase("baseline", "index", BEFORE, AFTER)))
    openness = runs.mean("scripted_2016_drawn", "leader_openness[UZB]", 2018)
    as_open = float((openness >= REFORMER["openness"] - AS_OPEN).mean())
    with_acts = runs.increase("scripted_2016_drawn", "index", BEFORE, AFTER)
    without = runs.increase("karimov_line_drawn", "index", BEFORE, AFTER)
    lost = {
        "loss if the president stays and all acts are as recorded": "karimov_person",
        "loss if the successor is drawn, acts as recorded": "scripted_2016_drawn",
        "loss if the successor is drawn, closures continue": "karimov_line_drawn",
    }
    rows = [
        *(Measurement(label, -runs.effect(arm, "index", AFTER)) for label, arm in lost.items()),
        Measurement("openness of the drawn successor", openness, SHARE),
        Measurement(
            "growth of ln trade 2015-2018, Uzbek pairs minus others",
            difference_in_growth(runs, "baseline"),
        ),
        Measurement("the same growth if Karimov's policies continue", difference_in_growth(runs, "karimov_line")),
        weighting_robustness(runs, "karimov_line", AFTER),
    ]
    placebo = runs.effect("uzb_same_kind_2016", "index", AFTER, against="karimov_line")
    return make_result(
        claim,
        lambda coding: -runs.effect(f"karimov_line{coding}", "index", AFTER, against=f"baseline{coding}"),
        "",
        measurements=rows,
        placebos={"Karimov is succeeded by a leader with his codes": placebo},
        notes=[
            f"How likely was 2016? Of successors drawn from the pool, {as_open:.0%} are as open as the coded one, or "
            f"less open by at most {AS_OPEN}. The index then rises by {recorded:+.2f} or more, the recorded median, "
            f"in {(with_acts >= recorded).mean():.0%} of members if visas, closed rail lines and mines end as they "
            f"did, and in {(without >= recorded).mean():.0%} if they continue. The pool is assumed (openness "
            ".05-.95, mean .50)."
        ],
    )


@claim_test(4, "kaz_same_kind_2016", coded_arms=("nazarbayev_stays",))
def kazakh_handover(claim: Claim, runs: ArmRuns) -> TestResult:
    """Loss without the handover of 2019."""
    lost_trade = -runs.effect("nazarbayev_stays", "pair_trade_usd_bn[KAZ-UZB]", AFTER)
    return make_result(
        claim,
        lambda coding: -runs.effect(f"nazarbayev_stays{coding}", "index", AFTER, against=f"baseline{coding}"),
        "",
        measurements=[
            Measurement("loss of trade Kazakhstan-Uzbekistan 2024", lost_trade, "bn USD"),
            weighting_robustness(runs, "nazarbayev_stays", AFTER),
        ],
        placebos={SAME_KIND: -runs.effect("kaz_same_kind_2016", "index", AFTER)},
    )


@claim_test(5, "tkm_same_kind_2022", coded_arms=("no_turkmen_handover_2022",))
def turkmen_handover(claim: Claim, runs: ArmRuns) -> TestResult:
    """Loss of attendance without the handover of 2022."""
    arm, attended = "no_turkmen_handover_2022", "attended[TKM]"
    before = runs.mean("baseline", attended, 2018, 2021) - runs.mean("baseline", attended, 2010, 2017)
    placebo = runs.effect("tkm_same_kind_2022", attended, 2022, 2024, against=arm)
    return make_result(
        claim,
        lambda coding: -runs.effect(f"{arm}{coding}", attended, 2022, 2024, against=f"baseline{coding}"),
        SHARE,
        averaged=True,
        measurements=[
            Measurement("loss of the index 2024", -runs.effect(arm, "index", AFTER)),
            Measurement("attendance 2018-2021 minus 2010-2017, before the handover", before, SHARE, averaged=True),
        ],
        placebos={"handover to a leader with the codes of the father": placebo},
    )


@claim_test(
    6, "tajik_succession_2027_open", "tajik_succession_2027_closed",
    coded_arms=("tajik_succession_2027_same", "tajik_succession_2027_drawn"),
)  # fmt: skip
def tajik_succession(claim: Claim, runs: ArmRuns) -> TestResult:
    """A drawn successor compared with one like the predecessor."""
    same, years = "tajik_succession_2027_same", (2030, 2034)

    def effect_of(kind: str, coding: str = "") -> np.ndarray:
        return runs.effect(f"tajik_succession_2027_{kind}{coding}", "index", *years, against=f"{same}{coding}")

    return make_result(
        claim,
        lambda coding: effect_of("drawn", coding),
        "",
        measurements=[
            Measurement("an open successor minus the same kind", effect_of("open")),
            Measurement("a closed successor minus the same kind", effect_of("closed")),
        ],
        placebos={"a successor of the same kind minus the baseline": runs.effect(same, "index", *years)},
    )


@claim_test(7, "no_regional_body")
def integration_unthinkable(claim: Claim, runs: ArmRuns) -> TestResult:
    """Institutions in the early years compared with 2008-2016."""

    def decline(arm: str) -> np.ndarray:
        institutions = "dim_institutions"
        return runs.mean(arm, institutions, 1996, 2004) - runs.mean(arm, institutions, 2008, 2016)

    meetings = {years: runs.mean("baseline", "meeting", *years) for years in ((1994, 2005), (2008, 2016), (2018, 2025))}
    return make_result(
        claim,
        lambda _: decline("baseline"),
        "",
        measurements=[
            Measurement("the same without the organisation of 1994", decline("no_regional_body")),
            *(Measurement(f"share of years {a}-{b} with a meeting", x, SHARE) for (a, b), x in meetings.items()),
        ],
        notes=["Founding and end of the organisation are given to the model, so the second row is the better test."],
    )
