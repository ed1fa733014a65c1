"""Scenario discovery: in which part of the factor space does a kind of future (a case) occur?

PRIM (the patient rule induction method) peels the space to boxes, CART splits it into a tree; both are EMA Workbench's.
Every member of every point is a future. The *coverage* of a box is the share of all futures of the case that are in
the box; its *density* is the share of the futures in the box that are of the case; its *mass* is the share of all
futures that are in it. Of the boxes along PRIM's peeling trajectory, the one is chosen that has the most futures of
the case above the number expected from its mass: mass * (density - overall share).

Source: Bryant and Lempert (2010), Technological Forecasting and Social Change 77; Friedman and Fisher (1999), PRIM;
Kwakkel (2017), Environmental Modelling and Software 96, EMA Workbench; Lavrac, Flach and Zupan (1999), weighted
relative accuracy, for the choice of the box.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import logging
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.support.csv_table import write_csv
from cairn.support.text_table import text_table
from cairn.sweeps.executors import require
from cairn.sweeps.factors import Factor
from cairn.sweeps.results import SweepResults

if TYPE_CHECKING:
    import pandas as pd

MIN_MASS = 0.05  # smallest share of all futures in a box
MAX_BOXES = 3
MAIN_CUT = 0.2  # share of a factor's range that a main limit excludes at least
MIN_LIFT = 1.1  # a box is reported if the case is this much denser in it than overall
TREE_DEPTH = 4  # levels of the tree that are printed


@dataclasses.dataclass(frozen=True)
class Limit:
    """The restriction of one factor by a box.

    Parameters
    ----------
    factor : the factor
    low, high : bounds of a number or date, None where there is no bound
    among : allowed levels of a categorical factor
    """

    factor: Factor
    low: Any = None
    high: Any = None
    among: tuple[Any, ...] = ()

    def __str__(self) -> str:
        if self.among:
            return " or ".join(_format(value) for value in self.among)
        if self.low is None or self.high is None:
            return f"at least {_format(self.low)}" if self.high is None else f"at most {_format(self.high)}"
        return f"{_format(self.low)} to {_format(self.high)}"

    def span(self) -> tuple[float, float]:
        """Where the restriction begins and ends within the whole range of the factor, 0..1."""
        if self.among:
            labels = list(self.factor.labels())
            positions = sorted(labels.index(value) for value in self.among)
            return positions[0] / len(labels), (positions[-1] + 1) / len(labels)
        low, high = _full_range(self.factor)
        start = low if self.low is None else as_number(self.low)
        end = high if self.high is None else as_number(self.high)
        return (start - low) / (high - low), (end - low) / (high - low)


@dataclasses.dataclass(frozen=True)
class Box:
    """A part of the factor space.

    Parameters
    ----------
    method : PRIM or CART
    coverage, density, mass : 0..1, see the module
    limits : the factors that it restricts
    """

    method: str
    coverage: float
    density: float
    mass: float
    limits: tuple[Limit, ...]

    def main_limits(self, least: float = MAIN_CUT) -> tuple[Limit, ...]:
        """Limits that exclude at least a share `least` of a factor's range, the tightest first; others may be noise."""
        excluded = {limit: 1 - (limit.span()[1] - limit.span()[0]) for limit in self.limits}
        return tuple(sorted((limit for limit in excluded if excluded[limit] >= least), key=lambda v: -excluded[v]))


@dataclasses.dataclass(frozen=True)
class Discovery:
    """The result of scenario discovery for one case.

    Parameters
    ----------
    condition : the conditions of the case, as text
    share : share of futures that are of the case
    futures : number of futures
    boxes : boxes of PRIM
    leaves : leaves of CART where the case is denser than overall, the densest first
    tree : the tree of CART, as text
    missing : by column of the conditions, number of futures without a value, which are not of the case
    """

    condition: str
    share: float
    futures: int
    boxes: tuple[Box, ...]
    leaves: tuple[Box, ...]
    tree: str
    missing: dict[str, int] = dataclasses.field(default_factory=dict)

    @property
    def missing_text(self) -> str:
        """How many futures have no value and are therefore not of the case, in a sentence; empty if all have one."""
        counts = [f"{column} in {count:,} of {self.futures:,} futures" for column, count in self.missing.items()]
        return f"No value of {', '.join(counts)}, which are counted as not of the case." if counts else ""

    @property
    def percent(self) -> str:
        """The share in per cent."""
        return f"{100 * self.share:.0f} %"


