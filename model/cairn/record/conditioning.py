"""What worlds that are conditioned on the record carry with them, and what the record says they did.

A conditioned member has the parameters of a set, the random numbers of the member that was chosen for it, and the
residuals of trade that the record implies. Acts on record are made to happen by `cairn.step.conditioner`.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np

from cairn.record import acts
from cairn.record.acts import FIRST_YEAR

MOST_CANDIDATES = 1_000_000  # whose random numbers members use; a quarter draws those of all between them
LARGEST_RESIDUAL = 30.0  # log, of a pair's trade


@dataclasses.dataclass(frozen=True, eq=False)
class RecordedActs:
    """What the record says of each quarter or year; NaN where it says nothing.

    Parameters
    ----------
    attended : (Y, C), 1 where a leader came to a regional meeting of the year, 0 where not
    undelimited : (Q, B), share of each border that was not agreed at the end of the quarter
    incidents : (Y, B), incidents of the year
    deaths : (Q, B), deaths of the quarter
    storage : (Q,), km3, of the first reservoir at the end of the quarter
    """

    attended: np.ndarray
    undelimited: np.ndarray
    incidents: np.ndarray
    deaths: np.ndarray
    storage: np.ndarray

    @staticmethod
    @functools.cache
    def until(year: int, codes: tuple[str, ...], borders: tuple[str, ...]) -> RecordedActs:
        """What is on record to the end of a year; nothing that was reported of later years is used.

        Parameters
        ----------
        codes, borders : names of states and borders, in the order of the arrays
        """
        return RecordedActs(
            acts.attended(codes, year),
            acts.undelimited(borders, year),
            acts.incidents(borders, year),
            acts.deaths(borders, year),
            acts.storage(year),
        )


@dataclasses.dataclass(frozen=True, eq=False)
class Conditioning:
    """Members whose past is that of the record.

    Parameters
    ----------
    until : last year of the record that was used
    numbers : (M,), members whose random numbers they use to the end of that year
    residual : (Y, P, M), log, residual of each pair's trade by year; (0, P, M) if it is drawn as in a free run
    factual : parameters of the factual members, if those of the run are others
    """

    until: int
    numbers: np.ndarray
    residual: np.ndarray
    factual: Any = None

    @property
    def end(self) -> int:
        """The first quarter that is not conditioned."""
        return 4 * (self.until - FIRST_YEAR + 1)

    def fault(self, members: int, pairs: int) -> str:
        """Which array cannot be that of so many members, and why; empty if both can.

        >>> Conditioning(1993, np.array([3, -1]), np.zeros((2, 10, 2))).fault(2, 10)
        'numbers: expected 2 whole numbers from 0 to 999999'
        """
        numbers, residual = self.numbers, self.residual
        whole = numbers.shape == (members,) and numbers.dtype.kind in "iu"
        if not whole or not ((numbers >= 0) & (numbers < MOST_CANDIDATES)).all():
            return f"numbers: expected {members} whole numbers from 0 to {MOST_CANDIDATES - 1}"
        years = self.until - FIRST_YEAR + 1
        if residual.dtype.kind != "f" or residual.shape not in ((years, pairs, members), (0, pairs, members)):
            return f"residual: expected numbers of shape {(years, pairs, members)}; got shape {residual.shape}"
        if not (np.abs(residual) <= LARGEST_RESIDUAL).all():
            return f"residual: values that are not finite, or larger than {LARGEST_RESIDUAL:g}"
        return ""

    def released_after(self, year: int) -> Conditioning:
        """The same members, whose chances and residuals are those of the record to a year and free after it.

        To the end of the year random numbers and residuals are those that they were.

        >>> Conditioning(1994, np.array([3]), np.ones((3, 10, 1))).released_after(1992).residual.shape
        (1, 10, 1)
        """
        until = min(year, self.until)
        return dataclasses.replace(self, until=until, residual=self.residual[: until - FIRST_YEAR + 1])

    def rows(self, rows: Any) -> Conditioning:
        """Some of the members: a slice, or their positions."""
        factual = self.factual.rows(rows) if self.factual is not None else None
        return Conditioning(self.until, self.numbers[rows], self.residual[..., rows], factual)
