"""The live map as plain data: what stays (outlines, courses, places) and what changes with every quarter.

Pairs are lines between capitals: colour and dashes tell trust, width trade. Borders are wide and dark where they are
closed. Gauges show reservoirs, the width of a river its summer water. `map.vue` draws it; every part has its words.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from cairn.core.geography import BORDER_NAMES, CODES, NAMES, PAIR_NAMES, PAIRS, RESERVOIRS
from cairn.core.pairs import both_ways, to_borders, to_pairs
from cairn.dashboard.views.encodings import border_width, dash, line_width, shade, tint
from cairn.figures.region_map import CAPITALS, EAST, NORTH, RIVERS, SOUTH, WEST, bowed
from cairn.figures.style import pair_label
from cairn.model import CentralAsia
from cairn.record import observations

WIDTH = 560.0
_STRETCH = np.cos(np.deg2rad((SOUTH + NORTH) / 2))
_SCALE = WIDTH / ((EAST - WEST) * _STRETCH)
HEIGHT = round((NORTH - SOUTH) * _SCALE, 1)
GAUGES = {  # name, where its gauge stands: longitude, latitude
    "toktogul": ("Toktogul", 76.6, 40.3),
    "kambarata_1": ("Kambar-Ata-1", 81.0, 40.3),
    "nurek": ("Nurek", 76.6, 36.95),
    "rogun": ("Rogun", 81.0, 36.95),
}
RIVER_NAMES = {"Syr Darya": (61.6, 46.6), "Amu Darya": (64.2, 35.6)}
SUMMER_KM3 = 8.0  # summer water that makes a river one wider
TEXT_SHIFTS = {"KAZ": (9, -6), "KGZ": (8, -8), "TJK": (9, 17), "TKM": (-9, 16), "UZB": (-9, -7)}


def locate(east: float, north: float) -> tuple[float, float]:
    """A place on the sheet."""
    return round(float((east - WEST) * _STRETCH * _SCALE), 1), round(float((NORTH - north) * _SCALE), 1)


def _course(places: Any, close: bool = False) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in places) + ("Z" if close else "")


@functools.cache
def land() -> dict[str, Any]:
    """What stays: outlines of states, borders between two, rivers, capitals, gauges, lines between capitals."""
    outlines = observations.country_outlines()
    rings = {code: [ring for shape in shapes for ring in shape] for code, shapes in outlines.items()}
    paths = {
        code: "".join(_course((locate(*point[:2]) for point in ring), close=True) for ring in several)
        for code, several in rings.items()
    }
    capitals = {code: locate(*CAPITALS[code][1:3]) for code in CODES}
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "around": [d for code, d in paths.items() if code not in CODES],
        "countries": [
            {
                "code": code,
                "name": NAMES[i],
                "d": paths[code],
                "x": capitals[code][0],
                "y": capitals[code][1],
                "dx": TEXT_SHIFTS[code][0],
                "dy": TEXT_SHIFTS[code][1],
            }
            for i, code in enumerate(CODES)
        ],
        "borders": [_border(name, rings) for name in BORDER_NAMES],
        "pairs": [_bow(name) for name in PAIR_NAMES],
        "rivers": [
            {
                "name": name,
                "d": _course(locate(e, n) for e, n in zip(*course, strict=True)),
                "at": locate(*RIVER_NAMES[name]),
            }
            for name, course in RIVERS.items()
        ],
        "gauges": [
            {"name": GAUGES[name][0], "x": locate(*GAUGES[name][1:])[0], "y": locate(*GAUGES[name][1:])[1]}
            for name in RESERVOIRS
        ],
    }


def _border(name: str, rings: dict[str, list]) -> dict[str, Any]:
    """The line that two states share: where the outlines of both have the same two points in a row."""
    one, other = name.split("-")
    theirs = {tuple(np.round(point[:2], 4)) for ring in rings[other] for point in ring}
    pieces: list[list[tuple[float, float]]] = []
    for ring in rings[one]:
        before = False
        for point in ring:
            shared = tuple(np.round(point[:2], 4)) in theirs
            if shared and before:
                pieces[-1].append(locate(*point[:2]))
            elif shared:
                pieces.append([locate(*point[:2])])
            before = shared
    pieces = [shard for shard in pieces if len(shard) > 1]
    longest = max(pieces, key=len)
    return {"name": name, "d": "".join(map(_course, pieces)), "at": longest[len(longest) // 2]}


def _bow(pair: str) -> dict[str, Any]:
    """The line between two capitals, drawn aside so that none hides another, and its middle."""
    (ax, ay), (bx, by), (cx, cy) = (locate(*place) for place in np.asarray(bowed(pair).vertices, float))
    middle = round((ax + 2 * bx + cx) / 4, 1), round((ay + 2 * by + cy) / 4, 1)
    return {"name": pair, "d": f"M{ax} {ay}Q{bx} {by} {cx} {cy}", "at": middle}


def now(model: CentralAsia, row: int) -> dict[str, Any]:
    """What a world looks like at the end of its last quarter."""
    state = model.state
    trust, trade = (to_pairs(x)[row] for x in (both_ways(state.trust), state.trade_usd_bn))
    met = to_pairs(np.maximum(state.summits, state.leaders_met))[row] > 0
    open_ways, incidents = (to_borders(x)[row] for x in (state.effective_openness, state.incidents))
    start_from = model.quarter >= 0
    return {
        "countries": [_country(model, row, i) for i in range(len(CODES))],
        "pairs": [_pair(name, *values) for name, *values in zip(PAIR_NAMES, trust, trade, met, strict=True)],
        "borders": [
            _border_now(name, openness if start_from else state.posture[row, i, j], count)
            for name, (i, j), openness, count in zip(BORDER_NAMES, _BORDER_ENDS, open_ways, incidents, strict=True)
        ],
        "gauges": [_gauge(model, row, k) for k in range(len(RESERVOIRS))],
        "rivers": [_river(name, state.summer_supply_km3[row, k]) for k, name in enumerate(RIVERS)],
    }


_BORDER_ENDS = [PAIRS[PAIR_NAMES.index(name)] for name in BORDER_NAMES]


def _country(model: CentralAsia, row: int, i: int) -> dict[str, Any]:
    state = model.state
    trade = state.trade_usd_bn[row, i].sum()
    came = bool(state.attended[row, i])
    words = [
        NAMES[i],
        f"leader's openness {state.openness[row, i]:.2f}",
        f"trust in the others {state.trust[row, i].sum() / (len(CODES) - 1):.2f}",
        f"trade with them {trade:.1f} billion dollars a year",
        f"shortage {state.shortage[row, i]:.0%}",
    ]
    return {"came": came, "words": ", ".join(words) + (", came to a regional meeting" if came else "")}


def _pair(name: str, trust: float, trade: float, met: bool) -> dict[str, Any]:
    words = f"{pair_label(name)}: trust {trust:.2f}, trade {trade:.2f} billion dollars a year"
    return {
        "colour": shade(float(trust)),
        "width": line_width(float(trade)),
        "dash": dash(trust),
        "met": bool(met),
        "words": words + (", leaders met" if met else ""),
    }


def _border_now(name: str, openness: float, incidents: float) -> dict[str, Any]:
    words = f"border {pair_label(name)}: open {openness:.0%}"
    return {
        "colour": tint(float(openness)),
        "width": border_width(float(openness)),
        "incidents": int(incidents),
        "words": words + (f", {int(incidents)} incidents this quarter" if incidents else ""),
    }


def _gauge(model: CentralAsia, row: int, k: int) -> dict[str, Any]:
    """How full a reservoir is; one not yet built has no gauge."""
    name = GAUGES[RESERVOIRS[k]][0]
    full = float(model.context.forcing.capacity_km3[row, k]) if model.quarter >= 0 else 0.0
    stored = float(model.state.storage_km3[row, k])
    if full <= 0:
        return {"share": 0.0, "built": False, "text": "", "words": f"{name}: not built"}
    text = f"{stored:.1f}"
    return {
        "share": round(min(stored / full, 1.0), 3),
        "built": True,
        "text": text,
        "words": f"{name}: {text} of {full:.1f} cubic kilometres",
    }


def _river(name: str, supply: float) -> dict[str, Any]:
    width = round(float(np.clip(supply / SUMMER_KM3, 1.0, 6.0)), 1)
    return {"width": width, "words": f"{name}: {supply:.1f} cubic kilometres in the last summer"}
