"""The answer to the question of the what-if in sentences, and how it compares with the what-ifs that were pinned."""

from __future__ import annotations

from typing import Any

import numpy as np

from cairn.core.calendar import FIRST_YEAR
from cairn.dashboard.session.outcome_menu import (
    is_share,
    outcome_keys,
    outcome_title,
    outcome_unit,
    shown_decimals,
    shown_scale,
)
from cairn.dashboard.session.paired_arms import PairedArms
from cairn.dashboard.session.url_state import PageState
from cairn.effects.answers import Answer, Asked, answers, asked_of
from cairn.effects.report_outcomes import subject
from cairn.ensemble.outcomes import Outcome, outcome_from
from cairn.scenario.scenario import Scenario
from cairn.support.quantiles import interval

MOST_SENTENCES = 5


def questions(scenario: Scenario) -> list[Asked]:
    """The outcomes and years that answer the question of a scenario, as far as the page has them."""
    return [(outcome, years) for outcome, years in asked_of(scenario) if outcome.key in outcome_keys()]


def chosen_outcome(state: PageState, scenario: Scenario) -> Outcome:
    """The outcome of the large chart: the one that was chosen, else the first that answers the question."""
    if state.outcome:
        return outcome_from(state.outcome)
    asked = questions(scenario)
    return asked[0][0] if asked else outcome_from("integration_index")


def answer_list(result: PairedArms) -> list[Answer]:
    """Answers about the what-if."""
    return answers(result.comparison, questions(result.what_if), result.comparison.names[1])


def answer_sentences(result: PairedArms) -> list[str]:
    """The answer in sentences: effects of the what-if, or levels where there is only one scenario."""
    if result.differ:
        return [answer.text for answer in answer_list(result)][:MOST_SENTENCES]
    asked = questions(result.what_if) or [(outcome_from("integration_index"), ())]
    return [level_sentence(result, outcome, years[-1] if years else 0) for outcome, years in asked][:MOST_SENTENCES]


def level_sentence(result: PairedArms, outcome: Outcome, year: int) -> str:
    """The level of an outcome in the reference, and how it came there since the last year of the record."""
    year = min(year or int(result.years[-1]), int(result.years[-1]))
    values, d = shown_scale(outcome) * result.outcome(outcome, 0)[:, year - FIRST_YEAR], shown_decimals(outcome)
    head = f"In {year} {subject(outcome)} is"
    if is_share(outcome):
        return f"In {year}: {outcome_title(outcome)} in {values.mean():.0f} % of members."
    low, median, high = interval(values)
    unit = " %" if shown_scale(outcome) == 100 else f" {outcome.unit}" if outcome.unit else ""
    return f"{head} {median:.{d}f}{unit} (90 % of members: {low:.{d}f} to {high:.{d}f})."


def pin_table(result: PairedArms, outcome: Outcome, titles: list[str]) -> tuple[list[str], list[list[Any]]]:
    """All scenarios side by side in the years that answer the question: medians with 90 % intervals.

    Parameters
    ----------
    titles : of the scenarios, in words
    """
    d, scale = shown_decimals(outcome), shown_scale(outcome)
    years = [year for year in (2024, 2030, 2035, 2040) if year in result.years]
    rows: list[list[Any]] = []
    for arm, title in enumerate(titles):
        cells = []
        for year in years:
            values = scale * result.outcome(outcome, arm)[:, year - FIRST_YEAR]
            if is_share(outcome):
                cells.append(f"{values.mean():.0f}")
            else:
                low, median, high = interval(values)
                cells.append(f"{median:.{d}f} ({low:.{d}f} to {high:.{d}f})")
        rows.append([title, *cells])
    return [f"{outcome_title(outcome)}, {outcome_unit(outcome)}", *map(str, years)], rows


def chosen_member(result: PairedArms, arm: int, world: str, record: np.ndarray) -> int | None:
    """The member that a rule chooses; None for the median of all.

    Parameters
    ----------
    arm : position of the scenario
    world : one of `WORLDS` other than `member`
    record : observed trade of pairs by year, NaN where there is none, (Y, P)
    """
    index = result.outcome(outcome_from("integration_index"), arm)
    if world == "typical":
        return int(np.abs(index - np.median(index, axis=0)).mean(1).argmin())
    if world == "best":
        return int(index[:, -1].argmax())
    if world == "worst":
        return int(index[:, -1].argmin())
    if world == "nearest":
        trade = result.arms[arm].years["pair_trade_usd_bn"][:, : len(record)]
        with np.errstate(divide="ignore", invalid="ignore"):
            errors = np.log(np.maximum(trade, 1e-6)) - np.log(record[: trade.shape[1]])
        return int(np.nanmean(errors**2, axis=(1, 2)).argmin())
    return None
