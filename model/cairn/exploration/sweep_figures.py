"""What sweeps tell, as pictures: which numbers matter, where futures lie, how policies hold up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

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
    page,
    plain,
    row_of_entries,
)

PALE = "#F2C879"
ROW = 0.2  # inches a line of bars takes
HEAD, FOOT = 1.0, 0.55
BESIDE = 0.22  # of a line, how far marks of different goals stand apart


@dataclass(frozen=True)
class Bars:
    """A panel of horizontal bars, first at the top: names, values with half-widths of intervals, others in front.

    across : what the axis tells, with its unit
    """

    title: str
    across: str
    names: Sequence[str]
    values: Sequence[tuple[float, float]]
    front: Sequence[tuple[float, float]] = ()


def bars(panels: Sequence[Bars], title: str, seen: str, foot: str, labels: tuple[str, str]) -> Figure:
    """Panels of bars, two in a row, with 95 % intervals; `labels` name the bars and those in front."""
    rows = -(-len(panels) // 2)
    most = max(len(panel.names) for panel in panels)
    tall = ROW * most + 0.75
    height = HEAD + 0.25 + tall * rows + FOOT
    figure = page(height, title, seen, foot)
    places = figure.add_gridspec(
        rows, 2, left=0.27, right=0.97, top=1 - (HEAD + 0.25) / height, bottom=(FOOT + 0.2) / height,
        hspace=0.7 / tall * 1.3, wspace=1.05,
    )  # fmt: skip
    for n, panel in enumerate(panels):
        axis = plain(figure.add_subplot(places[n // 2, n % 2]), panel.title)
        where = np.arange(len(panel.names))
        _bars(axis, where, panel.values, PALE if panel.front else BLUE, 0.0 if not panel.front else -0.2)
        if panel.front:
            _bars(axis, where, panel.front, BLUE, 0.08, 0.32)
        axis.set_yticks(where, panel.names, fontsize=TINY)
        axis.set_ylim(len(panel.names) - 0.4, -0.6)
        axis.set_xlim(left=0)
        axis.set_xlabel(panel.across, fontsize=SMALL, color=INK)
        axis.grid(False, axis="y")
        axis.grid(True, axis="x", color="#D9D9D9", linewidth=0.5)
    colours = (PALE, BLUE) if labels[1] else (BLUE,)
    handles: list[Patch | Line2D] = [
        Patch(color=colour, linewidth=0, label=label) for colour, label in zip(colours, labels, strict=False)
    ]
    handles.append(Line2D([], [], color=BLACK, linewidth=0.9, label="95 % interval"))
    row_of_entries(figure, handles, HEAD - 0.15)
    return figure


def _bars(axis: Axes, where: np.ndarray, of: Sequence[tuple[float, float]], colour: str, whisker: float, wide=0.7):
    """Bars with whiskers, these as far below the middle as told."""
    values, errors = np.nan_to_num(np.array(of)).T
    axis.barh(where + (whisker if whisker > 0 else 0), values, wide, color=colour, linewidth=0)
    axis.errorbar(values, where + whisker, xerr=errors, fmt="none", ecolor=BLACK, elinewidth=0.8)


@dataclass(frozen=True)
class Span:
    """What a box says of a factor: its place within the factor's whole range, 0..1, and that in words."""

    name: str
    low: float
    high: float
    words: str


@dataclass(frozen=True)
class Box:
    """A box of futures: its head in words, and the factors it restricts."""

    head: str
    spans: Sequence[Span]


