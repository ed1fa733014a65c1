"""What every picture shares: the sheet with title and source line, the panel, the fan, the labels of lines.

Matplotlib's object interface only, so that drawing needs no screen and leaves no state behind. Colours are
Okabe and Ito's, which colour-blind readers tell apart, the green darker than theirs so that words in it can be read.
Where two share a panel they differ in line style or in lightness too: all that is told must survive a print in grey.
"""

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

BLUE, VERMILLION, GREEN, ORANGE, BLACK = "#0072B2", "#D55E00", "#007A5A", "#E69F00", "#111111"
PALETTE = (BLUE, VERMILLION, GREEN, ORANGE, BLACK)
INK, FAINT, FUTURE = "#333333", "#8A8A8A", "#EFEFEF"

WIDTH, HEIGHT, DOTS = 10.0, 7.0, 150
LEFT = 0.055  # where texts begin, as a share of the width
TITLE, TEXT, SMALL, TINY = 13, 9, 8, 7

RECORD_ENDS = 2026.0  # the record runs to the end of 2025
BANDS = (0.05, 0.25, 0.5, 0.75, 0.95)


def sheet(ds: xr.Dataset, title: str, seen: str, record: str, height: float = HEIGHT) -> Figure:
    """An empty page: what is shown, what is seen in it, and at the foot where record and run come from."""
    figure = Figure(figsize=(WIDTH, height), dpi=DOTS, facecolor="white")
    FigureCanvasAgg(figure)
    top = 1 - 0.14 / height
    figure.text(LEFT, top, title, fontsize=TITLE, weight="bold", color=BLACK, va="top")
    figure.text(LEFT, top - 0.28 / height, seen, fontsize=TEXT, color=INK, va="top")
    foot = "\n".join(textwrap.fill(line, 170) for line in (f"Record: {record}", f"Run: {run_line(ds)}."))
    figure.text(LEFT, 0.1 / height, foot, fontsize=TINY, color=INK, va="bottom", linespacing=1.25)
    return figure


def page(height: float, title: str, seen: str, foot: str) -> Figure:
    """An empty page of this height in inches, for pictures that are not of one run: title, what is seen, foot."""
    figure = Figure(figsize=(WIDTH, height), dpi=DOTS, facecolor="white")
    FigureCanvasAgg(figure)
    figure.text(LEFT, 1 - 0.14 / height, title, fontsize=TITLE, weight="bold", color=BLACK, va="top")
    figure.text(LEFT, 1 - 0.42 / height, textwrap.fill(seen, 138), fontsize=TEXT, color=INK, va="top")
    figure.text(LEFT, 0.1 / height, textwrap.fill(foot, 170), fontsize=TINY, color=INK, va="bottom")
    return figure


def run_line(ds: xr.Dataset) -> str:
    """Scenario, members and seed of a run, as far as it tells them."""
    title = textwrap.shorten(ds.attrs.get("title", "untitled"), 110, placeholder=" …")
    seed = ds.attrs.get("seed", "not recorded")
    members = int(ds.attrs.get("members", ds.sizes["member"]))
    return f"“{title}”, {members:,} member{'s' * (members != 1)}, seed {seed}"


def grid(figure: Figure, rows: int, columns: int, top: float = 1.1, bottom: float = 0.75, **spacing):
    """Places for panels, clear of the head and the foot; both are given in inches."""
    height = figure.get_figheight()
    edges = {"left": 0.075, "right": 0.97, "top": 1 - top / height, "bottom": bottom / height}
    return figure.add_gridspec(rows, columns, **(edges | spacing))


