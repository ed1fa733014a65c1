"""Leadership: how leaders leave, who follows them, and what that does to trust.

Arrays have members last: about a state ``(C, M)``, about a directed pair ``(C, C, M)``. Hazards are per quarter.

Source
------
Hazard of irregular exit falling with tenure: Svolik 2012. Regimes that outlive leaders who die in office:
Kendall-Taylor and Frantz 2016. Leader-specific punishment: McGillivray and Smith 2004.
"""

from __future__ import annotations

import numpy as np

from cairn.core.pairs import as_own, as_partner, clip
from cairn.core.variables import Array, Param


def exit_hazards(
    age: Array,
    tenure: Array,
    *,
    death_hazard: Param,
    death_hazard_growth: Param,
    regular_exit_hazard: Param,
    late_age: Param,
    late_exit_factor: Param,
    irregular_exit_hazard: Param,
    irregular_exit_factor: Param,
    consolidation_years: Param,
) -> tuple[Array, Array, Array]:
    """Probabilities of the quarter that a leader dies, hands over, or is overthrown.

    Parameters
    ----------
    age, tenure : (C, M), yr
    death_hazard : 1/yr at the age of 60
    death_hazard_growth : 1/yr
    regular_exit_hazard, irregular_exit_hazard : 1/yr
    late_age : yr
    late_exit_factor : 1, added to one past the late age
    irregular_exit_factor : (C, 1) or (C, M), 1
    consolidation_years : yr

    Returns
    -------
    death, regular, irregular : (C, M), 1/quarter

    Source
    ------
    Gompertz law for deaths; Svolik 2012 for overthrow. Sizes: Assumed.
    """
    death = death_hazard * np.exp(death_hazard_growth * (age - 60)) / 4
    regular = regular_exit_hazard * (1 + late_exit_factor * (age > late_age)) / 4
    irregular = irregular_exit_hazard * irregular_exit_factor * np.exp(-tenure / consolidation_years) / 4
    return death, regular, irregular


def successor_trait(
    trait: Array,
    irregular: Array | bool,
    u_break: Array,
    u_pool: Array,
    u_own: Array,
    pool: Param,
    pool_spread: Param,
    *,
    inheritance: Param,
    irregular_inheritance: Param,
    policy_break: Param,
    successor_spread: Param,
    trait_least: Param,
    trait_most: Param,
) -> Array:
    """A randomly drawn successor's openness, nationalism or personalism.

        x' = m + h (x - m) + (1 - h) w (U - 1/2) + s (U' - 1/2)

    h is lower after an irregular exit and zero when a succession breaks with the old policy.

    Parameters
    ----------
    trait : (C, M), 0..1, x, of the leader who leaves
    irregular : (C, M), boolean
    u_break, u_pool, u_own : (C, M), uniforms
    pool, pool_spread : 1, m and w, mean and width of the pool
    inheritance, irregular_inheritance : 1, h, and its factor after an irregular exit
    policy_break : probability of a break
    successor_spread : 1, s
    trait_least, trait_most : bounds

    Returns
    -------
    (C, M), within the bounds

    Source
    ------
    Kendall-Taylor and Frantz 2016 for inheritance. Sizes: Assumed.
    """
    kept = np.where(irregular, inheritance * irregular_inheritance, inheritance)
    kept = np.where(u_break < policy_break, 0.0, kept)
    drawn = pool + kept * (trait - pool) + (1 - kept) * pool_spread * (u_pool - 0.5) + successor_spread * (u_own - 0.5)
    return clip(drawn, trait_least, trait_most)


def trust_after_turnover(
    trust: Array,
    turnover: Array,
    openness: Array,
    previous_personalism: Array,
    others: Array,
    *,
    trust_reset: Param,
    newcomer_trust: Param,
    newcomer_openness_effect: Param,
    own_reset: Param,
) -> Array:
    """Trust after leaders changed: the others' trust in a new leader moves to a starting level, his own to neutral.

        T_ji <- T_ji + r p_i (T0_i - T_ji)       T_ij <- T_ij + k r p_i (T0 - T_ij)

    p_i is the personalism of the leader who left: the more a regime was one person, the less survives that person.
    T0_i is the newcomer's trust, higher for an open leader.

    Parameters
    ----------
    trust : (C, C, M), 0..1, T
    turnover : (C, M), 0 or 1
    openness : (C, M), 0..1, of the new leader
    previous_personalism : (C, M), 0..1, p
    others : (C, C, 1), whether two states are different
    trust_reset : 1, r
    newcomer_trust, newcomer_openness_effect : trust
    own_reset : 1, k

    Returns
    -------
    (C, C, M), 0..1

    Source
    ------
    Sign: McGillivray and Smith 2004. Sizes: Assumed.
    """
    promise = clip(newcomer_trust + newcomer_openness_effect * (2 * openness - 1), 0.0, 1.0)
    reset = trust_reset * previous_personalism * turnover
    trust = trust + as_partner(reset) * (as_partner(promise) - trust)
    return np.where(others, trust + as_own(own_reset * reset) * (newcomer_trust - trust), 0.0)


def effective_nationalism(
    nationalism: Array,
    yearly_growth: Array,
    unrest: Array,
    *,
    diversion: Param,
    recession_factor: Param,
    nationalism_most: Param,
) -> Array:
    """Nationalism with what hard times at home add to it: n + nu (r max(0, -g) + D).

    Parameters
    ----------
    nationalism : (C, M), 0..1, n
    yearly_growth : (C, M), share, g
    unrest : (C, M), 0..1, D
    diversion, recession_factor : 1, nu and r
    nationalism_most : bound

    Returns
    -------
    (C, M), 0..nationalism_most

    Source
    ------
    Diversion: evidence mixed, Chiozza and Goemans 2011. Sizes: Assumed.
    """
    strain = recession_factor * np.maximum(-yearly_growth, 0.0) + unrest
    return clip(nationalism + diversion * strain, 0.0, nationalism_most)
