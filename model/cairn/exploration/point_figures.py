"""The points of a sweep, one by one: an outcome against each factor, the share of a case over two factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from cairn.figures.style import BLACK, BLUE, FAINT, INK, SMALL, VERMILLION, page, plain, row_of_entries

COLUMNS, PARTS = 3, 8
TALL, HEAD, FOOT = 1.9, 1.2, 0.75  # inches


@dataclass(frozen=True)
class Cloud:
    """A panel: a factor's name, and its value at each point."""

    name: str
    at: np.ndarray


def clouds(panels: Sequence[Cloud], values: np.ndarray, title: str, label: str, seen: str, foot: str) -> Figure:
    """An outcome at every point against each factor, with the mean of each eighth of the points."""
    rows = -(-len(panels) // COLUMNS)
    height = HEAD + TALL * rows + 0.45 * (rows - 1) + FOOT
    figure = page(height, title, seen, foot)
    row_of_entries(
        figure,
        [
            Line2D([], [], color=BLUE, marker="o", markersize=3, alpha=0.5, linestyle="none", label="a point"),
            Line2D([], [], color=BLACK, marker="s", markersize=4, linewidth=1.4, label="mean of an eighth of them"),
        ],
        0.85,
    )
    places = figure.add_gridspec(
        rows, COLUMNS, left=0.075, right=0.97, top=1 - HEAD / height, bottom=FOOT / height,
        hspace=0.5 / TALL, wspace=0.12,
    )  # fmt: skip
    for n, panel in enumerate(panels):
        axis = plain(figure.add_subplot(places[divmod(n, COLUMNS)]))
        axis.plot(panel.at, values, "o", color=BLUE, markersize=2.2, alpha=0.3, markeredgewidth=0)
        axis.plot(*means_of_parts(panel.at, values), "s-", color=BLACK, markersize=3.5, linewidth=1.4)
        axis.set_xlabel(panel.name, fontsize=SMALL, color=INK, labelpad=2)
        axis.xaxis.set_major_locator(MaxNLocator(5, integer=bool(np.ptp(panel.at) >= 5)))
        axis.tick_params(labelleft=n % COLUMNS == 0)
        if n % COLUMNS == 0:
            axis.set_ylabel(label, fontsize=SMALL, color=INK)
    return figure


def means_of_parts(at: np.ndarray, values: np.ndarray, parts: int = PARTS) -> tuple[np.ndarray, np.ndarray]:
    """Points in order of a factor, cut into equal parts: the factor's mean and the outcome's mean in each.

    >>> means_of_parts(np.array([3.0, 0.0, 1.0, 2.0]), np.array([30.0, 0.0, 10.0, 20.0]), parts=2)
    (array([0.5, 2.5]), array([ 5., 25.]))
    """
    several = np.array_split(np.argsort(at, kind="stable"), min(parts, len(at)))
    return np.array([at[some].mean() for some in several]), np.array([values[some].mean() for some in several])


@dataclass(frozen=True)
class Side:
    """A factor as one side of a plane: its name, its value at each point, and the bounds of a box, None if open."""

    name: str
    at: np.ndarray
    low: float | None
    high: float | None

    @property
    def ends(self) -> tuple[float, float]:
        """From where to where the box goes."""
        low = self.at.min() if self.low is None else self.low
        return float(low), float(self.at.max() if self.high is None else self.high)


def plane(across: Side, up: Side, share: np.ndarray, title: str, seen: str, foot: str) -> Figure:
    """Points over two factors, each a ring filled as far as its worlds are such, with a box around where they gather.

    share : (points,) of a point's worlds that are such, 0..1
    """
    height = 5.4
    figure = page(height, title, seen, foot)
    size = float(np.clip(9000 / len(share), 10, 90))  # square points
    wide = np.sqrt(size)
    row_of_entries(
        figure,
        [
            Line2D([], [], color=VERMILLION, marker="o", markersize=wide * np.sqrt(part), linestyle="none", label=label)
            for part, label in ((1.0, "all worlds of a point are such"), (0.25, "a quarter"))
        ]
        + [
            Line2D([], [], color=FAINT, marker="o", markersize=wide, fillstyle="none", linestyle="none", label="none"),
            Patch(facecolor="none", edgecolor=BLACK, linewidth=1.4, label="the box"),
        ],
        0.9,
    )
    axis = plain(figure.add_axes((0.085, 0.85 / height, 0.885, 1 - 2.1 / height)))
    axis.scatter(across.at, up.at, size, facecolors="none", edgecolors=FAINT, linewidths=0.7)
    axis.scatter(across.at, up.at, size * share, color=VERMILLION, linewidths=0)
    (left, right), (low, high) = across.ends, up.ends
    axis.add_patch(Rectangle((left, low), right - left, high - low, fill=False, edgecolor=BLACK, linewidth=1.4))
    axis.set_xlabel(across.name, fontsize=SMALL, color=INK)
    axis.set_ylabel(up.name, fontsize=SMALL, color=INK)
    axis.margins(0.03)
    axis.grid(False)
    return figure
