"""What a reader of the page chose, and the link that says it: reload it, send it, and the same numbers come.

A link names the scenario that is built on, every change under the key it has in a scenario file, and what is looked
at: `?scenario=baseline&events.uzb_succession_2016=off&events.qosh_tepa_canal.finish=2035&country=UZB&quarter=2016Q4`.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from cairn.core.calendar import FIRST_YEAR, LAST_YEAR, quarter_name
from cairn.core.geography import CODES
from cairn.scenario.inheritance import shipped_names
from cairn.support.frozen_dict import FrozenDict
from cairn.support.text import one_line, suggest

BASELINE = "baseline"
LONGEST_LINK = 6000  # letters; a longer one is no link that everything on its way lets pass
MOST_KEYS = 500
_QUARTER = re.compile(r"(\d{4})Q([1-4])")


@dataclasses.dataclass(frozen=True)
class Choice:
    """What the page shows.

    scenario : what the what-if builds on, a shipped one; empty if it stands alone
    against : the shipped scenario it is held against
    changes : key of a scenario file to its value as YAML on one line, `events.rogun.start` to `2030-01`
    world : number of the member that is played
    quarter : how far it has been played; -1 is the beginning
    """

    scenario: str = BASELINE
    against: str = BASELINE
    changes: Mapping[str, str] = dataclasses.field(default_factory=FrozenDict)
    world: int = 0
    country: str = "UZB"
    quarter: int = -1
    year: int = LAST_YEAR

    def replace(self, **changes: Any) -> Choice:
        """The same with other fields."""
        return dataclasses.replace(self, **changes)

    def changed(self, key: str, value: str | None) -> Choice:
        """The same with one change set, or with None taken back."""
        others = {k: v for k, v in self.changes.items() if k != key}
        return self.replace(changes=FrozenDict(others if value is None else {**self.changes, key: value}))

    def without(self, event: str) -> Choice:
        """The same with all changes to an event taken back."""
        mine = (f"events.{event}", f"events.{event}.")
        return self.replace(
            changes=FrozenDict({k: v for k, v in self.changes.items() if k != mine[0] and not k.startswith(mine[1])})
        )


def as_link(choice: Choice) -> str:
    """The choice as the part of an address after the `?`; what is as on a fresh page is left out."""
    fresh = Choice()
    shown = {
        "scenario": choice.scenario,
        "against": choice.against,
        **choice.changes,
        "world": choice.world,
        "country": choice.country,
        "quarter": quarter_name(choice.quarter) if choice.quarter >= 0 else "",
        "year": choice.year,
    }
    blank = {"scenario": fresh.scenario, "against": fresh.against, "world": 0, "country": fresh.country}
    blank |= {"quarter": "", "year": fresh.year}
    return urlencode([(k, v) for k, v in shown.items() if blank.get(k) != v], safe=",:", quote_via=quote)


def from_link(query: str) -> tuple[Choice, list[str]]:
    """What a link says, and what is wrong with what it says of the page; the rest is for the reader of scenarios.

    >>> from_link("country=UZB&year=1066")[1]
    ['year: a whole number 1992..2040 is needed; got 1066']
    """
    if len(query) > 4 * LONGEST_LINK:
        return Choice(), [f"the link is longer than {4 * LONGEST_LINK} letters; load a scenario file instead"]
    try:
        given = dict(parse_qsl(query.removeprefix("?"), keep_blank_values=True, max_num_fields=MOST_KEYS))
    except ValueError:
        return Choice(), [f"the link has more than {MOST_KEYS} parts; load a scenario file instead"]
    wrong: list[str] = []
    read: dict[str, Any] = {}
    for key, reader in _READERS.items():
        if key in given:
            try:
                read[key] = reader(given.pop(key))
            except ValueError as problem:
                wrong.append(f"{key}: {one_line(str(problem))}")
    return Choice(changes=FrozenDict(given), **read), wrong


def a_whole_number(text: str, low: int, high: int) -> int:
    """A whole number within bounds."""
    if not re.fullmatch(r"-?\d{1,9}", text) or not low <= int(text) <= high:
        raise ValueError(f"a whole number {low}..{high} is needed; got {text[:40]}")
    return int(text)


def _shipped(text: str) -> str:
    if text not in shipped_names():
        raise ValueError(f"there is no scenario {text[:40]!r}{suggest(text, shipped_names())}")
    return text


def _country(text: str) -> str:
    if text not in CODES:
        raise ValueError(f"one of {', '.join(CODES)} is needed; got {text[:40]!r}{suggest(text, CODES)}")
    return text


def _quarter(text: str) -> int:
    found = _QUARTER.fullmatch(text)
    if not found or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise ValueError(f"a quarter {FIRST_YEAR}Q1..{LAST_YEAR}Q4 is needed; got {text[:40]!r}")
    return (int(found[1]) - FIRST_YEAR) * 4 + int(found[2]) - 1


_READERS: dict[str, Callable[[str], Any]] = {
    "scenario": str,  # the reader of scenarios finds it, or says what is wrong with it
    "against": _shipped,
    "world": lambda text: a_whole_number(text, 0, 999_999),
    "country": _country,
    "quarter": _quarter,
    "year": lambda text: a_whole_number(text, FIRST_YEAR, LAST_YEAR),
}
