"""Leadership: how leaders go, who follows them, and what their going does to trust.

About a state (..., C); hazards per quarter.

Source: hazard of irregular exit falling with tenure, Svolik 2012; regimes outliving leaders who die in office,
Kendall-Taylor and Frantz 2016; leader-specific punishment, McGillivray and Smith 2004.
"""

import numpy as np

from cairn.core.geography import OTHERS
from cairn.core.pairs import as_own, as_partner


def exit_hazards(
    age,
    tenure,
    *,
    death_hazard,
    death_hazard_growth,
    regular_exit_hazard,
    late_age,
    late_exit_factor,
    irregular_exit_hazard,
    irregular_exit_factor,
    consolidation_years,
):
    """Chances of the quarter that a leader dies, hands over, is thrown out: three (..., C); age and tenure in years."""
    death = death_hazard * np.exp(death_hazard_growth * (age - 60)) / 4
    regular = regular_exit_hazard * (1 + late_exit_factor * (age > late_age)) / 4
    irregular = irregular_exit_hazard * irregular_exit_factor * np.exp(-tenure / consolidation_years) / 4
    return death, regular, irregular


def successor_trait(
    trait,
    irregular,
    u_break,
    u_pool,
    u_own,
    pool,
    pool_spread,
    *,
    inheritance,
    irregular_inheritance,
    policy_break,
    successor_spread,
    trait_least,
    trait_most,
):
    """A drawn successor's openness, nationalism or personalism, within bounds.

        x' = m + inh (x - m) + (1 - inh) w (U - 1/2) + s (U' - 1/2)

    inh is lower after an irregular exit and zero when a succession breaks with the old policy.
    """
    kept = np.where(irregular, inheritance * irregular_inheritance, inheritance)
    kept = np.where(u_break < policy_break, 0.0, kept)
    drawn = pool + kept * (trait - pool) + (1 - kept) * pool_spread * (u_pool - 0.5) + successor_spread * (u_own - 0.5)
    return np.clip(drawn, trait_least, trait_most)


def trust_after_turnover(
    trust,
    turnover,
    openness,
    personalism_of_old,
    *,
    trust_reset,
    newcomer_trust,
    newcomer_openness_effect,
    own_reset,
):
    """Trust after leaders changed: the others' in a new leader moves to what he promises, his own to neutral.

        T_ji <- T_ji + rho p_i (T0_i - T_ji)       T_ij <- T_ij + k rho p_i (T0 - T_ij)

    p_i is the personalism of the leader who left: the more a regime was one man, the less survives him. T0_i is
    newcomer trust, higher for an open leader. turnover : (..., C) 0 or 1.
    """
    promise = np.clip(newcomer_trust + newcomer_openness_effect * (2 * openness - 1), 0.0, 1.0)
    reset = trust_reset * personalism_of_old * turnover
    trust = trust + as_partner(reset) * (as_partner(promise) - trust)
    return np.where(OTHERS, trust + as_own(own_reset * reset) * (as_own(newcomer_trust) - trust), 0.0)


def effective_nationalism(nationalism, yearly_growth, unrest, *, diversion, recession_factor, nationalism_most):
    """Nationalism with what hard times at home add to it: n + nu (r max(0, -g) + D), within 0..1.2."""
    strain = recession_factor * np.maximum(-yearly_growth, 0.0) + unrest
    return np.clip(nationalism + diversion * strain, 0.0, nationalism_most)
