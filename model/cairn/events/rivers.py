"""Rivers, dams, canals, power and the weather."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from cairn.core.calendar import quarter_of, year_of
from cairn.core.geography import RIVERS
from cairn.events.base import (
    AllRivers,
    ConstructionEvent,
    Date,
    FinishDate,
    IntervalEvent,
    Share,
    TimeSeriesEvent,
    UpperReservoir,
    UpstreamCountry,
    quantity,
    register_event,
)
from cairn.support.frozen_dict import FrozenDict


@register_event
class Canal(ConstructionEvent):
    """An intake from the Amu Darya above the five, as the Qosh Tepa canal: it grows from start to finish.

    The intake is that of an unlined canal. Lining keeps part of it in the river: what would have seeped away.
    """

    type: Literal["canal"] = "canal"
    writes: ClassVar[tuple[str, ...]] = ("canal_km3",)
    intake_km3: Annotated[float, quantity("km3/yr", 0, 20.5)] = Field(description="water taken, once finished, unlined")
    lined: Share = Field(default=0.0, description="share of the canal that is lined")

    def apply(self, forcing, context, quarter):
        parameters = context.parameters
        seeps = parameters.canal_seepage_share * self.lined
        summer = self.intake_km3 * self.done(quarter) * (1 - seeps) * parameters.canal_summer_share
        forcing["canal_km3"][context.mask] += context.of_members(summer)


@register_event
class Reservoir(IntervalEvent):
    """A dam fills from start to end and then stands: Kambar-Ata-1 or Rogun."""

    type: Literal["reservoir"] = "reservoir"
    writes: ClassVar[tuple[str, ...]] = ("capacity_km3", "filling_km3", "power_mw")
    reservoir: UpperReservoir = Field(description="which")
    volume_km3: Annotated[float, quantity("km3", 0.1, 20)] = Field(description="water it holds when full")
    mw: Annotated[float, quantity("MW", 10, 5000)] = Field(description="power it can give at most, once full")
    start: Date = Field(description="when it begins to fill")
    end: FinishDate = Field(description="when it is full, perhaps after the last year of a run")
    time_varying: ClassVar[bool] = True

    @property
    def last(self) -> int | None:
        return None  # a full reservoir stays

    def conflict_keys(self):
        return [self.conflict_key(f"filling of {self.reservoir}", self.fingerprint)]

    def before(self, quarter: int) -> str:
        return self.fingerprint if self.first < quarter else ""

    def apply(self, forcing, context, quarter):
        column, filling = context.geography.reservoirs.index(self.reservoir), max(quarter_of(self.end) - self.first, 1)
        done = min((quarter - self.first + 1) / filling, 1.0)
        forcing["capacity_km3"][column, context.mask] = self.volume_km3 * done
        forcing["filling_km3"][column, context.mask] = (
            self.volume_km3 / filling if quarter - self.first < filling else 0.0
        )
        forcing["power_mw"][column, context.mask] = self.mw


class _Years(IntervalEvent):
    writes: ClassVar[tuple[str, ...]] = ("flow_factor",)
    rivers: AllRivers = Field(default=RIVERS, validate_default=True, min_length=1, description="which rivers")  # type: ignore
    word: ClassVar[str] = ""
    inflow: float

    def conflict_keys(self):
        return [self.conflict_key(f"years on the {river}", self.word) for river in self.rivers]

    def apply(self, forcing, context, quarter):
        for river in self.rivers:
            forcing["flow_factor"][context.geography.rivers.index(river), context.mask] *= self.inflow


@register_event
class Drought(_Years):
    """A run of dry years: flow of the rivers times a factor below one, chance coming on top."""

    type: Literal["drought"] = "drought"
    inflow: Annotated[float, quantity("times the mean", 0.3, 1)] = Field(description="flow")
    word: ClassVar[str] = "dry"


@register_event
class WetYears(_Years):
    """A run of wet years: flow of the rivers times a factor above one, chance coming on top."""

    type: Literal["wet_years"] = "wet_years"
    inflow: Annotated[float, quantity("times the mean", 1, 2)] = Field(description="flow")
    word: ClassVar[str] = "wet"


@register_event
class WaterEfficiency(TimeSeriesEvent):
    """Better canals and fields: summer water demand downstream times a factor."""

    type: Literal["water_efficiency"] = "water_efficiency"
    writes: ClassVar[tuple[str, ...]] = ("demand_factor",)
    demand: Annotated[dict[Date, Annotated[float, quantity("times today's", 0.5, 1.2)]], AfterValidator(FrozenDict)] = (
        Field(description="dated factors")
    )
    paths: ClassVar[tuple[str, ...]] = ("demand",)

    def apply(self, forcing, context, quarter):
        forcing["demand_factor"][context.mask] *= self.level(self.demand, quarter)


@register_event
class ClimateTrend(IntervalEvent):
    """Flow changes year by year from the start on, in shares of the mean."""

    type: Literal["climate_trend"] = "climate_trend"
    writes: ClassVar[tuple[str, ...]] = ("flow_factor",)
    rivers: AllRivers = Field(default=RIVERS, validate_default=True, min_length=1, description="which rivers")  # type: ignore
    per_year: Annotated[float, quantity("1/yr", -0.02, 0.02)] = Field(description="change a year")
    time_varying: ClassVar[bool] = True

    def apply(self, forcing, context, quarter):
        years = max(year_of(quarter) - year_of(self.first), 0.0)
        for river in self.rivers:
            forcing["flow_factor"][context.geography.rivers.index(river), context.mask] *= 1 + self.per_year * years


@register_event
class EnergyCrisis(IntervalEvent):
    """Winters short of power upstream: more demand than usual, or less of the fuel agreed on arriving."""

    type: Literal["energy_crisis"] = "energy_crisis"
    writes: ClassVar[tuple[str, ...]] = ("winter_demand_factor", "fuel_factor")
    countries: tuple[UpstreamCountry, ...] = Field(min_length=1, description="upstream states that go short")
    demand: Annotated[float, quantity("times the usual", 1, 1.5)] = Field(default=1.0, description="winter demand")
    fuel: Share = Field(default=1.0, description="share of the fuel agreed on that arrives")

    def apply(self, forcing, context, quarter):
        for code in self.countries:
            forcing["winter_demand_factor"][context.geography.index(code), context.mask] *= self.demand
            forcing["fuel_factor"][context.geography.index(code), context.mask] *= self.fuel
