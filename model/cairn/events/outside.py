"""What comes from outside the five: threats, patrons and partners, markets, organisations, disease."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import AfterValidator, Field

from cairn.core.geography import CODES, OTHERS, OUTSIDE, index
from cairn.events.base import Country, Figures, IntervalEvent, Outsider, Share, Text, TimeSeriesEvent, Truth, quantity
from cairn.support.frozen_dict import FrozenDict

Rates = Annotated[dict[Country, Annotated[float, quantity("1/yr", -0.5, 0.5)]], AfterValidator(FrozenDict)]


class Threat(TimeSeriesEvent):
    """A threat from outside: militancy that spills over borders, and a common external one. Parts add up."""

    type: Literal["threat"] = "threat"
    theatre: Text = Field(description="where it comes from")
    spillover: Figures = Field(default_factory=FrozenDict, description="militants, refugees: dated levels")
    external: Figures = Field(default_factory=FrozenDict, description="a threat to all five alike: dated levels")
    paths: ClassVar[tuple[str, ...]] = ("spillover", "external")

    def apply(self, forcing, rows, quarter):
        for name, figures in (("spillover", self.spillover), ("external_threat", self.external)):
            if figures:
                forcing[name][rows.mask] += self.level(figures, quarter)


class PartnerSupport(TimeSeriesEvent):
    """Outside partners deal with the five as one (C5+1)."""

    type: Literal["c5plus1"] = "c5plus1"
    support: Figures = Field(description="dated levels, 1 being all partners every year")
    paths: ClassVar[tuple[str, ...]] = ("support",)

    def apply(self, forcing, rows, quarter):
        forcing["partner_support"][rows.mask] += self.level(self.support, quarter)


class PatronPull(TimeSeriesEvent):
    """Pull of the Russian-led bloc, which competes with a club of the five."""

    type: Literal["patron_pull"] = "patron_pull"
    pull: Figures = Field(description="dated levels")
    paths: ClassVar[tuple[str, ...]] = ("pull",)

    def apply(self, forcing, rows, quarter):
        forcing["bloc_level"][rows.mask] += self.level(self.pull, quarter)


class Sanctions(IntervalEvent):
    """Trade with an outside economy made harder: its ease times a factor, for all five or some."""

    type: Literal["sanctions"] = "sanctions"
    partner: Outsider = Field(description="with whom")
    access: Annotated[float, quantity("times today's", 0.05, 1)] = Field(
        description="what is left of the ease of trade"
    )
    countries: tuple[Country, ...] = Field(default=CODES, min_length=1, description="whose trade")  # type: ignore

    def apply(self, forcing, rows, quarter):
        for code in self.countries:
            forcing["outside_ease"][rows.mask, index(code), OUTSIDE.index(self.partner)] *= self.access


class GrowthPath(IntervalEvent):
    """Growth of nominal income in current USD, in place of what the record or an earlier path says."""

    type: Literal["growth_path"] = "growth_path"
    rates: Rates = Field(min_length=1, description="a rate for each state named")

    def conflict_keys(self):
        return [self.conflict_key(f"growth of {code}", rate, throughout=False) for code, rate in self.rates.items()]

    def apply(self, forcing, rows, quarter):
        for code, rate in self.rates.items():
            forcing["growth"][rows.mask, index(code)] = rate


class Reexports(TimeSeriesEvent):
    """Goods from China passing through Kyrgyz bazaars, 1 being the peak of 2008."""

    type: Literal["reexports"] = "reexports"
    activity: Figures = Field(description="dated levels")
    paths: ClassVar[tuple[str, ...]] = ("activity",)

    def apply(self, forcing, rows, quarter):
        forcing["reexport_level"][rows.mask] += self.level(self.activity, quarter)


class Membership(IntervalEvent):
    """States in an organisation that is not the five's own, from joining to leaving."""

    type: Literal["membership"] = "membership"
    organisation: Text = Field(description="which; one spelling throughout")
    countries: tuple[Country, ...] = Field(min_length=1, description="who is in it")
    led_by_russia: Truth = Field(default=False, description="whether it binds its members to a Russian-led bloc")
    status: Literal["member", "observer"] = Field(default="member", description="observers do not count as members")

    def conflict_keys(self):
        return [self.conflict_key(f"status of {code} in {self.organisation}", self.status) for code in self.countries]

    def apply(self, forcing, rows, quarter):
        if self.status == "observer":
            return
        for code in self.countries:
            forcing["memberships"][rows.mask, rows.organisations[self.organisation], index(code)] = 1.0
            if self.led_by_russia:
                forcing["led_by_russia"][rows.mask, index(code)] = 1.0


class Pandemic(IntervalEvent):
    """All borders shut down and leaders do not meet."""

    type: Literal["pandemic"] = "pandemic"
    openness: Share = Field(description="the most openness left on any way")
    meetings: Truth = Field(default=False, description="whether the regional meeting may take place")

    def apply(self, forcing, rows, quarter):
        cap = forcing["closure_cap"]
        cap[rows.mask] = np.where(OTHERS, np.minimum(cap[rows.mask], self.openness), cap[rows.mask])
        if not self.meetings:
            forcing["meeting_barred"][rows.mask] = 1.0
