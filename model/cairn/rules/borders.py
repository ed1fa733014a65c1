"""Borders: delimitation round by round, incidents that trigger incidents, clashes with a heavy tail of deaths.

Arrays are about a land border, members last: ``(B, M)``; parameters are numbers or ``(M,)``.

Source
------
Self-excitation of violent events: Lewis et al. 2012. Generalised Poisson as the total progeny of a branching process:
Consul 1989. Heavy tail of war deaths: Richardson 1948, Cederman 2003. Delimited borders see fewer disputes: Owsiak
2012, Schultz 2014.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from cairn.core.pairs import clip
from cairn.core.random_streams import normal
from cairn.core.variables import Array, Param

_MOST = 400  # counts; the tail beyond has no weight in double precision
_TOGETHER = 8  # counts that are tried at once
_SMALLEST = 1e-9  # keeps the logarithm of a rate defined
_LOG_FACTORIAL = gammaln(np.arange(_MOST + 1) + 1.0)


def exposed_share(undelimited: Array, hard: Array, *, agreed_exposure: Param) -> Array:
    """How far a border is open to incidents: its hard sections while they are disputed, and a part of that for ever.

        x = e + (1 - e) min(u, h) / h, and u in place of min(u, h) / h where no section is hard

    Parameters
    ----------
    undelimited : (B, M), 0..1, u
    hard : (B, 1) or (B, M), 0..1, h, share of the border that is hard to agree on
    agreed_exposure : share, e, what is left of the exposure once all is agreed

    Returns
    -------
    (B, M), 0..1

    Source
    ------
    Incidents of 2010-2021 on the Kyrgyz-Tajik border did not become fewer while its easy sections were agreed. Two were
    counted in 2014 on the Kazakh-Kyrgyz border, all of which had been agreed in 2001.
    """
    disputed = np.where(hard > 0, np.minimum(undelimited, hard) / np.where(hard > 0, hard, 1.0), undelimited)
    return agreed_exposure + (1 - agreed_exposure) * disputed


def incident_rate_of(
    exposed: Array,
    shortage: Array,
    nationalism: Array,
    distrust: Array,
    earlier: Array,
    frailty: Array,
    closed: Array,
    militarisation: Array,
    summer: float,
    length_1000_km: Array,
    contested: Array,
    *,
    incident_rate: Param,
    contested_power: Param,
    water_incident_effect: Param,
    nationalism_incident_effect: Param,
    distrust_incident_effect: Param,
    enforcement_incident_effect: Param,
    militarisation_incident_effect: Param,
    season_effect: Param,
    incident_carry_over: Param,
    fresh_rate_most: Param,
    incident_rate_most: Param,
) -> Array:
    """Rate of incidents of the quarter that are not triggered by others within it.

        mu = k len x chi^p exp(b_w s [summer] + b_n (n_i + n_j - 1) + b_T (1 - T_ij - T_ji) + b_e (1 - b) + b_m m +- b_s
             + f) + carry-over

    Parameters
    ----------
    exposed : (B, M), 0..1, x, how far the border is open to incidents
    shortage : (B, M), 0..1, s, mean of the two states
    nationalism : (B, M), sum of the two, n_i + n_j
    distrust : (B, M), 1 - T_ij - T_ji
    earlier : (B, M), incidents of the quarter before
    frailty : (B, M), log, f
    closed : (B, M), 0..1, 1 - b, how tightly the stricter side guards the border
    militarisation : (B, M), 0..1, m
    summer : 1 in the vegetation season, else 0
    length_1000_km, contested : (B, 1), len, and chi, 0..1
    incident_rate : 1/quarter/1000 km, k
    contested_power : 1, p
    water_incident_effect, nationalism_incident_effect, distrust_incident_effect : log, b_w, b_n, b_T
    enforcement_incident_effect, militarisation_incident_effect : log, b_e, b_m
    season_effect : log, b_s
    incident_carry_over : 1
    fresh_rate_most, incident_rate_most : 1/quarter, bounds

    Returns
    -------
    (B, M), 1/quarter

    Source
    ------
    Water: cf. Bernauer and Siegfried 2012. Enforcement: a guarded border makes incidents of crossings that were daily
    life, Reeves 2014. Carry-over: simulation of a daily Hawkes process. Sizes: Assumed.
    """
    places = incident_rate * length_1000_km * exposed * contested**contested_power
    mood = (
        water_incident_effect * shortage * summer
        + nationalism_incident_effect * (nationalism - 1)
        + distrust_incident_effect * distrust
        + enforcement_incident_effect * closed
        + militarisation_incident_effect * militarisation
        + season_effect * (2 * summer - 1)
        + frailty
    )
    fresh = clip(places * np.exp(mood), _SMALLEST, fresh_rate_most)
    return np.minimum(fresh + incident_carry_over * earlier, incident_rate_most)


def militarisation_after(
    militarisation: Array, severity: Array, *, militarisation_gain: Param, militarisation_decay: Param
) -> Array:
    """Troops and posts on a border: violence brings more of them, and they leave slowly.

        m' = m + g s (1 - m) - d m

    Parameters
    ----------
    militarisation, severity : (B, M), 0..1, m, and s of the quarter
    militarisation_gain : 1, g
    militarisation_decay : 1/quarter, d

    Returns
    -------
    (B, M), 0..1

    Source
    ------
    Both armies reinforced the Kyrgyz-Tajik border after 2014 and 2021. Sizes: Assumed.
    """
    return (
        militarisation + militarisation_gain * severity * (1 - militarisation) - militarisation_decay * militarisation
    )


def frailty_after(frailty: Array | None, u: Array, *, frailty_spread: Param, frailty_persistence: Param) -> Array:
    """How prone a border is to incidents in a year, with a mean of one after exponentiation: an AR(1) process.

        f = g - s^2 / 2,   g' = r g + sqrt(1 - r^2) s e

    Parameters
    ----------
    frailty : (B, M), log, f of last year; None draws from the stationary distribution
    u : (B, M), uniforms
    frailty_spread : log, s
    frailty_persistence : 1/yr, r

    Returns
    -------
    (B, M), log

    Source
    ------
    Frailty of event counts: Vaupel, Manton and Stallard 1979. Sizes: Assumed.
    """
    mean = -0.5 * np.asarray(frailty_spread) ** 2
    shock = frailty_spread * normal(u)
    if frailty is None:
        return mean + shock
    persistence = np.asarray(frailty_persistence)
    return mean + persistence * (frailty - mean) + np.sqrt(1 - persistence**2) * shock


def count_from(u: Array, rate: Array, excitation: Param) -> Array:
    """Generalised Poisson count by inverse distribution from one uniform: monotone in it.

        P(N = k) = m (m + k eta)^(k-1) exp(-(m + k eta)) / k!      mean m / (1 - eta), variance m / (1 - eta)^3

    Parameters
    ----------
    u : (B, M), uniforms
    rate : (B, M), m
    excitation : 1, eta, incidents that one incident triggers on average

    Returns
    -------
    (B, M), whole numbers as floats

    Source
    ------
    Consul 1989.

    Examples
    --------
    >>> count_from(np.array([0.1, 0.5, 0.99]), np.full(3, 2.0), 0.35)
    array([ 0.,  2., 12.])
    """
    count = np.zeros(np.shape(u))
    rate, excitation = (np.broadcast_to(x, count.shape) for x in (rate, excitation))
    below = np.exp(-rate)
    left = np.flatnonzero(u > below)
    flat = count.reshape(-1)
    u, rate, excitation, below = (x.take(left) for x in (u, rate, excitation, below))
    for first in range(1, _MOST + 1, _TOGETHER):
        if left.size == 0:
            break
        k = np.arange(first, min(first + _TOGETHER, _MOST + 1))[:, None]
        z = rate + k * excitation
        each = np.exp(np.log(rate) + (k - 1) * np.log(z) - z - _LOG_FACTORIAL[k])
        reached = np.cumsum(np.concatenate([below[None], each]), axis=0)[1:]
        flat[left] = np.minimum(first + (u > reached).sum(axis=0), _MOST)
        still = np.flatnonzero(u > reached[-1])
        left, u, rate, excitation, below = (x.take(still) for x in (left, u, rate, excitation, reached[-1]))
    return count


def count_probabilities(rate: Array, excitation: Param, most: int) -> Array:
    """Probabilities of 0 to `most` incidents under the distribution of `count_from`.

    Parameters
    ----------
    rate : (M,), m
    excitation : 1, eta
    most : largest count

    Returns
    -------
    (most + 1, M)

    Source
    ------
    Consul 1989.
    """
    k = np.arange(most + 1)[:, None]
    z = rate + k * excitation
    return np.exp(np.log(rate) + (k - 1) * np.log(z) - z - _LOG_FACTORIAL[k])


def clash_probability(
    incidents: Array,
    nationalism: Array,
    distrust: Array,
    militarisation: Array,
    *,
    escalation_probability: Param,
    escalation_most: Param,
    nationalism_incident_effect: Param,
    distrust_incident_effect: Param,
    militarisation_escalation_effect: Param,
) -> Array:
    """Probability that an incident of the quarter becomes an armed clash.

    Parameters
    ----------
    incidents : (B, M), of the quarter
    nationalism, distrust, militarisation : (B, M), as for `incident_rate_of`
    escalation_probability, escalation_most : 1, of one incident, and its upper bound
    nationalism_incident_effect, distrust_incident_effect, militarisation_escalation_effect : log

    Returns
    -------
    (B, M), 0..1

    Source
    ------
    Assumed; clashes of 2021 and 2022.
    """
    mood = (
        nationalism_incident_effect * (nationalism - 1)
        + distrust_incident_effect * distrust
        + militarisation_escalation_effect * militarisation
    )
    each = clip(escalation_probability * np.exp(mood), 0.0, escalation_most)
    return 1 - (1 - each) ** incidents


def deaths_of(clash: Array, u: Array, *, fatality_scale: Param, fatality_tail: Param, deaths_most: Param) -> Array:
    """Deaths of a clash: one and the whole part of a generalised Pareto variable, bounded; zero without a clash.

        F = 1 + floor(s a ((1 - u)^(-1 / a) - 1))

    Parameters
    ----------
    clash : (B, M), boolean
    u : (B, M), uniforms
    fatality_scale : deaths, s
    fatality_tail : 1, exponent a of the tail, the inverse of the shape
    deaths_most : deaths, bound

    Returns
    -------
    (B, M), deaths

    Source
    ------
    Excesses over a threshold: Pickands 1975; heavy tail of war deaths: Cederman 2003. Sizes: Assumed.
    """
    deaths = np.zeros(clash.shape)
    clashed = np.nonzero(clash)
    if clashed[0].size == 0:
        return deaths
    scale, tail, most = (
        np.broadcast_to(value, clash.shape)[clashed] for value in (fatality_scale, fatality_tail, deaths_most)
    )
    excess = scale * tail * ((1 - u[clashed]) ** (-1 / tail) - 1)
    deaths[clashed] = np.minimum(1 + np.floor(excess), most)
    return deaths


def deaths_up_to(deaths: Array, *, fatality_scale: Param, fatality_tail: Param) -> Array:
    """Probability of at most so many deaths in a clash, by the distribution of `deaths_of` without its bound.

    Parameters
    ----------
    deaths : at least 0
    fatality_scale : deaths, s
    fatality_tail : 1, a

    Returns
    -------
    of the shape of deaths and parameters, 0..1

    Source
    ------
    Pickands 1975.
    """
    return 1 - (1 + deaths / (fatality_scale * fatality_tail)) ** -fatality_tail


def severity_of(incidents: Array, deaths: Array, *, severity_incidents: Param, severity_deaths: Param) -> Array:
    """How bad a quarter was: 1 - exp(-(N / a + F / b)).

    Parameters
    ----------
    incidents, deaths : (B, M), N and F, of the quarter
    severity_incidents, severity_deaths : incidents and deaths, a and b

    Returns
    -------
    (B, M), 0..1

    Source
    ------
    Assumed.
    """
    return -np.expm1(-(incidents / severity_incidents + deaths / severity_deaths))


def memory_after(memory: Array, severity: Array, *, memory_retention: Param, memory_gain: Param) -> Array:
    """Memory of incidents: I' = r I + g s.

    Parameters
    ----------
    memory, severity : (B, M), I, and s, 0..1
    memory_retention : 1/quarter, r
    memory_gain : 1, g

    Returns
    -------
    (B, M)

    Source
    ------
    Assumed.
    """
    return memory_retention * memory + memory_gain * severity


def ripeness_after(
    ripeness: Array, deaths: Array, *, ripeness_deaths: Param, ripeness_retention: Param, ripeness_gain: Param
) -> Array:
    """A clash that hurts both sides makes them ready to settle: R' = r R + g (1 - R) [F >= F*].

    Parameters
    ----------
    ripeness, deaths : (B, M), R, 0..1, and F, deaths of the quarter
    ripeness_deaths : deaths, F*
    ripeness_retention : 1/quarter, r
    ripeness_gain : 1, g

    Returns
    -------
    (B, M), 0..1

    Source
    ------
    Hurting stalemate: cf. Zartman 2001. Sizes: Assumed.
    """
    return ripeness_retention * ripeness + ripeness_gain * (1 - ripeness) * (deaths >= ripeness_deaths)


def hard_share(contested: Array, *, hard_section_share: Param, hard_section_least: Param) -> Array:
    """Share of a border on which maps contradict each other; surveyors can settle the rest.

    Parameters
    ----------
    contested : (B, 1), 0..1
    hard_section_share, hard_section_least : 1

    Returns
    -------
    (B, 1) or (B, M), 0..1

    Source
    ------
    Kyrgyz-Tajik border 2013-2021, scaled by contestedness.
    """
    return clip(hard_section_least + hard_section_share * contested, 0.0, 1.0)


def undelimited_after(
    undelimited: Array,
    round_held: Array,
    contested: Array,
    hard: Array,
    *,
    delimitation_step: Param,
    easy_section_bonus: Param,
    easy_section_step: Param,
) -> Array:
    """Share of the border not agreed after a round: surveyors settle easy sections down to h, leaders the hard ones.

        u' = max(u - e, h) above the hard share h,      u' = max(u - z (1 + bonus (1 - chi)), 0) within it

    Parameters
    ----------
    undelimited : (B, M), 0..1, u
    round_held : (B, M), boolean
    contested : (B, 1), 0..1, chi
    hard : (B, 1) or (B, M), 0..1, h
    delimitation_step, easy_section_step : share, z and e
    easy_section_bonus : 1

    Returns
    -------
    (B, M), 0..1

    Source
    ------
    Most lengths were agreed in 2000-2003, the rest after 2013 (record of shares). Steps: Assumed.
    """
    step = delimitation_step * (1 + easy_section_bonus * (1 - contested))
    within = np.maximum(undelimited - step * round_held, 0.0)
    return np.where(undelimited > hard, np.maximum(undelimited - easy_section_step * round_held, hard), within)
