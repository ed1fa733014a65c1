"""What comes from outside the five: threats, patrons and partners, markets, organisations, disease."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import AfterValidator, Field

from cairn.core.geography import CODES, OTHERS, OUTSIDE, index
from cairn.events.base import Country, Figures, Lasting, Outsider, Path, Share, Text, Truth, quantity
from cairn.support.frozen_dict import FixedDict

Rates = Annotated[dict[Country, Annotated[float, quantity("1/yr", -0.5, 0.5)]], AfterValidator(FixedDict)]


class Threat(Path):
    """A threat from outside: militancy that spills over borders, and a common external one. Parts add up."""

    type: Literal["threat"] = "threat"
    theatre: Text = Field(description="where it comes from")
    spillover: Figures = Field(default_factory=FixedDict, description="militants, refugees: dated levels")
    external: Figures = Field(default_factory=FixedDict, description="a threat to all five alike: dated levels")
    paths: ClassVar[tuple[str, ...]] = ("spillover", "external")

    def hold(self, given, rows, quarter):
        for name, figures in (("spillover", self.spillover), ("external_threat", self.external)):
            if figures:
                given[name][rows.mask] += self.level(figures, quarter)


class PartnerSupport(Path):
    """Outside partners deal with the five as one (C5+1)."""

    type: Literal["c5plus1"] = "c5plus1"
    support: Figures = Field(description="dated levels, 1 being all partners every year")
    paths: ClassVar[tuple[str, ...]] = ("support",)

    def hold(self, given, rows, quarter):
        given["partner_support"][rows.mask] += self.level(self.support, quarter)


class PatronPull(Path):
    """Pull of the Russian-led bloc, which competes with a club of the five."""

    type: Literal["patron_pull"] = "patron_pull"
    pull: Figures = Field(description="dated levels")
    paths: ClassVar[tuple[str, ...]] = ("pull",)

    def hold(self, given, rows, quarter):
        given["bloc_level"][rows.mask] += self.level(self.pull, quarter)


class Sanctions(Lasting):
    """Trade with an outside economy made harder: its ease times a factor, for all five or some."""

    type: Literal["sanctions"] = "sanctions"
    partner: Outsider = Field(description="with whom")
    access: Annotated[float, quantity("times today's", 0.05, 1)] = Field(
        description="what is left of the ease of trade"
    )
    countries: tuple[Country, ...] = Field(default=CODES, min_length=1, description="whose trade")  # type: ignore

    def hold(self, given, rows, quarter):
        for code in self.countries:
            given["outside_ease"][rows.mask, index(code), OUTSIDE.index(self.partner)] *= self.access


class GrowthPath(Lasting):
    """Growth of nominal income in current USD, in place of what the record or an earlier path says."""

    type: Literal["growth_path"] = "growth_path"
    rates: Rates = Field(min_length=1, description="a rate for each state named")

    def stakes(self):
        return [self.stake(f"growth of {code}", rate, throughout=False) for code, rate in self.rates.items()]

    def hold(self, given, rows, quarter):
        for code, rate in self.rates.items():
            given["growth"][rows.mask, index(code)] = rate


class Reexports(Path):
    """Goods from China passing through Kyrgyz bazaars, 1 being the peak of 2008."""

    type: Literal["reexports"] = "reexports"
    activity: Figures = Field(description="dated levels")
    paths: ClassVar[tuple[str, ...]] = ("activity",)

    def hold(self, given, rows, quarter):
        given["reexport_level"][rows.mask] += self.level(self.activity, quarter)


class Membership(Lasting):
    """States in an organisation that is not the five's own, from joining to leaving."""

    type: Literal["membership"] = "membership"
    organisation: Text = Field(description="which; one spelling throughout")
    countries: tuple[Country, ...] = Field(min_length=1, description="who is in it")
    led_by_russia: Truth = Field(default=False, description="whether it binds its members to a Russian-led bloc")
    status: Literal["member", "observer"] = Field(default="member", description="observers do not count as members")

    def stakes(self):
        return [self.stake(f"status of {code} in {self.organisation}", self.status) for code in self.countries]

    def hold(self, given, rows, quarter):
        if self.status == "observer":
            return
        for code in self.countries:
            given["memberships"][rows.mask, rows.organisations[self.organisation], index(code)] = 1.0
            if self.led_by_russia:
                given["led_by_russia"][rows.mask, index(code)] = 1.0


class Pandemic(Lasting):
    """All borders shut down and leaders do not meet."""

    type: Literal["pandemic"] = "pandemic"
    openness: Share = Field(description="the most openness left on any way")
    meetings: Truth = Field(default=False, description="whether the regional meeting may take place")

    def hold(self, given, rows, quarter):
        cap = given["closure_cap"]
        cap[rows.mask] = np.where(OTHERS, np.minimum(cap[rows.mask], self.openness), cap[rows.mask])
        if not self.meetings:
            given["meeting_barred"][rows.mask] = 1.0
