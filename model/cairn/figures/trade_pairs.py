"""Trade of the region and of its ten pairs, against the record; how the record of one pair enters a counterfactual."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from cairn.core.geography import PAIR_NAMES
from cairn.effects.counterfactuals import Counterfactual
from cairn.ensemble.annual import by_year
from cairn.ensemble.comparison import Comparison
from cairn.figures.style import (
    BLACK,
    BLUE,
    FOLLOWED,
    FUTURE,
    GREEN,
    INK,
    ORANGE,
    SMALL,
    TINY,
    VERMILLION,
    conditioned_until,
    coverage_sentence,
    fan,
    fan_handles,
    grid,
    legend,
    legend_row,
    log_axis,
    observed_points,
    outer_labels_only,
    page,
    pair_label,
    panel,
    plain,
    record_handle,
    run_line,
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
TRADE, STRUCTURAL = "pair_trade_usd_bn", "pair_trade_structural_usd_bn"
MONEY = "billion current US dollars a year (log scale)"
PATHS = 4  # members whose own paths a figure of abduction shows
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


def most_changed_pair(both: Counterfactual) -> str:
    """The pair whose trade a scenario changes by the largest factor in the last year on record."""
    year = both.versions[0][1]
    data = both.record.dataset[TRADE].sel(year=min(year, int(both.record.years[-1])))
    ratio = (data.sel(scenario=both.name) / data.sel(scenario=both.record.reference)).median("member")
    return PAIR_NAMES[int(np.abs(np.log(ratio.values)).argmax())]


def abduction(both: Counterfactual, pair: str | None = None) -> Figure:
    """How the record of one pair's trade enters a counterfactual: abduction, action, prediction.

    Parameters
    ----------
    both : a scenario that changes the past, in both versions, with trade of pairs and its structural part
    pair : such as ``"KAZ-UZB"``; by default the one whose trade the scenario changes by the largest factor
    """
    pair = pair or most_changed_pair(both)
    record, until = both.record, both.versions[0][1]
    rows = observations.table("record_trade")
    rows = rows[(rows.pair == pair) & rows.year.isin(record.years)]
    title = record.title(both.name)
    run = run_line(record.dataset.assign_attrs(title=title))
    figure = page(
        4.9,
        f"Trade of {pair_label(pair)}: what the record implies, and “{title}”",
        f"Thin lines: {PATHS} members. Their residual, which the record to {until} implies for what happened, is the "
        f"same under both scenarios. Dashed black lines: 90 % of members if it is drawn anew from {both.year} on.",
        f"Record: {SOURCES.format('record_trade')} White: press. Run: {run}.",
    )
    places = grid(figure, 1, 3, top=1.32, bottom=0.62, wspace=0.27)
    titles = (
        "1  What happened: structure and record",
        "2  Abduction: the residual",
        f"3  Action in {both.year}, and prediction",
    )
    left, middle, right = (
        _of_years(plain(figure.add_subplot(places[k]), title), record.years, until) for k, title in enumerate(titles)
    )
    factual, changed = (_of(record, TRADE, pair, name) for name in (record.reference, both.name))
    structure = _of(record, STRUCTURAL, pair, record.reference)
    fan(left, structure.year + 0.5, structure, ORANGE, "--")
    _paths(left, factual, BLUE)
    fan(middle, factual.year + 0.5, np.log(factual / structure), GREEN)
    _paths(middle, np.log(factual / structure), GREEN)
    other = _of(both.before, TRADE, pair, both.before.reference) / _of(
        both.before, STRUCTURAL, pair, both.before.reference
    )
    for bound in np.log(other.quantile((LOW, HIGH), "member").values):
        middle.plot(other.year + 0.5, bound, color=BLACK, linestyle=(0, (4, 2)), linewidth=0.9)
    middle.axhline(0, color=INK, linewidth=0.6)
    fan(right, factual.year + 0.5, factual, BLUE)
    changed = changed.sel(year=slice(both.year, None))
    fan(right, changed.year + 0.5, changed, VERMILLION, "--")
    _paths(right, changed, VERMILLION)
    bounds = [each.quantile(q, "member") for each in (factual, changed, structure) for q in (LOW, HIGH)]
    low, high = float(min(b.min() for b in bounds)), float(max(b.max() for b in bounds))
    for axis in (left, right):
        for grade, some in rows.groupby("grade"):
            observed_points(axis, some, some.year + 0.5, "usd_bn", fill=FILLS.get(grade, "white"), size=2.8)
        log_axis(axis, 0.8 * low, 1.25 * high)
    for axis, label in zip(
        (left, middle, right), (MONEY, "logarithm of trade over structural trade", MONEY), strict=True
    ):
        axis.set_ylabel(label, fontsize=SMALL, color=INK)
    for axis in (middle, right):
        axis.axvline(both.year, color=INK, linewidth=0.8, linestyle=":")
    handles = [
        record_handle("record"),
        *(
            Line2D([], [], color=colour, linestyle=style, linewidth=1.5, label=label)
            for colour, style, label in (
                (ORANGE, "--", "structural trade"),
                (GREEN, "-", "residual"),
                (BLUE, "-", "what happened"),
                (VERMILLION, "--", "the scenario"),
                (BLACK, (0, (4, 2)), f"90 %, noise to {both.year - 1}"),
            )
        ),
        Patch(facecolor=FOLLOWED, edgecolor="#BDBDBD", linewidth=0.5, label=f"as recorded, to {until}"),
    ]
    legend_row(figure, handles, 0.84)
    return figure


def _of(comparison: Comparison, variable: str, pair: str, scenario: str) -> xr.DataArray:
    return comparison.dataset[variable].sel(pair=pair, scenario=scenario)


def _of_years(axis: Axes, years: np.ndarray, until: int) -> Axes:
    first, last = int(years[0]), int(years[-1]) + 1
    axis.set_xlim(first, last)
    axis.set_xticks([year for year in range(first, last + 1) if year % 10 == 0])
    axis.axvspan(first, min(until + 1, last), color=FOLLOWED, linewidth=0, zorder=0)
    if last > until + 1:
        axis.axvspan(until + 1, last, color=FUTURE, linewidth=0, zorder=0)
    return axis


def _paths(axis: Axes, values: xr.DataArray, colour: str) -> None:
    """The paths of the first members."""
    for member in range(min(PATHS, values.sizes["member"])):
        axis.plot(values.year + 0.5, values.isel(member=member), color=colour, linewidth=0.6, alpha=0.9)
