"""Choice: one willingness of each leader toward each other state, and a ladder of acts of rising difficulty.

V_ij, the willingness, is on a logit scale. P(i consents to act a with j) = logistic(V_ij + stake - cost of the rung).
Rungs: summit 0; easing a border or a water bargain 1; delimitation or agreement 2; corridor or security pact 3.

Functions about one deciding state take ``(M,)`` about itself and ``(C, M)`` toward the others; functions about all
pairs take ``(C, C, M)``. Members are last; parameters are numbers or ``(M,)``.

Source
------
Quantal response as in McKelvey and Palfrey 1995; the ladder as a Rasch scale; weights Assumed.
"""

from __future__ import annotations

import numpy as np

from cairn.core.pairs import clip, transpose
from cairn.core.variables import Array, Param


def logistic(x: Array) -> Array:
    """1 / (1 + exp(-x)), of any shape.

    >>> float(logistic(np.array(0.0)))
    0.5
    """
    return 1 / (1 + np.exp(-x))


def odds_against(willingness: Array) -> Array:
    """exp(-V): the odds against consent to an act without cost.

    Parameters
    ----------
    willingness : of any shape, logit, V
    """
    return np.exp(-willingness)


def consents(u: Array, odds_against: Array, cost: Param, occasion: Param) -> Array:
    """Whether a state consents to an act: u < logistic(V - cost) sqrt(occasion).

    Parameters
    ----------
    u : (C, M), uniforms
    odds_against : (C, M), exp(-V)
    cost : logit, (C, M), (M,) or a number, of the rung less what is at stake
    occasion : probability that there is an occasion in the quarter; each of the two sides has its square root

    Returns
    -------
    (C, M), boolean

    Source
    ------
    McKelvey and Palfrey 1995.
    """
    return u * (1 + odds_against * np.exp(cost)) < np.sqrt(occasion)


def grievance(
    contested: Array,
    undelimited: Array,
    incident_memory: Array,
    shortage: Array,
    own_shortage: Array,
    *,
    grievance_border: Param,
    grievance_incidents: Param,
    grievance_shortage: Param,
) -> Array:
    """What stands between a state and each other: contested ground, remembered incidents, shortage of water or power.

    Parameters
    ----------
    contested : (C, 1), 0..1, how contested each border is
    undelimited : (C, M), 0..1, share of each border not delimited
    incident_memory : (C, M)
    shortage : (C, M), 0..1, of the others
    own_shortage : (M,), 0..1
    grievance_border, grievance_incidents, grievance_shortage : 1, weights

    Returns
    -------
    (C, M), 0..1

    Source
    ------
    Assumed.
    """
    border = grievance_border * contested * undelimited
    incidents = -grievance_incidents * np.expm1(-incident_memory)
    return clip(border + incidents + grievance_shortage * (own_shortage + shortage), 0.0, 1.0)


def common_threat(spillover: Array, unrest: Array, own_unrest: Array, *, unrest_threat: Param) -> Array:
    """Militancy and unrest as a state perceives it with each other: the region's level and the unrest of both.

    Parameters
    ----------
    spillover : (M,), level of militancy that spills over borders
    unrest : (C, M), 0..1, within the others
    own_unrest : (M,), 0..1
    unrest_threat : 1, weight of unrest

    Returns
    -------
    (C, M)

    Source
    ------
    Assumed; Andijan 2005 and Osh 2010 closed borders.
    """
    return spillover + unrest_threat * (own_unrest + unrest)


def willingness_terms(
    trust: Array,
    trade_gain: Array,
    grievance: Array,
    threat: Array,
    agreement: Array,
    openness: Array,
    nationalism: Array,
    *,
    trust_weight: Param,
    openness_weight: Param,
    gain_weight: Param,
    grievance_weight: Param,
    threat_weight: Param,
    threat_trust_threshold: Param,
    spillover_weight: Param,
) -> dict[str, Array]:
    """How much a leader wants to work with each other state, term by term; the sum is the willingness.

        V_ij = w_T (2 T_ij - 1) + w_L (2 o_i - 1) + w_E tanh(gain_ij) - w_N n_i Z_ij
               + w_S TH_ij (T_ij - T*) / (1 - T*) + w_F A_ij

    A threat draws states together that trust each other and makes those that do not close their borders: one weight,
    two signs. The terms stay separate so that a run can report why.

    Parameters
    ----------
    trust : (C, M), 0..1, T
    trade_gain : (C, M), % of GDP
    grievance : (C, M), 0..1, Z
    threat : (C, M), TH
    agreement : (C, M), 0..1, A
    openness : (M,), 0..1, o, of the deciding leader
    nationalism : (M,), 0..1.2, n, of the deciding leader
    trust_weight, openness_weight, gain_weight, grievance_weight, threat_weight, spillover_weight : logit, w
    threat_trust_threshold : trust, T*

    Returns
    -------
    dict
        trust, leader, gain, grievance, threat, agreements: logit, (C, M), or (M,) where a term is the same toward all.

    Source
    ------
    Threat: De Jaegher 2021; Kydd 2005. Spill-over of agreements: Haas 1958; Burghardt and Maoz 2018. Sizes: Assumed.
    """
    return {
        "trust": trust_weight * (2 * trust - 1),
        "leader": openness_weight * (2 * openness - 1),
        "gain": gain_weight * np.tanh(trade_gain),
        "grievance": -grievance_weight * nationalism * grievance,
        "threat": threat_weight * threat * (trust - threat_trust_threshold) / (1 - threat_trust_threshold),
        "agreements": spillover_weight * agreement,
    }


