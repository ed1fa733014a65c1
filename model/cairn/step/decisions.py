"""What one state decides, as it sees the state: its willingness, its borders, its consents."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from cairn.core.pairs import total
from cairn.core.parameters import Parameters
from cairn.core.state import View
from cairn.core.variables import Array
from cairn.rules import choice, organisations, water
from cairn.step.context import StepContext


@dataclasses.dataclass(frozen=True, eq=False)
class Decision:
    """What one state decided: (C, M) toward each other, (M,) about the region. Stacked: (C, C, M) and (C, M).

    Parameters
    ----------
    willingness : logit
    posture : -1, 0 or 1, a step of each border
    summit, delimitation, agreement, corridor, security : boolean, consent to an act of the two
    barter : 0..1, probability of signing the year's water bargain
    attends, accedes : boolean, about the regional meeting and the organisation
    """

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


def willingness_terms(view: View, context: StepContext, parameters: Parameters, i: int) -> dict[str, Array]:
    """The terms of state i's willingness toward each other, by name, (C, M) or (M,)."""
    n, forcing = parameters.bind, context.forcing
    grievance = n(choice.grievance)(
        contested=context.fixed.contested[i],
        undelimited=view.undelimited_share,
        incident_memory=view.incident_memory,
        shortage=view.of_all("shortage"),
        own_shortage=view.shortage,
    )
    threat = n(choice.common_threat)(spillover=forcing.spillover, unrest=forcing.unrest, own_unrest=forcing.unrest[i])
    return n(choice.willingness_terms)(
        trust=view.trust,
        trade_gain=view.trade_gain,
        grievance=grievance,
        threat=threat,
        agreement=view.agreement,
        openness=view.leader_openness,
        nationalism=view.effective_nationalism,
    )


def decide(view: View, context: StepContext, parameters: Parameters, i: int) -> Decision:
    """One state's choices of the quarter: its willingness, its borders, its consents.

    Parameters
    ----------
    view : what it sees
    context : the quarter
    parameters : as its leader uses them
    i : its position in the arrays
    """
    n, geography = parameters.bind, context.geography
    c = geography.n_countries
    terms = list(willingness_terms(view, context, parameters, i).values())
    others = geography.others[i]
    willing: Array = np.where(others, sum(terms[1:], terms[0]), 0.0)
    cost, rent = context.costs, parameters.regime_rent * view.leader_personalism
    posture = n(choice.posture_step)(
        posture=view.posture,
        posture_of_other=view.toward_me("posture"),
        willingness=willing,
        personalism=view.leader_personalism,
        u=context.draws.uniform("posture", c, c)[i],
    )

    def consents(act: str, value: Array, occasion: Array | float = 1.0) -> Array:
        # Each side takes the occasion with the square root of its probability, so that both do with the probability.
        return context.draws.uniform(act, c, c)[i] < choice.logistic(value) * np.sqrt(occasion)

    undelimited = view.undelimited_share
    may_delimit = (undelimited > 0) & (context.year >= np.asarray(parameters.delimitation_begins))
    hard = undelimited <= context.fixed.hard_between[i]
    stake = parameters.ripeness_push * view.ripeness - parameters.contested_cost * context.fixed.contested[i]
    delimiting = np.where(hard, stake - cost[2], parameters.survey_stake - cost[1])
    pact = parameters.threat_weight * context.forcing.external_threat
    return Decision(
        willingness=willing,
        posture=np.where(geography.neighbours[i], posture, 0.0),
        summit=consents("summit", willing - cost[0] + rent, parameters.summit_occasion) & others,
        delimitation=consents("delimitation", willing + delimiting) & may_delimit,
        agreement=consents("agreement", willing - cost[2] - rent, parameters.agreement_occasion) & others,
        corridor=consents("corridor", willing - cost[3] - rent, parameters.corridor_occasion)
        & (view.agreement > parameters.corridor_needs)
        & others,
        security=consents("security", willing - cost[3] + pact, parameters.security_occasion) & others,
        barter=barter_consent(view, willing, context, parameters, i),
        **regional_choice(view, willing, context, parameters, i),
    )


def barter_consent(view: View, willing: Array, context: StepContext, parameters: Parameters, i: int) -> Array:
    """Probability that state i signs this year's water bargain with each other, decided in Q1; zero in other quarters.

    An old act among states: no cost of young sovereignty.
    """
    if context.season != 0:
        return np.zeros_like(willing)
    geography = context.geography
    value = willing - parameters.base_cost - parameters.rung_cost
    gain = parameters.bind(water.barter_gains)(
        trust=view.trust, upstream_of=geography.upstream_of[i], downstream_of=geography.upstream_of[:, i]
    )
    return np.where(geography.treaty_pairs[i], choice.logistic(value + parameters.gain_weight * gain), 0.0)


def regional_choice(
    view: View, willing: Array, context: StepContext, parameters: Parameters, i: int
) -> dict[str, Array]:
    """Whether state i would attend the regional meeting, and join a closed organisation, decided in Q3; (M,) each."""
    if context.season != 2:
        nothing = np.zeros(willing.shape[-1], dtype=bool)
        return {"attends": nothing, "accedes": nothing}
    forcing, c = context.forcing, context.geography.n_countries
    pull = parameters.bind(organisations.bloc_pull_on)(level=forcing.bloc_level, led_by_russia=forcing.led_by_russia[i])
    score = parameters.bind(organisations.attendance_score)(
        stake=total(willing),
        external_threat=forcing.external_threat,
        partner_support=forcing.partner_support,
        bloc_pull=pull,
        in_organisation=view.in_organisation,
        organisation_alive=view.organisation_alive,
    )
    harder = parameters.accession_rungs * parameters.rung_cost + parameters.accession_cost
    free = forcing.meeting_barred == 0
    return {
        "attends": (context.draws.uniform("regional", c)[i] < choice.logistic(score)) & free,
        "accedes": context.draws.uniform("accession", c)[i] < choice.logistic(score - harder),
    }


def stack_decisions(decisions: Sequence[Decision]) -> Decision:
    """The decisions of all states side by side: (C, M) -> (C, C, M), (M,) -> (C, M)."""
    names = [field.name for field in dataclasses.fields(Decision)]
    return Decision(**{name: np.stack([getattr(decision, name) for decision in decisions]) for name in names})
