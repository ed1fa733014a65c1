"""Trade: structural gravity with multilateral resistance, and accessibility that falls fast and recovers slowly.

Arrays have members last. The N = C + O economies are the states, then the outside economies.

===========  ==========================  =======  ===============================
symbol       name                        unit     shape
===========  ==========================  =======  ===============================
W            transit openness            0..1     (C, C, M)
B            policy trade cost           log      (C, C, M)
L, L*        accessibility, its target   log      (C, C, M)
phi          ease of trade               1        (N, N, M)
Omega        multilateral resistance     1        (N, M)
X            flows, two-way, per year    bn USD   (C, N, M)
===========  ==========================  =======  ===============================

Source
------
Anderson and van Wincoop 2003; Head and Mayer 2014; Arkolakis, Costinot and Rodriguez-Clare 2012.
"""

from __future__ import annotations

import numpy as np

from cairn.core.pairs import as_own, as_partner, total, transpose
from cairn.core.random_streams import normal
from cairn.core.variables import Array, Param
from cairn.rules.kalman import innovation_size


def cap_of_orders(closure_cap: Array, mined_cap: Array, demined: Array) -> Array:
    """Most openness that orders leave, and mines until they are cleared.

    Parameters
    ----------
    closure_cap, mined_cap : (C, C, M), 0..1
    demined : (C, C, M), 0 or 1

    Returns
    -------
    (C, C, M), 0..1

    Source
    ------
    Assumed.
    """
    return np.where(demined > 0, closure_cap, np.minimum(closure_cap, mined_cap))


def transit_openness(
    posture: Array,
    closure_cap: Array,
    opening_floor: Array,
    neighbours: Array,
    transit: tuple[tuple[int, int, tuple[int, ...]], ...],
) -> Array:
    """How open the way between two states is for goods: the tighter side, within what orders allow.

        W_ij = min(max(min(b_ij, b_ji), floor_ij), cap_ij)      between neighbours
        W_ij = max over k of min(W_ik, W_kj), at most cap_ij    through third states

    Parameters
    ----------
    posture : (C, C, M), 0..1, b
    closure_cap, opening_floor : (C, C, M), 0..1, cap and floor
    neighbours : (C, C, 1), whether two states share a border
    transit : pairs without a common border (i, j), and the states k through which they trade

    Returns
    -------
    (C, C, M), 0..1, symmetric, zero on the diagonal

    Source
    ------
    Weakest link: Assumed. The transit state decides for the pair.
    """
    tighter = np.maximum(np.minimum(posture, transpose(posture)), opening_floor)
    at_border = np.where(neighbours, np.minimum(tighter, closure_cap), 0.0)
    way = at_border.copy()
    for i, j, states in transit:
        best = np.minimum(at_border[i, states[0]], at_border[states[0], j])
        for k in states[1:]:
            best = np.maximum(best, np.minimum(at_border[i, k], at_border[k, j]))
        way[i, j] = way[j, i] = np.minimum(best, closure_cap[i, j])
    return way


def effective_openness(
    transit_openness: Array, visa: Array, links_cut: Array, *, visa_friction: Param, link_friction: Param
) -> Array:
    """How open the way is for persons: O = W (1 - f_v visa) (1 - f_l cut).

    Parameters
    ----------
    transit_openness, visa, links_cut : (C, C, M), 0..1
    visa_friction, link_friction : share of openness, f_v and f_l

    Returns
    -------
    (C, C, M), 0..1

    Source
    ------
    Visas: Neumayer 2011. Links: Assumed.
    """
    return transit_openness * (1 - visa_friction * visa) * (1 - link_friction * links_cut)


def policy_trade_cost(
    visa: Array,
    freight_cut: Array,
    tariff_cost: Array,
    *,
    visa_trade_loss: Param,
    freight_loss: Param,
    tariff_weight: Param,
) -> Array:
    """Trade lost to visas, cut freight links and tariffs: B = v visa + c cut + w tariff.

    It comes on top of what a closed border costs, and begins and ends with the order, while networks of trade take
    years.

    Parameters
    ----------
    visa, freight_cut : (C, C, M), 0..1
    tariff_cost : (C, C, M), log, as given
    visa_trade_loss, freight_loss : log, v and c
    tariff_weight : 1, w, 0 leaves tariffs without effect

    Returns
    -------
    (C, C, M), log

    Source
    ------
    Visas: Neumayer 2011. The rest: Assumed.
    """
    return visa_trade_loss * visa + freight_loss * freight_cut + tariff_weight * tariff_cost


