"""Events in words: what happens, when, and under which theme.

An event may have a `label` of its own in a scenario file. Without one the words are built from its fields. A label has
no date: the years in front of it always come from the event, so that they stay true when a scenario moves the event.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cairn.core.geography import CODES, NAMES
from cairn.events.base import Event

THEMES: dict[str, tuple[str, ...]] = {  # types of event by theme
    "Leaders and unrest": ("succession", "leader_stays", "leader_lottery", "unrest"),
    "Borders, travel and conflict": (
        "border_closure", "border_opening", "visa_regime", "transport_link", "corridor", "mining", "demining",
        "delimitation_treaty", "clash", "war", "freeze", "pandemic",
    ),
    "Water and power": (
        "canal", "reservoir", "drought", "wet_years", "climate_trend", "water_efficiency", "grid", "energy_crisis",
    ),
    "Trade and income": ("tariff", "reexports", "sanctions", "growth_path"),
    "Organisations and treaties": ("organisation", "summit_series", "agreement", "membership"),
    "Outside powers": ("threat", "c5plus1", "patron_pull"),
    "Model": ("parameter",),
}  # fmt: skip
OTHER_THEME = "Other"
RIVER_NAMES = {"syr_darya": "Syr Darya", "amu_darya": "Amu Darya"}
DAM_NAMES = {"toktogul": "Toktogul", "kambarata_1": "Kambar-Ata-1", "nurek": "Nurek", "rogun": "Rogun"}
PARTNER_NAMES = {"RUS": "Russia", "CHN": "China", "EU": "the European Union", "TUR": "Turkey", "ROW": "other countries"}
_WITHOUT_ARTICLE = ("EurAsEC", "GUUAM", "CICA")
_NAMES = dict(zip(CODES, NAMES, strict=True))


def theme_of(event_type: str) -> str:
    """The theme of a type of event.

    >>> theme_of("drought"), theme_of("volcano")
    ('Water and power', 'Other')
    """
    return next((theme for theme, types in THEMES.items() if event_type in types), OTHER_THEME)


def event_labels(events: Mapping[str, Event]) -> dict[str, str]:
    """The label of each event with the years in which it happens, by name.

    Parameters
    ----------
    events : all events of a scenario: the words for a new leader name the one before

    Examples
    --------
    >>> from cairn.scenario.scenario import Scenario
    >>> labels = event_labels(Scenario.load("baseline").events)
    >>> labels["uzb_succession_2016"], labels["csto_uzb_2006"]
    ('2016: Mirziyoyev succeeds Karimov', '2006-2012: Uzbekistan in the CSTO')
    """
    return {name: f"{event_years(event)}: {event_words(event, events)}" for name, event in events.items()}


def event_years(event: Event) -> str:
    """The year of an event, or its first and last year; a year and `on` for one without an end."""
    if (date := getattr(event, "date", None)) is not None:
        return str(date.year)
    start, end = event.start.year, getattr(event, "end", None) or getattr(event, "finish", None)  # type: ignore[attr-defined]
    if end is None:
        return f"{start} on"
    last = end.year - 1 if (end.month, end.day) == (1, 1) and end.year > start else end.year
    return str(start) if last == start else f"{start}-{last}"


def event_words(event: Event, events: Mapping[str, Event] | None = None) -> str:
    """What happens, in a few words and without the date: the label of the event, else words built from its fields.

    Parameters
    ----------
    event : the event
    events : all events of the scenario, to name the leader before a succession
    """
    if event.label:
        return event.label
    if event.type == "succession":
        return _succession(event, events or {})
    if event.type == "leader_stays":
        return _leader_stays(event, events or {})
    build = _BUILDERS.get(event.type)
    return build(event) if build else _plain(event)


def _plain(event: Any) -> str:
    """Words for an event of a type that is not shipped: its type and where it acts."""
    codes = [getattr(event, "country", None), *getattr(event, "countries", ())]
    places = [country_list([code for code in codes if code])] if any(codes) else []
    places += [pair_list(event.pairs)] if getattr(event, "pairs", ()) else []
    return " ".join([_capital(event.type.replace("_", " ")), *(f"in {place}" for place in places[:1])])


def _succession(event: Any, events: Mapping[str, Event]) -> str:
    where = _name(event.country)
    if event.drawn:
        return f"New leader of {where}, drawn at random"
    if event.manner == "inherited":
        return f"{event.leader} leads {where}"
    if not event.leader[0].isupper():  # not a person: "a successor in Dushanbe"
        return _capital(event.leader)
    if event.manner == "hardening":
        return f"{event.leader} changes course"
    before = _leader_before(event.country, event.date, events)
    how = " after an overthrow" if event.manner == "overthrow" else ""
    return f"{event.leader} succeeds {before}{how}" if before else f"{event.leader} takes office in {where}"


def _leader_stays(event: Any, events: Mapping[str, Event]) -> str:
    leader = _leader_before(event.country, event.start, events) or f"the leader of {_name(event.country)}"
    return _capital(f"{'the ' + leader[2:] if leader.startswith('a ') else leader} stays in office")


def _leader_before(country: str, date: dt.date, events: Mapping[str, Event]) -> str:
    """The leader in office before a date, as far as the events of a scenario name one."""
    earlier: list[Any] = [
        event for event in events.values()
        if event.type == "succession" and event.country == country and event.date < date  # type: ignore[attr-defined]
    ]  # fmt: skip
    return max(earlier, key=lambda event: event.date).leader if earlier else ""


def country_list(codes: Sequence[str]) -> str:
    """Names of countries; "all five" for all.

    >>> country_list(["KAZ", "KGZ", "UZB"])
    'Kazakhstan, Kyrgyzstan and Uzbekistan'
    """
    return "all five" if set(codes) == set(CODES) else _listed([_name(code) for code in codes])


def pair_list(pairs: Sequence[str]) -> str:
    """Names of the countries of one or more pairs.

    >>> pair_list(["KAZ-UZB"]), pair_list(["KAZ-UZB", "KGZ-UZB"])
    ('Kazakhstan and Uzbekistan', 'Uzbekistan and Kazakhstan, Kyrgyzstan')
    """
    each = [pair.split("-") for pair in pairs]
    if len(each) == 1:
        return _listed([_name(code) for code in each[0]])
    shared = [code for code in each[0] if all(code in pair for pair in each)]
    if shared:
        others = [_name(code) for pair in each for code in pair if code != shared[0]]
        return f"{_name(shared[0])} and {', '.join(others)}"
    return country_list([code for code in CODES if any(code in pair for pair in each)])


def _name(code: str) -> str:
    return _NAMES.get(code) or PARTNER_NAMES.get(code, code)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _on_rivers(event: Any) -> str:
    names = [RIVER_NAMES.get(river, river.replace("_", " ").title()) for river in event.rivers]
    return "both rivers" if len(names) == 2 else f"the {_listed(names)}"


def _membership(event: Any) -> str:
    what = "observer in" if event.status == "observer" else "in"
    article = "" if event.organisation in _WITHOUT_ARTICLE else "the "
    return _capital(f"{country_list(event.countries)} {what} {article}{event.organisation}")


def _corridor(event: Any) -> str:
    return f"{event.name} built"


def _parameter(event: Any) -> str:
    return f"{event.name} is {event.value:g}" + (f" in {country_list(event.countries)}" if event.countries else "")


def _closure(event: Any) -> str:
    verb = "closed" if event.openness <= 0.25 else "restricted"
    return f"Border {verb} between {pair_list(event.pairs)}"


def _organisation(event: Any) -> str:
    members = country_list(event.members) if event.members else ""
    return {
        "found": f"{_capital(members)} found their own organisation",
        "admit": f"{_capital(members)} admitted to the organisation of the five",
        "absorb": "The organisation of the five is merged into another",
        "dissolve": "The organisation of the five is dissolved",
    }[event.action]


def _grid(event: Any) -> str:
    who = _name(event.country)
    if event.cut_by:
        return f"{_name(event.cut_by)} cuts {who} off the common power grid"
    return f"{who} {'leaves' if event.action == 'leave' else 'joins'} the common power grid"


_BUILDERS: dict[str, Callable[[Any], str]] = {
    "leader_lottery": lambda e: f"Leaders of {country_list(e.countries)} change by chance",
    "unrest": lambda e: f"Unrest in {_name(e.country)}",
    "border_closure": _closure,
    "border_opening": lambda e: f"Border opened between {pair_list(e.pairs)}",
    "visa_regime": lambda e: f"{'Visas' if e.level == 1 else 'Travel restrictions'} between {pair_list(e.pairs)}",
    "transport_link": lambda e: (
        f"{'No' if e.share == 1 else 'Fewer'} {e.mode} links{'' if e.traffic == 'both' else f' for {e.traffic}'} "
        f"between {pair_list(e.pairs)}"
    ),
    "corridor": _corridor,
    "mining": lambda e: f"Mines on the border of {pair_list(e.pairs)}",
    "demining": lambda e: f"Border of {pair_list(e.pairs)} cleared of mines",
    "delimitation_treaty": lambda e: f"Border treaty of {pair_list(e.pairs)}",
    "clash": lambda e: f"Border clash of {pair_list([e.border])}",
    "war": lambda e: f"War of {pair_list(e.pairs)}",
    "freeze": lambda e: f"Relations of {pair_list(e.pairs)} frozen",
    "pandemic": lambda e: "Pandemic closes the borders",
    "canal": lambda e: f"Canal built, {e.intake_km3:g} km³ a year",
    "reservoir": lambda e: f"{DAM_NAMES.get(e.reservoir, e.reservoir.title())} dam fills",
    "drought": lambda e: f"Drought on {_on_rivers(e)}",
    "wet_years": lambda e: f"Wet years on {_on_rivers(e)}",
    "climate_trend": lambda e: (
        "Rivers keep their flow" if e.per_year == 0
        else f"{'Less' if e.per_year < 0 else 'More'} water in {_on_rivers(e)}"
    ),
    "water_efficiency": lambda e: "Water demand of farms changes",
    "grid": _grid,
    "energy_crisis": lambda e: f"Winter power crisis in {country_list(e.countries)}",
    "tariff": lambda e: f"{'Tariffs' if e.cost > 0 else 'Fewer tariffs'} between {pair_list(e.pairs)}",
    "reexports": lambda e: "Chinese goods re-exported through Kyrgyzstan",
    "sanctions": lambda e: f"Trade with {_name(e.partner)} made harder",
    "growth_path": lambda e: f"Growth of income in {country_list(list(e.rates))}",
    "organisation": _organisation,
    "summit_series": lambda e: f"Leaders of {country_list(e.countries)} meet each year",
    "agreement": lambda e: f"Treaty between {pair_list(e.pairs)}",
    "membership": _membership,
    "threat": lambda e: f"Threat from {e.theatre}",
    "c5plus1": lambda e: "Outside partners meet the five together (C5+1)",
    "patron_pull": lambda e: "Pull of the Russian-led bloc",
    "parameter": _parameter,
}  # fmt: skip
