"""A comparison as one HTML page that needs no network: effects, figures, and what differs between the scenarios."""

from __future__ import annotations

import difflib
from typing import Any

from cairn.core.calendar import quarter_name
from cairn.ensemble.comparison import Comparison
from cairn.ensemble.outcomes import Outcome, digits_of_difference, signed
from cairn.figures.paired_differences import paired
from cairn.report import inline, rendered
from cairn.report.phrasing import listed
from cairn.scenario.diff import differences


def page(found: Comparison) -> str:
    """The page as text. All that comes from scenario files is escaped; the same comparison gives the same bytes."""
    return rendered(
        "comparison.html.j2",
        title=f"{listed([f'“{title}”' for title in found.titles[1:]])} against “{found.titles[0]}”",
        members=found.members,
        seed=found.seed,
        scenarios=found.scenarios,
        names=found.names,
        arms=[_arm(found, name) for name in found.compared],
    )


def _arm(found: Comparison, name: str) -> dict[str, Any]:
    a, b = found.scenarios[0], found.scenario(name)
    parting = found.divergence(name)
    names = found.reference, name
    lines = difflib.unified_diff(a.text.splitlines(), b.text.splitlines(), *names, lineterm="", n=2)
    about = {
        "name": name,
        "title": f"“{found.title(name)}” against “{found.titles[0]}”",
        "differences": differences(a, b),
        "diff": "\n".join(lines) or "no difference",
        "parting": "",
    }
    if parting is None:
        return about
    ever = found.share_diverged(name)
    years = found.table_years(name)
    half = f", half of those that do by {quarter_name(parting[1])}" if parting[1] != parting[0] else ""
    return about | {
        "parting": f"The paths part in {quarter_name(parting[0])}{half}; {ever:.0%} of worlds part.",
        "years": years,
        "rows": [_row(found, outcome, years, name) for outcome in found.outcomes],
        "figure": inline(paired(found, name)),
    }


def _row(found: Comparison, outcome: Outcome, years: list[int], name: str) -> dict[str, Any]:
    d = digits_of_difference(outcome)
    cells = []
    for year in years:
        e = found.effect(outcome, year, name)
        if outcome.share:
            clear = abs(e.mean) > 2 * e.error
            cells.append({"middle": signed(e.mean, d), "interval": f"± {2 * e.error:.{d}f}", "sign": "", "sure": clear})
            continue
        interval = f"[{signed(e.low, d)}, {signed(e.high, d)}]"
        sign = f"{e.sign_share:.0%}" if e.mean else "no difference"
        cells.append(
            {"middle": signed(e.median, d), "interval": interval, "sign": sign, "sure": e.low > 0 or e.high < 0}
        )
    since = None if outcome.share else found.significant_from(outcome, name)
    unit = f", {outcome.unit}" if outcome.unit else ""
    return {"title": outcome.title.strip() + unit, "cells": cells, "clear_from": f"from {since}" if since else ""}
