"""Other codings of leaders, to test how far results depend on the judgements of the coders, and how far coders agree.

Independent codings exist of personalism, and of nothing that is openness to the region. `first_year` computes openness
by rule; `force` takes a leader's willingness to use force as its opposite. Leaders whom a coding does not know keep the
shipped code.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from cairn.core.geography import CODES
from cairn.core.leader_names import CODINGS, LEADERS
from cairn.events import Succession
from cairn.record.tables import read
from cairn.scenario.scenario import Scenario
from cairn.support.text import suggest

SHIPPED, FIRST_YEAR_CODING = "shipped", "first_year"
OPENNESS_SHIFT = 0.15  # Assumed: error of all codes of openness
ACT_SIZE = 0.15  # Assumed: what one act that opens or closes a border adds to, or takes from, a code of one half
RESTRICTIONS = ("visa_regime", "transport_link", "border_closure", "mining")
LEAST, MOST = 0.05, 0.95  # bounds of computed codes
OF_OPENNESS, OF_PERSONALISM = (FIRST_YEAR_CODING, "force"), ("magaloni", "gwf", "reign", "chisols")
PERSONALISM: Mapping[str, Mapping[str, float]] = {  # Assumed: what the categories of a coding mean between 0 and 1
    "magaloni": {"0": 0.1, "1": 0.5, "2": 0.9},
    "gwf": {"personal": 0.9, "party-personal": 0.7},
    "reign": {"personal": 0.9, "party-personal": 0.7, "party-based": 0.3, "provisional": 0.2, "presidential": 0.1},
    "chisols": {"0": 0.2, "1": 0.9},
}


def check_coding(coding: str) -> str:
    """The name of a coding, empty for the shipped one.

    Raises
    ------
    ValueError
        For an unknown name, with the nearest known one.

    Examples
    --------
    >>> check_coding("shipped"), check_coding("gwf")
    ('', 'gwf')
    """
    if coding in ("", SHIPPED):
        return ""
    if coding not in CODINGS:
        raise ValueError(f"there is no coding {coding[:40]!r}{suggest(coding, CODINGS)}; one of {', '.join(CODINGS)}")
    return coding


def with_coding(scenario: Scenario, coding: str) -> Scenario:
    """A scenario with another coding of its named leaders.

    Parameters
    ----------
    scenario : scenario to change
    coding : one of `cairn.core.leader_names.CODINGS`, or empty for the shipped one
    """
    coding = check_coding(coding)
    if not coding:
        return scenario
    if coding in ("lower", "higher"):
        return scenario.with_parameters(openness_shift=OPENNESS_SHIFT if coding == "higher" else -OPENNESS_SHIFT)
    trait, codes = ("openness" if coding in OF_OPENNESS else "personalism"), codes_of(coding)
    for name, event in scenario.events.items():
        if isinstance(event, Succession) and event.leader in codes:
            scenario = scenario.amend(name, **{trait: codes[event.leader]})
    return scenario


def recoded(scenario: Scenario, coding: str) -> Scenario:
    """A scenario for runs under another coding, named after it.

    The calibrated offsets of leaders belong to the shipped codes of openness; where a coding replaces these, members
    draw openness around the new codes alone.

    Parameters
    ----------
    scenario, coding : as for `with_coding`
    """
    if not (coding := check_coding(coding)):
        return scenario
    changed = with_coding(scenario, coding)
    if coding in OF_OPENNESS:
        changed = changed.with_parameters(openness_offset=dict.fromkeys(LEADERS, 0.0), judgement_spread=1.0)
    return changed.rename(f"{scenario.name}-{coding}", title=f"{scenario.title}, leaders coded as {coding}")


def codes_of(coding: str) -> dict[str, float]:
    """Codes by leader, 0..1, of the trait that a coding is about; only leaders that it knows.

    Parameters
    ----------
    coding : shipped codes of openness, or one of `OF_OPENNESS` and `OF_PERSONALISM`
    """
    if coding in OF_PERSONALISM:
        rows = [row for row in read("leader_codings") if row["coding"] == coding]
        scale = PERSONALISM[coding]
        return {row["leader"]: scale[row["value"]] for row in rows if not row["about"].startswith("change")}
    baseline = Scenario.load("baseline")
    if coding == FIRST_YEAR_CODING:
        return first_year_codes(baseline)
    return force_codes(shipped_codes(baseline, "openness"))


def shipped_codes(scenario: Scenario, trait: str) -> dict[str, float]:
    """The shipped codes by leader; the mean of a leader who changes course."""
    codes: dict[str, list[float]] = {}
    for event in scenario.events.values():
        if isinstance(event, Succession) and event.leader in LEADERS:
            codes.setdefault(event.leader, []).append(getattr(event, trait))
    return {leader: float(np.mean(values)) for leader, values in codes.items()}


def force_codes(shipped: Mapping[str, float]) -> dict[str, float]:
    """Openness as the opposite of willingness to use force.

    It has the mean and the spread of the shipped codes of the same leaders. The sign is Assumed: force abroad and
    openness to neighbours are not the same thing.
    """
    force = {row["leader"]: float(row["value"]) for row in read("leader_codings") if row["coding"] == "force"}
    values = np.array(list(force.values()))
    same = np.array([shipped[leader] for leader in force])
    codes = same.mean() - same.std() * (values - values.mean()) / values.std()
    return dict(zip(force, np.clip(codes, LEAST, MOST).round(3).tolist(), strict=True))


def first_year_codes(scenario: Scenario) -> dict[str, float]:
    """Openness of each leader, computed by rule from events on the country's borders in the first year in office.

    One half, plus `ACT_SIZE` for each visa regime, cut link, closure or minefield that ended and for joining a regional
    organisation, minus as much for each that began. It uses no later years and no judgement.

    Returns
    -------
    Codes by leader, 0.05 to 0.95
    """
    codes: dict[str, float] = {}
    for event in scenario.events.values():
        if isinstance(event, Succession) and event.leader and event.manner != "hardening":
            begin = event.date
            end = begin + dt.timedelta(days=366)
            acts = sum(_net_openings(other, event.country, begin, end) for other in scenario.events.values())
            codes[event.leader] = float(np.clip(0.5 + ACT_SIZE * acts, LEAST, MOST))
    return codes


def _net_openings(event: Any, country: str, begin: dt.date, end: dt.date) -> int:
    """Openings minus closings of a country's borders that an event makes between two dates."""
    assert country in CODES
    if event.type in RESTRICTIONS and any(country in pair.split("-") for pair in event.pairs):
        closed = begin <= event.start < end
        opened = event.end is not None and begin <= event.end < end
        return int(opened) - int(closed)
    if event.type == "organisation" and event.action in ("found", "admit") and country in event.members:
        return int(begin <= event.date < end)
    return 0


