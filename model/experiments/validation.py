"""The model held against the record: what it was fitted to, and what came after, with scores.

Two forecasts are scored. The free run is what the model gives by itself. The forecast of the record adds what the record
would show of such a world: errors of sources and of the model, which last; so what the model misses in 2015 is carried
on, fading, as for any forecaster who knows the years to 2015 and no more.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from model.countries import PAIR_NAMES
from model.ensemble import Progress
from model.experiments import calibration, rivals, scores
from model.experiments.targets import FIT, TEST, Targets
from model.posterior import Source, for_members, origin_of
from model.scenario import Scenario

MEMBERS = 600  # each of the shipped sets twice
COVERED = (0.5, 0.9)


@dataclasses.dataclass(frozen=True, eq=False)
class Scorecard:
    """Figures of a run beside all targets, in the order of the table.

    run : (M, D) the model's own; record : (M, D) what the record would show of it; both on the targets' scales
    """

    targets: Targets
    run: np.ndarray
    record: np.ndarray
    origin: str
    members: int
    seed: int

    @property
    def off(self) -> np.ndarray:
        """Distance of the record to the run's mean in units of what is uncertain of either, (D,)."""
        variance = self.run.var(0) + np.diag(self.targets.error())
        return (self.targets.observed - self.run.mean(0)) / np.sqrt(variance)

    @property
    def within(self) -> np.ndarray:
        """Whether the run's median lies within one tolerance of the record, (D,)."""
        return np.abs(self.targets.observed - np.median(self.run, 0)) <= self.targets.tolerance

    def rows(self, split: str = "", indicator: str = "") -> np.ndarray:
        """Places of targets of a split, of an indicator."""
        wanted = [
            k
            for k, t in enumerate(self.targets.rows)
            if split in ("", t.split) and indicator in ("", t.indicator)
        ]
        return np.array(wanted, dtype=int)

    def summary(self, split: str, indicator: str = "") -> dict[str, float]:
        """Scores of some targets: count, root mean square of `off`, shares within one and two tolerances, coverage."""
        rows = self.rows(split, indicator)
        observed, tolerance = self.targets.observed[rows], self.targets.tolerance[rows]
        away = np.abs(observed - np.median(self.run[:, rows], 0)) / tolerance
        found = {
            "targets": len(rows),
            "rms": scores.root_mean_square(self.off[rows]),
            "within_1": float((away <= 1).mean()),
            "within_2": float((away <= 2).mean()),
        }
        for share in COVERED:
            found[f"covered_{share:.0%}"] = float(scores.inside(self.record[:, rows], observed, share).mean())
            found[f"covered_{share:.0%}_run"] = float(scores.inside(self.run[:, rows], observed, share).mean())
        return found


def scorecard(
    numbers: Source = None,
    members: int = MEMBERS,
    seed: int = 1,
    *,
    scenario: Scenario | None = None,
    targets: Targets | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Scorecard:
    """Run the model through all targets' years and hold it against them.

    Parameters
    ----------
    numbers : as for `model.ensemble.run`; None is the shipped posterior
    """
    scenario, targets = scenario or Scenario.load("baseline"), targets or Targets.load()
    parts = []
    with calibration.processes(jobs, members) as pool:
        work = [
            (scenario, targets, for_members(numbers, 0, rows), rows.start, rows.stop - rows.start, seed)
            for rows in calibration.chunks(members)
        ]
        each = list(zip(*work, strict=True))
        for figures in (pool.map if pool else map)(calibration.observe, *each):
            parts.append(figures)
            if progress is not None:
                progress(len(figures))
    run = np.concatenate(parts)
    return Scorecard(targets, run, as_recorded(run, targets, seed), origin_of(numbers), members, seed)


def as_recorded(run: np.ndarray, targets: Targets, seed: int) -> np.ndarray:
    """What the record would show of each member, (M, D): errors drawn for the fit, carried on from it for the test.

    For the years of the fit the errors are drawn anew. For later ones each member's own misses to 2015 are known, and
    the errors are drawn from what that leaves open.
    """
    error = targets.error()
    known = np.array([k for k, t in enumerate(targets.rows) if t.split == FIT], dtype=int)
    ahead = np.array([k for k, t in enumerate(targets.rows) if t.split == TEST], dtype=int)
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(7,)))
    found = run + random.standard_normal(run.shape) @ np.linalg.cholesky(error).T
    if len(known) and len(ahead):
        gain = np.linalg.solve(error[np.ix_(known, known)], error[np.ix_(known, ahead)]).T
        left = error[np.ix_(ahead, ahead)] - gain @ error[np.ix_(known, ahead)]
        carried = (targets.observed[known] - run[:, known]) @ gain.T
        fresh = random.standard_normal((len(run), len(ahead))) @ np.linalg.cholesky(left).T
        found[:, ahead] = run[:, ahead] + carried + fresh
    return found


@dataclasses.dataclass(frozen=True, eq=False)
class Contest:
    """Scores of forecasts of each pair's trade after 2015, on ln trade: (D,) each; less is better."""

    pairs: np.ndarray
    scores: dict[str, np.ndarray]

    OURS = "the model, as recorded"
    FREE = "the model by itself"

    @property
    def best_rival(self) -> str:
        """The rival with the best mean score."""
        return min(rivals.RIVALS, key=lambda name: float(self.scores[name].mean()))

    def skill(self, name: str = OURS, rival: str | None = None) -> float:
        """Skill against a rival, the best if none is named."""
        return scores.skill(self.scores[name], self.scores[rival or self.best_rival])

    def interval(self, name: str = OURS, rival: str | None = None) -> tuple[float, float]:
        """90 % interval of that skill, pairs drawn anew."""
        return scores.skill_interval(self.scores[name], self.scores[rival or self.best_rival], self.pairs)

    def by_pair(self) -> list[tuple[str, int, dict[str, float]]]:
        """Pair, number of figures, mean score of each forecast."""
        found = []
        for pair in PAIR_NAMES:
            rows = self.pairs == pair
            if rows.any():
                found.append((pair, int(rows.sum()), {k: float(v[rows].mean()) for k, v in self.scores.items()}))
        return found


def contest(card: Scorecard) -> Contest:
    """Trade of each pair after 2015: the model against forecasts fitted on the same years."""
    rows = card.rows(TEST, "trade")
    fit, test = card.targets.of(FIT, "trade"), card.targets.of(TEST, "trade")
    found = {
        Contest.OURS: scores.crps_of_draws(card.record[:, rows], test.observed),
        Contest.FREE: scores.crps_of_draws(card.run[:, rows], test.observed),
    }
    more: dict[str, Callable[[Targets, Targets], Any]] = rivals.RIVALS | {"gravity from last": rivals.gravity_from_last}
    for name, rival in more.items():
        found[name] = scores.crps_of_normal(*rival(fit, test), test.observed)
    return Contest(np.array([t.place for t in test.rows]), found)
