"""Makes what is on record happen: random numbers are drawn from where they give the recorded act.

Each discrete act is a uniform compared with a probability. The uniform u of a member is moved into the interval that
gives the act on record: ``p u`` if the act happened, ``p + (1 - p) u`` if it did not. The logarithm of the act's
probability is added to the member's log weight, so that the members can be weighted afterwards. Storage gets an
increment, and the residual of trade is given.

All is computed for the factual members, the first block of rows, and used by the same member under every other
scenario: that is abduction (what noise the record implies), action (a scenario with another past), prediction (a run
with that noise).

Source
------
Pearl 2009, chapter 7; Buesing et al. 2018; Oberst and Sontag 2019. Increments: Evensen 2009.
"""

from __future__ import annotations

import itertools

import numpy as np
from scipy.stats import binom

from cairn.core.calendar import FIRST_YEAR, year_of
from cairn.core.geography import Geography
from cairn.core.parameters import Parameters
from cairn.core.random_streams import RandomStreams
from cairn.core.state import State
from cairn.core.variables import Array, Param
from cairn.record.conditioning import Conditioning, RecordedActs
from cairn.rules import borders, choice, organisations
from cairn.step import decisions
from cairn.step.context import StepContext

_SMALLEST = 1e-300  # a probability before its logarithm is taken
_EDGE = 1e-12  # a uniform stays so far inside its interval


