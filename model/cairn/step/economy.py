"""Before decisions: incomes move on, leaders leave and are replaced, openness and trade follow."""

from __future__ import annotations

from typing import Any

import numpy as np

from cairn.core.state import State
from cairn.core.variables import Array
from cairn.rules import leadership, trade
from cairn.step.context import StepContext

FIRST_FIXED_POINT = 40  # iterations of the resistance from a cold start


def incomes(state: State, context: StepContext) -> dict[str, Array]:
    """Incomes of the quarter: as recorded, then by growth paths."""
    record, q, before = context.inputs.gdp, context.quarter, state.trade
    if q == 0:
        return {"gdp_usd_bn": before.gdp_usd_bn, "gdp_history": before.gdp_history}
    recorded = (record[q] / record[q - 1] if q < len(record) else np.ones(record.shape[1]))[:, None]
    given = context.forcing.growth
    factor = np.where(np.isnan(given), recorded, np.sqrt(np.sqrt(1 + given)))  # a yearly rate, by quarter
    return {
        "gdp_usd_bn": before.gdp_usd_bn * factor,
        "gdp_history": np.concatenate([before.gdp_history[1:], before.gdp_usd_bn[None]]),
    }


def leaders(state: State, context: StepContext) -> dict[str, Array]:
    """Exits where the lottery of leaders is on, successors, and what a change of leader does to trust."""
    n, forcing, old = context.parameters.bind, context.forcing, state.leaders
    new: dict[str, Any] = {
        "leader_openness": old.leader_openness,
        "leader_nationalism": old.leader_nationalism,
        "leader_changed": old.turnover_due,
        "previous_personalism": old.previous_personalism,
    }
    tenure = old.tenure
    if forcing.lottery.any():
        death, regular, irregular = n(leadership.exit_hazards)(age=context.year - old.born, tenure=tenure)
        u = context.draws.uniform("exit", len(tenure))
        leaves = (u < death + regular + irregular) & (forcing.lottery > forcing.stays) & (old.turnover_due == 0)
        new |= successors(state, context, leaves, overthrown=leaves & (u < irregular))
        tenure = np.where(leaves, 0.0, tenure)
    growth = state.trade.gdp_usd_bn / state.trade.gdp_history[0] - 1
    new |= {
        "turnover_due": np.zeros_like(old.turnover_due),
        "tenure": tenure + 0.25,
        "effective_nationalism": n(leadership.effective_nationalism)(
            nationalism=new["leader_nationalism"], yearly_growth=growth, unrest=forcing.unrest
        ),
    }
    if new["leader_changed"].any():
        new["trust"] = n(leadership.trust_after_turnover)(
            trust=state.relations.trust,
            turnover=new["leader_changed"],
            openness=new["leader_openness"],
            previous_personalism=new["previous_personalism"],
            others=context.geography.others,
        )
    return new


def successors(state: State, context: StepContext, leaves: Array, overthrown: Array) -> dict[str, Array]:
    """Successors where leaders leave: drawn between the old line and the pool."""
    parameters, draws, old = context.parameters, context.draws, state.leaders
    c = len(leaves)
    u_break, u_pool, u_own = draws.uniform("break", c), draws.uniform("pool", c, 3), draws.uniform("successor", c, 3)
    new: dict[str, Array] = {}
    for k, trait in enumerate(("openness", "nationalism", "personalism")):
        before = state.array(f"leader_{trait}")
        drawn = parameters.bind(leadership.successor_trait)(
            trait=before,
            irregular=overthrown,
            u_break=u_break,
            u_pool=u_pool[:, k],
            u_own=u_own[:, k],
            pool=getattr(parameters, f"pool_{trait}"),
            pool_spread=getattr(parameters, f"pool_{trait}_spread"),
        )
        new[f"leader_{trait}"] = np.where(leaves, drawn, before)
    return new | {
        "leader_changed": np.maximum(old.turnover_due, leaves),
        "previous_personalism": np.where(leaves, old.leader_personalism, old.previous_personalism),
        "born": np.where(leaves, context.year - parameters.successor_age, old.born),
    }


