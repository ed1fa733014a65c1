"""Output variables: what a run can record of each quarter, with dimensions, units and the way quarters become years."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from cairn.core.geography import BORDER_NAMES, CODES, PAIR_NAMES, RESERVOIRS, RIVERS
from cairn.scenario.inheritance import suggest
from cairn.step import measures

GROUP_DIMS: dict[str, tuple[str, ...]] = {
    "region": (),
    "country": ("country",),
    "pair": ("pair",),
    "border": ("border",),
    "reservoir": ("reservoir",),
    "river": ("river",),
    "directed": ("country", "partner"),
}
LABELS: dict[str, list[str]] = {
    "country": list(CODES),
    "partner": list(CODES),
    "pair": list(PAIR_NAMES),
    "border": list(BORDER_NAMES),
    "reservoir": list(RESERVOIRS),
    "river": list(RIVERS),
}
GROUP_MEASURES: dict[str, Callable[[Any], dict[str, np.ndarray]]] = {
    "region": lambda model: model.measured(),
    "country": lambda model: measures.by_state(model.state, model.parameters, model.tables),
    "pair": lambda model: measures.by_pair(model.state, model.context.forcing, model.parameters, model.tables),
    "border": lambda model: measures.by_border(model.state),
    "reservoir": lambda model: measures.by_reservoir(model.state),
    "river": lambda model: measures.by_river(model.state),
    "directed": lambda model: measures.directed(model.state),
}


class OutputVariable(NamedTuple):
    """One variable of a run: its group (`GROUP_DIMS`), unit, long name, and how its quarters become years."""

    group: str
    units: str
    long_name: str
    annual: str = "mean"


OUTPUT_VARIABLES: dict[str, OutputVariable] = {
    "integration_index": OutputVariable("region", "1", "integration index, geometric mean of five dimensions"),
    "integration_de_facto": OutputVariable("region", "1", "integration index of the four dimensions of what states do"),
    "integration_arithmetic": OutputVariable("region", "1", "integration index, arithmetic mean of five dimensions"),
    "dim_trade": OutputVariable("region", "1", "dimension trade: intra-regional trade over income"),
    "dim_water": OutputVariable("region", "1", "dimension water and energy: bargains kept, shortage avoided"),
    "dim_borders": OutputVariable("region", "1", "dimension borders: openness and delimitation"),
    "dim_security": OutputVariable("region", "1", "dimension security: quiet borders, trust, pacts"),
    "dim_institutions": OutputVariable("region", "1", "dimension institutions (de jure): agreements and attendance"),
    "trade_total_usd_bn": OutputVariable("region", "bn USD/yr", "two-way trade among the five"),
    "trust_mean": OutputVariable("region", "1", "mean trust over the twenty directed pairs"),
    "openness_mean": OutputVariable("region", "1", "mean openness of the seven land borders"),
    "incidents_total": OutputVariable("region", "1/quarter", "border incidents", "sum"),
    "deaths_total": OutputVariable("region", "1/quarter", "deaths in border clashes", "sum"),
    "meeting_held": OutputVariable("region", "1", "a regional leaders' meeting was held", "any"),
    "organisation_alive": OutputVariable("region", "1", "an organisation of the five is alive"),
    "leader_openness": OutputVariable("country", "1", "leader's openness to the region"),
    "leader_nationalism": OutputVariable("country", "1", "leader's nationalism"),
    "leader_personalism": OutputVariable("country", "1", "personalism of the regime"),
    "leader_changed": OutputVariable("country", "1", "a new leader came to office", "any"),
    "gdp_usd_bn": OutputVariable("country", "bn USD/yr", "income at market exchange rates"),
    "trade_usd_bn": OutputVariable("country", "bn USD/yr", "two-way trade with the four others"),
    "trade_outside_usd_bn": OutputVariable("country", "bn USD/yr", "two-way trade with outside economies"),
    "shortage": OutputVariable("country", "1", "shortage of summer water, or of winter power upstream"),
    "agricultural_loss_pct_gdp": OutputVariable("country", "% of GDP", "farm output lost to shortage"),
    "hydropower_gwh": OutputVariable("country", "GWh/quarter", "hydropower", "sum"),
    "winter_deficit_gwh": OutputVariable("country", "GWh", "power demand unmet in the last winter, October-March"),
    "fuel_delivered_gwh": OutputVariable("country", "GWh", "fuel and power delivered upstream for the last winter"),
    "in_grid": OutputVariable("country", "1", "in the unified power system"),
    "attended": OutputVariable("country", "1", "attended the regional leaders' meeting", "any"),
    "in_organisation": OutputVariable("country", "1", "member of the organisation of the five"),
    "pair_trade_usd_bn": OutputVariable("pair", "bn USD/yr", "two-way trade of the pair"),
    "openness": OutputVariable("pair", "1", "effective openness between the two"),
    "trust_pair": OutputVariable("pair", "1", "mean of the two directions of trust"),
    "agreement": OutputVariable("pair", "1", "stock of implemented agreements"),
    "corridor": OutputVariable("pair", "1", "stock of transport corridors"),
    "security": OutputVariable("pair", "1", "stock of security cooperation"),
    "dialogue": OutputVariable("pair", "1/yr", "leaders' meetings, moving average"),
    "investment_usd_bn": OutputVariable("pair", "bn USD/yr", "direct investment between the two"),
    "visitors_mn": OutputVariable("pair", "mn/yr", "visits by citizens of either to the other"),
    "leaders_met": OutputVariable("pair", "1", "leaders of the two met", "any"),
    "membership_overlap": OutputVariable("pair", "1", "shared over all memberships outside the region"),
    "undelimited_share": OutputVariable("border", "1", "share of the border not delimited", "last"),
    "incidents": OutputVariable("border", "1/quarter", "border incidents", "sum"),
    "deaths": OutputVariable("border", "1/quarter", "deaths in border clashes", "sum"),
    "storage_km3": OutputVariable("reservoir", "km3", "water stored at the end of the quarter", "last"),
    "inflow_km3": OutputVariable("reservoir", "km3/quarter", "inflow of the reservoir", "sum"),
    "release_km3": OutputVariable("reservoir", "km3/quarter", "release through turbines and outlets", "sum"),
    "spill_km3": OutputVariable("reservoir", "km3/quarter", "spill", "sum"),
    "flow_anomaly": OutputVariable("river", "log", "anomaly of the year's flow"),
    "summer_supply_km3": OutputVariable("river", "km3", "water below the reservoirs in April-September"),
    "trust": OutputVariable("directed", "1", "trust of country in partner"),
    "posture": OutputVariable("directed", "1", "border posture of country toward partner"),
    "willingness": OutputVariable("directed", "logit", "willingness of country to work with partner"),
}
SUMMARY = tuple(name for name, variable in OUTPUT_VARIABLES.items() if variable.group == "region")

Outputs = str | Sequence[str]


def resolve_outputs(outputs: Outputs) -> tuple[str, ...]:
    """Names of the variables to record, in the order of `OUTPUT_VARIABLES`.

    Parameters
    ----------
    outputs : ``"all"``, ``"summary"`` (variables of the region), or names, as a sequence or separated by commas

    Raises
    ------
    ValueError
        For an unknown name, with the nearest known one; for an empty list.

    Examples
    --------
    >>> resolve_outputs("trust_pair, openness")
    ('openness', 'trust_pair')
    """
    if outputs == "all":
        return tuple(OUTPUT_VARIABLES)
    if outputs == "summary":
        return SUMMARY
    names = [name.strip() for name in (outputs.split(",") if isinstance(outputs, str) else outputs)]
    for name in names:
        if name not in OUTPUT_VARIABLES:
            raise ValueError(
                f"there is no output {name[:60]!r}{suggest(name, ('all', 'summary', *OUTPUT_VARIABLES))}; "
                "give all, summary, or names of variables separated by commas"
            )
    if not names:
        raise ValueError("outputs is empty; give all, summary, or names of variables")
    return tuple(name for name in OUTPUT_VARIABLES if name in names)


def measured(model: Any, outputs: Sequence[str]) -> dict[str, np.ndarray]:
    """The present values of some output variables, computed from the model's state.

    Parameters
    ----------
    model : a `cairn.model.CentralAsia`
    outputs : names, as of `resolve_outputs`
    """
    groups = dict.fromkeys(OUTPUT_VARIABLES[name].group for name in outputs)
    values: dict[str, np.ndarray] = {}
    for group in groups:
        values |= GROUP_MEASURES[group](model)
    return {name: values[name] for name in outputs}


def dims_of(name: str) -> tuple[str, ...]:
    """Dimensions of an output variable beside member and time.

    >>> dims_of("trust"), dims_of("trust_mean")
    (('country', 'partner'), ())
    """
    return GROUP_DIMS[OUTPUT_VARIABLES[name].group]


def annual_rule(name: str) -> str:
    """How the quarters of a variable become years: ``sum``, ``any``, ``last`` or ``mean``, which is for all others.

    >>> annual_rule("incidents"), annual_rule("trust")
    ('sum', 'mean')
    """
    return OUTPUT_VARIABLES[name].annual if name in OUTPUT_VARIABLES else "mean"
