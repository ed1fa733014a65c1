"""What the record alone says of claims that can be reckoned from it. Each function gives a ruling with its figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from scipy import stats

from cairn.claims.arm_runs import FERGANA
from cairn.claims.verdicts import Ruling, Verdict, by_figure
from cairn.core.geography import BORDER_NAMES, CODES, PAIR_NAMES
from cairn.record.tables import read
from cairn.scenario.scenario import Scenario

RECKONED: dict[str, Callable[[], Ruling]] = {}

TURN, WAR, PUBLISHED = dt.date(2016, 9, 2), dt.date(2022, 2, 24), dt.date(2024, 9, 1)
UNLIKELY = 0.1  # chance below which a difference counts as one; Assumed
OPENINGS = ("visa_regime", "transport_link", "mining", "grid")


def reckoned(function: Callable[[], Ruling]) -> Callable[[], Ruling]:
    """Register what claims.yaml may name."""
    RECKONED[function.__name__] = function
    return function


def _date(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _mostly(share: float, half: float = 0.5) -> Verdict:
    return Verdict.SUPPORTED if share > half else Verdict.CONTRADICTED


def _given() -> list[Any]:
    """Events of the record."""
    return list(Scenario.load("baseline").events.values())


@reckoned
def openings_before_the_war() -> Ruling:
    """Acts that opened borders, and meetings of the five, between the turn and the war, of all to 2025."""
    ends = [e.end for e in _given() if e.type in OPENINGS and e.end is not None]
    met = [
        _date(row["date"]) for row in read("record_summits") if row["kind"] in ("consultative", "aral", "trilateral")
    ]
    acts = [day for day in [*ends, *met] if TURN <= day < dt.date(2026, 1, 1)]
    before = sum(day < WAR for day in acts)
    return _mostly(before / len(acts)), (
        f"{before} of {len(acts)} openings and meetings from September 2016 to 2025 came before the invasion"
    )


def _trade(pair: str, year: int) -> float | None:
    found = [float(r["usd_bn"]) for r in read("record_trade") if r["pair"] == pair and int(r["year"]) == year]
    return found[0] if found else None


@reckoned
def uzbek_pairs_against_others() -> Ruling:
    """Difference in differences of ln trade, 2015 to 2018, for each state's pairs against all others."""
    growth = {}
    for pair in PAIR_NAMES:
        old, new = _trade(pair, 2015), _trade(pair, 2018)
        if old is not None and new is not None:
            growth[pair] = np.log(new / old)
    apart = {}
    for code in CODES:
        ours = [g for pair, g in growth.items() if code in pair]
        others = [g for pair, g in growth.items() if code not in pair]
        if len(ours) > 1 and len(others) > 1:
            apart[code] = float(np.mean(ours) - np.mean(others))
    calm = {pair: g for pair, g in growth.items() if pair != "TJK-UZB"}
    without = float(np.mean([g for pair, g in calm.items() if "UZB" in pair])) - float(
        np.mean([g for pair, g in calm.items() if "UZB" not in pair])
    )
    first = max(apart, key=lambda code: apart[code]) == "UZB"
    verdict = (
        Verdict.CONTRADICTED if apart["UZB"] <= 0 else (Verdict.SUPPORTED if first and without > 0 else Verdict.PARTLY)
    )
    return verdict, (
        f"log trade of {len(growth)} pairs with figures for both years grew by {apart['UZB']:+.2f} more in Uzbekistan's"
        f" than in the others, {without:+.2f} without the Tajik pair; the same for other states: "
        + ", ".join(f"{code} {value:+.2f}" for code, value in apart.items() if code != "UZB")
        + f". Uzbekistan ranks {1 + sum(v > apart['UZB'] for v in apart.values())} of {len(apart)}; states share pairs"
    )


def _meetings(kinds: Iterable[str], first: int, last: int) -> set[int]:
    wanted = tuple(kinds)
    years = {_date(row["date"]).year for row in read("record_summits") if row["kind"] in wanted}
    return {year for year in years if first <= year <= last}


@reckoned
def meetings_before_2006() -> Ruling:
    """Years with a meeting of leaders in the first years and in the trough."""
    kinds = ("organisation", "five", "consultative", "aral")
    early, trough = _meetings(kinds, 1993, 2005), _meetings(kinds, 2008, 2016)
    verdict = Verdict.CONTRADICTED if len(early) >= 3 else Verdict.SUPPORTED
    return verdict, (
        f"meetings found in {len(early)} of 13 years 1993-2005 (the list is not complete), "
        f"and in {len(trough)} of 9 years 2008-2016"
    )


