"""What the page draws of both arms: a row of charts for each quantity, the five dimensions, who meets, the numbers."""

from __future__ import annotations

import dataclasses
import functools
import json
from typing import Any

import numpy as np

from model.calendar import FIRST_YEAR
from model.comparison import digits_of_difference
from model.countries import CODES, NAMES
from model.dashboard.arms import DIMENSIONS, INCIDENTS, INDEX, SHOWN, TRADE, Both
from model.dashboard.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Frame
from model.dashboard.live import LiveWorld
from model.dashboard.looks import shade
from model.figures import record
from model.figures.relations import regional_summits
from model.summary import Outcome

FIRST, SECOND, APART = "first", "second", "apart"  # looks: colour and dashes of chart.vue
HELD = next(outcome for outcome in SHOWN if outcome.share)
SMALLEST_APART = 0.02  # a difference is never drawn larger than life


@dataclasses.dataclass(frozen=True)
class Quantity:
    """A quantity with a chart for each arm and one for the paired difference."""

    outcome: Outcome
    title: str
    unit: str
    note: str = ""


QUANTITIES = (
    Quantity(INDEX, "Integration index", "0 none to 1 full"),
    Quantity(
        TRADE,
        "Trade of the five",
        "bn current USD a year",
        "Arms on a log scale. Record: ● sum of pairs, ○ without one pair, ◇ as officials give it; model/data.",
    ),
    Quantity(INCIDENTS, "Incidents on all borders", "a year"),
    Quantity(HELD, "A regional meeting of leaders is held", "share of worlds", "Record: ▾ a meeting took place."),
)


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
            course = course[: course.size // 4 * 4].reshape(-1, 4).sum(1)
            return self.frame.line(FIRST_YEAR + 0.5 + np.arange(course.size), course)
        return self.frame.line(FIRST_YEAR + (np.arange(course.size) + 0.5) / 4, course)


def all_charts(found: Both) -> tuple[list[tuple[Quantity, list[Chart]]], list[Chart], list[Chart]]:
    """The rows of charts, the dimensions, who meets."""
    return [(q, charts_of(q, found)) for q in QUANTITIES], dimension_charts(found), who_meets(found)


def titles(found: Both) -> tuple[str, ...]:
    """What the arms are called on charts."""
    first = found.comparison.names[0]
    return (first, "what-if") if found.differ else (first,)


def charts_of(quantity: Quantity, found: Both) -> list[Chart]:
    """A chart for each arm, on one scale, and one for the paired difference."""
    arms = [found.values(quantity.outcome.variable, k) for k in range(len(found.arms))]
    years = found.years + 0.5
    frame = _frame(quantity, found, arms)
    charts = []
    for k, (values, title) in enumerate(zip(arms, titles(found), strict=True)):
        look = (FIRST, SECOND)[k]
        drawn = {
            "sheet": frame.sheet(),
            "fans": [_share(frame, years, values, look)]
            if quantity.outcome.share
            else [frame.fan(years, values, look)],
            "points": _record(quantity.outcome, frame),
            "words": f"{quantity.title}, {title}: {_told(quantity.outcome, values, found.years)}",
        }
        follows = "" if quantity.outcome.share else quantity.outcome.variable
        charts.append(Chart(title, frame, drawn, follows, (k,)))
    return [*charts, _difference(quantity, found, arms)] if found.differ else charts


def _frame(quantity: Quantity, found: Both, arms: list[np.ndarray]) -> Frame:
    start, end = float(found.years[0]), float(found.years[-1] + 1)
    if quantity.outcome is INDEX or quantity.outcome.share:
        return Frame(start, end, 0.0, 1.0)
    low, high = np.quantile(np.concatenate(arms), (0.05, 0.95), axis=0)
    if quantity.outcome is TRADE:
        rows = record.table("record_trade_region").usd_bn
        return Frame(start, end, 0.8 * min(low.min(), rows.min()), 1.25 * max(high.max(), rows.max()), log=True)
    return Frame(start, end, 0.0, 1.1 * max(float(high.max()), 1.0))


def _share(frame: Frame, years: np.ndarray, values: np.ndarray, look: str) -> dict[str, str]:
    """The share of worlds in which something is so, as an area from the ground up."""
    share = values.mean(0)
    return {
        "look": look,
        "wide": frame.band(years, np.zeros_like(share), share),
        "narrow": "",
        "middle": frame.line(years, share),
    }


def _difference(quantity: Quantity, found: Both, arms: list[np.ndarray]) -> Chart:
    paired = arms[1] - arms[0]
    years = found.years + 0.5
    if quantity.outcome.share:
        mean, error = paired.mean(0), 2 * paired.std(0, ddof=min(1, paired.shape[0] - 1)) / np.sqrt(paired.shape[0])
        low, high = mean - error, mean + error
    else:
        low, high = np.quantile(paired, (0.05, 0.95), axis=0)
    room = 0.1 * max(float(high.max() - low.min()), SMALLEST_APART)
    frame = Frame(
        float(found.years[0]),
        float(found.years[-1] + 1),
        min(float(low.min()) - room, -SMALLEST_APART),
        max(float(high.max()) + room, SMALLEST_APART),
    )
    if quantity.outcome.share:
        fan = {"look": APART, "wide": frame.band(years, low, high), "narrow": "", "middle": frame.line(years, mean)}
    else:
        fan = frame.fan(years, paired, APART)
    words = f"{quantity.title}, paired difference: {_told(quantity.outcome, paired, found.years)}"
    drawn = {"sheet": frame.sheet(), "fans": [fan], "points": [], "words": words}
    follows = "" if quantity.outcome.share else quantity.outcome.variable
    return Chart("paired difference", frame, drawn, follows, (0, 1))


def _told(outcome: Outcome, values: np.ndarray, years: np.ndarray) -> str:
    """A chart in words: its last year."""
    d = digits_of_difference(outcome)
    if outcome.share:
        return f"{values[:, -1].mean():.2f} of worlds in {years[-1]}"
    low, middle, high = np.quantile(values[:, -1], (0.05, 0.5, 0.95))
    return f"median {middle:.{d}f} in {years[-1]}, 90 % of worlds from {low:.{d}f} to {high:.{d}f}"


_SHAPES = {
    "sum of pairs": ("dot", True),
    "sum of pairs without TJK-UZB": ("dot", False),
    "officials, counted once": ("diamond", False),
}


def _record(outcome: Outcome, frame: Frame) -> list[dict[str, Any]]:
    """What was observed, as points."""
    if outcome is TRADE:
        rows = record.table("record_trade_region")
        rows = rows[(rows.year >= frame.start) & (rows.year < frame.end)]
        columns = rows.year.to_numpy(float), rows.usd_bn.to_numpy(float), map(str, rows.concept)
        return [
            _point(frame, year + 0.5, value, *_SHAPES.get(concept, ("dot", False)))
            for year, value, concept in zip(*columns, strict=True)
        ]
    if outcome is HELD:
        rows = regional_summits()
        broad = sorted({int(year) for year in rows.year[~rows.narrow] if frame.start <= year < frame.end})
        return [_point(frame, year + 0.5, 0.97, "down", True) for year in broad]
    return []


def _point(frame: Frame, year: float, value: float, shape: str, full: bool) -> dict[str, Any]:
    x, y = round(float(frame.x(year)), 1), round(float(frame.y(value)), 1)
    return {"x": x, "y": y, "shape": shape, "full": full}


def dimension_charts(found: Both) -> list[Chart]:
    """The five dimensions, both arms over one another."""
    frame = Frame(float(found.years[0]), float(found.years[-1] + 1), 0.0, 1.0)
    charts = []
    for name, title in DIMENSIONS.items():
        fans, told = [], []
        for k, arm in enumerate(titles(found)):
            values = found.values(name, k)
            fan = frame.fan(found.years + 0.5, values, (FIRST, SECOND)[k])
            fans.append(fan | {"narrow": ""} if found.differ else fan)
            told.append(f"{arm} {_told(INDEX, values, found.years)}")
        words = f"Dimension {title}: {'; '.join(told)}"
        charts.append(Chart(title, frame, {"sheet": frame.sheet(), "fans": fans, "points": [], "words": words}))
    return charts


def who_meets(found: Both) -> list[Chart]:
    """In which share of worlds each state's leader comes to the year's regional meeting; dots where the leader did."""
    charts = []
    rows = regional_summits()
    rows = rows[~rows.narrow]
    frame = Frame(float(found.years[0]), float(found.years[-1] + 1), 0.0, 1.0)
    tall = (HEIGHT - TOP - BOTTOM) / len(CODES)
    wide = (WIDTH - LEFT - RIGHT) / found.years.size
    for k, title in enumerate(titles(found)):
        share = found.values("attended", k).mean(0)
        cells, points = [], []
        for i, code in enumerate(CODES):
            for t, year in enumerate(found.years):
                fill = shade(float(share[t, i]))
                x, y = round(float(frame.x(year)), 1), round(TOP + i * tall, 1)
                cells.append({"x": x, "y": y, "wide": round(wide + 0.3, 1), "tall": round(tall - 1.5, 1), "fill": fill})
            came = rows.year[rows.participants.str.contains(code)].to_numpy(int)
            middle = TOP + (i + 0.5) * tall
            points += [
                {"x": round(float(frame.x(year + 0.5)), 1), "y": round(middle, 1), "shape": "dot", "full": False}
                for year in sorted(set(came.tolist()))
                if frame.start <= year < frame.end
            ]
        sheet = frame.sheet() | {
            "up": [{"at": round(TOP + (i + 0.5) * tall, 1), "text": code} for i, code in enumerate(CODES)]
        }
        last = ", ".join(f"{NAMES[i]} {share[-1, i]:.2f}" for i in range(len(CODES)))
        words = f"Who comes to regional meetings, {title}: share of worlds in {found.years[-1]}: {last}"
        drawn = {"sheet": sheet | {"bare": True}, "fans": [], "points": points, "cells": cells, "words": words}
        charts.append(Chart(title, frame, drawn))
    return charts
