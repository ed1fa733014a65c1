"""What a scenario can make happen: typed, dated events, each a small class that says what it does.

A `Moment` happens once and changes the state. A `Lasting` event is in force from its start to its end and writes
into what is given (`model.state.Given`); a `Path` is a lasting event whose level follows dated figures on straight
lines. All act on the members of a mask, so worlds under different scenarios share a run.

An event takes effect at the beginning of the quarter nearest to its date.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from model.calendar import FIRST_YEAR, LAST_YEAR, QUARTERS, quarter_of, year_of
from model.chance import Chance, normal
from model.countries import CODES, OTHERS, PAIR_NAMES, RESERVOIRS, RIVERS, index, pair
from model.parameters import Numbers
from model.state import State

EARLIEST, LATEST = dt.date(1991, 1, 1), dt.date(LAST_YEAR, 12, 31)


def _date(value: Any) -> dt.date:
    """A date from 2016, 2016-09 or 2016-09-02."""
    if isinstance(value, dt.datetime):
        value = value.date()
    if not isinstance(value, dt.date):
        parts = str(value).split("-")
        try:
            if not (1 <= len(parts) <= 3 and all(part.isdigit() for part in parts)):
                raise ValueError
            value = dt.date(*[int(part) for part in parts], *[1] * (3 - len(parts)))  # type: ignore[arg-type]
        except ValueError:
            raise ValueError(f"{value!r} is no date; write 2016, 2016-09 or 2016-09-02") from None
    if not EARLIEST <= value <= LATEST:
        raise ValueError(f"{value} lies outside {EARLIEST.year}..{LATEST.year}")
    return value


def _pair_name(value: Any) -> str:
    try:
        i, j = pair(str(value))
        if i == j:
            raise ValueError
    except ValueError:
        raise ValueError(f"{value!r} is no pair of states; one of {', '.join(PAIR_NAMES)}") from None
    return f"{CODES[i]}-{CODES[j]}"


Date = Annotated[dt.date, BeforeValidator(_date)]
Country = Literal["KAZ", "KGZ", "TJK", "TKM", "UZB"]
PairName = Annotated[str, BeforeValidator(_pair_name)]
Share = Annotated[float, Field(ge=0, le=1)]
Level = Annotated[float, Field(ge=0, le=1.5)]
Text = Annotated[str, Field(min_length=3)]


@dataclasses.dataclass(frozen=True)
class Rows:
    """Where an event acts, and what it may need: a mask of members, luck, numbers, the list of organisations."""

    mask: Any  # (M,) of truth, or a slice of all
    chance: Chance
    numbers: Numbers
    organisations: dict[str, int]

    def put(self, old: np.ndarray, column: int, value: Any) -> np.ndarray:
        """A copy of an array with new values in the masked rows of a column."""
        new = old.copy()
        new[self.mask, column] = value[self.mask] if isinstance(value, np.ndarray) else value
        return new


class Event(BaseModel):
    """What all events share: why it is in the scenario, and who says so."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    type: str
    why: Text = Field(description="why it is here, in a sentence")
    source: Text = Field(default="Assumed", description="who says so, or the word Assumed")
    mark: str = Field(default="", max_length=40, description="short label, if figures shall mark the date")

    @functools.cached_property
    def fingerprint(self) -> str:
        """The same for events that say the same."""
        return self.model_dump_json(exclude={"why", "source", "mark"})

    @property
    def first(self) -> int:
        """Quarter in which it takes effect."""
        raise NotImplementedError


class Moment(Event):
    """An event that happens once."""

    date: Date

    @property
    def first(self) -> int:
        return quarter_of(self.date)

    def happen(self, state: State, rows: Rows) -> State:
        """The state after it."""
        raise NotImplementedError


class Lasting(Event):
    """An event in force from its start until its end, or to the horizon."""

    start: Date
    end: Date | None = None
    moves: ClassVar[bool] = False  # whether its level changes while it is in force

    @model_validator(mode="after")
    def _ends_after_start(self):
        if self.end is not None and self.end < self.start:
            raise ValueError(f"end {self.end} comes before start {self.start}")
        return self

    @property
    def first(self) -> int:
        return quarter_of(self.start)

    @property
    def last(self) -> int | None:
        """First quarter in which it is no longer in force; it is always in force for one quarter at least."""
        return None if self.end is None else max(quarter_of(self.end), self.first + 1)

    def hold(self, given: dict[str, np.ndarray], rows: Rows, quarter: int) -> None:
        """Write into what is given in a quarter in which it is in force."""
        raise NotImplementedError


Figures = dict[Date, Level]


