"""Trade: structural gravity with multilateral resistance, and accessibility that collapses fast and rebuilds slowly.

===========  ==========================  =======  =============================================
symbol       name                        unit     shape
===========  ==========================  =======  =============================================
W            way, open for goods         0..1     (..., C, C)
B            ordered loss                log      (..., C, C)
L, L*        accessibility, its target   log      (..., C, C)
phi          ease                        1        (..., C + 5, C + 5), five outside economies last
Omega        resistance                  1        (..., C + 5)
X            flows                       bn USD   (..., C + 5, C + 5), two-way, per year
===========  ==========================  =======  =============================================

Source: Anderson and van Wincoop 2003; Head and Mayer 2014; Arkolakis, Costinot and Rodriguez-Clare 2012.
"""

import numpy as np

from cairn.core.geography import NEIGHBOURS, OTHERS, ROUTES, C
from cairn.core.pairs import as_own, both_ways, from_pairs, transpose


def transit_openness(posture, closure_cap, opening_floor):
    """How open the way between two states is for goods: the tighter side, within what acts of state order.

        W_ij = min(max(min(b_ij, b_ji), floor_ij), cap_ij)      between neighbours
        W_ij = max over k of min(W_ik, W_kj)                    through third states, else

    Shapes (..., C, C), all 0..1; the result is symmetric and zero on the diagonal.

    Source
    ------
    Weakest link: Assumed. The transit state holds the pair hostage.
    """
    tighter = np.maximum(np.minimum(posture, transpose(posture)), opening_floor)
    at_border = np.where(NEIGHBOURS, np.minimum(tighter, closure_cap), 0.0)
    way = at_border.copy()
    for i, j, states in ROUTES:
        best = np.minimum(at_border[..., i, states[0]], at_border[..., states[0], j])
        for k in states[1:]:
            best = np.maximum(best, np.minimum(at_border[..., i, k], at_border[..., k, j]))
        way[..., i, j] = way[..., j, i] = np.minimum(best, closure_cap[..., i, j])
    return way


def effective_openness(way, visa, links_cut, *, visa_friction, link_friction):
    """How open the way is for people: O = W (1 - f_v visa) (1 - f_l cut), shapes (..., C, C), all 0..1."""
    return way * (1 - as_own(visa_friction) * visa) * (1 - as_own(link_friction) * links_cut)


def policy_trade_cost(visa, freight_cut, *, visa_trade_loss, freight_loss):
    """Log trade lost to visas and cut links: B = v visa + c freight_cut, shapes (..., C, C).

    On top of what a closed border costs, not in its place: who may not travel cannot sell, and what has no rail has no
    lorry either where the posts are shut. It comes and goes with the order, where networks of trade take years.

    Source: visas, Neumayer 2011; the rest Assumed.
    """
    return as_own(visa_trade_loss) * visa + as_own(freight_loss) * freight_cut


def accessibility_target(
    way,
    agreement,
    trust,
    corridor,
    years_since_1992,
    log_distance,
    *,
    distance_elasticity,
    contiguity_gain,
    closure_loss,
    agreement_gain,
    trust_trade_gain,
    corridor_gain,
    soviet_legacy,
    legacy_decay_years,
    pair_affinity,
):
    """Bilateral log accessibility once all has adjusted, without what is ordered.

    L*_ij = - b ln d_ij + contiguity + kappa_ij - eta (1 - W_ij) + f A_ij + r (T_ij + T_ji - 1) + psi C_ij
            + legacy exp(-years/tau)
    """
    geography = (
        -as_own(distance_elasticity) * log_distance + as_own(contiguity_gain) * NEIGHBOURS + from_pairs(pair_affinity)
    )
    legacy = as_own(soviet_legacy * np.exp(-years_since_1992 / legacy_decay_years))
    politics = as_own(agreement_gain) * agreement + as_own(trust_trade_gain) * (2 * both_ways(trust) - 1)
    return geography + politics - as_own(closure_loss) * (1 - way) + as_own(corridor_gain) * corridor + legacy


def accessibility_after(accessibility, target, *, rebuild_rate, collapse_rate):
    """Closing hurts at once, networks rebuild slowly: L' = L + a (L* - L), a depending on the direction."""
    gap = target - accessibility
    return accessibility + np.where(gap > 0, as_own(rebuild_rate), as_own(collapse_rate)) * gap


