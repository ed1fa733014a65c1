"""Single worlds within the band of all: what a band says and what it does not."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cairn.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    INK,
    SMALL,
    VERMILLION,
    end_labels,
    fan,
    fan_handles,
    grid,
    legend,
    panel,
    sheet,
    years,
)

LOOKS = ((VERMILLION, (0, (6, 1.2, 1.2, 1.2))), (BLACK, (0, (4, 1.5))), (GREEN, (0, (1.2, 0.9))))  # of the first three


def single_worlds(ds: xr.Dataset, name: str = "integration_index", shown: Sequence[int] = (0, 1, 2)) -> Figure:
    """A measure of the region: the band of all worlds, and up to three worlds of their own, by number of member."""
    values = ds[name]
    unit = "" if values.units == "1" else f", {values.units}"
    figure = sheet(
        ds,
        f"One band, many worlds: {values.long_name}{unit}",
        wandering(values, shown),
        "none shown; single worlds are runs of the model, each with luck and numbers of its own.",
        height=4.6,
    )
    looks = list(zip(shown, LOOKS, strict=False))
    handles = [Line2D([], [], color=c, linestyle=s, linewidth=1.3, label=f"world {m}") for m, (c, s) in looks]
    legend(figure, ds, [*fan_handles(ds, BLUE), *handles])
    axis = panel(figure, grid(figure, 1, 1, right=0.9)[0], ds, every=5)
    fan(axis, years(ds.time), values, BLUE)
    for member, (colour, style) in looks:
        axis.plot(years(ds.time), values.sel(member=member), color=colour, linestyle=style, linewidth=1.3)
    axis.set_ylim(bottom=0)
    axis.set_ylabel(f"{values.long_name.split(',')[0]}{unit}", fontsize=SMALL, color=INK)
    last = values.isel(time=-1)
    end_labels(axis, [(float(last.sel(member=m)), f"world {m}", c) for m, (c, _) in looks])
    return figure


def wandering(values: xr.DataArray, shown: Sequence[int]) -> str:
    """A sentence on how much of the time a single world lies outside the band that holds nine tenths of worlds."""
    low, high = values.quantile((0.05, 0.95), "member").values
    some = values.sel(member=list(shown)).transpose("member", "time").values
    outside = ((some < low) | (some > high)).any(axis=1)
    left = int(np.count_nonzero(outside))
    return (
        f"{left} of the {len(some)} single worlds leave{'s' * (left == 1)} the band for a while: it holds 90 % of "
        "worlds in each quarter, not 90 % of whole courses."
    )
