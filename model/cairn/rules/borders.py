"""Borders: delimitation round by round, incidents that set off incidents, clashes with a heavy tail of deaths.

About a land border: (..., 7).

Source: self-excitation of violent events, Lewis et al. 2012; generalised Poisson as the total progeny of a branching
process, Consul 1989; heavy tail of war deaths, Richardson 1948, Cederman 2003; delimited borders fight less, Owsiak
2012, Schultz 2014.
"""

import numpy as np
from scipy.special import gammaln

_MOST = 400  # counts; the tail beyond has no weight in double precision
_SMALLEST = 1e-9  # keeps the logarithm of a rate defined


def incident_rate_of(
    undelimited,
    shortage,
    nationalism,
    distrust,
    earlier,
    summer,
    length_1000_km,
    contested,
    *,
    incident_rate,
    contested_power,
    water_incident_effect,
    nationalism_incident_effect,
    distrust_incident_effect,
    season_effect,
    incident_carry_over,
    fresh_rate_most,
    incident_rate_most,
):
    """Rate of incidents of the quarter that are not set off by others within it, (..., 7).

        mu = k len u chi^p exp(b_w shortage [summer] + b_n (n_i + n_j - 1) + b_T (1 - 2 T) +- season) + carry-over

    undelimited, earlier, shortage (mean of the two), nationalism (sum of the two), distrust = 1 - 2 T : (..., 7)
    """
    exposed = incident_rate * length_1000_km * undelimited * contested**contested_power
    mood = (
        water_incident_effect * shortage * summer
        + nationalism_incident_effect * (nationalism - 1)
        + distrust_incident_effect * distrust
        + season_effect * (2 * summer - 1)
    )
    fresh = np.clip(exposed * np.exp(mood), _SMALLEST, fresh_rate_most)
    return np.minimum(fresh + incident_carry_over * earlier, incident_rate_most)


def count_from(u, rate, excitation):
    """Generalised Poisson count by inverse distribution from one uniform: monotone, so luck can be shared.

        P(N = k) = m (m + k eta)^(k-1) exp(-(m + k eta)) / k!      mean m / (1 - eta), variance m / (1 - eta)^3

    Examples
    --------
    >>> count_from(np.array([0.1, 0.5, 0.99]), np.full(3, 2.0), 0.35)
    array([ 0.,  2., 12.])
    """
    u, rate, excitation = (np.array(x) for x in np.broadcast_arrays(u, rate, excitation))
    shape = u.shape
    u, rate, excitation = u.ravel(), rate.ravel(), excitation.ravel()
    count = np.zeros(u.size)
    below = np.exp(-rate)
    open_ = np.flatnonzero(u > below)
    u, rate, excitation, below = u[open_], rate[open_], excitation[open_], below[open_]
    log_rate = np.log(rate)
    for k in range(1, _MOST + 1):
        if open_.size == 0:
            break
        z = rate + k * excitation
        below = below + np.exp(log_rate + (k - 1) * np.log(z) - z - gammaln(k + 1.0))
        count[open_] = k
        still = u > below
        open_, u, rate, excitation, below, log_rate = (x[still] for x in (open_, u, rate, excitation, below, log_rate))
    return count.reshape(shape)


def clash_happens(
    incidents,
    nationalism,
    distrust,
    u,
    *,
    escalation_probability,
    escalation_most,
    nationalism_incident_effect,
    distrust_incident_effect,
):
    """Whether an incident of the quarter turned into an armed clash, (..., 7) of truth."""
    mood = nationalism_incident_effect * (nationalism - 1) + distrust_incident_effect * distrust
    each = np.clip(escalation_probability * np.exp(mood), 0.0, escalation_most)
    return u < 1 - (1 - each) ** incidents


def deaths_of(clash, u, *, fatality_tail, deaths_most):
    """Deaths of a clash: floor of a Pareto with smallest value 1, bounded; zero without a clash."""
    return np.where(clash, np.minimum(np.floor((1 - u) ** (-1 / np.asarray(fatality_tail))), deaths_most), 0.0)


def severity_of(incidents, deaths, *, severity_incidents, severity_deaths):
    """How bad a quarter was, 0..1: 1 - exp(-(N/15 + F/10))."""
    return -np.expm1(-(incidents / severity_incidents + deaths / severity_deaths))


def memory_after(memory, severity, *, memory_retention, memory_gain):
    """Memory of incidents: I' = r I + g s."""
    return memory_retention * memory + memory_gain * severity


def ripeness_after(ripeness, deaths, *, ripeness_deaths, ripeness_retention, ripeness_gain):
    """A clash that hurts both makes them ready to settle: R' = r R + g (1 - R) [F >= 20]."""
    return ripeness_retention * ripeness + ripeness_gain * (1 - ripeness) * (deaths >= ripeness_deaths)


def hard_share(contested, *, hard_section_share, hard_section_least):
    """Share of a border on which maps contradict each other; what surveyors can settle comes before it, 0..1."""
    return np.clip(hard_section_least + hard_section_share * contested, 0.0, 1.0)


def undelimited_after(
    undelimited, round_held, contested, hard, *, delimitation_step, easy_section_bonus, easy_section_step
):
    """Share of the border not agreed after a round: surveyors settle easy sections down to h, leaders the hard ones.

        u' = max(u - e, h) above the hard share h,      u' = max(u - zeta (1 + bonus (1 - chi)), 0) within it

    Source: most lengths agreed in 2000-2003, the rest after 2013 (record of shares); steps Assumed.
    """
    step = delimitation_step * (1 + easy_section_bonus * (1 - contested))
    within = np.maximum(undelimited - step * round_held, 0.0)
    return np.where(undelimited > hard, np.maximum(undelimited - easy_section_step * round_held, hard), within)
