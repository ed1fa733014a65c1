"""Changes to a world that experiments need and that compose in any order: what is not there is left alone."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cairn.calibration.leader_codings import with_coding
from cairn.core.geography import BORDER_NAMES, CODES, index
from cairn.core.leader_names import LEADERS
from cairn.core.parameters import Parameters
from cairn.events import BorderOpening, DelimitationTreaty, Event, Freeze, Membership, Parameter, Succession, Threat
from cairn.scenario.scenario import Scenario

Change = Callable[["Draft"], "Draft"]

OPEN, CALM = 0.65, 0.30  # Assumed: openness and nationalism of an open leader, as Kyrgyzstan's first was judged
REFORM = {"openness": 0.88, "nationalism": 0.35, "personalism": 0.70}  # as judged for Uzbekistan from 2016
HARD = {"openness": 0.16, "nationalism": 0.70, "personalism": 0.95}  # as judged for Uzbekistan from 1999
SHIFT = 0.15  # Assumed: by how much all codes of openness may be off
CODINGS = ("lower", "higher", "blind")
WATER = ("water_incident_effect", "blame", "breach_distrust", "grievance_shortage")  # how shortage turns into quarrel
CANAL_THREAT = 0.12  # Assumed: as the baseline has it for the Taliban's return
CALM_TALK = 0.2  # Assumed: nationalism of leaders who do not use it
WHY = "a change that an experiment makes"


@dataclasses.dataclass(frozen=True)
class Draft:
    """A scenario in the making: events by name and numbers. It is checked as a whole once it is done."""

    events: Mapping[str, Any]
    parameters: Mapping[str, Any]

    @staticmethod
    def of(scenario: Scenario) -> Draft:
        """Of what a scenario has."""
        return Draft(dict(scenario.events), dict(scenario.parameters))

    def replace(self, **set_parameters: Any) -> Draft:
        """With numbers of the model set."""
        return Draft(self.events, {**self.parameters, **set_parameters})

    def done(self, name: str) -> Scenario:
        """The scenario, checked; it runs as far as the baseline."""
        return Scenario.load("baseline").named(
            name, title=name, question=f"Experiment {name}", events=dict(self.events), parameters=dict(self.parameters)
        )


def drop(draft: Draft, *names: str) -> Draft:
    """Without those of these events that are there."""
    return Draft({name: event for name, event in draft.events.items() if name not in names}, draft.parameters)


def amend(draft: Draft, name: str, **fields: Any) -> Draft:
    """With fields of an event changed, if it is there."""
    if name not in draft.events:
        return draft
    event = draft.events[name]
    old = {field: getattr(event, field) for field in type(event).model_fields}
    return put(draft, **{name: type(event).model_validate(old | fields)})


def put(draft: Draft, **events: Event) -> Draft:
    """With these events, in place of others of the same names."""
    return Draft({**draft.events, **events}, draft.parameters)


def recoded(scenario: Scenario, coding: str) -> Scenario:
    """The openness of all coded leaders otherwise: `SHIFT` lower or higher, or blind to what came later.

    Blind codes are reckoned by rule from dated acts in a leader's first year; what calibration learnt of leaders went
    with the other codes and is left out.
    """
    if coding == "blind":
        unlearnt = {"openness_offset": (0.0,) * len(LEADERS), "judgement_spread": 1.0}
        return with_coding(scenario, "first_year").replace(**unlearnt)
    return scenario.replace(openness_shift=SHIFT if coding == "higher" else -SHIFT) if coding else scenario


@functools.cache
def as_in(name: str) -> Change:
    """What a shipped scenario changes in the baseline, to be changed in another world as well."""
    old, new = Scenario.load("baseline"), Scenario.load(name)
    gone = [event for event in old.events if event not in new.events]
    other = {k: event for k, event in new.events.items() if k not in old.events or event != old.events[k]}
    set_parameters = {k: v for k, v in new.parameters.items() if old.parameters.get(k) != v}
    return lambda world: put(drop(world, *gone), **other).replace(**set_parameters)


def made(kind: type[Event], **fields: Any) -> Any:
    """An event of a type, its dates as text."""
    return kind.model_validate({"why": WHY} | fields)


def chain(*changes: Change) -> Change:
    """One change after the other."""
    return lambda world: functools.reduce(lambda one, change: change(one), changes, world)


def set_parameters(**values: Any) -> Change:
    """Numbers of the model set."""
    return lambda world: world.replace(**values)


# --- causes of the lost cooperation, each taken away -----------------------------------------------------------------


def open_uzbekistan(world: Draft) -> Draft:
    """An open first leader in Tashkent, no hardening, none of its acts against neighbours."""
    return amend(as_in("open_uzbekistan_1992")(world), "uzb_leader_1992", openness=OPEN, nationalism=CALM)


def engaged_turkmenistan(world: Draft) -> Draft:
    """An open first leader in Ashgabat, no visas, in the power system, and a founder of the union of 1994."""
    opened = amend(as_in("open_turkmenistan_1992")(world), "tkm_leader_1992", openness=OPEN, nationalism=CALM)
    return amend(opened, "caeu_founded_1994", members=("KAZ", "KGZ", "TKM", "UZB"))


def regional_kazakhstan(world: Draft) -> Draft:
    """Kazakhstan in no Russian-led body, and unmoved by their pull."""
    for name, event in world.events.items():
        if isinstance(event, Membership) and event.led_by_russia and "KAZ" in event.countries:
            left = tuple(code for code in event.countries if code != "KAZ")
            world = amend(world, name, countries=left) if left else drop(world, name)
    exposed = np.array(world.parameters.get("bloc_exposure", Parameters().bloc_exposure), float)
    exposed[index("KAZ")] = 0.0
    return drop(world, "eaeu_floor_kaz_kgz").replace(bloc_exposure=tuple(exposed.tolist()))


def borders_settled(year: int) -> Change:
    """All seven land borders delimited by treaty in a year."""
    treaty = made(DelimitationTreaty, date=f"{year}-04", pairs=BORDER_NAMES, delimited=1.0)
    return lambda world: put(world, all_borders_settled=treaty)


CAUSES: Mapping[str, tuple[str, Change]] = {
    "uzbek_leadership": ("Uzbek leadership", open_uzbekistan),
    "turkmen_neutrality": ("Turkmen neutrality", engaged_turkmenistan),
    "eurasian_choice": ("Kazakhstan's Eurasian choice", regional_kazakhstan),
    "water_conflict": ("water conflict", set_parameters(**dict.fromkeys(WATER, 0.0))),
    "open_borders": ("undelimited borders", borders_settled(1992)),
    "russian_pull": ("Russian pull", as_in("no_russian_blocs")),
}


def without_causes(places: int) -> Change:
    """The causes in the bits of a number taken away."""
    return chain(*(change for k, (_, change) in enumerate(CAUSES.values()) if places >> k & 1))


# --- leaders --------------------------------------------------------------------------------------------------------

SUCCESSIONS = {
    "UZB": ("uzb_succession_2016",),
    "KAZ": ("kaz_succession_2019",),
    "KGZ": ("kgz_succession_2017", "kgz_succession_2020"),
    "TKM": ("tkm_succession_2022",),
}


def only_change_in(*codes: str) -> Change:
    """From 2016 on leaders change in these states alone; Karimov's line goes on if Uzbekistan is not among them."""
    gone = [name for code, names in SUCCESSIONS.items() if code not in codes for name in names]
    return chain(*([] if "UZB" in codes else [as_in("karimov_line")]), lambda world: drop(world, *gone))


