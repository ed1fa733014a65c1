"""Digests of arrays that a change of names or places must not move: `python -m tests.golden` writes them anew.

Each digest is of values alone, without the names of variables, so that a rename leaves it as it was. The last bit of
exp, log and their like depends on the numpy version and on the vector instructions of the processor, so the digests are
stored with the kind of machine that made them.
"""

import hashlib
import json
import platform
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from cairn import run
from cairn.claims.evaluation import evaluate_claims
from cairn.ensemble.comparison import compare
from cairn.ensemble.outcomes import COMPARED
from cairn.ensemble.runner import branch
from cairn.sweeps import Sweep, open_sweep, run_sweep

FILE = Path(__file__).parent / "data" / "golden.json"
OTHERS = ("karimov_line", "no_ukraine_war", "canal_high", "worst_case", "tajik_succession_2027_drawn")


def machine() -> dict[str, str]:
    """What decides the last bit of a result: the numpy version, the processor and the instructions numpy uses on it."""
    extensions = np.show_config(mode="dicts")["SIMD Extensions"]
    simd = " ".join([*extensions.get("baseline", []), *extensions.get("found", [])])
    return {"numpy": np.__version__, "machine": platform.machine(), "simd": simd}


def digest(arrays: Iterable[np.ndarray]) -> str:
    """One digest of several arrays, in whatever order they come."""
    each = sorted(hashlib.sha256(np.ascontiguousarray(a).tobytes() + str(a.shape).encode()).hexdigest() for a in arrays)
    return hashlib.sha256("".join(each).encode()).hexdigest()[:32]


def _of_run(scenario: str, members: int, seed: int) -> str:
    return digest(v.values for v in run(scenario, members=members, seed=seed).data_vars.values())


def _comparison() -> str:
    found = compare(["baseline", "karimov_line", "canal_high"], members=16, seed=3, outcomes=COMPARED)
    values = (np.stack([found.values(outcome, name) for name in found.names]) for outcome in found.outcomes)
    return digest([*values, found.diverged_in])


def _branch() -> str:
    _, kept = run("baseline", 8, 3, to_year=2020, checkpoints=["2016-07"])
    return digest(v.values for v in branch(kept[0], "karimov_line", to_year=2024).data_vars.values())


def _sweep() -> str:
    sweep = Sweep.load("canal").replace(design={"kind": "sobol", "samples": 4}, members=2)
    with tempfile.TemporaryDirectory() as folder:
        run_sweep(sweep, folder, jobs=1)
        frame = open_sweep(folder).frame()
    return digest(frame[name].to_numpy() for name in frame.columns if frame[name].dtype.kind in "fi")


def _claims() -> str:
    results, _ = evaluate_claims([1, 2, 38], members=12, seed=3, jobs=1)
    return digest(result.test_result.headline.sample for result in results if result.test_result)


DIGESTS: dict[str, Callable[[], str]] = {
    "baseline, 64 members": lambda: _of_run("baseline", 64, 3),
    **{f"{name}, 16 members": lambda name=name: _of_run(name, 16, 3) for name in OTHERS},
    "comparison of three": _comparison,
    "branch at 2016Q3": _branch,
    "sweep of the canal": _sweep,
    "claims 1, 2 and 38": _claims,
}


def main() -> None:
    """Write all digests."""
    content = {"made_on": machine(), "digests": {name: compute() for name, compute in DIGESTS.items()}}
    FILE.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {FILE}")


if __name__ == "__main__":
    main()
