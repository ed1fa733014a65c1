"""What was observed, as the pictures need it. Each table of model/cairn/data gives the source of every row."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

DATA = Path(__file__).parents[1] / "data"


def table(name: str) -> pd.DataFrame:
    """One table of the record."""
    return pd.read_csv(DATA / f"{name}.csv")


def land() -> dict[str, list]:
    """Outlines by state: lists of polygons, each a list of rings, each a list of (longitude, latitude)."""
    features = json.loads((DATA / "central_asia.geojson").read_text(encoding="utf-8"))["features"]
    return {feature["properties"]["iso3"]: polygons(feature["geometry"]) for feature in features}


def polygons(geometry: dict) -> list:
    """The polygons of a GeoJSON geometry."""
    several = geometry["type"] == "MultiPolygon"
    return geometry["coordinates"] if several else [geometry["coordinates"]]


def quarterly(rows: pd.DataFrame, column: str) -> xr.DataArray:
    """A column of a table with year and quarter, on the time axis of a run."""
    months = 3 * rows.quarter - 2
    dates = pd.to_datetime({"year": rows.year, "month": months, "day": 1})
    return xr.DataArray(rows[column].to_numpy(float), {"time": dates.to_numpy()}, ["time"])


def decimal_years(dates: pd.Series) -> np.ndarray:
    """Dates written as 'YYYY-MM-DD', or only to the month or the year, as decimal years."""
    days = pd.to_datetime(dates, format="ISO8601")
    return (days.dt.year + (days.dt.day_of_year - 1) / 365.25).to_numpy()


def held_by(values: xr.DataArray, rows: pd.DataFrame, value: str) -> tuple[int, int]:
    """How many observed years lie in the band of nine tenths of the members, and how many could."""
    if values.sizes["member"] == 1:
        return 0, 0
    seen = rows.set_index("year")[value]
    common = seen.index.intersection(values.year.values)
    if common.empty:
        return 0, 0
    low, high = values.sel(year=common).quantile((0.05, 0.95), "member").values
    inside = (low <= seen[common]) & (seen[common] <= high)
    return int(inside.sum()), len(common)
