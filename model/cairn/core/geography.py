"""The region: its states and their order in all arrays, pairs, borders, routes, rivers, reservoirs, outside economies.

All of it is read from tables (`countries.csv`, `borders.csv`, `routes.csv`, `rivers.csv`, `river_parties.csv`,
`reservoirs.csv`, `outside.csv`), those of Central Asia by default. Nothing else in the package writes down an order or
a number of states: a model of another region is the same code on another folder of tables.

==========================  ====================================================================
array                       shape, members last
==========================  ====================================================================
about a state               (C, M), in the order of `codes`
about a directed pair       (C, C, M), ``x[i, j]`` being i towards j
about an unordered pair     (P, M), in the order of `pair_names`
about a land border         (B, M), in the order of `border_names`
about a river, a reservoir  (R, M), (K, M)
about the region            (M,)
==========================  ====================================================================
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cairn.record.tables import read


@dataclasses.dataclass(frozen=True, eq=False)
class Geography:
    """A region.

    Parameters
    ----------
    codes, names : of the C states
    outside : codes of the O outside economies, which trade but do not decide
    border_names : land borders as pairs of codes, ``"KAZ-UZB"``
    routes : pairs without a common border, each with the states through which its trade and travel may pass
    rivers : names of the R rivers
    upstream : code of the upstream state of each river
    party_share : for each river, how much of its bargain each downstream state stands for; shares add up to one
    reservoirs : names of the K reservoirs, two per river in the order of `rivers`: the lower one, then the upper one
    reservoir_owner : code of the state that operates each reservoir
    core : codes of the states without which no regional meeting counts
    hub : code of the state through whose bazaars goods are re-exported, or ""
    distant : codes of the states whose pairs start with `initial_trust_of_turkmenistan` instead of `initial_trust`
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    outside: tuple[str, ...]
    border_names: tuple[str, ...]
    routes: tuple[tuple[str, tuple[str, ...]], ...]
    rivers: tuple[str, ...]
    upstream: tuple[str, ...]
    party_share: tuple[Mapping[str, float], ...]
    reservoirs: tuple[str, ...]
    reservoir_owner: tuple[str, ...]
    core: tuple[str, ...]
    hub: str
    distant: tuple[str, ...] = ()

    def __post_init__(self):
        if len(self.reservoirs) != 2 * len(self.rivers) or len(self.rivers) != 2:
            raise ValueError("the water submodel needs two rivers with two reservoirs each, the lower one first")
        for name in (*self.border_names, *(name for name, _ in self.routes)):
            self.pair(name)
        between = [code for _, via in self.routes for code in via]
        parties = [code for shares in self.party_share for code in shares]
        by_list = (self.upstream, self.reservoir_owner, self.core, self.distant, filter(None, [self.hub]))
        for code in (*between, *parties, *(code for codes in by_list for code in codes)):
            self.index(code)
        for river, above, shares in zip(self.rivers, self.upstream, self.party_share, strict=True):
            if above in shares or abs(sum(shares.values()) - 1) > 1e-9:
                raise ValueError(
                    f"the {river} needs downstream states other than {above}, with shares that add up to 1; "
                    f"got {dict(shares)}"
                )

    def __reduce__(self) -> str | tuple[Any, ...]:
        # A process that receives Central Asia has it already: one object, so that parts of a run know their region.
        return "CENTRAL_ASIA" if self is CENTRAL_ASIA else super().__reduce__()

    @staticmethod
    def load(folder: Path | None = None, order: Sequence[str] | None = None) -> Geography:
        """Read a region from a folder of tables.

        Parameters
        ----------
        folder : folder of CSV files; None is the package's own, Central Asia
        order : codes of the states in another order than the table's
        """
        countries = {row["code"]: row for row in read("countries", folder)}
        codes = tuple(order or countries)
        rivers = read("rivers", folder)
        parties = read("river_parties", folder)
        reservoirs = _in_order(read("reservoirs", folder), [row["river"] for row in rivers])
        routes: dict[str, list[str]] = {}
        for row in read("routes", folder):
            routes.setdefault(row["pair"], []).append(row["via"])
        return Geography(
            codes=codes,
            names=tuple(countries[code]["name"] for code in codes),
            outside=tuple(row["code"] for row in read("outside", folder)),
            border_names=tuple(row["border"] for row in read("borders", folder)),
            routes=tuple((name, tuple(via)) for name, via in routes.items()),
            rivers=tuple(row["river"] for row in rivers),
            upstream=tuple(row["upstream"] for row in rivers),
            party_share=tuple(
                {row["country"]: float(row["share"]) for row in parties if row["river"] == river["river"]}
                for river in rivers
            ),
            reservoirs=tuple(row["reservoir"] for row in reservoirs),
            reservoir_owner=tuple(row["owner"] for row in reservoirs),
            core=tuple(code for code in codes if countries[code]["core"] == "yes"),
            hub=next((code for code in codes if countries[code]["hub"] == "yes"), ""),
            distant=tuple(code for code in codes if countries[code]["distant"] == "yes"),
        )

    # --- places by name ---

    def index(self, code: str) -> int:
        """Position of a state in the arrays.

        Raises
        ------
        ValueError
            If the region has no such state.

        Examples
        --------
        >>> CENTRAL_ASIA.index("TJK")
        2
        """
        try:
            return self._positions[code]
        except KeyError:
            raise ValueError(f"{code!r} is no state of this region; one of {', '.join(self.codes)}") from None

    @functools.cached_property
    def _positions(self) -> dict[str, int]:
        return {code: k for k, code in enumerate(self.codes)}

    def pair(self, name: str) -> tuple[int, int]:
        """Positions of the two states of a pair, in either spelling, the smaller one first.

        >>> CENTRAL_ASIA.pair("UZB-KAZ")
        (0, 4)
        """
        first, second = sorted(self.index(code) for code in name.split("-"))
        return first, second

    def by_state(self, values: Mapping[str, float]) -> np.ndarray:
        """One value per state, zero where none is named: {code: value} -> (C, 1)."""
        return np.array([[values.get(code, 0.0)] for code in self.codes])

    # --- sizes, pairs, borders ---

    @property
    def n_countries(self) -> int:
        """C."""
        return len(self.codes)

    @functools.cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Positions of the unordered pairs, (P, 2)."""
        c = range(self.n_countries)
        return tuple((i, j) for i in c for j in c if i < j)

    @functools.cached_property
    def pair_names(self) -> tuple[str, ...]:
        """Names of the unordered pairs, ``"KAZ-KGZ"`` first in Central Asia."""
        return tuple(f"{self.codes[i]}-{self.codes[j]}" for i, j in self.pairs)

    @functools.cached_property
    def borders(self) -> tuple[tuple[int, int], ...]:
        """Positions of the two states of each land border, (B, 2)."""
        return tuple(self.pair(name) for name in self.border_names)

    @functools.cached_property
    def border_sides(self) -> tuple[np.ndarray, np.ndarray]:
        """Positions of the first and of the second state of each land border, (B,) each."""
        first, second = np.array(self.borders).T
        return first, second

    @functools.cached_property
    def others(self) -> np.ndarray:
        """Whether two states are different, (C, C, 1)."""
        return ~np.eye(self.n_countries, dtype=bool)[:, :, None]

    @functools.cached_property
    def neighbours(self) -> np.ndarray:
        """Whether two states share a land border, (C, C, 1)."""
        return self._symmetric(self.borders)

    def _symmetric(self, pairs: Sequence[tuple[int, int]]) -> np.ndarray:
        table = np.zeros((self.n_countries, self.n_countries, 1), dtype=bool)
        for i, j in pairs:
            table[i, j] = table[j, i] = True
        return table

    @functools.cached_property
    def transit(self) -> tuple[tuple[int, int, tuple[int, ...]], ...]:
        """Routes by position: the two states, and the states between them."""
        return tuple((*self.pair(name), tuple(self.index(code) for code in via)) for name, via in self.routes)

    @functools.cached_property
    def hub_share(self) -> np.ndarray:
        """1 for the state of the bazaars, (C, 1)."""
        return self.by_state({self.hub: 1.0})

    @functools.cached_property
    def core_states(self) -> tuple[int, ...]:
        """Positions of the states without which no regional meeting counts."""
        return tuple(self.index(code) for code in self.core)

    # --- rivers ---

    @functools.cached_property
    def upstream_states(self) -> tuple[int, ...]:
        """Position of the upstream state of each river."""
        return tuple(self.index(code) for code in self.upstream)

    @functools.cached_property
    def upstream_share(self) -> np.ndarray:
        """1 for the upstream state of each river, (R, C, 1)."""
        return np.stack([self.by_state({code: 1.0}) for code in self.upstream])

    @functools.cached_property
    def downstream_share(self) -> np.ndarray:
        """Share of each downstream state in the bargain of each river, (R, C, 1)."""
        return np.stack([self.by_state(shares) for shares in self.party_share])

    @functools.cached_property
    def upstream_of(self) -> np.ndarray:
        """1 where the first state lies above the second on a river, (C, C, 1)."""
        above = self.upstream_share[:, :, None] * (self.downstream_share[:, None] > 0)
        return above.sum(axis=0)

    @functools.cached_property
    def treaty_pairs(self) -> np.ndarray:
        """Whether two states bargain over water, (C, C, 1)."""
        return (self.upstream_of + self.upstream_of.swapaxes(0, 1)) > 0

    @functools.cached_property
    def bargains(self) -> tuple[tuple[int, int], ...]:
        """Positions of the upstream and the downstream state of each water bargain."""
        above, below = np.nonzero(self.upstream_of[:, :, 0])
        return tuple(zip(above.tolist(), below.tolist(), strict=True))

    # --- from pairs to lists of them, and back ---

    @functools.cached_property
    def _pair_index(self) -> tuple[np.ndarray, np.ndarray]:
        return self._index_of(self.pairs, elsewhere=0)

    @functools.cached_property
    def _border_index(self) -> tuple[np.ndarray, np.ndarray]:
        return self._index_of(self.borders, elsewhere=len(self.borders))

    def _index_of(self, pairs: Sequence[tuple[int, int]], elsewhere: int) -> tuple[np.ndarray, np.ndarray]:
        """Place of each pair in a flat array of all (i, j), and of each (i, j) in the list of pairs."""
        i, j = (np.array(side) for side in zip(*pairs, strict=True))
        place = np.full((self.n_countries, self.n_countries), elsewhere)
        place[i, j] = place[j, i] = np.arange(len(pairs))
        return i * self.n_countries + j, place

    def to_pairs(self, x: np.ndarray) -> np.ndarray:
        """One value per unordered pair, read above the diagonal: (C, C, ...) -> (P, ...)."""
        return x.reshape(-1, *x.shape[2:]).take(self._pair_index[0], axis=0)

    def from_pairs(self, x: np.ndarray) -> np.ndarray:
        """The same value in both directions; the diagonal has that of the first pair: (P, ...) -> (C, C, ...)."""
        return x.take(self._pair_index[1], axis=0)

    def to_borders(self, x: np.ndarray) -> np.ndarray:
        """One value per land border, read above the diagonal: (C, C, ...) -> (B, ...)."""
        return x.reshape(-1, *x.shape[2:]).take(self._border_index[0], axis=0)

    def from_borders(self, x: np.ndarray) -> np.ndarray:
        """The same value in both directions, zero where there is no border: (B, ...) -> (C, C, ...)."""
        padded = np.zeros((len(x) + 1, *x.shape[1:]), x.dtype)
        padded[:-1] = x
        return padded.take(self._border_index[1], axis=0)


def _in_order(reservoirs: Sequence[Mapping[str, str]], rivers: Sequence[str]) -> list[Mapping[str, str]]:
    """Rows of reservoirs, two per river: the lower one, then the upper one."""
    by_place = {(row["river"], row["place"]): row for row in reservoirs}
    places = [(river, place) for river in rivers for place in ("lower", "upper")]
    if len(reservoirs) != len(places) or by_place.keys() != set(places):
        raise ValueError("the water submodel needs two reservoirs on each river, one lower and one upper")
    return [by_place[place] for place in places]


CENTRAL_ASIA = Geography.load()

# Central Asia's places, for rooms that are about it: figures, claims, the record, the live page.
CODES, NAMES, OUTSIDE = CENTRAL_ASIA.codes, CENTRAL_ASIA.names, CENTRAL_ASIA.outside
C = CENTRAL_ASIA.n_countries
PAIRS, PAIR_NAMES = CENTRAL_ASIA.pairs, CENTRAL_ASIA.pair_names
BORDERS, BORDER_NAMES = CENTRAL_ASIA.borders, CENTRAL_ASIA.border_names
RIVERS, RESERVOIRS = CENTRAL_ASIA.rivers, CENTRAL_ASIA.reservoirs
index, pair = CENTRAL_ASIA.index, CENTRAL_ASIA.pair