def discover(results: SweepResults, case: str) -> Discovery:
    """Find where a case occurs, over all futures of a sweep.

    Parameters
    ----------
    results : results of the sweep
    case : name of one of its cases

    Raises
    ------
    SweepError if EMA Workbench is not installed
    """
    bounds = results.sweep.spec.cases[case]
    factors = {factor.name: factor for factor in results.sweep.factors}
    frame = results.frame([*factors, *bounds])
    values = {column: frame[column].to_numpy(float, na_value=np.nan) for column in bounds}
    is_case = np.logical_and.reduce([bound.met(values[column]) for column, bound in bounds.items()])
    missing = {column: count for column in bounds if (count := int(np.isnan(values[column]).sum()))}
    condition = " and ".join(f"{column} {bound}" for column, bound in bounds.items())
    share, futures = float(is_case.mean()), len(frame)
    if share in (0.0, 1.0):
        return Discovery(condition, share, futures, (), (), "", missing)
    with _quiet():
        x = _analysis_frame(frame, factors)
        boxes = _prim(x, is_case, factors)
        leaves, tree = _cart(x, is_case, factors)
    return Discovery(condition, share, futures, boxes, leaves, tree, missing)


def _analysis_frame(frame: pd.DataFrame, factors: dict[str, Factor]) -> pd.DataFrame:
    """Factors as PRIM and CART take them: numbers, and categories where levels have no order."""
    return frame[list(factors)].assign(
        **{
            name: frame[name].astype(str).astype("category") if is_categorical(factor) else frame[name].map(as_number)
            for name, factor in factors.items()
        }
    )


def _prim(x: pd.DataFrame, is_case: np.ndarray, factors: dict[str, Factor]) -> tuple[Box, ...]:
    prim = require("ema_workbench.analysis.prim", "discovery", "analysis")
    algorithm = prim.Prim(x, is_case, peel_alpha=0.05, mass_min=MIN_MASS)
    boxes: list[Box] = []
    for _ in range(MAX_BOXES):
        box = algorithm.find_box()
        if box is None:
            break
        path = box.peeling_trajectory
        box.select(int((path.mass * (path.density - is_case.mean())).to_numpy().argmax()))
        if box.density < MIN_LIFT * is_case.mean() or box.res_dim == 0:
            break
        limits = _limits(box.box_lims[box._cur_box], x, factors)
        boxes.append(Box("PRIM", float(box.coverage), float(box.density), float(box.mass), limits))
    return tuple(boxes)


def _cart(x: pd.DataFrame, is_case: np.ndarray, factors: dict[str, Factor]) -> tuple[tuple[Box, ...], str]:
    cart = require("ema_workbench.analysis.cart", "discovery", "analysis")
    sklearn = require("sklearn.tree", "discovery", "analysis")
    algorithm = cart.CART(x, is_case, mass_min=MIN_MASS)
    algorithm.build_tree()
    leaves = [
        Box("CART", float(s["coverage"]), float(s["density"]), float(s["mass"]), _limits(limits, x, factors))
        for limits, s in zip(algorithm.boxes, algorithm.stats, strict=True)
    ]
    dense = [leaf for leaf in leaves if leaf.density >= MIN_LIFT * is_case.mean()]
    names = [str(name) for name in algorithm.feature_names]
    classes = ["other", "case"]
    tree = sklearn.export_text(algorithm.clf, feature_names=names, max_depth=TREE_DEPTH, class_names=classes)
    return tuple(sorted(dense, key=lambda leaf: -leaf.density)), tree


