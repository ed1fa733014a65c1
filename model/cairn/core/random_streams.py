"""Chance as an argument: uniforms from named streams, the same for a member wherever and whenever it runs.

The uniforms of a row depend on (seed, stream, member, quarter) alone. Each stream is one PCG64 sequence, keyed by
the seed and the stream's name; quarter q of it starts at position q * 2**40, and within the quarter member m's k
numbers start at m * k. PCG64 jumps to any position at once, so a member, a chunk or a single quarter can be drawn
alone, in any order, and two scenarios with one seed share their luck.

Source: O'Neill (2014), PCG: a family of better random number generators, for the jump; common random numbers as in
Law (2015), Simulation Modeling and Analysis, chapter 11.
"""

from math import prod
from zlib import crc32

import numpy as np
from scipy.special import ndtri

_QUARTER = 2**40
_SMALLEST = 2.0**-54


class RandomStreams:
    """Luck of members `first_member` ... `first + members - 1` under one seed.

    Parameters
    ----------
    seed : whole number >= 0
    members : how many members in a row
    first : number of the first of them
    copies : how often the same members stand one after another; arms of a comparison share their luck

    Examples
    --------
    >>> whole = RandomStreams(seed=1, members=5).at(3).uniform("summit", 2)
    >>> alone = RandomStreams(seed=1, members=1, first_member=4).at(3).uniform("summit", 2)
    >>> bool((whole[4] == alone[0]).all())
    True
    """

    def __init__(self, seed: int, members: int, first_member: int = 0, copies: int = 1):
        self.seed, self.members, self.first_member, self.copies = (
            int(seed),
            int(members),
            int(first_member),
            int(copies),
        )
        self._streams: dict[str, tuple[np.random.PCG64, np.random.Generator, int]] = {}

    def at(self, quarter: int) -> "Draws":
        """The luck of one quarter, 0 being 1992Q1."""
        return Draws(self, quarter)

    def _draw(self, stream: str, quarter: int, shape: tuple[int, ...]) -> np.ndarray:
        if stream not in self._streams:
            key = np.random.SeedSequence(self.seed, spawn_key=(crc32(stream.encode()),))
            bits = np.random.PCG64(key)
            self._streams[stream] = (bits, np.random.Generator(bits), 0)
        bits, generator, position = self._streams[stream]
        each = prod(shape)
        start = quarter * _QUARTER + self.first_member * each
        bits.advance((start - position) % 2**128)
        drawn = generator.random((self.members, *shape))
        self._streams[stream] = (bits, generator, start + self.members * each)
        return drawn if self.copies == 1 else np.tile(drawn, (self.copies,) + (1,) * len(shape))


class Draws:
    """The draws of one quarter. Every call with one name gives the same numbers."""

    def __init__(self, random_streams: RandomStreams, quarter: int):
        self._chance, self._quarter = random_streams, quarter
        self._drawn: dict[str, np.ndarray] = {}

    def uniform(self, stream: str, *shape: int) -> np.ndarray:
        """Uniforms in [0, 1), (M, *shape)."""
        if stream not in self._drawn:
            self._drawn[stream] = self._chance._draw(stream, self._quarter, shape)
        return self._drawn[stream]


def normal(u):
    """Standard normals from uniforms, by the inverse of the distribution function.

    >>> float(normal(0.5))
    0.0
    """
    return ndtri(np.maximum(u, _SMALLEST))
