"""One quarter, stage by stage: what stands at its beginning, what each state decides, what follows when decisions meet.

`begin` changes leaders and markets; `decide` is one state's choice on the state as it then stands; `resolve` lets the
decisions meet, in this order: acts between states, the regional meeting, water, borders, stocks, trust. No stage
reads what a later one wrote, so no state gains by its place in a list. The equations are in `model/rules`; here is
only which number goes where.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from model.axes import from_borders, from_pairs, mirrored, over_borders, own, partner
from model.calendar import season_of, year_of
from model.chance import Luck
from model.countries import (
    CODES,
    NEIGHBOURS,
    OTHERS,
    PAIRS,
    RESERVOIR_OWNER,
    TREATY_PAIRS,
    UPSTREAM,
    UPSTREAM_OF,
    C,
)
from model.parameters import Numbers
from model.rules import borders, choice, leadership, organisations, trade, trust, water
from model.state import Array, Given, State, View
from model.tables import Tables

HUB = np.array([code == "KGZ" for code in CODES], dtype=float)
FIRST_FIXED_POINT = 40  # iterations of the resistance from a cold start
VEGETATION = (1, 2)  # seasons Q2 and Q3


@dataclasses.dataclass(frozen=True, eq=False)
class Scene:
    """What all stages of a quarter share: the date, what is given, the luck, the numbers and the tables."""

    quarter: int
    given: Given
    luck: Luck
    numbers: Numbers
    tables: Tables
    base: Array  # ease of trade by distance alone
    contested: Array  # (C, C)

    @property
    def year(self) -> float:
        """Decimal year at which the quarter begins."""
        return year_of(self.quarter)

    @property
    def season(self) -> int:
        """0 to 3 for Q1 to Q4."""
        return season_of(self.quarter)

    @property
    def summer(self) -> float:
        """1 in the vegetation season, else 0."""
        return float(self.season in VEGETATION)

    @property
    def years(self) -> float:
        """Years since the beginning of 1992."""
        return self.year - 1992


@dataclasses.dataclass(frozen=True, eq=False)
class Decision:
    """What one state decided, (M, C) towards each other; (M, 1) about the region. Stacked: (M, C, C) and (M, C)."""

    willingness: Array
    posture: Array
    summit: Array
    delimitation: Array
    agreement: Array
    corridor: Array
    security: Array
    barter: Array
    attends: Array
    accedes: Array


# --- the beginning of the quarter -----------------------------------------------------------------------------------


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
        goes = (u < death + regular + irregular) & (scene.given.lottery > 0) & (state.turnover_due == 0)
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
    openness = n(trade.effective_openness)(state.border, given.closure_cap, given.visa, given.links_cut)
    log_distance = np.log(scene.tables.distance_km[:C, :C])
    target = n(trade.accessibility_target)(
        openness, state.agreement, state.trust, state.corridor, scene.years, log_distance
    )
    accessibility = target if q == 0 else n(trade.accessibility_after)(state.accessibility, target)
    gdp = state.gdp_usd_bn
    outside = np.broadcast_to(scene.tables.gdp_outside[q], (state.members, len(scene.tables.gdp_outside[q])))
    world = np.concatenate([gdp, outside], axis=-1)
    phi = trade.ease(
        scene.base,
        accessibility,
        gdp,
        scene.numbers.income_reference_usd_bn,
        income_elasticity=scene.numbers.income_elasticity,
    )
    cold = {"resistance_iterations": FIRST_FIXED_POINT} if q == 0 else {}
    resistance = n(trade.resistance_after)(state.resistance, phi, world, **cold)
    all_flows = trade.flows(phi, resistance, world)
    between = np.where(OTHERS, all_flows[:, :C, :C], 0.0)
    through_bazaars = n(trade.reexports)(openness, given.reexport_level, HUB)
    return state.but(
        effective_openness=openness,
        accessibility=accessibility,
        resistance=resistance,
        trade_usd_bn=between + through_bazaars,
        trade_outside_usd_bn=all_flows[:, :C, C:].sum(-1),
        gain=n(trade.gain_of_opening)(between, openness, gdp),
        investment_usd_bn=n(trade.investment)(between, state.trust),
    )


# --- what one state decides -----------------------------------------------------------------------------------------


def why_willing(view: View, scene: Scene, numbers: Numbers, i: int) -> dict[str, Array]:
    """The terms of state i's willingness toward each other, by name, (M, C) or (M, 1)."""
    n, given = numbers.into, scene.given
    shortage = view.of_all("shortage")
    grievance = n(choice.grievance)(
        scene.contested[i], view.undelimited, view.incident_memory, shortage, shortage[:, i : i + 1]
    )
    threat = n(choice.common_threat)(given.spillover, given.unrest, given.unrest[:, i : i + 1])
    return n(choice.willingness_terms)(
        view.trust, view.gain, grievance, threat, view.agreement, view.openness, view.effective_nationalism
    )


