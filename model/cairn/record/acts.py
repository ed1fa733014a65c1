"""Acts on record as arrays by quarter or year, NaN where the record says nothing. Nothing after a year is read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np

from cairn.record.lookup import MEETINGS_COMPLETE_FROM
from cairn.record.tables import read

FIRST_YEAR = 1992  # of all arrays
MEETING_KINDS = ("five", "four", "organisation", "consultative")  # without meetings about the Aral Sea and of three
CORE = ("KAZ", "UZB")  # a meeting without their presidents counts as one to which they sent someone
NEAR_DAYS = 20  # a storage counts for the end of a quarter that is so near


def attended(codes: Sequence[str], until: int) -> np.ndarray:
    """Which leaders came to a regional meeting of each year, (Y, C): 1 or 0; NaN in years that may miss one."""
    table = np.full((until - FIRST_YEAR + 1, len(codes)), np.nan)
    table[max(MEETINGS_COMPLETE_FROM - FIRST_YEAR, 0) :] = 0.0
    for row in read("record_summits"):
        year = int(row["date"][:4])
        if row["kind"] not in MEETING_KINDS or not FIRST_YEAR <= year <= until:
            continue
        came = {*row["participants"].split("|"), *CORE}
        present = np.array([code in came for code in codes], dtype=float)
        table[year - FIRST_YEAR] = np.fmax(table[year - FIRST_YEAR], present)
    return table


def undelimited(borders: Sequence[str], until: int) -> np.ndarray:
    """Share of each border not agreed at the end of each quarter, (Q, B): straight lines between reports.

    Before the first report it is unknown. After the last one it stays.
    """
    quarters = 4 * (until - FIRST_YEAR + 1)
    ends = FIRST_YEAR + (np.arange(quarters) + 1) / 4
    table = np.full((quarters, len(borders)), np.nan)
    for b, border in enumerate(borders):
        reports = [
            (_decimal(row["date"]), 1 - float(row["delimited_share"]))
            for row in read("record_delimitation")
            if row["border"] == border and int(row["date"][:4]) <= until
        ]
        if reports:
            dates, shares = (np.array(column) for column in zip(*sorted(reports), strict=True))
            shares = np.minimum.accumulate(shares)  # what was reported as less agreed later was not undone
            table[:, b] = np.where(ends < dates[0], np.nan, np.interp(ends, dates, shares))
    return table


def incidents(borders: Sequence[str], until: int) -> np.ndarray:
    """Incidents of each year on the borders that have a series of them, (Y, B)."""
    table = np.full((until - FIRST_YEAR + 1, len(borders)), np.nan)
    for row in read("record_incidents"):
        if row["incidents"] and int(row["year"]) <= until and row["border"] == "KGZ-TJK":
            table[int(row["year"]) - FIRST_YEAR, borders.index(row["border"])] = float(row["incidents"])
    return table


def deaths(borders: Sequence[str], until: int) -> np.ndarray:
    """Deaths of each quarter, (Q, B), of years of which they are on record.

    They are counted in the quarter in which the longest dispute of the year began, the third one where none is dated.
    """
    table = np.full((4 * (until - FIRST_YEAR + 1), len(borders)), np.nan)
    for row in read("record_incidents"):
        year = int(row["year"])
        if not row["deaths"] or year > until or row["border"] not in borders:
            continue
        disputes = [r for r in read("record_disputes") if r["border"] == row["border"] and r["begin"][:4] == str(year)]
        longest = max(disputes, key=lambda r: int(r["days"]), default=None)
        quarter = (int(longest["begin"][5:7]) - 1) // 3 if longest else 2
        first, b = 4 * (year - FIRST_YEAR), borders.index(row["border"])
        table[first : first + 4, b] = 0.0
        table[first + quarter, b] = float(row["deaths"])
    return table


def storage(until: int) -> np.ndarray:
    """Storage of Toktogul at the end of each quarter, km3, (Q,)."""
    quarters = 4 * (until - FIRST_YEAR + 1)
    table = np.full(quarters, np.nan)
    for row in read("record_toktogul"):
        quarter = 4 * (int(row["year"]) - FIRST_YEAR) + int(row["quarter"]) - 1
        if quarter < quarters and row["storage_end_km3"]:
            table[quarter] = float(row["storage_end_km3"])
    for row in read("record_toktogul_points"):
        quarter = round(4 * (_decimal(row["date"]) - FIRST_YEAR)) - 1
        if 0 <= quarter < quarters and abs(_decimal(row["date"]) - FIRST_YEAR - (quarter + 1) / 4) <= NEAR_DAYS / 365:
            table[quarter] = float(row["storage_km3"])
    return table


def _decimal(date: str) -> float:
    day = dt.date.fromisoformat(date)
    return day.year + (day.timetuple().tm_yday - 1) / 365.25
