"""Tables of a comparison: effects in selected years, and scenarios ranked by their average effects."""

from __future__ import annotations

import dataclasses
import itertools
import os
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from cairn.core.calendar import quarter_name
from cairn.effects.effect_rows import EffectRow, EffectRows, decimals, effect_row, effect_rows, titles_text
from cairn.ensemble.comparison import Comparison
from cairn.ensemble.effect import Effect
from cairn.ensemble.outcomes import Outcome
from cairn.support.csv_table import write_csv
from cairn.support.monte_carlo import rounded_signed
from cairn.support.text_table import text_table

MOST_COLUMNS = 100  # of a paragraph
QUANTITIES = ("low", "median", "high", "median_error", "mean", "mean_error", "sign_share")  # of paired differences
EFFECT_COLUMNS = ("scenario", "against", "outcome", "unit", "year", *QUANTITIES, "before", "after", "percent")
RANKING_COLUMNS = ("scenario", "against", "divergence", "outcome", *QUANTITIES)


def to_text(
    comparison: Comparison,
    scenario: str | None = None,
    *,
    asked: Sequence[Outcome] = (),
    years: Sequence[int] | None = None,
    width: int = 120,
) -> str:
    """The effects of a scenario for a terminal: a row for each outcome that changes clearly, a line for the others.

    Parameters
    ----------
    comparison, scenario, asked, years : as for `cairn.effects.effect_rows.effect_rows`
    width : columns of the terminal; years that do not fit follow in tables of their own if they were asked for, and
        are left out otherwise, the earliest first
    """
    found = effect_rows(comparison, scenario, asked, years)
    lines = [divergence_text(comparison, scenario), ""]
    if found.rows:
        table, left_out = _table(found, width)
        lines += [table, ""]
        if left_out and years is not None:
            lines += [*_folded(found, left_out, width)]
        elif left_out:
            lines.append(
                fill(f"A wider terminal shows {', '.join(map(str, left_out))} too; effects.csv has all.", width)
            )
    for head, outcomes in found.others():
        if outcomes:
            lines.append(fill(f"{head}: {titles_text(outcomes, comparison.known)}.", width))
    return "\n".join(lines).rstrip()


def _folded(found: EffectRows, years: list[int], width: int) -> Iterator[str]:
    """Tables of the years for which the first one has no room, as many in each as fit."""
    while years:
        for count in range(len(years), 0, -1):
            rows = [[row.title, *(row.text(row.effects[year]) for year in years[:count])] for row in found.rows]
            table = text_table(rows, header=["paired difference", *map(str, years[:count])])
            if max(map(len, table.splitlines())) <= width:
                break
        yield from (table, "")
        years = years[count:]


def divergence_text(comparison: Comparison, scenario: str | None = None) -> str:
    """When members begin to differ from the reference, and how many do."""
    divergence = comparison.divergence(scenario)
    if divergence is None:
        return "No member differs in any quarter: the effect on every outcome is exactly zero."
    first, half = divergence
    by = f", half of them by {quarter_name(half)}" if half != first else ""
    share = comparison.share_diverged(scenario)
    return f"The scenarios diverge in {quarter_name(first)}; {share:.0%} of members diverge{by}."


def fill(text: str, width: int, first: str = "") -> str:
    """A paragraph in lines that fit a terminal and are not too long to read.

    Parameters
    ----------
    text : the paragraph
    width : columns of the terminal
    first : what its first line begins with, such as a bullet; the other lines are indented as far
    """
    kept = text.replace(" %", "\u00a0%")  # a number stays with its sign
    filled = textwrap.fill(kept, min(width, MOST_COLUMNS), initial_indent=first, subsequent_indent=" " * len(first),
                           break_long_words=False, break_on_hyphens=False)  # fmt: skip
    return filled.replace("\u00a0", " ")


def _table(found: EffectRows, width: int) -> tuple[str, list[int]]:
    """The table and the years that it has no room for."""
    for left_out in range(len(found.years) + 1):
        years = found.years[left_out:]
        head = ["paired difference", "largest", "percent", "in", "90 % interval", *map(str, years)]
        rows = [
            [
                row.title,
                row.text(row.largest),
                row.percent(row.largest),
                str(row.year) if not row.none else "",
                row.interval(row.largest),
            ]
            + [row.text(row.effects[year]) for year in years]
            for row in found.rows
        ]
        table = text_table(rows, header=head)
        if max(map(len, table.splitlines())) <= width:
            break
    return table, found.years[:left_out]


