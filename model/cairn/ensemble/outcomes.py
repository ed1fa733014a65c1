"""Headline outcomes: which output variable each is, how it is shown, and what was observed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from cairn.core.geography import CENTRAL_ASIA
from cairn.record import lookup
from cairn.scenario.outcome_names import parse_name, places_of
from cairn.step.measures import Description, catalogue


@dataclasses.dataclass(frozen=True)
class Outcome:
    """An outcome that tables and figures show.

    Parameters
    ----------
    title : name for readers
    variable : output variable of a run
    where : dimension and label of the part that is shown, ``(("pair", "KAZ-UZB"),)``; empty for the region
    digits : decimals
    unit : unit for readers; empty for shares and indices
    record : observed value of a year as text, empty where there is none
    share : shown as the share of members, without an interval
    quarter : 1..4 for the value in that quarter of each year, 0 for the annual value
    """

    title: str
    variable: str
    where: tuple[tuple[str, str], ...] = ()
    digits: int = 2
    unit: str = ""
    record: Callable[[int], str] | None = None
    share: bool = False
    quarter: int = 0

    @property
    def scale(self) -> int:
        """By what values are multiplied for readers: 100 for shares that are shown in percent."""
        return 100 if self.share or self.variable in IN_PERCENT else 1

    @property
    def shown_unit(self) -> str:
        """Unit of differences for readers: percentage points for shares that are shown in percent."""
        return "points" if self.scale == 100 else self.unit

    @property
    def shown_digits(self) -> int:
        """Most decimals of a difference for readers."""
        return 0 if self.scale == 100 else digits_of_difference(self)

    @property
    def key(self) -> str:
        """Name in machine-readable output: variable, or variable[label], of one quarter with @Q and its number.

        >>> Outcome("trade KAZ-UZB", "pair_trade_usd_bn", (("pair", "KAZ-UZB"),)).key
        'pair_trade_usd_bn[KAZ-UZB]'
        """
        labels = ",".join(label for _, label in self.where)
        place = f"[{labels}]" if labels else ""
        return self.variable + place + self.series.removeprefix(self.variable)

    @property
    def series(self) -> str:
        """Name of the annual variable it is a part of: the output variable, of one quarter with @Q and its number."""
        return f"{self.variable}@Q{self.quarter}" if self.quarter else self.variable


OUTCOMES: tuple[Outcome, ...] = (
    Outcome("integration index", "integration_index"),
    Outcome("  de facto, what states do", "integration_de_facto"),
    Outcome("  de jure, what they sign", "dim_institutions"),
    Outcome("trade of the five", "trade_total_usd_bn", (), 1, "bn USD/yr", lookup.regional_trade_text),
    Outcome("trade KAZ-UZB", "pair_trade_usd_bn", (("pair", "KAZ-UZB"),), 2, "bn USD/yr",
            lookup.annual_text("record_trade", "usd_bn", 2, pair="KAZ-UZB")),
    Outcome("trade TJK-UZB", "pair_trade_usd_bn", (("pair", "TJK-UZB"),), 2, "bn USD/yr",
            lookup.annual_text("record_trade", "usd_bn", 2, pair="TJK-UZB")),
    Outcome("mean trust", "trust_mean"),
    Outcome("mean openness of borders", "openness_mean"),
    Outcome("undelimited share KGZ-UZB", "undelimited_share", (("border", "KGZ-UZB"),), 2, "",
            lookup.undelimited_text("KGZ-UZB")),
    Outcome("undelimited share KGZ-TJK", "undelimited_share", (("border", "KGZ-TJK"),), 2, "",
            lookup.undelimited_text("KGZ-TJK")),
    Outcome("incidents KGZ-TJK", "incidents", (("border", "KGZ-TJK"),), 0, "1/yr",
            lookup.annual_text("record_incidents", "incidents", 0, border="KGZ-TJK")),
    Outcome("Toktogul at year's end", "storage_km3", (("reservoir", "toktogul"),), 1, "km3",
            lookup.toktogul_storage_text),
    Outcome("meeting held, share of members", "meeting_held", (), 2, "", lookup.meeting_text, share=True),
)  # fmt: skip
DIMENSIONS = (
    Outcome("dimension trade", "dim_trade"),
    Outcome("dimension water and energy", "dim_water"),
    Outcome("dimension borders", "dim_borders"),
    Outcome("dimension security", "dim_security"),
    Outcome("dimension institutions", "dim_institutions"),
)
BY_PLACE: dict[str, str] = {  # variables of states, pairs and borders that every comparison has, with their titles
    "shortage": "water shortage",
    "agricultural_loss_pct_gdp": "farm losses",
    "winter_deficit_gwh": "winter power deficit",
    "hydropower_gwh": "hydropower",
    "trade_usd_bn": "trade",
    "pair_trade_usd_bn": "trade",
    "visitors_mn": "visitors",
    "openness": "openness",
    "incidents": "incidents",
}
TITLES = BY_PLACE | {
    "agreement": "agreements",
    "attended": "attends the regional meeting",
    "leader_openness": "leader's openness",
    "storage_km3": "water stored",
    "trade_outside_usd_bn": "trade outside",
    "trust_pair": "trust",
}
IN_PERCENT = ("shortage",)
COMPARED = tuple(o for o in OUTCOMES if o.variable != "dim_institutions") + DIMENSIONS
RANKED = (OUTCOMES[0], *DIMENSIONS)


def outcome_from(name: str | Outcome, known: Mapping[str, Description] | None = None) -> Outcome:
    """An outcome by the name of an output variable, with a label where one of its series is meant.

    Parameters
    ----------
    name : ``"trade_total_usd_bn"``, ``"pair_trade_usd_bn[KAZ-UZB]"``, ``"pair_trade_usd_bn:KAZ-UZB"``,
        ``"trust[KAZ,UZB]"``, with ``@Q4`` at the end for the value in the fourth quarter; or an Outcome
    known : what the model can report; None is what the shipped model can

    Raises
    ------
    ValueError
        For an unknown variable or label, with the nearest known one.

    Examples
    --------
    >>> outcome_from("storage_km3:toktogul").title
    "Toktogul at year's end"
    """
    if isinstance(name, Outcome):
        return name
    known = catalogue() if known is None else known
    variable, labels, quarter = parse_name(name, known)
    about = known[variable]
    unit = "" if about.unit == "1" else about.unit.replace("/quarter", "/yr")
    where = tuple(zip(about.dims, labels, strict=False))
    upstream = variable == "shortage" and {*labels} & {*CENTRAL_ASIA.upstream}
    title = " ".join(["winter power shortage" if upstream else TITLES.get(variable, about.long_name), *labels])
    counts = "GWh" in unit or (unit == "1/yr" and about.annual == "sum")
    result = Outcome(title, variable, where, 0 if counts else 2, unit, quarter=quarter)
    return next((shown for shown in (*OUTCOMES, *DIMENSIONS) if shown.key == result.key), result)


def single_outcomes(outcome: Outcome, known: Mapping[str, Description] | None = None) -> tuple[Outcome, ...]:
    """The series of an outcome: itself, or one for each label of a variable that is given as a whole.

    >>> [each.key for each in single_outcomes(outcome_from("flow_anomaly"))]
    ['flow_anomaly[syr_darya]', 'flow_anomaly[amu_darya]']
    """
    known = catalogue() if known is None else known
    dims = known[outcome.variable].dims
    if len(outcome.where) == len(dims):
        return (outcome,)
    quarter = outcome.series.removeprefix(outcome.variable)
    places = places_of(outcome.variable, known)
    return tuple(outcome_from(f"{outcome.variable}[{','.join(place)}]{quarter}", known) for place in places)


def compared_by_default() -> tuple[Outcome, ...]:
    """The headline outcomes, the dimensions, and all series of `BY_PLACE`."""
    each = (single for name in BY_PLACE for single in single_outcomes(outcome_from(name)))
    return (*COMPARED, *(outcome for outcome in each if outcome not in COMPARED))


def digits_of_difference(outcome: Outcome) -> int:
    """Decimals of a difference: one more for shares and indices, where a small effect counts."""
    return outcome.digits + (not outcome.unit and not outcome.share)


def signed(value: float, digits: int) -> str:
    """A difference with its sign; what rounds to zero has none.

    >>> signed(0.126, 2), signed(-0.001, 2)
    ('+0.13', '0.00')
    """
    text = f"{value:+.{digits}f}"
    return text.lstrip("+-") if float(text) == 0 else text


ALL_COMPARED = compared_by_default()
