"""Assessments of claims from observations alone, computed from the tables. `claims.yaml` names these functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats

from cairn.claims.experiments.arm_runs import FERGANA
from cairn.claims.verdicts import Assessment, Verdict, assess_recorded_range
from cairn.core.geography import CODES, PAIR_NAMES
from cairn.record.lookup import annual_values, delimited_share, meeting_dates, open_crossings, trade
from cairn.record.tables import read
from cairn.scenario.scenario import Scenario

COMPUTED: dict[str, Callable[[], Assessment]] = {}

TURN, WAR, PUBLISHED = dt.date(2016, 9, 2), dt.date(2022, 2, 24), dt.date(2024, 9, 1)
SIGNIFICANCE = 0.1  # p-value below which a difference counts; Assumed
RESTRICTIONS = ("visa_regime", "transport_link", "mining", "grid")
CLAIMED_TRADE_USD_BN = {2022: 20.0, 2023: 42.0}
CLAIMED_VISITORS_MN = 3.0


def computed(function: Callable[[], Assessment]) -> Callable[[], Assessment]:
    """Register a function for `claims.yaml`."""
    COMPUTED[function.__name__] = function
    return function


def _supported_if(condition: bool) -> Verdict:
    return Verdict.SUPPORTED if condition else Verdict.CONTRADICTED


def restrictions_that_ended() -> list[dt.date]:
    """When visas, cut links, minefields and separations of the grid ended that were in force at the turn or before."""
    events: list[Any] = [e for e in Scenario.load("baseline").events.values() if e.type in RESTRICTIONS]
    return [event.end for event in events if event.start < TURN and event.end is not None]


@computed
def openings_before_the_war() -> Assessment:
    """Share of border openings and meetings of the five from the turn to 2025 that came before the war.

    Openings that only undo what the pandemic or a border war had closed since the turn do not count.
    """
    dates = [*restrictions_that_ended(), *meeting_dates(("consultative", "aral", "trilateral"))]
    acts = [date for date in dates if TURN <= date < dt.date(2026, 1, 1)]
    before, years = sum(date < WAR for date in acts), (WAR - TURN).days / 365.25
    all_years = (dt.date(2026, 1, 1) - TURN).days / 365.25
    share = before / len(acts)
    verdict = Verdict.SUPPORTED if share > 0.5 else Verdict.PARTLY if share > 0.25 else Verdict.CONTRADICTED
    return Assessment(
        verdict,
        f"{before} of {len(acts)} openings and meetings from September 2016 to 2025 came before the invasion, with "
        f"{years:.1f} "
        f"of the {all_years:.1f} years",
    )


@computed
def uzbek_pairs_against_others() -> Assessment:
    """Difference in differences of ln trade, 2015 to 2018: each country's pairs compared with all others."""
    growth = {}
    for pair in PAIR_NAMES:
        old, new = trade(pair, 2015), trade(pair, 2018)
        if old is not None and new is not None:
            growth[pair] = np.log(new / old)

    def difference(code: str, exclude: str = "") -> float | None:
        """Mean growth of a country's pairs minus that of the other pairs; None with fewer than two of either."""
        of_code = [g for pair, g in growth.items() if code in pair and pair != exclude]
        others = [g for pair, g in growth.items() if code not in pair and pair != exclude]
        return float(np.mean(of_code)) - float(np.mean(others)) if min(len(of_code), len(others)) > 1 else None

    differences = {code: value for code in CODES if (value := difference(code)) is not None}
    uzbek, without_tajik = differences["UZB"], difference("UZB", exclude="TJK-UZB")
    assert without_tajik is not None
    largest = max(differences, key=lambda code: differences[code]) == "UZB"
    if uzbek <= 0:
        verdict = Verdict.CONTRADICTED
    else:
        verdict = Verdict.SUPPORTED if largest and without_tajik > 0 else Verdict.PARTLY
    others = ", ".join(f"{code} {value:+.2f}" for code, value in differences.items() if code != "UZB")
    rank = 1 + sum(value > uzbek for value in differences.values())
    before, after = (open_crossings("TJK-UZB", year) or 0.0 for year in (2015, 2019))
    return Assessment(
        verdict,
        f"log trade of {len(growth)} pairs with values for both years grew by {uzbek:+.2f} more in Uzbekistan's pairs"
        f" than in the others, {without_tajik:+.2f} without the Tajik pair; the same for other countries: {others}."
        f" Uzbekistan ranks {rank} of {len(differences)}; countries share pairs. Of the crossing points with "
        "Tajikistan "
        f"{before:.0%} were open in 2015 and {after:.0%} in 2019",
    )


