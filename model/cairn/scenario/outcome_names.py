"""Names of outcomes: what a run can report, of which states, pairs or reservoirs.

An outcome has one canonical name, the name of its variable, and where that ends with a unit a short name without it:
`pair_trade_usd_bn` may be written `pair_trade`. A label follows after a colon or in brackets: `pair_trade:KAZ-UZB`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cairn.core.geography import BORDER_NAMES, CODES, PAIR_NAMES, RESERVOIRS, RIVERS
from cairn.step.measures import Description, catalogue
from cairn.support.text import suggest

LABELS: dict[str, list[str]] = {
    "country": list(CODES),
    "partner": list(CODES),
    "pair": list(PAIR_NAMES),
    "border": list(BORDER_NAMES),
    "reservoir": list(RESERVOIRS),
    "river": list(RIVERS),
}
UNIT_ENDINGS = ("_usd_bn", "_km3", "_gwh", "_mn", "_pct_gdp")  # left out of short names
_NAME = re.compile(r"(?P<variable>\w+)(?:\[(?P<labels>[^\]]*)\]|:(?P<after>[^@]*))?(?:@Q(?P<quarter>[1-4]))?")


class OutcomeName(NamedTuple):
    """A name taken apart.

    variable : canonical name
    labels : of its dimensions in order; none if all are meant
    quarter : 1..4 for one quarter of each year, 0 for the annual value
    """

    variable: str
    labels: tuple[str, ...]
    quarter: int = 0


def short_names(known: Mapping[str, Description] | None = None) -> dict[str, str]:
    """Canonical names by short name, for variables that have a short name that means nothing else.

    >>> short_names()["pair_trade"], "trust" in short_names()
    ('pair_trade_usd_bn', False)
    """
    known = catalogue() if known is None else known
    short: dict[str, list[str]] = {}
    for name in known:
        for ending in UNIT_ENDINGS:
            if name.endswith(ending):
                short.setdefault(name.removesuffix(ending), []).append(name)
    return {name: means[0] for name, means in short.items() if len(means) == 1 and name not in known}


def canonical_name(name: str, known: Mapping[str, Description] | None = None) -> str:
    """The name of the variable that is meant.

    Parameters
    ----------
    name : of a variable, or its short name
    known : what the model can report; None is what the shipped model can

    Raises
    ------
    ValueError
        For an unknown name, with the nearest known one.

    Examples
    --------
    >>> canonical_name("hydropower")
    'hydropower_gwh'
    """
    known = catalogue() if known is None else known
    short = short_names(known)
    if name in known:
        return name
    if name in short:
        return short[name]
    raise ValueError(f"there is no outcome {name[:60]!r}{suggest(name, (*known, *short))}")


def parse_name(text: str, known: Mapping[str, Description] | None = None) -> OutcomeName:
    """Take a name apart and check it.

    Parameters
    ----------
    text : ``"trade_total"``, ``"pair_trade:KAZ-UZB"``, ``"trust[KAZ,UZB]"``, with ``@Q4`` at the end for the value in
        the fourth quarter
    known : what the model can report; None is what the shipped model can

    Raises
    ------
    ValueError
        For an unknown variable or label, with the nearest known one.

    Examples
    --------
    >>> parse_name("pair_trade:UZB-KAZ")
    OutcomeName(variable='pair_trade_usd_bn', labels=('KAZ-UZB',), quarter=0)
    """
    known = catalogue() if known is None else known
    match = _NAME.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"there is no outcome {text[:60]!r}{suggest(text, known)}")
    variable = canonical_name(match["variable"], known)
    after = match["labels"] if match["labels"] is not None else match["after"]
    given = [label.strip() for label in re.split("[,>]", after)] if after is not None else []
    return OutcomeName(variable, check_labels(variable, given, text, known), int(match["quarter"] or 0))


def check_labels(
    variable: str, labels: Sequence[str], shown: str = "", known: Mapping[str, Description] | None = None
) -> tuple[str, ...]:
    """Labels of a variable as it has them; a pair may be given in either order.

    Raises
    ------
    ValueError
        For labels that it does not have, with the nearest one.
    """
    known = catalogue() if known is None else known
    dims, shown = known[variable].dims, repr((shown or variable)[:60])
    if labels and len(labels) != len(dims):
        raise ValueError(f"{shown}: {variable} has {len(dims)} labels, {' and '.join(dims) or 'being regional'}")
    found = []
    for dim, label in zip(dims, labels, strict=False):
        turned = "-".join(reversed(label.split("-")))
        here = next((each for each in (label, turned) if each in LABELS[dim]), None)
        if here is None:
            near = suggest(label, LABELS[dim])
            raise ValueError(f"{shown}: there is no {dim} {label!r}{near}; one of {', '.join(LABELS[dim])}")
        found.append(here)
    return tuple(found)


def places_of(variable: str, known: Mapping[str, Description] | None = None) -> list[tuple[str, ...]]:
    """The labels of each series of a variable; one without labels for a variable of the region.

    >>> places_of("flow_anomaly")
    [('syr_darya',), ('amu_darya',)]
    """
    dims = (catalogue() if known is None else known)[variable].dims
    places = itertools.product(*(LABELS[dim] for dim in dims))
    return [place for place in places if len(set(place)) == len(place)]


def parse_years(text: str) -> tuple[int, ...]:
    """Years written as single years and ranges.

    Raises
    ------
    ValueError
        For anything else.

    Examples
    --------
    >>> parse_years("2024, 2031-2033")
    (2024, 2031, 2032, 2033)
    """
    years: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{4})(?:\s*-\s*(\d{4}))?\s*", part)
        if match is None or int(match[2] or match[1]) < int(match[1]):
            raise ValueError(f"{text[:40]!r} are not years; write 2033, 2031-2035 or 2024,2031-2035")
        years += range(int(match[1]), int(match[2] or match[1]) + 1)
    return tuple(dict.fromkeys(years))
