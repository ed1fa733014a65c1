"""Trade of the region and of its ten pairs, against the record."""

import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cairn.ensemble.annual import by_year
from cairn.figures.style import (
    BLACK,
    BLUE,
    INK,
    SMALL,
    TINY,
    conditioned_until,
    coverage_sentence,
    fan,
    fan_handles,
    grid,
    legend,
    log_axis,
    observed_points,
    outer_labels_only,
    pair_label,
    panel,
    record_handle,
    run_page,
)
from cairn.record import observations
from cairn.support.quantiles import HIGH, LOW

GREY = "#A6A6A6"
FILLS = {"A": BLACK, "B": GREY, "C": "white"}
CONCEPTS = {
    "sum of pairs": (BLACK, "o", "record, sum of ten pairs"),
    "sum of pairs without TJK-UZB": (GREY, "o", "without TJK–UZB"),
    "officials, counted once": ("white", "D", "officials’ totals"),
}
SOURCES = (
    "customs statistics of both sides, Correlates of War, press, officials; the source of each value is in "
    "model/cairn/data/{}.csv."
)
SMALLEST_MN = 1.0  # lower end of the axis of the pairs


def trade_region(ds: xr.Dataset) -> Figure:
    """Two-way trade among the five states, all pairs together.

    Parameters
    ----------
    ds : a run with `trade_total_usd_bn`
    """
    model, rows = by_year(ds.trade_total_usd_bn), observations.table("record_trade_region")
    rows = rows[rows.year.isin(model.year.values)]
    until = conditioned_until(ds)
    coverage = coverage_sentence(*observations.count_covered(model, rows[rows.year > until], "usd_bn"), until)
    subtitle = f"{coverage}Bars: range of the estimates."
    sources = SOURCES.format("record_trade_region")
    figure = run_page(ds, "Trade among the five states, run and record", subtitle, sources)
    axis = panel(figure, grid(figure, 1, 1)[0], ds, every=5)
    fan(axis, model.year + 0.5, model, BLUE)
    handles = fan_handles(ds, BLUE)
    for concept, some in rows.groupby("concept", sort=False):
        fill, marker, label = CONCEPTS.get(concept, (GREY, "s", concept))
        observed_points(axis, some, some.year + 0.5, "usd_bn", fill=fill, marker=marker, size=4.5)
        handles.append(record_handle(label, markerfacecolor=fill, marker=marker))
    legend(figure, ds, [*handles])
    bounds = model.quantile((LOW, HIGH), "member").values
    log_axis(axis, 0.8 * min([bounds.min(), *rows.low]), 1.25 * max([bounds.max(), *rows.high]))
    axis.set_ylabel("two-way trade, billion current US dollars a year (log scale)", fontsize=SMALL, color=INK)
    return figure


def trade_pairs(ds: xr.Dataset) -> Figure:
    """Two-way trade of each pair.

    Parameters
    ----------
    ds : a run with `pair_trade_usd_bn`
    """
    model, rows = by_year(ds.pair_trade_usd_bn), observations.table("record_trade")
    rows = rows[rows.year.isin(model.year.values)]
    figure = run_page(
        ds,
        "Trade of each pair of states, run and record",
        _subtitle(ds, bool((rows.year > conditioned_until(ds)).any())),
        SOURCES.format("record_trade"),
    )
    grades = {"A": "record, grade A", "B": "B (compiled)", "C": "C (press)"}
    recorded = [record_handle(label, markerfacecolor=FILLS[grade]) for grade, label in grades.items()]
    legend(figure, ds, [*fan_handles(ds, BLUE), *recorded])
    places = grid(figure, 2, 5, wspace=0.1, hspace=0.2, left=0.085)
    highest = 1e3 * max([float(model.quantile(HIGH, "member").max()), *rows.high])
    for number, pair in enumerate(ds.pair.values):
        row, column = divmod(number, 5)
        axis = panel(figure, places[row, column], ds, pair_label(pair), every=20)
        draw_pair(axis, model.sel(pair=pair), rows[rows.pair == pair], conditioned_until(ds))
        log_axis(axis, SMALLEST_MN, 1.5 * highest)
        outer_labels_only(axis, row, column, rows=2)
    figure.supylabel("two-way trade, million current US dollars a year (log scale)", fontsize=SMALL, x=0.012)
    return figure


def _subtitle(ds: xr.Dataset, counted: bool) -> str:
    until = conditioned_until(ds)
    if ds.sizes["member"] == 1:
        return "Bars: range of the estimates."
    follow = f"Members follow the record to {until}. " if until else ""
    what = "In a panel: of the years with a record" + (f" after {until}" if until else "")
    return follow + (f"{what}, those that lie within the 90 % of members." if counted else "")


def draw_pair(axis: Axes, model: xr.DataArray, rows: pd.DataFrame, until: int = 0) -> None:
    """Fan chart and record of one pair, in million US dollars; members follow the record to the year `until`."""
    inside, total = observations.count_covered(model, rows[rows.year > until], "usd_bn")
    if total:
        years = "year" if total == 1 else "years"
        axis.text(0.97, 0.03, f"record inside in\n{inside} of {total} {years}", fontsize=TINY, color=INK, ha="right",
                  va="bottom", transform=axis.transAxes)  # fmt: skip
    fan(axis, model.year + 0.5, (1e3 * model).clip(min=SMALLEST_MN), BLUE)
    money = ["usd_bn", "low", "high"]
    millions = rows.assign(**(1e3 * rows[money]).clip(lower=SMALLEST_MN))
    for grade, some in millions.groupby("grade"):
        observed_points(axis, some, some.year + 0.5, "usd_bn", fill=FILLS.get(grade, "white"), size=2.8)