def _meeting_years(kinds: tuple[str, ...], first_year: int, last_year: int) -> set[int]:
    return {date.year for date in meeting_dates(kinds) if first_year <= date.year <= last_year}


@computed
def meetings_before_2006() -> Assessment:
    """Years with a meeting of leaders before 2006 and in 2008-2016."""
    kinds = ("organisation", "five", "consultative", "aral")
    early, later = _meeting_years(kinds, 1993, 2005), _meeting_years(kinds, 2008, 2016)
    return Assessment(
        _supported_if(len(early) < 3),
        f"meetings found in {len(early)} of 13 years 1993-2005 (the list is not complete), "
        f"and in {len(later)} of 9 years 2008-2016",
    )


@computed
def clashes_on_open_borders() -> Assessment:
    """Share of deaths on borders that were not fully delimited, and how many of three were not in August 2024."""

    def is_open(border: str, date: dt.date) -> bool:
        return (delimited_share(border, date) or 0.0) < 1

    rows = [(row["border"], int(row["year"]), float(row["deaths"] or 0)) for row in read("record_incidents")]
    deaths = sum(count for _, _, count in rows)
    began = [(row["border"], dt.date.fromisoformat(row["begin"])) for row in read("record_disputes")]
    open_years, settled_years = (
        sum(is_open(border, dt.date(year, 1, 1)) is wanted for border in FERGANA for year in range(1999, 2026))
        for wanted in (True, False)
    )
    on_settled = sum(not is_open(border, date) for border, date in began)
    on_open = sum(count for border, year, count in rows if is_open(border, dt.date(year, 1, 1)))
    still_open = [border for border in FERGANA if is_open(border, PUBLISHED)]
    if on_open / deaths <= 0.9:
        verdict = Verdict.CONTRADICTED
    else:
        verdict = Verdict.SUPPORTED if len(still_open) == len(FERGANA) else Verdict.PARTLY
    return Assessment(
        verdict,
        f"{on_open:.0f} of {deaths:.0f} recorded deaths were on borders not fully delimited at the time; in August "
        f"2024 {len(still_open)} of the three borders was not fully delimited ({', '.join(still_open)}). Of "
        f"{len(began)} "
        f"armed disputes {on_settled} began on a settled border; the three had {open_years} years open and "
        f"{settled_years} "
        "settled, but leaders changed in the same years as borders were settled",
    )


@computed
def disputes_with_and_without_a_forum() -> Assessment:
    """Rates of militarised disputes with a forum and without one, by an exact test of two Poisson rates."""
    years = [int(row["begin"][:4]) for row in read("record_disputes") if row["number"]]
    with_forum, without = sum(1994 <= y <= 2005 for y in years), sum(2006 <= y <= 2014 for y in years)
    p_value = stats.binomtest(with_forum, with_forum + without, 12 / 21, alternative="less").pvalue
    if with_forum / 12 >= without / 9:
        verdict = Verdict.CONTRADICTED
    else:
        verdict = Verdict.SUPPORTED if p_value < SIGNIFICANCE else Verdict.NOT_IDENTIFIED
    return Assessment(
        verdict,
        f"{with_forum} disputes began in 12 years with a forum ({with_forum / 12:.2f} a year), {without} in 9 years "
        f"without ({without / 9:.2f}); with equal rates such a difference has a probability of {p_value:.0%}",
    )


@computed
def order_of_uzbek_pairs() -> Assessment:
    """Uzbekistan's four pairs by trade in 2015, or in the last year before with a value."""
    latest = {}
    for pair in ("KAZ-UZB", "TKM-UZB", "KGZ-UZB", "TJK-UZB"):
        known = [(year, value) for year in range(2010, 2016) if (value := trade(pair, year)) is not None]
        if known:
            latest[pair] = known[-1]
    order = sorted(latest, key=lambda pair: -latest[pair][1])
    as_claimed = set(order[-2:]) == {"KGZ-UZB", "TJK-UZB"}
    if len(latest) == 4:
        verdict = Verdict.SUPPORTED if as_claimed else Verdict.PARTLY
    else:
        verdict = Verdict.PARTLY if as_claimed else Verdict.NOT_IDENTIFIED
    return Assessment(verdict, "trade, bn USD: " + ", ".join(f"{p} {latest[p][1]:.2f} ({latest[p][0]})" for p in order))


