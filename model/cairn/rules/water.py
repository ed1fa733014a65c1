"""Water and energy: two rivers by season, four reservoirs, and the exchange of summer water for winter fuel.

Arrays have members last; rivers are (Syr Darya, Amu Darya), reservoirs (Toktogul, Kambar-Ata-1, Nurek, Rogun) in
Central Asia.

======  ==================  =======  ============================================================
symbol  name                unit     shape
======  ==================  =======  ============================================================
q       flow anomaly        log      (R, M)
a       barter              0..1     (C, C, M), bargains kept, moving average, treaty pairs only
S       storage             km3      (K, M)
om      shortage            0..0.6   (C, M), of summer water, or of winter power upstream
======  ==================  =======  ============================================================

Every reservoir obeys storage' = storage + inflow - release - spill, exactly.
"""

from __future__ import annotations

import numpy as np

from cairn.core.pairs import both_ways, clip, total, transpose
from cairn.core.random_streams import normal
from cairn.core.variables import Array, Param

HOURS_OF_A_QUARTER = 365.25 * 24 / 4


def flow_anomaly_after(
    anomaly: Array, u: Array, *, flow_spread: Param, flow_persistence: Param, flow_correlation: Param
) -> Array:
    """Log anomaly of the year's flow: an AR(1) process, the rivers correlated.

    Parameters
    ----------
    anomaly : (R, M), log
    u : (1 + R, M), uniforms: a common shock, and one for each river
    flow_spread : log, standard deviation
    flow_persistence, flow_correlation : 1

    Returns
    -------
    (R, M), log

    Source
    ------
    Uzhydromet gauges for persistence; spread between Toktogul's inflow of 2002-2010 and the steadier Amu Darya.
    """
    z = normal(u)
    shock = np.sqrt(flow_correlation) * z[:1] + np.sqrt(1 - np.asarray(flow_correlation)) * z[1:]
    fresh = np.sqrt(1 - np.asarray(flow_persistence) ** 2) * flow_spread
    return flow_persistence * anomaly + fresh * shock


def barter_gains(
    trust: Array,
    upstream_of: Array,
    downstream_of: Array,
    *,
    counter_delivery_exposure: Param,
    upstream_cost_pct_gdp: Param,
    benefit_cost_ratio: Param,
) -> Array:
    """What one state expects of an irrigation-mode year with each other.

    Nash bargaining with equal power sets the payment p = 1 + (B - 1) / 2 per unit of upstream cost c; a share e of the
    counter-delivery is at risk and valued at trust, because summer water comes before winter fuel:

        upstream   c [(p - 1) - e (1 - T) p]        downstream   c [(B - p) - e (1 - T) B]

    Parameters
    ----------
    trust : (C, M), 0..1, T
    upstream_of, downstream_of : (C, 1), 1 where the state lies above, or below, the other on a river
    counter_delivery_exposure : share, e
    upstream_cost_pct_gdp : % of GDP, c
    benefit_cost_ratio : 1, B

    Returns
    -------
    (C, M), % of upstream GDP

    Source
    ------
    Structure: Abbink, Moller and O'Hara 2010. Cost and benefit: cf. World Bank 2004.
    """
    payment = 1 + (benefit_cost_ratio - 1) / 2
    at_risk = counter_delivery_exposure * (1 - trust)
    above = payment - 1 - at_risk * payment
    below = benefit_cost_ratio - payment - at_risk * benefit_cost_ratio
    return upstream_cost_pct_gdp * (upstream_of * above + downstream_of * below)


def barter_kept(
    consent: Array,
    trust: Array,
    u_deal: Array,
    u_kept: Array,
    treaty_pairs: Array,
    *,
    honour_base: Param,
    honour_trust: Param,
) -> tuple[Array, Array]:
    """Whether a bargain was signed and kept, and whether it was signed and broken.

    A treaty needs both sides: P(deal) = sqrt(P_i P_j). It is kept with probability base + rest x mean trust.

    Parameters
    ----------
    consent : (C, C, M), 0..1, probability that i signs with j
    trust : (C, C, M), 0..1
    u_deal, u_kept : (C, C, M), uniforms, the same in both directions
    treaty_pairs : (C, C, 1), whether two states bargain over water
    honour_base, honour_trust : share, base and rest

    Returns
    -------
    kept, broken : (C, C, M), 0 or 1

    Source
    ------
    Assumed.
    """
    deal = (u_deal < np.sqrt(consent * transpose(consent))) & treaty_pairs
    kept = u_kept < honour_base + honour_trust * both_ways(trust)
    return (deal & kept).astype(float), (deal & ~kept).astype(float)