def new_man(country: str, date: str, leader: str, traits: Mapping[str, float], name: str = "placebo") -> Change:
    """A succession with given judgements; the same leader's name draws the same judgements in each world."""
    office = made(Succession, country=country, date=date, leader=leader, manner="death", born=1957, **traits)
    return lambda world: put(drop(world, "karimov_stays") if country == "UZB" else world, **{name: office})


def traits_of(world: Draft, name: str) -> dict[str, float]:
    """The three judgements of a succession."""
    return {trait: getattr(world.events[name], trait) for trait in REFORM}


def permuted(k: int) -> Change:
    """The openness of all coded leaders dealt out anew among them, the k-th of such deals."""

    def change(world: Draft) -> Draft:
        names = [name for name, e in world.events.items() if isinstance(e, Succession) and e.leader in LEADERS]
        codes = [world.events[name].openness for name in names]
        dealt = np.random.default_rng([2016, k]).permutation(codes)
        for name, code in zip(names, dealt.tolist(), strict=True):
            world = amend(world, name, openness=code)
        return world

    return change


UZBEK_ACTS = (
    "visa_kaz_uzb_2000", "visa_kgz_uzb_2000", "visa_tjk_uzb_2000", "passage_kgz_uzb_2010", "exit_visas_uzb_2012",
    "air_tjk_uzb", "rail_tjk_uzb_2011", "closure_kaz_uzb_2002", "closure_karasuu_2003", "closure_tjk_uzb_2003",
    "closure_kgz_uzb_2009", "closure_kgz_uzb_2010", "closure_tjk_uzb_2010", "mines_tjk_uzb", "mines_kgz_uzb",
    "grid_uzb_leaves", "grid_tjk_isolated",
)  # fmt: skip