def boxes(found: Sequence[Box], title: str, seen: str, foot: str) -> Figure:
    """Each box as bars over the ranges of the factors it restricts."""
    lines = [max(len(box.spans), 1) for box in found]
    inches = [0.26 * n + 0.5 for n in lines]
    height = HEAD + 0.2 + sum(inches) + FOOT
    figure = page(height, title, seen, foot)
    places = figure.add_gridspec(
        len(found), 1, left=0.3, right=0.72, top=1 - (HEAD + 0.2) / height, bottom=FOOT / height,
        height_ratios=inches, hspace=0.55 / (sum(inches) / len(inches)),
    )  # fmt: skip
    for n, box in enumerate(found):
        axis = figure.add_subplot(places[n])
        axis.set_title(box.head, loc="left", fontsize=TEXT, color=BLACK, pad=5, x=-0.55)
        where = np.arange(len(box.spans))
        axis.barh(where, np.ones(len(where)), 0.5, color="#E6E6E6", linewidth=0)
        for line, span in enumerate(box.spans):
            axis.barh(line, span.high - span.low, 0.5, left=span.low, color=BLUE, linewidth=0)
            axis.text(1.03, line, span.words, fontsize=SMALL, color=INK, va="center")
        axis.set_yticks(where, [span.name for span in box.spans], fontsize=SMALL, color=INK)
        axis.set_xlim(0, 1)
        axis.set_ylim(max(len(box.spans), 1) - 0.4, -0.6)
        axis.set_xticks([])
        axis.spines[:].set_visible(False)
        axis.tick_params(length=0)
    return figure


@dataclass(frozen=True)
class Policy:
    """How a package of levers does: share of futures in which all goals are met, and regret for each goal."""

    name: str
    satisficing: float
    each: Sequence[float]  # share of futures that meet each goal
    regret: Sequence[float]  # 90th percentile, in units of the goal's outcome


def robustness(
    policies: Sequence[Policy], outcomes: Sequence[str], goals: Sequence[str], title: str, seen: str, foot: str
) -> Figure:
    """Left: share of futures in which each package meets the goals. Right: regret, one panel for each goal."""
    tall = 0.3 * len(policies) + 0.95
    height = HEAD + tall + FOOT
    figure = page(height, title, seen, foot)
    places = figure.add_gridspec(
        1, 1 + len(goals), left=0.27, right=0.97, top=1 - (HEAD + 0.35) / height, bottom=(FOOT + 0.4) / height,
        width_ratios=[1.5, *[1] * len(goals)], wspace=0.14,
    )  # fmt: skip
    where = np.arange(len(policies))
    markers, colours = ("o", "s", "^", "D", "v", "P"), (VERMILLION, GREEN, ORANGE, FAINT, INK, BLACK)
    axis = plain(figure.add_subplot(places[0]), "futures that meet the goals")
    axis.barh(where, [policy.satisficing for policy in policies], 0.6, color=BLUE, linewidth=0)
    for n in range(len(goals)):
        apart = where + BESIDE * (n - (len(goals) - 1) / 2)  # so that marks at one place can all be seen
        look = {"color": colours[n % 6], "markersize": 5, "markeredgecolor": "white", "markeredgewidth": 0.6}
        axis.plot([p.each[n] for p in policies], apart, markers[n % 6], **look)
    axis.set_yticks(where, [policy.name for policy in policies], fontsize=SMALL)
    axis.set_xlim(0, 1.03)
    axis.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "¼", "½", "¾", "1"])
    axis.set_xlabel("share of futures", fontsize=SMALL, color=INK)
    for n, outcome in enumerate(outcomes):
        panel = plain(figure.add_subplot(places[n + 1]), f"regret: {outcome.replace('_', ' ')}")
        panel.barh(where, [policy.regret[n] for policy in policies], 0.6, color=colours[n % 6], alpha=0.85, linewidth=0)
        panel.set_yticks(where, [])
        panel.set_xlim(left=0)
        panel.set_xlabel("in the goal’s unit", fontsize=SMALL, color=INK)
        panel.xaxis.set_major_locator(MaxNLocator(3, prune="upper"))  # the next panel's zero stands close
        panel.xaxis.set_major_formatter("{x:g}")
    for each in figure.axes:
        each.set_ylim(len(policies) - 0.4, -0.6)
        each.grid(False, axis="y")
        each.grid(True, axis="x", color="#D9D9D9", linewidth=0.5)
    handles: list[Patch | Line2D] = [Patch(color=BLUE, linewidth=0, label="all goals")]
    for n, goal in enumerate(goals):
        handles.append(Line2D([], [], marker=markers[n % 6], color=colours[n % 6], linestyle="none", label=goal))
    row_of_entries(figure, handles, HEAD - 0.15)
    return figure
