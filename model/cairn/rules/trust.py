"""Trust and dialogue: bad news outweighs good, and those who do not talk drift apart.

Directed pairs (..., C, C), T_ij being i's trust in j.

Source: asymmetry, Slovic 1993, Poortinga and Pidgeon 2004; decay of interaction, Crescenzi and Enterline 2001.
"""

import numpy as np

from cairn.core.geography import NEIGHBOURS, OTHERS
from cairn.core.pairs import as_own, as_partner


def dialogue_after(dialogue, meetings, *, dialogue_memory):
    """Leaders' meetings a year, moving average: m' = m + r (4 meetings - m), meetings of the quarter."""
    return dialogue + as_own(dialogue_memory) * (4 * meetings - dialogue)


def dialogue_strength(dialogue, *, dialogue_scale):
    """How well two states know each other, 0..1: 1 - exp(-s m)."""
    return -np.expm1(-as_own(dialogue_scale) * dialogue)


def good_news(
    summit,
    security_act,
    meeting,
    agreement,
    bargain_kept,
    eased_by_other,
    delimited,
    *,
    security_trust,
    easing_trust,
    delimitation_trust,
):
    """Weight of the quarter's good news, each argument 0 or 1, or truth."""
    acts = 1.0 * summit + 1.0 * meeting + agreement + bargain_kept  # truth plus truth would be truth
    return (
        acts
        + as_own(security_trust) * security_act
        + as_own(easing_trust) * eased_by_other
        + as_own(delimitation_trust) * delimited
    )


def bad_news(
    tightened_by_other,
    openness,
    severity,
    deaths,
    bargain_broken,
    blamed_shortage,
    left_grid,
    *,
    tightening_distrust,
    closed_border_distrust,
    incident_distrust,
    deaths_distrust,
    deaths_scale,
    breach_distrust,
    blame,
    grid_exit_distrust,
):
    """Weight of the quarter's bad news. left_grid : (..., C) 1 where a state left the common power system."""
    border = (
        as_own(tightening_distrust) * tightened_by_other + as_own(closed_border_distrust) * (1 - openness) * NEIGHBOURS
    )
    violence = as_own(incident_distrust) * severity - as_own(deaths_distrust) * np.expm1(-deaths / as_own(deaths_scale))
    water = as_own(breach_distrust) * bargain_broken + as_own(blame) * blamed_shortage
    return border + violence + water + as_own(grid_exit_distrust) * as_partner(left_grid)


def trust_after(
    trust,
    good,
    bad,
    strength,
    *,
    trust_gain,
    loss_ratio,
    trust_drift,
    estrangement,
    acquaintance,
    trust_least,
    trust_most,
):
    """Trust at the quarter's end.

    T' = T + g POS (1 - T) - g asym NEG T + d (T_e + (T_a - T_e) dialogue - T), within bounds, zero on the diagonal
    """
    level = as_own(estrangement) + as_own(acquaintance - estrangement) * strength
    after = (
        trust
        + as_own(trust_gain) * good * (1 - trust)
        - as_own(trust_gain * loss_ratio) * bad * trust
        + as_own(trust_drift) * (level - trust)
    )
    return np.where(OTHERS, np.clip(after, as_own(trust_least), as_own(trust_most)), 0.0)
