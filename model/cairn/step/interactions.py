"""What follows when decisions meet: acts between states, the regional meeting, borders, stocks, trust."""

from __future__ import annotations

import numpy as np

from cairn.core.geography import NEIGHBOURS, OTHERS, UPSTREAM_OF
from cairn.core.pairs import from_borders, mirrored, over_borders, own, partner
from cairn.core.state import Array, State
from cairn.rules import borders, choice, organisations, trust
from cairn.step.context import Scene
from cairn.step.decisions import Decision
from cairn.step.hydrology import rivers


def resolve(state: State, decision: Decision, scene: Scene) -> State:
    """The decisions meet and their consequences follow."""
    free = (scene.given.frozen == 0) & (scene.given.talks_barred == 0)
    acts = {
        name: choice.agreed(getattr(decision, name)) & free
        for name in ("summit", "delimitation", "agreement", "corridor", "security")
    }
    region = regional_meeting(state, decision, scene)
    wet = rivers(state, decision, scene)
    ground, severity = borderlands(state, acts["delimitation"], wet["shortage"], scene)
    after = stocks(state, decision, acts, region, wet, ground["deaths"], severity, scene)
    return state.but(willingness=decision.willingness, **region, **wet, **unfrozen(state, ground | after, scene))


RELATIONS = ("border", "undelimited", "agreement", "corridor", "security", "dialogue", "trust")


def unfrozen(state: State, new: dict[str, Array], scene: Scene) -> dict[str, Array]:
    """What is new, but for the relations of pairs that are frozen: these stay."""
    frozen = scene.given.frozen > 0
    if not frozen.any():
        return new
    return new | {name: np.where(frozen, getattr(state, name), new[name]) for name in RELATIONS}


def regional_meeting(state: State, decision: Decision, scene: Scene) -> dict[str, Array]:
    """The yearly meeting in Q3: who joins, who comes, whether it counts, whether a body is founded or dies."""
    if scene.season != 2:
        return {"attended": np.zeros_like(state.attended)}
    n = scene.numbers.into
    closed = state.alive & state.closed_club
    member = state.member | (decision.accedes & closed)
    chosen = n(organisations.meeting_held)(decision.attends & (member | ~closed))
    held = chosen.any(-1)[:, None]
    convened = (scene.given.convened > 0) & (scene.given.meeting_barred == 0)
    attended = chosen | convened
    may_found = (scene.year >= np.asarray(scene.numbers.founding_begins)) & held & ~state.alive
    founded = may_found & (scene.luck.uniform("founding", 1) < scene.numbers.founding_probability)
    alive = state.alive | founded
    member = np.where(founded, chosen, member | chosen) & alive
    attendance = n(organisations.attendance_after)(state.attendance, attended)
    dead = n(organisations.dies)(alive, attendance)
    return {
        "attended": attended,
        "alive": alive & ~dead,
        "closed_club": state.closed_club & ~founded,
        "member": member & ~dead,
        "attendance": attendance,
    }


def borderlands(state: State, rounds: Array, shortage: Array, scene: Scene) -> tuple[dict[str, Array], Array]:
    """Incidents, clashes, deaths, their memory and sections agreed; and how bad the quarter was on each border."""
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
    count = count + over_borders(scene.given.given_incidents)
    u_clash, u_deaths = (luck.uniform(name, len(tables.contested)) for name in ("escalation", "deaths"))
    clash = n(borders.clash_happens)(count, hard, distrust, u_clash)
    deaths = n(borders.deaths_of)(clash, u_deaths) + over_borders(scene.given.given_deaths)
    severity = n(borders.severity_of)(count, deaths)
    memory = n(borders.memory_after)(over_borders(state.incident_memory), severity)
    ripeness = n(borders.ripeness_after)(over_borders(state.ripeness), deaths)
    left = n(borders.undelimited_after)(undelimited, over_borders(rounds), tables.contested, scene.hard)
    new = {
        "incidents": from_borders(count),
        "deaths": from_borders(deaths),
        "incident_memory": from_borders(memory),
        "ripeness": from_borders(ripeness),
        "undelimited": from_borders(left),
    }
    return new, from_borders(severity)


def stocks(
    state: State,
    decision: Decision,
    acts: dict[str, Array],
    region: dict[str, Array],
    wet: dict[str, Array],
    deaths: Array,
    severity: Array,
    scene: Scene,
) -> dict[str, Array]:
    """Borders, agreements, corridors, security, dialogue and trust at the quarter's end."""
    numbers, n = scene.numbers, scene.numbers.into
    shut = deaths >= own(numbers.closure_deaths)
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
    bad = n(trust.bad_news)(
        mirrored(decision.posture < 0),
        state.effective_openness,
        severity,
        deaths,
        wet["breached"],
        own(wet["shortage"]) * (1 - barter) * UPSTREAM_OF.T,
        np.maximum(state.in_grid - scene.given.grid, 0.0),
    )
    corridor = choice.stock_after(state.corridor, acts["corridor"], numbers.corridor_step, numbers.corridor_decay)
    return {
        "border": border,
        "agreement": np.where(OTHERS, np.maximum(agreement, scene.given.agreement_floor), 0.0),
        "corridor": np.maximum(corridor, scene.given.corridor_floor),
        "security": choice.stock_after(state.security, acts["security"], numbers.security_step, numbers.security_decay),
        "dialogue": np.where(OTHERS, dialogue, 0.0),
        "summits": acts["summit"].astype(float),
        "met": met.astype(float),
        "trust": n(trust.trust_after)(state.trust, good, bad, n(trust.dialogue_strength)(dialogue)),
        "in_grid": scene.given.grid,
    }