class Path(Lasting):
    """A lasting event whose level goes in straight lines between dated figures, and stays at the last."""

    start: Date = Field(default=dt.date(FIRST_YEAR, 1, 1))
    moves: ClassVar[bool] = True

    @staticmethod
    @functools.lru_cache(maxsize=4096)
    def _levels(figures: tuple[tuple[dt.date, float], ...]) -> np.ndarray:
        """Levels at the beginnings of all quarters."""
        decimal = [date.year + (date.timetuple().tm_yday - 1) / 365.25 for date, _ in figures]
        return np.interp(year_of(np.arange(QUARTERS)), decimal, [value for _, value in figures])

    def level(self, figures: dict[dt.date, float], quarter: int) -> float:
        """Level at the beginning of a quarter; before the first figure it is that figure."""
        return float(self._levels(tuple(sorted(figures.items())))[quarter])


# --- leaders --------------------------------------------------------------------------------------------------------


class Succession(Moment):
    """A leader comes to office. `manner: hardening` is the same person changing course: no turnover, no trust reset.

    Openness, nationalism and personalism are judgements: each member draws them once for each leader, normal with
    the width given, so that the bands of a run hold our ignorance of them.
    """

    type: Literal["succession"]
    country: Country
    leader: Text = Field(description="who; one name, one draw of the judgements in each member")
    manner: Literal["inherited", "death", "handover", "election", "overthrow", "hardening"]
    openness: Share = Field(description="to the region, judged")
    nationalism: Share = Field(description="of rhetoric and policy, judged")
    personalism: Share = Field(description="how far the regime is one person, judged")
    width: Annotated[float, Field(ge=0, le=0.4)] = Field(
        default=0.12, description="standard deviation of the three judgements"
    )
    born: Annotated[int, Field(ge=1900, le=2010)] = Field(description="year of birth")

    def happen(self, state: State, rows: Rows) -> State:
        column = index(self.country)
        offset = self.width * normal(rows.chance.at(0).uniform(f"judgement/{self.leader}", 3))
        least, most = rows.numbers.trait_least, rows.numbers.trait_most
        changes: dict[str, Any] = {
            name: rows.put(getattr(state, name), column, np.clip(value + offset[:, k : k + 1], least, most)[:, 0])
            for k, (name, value) in enumerate(
                {
                    "openness": self.openness,
                    "nationalism": self.nationalism,
                    "personalism": self.personalism,
                }.items()
            )
        }
        changes["born"] = rows.put(state.born, column, float(self.born))
        if self.manner not in ("inherited", "hardening"):
            changes["personalism_of_old"] = rows.put(
                state.personalism_of_old, column, state.personalism[:, column].copy()
            )
            changes["turnover_due"] = rows.put(state.turnover_due, column, 1.0)
            changes["tenure"] = rows.put(state.tenure, column, 0.0)
        return state.but(**changes)


class LeaderLottery(Lasting):
    """From here on leaders die, hand over or are thrown out by chance, and successors are drawn."""

    type: Literal["leader_lottery"]
    countries: tuple[Country, ...] = CODES  # type: ignore[assignment]

    def hold(self, given, rows, quarter):
        for code in self.countries:
            given["lottery"][rows.mask, index(code)] = 1.0


class Unrest(Lasting):
    """Unrest or war within a state, 1 being a state that barely holds."""

    type: Literal["unrest"]
    country: Country
    level: Share

    def hold(self, given, rows, quarter):
        column = given["unrest"][rows.mask, index(self.country)]
        given["unrest"][rows.mask, index(self.country)] = np.maximum(column, self.level)


# --- the world outside ----------------------------------------------------------------------------------------------


class Threat(Path):
    """A threat from outside: militancy that spills over borders, and a common external one. Parts add up."""

    type: Literal["threat"]
    theatre: Text
    spillover: Figures = Field(default_factory=dict, description="militants, refugees; dated levels 0..1.5")
    external: Figures = Field(default_factory=dict, description="a threat to all five alike; dated levels 0..1.5")

    def hold(self, given, rows, quarter):
        for name, figures in (("spillover", self.spillover), ("external_threat", self.external)):
            if figures:
                given[name][rows.mask] += self.level(figures, quarter)


class PartnerSupport(Path):
    """Outside partners deal with the five as one (C5+1): dated levels 0..1."""

    type: Literal["c5plus1"]
    support: Figures

    def hold(self, given, rows, quarter):
        given["partner_support"][rows.mask] += self.level(self.support, quarter)


class PatronPull(Path):
    """Pull of the Russian-led bloc, which competes with a club of the five: dated levels 0..1."""

    type: Literal["patron_pull"]
    pull: Figures

    def hold(self, given, rows, quarter):
        given["bloc_level"][rows.mask] += self.level(self.pull, quarter)


