"""What follows when decisions meet: acts between states, the regional meeting, borders, stocks, trust."""

from __future__ import annotations

import numpy as np

from cairn.core.geography import NEIGHBOURS, OTHERS, UPSTREAM_OF
from cairn.core.pairs import as_own, as_partner, from_borders, to_borders, transpose
from cairn.core.state import Array, State
from cairn.rules import borders, choice, organisations, trust
from cairn.step.context import StepContext
from cairn.step.decisions import Decision
from cairn.step.hydrology import rivers


def resolve_decisions(state: State, decision: Decision, context: StepContext) -> State:
    """The decisions meet and their consequences follow."""
    free = (context.forcing.frozen == 0) & (context.forcing.talks_barred == 0)
    acts = {
        name: choice.agreed(getattr(decision, name)) & free
        for name in ("summit", "delimitation", "agreement", "corridor", "security")
    }
    region = regional_meeting(state, decision, context)
    wet = rivers(state, decision, context)
    ground, severity = border_incidents(state, acts["delimitation"], wet["shortage"], context)
    after = update_relations(state, decision, acts, region, wet, ground["deaths"], severity, context)
    return state.replace(willingness=decision.willingness, **region, **wet, **unfrozen(state, ground | after, context))


RELATIONS = ("posture", "undelimited", "agreement", "corridor", "security", "dialogue", "trust")


def unfrozen(state: State, new: dict[str, Array], context: StepContext) -> dict[str, Array]:
    """What is new, but for the relations of pairs that are frozen: these stay."""
    frozen = context.forcing.frozen > 0
    if not frozen.any():
        return new
    return new | {name: np.where(frozen, getattr(state, name), new[name]) for name in RELATIONS}


def regional_meeting(state: State, decision: Decision, context: StepContext) -> dict[str, Array]:
    """The yearly meeting in Q3: who joins, who comes, whether it counts, whether a body is founded or dies."""
    if context.season != 2:
        return {"attended": np.zeros_like(state.attended)}
    n = context.parameters.bind
    closed = state.organisation_alive & state.closed_membership
    in_organisation = state.in_organisation | (decision.accedes & closed)
    chosen = n(organisations.meeting_held)(decision.attends & (in_organisation | ~closed))
    held = chosen.any(-1)[:, None]
    convened = (context.forcing.convened > 0) & (context.forcing.meeting_barred == 0)
    attended = chosen | convened
    may_found = (context.year >= np.asarray(context.parameters.founding_begins)) & held & ~state.organisation_alive
    founded = may_found & (context.draws.uniform("founding", 1) < context.parameters.founding_probability)
    organisation_alive = state.organisation_alive | founded
    in_organisation = np.where(founded, chosen, in_organisation | chosen) & organisation_alive
    attendance = n(organisations.attendance_after)(state.attendance, attended)
    dead = n(organisations.dies)(organisation_alive, attendance)
    return {
        "attended": attended,
        "organisation_alive": organisation_alive & ~dead,
        "closed_membership": state.closed_membership & ~founded,
        "in_organisation": in_organisation & ~dead,
        "attendance": attendance,
    }


def border_incidents(
    state: State, rounds: Array, shortage: Array, context: StepContext
) -> tuple[dict[str, Array], Array]:
    """Incidents, clashes, deaths, their memory and sections agreed; and how bad the quarter was on each border."""
    n, draws, tables = context.parameters.bind, context.draws, context.tables
    hard = to_borders(as_own(state.effective_nationalism) + as_partner(state.effective_nationalism))
    distrust = 1 - to_borders(state.trust + transpose(state.trust))
    dry = to_borders(as_own(shortage) + as_partner(shortage)) / 2
    undelimited = to_borders(state.undelimited)
    rate = n(borders.incident_rate_of)(
        undelimited,
        dry,
        hard,
        distrust,
        to_borders(state.incidents),
        context.summer,
        tables.length_1000_km,
        tables.contested,
    )
    count = borders.count_from(
        draws.uniform("incident", len(tables.contested)), rate, context.parameters.self_excitation
    )
    count = count + to_borders(context.forcing.given_incidents)
    u_clash, u_deaths = (draws.uniform(name, len(tables.contested)) for name in ("escalation", "deaths"))
    clash = n(borders.clash_happens)(count, hard, distrust, u_clash)
    deaths = n(borders.deaths_of)(clash, u_deaths) + to_borders(context.forcing.given_deaths)
    severity = n(borders.severity_of)(count, deaths)
    memory = n(borders.memory_after)(to_borders(state.incident_memory), severity)
    ripeness = n(borders.ripeness_after)(to_borders(state.ripeness), deaths)
    left = n(borders.undelimited_after)(undelimited, to_borders(rounds), tables.contested, context.hard)
    new = {
        "incidents": from_borders(count),
        "deaths": from_borders(deaths),
        "incident_memory": from_borders(memory),
        "ripeness": from_borders(ripeness),
        "undelimited": from_borders(left),
    }
    return new, from_borders(severity)


def update_relations(
    state: State,
    decision: Decision,
    acts: dict[str, Array],
    region: dict[str, Array],
    wet: dict[str, Array],
    deaths: Array,
    severity: Array,
    context: StepContext,
) -> dict[str, Array]:
    """Borders, agreements, corridors, security, dialogue and trust at the quarter's end."""
    parameters, n = context.parameters, context.parameters.bind
    shut = deaths >= as_own(parameters.closure_deaths)
    posture = n(choice.posture_after)(state.posture, decision.posture, shut, NEIGHBOURS)
    agreement = choice.stock_after(
        state.agreement, acts["agreement"], parameters.agreement_step, parameters.agreement_decay
    )
    attended = region["attended"]
    leaders_met = as_own(attended) & as_partner(attended) & OTHERS
    dialogue = n(trust.dialogue_after)(state.dialogue, acts["summit"] + leaders_met.astype(float))
    barter = wet.get("barter", state.barter)
    good = n(trust.good_news)(
        acts["summit"],
        acts["security"],
        leaders_met,
        acts["agreement"],
        wet["bargain_kept"],
        transpose(decision.posture > 0),
        acts["delimitation"],
    )
    bad = n(trust.bad_news)(
        transpose(decision.posture < 0),
        state.effective_openness,
        severity,
        deaths,
        wet["bargain_broken"],
        as_own(wet["shortage"]) * (1 - barter) * UPSTREAM_OF.T,
        np.maximum(state.in_grid - context.forcing.grid, 0.0),
    )
    corridor = choice.stock_after(state.corridor, acts["corridor"], parameters.corridor_step, parameters.corridor_decay)
    return {
        "posture": posture,
        "agreement": np.where(OTHERS, np.maximum(agreement, context.forcing.agreement_floor), 0.0),
        "corridor": np.maximum(corridor, context.forcing.corridor_floor),
        "security": choice.stock_after(
            state.security, acts["security"], parameters.security_step, parameters.security_decay
        ),
        "dialogue": np.where(OTHERS, dialogue, 0.0),
        "summits": acts["summit"].astype(float),
        "leaders_met": leaders_met.astype(float),
        "trust": n(trust.trust_after)(state.trust, good, bad, n(trust.dialogue_strength)(dialogue)),
        "in_grid": context.forcing.grid,
    }
