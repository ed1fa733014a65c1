"""The year's flow and bargains, four reservoirs, power and its shortage upstream."""

from __future__ import annotations

import numpy as np

from cairn.core.state import State
from cairn.core.variables import Array
from cairn.rules import water
from cairn.step.context import VEGETATION, StepContext
from cairn.step.decisions import Decision

# Reservoirs by their place: the lower and the upper one of the first river, then of the second.
TOKTOGUL, KAMBARATA, NUREK, ROGUN = range(4)


def hydrology(state: State, decision: Decision, context: StepContext) -> dict[str, Array]:
    """The year's flow and bargains in Q1, the season's plan in Q2, reservoirs and power in every quarter."""
    n, draws, geography, old = context.parameters.bind, context.draws, context.geography, state.water
    new: dict[str, Array] = {}
    anomaly, barter = old.flow_anomaly, old.barter
    if context.season == 0:
        anomaly = n(water.flow_anomaly_after)(anomaly=anomaly, u=draws.uniform("flow", 1 + len(geography.rivers)))
        kept, broken = n(water.barter_kept)(
            consent=decision.barter,
            trust=state.relations.trust,
            u_deal=geography.from_pairs(draws.uniform("deal", len(geography.pairs))),
            u_kept=geography.from_pairs(draws.uniform("honour", len(geography.pairs))),
            treaty_pairs=geography.treaty_pairs,
        )
        barter = n(water.barter_after)(barter=barter, kept=kept, treaty_pairs=geography.treaty_pairs)
        new |= {"bargain_kept": kept, "bargain_broken": broken, "flow_anomaly": anomaly, "barter": barter}
    else:
        none = np.zeros_like(old.bargain_kept)
        new |= {"bargain_kept": none, "bargain_broken": none}
    ratio = np.exp(anomaly) * context.forcing.flow_factor
    plan = season_plan(state, ratio, _by_river(barter, context), context) if context.season == 1 else {}
    new |= plan
    new |= reservoirs(state, ratio, _by_river(old.barter, context), plan, context)
    return {"shortage": old.shortage} | new


def _by_river(barter: Array, context: StepContext) -> Array:
    geography = context.geography
    return water.river_barter(
        barter=barter, upstream=geography.upstream_states, downstream_share=geography.downstream_share
    )


def season_plan(state: State, ratio: Array, bargain: Array, context: StepContext) -> dict[str, Array]:
    """On 1 April: Toktogul's releases of the year, water below the reservoirs, shortage until the next April.

    Parameters
    ----------
    ratio : (R, M), flow over its mean
    bargain : (R, M), 0..1, how far each river is run under kept bargains
    """
    parameters, n, forcing = context.parameters, context.parameters.bind, context.forcing
    storage, capacity = state.water.storage_km3, forcing.capacity_km3
    inflow = parameters.toktogul_inflow_km3 * ratio[0]
    for_power, forgone = n(water.winter_release_forgone)(years_since_1992=context.years)
    residual = n(water.release_residual_after)(
        residual=state.water.release_residual, u=context.draws.uniform("release", 1)[0]
    )
    planned, winter = n(water.toktogul_plan)(
        storage=storage[TOKTOGUL],
        inflow_of_year=inflow,
        bargain=bargain[0],
        power_release=for_power,
        release_forgone=forgone,
        residual=residual,
        swapping=parameters.swap_share * (context.year >= np.asarray(parameters.swaps_begin)),
    )
    summer_share = sum(parameters.naryn_inflow_share[season] for season in VEGETATION)
    _, release, spill = water.reservoir_after(
        storage=storage[TOKTOGUL],
        inflow=inflow * summer_share,
        planned=planned,
        dead=parameters.toktogul_dead_km3,
        capacity=capacity[TOKTOGUL],
    )
    nurek, rogun = vakhsh_shift(bargain, context)
    kept_back = (
        np.minimum(nurek, capacity[NUREK] - storage[NUREK])
        + np.minimum(rogun, capacity[ROGUN] - storage[ROGUN])
        + 2 * forcing.filling_km3[ROGUN]
    )
    supply = n(water.summer_supply)(
        flow_ratio=ratio, toktogul_summer=release + spill, vakhsh_kept_back=kept_back, canal=forcing.canal_km3
    )
    lacking = n(water.river_shortage)(supply=supply, demand_factor=forcing.demand_factor)
    return {
        "release_residual": residual,
        "summer_plan_km3": planned,
        "winter_plan_km3": winter,
        "summer_supply_km3": supply,
        "shortage": n(water.shortage_felt)(
            by_river=lacking,
            bargain=bargain,
            deficit_share=state.water.winter_deficit_share,
            upstream=context.geography.upstream_share,
        ),
    }


def vakhsh_shift(bargain: Array, context: StepContext) -> tuple[Array, Array]:
    """Summer water that Nurek and Rogun keep for winter, km3 a season, (M,) each.

    Parameters
    ----------
    bargain : (R, M), 0..1
    """
    parameters, kept = context.parameters, bargain[1]
    nurek = parameters.nurek_shift_power_km3 * (1 - kept) + parameters.nurek_shift_irrigation_km3 * kept
    built = context.forcing.capacity_km3[ROGUN] > parameters.rogun_dead_km3
    return nurek, parameters.rogun_shift_power_km3 * (1 - kept) * built


