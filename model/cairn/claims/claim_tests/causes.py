"""Claims 11, 18, 20: how much of the lost cooperation each of six causes accounts for, by Shapley values."""

from __future__ import annotations

import functools

import numpy as np

from cairn.claims.arm_runs import Worlds
from cairn.claims.arms import COMBINATIONS, EARLY
from cairn.claims.changes import CAUSES
from cairn.claims.claim import Claim
from cairn.claims.claim_test import SHARES, Finding, Row, finding, trial
from cairn.claims.shapley import shapley
from cairn.claims.verdicts import Ruling, Verdict, both, by_effect, by_lead, by_ratio

COMBINED = tuple(f"combination_{k}" for k in range(COMBINATIONS))
KEYS = tuple(CAUSES)
A_LOSS = 0.02  # least loss of which shares are taken; Assumed
MORE_THAN_A_PART, NOTHING = 0.1, 0.0  # share of the others from which Karimov alone is too simple; Assumed
NOBODY = "a border that nobody disputes settled (Kazakhstan-Turkmenistan)"


@functools.lru_cache(maxsize=16)
def values_of(worlds: Worlds, coding: str, outcome: str = "index") -> np.ndarray:
    """Shapley value of each cause in each world, (6, M)."""
    by_combination = [worlds.years(f"{name}{coding}", outcome, EARLY) for name in COMBINED]
    return shapley(np.stack(by_combination))


def lead_of(values: np.ndarray, key: str) -> np.ndarray:
    """Value of a cause less the largest of the others, (M,)."""
    k = KEYS.index(key)
    return values[k] - np.delete(values, k, axis=0).max(0)


def shares_of(values: np.ndarray) -> np.ndarray:
    """Each cause's share of the whole in worlds that lost something, (6, M')."""
    whole = values.sum(0)
    return values[:, whole > A_LOSS] / whole[whole > A_LOSS]


def _rows(worlds: Worlds, shares: bool = True) -> list[Row]:
    values, traded = values_of(worlds, ""), values_of(worlds, "", "trade")
    rows = [Row("lost cooperation: index 2015 without all six less as recorded", values.sum(0))]
    for k, (title, _) in enumerate(CAUSES.values()):
        rows.append(Row(f"{title}, Shapley value, index 2015", values[k]))
        if shares:
            rows.append(Row(f"{title}, share of the whole", shares_of(values)[k], SHARES))
    return [*rows, *(Row(f"{t}, trade 2015", traded[k], "bn USD") for k, (t, _) in enumerate(CAUSES.values()))]


def _placebo(worlds: Worlds) -> dict[str, np.ndarray]:
    return {NOBODY: worlds.effect("kaz_tkm_settled_2000", "index", EARLY)}


@trial(11, "kaz_tkm_settled_2000", *COMBINED)
def water_first(claim: Claim, worlds: Worlds) -> Finding:
    return finding(
        claim,
        lambda coding: lead_of(values_of(worlds, coding), "water_conflict"),
        "",
        rule=lambda sample, _: by_lead(sample),
        rows=_rows(worlds, shares=False)[:7],
        placebos=_placebo(worlds),
    )


@trial(18, "kaz_tkm_settled_2000", coded=COMBINED)
def karimov_first(claim: Claim, worlds: Worlds) -> Finding:
    names = [title for title, _ in CAUSES.values()]
    shares = np.median(shares_of(values_of(worlds, "")), axis=1)
    return finding(
        claim,
        lambda coding: lead_of(values_of(worlds, coding), "uzbek_leadership"),
        "",
        rule=lambda sample, _: by_lead(sample),
        rows=_rows(worlds),
        placebos=_placebo(worlds),
        sentences=[
            "Median shares of the lost cooperation of 2015: "
            + ", ".join(f"{name} {share:.0%}" for name, share in zip(names, shares, strict=True))
            + ". Acts against neighbours count as their leaders'; each cause is averaged over all orders of removal."
        ],
    )


@trial(20, "kaz_tkm_settled_2000", coded=COMBINED)
def karimov_not_alone(claim: Claim, worlds: Worlds) -> Finding:
    def others(coding: str) -> np.ndarray:
        return values_of(worlds, coding).sum(0) - values_of(worlds, coding)[KEYS.index("uzbek_leadership")]

    def of_others(coding: str) -> np.ndarray:
        return 1 - shares_of(values_of(worlds, coding))[KEYS.index("uzbek_leadership")]

    def rule(sample: np.ndarray, coding: str) -> Ruling:
        part = by_ratio(of_others(coding), MORE_THAN_A_PART, NOTHING)
        effect = by_effect(sample, 1, claim.least)
        return both(effect, part, "their share") if part[0] is not Verdict.CONTRADICTED else part

    return finding(
        claim,
        others,
        "",
        rule=rule,
        rows=[Row("share of the others in the lost cooperation", of_others(""), SHARES), *_rows(worlds)[1:13]],
        placebos=_placebo(worlds),
    )
