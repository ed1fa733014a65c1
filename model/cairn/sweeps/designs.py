"""Designs: which points of the unit cube are sampled. Each sample is computed from its number, no list is kept.

So every worker, every shard and every resumed run makes its own samples, and none needs them all. The samples are
ordered so that the first half covers the cube as evenly as the whole: Sobol sequences and shuffled Latin hypercubes
have this property, and a grid is visited in steps of the golden ratio.

Symbols: k dimensions, N base samples.
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
BITS = 32  # a Sobol sequence has 2**32 terms


@dataclasses.dataclass(frozen=True)
class Design:
    """A kind of design, its size and the cube that it fills.

    Parameters
    ----------
    kind : one of KINDS
    base : number of samples; base samples of `saltelli`, trajectories of `morris`, ignored for `grid`
    levels : (k,) number of levels in each dimension, 0 if it is continuous; a grid needs levels in all dimensions
    seed : random seed of the design; the model's random numbers do not depend on it
    """

    kind: str
    base: int
    levels: tuple[int, ...]
    seed: int

    @property
    def dimensions(self) -> int:
        """Number of dimensions, k."""
        return len(self.levels)

    @property
    def block(self) -> int:
        """Samples that belong together: k + 2 for a base sample of Saltelli, k + 1 for a trajectory of Morris."""
        return {"saltelli": self.dimensions + 2, "morris": self.dimensions + 1}.get(self.kind, 1)

    @property
    def samples(self) -> int:
        """Number of samples."""
        return math.prod(self.levels) if self.kind == "grid" else self.base * self.block


def unit_samples(design: Design, first: int, count: int) -> np.ndarray:
    """Samples `first` ... `first + count - 1` of a design in the unit cube.

    Returns
    -------
    (count, k), 0..1; the same samples however they are asked for

    Examples
    --------
    >>> unit_samples(Design("grid", 0, (2, 2), 1), 0, 4).tolist()
    [[0.25, 0.25], [0.75, 0.75], [0.25, 0.75], [0.75, 0.25]]
    """
    block = design.block
    low, high = first // block, -(-(first + count) // block)
    blocks = _RULES[design.kind](design, low, high - low)
    return blocks.reshape(-1, design.dimensions)[first - low * block :][:count]


def _grid(design: Design, first: int, count: int) -> np.ndarray:
    """Every combination once, in steps of the golden ratio around the whole grid."""
    total = design.samples
    sample_numbers = [(n * _stride(total)) % total for n in range(first, first + count)]  # exact for any size
    digits = np.empty((count, design.dimensions))
    for column, levels in enumerate(design.levels):
        digits[:, column] = [(number % levels + 0.5) / levels for number in sample_numbers]
        sample_numbers = [number // levels for number in sample_numbers]
    return digits


@functools.cache
def _stride(total: int) -> int:
    """The smallest whole number from the golden section of a total upwards that has no common divisor with it."""
    stride = max(round(total * (math.sqrt(5) - 1) / 2), 1)
    while math.gcd(stride, total) != 1:
        stride += 1
    return stride


def _random(design: Design, first: int, count: int) -> np.ndarray:
    """Independent uniform numbers; the generator can jump to any of them."""
    bits = np.random.PCG64(_seeds(design))
    bits.advance(first * design.dimensions)
    return np.random.Generator(bits).random((count, design.dimensions))


def _latin_hypercube(design: Design, first: int, count: int) -> np.ndarray:
    """One sample in each of N slices of every dimension, in shuffled order (McKay, Beckman and Conover 1979)."""
    slices = _shuffles(design)[first : first + count]
    return (slices + _random(design, first, count)) / design.base


@functools.lru_cache(maxsize=2)
def _shuffles(design: Design) -> np.ndarray:
    generators = [np.random.default_rng(child) for child in _seeds(design).spawn(design.dimensions)]
    return np.stack([generator.permutation(design.base).astype(np.int32) for generator in generators], axis=1)


def _sobol(design: Design, first: int, count: int) -> np.ndarray:
    return _sequence(design, design.dimensions, first, count)


def _sequence(design: Design, dimensions: int, first: int, count: int) -> np.ndarray:
    """Terms of a scrambled Sobol sequence (Sobol 1967; Owen 1998)."""
    engine = qmc.Sobol(dimensions, scramble=True, bits=BITS, rng=np.random.default_rng(_seeds(design)))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The balance properties", category=UserWarning)
        return engine.fast_forward(first).random(count) if first else engine.random(count)


def _saltelli(design: Design, first: int, count: int) -> np.ndarray:
    """Blocks of A, then A with column i taken from B for each i, then B, as first-order and total indices need them.

    Source: Saltelli et al. (2010), Computer Physics Communications 181, table 2; order of blocks as in SALib.
    """
    k = design.dimensions
    both = _sequence(design, 2 * k, first, count)
    a, b = both[:, :k], both[:, k:]
    mixed = np.where(np.eye(k, dtype=bool), b[:, None, :], a[:, None, :])
    return np.concatenate([a[:, None, :], mixed, b[:, None, :]], axis=1)


def _morris(design: Design, first: int, count: int) -> np.ndarray:
    """Trajectories of k + 1 samples; each step moves one dimension by 2/3 of its range.

    Source: Morris (1991), Technometrics 33, with p = 4 levels and a step of p / (2 (p - 1)).
    """
    k, p = design.dimensions, MORRIS_LEVELS
    step = p / (2 * (p - 1))
    trajectories = np.empty((count, k + 1, k))
    for n in range(count):
        rng = np.random.default_rng(np.random.SeedSequence(design.seed, spawn_key=(_KEY, first + n)))
        order, upward = rng.permutation(k), rng.integers(0, 2, k) == 1
        low = rng.integers(0, p // 2, k) / (p - 1)
        start, end = np.where(upward, low, low + step), np.where(upward, low + step, low)
        rank = np.argsort(order)  # the step in which each dimension moves
        trajectories[n] = np.where(np.arange(k + 1)[:, None] > rank, end, start)
    return trajectories


_KEY = 0x5EED  # so that a design and the model with the same seed use different random numbers


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
