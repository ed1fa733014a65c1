"""Observed values by year, border or pair. A value that is not known is None, or an empty text."""

import datetime as dt
from collections.abc import Callable, Iterable

from cairn.core.geography import CODES, PAIR_NAMES
from cairn.record.tables import read

LAST_YEAR = 2025  # the record ends with this year
FIRST_REPORT = 2000  # before this year a border without a report counts as not delimited
MEETINGS_COMPLETE_FROM = 2006  # before this year the list has gaps, though only 1992 has no meeting at all
REGIONAL_MEETINGS = ("organisation", "consultative", "five", "four", "aral")


def annual_values(table: str, column: str, **where: str) -> dict[int, float]:
    """Values of a column by year.

    Parameters
    ----------
    table : a table with a column `year`
    column : column to read; rows without a value are left out
    where : columns and the label that they must have, such as ``pair="KAZ-UZB"``

    Returns
    -------
    dict
        Year to value; of several rows of a year the last one.

    Examples
    --------
    >>> annual_values("record_trade", "usd_bn", pair="KAZ-UZB")[2015]
    1.66795
    """
    rows = [row for row in read(table) if row[column] and all(row[name] == label for name, label in where.items())]
    return {int(row["year"]): float(row[column]) for row in rows}


def trade(pair: str, year: int) -> float | None:
    """Two-way trade of a pair in a year, bn USD."""
    return annual_values("record_trade", "usd_bn", pair=pair).get(year)


def regional_trade(year: int) -> tuple[float, bool] | None:
    """Trade among the five in a year, bn USD, and whether the value is an estimate by officials."""
    rows = [row for row in read("record_trade_region") if row["year"] == str(year)]
    return (float(rows[-1]["usd_bn"]), rows[-1]["concept"].startswith("officials")) if rows else None


def foreign_trade(country: str, year: int) -> float | None:
    """Goods trade of a country with all others in a year, exports and imports, bn USD."""
    return annual_values("record_foreign_trade", "usd_bn", country=country).get(year)


def own_trade_share(year: int) -> float | None:
    """Share of the five's foreign trade that is trade among them, which both sides count.

    None unless the trade of all ten pairs and of all five countries is known.

    Examples
    --------
    >>> round(own_trade_share(2005), 3)
    0.047
    """
    pairs = [value for pair in PAIR_NAMES if (value := trade(pair, year)) is not None]
    totals = [value for code in CODES if (value := foreign_trade(code, year)) is not None]
    if len(pairs) < len(PAIR_NAMES) or len(totals) < len(CODES):
        return None
    return 2 * sum(pairs) / sum(totals)


def open_crossings(border: str, year: int) -> float | None:
    """Share of a border's crossing points that were open, the mean of the days of a year.

    None unless the number of points, and of those that were open, is known for every day.

    Examples
    --------
    >>> open_crossings("TJK-UZB", 2015)
    0.125
    """
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    known, share = 0, 0.0
    for row in read("record_crossing_points"):
        if row["border"] == border and row["open"] and row["of"]:
            begin, end = max(first, dt.date.fromisoformat(row["from"])), min(last, dt.date.fromisoformat(row["to"]))
            days = max(0, (end - begin).days + 1)
            known += days
            share += days * int(row["open"]) / int(row["of"])
    return share / known if known == (last - first).days + 1 else None


def delimited_share(border: str, date: dt.date) -> float | None:
    """Share of a border that was delimited, by the last report up to a date."""
    rows = [r for r in read("record_delimitation") if r["border"] == border and r["date"] <= date.isoformat()]
    return float(max(rows, key=lambda row: row["date"])["delimited_share"]) if rows else None


def delimitation_years(border: str) -> set[int]:
    """Years with a report on the delimitation of a border."""
    return {int(row["date"][:4]) for row in read("record_delimitation") if row["border"] == border}


def undelimited_share(border: str, year: int) -> float | None:
    """Share of a border that was not delimited at the end of a year; 1 before the first reports."""
    if year > LAST_YEAR:
        return None
    share = delimited_share(border, dt.date(year, 12, 31))
    if share is None:
        return None if year >= FIRST_REPORT else 1.0
    return 1 - share


def toktogul_storage(year: int) -> float | None:
    """Storage of Toktogul at the end of a year, km3."""
    quarters = [r for r in read("record_toktogul") if r["year"] == str(year) and r["quarter"] == "4"]
    days = [r for r in read("record_toktogul_points") if r["date"] == f"{year}-12-31"]
    value = (quarters and quarters[0]["storage_end_km3"]) or (days and days[0]["storage_km3"])
    return float(value) if value else None


def meeting_dates(kinds: Iterable[str]) -> list[dt.date]:
    """Dates of the listed meetings of leaders of some kinds; the kinds are in model/cairn/data/README.md."""
    chosen = frozenset(kinds)
    return [dt.date.fromisoformat(row["date"]) for row in read("record_summits") if row["kind"] in chosen]


def regional_meeting(year: int) -> bool | None:
    """Whether leaders of the region met in a year; None where the list is not complete and has no meeting."""
    if year > LAST_YEAR:
        return None
    if any(date.year == year for date in meeting_dates(REGIONAL_MEETINGS)):
        return True
    return False if year >= MEETINGS_COMPLETE_FROM else None


# --- as text, for tables --------------------------------------------------------------------------------------------


def annual_text(table: str, column: str, digits: int, **where: str) -> Callable[[int], str]:
    """A function from a year to the value of `annual_values` as text."""
    return lambda year: _format(annual_values(table, column, **where).get(year), digits)


def regional_trade_text(year: int) -> str:
    """`regional_trade` as text; an asterisk marks an estimate by officials."""
    value = regional_trade(year)
    return f"{value[0]:.1f}" + ("*" if value[1] else "") if value else ""


def undelimited_text(border: str) -> Callable[[int], str]:
    """A function from a year to `undelimited_share` as text."""
    return lambda year: _format(undelimited_share(border, year), 2)


def toktogul_storage_text(year: int) -> str:
    """`toktogul_storage` as text."""
    return _format(toktogul_storage(year), 1)


def meeting_text(year: int) -> str:
    """`regional_meeting` as text: yes, no, or empty."""
    met = regional_meeting(year)
    return "" if met is None else "yes" if met else "no"


def _format(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
