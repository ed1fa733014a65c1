"""The year's flow and bargains, four reservoirs, power and its shortage upstream."""

from __future__ import annotations

import numpy as np

from cairn.core.geography import KAMBARATA_1, NUREK, PAIRS, RESERVOIR_OWNER, ROGUN, TOKTOGUL, UPSTREAM
from cairn.core.pairs import from_pairs
from cairn.core.state import Array, State
from cairn.rules import water
from cairn.step.context import VEGETATION, StepContext
from cairn.step.decisions import Decision


def rivers(state: State, decision: Decision, context: StepContext) -> dict[str, Array]:
    """The year's flow and bargains in Q1, the season's plan in Q2, reservoirs and power in every quarter."""
    new: dict[str, Array] = {
        "bargain_kept": np.zeros_like(state.bargain_kept),
        "bargain_broken": np.zeros_like(state.bargain_broken),
    }
    n, draws = context.parameters.bind, context.draws
    anomaly, barter = state.flow_anomaly, state.barter
    if context.season == 0:
        anomaly = n(water.flow_anomaly_after)(anomaly, draws.uniform("flow", 3))
        u_deal = from_pairs(draws.uniform("deal", len(PAIRS)))
        u_kept = from_pairs(draws.uniform("honour", len(PAIRS)))
        bargain_kept, bargain_broken = n(water.barter_kept)(decision.barter, state.trust, u_deal, u_kept)
        barter = n(water.barter_after)(barter, bargain_kept)
        new |= {
            "bargain_kept": bargain_kept,
            "bargain_broken": bargain_broken,
            "flow_anomaly": anomaly,
            "barter": barter,
        }
    ratio = np.exp(anomaly) * context.forcing.flow_factor
    plan = season_plan(state, ratio, water.river_barter(barter), context) if context.season == 1 else {}
    new |= plan
    new |= reservoirs(state, ratio, water.river_barter(state.barter), plan, context)
    return {"shortage": state.shortage} | new


def season_plan(state: State, ratio: Array, bargain: Array, context: StepContext) -> dict[str, Array]:
    """On 1 April: Toktogul's releases of the year, water below the reservoirs, shortage felt until the next April."""
    parameters, n = context.parameters, context.parameters.bind
    storage, capacity = state.storage_km3, context.forcing.capacity_km3
    inflow = parameters.toktogul_inflow_km3 * ratio[:, :1]
    for_power, forgone = n(water.winter_release_forgone)(context.years)
    wanted, winter = n(water.toktogul_plan)(storage[:, :1], inflow, bargain[:, :1], for_power, forgone)
    summer_inflow = inflow * parameters.naryn_inflow_share[list(VEGETATION)].sum()
    _, release, spill = water.reservoir_after(
        storage[:, :1], summer_inflow, wanted, parameters.toktogul_dead_km3, capacity[:, :1]
    )
    kept_back = np.minimum(vakhsh_shift(bargain, context), capacity[:, 2:] - storage[:, 2:])
    kept_back = kept_back.sum(-1)[:, None] + 2 * context.forcing.filling_km3[:, 3:]
    supply = n(water.summer_supply)(ratio, release + spill, kept_back, context.forcing.canal_km3)
    lacking = n(water.river_shortage)(supply, context.forcing.demand_factor)
    return {
        "summer_plan_km3": wanted,
        "winter_plan_km3": winter,
        "summer_supply_km3": supply,
        "shortage": n(water.shortage_felt)(lacking, bargain, state.winter_deficit_share),
    }


def vakhsh_shift(bargain: Array, context: StepContext) -> Array:
    """Summer water that Nurek and Rogun keep for winter, km3 a season, (M, 2)."""
    parameters, bargain_kept = context.parameters, bargain[:, 1:]
    nurek = parameters.nurek_shift_power_km3 * (1 - bargain_kept) + parameters.nurek_shift_irrigation_km3 * bargain_kept
    built = context.forcing.capacity_km3[:, 3:] > parameters.rogun_dead_km3
    return np.concatenate([nurek, parameters.rogun_shift_power_km3 * (1 - bargain_kept) * built], axis=-1)


