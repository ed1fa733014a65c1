"""Observed inputs as arrays: incomes, distances, borders, people. Each figure's source stands in model/cairn/data."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np

from cairn.core.calendar import FIRST_YEAR, QUARTERS
from cairn.core.geography import BORDER_NAMES, CODES, OUTSIDE, C
from cairn.record.tables import read

YEAR_AT_QUARTER_STARTS = 0.375  # a yearly figure is the mean of the four quarter beginnings 0, .25, .5, .75


@dataclasses.dataclass(frozen=True, eq=False)
class Tables:
    """What is looked up, never decided.

    gdp : (Q, C) bn USD at quarter beginnings from 1992Q1 to the end of the record; growth paths go on from there
    gdp_outside : (QUARTERS, 5) bn USD
    distance_km : (C + 5, C + 5), internal distance on the diagonal
    length_1000_km, contested : (7,) by land border
    population_mn : (C,)
    """

    gdp: np.ndarray
    gdp_outside: np.ndarray
    distance_km: np.ndarray
    length_1000_km: np.ndarray
    contested: np.ndarray
    population_mn: np.ndarray
    agriculture_share: np.ndarray

    @staticmethod
    @functools.cache
    def load() -> Tables:
        """The tables of model/cairn/data."""
        countries = {row["code"]: row for row in read("countries")}
        borders = {row["border"]: row for row in read("borders")}
        return Tables(
            gdp=_gdp(),
            gdp_outside=_gdp_outside(),
            distance_km=_distances(countries),
            length_1000_km=np.array([float(borders[name]["length_km"]) / 1000 for name in BORDER_NAMES]),
            contested=np.array([float(borders[name]["contestedness"]) for name in BORDER_NAMES]),
            population_mn=np.array([float(countries[code]["population_mn"]) for code in CODES]),
            agriculture_share=np.array([float(countries[code]["agriculture_share"]) for code in CODES]),
        )


def _gdp() -> np.ndarray:
    rows = read("gdp")
    years = sorted({int(row["year"]) for row in rows})
    value = {(r["country"], int(r["year"])): float(r["usd_bn"]) * float(r["market_rate_factor"]) for r in rows}
    centres = np.array(years) + YEAR_AT_QUARTER_STARTS
    dates = FIRST_YEAR + np.arange(QUARTERS) / 4
    dates = dates[dates <= centres[-1]]
    return np.stack([_between(dates, centres, [value[code, year] for year in years]) for code in CODES], axis=1)


def _gdp_outside() -> np.ndarray:
    rows = read("outside_gdp")
    dates = FIRST_YEAR + np.arange(QUARTERS) / 4
    columns = []
    for code in OUTSIDE:
        own_rows = [row for row in rows if row["code"] == code]
        columns.append(_between(dates, [int(r["year"]) for r in own_rows], [float(r["usd_bn"]) for r in own_rows]))
    return np.stack(columns, axis=1)


def _between(dates, knots, values) -> np.ndarray:
    """Growth at a constant rate between dated figures, flat beyond them."""
    return np.exp(np.interp(dates, knots, np.log(values)))


def _distances(countries: dict[str, dict[str, str]]) -> np.ndarray:
    places = CODES + OUTSIDE
    outside = {row["code"]: row for row in read("outside")}
    distance = np.full((len(places), len(places)), float(outside["ROW"]["between_km"]))
    for row in read("distances"):
        i, j = places.index(row["a"]), places.index(row["b"])
        distance[i, j] = distance[j, i] = float(row["km"])
    for n, place in enumerate(places):
        area = float(countries[place]["area_thousand_km2"]) * 1000 if place in countries else 0.0
        # CEPII's measure of distance within a country: two thirds of the radius of a disc of its area.
        distance[n, n] = 0.67 * np.sqrt(area / np.pi) if n < C else float(outside[place]["internal_km"])
    return distance
