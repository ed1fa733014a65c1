"""The year's flow and bargains, four reservoirs, power and its shortage upstream."""

from __future__ import annotations

import numpy as np

from cairn.core.geography import KAMBARATA_1, NUREK, PAIRS, RESERVOIR_OWNER, ROGUN, TOKTOGUL, UPSTREAM
from cairn.core.pairs import from_pairs
from cairn.core.state import Array, State
from cairn.rules import water
from cairn.step.context import VEGETATION, Scene
from cairn.step.decisions import Decision


def rivers(state: State, decision: Decision, scene: Scene) -> dict[str, Array]:
    """The year's flow and bargains in Q1, the season's plan in Q2, reservoirs and power in every quarter."""
    new: dict[str, Array] = {"kept": np.zeros_like(state.kept), "breached": np.zeros_like(state.breached)}
    n, luck = scene.numbers.into, scene.luck
    anomaly, barter = state.flow_anomaly, state.barter
    if scene.season == 0:
        anomaly = n(water.flow_anomaly_after)(anomaly, luck.uniform("flow", 3))
        u_deal = from_pairs(luck.uniform("deal", len(PAIRS)))
        u_kept = from_pairs(luck.uniform("honour", len(PAIRS)))
        kept, breached = n(water.barter_kept)(decision.barter, state.trust, u_deal, u_kept)
        barter = n(water.barter_after)(barter, kept)
        new |= {"kept": kept, "breached": breached, "flow_anomaly": anomaly, "barter": barter}
    ratio = np.exp(anomaly) * scene.given.flow_factor
    plan = season_plan(state, ratio, water.river_barter(barter), scene) if scene.season == 1 else {}
    new |= plan
    new |= reservoirs(state, ratio, water.river_barter(state.barter), plan, scene)
    return {"shortage": state.shortage} | new


def season_plan(state: State, ratio: Array, bargain: Array, scene: Scene) -> dict[str, Array]:
    """On 1 April: Toktogul's releases of the year, water below the reservoirs, shortage felt until the next April."""
    numbers, n = scene.numbers, scene.numbers.into
    storage, capacity = state.storage_km3, scene.given.capacity_km3
    inflow = numbers.toktogul_inflow_km3 * ratio[:, :1]
    for_power, forgone = n(water.winter_release_forgone)(scene.years)
    wanted, winter = n(water.toktogul_plan)(storage[:, :1], inflow, bargain[:, :1], for_power, forgone)
    summer_inflow = inflow * numbers.naryn_inflow_share[list(VEGETATION)].sum()
    _, release, spill = water.reservoir_after(
        storage[:, :1], summer_inflow, wanted, numbers.toktogul_dead_km3, capacity[:, :1]
    )
    kept_back = np.minimum(vakhsh_shift(bargain, scene), capacity[:, 2:] - storage[:, 2:])
    kept_back = kept_back.sum(-1)[:, None] + 2 * scene.given.filling_km3[:, 3:]
    supply = n(water.summer_supply)(ratio, release + spill, kept_back, scene.given.canal_km3)
    lacking = n(water.river_shortage)(supply, scene.given.demand_factor)
    return {
        "summer_plan_km3": wanted,
        "winter_plan_km3": winter,
        "summer_supply_km3": supply,
        "shortage": n(water.shortage_felt)(lacking, bargain, state.winter_deficit_share),
    }


def vakhsh_shift(bargain: Array, scene: Scene) -> Array:
    """Summer water that Nurek and Rogun keep for winter, km3 a season, (M, 2)."""
    numbers, kept = scene.numbers, bargain[:, 1:]
    nurek = numbers.nurek_shift_power_km3 * (1 - kept) + numbers.nurek_shift_irrigation_km3 * kept
    built = scene.given.capacity_km3[:, 3:] > numbers.rogun_dead_km3
    return np.concatenate([nurek, numbers.rogun_shift_power_km3 * (1 - kept) * built], axis=-1)


