"""What all stages of a quarter share."""

from __future__ import annotations

import dataclasses
import functools

from cairn.core.calendar import season_of, year_of
from cairn.core.inputs import Tables
from cairn.core.pairs import from_borders
from cairn.core.parameters import Parameters
from cairn.core.random_streams import Draws
from cairn.core.state import Array, Forcing
from cairn.rules import borders, choice

VEGETATION = (1, 2)  # seasons Q2 and Q3


@dataclasses.dataclass(frozen=True, eq=False)
class StepContext:
    """What all stages of a quarter share: the date, what is given, the luck, the numbers and the tables."""

    quarter: int
    forcing: Forcing
    draws: Draws
    parameters: Parameters
    tables: Tables
    base: Array  # ease of trade by distance alone
    contested: Array  # (C, C)

    @property
    def year(self) -> float:
        """Decimal year at which the quarter begins."""
        return year_of(self.quarter)

    @property
    def season(self) -> int:
        """0 to 3 for Q1 to Q4."""
        return season_of(self.quarter)

    @property
    def summer(self) -> float:
        """1 in the vegetation season, else 0."""
        return float(self.season in VEGETATION)

    @property
    def years(self) -> float:
        """Years since the beginning of 1992."""
        return self.year - 1992

    @functools.cached_property
    def hard(self) -> Array:
        """Share of each border that is hard to agree on, (..., 7), the same for all that ask."""
        return self.parameters.bind(borders.hard_share)(self.tables.contested)

    @functools.cached_property
    def hard_between(self) -> Array:
        """The same between each two states, (..., C, C)."""
        return from_borders(self.hard)

    @functools.cached_property
    def costs(self) -> tuple[Array, ...]:
        """Cost of an act on rung 0 to 3 of the ladder, the same for all five."""
        return tuple(self.parameters.bind(choice.cost_of)(rung, self.years) for rung in range(4))