def _limits(box: Any, x: pd.DataFrame, factors: dict[str, Factor]) -> tuple[Limit, ...]:
    """Restrictions of a box, given as a frame of lowest and highest values by factor."""
    limits = []
    for name in box.columns:
        factor, low, high = factors[name], box[name].iloc[0], box[name].iloc[1]
        if is_categorical(factor):
            among = tuple(v for v in factor.labels() if str(v) in {str(w) for w in low})
            if len(among) < len(factor.levels):
                limits.append(Limit(factor, among=among))
        elif low > x[name].min() or high < x[name].max():
            start = _value_at(factor, low) if low > x[name].min() else None
            limits.append(Limit(factor, start, _value_at(factor, high) if high < x[name].max() else None))
    return tuple(limits)


def is_categorical(factor: Factor) -> bool:
    """Whether the levels of a factor have no order: switches, scenarios, texts."""
    return bool(factor.levels) and any(isinstance(value, bool | str) or value is None for value in factor.labels())


def as_number(value: Any) -> float:
    """A number as it is, a date as a decimal year.

    >>> round(as_number(dt.date(2030, 7, 2)), 3)
    2030.498
    """
    if isinstance(value, dt.date):
        return value.year + (value.timetuple().tm_yday - 1) / 365.25
    return float(value)


def _value_at(factor: Factor, number: float) -> Any:
    """The value of a factor that a number stands for; of levels the nearest."""
    return min(factor.levels, key=lambda level: abs(as_number(level) - number)) if factor.levels else float(number)


def _full_range(factor: Factor) -> tuple[float, float]:
    if factor.levels:
        numbers = [as_number(level) for level in factor.levels]
        return min(numbers), max(numbers)
    return factor.low, factor.high


def _format(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without EMA Workbench's progress messages, and its warnings of what it does itself."""
    logger = logging.getLogger("EMA")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)


def to_text(case: str, discovery: Discovery) -> str:
    """The result for a terminal."""
    lines = [f"{case}: {discovery.condition}; in {discovery.percent} of {discovery.futures:,} futures"]
    if discovery.missing:
        lines.append(f"  {discovery.missing_text}")
    if not discovery.boxes and not discovery.leaves:
        return "\n".join([*lines, "    no box separates these futures from the others"])
    for box in (*discovery.boxes, *discovery.leaves[:MAX_BOXES]):
        lines.append(f"  {box.method}: coverage {box.coverage:.2f}, density {box.density:.2f}, mass {box.mass:.2f}")
        if box.limits:
            lines.append(text_table([(limit.factor.name, str(limit)) for limit in box.limits], align="<", indent=6))
    return "\n".join([*lines, "  CART tree:", *(f"    {line}" for line in discovery.tree.splitlines())])


def to_dict(discovery: Discovery) -> dict[str, Any]:
    """The result as plain values, for JSON."""
    boxes = [
        {
            "method": box.method,
            "coverage": round(box.coverage, 6),
            "density": round(box.density, 6),
            "mass": round(box.mass, 6),
            "limits": {limit.factor.name: str(limit) for limit in box.limits},
        }
        for box in (*discovery.boxes, *discovery.leaves)
    ]
    return {
        "case": discovery.condition,
        "share": discovery.share,
        "futures": discovery.futures,
        "missing": discovery.missing,
        "boxes": boxes,
        "tree": discovery.tree,
    }


def save_csv(discoveries: Mapping[str, Discovery], path: Path) -> None:
    """Write one row for each case, box and factor that it restricts."""
    rows = [
        (case, box.method, n, *(f"{value:.4f}" for value in (box.coverage, box.density, box.mass)),
         limit.factor.name, str(limit))
        for case, discovery in discoveries.items()
        for boxes in (discovery.boxes, discovery.leaves)
        for n, box in enumerate(boxes, 1)
        for limit in box.limits
    ]  # fmt: skip
    write_csv(path, ["case", "method", "box", "coverage", "density", "mass", "factor", "limit"], rows)
