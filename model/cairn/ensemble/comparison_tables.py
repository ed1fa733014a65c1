"""Tables of a comparison: effects in selected years, and scenarios ranked by their average effects."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from cairn.core.calendar import quarter_name
from cairn.ensemble.comparison import Comparison, Effect
from cairn.ensemble.outcomes import digits_of_difference, signed
from cairn.support.csv_table import write_csv
from cairn.support.text_table import text_table

QUANTITIES = ("p05", "p50", "p95", "mean", "mean_se", "sign_share")  # of paired differences
EFFECT_COLUMNS = ("scenario", "against", "outcome", "unit", "year", *QUANTITIES, "against_p50", "scenario_p50")
RANKING_COLUMNS = ("scenario", "against", "divergence", "outcome", *QUANTITIES)


def to_text(comparison: Comparison, scenario: str | None = None) -> str:
    """The effects of a scenario for a terminal: medians of paired differences, 90 % intervals, shares of members."""
    divergence = comparison.divergence(scenario)
    head = f"{comparison.title(scenario)}\nagainst: {comparison.title(comparison.reference)}\n\n"
    if divergence is None:
        return f"{head}No member differs in any quarter: the effect on every outcome is exactly zero."
    first, half = divergence
    share = comparison.share_diverged(scenario)
    by = f", half of them by {quarter_name(half)}" if half != first else ""
    head += f"The scenarios diverge in {quarter_name(first)}; {share:.0%} of members diverge{by}.\n\n"
    years = comparison.table_years(scenario)
    rows: list[list[str]] = []
    for outcome in comparison.outcomes:
        d = digits_of_difference(outcome)
        effects = [comparison.effect(outcome, year, scenario) for year in years]
        title = outcome.title.strip() + (f", {outcome.unit}" if outcome.unit else "")
        if outcome.share:
            rows.append([title, *(signed(e.mean, d) for e in effects)])
            rows.append(["    two standard errors", *(f"+-{2 * e.error:.{d}f}" for e in effects)])
            continue
        rows.append([title, *(signed(e.median, d) for e in effects)])
        rows.append(["    90 % interval", *(f"[{signed(e.low, d)}, {signed(e.high, d)}]" for e in effects)])
        rows.append(["    same sign as the mean", *(f"{e.sign_share:.0%}" if e.mean else "-" for e in effects)])
        if since := comparison.significant_from(outcome, scenario):
            rows.append([f"    interval without zero from {since} on"])
    return head + text_table(rows, header=["paired difference", *map(str, years)])


def to_dict(comparison: Comparison) -> list[dict[str, Any]]:
    """The effects in the years of the table, as plain values, one entry per scenario."""
    rows = []
    for scenario in comparison.compared:
        divergence = comparison.divergence(scenario)
        effects = [
            {"outcome": outcome.key, "unit": outcome.unit or "1", "year": year}
            | _rounded(comparison.effect(outcome, year, scenario))
            for outcome in comparison.outcomes
            for year in comparison.table_years(scenario)
        ]
        rows.append(
            {
                "scenario": scenario,
                "against": comparison.reference,
                "divergence": quarter_name(divergence[0]) if divergence else None,
                "effects": effects,
            }
        )
    return rows


def save_csv(comparison: Comparison, path: os.PathLike[str] | str) -> None:
    """Write every effect by year, in the columns of `EFFECT_COLUMNS`."""
    write_csv(path, EFFECT_COLUMNS, _effect_rows(comparison))


def _effect_rows(comparison: Comparison) -> Iterator[list[Any]]:
    for scenario in comparison.compared:
        for outcome in comparison.outcomes:
            reference, values = (comparison.values(outcome, name) for name in (comparison.reference, scenario))
            for t, year in enumerate(comparison.years):
                e = Effect.of(reference[:, t], values[:, t])
                figures = (e.low, e.median, e.high, e.mean, e.error, e.sign_share, e.before, np.median(values[:, t]))
                labels = scenario, comparison.reference, outcome.key, outcome.unit or "1", year
                yield [*labels, *(f"{figure:.6g}" for figure in figures)]


def ranking(comparison: Comparison) -> list[dict[str, Any]]:
    """Each scenario's average effect on each outcome, ordered by the first outcome, the largest first."""
    rows: list[dict[str, Any]] = []
    for scenario in comparison.compared:
        divergence = comparison.divergence(scenario)
        rows.append(
            {
                "scenario": scenario,
                "against": comparison.reference,
                "divergence": quarter_name(divergence[0]) if divergence else None,
                "effects": {
                    outcome.key: _rounded(comparison.average_effect(outcome, scenario))
                    for outcome in comparison.outcomes
                },
            }
        )
    first = comparison.outcomes[0].key
    return sorted(rows, key=lambda row: (-row["effects"][first]["median"], row["scenario"]))


def ranking_to_text(comparison: Comparison) -> str:
    """The ranking for a terminal; ``*`` marks effects whose 90 % interval excludes zero."""
    short = {"integration index": "index", "water and energy": "water"}
    titles = [outcome.title.strip().removeprefix("dimension ") for outcome in comparison.outcomes]
    rows = []
    for row in ranking(comparison):
        effects = row["effects"].values()
        marks = ["*" if e["low"] > 0 or e["high"] < 0 else " " for e in effects]
        cells = (signed(e["median"], 3) + mark for e, mark in zip(effects, marks, strict=True))
        rows.append([row["scenario"], *cells])
    return text_table(
        rows, header=[f"against {comparison.reference}", *(short.get(title, title) + " " for title in titles)]
    )


def save_ranking(comparison: Comparison, path: os.PathLike[str] | str) -> None:
    """Write the ranking, in the columns of `RANKING_COLUMNS`."""
    write_csv(path, RANKING_COLUMNS, _ranking_rows(comparison))


def _ranking_rows(comparison: Comparison) -> Iterator[list[Any]]:
    for row in ranking(comparison):
        for key, e in row["effects"].items():
            figures = e["low"], e["median"], e["high"], e["mean"], e.get("error", float("nan")), e["sign_share"]
            labels = row["scenario"], row["against"], row["divergence"] or "never", key
            yield [*labels, *(f"{figure:.6g}" for figure in figures)]


def _rounded(effect: Effect) -> dict[str, float]:
    """The fields of an effect, six decimals, without those that are not a number."""
    return {name: round(value, 6) for name, value in dataclasses.asdict(effect).items() if value == value}
