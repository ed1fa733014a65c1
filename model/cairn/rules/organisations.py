"""Regional organisations: who attends, whether a meeting counts, how an organisation is founded and how it dies.

Arrays have members last: about a state ``(C, M)``, about the region ``(M,)``.

Source
------
Supply of integration by leading states: Mattli 1999. Organisations that live on without use: Gray 2018.
"""

from __future__ import annotations

import numpy as np

from cairn.core.pairs import total
from cairn.core.variables import Array, Param


def attendance_score(
    stake: Array,
    external_threat: Array,
    partner_support: Array,
    bloc_pull: Array,
    *,
    regional_stake: Param,
    base_cost: Param,
    rung_cost: Param,
    threat_weight: Param,
    partner_support_weight: Param,
    bloc_pull_weight: Param,
) -> Array:
    """How much one state wants to come to a consultative meeting: its stake in the others against other clubs.

    To a meeting of its own organisation a member comes more readily, by `organisation_inertia`.

    Parameters
    ----------
    stake : (M,), logit, sum of its willingness over the others
    external_threat, partner_support : (M,)
    bloc_pull : (M,), pull of a Russian-led bloc on this state
    regional_stake : 1
    base_cost, rung_cost, threat_weight, partner_support_weight, bloc_pull_weight : logit

    Returns
    -------
    (M,), logit

    Source
    ------
    Mattli 1999; Gray 2018. Sizes: Assumed.
    """
    return (
        regional_stake * stake
        - base_cost
        - rung_cost
        + threat_weight * external_threat
        + partner_support_weight * partner_support
        - bloc_pull_weight * bloc_pull
    )


def bloc_pull_on(level: Array, led_by_russia: Array, *, bloc_exposure: Param, bloc_membership_weight: Param) -> Array:
    """Pull of a Russian-led bloc on one state: its exposure, part of which needs membership, times the level.

    Parameters
    ----------
    level : (M,), pull of the bloc
    led_by_russia : (M,), 0 or 1, whether the state is a member
    bloc_exposure : 1, of this state
    bloc_membership_weight : 1, part of the exposure that needs membership

    Returns
    -------
    (M,)

    Source
    ------
    Assumed.
    """
    inside = 1 - bloc_membership_weight * (1 - led_by_russia)
    return level * bloc_exposure * inside


def meeting_held(willing: Array, core: tuple[int, ...], *, quorum: Param) -> Array:
    """Who attends: nobody unless enough states are willing and all core states are among them.

    Parameters
    ----------
    willing : (C, M), boolean
    core : positions of the core states
    quorum : states

    Returns
    -------
    (C, M), boolean

    Source
    ------
    The union of 1994 had three members. Assumed.
    """
    counts = willing.sum(axis=0) >= quorum
    for i in core:
        counts = counts & willing[i]
    return willing & counts


def attendance_after(average: Array, attended: Array, *, attendance_memory: Param) -> Array:
    """Moving average of the share of states that attend.

    Parameters
    ----------
    average : (M,), 0..1
    attended : (C, M), boolean
    attendance_memory : 1/yr, weight of the latest meeting

    Returns
    -------
    (M,), 0..1

    Source
    ------
    Assumed.
    """
    return average + attendance_memory * (attended.sum(axis=0) / len(attended) - average)


def dies(organisation_alive: Array, average: Array, *, organisation_death: Param) -> Array:
    """Whether an organisation that nobody attends dies.

    Parameters
    ----------
    organisation_alive : (M,), boolean
    average : (M,), 0..1, attendance
    organisation_death : attendance below which it dies

    Returns
    -------
    (M,), boolean

    Source
    ------
    Assumed.
    """
    return organisation_alive & (average < organisation_death)


def overlap(memberships: Array) -> Array:
    """Jaccard overlap of two states' memberships: those shared over those of either.

    Parameters
    ----------
    memberships : (organisations, C, M), 0 or 1

    Returns
    -------
    (C, C, M), 0..1

    Examples
    --------
    >>> overlap(np.array([[1.0, 1.0], [1.0, 0.0]])[..., None])[..., 0]
    array([[1. , 0.5],
           [0.5, 1. ]])
    """
    shared = total(memberships[:, :, None] * memberships[:, None])
    count = total(memberships)
    either = count[:, None] + count[None] - shared
    return shared / np.where(either > 0, either, 1.0)
