"""What the page shows, and the link that describes it: a reload or another reader of the link gets the same results.

A link names the scenario that the what-if extends, every edit under its key in a scenario file, and the view:
`?scenario=baseline&events.uzb_succession_2016=off&events.qosh_tepa_canal.finish=2035&country=UZB&quarter=2016Q4`.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from cairn.core.calendar import FIRST_YEAR, LAST_YEAR, quarter_name
from cairn.core.geography import CODES
from cairn.dashboard.session.outcome_menu import outcome_keys
from cairn.scenario.inheritance import shipped_names
from cairn.support.frozen_dict import FrozenDict
from cairn.support.text import one_line, suggest

BASELINE = "baseline"
MAX_LINK_LENGTH = 6000  # characters; some browsers, servers and mail programs cut longer links
MAX_LINK_PARAMETERS = 500
MAX_PINS = 3
RECORD_YEAR = 2025  # last year of the record
LAST_RECORDED = (RECORD_YEAR - FIRST_YEAR) * 4 + 3
WORLDS = {  # what the map can show
    "median": "Median of all members",
    "typical": "The member closest to the median",
    "nearest": "The member nearest the record of trade",
    "best": "Best: the member with the highest index in the last year",
    "worst": "Worst: the member with the lowest index in the last year",
    "random": "A member at random",
    "member": "The member that is played or was drawn",
}
DIAL = {  # codings of the leaders that the page offers
    "shipped": "as judged",
    "first_year": "by a blind rule: acts on the borders in the first year in office",
    "lower": "all 0.15 less open",
    "higher": "all 0.15 more open",
}
_QUARTER = re.compile(r"(\d{4})Q([1-4])")


@dataclasses.dataclass(frozen=True)
class PageState:
    """What the page shows: the what-if scenario, the scenario it is compared with, and the view.

    Parameters
    ----------
    scenario : the shipped scenario that the what-if extends, or several joined by `+`; empty if it extends none
    against : the shipped scenario that the what-if is compared with
    edits : key in a scenario file to its value as YAML on one line, such as `events.rogun.start` to `2030-01`
    member : number of the member shown
    country : code of the country shown
    quarter : last quarter played of the member shown
    year : year of the table of results
    outcome : key of the outcome in the large chart; empty for the first that answers the question
    map_year : year of the map
    world : what the map shows: the median of all members, or one member chosen by a rule of `WORLDS`
    coding : coding of the leaders in all scenarios, one of `DIAL`
    pins : pinned what-ifs, each as the part of a link that describes it
    """

    scenario: str = BASELINE
    against: str = BASELINE
    edits: Mapping[str, str] = dataclasses.field(default_factory=FrozenDict)
    member: int = 0
    country: str = "UZB"
    quarter: int = LAST_RECORDED
    year: int = LAST_YEAR
    outcome: str = ""
    map_year: int = RECORD_YEAR
    world: str = "median"
    coding: str = "shipped"
    pins: tuple[str, ...] = ()

    def replace(self, **fields: Any) -> PageState:
        """Return a copy with other values of some fields."""
        return dataclasses.replace(self, **fields)

    def with_edit(self, key: str, value: str | None) -> PageState:
        """Return a copy with one edit set, or removed if `value` is None."""
        others = {k: v for k, v in self.edits.items() if k != key}
        return self.replace(edits=FrozenDict(others if value is None else {**self.edits, key: value}))

    def without_edits_to(self, event: str) -> PageState:
        """Return a copy without the edits to an event."""
        key = f"events.{event}"
        kept = {k: v for k, v in self.edits.items() if k != key and not k.startswith(f"{key}.")}
        return self.replace(edits=FrozenDict(kept))


def to_query(state: PageState) -> str:
    """Write a page state as the part of a link after the `?`; default values are left out."""
    default = PageState()
    fields: dict[str, Any] = {
        "scenario": state.scenario,
        "against": state.against,
        **state.edits,
        "member": state.member,
        "country": state.country,
        "quarter": quarter_name(state.quarter),
        "year": state.year,
        "outcome": state.outcome,
        "map_year": state.map_year,
        "world": state.world,
        "coding": state.coding,
    }
    defaults = {name: getattr(default, name) for name in fields if hasattr(default, name)}
    defaults["quarter"] = quarter_name(default.quarter)
    parts = [(k, v) for k, v in fields.items() if defaults.get(k) != v]
    parts += [(f"pin{n}", pin) for n, pin in enumerate(state.pins, start=1)]
    return urlencode(parts, safe=",:", quote_via=quote)


def what_if_query(state: PageState) -> str:
    """The part of a link that describes the what-if alone, as pins store it."""
    return to_query(PageState(scenario=state.scenario, edits=state.edits)) or f"scenario={state.scenario}"


def from_query(query: str) -> tuple[PageState, list[str]]:
    """Read a page state from a link.

    Parameters
    ----------
    query : the part of the link after the `?`, or with it

    Returns
    -------
    state, errors
        Fields with an error keep their defaults. Edits are not checked here: the reader of scenario files does it.

    Examples
    --------
    >>> from_query("country=UZB&year=1066")[1]
    ['year: expected a whole number 1992..2040; got 1066']
    """
    if len(query) > 4 * MAX_LINK_LENGTH:
        return PageState(), [f"the link is longer than {4 * MAX_LINK_LENGTH} characters; load a scenario file instead"]
    try:
        values = dict(parse_qsl(query.removeprefix("?"), keep_blank_values=True, max_num_fields=MAX_LINK_PARAMETERS))
    except ValueError:
        return PageState(), [f"the link has more than {MAX_LINK_PARAMETERS} parts; load a scenario file instead"]
    errors: list[str] = []
    fields: dict[str, Any] = {}
    for key, parse in _PARSERS.items():
        if key in values:
            try:
                fields[key] = parse(values.pop(key))
            except ValueError as problem:
                errors.append(f"{key}: {one_line(str(problem))}")
    pins = tuple(pin[:MAX_LINK_LENGTH] for n in range(1, MAX_PINS + 1) if (pin := values.pop(f"pin{n}", "")))
    return PageState(edits=FrozenDict(values), pins=pins, **fields), errors


def _whole_number(text: str, low: int, high: int) -> int:
    if not re.fullmatch(r"-?\d{1,9}", text) or not low <= int(text) <= high:
        raise ValueError(f"expected a whole number {low}..{high}; got {text[:40]}")
    return int(text)


def _shipped_scenario(text: str) -> str:
    if text not in shipped_names():
        raise ValueError(f"there is no scenario {text[:40]!r}{suggest(text, shipped_names())}")
    return text


def _one_of(known: Mapping[str, str]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in known:
            raise ValueError(f"expected one of {', '.join(known)}; got {text[:40]!r}{suggest(text, known)}")
        return text

    return parse


def _outcome(text: str) -> str:
    if text and text not in outcome_keys():
        raise ValueError(f"there is no outcome {text[:40]!r} on the page{suggest(text, outcome_keys())}")
    return text


def _country(text: str) -> str:
    if text not in CODES:
        raise ValueError(f"expected one of {', '.join(CODES)}; got {text[:40]!r}{suggest(text, CODES)}")
    return text


def _quarter(text: str) -> int:
    match = _QUARTER.fullmatch(text)
    if not match or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        raise ValueError(f"expected a quarter {FIRST_YEAR}Q1..{LAST_YEAR}Q4; got {text[:40]!r}")
    return (int(match[1]) - FIRST_YEAR) * 4 + int(match[2]) - 1


_PARSERS: dict[str, Callable[[str], Any]] = {
    "scenario": str,  # checked by the reader of scenario files
    "against": _shipped_scenario,
    "member": lambda text: _whole_number(text, 0, 999_999),
    "country": _country,
    "quarter": _quarter,
    "year": lambda text: _whole_number(text, FIRST_YEAR, LAST_YEAR),
    "outcome": _outcome,
    "map_year": lambda text: _whole_number(text, FIRST_YEAR, LAST_YEAR),
    "world": _one_of(WORLDS),
    "coding": _one_of(DIAL),
}
