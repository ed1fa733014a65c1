"""The outcomes that the page shows, in groups, with names in words."""

from __future__ import annotations

import functools

from cairn.core.geography import BORDER_NAMES, CENTRAL_ASIA, CODES, PAIR_NAMES
from cairn.effects.report_outcomes import subject
from cairn.ensemble.outcomes import Outcome, outcome_from
from cairn.events.labels import DAM_NAMES

UPSTREAM = tuple(code for code in CODES if code in CENTRAL_ASIA.upstream)
DOWNSTREAM = tuple(code for code in CODES if code not in UPSTREAM)
GROUPS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {  # group to variables with their places
    "Overview": (
        ("integration_index", ()), ("integration_de_facto", ()), ("trade_total_usd_bn", ()), ("trust_mean", ()),
        ("openness_mean", ()), ("incidents_total", ()), ("deaths_total", ()), ("meeting_held", ()),
        ("organisation_alive", ()),
    ),
    "Water and farms": (
        ("shortage", DOWNSTREAM), ("agricultural_loss_pct_gdp", DOWNSTREAM), ("storage_km3", CENTRAL_ASIA.reservoirs),
    ),
    "Winter power": (("winter_deficit_gwh", UPSTREAM), ("shortage", UPSTREAM), ("hydropower_gwh", UPSTREAM)),
    "Trade": (("pair_trade_usd_bn", PAIR_NAMES), ("trade_usd_bn", CODES), ("trade_outside_usd_bn", CODES)),
    "Travel and borders": (
        ("visitors_mn", PAIR_NAMES), ("openness", PAIR_NAMES), ("incidents", BORDER_NAMES),
        ("undelimited_share", BORDER_NAMES),
    ),
    "Trust and treaties": (("trust_pair", PAIR_NAMES), ("agreement", PAIR_NAMES)),
    "Leaders and meetings": (("leader_openness", CODES), ("leader_nationalism", CODES), ("attended", CODES)),
    "Dimensions of the index": (
        ("dim_trade", ()), ("dim_water", ()), ("dim_borders", ()), ("dim_security", ()), ("dim_institutions", ()),
    ),
}  # fmt: skip
UNITS = {  # in words, for axes
    "integration_index": "0 none to 1 full", "integration_de_facto": "0 none to 1 full",
    "trade_total_usd_bn": "bn current USD a year", "pair_trade_usd_bn": "bn current USD a year",
    "trade_usd_bn": "bn current USD a year", "trade_outside_usd_bn": "bn current USD a year",
    "trust_mean": "0 none to 1 full", "trust_pair": "0 none to 1 full", "openness_mean": "0 closed to 1 open",
    "openness": "0 closed to 1 open", "agreement": "stock in force, 0 to 1", "incidents_total": "a year",
    "deaths_total": "a year", "incidents": "a year", "shortage": "% of demand", "storage_km3": "km³ at year’s end",
    "agricultural_loss_pct_gdp": "% of GDP", "winter_deficit_gwh": "GWh a winter", "hydropower_gwh": "GWh a year",
    "visitors_mn": "million visits a year", "undelimited_share": "share of the border", "leader_openness": "0 to 1",
    "leader_nationalism": "0 to 1", "meeting_held": "% of members", "organisation_alive": "% of members",
    "attended": "% of members", "dim_trade": "0 to 1", "dim_water": "0 to 1", "dim_borders": "0 to 1",
    "dim_security": "0 to 1", "dim_institutions": "0 to 1",
}  # fmt: skip
TITLES = {
    "meeting_held": "Regional meeting of leaders is held",
    "organisation_alive": "An organisation of the five exists",
    "incidents_total": "Border incidents, all borders",
    "deaths_total": "Deaths in border clashes",
}
SHARES = ("meeting_held", "organisation_alive", "attended")  # happen or do not happen in a member


@functools.cache
def outcome_groups() -> dict[str, tuple[Outcome, ...]]:
    """The outcomes of each group."""
    return {
        group: tuple(
            outcome_from(f"{variable}[{place}]" if place else variable)
            for variable, places in content
            for place in places or ("",)
        )
        for group, content in GROUPS.items()
    }


@functools.cache
def outcome_keys() -> frozenset[str]:
    """Keys of all outcomes of the page."""
    return frozenset(outcome.key for outcomes in outcome_groups().values() for outcome in outcomes)


def is_share(outcome: Outcome) -> bool:
    """Whether it happens or does not happen in a member, so that its mean is a share of members."""
    return outcome.variable in SHARES


def outcome_title(outcome: Outcome) -> str:
    """Name of an outcome in words.

    >>> outcome_title(outcome_from("shortage[TKM]")), outcome_title(outcome_from("pair_trade_usd_bn[KAZ-UZB]"))
    ('Water shortage in Turkmenistan', 'Trade between Kazakhstan and Uzbekistan')
    """
    if outcome.variable == "storage_km3":
        return f"Water stored in {DAM_NAMES[outcome.where[0][1]]}"
    text = TITLES.get(outcome.variable) or subject(outcome).removeprefix("the ")
    return text[0].upper() + text[1:]


def outcome_unit(outcome: Outcome) -> str:
    """Unit of an outcome in words."""
    return UNITS.get(outcome.variable, outcome.unit or "1")


def shown_scale(outcome: Outcome) -> float:
    """By what values are multiplied for readers: shares of members and of demand are shown in percent."""
    return 100.0 if is_share(outcome) or outcome.scale == 100 else 1.0


def shown_decimals(outcome: Outcome) -> int:
    """Decimals of a level for readers."""
    return 0 if shown_scale(outcome) == 100 else outcome.digits
