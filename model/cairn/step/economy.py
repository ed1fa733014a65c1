"""Before anyone decides: incomes move on, leaders go and come, the ways between states and their trade are seen."""

from __future__ import annotations

from typing import Any

import numpy as np

from cairn.core.geography import CODES, OTHERS, C
from cairn.core.state import Array, State
from cairn.rules import leadership, trade
from cairn.step.context import Scene

HUB = np.array([code == "KGZ" for code in CODES], dtype=float)
FIRST_FIXED_POINT = 40  # iterations of the resistance from a cold start


def begin(state: State, scene: Scene) -> State:
    """Leaders go and come, incomes move on, the ways between states and the trade that uses them are seen."""
    return markets(leaders(incomes(state, scene), scene), scene)


def incomes(state: State, scene: Scene) -> State:
    """Incomes of the quarter: as recorded, then by growth paths."""
    record, q = scene.tables.gdp, scene.quarter
    recorded = record[q] / record[q - 1] if 0 < q < len(record) else np.ones(C)
    given = scene.given.growth
    factor = np.where(np.isnan(given), recorded, (1 + np.nan_to_num(given)) ** 0.25)
    if q == 0:
        factor = np.ones_like(factor)
    gdp = state.gdp_usd_bn * factor
    history = np.concatenate([state.gdp_history[:, 1:], state.gdp_usd_bn[:, None]], axis=1) if q else state.gdp_history
    return state.but(quarter=q, gdp_usd_bn=gdp, gdp_history=history)


def leaders(state: State, scene: Scene) -> State:
    """Exits where the lottery of leaders is on, successors, and what a change of leader does to trust."""
    n = scene.numbers.into
    age, tenure = scene.year - state.born, state.tenure
    changes: dict[str, Any] = {"turnover": state.turnover_due, "personalism_of_old": state.personalism_of_old}
    if scene.given.lottery.any():
        death, regular, irregular = n(leadership.exit_hazards)(age, tenure)
        u = scene.luck.uniform("exit", C)
        goes = (u < death + regular + irregular) & (scene.given.lottery > scene.given.stays) & (state.turnover_due == 0)
        thrown_out = goes & (u < irregular)
        changes |= successors(state, scene, goes, thrown_out)
        tenure = np.where(goes, 0.0, tenure)
    new = state.but(**changes, turnover_due=np.zeros_like(state.turnover_due), tenure=tenure + 0.25)
    growth = state.gdp_usd_bn / state.gdp_history[:, 0] - 1
    hardened = n(leadership.effective_nationalism)(new.nationalism, growth, scene.given.unrest)
    new = new.but(effective_nationalism=hardened)
    if not new.turnover.any():
        return new
    return new.but(
        trust=n(leadership.trust_after_turnover)(new.trust, new.turnover, new.openness, new.personalism_of_old)
    )


def successors(state: State, scene: Scene, goes: Array, thrown_out: Array) -> dict[str, Array]:
    """Successors where leaders go: drawn between the old line and the pool."""
    numbers, luck = scene.numbers, scene.luck
    breaks, pool, spread = luck.uniform("break", C), luck.uniform("pool", C, 3), luck.uniform("successor", C, 3)
    new: dict[str, Array] = {}
    for k, trait in enumerate(("openness", "nationalism", "personalism")):
        drawn = numbers.into(leadership.successor_trait)(
            getattr(state, trait),
            thrown_out,
            breaks,
            pool[..., k],
            spread[..., k],
            getattr(numbers, f"pool_{trait}"),
            getattr(numbers, f"pool_{trait}_spread"),
        )
        new[trait] = np.where(goes, drawn, getattr(state, trait))
    return new | {
        "turnover": np.maximum(state.turnover_due, goes),
        "personalism_of_old": np.where(goes, state.personalism, state.personalism_of_old),
        "born": np.where(goes, scene.year - numbers.successor_age, state.born),
    }


def markets(state: State, scene: Scene) -> State:
    """Effective openness, accessibility, trade with multilateral resistance, and what full opening would bring."""
    n, given, q = scene.numbers.into, scene.given, scene.quarter
    cap = np.where(given.demined > 0, given.closure_cap, np.minimum(given.closure_cap, given.mined_cap))
    way = trade.open_way(state.border, cap, given.opening_floor)
    openness = n(trade.effective_openness)(way, given.visa, given.links_cut)
    ordered = n(trade.ordered_loss)(given.visa, given.freight_cut)
    if q and given.frozen.any():
        frozen = given.frozen > 0
        openness = np.where(frozen, state.effective_openness, openness)
        way, ordered = np.where(frozen, state.open_way, way), np.where(frozen, state.ordered_loss, ordered)
    log_distance = np.log(scene.tables.distance_km[:C, :C])
    target = n(trade.accessibility_target)(way, state.agreement, state.trust, state.corridor, scene.years, log_distance)
    accessibility = target if q == 0 else n(trade.accessibility_after)(state.accessibility, target)
    gdp = state.gdp_usd_bn
    outside = np.broadcast_to(scene.tables.gdp_outside[q], (state.members, len(scene.tables.gdp_outside[q])))
    world = np.concatenate([gdp, outside], axis=-1)
    phi = trade.ease(
        scene.base,
        accessibility,
        ordered,
        gdp,
        scene.numbers.income_reference_usd_bn,
        given.outside_ease,
        income_elasticity=scene.numbers.income_elasticity,
    )
    cold = {"resistance_iterations": FIRST_FIXED_POINT} if q == 0 else {}
    resistance = n(trade.resistance_after)(state.resistance, phi, world, **cold)
    all_flows = trade.flows(phi[:, :C], resistance, world)
    between = np.where(OTHERS, all_flows[:, :, :C], 0.0)
    through_bazaars = n(trade.reexports)(openness, given.reexport_level, HUB)
    return state.but(
        effective_openness=openness,
        open_way=way,
        ordered_loss=ordered,
        accessibility=accessibility,
        resistance=resistance,
        trade_usd_bn=between + through_bazaars,
        trade_outside_usd_bn=all_flows[:, :, C:].sum(-1),
        gain=n(trade.gain_of_opening)(between, way, ordered, gdp),
        investment_usd_bn=n(trade.investment)(between, state.trust),
    )