def costs_of(
    rungs: range,
    years_since_1992: float,
    *,
    base_cost: Param,
    rung_cost: Param,
    sovereignty_cost: Param,
    sovereignty_decay_years: Param,
) -> tuple[Param, ...]:
    """Costs of acts on the ladder: c0 + c1 rung + s0 exp(-years / decay) min(rung, 2) / 2.

    Parameters
    ----------
    rungs : of the acts, 0 to 3
    years_since_1992 : yr
    base_cost, rung_cost, sovereignty_cost : logit, c0, c1, s0
    sovereignty_decay_years : yr, decay

    Returns
    -------
    logit, (M,) or a number for each rung

    Source
    ------
    Sign of the rung's cost: Alesina, Angeloni and Etro 2005. Sizes: Assumed.
    """
    young = sovereignty_cost * np.exp(-years_since_1992 / sovereignty_decay_years)
    return tuple(base_cost + rung_cost * rung + young * (min(rung, 2) / 2) for rung in rungs)


def posture_step(
    posture: Array,
    posture_of_other: Array,
    willingness: Array,
    personalism: Array,
    u: Array,
    *,
    regime_rent: Param,
    reciprocity: Param,
    posture_curvature: Param,
    neutral_posture: Param,
    base_cost: Param,
    rung_cost: Param,
) -> Array:
    """Whether one state eases (+1), holds (0) or tightens (-1) each border.

    The posture has an ideal point b* = b0 + (V - w_R p + w_rec (b_ji - b_ij)) / k. Easing is worth k (b* - b),
    tightening k (b - b*), both less the cost of an act; a multinomial logit decides on one uniform, so that with the
    same random number more willingness never eases less.

    Parameters
    ----------
    posture, posture_of_other : (C, M), 0..1, b_ij and b_ji
    willingness : (C, M), logit, V
    personalism : (M,), 0..1, p
    u : (C, M), uniforms
    regime_rent, reciprocity, posture_curvature : logit, w_R, w_rec, k
    neutral_posture : openness, b0
    base_cost, rung_cost : logit

    Returns
    -------
    (C, M): -1, 0 or 1

    Source
    ------
    Reciprocity: Goldstein and Freeman 1990. Sizes: Assumed.
    """
    ideal = (
        neutral_posture
        + (willingness - regime_rent * personalism + reciprocity * (posture_of_other - posture)) / posture_curvature
    )
    pull = np.exp(posture_curvature * (ideal - posture))
    act = np.exp(-(base_cost + rung_cost))
    ease, tighten = pull * act, act / pull
    weights = 1 + ease + tighten
    return (u < ease / weights).astype(float) - (u > 1 - tighten / weights)


def posture_after(
    posture: Array,
    step: Array,
    closed_by_clash: Array,
    neighbours: Array,
    *,
    posture_step: Param,
    posture_least: Param,
    closure_factor: Param,
) -> Array:
    """Border postures after the steps of the quarter and after clashes that shut borders.

    Parameters
    ----------
    posture : (C, C, M), 0..1
    step : (C, C, M): -1, 0 or 1
    closed_by_clash : (C, C, M), boolean
    neighbours : (C, C, 1), whether two states share a border
    posture_step, posture_least : openness, size of a step, and lower bound
    closure_factor : 1, share of the posture that a clash leaves

    Returns
    -------
    (C, C, M), 0..1

    Source
    ------
    Assumed.
    """
    moved = clip(posture + posture_step * step, posture_least, 1.0)
    return np.where(neighbours, np.where(closed_by_clash, closure_factor * moved, moved), 0.0)


def may_talk(frozen: Array, talks_barred: Array) -> Array:
    """Whether two states may agree on an act: their relations are not frozen, their talks not barred.

    Parameters
    ----------
    frozen, talks_barred : (C, C, M), 0 or 1

    Returns
    -------
    (C, C, M), boolean

    Source
    ------
    Assumed.
    """
    return (frozen == 0) & (talks_barred == 0)


def agreed(consent: Array) -> Array:
    """An act of two happens when both consent: (C, C, M) boolean in both directions -> the same, symmetric."""
    return consent & transpose(consent)


def stock_after(stock: Array, act: Array, step: Param, decay: Param) -> Array:
    """A stock of what was agreed grows toward one with each act and fades.

        x' = x + s act (1 - x) - d x

    Parameters
    ----------
    stock : (C, C, M), 0..1, x
    act : (C, C, M), boolean
    step : 1, s
    decay : 1/quarter, d

    Returns
    -------
    (C, C, M), 0..1

    Source
    ------
    Fading of unimplemented texts: cf. Gray 2018. Sizes: Assumed.
    """
    return clip(stock + step * act * (1 - stock) - decay * stock, 0.0, 1.0)
