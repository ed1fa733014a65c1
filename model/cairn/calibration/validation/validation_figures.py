"""Figures of VALIDATION.md: trade by pair, residuals, forecast scores, posterior, ranks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from cairn.calibration.validation.forecast_comparison import FREE_RUN, HARDEST, MODEL
from cairn.core.geography import PAIR_NAMES
from cairn.ensemble.annual import by_year
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
from cairn.support.quantiles import interval

if TYPE_CHECKING:
    import xarray as xr

    from cairn.calibration.validation.forecast_comparison import ForecastComparison
    from cairn.calibration.validation.scorecard import Scorecard

FIRST_HELD_BACK = 2016  # nothing from this year on was fitted
SOURCE = "Record: model/cairn/data/targets.csv, each value with its source."
MAX_SHOWN_SCORE = 1.2


def trade(card: Scorecard, free: xr.Dataset) -> Figure:
    """Trade of each pair: free run in all years; forecast and observations, fitted and held back.

    Parameters
    ----------
    card : forecasts and observations
    free : a run with a free past and `pair_trade_usd_bn`
    """
    yearly = 1000 * by_year(free.pair_trade_usd_bn)
    height = 6.6
    figure = page(
        height,
        "Trade of each pair: fitted to 2015, held back from 2016",
        "No observation of the shaded years was fitted. Bands: 90 % of members.",
        f"{SOURCE} Run: {card.members} members on {card.origin}, seed {card.seed}.",
    )
    legend_row(
        figure,
        [
            Patch(color=BLUE, alpha=0.35, linewidth=0, label="free run of the model"),
            Line2D([], [], color=FAINT, linewidth=1.0, label="forecast: with errors, where there is a record"),
            Line2D([], [], color=BLUE, linewidth=1.4, label="median of the free run"),
            Line2D([], [], color=BLACK, marker="o", markersize=3.5, linestyle="none", label="observed, fitted"),
            Line2D([], [], color=VERMILLION, marker="D", markersize=4, linestyle="none", label="observed, held back"),
        ],
    )
    places = figure.add_gridspec(
        2, 5, left=0.085, right=0.98, top=1 - 1.3 / height, bottom=0.7 / height, hspace=0.22, wspace=0.1
    )
    for number, pair in enumerate(PAIR_NAMES):
        row, column = divmod(number, 5)
        axis = plain(figure.add_subplot(places[row, column]), pair_label(pair))
        at = np.array([k for k, t in enumerate(card.targets.rows) if t.indicator == "trade" and t.place == pair])
        years = np.array([card.targets.rows[k].first_year for k in at]) + 0.5
        axis.axvspan(FIRST_HELD_BACK, 2026, color=FUTURE, linewidth=0, zorder=0)
        least, _, most = interval(1000 * np.exp(card.forecast[:, at]))
        low, median, high = interval(yearly.sel(pair=pair).transpose("member", "year").values)
        axis.fill_between(yearly.year + 0.5, low, high, color=BLUE, alpha=0.3, linewidth=0)
        axis.plot(yearly.year + 0.5, median, color=BLUE, linewidth=1.4)
        axis.vlines(years, least, most, color=FAINT, linewidth=0.7)
        observed = 1000 * np.exp(card.targets.observed[at])
        fitted = years < FIRST_HELD_BACK
        axis.plot(years[fitted], observed[fitted], "o", color=BLACK, markersize=2.4)
        axis.plot(years[~fitted], observed[~fitted], "D", color=VERMILLION, markersize=3.2)
        axis.set_xlim(1992, 2026)
        axis.set_xticks([2000, 2010, 2020])
        log_axis(axis, 1.0, 20_000)
        outer_labels_only(axis, row, column, 2)
    figure.supylabel("two-way trade, million current US dollars a year (log scale)", fontsize=SMALL, x=0.012)
    return figure


def residuals(card: Scorecard) -> Figure:
    """Residual of each target, by indicator, fitted and held back."""
    indicators = list(dict.fromkeys(t.indicator for t in card.targets.rows))
    height = 1.5 + 0.3 * len(indicators) + 0.8
    figure = page(
        height,
        "Residuals of the targets",
        "Each mark is a target: observation minus mean of the free run, in standard deviations of observation error, "
        "model error and spread of members together. About 95 % should be between -2 and 2.",
        f"{SOURCE} Larger residuals are drawn at the edge. Run: {card.members} members on {card.origin}.",
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
    jitter = np.random.default_rng(1)
    for n, indicator in enumerate(indicators):
        for split, colour, marker, shift in (("fit", BLACK, "o", 0.14), ("test", VERMILLION, "D", -0.16)):
            at = card.indices(split, indicator)
            if len(at):
                x = np.clip(card.residual[at], -5, 5)
                y = len(indicators) - 1 - n + shift + jitter.uniform(-0.08, 0.08, len(at))
                axis.plot(x, y, marker, color=colour, markersize=3, alpha=0.6, markeredgewidth=0)
    axis.set_yticks(range(len(indicators)), [name.replace("_", " ") for name in reversed(indicators)])
    axis.set_ylim(-0.6, len(indicators) - 0.4)
    axis.set_xlim(-5.2, 5.2)
    axis.set_xlabel(
        "residual, standard deviations; positive where the observation is above the run", fontsize=SMALL, color=INK
    )
    axis.grid(axis="x", color="#D9D9D9", linewidth=0.5)
    return figure


MARKERS = {  # fill and shape of each forecast
    MODEL: (BLUE, "o"),
    FREE_RUN: ("none", "o"),
    "persistence": (FAINT, "s"),
    "trend": (ORANGE, "^"),
    "gravity": (GREEN, "v"),
    HARDEST: ("none", "v"),
}


def forecast_scores(comparison: ForecastComparison) -> Figure:
    """Scores of forecasts of each pair's trade after 2015: the model and the benchmarks."""
    means = {name: float(values.mean()) for name, values in comparison.scores.items()}
    rows = [("all", len(comparison.pairs), means), *comparison.by_pair()]
    height = 1.4 + 0.34 * len(rows) + 0.75
    figure = page(
        height,
        "Forecasts of each pair's trade of 2016-2023",
        "Mean continuous ranked probability score on ln trade, lower is better. All use observations to 2015; gravity "
        "and the model also the later incomes, the model also the later leaders and policies.",
        f"{SOURCE} Larger scores are drawn at the edge.",
    )
    legend_row(
        figure,
        [
            Line2D([], [], color=INK if fill == "none" else fill, marker=marker, markerfacecolor=fill, markersize=5,
                   linestyle="none", label=name)
            for name, (fill, marker) in MARKERS.items()
        ],
        0.98,
    )  # fmt: skip
    axis = plain(figure.add_axes((0.13, 0.75 / height, 0.84, 0.34 * len(rows) / height)))
    for n, (_, _, scores) in enumerate(rows):
        y = len(rows) - 1 - n
        for name, value in scores.items():
            fill, marker = MARKERS[name]
            edge = INK if fill == "none" else fill
            look = {"markerfacecolor": fill, "color": edge, "markersize": 6, "markeredgewidth": 0.9}
            axis.plot(min(value, MAX_SHOWN_SCORE), y, marker, **look, zorder=3 if fill == "none" else 2)
    labels = [f"{pair_label(name)} ({count})" for name, count, _ in rows]
    axis.set_yticks(range(len(rows)), reversed(labels))
    axis.axhline(len(rows) - 1.5, color=FAINT, linewidth=0.8)
    axis.set_ylim(-0.6, len(rows) - 0.4)
    axis.set_xlim(0, MAX_SHOWN_SCORE * 1.03)
    axis.set_xlabel("mean score; number of targets in brackets", fontsize=SMALL, color=INK)
    axis.grid(axis="x", color="#D9D9D9", linewidth=0.5)
    return figure


