"""Trust and dialogue: bad news outweighs good, and states that do not talk drift apart.

Arrays have members last: a directed pair ``(C, C, M)`` with ``T[i, j]`` being i's trust in j; parameters ``(M,)``.

Source
------
Asymmetry: Slovic 1993; Poortinga and Pidgeon 2004. Decay of interaction: Crescenzi and Enterline 2001.
"""

from __future__ import annotations

import numpy as np

from cairn.core.pairs import as_own, as_partner, clip
from cairn.core.variables import Array, Param


def dialogue_after(dialogue: Array, meetings: Array, *, dialogue_memory: Param) -> Array:
    """Leaders' meetings per year as a moving average.

        m' = m + r (4 meetings - m)

    Parameters
    ----------
    dialogue : (C, C, M), 1/yr, m
    meetings : (C, C, M), meetings of the quarter
    dialogue_memory : 1/quarter, r

    Returns
    -------
    (C, C, M), 1/yr

    Source
    ------
    Assumed.
    """
    return dialogue + dialogue_memory * (4 * meetings - dialogue)


def dialogue_strength(dialogue: Array, *, dialogue_scale: Param) -> Array:
    """How well two states know each other: 1 - exp(-s m).

    Parameters
    ----------
    dialogue : (C, C, M), 1/yr, m
    dialogue_scale : yr, s

    Returns
    -------
    (C, C, M), 0..1

    Source
    ------
    Assumed.
    """
    return -np.expm1(-dialogue_scale * dialogue)


def good_news(
    summit: Array,
    security_act: Array,
    meeting: Array,
    agreement: Array,
    bargain_kept: Array,
    eased_by_other: Array,
    delimited: Array,
    *,
    security_trust: Param,
    easing_trust: Param,
    delimitation_trust: Param,
) -> Array:
    """Weight of the quarter's good news in each pair.

    Parameters
    ----------
    summit, security_act, meeting, agreement, bargain_kept, eased_by_other, delimited : (C, C, M), 0 or 1 (or boolean):
        a summit of the two, a joint security act, a regional meeting that both attended, an agreement, a water bargain
        kept, a border eased by the other side, a section delimited
    security_trust, easing_trust, delimitation_trust : 1, weights of these; the others weigh 1

    Returns
    -------
    (C, C, M), at least 0

    Source
    ------
    Assumed.
    """
    acts = 1.0 * summit + 1.0 * meeting + agreement + bargain_kept  # two booleans would not add up
    return acts + security_trust * security_act + easing_trust * eased_by_other + delimitation_trust * delimited


def violence_news(
    severity: Array, deaths: Array, *, incident_distrust: Param, deaths_distrust: Param, deaths_scale: Param
) -> Array:
    """Weight of the quarter's violence on each border.

    Parameters
    ----------
    severity : (B, M), 0..1, of the quarter's incidents
    deaths : (B, M), of the quarter
    incident_distrust, deaths_distrust : 1, weights
    deaths_scale : deaths

    Returns
    -------
    (B, M), at least 0

    Source
    ------
    Assumed.
    """
    return incident_distrust * severity - deaths_distrust * np.expm1(-deaths / deaths_scale)


def bad_news(
    tightened_by_other: Array,
    openness: Array,
    violence: Array,
    bargain_broken: Array,
    blamed_shortage: Array,
    left_grid: Array,
    neighbours: Array,
    *,
    tightening_distrust: Param,
    closed_border_distrust: Param,
    breach_distrust: Param,
    blame: Param,
    grid_exit_distrust: Param,
) -> Array:
    """Weight of the quarter's bad news in each pair.

    Parameters
    ----------
    tightened_by_other : (C, C, M), 0 or 1, the other side tightened the border
    openness : (C, C, M), 0..1
    violence : (C, C, M), weight of violence on the common border
    bargain_broken : (C, C, M), 0 or 1
    blamed_shortage : (C, C, M), 0..1, shortage that i attributes to j
    left_grid : (C, C, M), 1 where i lays it at j's door that a state left the common power system in this quarter
    neighbours : (C, C, 1), whether two states share a border
    tightening_distrust, closed_border_distrust, breach_distrust, blame, grid_exit_distrust : 1, weights

    Returns
    -------
    (C, C, M), at least 0

    Source
    ------
    Assumed.
    """
    border = tightening_distrust * tightened_by_other + closed_border_distrust * (1 - openness) * neighbours
    water = breach_distrust * bargain_broken + blame * blamed_shortage
    return border + violence + water + grid_exit_distrust * left_grid


def grid_exit_blame(left: Array, cut_by: Array) -> Array:
    """Whom each state blames when states leave the common power system: the leaver, or who cut the state itself off.

    Parameters
    ----------
    left : (C, M), 1 where a state left in this quarter
    cut_by : (C, C, M), 1 where j cut i off

    Returns
    -------
    (C, C, M), 0 or 1

    Source
    ------
    Assumed.
    """
    of_its_own = left * (cut_by.max(axis=1) == 0)
    return np.maximum(as_partner(of_its_own), as_own(left) * cut_by)


def trust_after(
    trust: Array,
    good: Array,
    bad: Array,
    strength: Array,
    others: Array,
    neighbours: Array,
    *,
    trust_gain: Param,
    contact_without_border: Param,
    loss_ratio: Param,
    trust_drift: Param,
    estrangement: Param,
    acquaintance: Param,
    trust_least: Param,
    trust_most: Param,
) -> Array:
    """Trust at the end of the quarter, within bounds, zero on the diagonal.

        T' = T + g k POS (1 - T) - g a NEG T + d (T_e + (T_a - T_e) k D - T)

    Parameters
    ----------
    trust : (C, C, M), 0..1, T
    good, bad : (C, C, M), POS and NEG
    strength : (C, C, M), 0..1, D, how well the two know each other
    others : (C, C, 1), whether two states are different
    neighbours : (C, C, 1), whether they share a border
    trust_gain : 1, g
    contact_without_border : 1, k between states without a common border, where less is at stake; 1 between neighbours
    loss_ratio : 1, a
    trust_drift : 1/quarter, d
    estrangement, acquaintance : levels of trust without dialogue (T_e) and under constant dialogue (T_a)
    trust_least, trust_most : bounds

    Returns
    -------
    (C, C, M), 0..1

    Source
    ------
    Structure: Slovic 1993; Crescenzi and Enterline 2001. Sizes: Assumed.
    """
    contact = np.where(neighbours, 1.0, contact_without_border)
    level = estrangement + (acquaintance - estrangement) * contact * strength
    gained = trust_gain * contact * good * (1 - trust)
    after = trust + gained - trust_gain * loss_ratio * bad * trust + trust_drift * (level - trust)
    return np.where(others, clip(after, trust_least, trust_most), 0.0)
