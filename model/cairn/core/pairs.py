"""The only axis juggling of the project: from a state to its pairs, and between pairs, borders and squares.

Arrays are counted from the end: about a state `(..., C)`, about a pair `(..., C, C)` with `x[..., i, j]`
being i towards j, about a land border `(..., 7)`, about an unordered pair `(..., 10)`.
"""

import numpy as np

from cairn.core.geography import BORDERS, PAIRS, C

_PLAIN = (float, int)
_PAIR_OF = np.zeros((C, C), dtype=int)
for _n, (_i, _j) in enumerate(PAIRS):
    _PAIR_OF[_i, _j] = _PAIR_OF[_j, _i] = _n
_BORDER_I, _BORDER_J = (np.array(side) for side in zip(*BORDERS, strict=True))
_BORDER_OF = np.full((C, C), len(BORDERS))
for _n, (_i, _j) in enumerate(BORDERS):
    _BORDER_OF[_i, _j] = _BORDER_OF[_j, _i] = _n
_PAIR_I, _PAIR_J = (np.array(side) for side in zip(*PAIRS, strict=True))


def as_own(x):
    """What belongs to i, laid along i of a pair: (..., C) -> (..., C, 1); a plain number stays one."""
    return x if isinstance(x, _PLAIN) else x[..., None]


def as_partner(x):
    """What belongs to j, laid along j of a pair: (..., C) -> (..., 1, C); a plain number stays one."""
    return x if isinstance(x, _PLAIN) else x[..., None, :]


def transpose(x):
    """j towards i in the place of i towards j."""
    return np.swapaxes(x, -1, -2)


def both_ways(x):
    """Mean of the two directions of a pair: (..., C, C) -> (..., C, C)."""
    return (x + transpose(x)) / 2


def to_pairs(x):
    """One number per unordered pair, read off above the diagonal: (..., C, C) -> (..., 10)."""
    return x[..., _PAIR_I, _PAIR_J]


def from_pairs(x):
    """The same number both ways; the diagonal is whatever stands first: (..., 10) -> (..., C, C)."""
    return x[..., _PAIR_OF]


def to_borders(x):
    """One number per land border, read off above the diagonal: (..., C, C) -> (..., 7)."""
    return x[..., _BORDER_I, _BORDER_J]


def from_borders(x):
    """The same number both ways, zero where there is no border: (..., 7) -> (..., C, C)."""
    padded = np.concatenate([x, np.zeros((*x.shape[:-1], 1), dtype=x.dtype)], axis=-1)
    return padded[..., _BORDER_OF]


def sum_pairs(x):
    """Sum over all pairs in both directions: (..., C, C) -> (...). The same bits for any number of members."""
    return x.reshape(*x.shape[:-2], C * C).sum(-1)
