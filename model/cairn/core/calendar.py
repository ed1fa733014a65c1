"""Quarters as whole numbers: 0 is 1992Q1. Q2 and Q3 are the vegetation season, Q4 and Q1 the other."""

import datetime as dt
import re
from typing import Any

FIRST_YEAR = 1992
LAST_YEAR = 2040
QUARTERS = (LAST_YEAR - FIRST_YEAR + 1) * 4


def year_of(quarter: Any) -> Any:
    """The date at which a quarter begins, as a decimal year; also of many quarters at once.

    >>> year_of(99)
    2016.75
    """
    return FIRST_YEAR + quarter / 4


def quarter_of(date: dt.date) -> int:
    """The quarter whose beginning lies nearest to a date: from then on the model reckons with what happened.

    >>> quarter_of(dt.date(2016, 9, 2))
    99
    """
    days = (date - dt.date(date.year, 1, 1)).days
    length = (dt.date(date.year + 1, 1, 1) - dt.date(date.year, 1, 1)).days
    return round((date.year - FIRST_YEAR + days / length) * 4 + 1e-9)


def parse_date(value: Any) -> dt.date:
    """A date written as a year, a month or a day: `2016`, `2016-09` or `2016-09-02`.

    Parameters
    ----------
    value : text, whole number (a year), date or datetime

    Returns
    -------
    The day itself, or the first day of the month or year.

    Raises
    ------
    ValueError if it is not a date

    >>> parse_date("2016-09").isoformat()
    '2016-09-01'
    """
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    parts = str(value)[:40].split("-")
    try:
        if not (1 <= len(parts) <= 3 and all(part.isascii() and part.isdigit() for part in parts)):
            raise ValueError
        return dt.date(*[int(part) for part in parts], *[1] * (3 - len(parts)))  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        raise ValueError(f"{str(value)[:40]!r} is not a date; write 2016, 2016-09 or 2016-09-02") from None


def quarter_from(date: str | dt.date) -> int:
    """The quarter that a date, or the name of a quarter, stands for.

    Parameters
    ----------
    date : a `datetime.date`, ``"2016"``, ``"2016-07"``, ``"2016-07-15"`` or ``"2016Q3"``

    Raises
    ------
    ValueError
        For anything else.

    Examples
    --------
    >>> quarter_from("2016-07") == quarter_from("2016Q3") == quarter_from(dt.date(2016, 7, 1)) == 98
    True
    """
    if name := re.fullmatch(r"([0-9]{4})Q([1-4])", str(date)):
        return (int(name[1]) - FIRST_YEAR) * 4 + int(name[2]) - 1
    return quarter_of(parse_date(date))


def season_of(quarter: int) -> int:
    """0, 1, 2, 3 for Q1, Q2, Q3, Q4."""
    return quarter % 4


def begins(quarter: int) -> dt.date:
    """First day of a quarter.

    >>> begins(99).isoformat()
    '2016-10-01'
    """
    return dt.date(FIRST_YEAR + quarter // 4, 3 * (quarter % 4) + 1, 1)


def quarter_name(quarter: int) -> str:
    """A quarter as people write it.

    >>> quarter_name(99)
    '2016Q4'
    """
    return f"{FIRST_YEAR + quarter // 4}Q{quarter % 4 + 1}"
