"""Small charts as plain data: lines of paths, ticks and points on a sheet of fixed size, which `chart.vue` draws.

A fan is the median within the bands that hold half and nine tenths of the worlds, as in all figures of the project.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from typing import Any

import numpy as np

from cairn.core.calendar import FIRST_YEAR
from cairn.dashboard.session.paired_arms import INCIDENTS
from cairn.dashboard.session.player import LiveWorld
from cairn.ensemble.annual import annual_values
from cairn.ensemble.output_variables import annual_rule
from cairn.figures.style import BANDS, RECORD_ENDS

WIDTH, HEIGHT = 300, 190
LEFT, RIGHT, TOP, BOTTOM = 34, 8, 8, 22
NICE = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclasses.dataclass(frozen=True)
class Frame:
    """Where values lie on a sheet: years along, values up; log for what spans powers of ten."""

    start: float
    end: float
    low: float
    high: float
    log: bool = False

    def x(self, year: Any) -> np.ndarray:
        """Places along."""
        return LEFT + (np.asarray(year, float) - self.start) / (self.end - self.start) * (WIDTH - LEFT - RIGHT)

    def y(self, value: Any) -> np.ndarray:
        """Places down, from the top; what lies outside is drawn on the edge."""
        low, high, at = self.low, self.high, np.asarray(value, float)
        if self.log:
            low, high, at = np.log(low), np.log(high), np.log(np.maximum(at, 1e-9))
        share = np.clip((at - low) / (high - low), 0.0, 1.0)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def line(self, years: Any, values: Any) -> str:
        """A path through points."""
        places = zip(self.x(years), self.y(values), strict=True)
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places) if len(values) else ""

    def band(self, years: Any, low: Any, high: Any) -> str:
        """A closed path between two lines."""
        there = self.line(years, low)
        back = self.line(np.asarray(years)[::-1], np.asarray(high)[::-1])
        return f"{there}L{back[1:]}Z"

    def fan(self, years: Any, values: np.ndarray, look: str) -> dict[str, str]:
        """Median and bands over worlds, (M, Y)."""
        low, lower, middle, upper, high = np.quantile(values, BANDS, axis=0)
        return {
            "look": look,
            "wide": self.band(years, low, high),
            "narrow": self.band(years, lower, upper),
            "middle": self.line(years, middle),
        }

    def sheet(self) -> dict[str, Any]:
        """Ticks and the years after the record."""
        rising = decades(self.low, self.high) if self.log else steps(self.low, self.high)
        years = [year for year in range(1900, 2200) if year % 10 == 0 and self.start <= year <= self.end]
        future = float(self.x(min(max(RECORD_ENDS, self.start), self.end)))
        return {
            "width": WIDTH,
            "height": HEIGHT,
            "left": LEFT,
            "right": WIDTH - RIGHT,
            "top": TOP,
            "bottom": HEIGHT - BOTTOM,
            "future": round(future, 1),
            "along": [{"at": round(float(self.x(year)), 1), "text": str(year)} for year in years],
            "up": [{"at": round(float(self.y(v)), 1), "text": f"{v:.10g}"} for v in rising],
            "zero": round(float(self.y(0)), 1) if self.low < 0 < self.high else None,
        }


def steps(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers within bounds, at most so many.

    >>> steps(0, 1), steps(-0.31, 0.08)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [-0.3, -0.2, -0.1, 0.0])
    """
    least = (high - low) / (most - 1) if high > low else 1.0
    power = 10.0 ** np.floor(np.log10(least))
    step = next(nice * power for nice in NICE if nice * power >= least * 0.999)
    first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
    return [round(float(k * step), 10) + 0.0 for k in range(first, last + 1)]


def decades(low: float, high: float) -> list[float]:
    """1, 2, 5 and their tens and tenths within bounds.

    >>> decades(0.4, 12)
    [0.5, 1.0, 2.0, 5.0, 10.0]
    """
    found = [round(n * 10.0**k, 10) for k in range(-3, 5) for n in (1, 2, 5)]
    return [value for value in found if low <= value <= high]


@dataclasses.dataclass(frozen=True)
class Chart:
    """A chart: where its values lie, what stands still on it, and which course of the played worlds goes over it."""

    title: str
    frame: Frame
    drawn: dict[str, Any]
    follows: str = ""
    rows: tuple[int, ...] = ()  # of the played worlds; two of them: the second less the first

    @functools.cached_property
    def text(self) -> str:
        """What stands still, as JSON."""
        return json.dumps(self.drawn, separators=(",", ":"))

    def played(self, live: LiveWorld) -> str:
        """The path of the played world so far."""
        if not self.follows or max(self.rows) >= live.rows or live.quarter < 0:
            return ""
        courses = [live.so_far(self.follows, row) for row in self.rows]
        course = courses[0] if len(courses) == 1 else courses[1] - courses[0]
        if self.follows == INCIDENTS.variable:
            course = annual_values(course[: course.size // 4 * 4], annual_rule(self.follows), axis=0)
            return self.frame.line(FIRST_YEAR + 0.5 + np.arange(course.size), course)
        return self.frame.line(FIRST_YEAR + (np.arange(course.size) + 0.5) / 4, course)
