"""Arms run side by side on the same luck, and what is read off them: levels, effects, rises."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

import numpy as np

from model.calendar import FIRST_YEAR
from model.claims import arms
from model.comparison import DIMENSIONS, compare
from model.countries import CODES, PAIR_NAMES, C
from model.ensemble import Progress
from model.posterior import Source
from model.summary import Outcome

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
    numbers: Source = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Worlds:
    """Run arms, the baseline always among them, in batches of those that end and keep alike.

    Raises
    ------
    KeyError if there is no such arm
    """
    batches: dict[tuple[int, bool, int], list[str]] = {}
    for name in sorted({"baseline", *names}):
        like = arms.arm(name)
        batches.setdefault((like.last, like.all_kept, _members(name, members)), []).append(name)
    values: dict[str, dict[str, np.ndarray]] = {}
    for (last, all_kept, count), together in batches.items():
        outcomes = ALL if all_kept else HEAD
        for k in range(0, len(together), BATCH):
            batch = together[k : k + BATCH]
            # a comparison needs two; one alone is held against itself
            worlds = [arms.scenario(name) for name in (batch * 2 if len(batch) == 1 else batch)]
            found = compare(
                worlds, count, seed, to_year=last, numbers=numbers, jobs=jobs,
                outcomes=tuple(outcomes.values()), progress=progress,
            )  # fmt: skip
            for n, name in enumerate(batch):
                values[name] = {key: found.values[outcome][n].astype(np.float32) for key, outcome in outcomes.items()}
    return Worlds(values, members, seed, *_gains(members, seed, numbers))


def _gains(members: int, seed: int, numbers: Source) -> tuple[np.ndarray, np.ndarray]:
    """The fitted weight of gains, and what they add to willingness at the end of 2025."""
    from model.world import CentralAsia

    model = CentralAsia("baseline", members, seed, numbers=numbers, collect=False)
    model.run_for((GAINS_READ - FIRST_YEAR) * 4)
    pull = np.stack([state.why_willing()["gain"].sum(-1) / (C - 1) for state in model.countries], axis=-1)
    return np.broadcast_to(np.ravel(model.numbers.gain_weight), (members,)), pull


def _members(name: str, members: int) -> int:
    return max(round(arms.arm(name).share * members), min(members, 2))
