"""Pictures of how the model stands against the record: trade by pair, distances, scores, what was learnt, ranks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from cairn.core.geography import PAIR_NAMES
from cairn.figures.style import (
    BLACK,
    BLUE,
    FAINT,
    FUTURE,
    GREEN,
    INK,
    ORANGE,
    SMALL,
    TINY,
    VERMILLION,
    legend_row,
    log_axis,
    outer_labels_only,
    page,
    pair_label,
    plain,
)

if TYPE_CHECKING:
    from cairn.calibration.validation import Contest, Scorecard

SPLIT = 2016  # the year from which nothing was fitted
SOURCE = "Record: model/cairn/data/targets.csv, each figure with its source."


def trade(card: Scorecard) -> Figure:
    """Trade of each pair: the model by itself, as the record would show it, and the record, fitted and held back."""
    height = 6.6
    figure = page(
        height,
        "Trade of each pair, fitted to 2015 and held back after",
        "Nothing in the shaded years was fitted. Bands hold 90 % of members.",
        f"{SOURCE} Run: {card.members} members on {card.origin}, seed {card.seed}.",
    )
    legend_row(
        figure,
        [
            Patch(color=BLUE, alpha=0.35, linewidth=0, label="the model by itself"),
            Patch(facecolor="none", edgecolor=BLUE, linewidth=0.8, label="as the record would show it"),
            Line2D([], [], color=BLUE, linewidth=1.4, label="median"),
            Line2D([], [], color=BLACK, marker="o", markersize=3.5, linestyle="none", label="record, fitted"),
            Line2D([], [], color=VERMILLION, marker="D", markersize=4, linestyle="none", label="record, held back"),
        ],
    )
    places = figure.add_gridspec(
        2, 5, left=0.085, right=0.98, top=1 - 1.3 / height, bottom=0.7 / height, hspace=0.22, wspace=0.1
    )
    for number, pair in enumerate(PAIR_NAMES):
        row, column = divmod(number, 5)
        axis = plain(figure.add_subplot(places[row, column]), pair_label(pair))
        at = np.array([k for k, t in enumerate(card.targets.rows) if t.indicator == "trade" and t.place == pair])
        years = np.array([card.targets.rows[k].first for k in at]) + 0.5
        axis.axvspan(SPLIT, 2025, color=FUTURE, linewidth=0, zorder=0)
        run, record = 1000 * np.exp(card.run[:, at]), 1000 * np.exp(card.record[:, at])
        low, middle, high = np.quantile(run, (0.05, 0.5, 0.95), axis=0)
        axis.fill_between(years, low, high, color=BLUE, alpha=0.3, linewidth=0)
        axis.plot(years, middle, color=BLUE, linewidth=1.4)
        for edge in np.quantile(record, (0.05, 0.95), axis=0):
            axis.plot(years, edge, color=BLUE, linewidth=0.7)
        observed = 1000 * np.exp(card.targets.observed[at])
        fitted = years < SPLIT
        axis.plot(years[fitted], observed[fitted], "o", color=BLACK, markersize=2.4)
        axis.plot(years[~fitted], observed[~fitted], "D", color=VERMILLION, markersize=3.2)
        axis.set_xlim(1992, 2025)
        axis.set_xticks([2000, 2010, 2020])
        log_axis(axis, 1.0, 20_000)
        outer_labels_only(axis, row, column, 2)
    figure.supylabel("two-way trade, million current US dollars a year (log scale)", fontsize=SMALL, x=0.012)
    return figure


def distances(card: Scorecard) -> Figure:
    """How far each target lies from the run, by indicator, fitted and held back."""
    indicators = list(dict.fromkeys(t.indicator for t in card.targets.rows))
    height = 1.5 + 0.3 * len(indicators) + 0.8
    figure = page(
        height,
        "How far the record lies from the run",
        "Each mark is a target: distance of the record to the mean of the run, in units of the error of the record and "
        "of the model and of the spread of runs together. Within two is as good as such errors allow.",
        f"{SOURCE} What lies beyond the axis stands at its edge. Run: {card.members} members on {card.origin}.",
    )
    legend_row(
        figure,
        [
            Line2D([], [], color=BLACK, marker="o", markersize=4, linestyle="none", label="fitted, to 2015"),
            Line2D([], [], color=VERMILLION, marker="D", markersize=4, linestyle="none", label="held back, from 2016"),
        ],
        1.02,
    )
    axis = plain(
        figure.add_axes((0.2, 0.8 / height, 0.77, 0.3 * len(indicators) / height)),
    )
    axis.axvspan(-2, 2, color=FUTURE, linewidth=0, zorder=0)
    axis.axvline(0, color=FAINT, linewidth=0.8)
    spread = np.random.default_rng(1)
    for n, indicator in enumerate(indicators):
        for split, colour, marker, shift in (("fit", BLACK, "o", 0.14), ("test", VERMILLION, "D", -0.16)):
            at = card.rows(split, indicator)
            if len(at):
                x = np.clip(card.off[at], -5, 5)
                y = len(indicators) - 1 - n + shift + spread.uniform(-0.08, 0.08, len(at))
                axis.plot(x, y, marker, color=colour, markersize=3, alpha=0.6, markeredgewidth=0)
    axis.set_yticks(range(len(indicators)), [name.replace("_", " ") for name in reversed(indicators)])
    axis.set_ylim(-0.6, len(indicators) - 0.4)
    axis.set_xlim(-5.2, 5.2)
    axis.set_xlabel("distance, in such units; to the right the record lies above the run", fontsize=SMALL, color=INK)
    axis.grid(axis="x", color="#D9D9D9", linewidth=0.5)
    return figure


MARKS = {
    "the model, as recorded": (BLUE, "o"),
    "the model by itself": ("none", "o"),
    "persistence": (FAINT, "s"),
    "trend": (ORANGE, "^"),
    "gravity": (GREEN, "v"),
    "gravity from last": ("none", "v"),
}


def contest(found: Contest) -> Figure:
    """Scores of forecasts of each pair's trade after 2015: the model against its rivals."""
    rows = [("all", len(found.pairs), {k: float(v.mean()) for k, v in found.scores.items()}), *found.by_pair()]
    height = 1.4 + 0.34 * len(rows) + 0.75
    figure = page(
        height,
        "Who forecast each pair's trade of 2016-2023 best",
        "Mean continuous ranked probability score on ln trade, less is better; all know the record to 2015, gravity "
        "and the model also the true incomes, the model also who led and what was ordered.",
        f"{SOURCE} What lies beyond the axis stands at its edge.",
    )
    legend_row(
        figure,
        [
            Line2D([], [], color=INK if fill == "none" else fill, marker=marker, markerfacecolor=fill, markersize=5,
                   linestyle="none", label=name)
            for name, (fill, marker) in MARKS.items()
        ],
        0.98,
    )  # fmt: skip
    axis = plain(figure.add_axes((0.13, 0.75 / height, 0.84, 0.34 * len(rows) / height)))
    most = 1.2
    for n, (_, _, scores) in enumerate(rows):
        y = len(rows) - 1 - n
        for name, value in scores.items():
            fill, marker = MARKS[name]
            edge = INK if fill == "none" else fill
            look = {"markerfacecolor": fill, "color": edge, "markersize": 6, "markeredgewidth": 0.9}
            axis.plot(min(value, most), y, marker, **look, zorder=3 if fill == "none" else 2)
    labels = [f"{pair_label(name)} ({count})" for name, count, _ in rows]
    axis.set_yticks(range(len(rows)), reversed(labels))
    axis.axhline(len(rows) - 1.5, color=FAINT, linewidth=0.8)
    axis.set_ylim(-0.6, len(rows) - 0.4)
    axis.set_xlim(0, most * 1.03)
    axis.set_xlabel("mean score; number of figures in brackets", fontsize=SMALL, color=INK)
    axis.grid(axis="x", color="#D9D9D9", linewidth=0.5)
    return figure


