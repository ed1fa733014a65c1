"""Before anyone decides: incomes move on, leaders go and come, the ways between states and their trade are seen."""

from __future__ import annotations

from typing import Any

import numpy as np

from cairn.core.geography import CODES, OTHERS, C
from cairn.core.state import Array, State
from cairn.rules import leadership, trade
from cairn.step.context import StepContext

HUB = np.array([code == "KGZ" for code in CODES], dtype=float)
FIRST_FIXED_POINT = 40  # iterations of the resistance from a cold start


def update_economy(state: State, context: StepContext) -> State:
    """Leaders go and come, incomes move on, the ways between states and the trade that uses them are seen."""
    return markets(leaders(incomes(state, context), context), context)


def incomes(state: State, context: StepContext) -> State:
    """Incomes of the quarter: as recorded, then by growth paths."""
    record, q = context.tables.gdp, context.quarter
    recorded = record[q] / record[q - 1] if 0 < q < len(record) else np.ones(C)
    forcing = context.forcing.growth
    factor = np.where(np.isnan(forcing), recorded, (1 + np.nan_to_num(forcing)) ** 0.25)
    if q == 0:
        factor = np.ones_like(factor)
    gdp = state.gdp_usd_bn * factor
    history = np.concatenate([state.gdp_history[:, 1:], state.gdp_usd_bn[:, None]], axis=1) if q else state.gdp_history
    return state.replace(quarter=q, gdp_usd_bn=gdp, gdp_history=history)


def leaders(state: State, context: StepContext) -> State:
    """Exits where the lottery of leaders is on, successors, and what a change of leader does to trust."""
    n = context.parameters.bind
    age, tenure = context.year - state.born, state.tenure
    changes: dict[str, Any] = {"turnover": state.turnover_due, "personalism_of_old": state.personalism_of_old}
    if context.forcing.lottery.any():
        death, regular, irregular = n(leadership.exit_hazards)(age, tenure)
        u = context.draws.uniform("exit", C)
        goes = (
            (u < death + regular + irregular)
            & (context.forcing.lottery > context.forcing.stays)
            & (state.turnover_due == 0)
        )
        thrown_out = goes & (u < irregular)
        changes |= successors(state, context, goes, thrown_out)
        tenure = np.where(goes, 0.0, tenure)
    new = state.replace(**changes, turnover_due=np.zeros_like(state.turnover_due), tenure=tenure + 0.25)
    growth = state.gdp_usd_bn / state.gdp_history[:, 0] - 1
    hardened = n(leadership.effective_nationalism)(new.nationalism, growth, context.forcing.unrest)
    new = new.replace(effective_nationalism=hardened)
    if not new.turnover.any():
        return new
    return new.replace(
        trust=n(leadership.trust_after_turnover)(new.trust, new.turnover, new.openness, new.personalism_of_old)
    )


def successors(state: State, context: StepContext, goes: Array, thrown_out: Array) -> dict[str, Array]:
    """Successors where leaders go: drawn between the old line and the pool."""
    parameters, draws = context.parameters, context.draws
    breaks, pool, spread = draws.uniform("break", C), draws.uniform("pool", C, 3), draws.uniform("successor", C, 3)
    new: dict[str, Array] = {}
    for k, trait in enumerate(("openness", "nationalism", "personalism")):
        drawn = parameters.bind(leadership.successor_trait)(
            getattr(state, trait),
            thrown_out,
            breaks,
            pool[..., k],
            spread[..., k],
            getattr(parameters, f"pool_{trait}"),
            getattr(parameters, f"pool_{trait}_spread"),
        )
        new[trait] = np.where(goes, drawn, getattr(state, trait))
    return new | {
        "turnover": np.maximum(state.turnover_due, goes),
        "personalism_of_old": np.where(goes, state.personalism, state.personalism_of_old),
        "born": np.where(goes, context.year - parameters.successor_age, state.born),
    }


def markets(state: State, context: StepContext) -> State:
    """Effective openness, accessibility, trade with multilateral resistance, and what full opening would bring."""
    n, forcing, q = context.parameters.bind, context.forcing, context.quarter
    cap = np.where(forcing.demined > 0, forcing.closure_cap, np.minimum(forcing.closure_cap, forcing.mined_cap))
    way = trade.transit_openness(state.posture, cap, forcing.opening_floor)
    openness = n(trade.effective_openness)(way, forcing.visa, forcing.links_cut)
    ordered = n(trade.policy_trade_cost)(forcing.visa, forcing.freight_cut)
    if q and forcing.frozen.any():
        frozen = forcing.frozen > 0
        openness = np.where(frozen, state.effective_openness, openness)
        way, ordered = np.where(frozen, state.transit_openness, way), np.where(frozen, state.policy_trade_cost, ordered)
    log_distance = np.log(context.tables.distance_km[:C, :C])
    target = n(trade.accessibility_target)(
        way, state.agreement, state.trust, state.corridor, context.years, log_distance
    )
    accessibility = target if q == 0 else n(trade.accessibility_after)(state.accessibility, target)
    gdp = state.gdp_usd_bn
    outside = np.broadcast_to(context.tables.gdp_outside[q], (state.members, len(context.tables.gdp_outside[q])))
    world = np.concatenate([gdp, outside], axis=-1)
    phi = trade.ease(
        context.base,
        accessibility,
        ordered,
        gdp,
        context.parameters.income_reference_usd_bn,
        forcing.outside_ease,
        income_elasticity=context.parameters.income_elasticity,
    )
    cold = {"resistance_iterations": FIRST_FIXED_POINT} if q == 0 else {}
    resistance = n(trade.resistance_after)(state.resistance, phi, world, **cold)
    all_flows = trade.flows(phi[:, :C], resistance, world)
    between = np.where(OTHERS, all_flows[:, :, :C], 0.0)
    through_bazaars = n(trade.reexports)(openness, forcing.reexport_level, HUB)
    return state.replace(
        effective_openness=openness,
        transit_openness=way,
        policy_trade_cost=ordered,
        accessibility=accessibility,
        resistance=resistance,
        trade_usd_bn=between + through_bazaars,
        trade_outside_usd_bn=all_flows[:, :, C:].sum(-1),
        trade_gain=n(trade.gain_of_opening)(between, way, ordered, gdp),
        investment_usd_bn=n(trade.investment)(between, state.trust),
    )