def reform(year: int) -> Change:
    """Karimov's line until a year, then a reformer: no new act against neighbours, old ones ended within a year."""
    begin, undone = dt.date(year, 1, 1), dt.date(year + 1, 1, 1)

    def change(world: Draft) -> Draft:
        world = as_in("karimov_line")(world)
        for name in UZBEK_ACTS:
            act = world.events.get(name)
            if act is not None and act.start >= begin:
                world = drop(world, name)
            elif act is not None and (act.end is None or act.end > undone):
                world = amend(world, name, end=undone)
        if world.events["uzb_hardening_1999"].date >= begin:
            world = drop(world, "uzb_hardening_1999")
        return new_man("UZB", begin.isoformat(), "Mirziyoyev", REFORM, "reformer")(world)

    return change


def quiet_outside(world: Draft) -> Draft:
    """What comes from outside held at one level, so that worlds at different dates differ by time alone."""
    world = drop(world, "taliban_takeover", "crimea_2014", "ukraine_war", "c5plus1", "pandemic", "reexports")
    world = amend(world, "patron_pull", pull={dt.date(1992, 1, 1): 0.5})
    return amend(world, "militancy", spillover={dt.date(1992, 1, 1): 0.35})


# --- other experiments ----------------------------------------------------------------------------------------------


def calm_rhetoric(*codes: str) -> Change:
    """No leader of these states more nationalist than `CALM_TALK`; if of all, hard times do not harden them either."""

    def change(world: Draft) -> Draft:
        for name, event in world.events.items():
            if isinstance(event, Succession) and event.nationalism is not None and event.country in codes:
                world = amend(world, name, nationalism=min(CALM_TALK, event.nationalism))
        return world.replace(diversion=0.0) if set(codes) == set(CODES) else world

    return change


def frozen(pair: str) -> Change:
    """Relations of a pair stay as they stood before the change in Tashkent; later orders about it alone fall away."""
    begin = dt.date(2016, 9, 1)
    freeze = made(Freeze, pairs=(pair,), start=begin, end="2040-12-31")

    def change(world: Draft) -> Draft:
        for name, event in world.events.items():
            if event.type in ("agreement", "border_closure") and event.pairs == (pair,):
                if event.start >= begin:
                    world = drop(world, name)
                elif event.end is None or event.end > begin:
                    world = amend(world, name, end=begin)
        return put(world, freeze=freeze)

    return change


def common_threat_from_canal(world: Draft) -> Draft:
    """The canal felt by all as a common threat, as large as the Taliban's return was (Assumed), from 2026 on."""
    felt = made(Threat, start="2026-01-01", theatre="Qosh Tepa canal", external={"2026-01-01": CANAL_THREAT})
    return put(world, canal_felt=felt)


def open_borders_always(world: Draft) -> Draft:
    """No visas, cut links, mines or closures, and all land borders held open, from 1992."""
    shut = ("visa_regime", "transport_link", "border_closure", "mining")
    world = drop(world, *(name for name, event in world.events.items() if event.type in shut))
    return put(world, all_open=made(BorderOpening, pairs=BORDER_NAMES, openness=1.0, start="1992-01-01"))


def gains_weigh(value: float, who: str) -> Change:
    """From 2026 on gains from trade weigh this much in the choices of all, or of one state."""
    countries = CODES if who == "all" else (who,)
    event = made(Parameter, name="gain_weight", value=value, start="2026-01", countries=countries)
    return lambda world: put(world, gains=event)


BLOWS: Mapping[str, Change] = {
    "none": lambda world: world,
    "hostile": as_in("uzbek_reversal_2030"),
    "canal": as_in("canal_high"),
    "offer": as_in("bloc_pull_returns"),
    "together": chain(as_in("uzbek_reversal_2030"), as_in("canal_high"), as_in("bloc_pull_returns")),
}