class Conditioner:
    """Conditions the quarters of one run.

    Parameters
    ----------
    conditioning : of the factual members
    streams : random numbers of the run
    copies : scenarios that run side by side, the factual one first
    geography : the region

    Attributes
    ----------
    log_weight : (M,), log probability of the acts on record so far
    """

    def __init__(self, conditioning: Conditioning, streams: RandomStreams, copies: int, geography: Geography):
        self.given, self.streams, self.copies = conditioning, streams, copies
        self.acts = RecordedActs.until(conditioning.until, geography.codes, geography.border_names)
        self.members = len(conditioning.numbers)
        self.log_weight = np.zeros(self.members)

    # --- decisions ---

    def decide(self, state: State, context: StepContext, parameters: Parameters) -> None:
        """Move the uniforms of meetings and of delimitation rounds.

        Parameters
        ----------
        parameters : as all leaders use them
        """
        attended = self.acts.attended[self._year(context)]
        target = self.acts.undelimited[context.quarter]
        meeting = context.season == 2 and np.isfinite(attended).all()
        if not (meeting or np.isfinite(target).any()):
            return
        views = state.views()
        willing = decisions.willingness(views, context, parameters)
        if meeting:
            score = decisions.attendance_score(views, willing, context, parameters)[:, 0, : self.members]
            self._meet(attended > 0, score, state, context, parameters)
        self._delimit(target, willing, decisions.delimitation_terms(views, context, parameters), state, context)

    def _meet(self, attended: Array, score: Array, state: State, context: StepContext, parameters: Parameters) -> None:
        """Who comes to the regional meeting of the year, and that no organisation is founded."""
        u = self._factual(context, "regional", len(attended))
        consultative = choice.logistic(score)
        of_members = choice.logistic(score + self._of_members(parameters.organisation_inertia, context))
        old, m = state.organisation, self.members
        alive = old.organisation_alive[:m]
        often = np.where(alive, of_members, consultative)  # another state might join and come
        if attended.any():
            as_members = old.in_organisation[attended, :m].all(axis=0) & alive
            p = np.where(as_members, of_members, consultative)
            came = attended[:, None]
            moved = np.where(came, p * u, often + (1 - often) * u)
            self.log_weight += _log(np.where(came, p, 1 - often)).sum(axis=0)
        else:
            moved = self._no_meeting(u, consultative, parameters, context)
        self._put(context, "regional", moved)
        u_founding = self._factual(context, "founding", 1)
        founding = self._of_members(parameters.founding_probability, context)
        self._put(context, "founding", founding + (1 - founding) * u_founding)
        if attended.any():
            may_found = (context.year >= np.asarray(parameters.founding_begins)) & ~old.organisation_alive
            self.log_weight += np.where(may_found[:m], _log(1 - founding), 0.0)

    def _no_meeting(self, u: Array, p: Array, parameters: Parameters, context: StepContext) -> Array:
        """One of the ways in which no meeting comes about, in proportion to their probabilities."""
        patterns = np.array(list(itertools.product([False, True], repeat=len(p))))  # (S, C)
        held = np.array([self._is_held(pattern, parameters, context) for pattern in patterns])
        chance = np.where(held, 0.0, np.prod(np.where(patterns[:, :, None], p, 1 - p), axis=1))  # (S, M)
        total = chance.sum(axis=0)
        self.log_weight += _log(total)
        v = self.streams.draw("no_meeting", context.quarter, (1,))[0, : self.members]
        way = np.minimum((np.cumsum(chance, axis=0) < v * total).sum(axis=0), len(patterns) - 1)
        return np.where(patterns[way].T, p * u, p + (1 - p) * u)

    def _is_held(self, willing: Array, parameters: Parameters, context: StepContext) -> Array:
        """Whether a meeting takes place if these states are willing, (M,)."""
        quorum = self._of_members(parameters.quorum, context)
        every = np.repeat(willing[:, None], self.members, axis=1)
        return organisations.meeting_held(every, context.geography.core_states, quorum=quorum).any(axis=0)

    def _delimit(
        self, target: Array, willing: Array, terms: tuple[Array, Array], state: State, context: StepContext
    ) -> None:
        """Rounds of delimitation, so that the share that is not agreed follows the reports."""
        if not np.isfinite(target).any():
            return
        m, geography, n = self.members, context.geography, context.parameters.bind
        possible, cost = (np.broadcast_to(x, willing.shape)[..., :m] for x in terms)
        p = 1 / (1 + choice.odds_against(willing[..., :m]) * np.exp(cost))
        u = self._factual(context, "delimitation", *willing.shape[:2]).copy()
        left = geography.to_borders(state.borderlands.undelimited_share)
        after = n(borders.undelimited_after)(
            undelimited=left,
            round_held=np.ones_like(left, dtype=bool),
            contested=context.inputs.contested,
            hard=context.fixed.hard_share,
        )
        for b, (i, j) in enumerate(geography.borders):
            if not np.isfinite(target[b]):
                continue
            wanted = ((left[b] + after[b]) / 2 >= target[b]) if target[b] > 0 else left[b] > 0
            wanted, may = wanted[:m], possible[i, j]
            moved_i, moved_j, log_p = _both_or_not(wanted, p[i, j], p[j, i], u[i, j], u[j, i])
            u[i, j], u[j, i] = np.where(may, moved_i, u[i, j]), np.where(may, moved_j, u[j, i])
            self.log_weight += np.where(may, log_p, 0.0)
        self._put(context, "delimitation", u)

    # --- violence ---

    def count_incidents(self, rate: Array, context: StepContext) -> None:
        """Move the uniforms of incidents so that a year has as many as on record.

        Parameters
        ----------
        rate : (B, M), 1/quarter
        """
        of_year, m = self.acts.incidents[self._year(context)], self.members
        deaths = self.acts.deaths[context.quarter]
        if not (np.isfinite(of_year).any() or (deaths > 0).any()):
            return
        u = self._factual(context, "incident", len(rate)).copy()
        excitation = self._of_members(context.parameters.self_excitation, context)
        for b in range(len(rate)):
            if np.isfinite(of_year[b]):
                count = self._share_of_year(int(of_year[b]), b, context)
                p = borders.count_probabilities(rate[b, :m], excitation, int(count.max()) + 1)
                below = np.where(count > 0, np.cumsum(p, axis=0)[np.maximum(count - 1, 0), np.arange(m)], 0.0)
                chance = p[count, np.arange(m)]
            elif deaths[b] > 0:
                below = np.exp(-rate[b, :m])
                chance = 1 - below
            else:
                continue
            u[b] = _inside(below, chance, u[b])
            self.log_weight += _log(chance)
        self._put(context, "incident", u)

    def _share_of_year(self, count: int, border: int, context: StepContext) -> Array:
        """How many of a year's incidents fall in this quarter, (M,): the seasons share them at random.

        A quarter with deaths has one at least.
        """
        first, season = context.quarter - context.season, context.season
        deadly = self.acts.deaths[first : first + 4, border] > 0
        least = deadly if count >= deadly.sum() else np.zeros(4, dtype=bool)
        u = self.streams.draw("incidents_of_year", first, (len(context.geography.borders), 3))[
            border, :, : self.members
        ]
        effect = self._of_members(context.parameters.season_effect, context)
        weight = np.exp(effect * np.array([-1.0, 1.0, 1.0, -1.0])[:, None])
        left = np.full(self.members, count - least.sum())
        for quarter in range(season + 1):
            share = weight[quarter] / weight[quarter:].sum(axis=0)
            here = binom.ppf(u[quarter], left, share).astype(int) if quarter < 3 else left
            left = left - here
        return here + int(least[season])

    def settle(self, left: Array, round_held: Array, context: StepContext) -> Array:
        """What is left of each border after the quarter's rounds: nothing where the last treaty is on record.

        Parameters
        ----------
        left : (B, rows), 0..1, after the rounds
        round_held : (B, rows), boolean
        """
        settled = self.acts.undelimited[context.quarter] == 0
        return np.where(settled[:, None] & round_held, 0.0, left)

    def count_deaths(self, escalation: Array, context: StepContext) -> None:
        """Move the uniforms of clashes and deaths so that a quarter has as many deaths as on record.

        Parameters
        ----------
        escalation : (B, M), 0..1, probability of a clash
        """
        deaths, m = self.acts.deaths[context.quarter], self.members
        if not np.isfinite(deaths).any():
            return
        clash, fatal = (self._factual(context, name, len(deaths)).copy() for name in ("escalation", "deaths"))
        up_to = context.parameters.bind(borders.deaths_up_to)
        for b, count in enumerate(deaths):
            p = escalation[b, :m]
            if count > 0:
                below, above = (np.broadcast_to(up_to(deaths=k), escalation.shape[-1:])[:m] for k in (count - 1, count))
                clash[b], fatal[b] = p * clash[b], _inside(below, above - below, fatal[b])
                self.log_weight += _log(p) + _log(above - below)
            elif count == 0:
                clash[b] = p + (1 - p) * clash[b]
                self.log_weight += _log(1 - p)
        self._put(context, "escalation", clash)
        self._put(context, "deaths", fatal)

    # --- what is continuous ---

    def trade_residual(self, context: StepContext) -> Array | None:
        """The residual of trade of the year, (P, rows); None if it is drawn."""
        year = self._year(context)
        if year >= len(self.given.residual):
            return None
        return np.tile(self.given.residual[year], self.copies)

    def storage_increment(self, storage: Array, context: StepContext) -> Array:
        """What brings the storage of the first reservoir to the record, (K, rows), km3; the same under all scenarios.

        Parameters
        ----------
        storage : (K, rows), km3, at the end of the quarter before the correction
        """
        increment, recorded = np.zeros_like(storage), self.acts.storage[context.quarter]
        if np.isfinite(recorded):
            wanted = np.tile(recorded - storage[0, : self.members], self.copies)
            low, high = context.parameters.toktogul_dead_km3, context.forcing.capacity_km3[0]
            increment[0] = np.clip(storage[0] + wanted, np.minimum(low, storage[0]), high) - storage[0]
        return increment

    # --- helpers ---

    def _year(self, context: StepContext) -> int:
        return int(year_of(context.quarter)) - FIRST_YEAR

    def _factual(self, context: StepContext, stream: str, *shape: int) -> Array:
        """Uniforms of the factual members, (*shape, M)."""
        return context.draws.uniform(stream, *shape)[..., : self.members]

    def _of_members(self, parameter: Param, context: StepContext) -> Array:
        """A parameter of the factual members, (M,)."""
        return np.broadcast_to(parameter, (context.members,))[: self.members]

    def _put(self, context: StepContext, stream: str, u: Array) -> None:
        """Use these uniforms of the factual members under all scenarios."""
        kept = np.clip(u, 0.0, 1 - 2.0**-53)
        context.draws.put(stream, np.tile(kept, self.copies) if self.copies > 1 else kept)


