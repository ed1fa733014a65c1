"""The numbers of a year in words and rows: medians of worlds with their bands, and paired differences."""

from __future__ import annotations

from typing import Any

import numpy as np

from cairn.dashboard.session.paired_arms import INDEX, SHOWN, TRADE, Both
from cairn.ensemble.outcomes import Outcome, digits_of_difference, signed


def year_table(found: Both, year: int) -> tuple[list[str], list[list[Any]]]:
    """The table of outcomes in a year: medians with bands, paired differences with theirs."""
    year = min(year, int(found.years[-1]))
    t = int(np.flatnonzero(found.years == year)[0])
    heads = [f"in {year}", *found.titles] + (["paired difference", "same sign in"] if found.differ else [])
    rows = []
    for outcome in SHOWN:
        arms = [found.values(outcome.variable, k)[:, t] for k in range(len(found.arms))]
        title = outcome.title.strip() + (f", {outcome.unit}" if outcome.unit else "")
        cells: list[Any] = [title[0].upper() + title[1:], *(_cell(outcome, values) for values in arms)]
        if found.differ:
            effect, d = found.comparison.effect(outcome, year), digits_of_difference(outcome)
            if outcome.share:
                error = f" ± {2 * effect.error:.{d}f}" if found.comparison.members > 1 else ""
                cells += [f"{signed(effect.mean, d)}{error}", ""]
            else:
                band = f"[{signed(effect.low, d)}, {signed(effect.high, d)}]"
                same = f"{effect.sign_share:.0%}" if effect.mean else "no difference"
                cells += [f"{signed(effect.median, d)}  {band}", same]
        rows.append(cells)
    return heads, rows


def answer(found: Both, year: int) -> str:
    """What came out, in a sentence."""
    year = min(year, int(found.years[-1]))
    t = int(np.flatnonzero(found.years == year)[0])
    if not found.differ:
        told = [f"{o.title.strip()} {_cell(o, found.values(o.variable, 0)[:, t])}{_unit(o)}" for o in (INDEX, TRADE)]
        return f"In {year}, median [90 % of worlds]: {'; '.join(told)}."
    told = []
    for outcome in (INDEX, TRADE):
        effect, d = found.comparison.effect(outcome, year), digits_of_difference(outcome)
        band = f"[{signed(effect.low, d)}, {signed(effect.high, d)}]"
        told.append(f"{outcome.title.strip()} {signed(effect.median, d)} {band}{_unit(outcome)}")
    return f"In {year}, what-if less {found.titles[0]}, median [90 % of worlds]: {'; '.join(told)}."


def _unit(outcome: Outcome) -> str:
    return f" {outcome.unit}" if outcome.unit else ""


def _cell(outcome: Outcome, values: np.ndarray) -> str:
    if outcome.share:
        return f"{values.mean():.{outcome.digits}f}"
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95))
    d = outcome.digits
    return f"{middle:.{d}f}  [{low:.{d}f}, {high:.{d}f}]"
