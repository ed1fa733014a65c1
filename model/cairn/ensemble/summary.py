"""Summary of a run: headline outcomes by year with 90 % intervals, next to the observed values, as text and as CSV."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.ensemble.annual import by_year
from cairn.ensemble.outcomes import OUTCOMES, Outcome
from cairn.support.csv_table import write_csv
from cairn.support.monte_carlo import meaningful_decimals, median_error, rounded_level
from cairn.support.quantiles import interval
from cairn.support.text_table import text_table

if TYPE_CHECKING:
    import xarray as xr

YEARS = (1995, 2005, 2015, 2024, 2040)
INTERVALS_COVER = (
    "Intervals cover random variation, unknown traits of leaders, and parameters as far as the record leaves them "
    "open; they exclude structural error."
)
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
COLUMNS = ("variable", "label", "year", "low", "lower_quartile", "median", "upper_quartile", "high", "mean",
           "median_error", "unit")  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Cell:
    """An outcome in a year: median (or share of members) and 90 % interval over members, and the observed value.

    `error` is the Monte Carlo error of the median or of the share; NaN for a single member.
    """

    median: float
    low: float
    high: float
    record: str
    error: float = float("nan")


Table = dict[Outcome, dict[int, Cell]]


def table(dataset: xr.Dataset, years: tuple[int, ...] = YEARS) -> Table:
    """Headline outcomes of a run by year.

    Parameters
    ----------
    dataset : as of `run`; outcomes whose variable it does not contain are left out
    years : years to show; those that were not run are left out
    """
    result: Table = {}
    for outcome in OUTCOMES:
        if outcome.variable not in dataset:
            continue
        yearly = by_year(dataset[outcome.variable].sel(dict(outcome.where)))
        cells = {}
        for year in (y for y in years if y in yearly.year.values):
            values = yearly.sel(year=year).values.astype(float)
            low, median, high = interval(values)
            middle, error = median, float(median_error(values))
            if outcome.share:
                middle = values.mean()
                error = float(np.sqrt(middle * (1 - middle) / len(values))) if len(values) > 1 else float("nan")
            cells[year] = Cell(middle, low, high, outcome.record(year) if outcome.record else "", error)
        result[outcome] = cells
    return result


def to_text(table: Table) -> str:
    """The table for a terminal: medians, below them 90 % intervals, and observed values where there are any.

    Figures are rounded to the Monte Carlo error of their median.
    """
    years = sorted({year for cells in table.values() for year in cells})
    rows: list[list[str]] = []

    def add(title: str, texts: dict[int, str]) -> None:
        rows.append([title, *(texts.get(year, "") for year in years)])

    for outcome, cells in table.items():
        digits = {y: meaningful_decimals(c.error, outcome.digits) for y, c in cells.items()}
        add(outcome.title + (f", {outcome.unit}" if outcome.unit else ""),
            {y: rounded_level(c.median, digits[y]) for y, c in cells.items()})  # fmt: skip
        if not outcome.share:
            bounds = {y: [rounded_level(x, digits[y]) for x in (c.low, c.high)] for y, c in cells.items()}
            add("    90 % interval", {y: f"[{low}, {high}]" for y, (low, high) in bounds.items()})
        if any(c.record for c in cells.values()):
            add("    record", {y: c.record for y, c in cells.items()})
    text = text_table(rows, header=["", *map(str, years)])
    if any(c.record.endswith("*") for cells in table.values() for c in cells.values()):
        text += "\n* official total; other records are customs statistics, see model/cairn/data"
    return text


def to_dict(table: Table) -> list[dict[str, Any]]:
    """The table as plain values, one entry per outcome and year."""
    return [
        {
            "outcome": outcome.key,
            "title": outcome.title.strip(),
            "unit": outcome.unit or "1",
            "year": year,
            "median" if not outcome.share else "share": round(cell.median, 6),
            **({} if outcome.share else {"low": round(cell.low, 6), "high": round(cell.high, 6)}),
            **(
                {}
                if cell.error != cell.error
                else {"share_error" if outcome.share else "median_error": round(cell.error, 6)}
            ),
            "record": cell.record or None,
        }
        for outcome, cells in table.items()
        for year, cell in cells.items()
    ]


def save_csv(dataset: xr.Dataset, path: os.PathLike[str] | str) -> None:
    """Write every variable by year as quantiles and mean over members, in the columns of `COLUMNS`."""
    write_csv(path, COLUMNS, _rows(dataset))


def _rows(dataset: xr.Dataset) -> Iterator[list[Any]]:
    for name, values in dataset.data_vars.items():
        dims = [dim for dim in values.dims if dim not in ("member", "time")]
        for place in np.ndindex(*(values.sizes[dim] for dim in dims)):
            if len(dims) == 2 and place[0] == place[1]:
                continue  # of a country towards itself
            label = "-".join(str(values[dim].values[k]) for dim, k in zip(dims, place, strict=True))
            yearly = by_year(values.isel(dict(zip(dims, place, strict=True)))).transpose("member", "year")
            quantiles = np.quantile(yearly.values, LEVELS, axis=0)
            means, errors = yearly.values.mean(0, dtype=float), median_error(yearly.values)
            for t, year in enumerate(yearly.year.values):
                figures = [f"{figure:.6g}" for figure in (*quantiles[:, t], means[t])]
                error = "" if errors[t] != errors[t] else f"{errors[t]:.6g}"
                yield [name, label, year, *figures, error, values.units]
