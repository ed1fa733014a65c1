"""How often the bands of a plain run contain the record of trade: what a user sees, with no error added afterwards."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from cairn.calibration.validation.scores import covered
from cairn.ensemble.annual import by_year
from cairn.record.tables import read

if TYPE_CHECKING:
    import xarray as xr

FIRST_HELD_BACK, LAST_HELD_BACK = 2016, 2025
BAND_VARIABLES = ("pair_trade_usd_bn", "trade_total_usd_bn")  # what a dataset needs


@dataclasses.dataclass(frozen=True)
class BandCoverage:
    """Share of recorded values inside the central bands of the members, held-back years.

    Parameters
    ----------
    pair_years, pairs_50, pairs_90 : recorded pair-years, and the share of them inside the 50 % and the 90 % band
    regional_years, region_50, region_90 : the same for trade among the five
    """

    pair_years: int
    pairs_50: float
    pairs_90: float
    regional_years: int
    region_50: float
    region_90: float


def run_band_coverage(dataset: xr.Dataset, first_year: int = FIRST_HELD_BACK) -> BandCoverage:
    """Coverage of the bands of a run in the held-back years.

    Parameters
    ----------
    dataset : a run with `BAND_VARIABLES`, with the dimensions member and time, to 2025
    first_year : first year that is compared
    """
    pairs, total = (by_year(dataset[name].astype(float)) for name in BAND_VARIABLES)
    pair_draws, pair_values = [], []
    for row in read("record_trade"):
        if first_year <= int(row["year"]) <= LAST_HELD_BACK:
            pair_draws.append(pairs.sel(pair=row["pair"], year=int(row["year"])).values)
            pair_values.append(float(row["usd_bn"]))
    rows = [row for row in read("record_trade_region") if first_year <= int(row["year"]) <= LAST_HELD_BACK]
    total_draws = [total.sel(year=int(row["year"])).values for row in rows]
    total_values = [float(row["usd_bn"]) for row in rows]
    return BandCoverage(
        len(pair_values),
        *_shares(pair_draws, pair_values),
        len(total_values),
        *_shares(total_draws, total_values),
    )


def _shares(draws: list[np.ndarray], observed: list[float]) -> tuple[float, float]:
    """Share of observations inside the 50 % and the 90 % band."""
    together, values = np.stack(draws, axis=1), np.array(observed)
    inside = [float(covered(together, values, level).mean()) for level in (0.5, 0.9)]
    return inside[0], inside[1]
