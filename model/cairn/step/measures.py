"""What is measured besides the variables of the state: the integration index, its dimensions, totals, derived figures.

Measures are never fed back. The index has fixed goalposts, so that runs and years compare; its mean is geometric, so
that a zero in one dimension cannot be offset; what states do (the first four dimensions) is reported apart from what
they sign (the fifth).

Source
------
Design after ADB's ARCII and UNECA's ARII; OECD and JRC handbook on composite indicators, 2008.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, get_args

import numpy as np

from cairn.core.calendar import quarter_name
from cairn.core.geography import Geography
from cairn.core.inputs import Inputs
from cairn.core.pairs import both_ways, clip, sum_pairs, total, transpose
from cairn.core.parameters import Parameters
from cairn.core.state import BLOCKS, State, variables_of
from cairn.core.variables import LABELLED, Annual, Array, Variable, sizes_of
from cairn.rules import organisations, people, trade, water
from cairn.step.economy import income_effect
from cairn.support.errors import InputError
from cairn.support.text import suggest

if TYPE_CHECKING:
    from cairn.step.context import StepContext

DIMENSIONS = ("trade", "water", "borders", "security", "institutions")


class Measurable(Protocol):
    """What a measure reads: a model after a quarter."""

    state: State
    parameters: Parameters
    geography: Geography
    inputs: Inputs
    context: StepContext


@dataclasses.dataclass(frozen=True)
class Description:
    """What a run reports under a name: dimensions (without member and time), unit, long name, aggregation to years."""

    dims: tuple[str, ...]
    unit: str
    long_name: str
    annual: Annual = "mean"

    @property
    def attributes(self) -> dict[str, str]:
        """Attributes of the dataset's variable; ``annual`` says how its quarters become years."""
        return {"units": self.unit, "long_name": self.long_name, "annual": self.annual}


@dataclasses.dataclass(frozen=True)
class Measure:
    """A figure derived from the state.

    Parameters
    ----------
    name : of the dataset's variable
    dims : of the dataset, without member and time: (), ("country",), ("pair",), ("border",) and so on
    unit, long_name : what it is
    annual : how four quarters become a year
    function : from a model to an array with these dims, members last
    """

    name: str
    dims: tuple[str, ...]
    unit: str
    long_name: str
    function: Callable[[Measurable], Array] = dataclasses.field(compare=False)
    annual: Annual = "mean"


MEASURES: dict[str, Measure] = {}
DIMS = (*LABELLED, "pair", "border")


def register_measure(
    name: str, dims: tuple[str, ...], unit: str, long_name: str, annual: Annual = "mean"
) -> Callable[[Callable[[Any], Array]], Callable[[Any], Array]]:
    """Decorate a function so that runs, comparisons and sweeps report it.

    Parameters
    ----------
    name, dims, unit, long_name, annual : as for `Measure`

    Examples
    --------
    >>> @register_measure("trust_least", (), "1", "least trust of any state in another")
    ... def trust_least(model):
    ...     return np.where(model.geography.others, model.state.relations.trust, 1.0).min(axis=(0, 1))
    >>> del MEASURES["trust_least"]

    Raises
    ------
    ValueError
        If another measure has the name, or a dimension or rule for years is not known.
    """
    for given, allowed in (*((dim, DIMS) for dim in dims), (annual, get_args(Annual))):
        if given not in allowed:
            raise ValueError(
                f"measure {name!r}: {given!r} is not known{suggest(given, allowed)}; one of {', '.join(allowed)}"
            )

    def register(function: Callable[[Any], Array]) -> Callable[[Any], Array]:
        known = MEASURES.get(name)
        if known is not None and known.function.__qualname__ != function.__qualname__:
            raise ValueError(f"a measure {name!r} is registered already")
        MEASURES[name] = Measure(name, dims, unit, long_name, function, annual)
        return function

    return register