def fixed_accessibility(
    log_distance: Array,
    neighbours: Array,
    *,
    distance_elasticity: Param,
    contiguity_gain: Param,
) -> Array:
    """The part of bilateral accessibility that does not change: - b ln d_ij + contiguity.

    Parameters
    ----------
    log_distance : (C, C, 1), log of km
    neighbours : (C, C, 1), whether two states share a border
    distance_elasticity : log/log, b
    contiguity_gain : log

    Returns
    -------
    (C, C, 1) or (C, C, M), log

    Source
    ------
    Head and Mayer 2014.
    """
    return contiguity_gain * neighbours - distance_elasticity * log_distance


def accessibility_target(
    fixed: Array,
    transit_openness: Array,
    agreement: Array,
    trust: Array,
    corridor: Array,
    years_since_1992: float,
    *,
    closure_loss: Param,
    agreement_gain: Param,
    trust_trade_gain: Param,
    corridor_gain: Param,
    soviet_legacy: Param,
    legacy_decay_years: Param,
) -> Array:
    """Bilateral log accessibility once all has adjusted, without policy trade costs.

        L*_ij = fixed - eta (1 - W_ij) + f A_ij + r (T_ij + T_ji - 1) + psi K_ij + legacy exp(-years / tau)

    Parameters
    ----------
    fixed : (C, C, 1) or (C, C, M), log, of `fixed_accessibility`
    transit_openness, agreement, trust, corridor : (C, C, M), 0..1, W, A, T, K
    years_since_1992 : yr
    closure_loss, agreement_gain, trust_trade_gain, corridor_gain, soviet_legacy : log
    legacy_decay_years : yr, tau

    Returns
    -------
    (C, C, M), log

    Source
    ------
    Baier and Bergstrand 2007 for agreements; Fuchs and Klann 2013 for trust; Limao and Venables 2001 for corridors;
    Djankov and Freund 2000 for the legacy.
    """
    legacy = soviet_legacy * np.exp(-years_since_1992 / legacy_decay_years)
    everywhere = legacy - closure_loss - trust_trade_gain
    politics = agreement_gain * agreement + trust_trade_gain * (trust + transpose(trust)) + corridor_gain * corridor
    return fixed + everywhere + politics + closure_loss * transit_openness


def accessibility_after(accessibility: Array, target: Array, *, rebuild_rate: Param, collapse_rate: Param) -> Array:
    """Closing hurts at once, networks recover slowly: L' = L + a (L* - L), a depending on the direction.

    Parameters
    ----------
    accessibility, target : (C, C, M), log, L and L*
    rebuild_rate, collapse_rate : 1/quarter, a upward and downward

    Returns
    -------
    (C, C, M), log

    Source
    ------
    Ten-year phase-in of agreements: Baier and Bergstrand 2007. Collapse: Assumed.
    """
    gap = target - accessibility
    return accessibility + np.where(gap > 0, rebuild_rate, collapse_rate) * gap


def base_ease(log_distance: Array, outside_affinity: Array, *, distance_elasticity: Param, home_bias: Param) -> Array:
    """Ease of trade by distance, and of each state with the outside economies.

    Parameters
    ----------
    log_distance : (N, N, 1), log of km, distance within an economy on the diagonal
    outside_affinity : (C, 1) or (C, M), log, of each state with all outside economies
    distance_elasticity : log/log
    home_bias : log

    Returns
    -------
    (N, N, 1) or (N, N, M)

    Source
    ------
    Head and Mayer 2014.
    """
    c, at_home = len(outside_affinity), np.eye(len(log_distance))[:, :, None]
    abroad = np.zeros((*log_distance.shape[:2], outside_affinity.shape[-1]))
    abroad[:c, c:] = as_own(outside_affinity)
    abroad[c:, :c] = as_partner(outside_affinity)
    return np.exp(home_bias * at_home + abroad - distance_elasticity * log_distance)


