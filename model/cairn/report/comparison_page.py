"""A comparison as one HTML page without external files: effects, figures, differences between the scenarios."""

from __future__ import annotations

import difflib
from typing import Any

from cairn.core.calendar import quarter_name
from cairn.ensemble.comparison import Comparison
from cairn.ensemble.outcomes import Outcome, digits_of_difference, signed
from cairn.figures.paired_differences import paired
from cairn.report import inline, rendered
from cairn.report.phrasing import listed, members_text
from cairn.scenario.diff import differences


def page(comparison: Comparison) -> str:
    """The page as text. All text from scenario files is escaped; the same comparison gives the same bytes."""
    return rendered(
        "comparison.html.j2",
        title=f"{listed([f'“{title}”' for title in comparison.titles[1:]])} compared with “{comparison.titles[0]}”",
        members=comparison.members,
        seed=comparison.seed,
        scenarios=comparison.scenarios,
        names=comparison.names,
        arms=[_arm(comparison, name) for name in comparison.compared],
    )


def _arm(comparison: Comparison, name: str) -> dict[str, Any]:
    """What the page shows of a scenario."""
    a, b = comparison.scenario(comparison.reference), comparison.scenario(name)
    divergence = comparison.divergence(name)
    names = comparison.reference, name
    lines = difflib.unified_diff(a.text.splitlines(), b.text.splitlines(), *names, lineterm="", n=2)
    arm = {
        "name": name,
        "title": f"“{comparison.title(name)}” compared with “{comparison.titles[0]}”",
        "differences": differences(a, b),
        "diff": "\n".join(lines) or "no difference",
        "divergence": "",
    }
    if divergence is None:
        return arm
    share = comparison.share_diverged(name)
    years = comparison.table_years(name)
    first, half_by = map(quarter_name, divergence)
    half = f", half of these by {half_by}" if half_by != first else ""
    return arm | {
        "divergence": f"The first member diverges in {first}; in the end {members_text(share)} have diverged{half}.",
        "years": years,
        "rows": [_row(comparison, outcome, years, name) for outcome in comparison.outcomes],
        "figure": inline(paired(comparison, name)),
    }


def _row(comparison: Comparison, outcome: Outcome, years: list[int], name: str) -> dict[str, Any]:
    d = digits_of_difference(outcome)
    cells = []
    for year in years:
        e = comparison.effect(outcome, year, name)
        if outcome.share:
            clear = abs(e.mean) > 2 * e.error
            cells.append({"middle": signed(e.mean, d), "interval": f"± {2 * e.error:.{d}f}", "sign": "", "sure": clear})
            continue
        interval = f"[{signed(e.low, d)}, {signed(e.high, d)}]"
        sign = f"{e.sign_share:.0%}" if e.mean else "no difference"
        cells.append(
            {"middle": signed(e.median, d), "interval": interval, "sign": sign, "sure": e.low > 0 or e.high < 0}
        )
    since = None if outcome.share else comparison.significant_from(outcome, name)
    unit = f", {outcome.unit}" if outcome.unit else ""
    return {"title": outcome.title.strip() + unit, "cells": cells, "clear_from": f"from {since}" if since else ""}