@reckoned
def winter_releases() -> Ruling:
    """Share of Toktogul's water let go in winter, against the quarter it was built for."""
    rows = [row for row in read("record_toktogul") if row["release_km3"]]
    winter = sum(float(row["release_km3"]) for row in rows if row["quarter"] in ("1", "4"))
    share = winter / sum(float(row["release_km3"]) for row in rows)
    return _mostly(
        share
    ), f"{share:.0%} of what Toktogul let go in 2001-2010 went in October-March; it was built for 25 %"


def _settled_by(border: str, day: dt.date) -> float:
    rows = [r for r in read("record_delimitation") if r["border"] == border and _date(r["date"]) <= day]
    return float(max(rows, key=lambda row: row["date"])["delimited_share"]) if rows else 0.0


@reckoned
def clashes_on_open_borders() -> Ruling:
    """Deaths on borders that were not wholly agreed at the time, and how many of the three were open in August 2024."""
    rows = [(row["border"], int(row["year"]), float(row["deaths"] or 0)) for row in read("record_incidents")]
    deaths = sum(number for _, _, number in rows)
    on_open = sum(number for border, year, number in rows if _settled_by(border, dt.date(year, 1, 1)) < 1)
    still = [border for border in FERGANA if _settled_by(border, PUBLISHED) < 1]
    cause = on_open / deaths > 0.9
    verdict = (
        Verdict.SUPPORTED if cause and len(still) == len(FERGANA) else Verdict.PARTLY if cause else Verdict.CONTRADICTED
    )
    return verdict, (
        f"{on_open:.0f} of {deaths:.0f} deaths on record fell on borders not wholly agreed at the time; in August 2024 "
        f"{len(still)} of the three was still open ({', '.join(still)})"
    )


@reckoned
def disputes_with_and_without_a_forum() -> Ruling:
    """Rates of militarised disputes with a forum and without one, by an exact test of two Poisson rates."""
    years = [int(row["begin"][:4]) for row in read("record_disputes") if row["number"]]
    with_forum, without = sum(1994 <= y <= 2005 for y in years), sum(2006 <= y <= 2014 for y in years)
    chance = stats.binomtest(with_forum, with_forum + without, 12 / 21, alternative="less").pvalue
    verdict = Verdict.CONTRADICTED if with_forum / 12 >= without / 9 else Verdict.PARTLY
    return (Verdict.SUPPORTED if verdict is Verdict.PARTLY and chance < UNLIKELY else verdict), (
        f"{with_forum} disputes began in 12 years with a forum ({with_forum / 12:.2f} a year), {without} in 9 years "
        f"without ({without / 9:.2f}); equal rates would differ as much {chance:.0%} of the time"
    )


@reckoned
def order_of_uzbek_pairs() -> Ruling:
    """Uzbekistan's four pairs by trade in 2015, or the last year before with a figure."""
    found = {}
    for pair in ("KAZ-UZB", "TKM-UZB", "KGZ-UZB", "TJK-UZB"):
        known = [(year, value) for year in range(2010, 2016) if (value := _trade(pair, year)) is not None]
        if known:
            found[pair] = known[-1]
    order = sorted(found, key=lambda pair: -found[pair][1])
    bottom_two = {"KGZ-UZB", "TJK-UZB"}
    if len(found) < 4:
        verdict = Verdict.PARTLY if order[-1] in bottom_two and order[-2] in bottom_two else Verdict.NOT_IDENTIFIED
    else:
        verdict = Verdict.SUPPORTED if set(order[-2:]) == bottom_two else Verdict.PARTLY
    return verdict, "trade, bn USD: " + ", ".join(f"{p} {found[p][1]:.2f} ({found[p][0]})" for p in order)


