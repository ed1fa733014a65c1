"""One state as it stands in the played worlds: its leader, its attributes, its willingness and the terms of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from cairn.core.calendar import quarter_name
from cairn.core.geography import CODES, NAMES, RESERVOIR_OWNER, C
from cairn.dashboard.session.player import LiveWorld

TERMS = {
    "trust": "trust",
    "leader": "leader's openness",
    "gain": "gain from trade",
    "grievance": "grievance",
    "threat": "common threat",
    "agreements": "agreements in force",
}
FULL_BAR = 2.0  # logit at which the bar behind a term is full


def leader(live: LiveWorld, row: int, i: int) -> str:
    """Who leads, and since when."""
    who = live.leaders[row][i]
    if not who.name:
        return "not yet in office"
    since = "since before 1992" if who.since == 0 else f"since {quarter_name(who.since)}"
    return f"{who.name}, {since}"


def attributes(live: LiveWorld, i: int) -> list[list[str]]:
    """Rows of a table: what, and its value in each played world."""
    agent = live.countries[i]
    rows: list[list[str]] = [["Leader", *(leader(live, row, i) for row in range(live.rows))]]

    def line(title: str, values: Any, form: str = ".2f") -> None:
        rows.append([title, *(f"{float(value):{form}}" for value in values)])

    def truth(title: str, values: Any) -> None:
        rows.append([title, *("yes" if value else "no" for value in values)])

    line("Leader's openness to the region, 0..1", agent.openness)
    line("Leader's nationalism, 0..1", agent.nationalism)
    line("Personalism of the regime, 0..1", agent.personalism)
    line("Years in office", agent.tenure, ".1f")
    line("Income, bn USD/yr", agent.gdp_usd_bn, ".1f")
    line("Trade with the four, bn USD/yr", agent.trade_usd_bn)
    line("Shortage of water or winter power, 0..0.6", agent.shortage)
    if i in RESERVOIR_OWNER:
        line("Hydropower, GWh/quarter", agent.hydropower_gwh, ",.0f")
        line("Water stored, km³", agent.storage_km3, ".1f")
    truth("In the unified power system", agent.in_grid)
    truth("Member of the five's organisation", agent.in_organisation)
    return rows


def willingness(live: LiveWorld, i: int, row: int) -> tuple[list[str], list[list[Any]]]:
    """The table of willingness toward each other state: the terms, which add up to it, and what stands with them.

    A cell with a bar is (text, share of the full bar with its sign).
    """
    heads = ["toward", "willingness", *TERMS.values(), "trust", "border posture"]
    if live.quarter < 0:
        return heads, []
    agent, terms = live.countries[i], live.countries[i].willingness_terms()
    each = {name: np.broadcast_to(values, (live.rows, C))[row] for name, values in terms.items()}
    total = sum(each.values())
    rows = []
    for j in range(C):
        if j == i:
            continue
        values = [float(np.asarray(total)[j]), *(float(each[name][j]) for name in TERMS)]
        cells = [(f"{value:+.2f}", float(np.clip(value / FULL_BAR, -1, 1))) for value in values]
        border = f"{agent.posture[row, j]:.2f}" if agent.posture[row, j] else "no border"
        rows.append([NAMES[j], *cells, f"{agent.trust[row, j]:.2f}", border])
    return heads, rows


def index(code: str) -> int:
    """Place of a state in the arrays."""
    return CODES.index(code)
