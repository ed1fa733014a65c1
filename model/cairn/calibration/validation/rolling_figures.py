"""Figures of the forecasts from rolling origins: scores by origin and horizon, and calibration of the bands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cairn.calibration.validation.rolling_origins import AS_THEY_CAME, FORECASTS, FROZEN, GRAVITY, MODEL, STACK
from cairn.figures.style import BLACK, BLUE, FAINT, GREEN, INK, ORANGE, SMALL, VERMILLION, legend_row, page, plain

if TYPE_CHECKING:
    from cairn.calibration.validation.rolling_origins import RollingOrigins

ROLLING_MARKERS = {  # fill and shape of each forecast
    MODEL: (BLUE, "o"),
    STACK: ("none", "o"),
    "persistence": (FAINT, "s"),
    "drift": (ORANGE, "^"),
    GRAVITY: (GREEN, "v"),
    "gravity with givens": ("none", "v"),
}
MAX_SHOWN_SCORE = 1.2
BINS = 10
SOURCE = "Record: model/cairn/data/record_trade.csv, each value with its source."


def rolling_scores(rolling: RollingOrigins) -> Figure:
    """Mean CRPS of each forecast by origin, a panel for each horizon, a row for each set of givens."""
    pairs = rolling.pairs
    horizons, origins = sorted(pairs.horizon.unique()), sorted(pairs.origin.unique())
    height = 6.0
    figure = page(
        height,
        "Forecasts of trade from rolling origins",
        "Mean continuous ranked probability score on ln trade of pairs, lower is better. Each forecast uses nothing of "
        "the record after its origin. Upper row: later policies, leaders and incomes are given; lower row: none are.",
        f"{SOURCE} Larger scores are drawn at the edge. {rolling.members} members, seed {rolling.seed}.",
    )
    legend_row(figure, [_handle(name) for name in FORECASTS], 1.0)
    places = figure.add_gridspec(
        2, len(horizons), left=0.075, right=0.98, top=1 - 1.5 / height, bottom=0.85 / height, hspace=0.15, wspace=0.12
    )
    for row, givens in enumerate((AS_THEY_CAME, FROZEN)):
        for column, horizon in enumerate(horizons):
            title = f"{horizon} year{'s' if horizon > 1 else ''} ahead" if row == 0 else ""
            axis = plain(figure.add_subplot(places[row, column]), title)
            if column == 0:
                axis.set_ylabel(f"mean score, ln trade\n(givens {givens})", fontsize=SMALL, color=INK)
            here = pairs[(pairs.givens == givens) & (pairs.horizon == horizon)]
            means = here.groupby(["forecast", "origin"]).crps.mean()
            for k, name in enumerate(FORECASTS):
                for x, origin in enumerate(origins):
                    if (name, origin) in means.index:
                        score = min(float(means[name, origin]), MAX_SHOWN_SCORE)
                        _mark(axis, x + 0.14 * (k - (len(FORECASTS) - 1) / 2), score, name)
            axis.set_xlim(-0.6, len(origins) - 0.4)
            axis.set_ylim(0, MAX_SHOWN_SCORE * 1.03)
            axis.set_xticks(range(len(origins)), [f"’{origin % 100:02}" for origin in origins])
            axis.tick_params(labelleft=column == 0, labelbottom=row == 1)
            if row == 1:
                axis.set_xlabel("origin, year", fontsize=SMALL, color=INK)
    return figure


def rolling_calibration(rolling: RollingOrigins) -> Figure:
    """Probability integral transform of the model's forecasts, and coverage of the bands of all forecasts."""
    height = 4.2
    figure = page(
        height,
        "Are the bands of the forecasts as wide as they should be?",
        "Left: share of each forecast of the model that is below the record; level bars are correct, high bars at the "
        "edges mean bands that are too narrow. Right: share of records inside the 50 and 90 % bands of each forecast.",
        f"{SOURCE} {rolling.members} members, seed {rolling.seed}. Filled: givens as they came; open: givens frozen.",
    )
    edges = {"top": 1 - 1.1 / height, "bottom": 0.85 / height}
    places = figure.add_gridspec(1, 2, left=0.07, right=0.6, wspace=0.2, **edges)
    place_of_bands = figure.add_gridspec(1, 1, left=0.76, right=0.98, **edges)[0]
    for column, givens in enumerate((AS_THEY_CAME, FROZEN)):
        here = rolling.pairs[(rolling.pairs.givens == givens) & (rolling.pairs.forecast == MODEL)]
        axis = plain(figure.add_subplot(places[0, column]), f"model, givens {givens}")
        shares = np.histogram(here.pit, BINS, (0, 1))[0] / len(here)
        axis.bar((np.arange(BINS) + 0.5) / BINS, shares, width=0.94 / BINS, color=BLUE, alpha=0.55)
        axis.axhline(1 / BINS, color=BLACK, linewidth=0.9)
        axis.set_ylim(0, max(0.3, float(shares.max()) * 1.05))
        axis.set_xlabel("share of the forecast below the record", fontsize=SMALL, color=INK)
        axis.set_ylabel("share of pair-years" if column == 0 else "", fontsize=SMALL, color=INK)
    axis = plain(figure.add_subplot(place_of_bands), "coverage of bands")
    for givens in (AS_THEY_CAME, FROZEN):
        summary = rolling.summary(givens)
        for n, name in enumerate(FORECASTS):
            for column_name, colour in (("within_50", BLUE), ("within_90", VERMILLION)):
                fill = colour if givens == AS_THEY_CAME else "none"
                look: dict[str, Any] = {"color": colour, "markerfacecolor": fill, "markersize": 5}
                axis.plot(summary[column_name][name], len(FORECASTS) - 1 - n, "o", **look)
    axis.axvline(0.5, color=BLUE, linewidth=0.9)
    axis.axvline(0.9, color=VERMILLION, linewidth=0.9)
    axis.set_yticks(range(len(FORECASTS)), list(reversed(FORECASTS)), fontsize=SMALL)
    axis.set_ylim(-0.6, len(FORECASTS) - 0.4)
    axis.set_xlim(0, 1.02)
    axis.set_xticks([0, 0.5, 0.9], ["0 %", "50 %", "90 %"])
    axis.set_xlabel("share of records inside", fontsize=SMALL, color=INK)
    return figure


def _handle(name: str) -> Line2D:
    fill, marker = ROLLING_MARKERS[name]
    edge = INK if fill == "none" else fill
    return Line2D([], [], color=edge, marker=marker, markerfacecolor=fill, markersize=5, linestyle="none", label=name)


def _mark(axis: Axes, x: float, y: float, name: str) -> None:
    fill, marker = ROLLING_MARKERS[name]
    edge = INK if fill == "none" else fill
    axis.plot(x, y, marker, color=edge, markerfacecolor=fill, markersize=4, markeredgewidth=0.8)
