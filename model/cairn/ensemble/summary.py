"""A run in numbers a person can read: headline outcomes by year with bands, beside the record where there is one."""

from __future__ import annotations

import csv
import dataclasses
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.record.tables import read
from cairn.support.atomic_write import atomic_write

if TYPE_CHECKING:
    import xarray as xr

YEARS = (1995, 2005, 2015, 2024, 2040)
BANDS_HOLD = "Bands hold chance, our ignorance of leaders, and numbers as far as the record leaves them open."
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
SUMS = frozenset({"incidents", "deaths", "incidents_total", "deaths_total", "hydropower_gwh", "release_km3",
                  "inflow_km3", "spill_km3"})  # fmt: skip
ANY = frozenset({"meeting_held", "attended", "leaders_met", "leader_changed"})
LAST = frozenset({"undelimited_share", "storage_km3"})


@dataclasses.dataclass(frozen=True)
class Outcome:
    """A headline outcome: where it is in a dataset, how it is shown, what the record says of a year."""

    title: str
    variable: str
    where: tuple[tuple[str, str], ...] = ()
    digits: int = 2
    unit: str = ""
    record: Callable[[int], str] | None = None
    share: bool = False  # shown as the share of worlds, without a band
    quarter: int = 0  # 1..4: as it stood in this quarter of each year; 0: of the whole year

    @property
    def key(self) -> str:
        """Name in machine-readable output: variable, or variable[label], of one quarter with @Q and its number."""
        labels = ",".join(label for _, label in self.where)
        of_quarter = f"@Q{self.quarter}" if self.quarter else ""
        return (f"{self.variable}[{labels}]" if labels else self.variable) + of_quarter


def by_year(values: xr.DataArray) -> xr.DataArray:
    """Quarters to years: sums of counts and flows, whether anything happened, the last of stocks, else means."""
    grouped = values.groupby("time.year")
    if values.name in SUMS:
        return grouped.sum()
    if values.name in ANY:
        return grouped.max()
    return grouped.last() if values.name in LAST else grouped.mean()


def whole_years(worlds: xr.Dataset) -> xr.Dataset:
    """Without the quarters of a year that was not run whole, as after a checkpoint in mid-year."""
    months = worlds.time.dt.month.values
    whole_from = int(np.flatnonzero(months == 1)[0]) if (months == 1).any() else months.size
    return worlds.isel(time=slice(whole_from, None))


def _recorded(table: str, name: str, label: str, value: str, digits: int) -> Callable[[int], str]:
    def look_up(year: int) -> str:
        found = [r for r in read(table) if r[name] == label and r["year"] == str(year) and r[value]]
        return f"{float(found[0][value]):.{digits}f}" if found else ""

    return look_up


def _trade_of_region(year: int) -> str:
    found = [row for row in read("record_trade_region") if row["year"] == str(year)]
    if not found:
        return ""
    officials = found[-1]["concept"].startswith("officials")
    return f"{float(found[-1]['usd_bn']):.1f}" + ("*" if officials else "")


def _delimited(border: str) -> Callable[[int], str]:
    def look_up(year: int) -> str:
        rows = [r for r in read("record_delimitation") if r["border"] == border and int(r["date"][:4]) <= year]
        if not rows:
            return "" if year >= 2000 else "1.00"
        last = max(rows, key=lambda r: r["date"])
        return f"{1 - float(last['delimited_share']):.2f}" if year <= 2025 else ""

    return look_up


def _toktogul(year: int) -> str:
    quarters = [r for r in read("record_toktogul") if r["year"] == str(year) and r["quarter"] == "4"]
    days = [r for r in read("record_toktogul_points") if r["date"] == f"{year}-12-31"]
    value = (quarters and quarters[0]["storage_end_km3"]) or (days and days[0]["storage_km3"])
    return f"{float(value):.1f}" if value else ""


def _summit(year: int) -> str:
    if year > 2025:
        return ""
    kinds = ("organisation", "consultative", "five", "aral")
    found = any(r["date"][:4] == str(year) and r["kind"] in kinds for r in read("record_summits"))
    # the list is complete since 2006 only: before, silence is no evidence
    return "yes" if found else ("no" if year >= 2006 else "")


