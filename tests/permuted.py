"""Run the baseline with the five states in another order in all arrays, and print the result in the usual order.

Run as `python -m tests.permuted 2,4,0,3,1 FILE`: the order is written into `cairn.core.geography` before anything else
is imported, the numbers and the luck of each state follow it, and the states' own figures must not change.
"""

import sys
import types
from importlib.util import find_spec

import numpy as np

USUAL = ("KAZ", "KGZ", "TJK", "TKM", "UZB")
QUARTERS, MEMBERS = 72, 3


def install(order: list[int]) -> None:
    """`cairn.core.geography` with the states in another order."""
    spec = find_spec("cairn.core.geography")
    assert spec is not None and spec.origin is not None
    with open(spec.origin, encoding="utf-8") as file:
        source = file.read()
    codes = tuple(USUAL[k] for k in order)
    assert f"CODES = {USUAL}".replace("'", '"') in source
    source = source.replace(f"CODES = {USUAL}".replace("'", '"'), f"CODES = {codes}")
    module = types.ModuleType("cairn.core.geography")
    sys.modules["cairn.core.geography"] = module
    exec(compile(source, spec.origin, "exec"), module.__dict__)


def main(order: list[int], out: str) -> None:
    install(order)
    from cairn.core.geography import CODES, PAIRS
    from cairn.core.pairs import from_pairs
    from cairn.core.parameters import FIELDS, Parameters
    from cairn.core.random_streams import RandomStreams
    from cairn.model import CentralAsia
    from cairn.scenario.scenario import Scenario

    assert [USUAL[k] for k in order] == list(CODES)
    usual_pairs = [(i, j) for i in range(5) for j in range(i + 1, 5)]
    pair_order = [usual_pairs.index(tuple(sorted((order[i], order[j])))) for i, j in PAIRS]
    assert from_pairs(np.arange(10.0)).shape == (5, 5)
    plain = RandomStreams._draw

    def drawn(self, stream, quarter, shape):
        u = plain(self, stream, quarter, shape)
        if shape == (10,):
            return u[:, pair_order]
        if shape[:1] != (5,):
            return u
        u = u[:, order]
        return u[:, :, order] if shape == (5, 5) else u

    RandomStreams._draw = drawn  # type: ignore[method-assign]
    parameters = Parameters()
    own = {
        name: getattr(parameters, name)[order] for name, field in FIELDS.items() if field.metadata["each"] == "state"
    }
    scenario = Scenario.load("baseline").with_events(
        early={"type": "leader_lottery", "start": 1993, "why": "to use all luck"}
    )
    model = CentralAsia(scenario, MEMBERS, 5, parameters=parameters.replace(**own), collect=False)
    model.run_for(QUARTERS)
    back = np.argsort(order)
    s = model.state
    found = {
        name: getattr(s, name)[:, back]
        for name in ("openness", "shortage", "gdp_usd_bn", "attended", "in_organisation")
    } | {
        name: getattr(s, name)[:, back][:, :, back]
        for name in (
            "trust",
            "posture",
            "trade_usd_bn",
            "agreement",
            "incidents",
            "undelimited",
            "barter",
            "willingness",
        )
    }
    np.savez(out, storage=s.storage_km3, **found)


if __name__ == "__main__":
    main([int(k) for k in sys.argv[1].split(",")], sys.argv[2])
