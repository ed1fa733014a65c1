"""What a state decides, as it sees the state of the region: its willingness, its borders, its consents.

The functions take a view of one country, or the views of all at once with an axis of countries in front
(`cairn.core.state.Views`): the same lines decide for one country and for five.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from cairn.core.geography import Geography
from cairn.core.parameters import Parameters
from cairn.core.state import View
from cairn.core.variables import Array, Param
from cairn.rules import choice, organisations, water
from cairn.step.context import StepContext
from cairn.support.errors import InputError


class DecisionError(InputError):
    """An agent decided what the model cannot take; the message names the agent, the quantity and the quarter."""


@dataclasses.dataclass(frozen=True, eq=False)
class Decision:
    """What one state decided: (C, M) toward each other, (M,) about the region. Stacked: (C, C, M) and (C, M).

    Parameters
    ----------
    willingness : logit
    posture : -1, 0 or 1, a step of each border
    summit, delimitation, agreement, corridor, security : boolean, consent to an act of the two
    barter : 0..1, probability of signing the year's water bargain
    attends, attends_organisation, accedes : boolean, whether it comes to the consultative meeting of the year, to that
        of the organisation as a member, and whether it joins the organisation
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
    attends_organisation: Array
    accedes: Array


def willingness_terms(view: View, context: StepContext, parameters: Parameters) -> dict[str, Array]:
    """The terms of a state's willingness toward each other, by name, (C, M) or (M,)."""
    n, forcing, shortage = parameters.bind, context.forcing, view.shortage
    grievance = n(choice.grievance)(
        contested=view.pairs(context.fixed.contested),
        undelimited=view.undelimited_share,
        incident_memory=view.incident_memory,
        shortage=view.of_partners(view.array("shortage")),
        own_shortage=shortage,
    )
    threat = n(choice.common_threat)(
        spillover=forcing.spillover, unrest=view.of_partners(forcing.unrest), own_unrest=view.own(forcing.unrest)
    )
    return n(choice.willingness_terms)(
        trust=view.trust,
        trade_gain=view.trade_gain,
        grievance=grievance,
        threat=threat,
        agreement=view.agreement,
        openness=view.leader_openness,
        nationalism=view.effective_nationalism,
    )


def decide(view: View, context: StepContext, parameters: Parameters) -> Decision:
    """A state's choices of the quarter: its willingness, its borders, its consents.

    Parameters
    ----------
    view : what it sees
    context : the quarter
    parameters : as its leader uses them (`Parameters.for_country`, `Parameters.for_countries`)
    """
    n, geography, draws = parameters.bind, context.geography, context.draws
    c, others = geography.n_countries, view.pairs(geography.others)
    willing = willingness(view, context, parameters)
    posture = n(choice.posture_step)(
        posture=view.posture,
        posture_of_other=view.toward_me(view.array("posture")),
        willingness=willing,
        personalism=view.leader_personalism,
        u=view.pairs(draws.uniform("posture", c, c)),
    )
    odds = choice.odds_against(willing)
    cost, rent = context.costs, parameters.regime_rent * view.leader_personalism
    forcing = context.forcing
    pact = parameters.threat_weight * forcing.external_threat
    route = parameters.corridor_support * forcing.partner_support + parameters.corridor_threat * forcing.external_threat

    def consents(act: str, against: Param, occasion: Param = 1.0) -> Array:
        # Each side takes the occasion with the square root of its probability, so that both do with the probability.
        u = view.pairs(draws.uniform(act, c, c))
        return choice.consents(u=u, odds_against=odds, cost=against, occasion=occasion)

    may_delimit, delimiting = delimitation_terms(view, context, parameters)
    return Decision(
        willingness=willing,
        posture=np.where(view.pairs(geography.neighbours), posture, 0.0),
        summit=consents("summit", cost[0] - rent, parameters.summit_occasion) & others,
        delimitation=consents("delimitation", delimiting) & may_delimit,
        agreement=consents("agreement", cost[2] + rent, parameters.agreement_occasion) & others,
        corridor=consents("corridor", cost[3] + rent - route, parameters.corridor_occasion)
        & (view.agreement > parameters.corridor_needs)
        & others,
        security=consents("security", cost[3] - pact, parameters.security_occasion) & others,
        barter=barter_consent(view, willing, context, parameters),
        **regional_choice(view, willing, context, parameters),
    )


def willingness(view: View, context: StepContext, parameters: Parameters) -> Array:
    """A state's willingness to work with each other, logit, (C, M); zero towards itself."""
    terms = list(willingness_terms(view, context, parameters).values())
    return np.where(view.pairs(context.geography.others), sum(terms[1:], terms[0]), 0.0)