def decide(view: View, scene: Scene, numbers: Numbers, i: int) -> Decision:
    """One state's choices of the quarter: its willingness, its borders, its consents.

    view : what it sees; numbers : the numbers as it reckons with them; i : its place in the arrays
    """
    n = numbers.into
    terms = list(why_willing(view, scene, numbers, i).values())
    willing: Array = sum(terms[1:], terms[0])
    rent = numbers.regime_rent * view.personalism
    posture = n(choice.posture_step)(
        view.border, view.towards_me("border"), willing, view.personalism, scene.luck.uniform("posture", C, C)[:, i]
    )

    def cost(rung: int) -> Array:
        return n(choice.cost_of)(rung, scene.years)

    def consents(act: str, value: Array, occasion=1.0) -> Array:
        # Each side takes the occasion with the root of its chance, so that both do with the chance itself.
        return scene.luck.uniform(act, C, C)[:, i] < choice.logistic(value) * np.sqrt(occasion)

    may_delimit = NEIGHBOURS[i] & (scene.year >= np.asarray(numbers.delimitation_begins))
    stake = numbers.ripeness_push * view.ripeness - numbers.contested_cost * scene.contested[i]
    pact = numbers.threat_weight * scene.given.external_threat
    return Decision(
        willingness=np.where(OTHERS[i], willing, 0.0),
        posture=np.where(NEIGHBOURS[i], posture, 0.0),
        summit=consents("summit", willing - cost(0) + rent, numbers.summit_occasion) & OTHERS[i],
        delimitation=consents("delimitation", willing - cost(2) + stake) & may_delimit,
        agreement=consents("agreement", willing - cost(2) - rent, numbers.agreement_occasion) & OTHERS[i],
        corridor=consents("corridor", willing - cost(3) - rent, numbers.corridor_occasion)
        & (view.agreement > numbers.corridor_needs)
        & OTHERS[i],
        security=consents("security", willing - cost(3) + pact, numbers.security_occasion) & OTHERS[i],
        barter=barter_consent(view, willing, scene, numbers, i),
        **regional_choice(view, np.where(OTHERS[i], willing, 0.0), scene, numbers, i),
    )


def barter_consent(view: View, willing: Array, scene: Scene, numbers: Numbers, i: int) -> Array:
    """Chance that state i signs this year's water bargain with each other, decided in Q1; zero elsewhere and after.

    An old act among states: no cost of young sovereignty.
    """
    if scene.season != 0:
        return np.zeros_like(willing)
    value = willing - numbers.base_cost - numbers.rung_cost
    gain = numbers.into(water.barter_gains)(view.trust, UPSTREAM_OF[i], UPSTREAM_OF[:, i])
    return np.where(TREATY_PAIRS[i], choice.logistic(value + numbers.gain_weight * gain), 0.0)


def regional_choice(view: View, willing: Array, scene: Scene, numbers: Numbers, i: int) -> dict[str, Array]:
    """Whether state i would come to the regional meeting, and join a closed organisation, decided in Q3."""
    if scene.season != 2:
        nothing = np.zeros((len(willing), 1), dtype=bool)
        return {"attends": nothing, "accedes": nothing}
    given = scene.given
    pull = numbers.into(organisations.bloc_pull_on)(given.bloc_level, given.led_by_russia[:, i : i + 1])
    score = numbers.into(organisations.attendance_score)(
        willing.sum(-1)[:, None], given.external_threat, given.partner_support, pull, view.member, view.alive
    )
    harder = numbers.accession_rungs * numbers.rung_cost + numbers.accession_cost
    free = given.meeting_barred == 0
    return {
        "attends": (scene.luck.uniform("regional", C)[:, i : i + 1] < choice.logistic(score)) & free,
        "accedes": scene.luck.uniform("accession", C)[:, i : i + 1] < choice.logistic(score - harder),
    }


