"""Who comes to the regional meetings: states by years, the share of worlds as colour, the record as dots."""

from __future__ import annotations

from cairn.core.geography import CODES, NAMES
from cairn.dashboard.session.paired_arms import Both
from cairn.dashboard.views.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Chart, Frame
from cairn.dashboard.views.encodings import shade
from cairn.figures.openness_trust import regional_summits


def who_meets(found: Both) -> list[Chart]:
    """In which share of worlds each state's leader comes to the year's regional meeting; dots where the leader did."""
    charts = []
    rows = regional_summits()
    rows = rows[~rows.narrow]
    frame = Frame(float(found.years[0]), float(found.years[-1] + 1), 0.0, 1.0)
    tall = (HEIGHT - TOP - BOTTOM) / len(CODES)
    wide = (WIDTH - LEFT - RIGHT) / found.years.size
    for k, title in enumerate(found.titles):
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
