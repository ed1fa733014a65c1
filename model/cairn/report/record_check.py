"""A run against the record: how often its 90 % intervals contain what was observed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np

from cairn.core.calendar import FIRST_YEAR
from cairn.core.geography import PAIR_NAMES
from cairn.effects.report_outcomes import NAME_OF
from cairn.ensemble.annual import by_year
from cairn.ensemble.outcomes import OUTCOMES
from cairn.record import lookup
from cairn.report.effect_reader import Section, Statement, TableCell
from cairn.support.quantiles import interval

if TYPE_CHECKING:
    import xarray as xr

FITTED_TO = 2015  # last year that the calibration used


def record_section(run: xr.Dataset) -> Section:
    """How often the intervals of the run contain the record, by outcome, before and after the last calibrated year.

    Parameters
    ----------
    run : whole years, with all variables
    """
    pair = "Kyrgyzstan and Tajikistan"
    incidents = lookup.annual_values("record_incidents", "incidents", border="KGZ-TJK")
    toktogul = run.storage_km3.sel(reservoir="toktogul")
    trade = lookup.annual_values("record_trade_region", "usd_bn")
    storage = _by_year(lookup.toktogul_storage, range(FIRST_YEAR, lookup.LAST_YEAR + 1))
    statements = [
        coverage(run.trade_total_usd_bn, "Trade among the five", trade, 1, "bn USD/yr"),
        *(
            coverage(
                run.undelimited_share.sel(border=b), f"The undelimited share {b.replace('-', '–')}", _undelimited(b), 2
            )
            for b in ("KGZ-TJK", "KGZ-UZB")
        ),
        coverage(run.incidents.sel(border="KGZ-TJK"), f"Incidents between {pair}", incidents, 0, "a year"),
        coverage(toktogul, "Toktogul at the year’s end", storage, 1, "km³"),
        *meetings(run),
    ]
    statements = [statement for statement in statements if statement.text]
    statements.append(
        Statement(
            "These intervals come from the run alone. They exclude the errors of the record and structural error; "
            "model/VALIDATION.md reports how often intervals with these errors contain the record."
        )
    )
    return Section("Against the record", statements)


def coverage(values: xr.DataArray, name: str, record: dict[int, float], digits: int, unit: str = "") -> Statement:
    """In how many recorded years the interval contains the record, and in which year the record is farthest outside.

    Parameters
    ----------
    values : an outcome over members and time
    name : the outcome as the subject of a sentence
    record : observed values by year
    digits, unit : decimals and unit of the outcome

    Returns
    -------
    Statement without text if no recorded year was run, or the run has a single member
    """
    yearly = by_year(values)
    years = [year for year in record if year in yearly.year.values]
    if not years or values.sizes["member"] == 1:
        return Statement("")
    observed = np.array([record[year] for year in years])
    low, _, high = interval(yearly.sel(year=years).transpose("member", "year").values)
    above, below = observed > high, observed < low
    inside = ~above & ~below
    late = np.array(years) > FITTED_TO
    text = f"{name}: the 90 % interval of members contains the record in {inside.sum()} of {len(years)} years"
    if late.any() and not late.all():
        text += f" ({inside[late].sum()} of {late.sum()} from {FITTED_TO + 1} on, which were not used for calibration)"
    misses = [f"{word} it in {some.sum()}" for some, word in ((above, "above"), (below, "below")) if some.any()]
    if misses:
        # distance from the interval, in widths of the interval
        distance = np.where(above, observed - high, low - observed) / np.maximum(high - low, 10.0**-digits)
        n = int(np.where(inside, -np.inf, distance).argmax())
        text += (
            f"; the record is {' and '.join(misses)}, farthest in {years[n]}: {observed[n]:.{digits}f} recorded, "
            f"{low[n]:.{digits}f} to {high[n]:.{digits}f}{' ' + unit if unit else ''} in the run"
        )
    return Statement(f"{text}.", str(values.name), f"{years[0]}–{years[-1]}")


def meetings(run: xr.Dataset) -> list[Statement]:
    """Regional meetings of leaders: the number of years with one, in the run and in the record."""
    outcome = next(o for o in OUTCOMES if o.variable == "meeting_held")
    yearly = by_year(run.meeting_held)
    assert outcome.record is not None
    recorded = {int(y): outcome.record(int(y)) for y in yearly.year.values}
    years = [y for y, word in recorded.items() if word in ("yes", "no")]
    if not years:
        return []
    count = sum(recorded[y] == "yes" for y in years)
    low, middle, high = interval(yearly.sel(year=years).sum("year").values)
    band = f" (90 % of members: {low:.0f} to {high:.0f})" if run.sizes["member"] > 1 else ""
    text = (
        f"A regional meeting of leaders is recorded in {count} of the {len(years)} years for which this is known; "
        f"in the run it is held in {middle:.0f}{band}."
    )
    return [Statement(text, "meeting_held", f"{min(years)}–{max(years)}")]


def pair_trade_section(run: xr.Dataset) -> Section:
    """How often the interval of each pair's trade contains the record.

    Parameters
    ----------
    run : whole years, with `pair_trade_usd_bn`
    """
    statements, rows = [], []
    total = inside_total = 0
    for pair in PAIR_NAMES:
        record = lookup.annual_values("record_trade", "usd_bn", pair=pair)
        yearly = by_year(run.pair_trade_usd_bn.sel(pair=pair))
        years = [y for y in record if y in yearly.year.values]
        if not years:
            continue
        low, middle, high = interval(yearly.sel(year=years).transpose("member", "year").values)
        observed = np.array([record[y] for y in years])
        inside = (observed >= low) & (observed <= high)
        total, inside_total = total + len(years), inside_total + int(inside.sum())
        ratio = float(np.exp(np.log(np.maximum(middle, 1e-4) / np.maximum(observed, 1e-4)).mean()))
        texts = [f"{inside.sum()} of {len(years)}", f"{ratio:.2f}", f"{observed[-1]:.2f}", f"{middle[-1]:.2f}"]
        last = TableCell(texts[-1], f"[{low[-1]:.2f}, {high[-1]:.2f}] {years[-1]}")
        rows.append((f"{NAME_OF[pair[:3]]} – {NAME_OF[pair[4:]]}", [*map(TableCell, texts[:-1]), last]))
    if run.sizes["member"] > 1 and total:
        statements.append(
            Statement(
                f"Over all pairs the 90 % interval of members contains the record in {inside_total} of {total} "
                "pair-years."
            )
        )
    head = ["years within the interval", "run’s median over record", "last record, bn USD", "run in that year, bn USD"]
    note = "The second column is a geometric mean over years: 1 is correct, 2 is twice too much."
    return Section("Trade of pairs against the record", statements, head, rows, note)


def _undelimited(border: str) -> dict[int, float]:
    """Undelimited share of a border, in years with a report."""
    return _by_year(lambda year: lookup.undelimited_share(border, year), sorted(lookup.delimitation_years(border)))


def _by_year(value: Callable[[int], float | None], years: Iterable[int]) -> dict[int, float]:
    """A look-up in the record, for the years in which there is a value."""
    return {year: found for year in years if (found := value(year)) is not None}
