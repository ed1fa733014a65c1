"""The map as plain data, which `map.vue` draws: a static part (outlines, rivers, labels) and one that changes.

Lines between capitals are pairs of countries: colour and dashes encode trust, width encodes trade. Border lines are
wide and dark where a border is closed. Gauges show reservoirs; the width of a river is its summer flow. Each element
has a description in words. What changes is a `Snapshot`: of a year of the ensemble, or of a quarter of the member that
is played.

River courses and lakes are those of Natural Earth (1:50m, public domain). It has neither the Vakhsh nor the Qosh Tepa
canal: both are drawn through a few points, whose coordinates are rounded to a tenth of a degree.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from cairn.core.calendar import FIRST_YEAR, quarter_of, year_of
from cairn.core.geography import BORDER_NAMES, CODES, NAMES, PAIR_NAMES, PAIRS, RESERVOIRS
from cairn.core.pairs import both_ways
from cairn.core.parameters import Parameters
from cairn.dashboard.views.encodings import border_colour, border_width, share_colour, trade_width, trust_dash
from cairn.effects.report_outcomes import place_name
from cairn.events import Canal, Reservoir
from cairn.figures.region_map import CAPITALS, EAST, NORTH, SOUTH, WEST, bowed
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
LARGEST_SUPPLY_KM3, MAX_RIVER_WIDTH = 50.0, 6.0  # summer flow at which a river is widest, and its width
RIVERS = {  # name to parts of its course in the geometry of Natural Earth, and to parts that it lacks
    "Syr Darya": ("Syr Dar", "Naryn"),
    "Amu Darya": ("Amu Darya", "Panj"),
}
VAKHSH = ((71.9, 39.3), (70.6, 38.9), (69.8, 38.7), (69.3, 38.4), (68.8, 37.9), (68.5, 37.4), (68.3, 37.1))
CANAL = ((68.4, 37.2), (67.7, 36.95), (66.9, 37.0), (66.2, 36.75), (65.4, 36.9), (64.7, 36.7))  # longitude, latitude
DAMS = {"toktogul": (72.65, 41.68), "kambarata_1": (73.35, 41.78), "nurek": (69.35, 38.37), "rogun": (69.77, 38.68)}
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
                "path": _river_path(parts) + (_svg_path(locate(*p) for p in VAKHSH) if name == "Amu Darya" else ""),
                "point": locate(*RIVER_LABELS[name]),
            }
            for name, parts in RIVERS.items()
        ],
        "lakes": _lake_paths(),
        "canal": {"path": _svg_path(locate(*p) for p in CANAL), "point": locate(64.2, 36.05)},
        "dams": [{"name": GAUGES[name][0], "point": locate(*DAMS[name])} for name in RESERVOIRS],
        "gauges": [
            {"name": GAUGES[name][0], "x": locate(*GAUGES[name][1:])[0], "y": locate(*GAUGES[name][1:])[1]}
            for name in RESERVOIRS
        ],
    }


def _river_path(names: tuple[str, ...]) -> str:
    """The course of a river: the lines of all parts with one of these names."""
    lines = [
        line for shape in observations.rivers_and_lakes() if shape["kind"] == "river" and shape["name"] in names
        for line in shape["coordinates"]
    ]  # fmt: skip
    return "".join(_svg_path(locate(*point[:2]) for point in line) for line in lines)


def _lake_paths() -> list[dict[str, Any]]:
    return [
        {
            "name": shape["name"],
            "path": "".join(
                _svg_path((locate(*point[:2]) for point in ring), close=True)
                for polygon in shape["coordinates"]
                for ring in polygon
            ),
        }
        for shape in observations.rivers_and_lakes()
        if shape["kind"] == "lake"
    ]


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


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """What the map shows at one time: a year of the ensemble or of one member, or a quarter of the member played.

    Parameters
    ----------
    period : as in a sentence, "2025" or "2016Q3"
    trust, trade_usd_bn, met : of pairs, (P,); met is a share of members between 0 and 1
    openness, incidents : of borders, (B,)
    attended, leader_openness, country_trade_usd_bn, shortage : of countries, (C,)
    storage_km3, capacity_km3 : of reservoirs, (K,); no capacity: not built
    supply_km3 : water in the summer, of rivers, (R,)
    """

    period: str
    trust: np.ndarray
    trade_usd_bn: np.ndarray
    met: np.ndarray
    openness: np.ndarray
    incidents: np.ndarray
    attended: np.ndarray
    leader_openness: np.ndarray
    country_trade_usd_bn: np.ndarray
    shortage: np.ndarray
    storage_km3: np.ndarray
    capacity_km3: np.ndarray
    supply_km3: np.ndarray
    canal_share: float = 0.0


def snapshot_of_model(model: CentralAsia, row: int, period: str) -> Snapshot:
    """One row of the state of a model, at the end of its last quarter."""
    state, geography = model.state, model.geography
    relations, to_pairs, to_borders = state.relations, geography.to_pairs, geography.to_borders
    openness = to_borders(relations.openness)[:, row]
    if model.quarter < 0:
        openness = np.array([relations.posture[i, j, row] for i, j in _BORDER_ENDS])
    capacity = model.context.forcing.capacity_km3[:, row] if model.quarter >= 0 else np.zeros(len(RESERVOIRS))
    return Snapshot(
        period,
        to_pairs(both_ways(relations.trust))[:, row],
        to_pairs(state.trade.pair_trade_usd_bn)[:, row],
        to_pairs(np.maximum(relations.summits, relations.met_at_regional_meeting))[:, row] > 0,
        openness,
        to_borders(state.borderlands.incidents)[:, row],
        state.organisation.attended[:, row],
        state.leaders.leader_openness[:, row],
        state.trade.pair_trade_usd_bn[:, :, row].sum(1),
        state.water.shortage[:, row],
        state.water.storage_km3[:, row],
        np.asarray(capacity, float),
        state.water.summer_supply_km3[:, row],
        canal_share(model.scenarios[row].events, year_of(max(model.quarter, 0)) + 0.25),
    )


def snapshot_of_year(
    values: Callable[[str], np.ndarray], column: int, events: Mapping[str, Any], member: int | None = None
) -> Snapshot:
    """A year of an arm: the median of all members, or one member.

    Parameters
    ----------
    values : annual values of a measure by name, (M, Y) or (M, Y, places)
    column : index of the year
    events : of the scenario: they say which dams and which canal have been built
    member : one member; None for the median, and for the share of members in what happens or does not happen
    """
    year = FIRST_YEAR + column

    def of(name: str, mean: bool = False) -> np.ndarray:
        whole = values(name)[:, column]
        return whole[member] if member is not None else whole.mean(0) if mean else np.median(whole, axis=0)

    borders = [PAIR_NAMES.index(name) for name in BORDER_NAMES]
    return Snapshot(
        str(year),
        of("trust_pair"),
        of("pair_trade_usd_bn"),
        of("leaders_met", mean=True),
        of("openness")[borders],
        of("incidents"),
        of("attended", mean=True),
        of("leader_openness"),
        of("trade_usd_bn"),
        of("shortage"),
        of("storage_km3"),
        _capacities(events, year + 1.0),
        of("summer_supply_km3"),
        canal_share(events, year + 1.0),
    )


def _capacities(events: Mapping[str, Any], at: float) -> np.ndarray:
    """Capacity of the reservoirs at a time, decimal year; zero for those not yet filling."""
    parameters = Parameters()
    found = {"toktogul": parameters.toktogul_capacity_km3, "nurek": parameters.nurek_capacity_km3}
    for event in events.values():
        if isinstance(event, Reservoir):
            start, end = (year_of(quarter_of(date)) for date in (event.start, event.end))
            found[event.reservoir] = event.volume_km3 * float(np.clip((at - start) / max(end - start, 0.25), 0.0, 1.0))
    return np.array([float(found.get(name, 0.0)) for name in RESERVOIRS])


def canal_share(events: Mapping[str, Any], at: float) -> float:
    """How much of the canal stands at a time, decimal year, 0..1."""
    shares = [0.0]
    for event in events.values():
        if isinstance(event, Canal):
            start, end = (year_of(quarter_of(date)) for date in (event.start, event.finish))
            shares.append(float(np.clip((at - start) / max(end - start, 0.25), 0.0, 1.0)))
    return max(shares)


def current_map(now: Snapshot) -> dict[str, Any]:
    """What the map shows of a snapshot."""
    pairs = zip(PAIR_NAMES, now.trust, now.trade_usd_bn, now.met, strict=True)
    borders = zip(BORDER_NAMES, now.openness, now.incidents, strict=True)
    return {
        "countries": [_country_now(now, i) for i in range(len(CODES))],
        "pairs": [_pair_now(name, *values) for name, *values in pairs],
        "borders": [_border_now(name, *values) for name, *values in borders],
        "gauges": [_gauge_now(now, k) for k in range(len(RESERVOIRS))],
        "rivers": [_river_now(name, float(now.supply_km3[k])) for k, name in enumerate(RIVERS)],
        "canal": _canal_now(now),
    }


def _country_now(now: Snapshot, i: int) -> dict[str, Any]:
    attended = float(now.attended[i])
    mean_trust = float(np.mean([now.trust[k] for k, name in enumerate(PAIR_NAMES) if CODES[i] in name.split("-")]))
    meeting = (
        "attended a regional meeting" if attended == 1 else f"attended a regional meeting in {attended:.0%} of members"
    )
    parts = [
        NAMES[i],
        f"leader's openness {now.leader_openness[i]:.2f}",
        f"mean trust with the other four {mean_trust:.2f}",
        f"trade with them {now.country_trade_usd_bn[i]:.1f} billion dollars a year",
        f"shortage of water or power {now.shortage[i]:.0%}",
        *([meeting] if attended > 0 else []),
    ]
    return {"attended": attended >= 0.5, "description": ", ".join(parts)}


def _pair_now(name: str, trust: float, trade: float, met: float) -> dict[str, Any]:
    description = f"{place_name(name)}: trust {trust:.2f}, trade {trade:.2f} billion dollars a year"
    return {
        "colour": share_colour(float(trust)),
        "width": trade_width(float(trade)),
        "dash": trust_dash(trust),
        "leaders_met": bool(met >= 0.5),
        "description": description
        + (", leaders met" if met == 1 else f", leaders met in {met:.0%} of members" if met else ""),
    }


def _border_now(name: str, openness: float, incidents: float) -> dict[str, Any]:
    description = f"border of {place_name(name)}: {openness:.0%} open"
    count = round(float(incidents))
    return {
        "colour": border_colour(float(openness)),
        "width": border_width(float(openness)),
        "incidents": count,
        "description": description + (f", incidents: {count}" if count else ""),
    }


def _gauge_now(now: Snapshot, k: int) -> dict[str, Any]:
    """The water in a reservoir; a reservoir that is not yet built has no gauge."""
    name = GAUGES[RESERVOIRS[k]][0]
    capacity, stored = float(now.capacity_km3[k]), float(now.storage_km3[k])
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
    width = round(float(np.clip(MAX_RIVER_WIDTH * supply_km3 / LARGEST_SUPPLY_KM3, 1.0, MAX_RIVER_WIDTH)), 1)
    return {"width": width, "description": f"{name}: {supply_km3:.1f} cubic kilometres in the last summer"}


def _canal_now(now: Snapshot) -> dict[str, Any]:
    share = now.canal_share
    text = "not begun" if share == 0 else "finished" if share == 1 else f"{share:.0%} built"
    return {"built": share > 0, "done": share == 1, "description": f"Qosh Tepa canal: {text}"}
