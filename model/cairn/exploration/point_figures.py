"""The points of a sweep one by one: an outcome against each factor, and the share of a case over two factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from cairn.figures.style import BLACK, BLUE, FAINT, INK, SMALL, VERMILLION, legend_row, page, plain

COLUMNS, PARTS = 3, 8
PANEL, HEAD, FOOT = 1.9, 1.2, 0.75  # inches


@dataclass(frozen=True)
class ScatterPanel:
    """A panel: the label of a factor, and its value at each point, (points,)."""

    label: str
    values: np.ndarray


def scatter_panels(
    panels: Sequence[ScatterPanel], outcome: np.ndarray, label: str, title: str, subtitle: str, foot: str
) -> Figure:
    """An outcome at every point against each factor, with the mean of each eighth of the points.

    Parameters
    ----------
    panels : one for each factor
    outcome : (points,)
    label : name and unit of the outcome
    title, subtitle, foot : texts of the page
    """
    rows = -(-len(panels) // COLUMNS)
    height = HEAD + PANEL * rows + 0.45 * (rows - 1) + FOOT
    figure = page(height, title, subtitle, foot)
    legend_row(
        figure,
        [
            Line2D([], [], color=BLUE, marker="o", markersize=3, alpha=0.5, linestyle="none", label="a point"),
            Line2D([], [], color=BLACK, marker="s", markersize=4, linewidth=1.4, label="mean of an eighth of them"),
        ],
        0.85,
    )
    places = figure.add_gridspec(
        rows, COLUMNS, left=0.075, right=0.97, top=1 - HEAD / height, bottom=FOOT / height,
        hspace=0.5 / PANEL, wspace=0.12,
    )  # fmt: skip
    for n, panel in enumerate(panels):
        axis = plain(figure.add_subplot(places[divmod(n, COLUMNS)]))
        axis.plot(panel.values, outcome, "o", color=BLUE, markersize=2.2, alpha=0.3, markeredgewidth=0)
        axis.plot(*means_of_parts(panel.values, outcome), "s-", color=BLACK, markersize=3.5, linewidth=1.4)
        axis.set_xlabel(panel.label, fontsize=SMALL, color=INK, labelpad=2)
        axis.xaxis.set_major_locator(MaxNLocator(5, integer=bool(np.ptp(panel.values) >= 5)))
        axis.tick_params(labelleft=n % COLUMNS == 0)
        if n % COLUMNS == 0:
            axis.set_ylabel(label, fontsize=SMALL, color=INK)
    return figure


def means_of_parts(factor: np.ndarray, outcome: np.ndarray, parts: int = PARTS) -> tuple[np.ndarray, np.ndarray]:
    """Mean of a factor and of an outcome in equal parts of the points, ordered by the factor.

    Parameters
    ----------
    factor, outcome : (points,)
    parts : number of parts

    Returns
    -------
    means of the factor and of the outcome, (parts,) each

    Examples
    --------
    >>> means_of_parts(np.array([3.0, 0.0, 1.0, 2.0]), np.array([30.0, 0.0, 10.0, 20.0]), parts=2)
    (array([0.5, 2.5]), array([ 5., 25.]))
    """
    groups = np.array_split(np.argsort(factor, kind="stable"), min(parts, len(factor)))
    return np.array([factor[group].mean() for group in groups]), np.array([outcome[group].mean() for group in groups])


@dataclass(frozen=True)
class PlaneAxis:
    """A factor as one axis of a plane.

    Parameters
    ----------
    label : its name and unit
    values : (points,)
    low, high : bounds of the box, None where it is open
    """

    label: str
    values: np.ndarray
    low: float | None
    high: float | None

    @property
    def box_ends(self) -> tuple[float, float]:
        """Where the box begins and ends."""
        low = self.values.min() if self.low is None else self.low
        return float(low), float(self.values.max() if self.high is None else self.high)


def plane(x: PlaneAxis, y: PlaneAxis, share: np.ndarray, title: str, subtitle: str, foot: str) -> Figure:
    """Points over two factors, each a ring that is filled by the share of its futures that are of a case, and a box.

    Parameters
    ----------
    x, y : the two factors
    share : (points,) share of the futures of a point that are of the case, 0..1
    title, subtitle, foot : texts of the page
    """
    height = 5.4
    figure = page(height, title, subtitle, foot)
    size = float(np.clip(9000 / len(share), 10, 90))  # square points
    diameter = np.sqrt(size)
    filled = {"color": VERMILLION, "marker": "o", "linestyle": "none"}
    empty = {"color": FAINT, "marker": "o", "linestyle": "none", "fillstyle": "none"}
    legend_row(
        figure,
        [
            Line2D([], [], markersize=diameter, label="all futures of a point are of the case", **filled),
            Line2D([], [], markersize=diameter / 2, label="a quarter of them", **filled),
            Line2D([], [], markersize=diameter, label="none", **empty),
            Patch(facecolor="none", edgecolor=BLACK, linewidth=1.4, label="the box"),
        ],
        0.9,
    )
    axis = plain(figure.add_axes((0.085, 0.85 / height, 0.885, 1 - 2.1 / height)))
    axis.scatter(x.values, y.values, size, facecolors="none", edgecolors=FAINT, linewidths=0.7)
    axis.scatter(x.values, y.values, size * share, color=VERMILLION, linewidths=0)
    (left, right), (low, high) = x.box_ends, y.box_ends
    axis.add_patch(Rectangle((left, low), right - left, high - low, fill=False, edgecolor=BLACK, linewidth=1.4))
    axis.set_xlabel(x.label, fontsize=SMALL, color=INK)
    axis.set_ylabel(y.label, fontsize=SMALL, color=INK)
    axis.margins(0.03)
    axis.grid(False)
    return figure
