"""What is reported of a state: the integration index with its five dimensions, and indicators by state and pair.

The index is measured and never fed back. Goalposts are fixed, so runs and years compare; the mean is geometric, so
a zero anywhere cannot be bought off; what states do (the first four dimensions) is always shown apart from what they
sign (the fifth).

Source: design after ADB's ARCII and UNECA's ARII, OECD and JRC handbook on composite indicators, 2008.
"""

from __future__ import annotations

import numpy as np

from cairn.core.geography import BORDERS, NEIGHBOURS, PARTY_SHARE, UPSTREAM_OF, C
from cairn.core.inputs import Tables
from cairn.core.pairs import both_ways, sum_pairs, to_borders, to_pairs
from cairn.core.state import Array, Forcing, State
from cairn.rules import organisations, trade, water

DIMENSIONS = ("trade", "water", "borders", "security", "institutions")
ORDERED_PAIRS = C * (C - 1)


def dimensions(state: State, parameters, tables: Tables) -> dict[str, Array]:
    """The five dimensions, 0..1, (M,) each."""
    n = parameters
    low, high = np.log(n.trade_goalpost_low), np.log(n.trade_goalpost_high)
    intensity = (sum_pairs(state.trade_usd_bn) / 2 / state.gdp_usd_bn.sum(-1))[:, None]
    kept = over_treaties(state.barter).sum(-1) / (PARTY_SHARE > 0).sum()
    dry = state.shortage.sum(-1) / C
    weight = border_weight(tables)
    open_ways = (to_borders(state.effective_openness) * weight).sum(-1)
    unsettled = (to_borders(state.undelimited) * weight).sum(-1)
    memory = to_borders(state.incident_memory).sum(-1) / len(BORDERS)
    trust, security, agreement = (sum_pairs(x) / ORDERED_PAIRS for x in (state.trust, state.security, state.agreement))
    avoided = 1 - dry[:, None] / n.shortage_goalpost
    quiet = np.exp(-n.quiet_memory_scale * memory[:, None])
    pacts = 1 - n.quiet_share_of_security - n.trust_share_of_security
    parts = {
        "trade": (np.log(intensity) - low) / (high - low),
        "water": _mix(kept[:, None], avoided, n.bargain_share_of_water),
        "borders": _mix(open_ways[:, None], 1 - unsettled[:, None], n.openness_share_of_borders),
        "security": n.quiet_share_of_security * quiet
        + n.trust_share_of_security * trust[:, None]
        + pacts * security[:, None],
        "institutions": _mix(agreement[:, None], state.attendance, n.agreement_share_of_institutions),
    }
    return {name: np.clip(value[:, 0], 0, 1) for name, value in parts.items()}


def _mix(one: Array, other: Array, share) -> Array:
    return share * one + (1 - share) * other


def over_treaties(barter: Array) -> Array:
    """The four water bargains, (M, 4)."""
    above, below = np.nonzero(UPSTREAM_OF)
    return barter[:, above, below]


def border_weight(tables: Tables) -> Array:
    """Weight of each land border: root of the product of populations, adding up to one, (7,)."""
    people = np.array([tables.population_mn[i] * tables.population_mn[j] for i, j in BORDERS]) ** 0.5
    return people / people.sum()


def index_of(parts: dict[str, Array], parameters, weights: dict[str, float] | None = None) -> Array:
    """Geometric mean of dimensions, equal weights unless others are given, (M,)."""
    weights = weights or dict.fromkeys(parts, 1.0)
    least = np.asarray(parameters.dimension_least).reshape(-1)
    logs = sum(weights[name] * np.log(np.clip(parts[name], least, 1.0)) for name in parts)
    return np.exp(logs / sum(weights[name] for name in parts))


