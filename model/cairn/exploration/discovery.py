"""Scenario discovery: in which part of the factors' space does a future come about?

PRIM peels the space box by box, CART splits it into a tree; both are EMA Workbench's. A box has coverage, the share of
all such futures that lie in it, and density, the share of futures in it that are such. Every world is a future. Of the
boxes along PRIM's path the one is taken that holds most such futures above what its mass would by chance.

Source: Bryant and Lempert (2010), Technological Forecasting and Social Change 77; Friedman and Fisher (1999), PRIM;
Kwakkel (2017), Environmental Modelling and Software 96, EMA Workbench; Lavrac, Flach and Zupan (1999), for the choice.
"""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import datetime as dt
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.support.atomic_write import atomic_write
from cairn.sweeps.executors import needed
from cairn.sweeps.factors import Factor
from cairn.sweeps.results import SweepResults

if TYPE_CHECKING:
    import pandas as pd

MASS_LEAST = 0.05  # a box holds at least this share of all futures
MOST_BOXES = 3
TELLING = 0.2  # share of a range that a limit cuts away, if it is to be told of by itself
LEAST_GAIN = 1.1  # a box is worth naming if such futures are this much denser in it than on the whole


@dataclasses.dataclass(frozen=True)
class Limit:
    """What a box says of a factor.

    low, high : for a number or date, its bounds, None where there is none; among : for what has no order, the levels
        it may have
    """

    factor: Factor
    low: Any = None
    high: Any = None
    among: tuple[Any, ...] = ()

    def __str__(self) -> str:
        if self.among:
            return " or ".join(_word(value) for value in self.among)
        if self.low is None or self.high is None:
            return f"at least {_word(self.low)}" if self.high is None else f"at most {_word(self.high)}"
        return f"{_word(self.low)} to {_word(self.high)}"

    def place(self) -> tuple[float, float]:
        """Where it lies in the factor's whole range, 0..1."""
        if self.among:
            shown = list(self.factor.shown())
            places = sorted(shown.index(value) for value in self.among)
            return places[0] / len(shown), (places[-1] + 1) / len(shown)
        low, high = _span(self.factor)
        start = low if self.low is None else on_a_line(self.low)
        end = high if self.high is None else on_a_line(self.high)
        return (start - low) / (high - low), (end - low) / (high - low)


@dataclasses.dataclass(frozen=True)
class Found:
    """A box: how it was found, how good it is, and what it says; `mass` is the share of all futures in it."""

    way: str
    coverage: float
    density: float
    mass: float
    limits: tuple[Limit, ...]

    def telling(self, least: float = TELLING) -> tuple[Limit, ...]:
        """Its limits that cut away at least this share of a range, the tightest first; others may be chance."""
        cut = {limit: 1 - (limit.place()[1] - limit.place()[0]) for limit in self.limits}
        return tuple(sorted((limit for limit in cut if cut[limit] >= least), key=lambda limit: -cut[limit]))


@dataclasses.dataclass(frozen=True)
class Discovery:
    """What was found of a case: share of futures in which it comes about, boxes of PRIM, leaves of CART, the tree."""

    words: str
    share: float
    worlds: int
    boxes: tuple[Found, ...]
    leaves: tuple[Found, ...]
    tree: str

    @property
    def percent(self) -> str:
        """The share as people write it."""
        return f"{100 * self.share:.0f} %"


def discover(table: SweepResults, case: str) -> Discovery:
    """Boxes and tree of a case of a sweep, over all worlds of its table."""
    bounds = table.sweep.spec.cases[case]
    factors = {factor.name: factor for factor in table.sweep.factors}
    frame = table.frame([*factors, *bounds])
    such = np.logical_and.reduce([bound.met(frame[c].to_numpy(float, na_value=np.nan)) for c, bound in bounds.items()])
    words = " and ".join(f"{column} {bound}" for column, bound in bounds.items())
    share, worlds = float(such.mean()), len(frame)
    if share in (0.0, 1.0):
        return Discovery(words, share, worlds, (), (), "")
    with _quietly():
        x = _plain(frame, factors)
        boxes = _prim(x, such, factors)
        leaves, tree = _cart(x, such, factors)
    return Discovery(words, share, worlds, boxes, leaves, tree)


def _plain(frame: pd.DataFrame, factors: dict[str, Factor]) -> pd.DataFrame:
    """Factors as the two methods take them: numbers, and classes where there is no order."""
    return frame[list(factors)].assign(
        **{
            name: frame[name].astype(str).astype("category") if classes(factor) else frame[name].map(on_a_line)
            for name, factor in factors.items()
        }
    )


