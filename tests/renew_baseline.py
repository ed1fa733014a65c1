"""The stored regression baseline: `python -m tests.renew_baseline` writes it anew. Say why in the commit."""

import json
from pathlib import Path

import numpy as np

from cairn import run

FILE = Path(__file__).parent / "data" / "baseline.json"
MEMBERS, SEED, EVERY = 12, 1, 8


def fingerprint() -> dict[str, list[float]]:
    """Member means of every variable, summed over its other dimensions, every eighth quarter."""
    ensemble = run("baseline", members=MEMBERS, seed=SEED)
    found = {}
    for name, values in ensemble.data_vars.items():
        means = values.isel(time=slice(None, None, EVERY)).astype(float)
        rest = [dim for dim in means.dims if dim != "time"]
        found[str(name)] = [float(f"{x:.9g}") for x in np.asarray(means.mean(rest))]
    return found


if __name__ == "__main__":
    FILE.write_text(json.dumps(fingerprint(), indent=0) + "\n")
    print(f"wrote {FILE}")
