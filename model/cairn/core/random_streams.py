"""Random numbers as arguments: uniforms from named streams, the same for a member wherever and whenever it runs.

The uniforms of a member depend on (seed, stream, member, quarter) alone. Each stream is one PCG64 sequence, keyed by
the seed and the stream's name; quarter q of it starts at position q * 2**40, and within the quarter the k numbers of
member m start at m * k. PCG64 jumps to any position at once, so a member, a chunk or a single quarter can be drawn
alone and in any order, and two scenarios with one seed use the same random numbers.

Source
------
The jump: O'Neill (2014), PCG: a family of better random number generators. Common random numbers: Law (2015),
Simulation Modeling and Analysis, chapter 11.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from zlib import crc32

import numpy as np
from scipy.special import ndtri

_QUARTER = 2**40
_SMALLEST = 2.0**-54


class RandomStreams:
    """Random numbers of members `first_member` ... `first_member + members - 1` under one seed.

    Parameters
    ----------
    seed : whole number >= 0
    members : how many members
    first_member : number of the first of them
    copies : how often the same members stand one after another; the scenarios of a comparison use the same numbers
    numbers, until : before quarter `until` the members use the random numbers of these members, (members,), instead of
        their own: their past was chosen among others

    Examples
    --------
    >>> ensemble = RandomStreams(seed=1, members=5).at(3).uniform("summit", 2)
    >>> alone = RandomStreams(seed=1, members=1, first_member=4).at(3).uniform("summit", 2)
    >>> bool((ensemble[:, 4] == alone[:, 0]).all())
    True
    """

    def __init__(
        self,
        seed: int,
        members: int,
        first_member: int = 0,
        copies: int = 1,
        numbers: np.ndarray | None = None,
        until: int = 0,
    ):
        self.seed, self.members, self.first_member, self.copies = (
            int(seed),
            int(members),
            int(first_member),
            int(copies),
        )
        self._numbers, self._until = numbers, until
        self.on_draw: Callable[[str, int, np.ndarray], None] | None = None  # told the stream, the quarter, the numbers
        self._streams: dict[str, np.random.Generator] = {}
        self._positions: dict[str, int] = {}

    def at(self, quarter: int) -> Draws:
        """The draws of one quarter, 0 being 1992Q1."""
        return Draws(self, quarter)

    def draw(self, stream: str, quarter: int, shape: tuple[int, ...]) -> np.ndarray:
        """Uniforms in [0, 1) of a stream in a quarter, (*shape, M)."""
        if stream not in self._streams:
            key = np.random.SeedSequence(self.seed, spawn_key=(crc32(stream.encode()),))
            self._streams[stream], self._positions[stream] = np.random.Generator(np.random.PCG64(key)), 0
        generator, each = self._streams[stream], prod(shape)
        first, count, chosen = self.first_member, self.members, None
        if self._numbers is not None and quarter < self._until:
            first = int(self._numbers.min())
            chosen = self._numbers - first
            count = int(chosen.max()) + 1
        start = quarter * _QUARTER + first * each
        generator.bit_generator.advance((start - self._positions[stream]) % 2**128)  # type: ignore[attr-defined]
        by_member = generator.random((count, each))
        self._positions[stream] = start + count * each
        if chosen is not None:
            by_member = by_member[chosen]
        drawn = np.ascontiguousarray(by_member.T).reshape(*shape, self.members)
        drawn = drawn if self.copies == 1 else np.tile(drawn, self.copies)
        if self.on_draw is not None:
            self.on_draw(stream, quarter, drawn)
        return drawn


class Draws:
    """The draws of one quarter. Every call with one name and shape gives the same numbers."""

    def __init__(self, streams: RandomStreams, quarter: int):
        self._random_streams, self._quarter = streams, quarter
        self._drawn: dict[str, tuple[tuple[int, ...], np.ndarray]] = {}

    def uniform(self, stream: str, *shape: int) -> np.ndarray:
        """Uniforms in [0, 1).

        Parameters
        ----------
        stream : name of the decision that they are for
        shape : how many per member

        Returns
        -------
        (*shape, M)

        Raises
        ------
        ValueError
            If the stream was drawn in another shape in this quarter.
        """
        known, drawn = self._drawn.get(stream, (shape, None))
        if known != shape:
            raise ValueError(f"stream {stream!r} has shape {known} in this quarter; {shape} was asked for")
        if drawn is None:
            drawn = self._random_streams.draw(stream, self._quarter, shape)
            drawn.flags.writeable = False
            self._drawn[stream] = shape, drawn
        return drawn

    @property
    def drawn(self) -> Mapping[str, np.ndarray]:
        """The numbers of each stream that was drawn or put so far, (*shape, M)."""
        return {stream: numbers for stream, (_, numbers) in self._drawn.items()}

    def put(self, stream: str, numbers: np.ndarray) -> None:
        """Give a stream other numbers in this quarter, for all that draw it from now on.

        Parameters
        ----------
        numbers : (*shape, M)
        """
        numbers.flags.writeable = False
        self._drawn[stream] = numbers.shape[:-1], numbers


def normal(u: np.ndarray | float) -> np.ndarray:
    """Standard normals from uniforms, by the inverse of the distribution function.

    >>> float(normal(0.5))
    0.0
    """
    return ndtri(np.maximum(u, _SMALLEST))
