"""The 90 % interval that figures, tables and claims show: the 5th and the 95th percentile over members."""

from typing import Any

import numpy as np

LOW, MEDIAN, HIGH = 0.05, 0.5, 0.95


def interval(values: Any, axis: int = 0) -> tuple[Any, Any, Any]:
    """5th percentile, median and 95th percentile along an axis.

    Parameters
    ----------
    values : array of any shape
    axis : the axis of members

    Returns
    -------
    low, median, high
        Each of the shape of `values` without the axis.

    Examples
    --------
    >>> [float(x) for x in interval(np.linspace(0, 100, 101))]
    [5.0, 50.0, 95.0]
    """
    low, median, high = np.quantile(values, (LOW, MEDIAN, HIGH), axis=axis)
    return low, median, high
