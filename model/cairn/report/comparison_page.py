"""A comparison as one HTML page without external files: effects, figures, differences between the scenarios."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from cairn.core.calendar import quarter_name
from cairn.effects.answers import Asked, answers, asked_of, interaction_texts
from cairn.effects.counterfactuals import HEADER, Counterfactual
from cairn.effects.effect_rows import EffectRow, effect_rows, is_clear, titles_text
from cairn.effects.phrasing import listed, members_text
from cairn.ensemble.comparison import Comparison
from cairn.figures.paired_differences import paired
from cairn.report import inline, rendered
from cairn.report.first_page import difference_labels, first_page
from cairn.scenario.diff import differences


def page(
    comparison: Comparison,
    asked: Mapping[str, Sequence[Asked]] | None = None,
    counterfactuals: Mapping[str, Counterfactual] | None = None,
    *,
    shipped: bool = True,
) -> str:
    """The page as text. All text from scenario files is escaped; the same comparison gives the same bytes.

    Parameters
    ----------
    comparison : must contain the outcomes that are asked for
    asked : what is answered first, by scenario; by default what each scenario says in `look_at`
    counterfactuals : scenarios that change the past on record, in both versions, by scenario
    shipped : whether the parameters are those of the shipped calibration
    """
    both = counterfactuals or {}
    return rendered(
        "comparison.html.j2",
        title=f"{listed([f'“{title}”' for title in comparison.titles[1:]])} compared with “{comparison.titles[0]}”",
        members=comparison.members,
        seed=comparison.seed,
        scenarios=comparison.scenarios,
        names=comparison.names,
        arms=[_arm(comparison, name, asked, both.get(name), shipped) for name in comparison.compared],
    )


def _arm(
    comparison: Comparison,
    name: str,
    asked: Mapping[str, Sequence[Asked]] | None,
    both: Counterfactual | None,
    shipped: bool,
) -> dict[str, Any]:
    """What the page shows of a scenario."""
    a, b = comparison.scenario(comparison.reference), comparison.scenario(name)
    divergence = comparison.divergence(name)
    names = comparison.reference, name
    lines = difflib.unified_diff(a.text.splitlines(), b.text.splitlines(), *names, lineterm="", n=2)
    arm: dict[str, Any] = {
        "name": name,
        "title": f"“{comparison.title(name)}” compared with “{comparison.titles[0]}”",
        "differences": differences(a, b),
        "diff": "\n".join(lines) or "no difference",
        "question": b.question,
        "divergence": "",
        "answers": [],
        "labels": difference_labels(a, b),
        "first": None,
    }
    if divergence is None:
        return arm
    share = comparison.share_diverged(name)
    asked_here = asked_of(b) if asked is None else asked[name]
    found = effect_rows(comparison, name, [outcome for outcome, _ in asked_here])
    said = answers(comparison, asked_here, name)
    extra = interaction_texts(comparison, said, name) if name in comparison.stacks() else []
    first, half_by = map(quarter_name, divergence)
    half = f", half of these by {half_by}" if half_by != first else ""
    return arm | {
        "divergence": f"The first member diverges in {first}; in the end {members_text(share)} have diverged{half}.",
        "answers": [*(answer.text for answer in said), *extra],
        "years": found.years,
        "rows": [_row(row) for row in found.rows],
        "others": [(head, titles_text(outcomes, comparison.known)) for head, outcomes in found.others() if outcomes],
        "versions": {"head": HEADER, "rows": both.rows(said), "note": both.note} if both else None,
        "first": first_page(comparison, asked_here, arm["differences"], shipped=shipped, scenario=name),
        "figure": inline(paired(comparison, name)),
    }


def _row(row: EffectRow) -> dict[str, Any]:
    """A row of the table: the largest effect, and those in the years of the table."""
    if row.none:
        return {"title": row.title, "largest": "the same in every member", "cells": [], "span": len(row.effects) + 1}
    cells: list[dict[str, Any]] = [
        {"middle": row.text(e), "interval": row.interval(e), "sure": is_clear(row.outcome, e)}
        for e in (row.largest, *row.effects.values())
    ]
    if percent := row.percent(row.largest):
        cells[0]["middle"] += f" ({percent})"
    return {"title": row.title, "cells": cells, "largest": str(row.year)}