def barter_after(barter: Array, kept: Array, treaty_pairs: Array, *, barter_memory: Param) -> Array:
    """Moving average of bargains kept: a' = a + m (kept - a).

    Parameters
    ----------
    barter, kept : (C, C, M), 0..1
    treaty_pairs : (C, C, 1), whether two states bargain over water
    barter_memory : 1/yr, m

    Returns
    -------
    (C, C, M), 0..1

    Source
    ------
    Assumed.
    """
    return np.where(treaty_pairs, barter + barter_memory * (kept - barter), 0.0)


def river_barter(barter: Array, upstream: tuple[int, ...], downstream_share: Array) -> Array:
    """How far each river is run under kept bargains: mean over its downstream parties, weighted by their shares.

    Parameters
    ----------
    barter : (C, C, M), 0..1
    upstream : position of the upstream state of each river
    downstream_share : (R, C, 1), weights that add up to one

    Returns
    -------
    (R, M), 0..1
    """
    return total((barter[list(upstream)] * downstream_share).swapaxes(0, 1))


def winter_release_forgone(
    years_since_1992: float,
    *,
    winter_release_power_km3: Param,
    winter_release_growth_km3: Param,
    winter_release_irrigation_km3: Param,
    swaps_begin: Param,
    swap_share: Param,
) -> tuple[Param, Param]:
    """Toktogul's winter release for power, and how much smaller it is in irrigation mode.

    Bargains of earlier decades paid for water that was not released in winter. Deals of today swap electricity of other
    seasons for summer water and leave the winter release as it is.

    Parameters
    ----------
    years_since_1992 : yr
    winter_release_power_km3 : km3, in 1992
    winter_release_growth_km3 : km3/yr
    winter_release_irrigation_km3 : km3
    swaps_begin : year
    swap_share : share of bargains that are swaps from then on

    Returns
    -------
    power, forgone : (M,) or a number, km3

    Source
    ------
    October-March releases of 2002-2010 (CAWater-Info) for the level; growth Assumed. Swaps: the protocol of March 2021,
    750 GWh in spring and autumn against power returned in summer (24.kg/english/187614).
    """
    power = winter_release_power_km3 + winter_release_growth_km3 * years_since_1992
    swapped = np.where(1992 + years_since_1992 >= np.asarray(swaps_begin), swap_share, 0.0)
    return power, (power - winter_release_irrigation_km3) * (1 - swapped)


def release_residual_after(residual: Array, u: Array, *, release_spread: Param, release_persistence: Param) -> Array:
    """Winter release beyond what power demand and bargains explain: an AR(1) process from water year to water year.

    Parameters
    ----------
    residual : (M,), log, of the last water year
    u : (M,), uniforms
    release_spread : log, standard deviation
    release_persistence : 1/yr

    Returns
    -------
    (M,), log

    Source
    ------
    October-March releases of 2002-2010 (CAWater-Info).
    """
    fresh = np.sqrt(1 - np.asarray(release_persistence) ** 2) * release_spread
    return release_persistence * residual + fresh * normal(u)


def toktogul_plan(
    storage: Array,
    inflow_of_year: Array,
    bargain: Array,
    power_release: Param,
    release_forgone: Param,
    residual: Array,
    swapping: float,
    *,
    toktogul_inflow_km3: Param,
    inflow_pass_through: Param,
    toktogul_dead_km3: Param,
    storage_target_km3: Param,
    storage_pull: Param,
    winter_draw_least_km3: Param,
    summer_release_least_km3: Param,
    summer_release_most_km3: Param,
    swap_summer_km3: Param,
) -> tuple[Array, Array]:
    """Toktogul's planned releases for April-September and the winter after it, decided on 1 April.

    Without a bargain the winter release serves the country's own power demand; under one it shrinks to irrigation mode.
    It is at most what storage and the year's inflow leave after the least summer release. Summer gets the rest of a
    usual year's inflow and part of this year's anomaly, a little more or less as storage is above or below its target;
    the reservoir takes up the difference.

    Parameters
    ----------
    storage, inflow_of_year : (M,), km3
    bargain : (M,), 0..1
    power_release, release_forgone : (M,) or a number, km3
    residual : (M,), log, of the winter release
    swapping : 1 where bargains swap electricity for summer water, else 0
    toktogul_inflow_km3, toktogul_dead_km3, storage_target_km3, winter_draw_least_km3, summer_release_least_km3,
    summer_release_most_km3, swap_summer_km3 : km3
    inflow_pass_through : share
    storage_pull : 1/yr

    Returns
    -------
    summer, winter : (M,), km3

    Source
    ------
    Figures of CAWater-Info 2002-2010; protocol of 1984.
    """
    winter = (power_release - bargain * release_forgone) * np.exp(residual)
    available = storage + inflow_of_year - toktogul_dead_km3 - summer_release_least_km3
    winter = np.minimum(winter, np.maximum(available, winter_draw_least_km3))
    expected = toktogul_inflow_km3 + inflow_pass_through * (inflow_of_year - toktogul_inflow_km3)
    summer = expected - winter + storage_pull * (storage - storage_target_km3) + swapping * bargain * swap_summer_km3
    return clip(summer, summer_release_least_km3, summer_release_most_km3), winter


