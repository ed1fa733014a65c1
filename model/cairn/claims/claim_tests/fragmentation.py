"""Claims 10 to 21 on fragmentation, except those on shares of causes and on institutions."""

from __future__ import annotations

import numpy as np

from cairn.claims.claim import Claim
from cairn.claims.claim_tests.causes import UNDISPUTED_BORDER
from cairn.claims.claim_tests.measurement import SHARE, Measurement, single_value, weighting_robustness
from cairn.claims.claim_tests.registration import TestResult, claim_test, make_result
from cairn.claims.experiments.arm_runs import FERGANA, ArmRuns
from cairn.claims.experiments.arms import REFORM_YEARS
from cairn.claims.verdicts import assess_lead

YEARS_AFTER_REFORM = 5  # when the gain of a reform is measured
LARGE_GAIN = 0.05  # gain in the index by which the speed of a reform is measured; Assumed
UZBEK_PAIRS = ("KAZ-UZB", "TKM-UZB", "KGZ-UZB", "TJK-UZB")


def reform_gain(runs: ArmRuns, year: int, environment: str, coding: str = "") -> np.ndarray:
    """Gain of a reform in the index after five years, compared with no reform, (M,).

    Parameters
    ----------
    runs : runs of the arms
    year : year of the reform
    environment : ``_constant`` for constant influences from outside, or empty for those recorded
    coding : coding of leaders, such as ``@force``
    """
    reference = f"karimov_line{environment}{coding}"
    return runs.effect(f"reform_{year}{environment}{coding}", "index", year + YEARS_AFTER_REFORM, against=reference)


def _reaches_large_gain(runs: ArmRuns, year: int) -> np.ndarray:
    """Whether a reform gains `LARGE_GAIN` within seven years, (M,)."""
    years = range(year + 1, year + 8)
    gains = [runs.effect(f"reform_{year}_constant", "index", y, against="karimov_line_constant") for y in years]
    return np.max(gains, axis=0) >= LARGE_GAIN


@claim_test(
    10, "karimov_line", "reform_2008_constant", "sham_reform_1998_constant", *(f"reform_{y}" for y in REFORM_YEARS),
    coded_arms=("karimov_line_constant", "reform_1998_constant", "reform_2018_constant"),
)  # fmt: skip
def hardening(claim: Claim, runs: ArmRuns) -> TestResult:
    """Gain of an early reform minus gain of a late one."""
    first, last = REFORM_YEARS[0], REFORM_YEARS[-1]
    rows = []
    for environment, title in (("_constant", "constant environment"), ("", "environment as recorded")):
        for year in REFORM_YEARS:
            label = f"gain of the reform of {year} by {year + YEARS_AFTER_REFORM}, {title}"
            rows.append(Measurement(label, reform_gain(runs, year, environment)))
    for year in REFORM_YEARS:
        label = f"reform of {year}: members that gain {LARGE_GAIN:.2f} within seven years"
        rows.append(single_value(label, float(_reaches_large_gain(runs, year).mean())))
    difference = reform_gain(runs, first, "_constant") - reform_gain(runs, last, "_constant")
    label = f"gain of {first} minus gain of {last}, constant environment, mean"
    rows.append(Measurement(label, difference, averaged=True))
    sham = runs.effect(
        "sham_reform_1998_constant", "index", first + YEARS_AFTER_REFORM, against="karimov_line_constant"
    )
    return make_result(
        claim,
        lambda coding: reform_gain(runs, first, "_constant", coding) - reform_gain(runs, last, "_constant", coding),
        "",
        measurements=rows,
        placebos={"a new leader with Karimov's codes in 1998, no act ended": sham},
    )


def incidents_in_fergana(runs: ArmRuns, arm: str, first_year: int, last_year: int) -> np.ndarray:
    """Incidents a year on the three borders of the Fergana valley, as recorded minus under an arm, (M,)."""
    effects = [runs.effect(arm, f"incidents[{border}]", first_year, last_year) for border in FERGANA]
    return -np.sum(effects, axis=0)


@claim_test(12, "no_water_conflict", "kaz_tkm_settled_2000")
def water_and_incidents(claim: Claim, runs: ArmRuns) -> TestResult:
    """Incidents caused by the water conflict."""
    trust = {pair: runs.effect("no_water_conflict", f"trust_pair[{pair}]", 2010) for pair in FERGANA}
    return make_result(
        claim,
        lambda _: incidents_in_fergana(runs, "no_water_conflict", 2000, 2015),
        "1/yr",
        measurements=[
            *(
                Measurement(f"trust {pair} 2010, without the conflict minus as recorded", x)
                for pair, x in trust.items()
            ),
            Measurement("index 2010, the same difference", runs.effect("no_water_conflict", "index", 2010)),
        ],
        placebos={UNDISPUTED_BORDER: incidents_in_fergana(runs, "kaz_tkm_settled_2000", 2000, 2015)},
    )


