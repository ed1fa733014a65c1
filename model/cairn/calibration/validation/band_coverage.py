"""How often the bands of a plain run contain the record of trade: what a user sees, with no error added afterwards."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.calibration.validation.border_violence import VIOLENCE_VARIABLES, BorderViolence, violence_of
from cairn.calibration.validation.scores import covered, crps_of_draws
from cairn.ensemble.annual import by_year
from cairn.ensemble.runner import run
from cairn.record.conditioned_sets import shipped, shipped_years
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


@dataclasses.dataclass(frozen=True)
class Hindcast:
    """How worlds that follow the record to an earlier year fare in the years after it.

    Parameters
    ----------
    until : last year that is followed
    about : candidates, effective candidates, temper and last year of the fit of the conditioned set
    bands : coverage of the run's own bands in the years after it
    crps : mean CRPS on ln trade of pairs, and that of the same run with a free past
    crps_free : the same of a run with the parameters of the posterior and a free past
    drift : median forecast minus record, mean over pairs, ln, by years since `until`
    violence : violence on the Kyrgyz-Tajik border in the years after it
    """

    until: int
    about: dict[str, Any]
    bands: BandCoverage
    crps: float
    crps_free: float
    drift: dict[int, float]
    violence: BorderViolence

    def to_dict(self) -> dict[str, Any]:
        """As plain values."""
        return dataclasses.asdict(self) | {"violence": self.violence.to_dict()}


def compute_hindcasts(members: int, seed: int, free: xr.Dataset, jobs: int | None = None) -> list[Hindcast]:
    """Run the members that ship conditioned to years before the end of the record, and score the years after these.

    Parameters
    ----------
    members, seed, jobs : of the runs
    free : a run with a free past, with `BAND_VARIABLES`
    """
    found = []
    for year in shipped_years():
        if year >= LAST_HELD_BACK:
            continue
        dataset = run(
            "baseline",
            members,
            seed,
            parameters=f"conditioned-{year}",
            to_year=LAST_HELD_BACK,
            outputs=(*BAND_VARIABLES, *VIOLENCE_VARIABLES),
            jobs=jobs,
        )
        scores, errors = _scores_after(dataset, year)
        drift = {
            lead: float(np.mean([e for at, e in errors if at == lead])) for lead in sorted({at for at, _ in errors})
        }
        free_scores, _ = _scores_after(free, year)
        found.append(
            Hindcast(
                year,
                shipped(year).about,
                run_band_coverage(dataset, year + 1),
                float(np.mean(scores)),
                float(np.mean(free_scores)),
                drift,
                violence_of(dataset, year + 1),
            )
        )
    return found


def _scores_after(dataset: xr.Dataset, year: int) -> tuple[list[float], list[tuple[int, float]]]:
    """CRPS of each recorded pair-year after a year, and lead and median error of each."""
    pairs = by_year(dataset[BAND_VARIABLES[0]].astype(float))
    scores, errors = [], []
    for row in read("record_trade"):
        at = int(row["year"])
        if year < at <= LAST_HELD_BACK:
            drawn, observed = np.log(pairs.sel(pair=row["pair"], year=at).values), np.log(float(row["usd_bn"]))
            scores.append(float(crps_of_draws(drawn[:, None], np.array([observed]))[0]))
            errors.append((at - year, float(np.median(drawn) - observed)))
    return scores, errors


def _shares(draws: list[np.ndarray], observed: list[float]) -> tuple[float, float]:
    """Share of observations inside the 50 % and the 90 % band."""
    together, values = np.stack(draws, axis=1), np.array(observed)
    inside = [float(covered(together, values, level).mean()) for level in (0.5, 0.9)]
    return inside[0], inside[1]
