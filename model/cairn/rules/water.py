"""Water and energy: two rivers by season, four reservoirs, and the barter of summer water for winter fuel.

===========  =======================  =========  ==================================================
symbol       name                     unit       shape
===========  =======================  =========  ==================================================
q            flow_anomaly             log        (..., 2) Syr Darya, Amu Darya
a            barter                   0..1       (..., C, C) bargains kept, moving average, treaty pairs
S            storage                  km3        (..., 4) Toktogul, Kambar-Ata-1, Nurek, Rogun
om           shortage                 0..0.6     (..., C) of summer water, or of winter energy upstream
===========  =======================  =========  ==================================================

Every reservoir obeys storage' = storage + inflow - release - spill, exactly.
"""

import numpy as np

from cairn.core.geography import PARTY_SHARE, TREATY_PAIRS, UPSTREAM
from cairn.core.pairs import as_own, both_ways, transpose
from cairn.core.random_streams import normal

HOURS_OF_A_QUARTER = 365.25 * 24 / 4


def flow_anomaly_after(anomaly, u, *, flow_spread, flow_persistence, flow_correlation):
    """Log anomaly of the year's flow, AR(1), the two rivers correlated.

    anomaly : (..., 2); u : (..., 3) uniforms: a common shock and one for each river.
    """
    z = normal(u)
    shock = np.sqrt(flow_correlation) * z[..., :1] + np.sqrt(1 - np.asarray(flow_correlation)) * z[..., 1:]
    fresh = np.sqrt(1 - np.asarray(flow_persistence) ** 2) * flow_spread
    return flow_persistence * anomaly + fresh * shock


def barter_gains(
    trust, upstream_of, downstream_of, *, counter_delivery_exposure, upstream_cost_pct_gdp, benefit_cost_ratio
):
    """What a state expects of an irrigation-mode year with each other, in % of upstream GDP, (..., C).

    Nash bargaining with equal power sets the payment 1 + (B - 1)/2 per unit of upstream cost; a share of the
    counter-delivery is at risk and valued at trust, because summer water comes before winter fuel:

        upstream   c [(pi - 1) - e (1 - T) pi]        downstream   c [(B - pi) - e (1 - T) B]

    upstream_of, downstream_of : (C,) 1 where the state lies above, or below, the other on a river.

    Source: structure of Abbink, Moller and O'Hara 2010; cost and benefit cf. World Bank 2004.
    """
    payment = 1 + (benefit_cost_ratio - 1) / 2
    at_risk = counter_delivery_exposure * (1 - trust)
    above = payment - 1 - at_risk * payment
    below = benefit_cost_ratio - payment - at_risk * benefit_cost_ratio
    return upstream_cost_pct_gdp * (upstream_of * above + downstream_of * below)


def barter_kept(consent, trust, u_deal, u_kept, *, honour_base, honour_trust):
    """Whether a bargain was signed and kept, and whether it was signed and broken: two (..., C, C) of 0 and 1.

    A treaty needs both: P(deal) = sqrt(P_u P_k); it is kept with the chance base + rest x mean trust.
    """
    deal = (u_deal < np.sqrt(consent * transpose(consent))) & TREATY_PAIRS
    kept = u_kept < as_own(honour_base) + as_own(honour_trust) * both_ways(trust)
    return (deal & kept).astype(float), (deal & ~kept).astype(float)


def barter_after(barter, kept, *, barter_memory):
    """Moving average of bargains kept: a' = a + m (kept - a)."""
    return np.where(TREATY_PAIRS, barter + as_own(barter_memory) * (kept - barter), 0.0)


def river_barter(barter):
    """How far each river runs under kept bargains: weights of the downstream parties, (..., C, C) -> (..., 2)."""
    by_party = (barter[..., None, :, :] * as_own(UPSTREAM)).sum(-2)
    return (by_party * PARTY_SHARE).sum(-1)


def winter_release_forgone(
    years_since_1992, *, winter_release_power_km3, winter_release_growth_km3, winter_release_irrigation_km3
):
    """Toktogul's winter release for power, km3, and how much less it is in irrigation mode: two (..., 1)."""
    power = winter_release_power_km3 + winter_release_growth_km3 * years_since_1992
    return power, power - winter_release_irrigation_km3


def toktogul_plan(
    storage,
    inflow_of_year,
    bargain,
    power_release,
    release_forgone,
    *,
    toktogul_inflow_km3,
    inflow_pass_through,
    toktogul_dead_km3,
    storage_target_km3,
    storage_pull,
    winter_draw_least_km3,
    winter_inflow_share,
    summer_release_least_km3,
    summer_release_most_km3,
):
    """Toktogul's releases wanted for April-September and the winter after it, km3, decided on 1 April.

    Without a bargain the winter release serves the country's own power demand; under one, it shrinks to irrigation
    mode. Summer gets the rest of a usual year's inflow and part of what this year brings above or below it, a little
    more or less as storage is above or below its target; the reservoir takes up the difference.
    All (..., 1). Source: figures from CAWater-Info 2002-2010 and the protocol of 1984.
    """
    winter = power_release - bargain * release_forgone
    winter = np.minimum(
        winter, np.maximum(storage - toktogul_dead_km3, winter_draw_least_km3) + winter_inflow_share * inflow_of_year
    )
    reckoned_with = toktogul_inflow_km3 + inflow_pass_through * (inflow_of_year - toktogul_inflow_km3)
    summer = reckoned_with - winter + storage_pull * (storage - storage_target_km3)
    return np.clip(summer, summer_release_least_km3, summer_release_most_km3), winter


