"""Two scenarios side by side with their paired difference, and all scenarios ranked by effect."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
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
    page,
    plain,
    row_of_entries,
)

if TYPE_CHECKING:
    from cairn.ensemble.comparison import Comparison, Effect
    from cairn.ensemble.outcomes import Outcome

SHOWN = ("integration_index", "trade_total_usd_bn", "openness_mean", "trust_mean", "dim_water", "dim_institutions")
ROW = 1.75  # inches, as are
HEAD, FOOT = 1.35, 0.6
LINE = 0.235
UNCLEAR = (0, (2, 1))  # the bar of an effect whose interval holds zero
LONGEST = 36  # letters of a title in the legend, so that its row fits


def paired(found: Comparison, scenario: str | None = None, variables: Sequence[str] = SHOWN) -> Figure:
    """Fans of the reference and of a scenario, by name, at the left, the fan of their paired difference at the right.

    `variables` are those of the region to be shown, a row for each that was compared.
    """
    shown = [outcome for outcome in found.outcomes if outcome.variable in variables and not outcome.where]
    first, second = found.title(found.reference), found.title(scenario)
    parting = found.divergence(scenario)
    height = HEAD + ROW * len(shown) + FOOT
    figure = page(
        height,
        f"What changes if: {textwrap.shorten(second, 90, placeholder=' …')}",
        _when(found, scenario),
        run_line(found),
    )
    names = [textwrap.shorten(title, LONGEST, placeholder=" …") for title in (first, second)]
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=BLUE, label=names[0]),
        Line2D([], [], color=VERMILLION, linestyle=(0, (5, 1.5)), label=names[1]),
        Line2D([], [], color=GREEN, label="difference within worlds"),
    ]
    handles += [
        Patch(color=FAINT, alpha=0.7, linewidth=0, label="50 %"),
        Patch(color=FAINT, alpha=0.35, linewidth=0, label="90 % of worlds"),
    ]
    if found.years[-1] + 1 > RECORD_ENDS:
        handles.append(
            Patch(facecolor=FUTURE, edgecolor="#BDBDBD", linewidth=0.5, label=f"after {RECORD_ENDS - 1:.0f}")
        )
    row_of_entries(figure, handles)
    places = figure.add_gridspec(
        len(shown), 2, left=0.075, right=0.97, top=1 - HEAD / height, bottom=FOOT / height, hspace=0.42, wspace=0.16
    )
    for row, outcome in enumerate(shown):
        unit = f", {outcome.unit or 'scale 0 to 1'}"
        left = _panel(figure, places[row, 0], found, f"{outcome.title.strip()}{unit}")
        right = _panel(figure, places[row, 1], found, f"paired difference{unit}")
        before, after = found.values(outcome, found.reference), found.values(outcome, scenario)
        _fan(left, found.years, before, BLUE, "-")
        _fan(left, found.years, after, VERMILLION, (0, (5, 1.5)))
        _fan(right, found.years, after - before, GREEN, "-")
        right.axhline(0, color=INK, linewidth=0.8)
        least = 0.5 * 10.0**-outcome.digits  # what is next to nothing shall look like it
        if max(map(abs, right.get_ylim())) < least:
            right.set_ylim(-least, least)
        if parting:
            for axis in (left, right):
                axis.axvline(FIRST_YEAR + parting[0] / 4, color=INK, linewidth=0.8, linestyle=(0, (2, 2)))
        for axis in (left, right):
            axis.tick_params(labelbottom=row == len(shown) - 1)
    return figure


def ranking(found: Comparison, outcomes: Sequence[Outcome]) -> Figure:
    """All scenarios by their effect on each outcome: the mean over the years after they part, 90 % of worlds."""
    names, rows = found.compared, len(found.compared)
    effects = {outcome: [found.average_effect(outcome, name) for name in names] for outcome in outcomes}
    # one order for all panels, that of the first: a reader follows a scenario across
    order = np.argsort([e.median for e in effects[outcomes[0]]], kind="stable")
    height = 1.35 + LINE * rows + 0.75
    figure = page(
        height,
        "What each scenario changes, on each dimension",
        f"Paired difference to “{found.titles[0]}”, mean of the years after the paths part; indices run from 0 to 1.",
        run_line(found),
    )
    row_of_entries(figure, effect_handles())
    places = figure.add_gridspec(
        1, len(outcomes), left=0.235, right=0.985, top=1 - 1.35 / height, bottom=0.75 / height, wspace=0.12
    )
    figure.supxlabel("paired difference, scale 0 to 1", fontsize=SMALL, color=INK, x=0.61, y=0.36 / height)
    widest = max(abs(edge) for each in effects.values() for e in each for edge in (e.low, e.high)) * 1.08 or 0.1
    for column, outcome in enumerate(outcomes):
        axis = plain(figure.add_subplot(places[column]))
        axis.set_title(
            textwrap.fill(outcome.title.strip().removeprefix("dimension "), 16), fontsize=TEXT, color=BLACK, pad=6
        )
        axis.grid(axis="y", visible=False)
        axis.grid(axis="x", color="#D9D9D9", linewidth=0.5)
        axis.axvline(0, color=INK, linewidth=0.8)
        for place, k in enumerate(order):
            if place % 2:
                axis.axhspan(place - 0.5, place + 0.5, color="#F5F5F5", linewidth=0, zorder=0)
            effect_bar(axis, place, effects[outcome][k])
        axis.set_xlim(-widest, widest)
        axis.xaxis.set_major_locator(MaxNLocator(3, symmetric=True))
        axis.set_ylim(-0.6, rows - 0.4)
        axis.set_yticks(range(rows), [names[k] for k in order] if column == 0 else [""] * rows)
        axis.tick_params(axis="y", length=0, labelsize=SMALL)
        axis.tick_params(axis="x", labelsize=TINY)
    return figure


def effect_handles() -> list[Line2D]:
    """What the bars of effects mean, for a legend."""
    look = {"markersize": 4, "linewidth": 1.4}
    return [
        Line2D([], [], color=BLUE, marker="o", label="more: median and 90 % of worlds", **look),
        Line2D([], [], color=VERMILLION, marker="s", label="less", **look),
        Line2D(
            [],
            [],
            color=FAINT,
            marker="o",
            markerfacecolor="white",
            linestyle=UNCLEAR,
            label="the 90 % hold zero",
            **look,
        ),
    ]


def effect_bar(axis: Axes, place: int, effect: Effect) -> None:
    """Median and interval on one line of a panel."""
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


def _when(found: Comparison, scenario: str | None) -> str:
    parting = found.divergence(scenario)
    if parting is None:
        return f"Against “{found.titles[0]}”: no world differs in any quarter."
    return f"Against “{found.titles[0]}”. The paths part in {quarter_name(parting[0])} (dotted line)."


def run_line(found: Comparison) -> str:
    """Worlds and seed of a comparison, for the foot of a page."""
    many = f"{found.members:,} world{'s' * (found.members != 1)}"
    return (
        f"Run: {many}, seed {found.seed}; each world under both scenarios with the same luck. Years: means of quarters."
    )


def _panel(figure: Figure, place, found: Comparison, title: str) -> Axes:
    axis = plain(figure.add_subplot(place), title)
    start, end = float(found.years[0]), float(found.years[-1]) + 1
    axis.set_xlim(start, end)
    axis.set_xticks([y for y in range(1990, 2045) if y % 5 == 0 and start <= y <= end])
    if end > RECORD_ENDS:
        axis.axvspan(RECORD_ENDS, end, color=FUTURE, linewidth=0, zorder=0)
    return axis


def _fan(axis: Axes, years: np.ndarray, values: np.ndarray, colour: str, style) -> None:
    """Median over members as a line, within the bands that hold half and nine tenths of them; (M, Y), at mid-year."""
    years = years + 0.5
    low, lower, middle, upper, high = np.quantile(values, BANDS, axis=0)
    axis.fill_between(years, low, high, color=colour, alpha=0.13, linewidth=0)
    axis.fill_between(years, lower, upper, color=colour, alpha=0.22, linewidth=0)
    axis.plot(years, middle, color=colour, linestyle=style, linewidth=1.5)
