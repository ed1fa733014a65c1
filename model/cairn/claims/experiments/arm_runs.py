"""Runs of arms with the same random numbers, and what is computed from them: levels, effects, increases.

The name of an arm may end in ``~2015``: the same arm with noise that is inferred from the record to the end of that
year and drawn anew after it (abduction up to the intervention), in place of the whole record. It may contain ``+``: the
same arm with mechanisms that the shipped model has off (`cairn.claims.experiments.arms`).
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Mapping

import numpy as np

from cairn.claims.experiments import arms
from cairn.claims.experiments.codings import DEALS, DEALT, deals
from cairn.core.calendar import FIRST_YEAR
from cairn.core.geography import CODES, PAIR_NAMES, C
from cairn.core.pairs import total
from cairn.core.parameter_sets import ParameterSource, conditioned_until, for_members, released_after
from cairn.core.parameters import Parameters
from cairn.ensemble.comparison import select_series, side_by_side
from cairn.ensemble.outcomes import DIMENSIONS, Outcome
from cairn.ensemble.workers import CHUNK, Progress, map_here_or_in_processes, resolve_jobs
from cairn.scenario.scenario import Scenario

REGIONAL_OUTCOMES: Mapping[str, Outcome] = {
    "index": Outcome("integration index", "integration_index"),
    "trade": Outcome("trade of the five", "trade_total_usd_bn", (), 1, "bn USD/yr"),
    "trust": Outcome("mean trust", "trust_mean"),
    "incidents": Outcome("incidents", "incidents_total", (), 1, "1/yr"),
    "meeting": Outcome("meeting held", "meeting_held"),
    "alive": Outcome("organisation alive", "organisation_alive"),
    **{outcome.variable: outcome for outcome in DIMENSIONS},
    "index at year's end": Outcome("integration index at year's end", "integration_index", quarter=4),
}
FERGANA = ("KGZ-TJK", "KGZ-UZB", "TJK-UZB")  # borders of the Fergana valley


def _for_each(variable: str, dim: str, labels: Iterable[str]) -> dict[str, Outcome]:
    return {f"{variable}[{label}]": Outcome(f"{variable} {label}", variable, ((dim, label),)) for label in labels}


ALL_OUTCOMES: Mapping[str, Outcome] = {
    **REGIONAL_OUTCOMES,
    **_for_each("pair_trade_usd_bn", "pair", PAIR_NAMES),
    **_for_each("trust_pair", "pair", PAIR_NAMES),
    **_for_each("security", "pair", PAIR_NAMES),
    **_for_each("agreement", "pair", ("TKM-UZB",)),
    **_for_each("incidents", "border", FERGANA),
    **_for_each("attended", "country", CODES),
    **_for_each("shortage", "country", ("TKM", "UZB")),
    **_for_each("trade_outside_usd_bn", "country", CODES),
    **_for_each("leader_openness", "country", ("UZB",)),
}
GAIN_TERM_YEAR = 2026  # the gain term is read at the beginning of this year
BATCH_SIZE = 64  # arms that run side by side


@dataclasses.dataclass(frozen=True, eq=False)
class ArmRuns:
    """Yearly outcomes of arms that were run with the same random numbers.

    Parameters
    ----------
    values : arm, outcome -> values, (M, Y), years from `FIRST_YEAR` on
    members : members of arms that run on all members
    seed : random seed
    until : last year in which the members follow the record; 0 if their past is free
    gain_weight : weight of gains from trade in choices, (M,)
    gain_term : what gains add to willingness at the end of 2025, mean over the four other countries, logit, (M, C)
    """

    values: Mapping[str, Mapping[str, np.ndarray]]
    members: int
    seed: int
    until: int
    gain_weight: np.ndarray
    gain_term: np.ndarray

    def mean(self, arm: str, outcome: str, first_year: int, last_year: int | None = None) -> np.ndarray:
        """Mean of an outcome over one or more years, (M,).

        Raises
        ------
        ValueError
            If the arm was not run to the last year.
        """
        last_year = last_year or first_year
        column = self.values[arm][outcome][:, first_year - FIRST_YEAR : last_year - FIRST_YEAR + 1]
        if column.shape[1] != last_year - first_year + 1:
            raise ValueError(f"arm {arm} was not run to {last_year}")
        return column.astype(float).mean(-1)

    def effect(
        self, arm: str, outcome: str, first_year: int, last_year: int | None = None, against: str = "baseline"
    ) -> np.ndarray:
        """Paired difference of an arm from another, (M,); fewer members where one of the two has fewer."""
        one = self.mean(arm, outcome, first_year, last_year)
        other = self.mean(against, outcome, first_year, last_year)
        count = min(one.size, other.size)
        return one[:count] - other[:count]

    def increase(self, arm: str, outcome: str, from_year: int, to_year: int) -> np.ndarray:
        """Increase of an outcome from one year to another within each member, (M,)."""
        return self.mean(arm, outcome, to_year) - self.mean(arm, outcome, from_year)

    def with_noise_until(self, year: int) -> ArmRuns:
        """The same runs in which arms that were run with noise of the record to a year replace those of that name."""
        ending = f"~{year}"
        other = {name.removesuffix(ending): v for name, v in self.values.items() if name.endswith(ending)}
        return dataclasses.replace(self, values={**self.values, **other})

    def as_assumed(self) -> ArmRuns:
        """The same runs in which arms with the mechanisms that claims assume replace those of that name."""
        assumed = {name.replace("+", ""): v for name, v in self.values.items() if "+" in name}
        return dataclasses.replace(self, values={**self.values, **assumed})

    def has(self, arm: str) -> bool:
        """Whether an arm was run."""
        return arm in self.values


def member_quarters(names: Iterable[str], members: int) -> int:
    """Member-quarters that `run_arms` simulates, for a progress bar."""
    run = (name for each in names for name in deals(each))
    return sum(_members_of(name, members) * _quarters(arms.arm(name).last_year) for name in run)


def run_arms(
    names: Iterable[str],
    members: int,
    seed: int,
    *,
    parameters: ParameterSource = None,
    jobs: int | None = None,
    progress: Progress | None = None,
    coding: str = "",
) -> ArmRuns:
    """Run arms and always the baseline, in batches of arms of the same length and outcomes.

    Parameters
    ----------
    names : names of arms, as in `cairn.claims.experiments.arms`
    members : members of each arm; arms under another coding run on fewer
    seed, parameters, jobs, progress : as for `cairn.ensemble.runner.run`
    coding : coding of the leaders in all arms that have none of their own

    Raises
    ------
    KeyError
        If there is no such arm.
    """
    batches = _batches({"baseline", *(name for each in names for name in deals(each))}, members, coding)
    tasks = [
        (n, k, min(step, batch.members - k))
        for n, batch in enumerate(batches)
        for step in (max(CHUNK // len(batch.names), 1),)
        for k in range(0, batch.members, step)
    ]
    total = sum(len(batches[n].names) * count for n, _, count in tasks)
    jobs = resolve_jobs(jobs, total)

    sources = {until: parameters if until is None else released_after(parameters, until) for until in _noise(batches)}

    def arguments(task: int) -> tuple[Batch, int, int, int, Parameters]:
        n, k, count = tasks[task]
        return batches[n], k, count, seed, for_members(sources[batches[n].noise_until], 0, slice(k, k + count))

    amounts = [len(batches[n].names) * count * batches[n].quarters for n, _, count in tasks]
    results = map_here_or_in_processes(_run_chunk, arguments, amounts, jobs, progress)
    parts = {(n, k): result for (n, k, _), result in zip(tasks, results, strict=True)}
    values: dict[str, dict[str, np.ndarray]] = {}
    for n, batch in enumerate(batches):
        ordered = [parts[key] for key in sorted(parts) if key[0] == n]
        joined = [np.concatenate([part[o] for part in ordered], axis=1) for o in range(len(batch.outcomes))]
        for a, name in enumerate(batch.names):
            values[name] = {key: joined[o][a] for o, key in enumerate(batch.outcomes)}
    until = conditioned_until(parameters)
    return ArmRuns(_pooled(values), members, seed, until, *_gain_terms(members, seed, parameters, coding))


def _pooled(values: Mapping[str, dict[str, np.ndarray]]) -> dict[str, dict[str, np.ndarray]]:
    """The same with the members of all deals of an arm together, ``arm@dealt`` in place of ``arm@dealt0`` and so on."""
    pooled = {name: stored for name, stored in values.items() if f"@{DEALT}" not in name}
    for name in values:
        if name.endswith(f"@{DEALT}0"):
            plain = name[:-1]
            parts = [values[f"{plain}{k}"] for k in range(DEALS)]
            pooled[plain] = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    return pooled


@dataclasses.dataclass(frozen=True)
class Batch:
    """Arms that run side by side: with the same last year, outcomes, number of members and source of noise."""

    names: tuple[str, ...]
    last_year: int
    all_outcomes: bool
    members: int
    noise_until: int | None
    coding: str = ""

    @property
    def outcomes(self) -> Mapping[str, Outcome]:
        """Outcomes that are stored, by name."""
        return ALL_OUTCOMES if self.all_outcomes else REGIONAL_OUTCOMES

    @property
    def quarters(self) -> int:
        """Length of the runs."""
        return _quarters(self.last_year)


def _batches(names: Iterable[str], members: int, coding: str = "") -> list[Batch]:
    """Arms grouped by what they must have in common, at most `BATCH_SIZE` together."""
    groups: dict[tuple[int, bool, int, int | None], list[str]] = {}
    for name in sorted(names):
        arm = arms.arm(name)
        common = (arm.last_year, arm.all_outcomes, _members_of(name, members), arms.parts_of(name).until)
        groups.setdefault(common, []).append(name)
    return [
        Batch(tuple(group[k : k + BATCH_SIZE]), *common, coding)
        for common, group in groups.items()
        for k in range(0, len(group), BATCH_SIZE)
    ]


def _noise(batches: Iterable[Batch]) -> set[int | None]:
    return {batch.noise_until for batch in batches}


def _run_chunk(
    batch: Batch, first_member: int, count: int, seed: int, parameters: Parameters, *, progress: Progress | None = None
) -> list[np.ndarray]:
    """Some members of a batch: each outcome, (arms, members, years), float32."""
    scenarios = [_scenario(name, batch.coding) for name in batch.names]
    outcomes = tuple(batch.outcomes.values())
    series = tuple(dict.fromkeys((outcome.variable, outcome.quarter) for outcome in outcomes))
    values, _ = side_by_side(
        scenarios, series, first_member, count, seed, batch.quarters, parameters, progress=progress
    )
    return [select_series(values, outcome).astype(np.float32) for outcome in outcomes]


@functools.cache
def _scenario(name: str, coding: str) -> Scenario:
    return arms.scenario(name, coding)


def _gain_terms(members: int, seed: int, parameters: ParameterSource, coding: str) -> tuple[np.ndarray, np.ndarray]:
    """`ArmRuns.gain_weight` and `ArmRuns.gain_term`, from a run of the baseline."""
    from cairn.model import CentralAsia

    model = CentralAsia(_scenario("baseline", coding), members, seed, parameters=parameters, collect=False)
    model.run_for((GAIN_TERM_YEAR - FIRST_YEAR) * 4)
    gains = [country.willingness_terms()["gain"] for country in model.countries]
    terms = np.stack([total(gain) / (C - 1) for gain in gains], axis=-1)
    return np.broadcast_to(np.ravel(model.parameters.gain_weight), (members,)), terms


def _quarters(last_year: int) -> int:
    return (last_year - FIRST_YEAR + 1) * 4


def _members_of(name: str, members: int) -> int:
    """Members on which an arm runs, at least two where there are two."""
    return max(round(arms.arm(name).member_share * members), min(members, 2))