def _inside(below: Array, chance: Array, u: Array) -> Array:
    """A uniform within the part of the distribution that begins at `below` and has the probability `chance`."""
    return below + chance * np.clip(u, _EDGE, 1 - _EDGE)


def _both_or_not(wanted: Array, p: Array, q: Array, u: Array, v: Array) -> tuple[Array, Array, Array]:
    """Uniforms of two sides, of which both consent where that is wanted and not both where it is not.

    Parameters
    ----------
    wanted : (M,), boolean
    p, q : (M,), probabilities that the two consent
    u, v : (M,), their uniforms

    Returns
    -------
    u, v, log probability : (M,)
    """
    fails = np.maximum(1 - p * q, _SMALLEST)
    refuses = np.clip((1 - p) / fails, _EDGE, 1 - _EDGE)  # the first side refuses, given that not both consent
    first = u < refuses
    rest = np.where(first, u / refuses, (u - refuses) / (1 - refuses))
    u_not = np.where(first, p + (1 - p) * rest, p * rest)
    v_not = np.where(first, v, q + (1 - q) * v)
    return (
        np.where(wanted, p * u, u_not),
        np.where(wanted, q * v, v_not),
        _log(np.where(wanted, p * q, fails)),
    )


def _log(p: Array) -> Array:
    return np.log(np.maximum(p, _SMALLEST))
