"""Changes to a scenario that the experiments need. They can be combined in any order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

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
    set_parameters,
)
from cairn.core.geography import BORDER_NAMES, CODES
from cairn.events import BorderOpening, DelimitationTreaty, Freeze, Membership, Parameter, Threat

OPEN, CALM = 0.65, 0.30  # Assumed: openness and nationalism of an open leader, as coded for Kyrgyzstan's first
WATER_PARAMETERS = ("water_incident_effect", "blame", "breach_distrust", "grievance_shortage")  # shortage to disputes
CANAL_THREAT = 0.12  # Assumed: as the baseline has it for the return of the Taliban


# --- causes of the lost cooperation, each removed -------------------------------------------------------------------


def open_uzbekistan(draft: Draft) -> Draft:
    """An open first leader in Tashkent, no later hardening, and no acts against neighbours."""
    changed = as_in_scenario("open_uzbekistan_1992")(draft)
    return amend_event(changed, "uzb_leader_1992", openness=OPEN, nationalism=CALM)


def engaged_turkmenistan(draft: Draft) -> Draft:
    """An open first leader in Ashgabat, no visas, a member of the power grid and a founder of the union of 1994."""
    changed = as_in_scenario("open_turkmenistan_1992")(draft)
    changed = amend_event(changed, "tkm_leader_1992", openness=OPEN, nationalism=CALM)
    return amend_event(changed, "caeu_founded_1994", members=("KAZ", "KGZ", "TKM", "UZB"))


def regional_kazakhstan(draft: Draft) -> Draft:
    """Kazakhstan in no Russian-led organisation, not attracted by them, and bound by no rules of theirs."""
    for name, event in draft.events.items():
        if isinstance(event, Membership) and event.led_by_russia and "KAZ" in event.countries:
            others = tuple(code for code in event.countries if code != "KAZ")
            draft = amend_event(draft, name, countries=others) if others else remove_events(draft, name)
    exposure = {**draft.parameters.get("bloc_exposure", {}), "KAZ": 0.0}
    rules = ("eaeu_floor_kaz_kgz", "customs_union_2010", "customs_kaz_kgz_2015")
    return remove_events(draft, *rules).replace(bloc_exposure=exposure)


def settle_borders(year: int, borders: tuple[str, ...] = BORDER_NAMES) -> Change:
    """Land borders, all seven by default, delimited by treaty in April of a year."""
    treaty = make_event(DelimitationTreaty, date=f"{year}-04", pairs=borders, delimited=1.0)
    return lambda draft: add_events(draft, borders_settled=treaty)


CAUSES: Mapping[str, tuple[str, Change]] = {  # title, change that removes the cause
    "uzbek_leadership": ("Uzbek leadership", open_uzbekistan),
    "turkmen_neutrality": ("Turkmen neutrality", engaged_turkmenistan),
    "eurasian_choice": ("Kazakhstan's Eurasian choice", regional_kazakhstan),
    "water_conflict": ("water conflict", set_parameters(**dict.fromkeys(WATER_PARAMETERS, 0.0))),
    "undelimited_borders": ("undelimited borders", settle_borders(1992)),
    "russian_blocs": ("Russian-led blocs", as_in_scenario("no_russian_blocs")),
}


def remove_causes(combination: int) -> Change:
    """Remove the causes whose bits are set in a number from 0 to 63; bit k is the k-th of `CAUSES`."""
    return chain(*(change for k, (_, change) in enumerate(CAUSES.values()) if combination >> k & 1))


# --- other experiments ----------------------------------------------------------------------------------------------


def constant_environment(draft: Draft) -> Draft:
    """Influences from outside the region at a constant level, so that experiments at different dates are comparable."""
    draft = remove_events(draft, "taliban_takeover", "crimea_2014", "ukraine_war", "c5plus1", "pandemic", "reexports")
    draft = amend_event(draft, "patron_pull", pull={dt.date(1992, 1, 1): 0.5})
    return amend_event(draft, "militancy", spillover={dt.date(1992, 1, 1): 0.35})


def freeze_pair(pair: str) -> Change:
    """Relations of a pair stay as before September 2016; later agreements and closures of the pair are removed."""
    begin = dt.date(2016, 9, 1)
    freeze = make_event(Freeze, pairs=(pair,), start=begin, end="2040-12-31")

    def change(draft: Draft) -> Draft:
        for name, event in draft.events.items():
            if event.type in ("agreement", "border_closure") and event.pairs == (pair,):
                if event.start >= begin:
                    draft = remove_events(draft, name)
                elif event.end is None or event.end > begin:
                    draft = amend_event(draft, name, end=begin)
        return add_events(draft, freeze=freeze)

    return change


def canal_as_threat(draft: Draft) -> Draft:
    """All countries see the canal as a common threat of size `CANAL_THREAT` from 2026 on."""
    threat = make_event(Threat, start="2026-01-01", theatre="Qosh Tepa canal", external={"2026-01-01": CANAL_THREAT})
    return add_events(draft, canal_threat=threat)


def open_all_borders(draft: Draft) -> Draft:
    """No visas, cut links, mines or closures, and all land borders open, from 1992 on."""
    restrictions = ("visa_regime", "transport_link", "border_closure", "mining")
    draft = remove_events(draft, *(name for name, event in draft.events.items() if event.type in restrictions))
    return add_events(draft, all_open=make_event(BorderOpening, pairs=BORDER_NAMES, openness=1.0, start="1992-01-01"))


def set_gain_weight(value: float, country: str) -> Change:
    """From 2026 on gains from trade have a weight in the choices of a country, or of all with ``all``."""
    countries = CODES if country == "all" else (country,)
    event = make_event(Parameter, name="gain_weight", value=value, start="2026-01", countries=countries)
    return lambda draft: add_events(draft, gains=event)


def remove_memberships(draft: Draft, organisation: str) -> Draft:
    """No country is a member of an outside organisation."""
    names = [name for name, event in draft.events.items() if getattr(event, "organisation", "") == organisation]
    return remove_events(draft, *names)


SHOCKS: Mapping[str, Change] = {
    "none": no_change,
    "hostile": as_in_scenario("uzbek_reversal_2030"),
    "canal": as_in_scenario("canal_high"),
    "bloc": as_in_scenario("bloc_pull_returns"),
    "all": chain(
        as_in_scenario("uzbek_reversal_2030"), as_in_scenario("canal_high"), as_in_scenario("bloc_pull_returns")
    ),
}
