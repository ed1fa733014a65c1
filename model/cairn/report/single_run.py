"""A run by itself: where it goes, and how the five states stand in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cairn.core.geography import BORDER_NAMES
from cairn.ensemble.annual import by_year
from cairn.ensemble.outcomes import OUTCOMES, Outcome
from cairn.ensemble.summary import YEARS
from cairn.report.effect_reader import Cell, Finding, Group
from cairn.report.phrasing import percent
from cairn.report.report_outcomes import NAME_OF, named

if TYPE_CHECKING:
    import xarray as xr

DELIMITED = 0.005  # a share of a border's length so small is none
TOLD = (
    "integration_index",
    "integration_de_facto",
    "dim_institutions",
    "trade_total_usd_bn",
    "trust_mean",
    "openness_mean",
)


def course(worlds: xr.Dataset) -> Group:
    """Where the headline outcomes go."""
    shown = [year for year in YEARS if year in worlds["time.year"].values] or [int(worlds["time.year"][-1])]
    first, last = int(worlds["time.year"][0]), int(worlds["time.year"][-1])
    index = by_year(worlds.integration_index)
    median = index.median("member")
    deepest = int(median.year[int(median.values.argmin())])
    many = worlds.sizes["member"] > 1
    path = f"The integration index is {_level(index, first, 2, many)} in {first}"
    if last > first:
        path += f", lowest in {deepest} with {_level(index, deepest, 2, many)}, "
        path += f"and {_level(index, last, 2, many)} in {last}"
    findings = [Finding(f"{path}.")]
    facto, jure = (by_year(worlds[name]) for name in ("integration_de_facto", "dim_institutions"))
    findings.append(
        Finding(
            f"In {last} what states do (de facto) stands at {_level(facto, last, 2, many)}, "
            f"what they sign (de jure) at {_level(jure, last, 2, many)}."
        )
    )
    total = by_year(worlds.trade_total_usd_bn)
    findings.append(Finding(f"Trade among the five is {_level(total, last, 1, many)} bn USD/yr in {last}."))
    rows = []
    for outcome in (o for o in OUTCOMES if o.variable in TOLD):
        yearly = by_year(worlds[outcome.variable])
        unit = f", {outcome.unit}" if outcome.unit else ", 0 to 1"
        cells = [_cell(yearly, year, outcome, many) for year in shown]
        rows.append((outcome.title.strip() + unit, cells))
    return Group(
        "Where it goes", findings, [str(y) for y in shown], rows, "Median, below it the band of 90 % of worlds."
    )


def _level(yearly: xr.DataArray, year: int, digits: int, many: bool) -> str:
    low, middle, high = np.quantile(yearly.sel(year=year).values, (0.05, 0.5, 0.95))
    return f"{middle:.{digits}f}" + (f" (90 % of worlds: {low:.{digits}f} to {high:.{digits}f})" if many else "")


def _cell(yearly: xr.DataArray, year: int, outcome: Outcome, many: bool) -> Cell:
    low, middle, high = np.quantile(yearly.sel(year=year).values, (0.05, 0.5, 0.95))
    d, record = outcome.digits, outcome.record(year) if outcome.record else ""
    interval = f"[{low:.{d}f}, {high:.{d}f}]" if many else ""
    return Cell(f"{middle:.{d}f}", interval, record=f"record {record}" if record else "")


def states(worlds: xr.Dataset) -> Group:
    """A sentence on each state at the end of the run."""
    last, many = int(worlds["time.year"][-1]), worlds.sizes["member"] > 1
    findings = []
    for code, name in NAME_OF.items():
        trade, lost, unmet = (
            by_year(worlds[v].sel(country=code))
            for v in ("trade_usd_bn", "agricultural_loss_pct_gdp", "winter_deficit_gwh")
        )
        winter = f", and unmet winter power demand {_level(unmet, last, 0, many)} GWh" if float(unmet.max()) else ""
        findings.append(
            Finding(
                f"{name} in {last}: trade with the four others {_level(trade, last, 1, many)} bn USD/yr, "
                f"farm output lost to shortage {_level(lost, last, 2, many)} % of GDP{winter}."
            )
        )
    if many:
        findings.append(undelimited(worlds, last))
    return Group("State by state", findings)


def undelimited(worlds: xr.Dataset, year: int) -> Finding:
    """Which borders are still not delimited at a year's end, and in how many worlds."""
    left = by_year(worlds.undelimited_share).sel(year=year)
    shares = {border: float((left.sel(border=border) > DELIMITED).mean()) for border in BORDER_NAMES}
    told = [f"{named(border)} in {percent(share)}" for border, share in shares.items() if share > 0]
    if not told:
        return Finding(f"By {year} every border is delimited in every world.")
    return Finding(f"Borders not yet delimited at the end of {year}, in how many worlds: {', '.join(told)}.")
