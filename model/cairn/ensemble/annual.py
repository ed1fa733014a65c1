"""Annual values from quarterly ones: the one place that says how the four quarters of a year become one figure.

Stocks are taken at the end of the year, counts and flows are summed, an event of any quarter is an event of the year,
and everything else is averaged. Sums run in the order of the quarters, whatever the layout of an array, so that a year
has the same bits wherever it is computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.ensemble.output_variables import annual_rule

if TYPE_CHECKING:
    import xarray as xr

BLOCK = 4096  # members whose quarters are in memory at a time
RULES = ("sum", "any", "last", "mean", "first", "summer", "winter")


def add_quarter(so_far: Any, quarter: Any, rule: str) -> Any:
    """The year so far with one more quarter, for values that arrive quarter by quarter.

    Parameters
    ----------
    so_far : array of any shape, or None before the first quarter of the year
    quarter : array of the same shape
    rule : ``sum``, ``any``, ``last`` or ``mean``
    """
    if so_far is None or rule == "last":
        return quarter
    return np.maximum(so_far, quarter) if rule == "any" else so_far + quarter


def end_of_year(so_far: Any, rule: str) -> Any:
    """The annual value once all four quarters have been added."""
    return so_far / 4 if rule == "mean" else so_far


def annual_values(quarters: np.ndarray, rule: str, axis: int = 1) -> np.ndarray:
    """Annual values of whole years.

    Parameters
    ----------
    quarters : (..., 4 Y, ...), from a first quarter on
    rule : one of `RULES`. ``first`` is the first quarter, ``summer`` the sum of the second and third, ``winter`` the
        sum of the last quarter of the year before and the first of the year, NaN in the first year
    axis : the axis of quarters

    Returns
    -------
    (..., Y, ...) of the same type of number

    Examples
    --------
    >>> annual_values(np.array([[1.0, 2.0, 3.0, 6.0]]), "mean")
    array([[3.]])
    """
    first, second, third, fourth = (_every_fourth(quarters, k, axis) for k in range(4))
    if rule == "first":
        return first
    if rule == "summer":
        return second + third
    if rule == "winter":
        return _year_before(fourth, axis) + first
    year = None
    for quarter in (first, second, third, fourth):
        year = add_quarter(year, quarter, rule)
    return end_of_year(year, rule)


def _every_fourth(quarters: np.ndarray, start: int, axis: int) -> np.ndarray:
    return quarters[(slice(None),) * (axis % quarters.ndim) + (slice(start, None, 4),)]


def _year_before(values: np.ndarray, axis: int) -> np.ndarray:
    years = values.shape[axis]
    missing = np.full_like(np.take(values, [0], axis), np.nan)
    return np.concatenate([missing, np.take(values, range(years - 1), axis)], axis)


def by_year(values: xr.DataArray, rule: str | None = None) -> xr.DataArray:
    """Annual values of a labelled variable, with the dimension ``year`` in place of ``time``.

    Parameters
    ----------
    values : quarterly values with the dimension ``time``; years that are not complete are left out
    rule : one of `RULES`; if None, the variable's own: its attribute `annual`, or else that of its name
    """
    import xarray as xr

    rule = rule or values.attrs.get("annual") or annual_rule(str(values.name))
    axis = values.get_axis_num("time")
    assert isinstance(axis, int)
    whole = complete_years(values.time.values)
    years = values.time.dt.year.values[whole]
    quarters = values.isel(time=whole)
    if "member" in values.dims and values.sizes["member"] > BLOCK:  # a file is read block by block
        blocks = [quarters.isel(member=slice(k, k + BLOCK)).values for k in range(0, values.sizes["member"], BLOCK)]
        data = np.concatenate([annual_values(block, rule, axis) for block in blocks], values.get_axis_num("member"))
    else:
        data = annual_values(quarters.values, rule, axis)
    dims = [str(dim) if dim != "time" else "year" for dim in values.dims]
    coords = {name: coord for name, coord in values.coords.items() if "time" not in coord.dims and name != "time"}
    return xr.DataArray(data, {**coords, "year": years[::4]}, dims, values.name, dict(values.attrs))


def complete_years(time: np.ndarray) -> slice:
    """Which quarters belong to years that were run from their first quarter to their last.

    Parameters
    ----------
    time : (T,) datetime64, the beginnings of consecutive quarters
    """
    seasons = time.astype("datetime64[M]").astype(int) % 12 // 3
    start = int((-seasons[0]) % 4) if seasons.size else 0
    return slice(start, start + max(seasons.size - start, 0) // 4 * 4)


def whole_years(dataset: xr.Dataset) -> xr.Dataset:
    """A run without the quarters of years that are not complete, such as those after a checkpoint in mid-year."""
    return dataset.isel(time=complete_years(dataset.time.values))


def years_of(dataset: xr.Dataset | xr.DataArray) -> Sequence[int]:
    """The complete years of a run."""
    time = dataset.time.values
    return [int(year) for year in time[complete_years(time)][::4].astype("datetime64[Y]").astype(int) + 1970]
