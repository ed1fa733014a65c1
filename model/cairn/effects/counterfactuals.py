"""Counterfactuals of the past in two versions: with noise from the whole record, and from the record up to the change.

Noise is all chance in a member: the uniforms of its acts, the residuals of its trade. It is inferred on the course of
events that happened (abduction), one scenario or the other is put in place (action), and both are run with it
(prediction). Noise that is inferred from years after the change may contain a part of what the change itself did.

Source
------
Pearl 2009, Causality, chapter 7. That the versions can differ: Buesing et al. 2018.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cairn.effects.answers import Answer
from cairn.effects.effect_rows import bounds
from cairn.ensemble.comparison import Comparison, year_of_intervention
from cairn.ensemble.effect import Effect
from cairn.ensemble.outcomes import Outcome
from cairn.scenario.scenario import Scenario
from cairn.support.csv_table import write_csv
from cairn.support.monte_carlo import meaningful_decimals, rounded_signed
from cairn.support.text_table import text_table

WITHOUT_QUESTION = ("integration_index", "trade_total_usd_bn")  # shown for scenarios that ask nothing
HEADER = ("effect on", "in", "noise", "mean", "90 % interval", "same sign")
COLUMNS = (
    "scenario", "against", "noise_from", "noise_until", "outcome", "unit", "year",
    "mean", "low", "high", "mean_error", "sign_share", "percent", "median", "median_error", "before",
)  # fmt: skip


def interventions(
    scenarios: Sequence[Scenario], last_year: int, factual: Scenario | None = None
) -> dict[int, list[int]]:
    """Positions of the scenarios that change the past on record, by the year of the first change.

    Parameters
    ----------
    scenarios : of a comparison, the reference first
    last_year : last year in which members follow the record; 0 if their past is free
    factual : as for `cairn.ensemble.comparison.year_of_intervention`
    """
    found: dict[int, list[int]] = {}
    for k, scenario in enumerate(scenarios[1:], 1):
        year = year_of_intervention([scenarios[0], scenario], factual)
        if year is not None and year <= last_year and scenarios[0].first_difference(scenario) is not None:
            found.setdefault(year, []).append(k)
    return found


@dataclasses.dataclass(frozen=True, eq=False)
class Counterfactual:
    """The effects of a scenario that changes the past, in both versions.

    Parameters
    ----------
    name : of the scenario in the comparison with noise from the whole record
    year : of the intervention
    record : the comparison with noise from the whole record
    before : the comparison with noise from the record up to the year before the intervention
    name_before : of the scenario in it
    """

    name: str
    year: int
    record: Comparison
    before: Comparison
    name_before: str

    @staticmethod
    def of(record: Comparison, before: Comparison, name: str | None = None) -> Counterfactual:
        """From `compare(..., noise_from="record")` and `compare(..., noise_from="intervention")` of the same scenarios.

        Parameters
        ----------
        name : of the scenario; it can be left out where only one is compared with the reference
        """
        name = name or record.compared[0]
        year = year_of_intervention([record.scenarios[0], record.scenario(name)])
        if year is None or name not in before.names:
            raise ValueError(f"{name} does not change the past, or is not in both comparisons")
        return Counterfactual(name, year, record, before, name)

    @property
    def versions(self) -> tuple[tuple[str, int, Comparison, str], ...]:
        """For each version where the noise is from, the last year of it, the comparison, and the scenario's name."""
        until = int(self.record.dataset.attrs["conditioned_until"])
        return (
            ("record", until, self.record, self.name),
            ("intervention", self.year - 1, self.before, self.name_before),
        )

    @property
    def note(self) -> str:
        """What distinguishes the two versions, in one sentence."""
        until = self.versions[0][1]
        before = (
            f"only up to {self.year - 1}, before the change of {self.year}"
            if self.year > int(self.record.years[0])
            else f"not at all, since the change is one of {self.year}"
        )
        return (
            "The chances and surprises that both scenarios share are inferred from the record to "
            f"{until}, or {before}: the first version keeps what happened later, which may contain a part of what the "
            "change itself did; the second draws it anew and does not follow the record after the change."
        )

    def shown(self, answers: Sequence[Answer]) -> list[tuple[Outcome, int]]:
        """Outcomes and years of the table: those of the answers, else the index and trade in the last year."""
        if answers:
            return [(answer.outcome, answer.year) for answer in answers]
        return [(self.record.outcome(key), int(self.record.years[-1])) for key in WITHOUT_QUESTION]

    def rows(self, answers: Sequence[Answer]) -> list[list[str]]:
        """Cells of the table, in the columns of `HEADER`: mean effect and interval first, the share of signs last."""
        rows = []
        for outcome, year in self.shown(answers):
            unit = f", {outcome.shown_unit}" if outcome.shown_unit else ""
            title = outcome.title.strip().removesuffix(", share of members") + unit
            for k, (_, until, comparison, name) in enumerate(self.versions):
                effect = comparison.effect(outcome, year, name)
                decimals = meaningful_decimals(effect.mean_error * outcome.scale, outcome.shown_digits)
                mean, low, high = (
                    rounded_signed(value * outcome.scale, decimals) for value in (effect.mean, *bounds(outcome, effect))
                )
                sign = "" if outcome.share or not effect.mean else _share(effect.sign_share)
                noise = f"to {until}" if until >= int(comparison.years[0]) else "drawn"
                rows.append(
                    [title if k == 0 else "", str(year) if k == 0 else "", noise, mean, f"{low} to {high}", sign]
                )
        return rows

    def to_text(self, answers: Sequence[Answer]) -> str:
        """The table for a terminal."""
        return text_table(self.rows(answers), header=HEADER)

    def to_dict(self, answers: Sequence[Answer]) -> dict[str, Any]:
        """Both versions as plain values, in the units of the model, for the years of the answers."""
        years = {answer.outcome: answer.years for answer in answers}
        wanted = [(outcome, years.get(outcome, (year,))) for outcome, year in self.shown(answers)]
        return {
            "scenario": self.name,
            "against": self.record.reference,
            "intervention": self.year,
            "text": self.note,
            "versions": [
                {
                    "noise_from": source,
                    "noise_until": until,
                    "effects": [
                        {"outcome": outcome.key, "unit": outcome.unit or "1", "year": year}
                        | {k: round(v, 6) for k, v in _figures(comparison, outcome, year, name).items() if v == v}
                        for outcome, of_interest in wanted
                        for year in of_interest
                    ],
                }
                for source, until, comparison, name in self.versions
            ],
        }


