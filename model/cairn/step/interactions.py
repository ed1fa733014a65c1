"""After decisions: acts of two, the regional meeting, borders, relations."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from cairn.core.pairs import as_own, as_partner, transpose
from cairn.core.state import State
from cairn.core.variables import Array
from cairn.rules import borders, choice, organisations, trust
from cairn.step.context import StepContext
from cairn.step.decisions import Decision

FREEZABLE = ("posture", "undelimited_share", "agreement", "corridor", "security", "dialogue", "trust")


@dataclasses.dataclass(frozen=True, eq=False)
class Acts:
    """Acts of two states to which both consented, (C, C, M), boolean, symmetric."""

    summit: Array
    delimitation: Array
    agreement: Array
    corridor: Array
    security: Array


_ACTS = tuple(field.name for field in dataclasses.fields(Acts))


def agreed_acts(decision: Decision, context: StepContext) -> Acts:
    """The acts on which the decisions agree, where the two may talk."""
    free = context.parameters.keep(choice.may_talk)(
        frozen=context.forcing.frozen, talks_barred=context.forcing.talks_barred
    )
    return Acts(**{name: choice.agreed(consent=getattr(decision, name)) & free for name in _ACTS})


def without_frozen(state: State, changes: Mapping[str, Array], context: StepContext) -> Mapping[str, Array]:
    """The changes, but for the relations of pairs that are frozen: these keep their values."""
    frozen = context.forcing.frozen > 0
    if not frozen.any():
        return changes
    kept = {name: np.where(frozen, state.array(name), changes[name]) for name in FREEZABLE if name in changes}
    return {**changes, **kept}


def regional_meeting(state: State, decision: Decision, context: StepContext) -> dict[str, Array]:
    """The year's meetings in Q3: a consultative one, open to all, and the organisation's; the life of the latter."""
    old = state.organisation
    if context.season != 2:
        return {"attended": np.zeros_like(old.attended)}
    parameters, n, forcing = context.parameters, context.parameters.bind, context.forcing
    alive, core = old.organisation_alive, context.geography.core_states
    members = (old.in_organisation | (decision.accedes & old.closed_membership)) & alive
    consulted = n(organisations.meeting_held)(willing=decision.attends, core=core)
    sat = n(organisations.meeting_held)(willing=decision.attends_organisation & members, core=core)
    met = consulted | sat
    may_found = (context.year >= np.asarray(parameters.founding_begins)) & consulted.any(axis=0) & ~alive
    founded = may_found & (context.draws.uniform("founding", 1)[0] < parameters.founding_probability)
    joined = members | np.where(old.closed_membership, sat, met & alive)
    in_use = n(organisations.attendance_after)(
        average=np.where(founded, 1.0, old.organisation_attendance), attended=np.where(founded, consulted, sat)
    )
    dead = n(organisations.dies)(organisation_alive=alive, average=in_use)
    attended = met | ((forcing.convened > 0) & (forcing.meeting_barred == 0))
    return {
        "attended": attended,
        "organisation_alive": (alive | founded) & ~dead,
        "closed_membership": old.closed_membership & ~founded,
        "in_organisation": np.where(founded, consulted, joined) & ~dead,
        "attendance": n(organisations.attendance_after)(average=old.attendance, attended=attended),
        "organisation_attendance": in_use,
    }


def border_incidents(state: State, acts: Acts, shortage: Array, context: StepContext) -> dict[str, Array]:
    """Incidents, clashes, deaths, their memory, and sections agreed.

    Parameters
    ----------
    shortage : (C, M), 0..1, of this quarter
    """
    n, draws, inputs, geography = context.parameters.bind, context.draws, context.inputs, context.geography
    to_borders, from_borders, old = geography.to_borders, geography.from_borders, state.borderlands
    nationalism = state.leaders.effective_nationalism
    i, j = geography.border_sides
    hard = nationalism[i] + nationalism[j]
    distrust = 1 - (state.relations.trust[i, j] + state.relations.trust[j, i])
    undelimited, count_of_borders = to_borders(old.undelimited_share), len(geography.borders)
    frailty, militarisation = to_borders(old.frailty), to_borders(old.militarisation)
    if context.season == 0:
        frailty = n(borders.frailty_after)(
            frailty=frailty if context.quarter else None, u=draws.uniform("frailty", count_of_borders)
        )
    rate = n(borders.incident_rate_of)(
        exposed=n(borders.exposed_share)(undelimited=undelimited, hard=context.fixed.hard_share),
        shortage=(shortage[i] + shortage[j]) / 2,
        nationalism=hard,
        distrust=distrust,
        earlier=to_borders(old.incidents),
        frailty=frailty,
        closed=1 - np.minimum(state.relations.posture[i, j], state.relations.posture[j, i]),
        militarisation=militarisation,
        summer=context.summer,
        length_1000_km=inputs.length_1000_km,
        contested=inputs.contested,
    )
    if context.conditioner is not None:
        context.conditioner.count_incidents(rate, context)
    count = borders.count_from(
        u=draws.uniform("incident", count_of_borders), rate=rate, excitation=context.parameters.self_excitation
    )
    count = count + to_borders(context.forcing.given_incidents)
    escalation = n(borders.clash_probability)(
        incidents=count, nationalism=hard, distrust=distrust, militarisation=militarisation
    )
    if context.conditioner is not None:
        context.conditioner.count_deaths(escalation, context)
    u_clash, u_deaths = (draws.uniform(name, count_of_borders) for name in ("escalation", "deaths"))
    clash = u_clash < escalation
    deaths = n(borders.deaths_of)(clash=clash, u=u_deaths) + to_borders(context.forcing.given_deaths)
    severity = n(borders.severity_of)(incidents=count, deaths=deaths)
    memory = n(borders.memory_after)(memory=to_borders(old.incident_memory), severity=severity)
    ripeness = n(borders.ripeness_after)(ripeness=to_borders(old.ripeness), deaths=deaths)
    left = n(borders.undelimited_after)(
        undelimited=undelimited,
        round_held=to_borders(acts.delimitation),
        contested=inputs.contested,
        hard=context.fixed.hard_share,
    )
    if context.conditioner is not None:
        left = context.conditioner.settle(left, to_borders(acts.delimitation), context)
    return {
        "frailty": from_borders(frailty),
        "incidents": from_borders(count),
        "deaths": from_borders(deaths),
        "militarisation": from_borders(
            n(borders.militarisation_after)(militarisation=militarisation, severity=severity)
        ),
        "incident_memory": from_borders(memory),
        "ripeness": from_borders(ripeness),
        "undelimited_share": from_borders(left),
    }


def update_relations(
    state: State, decision: Decision, acts: Acts, changes: Mapping[str, Array], context: StepContext
) -> dict[str, Array]:
    """Postures, agreements, corridors, security, dialogue and trust at the end of the quarter.

    Parameters
    ----------
    changes : what the submodels before this one changed in the quarter: who attended, shortage, bargains, incidents
    """
    parameters, n, forcing, geography = context.parameters, context.parameters.bind, context.forcing, context.geography
    old, others, neighbours = state.relations, geography.others, geography.neighbours
    deaths, attended = changes["deaths"], changes["attended"]
    incidents_by_border, deaths_by_border = (geography.to_borders(changes[name]) for name in ("incidents", "deaths"))
    severity = n(borders.severity_of)(incidents=incidents_by_border, deaths=deaths_by_border)
    violence = n(trust.violence_news)(severity=severity, deaths=deaths_by_border)
    posture = n(choice.posture_after)(
        posture=old.posture,
        step=decision.posture,
        closed_by_clash=deaths >= parameters.closure_deaths,
        neighbours=neighbours,
    )
    agreement = choice.stock_after(
        stock=old.agreement, act=acts.agreement, step=parameters.agreement_step, decay=parameters.agreement_decay
    )
    met = as_own(attended) & as_partner(attended) & others
    dialogue = n(trust.dialogue_after)(dialogue=old.dialogue, meetings=1.0 * acts.summit + met)
    good = n(trust.good_news)(
        summit=acts.summit,
        security_act=acts.security,
        meeting=met,
        agreement=acts.agreement,
        bargain_kept=changes["bargain_kept"],
        eased_by_other=transpose(decision.posture > 0),
        delimited=acts.delimitation,
    )
    bad = n(trust.bad_news)(
        tightened_by_other=transpose(decision.posture < 0),
        openness=old.openness,
        violence=geography.from_borders(violence),
        bargain_broken=changes["bargain_broken"],
        blamed_shortage=as_own(changes["shortage"])
        * (1 - changes.get("barter", state.water.barter))
        * transpose(geography.upstream_of),
        left_grid=trust.grid_exit_blame(
            left=np.maximum(state.water.in_grid - forcing.grid, 0.0), cut_by=forcing.grid_cut_by
        ),
        neighbours=neighbours,
    )
    corridor = choice.stock_after(
        stock=old.corridor, act=acts.corridor, step=parameters.corridor_step, decay=parameters.corridor_decay
    )
    security = choice.stock_after(
        stock=old.security, act=acts.security, step=parameters.security_step, decay=parameters.security_decay
    )
    return {
        "willingness": decision.willingness,
        "posture": posture,
        "agreement": np.where(others, np.maximum(agreement, forcing.agreement_floor), 0.0),
        "corridor": np.maximum(corridor, forcing.corridor_floor),
        "security": security,
        "dialogue": np.where(others, dialogue, 0.0),
        "summits": acts.summit,
        "met_at_regional_meeting": met,
        "trust": n(trust.trust_after)(
            trust=old.trust,
            good=good,
            bad=bad,
            strength=n(trust.dialogue_strength)(dialogue=dialogue),
            others=others,
            neighbours=neighbours,
        ),
        "in_grid": forcing.grid,
    }
