"""Arms run side by side on the same luck, and what is read off them: levels, effects, rises."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Mapping

import numpy as np

from cairn.claims import arms
from cairn.core.calendar import FIRST_YEAR
from cairn.core.geography import CODES, PAIR_NAMES, C
from cairn.core.parameter_sets import ParameterSource, for_members
from cairn.core.parameters import Parameters
from cairn.ensemble.comparison import select_series, side_by_side
from cairn.ensemble.outcomes import DIMENSIONS, Outcome
from cairn.ensemble.workers import CHUNK, Progress, map_tasks, resolve_jobs
from cairn.scenario.scenario import Scenario

HEAD: Mapping[str, Outcome] = {
    "index": Outcome("integration index", "integration_index"),
    "trade": Outcome("trade of the five", "trade_total_usd_bn", (), 1, "bn USD/yr"),
    "trust": Outcome("mean trust", "trust_mean"),
    "incidents": Outcome("incidents", "incidents_total", (), 1, "1/yr"),
    "meeting": Outcome("meeting held", "meeting_held"),
    "alive": Outcome("organisation alive", "organisation_alive"),
    **{outcome.variable: outcome for outcome in DIMENSIONS},
    "index at year's end": Outcome("integration index at year's end", "integration_index", quarter=4),
}
FERGANA = ("KGZ-TJK", "KGZ-UZB", "TJK-UZB")


def _each(variable: str, dim: str, labels: Iterable[str]) -> dict[str, Outcome]:
    return {f"{variable}[{label}]": Outcome(f"{variable} {label}", variable, ((dim, label),)) for label in labels}


ALL: Mapping[str, Outcome] = {
    **HEAD,
    **_each("pair_trade_usd_bn", "pair", PAIR_NAMES),
    **_each("trust_pair", "pair", PAIR_NAMES),
    **_each("security", "pair", PAIR_NAMES),
    **_each("agreement", "pair", ("TKM-UZB",)),
    **_each("incidents", "border", FERGANA),
    **_each("attended", "country", CODES),
    **_each("shortage", "country", ("TKM", "UZB")),
    **_each("trade_outside_usd_bn", "country", CODES),
    **_each("leader_openness", "country", ("UZB",)),
}
GAINS_READ = 2026  # at its beginning
BATCH = 64  # arms that run side by side


@dataclasses.dataclass(frozen=True, eq=False)
class Worlds:
    """Yearly outcomes of arms, (M, Y) each, all from `FIRST_YEAR` on and on the same luck."""

    values: Mapping[str, Mapping[str, np.ndarray]]
    members: int
    seed: int
    gain_weight: np.ndarray  # weight of gains in choices, (M,)
    pull: np.ndarray  # what gains add to willingness at the end of 2025, mean over the four others, logit, (M, C)

    def years(self, arm: str, outcome: str, begin: int, end: int | None = None) -> np.ndarray:
        """Mean of an outcome over years, (M,)."""
        column = self.values[arm][outcome][:, begin - FIRST_YEAR : (end or begin) - FIRST_YEAR + 1]
        if column.shape[1] != (end or begin) - begin + 1:
            raise ValueError(f"arm {arm} does not run to {end or begin}")
        return column.astype(float).mean(-1)

    def effect(
        self, arm: str, outcome: str, begin: int, end: int | None = None, against: str = "baseline"
    ) -> np.ndarray:
        """Paired difference of an arm from another, (M,); of fewer worlds where one of the two has fewer."""
        one, other = self.years(arm, outcome, begin, end), self.years(against, outcome, begin, end)
        count = min(one.size, other.size)
        return one[:count] - other[:count]

    def rise(self, arm: str, outcome: str, begin: int, end: int) -> np.ndarray:
        """Change of an outcome from one year to another within each world, (M,)."""
        return self.years(arm, outcome, end) - self.years(arm, outcome, begin)

    def has(self, arm: str) -> bool:
        """Whether an arm was run."""
        return arm in self.values


def quarters(names: Iterable[str], members: int) -> int:
    """World-quarters that a run of these arms takes, for its progress bar."""
    return sum(_members(name, members) * (arms.arm(name).last - FIRST_YEAR + 1) * 4 for name in names)


def run(
    names: Iterable[str],
    members: int,
    seed: int,
    *,
    parameters: ParameterSource = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Worlds:
    """Run arms, the baseline always among them, in batches of those that end and keep alike.

    Parameters
    ----------
    names : of arms, `cairn.claims.arms`
    members, seed, numbers, jobs, progress : as for `cairn.ensemble.runner.run`

    Raises
    ------
    KeyError if there is no such arm
    """
    batches = _batches({"baseline", *names}, members)
    tasks = [
        (n, k, min(step, batch.members - k))
        for n, batch in enumerate(batches)
        for step in (max(CHUNK // len(batch.names), 1),)
        for k in range(0, batch.members, step)
    ]
    worlds = sum(len(batches[n].names) * count for n, _, count in tasks)
    jobs = resolve_jobs(jobs, worlds)
    parts: dict[tuple[int, int], list[np.ndarray]] = {}

    def arguments(n: int, k: int, count: int) -> tuple[Batch, int, int, int, Parameters]:
        return batches[n], k, count, seed, for_members(parameters, 0, slice(k, k + count))

    if jobs == 1 or len(tasks) == 1:
        for n, k, count in tasks:
            parts[n, k] = _chunk(*arguments(n, k, count), progress=progress)
    else:
        results = map_tasks(_chunk, (arguments(*task) for task in tasks), jobs)
        for (n, k, count), result in zip(tasks, results, strict=True):
            parts[n, k] = result
            if progress is not None:
                progress(len(batches[n].names) * count * batches[n].quarters)
    values: dict[str, dict[str, np.ndarray]] = {}
    for n, batch in enumerate(batches):
        ordered = [parts[key] for key in sorted(parts) if key[0] == n]
        joined = [np.concatenate([part[o] for part in ordered], axis=1) for o in range(len(batch.outcomes))]
        for a, name in enumerate(batch.names):
            values[name] = {key: joined[o][a] for o, key in enumerate(batch.outcomes)}
    return Worlds(values, members, seed, *_gains(members, seed, parameters))


@dataclasses.dataclass(frozen=True)
class Batch:
    """Arms that run side by side: they end in the same year, keep the same outcomes and have as many worlds."""

    names: tuple[str, ...]
    last: int
    all_kept: bool
    members: int

    @property
    def outcomes(self) -> Mapping[str, Outcome]:
        """What is kept, by name."""
        return ALL if self.all_kept else HEAD

    @property
    def quarters(self) -> int:
        """How long they run."""
        return (self.last - FIRST_YEAR + 1) * 4


def _batches(names: Iterable[str], members: int) -> list[Batch]:
    alike: dict[tuple[int, bool, int], list[str]] = {}
    for name in sorted(names):
        arm = arms.arm(name)
        alike.setdefault((arm.last, arm.all_kept, _members(name, members)), []).append(name)
    return [
        Batch(tuple(together[k : k + BATCH]), *like)
        for like, together in alike.items()
        for k in range(0, len(together), BATCH)
    ]


def _chunk(
    batch: Batch, first_member: int, count: int, seed: int, parameters: Parameters, *, progress: Progress | None = None
) -> list[np.ndarray]:
    """Some members of a batch: each outcome, (arms, members, years), float32."""
    worlds = [_scenario(name) for name in batch.names]
    wanted = tuple(batch.outcomes.values())
    series = tuple(dict.fromkeys((outcome.variable, outcome.quarter) for outcome in wanted))
    found, _ = side_by_side(worlds, series, first_member, count, seed, batch.quarters, parameters, progress=progress)
    return [select_series(found, outcome).astype(np.float32) for outcome in wanted]


@functools.cache
def _scenario(name: str) -> Scenario:
    return arms.scenario(name)


def _gains(members: int, seed: int, parameters: ParameterSource) -> tuple[np.ndarray, np.ndarray]:
    """The fitted weight of gains, and what they add to willingness at the end of 2025."""
    from cairn.model import CentralAsia

    model = CentralAsia("baseline", members, seed, parameters=parameters, collect=False)
    model.run_for((GAINS_READ - FIRST_YEAR) * 4)
    pull = np.stack([state.willingness_terms()["gain"].sum(-1) / (C - 1) for state in model.countries], axis=-1)
    return np.broadcast_to(np.ravel(model.parameters.gain_weight), (members,)), pull


def _members(name: str, members: int) -> int:
    return max(round(arms.arm(name).share * members), min(members, 2))
