"""Every parameter of the model: value, unit, plausible range, source.

"Assumed" is an honest source: a judgement, to be swept or calibrated, that no one measured. "cf." names work that
argues for the sign or the size without giving the digits. All rates are per quarter unless the unit says otherwise;
"log" and "logit" are pure numbers on those scales. Parameters with `each` have one value per state, pair, leader or
quarter, by name.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from cairn.core.parameter_base import (
    Number,
    OutOfRange,
    ParameterBase,
    Relation,
    checked,
    keywords_of,
    names_of,
    parameter,
)

__all__ = [
    "FIELDS",
    "FIXED_SUMS",
    "NAMES",
    "OF_CHOICES",
    "Number",
    "OutOfRange",
    "Parameters",
    "check",
    "keywords_of",
    "names_of",
    "relation_problems",
]


@dataclasses.dataclass(frozen=True, eq=False)
class Parameters(ParameterBase):
    """All parameters of the model. `Parameters().replace(trust_gain=0.04)` is another set.

    >>> Parameters().replace(trust_gain=3)
    Traceback (most recent call last):
        ...
    cairn.core.parameter_base.OutOfRange: trust_gain = 3 lies outside [0.02, 0.09]. If a source supports it, widen the \
range in cairn.core.parameters.
    """

    # --- trade ------------------------------------------------------------------------------------------------------
    distance_elasticity: Number = parameter(
        1.1, "log/log", 0.9, 1.3, "Assumed; cf. Head and Mayer 2014, mean of structural gravity estimates", "b_dist"
    )
    contiguity_gain: Number = parameter(0.53, "log", 0.3, 0.8, "Assumed; cf. Head and Mayer 2014", "b_cont")
    income_elasticity: Number = parameter(
        0.7, "log/log", 0.3, 1.2, "Assumed, of real incomes; cf. Head and Mayer 2014; 1 in theory", "b_Y"
    )
    home_bias: Number = parameter(3.0, "log", 0.8, 5.0, "Assumed; cf. Head and Mayer 2014", "b_home")
    closure_loss: Number = parameter(
        1.7, "log", 1.0, 3.0, "Assumed; two-sided visas alone cost 28 % of trade, Neumayer 2011; closure more", "eta_b"
    )
    agreement_gain: Number = parameter(
        0.6, "log", 0.3, 0.9, "free-trade agreements double trade in ten years, Baier and Bergstrand 2007", "f_agr"
    )
    trust_trade_gain: Number = parameter(
        0.0, "log", 0.0, 0.7, "Assumed; tension costs trade for a year or two, Fuchs and Klann 2013", "r_T"
    )
    corridor_gain: Number = parameter(0.25, "log", 0.05, 0.5, "Assumed; cf. Limao and Venables 2001", "psi_C")
    soviet_legacy: Number = parameter(
        1.2,
        "log",
        -1.5,
        2.5,
        "Assumed; inherited networks outlived the borders, Djankov and Freund 2000, but payments broke down in 1993",
        "L0",
    )
    legacy_decay_years: Number = parameter(7.0, "yr", 4.0, 12.0, "Assumed; cf. Head, Mayer and Ries 2010", "tau_L")
    rebuild_rate: Number = parameter(
        0.06, "1/quarter", 0.02, 0.16, "ten-year phase-in of agreements, Baier and Bergstrand 2007", "a_up"
    )
    collapse_rate: Number = parameter(0.18, "1/quarter", 0.08, 0.35, "Assumed; falls of 1992-96 and 2010-12", "a_dn")
    trade_elasticity: Number = parameter(5.0, "1", 3.0, 8.0, "Assumed; cf. Head and Mayer 2014", "eps")
    pair_affinity: Number = parameter(
        {},
        "log",
        -2.5,
        2.5,
        "residual of each pair's trade to 2015, what the model has no reason for; zero unless calibrated",
        "kappa",
        each="pair",
        other=0.0,
    )
    visa_trade_loss: Number = parameter(0.33, "log", 0.0, 0.6, "28 % less trade under two-sided visas, Neumayer 2011")
    freight_loss: Number = parameter(1.5, "log", 0.0, 3.0, "Assumed; all rail and road cut", "c_cut")
    tariff_weight: Number = parameter(
        0.0, "1", 0.0, 2.0, "off: forecasts of trade are worse with tariffs (VALIDATION.md); 1 is their full cost"
    )
    rail_freight_share: Number = parameter(0.7, "share of freight", 0.3, 1.0, "Assumed; bulk goods go by rail")
    road_freight_share: Number = parameter(0.3, "share of freight", 0.0, 0.7, "Assumed; the rest of the freight")
    visa_friction: Number = parameter(
        0.19, "share of openness", 0.0, 0.4, "28 % less trade under two-sided visas, Neumayer 2011: -ln(.72)/1.7"
    )
    link_friction: Number = parameter(0.3, "share of openness", 0.0, 0.6, "Assumed; all road, rail and air links cut")
    rail_share: Number = parameter(0.4, "share of links", 0.0, 1.0, "Assumed")
    road_share: Number = parameter(0.4, "share of links", 0.0, 1.0, "Assumed")
    air_share: Number = parameter(0.2, "share of links", 0.0, 1.0, "Assumed")
    income_reference_usd_bn: Number = parameter(
        {"KAZ": 60.0, "KGZ": 3.0, "TJK": 3.0, "TKM": 12.0, "UZB": 25.0},
        "bn USD",
        1.0,
        300.0,
        "normalisation of incomes; round figures",
        each="state",
        other=20.0,
    )
    resistance_iterations: int = parameter(6, "count", 3, 60, "numerical; warm start")  # type: ignore[assignment]
    reexport_value_usd_bn: Number = parameter(
        3.0, "bn USD/yr", 2.0, 3.7, "Kyrgyz bazaars 2 bn in 2006, 3.7 bn in 2007, Kaminski and Raballand 2009", "RX"
    )
    reexport_customs_share: Number = parameter(0.12, "share", 0.05, 0.3, "Assumed; part that customs data see")
    reexport_partner_share: Number = parameter(
        {"KAZ": 0.45, "UZB": 0.35}, "share", 0.0, 0.6, "Assumed; the rest goes to Russia", each="state", other=0.0
    )
    outside_affinity: Number = parameter(
        {},
        "log",
        -5.0,
        3.0,
        "residual of each state's trade with all outside economies; zero unless calibrated",
        each="state",
        other=0.0,
    )
    trade_residual_persistence: Number = parameter(
        0.85, "1/yr", 0.3, 0.98, "Assumed; learnt for each parameter set from what it leaves unexplained", "rho"
    )
    trade_residual_spread: Number = parameter(
        0.3, "log/yr", 0.0, 0.9, "Assumed; learnt as trade_residual_persistence", "sigma"
    )
    trade_residual_spread_offset: Number = parameter(
        {"KAZ-TKM": 0.4, "KGZ-TKM": 0.4, "TJK-TKM": 0.4, "TKM-UZB": 0.4},
        "log",
        -1.5,
        1.5,
        "Assumed; learnt for each pair as trade_residual_persistence; trade in Turkmen gas is erratic",
        "b",
        each="pair",
        other=0.0,
    )
    trade_residual_early_excess: Number = parameter(
        1.0, "1", 0.0, 4.0, "Assumed; learnt as trade_residual_persistence; trade collapsed and new customs began", "k"
    )
    trade_residual_early_years: Number = parameter(
        5.0, "yr", 2.0, 15.0, "Assumed; residuals to 2015 are about as likely with 3 as with 15", "T"
    )
    trade_residual_common_share: Number = parameter(
        0.2, "share of variance", 0.0, 0.8, "Assumed; learnt as trade_residual_persistence", "c"
    )
    trade_record_error: Number = parameter(
        0.05, "log", 0.02, 0.4, "Assumed; beyond the tolerance of each figure in targets.csv"
    )

    # --- people and capital -----------------------------------------------------------------------------------------
    visit_scale: Number = parameter(
        0.00103,
        "mn visits/bn USD",
        0.0002,
        0.005,
        "37 figures of visits of 2013-2022, record_visitors.csv, by least squares (calibration.people_fit)",
        "v",
    )
    visit_distance_elasticity: Number = parameter(1.4, "log/log", 0.5, 2.5, "as visit_scale")
    visit_openness_elasticity: Number = parameter(1.56, "log/log", 0.8, 2.5, "as visit_scale")
    visit_border_gain: Number = parameter(2.74, "log", 0.5, 4.5, "as visit_scale; two figures without a common border")
    investment_scale: Number = parameter(
        0.00049,
        "yr",
        0.0001,
        0.003,
        "ten figures of four pairs, record_investment.csv, by least squares (calibration.people_fit)",
        "s",
    )
    investment_border_gain: Number = parameter(
        3.73, "log", 0.0, 5.0, "as investment_scale; one figure without a common border"
    )

    # --- water and energy -------------------------------------------------------------------------------------------
    counter_delivery_exposure: Number = parameter(
        0.7, "share", 0.3, 0.95, "Assumed; structure of Abbink, Moller and O'Hara 2010", "expo"
    )
    upstream_cost_pct_gdp: Number = parameter(
        0.0, "% of GDP", 0.0, 3.0, "Assumed; cf. World Bank report 33878, 2004", "c_up"
    )
    benefit_cost_ratio: Number = parameter(1.9, "1", 1.2, 3.0, "Assumed; cf. World Bank report 33878, 2004", "b2c")
    honour_base: Number = parameter(0.6, "share", 0.3, 0.9, "Assumed; deals kept between states without trust")
    honour_trust: Number = parameter(0.4, "share", 0.0, 0.4, "Assumed; added at full trust")
    barter_memory: Number = parameter(0.5, "1/yr", 0.2, 0.8, "Assumed; weight of the latest year")
    flow_spread: Number = parameter(
        0.15, "log", 0.1, 0.25, "between Toktogul's inflow of 2002-2010 (.19) and the steadier Amu Darya", "cv_Q"
    )
    flow_persistence: Number = parameter(0.25, "1", 0.0, 0.5, "Uzhydromet gauges: lag-1 correlation .16-.26", "rho_Q")
    flow_correlation: Number = parameter(
        0.5, "1", 0.3, 0.8, "Assumed; Toktogul and lower Amu Darya correlate at .75 in 2002-2010", "corr"
    )
    toktogul_inflow_km3: Number = parameter(
        12.3, "km3/yr", 11.0, 14.2, "mean 1974-2007, Ecosan; 14.2 in 2002-2010 (CAWater-Info)"
    )
    toktogul_capacity_km3: Number = parameter(19.5, "km3", 19.0, 20.0, "UNEP, UNDP, OSCE 2005")
    toktogul_dead_km3: Number = parameter(5.5, "km3", 5.0, 6.0, "lowest month on record 6.3, April 2009 (CAWater-Info)")
    naryn_inflow_share: Number = parameter(
        (0.098, 0.421, 0.345, 0.136), "share of year", 0.0, 1.0, "Toktogul 2001-2010, CAWater-Info", each="quarter"
    )
    naryn_release_share: Number = parameter(
        (0.537, 0.412, 0.588, 0.463), "share of season", 0.0, 1.0, "Toktogul 2001-2010, CAWater-Info", each="quarter"
    )
    winter_release_power_km3: Number = parameter(
        8.3,
        "km3",
        6.0,
        9.7,
        "October-March releases of 2002-2010: 8.3 in the mean, 5.8-9.7 (CAWater-Info)",
        "s_pow",
    )
    release_spread: Number = parameter(
        0.15, "log", 0.0, 0.3, "October-March releases of 2002-2010 have a standard deviation of .17 (CAWater-Info)"
    )
    release_persistence: Number = parameter(0.4, "1/yr", 0.0, 0.9, "Assumed; the same releases rise to 2008 and fall")
    winter_release_growth_km3: Number = parameter(0.0, "km3/yr", 0.0, 0.08, "Assumed; winter demand grows")
    winter_release_irrigation_km3: Number = parameter(
        7.0,
        "km3",
        2.8,
        8.3,
        "Assumed; releases in winters under yearly protocols were 5.8-8.5 (CAWater-Info); 2.8 by the protocol of 1984",
        "s_irr",
    )
    swaps_begin: Number = parameter(
        2018.0, "year", 2016.0, 2041.0, "Assumed; protocols of 2021 and 2025 swap electricity for water (24.kg)"
    )
    swap_share: Number = parameter(1.0, "share", 0.0, 1.0, "Assumed; 0 keeps the bargains of earlier decades")
    swap_summer_km3: Number = parameter(
        0.9, "km3", 0.0, 2.0, "750 GWh of the protocol of 2021 at some 800 GWh a km3 (24.kg/english/187614)"
    )
    storage_target_km3: Number = parameter(
        10.5, "km3", 8.0, 14.0, "Toktogul on 1 April, mean of 2002-2010 10.3 (CAWater-Info)"
    )
    inflow_pass_through: Number = parameter(
        0.1, "share", 0.0, 1.0, "April-September releases of 2002-2010 hardly follow the year's inflow (CAWater-Info)"
    )
    winter_draw_least_km3: Number = parameter(0.5, "km3", 0.0, 1.0, "Assumed; drawn even from an empty reservoir")
    storage_pull: Number = parameter(
        0.25, "1/yr", 0.1, 0.5, "Assumed; share of the gap to the target given back in a summer"
    )
    summer_release_least_km3: Number = parameter(
        2.5, "km3", 2.0, 3.6, "Assumed; least on record 3.6 in 2002 (CAWater-Info)"
    )
    summer_release_most_km3: Number = parameter(
        10.5, "km3", 8.0, 12.0, "Assumed; 75 % of a normal year's flow, protocol of 1984"
    )
    syr_local_summer_km3: Number = parameter(
        14.0, "km3", 12.0, 18.0, "Assumed; tributaries below Toktogul, April-September"
    )
    syr_summer_demand_km3: Number = parameter(
        19.5, "km3", 17.0, 22.0, "Assumed; limits above Shardara are 11.9 in 2025"
    )
    amu_summer_flow_km3: Number = parameter(
        48.9, "km3", 44.0, 56.0, "Assumed; Kerki 43 plus uses above it in the season of 2024 (ICWC yearbook)"
    )
    afghan_base_km3: Number = parameter(3.0, "km3", 2.0, 5.0, "Assumed; Afghan use before the Qosh Tepa canal")
    amu_summer_demand_km3: Number = parameter(40.0, "km3", 36.0, 42.0, "limits of April-September 2025: 39.7 (ICWC)")
    vakhsh_inflow_km3: Number = parameter(
        20.3, "km3/yr", 19.0, 21.5, "Nurek 2021, 2023, 2024: 19.3, 21.0, 20.7 (ICWC yearbooks)"
    )
    vakhsh_inflow_share: Number = parameter(
        (0.09, 0.36, 0.44, 0.11),
        "share of year",
        0.0,
        1.0,
        "80 % April-September (ICWC yearbooks); within seasons Assumed",
        each="quarter",
    )
    nurek_capacity_km3: Number = parameter(10.5, "km3", 9.0, 10.5, "Assumed; commonly quoted, no source read")
    nurek_dead_km3: Number = parameter(6.0, "km3", 5.5, 6.5, "Assumed; 4.5 km3 of live storage")
    nurek_shift_power_km3: Number = parameter(
        4.2, "km3", 2.0, 4.5, "summer water kept for winter; 3.4-4.4 in 2021-24 (ICWC)"
    )
    nurek_shift_irrigation_km3: Number = parameter(2.9, "km3", 0.0, 3.5, "Assumed; as above under an honoured bargain")
    rogun_capacity_km3: Number = parameter(13.3, "km3", 12.0, 14.0, "total volume at full height (wsdconf2018.org)")
    kambarata_capacity_km3: Number = parameter(5.4, "km3", 4.5, 6.0, "total volume (24.kg)")
    rogun_dead_km3: Number = parameter(3.0, "km3", 2.5, 3.5, "13.3 total less 10.3 active (wsdconf2018.org)")
    rogun_shift_power_km3: Number = parameter(4.0, "km3", 0.0, 10.3, "Assumed; a part of 10.3 active")
    kambarata_dead_km3: Number = parameter(2.53, "km3", 2.0, 3.0, "5.4 total less 2.87 live (24.kg, inform.kz)")
    kambarata_shift_power_km3: Number = parameter(1.5, "km3", 0.0, 2.87, "Assumed; a part of 2.87 live")
    shortage_most: Number = parameter(0.6, "share", 0.5, 1.0, "Assumed; bound")
    syr_dependence: Number = parameter({"KAZ": 0.5, "UZB": 0.45}, "share", 0.0, 1.0, "Assumed", each="state", other=0.0)
    amu_dependence: Number = parameter({"TKM": 1.0, "UZB": 0.55}, "share", 0.0, 1.0, "Assumed", each="state", other=0.0)
    yield_loss: Number = parameter(
        0.5, "share", 0.2, 1.0, "Assumed; farm output lost per share of water lacking; output only"
    )
    winter_gap: Number = parameter(
        0.075, "share", 0.0, 0.2, "Assumed; fuel and power not delivered to an upstream state"
    )
    deficit_weight: Number = parameter(0.5, "1", 0.0, 1.0, "Assumed; hardship per share of winter demand unmet")
    toktogul_energy_gwh_km3: Number = parameter(
        213.3, "GWh/km3", 190, 240, "fit of Toktogul's output on storage 2001-2010: 213.3 + 11.81 S"
    )
    toktogul_head_gwh_km6: Number = parameter(
        11.81, "GWh/km3/km3", 10, 14, "as toktogul_energy_gwh_km3: head grows with S"
    )
    naryn_cascade_gwh_km3: Number = parameter(
        580.0, "GWh/km3", 450, 650, "Kyrgyz hydropower 12.8 TWh in 2000-05 less Toktogul's 5.0, over 13.35 km3"
    )
    canal_summer_share: Number = parameter(
        0.75, "share of year", 0.5, 1.0, "Assumed; 10 km3 a year are half of 650 m3/s all year, so mostly summer"
    )
    canal_seepage_share: Number = parameter(
        0.3, "share of intake", 0.1, 0.5, "Assumed; lost by an unlined canal, kept in the river by a lined one"
    )
    kambarata_gwh_km3: Number = parameter(455.0, "GWh/km3", 400, 520, "5.6 TWh a year (inform.kz) over 12.3 km3")
    vakhsh_cascade_gwh_km3: Number = parameter(
        813.0, "GWh/km3", 700, 850, "Tajik hydropower 16.5 TWh (MESSAGEix-CAS) over 20.3 km3: all read as the Vakhsh"
    )
    rogun_gwh_km3: Number = parameter(645.0, "GWh/km3", 550, 822, "13.1 TWh a year (wsdconf2018.org) over 20.3 km3")
    winter_demand_gwh: Number = parameter(
        {"KGZ": 8600.0, "TJK": 9000.0},
        "GWh in 2022",
        0.0,
        12000.0,
        "KGZ 16 TWh a year (24.kg), 54 % of it October-March; TJK so that, cut off from the grid, it lacks a sixth "
        "with water bargains and nearly a quarter without; World Bank 2013 (hdl 10986/15795) reports a quarter",
        each="state",
        other=0.0,
    )
    winter_demand_growth: Number = parameter(
        {"KGZ": 0.01, "TJK": 0.0},
        "1/yr",
        0.0,
        0.05,
        "use in 2000 and 2020: 12.9, 15.9 TWh in KGZ, 15.4, 15.5 TWh in TJK (Our World in Data, Electricity mix from "
        "BP and Ember 2022)",
        each="state",
        other=0.0,
    )
    winter_thermal_gwh: Number = parameter(
        {"KGZ": 900.0, "TJK": 700.0}, "GWh", 0.0, 2000.0, "Assumed", each="state", other=0.0
    )
    grid_import_share: Number = parameter(
        0.5, "share of deficit", 0.0, 1.0, "Assumed; what a fully connected neighbourhood covers"
    )

    # --- borders ----------------------------------------------------------------------------------------------------
    incident_rate: Number = parameter(
        1.5, "1/quarter/1000 km", 0.4, 6.0, "some 230 Kyrgyz-Tajik incidents in two decades (Tajik government)", "k_inc"
    )
    agreed_exposure: Number = parameter(
        0.1, "share", 0.0, 0.4, "Assumed; two incidents in 2014 on the Kazakh-Kyrgyz border, agreed in 2001"
    )
    frailty_spread: Number = parameter(
        0.0, "log", 0.0, 1.5, "off: KGZ-TJK counts of 2010-2019 vary no more than self-excitation explains"
    )
    frailty_persistence: Number = parameter(0.7, "1/yr", 0.0, 0.95, "Assumed")
    water_incident_effect: Number = parameter(0.0, "log", 0.0, 5.0, "Assumed; cf. Bernauer and Siegfried 2012", "b_w")
    nationalism_incident_effect: Number = parameter(
        1.0, "log", 0.0, 2.0, "Assumed; sign from diversion literature", "b_n"
    )
    distrust_incident_effect: Number = parameter(0.0, "log", 0.0, 2.0, "Assumed; cf. assumption_distrust", "b_Ti")
    enforcement_incident_effect: Number = parameter(
        0.5, "log", 0.0, 2.0, "Assumed; sign: a guarded border makes daily crossings incidents, Reeves 2014"
    )
    militarisation_incident_effect: Number = parameter(0.3, "log", 0.0, 1.5, "Assumed", "b_m")
    militarisation_escalation_effect: Number = parameter(
        1.5, "log", 0.0, 3.0, "Assumed; with troops on both sides shots become battles, as in 2021 and 2022"
    )
    militarisation_gain: Number = parameter(0.08, "1", 0.0, 0.3, "Assumed; some ten years of incidents fill half of it")
    militarisation_decay: Number = parameter(0.02, "1/quarter", 0.005, 0.1, "Assumed; half is gone in eight years")
    season_effect: Number = parameter(0.25, "log", 0.0, 0.5, "Assumed; more in the vegetation season")
    contested_power: Number = parameter(1.5, "1", 1.0, 2.0, "Assumed; incidents concentrate on contested sections")
    self_excitation: Number = parameter(
        0.35, "1", 0.25, 0.45, "Lewis et al. 2012: 37-50 % of violent events, less the carry-over", "eta_h"
    )
    incident_carry_over: Number = parameter(
        0.10, "1", 0.0, 0.2, "daily Hawkes process of the same branching, by simulation"
    )
    fresh_rate_most: Number = parameter(20.0, "1/quarter", 10.0, 50.0, "numerical bound")
    incident_rate_most: Number = parameter(25.0, "1/quarter", 20.0, 50.0, "numerical bound")
    escalation_probability: Number = parameter(0.06, "1", 0.01, 0.12, "Assumed; clashes of 2021 and 2022", "q0")
    escalation_most: Number = parameter(0.5, "1", 0.3, 0.8, "Assumed; bound")
    fatality_scale: Number = parameter(2.0, "deaths", 0.5, 6.0, "Assumed; most clashes on record killed one to five")
    fatality_tail: Number = parameter(1.0, "1", 0.8, 1.4, "Assumed; heavy tail as in Cederman 2003", "a_F")
    deaths_most: Number = parameter(300.0, "deaths", 200.0, 1000.0, "Assumed; bound")
    severity_incidents: Number = parameter(15.0, "incidents", 8.0, 30.0, "Assumed")
    severity_deaths: Number = parameter(10.0, "deaths", 5.0, 20.0, "Assumed")
    memory_retention: Number = parameter(0.85, "1/quarter", 0.7, 0.95, "Assumed")
    memory_gain: Number = parameter(0.5, "1", 0.2, 1.0, "Assumed")
    closure_deaths: Number = parameter(15.0, "deaths", 5.0, 30.0, "Assumed; a clash of this size shuts the border")
    closure_factor: Number = parameter(0.4, "1", 0.1, 0.8, "Assumed; posture left after a clash")
    ripeness_deaths: Number = parameter(20.0, "deaths", 10.0, 50.0, "Assumed; cf. hurting stalemate, Zartman 2001")
    ripeness_retention: Number = parameter(0.96, "1/quarter", 0.9, 0.99, "Assumed")
    ripeness_gain: Number = parameter(0.8, "1", 0.3, 1.0, "Assumed")
    ripeness_push: Number = parameter(
        0.0, "logit", 0.0, 6.0, "Assumed; a hurting stalemate outweighs distrust, Zartman 2001"
    )
    delimitation_step: Number = parameter(
        0.10, "share", 0.03, 0.3, "Assumed; hard sections came in packages: .15 of two borders, .04 of one", "zeta"
    )
    easy_section_bonus: Number = parameter(2.0, "1", 0.0, 4.0, "Assumed; uncontested sections go faster")
    hard_section_share: Number = parameter(
        0.42, "share", 0.3, 0.6, "Kyrgyz-Tajik border open .42 to .48 from 2013 to 2021; scaled by contestedness"
    )
    hard_section_least: Number = parameter(0.0, "share", 0.0, 1.0, "Assumed; 1 treats every section as hard")
    survey_stake: Number = parameter(
        1.0, "logit", 0.0, 3.0, "Assumed; a new state wants its borders drawn, whoever rules"
    )
    easy_section_step: Number = parameter(
        0.15, "share", 0.03, 0.40, "Assumed; borders of little contest were agreed in two or three years from 1999"
    )
    contested_cost: Number = parameter(
        0.0, "logit", 0.0, 3.0, "Assumed; a leader who gives up ground pays for it at home"
    )
    delimitation_begins: Number = parameter(
        1999.5, "year", 1992.0, 2002.0, "Assumed; first agreed lengths on record are of 2000 and 2001"
    )

    # --- leaders' judgements ----------------------------------------------------------------------------------------
    openness_shift: Number = parameter(0.0, "share", -0.3, 0.3, "0 unless the coding of all leaders is put in doubt")
    openness_offset: Number = parameter(
        {},
        "share",
        -0.5,
        0.5,
        "what the record to 2015 says of a coded leader beyond the coding; zero unless calibrated",
        each="leader",
        other=0.0,
    )
    judgement_spread: Number = parameter(
        1.0, "1", 0.0, 1.0, "1: members draw coded leaders' openness by themselves; 0: openness_offset has it all"
    )

    # --- leadership -------------------------------------------------------------------------------------------------
    trust_reset: Number = parameter(
        0.0, "1", 0.0, 0.95, "sign: McGillivray and Smith 2004, leader-specific punishment; size Assumed", "rho"
    )
    newcomer_trust: Number = parameter(0.5, "trust", 0.3, 0.7, "Assumed")
    newcomer_openness_effect: Number = parameter(0.0, "trust", 0.0, 0.5, "Assumed")
    own_reset: Number = parameter(0.5, "1", 0.0, 1.0, "Assumed; a new leader drops half of the old grudges")
    inheritance: Number = parameter(
        0.8,
        "1",
        0.6,
        0.95,
        "regimes outlive 87 % of deaths in office, Kendall-Taylor and Frantz 2016; policy less",
        "inh_d",
    )
    irregular_inheritance: Number = parameter(0.4, "1", 0.0, 0.8, "Assumed; share of the above after an irregular exit")
    policy_break: Number = parameter(
        0.25, "1", 0.0, 0.5, "one of four managed successions in the region, Uzbekistan 2016"
    )
    successor_spread: Number = parameter(0.35, "1", 0.0, 0.6, "Assumed")
    trait_least: Number = parameter(0.02, "1", 0.0, 0.1, "bound")
    trait_most: Number = parameter(0.98, "1", 0.9, 1.0, "bound")
    pool_openness: Number = parameter(0.50, "1", 0.3, 0.7, "Assumed")
    pool_nationalism: Number = parameter(0.45, "1", 0.3, 0.6, "Assumed")
    pool_personalism: Number = parameter(0.70, "1", 0.5, 0.9, "Assumed")
    pool_openness_spread: Number = parameter(0.9, "1", 0.4, 1.0, "Assumed; width of a uniform")
    pool_nationalism_spread: Number = parameter(0.6, "1", 0.3, 1.0, "Assumed; width of a uniform")
    pool_personalism_spread: Number = parameter(0.5, "1", 0.3, 0.6, "Assumed; width of a uniform")
    death_hazard: Number = parameter(0.012, "1/yr at 60", 0.006, 0.02, "Assumed; Gompertz law")
    death_hazard_growth: Number = parameter(0.09, "1/yr", 0.07, 0.11, "Assumed; doubling in some 8 years")
    regular_exit_hazard: Number = parameter(0.03, "1/yr", 0.01, 0.08, "Assumed; managed handovers", "h_reg")
    late_age: Number = parameter(74.0, "yr", 68.0, 80.0, "Assumed")
    late_exit_factor: Number = parameter(2.0, "1", 0.0, 4.0, "Assumed; added to one past the late age")
    irregular_exit_hazard: Number = parameter(0.015, "1/yr", 0.005, 0.04, "Assumed; cf. Svolik 2012", "h_irr")
    irregular_exit_factor: Number = parameter(
        {"KGZ": 4.0}, "1", 1.0, 6.0, "Kyrgyz leaders fell in 2005, 2010 and 2020: .09 a year", each="state", other=1.0
    )
    consolidation_years: Number = parameter(12.0, "yr", 6.0, 20.0, "Assumed; the hazard falls with tenure, Svolik 2012")
    successor_age: Number = parameter(55.0, "yr", 45.0, 65.0, "Assumed")
    diversion: Number = parameter(0.0, "1", 0.0, 0.6, "Assumed; evidence mixed, Chiozza and Goemans 2011", "nu")
    recession_factor: Number = parameter(4.0, "1", 0.0, 8.0, "Assumed; a fall of 25 % counts as full unrest")
    nationalism_most: Number = parameter(1.2, "1", 1.0, 1.5, "Assumed; bound")

    # --- trust and dialogue -----------------------------------------------------------------------------------------
    trust_gain: Number = parameter(0.05, "1", 0.02, 0.09, "Assumed", "g_p")
    loss_ratio: Number = parameter(
        2.4, "1", 1.3, 3.5, "bad news outweighs good, Slovic 1993, Poortinga and Pidgeon 2004; size Assumed", "asym"
    )
    trust_drift: Number = parameter(0.03, "1/quarter", 0.0, 0.05, "Assumed; cf. Crescenzi and Enterline 2001", "d_T")
    estrangement: Number = parameter(0.2, "trust", 0.1, 0.35, "Assumed; level without dialogue", "T_e")
    acquaintance: Number = parameter(0.75, "trust", 0.6, 0.88, "Assumed; level under constant dialogue", "T_a")
    contact_without_border: Number = parameter(
        0.5, "1", 0.0, 1.0, "Assumed; states without a common border have less to learn about each other"
    )
    dialogue_memory: Number = parameter(0.125, "1/quarter", 0.05, 0.25, "Assumed; two years")
    dialogue_scale: Number = parameter(0.7, "yr", 0.3, 1.5, "Assumed")
    security_trust: Number = parameter(0.5, "1", 0.0, 1.0, "Assumed; weight of a joint security act")
    easing_trust: Number = parameter(0.5, "1", 0.0, 1.0, "Assumed; weight of the other's easing")
    delimitation_trust: Number = parameter(0.5, "1", 0.0, 1.0, "Assumed; weight of an agreed section")
    tightening_distrust: Number = parameter(0.5, "1", 0.0, 1.0, "Assumed; weight of the other's tightening")
    closed_border_distrust: Number = parameter(0.5, "1", 0.0, 1.0, "Assumed; a closed border is a standing grievance")
    incident_distrust: Number = parameter(0.5, "1", 0.0, 1.0, "Assumed")
    deaths_distrust: Number = parameter(5.0, "1", 1.0, 10.0, "Assumed; a serious clash outweighs all else")
    deaths_scale: Number = parameter(20.0, "deaths", 10.0, 50.0, "Assumed")
    breach_distrust: Number = parameter(1.0, "1", 0.0, 2.0, "Assumed; a water bargain signed and not kept")
    blame: Number = parameter(1.0, "1", 0.0, 2.0, "Assumed; shortage laid at the upstream state's door")
    grid_exit_distrust: Number = parameter(1.0, "1", 0.0, 3.0, "Assumed; a neighbour leaves the common power system")
    trust_least: Number = parameter(0.01, "trust", 0.0, 0.05, "bound")
    trust_most: Number = parameter(0.99, "trust", 0.95, 1.0, "bound")

    # --- choice -----------------------------------------------------------------------------------------------------
    trust_weight: Number = parameter(1.0, "logit", 0.0, 2.0, "Assumed", "w_T")
    openness_weight: Number = parameter(1.4, "logit", 0.0, 2.5, "Assumed", "w_L")
    gain_weight: Number = parameter(1.3, "logit", 0.0, 2.0, "Assumed", "w_E")
    grievance_weight: Number = parameter(0.0, "logit", 0.0, 2.0, "Assumed; cf. assumption_grievances", "w_N")
    threat_weight: Number = parameter(0.6, "logit", 0.0, 3.0, "Assumed; cf. De Jaegher 2021, Kydd 2005", "w_S")
    spillover_weight: Number = parameter(
        0.4, "logit", 0.0, 1.5, "Assumed; sign: Haas 1958, Burghardt and Maoz 2018", "w_F"
    )
    regime_rent: Number = parameter(0.0, "logit", 0.0, 1.0, "Assumed; sign: Collins 2009, Allison 2008", "w_R")
    partner_support_weight: Number = parameter(0.6, "logit", 0.0, 2.0, "Assumed; C5+1", "w_C")
    bloc_pull_weight: Number = parameter(0.0, "logit", 0.0, 3.0, "Assumed; cf. Mattli 1999", "w_K")
    organisation_inertia: Number = parameter(3.0, "logit", 0.0, 6.0, "Assumed; cf. Gray 2018", "w_O")
    reciprocity: Number = parameter(0.0, "logit", 0.0, 2.0, "Assumed; cf. Goldstein and Freeman 1990", "w_rec")
    posture_curvature: Number = parameter(4.0, "logit", 2.0, 6.0, "Assumed", "k_b")
    base_cost: Number = parameter(-0.1, "logit", -0.6, 0.6, "Assumed", "c0")
    rung_cost: Number = parameter(0.2, "logit", 0.05, 0.6, "Assumed; sign: Alesina, Angeloni and Etro 2005", "c1")
    sovereignty_cost: Number = parameter(0.0, "logit", 0.0, 1.0, "Assumed; states newly sovereign in 1992", "s0")
    sovereignty_decay_years: Number = parameter(10.0, "yr", 5.0, 20.0, "Assumed")
    threat_trust_threshold: Number = parameter(0.45, "trust", 0.3, 0.6, "Assumed; below it a threat closes borders")
    unrest_threat: Number = parameter(0.6, "1", 0.0, 1.0, "Assumed; Andijan 2005 and Osh 2010 closed borders")
    grievance_border: Number = parameter(0.4, "1", 0.0, 1.0, "Assumed")
    grievance_incidents: Number = parameter(0.4, "1", 0.0, 1.0, "Assumed")
    grievance_shortage: Number = parameter(0.5, "1", 0.0, 1.0, "Assumed")
    neutral_posture: Number = parameter(0.5, "openness", 0.3, 0.8, "Assumed")
    posture_step: Number = parameter(0.08, "openness", 0.04, 0.16, "resolution; halving it is tested")
    posture_least: Number = parameter(0.02, "openness", 0.0, 0.1, "Assumed; no border is wholly shut")
    summit_occasion: Number = parameter(0.45, "1/quarter", 0.2, 1.0, "Assumed")
    agreement_occasion: Number = parameter(0.5, "1/quarter", 0.2, 1.0, "Assumed")
    agreement_step: Number = parameter(0.06, "1", 0.03, 0.12, "Assumed")
    agreement_decay: Number = parameter(
        0.008, "1/quarter", 0.0, 0.02, "Assumed; unimplemented texts fade, cf. Gray 2018"
    )
    corridor_occasion: Number = parameter(0.4, "1/quarter", 0.2, 1.0, "Assumed")
    corridor_support: Number = parameter(
        0.3, "logit", 0.0, 2.0, "Assumed; outside partners who meet the five together finance corridors"
    )
    corridor_threat: Number = parameter(
        0.5, "logit", 0.0, 2.0, "Assumed; a war to the north makes routes that avoid it worth more"
    )
    corridor_step: Number = parameter(0.04, "1", 0.02, 0.08, "Assumed")
    corridor_decay: Number = parameter(0.002, "1/quarter", 0.0, 0.01, "Assumed")
    corridor_needs: Number = parameter(0.25, "agreement", 0.0, 0.5, "Assumed")
    security_occasion: Number = parameter(0.5, "1/quarter", 0.2, 1.0, "Assumed")
    security_step: Number = parameter(0.06, "1", 0.03, 0.12, "Assumed")
    security_decay: Number = parameter(0.01, "1/quarter", 0.0, 0.03, "Assumed")

    # --- regional organisations -------------------------------------------------------------------------------------
    regional_stake: Number = parameter(0.5, "1", 0.25, 1.0, "Assumed; half the sum over the four others")
    quorum: Number = parameter(3.0, "states", 2.0, 5.0, "Assumed; the union of 1994 had three")
    founding_probability: Number = parameter(
        0.02, "1", 0.0, 1.0, "Assumed; after a meeting without an organisation; none of seven since 2018 founded one"
    )
    founding_begins: Number = parameter(2006.25, "year", 1992.0, 2010.0, "Assumed; earlier foundings are the record's")
    accession_rungs: Number = parameter(2.0, "rungs", 1.0, 3.0, "Assumed")
    accession_cost: Number = parameter(1.0, "logit", 0.0, 2.0, "Assumed")
    attendance_memory: Number = parameter(0.35, "1/yr", 0.1, 0.6, "Assumed")
    organisation_death: Number = parameter(0.06, "attendance", 0.02, 0.2, "Assumed")
    bloc_exposure: Number = parameter(
        {"KAZ": 0.9, "KGZ": 0.9, "TJK": 0.7, "TKM": 0.4, "UZB": 0.5}, "1", 0.0, 1.0, "Assumed", each="state", other=0.6
    )
    bloc_membership_weight: Number = parameter(
        0.5, "1", 0.0, 1.0, "Assumed; part of the pull that needs membership of a Russian-led body"
    )

    # --- state of 1992 ----------------------------------------------------------------------------------------------
    initial_trust: Number = parameter(0.58, "trust", 0.4, 0.75, "Assumed")
    initial_trust_of_turkmenistan: Number = parameter(0.50, "trust", 0.3, 0.7, "Assumed; every pair with it")
    initial_posture: Number = parameter(0.88, "openness", 0.7, 1.0, "Assumed; borders inside one state until 1991")
    initial_agreement: Number = parameter(0.10, "1", 0.0, 0.3, "Assumed; documents of the CIS")
    initial_dialogue: Number = parameter(1.0, "1/yr", 0.0, 2.0, "Assumed")
    initial_barter: Number = parameter(
        0.6, "1", 0.3, 0.9, "Assumed; Soviet limits kept by the Almaty agreement of 1992"
    )
    initial_storage_km3: Number = parameter(
        15.0, "km3", 12.0, 17.0, "Toktogul on 1 January 1992, so that 1 April has 12.2 (ICWC season report)"
    )
    initial_attendance: Number = parameter(0.4, "1", 0.0, 0.8, "Assumed")

    # --- measurement (never fed back) -------------------------------------------------------------------------------
    trade_goalpost_low: Number = parameter(0.005, "share of GDP", 0.001, 0.01, "Assumed; fixed goalpost")
    trade_goalpost_high: Number = parameter(0.15, "share of GDP", 0.1, 0.25, "Assumed; fixed goalpost")
    shortage_goalpost: Number = parameter(0.25, "share", 0.15, 0.4, "Assumed; fixed goalpost")
    bargain_share_of_water: Number = parameter(0.5, "weight", 0.0, 1.0, "Assumed; the rest is shortage avoided")
    openness_share_of_borders: Number = parameter(0.7, "weight", 0.0, 1.0, "Assumed; the rest is delimitation")
    quiet_share_of_security: Number = parameter(0.4, "weight", 0.0, 0.6, "Assumed; the rest is trust and pacts")
    trust_share_of_security: Number = parameter(0.3, "weight", 0.0, 0.4, "Assumed; the rest is quiet and pacts")
    quiet_memory_scale: Number = parameter(1.2, "1", 0.5, 3.0, "Assumed; how fast remembered incidents end quiet")
    agreement_share_of_institutions: Number = parameter(0.5, "weight", 0.0, 1.0, "Assumed; the rest is attendance")
    dimension_least: Number = parameter(0.02, "1", 0.001, 0.05, "Assumed; keeps the geometric mean defined")


# What parameters must satisfy together. Plans and chances that a rule limits itself are not among them.
RELATIONS = (
    Relation("sum is 1", ("rail_share", "road_share", "air_share")),
    Relation("sum is 1", ("rail_freight_share", "road_freight_share")),
    Relation("sum is 1", ("naryn_inflow_share",)),
    Relation("sum is 1", ("naryn_release_share[Q1]", "naryn_release_share[Q4]")),
    Relation("sum is 1", ("naryn_release_share[Q2]", "naryn_release_share[Q3]")),
    Relation("sum is 1", ("vakhsh_inflow_share",)),
    Relation("sum at most 1", ("reexport_partner_share",)),
    Relation("sum at most 1", ("quiet_share_of_security", "trust_share_of_security")),
    Relation("ascending", ("toktogul_dead_km3", "toktogul_capacity_km3")),
    Relation("ascending", ("nurek_dead_km3", "nurek_capacity_km3")),
    Relation("ascending", ("rogun_dead_km3", "rogun_capacity_km3")),
    Relation("ascending", ("kambarata_dead_km3", "kambarata_capacity_km3")),
    Relation("ascending", ("summer_release_least_km3", "summer_release_most_km3")),
    Relation("ascending", ("trait_least", "trait_most")),
    Relation("ascending", ("trust_least", "trust_most")),
    Relation("ascending", ("trade_goalpost_low", "trade_goalpost_high")),
)

# What leaders use when they choose: these may differ between states from a date on.
OF_CHOICES = frozenset(
    (
        "trust_weight",
        "openness_weight",
        "gain_weight",
        "grievance_weight",
        "threat_weight",
        "spillover_weight",
        "regime_rent",
        "reciprocity",
        "posture_curvature",
        "neutral_posture",
        "threat_trust_threshold",
        "grievance_border",
        "grievance_incidents",
        "grievance_shortage",
        "ripeness_push",
        "contested_cost",
        "counter_delivery_exposure",
        "regional_stake",
        "partner_support_weight",
        "bloc_pull_weight",
        "corridor_support",
        "corridor_threat",
        "organisation_inertia",
    )
)

FIELDS = Parameters.declared()
Parameters.fields = FIELDS
Parameters.relations = RELATIONS
# one of these cannot change without another, so none is a factor of a sweep or changes in the course of a run
FIXED_SUMS = {name: relation for relation in RELATIONS if relation.kind == "sum is 1" for name in relation.names}
NAMES = frozenset(FIELDS)


def relation_problems(values: Mapping[str, Any]) -> dict[str, str]:
    """In which way values of some parameters do not fit together, or do not fit the defaults of the others.

    Parameters
    ----------
    values : by name, each of which `check` accepts

    Returns
    -------
    dict of problems by the first name that each concerns

    Examples
    --------
    >>> relation_problems({"trust_gain": 0.05, "rail_share": 0.5})
    {'rail_share': 'rail_share + road_share + air_share is 1.1; it must be 1'}
    """
    changed = Parameters().replace_unrelated(values)
    problems: dict[str, str] = {}
    for relation in RELATIONS:
        concerned = [name for name in values if name in relation.names]
        if concerned and (problem := relation.problem(changed)):
            problems.setdefault(concerned[0], problem)
    return problems


def check(name: str, value: Number) -> None:
    """Whether a value suits a parameter: its form, and its range.

    Raises
    ------
    OutOfRange
        If it does not.

    Examples
    --------
    >>> check("trust_gain", 0.05)
    """
    checked(FIELDS[name], value)
