"""A digest of the arrays of runs, the same under every Python, clock and locale: `python -m tests.same_bytes`.

It needs the dependencies of the package alone, so that it runs in an environment of any version of Python.
"""

import contextlib
import hashlib
import locale
import sys
import time
from collections.abc import Iterable

import numpy as np


def digest(seed: int = 3, members: int = 2, to_year: int | None = None) -> str:
    """SHA-256 of all arrays of a run, a comparison and a branch, in the order of their names."""
    from cairn import branch, compare, run

    dataset, (kept,) = run("baseline", members, seed, to_year=to_year, jobs=1, checkpoints=["2026-01"])
    compared = compare(["baseline", "karimov_line+canal_high"], members, seed, to_year=to_year, jobs=1)
    branched = branch(kept, "canal_high", to_year=to_year, jobs=1)
    return of_arrays(
        data[name].values for data in (dataset, compared.dataset, branched) for name in sorted(data.data_vars)
    )


def of_arrays(arrays: Iterable[np.ndarray]) -> str:
    """SHA-256 of arrays: types, shapes and bytes."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(f"{array.dtype.str}{array.shape}".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


if __name__ == "__main__":
    with contextlib.suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, "")
    if len(sys.argv) > 1:
        now = float(sys.argv[1])
        time.time = lambda: now
    print(digest(to_year=2030))
