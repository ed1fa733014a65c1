"""Violence on the Kyrgyz-Tajik border in a run: chances of bloody years, and whether bands contain recorded counts."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.core.geography import BORDER_NAMES
from cairn.ensemble.annual import by_year
from cairn.record import acts

if TYPE_CHECKING:
    import xarray as xr

BORDER = "KGZ-TJK"
VIOLENCE_VARIABLES = ("deaths", "incidents")  # what a dataset needs
BLOODY = 50  # deaths in a year; the record has two such years, 2021 and 2022
FIRST_YEAR, LAST_YEAR = 2004, 2023  # in which bloody years are counted
FIRST_COUNT, LAST_COUNT = 2010, 2019  # years of the recorded series of incidents
PERIODS = ((1992, 2003), (2004, 2013), (2014, 2023))  # over which deaths are compared


@dataclasses.dataclass(frozen=True)
class BorderViolence:
    """What a run says of violence on the border.

    Parameters
    ----------
    first_year : first year that counts: the run is free from then on
    one, two : share of members with a year of at least `BLOODY` deaths to `LAST_YEAR`, and with two
    counts, inside : recorded yearly counts of incidents, and how many of them lie in the 90 % band
    widest : upper end of the widest of these bands, incidents a year; 0 where there is none
    deaths : mean deaths a year in each of the `PERIODS` that the run is free in
    """

    first_year: int
    one: float
    two: float
    counts: int
    inside: int
    widest: float
    deaths: dict[tuple[int, int], float]

    def to_dict(self) -> dict[str, Any]:
        """As plain values, periods as text."""
        return dataclasses.asdict(self) | {"deaths": {f"{a}-{b}": mean for (a, b), mean in self.deaths.items()}}


def violence_of(dataset: xr.Dataset, first_free: int = acts.FIRST_YEAR) -> BorderViolence:
    """Violence on the border in a run.

    Parameters
    ----------
    dataset : a run with `VIOLENCE_VARIABLES`, with the dimensions member and time
    first_free : first year that does not follow the record
    """
    deaths, incidents = (
        by_year(dataset[name].astype(float)).sel(border=BORDER).transpose("member", "year")
        for name in VIOLENCE_VARIABLES
    )
    first = max(first_free, FIRST_YEAR)
    bloody = (deaths.sel(year=slice(first, LAST_YEAR)).values >= BLOODY).sum(1)
    record = acts.incidents(BORDER_NAMES, LAST_COUNT)[:, BORDER_NAMES.index(BORDER)]
    bands = {
        year: np.quantile(incidents.sel(year=year).values, (0.05, 0.95))
        for year in range(max(first_free, FIRST_COUNT), LAST_COUNT + 1)
    }
    inside = [low <= record[year - acts.FIRST_YEAR] <= high for year, (low, high) in bands.items()]
    return BorderViolence(
        first,
        float((bloody >= 1).mean()),
        float((bloody >= 2).mean()),
        len(inside),
        sum(map(int, inside)),
        max((float(high) for _, high in bands.values()), default=0.0),
        {span: float(deaths.sel(year=slice(*span)).mean()) for span in PERIODS if span[0] >= first_free},
    )
