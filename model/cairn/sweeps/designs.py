"""Designs: which places of a unit cube are visited. A rule from a sample's number to its place, never a list.

So a worker, a piece of a sweep or a resumed run makes its own samples and nobody holds them all. Samples come in an
order in which the first half is an even sample of the whole: as the sequences of Sobol and the hypercube's shuffles
have it, and a grid by steps of the golden ratio.

`places(design, first, count)` gives (count, dimensions), 0..1; symbols: k dimensions, N base samples.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import warnings

import numpy as np
from scipy.stats import qmc

KINDS = ("grid", "random", "latin_hypercube", "sobol", "saltelli", "morris")
MORRIS_LEVELS = 4
BITS = 32  # of a Sobol sequence: it has 2**32 terms


@dataclasses.dataclass(frozen=True)
class Design:
    """A kind of design, its size and the cube it fills.

    kind : one of KINDS
    base : samples asked for; of `saltelli` base samples, of `morris` trajectories; of `grid` of no meaning
    levels : of each dimension, how many levels it has; 0 if it is continuous, in a grid never 0
    seed : of the design, not of the model's luck
    """

    kind: str
    base: int
    levels: tuple[int, ...]
    seed: int

    @property
    def dimensions(self) -> int:
        """k."""
        return len(self.levels)

    @property
    def block(self) -> int:
        """How many samples belong together: a base sample of Saltelli's with its companions, a trajectory of Morris."""
        return {"saltelli": self.dimensions + 2, "morris": self.dimensions + 1}.get(self.kind, 1)

    @property
    def samples(self) -> int:
        """How many samples there are."""
        return math.prod(self.levels) if self.kind == "grid" else self.base * self.block


def places(design: Design, first: int, count: int) -> np.ndarray:
    """Samples `first` ... `first + count - 1`, (count, k), 0..1."""
    block = design.block
    low, high = first // block, -(-(first + count) // block)
    found = _RULES[design.kind](design, low, high - low)
    return found.reshape(-1, design.dimensions)[first - low * block :][:count]


def _grid(design: Design, first: int, count: int) -> np.ndarray:
    """Every combination once. Step by step round the whole grid by the golden ratio: no level is left behind."""
    total = design.samples
    sample_numbers = [(n * _stride(total)) % total for n in range(first, first + count)]  # exact for any size
    digits = np.empty((count, design.dimensions))
    for column, levels in enumerate(design.levels):
        digits[:, column] = [(number % levels + 0.5) / levels for number in sample_numbers]
        sample_numbers = [number // levels for number in sample_numbers]
    return digits


@functools.cache
def _stride(total: int) -> int:
    """The whole number nearest above the golden section of a total that has no divisor in common with it."""
    stride = max(round(total * (math.sqrt(5) - 1) / 2), 1)
    while math.gcd(stride, total) != 1:
        stride += 1
    return stride


def _random(design: Design, first: int, count: int) -> np.ndarray:
    """Independent uniforms; the generator jumps to any of them."""
    bits = np.random.PCG64(_seeds(design))
    bits.advance(first * design.dimensions)
    return np.random.Generator(bits).random((count, design.dimensions))


def _latin_hypercube(design: Design, first: int, count: int) -> np.ndarray:
    """One sample in each of N slices of every dimension, the slices shuffled (McKay, Beckman and Conover 1979)."""
    slices = _shuffles(design)[first : first + count]
    return (slices + _random(design, first, count)) / design.base


@functools.lru_cache(maxsize=2)
def _shuffles(design: Design) -> np.ndarray:
    generators = [np.random.default_rng(child) for child in _seeds(design).spawn(design.dimensions)]
    return np.stack([generator.permutation(design.base).astype(np.int32) for generator in generators], axis=1)


def _sobol(design: Design, first: int, count: int) -> np.ndarray:
    return _sequence(design, design.dimensions, first, count)


def _sequence(design: Design, dimensions: int, first: int, count: int) -> np.ndarray:
    """Terms of a scrambled Sobol sequence (Sobol 1967, Owen 1998)."""
    engine = qmc.Sobol(dimensions, scramble=True, bits=BITS, rng=np.random.default_rng(_seeds(design)))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The balance properties", category=UserWarning)
        return engine.fast_forward(first).random(count) if first else engine.random(count)


def _saltelli(design: Design, first: int, count: int) -> np.ndarray:
    """Blocks A, A with column i from B for each i, B: what first-order and total indices need.

    Source: Saltelli et al. (2010), Computer Physics Communications 181, table 2; order of blocks as in SALib.
    """
    k = design.dimensions
    both = _sequence(design, 2 * k, first, count)
    a, b = both[:, :k], both[:, k:]
    mixed = np.where(np.eye(k, dtype=bool), b[:, None, :], a[:, None, :])
    return np.concatenate([a[:, None, :], mixed, b[:, None, :]], axis=1)


def _morris(design: Design, first: int, count: int) -> np.ndarray:
    """Trajectories of k + 1 samples; each step moves one dimension by half the range and a little more.

    Source: Morris (1991), Technometrics 33, with p = 4 levels and a step of p / (2 (p - 1)).
    """
    k, p = design.dimensions, MORRIS_LEVELS
    step = p / (2 * (p - 1))
    found = np.empty((count, k + 1, k))
    for n in range(count):
        rng = np.random.default_rng(np.random.SeedSequence(design.seed, spawn_key=(_KEY, first + n)))
        order, upward = rng.permutation(k), rng.integers(0, 2, k) == 1
        low = rng.integers(0, p // 2, k) / (p - 1)
        start, end = np.where(upward, low, low + step), np.where(upward, low + step, low)
        rank = np.argsort(order)  # when each dimension moves
        found[n] = np.where(np.arange(k + 1)[:, None] > rank, end, start)
    return found


_KEY = 0x5EED  # keeps a design's seeds apart from those of the model's luck


def _seeds(design: Design) -> np.random.SeedSequence:
    return np.random.SeedSequence(design.seed, spawn_key=(_KEY,))


_RULES = {
    "grid": _grid,
    "random": _random,
    "latin_hypercube": _latin_hypercube,
    "sobol": _sobol,
    "saltelli": _saltelli,
    "morris": _morris,
}
