"""Figures of the claims: effects with intervals, contributions of the causes, and the gains that cooperation needs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cairn.claims.claim_tests.causes import shapley_values
from cairn.claims.claim_tests.interpretation import MOST_MEMBERS, SHOCK_TITLES, survival_shares
from cairn.claims.claim_tests.measurement import SHARE, Measurement
from cairn.claims.evaluation import ClaimResult
from cairn.claims.experiments.arm_runs import ArmRuns
from cairn.claims.experiments.arms import COUNTRY_SHOCKS, GAIN_WEIGHTS
from cairn.claims.experiments.changes import CAUSES
from cairn.claims.experiments.codings import CODINGS
from cairn.claims.verdicts import Verdict
from cairn.core.geography import CODES
from cairn.figures.style import BLACK, BLUE, FAINT, GREEN, INK, ORANGE, SMALL, TINY, VERMILLION, page, plain

Style = tuple[str, str, Any, Any]  # colour, marker, fill, line
VERDICT_STYLES: dict[Verdict, Style] = {
    Verdict.SUPPORTED: (BLUE, "o", "full", "-"),
    Verdict.PARTLY: (GREEN, "s", "left", (0, (4, 1))),
    Verdict.CONTRADICTED: (VERMILLION, "X", "full", "-"),
    Verdict.FOLLOWS: (ORANGE, "o", "none", (0, (3, 1, 1, 1))),
    Verdict.NOT_TESTABLE: (BLACK, "|", "full", "-"),
    Verdict.NOT_IDENTIFIED: (FAINT, "D", "none", (0, (1, 1))),
}
CODING_STYLES: tuple[tuple[str, str, Any], ...] = (
    (BLACK, "o", "-"),
    (BLUE, "v", (0, (4, 1))),
    (GREEN, "^", (0, (1, 1))),
    (VERMILLION, "s", "-"),
)
PANELS = {
    "": "index, trust and similar (0 to 1)",
    SHARE: "share of years",
    "1/yr": "incidents a year",
    "bn USD": "bn USD a year",
    "times": "ratio, 1 is no change",
}
ROW_HEIGHT, GAP, TOP, BOTTOM = 0.27, 0.62, 1.5, 0.55  # inches
TITLES_END, VERDICTS_BEGIN = 0.38, 0.76  # share of the width


def forest_plot(results: Sequence[ClaimResult], members: int, seed: int) -> Figure:
    """Effect of each tested claim with its interval, and the verdict on the claim."""
    tests = [(result, result.test_result.headline) for result in results if result.test_result is not None]
    units = dict.fromkeys((*PANELS, *(row.unit for _, row in tests)))
    panels = {unit: [(result, row) for result, row in tests if row.unit == unit] for unit in units}
    panels = {unit: rows for unit, rows in panels.items() if rows}
    height = TOP + BOTTOM + sum(ROW_HEIGHT * len(rows) + GAP for rows in panels.values())
    figure = page(
        height,
        "Tested claims: effect of each, positive to the right",
        "Mean and 90 % interval of paired differences over members; interval of the mean for meetings attended. "
        "The verdict is that of the record where it is conclusive, otherwise that of the model.",
        f"Run: {members} members of each arm, seed {seed}, same random numbers. Record: sources in the report.",
    )
    below = height - TOP
    for unit, rows in panels.items():
        below -= ROW_HEIGHT * len(rows)
        width = VERDICTS_BEGIN - TITLES_END - 0.02
        place = (TITLES_END, below / height, width, ROW_HEIGHT * len(rows) / height)
        _panel(figure.add_axes(place), rows, PANELS.get(unit, unit))
        below -= GAP
    handles = [
        Line2D([], [], color=colour, marker=marker, fillstyle=fill, linestyle=line, markersize=7, label=verdict.value)
        for verdict, (colour, marker, fill, line) in VERDICT_STYLES.items()
    ]
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(0.05, 1 - 0.72 / height), ncols=6, frameon=False,
                  fontsize=SMALL, title="verdict on the claim", title_fontsize=SMALL, alignment="left")  # fmt: skip
    figure.text(VERDICTS_BEGIN, 1 - (TOP - 0.1) / height, "verdict, by", fontsize=SMALL, weight="bold", color=INK)
    return figure


def _panel(axis: Axes, rows: Sequence[tuple[ClaimResult, Measurement]], title: str) -> None:
    """Intervals of claims in one unit, one row each."""
    plain(axis)
    axis.grid(axis="y", visible=False)
    axis.axvline(1.0 if title.startswith("ratio") else 0.0, color=INK, linewidth=0.8)
    for k, (result, headline) in enumerate(rows):
        _draw_interval(axis, k, headline, VERDICT_STYLES[result.overall.verdict])
        transform = axis.get_yaxis_transform()
        name = f"{result.claim.id}  {result.claim.title}"
        axis.text(-0.02, k, name, transform=transform, ha="right", va="center", fontsize=SMALL, color=INK)
        text = f"{result.overall.verdict.value}, {result.decided_by}"
        axis.text(1.055, k, text, transform=transform, va="center", fontsize=SMALL, color=INK)
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    axis.tick_params(labelsize=TINY)
    axis.set_xlabel(title, fontsize=TINY, color=INK, labelpad=1)


def _draw_interval(axis: Axes, y: float, row: Measurement, style: Style) -> None:
    colour, marker, fill, line = style
    axis.plot([row.low, row.high], [y, y], color=colour, linewidth=1.6, linestyle=line, solid_capstyle="butt")
    marker_style = {"marker": marker, "fillstyle": fill, "markersize": 7, "markerfacecoloralt": "white"}
    axis.plot([row.center], [y], color=colour, markeredgecolor=colour, linestyle="none", **marker_style)


def contributions_of_causes(runs: ArmRuns) -> Figure:
    """Shapley value of each cause of the lost cooperation, as coded and under other codings of leaders."""
    codings = {"": "as coded", **{f"@{c}": CODINGS[c].title for c in ("first_year", "dealt", "force")}}
    codings = {c: title for c, title in codings.items() if runs.has(f"combination_0{c}")}
    styles = dict(zip(codings, CODING_STYLES, strict=False))
    figure = page(
        5.2,
        "Contributions of six causes to the cooperation lost by 2015",
        "Shapley value of each cause: what removing it adds to the integration index of 2015, averaged over all orders "
        "of removing the six. Mean and 90 % interval over members.",
        f"Run: 64 combinations, {runs.members} members each (fewer under other codings), seed {runs.seed}.",
    )
    axis = plain(figure.add_axes((0.25, 0.16, 0.70, 0.58)))
    axis.grid(axis="y", visible=False)
    axis.axvline(0, color=INK, linewidth=0.8)
    for n, (coding, title) in enumerate(codings.items()):
        colour, marker, line = styles[coding]
        for k, sample in enumerate(shapley_values(runs, coding)):
            y = k + 0.18 * (n - (len(codings) - 1) / 2)
            _draw_interval(axis, y, Measurement(title, sample), (colour, marker, "full", line))
    axis.set_ylim(len(CAUSES) - 0.5, -0.5)
    axis.set_yticks(range(len(CAUSES)), [title for title, _ in CAUSES.values()], fontsize=SMALL)
    axis.set_xlabel("integration index 2015 (0 to 1)", fontsize=SMALL, color=INK)
    handles = [
        Line2D([], [], color=styles[c][0], marker=styles[c][1], linestyle=styles[c][2], label=title)
        for c, title in codings.items()
    ]
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.05, 0.85), ncols=4, frameon=False, fontsize=SMALL
    )
    return figure


def required_gains(runs: ArmRuns) -> Figure:
    """Share of members in which cooperation survives, by weight of gains: by shock, and for each country alone."""
    figure = page(
        4.6,
        "How much gain cooperation needs to last",
        "Share of members in which nine tenths of the index of 2021-2025 remain in 2036-2040, by the weight of gains "
        "from trade in leaders' choices from 2026 on. Left: all five countries. Right: one country only, under a "
        "hostile leader in Tashkent (different scale). Horizontal line: four of five members.",
        f"Run: {runs.members} members of each arm, seed {runs.seed}, same random numbers. Dotted line: calibrated "
        "weight, median.",
    )
    line_styles = ("-", (0, (5, 1.5)), (0, (1, 1)), (0, (3, 1, 1, 1)), (0, (7, 2)))
    colours = (BLUE, VERMILLION, GREEN, ORANGE, BLACK)
    left, right = (plain(figure.add_axes((x, 0.21, 0.41, 0.44))) for x in (0.075, 0.56))
    lines = ((left, [("all", shock, title) for shock, title in SHOCK_TITLES.items()]),
             (right, [(code, COUNTRY_SHOCKS[0], code) for code in CODES]))  # fmt: skip
    for axis, entries in lines:
        shares = [survival_shares(runs, country, shock) for country, shock, _ in entries]
        for (_, _, title), values, colour, style in zip(entries, shares, colours, line_styles, strict=True):
            axis.plot(GAIN_WEIGHTS, values, color=colour, linestyle=style, marker="o", markersize=3, label=title)
        axis.axhline(MOST_MEMBERS, color=FAINT, linewidth=0.8)
        axis.axvline(float(np.median(runs.gain_weight)), color=INK, linewidth=0.8, linestyle=":")
        least, most = (0.0, 1.0) if axis is left else (min(0.7, np.min(shares)), max(0.9, np.max(shares)))
        axis.set_ylim(least - 0.02, most + 0.02)
        axis.set_xlabel("weight of gains (logit)", fontsize=SMALL, color=INK)
        axis.set_ylabel("share of members in which it survives", fontsize=SMALL, color=INK)
        labels = [textwrap.fill(text, 46) for text in axis.get_legend_handles_labels()[1]]
        columns = 2 if axis is left else 5
        axis.legend(
            labels,
            loc="lower left",
            bbox_to_anchor=(-0.02, 1),
            ncols=columns,
            frameon=False,
            fontsize=TINY,
            handlelength=4,
        )
    return figure