def posterior(names: Sequence[str], quantiles: np.ndarray, shrinkage: Sequence[float]) -> Figure:
    """Posterior of each calibrated quantity within its prior, the largest shrinkage first.

    Parameters
    ----------
    names : the d calibrated quantities
    quantiles : 5, 50 and 95 % of the posterior on the prior's scale from 0 to 1, (d, 3)
    shrinkage : of each, (d,)
    """
    order = np.argsort(-np.asarray(shrinkage), kind="stable")
    half = -(-len(order) // 2)
    height = 1.0 + 0.185 * half + 0.8
    figure = page(
        height,
        "Posterior of each parameter within its prior",
        "Median and 90 % interval of the posterior on the scale of the prior, 0 to 100 %. At the right the shrinkage: "
        "0 where observations to 2015 say nothing about a parameter. The largest shrinkage comes first.",
        "Posterior: model/cairn/data/fitted/posterior.csv. Priors are uniform over the ranges in "
        "model/cairn/core/parameters.py, and normal for pair_affinity and openness_offset.",
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
        axis.set_xlabel("quantile of the prior", fontsize=SMALL, color=INK)
        axis.grid(False)
    return figure


def ranks(names: Sequence[str], shares: np.ndarray, counts: np.ndarray) -> Figure:
    """Simulation-based calibration: ranks of the true parameters among the posterior draws.

    Parameters
    ----------
    names : the d calibrated quantities
    shares : share of draws below the true value, (records, d)
    counts : histogram of these shares, (bins, d)
    """
    records, bins = len(shares), len(counts)
    height = 4.2
    figure = page(
        height,
        "Simulation-based calibration: does the method recover known parameters?",
        f"Left: ranks of the true values of {len(names)} parameters among the posterior draws, for {records} sets of "
        "synthetic observations; a level histogram is correct. Right: share of true values inside the central interval "
        "of the draws; points on the line are correct.",
        "Talts et al. 2018. Bars: one standard error, sets taken as independent.",
    )
    places = figure.add_gridspec(1, 2, left=0.075, right=0.97, top=1 - 1.1 / height, bottom=0.85 / height, wspace=0.22)
    axis = plain(figure.add_subplot(places[0]))
    heights = counts.sum(1) / counts.sum()
    edges = np.arange(bins + 1) / bins
    axis.bar((edges[1:] + edges[:-1]) / 2, heights, width=0.94 / bins, color=BLUE, alpha=0.55)
    axis.axhline(1 / bins, color=BLACK, linewidth=0.9)
    axis.set_xlabel("share of draws below the true value", fontsize=SMALL, color=INK)
    axis.set_ylabel("share of true values", fontsize=SMALL, color=INK)
    axis.set_ylim(0, 2 / bins)
    axis = plain(figure.add_subplot(places[1]))
    nominal = np.arange(0.1, 1.0, 0.1)
    inside = np.stack([(np.abs(shares - 0.5) <= s / 2).mean(1) for s in nominal])  # (levels, records)
    axis.plot((0, 1), (0, 1), color=BLACK, linewidth=0.9)
    axis.errorbar(
        nominal, inside.mean(1), inside.std(1) / np.sqrt(records), fmt="o", color=BLUE, markersize=4, linewidth=1
    )
    axis.set_xlim(0, 1)
    axis.set_ylim(0, 1)
    axis.set_xlabel("width of the interval, share of the draws", fontsize=SMALL, color=INK)
    axis.set_ylabel("share of true values inside", fontsize=SMALL, color=INK)
    return figure