def reservoirs(
    state: State, ratio: Array, bargain: Array, plan: dict[str, Array], context: StepContext
) -> dict[str, Array]:
    """Storages, releases, power and the upstream winter deficit of the quarter.

    Two cascades: Kambar-Ata-1 above Toktogul, Rogun above Nurek; what leaves the upper one flows into the lower one.
    """
    parameters, forcing, season = context.parameters, context.forcing, context.season
    storage, capacity = state.water.storage_km3, forcing.capacity_km3
    sign = -1.0 if context.summer else 1.0
    kambarata_built = capacity[KAMBARATA] > parameters.kambarata_dead_km3
    kambarata_shift = parameters.kambarata_shift_power_km3 * (1 - bargain[0]) * kambarata_built / 2
    nurek_shift, rogun_shift = (shift / 2 for shift in vakhsh_shift(bargain, context))
    summer_plan = plan.get("summer_plan_km3", state.water.summer_plan_km3)
    of_season = summer_plan if context.summer else state.water.winter_plan_km3
    naryn = parameters.toktogul_inflow_km3 * parameters.naryn_inflow_share[season] * ratio[0]
    vakhsh = parameters.vakhsh_inflow_km3 * parameters.vakhsh_inflow_share[season] * ratio[1]

    def run(k: int, inflow: Array, planned: Array, dead: Array) -> tuple[Array, ...]:
        dead = np.minimum(dead, capacity[k])
        return inflow, *water.reservoir_after(
            storage=storage[k], inflow=inflow, planned=planned, dead=dead, capacity=capacity[k]
        )

    def outflow(filled: tuple[Array, ...]) -> Array:
        _, _, release, spill = filled
        return release + spill

    kambarata = run(
        KAMBARATA, naryn, naryn + sign * kambarata_shift - forcing.filling_km3[KAMBARATA], parameters.kambarata_dead_km3
    )
    toktogul = run(
        TOKTOGUL,
        outflow(kambarata),
        of_season * parameters.naryn_release_share[season],
        parameters.toktogul_dead_km3,
    )
    rogun = run(ROGUN, vakhsh, vakhsh + sign * rogun_shift - forcing.filling_km3[ROGUN], parameters.rogun_dead_km3)
    passed = outflow(rogun)
    nurek = run(NUREK, passed, passed + sign * nurek_shift, parameters.nurek_dead_km3)
    in_order = (toktogul, kambarata, nurek, rogun)
    inflow, after, release, spill = (np.array(part) for part in zip(*in_order, strict=True))
    increment = np.zeros_like(after)
    if context.conditioner is not None:
        increment = context.conditioner.storage_increment(after, context)
        after = after + increment
    new = {"inflow_km3": inflow, "storage_km3": after, "release_km3": release, "spill_km3": spill}
    new["storage_increment_km3"] = increment
    return new | power(state, release, bargain, context)


def power(state: State, release: Array, bargain: Array, context: StepContext) -> dict[str, Array]:
    """Hydropower of the quarter, fuel delivered upstream for the winter, and the demand not met at its end."""
    n, forcing, geography, old = context.parameters.bind, context.forcing, context.geography, state.water
    toktogul_gwh_km3 = n(water.toktogul_gwh_per_km3)(storage=old.storage_km3[TOKTOGUL])
    by_plant = n(water.hydropower)(
        release=release,
        capacity=forcing.capacity_km3,
        toktogul_gwh_km3=toktogul_gwh_km3,
        power_mw=forcing.power_mw,
    )
    by_state = np.zeros_like(old.hydropower_gwh)
    for k, owner in enumerate(geography.reservoir_owner):
        by_state[geography.index(owner)] += by_plant[k]
    new = {"hydropower_gwh": by_state}
    if context.season == 3:
        new["winter_power_gwh"] = by_state.copy()
    if context.season == 0:
        winter = old.winter_power_gwh + by_state
        fuel = fuel_upstream(bargain, toktogul_gwh_km3, context) * forcing.fuel_factor
        deficit, share, imported = n(water.winter_deficit)(
            hydropower_gwh=winter,
            delivered_gwh=fuel,
            grid=forcing.grid,
            demand_factor=forcing.winter_demand_factor,
            years_since_2022=context.year - 2022,
        )
        new |= {
            "winter_power_gwh": winter,
            "fuel_delivered_gwh": fuel,
            "winter_deficit_gwh": deficit,
            "winter_deficit_share": share,
            "grid_import_gwh": imported,
        }
    return new


def fuel_upstream(bargain: Array, toktogul_gwh_km3: Array, context: StepContext) -> Array:
    """Fuel and power delivered for the winter under kept bargains, GWh, (C, M)."""
    parameters, upstream = context.parameters, context.geography.upstream_share
    _, forgone = parameters.bind(water.winter_release_forgone)(years_since_1992=context.years)
    naryn = water.fuel_delivered(bargain=bargain[0], release_forgone=forgone, gwh_per_km3=toktogul_gwh_km3)
    shifted = parameters.nurek_shift_power_km3 - parameters.nurek_shift_irrigation_km3
    vakhsh = water.fuel_delivered(
        bargain=bargain[1], release_forgone=shifted, gwh_per_km3=parameters.vakhsh_cascade_gwh_km3
    )
    return naryn * upstream[0] + vakhsh * upstream[1]
