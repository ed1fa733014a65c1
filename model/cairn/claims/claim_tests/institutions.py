"""Claims 15, 22, 23, 26 and 27: sovereignty, membership in outside organisations, and the region's own organisation."""

from __future__ import annotations

import numpy as np

from cairn.claims.claim import Claim
from cairn.claims.claim_tests.measurement import Measurement, single_value, weighting_robustness
from cairn.claims.claim_tests.registration import TestResult, claim_test, make_result
from cairn.claims.experiments.arm_runs import ArmRuns

WTO_PLACEBO = "membership in the WTO removed, which no one blames"
INSTITUTIONS = "dim_institutions"


@claim_test(15, "no_sovereignty_cost", "no_wto")
def sovereignty(claim: Claim, runs: ArmRuns) -> TestResult:
    """Institutions without the sovereignty cost."""
    arm = "no_sovereignty_cost"
    return make_result(
        claim,
        lambda _: runs.effect(arm, INSTITUTIONS, 2000),
        "",
        measurements=[
            Measurement("index 2000, the same difference", runs.effect(arm, "index", 2000)),
            Measurement("organisation alive 2010-2015, the same", runs.effect(arm, "alive", 2010, 2015)),
        ],
        placebos={WTO_PLACEBO: runs.effect("no_wto", INSTITUTIONS, 2000)},
    )


@claim_test(22, "regional_kazakhstan", "regional_kazakhstan_no_merger", "no_merger_2005", "no_wto")
def eurasian_choice(claim: Claim, runs: ArmRuns) -> TestResult:
    """Institutions without Kazakhstan's Eurasian choice."""
    alive = runs.effect("regional_kazakhstan_no_merger", "alive", 2010, 2015, against="no_merger_2005")
    return make_result(
        claim,
        lambda _: runs.effect("regional_kazakhstan", INSTITUTIONS, 2000, 2015),
        "",
        measurements=[
            Measurement("index 2015, the same difference", runs.effect("regional_kazakhstan", "index", 2015)),
            single_value(
                "organisation alive 2010-2015 if not merged, without the choice minus with it", float(alive.mean())
            ),
        ],
        placebos={WTO_PLACEBO: runs.effect("no_wto", INSTITUTIONS, 2000, 2015)},
    )


@claim_test(23, "no_russian_blocs", "no_wto")
def memberships(claim: Claim, runs: ArmRuns) -> TestResult:
    """The index without Russian-led organisations."""
    arm = "no_russian_blocs"
    return make_result(
        claim,
        lambda _: runs.effect(arm, "index", 2006, 2015),
        "",
        measurements=[
            Measurement("institutions (de jure), the same difference", runs.effect(arm, INSTITUTIONS, 2006, 2015)),
            weighting_robustness(runs, arm, 2015),
        ],
        placebos={WTO_PLACEBO: runs.effect("no_wto", "index", 2006, 2015)},
    )


@claim_test(26, "no_regional_body", "no_wto")
def effect_of_caco(claim: Claim, runs: ArmRuns) -> TestResult:
    """Trust with the organisation of 1994-2005."""

    def effect(outcome: str, first_year: int, last_year: int | None = None) -> np.ndarray:
        return -runs.effect("no_regional_body", outcome, first_year, last_year)

    return make_result(
        claim,
        lambda _: effect("trust", 1996, 2005),
        "",
        measurements=[
            Measurement("trade 2005, as recorded minus without it", effect("trade", 2005), "bn USD"),
            Measurement("incidents a year 1996-2005, the same difference", effect("incidents", 1996, 2005)),
            Measurement("mean trust 2006-2015, the same", effect("trust", 2006, 2015)),
            Measurement("institutions 1996-2005, the same", effect(INSTITUTIONS, 1996, 2005)),
        ],
        placebos={WTO_PLACEBO: -runs.effect("no_wto", "trust", 1996, 2005)},
    )


@claim_test(27, "no_merger_2005", "no_wto")
def merger(claim: Claim, runs: ArmRuns) -> TestResult:
    """Institutions without the merger of 2005."""
    arm = "no_merger_2005"
    return make_result(
        claim,
        lambda _: runs.effect(arm, INSTITUTIONS, 2006, 2015),
        "",
        measurements=[
            Measurement("index 2010, the same difference", runs.effect(arm, "index", 2010)),
            single_value("without the merger, alive in 2015", float(runs.mean(arm, "alive", 2015).mean())),
            single_value("as recorded, alive in 2015", float(runs.mean("baseline", "alive", 2015).mean())),
        ],
        placebos={WTO_PLACEBO: runs.effect("no_wto", INSTITUTIONS, 2006, 2015)},
    )
