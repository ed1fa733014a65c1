"""Pictures of the claims: effects with their intervals, shares of the causes, and how much gain cooperation needs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cairn.claims.arm_runs import Worlds
from cairn.claims.arms import ALONE, LEVELS
from cairn.claims.changes import CAUSES
from cairn.claims.claim_test import CODING_TITLES, SHARES, Row
from cairn.claims.claim_tests.causes import values_of
from cairn.claims.claim_tests.interpretation import BLOW_TITLES, MOST, survival
from cairn.claims.evaluation import Case
from cairn.claims.verdicts import Verdict
from cairn.core.geography import CODES
from cairn.figures.style import BLACK, BLUE, FAINT, GREEN, INK, ORANGE, SMALL, TINY, VERMILLION, page, plain

Look = tuple[str, str, Any, Any]  # colour, marker, fill, line
LOOKS: dict[Verdict, Look] = {
    Verdict.SUPPORTED: (BLUE, "o", "full", "-"),
    Verdict.PARTLY: (GREEN, "s", "left", (0, (4, 1))),
    Verdict.CONTRADICTED: (VERMILLION, "X", "full", "-"),
    Verdict.NOT_IDENTIFIED: (FAINT, "D", "none", (0, (1, 1))),
}
CODING_LOOKS: tuple[tuple[str, str, Any], ...] = (
    (BLACK, "o", "-"),
    (BLUE, "v", (0, (4, 1))),
    (GREEN, "^", (0, (1, 1))),
    (VERMILLION, "s", "-"),
)
PANELS = {
    "": "index, trust and the like (0 to 1)",
    SHARES: "share of years",
    "1/yr": "incidents a year",
    "bn USD": "bn USD a year",
    "times": "times, 1 being no change",
}
LINE, GAP, TOP, FOOT = 0.27, 0.62, 1.25, 0.55  # inches
NAMES, VERDICTS = 0.40, 0.80  # where the names of claims end and the verdicts begin, as a share of the width


def forest(cases: Sequence[Case], members: int, seed: int) -> Figure:
    """Headline effect of each claim that was tested, its interval, and both verdicts."""
    tested = [case for case in cases if case.finding is not None]
    panels = {unit: [c for c in tested if c.finding and c.finding.headline.unit == unit] for unit in PANELS}
    panels = {unit: rows for unit, rows in panels.items() if rows}
    height = TOP + FOOT + sum(LINE * len(rows) + GAP for rows in panels.values())
    figure = page(
        height,
        "Claims put to the test: effect of each, towards the right where it is positive",
        "Median and 90 % interval of paired differences over worlds, or of means for meetings attended. "
        "≠ where one says contradicted and the other does not.",
        f"Run: {members} worlds of each arm, seed {seed}, common luck. Record: named with each claim in the report.",
    )
    below = height - TOP
    for unit, rows in panels.items():
        below -= LINE * len(rows)
        place = (NAMES, below / height, VERDICTS - NAMES - 0.02, LINE * len(rows) / height)
        _panel(figure.add_axes(place), rows, PANELS[unit])
        below -= GAP
    handles = [
        Line2D([], [], color=colour, marker=marker, fillstyle=fill, linestyle=line, markersize=7, label=verdict.value)
        for verdict, (colour, marker, fill, line) in LOOKS.items()
    ]
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(0.05, 1 - 0.72 / height), ncols=4, frameon=False,
                  fontsize=SMALL, title="verdict of the model", title_fontsize=SMALL, alignment="left")  # fmt: skip
    for x, text in ((VERDICTS, "model"), (0.905, "record")):
        figure.text(x, 1 - (TOP - 0.1) / height, text, fontsize=SMALL, weight="bold", color=INK)
    return figure


def _panel(axis: Axes, cases: Sequence[Case], title: str) -> None:
    """Intervals of claims in one unit, one line each."""
    plain(axis)
    axis.grid(axis="y", visible=False)
    axis.axvline(1.0 if title.startswith("times") else 0.0, color=INK, linewidth=0.8)
    for k, case in enumerate(cases):
        assert case.finding is not None
        _interval(axis, k, case.finding.headline, LOOKS[case.ruling[0]])
        transform = axis.get_yaxis_transform()
        name = f"{case.claim.number}  {case.claim.title}"
        axis.text(-0.02, k, name, transform=transform, ha="right", va="center", fontsize=SMALL, color=INK)
        axis.text(1.055, k, case.ruling[0].value, transform=transform, va="center", fontsize=SMALL, color=INK)
        other = case.of_record[0].value + (" ≠" if case.disagree == "yes" else "")
        axis.text(1.33, k, other, transform=transform, va="center", fontsize=SMALL, color=INK)
    axis.set_ylim(len(cases) - 0.5, -0.5)
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    axis.tick_params(labelsize=TINY)
    axis.set_xlabel(title, fontsize=TINY, color=INK, labelpad=1)


def _interval(axis: Axes, place: float, row: Row, look: Look) -> None:
    colour, marker, fill, line = look
    axis.plot([row.low, row.high], [place, place], color=colour, linewidth=1.6, linestyle=line, solid_capstyle="butt")
    how = {"marker": marker, "fillstyle": fill, "markersize": 7, "markerfacecoloralt": "white"}
    axis.plot([row.middle], [place], color=colour, markeredgecolor=colour, linestyle="none", **how)


def shares_of_causes(worlds: Worlds) -> Figure:
    """Shapley value of each cause of the lost cooperation, as coded and under other codes of leaders."""
    codings = {"": "as coded", **{f"@{c}": title for c, title in CODING_TITLES.items()}}
    codings = {c: title for c, title in codings.items() if worlds.has(f"combination_0{c}")}
    looks = dict(zip(codings, CODING_LOOKS, strict=False))
    figure = page(
        5.2,
        "Six causes of the cooperation lost by 2015: what each accounts for",
        "Shapley value of each cause, integration index 2015: what taking it away adds, averaged over all orders in "
        "which the six can be taken away. Median and 90 % interval over worlds.",
        f"Run: 64 combinations, {worlds.members} worlds each (a third under other codes), seed {worlds.seed}.",
    )
    axis = plain(figure.add_axes((0.25, 0.16, 0.70, 0.58)))
    axis.grid(axis="y", visible=False)
    axis.axvline(0, color=INK, linewidth=0.8)
    for n, (coding, title) in enumerate(codings.items()):
        colour, marker, line = looks[coding]
        for k, sample in enumerate(values_of(worlds, coding)):
            _interval(axis, k + 0.18 * (n - (len(codings) - 1) / 2), Row(title, sample), (colour, marker, "full", line))
    axis.set_ylim(len(CAUSES) - 0.5, -0.5)
    axis.set_yticks(range(len(CAUSES)), [title for title, _ in CAUSES.values()], fontsize=SMALL)
    axis.set_xlabel("integration index 2015 (0 to 1)", fontsize=SMALL, color=INK)
    handles = [
        Line2D([], [], color=looks[c][0], marker=looks[c][1], linestyle=looks[c][2], label=title)
        for c, title in codings.items()
    ]
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.05, 0.85), ncols=4, frameon=False, fontsize=SMALL
    )
    return figure


def needed_gains(worlds: Worlds) -> Figure:
    """Share of worlds in which cooperation survives, by the weight of gains: by blow, and for each state alone."""
    figure = page(
        4.6,
        "How much gain cooperation needs to last",
        "Share of worlds in which nine tenths of the index of 2021-2025 are there in 2036-2040, by what gains from "
        "trade weigh in leaders' choices from 2026 on. Left: for all five. Right: for one state alone, under a hostile "
        "leader in Tashkent (another scale). Horizontal line: four worlds in five.",
        f"Run: {worlds.members} worlds of each arm, seed {worlds.seed}, common luck. The dotted line is the weight "
        "fitted to the record to 2015, in the median world.",
    )
    styles = ("-", (0, (5, 1.5)), (0, (1, 1)), (0, (3, 1, 1, 1)), (0, (7, 2)))
    colours = (BLUE, VERMILLION, GREEN, ORANGE, BLACK)
    left, right = (plain(figure.add_axes((x, 0.21, 0.41, 0.44))) for x in (0.075, 0.56))
    lines = ((left, [("all", blow, title) for blow, title in BLOW_TITLES.items()]),
             (right, [(code, ALONE[0], code) for code in CODES]))  # fmt: skip
    for axis, entries in lines:
        for (who, blow, title), colour, style in zip(entries, colours, styles, strict=True):
            axis.plot(
                LEVELS,
                survival(worlds, who, blow),
                color=colour,
                linestyle=style,
                marker="o",
                markersize=3,
                label=title,
            )
        axis.axhline(MOST, color=FAINT, linewidth=0.8)
        axis.axvline(float(np.median(worlds.gain_weight)), color=INK, linewidth=0.8, linestyle=":")
        axis.set_ylim(*((-0.02, 1.02) if axis is left else (0.7, 0.9)))
        axis.set_xlabel("weight of gains (logit)", fontsize=SMALL, color=INK)
        axis.set_ylabel("share of worlds that keep it", fontsize=SMALL, color=INK)
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