def together(decisions: list[Decision]) -> Decision:
    """Five decisions side by side: (M, C) -> (M, C, C), (M, 1) -> (M, C)."""
    stacked = {}
    for field in dataclasses.fields(Decision):
        rows = [getattr(decision, field.name) for decision in decisions]
        stacked[field.name] = np.concatenate(rows, axis=-1) if rows[0].shape[-1] == 1 else np.stack(rows, axis=1)
    return Decision(**stacked)


# --- what follows ---------------------------------------------------------------------------------------------------


def resolve(state: State, decision: Decision, scene: Scene) -> State:
    """The decisions meet and their consequences follow."""
    acts = {
        name: choice.agreed(getattr(decision, name))
        for name in ("summit", "delimitation", "agreement", "corridor", "security")
    }
    region = regional_meeting(state, decision, scene)
    wet = rivers(state, decision, scene)
    ground = borderlands(state, acts["delimitation"], wet["shortage"], scene)
    return state.but(
        willingness=decision.willingness,
        **region,
        **wet,
        **ground,
        **stocks(state, decision, acts, region, ground, wet, scene),
    )


def regional_meeting(state: State, decision: Decision, scene: Scene) -> dict[str, Array]:
    """The yearly meeting in Q3: who joins, who comes, whether it counts, whether a body is founded or dies."""
    if scene.season != 2:
        return {"attended": np.zeros_like(state.attended)}
    n = scene.numbers.into
    closed = state.alive & state.closed_club
    member = state.member | (decision.accedes & closed)
    attended = n(organisations.meeting_held)(decision.attends & (member | ~closed))
    held = attended.any(-1)[:, None]
    may_found = (scene.year >= np.asarray(scene.numbers.founding_begins)) & held & ~state.alive
    founded = may_found & (scene.luck.uniform("founding", 1) < scene.numbers.founding_probability)
    alive = state.alive | founded
    member = np.where(founded, attended, member | attended) & alive
    attendance = n(organisations.attendance_after)(state.attendance, attended)
    dead = n(organisations.dies)(alive, attendance)
    return {
        "attended": attended,
        "alive": alive & ~dead,
        "closed_club": state.closed_club & ~founded,
        "member": member & ~dead,
        "attendance": attendance,
    }


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
    wanted, winter = n(water.toktogul_plan)(storage[:, :1], inflow, bargain[:, :1], scene.years)
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

    k1 = fill(1, naryn, naryn + sign * shift[:, :1] - given.filling_km3[:, 1:2], numbers.kambarata_dead_km3)
    k0 = fill(0, k1[2] + k1[3], toktogul_wanted, numbers.toktogul_dead_km3)
    k3 = fill(3, vakhsh, vakhsh + sign * shift[:, 2:] - given.filling_km3[:, 3:], numbers.rogun_dead_km3)
    passed = k3[2] + k3[3]
    k2 = fill(2, passed, passed + sign * shift[:, 1:2], numbers.nurek_dead_km3)
    inflow, after, release, spill = (np.concatenate(column, axis=-1) for column in zip(k0, k1, k2, k3, strict=True))
    new = {"inflow_km3": inflow, "storage_km3": after, "release_km3": release, "spill_km3": spill}
    return new | power(state, release, bargain, scene)


def power(state: State, release: Array, bargain: Array, scene: Scene) -> dict[str, Array]:
    """Hydropower of the quarter, fuel that came upstream for the winter, and what demand stayed unmet at its end."""
    n = scene.numbers.into
    by_plant = n(water.hydropower)(release, state.storage_km3, scene.given.capacity_km3)
    by_state = np.zeros_like(state.hydropower_gwh)
    for k, owner in enumerate(RESERVOIR_OWNER):
        by_state[:, owner] += by_plant[:, k]
    new = {"hydropower_gwh": by_state}
    if scene.season == 3:
        new["winter_power_gwh"] = by_state
    if scene.season == 0:
        winter = state.winter_power_gwh + by_state
        fuel = fuel_upstream(state, bargain, scene)
        deficit, share = n(water.winter_deficit)(winter, fuel, scene.given.grid, scene.year - 2022)
        new |= {
            "winter_power_gwh": winter,
            "fuel_delivered_gwh": fuel,
            "winter_deficit_gwh": deficit,
            "winter_deficit_share": share,
        }
    return new


