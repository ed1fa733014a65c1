"""A run without a comparison: the course of the headline outcomes, and the five states at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cairn.core.geography import BORDER_NAMES
from cairn.effects.phrasing import percent
from cairn.effects.report_outcomes import NAME_OF, place_name
from cairn.ensemble.annual import by_year
from cairn.ensemble.outcomes import OUTCOMES, Outcome
from cairn.ensemble.summary import YEARS
from cairn.report.effect_reader import Section, Statement, TableCell
from cairn.support.monte_carlo import meaningful_decimals, median_error, rounded_level
from cairn.support.quantiles import interval

if TYPE_CHECKING:
    import xarray as xr

DELIMITED = 0.005  # an undelimited share of a border's length up to this counts as none
SHOWN = (
    "integration_index",
    "integration_de_facto",
    "dim_institutions",
    "trade_total_usd_bn",
    "trust_mean",
    "openness_mean",
)


def course_section(run: xr.Dataset) -> Section:
    """The course of the headline outcomes.

    Parameters
    ----------
    run : whole years, with all variables
    """
    shown = [year for year in YEARS if year in run["time.year"].values] or [int(run["time.year"][-1])]
    first, last = int(run["time.year"][0]), int(run["time.year"][-1])
    index = by_year(run.integration_index)
    median = index.median("member")
    lowest = int(median.year[int(median.values.argmin())])
    course = f"The integration index is {_level(index, first, 2)} in {first}"
    if last > first:
        course += f", lowest in {lowest} with {_level(index, lowest, 2)}, "
        course += f"and {_level(index, last, 2)} in {last}"
    statements = [Statement(f"{course}.")]
    facto, jure = (by_year(run[name]) for name in ("integration_de_facto", "dim_institutions"))
    statements.append(
        Statement(
            f"In {last} the de facto index (what states do) is {_level(facto, last, 2)}, "
            f"the de jure index (what states sign) {_level(jure, last, 2)}."
        )
    )
    total = by_year(run.trade_total_usd_bn)
    statements.append(Statement(f"Trade among the five is {_level(total, last, 1)} bn USD/yr in {last}."))
    rows = []
    for outcome in (o for o in OUTCOMES if o.variable in SHOWN):
        yearly = by_year(run[outcome.variable])
        unit = f", {outcome.unit}" if outcome.unit else ", 0 to 1"
        rows.append((outcome.title.strip() + unit, [_cell(yearly, year, outcome) for year in shown]))
    return Section(
        "Course of the run", statements, [str(y) for y in shown], rows, "Median, below it the 90 % interval of members."
    )


def _level(yearly: xr.DataArray, year: int, digits: int) -> str:
    values = yearly.sel(year=year).values
    digits = meaningful_decimals(float(median_error(values)), digits)
    low, middle, high = (rounded_level(figure, digits) for figure in interval(values))
    return middle + (f" (90 % of members: {low} to {high})" if yearly.sizes["member"] > 1 else "")


def _cell(yearly: xr.DataArray, year: int, outcome: Outcome) -> TableCell:
    values, record = yearly.sel(year=year).values, outcome.record(year) if outcome.record else ""
    digits = meaningful_decimals(float(median_error(values)), outcome.digits)
    low, middle, high = (rounded_level(figure, digits) for figure in interval(values))
    band = f"[{low}, {high}]" if yearly.sizes["member"] > 1 else ""
    return TableCell(middle, band, record=f"record {record}" if record else "")


def states_section(run: xr.Dataset) -> Section:
    """A sentence on each state at the end of the run.

    Parameters
    ----------
    run : whole years, with all variables
    """
    last = int(run["time.year"][-1])
    statements = []
    for code, name in NAME_OF.items():
        trade, lost, unmet = (
            by_year(run[v].sel(country=code))
            for v in ("trade_usd_bn", "agricultural_loss_pct_gdp", "winter_deficit_gwh")
        )
        winter = f", and unmet winter power demand {_level(unmet, last, 0)} GWh" if float(unmet.max()) else ""
        statements.append(
            Statement(
                f"{name} in {last}: trade with the four others {_level(trade, last, 1)} bn USD/yr, "
                f"farm output lost to shortage {_level(lost, last, 2)} % of GDP{winter}."
            )
        )
    if run.sizes["member"] > 1:
        statements.append(undelimited_statement(run, last))
    return Section("State by state", statements)


def undelimited_statement(run: xr.Dataset, year: int) -> Statement:
    """The borders that are not delimited at the end of a year, and in which shares of members."""
    left = by_year(run.undelimited_share).sel(year=year)
    shares = {border: float((left.sel(border=border) > DELIMITED).mean()) for border in BORDER_NAMES}
    shown = [f"{place_name(border)} in {percent(share)}" for border, share in shares.items() if share > 0]
    if not shown:
        return Statement(f"By {year} every border is delimited in every member.")
    return Statement(f"Borders not yet delimited at the end of {year}, in shares of members: {', '.join(shown)}.")
