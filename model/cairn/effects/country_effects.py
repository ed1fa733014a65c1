"""Winners and losers: what a scenario changes for each of the five countries, in physical units and percent.

Water is the summer water that reaches a country: its share of the supply below the reservoirs of each river. Farm
losses are the share of income lost to shortage times income. Percentages are of the reference in the same year.
"""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cairn.core.geography import CENTRAL_ASIA, CODES, NAMES, RIVERS
from cairn.effects.comparison_tables import fill
from cairn.effects.phrasing import with_space
from cairn.ensemble.comparison import Comparison
from cairn.ensemble.effect import Effect
from cairn.ensemble.outcomes import Outcome, outcome_from
from cairn.support.csv_table import write_csv
from cairn.support.monte_carlo import meaningful_decimals, rounded_signed
from cairn.support.text_table import text_table

MANY_TIMES = 10  # a change of more times the level is not given in percent of it
COLUMNS = ("scenario", "against", "year", "country", "quantity", "unit", "low", "median", "high", "median_error",
           "before", "level", "percent", "better")  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Quantity:
    """What a table of countries shows.

    Parameters
    ----------
    title, unit : for readers
    digits : most decimals
    more_is_better : whether an increase is a gain
    names : outcomes that are needed, with ``{}`` where the country stands
    value : from these, (M, Y) each, and the position of the country to the quantity, (M, Y)
    base, of : the outcome of a country of which it is given in percent, and how readers call it; by default the
        quantity itself
    """

    title: str
    unit: str
    digits: int
    more_is_better: bool
    names: tuple[str, ...]
    value: Callable[..., np.ndarray]
    base: str = ""
    of: str = "level"


def _first(values: list[np.ndarray], country: int) -> np.ndarray:
    return values[0]


def _summer_water(values: list[np.ndarray], country: int) -> np.ndarray:
    shares = CENTRAL_ASIA.downstream_share[:, country, 0]
    return np.sum([share * supply for share, supply in zip(shares, values, strict=True)], axis=0)


def _farm_losses(values: list[np.ndarray], country: int) -> np.ndarray:
    percent, income = values
    return percent / 100 * income


QUANTITIES = (
    Quantity("summer water", "km3", 2, True, tuple(f"summer_supply_km3:{r}@Q4" for r in RIVERS), _summer_water),
    Quantity("winter power deficit", "GWh", 0, False, ("winter_deficit_gwh:{}",), _first,
             "hydropower_gwh:{}", "hydropower"),
    Quantity("farm losses", "bn USD/yr", 2, False, ("agricultural_loss_pct_gdp:{}", "gdp_usd_bn:{}"), _farm_losses,
             "gdp_usd_bn:{}", "income"),
    Quantity("trade", "bn USD/yr", 2, True, ("trade_usd_bn:{}",), _first),
    Quantity("income", "bn USD/yr", 1, True, ("gdp_usd_bn:{}",), _first),
)  # fmt: skip


@functools.cache
def outcomes_needed() -> tuple[Outcome, ...]:
    """What a comparison must contain for the table."""
    names = (
        name.format(code) for quantity in QUANTITIES for code in CODES for name in (*quantity.names, quantity.base)
    )
    return tuple(map(outcome_from, dict.fromkeys(filter(None, names))))


@dataclasses.dataclass(frozen=True)
class CountryEffect:
    """The effect on one quantity of one country.

    Parameters
    ----------
    quantity, country : what, and the code of the country
    effect : paired differences in the quantity's unit
    level : median in the reference in the same year, of what the percentage is of
    """

    quantity: Quantity
    country: str
    effect: Effect
    level: float

    @property
    def none(self) -> bool:
        """Whether no member differs."""
        return self.effect.low == self.effect.high == self.effect.mean == 0

    @property
    def negligible(self) -> bool:
        """Whether the median rounds to zero."""
        return self.median_text == "0" or "<" in self.median_text

    @property
    def median_text(self) -> str:
        """The median with its sign, rounded to its Monte Carlo error."""
        return rounded_signed(self.effect.median, meaningful_decimals(self.effect.median_error, self.quantity.digits))

    @property
    def short_text(self) -> str:
        """The quantity with its change.

        For example `farm losses +2.05 bn USD/yr`.
        """
        return f"{self.quantity.title} {self.median_text}{with_space(self.quantity.unit)}"

    @property
    def percent(self) -> float | None:
        """The median in percent of the level; None if that is about zero."""
        e = self.effect
        return 100 * e.median / self.level if self.level and abs(e.median) <= MANY_TIMES * abs(self.level) else None

    @property
    def better(self) -> bool | None:
        """Whether the country gains; None if the effect is not clear."""
        return (self.effect.median > 0) == self.quantity.more_is_better if self.effect.clear else None

    @property
    def text(self) -> str:
        """Median and percent of the level, rounded to the Monte Carlo error; `*` where it is clear."""
        if self.none:
            return "0"
        e = self.effect
        text = self.median_text + ("*" if e.clear else "")
        if self.percent is None or text.strip("*") == "0":
            return text
        noise = 100 * e.median_error / abs(self.level)
        return f"{text} ({rounded_signed(self.percent, meaningful_decimals(noise, 0))} %)"


