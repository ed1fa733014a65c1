"""What all figures share: the page with title and source line, the panel, the fan chart, the legend, line labels.

Only matplotlib's object interface is used, so that drawing needs no screen and keeps no state. The colours are those
of Okabe and Ito, which colour-blind readers can distinguish; the green is darker so that text in it can be read. Lines
and marks that share a panel also differ in line style or in lightness: a print in grey must show everything.
"""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec, SubplotSpec
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from cairn.support.quantiles import HIGH, LOW, MEDIAN

BLUE, VERMILLION, GREEN, ORANGE, BLACK = "#0072B2", "#D55E00", "#007A5A", "#E69F00", "#111111"
PALETTE = (BLUE, VERMILLION, GREEN, ORANGE, BLACK)
INK, FAINT, FUTURE, FOLLOWED = "#333333", "#8A8A8A", "#EFEFEF", "#E9F1F7"

WIDTH, HEIGHT, DOTS = 10.0, 7.0, 150  # inches, inches, dots per inch
LEFT = 0.055  # where texts begin, as a share of the width
TITLE, TEXT, SMALL, TINY = 13, 9, 8, 7  # sizes of type, points

RECORD_ENDS = 2026.0  # the record runs to the end of 2025
BANDS = (LOW, 0.25, MEDIAN, 0.75, HIGH)  # quantiles of a fan chart


def run_page(ds: xr.Dataset, title: str, subtitle: str, record: str, height: float = HEIGHT) -> Figure:
    """An empty page for a figure of one run.

    Parameters
    ----------
    ds : the run
    title : what is shown
    subtitle : the main result, in one line
    record : sources of the observations, for the foot
    height : inches
    """
    figure = _blank(height)
    top = 1 - 0.14 / height
    figure.text(LEFT, top, title, fontsize=TITLE, weight="bold", color=BLACK, va="top")
    figure.text(LEFT, top - 0.28 / height, subtitle, fontsize=TEXT, color=INK, va="top")
    foot = "\n".join(textwrap.fill(line, 170) for line in (f"Record: {record}", f"Run: {run_line(ds)}."))
    figure.text(LEFT, 0.1 / height, foot, fontsize=TINY, color=INK, va="bottom", linespacing=1.25)
    return figure


def page(height: float, title: str, subtitle: str, foot: str) -> Figure:
    """An empty page for a figure that is not of one run.

    Parameters
    ----------
    height : inches
    title : what is shown
    subtitle : the main result or an explanation; wrapped, two lines at most
    foot : what the figure was made from
    """
    figure = _blank(height)
    figure.text(LEFT, 1 - 0.14 / height, title, fontsize=TITLE, weight="bold", color=BLACK, va="top")
    figure.text(LEFT, 1 - 0.42 / height, textwrap.fill(subtitle, 138), fontsize=TEXT, color=INK, va="top")
    figure.text(LEFT, 0.1 / height, textwrap.fill(foot, 170), fontsize=TINY, color=INK, va="bottom")
    return figure


