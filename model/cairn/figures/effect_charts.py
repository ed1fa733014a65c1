"""Effects of one scenario in a year: on the index and its dimensions, on each pair of states, on each country."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from cairn.core.geography import CODES, NAMES, PAIR_NAMES
from cairn.effects.country_effects import QUANTITIES, CountryEffect, country_effects
from cairn.figures.paired_differences import effect_bar, effect_handles, run_line
from cairn.figures.style import BLUE, FAINT, INK, SMALL, TINY, VERMILLION, legend_row, page, pair_label, plain

if TYPE_CHECKING:
    from cairn.ensemble.comparison import Comparison

INDICES = {
    "integration_index": "index",
    "dim_trade": "trade",
    "dim_water": "water, energy",
    "dim_borders": "borders",
    "dim_security": "security",
    "dim_institutions": "institutions",
}
OF_PAIRS = {
    "openness": ("openness of pairs", "0 to 1"),
    "trust_pair": ("trust of pairs", "0 to 1"),
    "pair_trade_usd_bn": ("trade of pairs", "bn USD/yr"),
}
HEAD, FOOT, LINE = 1.3, 0.85, 0.26  # inches
PANEL_HEIGHT = 3.4  # inches
COLOURS = {True: BLUE, False: VERMILLION, None: FAINT}
MARKERS = {True: "^", False: "v", None: "o"}
WORDS = {True: "better off", False: "worse off", None: "no clear effect"}
AXIS_MIN = 0.025  # an axis reaches at least to this value, so that negligible effects look negligible


def effects(comparison: Comparison, scenario: str | None = None, year: int | None = None) -> Figure:
    """Medians and 90 % intervals of paired differences in one year.

    Parameters
    ----------
    comparison : must contain the index, its dimensions, and openness, trust and trade of the pairs
    scenario : its name; it can be left out where only one is compared with the reference
    year : default: the last year
    """
    year = int(comparison.years[-1]) if year is None else year
    columns = [("index and dimensions", "0 to 1", list(INDICES.values()), list(INDICES))]
    columns += [
        (title, unit, [pair_label(pair) for pair in PAIR_NAMES], [f"{variable}[{pair}]" for pair in PAIR_NAMES])
        for variable, (title, unit) in OF_PAIRS.items()
    ]
    height = HEAD + LINE * len(PAIR_NAMES) + FOOT
    figure = page(
        height,
        f"Effects in {year} on the index, its dimensions and the ten pairs",
        f"“{comparison.title(scenario)}” minus “{comparison.title(comparison.reference)}”, within each member.",
        run_line(comparison),
    )
    legend_row(figure, effect_handles())
    edges = {"left": 0.115, "right": 0.98, "top": 1 - HEAD / height, "bottom": FOOT / height}
    places = figure.add_gridspec(1, 5, **edges, wspace=0.12, width_ratios=[1.15, 0.1, 1, 1, 1])  # the second is a gap
    for column, (title, unit, names, keys) in enumerate(columns):
        axis = plain(figure.add_subplot(places[column + (column > 0)]), title)
        shown = [comparison.effect(key, year, scenario) for key in keys]
        for place, effect in enumerate(shown):
            effect_bar(axis, place, effect)
        widest = max(max(abs(e.low), abs(e.high)) for e in shown) * 1.08
        axis.axvline(0, color=INK, linewidth=0.8)
        axis.set_xlim(-max(widest, AXIS_MIN), max(widest, AXIS_MIN))
        axis.xaxis.set_major_locator(MaxNLocator(3, symmetric=True))
        axis.set_ylim(len(names) - 0.4, -0.6)
        axis.set_yticks(np.arange(len(names)), names if column < 2 else [""] * len(names))
        axis.tick_params(axis="y", length=0)
        axis.tick_params(axis="x", labelsize=TINY)
        axis.grid(axis="y", visible=False)
        axis.grid(axis="x", color="#D9D9D9", linewidth=0.5)
        axis.set_xlabel(f"difference, {unit}", fontsize=SMALL, color=INK)
    return figure


def winners_losers(comparison: Comparison, year: int, scenario: str | None = None) -> Figure:
    """Medians and 90 % intervals of paired differences for each country.

    Parameters
    ----------
    comparison : must contain `cairn.effects.country_effects.outcomes_needed`
    year : of the effects
    scenario : its name; it can be left out where only one is compared with the reference
    """
    effects = country_effects(comparison, year, scenario)
    bases = ", ".join(f"{quantity.title} of {quantity.of}" for quantity in QUANTITIES if quantity.base)
    bases = f"of the level; {bases}"
    figure = page(
        PANEL_HEIGHT,
        f"Winners and losers in {year}",
        f"“{comparison.title(scenario)}” minus “{comparison.title(comparison.reference)}”, within each member; "
        f"below each median its percentage of {year} without the change: {bases}.",
        run_line(comparison),
    )
    handles = [
        Line2D([], [], color=COLOURS[k], marker=MARKERS[k], linewidth=2, label=WORDS[k]) for k in (True, False, None)
    ]
    legend_row(figure, handles)
    edges = {"left": 0.105, "right": 0.985, "top": 1 - HEAD / PANEL_HEIGHT, "bottom": FOOT / PANEL_HEIGHT}
    places = figure.add_gridspec(1, len(QUANTITIES), **edges, wspace=0.14)
    for column, quantity in enumerate(QUANTITIES):
        axis = plain(figure.add_subplot(places[column]), quantity.title)
        _panel(axis, [e for e in effects if e.quantity is quantity], named=column == 0)
    return figure


def _panel(axis, shown: list[CountryEffect], *, named: bool) -> None:
    widest = max(max(abs(e.effect.low), abs(e.effect.high)) for e in shown) or 1.0
    for place, e in enumerate(shown):
        colour = COLOURS[e.better]
        axis.plot([e.effect.low, e.effect.high], [place, place], color=colour, linewidth=2, solid_capstyle="butt")
        axis.plot(e.effect.median, place, marker=MARKERS[e.better], color=colour, markersize=5)
        text = e.text.partition(" (")[2].removesuffix(")")
        if text and not e.none:
            axis.annotate(text, (e.effect.median, place), (0, -6), textcoords="offset points", fontsize=TINY,
                          color=INK, ha="center", va="top", annotation_clip=False)  # fmt: skip
    axis.axvline(0, color=INK, linewidth=0.8)
    axis.set_xlim(-widest * 1.15, widest * 1.15)
    axis.xaxis.set_major_locator(MaxNLocator(3, symmetric=True))
    axis.set_ylim(len(CODES) - 0.3, -0.6)
    axis.set_yticks(np.arange(len(CODES)), NAMES if named else [""] * len(CODES))
    axis.tick_params(axis="y", length=0)
    axis.tick_params(axis="x", labelsize=TINY)
    axis.grid(axis="y", visible=False)
    axis.grid(axis="x", color="#D9D9D9", linewidth=0.5)
    axis.set_xlabel(f"difference, {shown[0].quantity.unit}", fontsize=SMALL, color=INK)
