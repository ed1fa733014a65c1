"""What a scenario can make happen: typed, dated events, each a small class that says what it does.

An `InstantEvent` happens once and changes the state. An `IntervalEvent` is in force from its start to its end and
writes into the forcing (`cairn.core.state.Forcing`); a `TimeSeriesEvent` is an interval event whose level is
interpolated between dated figures. All act on the members of a mask, so worlds under different scenarios share a run.

An event takes effect at the beginning of the quarter nearest to its date.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cairn.events.base import ConflictKey, Event, EventContext, Figures, InstantEvent, IntervalEvent, TimeSeriesEvent
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
    TransportLink,
    VisaRegime,
    War,
)
from cairn.events.rivers import Canal, ClimateTrend, Drought, EnergyCrisis, Reservoir, WaterEfficiency, WetYears

AnyEvent = Annotated[
    Succession
    | LeaderStays
    | LeaderLottery
    | Unrest
    | Threat
    | PartnerSupport
    | PatronPull
    | Sanctions
    | GrowthPath
    | Reexports
    | Membership
    | Pandemic
    | Organisation
    | SummitSeries
    | Agreement
    | Corridor
    | VisaRegime
    | TransportLink
    | BorderClosure
    | BorderOpening
    | Mining
    | Demining
    | DelimitationTreaty
    | Clash
    | War
    | Freeze
    | Grid
    | Canal
    | Reservoir
    | Drought
    | WetYears
    | WaterEfficiency
    | ClimateTrend
    | EnergyCrisis
    | Parameter,
    Field(discriminator="type"),
]


def event_types() -> dict[str, type[Event]]:
    """Every type of event by the name a file uses."""
    union = AnyEvent.__args__[0]  # type: ignore[attr-defined]
    return {kind.model_fields["type"].annotation.__args__[0]: kind for kind in union.__args__}


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
    "Threat",
    "TimeSeriesEvent",
    "TransportLink",
    "Unrest",
    "VisaRegime",
    "War",
    "WaterEfficiency",
    "WetYears",
    "event_types",
]
