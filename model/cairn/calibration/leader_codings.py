"""Other codings of leaders' openness, to test how far results depend on the judgements of the coders."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from cairn.core.geography import CODES
from cairn.events import Succession
from cairn.scenario.scenario import Scenario

FIRST_YEAR_CODING = "first_year"
ACT_SIZE = 0.15  # Assumed: what one act that opens or closes a border adds to, or takes from, a code of one half
RESTRICTIONS = ("visa_regime", "transport_link", "border_closure", "mining")


def with_coding(scenario: Scenario, coding: str) -> Scenario:
    """A scenario with another coding of the openness of its named leaders.

    Parameters
    ----------
    scenario : scenario to change
    coding : `first_year` for `first_year_codes`, or empty for the shipped coding
    """
    if not coding:
        return scenario
    codes = first_year_codes(Scenario.load("baseline"))
    events = dict(scenario.events)
    for name, event in events.items():
        if isinstance(event, Succession) and event.leader in codes:
            scenario = scenario.amend(name, openness=codes[event.leader])
    return scenario


def first_year_codes(scenario: Scenario) -> dict[str, float]:
    """Openness of each leader, computed by rule from events on the country's borders in the first year in office.

    One half, plus `ACT_SIZE` for each visa regime, cut link, closure or minefield that ended and for joining a regional
    organisation, minus as much for each that began. It uses no later years and no judgement.

    Returns
    -------
    Codes by leader, 0.05 to 0.95
    """
    codes: dict[str, float] = {}
    for event in scenario.events.values():
        if isinstance(event, Succession) and event.leader and event.manner != "hardening":
            begin = event.date
            end = begin + dt.timedelta(days=366)
            acts = sum(_net_openings(other, event.country, begin, end) for other in scenario.events.values())
            codes[event.leader] = float(np.clip(0.5 + ACT_SIZE * acts, 0.05, 0.95))
    return codes


def _net_openings(event: Any, country: str, begin: dt.date, end: dt.date) -> int:
    """Openings minus closings of a country's borders that an event makes between two dates."""
    assert country in CODES
    if event.type in RESTRICTIONS and any(country in pair.split("-") for pair in event.pairs):
        closed = begin <= event.start < end
        opened = event.end is not None and begin <= event.end < end
        return int(opened) - int(closed)
    if event.type == "organisation" and event.action in ("found", "admit") and country in event.members:
        return int(begin <= event.date < end)
    return 0
