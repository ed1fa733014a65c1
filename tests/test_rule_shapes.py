"""Every rule takes and returns the shapes that its docstring states, and treats one member as it treats many.

A forgotten axis is silent where members are as many as states or as outside economies: the array then broadcasts over
the wrong axis. So each rule is run with 3, 5 and 7 members, parameters with one value per member among its arguments.
"""

import inspect
import re

import numpy as np
import pytest

from cairn.core.geography import CENTRAL_ASIA as CA
from cairn.core.parameters import FIELDS
from cairn.rules.choice import agreed
from tests.test_rules import MEMBERS, RULES

ECONOMIES = CA.n_countries + len(CA.outside)
SIZES = {
    "C": CA.n_countries,
    "O": len(CA.outside),
    "N": ECONOMIES,
    "B": len(CA.borders),
    "R": len(CA.rivers),
    "K": len(CA.reservoirs),
    "1": 1,
    "1 + R": 1 + len(CA.rivers),
    "P": len(CA.pairs),
    "most + 1": 6,
    "organisations": 6,
}
PLAIN = {  # arguments that are no arrays
    "transit": CA.transit,
    "core": CA.core_states,
    "summer": 1.0,
    "price_level": 0.8,
    "years": 3.0,
    "swapping": 1.0,
    "most": 5,
    "years_since_1992": 20.0,
    "years_since_2022": -3.0,
    "rungs": range(4),
    "start": 0,
    "resistance_iterations": 6,
}
SHAPES = {  # where the docstring leaves the shape open
    "logistic": {"x": ("C", "M"), "result": ("C", "M")},
    "odds_against": {"willingness": ("C", "M"), "result": ("C", "M")},
    "consents": {"occasion": ("M",)},
    "agreed": {"consent": ("C", "C", "M"), "result": ("C", "C", "M")},
    "stock_after": {"step": ("M",), "decay": ("M",)},
    "costs_of": {"result": ("M",)},
    "count_from": {"excitation": ("M",)},
    "count_probabilities": {"excitation": ("M",)},
    "deaths_up_to": {"deaths": ("M",), "result": ("M",)},
    "successor_trait": {"pool": ("M",), "pool_spread": ("M",)},
    "reservoir_after": dict.fromkeys(("storage", "inflow", "planned", "dead", "capacity", "result"), ("M",)),
    "flows": {"result": ("N", "N", "M")},
    "willingness_terms": {"result": None},  # (C, M) and (M,) by name
}
ENTRY = re.compile(r"^([a-z]\w*(?:,\s+[a-z]\w*)*) : (.+(?:\n +.+)*)", re.M)
BOOLEAN = re.compile(r"boolean|whether two states")
AXIS = "|".join(re.escape(axis) for axis in ("M", *sorted(SIZES, key=len, reverse=True)))
AXES = re.compile(rf"\(((?:{AXIS})(?:, (?:{AXIS}))*),?\)")


def section(rule, title: str) -> str:
    """Text of a section of a rule's docstring."""
    found = re.search(rf"^{title}\n-+\n(.*?)(?=\n\n|\Z)", inspect.getdoc(rule), re.M | re.S)
    return found[1] if found else ""


def entries(rule) -> dict[str, str]:
    """What the docstring says of each argument."""
    found = ENTRY.findall(section(rule, "Parameters"))
    return {name: text for names, text in found for name in re.split(r",\s+", names)}


def axes(text: str) -> tuple[str, ...] | None:
    """The largest of the shapes that a text allows: "(C, 1) or (C, M)" is (C, M)."""
    shapes = [tuple(shape.split(", ")) for shape in AXES.findall(text)]
    return max(shapes, key=lambda shape: (len(shape), "M" in shape), default=None)


def shapes_of(rule) -> dict[str, tuple[str, ...] | None]:
    """Shape of each argument by name, and of the result."""
    stated = {name: axes(text) for name, text in entries(rule).items()}
    return stated | {"result": axes(section(rule, "Returns"))} | SHAPES.get(rule.__name__, {})


def arguments(rule, members: int) -> dict[str, object]:
    """Random arguments of a rule, in the shapes of its docstring."""
    drawn, shapes, texts, sizes = np.random.default_rng(members), shapes_of(rule), entries(rule), SIZES | {"M": members}
    made: dict[str, object] = {}
    for name, argument in inspect.signature(rule).parameters.items():
        if name in PLAIN:
            made[name] = PLAIN[name]
        elif argument.kind is argument.KEYWORD_ONLY:
            low, high = (FIELDS[name].metadata[key] for key in ("low", "high"))
            shape = shapes.get(name) or ("M",)
            made[name] = drawn.uniform(low, high, [sizes[axis] for axis in shape])
        elif rule.__name__ == "river_barter" and name == "upstream":
            made[name] = CA.upstream_states
        else:
            values = drawn.uniform(0.05, 0.95, [sizes[axis] for axis in shapes[name]])
            made[name] = values > 0.5 if BOOLEAN.search(texts.get(name, "")) or rule is agreed else values
    return made


def arrays_of(result) -> list[np.ndarray]:
    """All arrays of a rule's result."""
    parts = result.values() if isinstance(result, dict) else result if isinstance(result, tuple) else [result]
    return [np.asarray(part) for part in parts]


@pytest.mark.parametrize("members", MEMBERS)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_has_the_shapes_of_its_docstring_and_gives_a_member_what_it_gives_it_alone(rule, members):
    shapes, many = shapes_of(rule), arguments(rule, members)
    together = arrays_of(rule(**many))
    if shapes["result"] is not None:
        expected = tuple((SIZES | {"M": members})[axis] for axis in shapes["result"])
        assert all(x.shape == expected for x in together), [x.shape for x in together]
    for m in range(members):
        one = {
            name: x[..., m : m + 1] if isinstance(x, np.ndarray) and (shapes.get(name) or ("M",))[-1] == "M" else x
            for name, x in many.items()
        }
        for row, alone in zip(together, arrays_of(rule(**one)), strict=True):
            assert np.array_equal(row[..., m : m + 1], alone)
