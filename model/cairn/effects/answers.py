"""The question of a scenario answered first: the outcomes that it names, in a sentence each."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from cairn.effects import phrasing
from cairn.effects.effect_rows import decimals, effect_row, is_clear
from cairn.effects.phrasing import (
    PairedDifference,
    amount,
    effect_sentence,
    interval_is_negligible,
    interval_words,
    levels_words,
    listed,
    percent_of_before,
    with_space,
)
from cairn.effects.report_outcomes import subject
from cairn.ensemble.comparison import Comparison
from cairn.ensemble.effect import Effect
from cairn.ensemble.outcomes import Outcome, outcome_from, single_outcomes
from cairn.scenario.scenario import Scenario
from cairn.support.monte_carlo import rounded, rounded_signed

Asked = tuple[Outcome, tuple[int, ...]]  # an outcome and the years of interest; no years are all


def asked_of(scenario: Scenario, names: Sequence[str] = (), years: Sequence[int] = ()) -> list[Asked]:
    """The outcomes and years in which a reader is interested.

    Parameters
    ----------
    scenario : says which in `look_at`
    names : other outcomes, in place of those of the scenario
    years : other years, in place of those of the scenario

    Raises
    ------
    ValueError
        For an unknown outcome, with the nearest known one.
    """
    if names:
        return [(each, tuple(years)) for name in names for each in single_outcomes(outcome_from(name))]
    wanted: dict[Outcome, set[int]] = {}
    for entry in scenario.look_at:
        for key in entry.keys:
            for each in single_outcomes(outcome_from(key)):
                wanted.setdefault(each, set()).update(years or entry.years)
    return [(outcome, tuple(sorted(of_interest))) for outcome, of_interest in wanted.items()]


@dataclasses.dataclass(frozen=True)
class Answer:
    """The effect of a scenario on one outcome.

    Parameters
    ----------
    outcome : the outcome
    years : those of interest
    year : the one of them in which the effect is largest
    difference : the effect in that year, in the units that readers see
    effects : by year, in the units of the model
    levels : median under the scenario by year
    """

    outcome: Outcome
    years: tuple[int, ...]
    year: int
    difference: PairedDifference
    effects: dict[int, Effect]
    levels: dict[int, float]

    @property
    def text(self) -> str:
        """The answer as a sentence."""
        when = f"in {self.year}"
        if len(self.years) > 1 and not self.difference.is_zero:
            when += f" (the largest effect of {years_text(self.years)})"
        elif len(self.years) > 1:
            when = f"in {years_text(self.years)}"
        if self.outcome.share:
            return self._share_text(when)
        unit, digits = self.outcome.shown_unit, self.outcome.digits if self.outcome.scale == 1 else 0
        return effect_sentence(subject(self.outcome), self.difference, digits, unit, when)

    @property
    def clear(self) -> bool:
        """Whether the interval that is shown excludes zero."""
        return self.difference.members > 1 and is_clear(self.outcome, self.difference.effect)

    @property
    def headline(self) -> str:
        """The answer as a short sentence: level, level without the change, difference, interval."""
        d, what, unit = self.difference, subject(self.outcome), self.outcome.shown_unit
        if self.outcome.share:
            return self._share_text(f"in {self.year}")
        digits = self.outcome.digits if self.outcome.scale == 1 else 0
        if d.is_zero or d.members == 1 or interval_is_negligible(d, digits):
            when = f"in {years_text(self.years)}" if d.is_zero else f"in {self.year}"
            return effect_sentence(what, d, digits, unit, when)
        places = phrasing.decimals(d, digits)
        if not d.clear:
            low, high = (rounded_signed(bound, places) for bound in (d.effect.low, d.effect.high))
            return f"No clear effect on {what} in {self.year}: {low} to {high}{with_space(unit)} in 90 % of members."
        levels = levels_words(d, places, unit) + ("" if unit == "points" else with_space(unit))
        relative = percent_of_before(d)
        size = amount(d, places, "points" if unit == "points" else "", f" ({relative})" if relative else "")
        return f"In {self.year} {what} is {levels}: {size} (90 % of members: {interval_words(d, places)})."

    def _share_text(self, when: str) -> str:
        """The answer about what happens or does not happen in a member."""
        d, e = self.difference, self.difference.effect
        what = self.outcome.title.strip().removesuffix(", share of members")
        after, before = round(d.mean_after), round(d.mean_after - e.mean)
        levels = f"{after} % of members instead of {before} %"
        head = f"{when[0].upper()}{when[1:]} {what}: {levels}"
        if d.is_zero or d.members == 1:
            return f"{head}, the same in every member." if d.is_zero else f"{head}, in a single member."
        error = f"two standard errors: {rounded(2 * e.mean_error, 0)}"
        if abs(e.mean) <= 2 * e.mean_error:
            return f"{head}, no clear difference ({error} points)."
        points = str(abs(after - before)) if after != before else "below 1"
        return f"{head}, {points} points {'lower' if e.mean < 0 else 'higher'} ({error})."

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain values, in the units of the model."""
        rows = []
        for year, e in self.effects.items():
            change = {"percent": round(e.percent, 1)} if e.before else {}
            numbers = {"before": e.before, "after": self.levels[year], "median": e.median, "low": e.low,
                       "high": e.high, "median_error": e.median_error, "mean": e.mean}  # fmt: skip
            rows.append({"year": year} | {k: round(v, 6) for k, v in numbers.items() if v == v} | change
                        | {"clear": e.clear})  # fmt: skip
        return {
            "outcome": self.outcome.key, "title": self.outcome.title.strip(), "unit": self.outcome.unit or "1",
            "text": self.text, "largest_in": self.year, "years": rows,
        }  # fmt: skip