def catalogue(variables: Mapping[str, Variable] | None = None) -> dict[str, Description]:
    """All that a run can report, by name: measures of the region, recorded variables, derived measures.

    Parameters
    ----------
    variables : of the state; None is those of the shipped model
    """
    if variables is None:
        return _with_shipped_variables(tuple(MEASURES.values()))
    return _catalogue(variables, MEASURES.values())


def shipped_catalogue() -> dict[str, Description]:
    """All that a run of the shipped model can report, without measures of a user's own."""
    return _with_shipped_variables(tuple(m for m in MEASURES.values() if m.function.__module__ == __name__))


@functools.lru_cache(maxsize=4)
def _with_shipped_variables(measures: tuple[Measure, ...]) -> dict[str, Description]:
    return _catalogue(variables_of(BLOCKS), measures)


def _catalogue(variables: Mapping[str, Variable], measures: Iterable[Measure]) -> dict[str, Description]:
    found = dict(REGION)
    found |= {
        name: Description(variable.recorded_dims, variable.unit, variable.long_name, variable.annual)
        for name, variable in variables.items()
        if variable.record
    }
    return found | {
        measure.name: Description(measure.dims, measure.unit, measure.long_name, measure.annual) for measure in measures
    }


def dimensions(model: Measurable, trade_total_usd_bn: Array, trust_mean: Array) -> dict[str, Array]:
    """The five dimensions of integration, 0..1, (M,) each.

    Parameters
    ----------
    trade_total_usd_bn, trust_mean : as of `region`
    """
    n, state, geography = model.parameters, model.state, model.geography
    relations, pairs = state.relations, geography.n_countries * (geography.n_countries - 1)
    low, high = np.log(n.trade_goalpost_low), np.log(n.trade_goalpost_high)
    intensity = trade_total_usd_bn / total(state.trade.gdp_usd_bn)
    kept = total(np.array([state.water.barter[i, j] for i, j in geography.bargains])) / len(geography.bargains)
    dry = total(state.water.shortage) / geography.n_countries
    weight = border_weight(geography, model.inputs)
    open_ways = total(geography.to_borders(relations.openness) * weight)
    unsettled = total(geography.to_borders(state.borderlands.undelimited_share) * weight)
    memory = total(geography.to_borders(state.borderlands.incident_memory)) / len(geography.borders)
    security, agreement = (sum_pairs(x) / pairs for x in (relations.security, relations.agreement))
    avoided = 1 - dry / n.shortage_goalpost
    quiet = np.exp(-n.quiet_memory_scale * memory)
    pacts = 1 - n.quiet_share_of_security - n.trust_share_of_security
    parts = {
        "trade": (np.log(intensity) - low) / (high - low),
        "water": _mix(kept, avoided, n.bargain_share_of_water),
        "borders": _mix(open_ways, 1 - unsettled, n.openness_share_of_borders),
        "security": n.quiet_share_of_security * quiet + n.trust_share_of_security * trust_mean + pacts * security,
        "institutions": _mix(agreement, state.organisation.attendance, n.agreement_share_of_institutions),
    }
    return {name: clip(value, 0.0, 1.0) for name, value in parts.items()}


def _mix(one: Array, other: Array, share: Any) -> Array:
    return share * one + (1 - share) * other


@functools.lru_cache(maxsize=16)
def border_weight(geography: Geography, inputs: Inputs) -> Array:
    """Weight of each land border: root of the product of populations, adding up to one, (B, 1)."""
    people = np.array([inputs.population_mn[i] * inputs.population_mn[j] for i, j in geography.borders]) ** 0.5
    return people / people.sum()


def index_of(parts: Mapping[str, Array], parameters: Parameters, weights: Mapping[str, float] | None = None) -> Array:
    """Weighted geometric mean of dimensions, (M,).

    Parameters
    ----------
    parts : dimensions by name, (M,) each
    parameters : of which `dimension_least` keeps the logarithm defined
    weights : by name; equal if left out
    """
    weights = weights or dict.fromkeys(parts, 1.0)
    logs = {name: np.log(clip(part, parameters.dimension_least, 1.0)) for name, part in parts.items()}
    return _geometric_mean(logs, {name: weights[name] for name in parts})