def delimitation_terms(view: View, context: StepContext, parameters: Parameters) -> tuple[Array, Array]:
    """Where a delimitation round is possible, and what it costs less what is at stake, logit; (C, M) each."""
    cost, undelimited = context.costs, view.undelimited_share
    possible = (undelimited > 0) & (context.year >= np.asarray(parameters.delimitation_begins))
    hard = undelimited <= view.pairs(context.fixed.hard_between)
    stake = parameters.ripeness_push * view.ripeness - parameters.contested_cost * view.pairs(context.fixed.contested)
    return possible, np.where(hard, cost[2] - stake, cost[1] - parameters.survey_stake)


def barter_consent(view: View, willing: Array, context: StepContext, parameters: Parameters) -> Array:
    """Probability that a state signs this year's water bargain with each other, decided in Q1; zero in other quarters.

    An old act among states: no cost of young sovereignty.
    """
    if context.season != 0:
        return np.zeros_like(willing)
    geography = context.geography
    gain = parameters.bind(water.barter_gains)(
        trust=view.trust,
        upstream_of=view.pairs(geography.upstream_of),
        downstream_of=view.toward_me(geography.upstream_of),
    )
    value = willing - parameters.base_cost - parameters.rung_cost + parameters.gain_weight * gain
    return np.where(view.pairs(geography.treaty_pairs), choice.logistic(value), 0.0)


def regional_choice(view: View, willing: Array, context: StepContext, parameters: Parameters) -> dict[str, Array]:
    """Whether a state would come to the year's meetings, and join a closed organisation, decided in Q3; (M,) each."""
    forcing, c = context.forcing, context.geography.n_countries
    if context.season != 2:
        nothing = np.zeros_like(view.own(forcing.unrest), dtype=bool)
        return {"attends": nothing, "attends_organisation": nothing, "accedes": nothing}
    score = attendance_score(view, willing, context, parameters)
    harder = parameters.accession_rungs * parameters.rung_cost + parameters.accession_cost
    free = forcing.meeting_barred == 0
    u = view.own(context.draws.uniform("regional", c))
    return {
        "attends": (u < choice.logistic(score)) & free,
        "attends_organisation": (u < choice.logistic(score + parameters.organisation_inertia)) & free,
        "accedes": view.own(context.draws.uniform("accession", c)) < choice.logistic(score - harder),
    }


def attendance_score(view: View, willing: Array, context: StepContext, parameters: Parameters) -> Array:
    """How much a state wants to come to a consultative meeting, logit, (M,)."""
    forcing = context.forcing
    pull = parameters.bind(organisations.bloc_pull_on)(
        level=forcing.bloc_level, led_by_russia=view.own(forcing.led_by_russia)
    )
    return parameters.bind(organisations.attendance_score)(
        stake=view.sum_partners(willing),
        external_threat=forcing.external_threat,
        partner_support=forcing.partner_support,
        bloc_pull=pull,
    )


def decide_all(views: View, context: StepContext, parameters: Parameters) -> Decision:
    """The decisions of all states, (C, C, M) and (C, M), by one evaluation of `decide`."""
    decision = decide(views, context, parameters)
    return dataclasses.replace(decision, **{name: getattr(decision, name)[:, 0] for name in _ABOUT_REGION})


def check_decision(who: str, decision: Decision, geography: Geography, members: int) -> None:
    """Whether a decision of an agent of one's own has the right shapes, kinds and finite values.

    Parameters
    ----------
    who : the agent and the quarter, for the message

    Raises
    ------
    DecisionError
        If it has not.
    """
    if not isinstance(decision, Decision):
        raise DecisionError(f"{who} gave its decision as {type(decision).__name__}; it is a Decision")
    for name in _NAMES:
        value = np.asarray(getattr(decision, name))
        shape = (members,) if name in _ABOUT_REGION else (geography.n_countries, members)
        if value.shape != shape:
            raise DecisionError(f"{who} decided {name} with the shape {value.shape}; it needs {shape}, members last")
        if name not in ("willingness", "posture", "barter") and value.dtype != bool:
            raise DecisionError(f"{who} decided {name} with values of type {value.dtype}; it needs true or false")
        if not np.isfinite(value).all():
            raise DecisionError(f"{who} decided {name} with a value that is no finite number")


def stack_decisions(decisions: Sequence[Decision]) -> Decision:
    """Decisions of single states side by side: (C, M) -> (C, C, M), (M,) -> (C, M)."""
    return Decision(**{name: np.stack([getattr(decision, name) for decision in decisions]) for name in _NAMES})


def decision_of(decision: Decision, i: int) -> Decision:
    """What one state decided, out of the decisions of all."""
    return Decision(**{name: getattr(decision, name)[i] for name in _NAMES})


_ABOUT_REGION = ("attends", "attends_organisation", "accedes")
_NAMES = tuple(field.name for field in dataclasses.fields(Decision))
