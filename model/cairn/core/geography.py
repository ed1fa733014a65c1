"""The five states in array order, their pairs, land borders, transit routes, rivers and reservoirs.

Every array of the model about a state has its last axis in the order of `CODES`; about a pair, its last two.
This file is the only place where that order is written down.
"""

import numpy as np

CODES = ("KAZ", "KGZ", "TJK", "TKM", "UZB")
NAMES = ("Kazakhstan", "Kyrgyzstan", "Tajikistan", "Turkmenistan", "Uzbekistan")
OUTSIDE = ("RUS", "CHN", "EU", "TUR", "ROW")
C = len(CODES)

PAIRS = tuple((i, j) for i in range(C) for j in range(i + 1, C))
PAIR_NAMES = tuple(f"{CODES[i]}-{CODES[j]}" for i, j in PAIRS)
BORDER_NAMES = ("KAZ-KGZ", "KAZ-TKM", "KAZ-UZB", "KGZ-TJK", "KGZ-UZB", "TJK-UZB", "TKM-UZB")
RIVERS = ("syr_darya", "amu_darya")
RESERVOIRS = ("toktogul", "kambarata_1", "nurek", "rogun")
TOKTOGUL, KAMBARATA_1, NUREK, ROGUN = range(len(RESERVOIRS))


def index(code: str) -> int:
    """Position of a state in the arrays.

    >>> index("TJK")
    2
    """
    return CODES.index(code)


def pair(name: str) -> tuple[int, int]:
    """Positions of the two states of a pair, in either spelling.

    >>> pair("UZB-KAZ")
    (0, 4)
    """
    first, second = sorted(index(code) for code in name.split("-"))
    return first, second


def of_states(values: dict[str, float]) -> np.ndarray:
    """One value per state, zero where none is named: {code: value} -> (C,)."""
    return np.array([values.get(code, 0.0) for code in CODES])


def symmetric(values: dict[str, float]) -> np.ndarray:
    """A (C, C) table with the same number both ways, zero where no pair is named."""
    table = np.zeros((C, C))
    for name, value in values.items():
        i, j = pair(name)
        table[i, j] = table[j, i] = value
    return table


BORDERS = tuple(pair(name) for name in BORDER_NAMES)
RESERVOIR_OWNER = tuple(index(code) for code in ("KGZ", "KGZ", "TJK", "TJK"))
NEIGHBOURS = symmetric(dict.fromkeys(BORDER_NAMES, 1.0)) > 0
OTHERS = ~np.eye(C, dtype=bool)

# Pairs without a common border trade and travel through third states; the better of the routes counts.
ROUTES = (
    (index("KAZ"), index("TJK"), (index("KGZ"), index("UZB"))),
    (index("KGZ"), index("TKM"), (index("UZB"), index("KAZ"))),
    (index("TJK"), index("TKM"), (index("UZB"),)),
)

# Upstream state and downstream parties of each river; how much of the river's bargain each party stands for.
# Assumed from the shares of irrigated land: Uzbekistan has the larger part on both rivers.
UPSTREAM = np.stack([of_states({"KGZ": 1.0}), of_states({"TJK": 1.0})])
PARTY_SHARE = np.stack([of_states({"KAZ": 0.4, "UZB": 0.6}), of_states({"TKM": 0.4, "UZB": 0.6})])
UPSTREAM_OF = np.einsum("ru,rk->uk", UPSTREAM, (PARTY_SHARE > 0).astype(float))  # [upstream, downstream] -> 1
TREATY_PAIRS = (UPSTREAM_OF + UPSTREAM_OF.T) > 0