def _prim(x: pd.DataFrame, such: np.ndarray, factors: dict[str, Factor]) -> tuple[Found, ...]:
    prim = needed("ema_workbench.analysis.prim", "discovery", "analysis")
    algorithm = prim.Prim(x, such, peel_alpha=0.05, mass_min=MASS_LEAST)
    found: list[Found] = []
    for _ in range(MOST_BOXES):
        box = algorithm.find_box()
        if box is None:
            break
        path = box.peeling_trajectory
        box.select(int((path.mass * (path.density - such.mean())).to_numpy().argmax()))
        if box.density < LEAST_GAIN * such.mean() or box.res_dim == 0:
            break
        limits = _limits(box.box_lims[box._cur_box], x, factors)
        found.append(Found("PRIM", float(box.coverage), float(box.density), float(box.mass), limits))
    return tuple(found)


def _cart(x: pd.DataFrame, such: np.ndarray, factors: dict[str, Factor]) -> tuple[tuple[Found, ...], str]:
    cart = needed("ema_workbench.analysis.cart", "discovery", "analysis")
    sklearn = needed("sklearn.tree", "discovery", "analysis")
    algorithm = cart.CART(x, such, mass_min=MASS_LEAST)
    algorithm.build_tree()
    leaves = [
        Found("CART", float(s["coverage"]), float(s["density"]), float(s["mass"]), _limits(limits, x, factors))
        for limits, s in zip(algorithm.boxes, algorithm.stats, strict=True)
    ]
    such_leaves = [leaf for leaf in leaves if leaf.density >= LEAST_GAIN * such.mean()]
    names = [str(name) for name in algorithm.feature_names]
    tree = sklearn.export_text(algorithm.clf, feature_names=names, max_depth=4, class_names=["other", "such"])
    return tuple(sorted(such_leaves, key=lambda leaf: -leaf.density)), tree


def _limits(box: Any, x: pd.DataFrame, factors: dict[str, Factor]) -> tuple[Limit, ...]:
    """What a box restricts, from a frame with its lowest and highest values by factor."""
    found = []
    for name in box.columns:
        factor, low, high = factors[name], box[name].iloc[0], box[name].iloc[1]
        if classes(factor):
            among = tuple(v for v in factor.shown() if str(v) in {str(w) for w in low})
            if len(among) < len(factor.levels):
                found.append(Limit(factor, among=among))
        elif low > x[name].min() or high < x[name].max():
            start = _back(factor, low) if low > x[name].min() else None
            found.append(Limit(factor, start, _back(factor, high) if high < x[name].max() else None))
    return tuple(found)


def classes(factor: Factor) -> bool:
    """Whether a factor's levels have no order: switches, scenarios, texts."""
    return bool(factor.levels) and any(isinstance(value, bool | str) or value is None for value in factor.shown())


def on_a_line(value: Any) -> float:
    """A number or a date on a line."""
    if isinstance(value, dt.date):
        return value.year + (value.timetuple().tm_yday - 1) / 365.25
    return float(value)


def _back(factor: Factor, value: float) -> Any:
    """The number or date a place on the line is; of levels the nearest."""
    return min(factor.levels, key=lambda level: abs(on_a_line(level) - value)) if factor.levels else float(value)


def _span(factor: Factor) -> tuple[float, float]:
    if factor.levels:
        places = [on_a_line(level) for level in factor.levels]
        return min(places), max(places)
    return factor.low, factor.high


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


@contextlib.contextmanager
def _quietly() -> Any:
    """EMA Workbench tells its progress on the log, and warns of what it does itself."""
    import warnings

    logger = logging.getLogger("EMA")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)


def as_lines(case: str, found: Discovery) -> list[str]:
    """What was found, for a terminal."""
    lines = [f"{case}: {found.words}; in {found.percent} of {found.worlds:,} worlds"]
    if not found.boxes and not found.leaves:
        return [*lines, "    no box tells such futures from others"]
    for box in (*found.boxes, *found.leaves[:MOST_BOXES]):
        lines.append(f"  {box.way}: coverage {box.coverage:.2f}, density {box.density:.2f}, mass {box.mass:.2f}")
        lines += [f"      {limit.factor.name} is {limit}" for limit in box.limits]
    return [*lines, "  tree of CART:", *(f"    {line}" for line in found.tree.splitlines())]


def as_json(found: Discovery) -> dict[str, Any]:
    """What was found as plain values."""
    boxes = [
        {
            "method": box.way,
            "coverage": round(box.coverage, 6),
            "density": round(box.density, 6),
            "mass": round(box.mass, 6),
            "limits": {limit.factor.name: str(limit) for limit in box.limits},
        }
        for box in (*found.boxes, *found.leaves)
    ]
    return {"case": found.words, "share": found.share, "worlds": found.worlds, "boxes": boxes, "tree": found.tree}


def save_csv(found: dict[str, Discovery], path: Path) -> None:
    """One row for each case, box and factor it restricts."""
    with atomic_write(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["case", "method", "box", "coverage", "density", "mass", "factor", "limit"])
        for case, of in found.items():
            for way in (of.boxes, of.leaves):
                for n, box in enumerate(way, 1):
                    figures = [f"{value:.4f}" for value in (box.coverage, box.density, box.mass)]
                    for limit in box.limits:
                        writer.writerow([case, box.way, n, *figures, limit.factor.name, str(limit)])