@reckoned
def overlap_and_peace() -> Ruling:
    """Organisations that the states of a border share in 2020, against deaths on it in 2002-2022."""
    members: dict[str, set[str]] = {code: set() for code in CODES}
    for row in read("memberships"):
        now = row["status"] == "member" and row["joined"] < "2020" and (not row["left"] or row["left"] > "2020")
        if now:
            members[row["country"]].add(row["organisation"])
    shared = [len(members[border[:3]] & members[border[4:]]) for border in BORDER_NAMES]
    deaths = [sum(float(r["deaths"] or 0) for r in read("record_incidents") if r["border"] == b) for b in BORDER_NAMES]
    rank = stats.spearmanr(shared, deaths).statistic
    chance = stats.permutation_test(
        (shared,), lambda x: stats.spearmanr(x, deaths).statistic, permutation_type="pairings", alternative="two-sided",
        n_resamples=np.inf,
    ).pvalue  # fmt: skip
    verdict = Verdict.NOT_TESTABLE if chance > UNLIKELY else (Verdict.SUPPORTED if rank < 0 else Verdict.CONTRADICTED)
    return verdict, (
        f"rank correlation of shared organisations with deaths on seven borders {rank:+.2f}, which chance gives "
        f"{chance:.0%} of the time; KGZ-TJK share {shared[BORDER_NAMES.index('KGZ-TJK')]}, TKM-UZB "
        f"{shared[BORDER_NAMES.index('TKM-UZB')]}"
    )


@reckoned
def years_with_a_meeting() -> Ruling:
    """Years 1994-2005 in which a meeting of the organisation is on record."""
    years = _meetings(("organisation",), 1994, 2005)
    share = len(years) / 12
    verdict = Verdict.SUPPORTED if share > 0.9 else Verdict.PARTLY if share > 0.3 else Verdict.CONTRADICTED
    return verdict, f"meetings of leaders found in {len(years)} of 12 years: {', '.join(map(str, sorted(years)))}"


@reckoned
def consultative_meetings() -> Ruling:
    """Consultative meetings to August 2024, and years without one."""
    days = [_date(row["date"]) for row in read("record_summits") if row["kind"] == "consultative"]
    count = sum(day < PUBLISHED for day in days)
    missed = sorted(set(range(2018, 2026)) - {day.year for day in days})
    verdict = Verdict.SUPPORTED if count == 6 and missed == [2020] else Verdict.PARTLY
    return verdict, f"{count} by August 2024, {len(days)} by the end of 2025; none in {', '.join(map(str, missed))}"


@reckoned
def mutual_trade() -> Ruling:
    """The article's 20 and 42 bn against officials' figures with their range."""
    rulings = []
    for year, claimed in ((2022, 20.0), (2023, 42.0)):
        row = next(r for r in read("record_trade_region") if r["year"] == str(year))
        low, high = float(row["low"] or row["usd_bn"]), float(row["high"] or row["usd_bn"])
        rulings.append(by_figure(claimed, low, high))
    worst = max(rulings, key=lambda ruling: list(Verdict).index(ruling[0]))
    return worst[0], "bn USD: " + "; ".join(why for _, why in rulings)


@reckoned
def visitors() -> Ruling:
    """Visitors to Uzbekistan in seven months of 2023, carried on to nine."""
    seven = sum(float(row["mn"]) for row in read("record_visitors") if row["to"] == "UZB")
    nine = seven * 9 / 7
    verdict = Verdict.SUPPORTED if nine > 3 else Verdict.PARTLY if seven > 2.25 else Verdict.CONTRADICTED
    return verdict, f"{seven:.2f} mn in seven months, {nine:.1f} mn in nine at that rate"


@reckoned
def share_of_the_largest_pair() -> Ruling:
    """Kazakhstan-Uzbekistan in trade of the five in 2023, and its growth against Uzbekistan's other pairs."""
    region = next(float(r["usd_bn"]) for r in read("record_trade_region") if r["year"] == "2023")
    core, tajik = _trade("KAZ-UZB", 2023), _trade("TJK-UZB", 2023)
    if core is None or tajik is None:
        return Verdict.NOT_TESTABLE, "no figure for 2023"
    share = core / region
    largest = all(core >= (_trade(pair, year) or 0) for pair, year in _last_years())
    verdict = (Verdict.SUPPORTED if share > 0.5 else Verdict.PARTLY) if largest else Verdict.CONTRADICTED
    times = {pair: new / (_trade(pair, 2015) or new) for pair, new in (("KAZ-UZB", core), ("TJK-UZB", tajik))}
    return verdict, (
        f"{core:.1f} of {region:.0f} bn USD in 2023, {share:.0%}: the largest pair, but less than half; since 2015 it "
        f"grew {times['KAZ-UZB']:.1f} times, Tajikistan-Uzbekistan {times['TJK-UZB']:.0f} times"
    )


def _last_years() -> list[tuple[str, int]]:
    latest: dict[str, int] = {}
    for row in read("record_trade"):
        latest[row["pair"]] = max(latest.get(row["pair"], 0), int(row["year"]))
    return list(latest.items())
