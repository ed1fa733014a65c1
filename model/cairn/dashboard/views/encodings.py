"""How the map encodes values: colours, dashes and widths. Each colour has a second cue and is readable in greyscale."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex

MAX_TRADE = 20.0  # bn USD a year at which a line is widest; fixed, so that years and members can be compared
MIN_WIDTH, TRADE_WIDTH = 1.2, 9.0  # width of a line without trade, and what the largest trade adds to it
LOW_TRUST, HIGH_TRUST = 0.33, 0.6
CLOSED, OPEN = np.array([0xB0, 0x3A, 0x00]), np.array([0xC9, 0xC2, 0xB2])
_COLOURS = [to_hex(colour) for colour in colormaps["cividis"](np.linspace(0, 1, 101))]


def share_colour(share: float) -> str:
    """Colour of a share, from dark blue for 0 to yellow for 1."""
    return _COLOURS[round(100 * min(max(share, 0.0), 1.0))]


def legend() -> dict[str, Any]:
    """Samples of all encodings with their texts, made with the functions that the map uses."""
    return {
        "colours": [share_colour(k / 6) for k in range(7)],
        "dashes": [
            {"dash": trust_dash(LOW_TRUST / 2), "text": f"trust below {LOW_TRUST:g}"},
            {"dash": trust_dash(LOW_TRUST), "text": f"{LOW_TRUST:g} to {HIGH_TRUST:g}"},
            {"dash": trust_dash(HIGH_TRUST), "text": f"{HIGH_TRUST:g} or more"},
        ],
        "widths": [
            {"width": trade_width(0.1), "text": "trade 0.1"},
            {"width": trade_width(1.0), "text": "1"},
            {"width": trade_width(MAX_TRADE), "text": f"{MAX_TRADE:g} bn USD/yr or more"},
        ],
        "borders": [
            {"colour": border_colour(0.0), "width": border_width(0.0), "text": "border closed"},
            {"colour": border_colour(1.0), "width": border_width(1.0), "text": "border open"},
        ],
    }


def trade_width(trade: float) -> float:
    """Width of a pair's line for trade in bn USD a year; a square root, so that small trade stays visible."""
    return round(MIN_WIDTH + TRADE_WIDTH * min(float(np.sqrt(trade / MAX_TRADE)), 1.0), 1)


def trust_dash(trust: float) -> str:
    """SVG dash pattern of a pair's line: dotted for low trust, dashed for medium, solid for high."""
    return "" if trust >= HIGH_TRUST else ("7 3" if trust >= LOW_TRUST else "2 3")


def border_width(openness: float) -> float:
    """Width of a border line: wider for a more closed border."""
    return round(1.0 + 4.0 * (1 - openness), 1)


def border_colour(openness: float) -> str:
    """Colour of a border line, from dark orange for closed to grey for open."""
    return to_hex((CLOSED + (OPEN - CLOSED) * min(max(openness, 0.0), 1.0)) / 255)
