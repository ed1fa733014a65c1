"""One country of the member shown: its leader, its attributes, its willingness to cooperate and the terms of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from cairn.core.calendar import FIRST_YEAR, quarter_name
from cairn.core.geography import NAMES, C
from cairn.dashboard.session.player import PlayerModel

TERMS = {  # term of willingness to its column head
    "trust": "trust",
    "leader": "leader's openness",
    "gain": "gain from trade",
    "grievance": "grievance",
    "threat": "common threat",
    "agreements": "agreements in force",
}
FULL_BAR = 2.0  # logit at which the bar behind a term is full


def leader_text(player: PlayerModel, arm: int, i: int) -> str:
    """Name of a country's leader, and the quarter of taking office."""
    leader = player.leaders[arm][i]
    if not leader.name:
        return f"not set before {FIRST_YEAR}Q1"
    since = f"since before {FIRST_YEAR}" if leader.since == 0 else f"since {quarter_name(leader.since)}"
    return f"{leader.name}, {since}"


def attribute_rows(player: PlayerModel, i: int) -> list[list[str]]:
    """Rows of a table: the attributes of a country, one column per scenario."""
    agent = player.countries[i]
    rows: list[list[str]] = [["Leader", *(leader_text(player, arm, i) for arm in range(player.arms))]]

    def add_number(title: str, values: Any, form: str = ".2f") -> None:
        rows.append([title, *(f"{float(value):{form}}" for value in values[player.shown])])

    def add_flag(title: str, values: Any) -> None:
        rows.append([title, *("yes" if value else "no" for value in values[player.shown])])

    add_number("Leader's openness to the region, 0..1", agent.leader_openness)
    add_number("Leader's nationalism, 0..1", agent.leader_nationalism)
    add_number("Personalism of the regime, 0..1", agent.leader_personalism)
    add_number("Leader's years in office", agent.tenure, ".1f")
    add_number("Income, bn USD/yr", agent.gdp_usd_bn, ".1f")
    add_number("Trade with the other four, bn USD/yr", agent.trade_usd_bn)
    add_number("Shortage of summer water or winter power, 0..0.6", agent.shortage)
    if agent.code in player.geography.reservoir_owner:
        add_number("Hydropower, GWh/quarter", agent.hydropower_gwh, ",.0f")
        add_number("Water stored, km³", agent.storage_km3, ".1f")
    add_flag("In the unified power system", agent.in_grid)
    add_flag("In the organisation of the five", agent.in_organisation)
    return rows


def willingness_table(player: PlayerModel, i: int, arm: int) -> tuple[list[str], list[list[Any]]]:
    """Table of a country's willingness to cooperate with each other country, and of its terms.

    Parameters
    ----------
    player : the member shown
    i : index of the country
    arm : 0 for the first scenario, 1 for the second

    Returns
    -------
    heads, rows
        Willingness is the sum of its terms. A cell with a bar is (text, signed share of a full bar). There are no
        rows before the first quarter.
    """
    heads = ["toward", "willingness", *TERMS.values(), "trust, 0..1", "border posture, 0..1"]
    if player.quarter < 0:
        return heads, []
    agent, terms, row = player.countries[i], player.countries[i].willingness_terms(), player.row(arm)
    by_name = {name: np.broadcast_to(values, (C, player.rows))[:, row] for name, values in terms.items()}
    total = np.asarray(sum(by_name.values()))
    rows = []
    for j in range(C):
        if j == i:
            continue
        values = [float(total[j]), *(float(by_name[name][j]) for name in TERMS)]
        cells = [(f"{value:+.2f}", float(np.clip(value / FULL_BAR, -1, 1))) for value in values]
        border = f"{agent.posture[j, row]:.2f}" if agent.posture[j, row] else "no border"
        rows.append([NAMES[j], *cells, f"{agent.trust[j, row]:.2f}", border])
    return heads, rows
