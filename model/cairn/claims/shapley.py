"""Shapley values: what each of several causes adds, averaged over all orders in which they may be taken away."""

from __future__ import annotations

from math import factorial

import numpy as np


def shapley(values: np.ndarray) -> np.ndarray:
    """Shapley value of each of n causes in each world, from the outcome of every combination.

    Parameters
    ----------
    values : (2 ** n, ...), the outcome when the causes in the bits of the first index are taken away; bit k is cause k

    Returns
    -------
    (n, ...); the values add up to the outcome without all causes less that with all

    Raises
    ------
    ValueError if there are not 2 ** n combinations

    Source
    ------
    Shapley 1953, in Contributions to the Theory of Games II.

    Examples
    --------
    >>> shapley(np.array([0.0, 1.0, 1.0, 4.0]))  # two causes, one each alone, two more together
    array([2., 2.])
    """
    values = np.asarray(values, float)
    count = values.shape[0].bit_length() - 1
    if values.shape[0] != 2**count:
        raise ValueError(f"{values.shape[0]} combinations; 2 to the power of the number of causes are needed")
    found = np.zeros((count, *values.shape[1:]))
    for cause in range(count):
        for others in range(2**count):
            if others >> cause & 1:
                continue
            size = others.bit_count()
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            found[cause] += weight * (values[others | 1 << cause] - values[others])
    return found