def reservoir_after(
    storage: Array, inflow: Array, planned: Array, dead: Array, capacity: Array
) -> tuple[Array, Array, Array]:
    """Storage, release and spill after a period: as much of the planned release as live storage and inflow allow.

    Parameters
    ----------
    storage, inflow, planned, dead, capacity : of one shape, km3

    Returns
    -------
    storage, release, spill : km3; storage' = storage + inflow - release - spill

    Examples
    --------
    >>> [float(x) for x in reservoir_after(np.array(18.0), 5.0, 2.0, 5.5, 19.5)]
    [19.5, 2.0, 1.5]
    """
    release = clip(planned, 0.0, np.maximum(storage + inflow - dead, 0.0))
    left = storage + inflow - release
    spill = np.maximum(left - capacity, 0.0)
    return left - spill, release, spill


def summer_supply(
    flow_ratio: Array,
    toktogul_summer: Array,
    vakhsh_kept_back: Array,
    canal: Array,
    *,
    syr_local_summer_km3: Param,
    amu_summer_flow_km3: Param,
    afghan_base_km3: Param,
) -> Array:
    """Water for April-September below the reservoirs.

    Parameters
    ----------
    flow_ratio : (R, M), this year's flow over its mean
    toktogul_summer, vakhsh_kept_back, canal : (M,), km3
    syr_local_summer_km3, amu_summer_flow_km3, afghan_base_km3 : km3

    Returns
    -------
    (R, M), km3

    Source
    ------
    ICWC yearbooks; the tributaries below Toktogul: Assumed.
    """
    syr = syr_local_summer_km3 * flow_ratio[0] + toktogul_summer
    amu = amu_summer_flow_km3 * flow_ratio[1] - vakhsh_kept_back - afghan_base_km3 - canal
    return np.array([syr, amu])


def river_shortage(
    supply: Array,
    demand_factor: Array,
    *,
    syr_summer_demand_km3: Param,
    amu_summer_demand_km3: Param,
    shortage_most: Param,
) -> Array:
    """Share of summer demand that is not met on each river.

    Parameters
    ----------
    supply : (R, M), km3
    demand_factor : (M,), below 1 where water is used better
    syr_summer_demand_km3, amu_summer_demand_km3 : km3
    shortage_most : share, bound

    Returns
    -------
    (R, M), 0..shortage_most

    Source
    ------
    Limits of ICWC for 2025.
    """
    syr = 1 - supply[0] / (syr_summer_demand_km3 * demand_factor)
    amu = 1 - supply[1] / (amu_summer_demand_km3 * demand_factor)
    return clip(np.array([syr, amu]), 0.0, shortage_most)


def shortage_felt(
    by_river: Array,
    bargain: Array,
    deficit_share: Array,
    upstream: Array,
    *,
    syr_dependence: Param,
    amu_dependence: Param,
    winter_gap: Param,
    deficit_weight: Param,
    shortage_most: Param,
) -> Array:
    """Shortage of each state: summer water downstream, winter energy upstream.

    Parameters
    ----------
    by_river : (R, M), 0..1, shortage of summer water
    bargain : (R, M), 0..1, how far each river is run under kept bargains
    deficit_share : (C, M), 0..1, share of winter power demand not met
    upstream : (R, C, 1), 1 for the upstream state of each river
    syr_dependence, amu_dependence : (C, 1) or (C, M), share
    winter_gap : share
    deficit_weight : 1
    shortage_most : share, bound

    Returns
    -------
    (C, M), 0..shortage_most

    Source
    ------
    Assumed.
    """
    downstream = syr_dependence * by_river[0] + amu_dependence * by_river[1]
    undelivered = total((1 - bargain)[:, None] * upstream)
    return clip(downstream + winter_gap * undelivered + deficit_weight * deficit_share, 0.0, shortage_most)


def agricultural_loss(shortage: Array, agriculture_share: Array, *, yield_loss: Param) -> Array:
    """Farm output lost to shortage: 100 x share of farming x yield loss x shortage. Output only.

    Parameters
    ----------
    shortage : (C, M), 0..1
    agriculture_share : (C, 1), share of GDP
    yield_loss : share

    Returns
    -------
    (C, M), % of GDP

    Source
    ------
    Assumed.
    """
    return 100 * agriculture_share * yield_loss * shortage