def reservoirs(
    state: State, ratio: Array, bargain: Array, plan: dict[str, Array], context: StepContext
) -> dict[str, Array]:
    """Storages, releases, power and the upstream winter deficit of the quarter.

    Two cascades: Kambar-Ata-1 above Toktogul, Rogun above Nurek; the lower one's inflow is what leaves the upper.
    """
    parameters, forcing, season = context.parameters, context.forcing, context.season
    storage, capacity = state.storage_km3, forcing.capacity_km3
    sign = -1.0 if context.summer else 1.0
    kambarata_built = capacity[:, 1:2] > parameters.kambarata_dead_km3
    kambarata_shift = parameters.kambarata_shift_power_km3 * (1 - bargain[:, :1]) * kambarata_built
    shift = np.concatenate([kambarata_shift, vakhsh_shift(bargain, context)], axis=-1) / 2
    summer_plan = plan.get("summer_plan_km3", state.summer_plan_km3)
    toktogul_wanted = (summer_plan if context.summer else state.winter_plan_km3) * parameters.naryn_release_share[
        season
    ]
    naryn = parameters.toktogul_inflow_km3 * parameters.naryn_inflow_share[season] * ratio[:, :1]
    vakhsh = parameters.vakhsh_inflow_km3 * parameters.vakhsh_inflow_share[season] * ratio[:, 1:]

    def fill(k: int, inflow: Array, wanted: Array, dead: Array) -> tuple[Array, Array, Array, Array]:
        column = slice(k, k + 1)
        dead = np.minimum(dead, capacity[:, column])
        return inflow, *water.reservoir_after(storage[:, column], inflow, wanted, dead, capacity[:, column])

    def passed_by(filled: tuple[Array, Array, Array, Array]) -> Array:
        _, _, release, spill = filled
        return release + spill

    kambarata = fill(
        KAMBARATA_1, naryn, naryn + sign * shift[:, :1] - forcing.filling_km3[:, 1:2], parameters.kambarata_dead_km3
    )
    toktogul = fill(TOKTOGUL, passed_by(kambarata), toktogul_wanted, parameters.toktogul_dead_km3)
    rogun = fill(ROGUN, vakhsh, vakhsh + sign * shift[:, 2:] - forcing.filling_km3[:, 3:], parameters.rogun_dead_km3)
    passed = passed_by(rogun)
    nurek = fill(NUREK, passed, passed + sign * shift[:, 1:2], parameters.nurek_dead_km3)
    in_order = (toktogul, kambarata, nurek, rogun)
    inflow, after, release, spill = (np.concatenate(column, axis=-1) for column in zip(*in_order, strict=True))
    new = {"inflow_km3": inflow, "storage_km3": after, "release_km3": release, "spill_km3": spill}
    return new | power(state, release, bargain, context)


def power(state: State, release: Array, bargain: Array, context: StepContext) -> dict[str, Array]:
    """Hydropower of the quarter, fuel that came upstream for the winter, and what demand stayed unmet at its end."""
    n = context.parameters.bind
    toktogul_gwh_km3 = n(water.toktogul_gwh_per_km3)(state.storage_km3[:, :1])
    by_plant = n(water.hydropower)(release, context.forcing.capacity_km3, toktogul_gwh_km3, context.forcing.power_mw)
    by_state = np.zeros_like(state.hydropower_gwh)
    for k, owner in enumerate(RESERVOIR_OWNER):
        by_state[:, owner] += by_plant[:, k]
    new = {"hydropower_gwh": by_state}
    if context.season == 3:
        new["winter_power_gwh"] = by_state
    if context.season == 0:
        winter = state.winter_power_gwh + by_state
        fuel = fuel_upstream(state, bargain, toktogul_gwh_km3, context) * context.forcing.fuel_factor
        deficit, share = n(water.winter_deficit)(
            winter, fuel, context.forcing.grid, context.forcing.winter_demand_factor, context.year - 2022
        )
        new |= {
            "winter_power_gwh": winter,
            "fuel_delivered_gwh": fuel,
            "winter_deficit_gwh": deficit,
            "winter_deficit_share": share,
        }
    return new


def fuel_upstream(state: State, bargain: Array, toktogul_gwh_km3: Array, context: StepContext) -> Array:
    """Fuel and power delivered for the winter under kept bargains, GWh, (M, C)."""
    parameters, n = context.parameters, context.parameters.bind
    _, forgone = n(water.winter_release_forgone)(context.years)
    naryn = water.fuel_delivered(bargain[:, :1], forgone, toktogul_gwh_km3)
    shifted = parameters.nurek_shift_power_km3 - parameters.nurek_shift_irrigation_km3
    vakhsh = water.fuel_delivered(bargain[:, 1:], shifted, parameters.vakhsh_cascade_gwh_km3)
    return naryn * UPSTREAM[0] + vakhsh * UPSTREAM[1]
