"""Charts of sensitivity indices, of boxes of futures, and of the robustness of policies."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from cairn.exploration.robustness import Policy
from cairn.figures.style import (
    BLACK,
    BLUE,
    FAINT,
    GREEN,
    INK,
    ORANGE,
    SMALL,
    TEXT,
    TINY,
    VERMILLION,
    legend_row,
    page,
    plain,
)

PALE = "#F2C879"
ROW = 0.2  # inches for a line of bars
HEAD, FOOT = 1.0, 0.55  # inches
NAME_LETTERS = 42  # in a line of the name of a bar
NOTE_LETTERS = 40  # in a line of a note in a panel
OFFSET = 0.22  # of a line, between the marks of different goals


@dataclass(frozen=True)
class BarPanel:
    """A panel of horizontal bars, the first at the top.

    Parameters
    ----------
    title : title of the panel
    label : label of the axis, with its unit
    names : a name for each bar
    values : value and half-width of its interval, for each bar
    front : the same for a second, narrower bar in front of the first
    note : what is not drawn, and why
    longest : end of the axis; by default the longest bar with its interval
    """

    title: str
    label: str
    names: Sequence[str]
    values: Sequence[tuple[float, float]]
    front: Sequence[tuple[float, float]] = ()
    note: str = ""
    longest: float | None = None


def bar_panels(panels: Sequence[BarPanel], title: str, subtitle: str, foot: str, labels: tuple[str, str]) -> Figure:
    """Panels of bars, two in a row, with 95 % intervals.

    Parameters
    ----------
    panels : the panels
    title, subtitle, foot : texts of the page
    labels : legend entries of the bars and of those in front; "" for none
    """
    rows = -(-len(panels) // 2)
    most = max(len(panel.names) for panel in panels)
    most = max(most, 4) + any(panel.note for panel in panels)  # room for a note
    panel_height = ROW * most + 0.95
    height = HEAD + 0.25 + panel_height * rows + FOOT
    figure = page(height, title, subtitle, foot)
    places = figure.add_gridspec(
        rows, 2, left=0.27, right=0.97, top=1 - (HEAD + 0.25) / height, bottom=(FOOT + 0.2) / height,
        hspace=0.7 / panel_height * 1.3, wspace=1.05,
    )  # fmt: skip
    for n, panel in enumerate(panels):
        axis = plain(figure.add_subplot(places[n // 2, n % 2]), panel.title)
        line = np.arange(len(panel.names))
        if panel.names:
            _draw_bars(axis, line, panel.values, PALE if panel.front else BLUE, 0.0 if not panel.front else -0.2)
        if panel.front:
            _draw_bars(axis, line, panel.front, BLUE, 0.08, 0.32)
        names = [textwrap.fill(name, NAME_LETTERS, max_lines=2, placeholder=" …") for name in panel.names]
        axis.set_yticks(line, names, fontsize=TINY)
        axis.set_ylim(most - 0.4, -0.6)  # bars of all panels are equally thick
        axis.set_xlim(0, panel.longest)
        axis.set_xlabel(panel.label, fontsize=SMALL, color=INK)
        if panel.note:
            look = {"fontsize": TINY, "color": INK, "ha": "right", "va": "bottom", "style": "italic"}
            axis.text(0.99, 0.02, textwrap.fill(panel.note, NOTE_LETTERS), transform=axis.transAxes, **look)
        axis.grid(False, axis="y")
        axis.grid(True, axis="x", color="#D9D9D9", linewidth=0.5)
    colours = (PALE, BLUE) if labels[1] else (BLUE,)
    handles: list[Patch | Line2D] = [
        Patch(color=colour, linewidth=0, label=label) for colour, label in zip(colours, labels, strict=False)
    ]
    handles.append(Line2D([], [], color=BLACK, linewidth=0.9, label="95 % interval"))
    legend_row(figure, handles, HEAD - 0.15)
    return figure


def _draw_bars(
    axis: Axes,
    line: np.ndarray,
    bars: Sequence[tuple[float, float]],
    colour: str,
    whisker: float,
    thickness: float = 0.7,
) -> None:
    """Bars, given as values and errors, with whiskers at an offset `whisker` below their middle."""
    values, errors = np.array(bars).T
    errors = np.nan_to_num(errors)  # no whisker where there is no interval
    axis.barh(line + (whisker if whisker > 0 else 0), values, thickness, color=colour, linewidth=0)
    axis.errorbar(values, line + whisker, xerr=errors, fmt="none", ecolor=BLACK, elinewidth=0.8)


@dataclass(frozen=True)
class RangeBar:
    """The restriction of one factor by a box.

    Parameters
    ----------
    name : the factor
    low, high : where the restriction begins and ends within the factor's whole range, 0..1
    label : the restriction as text
    """

    name: str
    low: float
    high: float
    label: str


@dataclass(frozen=True)
class BoxPanel:
    """A box of futures: its heading, and the factors that it restricts."""

    heading: str
    ranges: Sequence[RangeBar]


def box_panels(panels: Sequence[BoxPanel], title: str, subtitle: str, foot: str) -> Figure:
    """Each box as bars over the ranges of the factors that it restricts."""
    lines = [max(len(panel.ranges), 1) for panel in panels]
    inches = [0.26 * n + 0.5 for n in lines]
    height = HEAD + 0.2 + sum(inches) + FOOT
    figure = page(height, title, subtitle, foot)
    places = figure.add_gridspec(
        len(panels), 1, left=0.3, right=0.72, top=1 - (HEAD + 0.2) / height, bottom=FOOT / height,
        height_ratios=inches, hspace=0.55 / (sum(inches) / len(inches)),
    )  # fmt: skip
    for n, panel in enumerate(panels):
        axis = figure.add_subplot(places[n])
        axis.set_title(panel.heading, loc="left", fontsize=TEXT, color=BLACK, pad=5, x=-0.55)
        where = np.arange(len(panel.ranges))
        axis.barh(where, np.ones(len(where)), 0.5, color="#E6E6E6", linewidth=0)
        for line, bar in enumerate(panel.ranges):
            axis.barh(line, bar.high - bar.low, 0.5, left=bar.low, color=BLUE, linewidth=0)
            axis.text(1.03, line, bar.label, fontsize=SMALL, color=INK, va="center")
        names = [textwrap.fill(bar.name, 46, max_lines=2, placeholder=" …") for bar in panel.ranges]
        axis.set_yticks(where, names, fontsize=TINY, color=INK)
        axis.set_xlim(0, 1)
        axis.set_ylim(max(len(panel.ranges), 1) - 0.4, -0.6)
        axis.set_xticks([])
        axis.spines[:].set_visible(False)
        axis.tick_params(length=0)
    return figure


def policy_bars(
    policies: Sequence[Policy], goals: Sequence[tuple[str, str]], title: str, subtitle: str, foot: str
) -> Figure:
    """Left: share of futures in which each policy meets the goals. Right: regret, one panel for each goal.

    Parameters
    ----------
    policies : from the first line to the last
    goals : column and text of each goal
    title, subtitle, foot : texts of the page
    """
    panel_height = 0.3 * len(policies) + 0.95
    height = HEAD + panel_height + FOOT
    figure = page(height, title, subtitle, foot)
    places = figure.add_gridspec(
        1, 1 + len(goals), left=0.27, right=0.97, top=1 - (HEAD + 0.35) / height, bottom=(FOOT + 0.4) / height,
        width_ratios=[1.5, *[1] * len(goals)], wspace=0.14,
    )  # fmt: skip
    line = np.arange(len(policies))
    markers, colours = ("o", "s", "^", "D", "v", "P"), (VERMILLION, GREEN, ORANGE, FAINT, INK, BLACK)
    axis = plain(figure.add_subplot(places[0]), "futures that meet the goals")
    axis.barh(line, [policy.meets_all for policy in policies], 0.6, color=BLUE, linewidth=0)
    for n, (column, _) in enumerate(goals):
        position = line + OFFSET * (n - (len(goals) - 1) / 2)  # marks with the same value do not hide each other
        look = {"color": colours[n % 6], "markersize": 5, "markeredgecolor": "white", "markeredgewidth": 0.6}
        axis.plot([policy.meets[column] for policy in policies], position, markers[n % 6], **look)
    axis.set_yticks(line, [policy.name for policy in policies], fontsize=SMALL)
    axis.set_xlim(0, 1.03)
    axis.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "¼", "½", "¾", "1"])
    axis.set_xlabel("share of futures", fontsize=SMALL, color=INK)
    for n, (column, _) in enumerate(goals):
        panel = plain(figure.add_subplot(places[n + 1]), f"regret: {column.replace('_', ' ')}")
        regret = [policy.regret[column].p90 for policy in policies]
        panel.barh(line, regret, 0.6, color=colours[n % 6], alpha=0.85, linewidth=0)
        panel.set_yticks(line, [])
        panel.set_xlim(left=0)
        panel.set_xlabel("in the goal’s unit", fontsize=SMALL, color=INK)
        panel.xaxis.set_major_locator(MaxNLocator(3, prune="upper"))  # the zero of the next panel is close
        panel.xaxis.set_major_formatter("{x:g}")
    for each in figure.axes:
        each.set_ylim(len(policies) - 0.4, -0.6)
        each.grid(False, axis="y")
        each.grid(True, axis="x", color="#D9D9D9", linewidth=0.5)
    handles: list[Patch | Line2D] = [Patch(color=BLUE, linewidth=0, label="all goals")]
    for n, (_, text) in enumerate(goals):
        handles.append(Line2D([], [], marker=markers[n % 6], color=colours[n % 6], linestyle="none", label=text))
    legend_row(figure, handles, HEAD - 0.15)
    return figure
