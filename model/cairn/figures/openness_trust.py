"""Openness and trust of the pairs; attendance at the regional meetings."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

from cairn.core.geography import CODES, NAMES
from cairn.ensemble.annual import by_year
from cairn.figures.style import (
    BLACK,
    BLUE,
    RECORD_ENDS,
    SMALL,
    VERMILLION,
    fan,
    fan_handles,
    grid,
    legend,
    outer_labels_only,
    pair_label,
    panel,
    plain,
    record_handle,
    run_page,
    share_axis,
)
from cairn.record import observations

BROAD = {"marker": "o", "markersize": 5.5, "color": "white", "markeredgecolor": BLACK, "markeredgewidth": 0.8}
NARROW = BROAD | {"marker": "D", "markersize": 3.5, "color": "#BBBBBB"}
ATTENDED = ("attended an Aral Sea or trilateral meeting only", "record: head of state attended")


def openness_trust(ds: xr.Dataset) -> Figure:
    """Openness and trust of each pair, openness above trust.

    Parameters
    ----------
    ds : a run with `openness` and `trust_pair`
    """
    figure = run_page(
        ds,
        "Openness and trust of the ten pairs of states",
        extremes_sentence(ds),
        "none; both are state variables of the model, from 0 to 1. Values of a year are means over its quarters; trust "
        "is the mean of both directions.",
        height=8.6,
    )
    trust = fan_handles(ds, VERMILLION, (0, (3, 1)), "trust")
    legend(figure, ds, [*fan_handles(ds, BLUE, name="openness"), *trust])
    blocks = grid(figure, 2, 1, hspace=0.16)
    variables = ((ds.openness, BLUE, "-", "openness"), (ds.trust_pair, VERMILLION, (0, (3, 1)), "trust"))
    yearly = [(by_year(values), *look) for values, *look in variables]
    for number, pair in enumerate(ds.pair.values):
        block, column = divmod(number, 5)
        places = blocks[block].subgridspec(2, 5, wspace=0.1, hspace=0.1)
        for row, (values, colour, style, name) in enumerate(yearly):
            axis = panel(figure, places[row, column], ds, pair_label(pair) if row == 0 else "", every=20)
            share_axis(axis, f"{name}, 0 to 1" if column == 0 else "")
            axis.set_yticks([0, 0.5, 1])
            fan(axis, values.year + 0.5, values.sel(pair=pair), colour, style)
            outer_labels_only(axis, row, column, rows=2)
    return figure


def extremes_sentence(ds: xr.Dataset) -> str:
    """A sentence on the most and the least open pair at the end of the run."""
    last = ds.openness.isel(time=-1).median("member")
    low, high = (pair_label(ds.pair.values[place]) for place in (np.argmin(last.values), np.argmax(last.values)))
    return (
        f"At the end of the run {high} is the most open pair (median {float(last.max()):.2f}) "
        f"and {low} the least ({float(last.min()):.2f})."
    )


def meetings(ds: xr.Dataset) -> Figure:
    """Regional meetings: how often they are held and who attends.

    Parameters
    ----------
    ds : a run with `meeting_held` and `attended`
    """
    held, came = by_year(ds.meeting_held), by_year(ds.attended)
    figure = run_page(
        ds,
        "Attendance at the regional meetings",
        "Share of members in which a meeting is held in the year, and in which the state’s leader attends.",
        "meetings attended in person by three or more of the five heads of state, model/cairn/data/record_summits.csv.",
    )
    recorded = [record_handle(label, **look) for label, look in zip(ATTENDED, (NARROW, BROAD), strict=True)]
    legend(figure, ds, [*reversed(recorded), record_handle("record: a regional meeting took place", marker="v")])
    places = grid(
        figure,
        2,
        2,
        height_ratios=(1, 2.2),
        width_ratios=(1, 0.018),
        hspace=0.16,
        wspace=0.03,
        left=0.12,
        right=0.925,
        top=1.3,
    )
    rows = regional_summits()
    draw_held(panel(figure, places[0, 0], ds, every=5), held, rows)
    axis = plain(figure.add_subplot(places[1, 0]))
    colours = draw_attendance(axis, ds, came, rows)
    bar = figure.colorbar(colours, cax=figure.add_subplot(places[1, 1]))
    bar.set_label("share of members", fontsize=SMALL)
    bar.ax.tick_params(labelsize=SMALL)
    return figure


def regional_summits() -> pd.DataFrame:
    """Recorded meetings attended by three or more of the five heads of state.

    Returns
    -------
    rows of record_summits.csv, with the year, and with `narrow` for Aral Sea and trilateral meetings
    """
    rows = observations.table("record_summits")
    of_five = rows.participants.map(lambda names: sum(code in names for code in CODES))
    years_of = rows.date.astype(str).str[:4].astype(int)
    return rows.assign(year=years_of, narrow=rows.kind.isin(["aral", "trilateral"]))[of_five >= 3]


def draw_held(axis: Axes, held: xr.DataArray, rows: pd.DataFrame) -> None:
    """Share of members in which a meeting is held, by year; years with a recorded meeting are marked."""
    share = held.mean("member")
    axis.bar(share.year + 0.5, share, width=0.82, color=BLUE, alpha=0.75)
    share_axis(axis, "share of members")
    axis.tick_params(labelbottom=False)
    met = np.intersect1d(rows.year[~rows.narrow], held.year)
    axis.plot(met + 0.5, np.full(len(met), 1.07), "kv", markersize=4, clip_on=False)
    axis.set_title("A regional meeting is held", loc="left", fontsize=SMALL + 1, pad=13)


def draw_attendance(axis: Axes, ds: xr.Dataset, came: xr.DataArray, rows: pd.DataFrame) -> QuadMesh:
    """Share of members in which the leader attends, by state and year; recorded attendance is marked."""
    share = came.mean("member").transpose("country", "year")
    edges = np.append(share.year.values, share.year.values[-1] + 1)
    heights = np.arange(len(share.country) + 1)
    colours = axis.pcolormesh(edges, heights, share.values, cmap=colormaps["cividis"], vmin=0, vmax=1)
    names = dict(zip(CODES, NAMES, strict=True))
    axis.set_yticks(heights[:-1] + 0.5, [names[code] for code in share.country.values])
    axis.invert_yaxis()
    axis.hlines(heights[1:-1], edges[0], edges[-1], color="white", linewidth=1.2)
    if edges[0] < RECORD_ENDS < edges[-1]:
        axis.axvline(RECORD_ENDS, color="white", linewidth=2.6)
        axis.axvline(RECORD_ENDS, color=BLACK, linewidth=1, linestyle=(0, (4, 2)))
    axis.tick_params(axis="y", length=0)
    axis.set_xticks([year for year in edges if year % 5 == 0])
    axis.set_xlim(edges[0], edges[-1])
    axis.grid(visible=False)
    for row, code in enumerate(share.country.values):
        attended = rows[rows.year.isin(share.year.values) & rows.participants.str.contains(code)]
        for look, some in ((NARROW, attended[attended.narrow]), (BROAD, attended[~attended.narrow])):
            axis.plot(some.year + 0.5, np.full(len(some), row + 0.5), linestyle="none", **look)
    axis.set_title("The leader attends", loc="left", fontsize=SMALL + 1, pad=4)
    return colours