def _share(share: float) -> str:
    """A share of members in percent; 100 only for all of them.

    >>> _share(0.994), _share(0.996), _share(1.0)
    ('99 %', '>99 %', '100 %')
    """
    return ">99 %" if 0.995 <= share < 1 else f"{100 * share:.0f} %"


def _figures(comparison: Comparison, outcome: Outcome, year: int, name: str) -> dict[str, float]:
    """The figures of an effect, in the order of `COLUMNS`; NaN where one means nothing."""
    column = year - int(comparison.years[0])
    before, after = (comparison.values(outcome, arm)[:, column] for arm in (comparison.reference, name))
    effect, level = Effect.of(before, after), float(np.mean(before))
    return {
        "mean": effect.mean,
        "low": effect.low,
        "high": effect.high,
        "mean_error": effect.mean_error,
        "sign_share": effect.sign_share if effect.mean else float("nan"),
        "percent": 100 * effect.mean / abs(level) if level else float("nan"),
        "median": effect.median,
        "median_error": effect.median_error,
        "before": effect.before,
    }


def save_csv(counterfactuals: Mapping[str, Counterfactual], path: Any) -> None:
    """Write the effects of both versions on every outcome by year, in the columns of `COLUMNS`."""
    rows = (
        [
            *(each.name, each.record.reference, source, until, outcome.key, outcome.unit or "1", int(year)),
            *("" if x != x else f"{x:.6g}" for x in _figures(comparison, outcome, int(year), name).values()),
        ]
        for each in counterfactuals.values()
        for source, until, comparison, name in each.versions
        for outcome in each.record.outcomes
        for year in comparison.years
        if year >= each.year
    )
    write_csv(path, COLUMNS, rows)