def _blank(height: float) -> Figure:
    figure = Figure(figsize=(WIDTH, height), dpi=DOTS, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def run_line(ds: xr.Dataset) -> str:
    """Scenario, members and seed of a run, as far as its attributes have them."""
    title = textwrap.shorten(ds.attrs.get("title", "untitled"), 110, placeholder=" …")
    seed = ds.attrs.get("seed", "not recorded")
    members = int(ds.attrs.get("members", ds.sizes["member"]))
    return f"“{title}”, {members:,} member{'s' * (members != 1)}, seed {seed}"


def grid(figure: Figure, rows: int, columns: int, top: float = 1.1, bottom: float = 0.75, **spacing: Any) -> GridSpec:
    """Places for panels, below the head and above the foot of the page.

    Parameters
    ----------
    figure : the page
    rows, columns : number of panels
    top, bottom : height of the head and of the foot, inches
    spacing : as for matplotlib's GridSpec
    """
    height = figure.get_figheight()
    edges = {"left": 0.075, "right": 0.97, "top": 1 - top / height, "bottom": bottom / height}
    return figure.add_gridspec(rows, columns, **(edges | spacing))


def plain(axis: Axes, title: str = "") -> Axes:
    """Give a panel the style of all panels: two spines, a faint grid, the title at the left."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color(FAINT)
    axis.tick_params(labelsize=SMALL, color=FAINT, labelcolor=INK, length=3)
    axis.grid(axis="y", color="#D9D9D9", linewidth=0.5)
    axis.set_axisbelow(True)
    if title:
        axis.set_title(title, loc="left", fontsize=TEXT, color=BLACK, pad=4)
    return axis


def panel(figure: Figure, place: SubplotSpec, ds: xr.Dataset, title: str = "", every: int = 10) -> Axes:
    """A panel over the years of a run; years in which members follow the record, and those after it, are shaded.

    Parameters
    ----------
    figure : the page
    place : where on the page
    ds : the run
    title : title of the panel
    every : years between two ticks
    """
    axis = plain(figure.add_subplot(place), title)
    start, end = time_span(ds)
    axis.set_xlim(start, end)
    axis.set_xticks([year for year in range(1900, 2200) if year % every == 0 and start <= year <= end])
    if end > RECORD_ENDS:
        axis.axvspan(max(start, RECORD_ENDS), end, color=FUTURE, linewidth=0, zorder=0)
    if (until := conditioned_until(ds)) + 1 > start:
        axis.axvspan(start, min(until + 1, end), color=FOLLOWED, linewidth=0, zorder=0)
    return axis


def conditioned_until(ds: xr.Dataset) -> int:
    """Last year in which the members of a run follow the record; 0 if their past is free."""
    return int(ds.attrs.get("conditioned_until", 0))


def share_axis(axis: Axes, label: str = "") -> None:
    """A vertical axis from 0 to 1; without a label, its ticks are fractions."""
    axis.set_ylim(-0.02, 1.02)
    axis.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "¼", "½", "¾", "1"] if not label else None)
    axis.set_ylabel(label, fontsize=SMALL, color=INK)


def log_axis(axis: Axes, low: float, high: float) -> None:
    """A logarithmic vertical axis with plain numbers at 1, 10, 100 (at 1, 2, 5 where the range is short)."""
    axis.set_yscale("log")
    axis.set_ylim(low, high)
    steps = (1.0,) if high / low > 500 else (1.0, 2.0, 5.0)
    axis.yaxis.set_major_locator(LogLocator(subs=steps, numticks=30))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.tick_params(which="minor", length=0)


def outer_labels_only(axis: Axes, row: int, column: int, rows: int) -> None:
    """In a grid of panels with the same axes, show numbers only at the left and at the bottom."""
    axis.tick_params(labelleft=column == 0, labelbottom=row == rows - 1)


def time_span(ds: xr.Dataset) -> tuple[float, float]:
    """Beginning and end of a run, in decimal years."""
    moments = years(ds.time)
    return float(moments[0]), float(moments[-1]) + 0.25


def years(time: xr.DataArray) -> np.ndarray:
    """Dates as decimal years; a quarter has the date of its beginning."""
    return (time.dt.year + (time.dt.month - 1) / 12).values


def fan(axis: Axes, moments: Any, values: xr.DataArray, colour: str, style: Any = "-") -> None:
    """A fan chart: the median of the members as a line within their 50 % and 90 % intervals.

    Parameters
    ----------
    axis : the panel
    moments : (T,) decimal years
    values : over member and T moments
    colour, style : of the line
    """
    low, lower, middle, upper, high = values.quantile(BANDS, "member").values
    axis.fill_between(moments, low, high, color=colour, alpha=0.18, linewidth=0)
    axis.fill_between(moments, lower, upper, color=colour, alpha=0.32, linewidth=0)
    axis.plot(moments, middle, color=colour, linestyle=style, linewidth=1.5)


def pair_label(pair: str) -> str:
    """The name of a pair as it is printed.

    >>> pair_label("KAZ-UZB")
    'KAZ–UZB'
    """
    return str(pair).replace("-", "–")


def coverage_sentence(inside: int, total: int, until: int = 0) -> str:
    """A sentence on how many observed years are within the 90 % interval of the members; empty if there are none.

    Members that follow the record to the year `until` are no forecast of it.
    """
    if until and not total:
        return f"Members follow the record to {until}; their interval until then is what the record leaves open. "
    return f"The 90 % interval of the members contains the record in {inside} of {total} years. " if total else ""


def interval_text(values: xr.DataArray, form: str) -> str:
    """The 90 % interval of the members in brackets; empty for a single member.

    >>> interval_text(xr.DataArray(np.linspace(0, 10, 101), dims="member"), ".1f")
    ' (90 % of members: 0.5 to 9.5)'
    """
    low, high = values.quantile((LOW, HIGH), "member").values
    return f" (90 % of members: {low:{form}} to {high:{form}})" if values.sizes["member"] > 1 else ""


def fan_handles(ds: xr.Dataset, colour: str, style: Any = "-", name: str = "") -> list[Line2D | Patch]:
    """Legend entries of a fan chart; a run of one member has a line only."""
    before = f"{name}: " if name else ""
    line = Line2D([], [], color=colour, linestyle=style, linewidth=1.5, label=f"{before}median")
    if ds.sizes["member"] == 1:
        line.set_label(name or "the run")
        return [line]
    inner = Patch(color=colour, alpha=0.45, linewidth=0, label="50 %")
    return [line, inner, Patch(color=colour, alpha=0.18, linewidth=0, label="90 % of members")]


def record_handle(label: str = "record", **look: Any) -> Line2D:
    """Legend entry of observed points."""
    default = {"marker": "o", "markersize": 4, "color": BLACK, "linestyle": "none", "markeredgewidth": 0.8}
    return Line2D([], [], label=label, **(default | look))


def legend(figure: Figure, ds: xr.Dataset, handles: Sequence[Any]) -> None:
    """The legend of a page for a run, with an entry for the years after the record if the run has any."""
    until, (start, end) = conditioned_until(ds), time_span(ds)
    if end > RECORD_ENDS and until + 1 < RECORD_ENDS:
        handles = [*handles, _shade(FUTURE, f"after {RECORD_ENDS - 1:.0f}")]
    if until + 1 > start:
        handles = [*handles, _shade(FOLLOWED, f"as recorded, to {until}")]
    legend_row(figure, handles, 0.64)


def _shade(colour: str, label: str) -> Patch:
    return Patch(facecolor=colour, edgecolor="#BDBDBD", linewidth=0.5, label=label)


def legend_row(figure: Figure, handles: Sequence[Any], below: float = 0.8) -> None:
    """A legend in one row outside all panels, `below` inches under the top of the page."""
    figure.legend(
        handles=list(handles),
        loc="upper left",
        bbox_to_anchor=(LEFT, 1 - below / figure.get_figheight()),
        ncols=len(handles),
        fontsize=SMALL,
        frameon=False,
        borderaxespad=0,
        borderpad=0,
        handletextpad=0.5,
        columnspacing=1.3,
    )


def end_labels(axis: Axes, labels: Sequence[tuple[float, str, str]], distance: float = 0.06) -> None:
    """Name lines at the right of a panel, at the height where they end, moved where labels would overlap.

    Parameters
    ----------
    axis : the panel
    labels : height in data units, text, colour
    distance : smallest distance of two labels, as a share of the panel's height
    """
    low, high = axis.get_ylim()
    labels = sorted(labels)
    heights = [(value - low) / (high - low) for value, _, _ in labels]
    for (_, text, colour), height in zip(labels, spread(heights, distance), strict=True):
        axis.text(1.01, height, text, color=colour, fontsize=SMALL, va="center", transform=axis.transAxes)


def spread(positions: Sequence[float], distance: float) -> list[float]:
    """Rising positions, moved as little as possible so that they are at least `distance` from each other.

    >>> [round(position, 2) for position in spread([0.1, 0.5, 0.52], 0.1)]
    [0.1, 0.46, 0.56]
    """
    steps = distance * np.arange(len(positions))
    groups: list[list[float]] = []
    for position in np.asarray(positions, dtype=float) - steps:
        groups.append([position])
        while len(groups) > 1 and np.mean(groups[-2]) > np.mean(groups[-1]):
            groups[-2:] = [groups[-2] + groups[-1]]
    level = [float(np.mean(group)) for group in groups for _ in group]
    return [float(position) for position in np.array(level) + steps]


def observed_points(
    axis: Axes, rows: pd.DataFrame, x: Any, column: str, fill: str = BLACK, marker: str = "o", size: float = 3.2
) -> None:
    """Observed values, with bars from the lowest to the highest estimate where a table has them.

    Parameters
    ----------
    axis : the panel
    rows : rows of a table of the record; columns `low` and `high` are estimates
    x : decimal years of the rows
    column : the observed value
    fill, marker, size : colour inside the marks, their form, their size in points
    """
    observed = rows[column].to_numpy(float)
    low = np.minimum(rows.get("low", rows[column]).fillna(rows[column]), observed)
    high = np.maximum(rows.get("high", rows[column]).fillna(rows[column]), observed)
    axis.errorbar(
        x,
        observed,
        yerr=[observed - low, high - observed],
        color=BLACK,
        markerfacecolor=fill,
        markersize=size,
        marker=marker,
        markeredgewidth=0.7,
        linestyle="none",
        elinewidth=0.8,
        zorder=4,
    )
