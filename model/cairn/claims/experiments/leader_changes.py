"""Changes of leaders: other successions, other policies in Tashkent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from cairn.claims.experiments.draft import (
    Change,
    Draft,
    add_events,
    amend_event,
    as_in_scenario,
    chain,
    make_event,
    no_change,
    remove_events,
)
from cairn.core.geography import CODES
from cairn.events import Succession

REFORMER = {"openness": 0.88, "nationalism": 0.35, "personalism": 0.70}  # as coded for Uzbekistan from 2016
HARDLINER = {"openness": 0.16, "nationalism": 0.70, "personalism": 0.95}  # as coded for Uzbekistan from 1999
CALM_NATIONALISM = 0.2  # Assumed: nationalism of leaders who do not use nationalist rhetoric
SUCCESSIONS = {
    "UZB": ("uzb_succession_2016",),
    "KAZ": ("kaz_succession_2019",),
    "KGZ": ("kgz_succession_2017", "kgz_succession_2020"),
    "TKM": ("tkm_succession_2022",),
}
UZBEK_ACTS = (
    "visa_kgz_uzb_2000", "visa_tjk_uzb_2000", "passage_kgz_uzb_2010", "exit_visas_uzb_2012",
    "air_tjk_uzb", "transit_tjk_uzb_2009", "rail_tjk_uzb_2011", "closure_kaz_uzb_2002", "closure_karasuu_2003",
    "closure_tjk_uzb_2003", "closure_kgz_uzb_2009", "closure_kgz_uzb_2010", "closure_tjk_uzb_2010", "mines_tjk_uzb",
    "mines_kgz_uzb", "grid_tjk_isolated",
)  # fmt: skip


def leaders_change_only_in(*codes: str) -> Change:
    """From 2016 on leaders change in these countries only; without Uzbekistan, Karimov's policies continue."""
    removed = [name for code, names in SUCCESSIONS.items() if code not in codes for name in names]
    policies = no_change if "UZB" in codes else as_in_scenario("karimov_line")
    return chain(policies, lambda draft: remove_events(draft, *removed))


def new_leader(country: str, date: str, leader: str, traits: Mapping[str, float], name: str = "placebo") -> Change:
    """A succession to a leader with given traits.

    With the name of a coded leader, the new one has the same random deviation from the code in each member.
    """
    return _succession(name, country=country, date=date, leader=leader, manner="death", born=1957, **traits)


def drawn_leader(country: str, date: str) -> Change:
    """A succession to a leader drawn from the pool."""
    return _succession("drawn", country=country, date=date, manner="death", drawn=True)


def _succession(name: str, **fields: Any) -> Change:
    """Add a succession; one in Uzbekistan ends Karimov's stay in office."""
    event = make_event(Succession, **fields)

    def change(draft: Draft) -> Draft:
        draft = remove_events(draft, "karimov_stays") if event.country == "UZB" else draft
        return add_events(draft, **{name: event})

    return change


def traits_of(draft: Draft, name: str) -> dict[str, float]:
    """Openness, nationalism and personalism of a succession."""
    return {trait: getattr(draft.events[name], trait) for trait in REFORMER}


def reform(year: int) -> Change:
    """Karimov's policies until a year, then a reformer: no new act against neighbours, old ones end within a year."""
    begin, end = dt.date(year, 1, 1), dt.date(year + 1, 1, 1)

    def change(draft: Draft) -> Draft:
        draft = as_in_scenario("karimov_line")(draft)
        for name in UZBEK_ACTS:
            act = draft.events.get(name)
            if act is not None and act.start >= begin:
                draft = remove_events(draft, name)
            elif act is not None and (act.end is None or act.end > end):
                draft = amend_event(draft, name, end=end)
        if draft.events["uzb_hardening_1999"].date >= begin:
            draft = remove_events(draft, "uzb_hardening_1999")
        return new_leader("UZB", begin.isoformat(), "Mirziyoyev", REFORMER, "reformer")(draft)

    return change


def calm_rhetoric(*codes: str) -> Change:
    """Leaders of these countries at most as nationalist as `CALM_NATIONALISM`.

    For all five countries, hard times do not make leaders more nationalist either.
    """

    def change(draft: Draft) -> Draft:
        for name, event in draft.events.items():
            if isinstance(event, Succession) and event.nationalism is not None and event.country in codes:
                draft = amend_event(draft, name, nationalism=min(CALM_NATIONALISM, event.nationalism))
        return draft.replace(diversion=0.0) if set(codes) == set(CODES) else draft

    return change
