"""The model held against the record: what it was fitted to, and what came after, with scores.

Two forecasts are scored. The free run is what the model gives by itself. The forecast of the record adds what the
record would show of such a world: errors of sources and of the model, which last; so what the model misses in 2015 is
carried on, fading, as for any forecaster who knows the years to 2015 and no more.
"""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.calibration import benchmarks, fit, scores
from cairn.calibration.targets import FIT, TEST, Targets, carried_on, off_scale
from cairn.core.geography import PAIR_NAMES
from cairn.core.parameter_sets import ParameterSource, origin_of
from cairn.ensemble.workers import Progress
from cairn.scenario.scenario import Scenario
from cairn.support.atomic_write import atomic_write

if TYPE_CHECKING:
    import pandas as pd

MEMBERS = 600  # each of the shipped sets twice
COVERED = (0.5, 0.9)
MOST_OFF = 4.0  # distances beyond it count as it: two years of war would else outweigh all else
FOURTH = "gravity from last"  # a harder rival than the three that skill is measured against


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
            k for k, t in enumerate(self.targets.rows) if split in ("", t.split) and indicator in ("", t.indicator)
        ]
        return np.array(wanted, dtype=int)

    def furthest(self, split: str = "", most: int = 10) -> pd.DataFrame:
        """The targets furthest from the run, the furthest first: record, median and 90 % of the run, distance."""
        import pandas as pd

        off, rows = self.off, self.rows(split)
        found = {}
        for k in rows[np.argsort(-np.abs(off[rows]), kind="stable")][:most]:
            target = self.targets.rows[k]
            low, middle, high = off_scale(np.quantile(self.run[:, k], (0.05, 0.5, 0.95)), target.scale)
            found[target.name] = {"record": target.value, "median": middle, "low": low, "high": high, "off": off[k]}
        return pd.DataFrame.from_dict(found, orient="index")

    def summary(self, split: str, indicator: str = "") -> dict[str, float]:
        """Scores of some targets: count, root mean square of `off` (at most 4), shares within tolerances, coverage."""
        rows = self.rows(split, indicator)
        observed, tolerance = self.targets.observed[rows], self.targets.tolerance[rows]
        away = np.abs(observed - np.median(self.run[:, rows], 0)) / tolerance
        found = {
            "targets": len(rows),
            "rms": scores.root_mean_square(np.clip(self.off[rows], -MOST_OFF, MOST_OFF)),
            "within_1": float((away <= 1).mean()),
            "within_2": float((away <= 2).mean()),
        }
        for share in COVERED:
            found[f"covered_{share:.0%}"] = float(scores.inside(self.record[:, rows], observed, share).mean())
            found[f"covered_{share:.0%}_run"] = float(scores.inside(self.run[:, rows], observed, share).mean())
        return found


def scorecard(
    parameters: ParameterSource = None,
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
    numbers : as for `cairn.ensemble.runner.run`; None is the shipped posterior
    """
    scenario, targets = scenario or Scenario.load("baseline"), targets or Targets.load()
    with fit.processes(jobs, members) as pool:
        run = fit.observe_all(scenario, targets, parameters, members, seed, pool, progress)
    return Scorecard(targets, run, as_recorded(run, targets, seed), origin_of(parameters), members, seed)


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
        gain, left = carried_on(error, known, ahead)
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
        return min(benchmarks.RIVALS, key=lambda name: float(self.scores[name].mean()))

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
    for name, rival in (*benchmarks.RIVALS.items(), (FOURTH, benchmarks.gravity_from_last)):
        mean, spread = rival(fit, test)
        found[name] = scores.crps_of_normal(mean, spread, test.observed)
    return Contest(np.array([t.place for t in test.rows]), found)


def as_lines(card: Scorecard, found: Contest) -> list[str]:
    """The scorecard for a terminal: each target beside its band, then the scores; 110 columns."""
    lines = [f"{'target':36}{'record':>11}{'run, 90 %':>30}{'as recorded, 90 %':>24}{'off':>7}", "-" * 110]
    for split, word in ((FIT, "fitted, to 2015"), (TEST, "held back, from 2016")):
        lines.append(word)
        for k in card.rows(split):
            lines.append(_target_line(card, int(k)))
    lines += [
        "",
        f"{'':24}{'targets':>9}{'rms off':>9}{'within 1':>10}{'within 2':>10}{'50 %':>8}{'90 %':>8}",
        "-" * 78,
    ]
    for split, word in ((FIT, "fitted"), (TEST, "held back")):
        for name in ("", *dict.fromkeys(t.indicator for t in card.targets.rows)):
            if not len(card.rows(split, name)):
                continue
            s = card.summary(split, name)
            lines.append(
                f"{word if not name else '  ' + name:24}{s['targets']:>9}{s['rms']:>9.2f}{s['within_1']:>10.0%}"
                f"{s['within_2']:>10.0%}{s['covered_50%']:>8.0%}{s['covered_90%']:>8.0%}"
            )
    low, high = found.interval()
    lines += ["", "trade of pairs after 2015, mean score on ln trade (less is better)"]
    lines += [f"  {name:28}{float(values.mean()):>8.3f}" for name, values in found.scores.items()]
    lines.append(
        f"skill against {found.best_rival}, the best of three rivals: {found.skill():+.2f} [{low:+.2f}, {high:+.2f}]; "
        f"by itself {found.skill(Contest.FREE):+.2f}; against gravity from last {found.skill(rival=FOURTH):+.2f}"
    )
    return lines


def _target_line(card: Scorecard, k: int) -> str:
    target = card.targets.rows[k]
    low, middle, high = off_scale(np.quantile(card.run[:, k], (0.05, 0.5, 0.95)), target.scale)
    least, most = off_scale(np.quantile(card.record[:, k], (0.05, 0.95)), target.scale)
    run, record = f"{middle:.3g} [{low:.3g}, {high:.3g}]", f"[{least:.3g}, {most:.3g}]"
    return f"{target.name:36}{target.value:>11.4g}{run:>30}{record:>24}{card.off[k]:>+7.1f}"


COLUMNS = (
    "indicator", "place", "from", "to", "split", "grade", "record", "tolerance", "scale", "run_p05", "run_p50",
    "run_p95", "recorded_p05", "recorded_p95", "off", "within_one_tolerance",
)  # fmt: skip


def save(card: Scorecard, path: Path) -> None:
    """Write each target beside the run's bands as CSV."""
    with atomic_write(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for k, t in enumerate(card.targets.rows):
            run = off_scale(np.quantile(card.run[:, k], (0.05, 0.5, 0.95)), t.scale)
            record = off_scale(np.quantile(card.record[:, k], (0.05, 0.95)), t.scale)
            figures = [f"{x:.5g}" for x in (*run, *record, card.off[k])]
            head = [t.indicator, t.place, t.first, t.last, t.split, t.grade, t.value, t.tolerance, t.scale]
            writer.writerow([*head, *figures, "yes" if card.within[k] else "no"])


def as_json(card: Scorecard, found: Contest) -> dict[str, Any]:
    """Scores as plain values."""
    low, high = found.interval()
    return {
        "members": card.members,
        "seed": card.seed,
        "parameters": card.origin,
        "fitted": card.summary(FIT),
        "held_back": card.summary(TEST),
        "trade_scores": {name: round(float(values.mean()), 5) for name, values in found.scores.items()},
        "best_rival": found.best_rival,
        "skill": round(found.skill(), 4),
        "skill_interval": [round(low, 4), round(high, 4)],
    }
