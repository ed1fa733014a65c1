"""Which effects a table shows: a row for each outcome that changes clearly, one line for all others."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from cairn.ensemble.comparison import Comparison
from cairn.ensemble.effect import Effect
from cairn.ensemble.outcomes import Outcome
from cairn.scenario.outcome_names import places_of
from cairn.step.measures import Description
from cairn.support.monte_carlo import meaningful_decimals, rounded_signed

MANY_TIMES = 10  # an effect of more times the level is not given in percent of it
MOST_PLACES = 3  # rows for the series of one variable that were not asked for


@dataclasses.dataclass(frozen=True)
class EffectRow:
    """The effects of a scenario on one outcome.

    Parameters
    ----------
    outcome : the outcome
    year : in which the effect is largest
    largest : the effect in that year
    effects : by the years of the table
    """

    outcome: Outcome
    year: int
    largest: Effect
    effects: dict[int, Effect]

    @property
    def clear(self) -> bool:
        """Whether an effect of the row is clear: the interval excludes zero, or the mean of a share two errors."""
        return any(is_clear(self.outcome, effect) for effect in (self.largest, *self.effects.values()))

    @property
    def negligible(self) -> bool:
        """Whether even the largest effect rounds to zero."""
        return "<" in self.text(self.largest) or self.text(self.largest) == "0"

    @property
    def none(self) -> bool:
        """Whether no member differs in any of the years."""
        effects = (self.largest, *self.effects.values())
        return all(e.low == e.high == e.mean == 0 for e in effects)

    @property
    def title(self) -> str:
        """The outcome with the unit of its differences."""
        unit = self.outcome.shown_unit
        return self.outcome.title.strip().removesuffix(", share of members") + (f", {unit}" if unit else "")

    def text(self, effect: Effect) -> str:
        """The median of an effect, or the mean for a share of members, rounded to its Monte Carlo error."""
        return rounded_signed(_middle(self.outcome, effect) * self.outcome.scale, decimals(self.outcome, effect))

    def percent(self, effect: Effect) -> str:
        """The median in percent of the reference in the same year; empty where that is about zero, or for a share."""
        if (
            self.outcome.share
            or not effect.before
            or abs(effect.percent) > 100 * MANY_TIMES
            or self.text(effect) == "0"
        ):
            return ""
        noise = 100 * effect.median_error / abs(effect.before)
        return f"{rounded_signed(effect.percent, meaningful_decimals(noise, 0))} %"

    def interval(self, effect: Effect) -> str:
        """The 90 % interval from low to high; for a share of members two standard errors around the mean."""
        low, high = bounds(self.outcome, effect)
        d, scale = decimals(self.outcome, effect), self.outcome.scale
        return f"{rounded_signed(low * scale, d)} to {rounded_signed(high * scale, d)}"


def is_clear(outcome: Outcome, effect: Effect) -> bool:
    """Whether the interval that is shown excludes zero."""
    low, high = bounds(outcome, effect)
    return low > 0 or high < 0


def bounds(outcome: Outcome, effect: Effect) -> tuple[float, float]:
    """The 90 % interval; for a share of members the mean with two standard errors."""
    if not outcome.share:
        return effect.low, effect.high
    error = np.nan_to_num(effect.mean_error)
    return effect.mean - 2 * error, effect.mean + 2 * error


def decimals(outcome: Outcome, effect: Effect) -> int:
    """Decimals of an effect as it is shown, from its Monte Carlo error."""
    error = effect.mean_error if outcome.share else effect.median_error
    return meaningful_decimals(error * outcome.scale, outcome.shown_digits)


def _middle(outcome: Outcome, effect: Effect) -> float:
    return effect.mean if outcome.share else effect.median


def effect_row(
    comparison: Comparison, outcome: Outcome, scenario: str | None = None, years: Sequence[int] | None = None,
    among: Sequence[int] | None = None,
) -> EffectRow:  # fmt: skip
    """The row of one outcome.

    Parameters
    ----------
    years : of the table; by default `Comparison.table_years`
    among : years in which the largest effect is looked for; by default all
    """
    years = comparison.table_years(scenario) if years is None else years
    columns = np.flatnonzero(np.isin(comparison.years, comparison.years if among is None else among))
    reference, values = (comparison.values(outcome, name)[:, columns] for name in (comparison.reference, scenario))
    over = np.mean if outcome.share else np.median
    sizes = np.abs(over(values - reference, axis=0))
    if not sizes.any():  # then the year in which members differ most
        sizes = np.abs(values - reference).mean(0)
    largest = int(sizes.argmax())
    top = Effect.of(reference[:, largest], values[:, largest])
    effects = {year: comparison.effect(outcome, year, scenario) for year in years}
    return EffectRow(outcome, int(comparison.years[columns[largest]]), top, effects)


@dataclasses.dataclass(frozen=True)
class EffectRows:
    """The outcomes of a comparison, sorted by what there is to say about them.

    Parameters
    ----------
    years : columns of the table
    rows : outcomes that were asked for, then those that change clearly, the largest of each variable
    more : further outcomes that change clearly
    negligible : outcomes that change clearly by less than the last digit that is shown
    unclear : outcomes whose interval includes zero in all of the years
    same : outcomes that are the same in every member
    """

    years: list[int]
    rows: list[EffectRow]
    more: list[Outcome]
    negligible: list[Outcome]
    unclear: list[Outcome]
    same: list[Outcome]

    def others(self) -> list[tuple[str, list[Outcome]]]:
        """The outcomes without a row, below what there is to say about them."""
        return [
            ("Further clear effects", self.more),
            ("Clear, but below the last digit", self.negligible),
            ("No clear effect, the 90 % interval includes zero", self.unclear),
            ("The same in every member", self.same),
        ]


def effect_rows(
    comparison: Comparison,
    scenario: str | None = None,
    asked: Sequence[Outcome] = (),
    years: Sequence[int] | None = None,
) -> EffectRows:
    """Sort the outcomes of a comparison.

    Parameters
    ----------
    scenario : its name; it can be left out where only one is compared with the reference
    asked : outcomes that have a row in any case, first
    years : those of the table, in which the largest effect is looked for too; by default `Comparison.table_years`, and
        the largest effect of all years
    """
    shown = comparison.table_years(scenario) if years is None else [*years]
    outcomes = dict.fromkeys((*asked, *comparison.outcomes))
    every = [effect_row(comparison, outcome, scenario, shown, years) for outcome in outcomes]
    rows = [row for row in every if row.outcome in asked]
    others = [row for row in every if row.outcome not in asked]
    clear = [row for row in others if row.clear and not row.negligible]
    more: list[Outcome] = []
    for variable in dict.fromkeys(row.outcome.variable for row in clear):
        series = [row for row in clear if row.outcome.variable == variable]
        series.sort(key=lambda row: -abs(row.largest.median))
        rows += series[:MOST_PLACES]
        more += [row.outcome for row in series[MOST_PLACES:]]
    tiny = [row.outcome for row in others if row.clear and row.negligible]
    unclear = [row.outcome for row in others if not row.clear and not row.none]
    return EffectRows(shown, rows, more, tiny, unclear, [row.outcome for row in others if row.none])


def titles_text(outcomes: Sequence[Outcome], known: Mapping[str, Description] | None = None) -> str:
    """Outcomes by title, the series of one variable together; `all` where none of them is missing.

    Parameters
    ----------
    known : what the model can report; None is what the shipped model can

    >>> from cairn.ensemble.outcomes import outcome_from
    >>> titles_text([outcome_from("shortage:KAZ"), outcome_from("shortage:UZB"), outcome_from("trust_mean")])
    'water shortage KAZ, UZB; mean trust'
    """
    together: dict[str, list[str]] = {}
    variables: dict[str, str] = {}
    for outcome in outcomes:
        title = outcome.title.strip()
        place = " ".join(label for _, label in outcome.where)
        name = title.removesuffix(f" {place}") if place else title
        name += f" of {'pairs' if outcome.where[0][0] == 'pair' else 'states'}" if name == "trade" else ""
        together.setdefault(name, []).append(place if name != title else "")
        variables[name] = outcome.variable
    texts = []
    for name, places in together.items():
        whole = len(places) > 1 and len(places) == len(places_of(variables[name], known))
        texts.append(f"{name} {'(all)' if whole else ', '.join(filter(None, places))}".strip())
    return "; ".join(texts)
