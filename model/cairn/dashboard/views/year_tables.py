"""The results of one year as a table and as a sentence: medians with 90 % intervals, and paired differences."""

from __future__ import annotations

from typing import Any

import numpy as np

from cairn.dashboard.session.paired_arms import INDEX, PAGE_OUTCOMES, TRADE, PairedArms
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
    heads = [f"in {year}", *result.titles]
    heads += ["paired difference", "members with this sign"] if result.differ else []
    rows = []
    for outcome in PAGE_OUTCOMES:
        arms = [result.values(outcome.variable, arm)[:, t] for arm in range(len(result.arms))]
        title = outcome.title.strip() + (f", {outcome.unit}" if outcome.unit else "")
        cells = [_value_text(outcome, values) for values in arms]
        if result.differ:
            cells += _difference_cells(result, outcome, year)
        rows.append([title[0].upper() + title[1:], *cells])
    return heads, rows


def _difference_cells(result: PairedArms, outcome: Outcome, year: int) -> list[str]:
    """The paired difference, and the share of members with its sign."""
    effect, d = result.comparison.effect(outcome, year), digits_of_difference(outcome)
    if outcome.share:
        error = f" ± {2 * effect.mean_error:.{d}f}" if result.comparison.members > 1 else ""
        return [f"{signed(effect.mean, d)}{error}", ""]
    difference = f"{signed(effect.median, d)}  [{signed(effect.low, d)}, {signed(effect.high, d)}]"
    return [difference, f"{effect.sign_share:.0%}" if effect.mean else "no difference"]


def summary_sentence(result: PairedArms, year: int) -> str:
    """The main results of a year in one sentence: integration index and trade, or their paired differences."""
    year, t = _year_index(result, year)
    texts = []
    for outcome in (INDEX, TRADE):
        unit = f" {outcome.unit}" if outcome.unit else ""
        if result.differ:
            effect, d = result.comparison.effect(outcome, year), digits_of_difference(outcome)
            value = f"{signed(effect.median, d)} [{signed(effect.low, d)}, {signed(effect.high, d)}]"
        else:
            value = _value_text(outcome, result.values(outcome.variable, 0)[:, t])
        texts.append(f"{outcome.title.strip()} {value}{unit}")
    what = f"what-if minus {result.titles[0]}, " if result.differ else ""
    return f"In {year}, {what}median [90 % of members]: {'; '.join(texts)}."


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
