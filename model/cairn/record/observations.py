"""Observations as data frames and arrays, for figures."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from cairn.support.quantiles import HIGH, LOW

DATA = Path(__file__).parents[1] / "data"

Ring = list[tuple[float, float]]  # longitude, latitude
Polygon = list[Ring]


def table(name: str) -> pd.DataFrame:
    """A table of model/cairn/data as a data frame, given by its name without `.csv`."""
    return pd.read_csv(DATA / f"{name}.csv")


def country_outlines() -> dict[str, list[Polygon]]:
    """Polygons by country code (ISO 3166-1 alpha-3) of the five countries and Afghanistan."""
    features = json.loads((DATA / "central_asia.geojson").read_text(encoding="utf-8"))["features"]
    return {feature["properties"]["iso3"]: polygons(feature["geometry"]) for feature in features}


def rivers_and_lakes() -> list[dict[str, Any]]:
    """Rivers and lakes: name, kind (`river` or `lake`), and coordinates as lines or as polygons of rings."""
    features = json.loads((DATA / "rivers_lakes.geojson").read_text(encoding="utf-8"))["features"]
    return [
        {"name": f["properties"]["name"], "kind": f["properties"]["kind"], "coordinates": f["geometry"]["coordinates"]}
        for f in features
    ]


def polygons(geometry: dict) -> list[Polygon]:
    """The polygons of a GeoJSON geometry, one or several."""
    several = geometry["type"] == "MultiPolygon"
    return geometry["coordinates"] if several else [geometry["coordinates"]]


def quarterly_series(rows: pd.DataFrame, column: str) -> xr.DataArray:
    """A column of a table with columns `year` and `quarter`, on the time axis of a run."""
    months = 3 * rows.quarter - 2
    dates = pd.to_datetime({"year": rows.year, "month": months, "day": 1})
    return xr.DataArray(rows[column].to_numpy(float), {"time": dates.to_numpy()}, ["time"])


def decimal_years(dates: pd.Series) -> np.ndarray:
    """Dates written as 'YYYY-MM-DD', or to the month or the year only, as decimal years."""
    days = pd.to_datetime(dates, format="ISO8601")
    return (days.dt.year + (days.dt.day_of_year - 1) / 365.25).to_numpy()


def count_covered(values: xr.DataArray, rows: pd.DataFrame, column: str) -> tuple[int, int]:
    """Count the observed years inside the 90 % interval of the members.

    Parameters
    ----------
    values : yearly values of a run, dims member and year
    rows : observations, with a column `year`
    column : the observed quantity

    Returns
    -------
    inside, total
        Both zero for a single member or without common years.
    """
    if values.sizes["member"] == 1:
        return 0, 0
    observed = rows.set_index("year")[column]
    common = observed.index.intersection(values.year.values)
    if common.empty:
        return 0, 0
    low, high = values.sel(year=common).quantile((LOW, HIGH), "member").values
    inside = (low <= observed[common]) & (observed[common] <= high)
    return int(inside.sum()), len(common)