def country_effects(comparison: Comparison, year: int, scenario: str | None = None) -> list[CountryEffect]:
    """Effects on all quantities of all countries in a year.

    Parameters
    ----------
    comparison : must contain `outcomes_needed`
    year : of the effects
    scenario : its name; it can be left out where only one is compared with the reference
    """
    column = int(year - comparison.years[0])
    found = []
    for quantity in QUANTITIES:
        for k, code in enumerate(CODES):
            names = [name.format(code) for name in quantity.names]
            before, after = (
                quantity.value([comparison.values(name, arm) for name in names], k)
                for arm in (comparison.reference, scenario)
            )
            effect = Effect.of(before[:, column], after[:, column])
            base = comparison.values(quantity.base.format(code), comparison.reference) if quantity.base else before
            found.append(CountryEffect(quantity, code, effect, float(np.median(base[:, column]))))
    return found


def to_text(effects: list[CountryEffect], year: int, width: int = 120) -> str:
    """The table for a terminal: a row for each country, a column for each quantity that changes."""
    shown = [quantity for quantity in QUANTITIES if any(not e.none for e in effects if e.quantity is quantity)]
    if not shown:
        return f"In {year} no country gains or loses: water, winter power, farm losses, trade and income are the same."
    cells = {(e.quantity.title, e.country): e.text for e in effects}
    head = [f"in {year}", *(f"{quantity.title}, {quantity.unit}" for quantity in shown)]
    rows = [
        [name, *(cells[quantity.title, code] for quantity in shown)] for code, name in zip(CODES, NAMES, strict=True)
    ]
    table = text_table(rows, header=head)
    wide = max(map(len, table.splitlines())) <= width
    if not wide:  # turned: a block of rows for each quantity
        head = [f"in {year}", *CODES]
        rows = [[f"{q.title}, {q.unit}", *(cells[q.title, code].partition(" ")[0] for code in CODES)] for q in shown]
        parts = [[f"    % of {q.of}", *(_percent(cells[q.title, code]) for code in CODES)] for q in shown]
        table = text_table([row for pair in zip(rows, parts, strict=True) for row in pair], header=head)
    same = [quantity.title for quantity in QUANTITIES if quantity not in shown]
    if wide:
        of = "; ".join(f"{q.title}: {q.of}" for q in shown)
        table += "\n" + fill(f"In brackets: percent of what it is in {year} without the change; {of}.", width)
    note = f"\nThe same in every member: {', '.join(same)}." if same else ""
    return f"{table}{note}"


def _percent(cell: str) -> str:
    return cell.partition(" (")[2].removesuffix(" %)")


def to_dict(effects: list[CountryEffect], year: int) -> list[dict[str, Any]]:
    """The table as plain values."""
    return [
        {
            "country": e.country,
            "quantity": e.quantity.title,
            "unit": e.quantity.unit,
            "year": year,
            **{name: round(getattr(e.effect, name), 6) for name in ("low", "median", "high", "before")},
            "level": round(e.level, 6),
            "percent_of": f"{e.quantity.of} of {year} in the reference",
            "percent": None if e.percent is None else round(e.percent, 2),
            "better": e.better,
        }
        for e in effects
    ]


def save_csv(comparison: Comparison, years: dict[str, int], path: os.PathLike[str] | str) -> None:
    """Write the tables of all scenarios, in the columns of `COLUMNS`.

    Parameters
    ----------
    years : of the effects, by scenario
    """
    write_csv(path, COLUMNS, _csv_rows(comparison, years))


def _csv_rows(comparison: Comparison, years: dict[str, int]) -> Iterator[list[Any]]:
    for scenario, year in years.items():
        for e in country_effects(comparison, year, scenario):
            better = "" if e.better is None else "yes" if e.better else "no"
            figures = (e.effect.low, e.effect.median, e.effect.high, e.effect.median_error, e.effect.before, e.level)
            texts = ["" if x != x else f"{x:.6g}" for x in figures]
            percent = "" if e.percent is None else f"{e.percent:.4g}"
            labels = scenario, comparison.reference, year, e.country, e.quantity.title, e.quantity.unit
            yield [*labels, *texts, percent, better]
