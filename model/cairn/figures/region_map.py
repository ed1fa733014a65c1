"""Maps of the region in several years: trust as the colour, trade as the width of lines between capitals."""

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke

from cairn.ensemble.annual import by_year
from cairn.figures.style import BLACK, BLUE, INK, SMALL, TEXT, TINY, grid, run_page
from cairn.record import observations

YEARS = (1995, 2012, 2024, 2040)
WEST, EAST, SOUTH, NORTH = 46.0, 87.8, 34.8, 55.8
LAND, OUTSIDE, SHORE = "#F1ECE1", "#E4E4E4", "#B9B09C"

CAPITALS = {  # longitude, latitude, position of the name: shift in points, alignment
    "KAZ": ("Astana", 71.43, 51.17, (6, 3), "left"),
    "KGZ": ("Bishkek", 74.57, 42.87, (7, -2), "left"),
    "TJK": ("Dushanbe", 68.77, 38.56, (6, -8), "left"),
    "TKM": ("Ashgabat", 58.38, 37.95, (-4, -10), "center"),
    "UZB": ("Tashkent", 69.24, 41.31, (7, -8), "left"),
}
# Bend of a line to its left (seen from the first capital), as a share of its length, so that no line hides another:
# straight lines Astana-Dushanbe and Bishkek-Ashgabat would run through Tashkent.
BOWS = {
    "KAZ-KGZ": 0.10,
    "KAZ-TJK": -0.24,
    "KAZ-TKM": -0.08,
    "KAZ-UZB": -0.04,
    "KGZ-TJK": 0.22,
    "KGZ-TKM": -0.22,
    "KGZ-UZB": -0.08,
    "TJK-TKM": -0.16,
    "TJK-UZB": 0.06,
    "TKM-UZB": 0.0,
}
RIVERS = {
    "Syr Darya": (
        (75, 72.9, 71.6, 69.6, 68, 66.8, 65.5, 62.1, 61),
        (41.4, 41.7, 40.9, 40.3, 41.2, 43.7, 44.9, 45.8, 46.2),
    ),
    "Amu Darya": (
        (73.5, 71.5, 70, 68.3, 66.5, 65, 63.6, 61.2, 59.6, 59),
        (37.4, 37.9, 37.5, 37.1, 37.4, 37.9, 39.1, 41.2, 42.5, 43.8),
    ),
}
RIVER_NAMES = {"Syr Darya": (62.0, 46.9), "Amu Darya": (70.9, 35.7)}  # where the text of a name ends
WIDEST = 8.0  # points


def map_of_years(ds: xr.Dataset) -> Figure:
    """A map for each of several years, medians over members.

    Parameters
    ----------
    ds : a run with `trust_pair` and `pair_trade_usd_bn`
    """
    trust, trade = (by_year(ds[name]).median("member") for name in ("trust_pair", "pair_trade_usd_bn"))
    shown = [year for year in YEARS if year in trust.year] or [int(trust.year[-1])]
    figure = run_page(
        ds,
        f"Trust and trade between the five states, {', '.join(map(str, shown))}",
        "Medians over members of yearly means. The colour of a line shows trust, its width shows trade.",
        "none shown; outlines from Natural Earth, model/cairn/data/central_asia.geojson; rivers are sketches.",
        height=7.6,
    )
    rows, columns = (len(shown) + 1) // 2, min(2, len(shown))
    places = grid(figure, rows, columns, top=0.8, bottom=1.2, left=0.03, right=0.97, wspace=0.03, hspace=0.09)
    most = max(0.01, float(trade.sel(year=shown).max()))
    trusting = max(0.1, float(np.ceil(10 * trust.sel(year=shown).max()) / 10))
    lands = observations.country_outlines()
    for number, year in enumerate(shown):
        axis = figure.add_subplot(places[divmod(number, columns)])
        draw_land(axis, lands, name_rivers=number == 0)
        draw_pairs(axis, trust.sel(year=year) / trusting, trade.sel(year=year), most)
        axis.set_title(str(year), loc="left", fontsize=TEXT + 2, weight="bold", pad=3)
    explain(figure, most, trusting)
    return figure


