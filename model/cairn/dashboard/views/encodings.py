"""What colours, dashes and widths on the map stand for; each colour has a second cue, and all read in greyscale."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex

MOST_TRADE = 10.0  # bn USD a year at which a line is widest; fixed, so that quarters and worlds compare
WIDEST = 9.0
LOW_TRUST, HIGH_TRUST = 0.33, 0.6
CLOSED, OPEN = np.array([0xB0, 0x3A, 0x00]), np.array([0xC9, 0xC2, 0xB2])
_SHADES = [to_hex(colour) for colour in colormaps["cividis"](np.linspace(0, 1, 101))]


def shade(share: float) -> str:
    """The colour of a share, from dark blue for none to yellow for all; it reads in greyscale."""
    return _SHADES[round(100 * min(max(share, 0.0), 1.0))]


def key() -> dict[str, Any]:
    """What colours, dashes and widths stand for, made by what draws them."""
    return {
        "shades": [shade(k / 6) for k in range(7)],
        "dashes": [
            {"dash": dash(LOW_TRUST / 2), "text": f"trust below {LOW_TRUST:g}"},
            {"dash": dash(LOW_TRUST), "text": f"below {HIGH_TRUST:g}"},
            {"dash": dash(HIGH_TRUST), "text": "above"},
        ],
        "widths": [
            {"width": line_width(trade), "text": f"{trade:g}{' bn USD/yr of trade' * (trade == MOST_TRADE)}"}
            for trade in (0.1, 1.0, MOST_TRADE)
        ],
        "borders": [
            {"colour": tint(0.0), "width": border_width(0.0), "text": "border closed"},
            {"colour": tint(1.0), "width": border_width(1.0), "text": "open"},
        ],
    }


def line_width(trade: float) -> float:
    """How wide a pair's line is: by the root of trade, so that small trade stays visible."""
    return round(1.2 + WIDEST * min(float(np.sqrt(trade / MOST_TRADE)), 1.0), 1)


def dash(trust: float) -> str:
    """The dashes of a pair's line, which tell trust without colour."""
    return "" if trust >= HIGH_TRUST else ("7 3" if trust >= LOW_TRUST else "2 3")


def border_width(openness: float) -> float:
    """How wide a border is drawn: the wider the more closed."""
    return round(1.0 + 4.0 * (1 - openness), 1)


def tint(openness: float) -> str:
    """The colour of a border."""
    return to_hex((CLOSED + (OPEN - CLOSED) * min(max(openness, 0.0), 1.0)) / 255)