def reservoirs(state: State, ratio: Array, bargain: Array, plan: dict[str, Array], scene: Scene) -> dict[str, Array]:
    """Storages, releases, power and the upstream winter deficit of the quarter.

    Two cascades: Kambar-Ata-1 above Toktogul, Rogun above Nurek; the lower one's inflow is what leaves the upper.
    """
    numbers, given, season = scene.numbers, scene.given, scene.season
    storage, capacity = state.storage_km3, given.capacity_km3
    sign = -1.0 if scene.summer else 1.0
    kambarata_built = capacity[:, 1:2] > numbers.kambarata_dead_km3
    kambarata_shift = numbers.kambarata_shift_power_km3 * (1 - bargain[:, :1]) * kambarata_built
    shift = np.concatenate([kambarata_shift, vakhsh_shift(bargain, scene)], axis=-1) / 2
    summer_plan = plan.get("summer_plan_km3", state.summer_plan_km3)
    toktogul_wanted = (summer_plan if scene.summer else state.winter_plan_km3) * numbers.naryn_release_share[season]
    naryn = numbers.toktogul_inflow_km3 * numbers.naryn_inflow_share[season] * ratio[:, :1]
    vakhsh = numbers.vakhsh_inflow_km3 * numbers.vakhsh_inflow_share[season] * ratio[:, 1:]

    def fill(k: int, inflow: Array, wanted: Array, dead: Array) -> tuple[Array, Array, Array, Array]:
        column = slice(k, k + 1)
        dead = np.minimum(dead, capacity[:, column])
        return inflow, *water.reservoir_after(storage[:, column], inflow, wanted, dead, capacity[:, column])

    def passed_by(filled: tuple[Array, Array, Array, Array]) -> Array:
        _, _, release, spill = filled
        return release + spill

    kambarata = fill(
        KAMBARATA_1, naryn, naryn + sign * shift[:, :1] - given.filling_km3[:, 1:2], numbers.kambarata_dead_km3
    )
    toktogul = fill(TOKTOGUL, passed_by(kambarata), toktogul_wanted, numbers.toktogul_dead_km3)
    rogun = fill(ROGUN, vakhsh, vakhsh + sign * shift[:, 2:] - given.filling_km3[:, 3:], numbers.rogun_dead_km3)
    passed = passed_by(rogun)
    nurek = fill(NUREK, passed, passed + sign * shift[:, 1:2], numbers.nurek_dead_km3)
    in_order = (toktogul, kambarata, nurek, rogun)
    inflow, after, release, spill = (np.concatenate(column, axis=-1) for column in zip(*in_order, strict=True))
    new = {"inflow_km3": inflow, "storage_km3": after, "release_km3": release, "spill_km3": spill}
    return new | power(state, release, bargain, scene)


def power(state: State, release: Array, bargain: Array, scene: Scene) -> dict[str, Array]:
    """Hydropower of the quarter, fuel that came upstream for the winter, and what demand stayed unmet at its end."""
    n = scene.numbers.into
    toktogul_gwh_km3 = n(water.toktogul_gwh_per_km3)(state.storage_km3[:, :1])
    by_plant = n(water.hydropower)(release, scene.given.capacity_km3, toktogul_gwh_km3, scene.given.power_mw)
    by_state = np.zeros_like(state.hydropower_gwh)
    for k, owner in enumerate(RESERVOIR_OWNER):
        by_state[:, owner] += by_plant[:, k]
    new = {"hydropower_gwh": by_state}
    if scene.season == 3:
        new["winter_power_gwh"] = by_state
    if scene.season == 0:
        winter = state.winter_power_gwh + by_state
        fuel = fuel_upstream(state, bargain, toktogul_gwh_km3, scene) * scene.given.fuel_factor
        deficit, share = n(water.winter_deficit)(
            winter, fuel, scene.given.grid, scene.given.winter_demand_factor, scene.year - 2022
        )
        new |= {
            "winter_power_gwh": winter,
            "fuel_delivered_gwh": fuel,
            "winter_deficit_gwh": deficit,
            "winter_deficit_share": share,
        }
    return new


def fuel_upstream(state: State, bargain: Array, toktogul_gwh_km3: Array, scene: Scene) -> Array:
    """Fuel and power delivered for the winter under kept bargains, GWh, (M, C)."""
    numbers, n = scene.numbers, scene.numbers.into
    _, forgone = n(water.winter_release_forgone)(scene.years)
    naryn = water.fuel_delivered(bargain[:, :1], forgone, toktogul_gwh_km3)
    shifted = numbers.nurek_shift_power_km3 - numbers.nurek_shift_irrigation_km3
    vakhsh = water.fuel_delivered(bargain[:, 1:], shifted, numbers.vakhsh_cascade_gwh_km3)
    return naryn * UPSTREAM[0] + vakhsh * UPSTREAM[1]
