"""The assumption dial: which conclusions about a what-if depend on how the leaders are coded."""

from __future__ import annotations

import dataclasses

from cairn.dashboard.session.outcome_menu import outcome_title
from cairn.dashboard.session.paired_arms import run_paired_arms
from cairn.dashboard.session.request import RunRequest, resolve_request
from cairn.dashboard.session.url_state import DIAL, PageState
from cairn.dashboard.views.answer_text import questions
from cairn.effects.answers import Answer, answers
from cairn.ensemble.outcomes import signed

MOST_MEMBERS = 100  # a half of the default is enough to see whether a conclusion flips


@dataclasses.dataclass(frozen=True)
class DialRow:
    """An answer under each coding of the leaders.

    Parameters
    ----------
    title : the outcome and the year
    texts : median effect with its interval by coding
    flips : codings under which the conclusion is another one than under the shipped coding
    """

    title: str
    texts: dict[str, str]
    flips: tuple[str, ...]


def dial_rows(state: PageState, request: RunRequest) -> list[DialRow]:
    """Run the two scenarios under each coding of `DIAL` and compare the conclusions.

    Parameters
    ----------
    state, request : what the page shows; at most `MOST_MEMBERS` members are run
    """
    members = min(request.members, MOST_MEMBERS)
    by_coding: dict[str, dict[str, Answer]] = {}
    for coding in DIAL:
        other = resolve_request(state.replace(coding=coding, pins=()), request.members)
        result = run_paired_arms(other.against, other.what_if, members, other.seed)
        shipped = by_coding.get("shipped", {})  # the same years under all codings
        asked = [
            (outcome, (shipped[outcome.key].year,) if outcome.key in shipped else years)
            for outcome, years in questions(other.what_if)
        ]
        found = answers(result.comparison, asked, result.comparison.names[1]) if result.differ else []
        by_coding[coding] = {answer.outcome.key: answer for answer in found}
    rows = []
    for key, as_shipped in by_coding["shipped"].items():
        same_place = {coding: found[key] for coding, found in by_coding.items() if key in found}
        texts = {coding: _dial_text(answer) for coding, answer in same_place.items()}
        flips = tuple(c for c, answer in same_place.items() if _conclusion(answer) != _conclusion(as_shipped))
        rows.append(DialRow(f"{outcome_title(as_shipped.outcome)}, {as_shipped.year}", texts, flips))
    return rows


def _conclusion(answer: Answer) -> str:
    """What an answer says: higher, lower, or no clear effect."""
    if not answer.clear:
        return "no clear effect"
    effect = answer.difference.effect
    return "lower" if (effect.mean if answer.outcome.share else effect.median) < 0 else "higher"


def _dial_text(answer: Answer) -> str:
    effect, d = answer.difference.effect, answer.outcome.shown_digits  # in the units that readers see
    if answer.outcome.share:
        return f"{_conclusion(answer)}: {signed(effect.mean, d)}"
    return f"{_conclusion(answer)}: {signed(effect.median, d)} ({signed(effect.low, d)} to {signed(effect.high, d)})"