OUTCOMES: tuple[Outcome, ...] = (
    Outcome("integration index", "integration_index"),
    Outcome("  de facto, what states do", "integration_de_facto"),
    Outcome("  de jure, what they sign", "dim_institutions"),
    Outcome("trade of the five", "trade_total_usd_bn", (), 1, "bn USD/yr", _trade_of_region),
    Outcome("trade KAZ-UZB", "pair_trade_usd_bn", (("pair", "KAZ-UZB"),), 2, "bn USD/yr",
            _recorded("record_trade", "pair", "KAZ-UZB", "usd_bn", 2)),
    Outcome("trade TJK-UZB", "pair_trade_usd_bn", (("pair", "TJK-UZB"),), 2, "bn USD/yr",
            _recorded("record_trade", "pair", "TJK-UZB", "usd_bn", 2)),
    Outcome("mean trust", "trust_mean"),
    Outcome("mean openness of borders", "openness_mean"),
    Outcome("undelimited share KGZ-UZB", "undelimited_share", (("border", "KGZ-UZB"),), 2, "", _delimited("KGZ-UZB")),
    Outcome("undelimited share KGZ-TJK", "undelimited_share", (("border", "KGZ-TJK"),), 2, "", _delimited("KGZ-TJK")),
    Outcome("incidents KGZ-TJK", "incidents", (("border", "KGZ-TJK"),), 0, "1/yr",
            _recorded("record_incidents", "border", "KGZ-TJK", "incidents", 0)),
    Outcome("Toktogul at year's end", "storage_km3", (("reservoir", "toktogul"),), 1, "km3", _toktogul),
    Outcome("meeting held, share of worlds", "meeting_held", (), 2, "", _summit, share=True),
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Cell:
    """An outcome in a year: median and 90 % band over members, and the record."""

    median: float
    low: float
    high: float
    record: str


def table(worlds: xr.Dataset, years: tuple[int, ...] = YEARS) -> dict[Outcome, dict[int, Cell]]:
    """Headline outcomes of a run by year; outcomes that were not recorded are left out."""
    found: dict[Outcome, dict[int, Cell]] = {}
    covered = set(np.unique(worlds["time.year"].values).tolist())
    for outcome in OUTCOMES:
        if outcome.variable not in worlds:
            continue
        yearly = by_year(worlds[outcome.variable].sel(dict(outcome.where)))
        cells = {}
        for year in (y for y in years if y in covered):
            values = yearly.sel(year=year).values.astype(float)
            low, median, high = np.quantile(values, (0.05, 0.5, 0.95))
            middle = values.mean() if outcome.share else median
            cells[year] = Cell(middle, low, high, outcome.record(year) if outcome.record else "")
        found[outcome] = cells
    return found


def as_lines(found: dict[Outcome, dict[int, Cell]]) -> list[str]:
    """The table for a terminal: medians, bands below them, and the record where there is one; 100 columns."""
    years = sorted({year for cells in found.values() for year in cells})

    def line(title: str, texts: dict[int, str]) -> str:
        return (f"{title:30}" + "".join(f"{texts.get(year, ''):>14}" for year in years)).rstrip()

    lines = [line("", {year: str(year) for year in years}), "-" * (30 + 14 * len(years))]
    for outcome, cells in found.items():
        d = outcome.digits
        title = outcome.title + (f", {outcome.unit}" if outcome.unit else "")
        lines.append(line(title, {y: f"{c.median:.{d}f}" for y, c in cells.items()}))
        if not outcome.share:
            lines.append(line("    90 % band", {y: f"[{c.low:.{d}f}, {c.high:.{d}f}]" for y, c in cells.items()}))
        if any(c.record for c in cells.values()):
            lines.append(line("    record", {y: c.record for y, c in cells.items()}))
    if any(c.record.endswith("*") for cells in found.values() for c in cells.values()):
        lines.append("* official total; other records are customs statistics, see model/cairn/data")
    return lines


def as_json(found: dict[Outcome, dict[int, Cell]]) -> list[dict[str, Any]]:
    """The table as plain values."""
    return [
        {
            "outcome": outcome.key,
            "title": outcome.title.strip(),
            "unit": outcome.unit or "1",
            "year": year,
            "median" if not outcome.share else "share": round(cell.median, 6),
            **({} if outcome.share else {"p05": round(cell.low, 6), "p95": round(cell.high, 6)}),
            "record": cell.record or None,
        }
        for outcome, cells in found.items()
        for year, cell in cells.items()
    ]


def save_csv(worlds: xr.Dataset, path: os.PathLike[str] | str) -> None:
    """Every variable by year as quantiles over members: variable, label, year, p05, p25, p50, p75, p95, mean, unit."""
    with atomic_write(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["variable", "label", "year", "p05", "p25", "p50", "p75", "p95", "mean", "unit"])
        for name, values in worlds.data_vars.items():
            yearly = by_year(values)
            quantiles = np.quantile(yearly.transpose("member", "year", ...).values, LEVELS, axis=0)
            means = yearly.mean("member").transpose("year", ...).values
            labels = [d for d in yearly.dims if d not in ("member", "year")]
            for place in np.ndindex(*means.shape[1:]):
                label = "-".join(str(yearly[d].values[k]) for d, k in zip(labels, place, strict=True))
                if len(labels) == 2 and place[0] == place[1]:
                    continue
                for t, year in enumerate(yearly.year.values):
                    row = [f"{q:.6g}" for q in quantiles[(slice(None), t, *place)]]
                    writer.writerow([name, label, year, *row, f"{means[(t, *place)]:.6g}", values.units])