def fuel_upstream(state: State, bargain: Array, scene: Scene) -> Array:
    """Fuel and power delivered for the winter under kept bargains, GWh, (M, C)."""
    numbers = scene.numbers
    syr_power = numbers.winter_release_power_km3 + numbers.winter_release_growth_km3 * scene.years
    per_km3 = (
        numbers.toktogul_energy_gwh_km3
        + numbers.toktogul_head_gwh_km6 * state.storage_km3[:, :1]
        + numbers.naryn_cascade_gwh_km3
    )
    naryn = water.fuel_delivered(bargain[:, :1], syr_power - numbers.winter_release_irrigation_km3, per_km3)
    shifted = numbers.nurek_shift_power_km3 - numbers.nurek_shift_irrigation_km3
    vakhsh = water.fuel_delivered(bargain[:, 1:], shifted, numbers.vakhsh_cascade_gwh_km3)
    return naryn * UPSTREAM[0] + vakhsh * UPSTREAM[1]


def borderlands(state: State, rounds: Array, shortage: Array, scene: Scene) -> dict[str, Array]:
    """Incidents, clashes, deaths, their memory, and sections agreed."""
    n, luck, tables = scene.numbers.into, scene.luck, scene.tables
    hard = over_borders(own(state.effective_nationalism) + partner(state.effective_nationalism))
    distrust = 1 - over_borders(state.trust + mirrored(state.trust))
    dry = over_borders(own(shortage) + partner(shortage)) / 2
    undelimited = over_borders(state.undelimited)
    rate = n(borders.incident_rate_of)(
        undelimited,
        dry,
        hard,
        distrust,
        over_borders(state.incidents),
        scene.summer,
        tables.length_1000_km,
        tables.contested,
    )
    count = borders.count_from(luck.uniform("incident", len(tables.contested)), rate, scene.numbers.self_excitation)
    u_clash, u_deaths = (luck.uniform(name, len(tables.contested)) for name in ("escalation", "deaths"))
    clash = n(borders.clash_happens)(count, hard, distrust, u_clash)
    deaths = n(borders.deaths_of)(clash, u_deaths)
    severity = n(borders.severity_of)(count, deaths)
    memory = n(borders.memory_after)(over_borders(state.incident_memory), severity)
    ripeness = n(borders.ripeness_after)(over_borders(state.ripeness), deaths)
    left = n(borders.undelimited_after)(undelimited, over_borders(rounds), tables.contested)
    return {
        "incidents": from_borders(count),
        "deaths": from_borders(deaths),
        "incident_memory": from_borders(memory),
        "ripeness": from_borders(ripeness),
        "undelimited": from_borders(left),
    }


def stocks(
    state: State,
    decision: Decision,
    acts: dict[str, Array],
    region: dict[str, Array],
    ground: dict[str, Array],
    wet: dict[str, Array],
    scene: Scene,
) -> dict[str, Array]:
    """Borders, agreements, corridors, security, dialogue and trust at the quarter's end."""
    numbers, n = scene.numbers, scene.numbers.into
    shut = ground["deaths"] >= own(numbers.closure_deaths)
    border = n(choice.posture_after)(state.border, decision.posture, shut, NEIGHBOURS)
    agreement = choice.stock_after(state.agreement, acts["agreement"], numbers.agreement_step, numbers.agreement_decay)
    attended = region["attended"]
    met = own(attended) & partner(attended) & OTHERS
    dialogue = n(trust.dialogue_after)(state.dialogue, acts["summit"] + met.astype(float))
    barter = wet.get("barter", state.barter)
    good = n(trust.good_news)(
        acts["summit"],
        acts["security"],
        met,
        acts["agreement"],
        wet["kept"],
        mirrored(decision.posture > 0),
        acts["delimitation"],
    )
    severity = from_borders(n(borders.severity_of)(over_borders(ground["incidents"]), over_borders(ground["deaths"])))
    bad = n(trust.bad_news)(
        mirrored(decision.posture < 0),
        state.effective_openness,
        severity,
        ground["deaths"],
        wet["breached"],
        own(wet["shortage"]) * (1 - barter) * UPSTREAM_OF.T,
        np.maximum(state.in_grid - scene.given.grid, 0.0),
    )
    return {
        "border": border,
        "agreement": np.where(OTHERS, np.maximum(agreement, scene.given.agreement_floor), 0.0),
        "corridor": choice.stock_after(state.corridor, acts["corridor"], numbers.corridor_step, numbers.corridor_decay),
        "security": choice.stock_after(state.security, acts["security"], numbers.security_step, numbers.security_decay),
        "dialogue": np.where(OTHERS, dialogue, 0.0),
        "summits": acts["summit"].astype(float),
        "met": met.astype(float),
        "trust": n(trust.trust_after)(state.trust, good, bad, n(trust.dialogue_strength)(dialogue)),
        "in_grid": scene.given.grid,
    }
