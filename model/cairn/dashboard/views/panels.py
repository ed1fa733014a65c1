"""What the page draws of both arms: a row of charts for each quantity, the five dimensions, who meets."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from cairn.dashboard.session.paired_arms import DIMENSIONS, INCIDENTS, INDEX, SHOWN, TRADE, Both
from cairn.dashboard.views.charts import Chart, Frame
from cairn.dashboard.views.meetings import who_meets
from cairn.ensemble.outcomes import Outcome, digits_of_difference
from cairn.figures.openness_trust import regional_summits
from cairn.record import observations

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
        "Arms on a log scale. Record: ● sum of pairs, ○ without one pair, ◇ as officials give it; model/cairn/data.",
    ),
    Quantity(INCIDENTS, "Incidents on all borders", "a year"),
    Quantity(HELD, "A regional meeting of leaders is held", "share of worlds", "Record: ▾ a meeting took place."),
)


def all_charts(found: Both) -> tuple[list[tuple[Quantity, list[Chart]]], list[Chart], list[Chart]]:
    """The rows of charts, the dimensions, who meets."""
    return [(q, charts_of(q, found)) for q in QUANTITIES], dimension_charts(found), who_meets(found)


def charts_of(quantity: Quantity, found: Both) -> list[Chart]:
    """A chart for each arm, on one scale, and one for the paired difference."""
    arms = [found.values(quantity.outcome.variable, k) for k in range(len(found.arms))]
    years = found.years + 0.5
    frame = _frame(quantity, found, arms)
    charts = []
    for k, (values, title) in enumerate(zip(arms, found.titles, strict=True)):
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
        rows = observations.table("record_trade_region").usd_bn
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
        rows = observations.table("record_trade_region")
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
        for k, arm in enumerate(found.titles):
            values = found.values(name, k)
            fan = frame.fan(found.years + 0.5, values, (FIRST, SECOND)[k])
            fans.append(fan | {"narrow": ""} if found.differ else fan)
            told.append(f"{arm} {_told(INDEX, values, found.years)}")
        words = f"Dimension {title}: {'; '.join(told)}"
        charts.append(Chart(title, frame, {"sheet": frame.sheet(), "fans": fans, "points": [], "words": words}))
    return charts