def answers(comparison: Comparison, asked: Sequence[Asked], scenario: str | None = None) -> list[Answer]:
    """Answers about one scenario; outcomes whose years were not run are left out.

    Parameters
    ----------
    comparison : must contain the outcomes
    asked : as of `asked_of`
    scenario : its name; it can be left out where only one is compared with the reference
    """
    begin = comparison.divergence(scenario)
    found = []
    for outcome, wanted in asked:
        years = [int(year) for year in comparison.years if year in wanted or not wanted]
        if not wanted and begin is not None:
            years = [year for year in years if year >= comparison.years[0] + begin[0] // 4]
        if years:
            found.append(_answer(comparison, outcome, tuple(years), scenario))
    return found


def answers_to(
    comparison: Comparison, scenario: str | None = None, outcomes: Sequence[str] = (), years: Sequence[int] = ()
) -> list[Answer]:
    """Answers to the question of a scenario, from its `look_at`: what `compare` prints first.

    Parameters
    ----------
    comparison : must contain the outcomes
    scenario : its name; it can be left out where only one is compared with the reference
    outcomes : names of other outcomes, in place of those of the scenario
    years : other years, in place of those of the scenario

    Raises
    ------
    ValueError
        For an unknown outcome, with the nearest known one.
    """
    name = comparison.compared[0] if scenario is None else scenario
    return answers(comparison, asked_of(comparison.scenario(name), outcomes, years), name)


def _answer(comparison: Comparison, outcome: Outcome, years: tuple[int, ...], scenario: str | None) -> Answer:
    row = effect_row(comparison, outcome, scenario, years, years)
    column = row.year - int(comparison.years[0])
    arms = [comparison.values(outcome, name) * outcome.scale for name in (comparison.reference, scenario)]
    levels = dict(zip(comparison.years.tolist(), np.median(arms[1] / outcome.scale, axis=0).tolist(), strict=True))
    difference = PairedDifference.of(*(values[:, column] for values in arms))
    return Answer(outcome, years, row.year, difference, row.effects, {year: levels[year] for year in years})


def main_year(found: Sequence[Answer], comparison: Comparison) -> int:
    """The year of the first answer that is clear, else of the first, else the last year."""
    first = next((answer for answer in found if answer.difference.clear), found[0] if found else None)
    return first.year if first else int(comparison.years[-1])


def years_text(years: Sequence[int]) -> str:
    """Years in few words.

    >>> years_text([2031, 2032, 2033]), years_text([2024, 2031])
    ('2031-2033', '2024, 2031')
    """
    whole = list(years) == list(range(years[0], years[-1] + 1)) and len(years) > 2
    return f"{years[0]}-{years[-1]}" if whole else ", ".join(map(str, years))


def interaction_texts(comparison: Comparison, found: Sequence[Answer], scenario: str) -> list[str]:
    """What a stack of scenarios does beyond the sum of the effects of each, in sentences.

    Parameters
    ----------
    comparison : must contain the stack and the scenarios that it consists of
    found : answers about the stack
    scenario : name of the stack
    """
    parts = listed(list(comparison.scenario(scenario).parts))
    sentences, additive = [], []
    for answer in found:
        outcome, effect = answer.outcome, comparison.interaction(answer.outcome, answer.year, scenario)
        if not effect.clear:
            additive.append(f"{subject(outcome)} in {answer.year}")
            continue
        size = rounded(abs(effect.median) * outcome.scale, decimals(outcome, effect))
        low, high = sorted(abs(bound) * outcome.scale for bound in (effect.low, effect.high))
        d = decimals(outcome, effect)
        word = "lower" if effect.median < 0 else "higher"
        unit = f" {outcome.shown_unit}" if outcome.shown_unit else ""
        sentences.append(
            f"Interaction of {parts}: {subject(outcome)} in {answer.year} is {size}{unit} {word} than the sum of "
            f"their single effects gives (90 % of members: {rounded(low, d)} to {rounded(high, d)} {word})."
        )
    if additive:
        outcomes = listed(additive) if sentences or len(additive) == 1 else "all of these outcomes"
        sentences.append(f"The effects of {parts} on {outcomes} add up, without a clear interaction.")
    return sentences
