"""What all stages of a quarter share."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

import numpy as np

from cairn.core.calendar import season_of, year_of
from cairn.core.forcing import Forcing
from cairn.core.geography import Geography
from cairn.core.inputs import Inputs
from cairn.core.parameters import Parameters
from cairn.core.random_streams import Draws
from cairn.core.variables import Array, Param
from cairn.rules import borders, choice, trade

if TYPE_CHECKING:
    from cairn.step.conditioning import Conditioner

VEGETATION = (1, 2)  # seasons Q2 and Q3


@dataclasses.dataclass(frozen=True, eq=False)
class Fixed:
    """What depends on parameters, geography and inputs alone: computed once, and anew when an event changes parameters.

    Parameters
    ----------
    base_ease : (N, N, 1) or (N, N, M), ease of trade by distance alone
    accessibility : (C, C, 1) or (C, C, M), log, the part of accessibility that does not change
    affinity : (C, C, 1) or (C, C, M), log, mean of the residual of trade
    contested : (C, C, 1), 0..1
    hard_share : (B, 1) or (B, M), 0..1, share of each border that is hard to agree on; `hard_between` by pair of states
    """

    base_ease: Array
    accessibility: Array
    affinity: Array
    contested: Array
    hard_share: Array
    hard_between: Array

    @staticmethod
    def of(geography: Geography, inputs: Inputs, parameters: Parameters) -> Fixed:
        """Compute it."""
        c, log_distance = geography.n_countries, np.log(inputs.distance_km)
        hard = parameters.bind(borders.hard_share)(inputs.contested)
        return Fixed(
            base_ease=parameters.bind(trade.base_ease)(log_distance, np.atleast_2d(parameters.outside_affinity)),
            accessibility=parameters.bind(trade.fixed_accessibility)(
                log_distance=log_distance[:c, :c],
                neighbours=geography.neighbours,
            ),
            affinity=geography.from_pairs(parameters.pair_affinity),
            contested=geography.from_borders(inputs.contested),
            hard_share=hard,
            hard_between=geography.from_borders(hard),
        )


@dataclasses.dataclass(frozen=True, eq=False)
class StepContext:
    """What all stages of a quarter share: the date, the forcing, the random numbers, parameters, geography, inputs.

    Parameters
    ----------
    quarter : 0 being 1992Q1
    forcing : what is given in the quarter
    draws : its random numbers
    parameters : as they are in the quarter
    geography, inputs, fixed : what does not change
    members : M
    conditioner : makes what is on record happen; None in a free run, and after the record's end
    """

    quarter: int
    forcing: Forcing
    draws: Draws
    parameters: Parameters
    geography: Geography
    inputs: Inputs
    fixed: Fixed
    members: int
    conditioner: Conditioner | None = None

    @functools.cached_property
    def year(self) -> float:
        """Decimal year at which the quarter begins."""
        return year_of(self.quarter)

    @functools.cached_property
    def season(self) -> int:
        """0 to 3 for Q1 to Q4."""
        return season_of(self.quarter)

    @functools.cached_property
    def summer(self) -> float:
        """1 in the vegetation season, else 0."""
        return float(self.season in VEGETATION)

    @functools.cached_property
    def years(self) -> float:
        """Years since the beginning of 1992."""
        return self.year - 1992

    @functools.cached_property
    def costs(self) -> tuple[Param, ...]:
        """Cost of an act on rung 0 to 3 of the ladder, logit, the same for all states."""
        return self.parameters.bind(choice.costs_of)(rungs=range(4), years_since_1992=self.years)
