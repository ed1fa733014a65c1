"""Choice: one willingness of each leader toward each neighbour, and a ladder of actions of rising difficulty.

V_ij, the willingness, is on a logit scale. P(i consents to act a with j) = logistic(V_ij + stake - cost of the rung).
Rungs: summit 0, easing a border or a water bargain 1, delimitation or agreement 2, corridor or security pact 3.

Source: quantal response as in McKelvey and Palfrey 1995; the ladder as a Rasch scale; weights Assumed.
"""

import numpy as np
from scipy.special import expit

from cairn.core.pairs import as_own, transpose


def logistic(x):
    """1 / (1 + exp(-x)).

    >>> float(logistic(np.array(0.0)))
    0.5
    """
    return expit(x)


def grievance(
    contested,
    undelimited,
    incident_memory,
    shortage,
    own_shortage,
    *,
    grievance_border,
    grievance_incidents,
    grievance_shortage,
):
    """What stands between a state and each other, 0..1: contested ground, remembered incidents, water or power not had.

    (..., C) each, own_shortage (..., 1).
    """
    border = grievance_border * contested * undelimited
    incidents = -grievance_incidents * np.expm1(-incident_memory)
    return np.clip(border + incidents + grievance_shortage * (own_shortage + shortage), 0.0, 1.0)


def common_threat(spillover, unrest, own_unrest, *, unrest_threat):
    """Militancy and unrest next door as a state feels it with each other: the region's level and both's unrest."""
    return spillover + unrest_threat * (own_unrest + unrest)


def willingness_terms(
    trust,
    trade_gain,
    grievance,
    threat,
    agreement,
    openness,
    nationalism,
    *,
    trust_weight,
    openness_weight,
    gain_weight,
    grievance_weight,
    threat_weight,
    threat_trust_threshold,
    spillover_weight,
):
    """How much a leader wants to work with each of the others, by term, logit: pairs (..., C), own (..., 1).

        V_ij = w_T (2 T_ij - 1) + w_L (2 o_i - 1) + w_E tanh(gain_ij) - w_N n_i Z_ij
               + w_S TH_ij (T_ij - T*)/(1 - T*) + w_F A_ij

    Threat pulls trusting neighbours together and drives distrustful ones to close: one weight, two signs. The terms
    stay apart so that a reader can be told why; their sum is the willingness.
    """
    return {
        "trust": trust_weight * (2 * trust - 1),
        "leader": openness_weight * (2 * openness - 1),
        "gain": gain_weight * np.tanh(trade_gain),
        "grievance": -grievance_weight * nationalism * grievance,
        "threat": threat_weight * threat * (trust - threat_trust_threshold) / (1 - threat_trust_threshold),
        "agreements": spillover_weight * agreement,
    }


def cost_of(rung, years_since_1992, *, base_cost, rung_cost, sovereignty_cost, sovereignty_decay_years):
    """Cost of an act on the ladder, logit: c0 + c1 rung + s0 exp(-years/decay) min(rung, 2)/2."""
    young = np.exp(-years_since_1992 / sovereignty_decay_years)
    return base_cost + rung_cost * rung + sovereignty_cost * young * (min(rung, 2) / 2)


def posture_step(
    posture,
    posture_of_other,
    willingness,
    personalism,
    u,
    *,
    regime_rent,
    reciprocity,
    posture_curvature,
    neutral_posture,
    base_cost,
    rung_cost,
):
    """Ease (+1), hold (0) or tighten (-1) each border, for one state, (..., C).

    The posture has an ideal point b* = 1/2 + (V - w_R p + w_rec (b_ji - b_ij)) / k. Easing is worth k (b* - b),
    tightening k (b - b*), both less the cost of an act; a multinomial logit decides on one uniform, so that more
    willingness never eases less at the same luck.
    """
    ideal = (
        neutral_posture
        + (willingness - regime_rent * personalism + reciprocity * (posture_of_other - posture)) / posture_curvature
    )
    pull = posture_curvature * (ideal - posture)
    ease = np.exp(pull - base_cost - rung_cost)
    tighten = np.exp(-pull - base_cost - rung_cost)
    total = 1 + ease + tighten
    return (u < ease / total).astype(float) - (u > 1 - tighten / total)


def posture_after(posture, step, closed_by_clash, neighbours, *, posture_step, posture_least, closure_factor):
    """Border postures after the quarter's steps and after clashes that shut them, (..., C, C)."""
    moved = np.clip(posture + as_own(posture_step) * step, as_own(posture_least), 1.0)
    return np.where(neighbours, np.where(closed_by_clash, as_own(closure_factor) * moved, moved), 0.0)


def agreed(consent):
    """An act between two happens when both consent: (..., C, C) of truth both ways -> the same, symmetric."""
    return consent & transpose(consent)


def stock_after(stock, act, step, decay):
    """A stock of what was agreed grows towards one with each act and fades: x + s act (1 - x) - d x, within 0..1."""
    return np.clip(stock + as_own(step) * act * (1 - stock) - as_own(decay) * stock, 0.0, 1.0)
