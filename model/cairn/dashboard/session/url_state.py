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
from cairn.scenario.inheritance import shipped_names
from cairn.support.frozen_dict import FrozenDict
from cairn.support.text import one_line, suggest

BASELINE = "baseline"
MAX_LINK_LENGTH = 6000  # characters; some browsers, servers and mail programs cut longer links
MAX_LINK_PARAMETERS = 500
_QUARTER = re.compile(r"(\d{4})Q([1-4])")


@dataclasses.dataclass(frozen=True)
class PageState:
    """What the page shows: the what-if scenario, the scenario it is compared with, and the view.

    Parameters
    ----------
    scenario : the shipped scenario that the what-if extends; empty if it extends none
    against : the shipped scenario that the what-if is compared with
    edits : key in a scenario file to its value as YAML on one line, such as `events.rogun.start` to `2030-01`
    member : number of the member shown
    country : code of the country shown
    quarter : last quarter simulated of the member shown; -1 before the first
    year : year of the table of results
    """

    scenario: str = BASELINE
    against: str = BASELINE
    edits: Mapping[str, str] = dataclasses.field(default_factory=FrozenDict)
    member: int = 0
    country: str = "UZB"
    quarter: int = -1
    year: int = LAST_YEAR

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
    fields = {
        "scenario": state.scenario,
        "against": state.against,
        **state.edits,
        "member": state.member,
        "country": state.country,
        "quarter": quarter_name(state.quarter) if state.quarter >= 0 else "",
        "year": state.year,
    }
    defaults = {"scenario": default.scenario, "against": default.against, "member": 0, "country": default.country}
    defaults |= {"quarter": "", "year": default.year}
    return urlencode([(k, v) for k, v in fields.items() if defaults.get(k) != v], safe=",:", quote_via=quote)


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
    return PageState(edits=FrozenDict(values), **fields), errors


def _whole_number(text: str, low: int, high: int) -> int:
    if not re.fullmatch(r"-?\d{1,9}", text) or not low <= int(text) <= high:
        raise ValueError(f"expected a whole number {low}..{high}; got {text[:40]}")
    return int(text)


def _shipped_scenario(text: str) -> str:
    if text not in shipped_names():
        raise ValueError(f"there is no scenario {text[:40]!r}{suggest(text, shipped_names())}")
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
}