def region(state: State, parameters, tables: Tables) -> dict[str, Array]:
    """Measures of the region, (M,)."""
    parts = dimensions(state, parameters, tables)
    facts = {name: parts[name] for name in DIMENSIONS[:4]}
    least = np.asarray(parameters.dimension_least).reshape(-1)
    return {
        "integration_index": index_of(parts, parameters),
        "integration_de_facto": index_of(facts, parameters),
        "integration_arithmetic": sum(np.clip(parts[name], least, 1.0) for name in DIMENSIONS) / len(DIMENSIONS),
        **{f"dim_{name}": parts[name] for name in DIMENSIONS},
        "trade_total_usd_bn": sum_pairs(state.trade_usd_bn) / 2,
        "trust_mean": sum_pairs(state.trust) / ORDERED_PAIRS,
        "openness_mean": sum_pairs(np.where(NEIGHBOURS, state.effective_openness, 0.0)) / (2 * len(BORDERS)),
        "incidents_total": sum_pairs(state.incidents) / 2,
        "deaths_total": sum_pairs(state.deaths) / 2,
        "meeting_held": state.attended.any(-1).astype(float),
        "organisation_alive": state.organisation_alive[:, 0].astype(float),
    }


def by_state(state: State, parameters, tables: Tables) -> dict[str, Array]:
    """Measures of each state, (M, C)."""
    return {
        "leader_openness": state.openness,
        "leader_nationalism": state.nationalism,
        "leader_personalism": state.personalism,
        "leader_changed": state.turnover,
        "gdp_usd_bn": state.gdp_usd_bn,
        "trade_usd_bn": state.trade_usd_bn.sum(-1),
        "trade_outside_usd_bn": state.trade_outside_usd_bn,
        "shortage": state.shortage,
        "agricultural_loss_pct_gdp": parameters.bind(water.agricultural_loss)(state.shortage, tables.agriculture_share),
        "hydropower_gwh": state.hydropower_gwh,
        "winter_deficit_gwh": state.winter_deficit_gwh,
        "fuel_delivered_gwh": state.fuel_delivered_gwh,
        "in_grid": state.in_grid,
        "attended": state.attended.astype(float),
        "in_organisation": state.in_organisation.astype(float),
    }


def by_pair(state: State, forcing: Forcing, parameters, tables: Tables) -> dict[str, Array]:
    """Measures of each unordered pair, (M, 10)."""
    visits = parameters.bind(trade.visitors)(state.effective_openness, tables.population_mn, tables.distance_km[:C, :C])
    return {
        name: to_pairs(value)
        for name, value in {
            "pair_trade_usd_bn": state.trade_usd_bn,
            "openness": state.effective_openness,
            "trust_pair": both_ways(state.trust),
            "agreement": state.agreement,
            "corridor": state.corridor,
            "security": state.security,
            "dialogue": state.dialogue,
            "investment_usd_bn": state.investment_usd_bn,
            "visitors_mn": 2 * visits,
            "leaders_met": np.maximum(state.summits, state.leaders_met),
            "membership_overlap": organisations.overlap(forcing.memberships),
        }.items()
    }


def by_border(state: State) -> dict[str, Array]:
    """Measures of each land border, (M, 7)."""
    return {
        "undelimited_share": to_borders(state.undelimited),
        "incidents": to_borders(state.incidents),
        "deaths": to_borders(state.deaths),
    }


def by_reservoir(state: State) -> dict[str, Array]:
    """Measures of each reservoir, (M, 4)."""
    return {
        "storage_km3": state.storage_km3,
        "inflow_km3": state.inflow_km3,
        "release_km3": state.release_km3,
        "spill_km3": state.spill_km3,
    }


def directed(state: State) -> dict[str, Array]:
    """Measures of one state towards another, (M, C, C)."""
    return {"trust": state.trust, "posture": state.posture, "willingness": state.willingness}


def by_river(state: State) -> dict[str, Array]:
    """Measures of each river, (M, 2)."""
    return {"flow_anomaly": state.flow_anomaly, "summer_supply_km3": state.summer_supply_km3}