def toktogul_gwh_per_km3(
    storage: Array,
    *,
    toktogul_energy_gwh_km3: Param,
    toktogul_head_gwh_km6: Param,
    naryn_cascade_gwh_km3: Param,
) -> Array:
    """Power of a cubic kilometre released from Toktogul, in its own plant and in the cascade below.

    Parameters
    ----------
    storage : (M,), km3; the head grows with it
    toktogul_energy_gwh_km3, naryn_cascade_gwh_km3 : GWh/km3
    toktogul_head_gwh_km6 : GWh/km3/km3

    Returns
    -------
    (M,), GWh/km3

    Source
    ------
    Fit of Toktogul's output on storage 2001-2010 (CAWater-Info).
    """
    return toktogul_energy_gwh_km3 + toktogul_head_gwh_km6 * storage + naryn_cascade_gwh_km3


def hydropower(
    release: Array,
    capacity: Array,
    toktogul_gwh_km3: Array,
    power_mw: Array,
    *,
    kambarata_gwh_km3: Param,
    vakhsh_cascade_gwh_km3: Param,
    rogun_gwh_km3: Param,
    rogun_capacity_km3: Param,
    kambarata_capacity_km3: Param,
) -> Array:
    """Power from the water released in a quarter; a dam half as large gives half the power of a cubic metre.

    Parameters
    ----------
    release, capacity : (K, M), km3, capacity as built so far
    toktogul_gwh_km3 : (M,)
    power_mw : (K, M), MW, most power of each plant
    kambarata_gwh_km3, vakhsh_cascade_gwh_km3, rogun_gwh_km3 : GWh/km3
    rogun_capacity_km3, kambarata_capacity_km3 : km3, once full

    Returns
    -------
    (K, M), GWh

    Source
    ------
    Design output over mean flow; see the sources of the parameters.
    """
    by_water = np.array(
        [
            release[0] * toktogul_gwh_km3,
            release[1] * kambarata_gwh_km3 * np.minimum(capacity[1] / kambarata_capacity_km3, 1.0),
            release[2] * vakhsh_cascade_gwh_km3,
            release[3] * rogun_gwh_km3 * np.minimum(capacity[3] / rogun_capacity_km3, 1.0),
        ]
    )
    return np.minimum(by_water, power_mw * HOURS_OF_A_QUARTER / 1000)


def fuel_delivered(bargain: Array, release_forgone: Param, gwh_per_km3: Param) -> Array:
    """Fuel and power that flow upstream under a kept bargain: they replace the winter power forgone.

    Parameters
    ----------
    bargain : (M,), 0..1
    release_forgone : (M,) or a number, km3
    gwh_per_km3 : (M,) or a number

    Returns
    -------
    (M,), GWh

    Source
    ------
    Assumed.
    """
    return bargain * np.maximum(release_forgone, 0.0) * gwh_per_km3


def winter_deficit(
    hydropower_gwh: Array,
    delivered_gwh: Array,
    grid: Array,
    demand_factor: Array,
    years_since_2022: float,
    *,
    winter_demand_gwh: Param,
    winter_demand_growth: Param,
    winter_thermal_gwh: Param,
    grid_import_share: Param,
) -> tuple[Array, Array, Array]:
    """October-March power demand that is not met upstream, and its share of demand.

    A state inside the unified power system can import part of what it lacks, the more neighbours are in it too; a state
    outside it is alone.

    Parameters
    ----------
    hydropower_gwh, delivered_gwh : (C, M), GWh in October-March
    grid : (C, M), 1 in the unified power system, 0 outside
    demand_factor : (C, M), 1 in a usual winter
    years_since_2022 : yr
    winter_demand_gwh : (C, 1) or (C, M), GWh in 2022
    winter_demand_growth : (C, 1) or (C, M), 1/yr
    winter_thermal_gwh : (C, 1) or (C, M), GWh
    grid_import_share : share of the deficit

    Returns
    -------
    deficit, share, imported : (C, M), GWh, 0..1, GWh

    Source
    ------
    24.kg; monthly table of MESSAGEix-CAS. Import share: Assumed.
    """
    usual = winter_demand_gwh * np.exp(winter_demand_growth * years_since_2022)
    demand = np.broadcast_to(usual * demand_factor, hydropower_gwh.shape)
    lacking = np.maximum(demand - hydropower_gwh - delivered_gwh - winter_thermal_gwh, 0.0)
    lacking = np.where(demand > 0, lacking, 0.0)
    others_in = (total(grid) - grid) / (len(grid) - 1)
    imported = lacking * grid_import_share * grid * others_in
    unmet = lacking - imported
    return unmet, unmet / np.where(demand > 0, demand, 1.0), imported