def income_effect(gdp: Array, price_level: Array | float, gdp_reference: Array, *, income_elasticity: Param) -> Array:
    """Effect of a state's real income on its trade beyond proportion: (b_Y - 1) ln (y_i / p).

    Incomes are deflated, so that trade in current money is homogeneous of degree one: with twice the incomes and twice
    the prices it is twice as large.

    Parameters
    ----------
    gdp, gdp_reference : (C, M) and (C, 1), bn USD; y is their ratio
    price_level : prices in USD, 1 in the reference year, p
    income_elasticity : log/log, b_Y

    Returns
    -------
    (C, M), log

    Source
    ------
    Head and Mayer 2014; deflation: Assumed.
    """
    return (income_elasticity - 1) * np.log(gdp / (gdp_reference * price_level))


def ease(
    base: Array,
    accessibility: Array,
    policy_trade_cost: Array,
    income: Array,
    outside_ease: Array,
    others: Array,
) -> Array:
    """Ease of trade of the quarter: phi_ij = exp(L_ij - B_ij + e_i + e_j) among the states, phi_ij exp(e_i) outside.

    Parameters
    ----------
    base : (N, N, 1) or (N, N, M)
    accessibility, policy_trade_cost : (C, C, M), log, L and B
    income : (C, M), log, e, of `income_effect`
    outside_ease : (C, O, M), factor on trade with each outside economy, 1 where no event says otherwise
    others : (C, C, 1), whether two states are different

    Returns
    -------
    (N, N, M)

    Source
    ------
    Anderson and van Wincoop 2003; Head and Mayer 2014.
    """
    c, members = income.shape
    inner = np.exp(accessibility - policy_trade_cost + as_own(income) + as_partner(income))
    phi = np.empty((*base.shape[:2], members))
    phi[...] = base
    phi[:c, :c] = np.where(others, inner, phi[:c, :c])
    outer = ease_outside(base=base, income=income, outside_ease=outside_ease)
    phi[:c, c:] = outer
    phi[c:, :c] = transpose(outer)
    return phi


def ease_outside(base: Array, income: Array, outside_ease: Array) -> Array:
    """Ease of trade of each state with each outside economy.

    Parameters
    ----------
    base : (N, N, 1) or (N, N, M)
    income : (C, M), log
    outside_ease : (C, O, M)

    Returns
    -------
    (C, O, M)
    """
    c = len(income)
    return base[:c, c:] * outside_ease * as_own(np.exp(income))


def resistance_after(resistance: Array, phi: Array, gdp: Array, *, resistance_iterations: int) -> Array:
    """Multilateral resistance by a damped fixed point that starts from the last quarter's.

        Omega_i <- sqrt(Omega_i sum_j phi_ij theta_j / Omega_j),  theta_j = Y_j / Y_world

    With the fixed point reached, flows (halved, internal trade included) add up to incomes.

    Parameters
    ----------
    resistance : (N, M), Omega
    phi : (N, N, M), symmetric
    gdp : (N, M), bn USD, Y
    resistance_iterations : count

    Returns
    -------
    (N, M)

    Source
    ------
    Anderson and van Wincoop 2003.
    """
    share = gdp / total(gdp)
    for _ in range(resistance_iterations):
        reach = total(phi * as_own(share / resistance))  # over the first axis, as phi is symmetric
        resistance = np.sqrt(resistance * reach)
    return resistance


def flows(phi: Array, resistance: Array, gdp: Array, start: int = 0) -> Array:
    """Two-way trade: X_ij = 2 Y_i Y_j / Y_world phi_ij / (Omega_i Omega_j).

    Parameters
    ----------
    phi : (N, N, M), or some of its rows from the first on, and some of its columns
    resistance, gdp : (N, M)
    start : number of the first column

    Returns
    -------
    of the shape of phi, bn USD a year

    Source
    ------
    Anderson and van Wincoop 2003.
    """
    pull = gdp / resistance
    toward = (pull * (2 / total(gdp)))[start : start + phi.shape[1]]
    return as_own(pull[: len(phi)]) * as_partner(toward) * phi


