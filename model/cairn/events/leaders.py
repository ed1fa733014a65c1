"""Who leads the states, and what happens inside them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from cairn.core.calendar import begins, year_of
from cairn.core.geography import CODES
from cairn.core.leader_names import LEADERS
from cairn.core.random_streams import normal
from cairn.core.state import State
from cairn.core.variables import Array
from cairn.events.base import (
    AllCountries,
    Country,
    EventContext,
    InstantEvent,
    IntervalEvent,
    Share,
    Text,
    Truth,
    quantity,
    register_event,
)
from cairn.rules import leadership

TRAITS = ("openness", "nationalism", "personalism")


@register_event
class Succession(InstantEvent):
    """A leader comes to office, named and judged, or drawn by chance.

    `manner: hardening` is the same person changing course: no turnover, no trust reset. Openness, nationalism and
    personalism are judgements: each member draws them once for each leader, normal with the width given, so that the
    bands of a run hold our ignorance of them. With `drawn` a successor comes from the lottery's pool, as after 2025.
    """

    type: Literal["succession"] = "succession"
    writes: ClassVar[tuple[str, ...]] = (
        "leader_openness",
        "leader_nationalism",
        "leader_personalism",
        "born",
        "previous_personalism",
        "turnover_due",
        "tenure",
    )
    country: Country = Field(description="whose leader")
    manner: Literal["inherited", "death", "handover", "election", "overthrow", "hardening"] = Field(
        description="how office changed hands; hardening is the same person on another course"
    )
    drawn: Truth = Field(default=False, description="true: the successor is drawn, and nothing below is given")
    leader: Text = Field(default="", description="who; one name, one draw of the judgements in each member")
    openness: Share | None = Field(default=None, description="to the region, judged")
    nationalism: Share | None = Field(default=None, description="of rhetoric and policy, judged")
    personalism: Share | None = Field(default=None, description="how far the regime is one person, judged")
    width: Annotated[float, quantity("share", 0, 0.4)] = Field(
        default=0.12, description="standard deviation of the three judgements"
    )
    born: Annotated[int, quantity("year", 1900, 2010)] | None = Field(default=None, description="year of birth")

    @model_validator(mode="after")
    def _named_or_drawn(self):
        named = {name: getattr(self, name) for name in ("leader", *TRAITS, "born")}
        if self.drawn and self.manner in ("inherited", "hardening"):
            raise ValueError(f"a drawn successor comes by death, handover, election or overthrow, not {self.manner}")
        if self.drawn and (given := [name for name, value in named.items() if value]):
            raise ValueError(f"a drawn successor has no {given[0]}; leave it out, or leave out drawn")
        if not self.drawn and (missing := [name for name, value in named.items() if value in (None, "")]):
            raise ValueError(f"needs {', '.join(missing)}, or drawn: true")
        return self

    def conflict_keys(self):
        return [
            self.conflict_key(f"leader of {self.country}", self.fingerprint, throughout=False),
            *(
                []
                if self.manner in ("inherited", "hardening")
                else [self.conflict_key(f"office in {self.country}", "changes hands")]
            ),
        ]

    def apply(self, state: State, context: EventContext) -> State:
        i, old = context.geography.index(self.country), state.leaders
        traits, born = self._drawn(state, context) if self.drawn else (self._judged(context), float(self.born or 0))
        changes = {name: context.put(state.array(name), value, i) for name, value in traits.items()}
        changes["born"] = context.put(old.born, born, i)
        if self.manner not in ("inherited", "hardening"):
            changes["previous_personalism"] = context.put(old.previous_personalism, old.leader_personalism[i], i)
            changes["turnover_due"] = context.put(old.turnover_due, 1.0, i)
            changes["tenure"] = context.put(old.tenure, 0.0, i)
        return state.replace(**changes)

    def _judged(self, context: EventContext) -> dict[str, Array]:
        """The three judgements, one draw for each leader in each member, (M,) each."""
        parameters = context.parameters
        moved = self.width * normal(context.random_streams.at(0).uniform(f"judgement/{self.leader}", 3))
        if self.leader in LEADERS:  # what calibration found for this leader replaces part or all of the draw
            offset = parameters.openness_offset[LEADERS.index(self.leader)]
            moved[0] = parameters.judgement_spread * moved[0] + offset
        moved[0] += parameters.openness_shift
        return {
            f"leader_{name}": np.clip(getattr(self, name) + moved[k], parameters.trait_least, parameters.trait_most)
            for k, name in enumerate(TRAITS)
        }

    def _drawn(self, state: State, context: EventContext) -> tuple[dict[str, Array], Array]:
        """A successor from the pool, with the random numbers the lottery would use in that quarter, (M,) each."""
        draws, parameters = context.random_streams.at(self.first), context.parameters
        i, c = context.geography.index(self.country), context.geography.n_countries
        u_break, u_pool, u_own = (
            draws.uniform("break", c),
            draws.uniform("pool", c, 3),
            draws.uniform("successor", c, 3),
        )
        drawn = {
            f"leader_{name}": parameters.bind(leadership.successor_trait)(
                trait=state.array(f"leader_{name}")[i],
                irregular=self.manner == "overthrow",
                u_break=u_break[i],
                u_pool=u_pool[i, k],
                u_own=u_own[i, k],
                pool=getattr(parameters, f"pool_{name}"),
                pool_spread=getattr(parameters, f"pool_{name}_spread"),
            )
            for k, name in enumerate(TRAITS)
        }
        born = year_of(self.first) - np.broadcast_to(np.asarray(parameters.successor_age, float), (state.members,))
        return drawn, born


@register_event
class LeaderStays(IntervalEvent):
    """A leader, or one of the same kind, stays: nobody dies, hands over or is thrown out by the lottery.

    Where no lottery is in force it changes nothing, but guards against a succession that would contradict it.
    """

    type: Literal["leader_stays"] = "leader_stays"
    writes: ClassVar[tuple[str, ...]] = ("stays",)
    country: Country = Field(description="whose leader")

    def conflict_keys(self):
        return [self.conflict_key(f"office in {self.country}", f"stays, from {begins(max(self.first, 0))}")]

    def apply(self, forcing, context, quarter):
        forcing["stays"][context.geography.index(self.country), context.mask] = 1.0


@register_event
class LeaderLottery(IntervalEvent):
    """From here on leaders die, hand over or are thrown out by chance, and successors are drawn."""

    type: Literal["leader_lottery"] = "leader_lottery"
    writes: ClassVar[tuple[str, ...]] = ("lottery",)
    countries: AllCountries = Field(default=CODES, validate_default=True, min_length=1, description="where")  # type: ignore

    def apply(self, forcing, context, quarter):
        for code in self.countries:
            forcing["lottery"][context.geography.index(code), context.mask] = 1.0


@register_event
class Unrest(IntervalEvent):
    """Unrest or war within a state, 1 being a state that barely holds."""

    type: Literal["unrest"] = "unrest"
    writes: ClassVar[tuple[str, ...]] = ("unrest",)
    country: Country = Field(description="where")
    level: Share = Field(description="how bad")

    def apply(self, forcing, context, quarter):
        column = forcing["unrest"][context.geography.index(self.country), context.mask]
        forcing["unrest"][context.geography.index(self.country), context.mask] = np.maximum(column, self.level)
