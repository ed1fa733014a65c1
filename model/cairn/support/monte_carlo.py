"""How far a median over members would differ with other random numbers, and how many of its digits mean something.

Source
------
Order statistics: David and Nagaraja, Order Statistics, 2003, chapter 7. The number of members below the true median is
binomial with standard deviation sqrt(n)/2, so half the distance between the order statistics that far from the middle
is a standard error of the median. It needs no further random numbers.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

ENOUGH_MEMBERS = 200  # with fewer, a 5th percentile rests on fewer than ten members


def median_error(values: Any, axis: int = 0) -> Any:
    """Standard error of the median over members; NaN for a single member.

    Parameters
    ----------
    values : array of any shape
    axis : the axis of members

    Examples
    --------
    >>> float(median_error(np.linspace(0, 1, 401)).round(3))
    0.025
    """
    members = np.shape(values)[axis]
    if members < 2:
        return np.full(np.delete(np.shape(values), axis), np.nan)[()]
    half = 0.5 / math.sqrt(members)
    low, high = np.quantile(values, (0.5 - half, 0.5 + half), axis=axis)
    return (high - low) / 2


def meaningful_decimals(error: float, most: int) -> int:
    """Decimals of a figure so that its last digit is that of its error; negative for tens and hundreds.

    Parameters
    ----------
    error : Monte Carlo error; zero or NaN if there is none or it is unknown
    most : decimals of a figure without error

    Examples
    --------
    >>> meaningful_decimals(0.023, 3), meaningful_decimals(0.0, 3), meaningful_decimals(31.0, 0)
    (2, 3, -1)
    """
    return min(most, -math.floor(math.log10(error))) if error > 0 else most


def rounded(value: float, decimals: int) -> str:
    """A figure with so many decimals; zero has no sign.

    >>> rounded(1234.5, -2), rounded(-0.04, 1)
    ('1200', '0.0')
    """
    text = f"{round(value, decimals):.{max(decimals, 0)}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def rounded_signed(value: float, decimals: int) -> str:
    """A difference with its sign; one that is not zero but rounds to it is said to be below the last digit.

    >>> rounded_signed(0.126, 2), rounded_signed(-0.001, 2), rounded_signed(0.0, 2)
    ('+0.13', '-<0.01', '0')
    """
    if value == 0:
        return "0"
    text = rounded(value, decimals)
    sign = "-" if value < 0 else "+"
    return sign + (f"<{10.0**-decimals:.{max(decimals, 0)}f}" if float(text) == 0 else text.removeprefix("-"))


def rounded_level(value: float, decimals: int) -> str:
    """A level that is not negative; one that is not zero but rounds to it is said to be below the last digit.

    >>> rounded_level(0.126, 2), rounded_level(0.001, 2), rounded_level(0.0, 2)
    ('0.13', '<0.01', '0')
    """
    return rounded_signed(value, decimals).removeprefix("+")


def few_members(members: int) -> str:
    """A warning where the members are too few for the figures of a table; empty where they are not."""
    if members >= ENOUGH_MEMBERS:
        return ""
    of = "1 member gives" if members == 1 else f"{members} members give"
    return f"Warning: {of} a rough interval only; use --members {ENOUGH_MEMBERS} or more."
