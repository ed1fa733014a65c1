"""Shapley values: the contribution of each of several causes, averaged over all orders of removing them."""

from __future__ import annotations

from math import factorial

import numpy as np


def shapley(outcomes: np.ndarray) -> np.ndarray:
    """Shapley value of each of n causes in each member, from the outcome of every combination.

    Parameters
    ----------
    outcomes : (2 ** n, ...), the outcome when the causes in the bits of the first index are removed; bit k is cause k

    Returns
    -------
    (n, ...); the values add up to the outcome without all causes minus the outcome with all

    Raises
    ------
    ValueError
        If there are not 2 ** n combinations.

    Source
    ------
    Shapley 1953, in Contributions to the Theory of Games II.

    Examples
    --------
    >>> shapley(np.array([0.0, 1.0, 1.0, 4.0]))  # two causes, one each alone, two more together
    array([2., 2.])
    """
    outcomes = np.asarray(outcomes, float)
    count = outcomes.shape[0].bit_length() - 1
    if outcomes.shape[0] != 2**count:
        raise ValueError(f"{outcomes.shape[0]} combinations; 2 to the power of the number of causes are needed")
    values = np.zeros((count, *outcomes.shape[1:]))
    for cause in range(count):
        for others in range(2**count):
            if others >> cause & 1:
                continue
            size = others.bit_count()
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            values[cause] += weight * (outcomes[others | 1 << cause] - outcomes[others])
    return values
