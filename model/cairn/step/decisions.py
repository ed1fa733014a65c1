"""What one state decides, seen from where it stands: its willingness, its borders, its consents."""

from __future__ import annotations

import dataclasses

import numpy as np

from cairn.core.geography import NEIGHBOURS, OTHERS, TREATY_PAIRS, UPSTREAM_OF, C
from cairn.core.parameters import Parameters
from cairn.core.state import Array, View
from cairn.rules import choice, organisations, water
from cairn.step.context import StepContext


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


def willingness_terms(view: View, context: StepContext, parameters: Parameters, i: int) -> dict[str, Array]:
    """The terms of state i's willingness toward each other, by name, (M, C) or (M, 1)."""
    n, forcing = parameters.bind, context.forcing
    shortage = view.of_all("shortage")
    grievance = n(choice.grievance)(
        context.contested[i], view.undelimited, view.incident_memory, shortage, shortage[:, i : i + 1]
    )
    threat = n(choice.common_threat)(forcing.spillover, forcing.unrest, forcing.unrest[:, i : i + 1])
    return n(choice.willingness_terms)(
        view.trust, view.trade_gain, grievance, threat, view.agreement, view.openness, view.effective_nationalism
    )


def decide(view: View, context: StepContext, parameters: Parameters, i: int) -> Decision:
    """One state's choices of the quarter: its willingness, its borders, its consents.

    view : what it sees; numbers : the numbers as it reckons with them; i : its place in the arrays
    """
    n = parameters.bind
    terms = list(willingness_terms(view, context, parameters, i).values())
    others = OTHERS[i]
    willing: Array = np.where(others, sum(terms[1:], terms[0]), 0.0)
    cost, rent = context.costs, parameters.regime_rent * view.personalism
    posture = n(choice.posture_step)(
        view.posture,
        view.towards_me("posture"),
        willing,
        view.personalism,
        context.draws.uniform("posture", C, C)[:, i],
    )

    def consents(act: str, value: Array, occasion=1.0) -> Array:
        # Each side takes the occasion with the root of its chance, so that both do with the chance itself.
        return context.draws.uniform(act, C, C)[:, i] < choice.logistic(value) * np.sqrt(occasion)

    may_delimit = (view.undelimited > 0) & (context.year >= np.asarray(parameters.delimitation_begins))
    hard = view.undelimited <= context.hard_between[..., i, :]
    stake = parameters.ripeness_push * view.ripeness - parameters.contested_cost * context.contested[i]
    delimiting = np.where(hard, stake - cost[2], parameters.survey_stake - cost[1])
    pact = parameters.threat_weight * context.forcing.external_threat
    return Decision(
        willingness=willing,
        posture=np.where(NEIGHBOURS[i], posture, 0.0),
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
    """Chance that state i signs this year's water bargain with each other, decided in Q1; zero elsewhere and after.

    An old act among states: no cost of young sovereignty.
    """
    if context.season != 0:
        return np.zeros_like(willing)
    value = willing - parameters.base_cost - parameters.rung_cost
    trade_gain = parameters.bind(water.barter_gains)(view.trust, UPSTREAM_OF[i], UPSTREAM_OF[:, i])
    return np.where(TREATY_PAIRS[i], choice.logistic(value + parameters.gain_weight * trade_gain), 0.0)


def regional_choice(
    view: View, willing: Array, context: StepContext, parameters: Parameters, i: int
) -> dict[str, Array]:
    """Whether state i would come to the regional meeting, and join a closed organisation, decided in Q3."""
    if context.season != 2:
        nothing = np.zeros((len(willing), 1), dtype=bool)
        return {"attends": nothing, "accedes": nothing}
    forcing = context.forcing
    pull = parameters.bind(organisations.bloc_pull_on)(forcing.bloc_level, forcing.led_by_russia[:, i : i + 1])
    score = parameters.bind(organisations.attendance_score)(
        willing.sum(-1)[:, None],
        forcing.external_threat,
        forcing.partner_support,
        pull,
        view.in_organisation,
        view.organisation_alive,
    )
    harder = parameters.accession_rungs * parameters.rung_cost + parameters.accession_cost
    free = forcing.meeting_barred == 0
    return {
        "attends": (context.draws.uniform("regional", C)[:, i : i + 1] < choice.logistic(score)) & free,
        "accedes": context.draws.uniform("accession", C)[:, i : i + 1] < choice.logistic(score - harder),
    }


def stack_decisions(decisions: list[Decision]) -> Decision:
    """Five decisions side by side: (M, C) -> (M, C, C), (M, 1) -> (M, C)."""
    stacked = {}
    for field in dataclasses.fields(Decision):
        rows = [getattr(decision, field.name) for decision in decisions]
        stacked[field.name] = np.concatenate(rows, axis=-1) if rows[0].shape[-1] == 1 else np.stack(rows, axis=1)
    return Decision(**stacked)