def markets(state: State, context: StepContext) -> dict[str, Array]:
    """Openness, accessibility, trade with multilateral resistance, and what full opening would bring."""
    n, forcing, geography, q = context.parameters.bind, context.forcing, context.geography, context.quarter
    relations, before, c = state.relations, state.trade, geography.n_countries
    keep = context.parameters.keep
    way = _way(forcing.closure_cap, state, context)
    for_persons = way if _alike(forcing.closure_cap, forcing.persons_cap) else _way(forcing.persons_cap, state, context)
    openness = n(trade.effective_openness)(transit_openness=for_persons, visa=forcing.visa, links_cut=forcing.links_cut)
    cost = keep(trade.policy_trade_cost)(
        visa=forcing.visa, freight_cut=forcing.freight_cut, tariff_cost=forcing.tariff_cost
    )
    if q and forcing.frozen.any():
        frozen = forcing.frozen > 0
        openness = np.where(frozen, relations.openness, openness)
        way = np.where(frozen, relations.transit_openness, way)
        cost = np.where(frozen, before.policy_trade_cost, cost)
    target = n(trade.accessibility_target)(
        transit_openness=way,
        agreement=relations.agreement,
        trust=relations.trust,
        corridor=relations.corridor,
        fixed=context.fixed.accessibility,
        years_since_1992=context.years,
    )
    accessibility = (
        target if q == 0 else n(trade.accessibility_after)(accessibility=before.accessibility, target=target)
    )
    gdp = before.gdp_usd_bn
    outside = context.inputs.gdp_outside[q]
    world = np.concatenate([gdp, np.broadcast_to(outside, (len(outside), context.members))])
    phi = trade.ease(
        base=context.fixed.base_ease,
        accessibility=accessibility,
        policy_trade_cost=cost,
        income=income_effect(state, context),
        outside_ease=forcing.outside_ease,
        others=geography.others,
    )
    cold = {"resistance_iterations": FIRST_FIXED_POINT} if q == 0 else {}
    resistance = n(trade.resistance_after)(resistance=before.resistance, phi=phi, gdp=world, **cold)
    between = np.where(geography.others, trade.flows(phi=phi[:c, :c], resistance=resistance, gdp=world), 0.0)
    through_bazaars = n(trade.reexports)(openness=way, reexport_level=forcing.reexport_level, hub=geography.hub_share)
    structural = between + through_bazaars
    residual = _residual(before.trade_residual, context)
    return {
        "openness": openness,
        "transit_openness": way,
        "policy_trade_cost": cost,
        "accessibility": accessibility,
        "resistance": resistance,
        "pair_trade_structural_usd_bn": structural,
        "trade_residual": residual,
        "pair_trade_usd_bn": structural * np.exp(context.fixed.affinity + residual),
        "trade_gain": n(trade.gain_of_opening)(
            pair_trade=between, transit_openness=way, policy_trade_cost=cost, gdp=gdp, others=geography.others
        ),
    }


def income_effect(state: State, context: StepContext) -> Array:
    """Effect of real incomes on trade beyond proportion, log, (C, M)."""
    return context.parameters.bind(trade.income_effect)(
        gdp=state.trade.gdp_usd_bn,
        price_level=context.inputs.price_level[context.quarter],
        gdp_reference=context.parameters.income_reference_usd_bn,
    )


def _alike(one: Array, other: Array) -> bool:
    """Whether orders bind goods and persons to the same degree, as all but a few do."""
    return one is other or bool((one == other).all())


def _way(closure_cap: Array, state: State, context: StepContext) -> Array:
    """How open the ways between states are under orders that leave so much, and mines, (C, C, M)."""
    forcing, geography = context.forcing, context.geography
    cap = context.parameters.keep(trade.cap_of_orders)(
        closure_cap=closure_cap, mined_cap=forcing.mined_cap, demined=forcing.demined
    )
    return trade.transit_openness(
        posture=state.relations.posture,
        closure_cap=cap,
        opening_floor=forcing.opening_floor,
        neighbours=geography.neighbours,
        transit=geography.transit,
    )


def _residual(before: Array, context: StepContext) -> Array:
    """The residual of the year: another one at the beginning of each year, (C, C, M)."""
    if context.season:
        return before
    geography, draws = context.geography, context.draws
    if context.conditioner is not None and (given := context.conditioner.trade_residual(context)) is not None:
        return np.where(geography.others, geography.from_pairs(given), 0.0)
    after = context.parameters.bind(trade.residual_after)(
        residual=geography.to_pairs(before) if context.quarter else None,
        u_pair=draws.uniform("trade_residual", len(geography.pairs)),
        u_common=draws.uniform("trade_residual_common", 1),
        years=context.quarter / 4,
    )
    return np.where(geography.others, geography.from_pairs(after), 0.0)
