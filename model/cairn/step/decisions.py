"""What one state decides, seen from where it stands: its willingness, its borders, its consents."""

from __future__ import annotations

import dataclasses

import numpy as np

from cairn.core.geography import NEIGHBOURS, OTHERS, TREATY_PAIRS, UPSTREAM_OF, C
from cairn.core.parameters import Numbers
from cairn.core.state import Array, View
from cairn.rules import choice, organisations, water
from cairn.step.context import Scene


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
    others = OTHERS[i]
    willing: Array = np.where(others, sum(terms[1:], terms[0]), 0.0)
    cost, rent = scene.costs, numbers.regime_rent * view.personalism
    posture = n(choice.posture_step)(
        view.border, view.towards_me("border"), willing, view.personalism, scene.luck.uniform("posture", C, C)[:, i]
    )

    def consents(act: str, value: Array, occasion=1.0) -> Array:
        # Each side takes the occasion with the root of its chance, so that both do with the chance itself.
        return scene.luck.uniform(act, C, C)[:, i] < choice.logistic(value) * np.sqrt(occasion)

    may_delimit = (view.undelimited > 0) & (scene.year >= np.asarray(numbers.delimitation_begins))
    hard = view.undelimited <= scene.hard_between[..., i, :]
    stake = numbers.ripeness_push * view.ripeness - numbers.contested_cost * scene.contested[i]
    delimiting = np.where(hard, stake - cost[2], numbers.survey_stake - cost[1])
    pact = numbers.threat_weight * scene.given.external_threat
    return Decision(
        willingness=willing,
        posture=np.where(NEIGHBOURS[i], posture, 0.0),
        summit=consents("summit", willing - cost[0] + rent, numbers.summit_occasion) & others,
        delimitation=consents("delimitation", willing + delimiting) & may_delimit,
        agreement=consents("agreement", willing - cost[2] - rent, numbers.agreement_occasion) & others,
        corridor=consents("corridor", willing - cost[3] - rent, numbers.corridor_occasion)
        & (view.agreement > numbers.corridor_needs)
        & others,
        security=consents("security", willing - cost[3] + pact, numbers.security_occasion) & others,
        barter=barter_consent(view, willing, scene, numbers, i),
        **regional_choice(view, willing, scene, numbers, i),
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