class GrowthPath(Lasting):
    """Growth of nominal income in current USD, a year, in place of what the record or an earlier path says."""

    type: Literal["growth_path"]
    rates: dict[Country, Annotated[float, Field(ge=-0.5, le=0.5)]]

    def hold(self, given, rows, quarter):
        for code, rate in self.rates.items():
            given["growth"][rows.mask, index(code)] = rate


class Reexports(Path):
    """Goods from China passing through Kyrgyz bazaars, 1 being the peak of 2008."""

    type: Literal["reexports"]
    activity: Figures

    def hold(self, given, rows, quarter):
        given["reexport_level"][rows.mask] += self.level(self.activity, quarter)


class Membership(Lasting):
    """States in an organisation that is not the five's own."""

    type: Literal["membership"]
    organisation: Text
    countries: tuple[Country, ...] = Field(min_length=1)
    led_by_russia: bool = False
    status: Literal["member", "observer"] = "member"

    def hold(self, given, rows, quarter):
        if self.status == "observer":
            return
        for code in self.countries:
            given["memberships"][rows.mask, rows.organisations[self.organisation], index(code)] = 1.0
            if self.led_by_russia:
                given["led_by_russia"][rows.mask, index(code)] = 1.0


# --- between the five -----------------------------------------------------------------------------------------------


class Organisation(Moment):
    """The five's own organisation is founded, takes a state in, or is absorbed by another and ends."""

    type: Literal["organisation"]
    action: Literal["found", "admit", "absorb"]
    members: tuple[Country, ...] = ()
    closed: bool = Field(default=True, description="only members may attend, others must accede")

    def happen(self, state: State, rows: Rows) -> State:
        columns = [index(code) for code in self.members]
        member = state.member.copy()
        if self.action == "absorb":
            member[rows.mask] = False
            return state.but(alive=rows.put(state.alive, 0, False), member=member)
        for column in columns:
            member = rows.put(member, column, True if self.action == "found" else state.alive[:, 0])
        if self.action == "admit":
            return state.but(member=member)
        return state.but(
            member=member,
            alive=rows.put(state.alive, 0, True),
            closed_club=rows.put(state.closed_club, 0, self.closed),
        )


class PairRegime(Lasting):
    """A regime between states of one or more pairs."""

    pairs: tuple[PairName, ...] = Field(min_length=1)

    def raise_to(self, table: np.ndarray, rows: Rows, level: float) -> None:
        """At least this level in the masked rows of the pairs, both ways."""
        for name in self.pairs:
            i, j = pair(name)
            for a, b in ((i, j), (j, i)):
                table[rows.mask, a, b] = np.maximum(table[rows.mask, a, b], level)

    def cap_at(self, table: np.ndarray, rows: Rows, level: float) -> None:
        """At most this level in the masked rows of the pairs, both ways."""
        for name in self.pairs:
            i, j = pair(name)
            for a, b in ((i, j), (j, i)):
                table[rows.mask, a, b] = np.minimum(table[rows.mask, a, b], level)


class VisaRegime(PairRegime):
    """Citizens need visas, 1, or something in between: passage for family events, exit visas."""

    type: Literal["visa_regime"]
    level: Share = 1.0

    def hold(self, given, rows, quarter):
        self.raise_to(given["visa"], rows, self.level)


class TransportLink(PairRegime):
    """Rail, road or air links cut between states; the cut shares of the three add up."""

    type: Literal["transport_link"]
    mode: Literal["rail", "road", "air"]

    def hold(self, given, rows, quarter):
        share = getattr(rows.numbers, f"{self.mode}_share")
        share = share[rows.mask, 0] if np.ndim(share) == 2 else share
        for name in self.pairs:
            i, j = pair(name)
            for a, b in ((i, j), (j, i)):
                given["links_cut"][rows.mask, a, b] = np.minimum(given["links_cut"][rows.mask, a, b] + share, 1.0)


class BorderClosure(PairRegime):
    """An act of state that shuts a border: whatever the postures, no more than this openness."""

    type: Literal["border_closure"]
    openness: Share = 0.1

    def hold(self, given, rows, quarter):
        self.cap_at(given["closure_cap"], rows, self.openness)


class Mining(PairRegime):
    """Mines along a border, until they are cleared."""

    type: Literal["mining"]
    openness: Share = Field(default=0.7, description="the most openness left")

    def hold(self, given, rows, quarter):
        self.cap_at(given["closure_cap"], rows, self.openness)


