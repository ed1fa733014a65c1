"""The worlds that experiments compare, each by its name: what is changed, how far it runs, what is kept of it.

A name may end in `@lower`, `@higher` or `@blind`: the same under other codes of leaders.
"""

from __future__ import annotations

import dataclasses
import functools

from cairn.claims import changes
from cairn.claims.changes import BLOWS, CAUSES, CODINGS, Change, Draft
from cairn.core.geography import CODES, PAIR_NAMES
from cairn.events import DelimitationTreaty, Succession
from cairn.scenario.scenario import Scenario

EARLY, PAST, FUTURE = 2015, 2025, 2040
DEALS = 12  # permutations of leaders' codes
REFORMS = (1998, 2008, 2018)
LEVELS = (0.0, 0.5, 1.0, 1.5, 2.0)  # weights of gains, logit
WHO = ("all", *CODES)
ALONE = ("hostile", "together")  # the blows under which gains weigh otherwise for one state alone
COMBINATIONS = 2 ** len(CAUSES)


@dataclasses.dataclass(frozen=True)
class Arm:
    """What is changed in the baseline; last year; whether all outcomes are kept or the region's; share of worlds."""

    change: Change
    last: int
    all_kept: bool = True
    share: float = 1.0


def _as_recorded(world: Draft) -> Draft:
    return world


def _shipped(last: int, *names: str) -> dict[str, Arm]:
    return {name: Arm(changes.as_in(name), last) for name in names}


@functools.cache
def arms() -> dict[str, Arm]:
    """All arms by name, without codings."""
    of_kazakhstan = changes.traits_of(_base(""), "kaz_leader_1992")
    of_uzbekistan = changes.traits_of(_base(""), "uzb_leader_1992")
    found = {"baseline": Arm(_as_recorded, FUTURE)}
    found |= _shipped(
        PAST, "karimov_line", "karimov_person", "no_ukraine_war", "no_taliban", "nazarbayev_stays",
        "no_turkmen_handover_2022", "no_regional_body", "no_merger_2005", "yearly_summits_2006", "no_c5plus1",
        "no_russian_blocs", "scripted_2016_drawn", "open_turkmenistan_1992",
    )  # fmt: skip
    found |= _shipped(
        FUTURE, "tajik_succession_2027_same", "tajik_succession_2027_drawn", "tajik_succession_2027_open",
        "tajik_succession_2027_closed", "trans_caspian_boom", "no_canal", "canal_high",
    )  # fmt: skip
    past = {
        "no_turn_no_war": changes.chain(changes.as_in("karimov_line"), changes.as_in("no_ukraine_war")),
        "no_war_no_taliban": changes.chain(changes.as_in("no_ukraine_war"), changes.as_in("no_taliban")),
        "nobody_changes": changes.only_change_in(),
        **{f"only_{code}_changes": changes.only_change_in(code) for code in changes.SUCCESSIONS},
        "uzb_same_kind_2016": changes.chain(
            changes.as_in("karimov_line"), changes.new_man("UZB", "2016-09-08", "Karimov", changes.HARD)
        ),
        "kaz_same_kind_2016": changes.new_man("KAZ", "2016-09-08", "Nazarbayev", of_kazakhstan),
        "drawn_line": changes.chain(changes.as_in("karimov_line"), _drawn_in_tashkent),
        "regional_kazakhstan": changes.regional_kazakhstan,
        "regional_kazakhstan_no_merger": changes.chain(changes.regional_kazakhstan, changes.as_in("no_merger_2005")),
        "no_water_conflict": CAUSES["water_conflict"][1],
        "borders_settled_2000": changes.borders_settled(2000),
        "kaz_tkm_settled_2000": _border_settled("KAZ-TKM"),
        "tkm_same_kind_2022": _same_kind_in_ashgabat,
        "calm_rhetoric": changes.calm_rhetoric(*CODES),
        "calm_rhetoric_ashgabat": changes.calm_rhetoric("TKM"),
        "no_wto": _outside_the_wto,
        "no_sovereignty_cost": changes.set_parameters(sovereignty_cost=0.0),
        "no_drift": changes.set_parameters(trust_drift=0.0),
        "open_borders_always": changes.open_borders_always,
        "line_quiet": changes.chain(changes.as_in("karimov_line"), changes.quiet_outside),
        "sham_reform_1998_quiet": changes.chain(
            changes.as_in("karimov_line"),
            changes.new_man("UZB", "1998-01-01", "Karimov", of_uzbekistan),
            changes.quiet_outside,
        ),
        **{f"reform_{year}": changes.reform(year) for year in REFORMS},
        **{f"reform_{year}_quiet": changes.chain(changes.reform(year), changes.quiet_outside) for year in REFORMS},
        **{f"freeze_{pair}": changes.frozen(pair) for pair in PAIR_NAMES},
    }
    found |= {name: Arm(change, PAST) for name, change in past.items()}
    found |= {f"permuted_{k}": Arm(changes.permuted(k), PAST, all_kept=False) for k in range(DEALS)}
    felt = changes.common_threat_from_canal
    found["threat_without_canal"] = Arm(changes.chain(changes.as_in("no_canal"), felt), FUTURE)
    found["canal_as_threat"] = Arm(changes.chain(changes.as_in("canal_high"), felt), FUTURE)
    found |= {f"combination_{k}": Arm(changes.without_causes(k), EARLY, all_kept=False) for k in range(COMBINATIONS)}
    for who in WHO:
        for level in LEVELS:
            for blow in BLOWS if who == "all" else ALONE:
                change = changes.chain(BLOWS[blow], changes.gains_weigh(level, who))
                found[gains(level, blow, who)] = Arm(change, FUTURE, all_kept=False)
    found |= {blow_alone(blow): Arm(change, FUTURE, all_kept=False) for blow, change in BLOWS.items()}
    return found


