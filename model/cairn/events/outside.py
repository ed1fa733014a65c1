"""What comes from outside the five: threats, patrons and partners, markets, organisations, disease."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import AfterValidator, Field

from cairn.core.geography import CODES
from cairn.events.base import (
    AllCountries,
    Country,
    Figures,
    IntervalEvent,
    Outsider,
    Share,
    Text,
    TimeSeriesEvent,
    Truth,
    binds_to,
    quantity,
    register_event,
)
from cairn.support.frozen_dict import FrozenDict

Rates = Annotated[dict[Country, Annotated[float, quantity("1/yr", -0.5, 0.5)]], AfterValidator(FrozenDict)]


@register_event
class Threat(TimeSeriesEvent):
    """A threat from outside: militancy that spills over borders, and a common external one. Parts add up."""

    type: Literal["threat"] = "threat"
    writes: ClassVar[tuple[str, ...]] = ("spillover", "external_threat")
    theatre: Text = Field(description="where it comes from")
    spillover: Figures = Field(default_factory=FrozenDict, description="militants, refugees: dated levels")
    external: Figures = Field(default_factory=FrozenDict, description="a threat to all five alike: dated levels")
    paths: ClassVar[tuple[str, ...]] = ("spillover", "external")

    def apply(self, forcing, context, quarter):
        for name, figures in (("spillover", self.spillover), ("external_threat", self.external)):
            if figures:
                forcing[name][context.mask] += self.level(figures, quarter)


@register_event
class PartnerSupport(TimeSeriesEvent):
    """Outside partners deal with the five as one (C5+1)."""

    type: Literal["c5plus1"] = "c5plus1"
    writes: ClassVar[tuple[str, ...]] = ("partner_support",)
    support: Figures = Field(description="dated levels, 1 being all partners every year")
    paths: ClassVar[tuple[str, ...]] = ("support",)

    def apply(self, forcing, context, quarter):
        forcing["partner_support"][context.mask] += self.level(self.support, quarter)


@register_event
class PatronPull(TimeSeriesEvent):
    """Pull of the Russian-led bloc, a rival of a club of the five. Without effect while `bloc_pull_weight` is 0."""

    type: Literal["patron_pull"] = "patron_pull"
    acts_through: ClassVar[str] = "bloc_pull_weight"
    writes: ClassVar[tuple[str, ...]] = ("bloc_level",)
    pull: Figures = Field(description="dated levels")
    paths: ClassVar[tuple[str, ...]] = ("pull",)

    def apply(self, forcing, context, quarter):
        forcing["bloc_level"][context.mask] += self.level(self.pull, quarter)


@register_event
class Sanctions(IntervalEvent):
    """Trade with an outside economy made harder: its ease times a factor, for all five or some."""

    type: Literal["sanctions"] = "sanctions"
    writes: ClassVar[tuple[str, ...]] = ("outside_ease",)
    partner: Outsider = Field(description="with whom")
    access: Annotated[float, quantity("times today's", 0.05, 1)] = Field(
        description="what is left of the ease of trade"
    )
    countries: AllCountries = Field(default=CODES, validate_default=True, min_length=1, description="whose trade")  # type: ignore

    def apply(self, forcing, context, quarter):
        for code in self.countries:
            forcing["outside_ease"][
                context.geography.index(code), context.geography.outside.index(self.partner), context.mask
            ] *= self.access


@register_event
class GrowthPath(IntervalEvent):
    """Growth of nominal income in current USD, in place of what the record or an earlier path says."""

    type: Literal["growth_path"] = "growth_path"
    writes: ClassVar[tuple[str, ...]] = ("growth",)
    rates: Rates = Field(min_length=1, description="a rate for each state named")

    def conflict_keys(self):
        return [self.conflict_key(f"growth of {code}", rate, throughout=False) for code, rate in self.rates.items()]

    def apply(self, forcing, context, quarter):
        for code, rate in self.rates.items():
            forcing["growth"][context.geography.index(code), context.mask] = rate


@register_event
class Reexports(TimeSeriesEvent):
    """Goods from China passing through Kyrgyz bazaars, 1 being the peak of 2008."""

    type: Literal["reexports"] = "reexports"
    writes: ClassVar[tuple[str, ...]] = ("reexport_level",)
    activity: Figures = Field(description="dated levels")
    paths: ClassVar[tuple[str, ...]] = ("activity",)

    def apply(self, forcing, context, quarter):
        forcing["reexport_level"][context.mask] += self.level(self.activity, quarter)


@register_event
class Membership(IntervalEvent):
    """States in an organisation that is not the five's own, from joining to leaving."""

    type: Literal["membership"] = "membership"
    writes: ClassVar[tuple[str, ...]] = ("memberships", "led_by_russia")
    organisation: Text = Field(description="which; one spelling throughout")
    countries: tuple[Country, ...] = Field(min_length=1, description="who is in it")
    led_by_russia: Truth = Field(default=False, description="whether it binds its members to a Russian-led bloc")
    status: Literal["member", "observer"] = Field(default="member", description="observers do not count as members")

    def conflict_keys(self):
        return [self.conflict_key(f"status of {code} in {self.organisation}", self.status) for code in self.countries]

    def apply(self, forcing, context, quarter):
        if self.status == "observer":
            return
        for code in self.countries:
            forcing["memberships"][
                context.organisations[self.organisation], context.geography.index(code), context.mask
            ] = 1.0
            if self.led_by_russia:
                forcing["led_by_russia"][context.geography.index(code), context.mask] = 1.0


@register_event
class Pandemic(IntervalEvent):
    """All borders shut down and leaders do not meet."""

    type: Literal["pandemic"] = "pandemic"
    writes: ClassVar[tuple[str, ...]] = ("closure_cap", "persons_cap", "meeting_barred")
    openness: Share = Field(description="the most openness left for persons, and for goods, on any way")
    goods: Share | None = Field(default=None, description="the most openness left for goods, where it is another")
    meetings: Truth = Field(default=False, description="whether the regional meeting may take place")

    @property
    def binds(self) -> str:
        return binds_to(self.openness, self.goods)

    def apply(self, forcing, context, quarter):
        others = context.geography.others
        of_goods = self.openness if self.goods is None else self.goods
        for name, most in (("persons_cap", self.openness), ("closure_cap", of_goods)):
            left = forcing[name][..., context.mask]
            forcing[name][..., context.mask] = np.where(others, np.minimum(left, most), left)
        if not self.meetings:
            forcing["meeting_barred"][context.mask] = 1.0