class Agreement(PairRegime):
    """A treaty that binds whatever the leaders of the day want: a floor under the stock of agreements in force."""

    type: Literal["agreement"]
    floor: Share

    def hold(self, given, rows, quarter):
        self.raise_to(given["agreement_floor"], rows, self.floor)


class Grid(Lasting):
    """A state out of the unified power system, from leaving until it is back."""

    type: Literal["grid"]
    country: Country

    def hold(self, given, rows, quarter):
        given["grid"][rows.mask, index(self.country)] = 0.0


class Pandemic(Lasting):
    """All borders shut down and leaders do not meet."""

    type: Literal["pandemic"]
    openness: Share
    meetings: bool = Field(default=False, description="whether the regional meeting may take place")

    def hold(self, given, rows, quarter):
        cap = given["closure_cap"]
        cap[rows.mask] = np.where(OTHERS, np.minimum(cap[rows.mask], self.openness), cap[rows.mask])
        if not self.meetings:
            given["meeting_barred"][rows.mask] = 1.0


# --- water and nature -----------------------------------------------------------------------------------------------


class Canal(Path):
    """An intake from the Amu Darya above the five, km3 in April-September, dated figures."""

    type: Literal["canal"]
    intake_km3: dict[Date, Annotated[float, Field(ge=0, le=15)]]

    def hold(self, given, rows, quarter):
        given["canal_km3"][rows.mask] += self.level(self.intake_km3, quarter)


class Reservoir(Lasting):
    """A dam fills from start to end and then stands: Kambar-Ata-1 or Rogun."""

    type: Literal["reservoir"]
    reservoir: Literal["kambarata_1", "rogun"]
    volume_km3: Annotated[float, Field(gt=0, le=20)]
    end: Date = Field(description="when it is full")
    moves: ClassVar[bool] = True

    @property
    def last(self) -> int | None:
        return None  # a full reservoir stays

    def hold(self, given, rows, quarter):
        column, filling = RESERVOIRS.index(self.reservoir), max(quarter_of(self.end) - self.first, 1)
        done = min((quarter - self.first + 1) / filling, 1.0)
        given["capacity_km3"][rows.mask, column] = self.volume_km3 * done
        given["filling_km3"][rows.mask, column] = self.volume_km3 / filling if quarter - self.first < filling else 0.0


class Drought(Lasting):
    """A run of dry (or, above 1, wet) years: flow of the rivers times a factor, chance coming on top."""

    type: Literal["drought"]
    rivers: tuple[Literal["syr_darya", "amu_darya"], ...] = RIVERS  # type: ignore[assignment]
    inflow: Annotated[float, Field(ge=0.3, le=2.0)] = Field(description="times the mean flow")

    def hold(self, given, rows, quarter):
        for river in self.rivers:
            given["flow_factor"][rows.mask, RIVERS.index(river)] *= self.inflow


class WaterEfficiency(Path):
    """Better canals and fields: summer water demand downstream times a factor, dated figures."""

    type: Literal["water_efficiency"]
    demand: dict[Date, Annotated[float, Field(ge=0.5, le=1.2)]] = Field(description="times the demand of today")

    def hold(self, given, rows, quarter):
        given["demand_factor"][rows.mask] *= self.level(self.demand, quarter)


class ClimateTrend(Lasting):
    """Flow changes a year from the start on, in shares of the mean."""

    type: Literal["climate_trend"]
    rivers: tuple[Literal["syr_darya", "amu_darya"], ...] = RIVERS  # type: ignore[assignment]
    per_year: Annotated[float, Field(ge=-0.02, le=0.02)]
    moves: ClassVar[bool] = True

    def hold(self, given, rows, quarter):
        years = max(year_of(quarter) - year_of(self.first), 0.0)
        for river in self.rivers:
            given["flow_factor"][rows.mask, RIVERS.index(river)] *= 1 + self.per_year * years


AnyEvent = Annotated[
    Succession
    | LeaderLottery
    | Unrest
    | Threat
    | PartnerSupport
    | PatronPull
    | GrowthPath
    | Reexports
    | Membership
    | Organisation
    | VisaRegime
    | TransportLink
    | BorderClosure
    | Mining
    | Agreement
    | Grid
    | Pandemic
    | Canal
    | Reservoir
    | Drought
    | WaterEfficiency
    | ClimateTrend,
    Field(discriminator="type"),
]


def event_types() -> dict[str, type[Event]]:
    """Every type of event by the name a file uses."""
    union = AnyEvent.__args__[0]  # type: ignore[attr-defined]
    return {kind.model_fields["type"].annotation.__args__[0]: kind for kind in union.__args__}
