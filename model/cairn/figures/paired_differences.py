"""Two scenarios side by side with their paired difference, and the effects of several scenarios."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from cairn.core.calendar import FIRST_YEAR, quarter_name
from cairn.figures.style import (
    BANDS,
    BLACK,
    BLUE,
    FAINT,
    FUTURE,
    GREEN,
    INK,
    RECORD_ENDS,
    SMALL,
    TEXT,
    TINY,
    VERMILLION,
    legend_row,
    page,
    plain,
)

if TYPE_CHECKING:
    from cairn.ensemble.comparison import Comparison
    from cairn.ensemble.effect import Effect
    from cairn.ensemble.outcomes import Outcome

SHOWN = ("integration_index", "trade_total_usd_bn", "openness_mean", "trust_mean", "dim_water", "dim_institutions")
ROW, HEAD, FOOT, LINE = 1.75, 1.35, 0.6, 0.235  # inches
UNCLEAR = (0, (2, 1))  # line style of an effect whose interval includes zero
TITLE_LENGTH = 36  # letters of a title in the legend, so that its row fits
AXIS_MIN = 0.025  # an axis reaches at least to this value, so that negligible effects look negligible
MOST_RANKED = 10  # scenarios at each end of a ranking
RANKED_TITLE = 52  # letters of a title beside a ranking


def paired(comparison: Comparison, scenario: str | None = None, variables: Sequence[str] = SHOWN) -> Figure:
    """Left: fan charts of the reference and of a scenario. Right: the fan chart of their paired difference.

    Parameters
    ----------
    comparison : the compared scenarios
    scenario : its name; it can be left out where only one is compared with the reference
    variables : variables of the region; there is a row for each that the comparison contains
    """
    shown = [outcome for outcome in comparison.outcomes if outcome.variable in variables and not outcome.where]
    first, second = comparison.title(comparison.reference), comparison.title(scenario)
    divergence = comparison.divergence(scenario)
    height = HEAD + ROW * len(shown) + FOOT
    figure = page(
        height,
        f"Effects of the scenario: {textwrap.shorten(second, 85, placeholder=' …')}",
        _divergence_sentence(comparison, scenario),
        run_line(comparison),
    )
    names = [textwrap.shorten(title, TITLE_LENGTH, placeholder=" …") for title in (first, second)]
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=BLUE, label=names[0]),
        Line2D([], [], color=VERMILLION, linestyle=(0, (5, 1.5)), label=names[1]),
        Line2D([], [], color=GREEN, label="difference within members"),
    ]
    handles += [
        Patch(color=FAINT, alpha=0.7, linewidth=0, label="50 %"),
        Patch(color=FAINT, alpha=0.35, linewidth=0, label="90 % of members"),
    ]
    if comparison.years[-1] + 1 > RECORD_ENDS:
        handles.append(
            Patch(facecolor=FUTURE, edgecolor="#BDBDBD", linewidth=0.5, label=f"after {RECORD_ENDS - 1:.0f}")
        )
    legend_row(figure, handles)
    places = figure.add_gridspec(
        len(shown), 2, left=0.075, right=0.97, top=1 - HEAD / height, bottom=FOOT / height, hspace=0.42, wspace=0.16
    )
    for row, outcome in enumerate(shown):
        unit = f", {outcome.unit or 'scale 0 to 1'}"
        left = _panel(figure, places[row, 0], comparison, f"{outcome.title.strip()}{unit}")
        right = _panel(figure, places[row, 1], comparison, f"paired difference{unit}")
        before, after = (comparison.values(outcome, name) for name in (comparison.reference, scenario))
        draw_fan(left, comparison.years, before, BLUE, "-")
        draw_fan(left, comparison.years, after, VERMILLION, (0, (5, 1.5)))
        draw_fan(right, comparison.years, after - before, GREEN, "-")
        right.axhline(0, color=INK, linewidth=0.8)
        least = 0.5 * 10.0**-outcome.digits  # negligible differences must look negligible
        if max(map(abs, right.get_ylim())) < least:
            right.set_ylim(-least, least)
        if divergence:
            for axis in (left, right):
                axis.axvline(FIRST_YEAR + divergence[0] / 4, color=INK, linewidth=0.8, linestyle=(0, (2, 2)))
        for axis in (left, right):
            axis.tick_params(labelbottom=row == len(shown) - 1)
    return figure


def ranking(comparison: Comparison, outcomes: Sequence[Outcome]) -> Figure:
    """Effects of the scenarios on each outcome: the mean over the years after the divergence, median and 90 % interval.

    Parameters
    ----------
    comparison : the compared scenarios; the first is the one that the others are compared with
    outcomes : a panel for each, with a scale of its own; the scenarios are ordered by their effect on the first, and
        the `MOST_RANKED` highest and lowest are shown
    """
    names = comparison.compared
    effects = {name: [comparison.average_effect(outcome, name) for outcome in outcomes] for name in names}
    # the order of the first panel in all panels, so that a scenario is on one line
    order = sorted(names, key=lambda name: effects[name][0].median)
    left_out = max(0, len(order) - 2 * MOST_RANKED)
    shown = [*order[:MOST_RANKED], *order[len(order) - MOST_RANKED :]] if left_out else order
    lines = [k + (0.8 if left_out and k >= MOST_RANKED else 0.0) for k in range(len(shown))]  # a gap in the middle
    height = 1.35 + LINE * (lines[-1] + 1) + 0.75
    which = f"The {MOST_RANKED} scenarios that raise the index most, and the {MOST_RANKED} that lower it most"
    figure = page(
        height,
        which if left_out else "Effects of each scenario on the index and its dimensions",
        f"Paired differences from “{comparison.titles[0]}”, means over the years after the first divergence. Each "
        "panel has a scale of its own.",
        run_line(comparison) + (f" {left_out} more scenarios, with smaller effects: ranking.csv." if left_out else ""),
    )
    legend_row(figure, effect_handles())
    places = figure.add_gridspec(
        1, len(outcomes), left=0.335, right=0.985, top=1 - 1.35 / height, bottom=0.75 / height, wspace=0.14
    )
    figure.supxlabel("paired difference, scale 0 to 1", fontsize=SMALL, color=INK, x=0.66, y=0.36 / height)
    for column, outcome in enumerate(outcomes):
        axis = plain(figure.add_subplot(places[column]))
        axis.set_title(
            textwrap.fill(outcome.title.strip().removeprefix("dimension "), 16), fontsize=TEXT, color=BLACK, pad=6
        )
        axis.grid(axis="y", visible=False)
        axis.grid(axis="x", color="#D9D9D9", linewidth=0.5)
        axis.axvline(0, color=INK, linewidth=0.8)
        for k, (place, name) in enumerate(zip(lines, shown, strict=True)):
            if k % 2:
                axis.axhspan(place - 0.5, place + 0.5, color="#F5F5F5", linewidth=0, zorder=0)
            effect_bar(axis, place, effects[name][column])
        if left_out:
            between = (lines[MOST_RANKED - 1] + lines[MOST_RANKED]) / 2
            axis.axhline(between, color=FAINT, linewidth=0.8, linestyle=(0, (1, 2)))
        widest = max(abs(edge) for name in shown for edge in (effects[name][column].low, effects[name][column].high))
        axis.set_xlim(-max(1.08 * widest, AXIS_MIN), max(1.08 * widest, AXIS_MIN))
        axis.xaxis.set_major_locator(MaxNLocator(3, symmetric=True))
        axis.set_ylim(-0.6, lines[-1] + 0.6)
        titles = [textwrap.shorten(comparison.title(name), RANKED_TITLE, placeholder=" …") for name in shown]
        axis.set_yticks(lines, titles if column == 0 else [""] * len(shown))
        axis.tick_params(axis="y", length=0, labelsize=SMALL)
        axis.tick_params(axis="x", labelsize=TINY)
    return figure


def effect_handles() -> list[Line2D]:
    """Legend entries of the bars of effects."""
    look = {"markersize": 4, "linewidth": 1.4}
    return [
        Line2D([], [], color=BLUE, marker="o", label="increase: median and 90 % of members", **look),
        Line2D([], [], color=VERMILLION, marker="s", label="decrease", **look),
        Line2D(
            [],
            [],
            color=FAINT,
            marker="o",
            markerfacecolor="white",
            linestyle=UNCLEAR,
            label="interval includes zero",
            **look,
        ),
    ]


def effect_bar(axis: Axes, place: int, effect: Effect) -> None:
    """Draw the median and the 90 % interval of an effect on line `place` of a panel."""
    clear = effect.low > 0 or effect.high < 0
    up = effect.median > 0
    colour, marker = (BLUE, "o") if up else (VERMILLION, "s")
    look = {"color": colour if clear else FAINT, "markerfacecolor": colour if clear else "white"}
    style = "-" if clear else UNCLEAR
    line = {
        "color": look["color"],
        "linestyle": style,
        "linewidth": 1.4,
        "solid_capstyle": "butt",
        "dash_capstyle": "butt",
    }
    axis.plot([effect.low, effect.high], [place, place], **line)
    axis.plot([effect.median], [place], marker=marker if clear else "o", markersize=4, linestyle="none", **look)


def _divergence_sentence(comparison: Comparison, scenario: str | None) -> str:
    divergence = comparison.divergence(scenario)
    if divergence is None:
        return f"Compared with “{comparison.titles[0]}”: no member differs in any quarter."
    first = quarter_name(divergence[0])
    return f"Compared with “{comparison.titles[0]}”. The first member diverges in {first} (dotted line)."


def run_line(comparison: Comparison) -> str:
    """Members and seed of a comparison, for the foot of a page."""
    members = f"{comparison.members:,} member{'s' * (comparison.members != 1)}"
    return (
        f"Run: {members}, seed {comparison.seed}; each member has the same random numbers under all scenarios. "
        "Values of a year are means over its quarters."
    )


def _panel(figure: Figure, place: SubplotSpec, comparison: Comparison, title: str) -> Axes:
    axis = plain(figure.add_subplot(place), title)
    start, end = float(comparison.years[0]), float(comparison.years[-1]) + 1
    axis.set_xlim(start, end)
    axis.set_xticks([y for y in range(1990, 2045) if y % 5 == 0 and start <= y <= end])
    if end > RECORD_ENDS:
        axis.axvspan(RECORD_ENDS, end, color=FUTURE, linewidth=0, zorder=0)
    return axis


def draw_fan(axis: Axes, years: np.ndarray, values: np.ndarray, colour: str, style: Any) -> None:
    """A fan chart at mid-year: the median of the members within their 50 % and 90 % intervals; values (M, Y)."""
    years = years + 0.5
    low, lower, middle, upper, high = np.quantile(values, BANDS, axis=0)
    axis.fill_between(years, low, high, color=colour, alpha=0.13, linewidth=0)
    axis.fill_between(years, lower, upper, color=colour, alpha=0.22, linewidth=0)
    axis.plot(years, middle, color=colour, linestyle=style, linewidth=1.5)
