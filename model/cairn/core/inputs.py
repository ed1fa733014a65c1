"""Observed inputs as arrays: incomes, distances, borders, people. The tables give the source of each figure."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from cairn.core.calendar import FIRST_YEAR, QUARTERS
from cairn.core.geography import CENTRAL_ASIA, Geography
from cairn.record.tables import read

YEAR_AT_QUARTER_STARTS = 0.375  # a yearly figure is the mean of the four quarter beginnings 0, .25, .5, .75


@dataclasses.dataclass(frozen=True, eq=False)
class Inputs:
    """What is looked up, never decided. Arrays of states, borders and economies in the order of the geography.

    Parameters
    ----------
    gdp : (Q, C), bn USD a year at quarter beginnings from 1992Q1 to the end of the record
    gdp_outside : (QUARTERS, O, 1), bn USD a year
    distance_km : (C + O, C + O, 1), distance within an economy on the diagonal
    length_1000_km, contested : (B, 1), length of each land border, and how contested it is, 0..1
    population_mn, agriculture_share : (C, 1), million, and share of farming in income
    price_level : (QUARTERS, 1), US consumer prices, 2015 = 1; ones for a region without `us_cpi.csv`
    """

    gdp: np.ndarray
    gdp_outside: np.ndarray
    distance_km: np.ndarray
    length_1000_km: np.ndarray
    contested: np.ndarray
    population_mn: np.ndarray
    agriculture_share: np.ndarray
    price_level: np.ndarray

    @staticmethod
    @functools.cache
    def load(geography: Geography = CENTRAL_ASIA, folder: Path | None = None) -> Inputs:
        """Read the inputs of a region from a folder of tables; None is the package's own."""
        countries = {row["code"]: row for row in read("countries", folder)}
        borders = {row["border"]: row for row in read("borders", folder)}

        def of_states(column: str) -> np.ndarray:
            return np.array([[float(countries[code][column])] for code in geography.codes])

        def of_borders(column: str) -> np.ndarray:
            return np.array([[float(borders[name][column])] for name in geography.border_names])

        return Inputs(
            gdp=_gdp(geography, folder),
            gdp_outside=_gdp_outside(geography, folder),
            distance_km=_distances(geography, countries, folder),
            length_1000_km=of_borders("length_km") / 1000,
            contested=of_borders("contestedness"),
            population_mn=of_states("population_mn"),
            agriculture_share=of_states("agriculture_share"),
            price_level=_price_level(folder),
        )


def _gdp(geography: Geography, folder: Path | None) -> np.ndarray:
    rows = read("gdp", folder)
    years = sorted({int(row["year"]) for row in rows})
    value = {(r["country"], int(r["year"])): float(r["usd_bn"]) * float(r["market_rate_factor"]) for r in rows}
    centres = np.array(years) + YEAR_AT_QUARTER_STARTS
    dates = FIRST_YEAR + np.arange(QUARTERS) / 4
    dates = dates[dates <= centres[-1]]
    by_state = [_between(dates, centres, [value[code, year] for year in years]) for code in geography.codes]
    return np.stack(by_state, axis=1)


def _gdp_outside(geography: Geography, folder: Path | None) -> np.ndarray:
    rows = read("outside_gdp", folder)
    dates = FIRST_YEAR + np.arange(QUARTERS) / 4
    columns = []
    for code in geography.outside:
        known = [(int(row["year"]), float(row["usd_bn"])) for row in rows if row["code"] == code]
        columns.append(_between(dates, *zip(*known, strict=True)))
    return np.stack(columns, axis=1)[:, :, None]


def _price_level(folder: Path | None) -> np.ndarray:
    if folder is not None and not (folder / "us_cpi.csv").exists():
        return np.ones((QUARTERS, 1))
    rows = read("us_cpi", folder)
    centres = [int(row["year"]) + YEAR_AT_QUARTER_STARTS for row in rows]
    dates = FIRST_YEAR + np.arange(QUARTERS) / 4
    return _between(dates, centres, [float(row["index"]) for row in rows])[:, None]


def _between(dates: np.ndarray, knots: Sequence[float] | np.ndarray, values: Sequence[float]) -> np.ndarray:
    """Growth at a constant rate between dated figures, flat beyond them."""
    return np.exp(np.interp(dates, knots, np.log(values)))


def _distances(geography: Geography, countries: Mapping[str, Mapping[str, str]], folder: Path | None) -> np.ndarray:
    places = geography.codes + geography.outside
    outside = {row["code"]: row for row in read("outside", folder)}
    distance = np.full((len(places), len(places)), max(float(row["between_km"]) for row in outside.values()))
    for row in read("distances", folder):
        i, j = places.index(row["a"]), places.index(row["b"])
        distance[i, j] = distance[j, i] = float(row["km"])
    for n, place in enumerate(places):
        # CEPII's measure of distance within a country: two thirds of the radius of a disc of its area.
        area = float(countries[place]["area_thousand_km2"]) * 1000 if place in countries else 0.0
        inside = 0.67 * np.sqrt(area / np.pi) if place in countries else float(outside[place]["internal_km"])
        distance[n, n] = inside
    return distance[:, :, None]