def to_dict(comparison: Comparison) -> list[dict[str, Any]]:
    """The effects in the years of the table and in that of the largest, as plain values, one entry per scenario."""
    rows = []
    for scenario in comparison.compared:
        divergence = comparison.divergence(scenario)
        effects = [
            {"outcome": outcome.key, "unit": outcome.unit or "1", "year": year}
            | _rounded(effect)
            | ({"percent": round(effect.percent, 1)} if effect.before else {})
            for row in _rows(comparison, scenario)
            for year, effect in sorted({row.year: row.largest, **row.effects}.items())
            for outcome in [row.outcome]
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


def _rows(comparison: Comparison, scenario: str) -> Iterator[EffectRow]:
    years = comparison.table_years(scenario)
    return (effect_row(comparison, outcome, scenario, years) for outcome in comparison.outcomes)


def save_csv(comparison: Comparison, path: os.PathLike[str] | str) -> None:
    """Write every effect by year, in the columns of `EFFECT_COLUMNS`."""
    write_csv(path, EFFECT_COLUMNS, _effect_rows(comparison))


def _effect_rows(comparison: Comparison) -> Iterator[list[Any]]:
    for scenario in comparison.compared:
        for outcome in comparison.outcomes:
            reference, values = (comparison.values(outcome, name) for name in (comparison.reference, scenario))
            for t, year in enumerate(comparison.years):
                e = Effect.of(reference[:, t], values[:, t])
                labels = scenario, comparison.reference, outcome.key, outcome.unit or "1", year
                levels = e.before, float(np.median(values[:, t])), e.percent
                yield [*labels, *(_figure(x) for x in (*_quantities(e), *levels))]


def _quantities(e: Effect) -> tuple[float, ...]:
    """The figures of an effect in the order of `QUANTITIES`."""
    sign_share = e.sign_share if e.mean else float("nan")
    return e.low, e.median, e.high, e.median_error, e.mean, e.mean_error, sign_share


def _figure(value: float) -> str:
    return "" if value != value else f"{value:.6g}"


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


def ranking_to_text(comparison: Comparison, width: int = 120) -> str:
    """The ranking for a terminal: a row for each scenario with a clear effect, a line for the others.

    Figures are rounded to their Monte Carlo error; ``*`` marks effects whose 90 % interval excludes zero.

    Parameters
    ----------
    comparison : of all scenarios with the first
    width : columns of the terminal; outcomes that do not fit follow in tables of their own
    """
    short = {"integration index": "index", "water and energy": "water"}
    titles = [outcome.title.strip().removeprefix("dimension ") for outcome in comparison.outcomes]
    titles = [short.get(title, title) + " " for title in titles]
    rows, unclear, same = [], [], []
    for row in ranking(comparison):
        effects = {o: comparison.average_effect(o, row["scenario"]) for o in comparison.outcomes}
        cells = [_ranking_cell(outcome, effect) for outcome, effect in effects.items()]
        if any(cell.endswith("*") and "<" not in cell for cell in cells):
            rows.append([row["scenario"], *cells])
        elif any(effect.mean for effect in effects.values()):
            unclear.append(row["scenario"])
        else:
            same.append(row["scenario"])
    blocks = _ranking_tables(rows, f"against {comparison.reference}", titles, width) if rows else []
    for head, names in (("No clear effect, or below the last digit", unclear), ("The same in every member", same)):
        if names:
            blocks.append(fill(f"{head}: {', '.join(names)}.", width))
    return "\n\n".join(blocks)


def _ranking_cell(outcome: Outcome, effect: Effect) -> str:
    """A median as it is shown, with a mark where it is clear."""
    text = rounded_signed(effect.median * outcome.scale, decimals(outcome, effect))
    return text + ("*" if effect.clear else " ")


def _ranking_tables(rows: list[list[str]], corner: str, titles: list[str], width: int) -> list[str]:
    """One table, or as many with about as many columns each as are needed to fit the terminal."""
    for count in range(1, len(titles) + 1):
        edges = [len(titles) * k // count for k in range(count + 1)]
        tables = [
            text_table([[row[0], *row[a + 1 : b + 1]] for row in rows], header=[corner, *titles[a:b]])
            for a, b in itertools.pairwise(edges)
        ]
        if max(len(line) for table in tables for line in table.splitlines()) <= width:
            break
    return tables


def save_ranking(comparison: Comparison, path: os.PathLike[str] | str) -> None:
    """Write the ranking, in the columns of `RANKING_COLUMNS`."""
    write_csv(path, RANKING_COLUMNS, _ranking_rows(comparison))


def _ranking_rows(comparison: Comparison) -> Iterator[list[Any]]:
    for row in ranking(comparison):
        for key, e in row["effects"].items():
            labels = row["scenario"], row["against"], row["divergence"] or "never", key
            yield [*labels, *(_figure(e.get(name, float("nan"))) for name in QUANTITIES)]


def _rounded(effect: Effect) -> dict[str, float]:
    """The fields of an effect, six decimals, without those that are not a number or mean nothing."""
    fields = {name: round(value, 6) for name, value in dataclasses.asdict(effect).items() if value == value}
    return fields if effect.mean else {name: value for name, value in fields.items() if name != "sign_share"}
