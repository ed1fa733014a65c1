"""The Toktogul reservoir: storage, and releases by season."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cairn.core.parameters import Parameters
from cairn.figures.style import (
    BLACK,
    BLUE,
    INK,
    SMALL,
    TINY,
    fan,
    fan_handles,
    grid,
    legend,
    panel,
    record_handle,
    run_page,
    years,
)
from cairn.record import observations
from cairn.support.quantiles import HIGH

FULL_KM3, DEAD_KM3 = (float(getattr(Parameters(), f"toktogul_{level}_km3")) for level in ("capacity", "dead"))
SEASONS = {  # quarters, and the middle of the season, in years from the beginning of its first year
    "April to September, when fields need water": ((2, 3), 0.5),
    "October to March, when homes need electricity": ((4, 1), 1.0),
}


def toktogul(ds: xr.Dataset) -> Figure:
    """Storage at the end of each quarter, and the releases of the two seasons.

    Parameters
    ----------
    ds : a run with `storage_km3` and `release_km3`
    """
    observed = observations.table("record_toktogul")
    storage, release = (ds[name].sel(reservoir="toktogul") for name in ("storage_km3", "release_km3"))
    recorded = observations.quarterly_series(observed, "release_km3")
    figure = run_page(
        ds,
        "The Toktogul reservoir: storage, and releases by season",
        summer_share_sentence(release, recorded),
        "CAWater-Info bulletins 2001–2010 (circles); single days, ministry and press 2011–2025 (diamonds); "
        "model/cairn/data/record_toktogul.csv and record_toktogul_points.csv.",
    )
    single = record_handle("record, single days", marker="D", markerfacecolor="white", markersize=3.5)
    legend(figure, ds, [*fan_handles(ds, BLUE, name="run"), record_handle("record, quarters"), single])
    height = figure.get_figheight()
    upper = grid(figure, 1, 1, bottom=3.55, right=0.92)
    lower = grid(figure, 1, 2, top=height - 3.0, wspace=0.1, right=0.92)
    draw_storage(panel(figure, upper[0], ds, "Storage at the end of each quarter", every=5), storage)
    sums = [season_sum(release, quarters) for quarters, *_ in SEASONS.values()]
    top = 1.1 * max((model.quantile(HIGH).item() for model in sums if model.size), default=0)
    for column, (name, (quarters, middle)) in enumerate(SEASONS.items()):
        axis = panel(figure, lower[column], ds, f"Released {name}")
        model, known = sums[column], season_sum(recorded, quarters)
        if model.size:  # a single year has no complete winter
            fan(axis, model.season + middle, model, BLUE)
        axis.plot(known.season + middle, known, "o", color=BLACK, markersize=3.5)
        axis.set_ylim(0, max(top, 12))
        axis.set_ylabel("km³ a season" if column == 0 else "", fontsize=SMALL, color=INK)
        axis.tick_params(labelleft=column == 0)
    return figure


def draw_storage(axis: Axes, storage: xr.DataArray) -> None:
    """Storage between dead and full level, with the record: bulletins and single days."""
    observed, single = observations.table("record_toktogul"), observations.table("record_toktogul_points")
    for level, label in ((FULL_KM3, "full"), (DEAD_KM3, "dead")):
        axis.axhline(level, color=INK, linewidth=0.7, linestyle=(0, (4, 2)))
        axis.text(1.005, level, label, fontsize=TINY, color=INK, va="center", transform=axis.get_yaxis_transform())
    fan(axis, years(storage.time) + 0.25, storage, BLUE)
    axis.plot(observed.year + observed.quarter / 4, observed.storage_end_km3, "o", color=BLACK, markersize=2.8)
    look = {"markersize": 3.2, "markerfacecolor": "white", "markeredgewidth": 0.8}
    axis.plot(observations.decimal_years(single.date), single.storage_km3, "D", color=BLACK, **look)
    axis.set_ylim(0, 22)
    axis.set_yticks([0, 5, 10, 15, 20])
    axis.set_ylabel("km³", fontsize=SMALL, color=INK)


def season_sum(flow: xr.DataArray, quarters: tuple[int, int]) -> xr.DataArray:
    """Sums over complete seasons of two quarters, by the year in which the season begins.

    Parameters
    ----------
    flow : a flow in each quarter, over time
    quarters : the two quarters of the season, 1..4
    """
    some = flow.sel(time=flow.time.dt.quarter.isin(quarters))
    begins = some.time.dt.year - (some.time.dt.quarter == 1)
    groups = some.groupby(begins.rename("season"))
    whole = xr.ones_like(some.time, dtype=int).groupby(begins.rename("season")).sum() == 2
    return groups.sum("time").sel(season=whole.season[whole])


def summer_share_sentence(release: xr.DataArray, recorded: xr.DataArray) -> str:
    """A sentence on the share of the year's water that is released in the vegetation season."""
    summer, winter = (season_sum(recorded, quarters) for quarters, *_ in SEASONS.values())
    common = np.intersect1d(summer.season, winter.season)
    observed = float(summer.sel(season=common).sum() / (summer + winter).sel(season=common).sum())
    start, end = int(common[0]), int(common[-1])
    summer, winter = (season_sum(release, quarters) for quarters, *_ in SEASONS.values())
    common = np.intersect1d(np.intersect1d(summer.season, winter.season), common)
    if not len(common):
        return f"From {start} to {end} {100 * observed:.0f} % of the water was released from April to September."
    model = (summer.sel(season=common).sum("season") / (summer + winter).sel(season=common).sum("season")).median()
    return (
        f"Share of the year’s water released from April to September, {start}–{end + 1}: "
        f"{100 * float(model):.0f} % in the run (median), {100 * observed:.0f} % in the record."
    )