def draw_land(axis: Axes, lands: dict[str, list], name_rivers: bool) -> None:
    """Outlines in longitudes and latitudes, scaled so that the region keeps its shape."""
    for code, shapes in lands.items():
        rings = [Path(np.array(ring)[:, :2], closed=True) for shape in shapes for ring in shape]
        colour = LAND if code in CAPITALS else OUTSIDE
        axis.add_patch(PathPatch(Path.make_compound_path(*rings), facecolor=colour, edgecolor=SHORE, linewidth=0.6))
    for name, course in RIVERS.items():
        axis.plot(*course, color=BLUE, linewidth=0.9, zorder=1.5)
        if name_rivers:
            east, north = RIVER_NAMES[name]
            axis.text(east, north, name, fontsize=TINY, style="italic", color=BLUE, ha="right")
    axis.set_xlim(WEST, EAST)
    axis.set_ylim(SOUTH, NORTH)
    axis.set_aspect(1 / np.cos(np.deg2rad((SOUTH + NORTH) / 2)))
    axis.set_axis_off()


def draw_pairs(axis: Axes, trust: xr.DataArray, trade: xr.DataArray, most: float) -> None:
    """Lines between capitals, the widest first, each with a pale rim so that crossings can be seen."""
    for pair in trade.pair.values[np.argsort(-trade.values)]:
        colour = colormaps["cividis"](float(trust.sel(pair=pair)))
        width = line_width(float(trade.sel(pair=pair)), most)
        line = PathPatch(bowed(pair), facecolor="none", edgecolor=colour, linewidth=width, capstyle="butt", zorder=3)
        rims = (
            withStroke(linewidth=width + 2.2, foreground="white"),
            withStroke(linewidth=width + 0.6, foreground="#5A5A5A"),
        )
        line.set_path_effects(rims)
        axis.add_patch(line)
    for name, east, north, shift, side in CAPITALS.values():
        axis.plot(east, north, "o", color=BLACK, markersize=4, markeredgecolor="white", zorder=5)
        text = axis.annotate(
            name,
            (east, north),
            shift,
            textcoords="offset points",
            fontsize=SMALL,
            ha=side,
            color=BLACK,
            zorder=6,
        )
        text.set_path_effects([withStroke(linewidth=2.2, foreground="white")])


def bowed(pair: str) -> Path:
    """The line between two capitals, bent by its bow."""
    first, last = (np.array(CAPITALS[code][1:3]) for code in str(pair).split("-"))
    east, north = last - first
    middle = (first + last) / 2 + 2 * BOWS.get(pair, 0.0) * np.array([-north, east])
    return Path([first, middle, last], [Path.MOVETO, Path.CURVE3, Path.CURVE3])


def line_width(trade: float, most: float) -> float:
    """Width in points, by the square root of trade, so that small trade stays visible."""
    return 1.0 + WIDEST * np.sqrt(trade / most)


def explain(figure: Figure, most: float, trusting: float) -> None:
    """The key at the foot: what the colours and the widths mean."""
    height = figure.get_figheight()
    bar_place = figure.add_axes((0.10, 0.82 / height, 0.33, 0.13 / height))
    bar = figure.colorbar(
        ScalarMappable(Normalize(0, trusting), colormaps["cividis"]), cax=bar_place, orientation="horizontal"
    )
    bar.set_label("trust of the pair (0 none, 1 full)", fontsize=SMALL, color=INK, labelpad=1)
    bar.ax.tick_params(labelsize=TINY, length=2)
    sizes = [size for size in (0.01, 0.1, 1, 5, 20) if size <= most]
    handles = [Line2D([], [], color="#666666", linewidth=line_width(size, most), label=f"{size:g}") for size in sizes]
    figure.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0.52, 0.6 / height),
        ncols=len(handles),
        frameon=False,
        fontsize=SMALL,
        title="two-way trade, billion US dollars a year",
        title_fontsize=SMALL,
        handlelength=2.2,
    )