def _geometric_mean(logs: Mapping[str, Array], weights: Mapping[str, float]) -> Array:
    """From logarithms by name, those that have a weight."""
    return np.exp(sum(weight * logs[name] for name, weight in weights.items()) / sum(weights.values()))


REGION: dict[str, Description] = {
    "integration_index": Description((), "1", "integration index, geometric mean of five dimensions", "mean"),
    "integration_de_facto": Description((), "1", "integration index of the four dimensions of what states do", "mean"),
    "integration_arithmetic": Description((), "1", "integration index, arithmetic mean of five dimensions", "mean"),
    "dim_trade": Description((), "1", "dimension trade: intra-regional trade over income", "mean"),
    "dim_water": Description((), "1", "dimension water and energy: bargains kept, shortage avoided", "mean"),
    "dim_borders": Description((), "1", "dimension borders: openness and delimitation", "mean"),
    "dim_security": Description((), "1", "dimension security: quiet borders, trust, pacts", "mean"),
    "dim_institutions": Description((), "1", "dimension institutions (de jure): agreements and attendance", "mean"),
    "trade_total_usd_bn": Description((), "bn USD/yr", "two-way trade among the five", "mean"),
    "trust_mean": Description((), "1", "mean trust over the twenty directed pairs", "mean"),
    "openness_mean": Description((), "1", "mean openness of the seven land borders", "mean"),
    "incidents_total": Description((), "1/quarter", "border incidents", "sum"),
    "deaths_total": Description((), "1/quarter", "deaths in border clashes", "sum"),
    "meeting_held": Description((), "1", "a regional leaders' meeting was held", "any"),
    "organisation_alive": Description((), "1", "an organisation of the five is alive", "mean"),
}


def region(model: Measurable) -> dict[str, Array]:
    """Measures of the region, (M,) each, by the names of `REGION`."""
    state, geography = model.state, model.geography
    trade_total = sum_pairs(state.trade.pair_trade_usd_bn) / 2
    trust_mean = sum_pairs(state.relations.trust) / (geography.n_countries * (geography.n_countries - 1))
    parts = dimensions(model, trade_total, trust_mean)
    limited = {name: clip(part, model.parameters.dimension_least, 1.0) for name, part in parts.items()}
    logs = {name: np.log(part) for name, part in limited.items()}
    return {
        "integration_index": _geometric_mean(logs, dict.fromkeys(DIMENSIONS, 1.0)),
        "integration_de_facto": _geometric_mean(logs, dict.fromkeys(DIMENSIONS[:4], 1.0)),
        "integration_arithmetic": np.asarray(sum(limited.values())) / len(DIMENSIONS),
        **{f"dim_{name}": parts[name] for name in DIMENSIONS},
        "trade_total_usd_bn": trade_total,
        "trust_mean": trust_mean,
        "openness_mean": total(geography.to_borders(state.relations.openness)) / len(geography.borders),
        "incidents_total": total(geography.to_borders(state.borderlands.incidents)),
        "deaths_total": total(geography.to_borders(state.borderlands.deaths)),
        "meeting_held": state.organisation.attended.any(axis=0).astype(float),
        "organisation_alive": state.organisation.organisation_alive.astype(float),
    }


@register_measure("trade_usd_bn", ("country",), "bn USD/yr", "two-way trade with the four others")
def _trade_of_state(model: Measurable) -> Array:
    return _over_partners(model.state.trade.pair_trade_usd_bn)


@register_measure("agricultural_loss_pct_gdp", ("country",), "% of GDP", "farm output lost to shortage")
def _agricultural_loss(model: Measurable) -> Array:
    return model.parameters.bind(water.agricultural_loss)(
        shortage=model.state.water.shortage, agriculture_share=model.inputs.agriculture_share
    )


