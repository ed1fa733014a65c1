"""Claims 10 to 27 but those on shares of causes: why it had come apart, and what the earlier bodies did."""

from __future__ import annotations

import numpy as np

from cairn.claims.arm_runs import FERGANA, Worlds
from cairn.claims.arms import REFORMS
from cairn.claims.claim import Claim
from cairn.claims.claim_test import SHARES, Finding, Row, finding, trial, weights_agree
from cairn.claims.claim_tests.causes import NOBODY
from cairn.claims.verdicts import by_lead

LATER = 5  # years after a reform in which its gain is read
ENOUGH = 0.05  # gain in the index that a reform is timed by; Assumed
WTO = "membership that nobody blames (the WTO's) taken away"
INSTITUTIONS = "dim_institutions"


def _gain(worlds: Worlds, year: int, kind: str, coding: str = "") -> np.ndarray:
    """What a reform gains in the index some years on, against no reform, (M,)."""
    line = f"line_quiet{coding}" if kind else f"karimov_line{coding}"
    return worlds.effect(f"reform_{year}{kind}{coding}", "index", year + LATER, against=line)


def _reaches(worlds: Worlds, year: int) -> np.ndarray:
    """Whether a reform has gained enough within seven years, (M,)."""
    gains = [worlds.effect(f"reform_{year}_quiet", "index", y, against="line_quiet") for y in range(year + 1, year + 8)]
    return (np.max(gains, axis=0) >= ENOUGH).astype(float)


@trial(
    10, "karimov_line", "reform_2008_quiet", "sham_reform_1998_quiet", *(f"reform_{y}" for y in REFORMS),
    coded=("line_quiet", "reform_1998_quiet", "reform_2018_quiet"),
)  # fmt: skip
def hardening(claim: Claim, worlds: Worlds) -> Finding:
    first, last = REFORMS[0], REFORMS[-1]
    rows = [Row(f"gain of the reform of {y} by {y + LATER}, outside at one level", _gain(worlds, y, "_quiet"))
            for y in REFORMS]  # fmt: skip
    rows += [Row(f"gain of the reform of {y} by {y + LATER}, outside as it was", _gain(worlds, y, "")) for y in REFORMS]
    rows += [Row(f"reform of {y}: worlds that gain {ENOUGH:.2f} within seven years",
                 np.array([_reaches(worlds, y).mean()]), SHARES) for y in REFORMS]  # fmt: skip
    apart = _gain(worlds, first, "_quiet") - _gain(worlds, last, "_quiet")
    rows.append(Row(f"gain of {first} less gain of {last}, outside at one level, mean", apart, averaged=True))
    return finding(
        claim,
        lambda coding: _gain(worlds, first, "_quiet", coding) - _gain(worlds, last, "_quiet", coding),
        "",
        rows=rows,
        placebos={
            "a new man with Karimov's codes in 1998, no act undone": worlds.effect(
                "sham_reform_1998_quiet", "index", first + LATER, against="line_quiet"
            )
        },
    )


def _fergana(worlds: Worlds, arm: str, begin: int, end: int) -> np.ndarray:
    """Incidents a year on the three borders of the Fergana valley, as recorded less under an arm, (M,)."""
    return -np.sum([worlds.effect(arm, f"incidents[{border}]", begin, end) for border in FERGANA], axis=0)


@trial(12, "no_water_conflict", "kaz_tkm_settled_2000")
def water_quarrels(claim: Claim, worlds: Worlds) -> Finding:
    return finding(
        claim,
        lambda _: _fergana(worlds, "no_water_conflict", 2000, 2015),
        "1/yr",
        rows=[
            *(Row(f"trust {pair} 2010, without the conflict less as recorded",
                  worlds.effect("no_water_conflict", f"trust_pair[{pair}]", 2010)) for pair in FERGANA),
            Row("index 2010, the same", worlds.effect("no_water_conflict", "index", 2010)),
        ],
        placebos={NOBODY: _fergana(worlds, "kaz_tkm_settled_2000", 2000, 2015)},
    )  # fmt: skip


@trial(13, "borders_settled_2000", "kaz_tkm_settled_2000")
def borders_and_clashes(claim: Claim, worlds: Worlds) -> Finding:
    return finding(
        claim,
        lambda _: _fergana(worlds, "borders_settled_2000", 2001, 2024),
        "1/yr",
        rows=[
            *(Row(f"of them on {border}", -worlds.effect("borders_settled_2000", f"incidents[{border}]", 2001, 2024),
                  "1/yr") for border in FERGANA),
            Row("incidents a year on the three borders, as recorded",
                np.sum([worlds.years("baseline", f"incidents[{b}]", 2001, 2024) for b in FERGANA], axis=0), "1/yr"),
        ],
        placebos={NOBODY: _fergana(worlds, "kaz_tkm_settled_2000", 2001, 2024)},
    )  # fmt: skip


@trial(14, "calm_rhetoric_ashgabat", coded=("calm_rhetoric",))
def rhetoric(claim: Claim, worlds: Worlds) -> Finding:
    return finding(
        claim,
        lambda c: -worlds.effect(f"calm_rhetoric{c}", "incidents", 1992, 2024, against=f"baseline{c}"),
        "1/yr",
        rows=[Row("index 2015, with calm rhetoric less as recorded", worlds.effect("calm_rhetoric", "index", 2015))],
        placebos={
            "calm rhetoric in Ashgabat alone, which has no contested border": -worlds.effect(
                "calm_rhetoric_ashgabat", "incidents", 1992, 2024
            )
        },
        sentences=["Openness of leaders, shifted or coded anew, leaves the codes of nationalism as they are."],
    )


