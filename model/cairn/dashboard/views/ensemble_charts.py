"""The charts of the ensemble: any outcome with all scenarios overlaid, and its paired difference."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from cairn.dashboard.session.outcome_menu import (
    is_share,
    outcome_groups,
    outcome_title,
    outcome_unit,
    shown_decimals,
    shown_scale,
)
from cairn.dashboard.session.paired_arms import PairedArms
from cairn.dashboard.views.charts import LARGE, SMALL, SOURCE, Chart, PlotArea, quantiles_of, series
from cairn.ensemble.outcomes import Outcome
from cairn.figures.openness_trust import regional_summits
from cairn.record import observations

ARM_STYLES = ("against", "what-if", "pin-a", "pin-b", "pin-c")  # classes of chart.vue: colour and dashes of each arm
DIFFERENCE_STYLE = "difference"
TRACKED = ("integration_index", "trade_total_usd_bn", "incidents_total")  # of the member played
LOG_SCALE = ("trade_total_usd_bn",)
MIN_TOP = {  # least upper end of the axis, so that noise is not drama
    "incidents": 5.0, "incidents_total": 10.0, "deaths_total": 20.0, "shortage": 20.0, "visitors_mn": 0.5,
    "agricultural_loss_pct_gdp": 1.0, "winter_deficit_gwh": 500.0, "hydropower_gwh": 1000.0, "storage_km3": 5.0,
}  # fmt: skip
MIN_DIFFERENCE = 0.05  # least half-height of a chart of differences, as a share of the height of the levels


def outcome_chart(result: PairedArms, outcome: Outcome, large: bool = False) -> Chart:
    """An outcome over the years with all scenarios on one scale: bands of the two main ones, medians of the pins."""
    years, names = result.years + 0.5, _names(result)
    numbers = [_levels(result, outcome, arm) for arm in range(len(result.arms))]
    area = _plot_area(outcome, result, numbers, large)
    fans = []
    for arm, quantiles in enumerate(numbers):
        style = ARM_STYLES[_style_position(result, arm)]
        if arm in result.pinned:
            fans.append({"style": style, "outer": "", "inner": "", "line": area.line(years, quantiles[2])})
        elif is_share(outcome):
            outer = area.band(years, np.zeros(years.size), quantiles[2])
            fans.append({"style": style, "outer": outer, "inner": "", "line": area.line(years, quantiles[2])})
        else:
            fans.append(area.fan(years, quantiles, style, inner=not result.differ))
    title = outcome_title(outcome)
    texts = [f"{name} {_last_year_text(outcome, q, result.years)}" for name, q in zip(names, numbers, strict=True)]
    content = _content(result, outcome, area, fans, title) | {
        "points": _record_points(outcome, area),
        "series": [
            series(name, ARM_STYLES[_style_position(result, arm)], quantiles)
            for arm, (name, quantiles) in enumerate(zip(names, numbers, strict=True))
        ],
        "record": _record(outcome),
        "description": f"{title}: {'; '.join(texts)}",
    }
    return Chart(title, area, content, outcome.variable if outcome.variable in TRACKED else "", (0,))


def difference_chart(result: PairedArms, outcome: Outcome, large: bool = False) -> Chart:
    """The paired difference of the what-if from the reference, over the years."""
    scale, years = shown_scale(outcome), result.years + 0.5
    values = scale * (result.outcome(outcome, 1) - result.outcome(outcome, 0))
    if is_share(outcome):  # mean, with two standard errors on both sides
        mean = values.mean(0)
        error = 2 * values.std(0, ddof=min(1, values.shape[0] - 1)) / np.sqrt(values.shape[0])
        quantiles = np.stack([mean - error, mean - error, mean, mean + error, mean + error])
    else:
        quantiles = quantiles_of(values)
    levels = _plot_area(outcome, result, [_levels(result, outcome, arm) for arm in result.main], large)
    least = MIN_DIFFERENCE * (levels.high - (0.0 if levels.log else levels.low))
    margin = 0.1 * max(float(np.ptp(quantiles)), least)
    area = PlotArea(
        levels.start, levels.end, min(float(quantiles.min()) - margin, -least),
        max(float(quantiles.max()) + margin, least), width=levels.width, height=levels.height,
    )  # fmt: skip
    fan = area.fan(years, quantiles, DIFFERENCE_STYLE, inner=not is_share(outcome))
    title = f"{outcome_title(outcome)}: what-if minus {result.titles[0]}"
    unit = "points" if scale == 100 else "difference" if not outcome.unit else outcome_unit(outcome)
    content = _content(result, outcome, area, [fan], title) | {
        "series": [series("paired difference", DIFFERENCE_STYLE, quantiles)],
        "unit": unit,
        "name": f"difference_{_file_name(outcome)}",
        "digits": shown_decimals(outcome) + (scale == 1),
        "description": f"{title}: {_last_year_text(outcome, quantiles, result.years)}",
    }
    variable = outcome.variable if outcome.variable in TRACKED else ""
    return Chart(title, area, content, variable, (0, 1))


def group_charts(result: PairedArms, group: str) -> list[Chart]:
    """Small charts of all outcomes of a group."""
    return [outcome_chart(result, outcome) for outcome in outcome_groups()[group]]


def _names(result: PairedArms) -> list[str]:
    return list(result.titles)


def _style_position(result: PairedArms, arm: int) -> int:
    return arm if result.differ else arm + (arm > 0)


def _file_name(outcome: Outcome) -> str:
    return outcome.key.replace("[", "_").replace("]", "").replace("-", "_")


def _content(
    result: PairedArms, outcome: Outcome, area: PlotArea, fans: list[dict[str, str]], title: str
) -> dict[str, Any]:
    return {
        "axes": area.axes(), "fans": fans, "points": [], "record": [], "title": title, "unit": outcome_unit(outcome),
        "digits": shown_decimals(outcome), "is_share": is_share(outcome), "years": result.years.tolist(),
        "source": SOURCE.format(result.members), "name": _file_name(outcome),
    }  # fmt: skip


def _levels(result: PairedArms, outcome: Outcome, arm: int) -> np.ndarray:
    """Quantiles of an outcome in an arm as readers see them, (5, Y); five times the mean of a share."""
    values = shown_scale(outcome) * result.outcome(outcome, arm)
    return np.tile(values.mean(0), (5, 1)) if is_share(outcome) else quantiles_of(values)


def _plot_area(outcome: Outcome, result: PairedArms, numbers: list[np.ndarray], large: bool) -> PlotArea:
    start, end = float(result.years[0]), float(result.years[-1] + 1)
    width, height = LARGE if large else SMALL
    record = [value for _, value in _record(outcome)]
    high = max([float(np.nanmax(quantiles)) for quantiles in numbers] + record)
    if is_share(outcome):
        return PlotArea(start, end, 0.0, 100.0, width=width, height=height)
    if outcome.variable in LOG_SCALE:
        low = min([float(np.nanmin(quantiles)) for quantiles in numbers] + record)
        return PlotArea(start, end, 0.8 * low, 1.25 * high, log=True, width=width, height=height)
    if not outcome.unit and shown_scale(outcome) == 1 and outcome.variable not in MIN_TOP:
        return PlotArea(start, end, 0.0, 1.0, width=width, height=height)
    return PlotArea(start, end, 0.0, max(1.1 * high, MIN_TOP.get(outcome.variable, 0.1)), width=width, height=height)


def _last_year_text(outcome: Outcome, quantiles: np.ndarray, years: np.ndarray) -> str:
    """The values of the last year as text, for readers who cannot see the chart."""
    d, year = shown_decimals(outcome) + (shown_scale(outcome) == 1), years[-1]
    if is_share(outcome):
        return f"{quantiles[2, -1]:.0f} % of members in {year}"
    low, _, median, _, high = quantiles[:, -1]
    return f"median {median:.{d}f} in {year}, 90 % of members from {low:.{d}f} to {high:.{d}f}"


_TRADE_MARKS = {  # concept in the record: shape, filled
    "sum of pairs": ("dot", True),
    "sum of pairs without TJK-UZB": ("dot", False),
    "officials, counted once": ("diamond", False),
}


@functools.cache
def _record(outcome: Outcome) -> tuple[tuple[int, float], ...]:
    """Observed values by year; none where there is no record, or one of several concepts."""
    place = outcome.where[0][1] if outcome.where else ""
    if outcome.variable == "trade_total_usd_bn":
        rows = observations.table("record_trade_region")
        rows = rows[rows.concept == "sum of pairs"]
        return tuple((int(year), float(value)) for year, value in zip(rows.year, rows.usd_bn, strict=True))
    if outcome.variable == "pair_trade_usd_bn":
        rows = observations.table("record_trade")
        rows = rows[rows.pair == place]
        return tuple((int(year), float(value)) for year, value in zip(rows.year, rows.usd_bn, strict=True))
    if outcome.variable == "incidents":
        rows = observations.table("record_incidents")
        rows = rows[(rows.border == place) & rows.incidents.notna()]
        return tuple((int(year), float(value)) for year, value in zip(rows.year, rows.incidents, strict=True))
    return ()


def _record_points(outcome: Outcome, area: PlotArea) -> list[dict[str, Any]]:
    """Observed values as points."""
    if outcome.variable == "trade_total_usd_bn":
        record = observations.table("record_trade_region")
        record = record[(record.year >= area.start) & (record.year < area.end)]
        columns = record.year.to_numpy(float), record.usd_bn.to_numpy(float), map(str, record.concept)
        return [
            _point(area, year + 0.5, value, *_TRADE_MARKS.get(concept, ("dot", False)))
            for year, value, concept in zip(*columns, strict=True)
        ]
    if outcome.variable == "meeting_held":
        summits = regional_summits()
        years = sorted({int(year) for year in summits.year[~summits.narrow] if area.start <= year < area.end})
        return [_point(area, year + 0.5, 97, "triangle", True) for year in years]
    return [
        _point(area, year + 0.5, value, "dot", True)
        for year, value in _record(outcome)
        if area.start <= year < area.end
    ]


def _point(area: PlotArea, year: float, value: float, shape: str, filled: bool) -> dict[str, Any]:
    x, y = round(float(area.x(year)), 1), round(float(area.y(value)), 1)
    return {"x": x, "y": y, "shape": shape, "filled": filled}