@register_measure("trade_outside_usd_bn", ("country",), "bn USD/yr", "two-way trade with outside economies")
def _trade_outside(model: Measurable) -> Array:
    context, before, c = model.context, model.state.trade, model.geography.n_countries
    outside = context.inputs.gdp_outside[context.quarter]
    world = np.concatenate([before.gdp_usd_bn, np.broadcast_to(outside, (len(outside), context.members))])
    phi = trade.ease_outside(
        base=context.fixed.base_ease,
        income=income_effect(model.state, context),
        outside_ease=context.forcing.outside_ease,
    )
    return _over_partners(trade.flows(phi=phi, resistance=before.resistance, gdp=world, start=c))


@register_measure("foreign_trade_usd_bn", ("country",), "bn USD/yr", "two-way trade with all others")
def _foreign_trade(model: Measurable) -> Array:
    return _trade_of_state(model) + _trade_outside(model)


@register_measure("trust_pair", ("pair",), "1", "mean of the two directions of trust")
def _trust_of_pair(model: Measurable) -> Array:
    return model.geography.to_pairs(both_ways(model.state.relations.trust))


@register_measure("visitors_mn", ("pair",), "mn/yr", "visits by citizens of either to the other")
def _visitors(model: Measurable) -> Array:
    geography, state, c = model.geography, model.state, model.geography.n_countries
    visits = model.parameters.bind(people.visits)(
        real_gdp=state.trade.gdp_usd_bn / model.inputs.price_level[state.quarter],
        openness=state.relations.openness,
        distance_km=model.inputs.distance_km[:c, :c],
        neighbours=geography.neighbours,
        others=geography.others,
    )
    return geography.to_pairs(visits + transpose(visits))


@register_measure("investment_usd_bn", ("pair",), "bn USD", "stock of direct investment of the two in each other")
def _investment(model: Measurable) -> Array:
    geography, state = model.geography, model.state
    stock = model.parameters.bind(people.investment)(
        gdp=state.trade.gdp_usd_bn,
        transit_openness=state.relations.transit_openness,
        agreement=state.relations.agreement,
        neighbours=geography.neighbours,
        others=geography.others,
    )
    return geography.to_pairs(stock)


@register_measure("leaders_met", ("pair",), "1", "leaders of the two met", annual="any")
def _leaders_met(model: Measurable) -> Array:
    relations = model.state.relations
    return 1.0 * model.geography.to_pairs(relations.summits | relations.met_at_regional_meeting)


@register_measure("membership_overlap", ("pair",), "1", "shared over all memberships outside the region")
def _overlap(model: Measurable) -> Array:
    overlap = model.parameters.keep(organisations.overlap)(memberships=model.context.forcing.memberships)
    return model.geography.to_pairs(overlap)


def _over_partners(x: Array) -> Array:
    """Sum over the partners: (C, C, M) -> (C, M)."""
    return total(x.swapaxes(0, 1))


def of(measure: Measure, model: Measurable) -> Array:
    """What a measure gives for a model, (*dims, M).

    Raises
    ------
    InputError
        If a measure of a user's own gives another shape.
    """
    value = measure.function(model)
    if measure.function.__module__ != __name__:
        geography = model.geography
        sizes = sizes_of(geography) | {"pair": len(geography.pairs), "border": len(geography.borders)}
        shape = (*(sizes[dim] for dim in measure.dims), model.state.members)
        if np.shape(value) != shape:
            who = f"measure {measure.name!r} ({measure.function.__qualname__}) in {quarter_name(model.state.quarter)}"
            raise InputError(f"{who} has the shape {np.shape(value)}; it needs {shape}, members last")
    return value


def recorded(variable: Variable, state: State, geography: Geography) -> Array:
    """A state variable as the dataset has it, (*recorded_dims, M)."""
    array = state.array(variable.name)
    if variable.boolean:
        array = array.astype(float)
    if variable.record == "pair":
        return geography.to_pairs(array)
    return geography.to_borders(array) if variable.record == "border" else array