@dataclasses.dataclass(frozen=True)
class Agreement:
    """How far two codings of a trait agree on the leaders that both know.

    Parameters
    ----------
    trait : openness or personalism
    first, second : names of codings
    leaders : how many both know
    correlation : 1, nan where one of them gives all leaders the same code
    mean_difference : mean absolute difference, on the scale 0..1
    """

    trait: str
    first: str
    second: str
    leaders: int
    correlation: float
    mean_difference: float


def coder_agreement() -> list[Agreement]:
    """Agreement of each two codings of the same trait, the shipped one first.

    `lower` and `higher` are left out, since they are the shipped codes.
    """
    baseline = Scenario.load("baseline")
    return [
        _agreement(trait, first, second)
        for trait, codings in (("openness", OF_OPENNESS), ("personalism", OF_PERSONALISM))
        for first, second in itertools.combinations(
            {SHIPPED: shipped_codes(baseline, trait), **{name: codes_of(name) for name in codings}}.items(), 2
        )
    ]


def agreement_table() -> str:
    """`coder_agreement` as a Markdown table."""
    head = ("trait", "coding", "compared with", "leaders", "correlation", "mean absolute difference")
    rows = [
        (a.trait, a.first, a.second, f"{a.leaders}", _correlation(a.correlation), f"{a.mean_difference:.2f}")
        for a in coder_agreement()
    ]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, ("---",) * len(head), *rows))


def _correlation(value: float) -> str:
    return "one code for all" if np.isnan(value) else f"{value:+.2f}"


def _agreement(trait: str, first: tuple[str, dict[str, float]], second: tuple[str, dict[str, float]]) -> Agreement:
    both = [leader for leader in first[1] if leader in second[1]]
    one, other = (np.array([codes[leader] for leader in both]) for codes in (first[1], second[1]))
    varied = min(np.ptp(one), np.ptp(other)) > 0
    correlation = float(np.corrcoef(one, other)[0, 1]) if varied else float("nan")
    return Agreement(trait, first[0], second[0], len(both), correlation, float(np.abs(one - other).mean()))
