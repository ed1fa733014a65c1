"""The arms of the experiments: scenarios that are compared, each with a name.

A name may go on with ``+``: the same arm in worlds in which the mechanisms of `ASSUMED` are on; then with ``@force`` or
another coding of leaders; then with ``~2015``: other noise (`cairn.claims.experiments.arm_runs`).
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable
from typing import Any, NamedTuple

from cairn.calibration.repeats.mechanisms import MECHANISM_LIST
from cairn.claims.claim import claims
from cairn.claims.experiments import changes, leader_changes
from cairn.claims.experiments.changes import CAUSES, SHOCKS
from cairn.claims.experiments.codings import coding_of, recode_leaders
from cairn.claims.experiments.draft import (
    Change,
    Draft,
    amend_event,
    as_in_scenario,
    chain,
    no_change,
    set_parameters,
)
from cairn.claims.experiments.leader_changes import HARDLINER, SUCCESSIONS, new_leader, traits_of
from cairn.core.geography import CODES, PAIR_NAMES
from cairn.ensemble.comparison import year_of_intervention
from cairn.scenario.scenario import Scenario

TO_2015, TO_2025, TO_2040 = 2015, 2025, 2040  # last years of arms
REFORM_YEARS = (1998, 2008, 2018)
GAIN_WEIGHTS = (0.0, 0.5, 1.0, 1.5, 2.0)  # logit
GAIN_COUNTRIES = ("all", *CODES)
COUNTRY_SHOCKS = ("hostile", "all")  # the shocks under which the weight of gains is changed for one country alone
COMBINATIONS = 2 ** len(CAUSES)
GAINS_OF_ONE_SHARE = 1 / 3  # of the members, for arms with the gains of one country alone


@dataclasses.dataclass(frozen=True)
class Arm:
    """One arm.

    Parameters
    ----------
    change : what differs from the baseline
    last_year : last year of the run
    all_outcomes : whether outcomes of countries and pairs are stored, or only those of the region
    member_share : share of the members that are run
    """

    change: Change
    last_year: int
    all_outcomes: bool = True
    member_share: float = 1.0


class ArmName(NamedTuple):
    """The parts of an arm's name.

    plain : key of `arms`
    assumed : whether the mechanisms of `ASSUMED` are on
    coding : coding of leaders, empty for the shipped codes
    until : last year of the record from which noise is inferred; None for the whole record
    """

    plain: str
    assumed: bool
    coding: str
    until: int | None


def parts_of(name: str) -> ArmName:
    """The parts of an arm's name.

    >>> parts_of("karimov_line+@force~2015")
    ArmName(plain='karimov_line', assumed=True, coding='force', until=2015)
    """
    front, _, until = name.partition("~")
    plain, _, coding = front.partition("@")
    return ArmName(plain.removesuffix("+"), plain.endswith("+"), coding, int(until) if until else None)


def with_assumptions(name: str) -> str:
    """The name of the same arm with the mechanisms of `ASSUMED` on.

    >>> with_assumptions("karimov_line@force~2015")
    'karimov_line+@force~2015'
    """
    plain = parts_of(name).plain
    return f"{plain}+{name.removeprefix(plain)}"


def assumed_by(needs: Iterable[str]) -> dict[str, Any]:
    """Parameters that turn on what an answer needs and the shipped model has off.

    Parameters
    ----------
    needs : mechanisms and parameters
    """
    wanted = set(needs)
    off = [m for m in MECHANISM_LIST if not m.on_by_default and wanted & {m.name, m.switch}]
    return {name: value for mechanism in off for name, value in mechanism.on.items()}


def gain_arm(weight: float, shock: str, country: str = "all") -> str:
    """Name of the arm with a shock and a weight of gains for a country or all."""
    return f"gains_{country}_{weight:g}_{shock}"


def shock_arm(shock: str) -> str:
    """Name of the arm with a shock and the calibrated weight of gains."""
    return f"shock_{shock}"


def arm(name: str) -> Arm:
    """An arm by its name, with or without what a name may go on with.

    Raises
    ------
    KeyError
        If there is no such arm or coding.
    """
    parts = parts_of(name)
    found = arms()[parts.plain]
    if not parts.coding:
        return found
    return dataclasses.replace(found, member_share=found.member_share * coding_of(parts.coding).member_share)


def scenario(name: str, coding: str = "") -> Scenario:
    """The scenario of an arm: the baseline under the coding and with what it assumes, with the change of the arm.

    Leaders whom an arm brings into office keep the traits that the arm gives them.

    Parameters
    ----------
    name : of the arm
    coding : coding of the leaders where the name has none, as for `recode_leaders`
    """
    parts = parts_of(name)
    draft = _baseline(parts.coding or coding)
    if parts.assumed:
        draft = draft.replace(**ASSUMED)
    return arms()[parts.plain].change(draft).to_scenario(name.translate(dict.fromkeys(map(ord, "+@~"), "-")))


@functools.cache
def intervention_of(name: str) -> int | None:
    """The first year in which an arm leaves the course of events that happened; None if it does not."""
    return year_of_intervention([scenario(name)])


@functools.cache
def arms() -> dict[str, Arm]:
    """All arms by name, without codings."""
    regional = {f"combination_{k}": Arm(changes.remove_causes(k), TO_2015, False) for k in range(COMBINATIONS)}
    regional |= {shock_arm(shock): Arm(change, TO_2040, False) for shock, change in SHOCKS.items()}
    for country in GAIN_COUNTRIES:
        for shock in SHOCKS if country == "all" else COUNTRY_SHOCKS:
            for weight in GAIN_WEIGHTS:
                change = chain(SHOCKS[shock], changes.set_gain_weight(weight, country))
                share = 1.0 if country == "all" else GAINS_OF_ONE_SHARE
                regional[gain_arm(weight, shock, country)] = Arm(change, TO_2040, False, share)
    return {
        "baseline": Arm(no_change, TO_2040),
        **_shipped_scenarios(),
        **{name: Arm(change, TO_2025) for name, change in (_changes_of_leaders() | _other_changes()).items()},
        "threat_without_canal": Arm(chain(as_in_scenario("no_canal"), changes.canal_as_threat), TO_2040),
        "canal_as_threat": Arm(chain(as_in_scenario("canal_high"), changes.canal_as_threat), TO_2040),
        **regional,
    }


def _shipped_scenarios() -> dict[str, Arm]:
    """Arms that are shipped scenarios."""
    to_2025 = (
        "karimov_line", "karimov_person", "no_ukraine_war", "no_taliban", "nazarbayev_stays",
        "no_turkmen_handover_2022", "no_regional_body", "no_merger_2005", "yearly_summits_2006", "no_c5plus1",
        "no_russian_blocs", "scripted_2016_drawn", "open_turkmenistan_1992",
    )  # fmt: skip
    to_2040 = (
        "tajik_succession_2027_same", "tajik_succession_2027_drawn", "tajik_succession_2027_open",
        "tajik_succession_2027_closed", "trans_caspian_boom", "no_canal", "canal_high",
    )  # fmt: skip
    return {
        **{name: Arm(as_in_scenario(name), TO_2025) for name in to_2025},
        **{name: Arm(as_in_scenario(name), TO_2040) for name in to_2040},
    }


def _changes_of_leaders() -> dict[str, Change]:
    """Arms to 2025 that change leaders or policies in Tashkent."""
    karimov_line = as_in_scenario("karimov_line")
    kazakh_traits, uzbek_traits = (traits_of(_baseline(""), f"{code}_leader_1992") for code in ("kaz", "uzb"))
    sham = new_leader("UZB", "1998-01-01", "Karimov", uzbek_traits)
    constant = changes.constant_environment
    return {
        "no_turn_no_war": chain(karimov_line, as_in_scenario("no_ukraine_war")),
        "no_leader_changes": leader_changes.leaders_change_only_in(),
        **{f"only_{code}_changes": leader_changes.leaders_change_only_in(code) for code in SUCCESSIONS},
        "uzb_same_kind_2016": chain(karimov_line, new_leader("UZB", "2016-09-08", "Karimov", HARDLINER)),
        "kaz_same_kind_2016": new_leader("KAZ", "2016-09-08", "Nazarbayev", kazakh_traits),
        "tkm_same_kind_2022": _same_kind_in_ashgabat,
        "karimov_line_drawn": chain(karimov_line, leader_changes.drawn_leader("UZB", "2016-09-08")),
        "calm_rhetoric": leader_changes.calm_rhetoric(*CODES),
        "calm_rhetoric_ashgabat": leader_changes.calm_rhetoric("TKM"),
        "karimov_line_constant": chain(karimov_line, constant),
        "sham_reform_1998_constant": chain(karimov_line, sham, constant),
        **{f"reform_{year}": leader_changes.reform(year) for year in REFORM_YEARS},
        **{f"reform_{year}_constant": chain(leader_changes.reform(year), constant) for year in REFORM_YEARS},
    }


def _other_changes() -> dict[str, Change]:
    """Arms to 2025 that change something else."""
    regional_kazakhstan = changes.regional_kazakhstan
    return {
        "no_war_no_taliban": chain(as_in_scenario("no_ukraine_war"), as_in_scenario("no_taliban")),
        "regional_kazakhstan": regional_kazakhstan,
        "regional_kazakhstan_no_merger": chain(regional_kazakhstan, as_in_scenario("no_merger_2005")),
        "no_water_conflict": CAUSES["water_conflict"][1],
        "borders_settled_2000": changes.settle_borders(2000),
        "kaz_tkm_settled_2000": changes.settle_borders(2000, ("KAZ-TKM",)),
        "no_wto": lambda draft: changes.remove_memberships(draft, "WTO"),
        "no_sovereignty_cost": set_parameters(sovereignty_cost=0.0),
        "no_drift": set_parameters(trust_drift=0.0),
        "open_borders": changes.open_all_borders,
        **{f"freeze_{pair}": changes.freeze_pair(pair) for pair in PAIR_NAMES},
    }


@functools.cache
def _baseline(coding: str) -> Draft:
    """The baseline under a coding."""
    return Draft.from_scenario(recode_leaders(Scenario.load("baseline"), coding))


def _same_kind_in_ashgabat(draft: Draft) -> Draft:
    """The handover of 2022, to a leader with the traits of the predecessor."""
    same = traits_of(draft, "tkm_succession_2006")
    return amend_event(draft, "tkm_succession_2022", leader="G. Berdimuhamedov", **same)


ASSUMED = assumed_by(name for claim in claims().values() for name in claim.needs)