def reservoir_after(storage, inflow, wanted, dead, capacity):
    """Storage, release and spill after a period: as much of the wanted release as live storage and inflow allow.

    All of one shape, km3. storage' = storage + inflow - release - spill.

    Examples
    --------
    >>> [float(x) for x in reservoir_after(np.array(18.0), 5.0, 2.0, 5.5, 19.5)]
    [19.5, 2.0, 1.5]
    """
    release = np.clip(wanted, 0.0, np.maximum(storage + inflow - dead, 0.0))
    left = storage + inflow - release
    spill = np.maximum(left - capacity, 0.0)
    return left - spill, release, spill


def summer_supply(
    flow_ratio, toktogul_summer, vakhsh_kept_back, canal, *, syr_local_summer_km3, amu_summer_flow_km3, afghan_base_km3
):
    """Water for April-September below the reservoirs, km3, (..., 2).

    flow_ratio : (..., 2) this year's flow over its mean; toktogul_summer, vakhsh_kept_back, canal : (..., 1)
    """
    syr = syr_local_summer_km3 * flow_ratio[..., :1] + toktogul_summer
    amu = amu_summer_flow_km3 * flow_ratio[..., 1:] - vakhsh_kept_back - afghan_base_km3 - canal
    return np.concatenate([syr, amu], axis=-1)


def river_shortage(supply, demand_factor, *, syr_summer_demand_km3, amu_summer_demand_km3, shortage_most):
    """Share of summer demand not met, (..., 2); demand_factor below 1 where water is used better."""
    syr = 1 - supply[..., :1] / (syr_summer_demand_km3 * demand_factor)
    amu = 1 - supply[..., 1:] / (amu_summer_demand_km3 * demand_factor)
    return np.clip(np.concatenate([syr, amu], axis=-1), 0.0, shortage_most)


def shortage_felt(
    by_river, bargain, deficit_share, *, syr_dependence, amu_dependence, winter_gap, deficit_weight, shortage_most
):
    """Shortage of each state: summer water downstream, winter energy upstream, (..., C).

    by_river, bargain : (..., 2); deficit_share : (..., C) of winter power demand unmet.
    """
    downstream = syr_dependence * by_river[..., :1] + amu_dependence * by_river[..., 1:]
    undelivered = ((1 - bargain)[..., :, None] * UPSTREAM).sum(-2)
    return np.clip(downstream + winter_gap * undelivered + deficit_weight * deficit_share, 0.0, shortage_most)


def agricultural_loss(shortage, agriculture_share, *, yield_loss):
    """Farm output lost to shortage, % of GDP, (..., C): 100 x share of farming x yield loss x shortage. Output only."""
    return 100 * agriculture_share * yield_loss * shortage


def toktogul_gwh_per_km3(storage, *, toktogul_energy_gwh_km3, toktogul_head_gwh_km6, naryn_cascade_gwh_km3):
    """Power of a cubic kilometre let go from Toktogul, GWh: its head grows with storage, the cascade below rides along.

    storage : (..., 1), km3
    """
    return toktogul_energy_gwh_km3 + toktogul_head_gwh_km6 * storage + naryn_cascade_gwh_km3


def hydropower(
    release,
    capacity,
    toktogul_gwh_km3,
    power_mw,
    *,
    kambarata_gwh_km3,
    vakhsh_cascade_gwh_km3,
    rogun_gwh_km3,
    rogun_capacity_km3,
    kambarata_capacity_km3,
):
    """Power from the water released in a quarter, GWh, (..., 4); power_mw : (..., 4) at most.

    release in km3; capacity in km3 as built so far: a dam half as large gives half the power of a cubic metre;
    toktogul_gwh_km3 : (..., 1)
    """
    by_water = np.concatenate(
        [
            release[..., :1] * toktogul_gwh_km3,
            release[..., 1:2] * kambarata_gwh_km3 * np.minimum(capacity[..., 1:2] / kambarata_capacity_km3, 1.0),
            release[..., 2:3] * vakhsh_cascade_gwh_km3,
            release[..., 3:] * rogun_gwh_km3 * np.minimum(capacity[..., 3:] / rogun_capacity_km3, 1.0),
        ],
        axis=-1,
    )
    return np.minimum(by_water, power_mw * HOURS_OF_A_QUARTER / 1000)


def fuel_delivered(bargain, release_forgone, gwh_per_km3):
    """Fuel and power that flow upstream under a kept bargain, GWh: they make up for the winter power forgone."""
    return bargain * np.maximum(release_forgone, 0.0) * gwh_per_km3


def winter_deficit(
    hydropower_gwh,
    delivered_gwh,
    grid,
    demand_factor,
    years_since_2022,
    *,
    winter_demand_gwh,
    winter_demand_growth,
    winter_thermal_gwh,
    grid_import_share,
):
    """October-March power demand left unmet upstream, GWh and share of demand, two (..., C).

    grid : (..., C) 1 in the unified power system, 0 outside. A state inside it may import part of what it lacks, the
    more neighbours are in it too; one outside it is alone. demand_factor : (..., C), 1 in a usual winter.
    """
    usual = winter_demand_gwh * np.exp(winter_demand_growth * years_since_2022)
    demand = np.broadcast_to(usual * demand_factor, hydropower_gwh.shape)
    lacking = np.maximum(demand - hydropower_gwh - delivered_gwh - winter_thermal_gwh, 0.0)
    lacking = np.where(demand > 0, lacking, 0.0)
    others_in = (grid.sum(-1)[..., None] - grid) / (grid.shape[-1] - 1)
    unmet = lacking * (1 - grid_import_share * grid * others_in)
    return unmet, unmet / np.where(demand > 0, demand, 1.0)
