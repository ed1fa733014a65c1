"""Regional organisations: who comes, whether it counts, how a body is founded and how it dies.

About a state (..., C), about the region (..., 1).

Source: supply of integration by leading states, Mattli 1999; zombie organisations, Gray 2018.
"""

import numpy as np

from cairn.core.geography import CODES, index

CORE = (index("KAZ"), index("UZB"))


def attendance_score(
    stake,
    external_threat,
    partner_support,
    bloc_pull,
    in_organisation,
    organisation_alive,
    *,
    regional_stake,
    base_cost,
    rung_cost,
    threat_weight,
    partner_support_weight,
    bloc_pull_weight,
    organisation_inertia,
):
    """How much a state wants to come to a meeting of the five, logit: its stake in the others against other clubs.

    stake : sum of its willingness over the others; bloc_pull : pull of a Russian-led bloc on this state.
    """
    return (
        regional_stake * stake
        - base_cost
        - rung_cost
        + threat_weight * external_threat
        + partner_support_weight * partner_support
        - bloc_pull_weight * bloc_pull
        + organisation_inertia * in_organisation * organisation_alive
    )


def bloc_pull_on(level, led_by_russia, *, bloc_exposure, bloc_membership_weight):
    """Pull of a Russian-led bloc on each state: its exposure, part of which needs membership, times the level."""
    inside = 1 - bloc_membership_weight * (1 - led_by_russia)
    return level * bloc_exposure * inside


def meeting_held(willing, *, quorum):
    """Those who attend: nobody unless enough come and both core states are among them, (..., C) of truth."""
    core = willing[..., CORE[0]] & willing[..., CORE[1]]
    enough = willing.sum(-1)[..., None] >= quorum
    return willing & core[..., None] & enough


def attendance_after(average, attended, *, attendance_memory):
    """Moving average of the share of states that attend, (..., 1)."""
    return average + attendance_memory * (attended.sum(-1)[..., None] / len(CODES) - average)


def dies(organisation_alive, average, *, organisation_death):
    """A body nobody attends is dead, (..., 1) of truth."""
    return organisation_alive & (average < organisation_death)


def overlap(memberships):
    """Jaccard overlap of two states' memberships: shared over all, (..., K, C) of 0 and 1 -> (..., C, C).

    >>> overlap(np.array([[1.0, 1.0], [1.0, 0.0]]))
    array([[1. , 0.5],
           [0.5, 1. ]])
    """
    shared = np.einsum("...ki,...kj->...ij", memberships, memberships)
    own_count = memberships.sum(-2)
    either = own_count[..., :, None] + own_count[..., None, :] - shared
    return shared / np.where(either > 0, either, 1.0)
