"""The four disputed land borders: their undelimited share, incidents and deaths."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, NullLocator

from cairn.core.geography import CODES, NAMES
from cairn.ensemble.annual import by_year
from cairn.figures.style import (
    BLACK,
    BLUE,
    INK,
    RECORD_ENDS,
    SMALL,
    grid,
    interval_text,
    legend,
    outer_labels_only,
    panel,
    record_handle,
    run_page,
    share_axis,
    time_span,
    years,
)
from cairn.record import observations
from cairn.support.quantiles import HIGH, LOW

COUNTS = {"incidents": [0, 1, 5, 10, 20, 50, 100], "deaths": [0, 1, 10, 30, 100, 200, 500, 1000]}
LABELS = (
    "undelimited share\nof length",
    "incidents a year\n(square-root scale)",
    "deaths a year\n(square-root scale)",
)
AXIS_MIN = {"incidents": 40.0, "deaths": 200.0}  # the axes reach at least to these counts
DISPUTED = ("KAZ-UZB", "KGZ-TJK", "KGZ-UZB", "TJK-UZB")  # the borders with clashes on record


def borders(ds: xr.Dataset) -> Figure:
    """Undelimited share, incidents and deaths, with a column for each disputed border.

    Parameters
    ----------
    ds : a run with `undelimited_share`, `incidents` and `deaths`
    """
    delimited, counted = observations.table("record_delimitation"), observations.table("record_incidents")
    figure = run_page(
        ds,
        "The four disputed borders: undelimited share, incidents and deaths",
        deaths_sentence(ds, counted),
        "official statements on delimitation; press and UCDP on incidents (small ones are under-reported); "
        "model/cairn/data/record_delimitation.csv, record_incidents.csv. The three other borders: run.nc.",
    )
    several = ds.sizes["member"] > 1
    mean = Line2D([], [], color=BLUE, linewidth=1.5, label="mean of members" if several else "the run")
    band = [Patch(color=BLUE, alpha=0.18, linewidth=0, label="90 % of members")] if several else []
    legend(figure, ds, [mean, *band, record_handle("record (bar: long-run mean)")])
    yearly = {name: by_year(ds[name]) for name in COUNTS}
    shown = [border for border in DISPUTED if border in ds.border.values]
    places = grid(figure, 3, len(shown), wspace=0.12, hspace=0.12, left=0.09)
    for column, border in enumerate(shown):
        axis = panel(figure, places[0, column], ds, border_title(border), every=10)
        draw_undelimited(axis, ds, delimited[delimited.border == border], border)
        outer_labels_only(axis, 0, column, rows=3)
        for row, name in enumerate(COUNTS, start=1):
            axis = panel(figure, places[row, column], ds, every=10)
            draw_count(axis, yearly[name], counted[counted.border == border], border)
            if name == "incidents":
                draw_long_run(axis, border)
            outer_labels_only(axis, row, column, rows=3)
    for row, label in enumerate(LABELS):
        figure.axes[row].set_ylabel(label, fontsize=SMALL, color=INK)
        figure.axes[row].yaxis.set_label_coords(-0.17, 0.5)
    return figure


def border_title(border: str) -> str:
    """The two states of a border.

    >>> border_title("KGZ-TJK")
    'Kyrgyzstan–Tajikistan'
    """
    names = dict(zip(CODES, NAMES, strict=True))
    return "–".join(names[code] for code in border.split("-"))


def deaths_sentence(ds: xr.Dataset, rows: pd.DataFrame) -> str:
    """A sentence on the deaths on all borders over the years of the record, in the run and in the record."""
    died = ds.deaths.sel(time=years(ds.time) < RECORD_ENDS).sum(["time", "border"])
    first, last = time_span(ds)
    if first >= RECORD_ENDS:
        return "The run begins after the record."
    start, end = int(first), int(min(RECORD_ENDS, last)) - 1
    recorded = rows[rows.year.between(start, end)].deaths.sum()
    return (
        f"Deaths on all borders {start}–{end}: median {float(died.median()):,.0f} in the run"
        f"{interval_text(died, ',.0f')}, at least {recorded:,.0f} in the record."
    )


def draw_undelimited(axis: Axes, ds: xr.Dataset, rows: pd.DataFrame, border: str) -> None:
    """The undelimited share of a border; the record is drawn as steps from one report to the next."""
    share_axis(axis)
    draw_mean(axis, years(ds.time), ds.undelimited_share.sel(border=border))
    if rows.empty:
        axis.text(0.97, 0.9, "no record", fontsize=SMALL, color=INK, ha="right", transform=axis.transAxes)
    moments = observations.decimal_years(rows.date)
    left = 1 - rows.delimited_share.to_numpy(float)
    axis.step(moments, left, where="post", color=BLACK, linewidth=0.8)
    axis.plot(moments, left, "o", color=BLACK, markersize=2.8)


def draw_count(axis: Axes, every: xr.DataArray, rows: pd.DataFrame, border: str) -> None:
    """Incidents or deaths in each year on all borders, of which one is drawn, with the record."""
    name = str(every.name)
    recorded = rows[rows.year.isin(every.year.values)][name].dropna()
    count_axis(axis, COUNTS[name], max(float(every.quantile(HIGH, "member").max()), AXIS_MIN[name]))
    model = every.sel(border=border)
    if model.max() == 0 and recorded.sum() == 0:
        axis.text(
            0.5,
            0.45,
            f"run: none\n{'no record' if recorded.empty else 'record: none'}",
            fontsize=SMALL,
            color=INK,
            ha="center",
            transform=axis.transAxes,
        )
        return
    draw_mean(axis, model.year + 0.5, model)
    axis.plot(rows.year[recorded.index] + 0.5, recorded, "o", color=BLACK, markersize=2.8)


def draw_mean(axis: Axes, moments: object, values: xr.DataArray) -> None:
    """The mean of the members within their 90 % interval: the median of small counts jumps between whole numbers."""
    low, high = values.quantile((LOW, HIGH), "member").values
    axis.fill_between(moments, low, high, color=BLUE, alpha=0.18, linewidth=0)
    axis.plot(moments, values.mean("member"), color=BLUE, linewidth=1.5)


def draw_long_run(axis: Axes, border: str) -> None:
    """The recorded mean over many years of a border for which only that was reported."""
    rows = observations.table("record_incidents_mean")
    for row in rows[rows.border == border].itertuples(index=False):
        start, end, mean = row[1:4]
        axis.plot([start, end + 1], [mean, mean], color=BLACK, linewidth=1.6)


def count_axis(axis: Axes, ticks: list[int], highest: float) -> None:
    """A vertical axis in the square root of the count, on which both one and a hundred can be read."""
    axis.set_yscale("function", functions=(lambda count: np.sqrt(np.maximum(count, 0)), np.square))
    axis.set_ylim(0, 1.15 * highest)
    axis.yaxis.set_major_locator(FixedLocator([tick for tick in ticks if tick <= 1.15 * highest]))
    axis.yaxis.set_minor_locator(NullLocator())