@claim_test(13, "borders_settled_2000", "kaz_tkm_settled_2000")
def borders_and_clashes(claim: Claim, runs: ArmRuns) -> TestResult:
    """Incidents caused by undelimited borders."""
    settled = {b: -runs.effect("borders_settled_2000", f"incidents[{b}]", 2001, 2024) for b in FERGANA}
    recorded = np.sum([runs.mean("baseline", f"incidents[{b}]", 2001, 2024) for b in FERGANA], axis=0)
    return make_result(
        claim,
        lambda _: incidents_in_fergana(runs, "borders_settled_2000", 2001, 2024),
        "1/yr",
        measurements=[
            *(Measurement(f"of these on {border}", effect, "1/yr") for border, effect in settled.items()),
            Measurement("incidents a year on the three borders, as recorded", recorded, "1/yr"),
        ],
        placebos={UNDISPUTED_BORDER: incidents_in_fergana(runs, "kaz_tkm_settled_2000", 2001, 2024)},
    )


@claim_test(14, "calm_rhetoric_ashgabat", coded_arms=("calm_rhetoric",))
def rhetoric(claim: Claim, runs: ArmRuns) -> TestResult:
    """Incidents caused by nationalism."""
    placebo = -runs.effect("calm_rhetoric_ashgabat", "incidents", 1992, 2024)
    index = runs.effect("calm_rhetoric", "index", 2015)
    return make_result(
        claim,
        lambda c: -runs.effect(f"calm_rhetoric{c}", "incidents", 1992, 2024, against=f"baseline{c}"),
        "1/yr",
        measurements=[Measurement("index 2015, with calm rhetoric minus as recorded", index)],
        placebos={"calm rhetoric in Ashgabat only, which has no contested border": placebo},
        notes=["The other codings change the openness of leaders; the codes of nationalism stay as they are."],
    )


@claim_test(17, "yearly_summits_2006", "no_drift", "kaz_tkm_settled_2000")
def dialogue(claim: Claim, runs: ArmRuns) -> TestResult:
    """Trust with yearly meetings from 2006 on."""
    arm = "yearly_summits_2006"
    return make_result(
        claim,
        lambda _: runs.effect(arm, "trust", 2016),
        "",
        measurements=[
            Measurement(
                "mean trust 2016 without drift of trust minus as recorded", runs.effect("no_drift", "trust", 2016)
            ),
            Measurement("index 2016, with yearly meetings minus as recorded", runs.effect(arm, "index", 2016)),
            weighting_robustness(runs, arm, 2016),
        ],
        placebos={UNDISPUTED_BORDER: runs.effect("kaz_tkm_settled_2000", "trust", 2016)},
    )


@claim_test(19, coded_arms=())
def order_of_pairs(claim: Claim, runs: ArmRuns) -> TestResult:
    """Order of Uzbekistan's pairs by trust in 2015."""

    def trust(coding: str) -> dict[str, np.ndarray]:
        return {pair: runs.mean(f"baseline{coding}", f"trust_pair[{pair}]", 2015) for pair in UZBEK_PAIRS}

    def lead(coding: str) -> np.ndarray:
        by_pair = trust(coding)
        return np.minimum(by_pair["KAZ-UZB"], by_pair["TKM-UZB"]) - np.maximum(by_pair["KGZ-UZB"], by_pair["TJK-UZB"])

    return make_result(
        claim,
        lead,
        "",
        rule=lambda sample, _: assess_lead(sample),
        measurements=[Measurement(f"trust {pair} 2015", values) for pair, values in trust("").items()],
    )


@claim_test(21, "open_turkmenistan_1992", coded_arms=())
def turkmen_neutrality(claim: Claim, runs: ArmRuns) -> TestResult:
    """Attendance of Uzbekistan minus that of Turkmenistan."""
    years = 1994, 2015
    opened = runs.effect("open_turkmenistan_1992", "index", 2015)
    return make_result(
        claim,
        lambda c: (
            runs.mean(f"baseline{c}", "attended[UZB]", *years) - runs.mean(f"baseline{c}", "attended[TKM]", *years)
        ),
        SHARE,
        averaged=True,
        measurements=[Measurement("index 2015 with an open first leader in Ashgabat minus as recorded", opened)],
    )
