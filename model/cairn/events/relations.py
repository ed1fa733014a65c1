"""What states do to each other by order or treaty: borders, visas, links, treaties, clashes, organisations, power."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from cairn.core.calendar import quarter_of
from cairn.core.geography import CODES
from cairn.core.state import State
from cairn.events.base import (
    AllCountries,
    BorderName,
    ConstructionEvent,
    Country,
    Date,
    Deaths,
    Event,
    EventContext,
    InstantEvent,
    IntervalEvent,
    Outsider,
    PairEvent,
    PairName,
    Share,
    Text,
    Truth,
    binds_to,
    quantity,
    register_event,
)

_LINKS = {"rail": "rail_share", "road": "road_share", "air": "air_share"}
_FREIGHT = {"rail": "rail_freight_share", "road": "road_freight_share"}


@register_event
class BorderClosure(PairEvent):
    """An act of state that shuts a border: whatever the postures, no more than this openness."""

    type: Literal["border_closure"] = "border_closure"
    writes: ClassVar[tuple[str, ...]] = ("closure_cap", "persons_cap")
    openness: Share = Field(default=0.1, description="the most openness left for persons, and for goods")
    goods: Share | None = Field(default=None, description="the most openness left for goods, where it is another")

    @property
    def binds(self) -> str:
        return binds_to(self.openness, self.goods)

    def conflict_keys(self):
        return [self.conflict_key(f"border {name}", "closed by order") for name in self.pairs]

    def apply(self, forcing, context, quarter):
        self.cap_at(forcing["persons_cap"], context, self.openness)
        self.cap_at(forcing["closure_cap"], context, self.openness if self.goods is None else self.goods)


@register_event
class BorderOpening(PairEvent):
    """An act of state that opens a border: whatever the postures, at least this openness."""

    type: Literal["border_opening"] = "border_opening"
    writes: ClassVar[tuple[str, ...]] = ("opening_floor",)
    pairs: tuple[BorderName, ...] = Field(min_length=1, description="land borders")
    openness: Share = Field(default=0.9, description="the least openness, before visas and cut links")

    def conflict_keys(self):
        return [self.conflict_key(f"border {name}", "opened by order") for name in self.pairs]

    def apply(self, forcing, context, quarter):
        self.raise_to(forcing["opening_floor"], context, self.openness)


@register_event
class VisaRegime(PairEvent):
    """Citizens need visas, 1, or something in between: passage for family events, exit visas."""

    type: Literal["visa_regime"] = "visa_regime"
    writes: ClassVar[tuple[str, ...]] = ("visa",)
    level: Share = Field(default=1.0, description="1 for visas both ways")

    @property
    def binds(self) -> str:
        return f"persons, {self.level:g} of a visa; goods by `visa_trade_loss`"

    def apply(self, forcing, context, quarter):
        self.raise_to(forcing["visa"], context, self.level)


@register_event
class Tariff(PairEvent):
    """Tariffs and customs rules that make trade dearer, or cheaper. Without effect while `tariff_weight` is 0."""

    type: Literal["tariff"] = "tariff"
    acts_through: ClassVar[str] = "tariff_weight"
    writes: ClassVar[tuple[str, ...]] = ("tariff_cost",)
    cost: Annotated[float, quantity("log of trade", -1, 2)] = Field(
        description="trade lost, in logarithms; below 0 gained"
    )

    @property
    def binds(self) -> str:
        return f"goods, {self.cost:+g} log of trade cost"

    def apply(self, forcing, context, quarter):
        self.set_to(forcing["tariff_cost"], context, self.cost, np.add)


@register_event
class TransportLink(PairEvent):
    """Rail, road or air links cut between states, until they are restored; the cut shares of the three add up."""

    type: Literal["transport_link"] = "transport_link"
    writes: ClassVar[tuple[str, ...]] = ("links_cut", "freight_cut")
    mode: Literal["rail", "road", "air"] = Field(description="which")
    traffic: Literal["goods", "persons", "both"] = Field(default="both", description="what can no longer pass")
    share: Share = Field(default=1.0, description="share of the links of this mode that are cut")

    @property
    def binds(self) -> str:
        both = self.traffic == "both" and self.mode in _FREIGHT  # little freight flies
        what = "goods and persons" if both else "persons" if self.traffic == "both" else self.traffic
        return f"{what}, {self.share:g} of {self.mode}"

    def apply(self, forcing, context, quarter):
        for traffic, table, shares in (("persons", "links_cut", _LINKS), ("goods", "freight_cut", _FREIGHT)):
            if self.traffic in (traffic, "both") and (name := shares.get(self.mode)):
                share = self.share * getattr(context.parameters, name)
                self.set_to(forcing[table], context, share, lambda old, more: np.minimum(old + more, 1.0))


@register_event
class Mining(PairEvent):
    """Mines along a border, until they are cleared."""

    type: Literal["mining"] = "mining"
    writes: ClassVar[tuple[str, ...]] = ("mined_cap",)
    openness: Share = Field(default=0.7, description="the most openness left")

    @property
    def binds(self) -> str:
        return binds_to(self.openness, None)

    def conflict_keys(self):
        return [self.conflict_key(f"mines on {name}", "laid", throughout=False) for name in self.pairs]

    def apply(self, forcing, context, quarter):
        self.cap_at(forcing["mined_cap"], context, self.openness)


@register_event
class Demining(PairEvent):
    """Mines along a border are cleared, whatever else says how long they lie."""

    type: Literal["demining"] = "demining"
    writes: ClassVar[tuple[str, ...]] = ("mined_cap", "demined")

    def conflict_keys(self):
        return [self.conflict_key(f"mines on {name}", "cleared", throughout=False) for name in self.pairs]

    def apply(self, forcing, context, quarter):
        self.cap_at(forcing["mined_cap"], context, np.inf)
        self.raise_to(forcing["demined"], context, 1.0)


@register_event
class DelimitationTreaty(InstantEvent):
    """Borders agreed by treaty: at least this share of each is delimited from then on."""

    type: Literal["delimitation_treaty"] = "delimitation_treaty"
    writes: ClassVar[tuple[str, ...]] = ("undelimited_share",)
    pairs: tuple[BorderName, ...] = Field(min_length=1, description="land borders")
    delimited: Share = Field(default=1.0, description="share of the border agreed")

    def conflict_keys(self):
        return [self.conflict_key(f"relations {name}", "a border treaty") for name in self.pairs]

    def apply(self, state: State, context: EventContext) -> State:
        left = state.borderlands.undelimited_share.copy()
        for name in self.pairs:
            for a, b in context.both_ways(name):
                left[a, b, context.mask] = np.minimum(left[a, b, context.mask], 1 - self.delimited)
        return state.replace(undelimited_share=left)


@register_event
class Clash(Event):
    """An armed clash on a border in one quarter, on top of those that chance brings."""

    type: Literal["clash"] = "clash"
    writes: ClassVar[tuple[str, ...]] = ("given_deaths", "given_incidents")
    date: Date = Field(description="when")
    border: BorderName = Field(description="where")
    deaths: Deaths = Field(description="how many died")
    incidents: Annotated[int, quantity("incidents", 1, 100)] = Field(default=1, description="how many incidents")

    @property
    def first(self) -> int:
        return quarter_of(self.date)

    def apply(self, forcing, context, quarter):
        for a, b in context.both_ways(self.border):
            forcing["given_deaths"][a, b, context.mask] += self.deaths
            forcing["given_incidents"][a, b, context.mask] += self.incidents


@register_event
class War(IntervalEvent):
    """War between states with a common border: deaths every quarter, the border shut, no talks of the two alone.

    A meeting of all five may go on without them or with them, as they choose.
    """

    type: Literal["war"] = "war"
    writes: ClassVar[tuple[str, ...]] = (
        "given_deaths", "given_incidents", "closure_cap", "persons_cap", "talks_barred"
    )  # fmt: skip
    pairs: tuple[BorderName, ...] = Field(min_length=1, description="land borders")
    deaths: Deaths = Field(default=30, description="a quarter, on each border")
    end: Date = Field(description="when it is over")

    def conflict_keys(self):
        return [self.conflict_key(f"border {name}", "closed by order") for name in self.pairs]

    def apply(self, forcing, context, quarter):
        for name in self.pairs:
            for a, b in context.both_ways(name):
                forcing["given_deaths"][a, b, context.mask] += self.deaths
                forcing["given_incidents"][a, b, context.mask] += 1
                forcing["closure_cap"][a, b, context.mask] = 0.0
                forcing["persons_cap"][a, b, context.mask] = 0.0
                forcing["talks_barred"][a, b, context.mask] = 1.0


@register_event
class Organisation(InstantEvent):
    """The five's own organisation is founded, takes a state in, is absorbed by another, or dissolved."""

    type: Literal["organisation"] = "organisation"
    writes: ClassVar[tuple[str, ...]] = (
        "in_organisation", "organisation_alive", "closed_membership", "organisation_attendance"
    )  # fmt: skip
    action: Literal["found", "admit", "absorb", "dissolve"] = Field(description="what happens to it")
    members: tuple[Country, ...] = Field(default=(), description="who founds it, or is taken in")
    closed: Truth = Field(default=True, description="only members may attend, others must accede")

    @model_validator(mode="after")
    def _names_members(self):
        if (self.action in ("found", "admit")) != bool(self.members):
            raise ValueError(f"to {self.action} it {'needs' if not self.members else 'takes no'} members")
        return self

    def conflict_keys(self):
        return [self.conflict_key("the five's organisation", self.action)]

    def apply(self, state: State, context: EventContext) -> State:
        old = state.organisation
        inside = old.in_organisation.copy()
        if self.action in ("absorb", "dissolve"):
            inside[:, context.mask] = False
            return state.replace(organisation_alive=context.put(old.organisation_alive, False), in_organisation=inside)
        for code in self.members:
            joins = True if self.action == "found" else old.organisation_alive
            inside = context.put(inside, joins, context.geography.index(code))
        if self.action == "admit":
            return state.replace(in_organisation=inside)
        return state.replace(
            in_organisation=inside,
            organisation_alive=context.put(old.organisation_alive, True),
            closed_membership=context.put(old.closed_membership, self.closed),
            organisation_attendance=context.put(old.organisation_attendance, 1.0),
        )