def plain(axis: Axes, title: str = "") -> Axes:
    """A panel without needless ink, its title at the left."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color(FAINT)
    axis.tick_params(labelsize=SMALL, color=FAINT, labelcolor=INK, length=3)
    axis.grid(axis="y", color="#D9D9D9", linewidth=0.5)
    axis.set_axisbelow(True)
    if title:
        axis.set_title(title, loc="left", fontsize=TEXT, color=BLACK, pad=4)
    return axis


def panel(figure: Figure, place, ds: xr.Dataset, title: str = "", every: int = 10) -> Axes:
    """A plain panel over the years of the run, the years after the record shaded."""
    axis = plain(figure.add_subplot(place), title)
    start, end = span(ds)
    axis.set_xlim(start, end)
    axis.set_xticks([year for year in range(1900, 2200) if year % every == 0 and start <= year <= end])
    if end > RECORD_ENDS:
        axis.axvspan(max(start, RECORD_ENDS), end, color=FUTURE, linewidth=0, zorder=0)
    return axis


def share_axis(axis: Axes, label: str = "") -> None:
    """A vertical axis for what lies between 0 and 1."""
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
    """In a grid with shared axes, numbers stand at the left and at the foot."""
    axis.tick_params(labelleft=column == 0, labelbottom=row == rows - 1)


def span(ds: xr.Dataset) -> tuple[float, float]:
    """First and last moment of the run, in decimal years."""
    moments = years(ds.time)
    return float(moments[0]), float(moments[-1]) + 0.25


def years(time: xr.DataArray) -> np.ndarray:
    """Dates as decimal years; a quarter is named by its beginning."""
    return (time.dt.year + (time.dt.month - 1) / 12).values


def fan(axis: Axes, moments: np.ndarray, values: xr.DataArray, colour: str, style: str = "-") -> None:
    """Median of the members as a line, within the bands that hold half and nine tenths of them."""
    low, lower, middle, upper, high = values.quantile(BANDS, "member").values
    axis.fill_between(moments, low, high, color=colour, alpha=0.18, linewidth=0)
    axis.fill_between(moments, lower, upper, color=colour, alpha=0.32, linewidth=0)
    axis.plot(moments, middle, color=colour, linestyle=style, linewidth=1.5)


def joined(pair: str) -> str:
    """A pair's name as it is printed.

    >>> joined("KAZ-UZB")
    'KAZ–UZB'
    """
    return str(pair).replace("-", "–")


def held(inside: int, of: int) -> str:
    """A sentence on how often the record lies in the band of nine tenths of the members."""
    return f"The band of 90 % of members holds the record in {inside} of {of} years. " if of else ""


def nine_tenths(values: xr.DataArray, form: str) -> str:
    """The band of nine tenths of the members in brackets; nothing where there is but one.

    >>> nine_tenths(xr.DataArray(np.linspace(0, 10, 101), dims="member"), ".1f")
    ' (90 % of members: 0.5 to 9.5)'
    """
    low, high = values.quantile((0.05, 0.95), "member").values
    return f" (90 % of members: {low:{form}} to {high:{form}})" if values.sizes["member"] > 1 else ""


def fan_handles(ds: xr.Dataset, colour: str, style: str = "-", name: str = "") -> list:
    """Legend entries of a fan; a run of one member is a line."""
    before = f"{name}: " if name else ""
    line = Line2D([], [], color=colour, linestyle=style, linewidth=1.5, label=f"{before}median")
    if ds.sizes["member"] == 1:
        line.set_label(name or "the run")
        return [line]
    inner = Patch(color=colour, alpha=0.45, linewidth=0, label="50 %")
    return [line, inner, Patch(color=colour, alpha=0.18, linewidth=0, label="90 % of members")]


def record_handle(label: str = "record", **style) -> Line2D:
    """Legend entry of the record's points."""
    look = {"marker": "o", "markersize": 4, "color": BLACK, "linestyle": "none", "markeredgewidth": 0.8}
    return Line2D([], [], label=label, **(look | style))


def legend(figure: Figure, ds: xr.Dataset, handles: Sequence) -> None:
    """One row of entries under the head of the sheet, outside every panel."""
    if span(ds)[1] > RECORD_ENDS:
        after = Patch(facecolor=FUTURE, edgecolor="#BDBDBD", linewidth=0.5, label=f"after {RECORD_ENDS - 1:.0f}")
        handles = [*handles, after]
    row_of_entries(figure, handles, 0.64)


def row_of_entries(figure: Figure, handles: Sequence, below: float = 0.8) -> None:
    """A legend in one row, `below` inches under the top of the page, outside every panel."""
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


def end_labels(axis: Axes, labels: Sequence[tuple[float, str, str]], apart: float = 0.06) -> None:
    """Name lines right of the panel at the height where they end, moved apart where they would touch.

    Each label is (height in data, text, colour); `apart` is the least distance as a share of the panel.
    """
    low, high = axis.get_ylim()
    labels = sorted(labels)
    wanted = [(value - low) / (high - low) for value, _, _ in labels]
    for (_, text, colour), height in zip(labels, spread(wanted, apart), strict=True):
        axis.text(1.01, height, text, color=colour, fontsize=SMALL, va="center", transform=axis.transAxes)


def spread(wanted: Sequence[float], apart: float) -> list[float]:
    """Rising places moved as little as need be to lie at least `apart` from each other.

    >>> [round(place, 2) for place in spread([0.1, 0.5, 0.52], 0.1)]
    [0.1, 0.46, 0.56]
    """
    steps = apart * np.arange(len(wanted))
    groups: list[list[float]] = []
    for place in np.asarray(wanted, dtype=float) - steps:
        groups.append([place])
        while len(groups) > 1 and np.mean(groups[-2]) > np.mean(groups[-1]):
            groups[-2:] = [groups[-2] + groups[-1]]
    level = [float(np.mean(group)) for group in groups for _ in group]
    return [float(place) for place in np.array(level) + steps]


def observed_points(axis: Axes, rows: pd.DataFrame, x: np.ndarray, value: str, fill: str = BLACK, **look) -> None:
    """Observed values with bars from the lowest to the highest estimate, where a table tells them."""
    seen = rows[value].to_numpy(float)
    low = np.minimum(rows.get("low", rows[value]).fillna(rows[value]), seen)
    high = np.maximum(rows.get("high", rows[value]).fillna(rows[value]), seen)
    axis.errorbar(
        x,
        seen,
        yerr=[seen - low, high - seen],
        color=BLACK,
        markerfacecolor=fill,
        markersize=look.get("size", 3.2),
        marker=look.get("marker", "o"),
        markeredgewidth=0.7,
        linestyle="none",
        elinewidth=0.8,
        zorder=4,
    )
