"""All that `compare` gives: answers, effects, interactions, countries, as text, plain values, files and a page."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cairn.effects import comparison_tables as tables
from cairn.effects import counterfactuals
from cairn.effects import country_effects as countries
from cairn.effects.answers import Answer, Asked, answers, interaction_texts, main_year
from cairn.effects.counterfactuals import Counterfactual
from cairn.ensemble.comparison import Comparison
from cairn.figures import write
from cairn.figures.effect_charts import winners_losers
from cairn.figures.paired_differences import paired
from cairn.figures.trade_pairs import STRUCTURAL, abduction
from cairn.report import save
from cairn.report.comparison_page import page
from cairn.support.monte_carlo import few_members


@dataclasses.dataclass(frozen=True)
class ComparisonResults:
    """The results of a comparison.

    Parameters
    ----------
    comparison : must contain what is asked for and `country_effects.outcomes_needed`
    asked : what is answered first, by scenario
    years : of the tables; by default chosen from the events and the horizon
    counterfactuals : by name, scenarios that change the past on record, in both versions
    shipped : whether the parameters are those of the shipped calibration
    """

    comparison: Comparison
    asked: Mapping[str, Sequence[Asked]]
    years: Sequence[int] = ()
    counterfactuals: Mapping[str, Counterfactual] = dataclasses.field(default_factory=dict)
    shipped: bool = True

    def answers(self, scenario: str) -> list[Answer]:
        """The answers about a scenario; none where no member differs."""
        if self.comparison.divergence(scenario) is None:
            return []
        return answers(self.comparison, self.asked[scenario], scenario)

    def interactions(self, scenario: str) -> list[str]:
        """What a stack does beyond the sum of its parts, where these are in the comparison."""
        if scenario not in self.comparison.stacks():
            return []
        return interaction_texts(self.comparison, self.answers(scenario), scenario)

    def year_of_countries(self, scenario: str) -> int:
        """The year in which countries are compared."""
        return main_year(self.answers(scenario), self.comparison)

    def to_text(self, scenario: str, width: int) -> str:
        """All about a scenario for a terminal."""
        comparison = self.comparison
        blocks = [
            tables.fill(comparison.title(scenario), width) + "\n"
            + tables.fill(f"against: {comparison.title(comparison.reference)}", width)
        ]  # fmt: skip
        if comparison.divergence(scenario) is None:
            return "\n\n".join([*blocks, tables.divergence_text(comparison, scenario)])
        said = self.answers(scenario)
        sentences = [*(answer.text for answer in said), *self.interactions(scenario)]
        if sentences:
            question = tables.fill(comparison.scenario(scenario).question, width)
            blocks.append("\n".join([question, *(tables.fill(sentence, width, "- ") for sentence in sentences)]))
        if both := self.counterfactuals.get(scenario):
            blocks.append("The past in two versions\n" + both.to_text(said) + "\n" + tables.fill(both.note, width))
        own = [answer.outcome for answer in said]
        years = [*self.years] or None
        blocks.append(tables.to_text(comparison, scenario, asked=own, years=years, width=width))
        year = self.year_of_countries(scenario)
        effects = countries.country_effects(comparison, year, scenario)
        blocks.append("Winners and losers\n" + countries.to_text(effects, year, width))
        return "\n\n".join(blocks)

    def to_dict(self) -> dict[str, Any]:
        """Answers, interactions, effects and countries as plain values."""
        names = self.comparison.compared
        return {
            "answers": [{"scenario": name} | answer.to_dict() for name in names for answer in self.answers(name)],
            "interactions": [{"scenario": name, "text": text} for name in names for text in self.interactions(name)],
            "effects": tables.to_dict(self.comparison),
            "counterfactuals": [both.to_dict(self.answers(name)) for name, both in self.counterfactuals.items()],
            "countries": [
                {"scenario": name} | row
                for name in names
                for year in [self.year_of_countries(name)]
                for row in countries.to_dict(countries.country_effects(self.comparison, year, name), year)
            ],
        }

    def notes(self) -> str:
        """How to read the numbers."""
        comparison = self.comparison
        of = "1 member" if comparison.members == 1 else f"{comparison.members} members"
        return (
            f"Medians and 90 % intervals of paired differences over {of}, seed {comparison.seed}; each member runs "
            "under all scenarios with the same random numbers. A difference is the median of the differences within "
            "members, not the difference of two medians; percentages are of the reference in the same year. Figures "
            "are rounded to their Monte Carlo error, which effects.csv has as median_error. *: the interval excludes "
            "zero. " + few_members(comparison.members)
        )

    def save(self, folder: Path) -> list[Path]:
        """Write tables, figures and the page."""
        comparison = self.comparison
        years = {name: self.year_of_countries(name) for name in comparison.compared}
        files = [folder / "effects.csv", folder / "countries.csv", folder / "comparison.nc"]
        tables.save_csv(comparison, files[0])
        countries.save_csv(comparison, years, files[1])
        comparison.save(files[2])
        if self.counterfactuals:
            files.append(folder / "counterfactuals.csv")
            counterfactuals.save_csv(self.counterfactuals, files[-1])
        for name, both in self.counterfactuals.items():
            if STRUCTURAL in comparison.dataset:
                files.append(write(abduction(both), folder / f"abduction-{name}.png"))
        for name, year in years.items():
            files.append(write(paired(comparison, name), folder / f"difference-{name}.png"))
            files.append(write(winners_losers(comparison, year, name), folder / f"countries-{name}.png"))
        return [*files, *self.save_page(folder / "report.html")]

    def save_page(self, file: Path) -> list[Path]:
        """Write the page alone."""
        save(page(self.comparison, self.asked, self.counterfactuals, shipped=self.shipped), file)
        return [file]
