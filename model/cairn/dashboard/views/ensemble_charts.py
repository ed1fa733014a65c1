"""The charts of the ensemble: one row per quantity, the five dimensions of the index, attendance at meetings."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from cairn.dashboard.session.paired_arms import DIMENSIONS, INCIDENTS, INDEX, PAGE_OUTCOMES, TRADE, PairedArms
from cairn.dashboard.views.attendance_chart import attendance_charts
from cairn.dashboard.views.charts import Chart, PlotArea
from cairn.ensemble.outcomes import Outcome, digits_of_difference
from cairn.figures.openness_trust import regional_summits
from cairn.record import observations
from cairn.support.quantiles import interval

ARM_STYLES = ("against", "what-if")  # classes of chart.vue: colour and dashes of each arm
DIFFERENCE_STYLE = "difference"
MEETING = next(outcome for outcome in PAGE_OUTCOMES if outcome.share)
MIN_DIFFERENCE_RANGE = 0.02  # so that a negligible difference does not fill the chart


@dataclasses.dataclass(frozen=True)
class Quantity:
    """A quantity with one chart per arm and one for the paired difference."""

    outcome: Outcome
    title: str
    unit: str
    note: str = ""


QUANTITIES = (
    Quantity(INDEX, "Integration index", "0 none to 1 full"),
    Quantity(
        TRADE,
        "Trade of the five",
        "bn current USD per year",
        "Both scenarios have a logarithmic scale. Record: ● sum over pairs, ○ sum without one pair, ◇ official totals; "
        "sources in model/cairn/data.",
    ),
    Quantity(INCIDENTS, "Incidents on all borders", "per year"),
    Quantity(MEETING, "A regional meeting of leaders is held", "share of members", "Record: ▾ a meeting was held."),
)


def all_charts(result: PairedArms) -> tuple[list[tuple[Quantity, list[Chart]]], list[Chart], list[Chart]]:
    """Charts of the quantities, of the dimensions, and of attendance at meetings."""
    return [(q, quantity_charts(q, result)) for q in QUANTITIES], dimension_charts(result), attendance_charts(result)


def quantity_charts(quantity: Quantity, result: PairedArms) -> list[Chart]:
    """One chart per arm, on the same scale, and one for the paired difference if there are two arms."""
    outcome = quantity.outcome
    arms = [result.values(outcome.variable, arm) for arm in range(len(result.arms))]
    years = result.years + 0.5
    area = _plot_area(quantity, result, arms)
    charts = []
    for arm, (values, title) in enumerate(zip(arms, result.titles, strict=True)):
        style = ARM_STYLES[arm]
        fan = _share_area(area, years, values, style) if outcome.share else area.fan(years, values, style)
        content = {
            "axes": area.axes(),
            "fans": [fan],
            "points": _record_points(outcome, area),
            "description": f"{quantity.title}, {title}: {_last_year_text(outcome, values, result.years)}",
        }
        charts.append(Chart(title, area, content, "" if outcome.share else outcome.variable, (arm,)))
    return [*charts, _difference_chart(quantity, result, arms)] if result.differ else charts


def _plot_area(quantity: Quantity, result: PairedArms, arms: list[np.ndarray]) -> PlotArea:
    start, end = float(result.years[0]), float(result.years[-1] + 1)
    if quantity.outcome is INDEX or quantity.outcome.share:
        return PlotArea(start, end, 0.0, 1.0)
    low, _, high = interval(np.concatenate(arms))
    if quantity.outcome is TRADE:
        record = observations.table("record_trade_region").usd_bn
        return PlotArea(start, end, 0.8 * min(low.min(), record.min()), 1.25 * max(high.max(), record.max()), log=True)
    return PlotArea(start, end, 0.0, 1.1 * max(float(high.max()), 1.0))


def _share_area(area: PlotArea, years: np.ndarray, values: np.ndarray, style: str) -> dict[str, str]:
    """The share of members in which something is true, as an area above zero."""
    share = values.mean(0)
    outer = area.band(years, np.zeros_like(share), share)
    return {"style": style, "outer": outer, "inner": "", "line": area.line(years, share)}


def _difference_chart(quantity: Quantity, result: PairedArms, arms: list[np.ndarray]) -> Chart:
    outcome, difference, years = quantity.outcome, arms[1] - arms[0], result.years + 0.5
    if outcome.share:  # mean, with two standard errors on both sides
        mean = difference.mean(0)
        error = 2 * difference.std(0, ddof=min(1, difference.shape[0] - 1)) / np.sqrt(difference.shape[0])
        low, high = mean - error, mean + error
    else:
        low, _, high = interval(difference)
    margin = 0.1 * max(float(high.max() - low.min()), MIN_DIFFERENCE_RANGE)
    area = PlotArea(
        float(result.years[0]),
        float(result.years[-1] + 1),
        min(float(low.min()) - margin, -MIN_DIFFERENCE_RANGE),
        max(float(high.max()) + margin, MIN_DIFFERENCE_RANGE),
    )
    if outcome.share:
        outer = area.band(years, low, high)
        fan = {"style": DIFFERENCE_STYLE, "outer": outer, "inner": "", "line": area.line(years, mean)}
    else:
        fan = area.fan(years, difference, DIFFERENCE_STYLE)
    content = {
        "axes": area.axes(),
        "fans": [fan],
        "points": [],
        "description": f"{quantity.title}, paired difference: {_last_year_text(outcome, difference, result.years)}",
    }
    return Chart("paired difference", area, content, "" if outcome.share else outcome.variable, (0, 1))


def _last_year_text(outcome: Outcome, values: np.ndarray, years: np.ndarray) -> str:
    """The values of the last year as text, for readers who cannot see the chart."""
    if outcome.share:
        return f"{values[:, -1].mean():.2f} of members in {years[-1]}"
    low, median, high = interval(values[:, -1])
    d = digits_of_difference(outcome)
    return f"median {median:.{d}f} in {years[-1]}, 90 % of members from {low:.{d}f} to {high:.{d}f}"


_TRADE_MARKS = {  # concept in the record: shape, filled
    "sum of pairs": ("dot", True),
    "sum of pairs without TJK-UZB": ("dot", False),
    "officials, counted once": ("diamond", False),
}


def _record_points(outcome: Outcome, area: PlotArea) -> list[dict[str, Any]]:
    """Observed values as points."""
    if outcome is TRADE:
        record = observations.table("record_trade_region")
        record = record[(record.year >= area.start) & (record.year < area.end)]
        columns = record.year.to_numpy(float), record.usd_bn.to_numpy(float), map(str, record.concept)
        return [
            _point(area, year + 0.5, value, *_TRADE_MARKS.get(concept, ("dot", False)))
            for year, value, concept in zip(*columns, strict=True)
        ]
    if outcome is MEETING:
        summits = regional_summits()
        years = sorted({int(year) for year in summits.year[~summits.narrow] if area.start <= year < area.end})
        return [_point(area, year + 0.5, 0.97, "triangle", True) for year in years]
    return []


def _point(area: PlotArea, year: float, value: float, shape: str, filled: bool) -> dict[str, Any]:
    x, y = round(float(area.x(year)), 1), round(float(area.y(value)), 1)
    return {"x": x, "y": y, "shape": shape, "filled": filled}


def dimension_charts(result: PairedArms) -> list[Chart]:
    """One chart per dimension of the index, with both arms."""
    area = PlotArea(float(result.years[0]), float(result.years[-1] + 1), 0.0, 1.0)
    charts = []
    for name, title in DIMENSIONS.items():
        fans, texts = [], []
        for k, arm in enumerate(result.titles):
            values = result.values(name, k)
            fan = area.fan(result.years + 0.5, values, ARM_STYLES[k])
            fans.append(fan | {"inner": ""} if result.differ else fan)
            texts.append(f"{arm} {_last_year_text(INDEX, values, result.years)}")
        description = f"Dimension {title}: {'; '.join(texts)}"
        content = {"axes": area.axes(), "fans": fans, "points": [], "description": description}
        charts.append(Chart(title, area, content))
    return charts
