"""How often the bands of a run hold the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cairn.core.calendar import FIRST_YEAR
from cairn.core.geography import PAIR_NAMES
from cairn.ensemble.annual import by_year
from cairn.ensemble.outcomes import OUTCOMES
from cairn.record import tables
from cairn.report.effect_reader import Cell, Finding, Group
from cairn.report.report_outcomes import NAME_OF

if TYPE_CHECKING:
    import xarray as xr

RECORD_TO = 2025  # the last year of which there can be a record
UNSEEN = 2016  # from here on nothing was fitted


def against_record(worlds: xr.Dataset) -> Group:
    """How often the band of the run holds what was observed, by outcome, before and after the fit's last year."""
    border, pair = ("border", "KGZ-TJK"), "Kyrgyzstan and Tajikistan"
    incidents = _of("record_incidents", "incidents", border)
    toktogul = worlds.storage_km3.sel(reservoir="toktogul")
    findings = [
        held(worlds.trade_total_usd_bn, "Trade among the five", _of("record_trade_region", "usd_bn"), 1, "bn USD/yr"),
        *(
            held(worlds.undelimited_share.sel(border=b), f"The undelimited share {b.replace('-', '–')}", _left(b), 2)
            for b in ("KGZ-TJK", "KGZ-UZB")
        ),
        held(worlds.incidents.sel(border="KGZ-TJK"), f"Incidents between {pair}", incidents, 0, "a year"),
        held(toktogul, "Toktogul at the year’s end", _by_year_of("storage_km3"), 1, "km³"),
        *met(worlds),
    ]
    findings = [finding for finding in findings if finding.text]
    findings.append(
        Finding(
            "The bands here are of the run alone. They leave out the errors of the record and what the model cannot "
            "explain; model/VALIDATION.md says how often bands hold the record with those on top."
        )
    )
    return Group("Against the record", findings)


def held(values: xr.DataArray, name: str, record: dict[int, float], digits: int, unit: str = "") -> Finding:
    """In how many recorded years the band holds the record, and where it misses by most."""
    yearly = by_year(values)
    years = [year for year in record if year in yearly.year.values]
    if not years or values.sizes["member"] == 1:
        return Finding("")
    seen = np.array([record[year] for year in years])
    low, high = np.quantile(yearly.sel(year=years).transpose("member", "year").values, (0.05, 0.95), axis=0)
    above, below = seen > high, seen < low
    inside = ~above & ~below
    late = np.array(years) >= UNSEEN
    text = f"{name}: the band of 90 % of worlds holds the record in {inside.sum()} of {len(years)} years"
    if late.any() and not late.all():
        text += f" ({inside[late].sum()} of {late.sum()} from {UNSEEN} on, when nothing was fitted)"
    misses = [
        f"the record lies {word} it in {some.sum()}"
        for some, word in ((above, "above"), (below, "below"))
        if some.any()
    ]
    if misses:
        # how far outside, in widths of the band
        far = np.where(above, seen - high, low - seen) / np.maximum(high - low, 10.0**-digits)
        n = int(np.where(inside, -np.inf, far).argmax())
        text += (
            f"; {' and '.join(misses)}, farthest in {years[n]}: {seen[n]:.{digits}f} recorded, "
            f"{low[n]:.{digits}f} to {high[n]:.{digits}f}{' ' + unit if unit else ''} in the run"
        )
    return Finding(f"{text}.", str(values.name), f"{years[0]}–{years[-1]}")


def met(worlds: xr.Dataset) -> list[Finding]:
    """Regional meetings of leaders: how many years had one, run and record."""
    outcome = next(o for o in OUTCOMES if o.variable == "meeting_held")
    yearly = by_year(worlds.meeting_held)
    assert outcome.record is not None
    told = {int(y): outcome.record(int(y)) for y in yearly.year.values}
    years = [y for y, word in told.items() if word in ("yes", "no")]
    if not years:
        return []
    seen = sum(told[y] == "yes" for y in years)
    low, middle, high = np.quantile(yearly.sel(year=years).sum("year").values, (0.05, 0.5, 0.95))
    band = f" (90 % of worlds: {low:.0f} to {high:.0f})" if worlds.sizes["member"] > 1 else ""
    known = f"{seen} of {len(years)} years for which that is known"
    text = f"A regional meeting of leaders is recorded in {known}; the run has {middle:.0f}{band}."
    return [Finding(text, "meeting_held", f"{min(years)}–{max(years)}")]


def trade_of_pairs(worlds: xr.Dataset) -> Group:
    """How often the band of each pair's trade holds the record."""
    findings, rows = [], []
    total = inside_total = 0
    for pair in PAIR_NAMES:
        record = _of("record_trade", "usd_bn", ("pair", pair))
        yearly = by_year(worlds.pair_trade_usd_bn.sel(pair=pair))
        years = [y for y in record if y in yearly.year.values]
        if not years:
            continue
        low, middle, high = np.quantile(
            yearly.sel(year=years).transpose("member", "year").values, (0.05, 0.5, 0.95), axis=0
        )
        seen = np.array([record[y] for y in years])
        inside = (seen >= low) & (seen <= high)
        total, inside_total = total + len(years), inside_total + int(inside.sum())
        ratio = float(np.exp(np.log(np.maximum(middle, 1e-4) / np.maximum(seen, 1e-4)).mean()))
        texts = [f"{inside.sum()} of {len(years)}", f"{ratio:.2f}", f"{seen[-1]:.2f}", f"{middle[-1]:.2f}"]
        cells = [*map(Cell, texts[:-1]), Cell(texts[-1], f"[{low[-1]:.2f}, {high[-1]:.2f}] {years[-1]}")]
        rows.append((f"{NAME_OF[pair[:3]]} – {NAME_OF[pair[4:]]}", cells))
    if worlds.sizes["member"] > 1 and total:
        findings.append(
            Finding(
                f"Over all pairs the band of 90 % of worlds holds the record in {inside_total} of {total} pair-years."
            )
        )
    head = ["band holds, years", "run’s median over record", "last record, bn USD", "run in that year, bn USD"]
    note = "The second column is a geometric mean over years: 1 is right, 2 is twice too much."
    return Group("Trade of pairs against the record", findings, head, rows, note)


def _of(table: str, column: str, where: tuple[str, str] | None = None) -> dict[int, float]:
    """A column of the record by year; of several figures of a year the last."""
    rows: Sequence[dict[str, str]] = tables.read(table)
    return {int(r["year"]): float(r[column]) for r in rows if r[column] and (where is None or r[where[0]] == where[1])}


def _left(border: str) -> dict[int, float]:
    """What of a border is undelimited, only in years in which a report came."""
    reported = {int(r["date"][:4]) for r in tables.read("record_delimitation") if r["border"] == border}
    return {y: v for y, v in _by_year_of("undelimited_share", (("border", border),)).items() if y in reported}


def _by_year_of(variable: str, where: tuple[tuple[str, str], ...] | None = None) -> dict[int, float]:
    """The record that the summary's table shows of an outcome."""
    outcome = next(o for o in OUTCOMES if o.variable == variable and where in (None, o.where))
    assert outcome.record is not None
    return {y: float(text) for y in range(FIRST_YEAR, RECORD_TO + 1) if (text := outcome.record(y))}
