"""The map as plain data, which `map.vue` draws: a static part (outlines, rivers, labels) and one that changes.

Lines between capitals are pairs of countries: colour and dashes encode trust, width encodes trade. Border lines are
wide and dark where a border is closed. Gauges show reservoirs; the width of a river is its summer flow. Each element
has a description in words.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import numpy as np

from cairn.core.geography import BORDER_NAMES, CODES, NAMES, PAIR_NAMES, PAIRS, RESERVOIRS
from cairn.core.pairs import both_ways
from cairn.dashboard.views.encodings import border_colour, border_width, share_colour, trade_width, trust_dash
from cairn.figures.region_map import CAPITALS, EAST, NORTH, RIVERS, SOUTH, WEST, bowed
from cairn.figures.style import pair_label
from cairn.model import CentralAsia
from cairn.record import observations

WIDTH = 560.0
_LONGITUDE_SCALE = np.cos(np.deg2rad((SOUTH + NORTH) / 2))
_SCALE = WIDTH / ((EAST - WEST) * _LONGITUDE_SCALE)
HEIGHT = round((NORTH - SOUTH) * _SCALE, 1)
GAUGES = {  # reservoir: label, longitude and latitude of its gauge
    "toktogul": ("Toktogul", 76.6, 40.3),
    "kambarata_1": ("Kambar-Ata-1", 81.0, 40.3),
    "nurek": ("Nurek", 76.6, 36.95),
    "rogun": ("Rogun", 81.0, 36.95),
}
RIVER_LABELS = {"Syr Darya": (61.6, 46.6), "Amu Darya": (64.2, 35.6)}  # longitude, latitude
KM3_PER_WIDTH = 8.0  # summer flow for each unit of a river's width
LABEL_OFFSETS = {"KAZ": (9, -6), "KGZ": (8, -8), "TJK": (9, 17), "TKM": (-9, 16), "UZB": (-9, -7)}
_BORDER_ENDS = [PAIRS[PAIR_NAMES.index(name)] for name in BORDER_NAMES]


def locate(longitude: float, latitude: float) -> tuple[float, float]:
    """Position on the map, from the upper left corner."""
    x, y = (longitude - WEST) * _LONGITUDE_SCALE * _SCALE, (NORTH - latitude) * _SCALE
    return round(float(x), 1), round(float(y), 1)


def _svg_path(points: Iterable[tuple[float, float]], close: bool = False) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points) + ("Z" if close else "")


@functools.cache
def static_map() -> dict[str, Any]:
    """Outlines of countries, borders between two of the five, rivers, capitals, gauges, lines between capitals."""
    outlines = observations.country_outlines()
    rings = {code: [ring for shape in shapes for ring in shape] for code, shapes in outlines.items()}
    paths = {
        code: "".join(_svg_path((locate(*point[:2]) for point in ring), close=True) for ring in several)
        for code, several in rings.items()
    }
    capitals = {code: locate(*CAPITALS[code][1:3]) for code in CODES}
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "neighbours": [path for code, path in paths.items() if code not in CODES],
        "countries": [
            {
                "code": code,
                "name": NAMES[i],
                "path": paths[code],
                "x": capitals[code][0],
                "y": capitals[code][1],
                "dx": LABEL_OFFSETS[code][0],
                "dy": LABEL_OFFSETS[code][1],
            }
            for i, code in enumerate(CODES)
        ],
        "borders": [_border_line(name, rings) for name in BORDER_NAMES],
        "pairs": [_pair_line(name) for name in PAIR_NAMES],
        "rivers": [
            {
                "name": name,
                "path": _svg_path(locate(e, n) for e, n in zip(*course, strict=True)),
                "point": locate(*RIVER_LABELS[name]),
            }
            for name, course in RIVERS.items()
        ],
        "gauges": [
            {"name": GAUGES[name][0], "x": locate(*GAUGES[name][1:])[0], "y": locate(*GAUGES[name][1:])[1]}
            for name in RESERVOIRS
        ],
    }


def _border_line(name: str, rings: dict[str, list]) -> dict[str, Any]:
    """The border of two countries: the parts of their outlines with the same points, and the middle of the longest."""
    one, other = name.split("-")
    others = {tuple(np.round(point[:2], 4)) for ring in rings[other] for point in ring}
    parts: list[list[tuple[float, float]]] = []
    for ring in rings[one]:
        previous = False
        for point in ring:
            shared = tuple(np.round(point[:2], 4)) in others
            if shared and previous:
                parts[-1].append(locate(*point[:2]))
            elif shared:
                parts.append([locate(*point[:2])])
            previous = shared
    parts = [part for part in parts if len(part) > 1]
    longest = max(parts, key=len)
    return {"name": name, "path": "".join(map(_svg_path, parts)), "point": longest[len(longest) // 2]}


def _pair_line(pair: str) -> dict[str, Any]:
    """The curve between two capitals, bent so that no curve hides another, and its middle."""
    (ax, ay), (bx, by), (cx, cy) = (locate(*point) for point in np.asarray(bowed(pair).vertices, float))
    middle = round((ax + 2 * bx + cx) / 4, 1), round((ay + 2 * by + cy) / 4, 1)
    return {"name": pair, "path": f"M{ax} {ay}Q{bx} {by} {cx} {cy}", "point": middle}


def current_map(model: CentralAsia, row: int) -> dict[str, Any]:
    """What the map shows of one row of a model, at the end of its last quarter.

    Parameters
    ----------
    model : before its first step it shows the initial state
    row : row of the state: the scenario, where each has one member
    """
    relations, to_pairs, to_borders = model.state.relations, model.geography.to_pairs, model.geography.to_borders
    trust, trade = (to_pairs(x)[:, row] for x in (both_ways(relations.trust), model.state.trade.pair_trade_usd_bn))
    met = to_pairs(np.maximum(relations.summits, relations.met_at_regional_meeting))[:, row] > 0
    openness, incidents = (to_borders(x)[:, row] for x in (relations.openness, model.state.borderlands.incidents))
    if model.quarter < 0:
        openness = np.array([relations.posture[i, j, row] for i, j in _BORDER_ENDS])
    return {
        "countries": [_country_now(model, row, i) for i in range(len(CODES))],
        "pairs": [_pair_now(name, *values) for name, *values in zip(PAIR_NAMES, trust, trade, met, strict=True)],
        "borders": [
            _border_now(name, *values) for name, *values in zip(BORDER_NAMES, openness, incidents, strict=True)
        ],
        "gauges": [_gauge_now(model, row, k) for k in range(len(RESERVOIRS))],
        "rivers": [_river_now(name, model.state.water.summer_supply_km3[k, row]) for k, name in enumerate(RIVERS)],
    }


def _country_now(model: CentralAsia, row: int, i: int) -> dict[str, Any]:
    state = model.state
    attended = bool(state.organisation.attended[i, row])
    parts = [
        NAMES[i],
        f"leader's openness {state.leaders.leader_openness[i, row]:.2f}",
        f"mean trust in the other four {state.relations.trust[i, :, row].sum() / (len(CODES) - 1):.2f}",
        f"trade with them {state.trade.pair_trade_usd_bn[i, :, row].sum():.1f} billion dollars a year",
        f"shortage of water or power {state.water.shortage[i, row]:.0%}",
        *(["attended a regional meeting"] if attended else []),
    ]
    return {"attended": attended, "description": ", ".join(parts)}


def _pair_now(name: str, trust: float, trade: float, met: bool) -> dict[str, Any]:
    description = f"{pair_label(name)}: trust {trust:.2f}, trade {trade:.2f} billion dollars a year"
    return {
        "colour": share_colour(float(trust)),
        "width": trade_width(float(trade)),
        "dash": trust_dash(trust),
        "leaders_met": bool(met),
        "description": description + (", leaders met" if met else ""),
    }


def _border_now(name: str, openness: float, incidents: float) -> dict[str, Any]:
    description = f"border {pair_label(name)}: {openness:.0%} open"
    return {
        "colour": border_colour(float(openness)),
        "width": border_width(float(openness)),
        "incidents": int(incidents),
        "description": description + (f", incidents in this quarter: {int(incidents)}" if incidents else ""),
    }


def _gauge_now(model: CentralAsia, row: int, k: int) -> dict[str, Any]:
    """The water in a reservoir; a reservoir that is not yet built has no gauge."""
    name = GAUGES[RESERVOIRS[k]][0]
    capacity = float(model.context.forcing.capacity_km3[k, row]) if model.quarter >= 0 else 0.0
    stored = float(model.state.water.storage_km3[k, row])
    if capacity <= 0:
        return {"share": 0.0, "built": False, "text": "", "description": f"{name}: not built"}
    text = f"{stored:.1f}"
    return {
        "share": round(min(stored / capacity, 1.0), 3),
        "built": True,
        "text": text,
        "description": f"{name}: {text} of {capacity:.1f} cubic kilometres",
    }


def _river_now(name: str, supply_km3: float) -> dict[str, Any]:
    width = round(float(np.clip(supply_km3 / KM3_PER_WIDTH, 1.0, 6.0)), 1)
    return {"width": width, "description": f"{name}: {supply_km3:.1f} cubic kilometres in the last summer"}
