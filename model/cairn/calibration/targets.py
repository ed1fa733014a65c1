"""The record as targets, and the same figures read off a run.

A target is an indicator of a place over some years, with a value, a tolerance (one standard deviation of what source,
disagreement between sources and definition leave open) and a scale. Targets to 2015 are for fitting, later ones for
testing. `TargetRecorder` reads all of them off a model while it runs; `Targets.simulated` puts them on their scales.

========  ===========================  ===================================================
scale     value compared               tolerance is a standard deviation of
========  ===========================  ===================================================
log       ln x                         ln x
log1p     ln (1 + x)                   ln (1 + x)
linear    x                            x
========  ===========================  ===================================================
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cairn.core.calendar import FIRST_YEAR
from cairn.core.geography import BORDER_NAMES, CODES, PAIR_NAMES, RESERVOIRS, TOKTOGUL, C
from cairn.core.pairs import both_ways, sum_pairs, to_borders, to_pairs
from cairn.core.state import State
from cairn.ensemble.annual import annual_values
from cairn.record.tables import read
from cairn.rules import trade

FIT, TEST = "fit", "test"
LAST_FITTED = 2015
SMALLEST = 1e-6  # keeps the logarithm of a simulated figure defined
PERSISTENCE = 0.85  # Assumed: how much of one year's lasting error is there in the next
LASTING = 0.5  # Assumed: share of a tolerance's variance that lasts; the rest is new each year
# What the model leaves unexplained besides: a part that lasts and one that is new each year. Assumed for trade, log; a
# gravity regression with an effect for each pair, on the same years, leaves .64, of which year-to-year changes are .47.
DISCREPANCY = {"trade": (0.40, 0.24)}


@dataclasses.dataclass(frozen=True)
class Target:
    """One figure of the record: see the module's docstring."""

    indicator: str
    place: str
    first: int  # year
    last: int  # year, inclusive
    value: float
    tolerance: float
    scale: str
    split: str
    grade: str
    source: str
    note: str = ""

    @property
    def name(self) -> str:
        """Indicator, place and years.

        >>> Target("trade", "KAZ-UZB", 2015, 2015, 1.7, 0.2, "log", "fit", "A", "a source").name
        'trade KAZ-UZB 2015'
        """
        years = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return " ".join(part for part in (self.indicator, self.place, years) if part != "region")


def on_scale(value: Any, scale: str) -> Any:
    """A figure on the scale on which it is compared."""
    if scale == "linear":
        return np.asarray(value, float)
    return np.log1p(value) if scale == "log1p" else np.log(np.maximum(value, SMALLEST))


def off_scale(value: Any, scale: str) -> Any:
    """A figure back from the scale on which it is compared.

    >>> float(off_scale(on_scale(3.0, "log1p"), "log1p"))
    3.0
    """
    if scale == "linear":
        return np.asarray(value, float)
    return np.expm1(value) if scale == "log1p" else np.exp(value)


# --- what is read off a run -----------------------------------------------------------------------------------------

ORDERED = ("KAZ-UZB", "TKM-UZB", "KGZ-UZB", "TJK-UZB")  # relations in 2015, the best first


def _order(state: State) -> np.ndarray:
    """Share of the six comparisons between four pairs in which the better relation is the better one, (M, 1)."""
    warmth = to_pairs(both_ways(state.trust) + state.effective_openness)
    at = [PAIR_NAMES.index(name) for name in ORDERED]
    above = [warmth[:, at[a]] > warmth[:, at[b]] for a in range(len(at)) for b in range(a + 1, len(at))]
    return np.mean(above, axis=0)[:, None]


def _visitors(state: State, parameters: Any, tables: Any) -> np.ndarray:
    visits = parameters.bind(trade.visitors)(state.effective_openness, tables.population_mn, tables.distance_km[:C, :C])
    return 2 * to_pairs(visits)


@dataclasses.dataclass(frozen=True)
class Indicator:
    """A figure of a place, how it is read each quarter and how quarters make a year.

    quarterly : state -> (M, places); by_year : how the four quarters of a year become one figure
    """

    unit: str
    places: Sequence[str]
    quarterly: Callable[[Any], np.ndarray]
    by_year: str  # a rule of `cairn.ensemble.annual`

    def yearly(self, quarters: np.ndarray) -> np.ndarray:
        """(M, 4 Y, places) -> (M, Y, places); winter is that which ends in the year, NaN in the first."""
        return annual_values(quarters, self.by_year)


