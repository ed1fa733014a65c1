"""The first page of a report: three sentences, one chart, how sure they are and why, and who gains and who loses."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cairn.calibration.posterior import HARDLY_IDENTIFIED, shrinkage_by_name
from cairn.core.geography import CODES
from cairn.core.parameter_sets import CONDITIONED, ParameterSets, ParameterSource, resolve_parameters
from cairn.effects.answers import Answer, Asked, answers, main_year
from cairn.effects.country_effects import CountryEffect, country_effects, outcomes_needed
from cairn.effects.phrasing import listed
from cairn.effects.report_outcomes import place_name, subject
from cairn.ensemble.comparison import Comparison
from cairn.figures.effect_charts import course, winners_losers
from cairn.figures.integration import integration
from cairn.report import inline
from cairn.report.caveats import RECORD_ENDS, changed_leaders
from cairn.scenario.diff import Difference, differences
from cairn.scenario.scenario import Scenario
from cairn.support.monte_carlo import few_members

if TYPE_CHECKING:
    import xarray as xr

SENTENCES = 3
SHOWN_LEADERS = 2
INDEX = "integration_index"


@dataclasses.dataclass(frozen=True)
class FirstPage:
    """What a reader must know of the effects of a scenario.

    Parameters
    ----------
    sentences : three at most
    chart, chart_caption : a figure as the `src` of an image, and what it shows
    sure : how sure the sentences are, and why
    countries : sentences on who gains and who loses; empty without the outcomes that they need
    countries_chart : a figure of them; empty with `countries`
    year : of the countries
    """

    sentences: list[str]
    chart: str
    chart_caption: str
    sure: list[str]
    countries: list[str]
    countries_chart: str
    year: int

    def to_dict(self) -> dict[str, Any]:
        """The texts as plain values."""
        return {"sentences": self.sentences, "how_sure": self.sure, "countries": self.countries}


def first_page(
    comparison: Comparison, asked: Sequence[Asked], changes: Sequence[Difference], *, shipped: bool,
    scenario: str | None = None,
) -> FirstPage:  # fmt: skip
    """The first page on one scenario of a comparison.

    Parameters
    ----------
    comparison : must contain the outcomes that are asked for
    asked : what is answered, as of `cairn.effects.answers.asked_of`
    changes : what differs between the scenarios
    shipped : whether the parameters are those of the shipped calibration
    scenario : its name; it can be left out where only one is compared with the reference
    """
    found = answers(comparison, asked, scenario)
    last = int(comparison.years[-1])
    index = [outcome for outcome in comparison.outcomes if outcome.variable == INDEX]
    if not found:  # nothing is asked, or its years were not run
        found = answers(comparison, [((*index, *comparison.outcomes)[0], (last,))], scenario)
    year = main_year(found, comparison)
    has_countries = {outcome.series for outcome in outcomes_needed()} <= {*map(str, comparison.dataset.data_vars)}
    effects = country_effects(comparison, year, scenario) if has_countries else []
    told = sorted(found, key=lambda answer: not answer.clear)[:SENTENCES]  # the order of the scenario, clear ones first
    sentences = [answer.headline for answer in told]
    gains = country_sentences(effects, year)
    if len(sentences) < SENTENCES:
        sentences += gains[: SENTENCES - len(sentences)]
    if len(sentences) < SENTENCES and INDEX not in {answer.outcome.variable for answer in told}:
        sentences += [answer.headline for answer in answers(comparison, [(each, (last,)) for each in index], scenario)]
    shown = told[0]
    return FirstPage(
        sentences,
        inline(course(comparison, shown.outcome, shown.year, scenario)),
        f"{_capital(subject(shown.outcome))} under both scenarios",
        how_sure(comparison, found, changes, shipped=shipped, scenario=scenario),
        gains,
        inline(winners_losers(comparison, year, scenario)) if effects else "",
        year,
    )


def country_sentences(effects: Sequence[CountryEffect], year: int) -> list[str]:
    """Who is worse off and who is better off in a year, in one sentence each, or that none clearly is."""
    if not effects:
        return []
    sentences = []
    for better, words in ((False, "Worse off"), (True, "Better off")):
        parts = []
        for code in CODES:
            clear = [e for e in effects if e.country == code and e.better is better and not e.negligible]
            if clear:
                parts.append(f"{place_name(code)} ({', '.join(e.short_text for e in clear)})")
        if parts:
            sentences.append(f"{words} in {year}: {'; '.join(parts)}.")
    return sentences or [f"No country clearly gains or loses water, winter power, trade or income in {year}."]


def how_sure(
    comparison: Comparison, found: Sequence[Answer], changes: Sequence[Difference], *, shipped: bool,
    scenario: str | None = None,
) -> list[str]:  # fmt: skip
    """How sure the answers are within the model, on what they depend, and what no interval covers."""
    lines = [_clear_line(comparison, found)]
    if leaders := changed_leaders(comparison.scenarios[0], comparison.scenario(scenario), changes):
        more = [f"{len(leaders) - SHOWN_LEADERS} more"] if len(leaders) > SHOWN_LEADERS else []
        which = listed([*leaders[:SHOWN_LEADERS], *more])
        lines.append(
            f"A judgement decides the size: {which}. The openness of leaders was coded by people who knew what "
            "happened later; other codes give other sizes (model/VALIDATION.md)."
        )
    return [*lines, *_general_lines(comparison.members, int(comparison.years[-1]), shipped=shipped)]


def _general_lines(members: int, last_year: int, *, shipped: bool) -> list[str]:
    """What applies to any run: its size, its parameters, the years without a test, what is left out."""
    lines = []
    if few := few_members(members):
        few = few.removeprefix("Warning: ")
        lines.append(few[0].upper() + few[1:])
    if shipped:
        shrinkage = shrinkage_by_name()
        hardly = sum(value < HARDLY_IDENTIFIED for value in shrinkage.values())
        lines.append(
            f"The record to 2015 narrows {len(shrinkage) - hardly} of {len(shrinkage)} calibrated parameters and "
            f"hardly the other {hardly}, those of trust among them. What depends on these is assumed."
        )
    else:
        lines.append(
            "The parameters are not those of the shipped calibration: how far the record supports them is open."
        )
    if last_year > RECORD_ENDS:
        lines.append(
            f"Nothing after {RECORD_ENDS} can be tested yet: rivers, markets and leaders of later years are assumed or "
            "drawn. This is no forecast."
        )
    lines.append("What the model leaves out is in no interval (model/ODD.md lists its limits).")
    return lines


def _clear_line(comparison: Comparison, found: Sequence[Answer]) -> str:
    """Whether the intervals exclude zero."""
    if comparison.members == 1:
        return "A single member has no interval: a difference may be random variation."
    clear, of = sum(answer.clear for answer in found), len(found)
    outcomes = "the outcome that answers the question" if of == 1 else f"the {of} outcomes that answer the question"
    if clear == of:
        return f"Clear within the model: the 90 % interval of {outcomes} excludes zero."
    if clear == 0:
        return f"Not clear within the model: the 90 % interval of {outcomes} includes zero."
    return f"Clear in part: of {outcomes}, {clear} have a 90 % interval that excludes zero."


def first_page_of_run(run: xr.Dataset, sentences: Sequence[str], *, shipped: bool) -> FirstPage:
    """The first page on a run without a comparison: its course.

    Parameters
    ----------
    run : whole years, with all variables
    sentences : on the course of the run
    shipped : whether the parameters are those of the shipped calibration
    """
    until, last, members = int(run.attrs.get("conditioned_until", 0)), int(run["time.year"][-1]), run.sizes["member"]
    past = f"Members follow the record to {until}" if until else "The past is simulated; it is not tied to the record"
    sure = [f"{past}.", *_general_lines(members, last, shipped=shipped)]
    chart = inline(integration(run))
    return FirstPage([*sentences][:SENTENCES], chart, "The index, its parts and its dimensions", sure, [], "", last)


def difference_labels(against: Scenario, scenario: Scenario) -> dict[str, str]:
    """The words for each key that differs between two scenarios; empty where it is not of an event."""
    labels = {**against.labels, **scenario.labels}
    keys = (difference.key for difference in differences(against, scenario))
    return {key: labels.get(key.split(".")[1], "") if key.startswith("events.") else "" for key in keys}


def is_shipped(parameters: ParameterSource) -> bool:
    """Whether the parameters are the shipped posterior."""
    sets = resolve_parameters(parameters)
    return isinstance(sets, ParameterSets) and sets.origin == ParameterSets.load(CONDITIONED).origin


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
