"""The results of one year as a table: medians with 90 % intervals, and paired differences."""

from __future__ import annotations

from typing import Any

import numpy as np

from cairn.dashboard.session.paired_arms import PAGE_OUTCOMES, PairedArms
from cairn.ensemble.outcomes import Outcome, digits_of_difference, signed
from cairn.support.quantiles import interval


def year_table(result: PairedArms, year: int) -> tuple[list[str], list[list[Any]]]:
    """Table of all outcomes in a year, or in the last year simulated if that is earlier.

    Returns
    -------
    heads, rows
        One column per arm, and with two arms the paired difference and the share of members with its sign.
    """
    year, t = _year_index(result, year)
    heads = [f"in {year}", *(result.titles[arm] for arm in result.main)]
    heads += ["paired difference", "members with this sign"] if result.differ else []
    rows = []
    for outcome in PAGE_OUTCOMES:
        arms = [result.values(outcome.variable, arm)[:, t] for arm in result.main]
        title = outcome.title.strip() + (f", {outcome.unit}" if outcome.unit else "")
        cells = [_value_text(outcome, values) for values in arms]
        if result.differ:
            cells += _difference_cells(result, outcome, year)
        rows.append([title[0].upper() + title[1:], *cells])
    return heads, rows


def _difference_cells(result: PairedArms, outcome: Outcome, year: int) -> list[str]:
    """The paired difference, and the share of members with its sign."""
    effect, d = result.comparison.effect(outcome, year, result.comparison.names[1]), digits_of_difference(outcome)
    if outcome.share:
        error = f" ± {2 * effect.mean_error:.{d}f}" if result.comparison.members > 1 else ""
        return [f"{signed(effect.mean, d)}{error}", ""]
    difference = f"{signed(effect.median, d)}  [{signed(effect.low, d)}, {signed(effect.high, d)}]"
    return [difference, f"{effect.sign_share:.0%}" if effect.mean else "no difference"]


def _year_index(result: PairedArms, year: int) -> tuple[int, int]:
    """The year, at most the last one simulated, and its index in the results."""
    year = min(year, int(result.years[-1]))
    return year, int(np.flatnonzero(result.years == year)[0])


def _value_text(outcome: Outcome, values: np.ndarray) -> str:
    d = outcome.digits
    if outcome.share:
        return f"{values.mean():.{d}f}"
    low, median, high = interval(values)
    return f"{median:.{d}f}  [{low:.{d}f}, {high:.{d}f}]"
