"""Trade of the region and of its ten pairs, against the record."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from model.figures import record
from model.figures.canvas import (
    BLUE,
    INK,
    SMALL,
    annual,
    fan,
    fan_handles,
    future_handle,
    grid,
    legend,
    log_axis,
    outer_labels_only,
    panel,
    record_handle,
    sheet,
)

FILLS = {"A": "#111111", "B": "#9A9A9A"}  # other grades: open
SOURCES = "customs statistics of both sides, COW, press; row by row in model/data/{}.csv."
FLOOR_MN = 0.5


def trade_region(ds: xr.Dataset) -> Figure:
    """Two-way trade among the five, all pairs together."""
    model, rows = annual(ds.trade_total_usd_bn), record.table("record_trade_region")
    figure = sheet(
        ds,
        "Trade among the five states",
        band_sentence(model, rows),
        SOURCES.format("record_trade_region"),
    )
    legend(figure, [*fan_handles(BLUE), record_handle("record, lowest to highest estimate"), future_handle()])
    axis = panel(figure, grid(figure, 1, 1)[0], ds, every=5)
    fan(axis, model.year + 0.5, model, BLUE)
    record.points(axis, rows, rows.year + 0.5, "usd_bn", size=4)
    bounds = model.quantile((0.05, 0.95), "member").values
    log_axis(axis, 0.8 * min(bounds.min(), rows.low.min()), 1.25 * max(bounds.max(), rows.high.max()))
    axis.set_ylabel("two-way trade, billion current US dollars a year (log scale)", fontsize=SMALL, color=INK)
    return figure


def trade_pairs(ds: xr.Dataset) -> Figure:
    """Two-way trade of each pair."""
    model, rows = annual(ds.pair_trade_usd_bn), record.table("record_trade")
    figure = sheet(
        ds,
        "Trade of each pair of states",
        "Over each panel: observed years that lie in the band of 90 % of members, of all observed years.",
        SOURCES.format("record_trade"),
    )
    legend(figure, [*fan_handles(BLUE), *grade_handles(), future_handle()])
    places = grid(figure, 2, 5, wspace=0.1, hspace=0.2, left=0.085)
    top = 1.5e3 * max(float(model.quantile(0.95, "member").max()), rows.high.max())
    for number, pair in enumerate(ds.pair.values):
        row, column = divmod(number, 5)
        axis = panel(figure, places[row, column], ds, every=20)
        draw_pair(axis, model.sel(pair=pair), rows[rows.pair == pair], pair)
        log_axis(axis, FLOOR_MN, top)
        outer_labels_only(axis, row, column, rows=2)
    figure.supylabel("two-way trade, million current US dollars a year (log scale)", fontsize=SMALL, x=0.012)
    return figure


def draw_pair(axis: Axes, model: xr.DataArray, rows: pd.DataFrame, pair: str) -> None:
    """One pair's fan and record; a year recorded as (nearly) nothing is marked at the foot."""
    inside, of = record.held_by(model, rows, "usd_bn")
    axis.set_title(pair.replace("-", "–"), loc="left", fontsize=SMALL + 1, weight="bold", pad=4)
    axis.set_title(f"{inside} of {of}", loc="right", fontsize=SMALL, color=INK, pad=4)
    fan(axis, model.year + 0.5, (1e3 * model).clip(min=FLOOR_MN), BLUE)
    millions = rows.assign(**{column: 1e3 * rows[column] for column in ("usd_bn", "low", "high")})
    nothing = millions.usd_bn <= FLOOR_MN
    millions["low"] = millions.low.clip(lower=FLOOR_MN)
    for grade, some in millions[~nothing].groupby(millions.grade.str[0]):
        record.points(axis, some, some.year + 0.5, "usd_bn", fill=FILLS.get(grade, "white"), size=2.8)
    below = millions[nothing]
    axis.plot(below.year + 0.5, np.full(len(below), FLOOR_MN), "kv", markersize=3.5, clip_on=False, zorder=4)


def grade_handles() -> list:
    """Legend entries of the record by grade."""
    fills = {"A": FILLS["A"], "B": FILLS["B"], "C or lower": "white"}
    return [record_handle(f"record, grade {grade}", markerfacecolor=fill) for grade, fill in fills.items()] + [
        record_handle("under 0.5 million", marker="v")
    ]


def band_sentence(model: xr.DataArray, rows: pd.DataFrame) -> str:
    """How often the band of the members holds the record."""
    inside, of = record.held_by(model, rows, "usd_bn")
    return f"The band of 90 % of members holds the record in {inside} of {of} years."
