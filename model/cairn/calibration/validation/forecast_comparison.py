"""Forecasts of each pair's trade after 2015: the model against benchmark forecasts, and both as text."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from cairn.calibration.targets import FIT, TEST, from_scale
from cairn.calibration.validation import benchmarks
from cairn.calibration.validation.scorecard import Scorecard
from cairn.calibration.validation.scores import crps_of_draws, crps_of_normal, skill, skill_interval
from cairn.core.geography import PAIR_NAMES
from cairn.support.quantiles import interval
from cairn.support.text_table import text_table

MODEL, FREE_RUN = "model forecast", "model, free run"
HARDEST = "gravity, last error"  # a harder benchmark than the three that skill is measured against
SPLIT_TITLES = {FIT: "fitted, to 2015", TEST: "held back, from 2016"}


@dataclasses.dataclass(frozen=True, eq=False)
class ForecastComparison:
    """Scores of forecasts of each pair's trade after 2015.

    Parameters
    ----------
    pairs : pair of each target, (D,)
    scores : continuous ranked probability score on ln trade by forecast, (D,) each; lower is better
    """

    pairs: np.ndarray
    scores: dict[str, np.ndarray]

    @property
    def best_benchmark(self) -> str:
        """The benchmark with the best mean score; `HARDEST` is not among them."""
        return min(benchmarks.BENCHMARKS, key=lambda name: float(self.scores[name].mean()))

    def skill(self, name: str = MODEL, benchmark: str | None = None) -> float:
        """Skill score of a forecast against a benchmark, default the best."""
        return skill(self.scores[name], self.scores[benchmark or self.best_benchmark])

    def skill_interval(self, name: str = MODEL, benchmark: str | None = None) -> tuple[float, float]:
        """90 % interval of that skill score, by a bootstrap over pairs."""
        return skill_interval(self.scores[name], self.scores[benchmark or self.best_benchmark], self.pairs)

    def by_pair(self) -> list[tuple[str, int, dict[str, float]]]:
        """Pair, number of targets and mean score of each forecast."""
        rows = {pair: self.pairs == pair for pair in PAIR_NAMES}
        return [
            (pair, int(at.sum()), {name: float(values[at].mean()) for name, values in self.scores.items()})
            for pair, at in rows.items()
            if at.any()
        ]


def compare_forecasts(card: Scorecard) -> ForecastComparison:
    """Score the model's and the benchmarks' forecasts of each pair's trade after 2015."""
    rows = card.indices(TEST, "trade")
    fit, test = card.targets.select(FIT, "trade"), card.targets.select(TEST, "trade")
    scores = {
        MODEL: crps_of_draws(card.forecast[:, rows], test.observed),
        FREE_RUN: crps_of_draws(card.free_run[:, rows], test.observed),
    }
    for name, benchmark in (*benchmarks.BENCHMARKS.items(), (HARDEST, benchmarks.gravity_with_last_error)):
        mean, sd = benchmark(fit, test)
        scores[name] = crps_of_normal(mean, sd, test.observed)
    return ForecastComparison(np.array([t.place for t in test.rows]), scores)


def to_text(card: Scorecard, comparison: ForecastComparison) -> str:
    """The scorecard for a terminal: each target beside the model, then the scores."""
    targets: list[list[str]] = []
    totals: list[list[str]] = []
    for split, title in SPLIT_TITLES.items():
        targets += [[title], *(_target_row(card, int(k)) for k in card.indices(split))]
        for indicator in ("", *dict.fromkeys(t.indicator for t in card.targets.rows)):
            if len(card.indices(split, indicator)):
                s = card.summary(split, indicator)
                shares = (s["within_1"], s["within_2"], s["coverage_50%"], s["coverage_90%"])
                name = f"  {indicator}" if indicator else title
                totals.append([name, f"{s['targets']}", f"{s['rms']:.2f}", *(f"{x:.0%}" for x in shares)])
    low, high = comparison.skill_interval()
    scores = [[name, f"{float(values.mean()):.3f}"] for name, values in comparison.scores.items()]
    return "\n".join(
        [
            text_table(targets, header=("target", "observed", "free run, 90 %", "forecast, 90 %", "residual")),
            "",
            text_table(
                totals,
                header=("", "targets", "rms residual", "within 1 tol.", "within 2", "50 % cov.", "90 % cov."),
            ),
            "",
            "trade of pairs after 2015, mean continuous ranked probability score on ln trade (lower is better)",
            text_table(scores, indent=2),
            f"skill against {comparison.best_benchmark}, the best of {len(benchmarks.BENCHMARKS)} benchmarks: "
            f"{comparison.skill():+.2f} [{low:+.2f}, {high:+.2f}]; free run {comparison.skill(FREE_RUN):+.2f}; "
            f"against {HARDEST} {comparison.skill(benchmark=HARDEST):+.2f}",
        ]
    )


def _target_row(card: Scorecard, k: int) -> list[str]:
    target = card.targets.rows[k]
    low, median, high = from_scale(interval(card.free_run[:, k]), target.scale)
    least, _, most = from_scale(interval(card.forecast[:, k]), target.scale)
    free_run, forecast = f"{median:.3g} [{low:.3g}, {high:.3g}]", f"[{least:.3g}, {most:.3g}]"
    return [target.name, f"{target.value:.4g}", free_run, forecast, f"{card.residual[k]:+.1f}"]


def to_dict(card: Scorecard, comparison: ForecastComparison) -> dict[str, Any]:
    """Scores as plain values."""
    low, high = comparison.skill_interval()
    return {
        "members": card.members,
        "seed": card.seed,
        "parameters": card.origin,
        "fitted": card.summary(FIT),
        "held_back": card.summary(TEST),
        "trade_scores": {name: round(float(values.mean()), 5) for name, values in comparison.scores.items()},
        "best_benchmark": comparison.best_benchmark,
        "skill": round(comparison.skill(), 4),
        "skill_interval": {"low": round(low, 4), "high": round(high, 4)},
    }