def base_ease(log_distance, log_internal, *, distance_elasticity, home_bias):
    """Ease of trade by distance alone: (C + 5, C + 5) tables of log km -> (1 or M, C + 5, C + 5)."""
    distance = np.where(np.eye(len(log_internal), dtype=bool), log_internal, log_distance)
    at_home = np.eye(len(log_internal))
    log_ease = -as_own(distance_elasticity) * distance + as_own(home_bias) * at_home
    return np.exp(log_ease.reshape(-1, *distance.shape))


def ease(base, accessibility, ordered, gdp, gdp_reference, outside, *, income_elasticity):
    """Ease of trade of this quarter: phi_ij = exp(L_ij - B_ij + (b_Y - 1)(ln y_i + ln y_j)) among the five, else base.

    outside : (..., C, 5) factor on the ease of trade with each outside economy, 1 where no event says otherwise
    """
    income = (income_elasticity - 1) * np.log(gdp / gdp_reference)
    inner = np.exp(accessibility - ordered + as_own(income) + income[..., None, :])
    phi = np.empty((*inner.shape[:-2], *base.shape[-2:]))
    phi[...] = base
    phi[..., :C, :C] = np.where(OTHERS, inner, phi[..., :C, :C])
    if (outside != 1).any():
        phi[..., :C, C:] *= outside
        phi[..., C:, :C] *= transpose(outside)
    return phi


def resistance_after(resistance, phi, gdp, *, resistance_iterations):
    """Multilateral resistance by a damped fixed point, warm from the last quarter.

        Omega_i <- sqrt(Omega_i sum_j phi_ij theta_j / Omega_j),  theta_j = Y_j / Y_world

    (..., C + 5) each. With the fixed point reached, flows (halved, internal included) add up to incomes.
    """
    share = gdp / gdp.sum(-1)[..., None]
    for _ in range(resistance_iterations):
        resistance = np.sqrt(resistance * np.einsum("...ij,...j->...i", phi, share / resistance))
    return resistance


def flows(phi, resistance, gdp):
    """Two-way trade, bn USD a year: X_ij = 2 Y_i Y_j / Y_world phi_ij / (Omega_i Omega_j).

    phi : all rows, or only the first ones, of those whose trade is asked for
    """
    pull = gdp / resistance
    towards = pull * as_own(2 / gdp.sum(-1))
    return as_own(pull[..., : phi.shape[-2]]) * towards[..., None, :] * phi


def reexports(openness, reexport_level, hub, *, reexport_value_usd_bn, reexport_customs_share, reexport_partner_share):
    """Goods that pass through Kyrgyz bazaars and show in customs data, bn USD a year, (..., C, C) symmetric.

    hub : (C,) 1 for the bazaar state. Source: Kaminski and Raballand 2009; a reading of data, not behaviour.
    """
    seen = as_own(reexport_level * reexport_value_usd_bn * reexport_customs_share)
    one_way = seen * as_own(hub) * np.asarray(reexport_partner_share)[..., None, :] * openness
    return one_way + transpose(one_way)


def gain_of_opening(trade, way, ordered, gdp, *, closure_loss, trade_elasticity):
    """What full opening of the pair would add to i, % of GDP: (100 / eps) X_ij (exp(eta (1 - W_ij) + B_ij) - 1) / Y_i.

    Source: Arkolakis, Costinot and Rodriguez-Clare 2012, to first order.
    """
    return (
        as_own(100 / (trade_elasticity * gdp)) * trade * np.expm1(as_own(closure_loss) * (1 - way) + ordered) * OTHERS
    )


def investment(trade, trust, *, investment_share):
    """Direct investment between two states, bn USD a year: a share of trade that grows with trust. Output only."""
    return as_own(investment_share) * trade * both_ways(trust)


def visitors(openness, population_mn, distance_km, *, visitor_scale, visitor_closure_loss):
    """Visits of citizens of i to j, mn a year: scale pop_i pop_j / km exp(-k (1 - O_ij)), symmetric. Output only.

    Source: Assumed; scaled on four flows to Uzbekistan in January-July 2023.
    """
    gravity = np.where(OTHERS, as_own(population_mn) * population_mn / distance_km, 0.0)
    return as_own(visitor_scale) * gravity * np.exp(-as_own(visitor_closure_loss) * (1 - openness))