@trial(15, "no_sovereignty_cost", "no_wto")
def sovereignty(claim: Claim, worlds: Worlds) -> Finding:
    return finding(
        claim,
        lambda _: worlds.effect("no_sovereignty_cost", INSTITUTIONS, 2000),
        "",
        rows=[
            Row("index 2000, the same", worlds.effect("no_sovereignty_cost", "index", 2000)),
            Row("organisation alive 2010-2015, the same", worlds.effect("no_sovereignty_cost", "alive", 2010, 2015)),
        ],
        placebos={WTO: worlds.effect("no_wto", INSTITUTIONS, 2000)},
    )


@trial(17, "yearly_summits_2006", "no_drift", "kaz_tkm_settled_2000")
def dialogue(claim: Claim, worlds: Worlds) -> Finding:
    return finding(
        claim,
        lambda _: worlds.effect("yearly_summits_2006", "trust", 2016),
        "",
        rows=[
            Row("mean trust 2016 if it neither drifts nor is talked up, less as recorded",
                worlds.effect("no_drift", "trust", 2016)),
            Row("index 2016, with yearly meetings less as recorded",
                worlds.effect("yearly_summits_2006", "index", 2016)),
            weights_agree(worlds, "yearly_summits_2006", 2016),
        ],
        placebos={NOBODY: worlds.effect("kaz_tkm_settled_2000", "trust", 2016)},
    )  # fmt: skip


@trial(19, coded=())
def order_of_pairs(claim: Claim, worlds: Worlds) -> Finding:
    def lead(coding: str) -> np.ndarray:
        trust = {p: worlds.years(f"baseline{coding}", f"trust_pair[{p}]", 2015) for p in _UZBEK}
        return np.minimum(trust["KAZ-UZB"], trust["TKM-UZB"]) - np.maximum(trust["KGZ-UZB"], trust["TJK-UZB"])

    rows = [Row(f"trust {p} 2015", worlds.years("baseline", f"trust_pair[{p}]", 2015)) for p in _UZBEK]
    return finding(claim, lead, "", rule=lambda sample, _: by_lead(sample), rows=rows)


_UZBEK = ("KAZ-UZB", "TKM-UZB", "KGZ-UZB", "TJK-UZB")


@trial(21, "open_turkmenistan_1992", coded=())
def neutral(claim: Claim, worlds: Worlds) -> Finding:
    years = 1994, 2015
    return finding(
        claim,
        lambda c: worlds.years(f"baseline{c}", "attended[UZB]", *years)
        - worlds.years(f"baseline{c}", "attended[TKM]", *years),
        SHARES,
        averaged=True,
        rows=[
            Row("index 2015 with an open first leader in Ashgabat, less as recorded",
                worlds.effect("open_turkmenistan_1992", "index", 2015)),
        ],
    )  # fmt: skip


@trial(22, "regional_kazakhstan", "regional_kazakhstan_no_merger", "no_merger_2005", "no_wto")
def eurasian_choice(claim: Claim, worlds: Worlds) -> Finding:
    alive = worlds.effect("regional_kazakhstan_no_merger", "alive", 2010, 2015, against="no_merger_2005")
    return finding(
        claim,
        lambda _: worlds.effect("regional_kazakhstan", INSTITUTIONS, 2000, 2015),
        "",
        rows=[
            Row("index 2015, the same", worlds.effect("regional_kazakhstan", "index", 2015)),
            Row("were the organisation not merged: alive 2010-2015, with the choice undone less without",
                np.array([alive.mean()]), SHARES),
        ],
        placebos={WTO: worlds.effect("no_wto", INSTITUTIONS, 2000, 2015)},
    )  # fmt: skip


@trial(23, "no_russian_blocs", "no_wto")
def memberships(claim: Claim, worlds: Worlds) -> Finding:
    return finding(
        claim,
        lambda _: worlds.effect("no_russian_blocs", "index", 2006, 2015),
        "",
        rows=[
            Row("institutions (de jure), the same", worlds.effect("no_russian_blocs", INSTITUTIONS, 2006, 2015)),
            weights_agree(worlds, "no_russian_blocs", 2015),
        ],
        placebos={WTO: worlds.effect("no_wto", "index", 2006, 2015)},
    )


@trial(26, "no_regional_body", "no_wto")
def eased_tension(claim: Claim, worlds: Worlds) -> Finding:
    return finding(
        claim,
        lambda _: -worlds.effect("no_regional_body", "trust", 1996, 2005),
        "",
        rows=[
            Row("trade 2005, as recorded less without it", -worlds.effect("no_regional_body", "trade", 2005), "bn USD"),
            Row("incidents a year 1996-2005, the same", -worlds.effect("no_regional_body", "incidents", 1996, 2005)),
            Row("mean trust 2006-2015, the same", -worlds.effect("no_regional_body", "trust", 2006, 2015)),
            Row("institutions 1996-2005, the same", -worlds.effect("no_regional_body", INSTITUTIONS, 1996, 2005)),
        ],
        placebos={WTO: -worlds.effect("no_wto", "trust", 1996, 2005)},
    )


@trial(27, "no_merger_2005", "no_wto")
def merger(claim: Claim, worlds: Worlds) -> Finding:
    lives = worlds.years("no_merger_2005", "alive", 2015).mean()
    return finding(
        claim,
        lambda _: worlds.effect("no_merger_2005", INSTITUTIONS, 2006, 2015),
        "",
        rows=[
            Row("index 2010, the same", worlds.effect("no_merger_2005", "index", 2010)),
            Row("without the merger, alive in 2015", np.array([lives]), SHARES),
            Row("as recorded, alive in 2015", np.array([worlds.years("baseline", "alive", 2015).mean()]), SHARES),
        ],
        placebos={WTO: worlds.effect("no_wto", INSTITUTIONS, 2006, 2015)},
    )
