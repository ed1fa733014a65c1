"""The outcomes that a report on a scenario looks at, and how a sentence names each of them."""

from __future__ import annotations

from cairn.core.geography import BORDER_NAMES, CENTRAL_ASIA, CODES, NAMES, PAIR_NAMES
from cairn.ensemble.outcomes import ALL_COMPARED, Outcome
from cairn.step.measures import catalogue

NAME_OF = dict(zip(CODES, NAMES, strict=True))
RESERVOIRS = {"toktogul": "Toktogul", "nurek": "Nurek"}  # those in operation today


OF_REGION = {
    "integration_index": "the integration index",
    "integration_de_facto": "the de facto index (what states do)",
    "dim_institutions": "the de jure index (what states sign)",
    "dim_trade": "the dimension trade",
    "dim_water": "the dimension water and energy",
    "dim_borders": "the dimension borders",
    "dim_security": "the dimension security",
    "trade_total_usd_bn": "trade among the five",
    "trust_mean": "mean trust",
    "openness_mean": "mean openness of the borders",
    "incidents_total": "the number of border incidents",
    "deaths_total": "the number of deaths in border clashes",
    "meeting_held": "the number of years with a regional meeting of leaders",
}
OF_PAIR = {"pair_trade_usd_bn": "trade", "openness": "openness", "trust_pair": "trust"}
OF_BORDER = {"undelimited_share": "the undelimited share", "incidents": "the number of incidents"}
OF_STATE = {
    "trade_usd_bn": "trade with the four others",
    "leader_openness": "the leader’s openness",
    "shortage": "shortage of water or winter power",
    "agricultural_loss_pct_gdp": "farm output lost to shortage",
    "winter_deficit_gwh": "unmet winter power demand",
}
MORE_SUBJECTS = {
    "agreement": "the stock of agreements",
    "attended": "attendance of the regional meeting",
    "hydropower_gwh": "hydropower",
    "organisation_alive": "the chance that an organisation of the five is alive",
    "trade_outside_usd_bn": "trade with the rest of the world",
    "visitors_mn": "the number of visitors",
}
OF_RESERVOIR = {"storage_km3": "water stored at the year’s end"}
SUBJECTS = OF_REGION | OF_PAIR | OF_BORDER | OF_STATE | OF_RESERVOIR | MORE_SUBJECTS
FORMATS = {  # decimals, unit
    "pair_trade_usd_bn": (2, "bn USD/yr"),
    "trade_usd_bn": (2, "bn USD/yr"),
    "agricultural_loss_pct_gdp": (2, "% of GDP"),
    "winter_deficit_gwh": (0, "GWh"),
    "storage_km3": (1, "km3"),
    "incidents": (0, ""),
    "incidents_total": (0, ""),
    "deaths_total": (0, ""),
}


def _outcomes(variables: tuple[str, ...], dim: str, labels: tuple[str, ...]) -> list[Outcome]:
    return [Outcome(v, v, ((dim, label),), *FORMATS.get(v, (2, ""))) for v in variables for label in labels]


_MORE = [
    Outcome("border incidents", "incidents_total", (), *FORMATS["incidents_total"]),
    Outcome("deaths in border clashes", "deaths_total", (), *FORMATS["deaths_total"]),
    *_outcomes(tuple(OF_PAIR), "pair", PAIR_NAMES),
    *_outcomes(tuple(OF_BORDER), "border", BORDER_NAMES),
    *_outcomes(tuple(OF_STATE), "country", CODES),
    *_outcomes(tuple(OF_RESERVOIR), "reservoir", tuple(RESERVOIRS)),
]
REPORT_OUTCOMES: tuple[Outcome, ...] = (
    *ALL_COMPARED,
    *(o for o in _MORE if o.key not in {known.key for known in ALL_COMPARED}),
)
BY_KEY = {outcome.key: outcome for outcome in REPORT_OUTCOMES}


def key(variable: str, place: str = "") -> str:
    """The key of an outcome.

    >>> key("openness", "KAZ-UZB")
    'openness[KAZ-UZB]'
    """
    return f"{variable}[{place}]" if place else variable


def subject(outcome: Outcome) -> str:
    """An outcome as the subject of a sentence.

    >>> subject(BY_KEY["openness[KAZ-UZB]"])
    'openness between Kazakhstan and Uzbekistan'
    """
    known = catalogue()
    text = SUBJECTS.get(outcome.variable) or (
        known[outcome.variable].long_name if outcome.variable in known else outcome.title.strip()
    )
    if outcome.variable == "shortage" and outcome.where:
        text = "winter power shortage" if outcome.where[0][1] in CENTRAL_ASIA.upstream else "water shortage"
    if not outcome.where or (outcome.variable not in known and outcome.variable not in SUBJECTS):
        return text  # of a model class of the user's own, the title names the place
    dim, place = outcome.where[0]
    if dim == "country" and text.startswith("trade"):
        return f"{place_name(place)}’s {text}"
    preposition = {"pair": "between", "border": "on the border between"}.get(dim, "in")
    return f"{text} {preposition} {place_name(place)}"


def place_name(place: str) -> str:
    """The name of a pair, a state or a reservoir.

    >>> place_name("KGZ-TJK"), place_name("UZB"), place_name("nurek")
    ('Kyrgyzstan and Tajikistan', 'Uzbekistan', 'Nurek')
    """
    return RESERVOIRS.get(place) or " and ".join(NAME_OF.get(code, code) for code in place.split("-"))