def learnt(names: Sequence[str], quantiles: np.ndarray, shrinkage: Sequence[float]) -> Figure:
    """Where each number lies within its prior after the fit: 5, 50 and 95 %, the most narrowed first.

    quantiles : (d, 3) on the prior's scale from 0 to 1
    """
    order = np.argsort(-np.asarray(shrinkage), kind="stable")
    half = -(-len(order) // 2)
    height = 1.0 + 0.185 * half + 0.8
    figure = page(
        height,
        "What the record to 2015 says of each number",
        "Median and 90 % of the posterior on the scale of the prior, from its 0 to its 100 %; at the right how much "
        "narrower than the prior (0: the record says nothing). The most narrowed come first.",
        "Posterior: model/cairn/data/fitted/posterior.csv. Priors are uniform over the ranges of "
        "model/cairn/core/parameters.py, normal "
        "for pair_affinity and openness_offset.",
    )
    for column in range(2):
        some = order[column * half : (column + 1) * half]
        axis = plain(figure.add_axes((0.235 + column * 0.485, 0.8 / height, 0.215, 0.185 * half / height)))
        for n, k in enumerate(some):
            y = half - 1 - n
            axis.axhline(y, color="#EAEAEA", linewidth=0.6, zorder=0)
            axis.plot(quantiles[k][[0, 2]], (y, y), color=BLUE, linewidth=1.6, solid_capstyle="butt")
            axis.plot(quantiles[k][1], y, "o", color=BLUE, markersize=3)
            axis.text(1.04, y, f"{shrinkage[k]:.2f}", fontsize=TINY, color=INK, va="center", clip_on=False)
        axis.set_yticks([half - 1 - n for n in range(len(some))], [names[k] for k in some], fontsize=TINY)
        axis.set_ylim(-0.7, half - 0.3)
        axis.set_xlim(0, 1)
        axis.set_xticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
        axis.set_xlabel("place within the prior", fontsize=SMALL, color=INK)
        axis.grid(False)
    return figure


def ranks(names: Sequence[str], found: np.ndarray, counts: np.ndarray) -> Figure:
    """Ranks of the true numbers among their draws, over records that the model made itself.

    found : (records, d) shares of draws below the truth; counts : (bins, d)
    """
    records, bins = len(found), len(counts)
    height = 4.2
    figure = page(
        height,
        "Is the method right about records that the model made itself?",
        f"Left: ranks of {len(names)} true numbers among their draws over {records} made-up records; level is right. "
        "Right: how often the middle share of the draws holds the truth, against that share; on the line is right.",
        "Simulation-based calibration, Talts et al. 2018. Bars: one standard error, records taken as independent.",
    )
    places = figure.add_gridspec(1, 2, left=0.075, right=0.97, top=1 - 1.1 / height, bottom=0.85 / height, wspace=0.22)
    axis = plain(figure.add_subplot(places[0]))
    share = counts.sum(1) / counts.sum()
    edges = np.arange(bins + 1) / bins
    axis.bar((edges[1:] + edges[:-1]) / 2, share, width=0.94 / bins, color=BLUE, alpha=0.55)
    axis.axhline(1 / bins, color=BLACK, linewidth=0.9)
    axis.set_xlabel("share of draws below the truth", fontsize=SMALL, color=INK)
    axis.set_ylabel("share of true numbers", fontsize=SMALL, color=INK)
    axis.set_ylim(0, 2 / bins)
    axis = plain(figure.add_subplot(places[1]))
    nominal = np.arange(0.1, 1.0, 0.1)
    held = np.stack([(np.abs(found - 0.5) <= s / 2).mean(1) for s in nominal])  # (levels, records)
    axis.plot((0, 1), (0, 1), color=BLACK, linewidth=0.9)
    axis.errorbar(nominal, held.mean(1), held.std(1) / np.sqrt(records), fmt="o", color=BLUE, markersize=4, linewidth=1)
    axis.set_xlim(0, 1)
    axis.set_ylim(0, 1)
    axis.set_xlabel("share of the draws", fontsize=SMALL, color=INK)
    axis.set_ylabel("share of truths held", fontsize=SMALL, color=INK)
    return figure
