"""Claims 41 and 42: whether fragmentation is the anomaly, and whether integration must pay to last."""

from __future__ import annotations

import numpy as np

from cairn.claims.arm_runs import Worlds
from cairn.claims.arms import ALONE, LEVELS, WHO, blow_alone, gains
from cairn.claims.changes import BLOWS
from cairn.claims.claim import Claim
from cairn.claims.claim_test import SHARES, Finding, Row, finding, trial
from cairn.claims.verdicts import Ruling, Verdict, both, by_effect, by_ratio
from cairn.core.geography import CODES

TWICE, A_QUARTER_MORE = 2.0, 1.25
KEPT = 0.9  # share of the index of 2021-2025 that must be there in 2036-2040 for cooperation to have survived; Assumed
MOST = 0.8  # share of worlds that must keep it for cooperation to be said to survive; Assumed
BLOW_TITLES = {
    "none": "no blow",
    "hostile": "a hostile leader in Tashkent from 2030",
    "canal": "a full canal by 2029",
    "offer": "a Russian-led bloc that draws again from 2027",
    "together": "all three blows",
}


def own_share(worlds: Worlds, arm: str, year: int) -> np.ndarray:
    """Share of trade with each other in all foreign trade of the five, (M,)."""
    inside = 2 * worlds.years(arm, "trade", year)
    outside = np.sum([worlds.years(arm, f"trade_outside_usd_bn[{code}]", year) for code in CODES], axis=0)
    return inside / (inside + outside)


@trial(41, "open_borders_always")
def anomaly(claim: Claim, worlds: Worlds) -> Finding:
    recorded, opened = own_share(worlds, "baseline", 2015), own_share(worlds, "open_borders_always", 2015)
    return finding(
        claim,
        lambda _: opened / recorded,
        "times",
        rule=lambda sample, _: by_ratio(sample, TWICE, A_QUARTER_MORE),
        rows=[
            Row("share with each other 2015, as recorded", recorded, SHARES),
            Row("share with each other 2015, borders open since 1992", opened, SHARES),
        ],
        sentences=[
            "Whether unity is natural is a judgement; what is tested is only whether closed borders hid trade. "
            f"The model's own share of 2015 ({np.median(recorded):.1%}) is below the record's 4.6-9.1 % (2005-2021), "
            "as it trades too much with outsiders. Only the ratio counts here."
        ],
    )


def survives(worlds: Worlds, arm: str) -> np.ndarray:
    """Whether nine tenths of the index of 2021-2025 are there in 2036-2040, (M,) of 0 and 1."""
    before, after = worlds.years("baseline", "index", 2021, 2025), worlds.years(arm, "index", 2036, 2040)
    return (after >= KEPT * before).astype(float)


def least_weight(levels: tuple[float, ...], shares: np.ndarray) -> float:
    """Least weight of gains at which four worlds in five survive, on straight lines between levels; NaN if none does.

    >>> least_weight((0.0, 1.0), np.array([0.5, 1.0])).__round__(2)
    0.6
    """
    rising = np.maximum.accumulate(shares)
    if rising[0] >= MOST:
        return levels[0]
    if rising[-1] < MOST:
        return float("nan")
    return float(np.interp(MOST, rising, levels))


def survival(worlds: Worlds, who: str, blow: str) -> np.ndarray:
    """Share of worlds that survive at each level, (levels,)."""
    return np.array([survives(worlds, gains(level, blow, who)).mean() for level in LEVELS])


GAINS = tuple(gains(level, blow, who) for who in WHO for level in LEVELS
              for blow in (BLOWS if who == "all" else ALONE))  # fmt: skip


@trial(42, *(blow_alone(blow) for blow in BLOWS), *GAINS, coded=(gains(0.0, "none"),))
def must_pay(claim: Claim, worlds: Worlds) -> Finding:
    none = gains(0.0, "none")
    fewer = survives(worlds, blow_alone("together")) - survives(worlds, gains(0.0, "together"))
    error = fewer.std(ddof=1) / np.sqrt(fewer.size)
    lasts: Ruling = (
        (Verdict.SUPPORTED, f"{fewer.mean():.0%} more of worlds survive the three blows with gains")
        if fewer.mean() > 2 * error and fewer.mean() > 0
        else (Verdict.CONTRADICTED, "no more worlds survive the three blows with gains")
    )
    rows = [
        Row(f"survive {title}, gains weighing as fitted", np.array([survives(worlds, blow_alone(blow)).mean()]), SHARES)
        for blow, title in BLOW_TITLES.items()
    ]
    for who in WHO:
        for blow in BLOW_TITLES if who == "all" else ALONE:
            alone = "" if who == "all" else f" in {who} alone"
            rows += [
                Row(
                    f"survive {BLOW_TITLES[blow]}, gains weighing {level:g}{alone}", np.array([share]), SHARES, "detail"
                )
                for level, share in zip(LEVELS, survival(worlds, who, blow), strict=True)
            ]
    sentences = [
        "Least weight of gains, from 2026 on, at which four worlds in five keep nine tenths of the index (in the "
        f"median world {np.median(worlds.gain_weight):.1f} is fitted, and at the end of 2025 gains add "
        + ", ".join(f"{value:.2f} in {code}" for code, value in zip(CODES, np.median(worlds.pull, axis=0), strict=True))
        + f" to willingness, logit): {_said(worlds)}."
    ]
    return finding(
        claim,
        lambda c: -worlds.effect(f"{none}{c}", "index", 2036, 2040, against=f"baseline{c}"),
        "",
        rule=lambda sample, _: both(by_effect(sample, 1, claim.least), lasts, "survival"),
        rows=rows,
        placebos={"gains weigh nothing from 2026 on: the index of 2025": -worlds.effect(none, "index", 2025)},
        sentences=sentences,
    )  # fmt: skip


def _said(worlds: Worlds) -> str:
    """The least weights in words, for all under each blow; for each state under two, with the net gains they are."""
    of_one = worlds.pull / worlds.gain_weight[:, None]  # what a weight of one adds to willingness, (M, C)

    def words(who: str, blow: str) -> str:
        least = least_weight(LEVELS, survival(worlds, who, blow))
        if np.isnan(least):
            return f"not even {LEVELS[-1]:g}"
        if least == 0:
            return "none needed"
        if who == "all":
            return f"{least:.1f}"
        return f"{least:.1f} (a net gain of {least * np.median(of_one[:, CODES.index(who)]):.2f} logit an act)"

    of_all = [f"{words('all', blow)} under {title}" for blow, title in BLOW_TITLES.items()]
    of_each = [
        f"under {BLOW_TITLES[blow]}, " + ", ".join(f"{code} {words(code, blow)}" for code in CODES) for blow in ALONE
    ]
    return f"for all five, {'; '.join(of_all)}; for one state alone {'; '.join(of_each)}"
