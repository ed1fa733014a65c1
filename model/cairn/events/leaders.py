"""Who leads the states, and what happens inside them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from cairn.core.calendar import begins, year_of
from cairn.core.geography import CODES, C, index
from cairn.core.leader_names import LEADERS
from cairn.core.random_streams import normal
from cairn.core.state import State
from cairn.events.base import Country, EventContext, InstantEvent, IntervalEvent, Share, Text, Truth, quantity
from cairn.rules import leadership

TRAITS = ("openness", "nationalism", "personalism")


class Succession(InstantEvent):
    """A leader comes to office, named and judged, or drawn by chance.

    `manner: hardening` is the same person changing course: no turnover, no trust reset. Openness, nationalism and
    personalism are judgements: each member draws them once for each leader, normal with the width given, so that the
    bands of a run hold our ignorance of them. With `drawn` a successor comes from the lottery's pool, as after 2025.
    """

    type: Literal["succession"] = "succession"
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
        if self.drawn and (forcing := [name for name, value in named.items() if value]):
            raise ValueError(f"a drawn successor has no {forcing[0]}; leave it out, or leave out drawn")
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

    def apply(self, state: State, rows: EventContext) -> State:
        column = index(self.country)
        traits, born = self._drawn(state, rows) if self.drawn else (self._judged(rows), float(self.born or 0))
        changes: dict[str, Any] = {
            name: rows.put(getattr(state, name), column, value) for name, value in traits.items()
        }
        changes["born"] = rows.put(state.born, column, born)
        if self.manner not in ("inherited", "hardening"):
            changes["personalism_of_old"] = rows.put(
                state.personalism_of_old, column, state.personalism[:, column].copy()
            )
            changes["turnover_due"] = rows.put(state.turnover_due, column, 1.0)
            changes["tenure"] = rows.put(state.tenure, column, 0.0)
        return state.replace(**changes)

    def _judged(self, rows: EventContext) -> dict[str, np.ndarray]:
        """The three judgements, one draw for each leader in each member, (M,)."""
        parameters = rows.parameters
        moved = self.width * normal(rows.random_streams.at(0).uniform(f"judgement/{self.leader}", 3))
        if self.leader in LEADERS:  # what calibration learnt of him stands in for part or all of the draw
            learnt = np.asarray(parameters.openness_offset)[..., LEADERS.index(self.leader)]
            moved[:, 0] = np.ravel(parameters.judgement_spread) * moved[:, 0] + learnt
        moved[:, 0] += np.ravel(parameters.openness_shift)
        return {
            name: np.clip(getattr(self, name) + moved[:, k : k + 1], parameters.trait_least, parameters.trait_most)[
                :, 0
            ]
            for k, name in enumerate(TRAITS)
        }

    def _drawn(self, state: State, rows: EventContext) -> tuple[dict[str, np.ndarray], Any]:
        """A successor from the pool, with the luck the lottery would use in that quarter, (M,) each."""
        draws, parameters, column = rows.random_streams.at(self.first), rows.parameters, index(self.country)
        breaks, pool, own = draws.uniform("break", C), draws.uniform("pool", C, 3), draws.uniform("successor", C, 3)
        drawn = {
            name: parameters.bind(leadership.successor_trait)(
                getattr(state, name),
                self.manner == "overthrow",
                breaks,
                pool[..., k],
                own[..., k],
                getattr(parameters, f"pool_{name}"),
                getattr(parameters, f"pool_{name}_spread"),
            )[:, column]
            for k, name in enumerate(TRAITS)
        }
        born = year_of(self.first) - np.broadcast_to(np.asarray(parameters.successor_age, float), (state.members, 1))
        return drawn, born[:, 0]


class LeaderStays(IntervalEvent):
    """A leader, or one of the same kind, stays: nobody dies, hands over or is thrown out by the lottery.

    Where no lottery is in force it changes nothing, but guards against a succession that would contradict it.
    """

    type: Literal["leader_stays"] = "leader_stays"
    country: Country = Field(description="whose leader")

    def conflict_keys(self):
        return [self.conflict_key(f"office in {self.country}", f"stays, from {begins(max(self.first, 0))}")]

    def apply(self, forcing, rows, quarter):
        forcing["stays"][rows.mask, index(self.country)] = 1.0


class LeaderLottery(IntervalEvent):
    """From here on leaders die, hand over or are thrown out by chance, and successors are drawn."""

    type: Literal["leader_lottery"] = "leader_lottery"
    countries: tuple[Country, ...] = Field(default=CODES, min_length=1, description="where")  # type: ignore

    def apply(self, forcing, rows, quarter):
        for code in self.countries:
            forcing["lottery"][rows.mask, index(code)] = 1.0


class Unrest(IntervalEvent):
    """Unrest or war within a state, 1 being a state that barely holds."""

    type: Literal["unrest"] = "unrest"
    country: Country = Field(description="where")
    level: Share = Field(description="how bad")

    def apply(self, forcing, rows, quarter):
        column = forcing["unrest"][rows.mask, index(self.country)]
        forcing["unrest"][rows.mask, index(self.country)] = np.maximum(column, self.level)
