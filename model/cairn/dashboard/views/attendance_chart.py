"""Attendance at the regional meetings: countries by years, the share of members as colour, the record as dots."""

from __future__ import annotations

import numpy as np

from cairn.core.geography import CODES, NAMES
from cairn.dashboard.session.paired_arms import PairedArms
from cairn.dashboard.views.charts import BOTTOM, LEFT, RIGHT, SMALL, SOURCE, STATISTICS, TOP, Chart, PlotArea, series
from cairn.dashboard.views.encodings import share_colour
from cairn.figures.openness_trust import regional_summits

WIDTH, HEIGHT = SMALL


def attendance_charts(result: PairedArms) -> list[Chart]:
    """One chart per arm: the share of members in which each country's leader attends a regional meeting in a year."""
    charts = []
    record = regional_summits()
    record = record[~record.narrow]
    area = PlotArea(float(result.years[0]), float(result.years[-1] + 1), 0.0, 1.0)
    row_height = (HEIGHT - TOP - BOTTOM) / len(CODES)
    row_middles = [TOP + (i + 0.5) * row_height for i in range(len(CODES))]
    cell_width = (WIDTH - LEFT - RIGHT) / result.years.size
    for arm in result.main:
        title = result.titles[arm]
        share = result.values("attended", arm).mean(0)
        cells, points = [], []
        for i, code in enumerate(CODES):
            cells += [
                {
                    "x": round(float(area.x(year)), 1),
                    "y": round(TOP + i * row_height, 1),
                    "width": round(cell_width + 0.3, 1),
                    "height": round(row_height - 1.5, 1),
                    "colour": share_colour(float(share[t, i])),
                }
                for t, year in enumerate(result.years)
            ]
            attended = record.year[record.participants.str.contains(code)].to_numpy(int)
            points += [
                {
                    "x": round(float(area.x(year + 0.5)), 1),
                    "y": round(row_middles[i], 1),
                    "shape": "dot",
                    "filled": False,
                }
                for year in sorted(set(attended.tolist()))
                if area.start <= year < area.end
            ]
        y_ticks = [{"at": round(row_middles[i], 1), "text": code} for i, code in enumerate(CODES)]
        last = ", ".join(f"{NAMES[i]} {share[-1, i]:.2f}" for i in range(len(CODES)))
        content = {
            "axes": area.axes() | {"y_ticks": y_ticks, "is_heatmap": True},
            "fans": [],
            "points": points,
            "cells": cells,
            "years": result.years.tolist(),
            "series": [
                series(NAMES[i], "", np.tile(100 * share[:, i], (len(STATISTICS), 1))) for i in range(len(CODES))
            ],
            "is_share": True,
            "digits": 0,
            "unit": "% of members",
            "source": SOURCE.format(result.comparison.members),
            "name": f"attended_{title}",
            "description": f"Attendance at regional meetings, {title}: share of members in {result.years[-1]}: {last}",
        }
        charts.append(Chart(title, area, content))
    return charts