@register_event
class SummitSeries(IntervalEvent):
    """Leaders of these states meet each year in the third quarter, whatever they would have chosen."""

    type: Literal["summit_series"] = "summit_series"
    writes: ClassVar[tuple[str, ...]] = ("convened",)
    countries: AllCountries = Field(default=CODES, validate_default=True, min_length=3, description="who meets")  # type: ignore

    def apply(self, forcing, context, quarter):
        for code in self.countries:
            forcing["convened"][context.geography.index(code), context.mask] = 1.0


@register_event
class Agreement(PairEvent):
    """A treaty that binds whatever the leaders of the day want: a floor under the stock of agreements in force."""

    type: Literal["agreement"] = "agreement"
    writes: ClassVar[tuple[str, ...]] = ("agreement_floor",)
    floor: Share = Field(description="the least stock of agreements in force")

    def conflict_keys(self):
        return [self.conflict_key(f"agreements {name}", "kept up", throughout=True) for name in self.pairs]

    def apply(self, forcing, context, quarter):
        self.raise_to(forcing["agreement_floor"], context, self.floor)


@register_event
class Corridor(ConstructionEvent):
    """A transport corridor built between start and finish: it lifts the stock of corridors of the pairs it serves.

    Its way to outside economies makes trade with them easier by the same `corridor_gain` as among the five. The cost
    is reported and charged to nobody: incomes are given in this model.
    """

    type: Literal["corridor"] = "corridor"
    writes: ClassVar[tuple[str, ...]] = ("corridor_floor", "outside_ease")
    name: Text = Field(description="what it is called")
    level: Share = Field(default=0.5, description="stock of corridors it gives, once finished")
    pairs: tuple[PairName, ...] = Field(default=(), description="pairs of states served")
    outside: tuple[Outsider, ...] = Field(default=(), description="outside economies it leads to")
    countries: tuple[Country, ...] = Field(default=(), description="states whose way to these is shortened")
    cost_usd_bn: Annotated[float, quantity("bn USD", 0, 100)] = Field(description="cost, reported only")

    @model_validator(mode="after")
    def _leads_somewhere(self):
        if not (self.pairs or self.outside):
            raise ValueError("needs pairs, or outside and countries")
        if bool(self.outside) != bool(self.countries):
            raise ValueError("outside and countries go together")
        return self

    def apply(self, forcing, context, quarter):
        done = self.level * self.done(quarter)
        for name in self.pairs:
            for a, b in context.both_ways(name):
                forcing["corridor_floor"][a, b, context.mask] = np.maximum(
                    forcing["corridor_floor"][a, b, context.mask], done
                )
        gain = context.of_members(context.parameters.corridor_gain)
        for code in self.countries:
            for partner in self.outside:
                forcing["outside_ease"][
                    context.geography.index(code), context.geography.outside.index(partner), context.mask
                ] *= np.exp(gain * done)


