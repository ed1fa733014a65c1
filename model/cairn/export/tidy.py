"""Results as one tidy table: a row for each scenario, outcome, place, year and member, or statistic over members."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.ensemble.annual import by_year
from cairn.ensemble.netcdf_store import open_run
from cairn.ensemble.outcomes import Outcome, outcome_from, single_outcomes
from cairn.step.measures import Description, catalogue
from cairn.support.errors import InputError
from cairn.support.quantiles import HIGH, LOW
from cairn.support.text import suggest

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

RUN, COMPARISON = "run.nc", "comparison.nc"
STATISTICS = {"low": LOW, "lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75, "high": HIGH}
NOT_OF_PLACES = ("scenario", "member", "time", "year")
KEYS = ("scenario", "outcome", "of", "unit", "year")


def open_results(where: Path) -> tuple[xr.Dataset, Path]:
    """The dataset of a folder that `run`, `branch` or `compare` wrote, and its file.

    Raises
    ------
    InputError
        If there is none.
    """
    files = [where] if where.suffix == ".nc" else [where / COMPARISON, where / RUN]
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        raise InputError(f"there are no results in {where}: run and compare write {RUN} and {COMPARISON}")
    return open_run(file), file


def series(dataset: xr.Dataset, names: Sequence[str] = ()) -> list[Outcome]:
    """The outcomes to export: those named, or all that the results contain.

    Raises
    ------
    InputError
        For an unknown outcome, or one that was not recorded, with the nearest that was.
    """
    recorded = [str(name) for name in dataset.data_vars if name != "first_divergence"]
    found: list[Outcome] = []
    known = described(dataset)
    for name in names or recorded:
        try:
            outcome = outcome_from(name, known)
        except ValueError as problem:
            raise InputError(str(problem)) from None
        if outcome.series not in recorded:
            near = suggest(outcome.series, recorded)
            raise InputError(
                f"{outcome.variable} was not recorded in these results{near}; run again with --outputs "
                f"{','.join([*recorded[:3], outcome.variable])} or with all"
            )
        found += single_outcomes(outcome, known)
    return found


def described(dataset: xr.Dataset) -> dict[str, Description]:
    """What results can contain: what the shipped model reports, and what their own model class or plugins do."""
    known = dict(catalogue())
    for name, values in dataset.data_vars.items():
        variable = str(name).partition("@")[0]
        if variable not in known and variable != "first_divergence":
            dims = tuple(str(dim) for dim in values.dims if dim not in NOT_OF_PLACES)
            about = values.attrs
            known[variable] = Description(dims, about.get("units", "1"), about.get("long_name", variable))
    return known


def annual_series(dataset: xr.Dataset, outcome: Outcome) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Scenario, years and annual values, (members, years), of one outcome under each scenario of the results."""
    values = dataset[outcome.series].sel(dict(outcome.where))
    if "scenario" not in values.dims:
        yearly = by_year(values).transpose("member", "year")
        yield str(dataset.attrs["name"]), yearly.year.values, yearly.values
        return
    for name in dataset.scenario.values.tolist():
        yield name, dataset.year.values, values.sel(scenario=name).transpose("member", "year").values


def check_years(dataset: xr.Dataset, wanted: Sequence[int]) -> None:
    """Refuse years that the results do not contain."""
    years = dataset.year.values if "year" in dataset.dims else dataset["time.year"].values
    if outside := [year for year in wanted if not years[0] <= year <= years[-1]]:
        raise InputError(f"--years: {outside[0]} is outside {years[0]}..{years[-1]}, the years of these results")


def statistics(
    dataset: xr.Dataset, outcomes: Sequence[Outcome], years: Sequence[int] = (), levels: dict[str, float] | None = None
) -> pd.DataFrame:
    """Quantiles over members in long form.

    Parameters
    ----------
    dataset : of a run or a comparison
    outcomes : as of `series`
    years : those to keep; all if empty
    levels : quantiles by name; default `STATISTICS`, and the mean

    Returns
    -------
    pandas.DataFrame
        With the columns of `KEYS`, `statistic` and `value`.
    """
    import pandas as pd

    chosen = STATISTICS if levels is None else levels
    rows: list[tuple[Any, ...]] = []
    for outcome in outcomes:
        for scenario, columns, values in annual_series(dataset, outcome):
            kept = np.isin(columns, years) if len(years) else np.ones(len(columns), bool)
            quantiles = np.quantile(values[:, kept], list(chosen.values()), axis=0)
            named = dict(zip(chosen, quantiles, strict=True))
            if levels is None:
                named["mean"] = values[:, kept].mean(0, dtype=float)
            for name, figures in named.items():
                for year, figure in zip(columns[kept].tolist(), figures.tolist(), strict=True):
                    rows.append((*_labels(scenario, outcome), year, name, figure))
    return pd.DataFrame(rows, columns=[*KEYS, "statistic", "value"])


def members(dataset: xr.Dataset, outcomes: Sequence[Outcome], years: Sequence[int] = ()) -> pd.DataFrame:
    """The annual values of every member in long form, with the columns of `KEYS`, `member` and `value`."""
    import pandas as pd

    parts = []
    for outcome in outcomes:
        for scenario, columns, values in annual_series(dataset, outcome):
            kept = np.isin(columns, years) if len(years) else np.ones(len(columns), bool)
            shown = values[:, kept]
            index = np.indices(shown.shape)
            parts.append(
                pd.DataFrame(
                    {
                        **dict(zip(KEYS[:-1], _labels(scenario, outcome), strict=True)),
                        "year": columns[kept][index[1].ravel()].astype(np.int32),
                        "member": dataset.member.values[index[0].ravel()].astype(np.int32),
                        "value": shown.ravel(),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def _labels(scenario: str, outcome: Outcome) -> tuple[str, str, str, str]:
    place = "-".join(label for _, label in outcome.where)
    return scenario, outcome.series, place, outcome.unit or "1"