def reexports(
    openness: Array,
    reexport_level: Array,
    hub: Array,
    *,
    reexport_value_usd_bn: Param,
    reexport_customs_share: Param,
    reexport_partner_share: Array,
) -> Array:
    """Goods that pass through the bazaars of the hub and appear in customs data. A reading of data, not behaviour.

    Parameters
    ----------
    openness : (C, C, M), 0..1
    reexport_level : (M,), 1 at the peak
    hub : (C, 1), 1 for the state of the bazaars
    reexport_value_usd_bn : bn USD/yr
    reexport_customs_share : share
    reexport_partner_share : (C, 1) or (C, M), share of each partner

    Returns
    -------
    (C, C, M), bn USD a year, symmetric

    Source
    ------
    Kaminski and Raballand 2009.
    """
    recorded = reexport_level * reexport_value_usd_bn * reexport_customs_share
    one_way = as_own(recorded * hub) * as_partner(reexport_partner_share) * openness
    return one_way + transpose(one_way)


def residual_after(
    residual: Array | None,
    u_pair: Array,
    u_common: Array,
    years: float,
    *,
    trade_residual_persistence: Param,
    trade_residual_spread: Param,
    trade_residual_spread_offset: Param,
    trade_residual_early_excess: Param,
    trade_residual_early_years: Param,
    trade_residual_common_share: Param,
) -> Array:
    """Trade of the year beyond what the model explains: a first-order autoregression with a common factor.

        r_ij' = rho r_ij + sigma e^b_ij (1 + k e^(-t/T)) (sqrt(1 - c) e_ij + sqrt(c) e)

    It is exogenous: no choice depends on it. Its mean, the affinity of the pair, is not in it. Innovations are larger
    in the first years of independence; the first residual is drawn as if they were not.

    Parameters
    ----------
    residual : (P, M), log, of last year; None draws from the stationary distribution
    u_pair : (P, M), uniforms
    u_common : (1, M), uniforms, of the region
    years : yr, t, since the beginning of the run
    trade_residual_persistence : 1/yr, rho
    trade_residual_spread : log/yr, sigma
    trade_residual_spread_offset : log, of each pair, b
    trade_residual_early_excess : k
    trade_residual_early_years : yr, T
    trade_residual_common_share : share of variance, c

    Returns
    -------
    (P, M), log

    Source
    ------
    Form: Kennedy and O'Hagan 2001, discrepancy of a model; sizes from the record.
    """
    spread = trade_residual_spread * np.exp(np.asarray(trade_residual_spread_offset))
    common = np.asarray(trade_residual_common_share)
    shock = spread * (np.sqrt(1 - common) * normal(u_pair) + np.sqrt(common) * normal(u_common))
    if residual is None:
        return shock / np.sqrt(1 - np.asarray(trade_residual_persistence) ** 2)
    size = innovation_size(years, trade_residual_early_excess, trade_residual_early_years)
    return trade_residual_persistence * residual + size * shock


def gain_of_opening(
    pair_trade: Array,
    transit_openness: Array,
    policy_trade_cost: Array,
    gdp: Array,
    others: Array,
    *,
    closure_loss: Param,
    trade_elasticity: Param,
) -> Array:
    """What full opening of the pair would add to i: (100 / eps) X_ij (exp(eta (1 - W_ij) + B_ij) - 1) / Y_i.

    Parameters
    ----------
    pair_trade : (C, C, M), bn USD a year, X
    transit_openness, policy_trade_cost : (C, C, M), W, 0..1, and B, log
    gdp : (C, M), bn USD a year, Y
    others : (C, C, 1), whether two states are different
    closure_loss : log, eta
    trade_elasticity : 1, eps

    Returns
    -------
    (C, C, M), % of GDP

    Source
    ------
    Arkolakis, Costinot and Rodriguez-Clare 2012, to first order.
    """
    added = np.expm1(closure_loss * (1 - transit_openness) + policy_trade_cost)
    return as_own(100 / (trade_elasticity * gdp)) * pair_trade * added * others