@register_event
class Grid(IntervalEvent):
    """A state leaves the unified power system until it is back, or joins it; of several, the last to begin holds."""

    type: Literal["grid"] = "grid"
    writes: ClassVar[tuple[str, ...]] = ("grid", "grid_cut_by")
    country: Country = Field(description="who")
    action: Literal["leave", "join"] = Field(default="leave", description="what it does")
    cut_by: Country | None = Field(default=None, description="who cut it off, if it did not leave by itself")

    def conflict_keys(self):
        return [self.conflict_key(f"grid of {self.country}", self.action, throughout=False)]

    def apply(self, forcing, context, quarter):
        who = context.geography.index(self.country)
        forcing["grid"][who, context.mask] = float(self.action == "join")
        if self.cut_by is not None:
            forcing["grid_cut_by"][who, context.geography.index(self.cut_by), context.mask] = 1.0


@register_event
class Freeze(PairEvent):
    """Relations of a pair stay as they were: postures, trust, agreements, borders agreed; no talks of the two alone.

    Both may still come to a meeting of all five.
    """

    type: Literal["freeze"] = "freeze"
    writes: ClassVar[tuple[str, ...]] = ("frozen",)

    def conflict_keys(self):
        return [
            conflict_key
            for name in self.pairs
            for conflict_key in (
                self.conflict_key(f"relations {name}", "frozen"),
                self.conflict_key(f"agreements {name}", "frozen"),
                self.conflict_key(f"border {name}", "frozen"),
            )
        ]

    def apply(self, forcing, context, quarter):
        self.raise_to(forcing["frozen"], context, 1.0)
