"""What a scenario can make happen: typed, dated events, each a small class that says what it does.

An `InstantEvent` happens once and changes the state. An `IntervalEvent` is in force from its start to its end and
writes into the forcing (`cairn.core.forcing.Forcing`); a `TimeSeriesEvent` is an interval event whose level is
interpolated between dated figures. All act on the members of a mask, so members of different scenarios share a run.

An event takes effect at the beginning of the quarter nearest to its date.
"""

from __future__ import annotations

from typing import Annotated, Any, Union

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema

from cairn.events.base import (
    EVENT_TYPES,
    ConflictKey,
    Event,
    EventContext,
    Figures,
    InstantEvent,
    IntervalEvent,
    TimeSeriesEvent,
    register_event,
)
from cairn.events.leaders import LeaderLottery, LeaderStays, Succession, Unrest
from cairn.events.outside import (
    GrowthPath,
    Membership,
    Pandemic,
    PartnerSupport,
    PatronPull,
    Reexports,
    Sanctions,
    Threat,
)
from cairn.events.parameter_change import Parameter
from cairn.events.relations import (
    Agreement,
    BorderClosure,
    BorderOpening,
    Clash,
    Corridor,
    DelimitationTreaty,
    Demining,
    Freeze,
    Grid,
    Mining,
    Organisation,
    SummitSeries,
    Tariff,
    TransportLink,
    VisaRegime,
    War,
)
from cairn.events.rivers import Canal, ClimateTrend, Drought, EnergyCrisis, Reservoir, WaterEfficiency, WetYears


class _AnyEvent:
    """Annotation of a field that holds an event of any registered type, told apart by its `type`.

    Classes that hold such a field are rebuilt when another type is registered (`cairn.events.base.on_register`).
    """

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        kinds = tuple(EVENT_TYPES.values())
        return handler.generate_schema(Annotated[Union[kinds], Field(discriminator="type")])  # noqa: UP007


AnyEvent: Any = _AnyEvent


def event_types() -> dict[str, type[Event]]:
    """Every type of event by the name that a file uses, in the order of registration."""
    return dict(EVENT_TYPES)


__all__ = [
    "Agreement",
    "AnyEvent",
    "BorderClosure",
    "BorderOpening",
    "Canal",
    "Clash",
    "ClimateTrend",
    "ConflictKey",
    "Corridor",
    "DelimitationTreaty",
    "Demining",
    "Drought",
    "EnergyCrisis",
    "Event",
    "EventContext",
    "Figures",
    "Freeze",
    "Grid",
    "GrowthPath",
    "InstantEvent",
    "IntervalEvent",
    "LeaderLottery",
    "LeaderStays",
    "Membership",
    "Mining",
    "Organisation",
    "Pandemic",
    "Parameter",
    "PartnerSupport",
    "PatronPull",
    "Reexports",
    "Reservoir",
    "Sanctions",
    "Succession",
    "SummitSeries",
    "Tariff",
    "Threat",
    "TimeSeriesEvent",
    "TransportLink",
    "Unrest",
    "VisaRegime",
    "War",
    "WaterEfficiency",
    "WetYears",
    "event_types",
    "register_event",
]