def gains(level: float, blow: str, who: str = "all") -> str:
    """Name of the arm in which gains weigh so much for some while a blow falls."""
    return f"gains_{who}_{level:g}_{blow}"


def blow_alone(blow: str) -> str:
    """Name of the arm in which a blow falls and gains weigh what they did."""
    return f"blow_{blow}"


def arm(name: str) -> Arm:
    """An arm by its name, a coding after an @ included; those under other codes run on a third of the worlds."""
    plain, _, coding = name.partition("@")
    if coding and coding not in CODINGS:
        raise KeyError(f"no such coding: {coding}")
    found = arms()[plain]
    return dataclasses.replace(found, share=found.share / 3) if coding else found


def scenario(name: str) -> Scenario:
    """The scenario of an arm: the baseline under its coding, with the arm's change."""
    plain, _, coding = name.partition("@")
    return arms()[plain].change(_base(coding)).done(name.replace("@", "-"))


@functools.cache
def _base(coding: str) -> Draft:
    """The baseline under a coding."""
    return Draft.of(changes.recoded(Scenario.load("baseline"), coding))


def _drawn_in_tashkent(world: Draft) -> Draft:
    office = changes.made(Succession, country="UZB", date="2016-09-08", manner="death", drawn=True)
    return changes.put(changes.drop(world, "karimov_stays"), drawn=office)


def _border_settled(border: str) -> Change:
    treaty = changes.made(DelimitationTreaty, date="2000-04", pairs=(border,), delimited=1.0)
    return lambda world: changes.put(world, one_border_settled=treaty)


def _same_kind_in_ashgabat(world: Draft) -> Draft:
    """The handover of 2022, to a man with the judgements of the one before."""
    same = changes.traits_of(world, "tkm_succession_2006")
    return changes.amend(world, "tkm_succession_2022", leader="G. Berdimuhamedov", **same)


def _outside_the_wto(world: Draft) -> Draft:
    return changes.drop(world, *(n for n, e in world.events.items() if getattr(e, "organisation", "") == "WTO"))
