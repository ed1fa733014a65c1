"""Charts as plain data, which `chart.vue` draws: SVG paths, ticks and points, and the numbers behind them.

A fan chart shows the median and the bands that contain 50 % and 90 % of the members, as in all figures of the project.
The numbers are there for hovering, for the table of a chart and for its CSV file.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from typing import Any

import numpy as np

from cairn.core.calendar import FIRST_YEAR
from cairn.dashboard.session.paired_arms import INCIDENTS
from cairn.dashboard.session.player import PlayerModel
from cairn.figures.style import BANDS, RECORD_ENDS

SMALL, LARGE = (300, 190), (460, 320)  # width and height of the plots
LEFT, RIGHT, TOP, BOTTOM = 38, 8, 8, 22
TICK_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
SOURCE = "Cairn, {} members"
STATISTICS = ("low", "lower", "median", "upper", "high")  # the quantiles of BANDS


@dataclasses.dataclass(frozen=True)
class PlotArea:
    """Maps years and values to positions on the plot.

    Parameters
    ----------
    start, end : decimal years at the left and right edge
    low, high : values at the lower and upper edge
    log : whether values have a logarithmic scale
    width, height : of the plot
    """

    start: float
    end: float
    low: float
    high: float
    log: bool = False
    width: int = SMALL[0]
    height: int = SMALL[1]

    def x(self, year: Any) -> np.ndarray:
        """Horizontal positions of years."""
        return LEFT + (np.asarray(year, float) - self.start) / (self.end - self.start) * (self.width - LEFT - RIGHT)

    def y(self, value: Any) -> np.ndarray:
        """Vertical positions of values, from the top; values outside the range are drawn at the edge."""
        low, high, values = self.low, self.high, np.asarray(value, float)
        if self.log:
            low, high, values = np.log(low), np.log(high), np.log(np.maximum(values, 1e-9))
        share = np.clip((values - low) / (high - low), 0.0, 1.0)
        return self.height - BOTTOM - share * (self.height - TOP - BOTTOM)

    def line(self, years: Any, values: Any) -> str:
        """SVG path through points."""
        points = zip(self.x(years), self.y(values), strict=True)
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) if len(values) else ""

    def band(self, years: Any, low: Any, high: Any) -> str:
        """Closed SVG path between two lines."""
        lower = self.line(years, low)
        upper = self.line(np.asarray(years)[::-1], np.asarray(high)[::-1])
        return f"{lower}L{upper[1:]}Z"

    def fan(self, years: Any, quantiles: np.ndarray, style: str, inner: bool = True) -> dict[str, str]:
        """Median and bands.

        Parameters
        ----------
        years : (Y,)
        quantiles : those of `BANDS`, (5, Y)
        style : class in `chart.vue` that sets colour and dashes
        inner : whether the band of 50 % is drawn as well
        """
        p05, p25, median, p75, p95 = quantiles
        return {
            "style": style,
            "outer": self.band(years, p05, p95),
            "inner": self.band(years, p25, p75) if inner else "",
            "line": self.line(years, median),
        }

    def axes(self) -> dict[str, Any]:
        """Size of the plot, ticks, the zero line, and the position where the record ends."""
        values = log_ticks(self.low, self.high) if self.log else linear_ticks(self.low, self.high)
        years = [year for year in range(1900, 2200) if year % 10 == 0 and self.start <= year <= self.end]
        record_end = float(self.x(min(max(RECORD_ENDS, self.start), self.end)))
        return {
            "width": self.width,
            "height": self.height,
            "left": LEFT,
            "right": self.width - RIGHT,
            "top": TOP,
            "bottom": self.height - BOTTOM,
            "record_end": round(record_end, 1),
            "x_ticks": [{"at": round(float(self.x(year)), 1), "text": str(year)} for year in years],
            "y_ticks": [{"at": round(float(self.y(value)), 1), "text": f"{value:,.10g}"} for value in values],
            "zero": round(float(self.y(0)), 1) if self.low < 0 < self.high else None,
        }


def quantiles_of(values: np.ndarray) -> np.ndarray:
    """The quantiles of a fan chart over members, (M, Y) -> (5, Y)."""
    return np.quantile(values, BANDS, axis=0)


def linear_ticks(low: float, high: float, max_count: int = 6) -> list[float]:
    """Round numbers within bounds, evenly spaced.

    Examples
    --------
    >>> linear_ticks(0, 1), linear_ticks(-0.31, 0.08)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [-0.3, -0.2, -0.1, 0.0])
    """
    smallest = (high - low) / (max_count - 1) if high > low else 1.0
    power = 10.0 ** np.floor(np.log10(smallest))
    step = next(factor * power for factor in TICK_STEPS if factor * power >= smallest * 0.999)
    first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
    return [round(float(k * step), 10) + 0.0 for k in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 times powers of ten within bounds.

    Examples
    --------
    >>> log_ticks(0.4, 12)
    [0.5, 1.0, 2.0, 5.0, 10.0]
    """
    ticks = [round(n * 10.0**k, 10) for k in range(-3, 5) for n in (1, 2, 5)]
    return [tick for tick in ticks if low <= tick <= high]


def series(name: str, style: str, quantiles: np.ndarray) -> dict[str, Any]:
    """The numbers of a fan, for hovering, the table and the CSV file of a chart.

    Parameters
    ----------
    name : of the scenario
    style : as for `PlotArea.fan`
    quantiles : those of `BANDS`, (5, Y); equal rows for a share of members
    """
    rows = {key: [round(float(value), 6) for value in row] for key, row in zip(STATISTICS, quantiles, strict=True)}
    return {"name": name, "style": style, **rows}


@dataclasses.dataclass(frozen=True)
class Chart:
    """A chart of the ensemble, over which the path of the member shown is drawn.

    Parameters
    ----------
    title : text above the chart
    area : scales of the chart
    content : what does not change while a member is played: axes, fans, points, numbers, unit, source, description
    variable : tracked measure of the member shown; empty if none is drawn
    arms : arms of the member shown: one, or two for the second minus the first
    """

    title: str
    area: PlotArea
    content: dict[str, Any]
    variable: str = ""
    arms: tuple[int, ...] = ()

    @functools.cached_property
    def content_json(self) -> str:
        """The content as JSON."""
        return json.dumps(self.content, separators=(",", ":"))

    def member_path(self, player: PlayerModel) -> str:
        """SVG path of the member shown, up to its last quarter."""
        if not self.variable or max(self.arms) >= player.arms or player.quarter < 0:
            return ""
        histories = [player.history(self.variable, arm) for arm in self.arms]
        values = histories[0] if len(histories) == 1 else histories[1] - histories[0]
        if self.variable == INCIDENTS.variable:
            by_year = values[: values.size // 4 * 4].reshape(-1, 4).sum(1)
            return self.area.line(FIRST_YEAR + 0.5 + np.arange(by_year.size), by_year)
        return self.area.line(FIRST_YEAR + (np.arange(values.size) + 0.5) / 4, values)