_TOKTOGUL = (RESERVOIRS[TOKTOGUL],)
INDICATORS: dict[str, Indicator] = {
    "trade": Indicator("bn USD/yr", PAIR_NAMES, lambda m: to_pairs(m.state.trade_usd_bn), "mean"),
    "trade_region": Indicator("bn USD/yr", ("region",), lambda m: sum_pairs(m.state.trade_usd_bn)[:, None] / 2, "mean"),
    "openness": Indicator("0..1", PAIR_NAMES, lambda m: to_pairs(m.state.effective_openness), "mean"),
    "delimited": Indicator("share", BORDER_NAMES, lambda m: 1 - to_borders(m.state.undelimited), "last"),
    "incidents": Indicator("1/yr", BORDER_NAMES, lambda m: to_borders(m.state.incidents), "sum"),
    "deaths": Indicator("1/yr", BORDER_NAMES, lambda m: to_borders(m.state.deaths), "sum"),
    "disputes": Indicator("1/yr", BORDER_NAMES, lambda m: to_borders(m.state.deaths > 0), "sum"),
    "meeting": Indicator("share of years", ("region",), lambda m: m.state.attended.any(-1)[:, None], "any"),
    "attends": Indicator("share of years", CODES, lambda m: m.state.attended, "any"),
    "organisation": Indicator("share of years", ("region",), lambda m: m.state.organisation_alive, "mean"),
    "order": Indicator("share", ("region",), lambda m: _order(m.state), "mean"),
    "summer_release": Indicator("km3", _TOKTOGUL, lambda m: m.state.release_km3[:, :1], "summer"),
    "winter_release": Indicator("km3", _TOKTOGUL, lambda m: m.state.release_km3[:, :1], "winter"),
    "storage": Indicator("km3", _TOKTOGUL, lambda m: m.state.storage_km3[:, :1], "first"),
    "hydropower": Indicator("TWh/yr", CODES, lambda m: m.state.hydropower_gwh / 1000, "sum"),
    "visitors": Indicator("mn/yr", PAIR_NAMES, lambda m: _visitors(m.state, m.parameters, m.tables), "mean"),
}


class Targets:
    """Targets as arrays, in the order of the table.

    Examples
    --------
    >>> fit = Targets.load().of(FIT)
    >>> fit.observed.shape == fit.tolerance.shape == (len(fit),)
    True
    """

    def __init__(self, rows: Sequence[Target]):
        self.rows = tuple(rows)
        self.observed = np.array([float(on_scale(t.value, t.scale)) for t in self.rows])
        self.tolerance = np.array([t.tolerance for t in self.rows])

    @staticmethod
    @functools.cache
    def load() -> Targets:
        """The targets of model/cairn/data/targets.csv."""
        return Targets([_target(row) for row in read("targets")])

    def of(self, split: str = "", indicator: str = "") -> Targets:
        """Those of a split, of an indicator."""
        return Targets([t for t in self.rows if split in ("", t.split) and indicator in ("", t.indicator)])

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def last_year(self) -> int:
        """The last year that a target is about."""
        return max(t.last for t in self.rows)

    def error(self) -> np.ndarray:
        """Covariance of what is left open, (D, D): sources' errors and the model's own, which last in a series.

        Source: a discrepancy of the model beside the error of the record, Kennedy and O'Hagan 2001.
        """
        middle = np.array([(t.first + t.last) / 2 for t in self.rows])
        series = np.array([f"{t.indicator} {t.place}" for t in self.rows])
        alike = series[:, None] == series
        apart = np.abs(middle[:, None] - middle)
        lasts = np.sqrt(LASTING) * self.tolerance
        own, new = np.array([DISCREPANCY.get(t.indicator, (0.0, 0.0)) for t in self.rows]).T
        memory = np.where(alike, PERSISTENCE**apart, 0.0)
        fresh = (1 - LASTING) * self.tolerance**2 + new**2
        return np.diag(fresh) + memory * (np.outer(lasts, lasts) + np.outer(own, own))

    def simulated(self, yearly: dict[str, np.ndarray]) -> np.ndarray:
        """Figures of a run on the targets' scales, from yearly figures (M, Y, places) by indicator -> (M, D)."""
        columns = []
        for t in self.rows:
            place = list(INDICATORS[t.indicator].places).index(t.place)
            years = slice(t.first - FIRST_YEAR, t.last - FIRST_YEAR + 1)
            columns.append(on_scale(np.nanmean(yearly[t.indicator][:, years, place], axis=1), t.scale))
        return np.stack(columns, axis=1)


def carried_on(error: np.ndarray, known: np.ndarray, ahead: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What known errors say of later ones: gain (ahead, known), and the covariance that it leaves open (ahead, ahead).

    error : (D, D) as of `Targets.error`; known, ahead : places in it
    """
    gain = np.linalg.solve(error[np.ix_(known, known)], error[np.ix_(known, ahead)]).T
    return gain, error[np.ix_(ahead, ahead)] - gain @ error[np.ix_(known, ahead)]


def _target(row: dict[str, str]) -> Target:
    return Target(
        row["indicator"],
        row["place"],
        int(row["from"]),
        int(row["to"]),
        float(row["value"]),
        float(row["tolerance"]),
        row["scale"],
        row["split"],
        row["grade"],
        row["source"],
        row["note"],
    )


class TargetRecorder:
    """What targets are about, read off a model quarter by quarter.

    members : rows of the model; quarters : whole years of them from 1992Q1 on
    """

    def __init__(self, members: int, quarters: int, indicators: Sequence[str] = tuple(INDICATORS)):
        self._quarters = {
            name: np.empty((members, quarters, len(INDICATORS[name].places)), dtype=np.float32) for name in indicators
        }

    def see(self, model: Any) -> None:
        """Read the quarter that the model has just finished."""
        for name, values in self._quarters.items():
            values[:, model.quarter] = INDICATORS[name].quarterly(model)

    def yearly(self) -> dict[str, np.ndarray]:
        """Yearly figures, (M, Y, places) by indicator."""
        return {name: INDICATORS[name].yearly(values).astype(float) for name, values in self._quarters.items()}