@computed
def years_with_a_meeting() -> Assessment:
    """Years 1994-2005 with a recorded meeting of the organisation."""
    years = _meeting_years(("organisation",), 1994, 2005)
    share = len(years) / 12
    verdict = Verdict.SUPPORTED if share > 0.9 else Verdict.PARTLY if share > 0.3 else Verdict.CONTRADICTED
    return Assessment(
        verdict, f"meetings of leaders found in {len(years)} of 12 years: {', '.join(map(str, sorted(years)))}"
    )


@computed
def consultative_meetings() -> Assessment:
    """Consultative meetings to August 2024, and years without one."""
    dates = meeting_dates(("consultative",))
    count = sum(date < PUBLISHED for date in dates)
    missing = sorted(set(range(2018, 2026)) - {date.year for date in dates})
    verdict = Verdict.SUPPORTED if count == 6 and missing == [2020] else Verdict.PARTLY
    return Assessment(
        verdict,
        f"{count} by August 2024, {len(dates)} by the end of 2025; none in {', '.join(map(str, missing))}",
    )


@computed
def mutual_trade() -> Assessment:
    """The article's values compared with the range of official ones; the worse of the two verdicts."""
    assessments = []
    for year, claimed in CLAIMED_TRADE_USD_BN.items():
        row = next(r for r in read("record_trade_region") if r["year"] == str(year))
        low, high = float(row["low"] or row["usd_bn"]), float(row["high"] or row["usd_bn"])
        assessments.append(assess_recorded_range(claimed, low, high))
    worst = max(assessments, key=lambda assessment: list(Verdict).index(assessment.verdict))
    return Assessment(worst.verdict, "bn USD: " + "; ".join(assessment.reason for assessment in assessments))


@computed
def visitors() -> Assessment:
    """Visitors to Uzbekistan in seven months of 2023, extrapolated to nine."""
    rows = (row for row in read("record_visitors") if row["to"] == "UZB" and row["purpose"] == "all")
    seven = sum(float(row["mn"]) for row in rows if row["period"] == "2023-01/2023-07")
    nine = seven * 9 / 7
    supported, partly = nine > CLAIMED_VISITORS_MN, seven > 0.75 * CLAIMED_VISITORS_MN
    verdict = Verdict.SUPPORTED if supported else Verdict.PARTLY if partly else Verdict.CONTRADICTED
    return Assessment(verdict, f"{seven:.2f} mn in seven months, {nine:.1f} mn in nine at that rate")


@computed
def share_of_the_largest_pair() -> Assessment:
    """Share of Kazakhstan-Uzbekistan in the trade of the five in 2023, and its growth beside another Uzbek pair."""
    region = next(float(r["usd_bn"]) for r in read("record_trade_region") if r["year"] == "2023")
    core, tajik = trade("KAZ-UZB", 2023), trade("TJK-UZB", 2023)
    if core is None or tajik is None:
        return Assessment(Verdict.NOT_TESTABLE, "no value for 2023")
    share = core / region
    by_pair = [annual_values("record_trade", "usd_bn", pair=pair) for pair in PAIR_NAMES]
    largest = all(core >= values[max(values)] for values in by_pair if values)
    verdict = Verdict.CONTRADICTED if not largest else Verdict.SUPPORTED if share > 0.5 else Verdict.PARTLY
    growth = {pair: new / (trade(pair, 2015) or new) for pair, new in (("KAZ-UZB", core), ("TJK-UZB", tajik))}
    return Assessment(
        verdict,
        f"{core:.1f} of {region:.0f} bn USD in 2023, {share:.0%}: the largest pair, but less than half; since 2015 it "
        f"grew by a factor of {growth['KAZ-UZB']:.1f}, Tajikistan-Uzbekistan by {growth['TJK-UZB']:.0f}",
    )
