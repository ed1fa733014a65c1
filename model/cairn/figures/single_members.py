"""Single members within the interval of all members: what an interval shows and what it does not."""

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
    run_page,
    years,
)
from cairn.support.quantiles import HIGH, LOW

LOOKS = ((VERMILLION, (0, (6, 1.2, 1.2, 1.2))), (BLACK, (0, (4, 1.5))), (GREEN, (0, (1.2, 0.9))))  # of three members


def single_members(ds: xr.Dataset, name: str = "integration_index", shown: Sequence[int] = (0, 1, 2)) -> Figure:
    """The fan chart of all members, and up to three single members.

    Parameters
    ----------
    ds : a run
    name : a variable of the region
    shown : numbers of the members
    """
    values = ds[name]
    unit = "" if values.units == "1" else f", {values.units}"
    figure = run_page(
        ds,
        f"Single members: {values.long_name}{unit}",
        outside_sentence(values, shown),
        "none shown. Each member has its own random numbers and its own parameters.",
        height=4.6,
    )
    looks = list(zip(shown, LOOKS, strict=False))
    handles = [Line2D([], [], color=c, linestyle=s, linewidth=1.3, label=f"member {m}") for m, (c, s) in looks]
    legend(figure, ds, [*fan_handles(ds, BLUE), *handles])
    axis = panel(figure, grid(figure, 1, 1, right=0.9)[0], ds, every=5)
    fan(axis, years(ds.time), values, BLUE)
    for member, (colour, style) in looks:
        axis.plot(years(ds.time), values.sel(member=member), color=colour, linestyle=style, linewidth=1.3)
    axis.set_ylim(bottom=0)
    axis.set_ylabel(f"{values.long_name.split(',')[0]}{unit}", fontsize=SMALL, color=INK)
    last = values.isel(time=-1)
    end_labels(axis, [(float(last.sel(member=m)), f"member {m}", c) for m, (c, _) in looks])
    return figure


def outside_sentence(values: xr.DataArray, shown: Sequence[int]) -> str:
    """A sentence on how many single members are outside the 90 % interval at some time."""
    low, high = values.quantile((LOW, HIGH), "member").values
    single = values.sel(member=list(shown)).transpose("member", "time").values
    outside = int(np.count_nonzero(((single < low) | (single > high)).any(axis=1)))
    return (
        f"{outside} of the {len(single)} single members leave{'s' * (outside == 1)} the interval at some time: it "
        "contains 90 % of members in each quarter, not 90 % of whole trajectories."
    )
