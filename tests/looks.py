"""What every figure needs so that everyone can read it, also in a grey print."""

import itertools
import re

import numpy as np
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from cairn.figures.style import PALETTE, TITLE

LIGHTNESS_STEP = 8.0  # of 100: thin lines with a smaller difference cannot be distinguished
PERCEPTUAL = {"cividis", "viridis"}
FOOT = re.compile(r"^(Record: .+|Run: .+|Sweep: .+|Posterior: .+|Simulation-based calibration.+)", re.S)
UNIT = re.compile(r"(, | \()\S")  # "trade of the five, bn USD/yr"


def assert_readable(figure: Figure) -> None:
    """Check title, source, units on all axes with numbers, and colours and styles that can be distinguished."""
    figure.set_dpi(20)
    figure.canvas.draw()  # sets the tick labels
    titles = [t.get_text() for t in figure.texts if t.get_fontsize() == TITLE and t.get_weight() == "bold"]
    assert len(titles) == 1 and len(titles[0].split()) >= 3, titles
    name = titles[0]
    assert any(FOOT.match(t.get_text()) for t in figure.texts), f"{name}: no source"
    for axis in figure.axes:
        if axis.axison:
            for way in (axis.xaxis, axis.yaxis):
                assert_units(figure, axis, way, name)
        assert_distinguishable(axis, name)
        for mapped in axis.collections:
            if mapped.get_array() is not None and np.size(mapped.get_array()):
                assert mapped.get_cmap().name in PERCEPTUAL, name


def assert_units(figure: Figure, axis, way, name: str) -> None:
    """Check that an axis with numbers has a label, or that the title of the panel or of the figure has the unit."""
    texts = [t.get_text() for t in way.get_ticklabels() if t.get_visible() and t.get_text()]
    shown = way.get_tick_params().get("labelleft", way.get_tick_params().get("labelbottom", True))
    found = [value for text in texts if (value := number(text)) is not None]
    if not found or not shown or all(1990 <= value <= 2041 for value in found):
        return
    whole = figure.get_supxlabel() if way is axis.xaxis else figure.get_supylabel()
    panel = axis.get_title("left") or axis.get_title()
    assert way.label.get_text() or whole or UNIT.search(panel), f"{name}, panel {panel!r}: numbers without a unit"


def number(text: str) -> float | None:
    """A tick label as a number, None if it is not a number."""
    try:
        return float(text.replace("−", "-").replace(",", "").replace("%", "").translate(FRACTIONS))
    except ValueError:
        return None


FRACTIONS = str.maketrans({"¼": ".25", "½": ".5", "¾": ".75"})


def assert_distinguishable(axis, name: str) -> None:
    """Check lines and marks: colours of the palette or greys; no two of one style that look the same in grey."""
    palette = {colour.lower() for colour in PALETTE}
    by_style: dict[tuple, set[str]] = {}
    for line in axis.lines:
        colour = to_hex(line.get_color())
        red, green, blue = to_rgb(colour)
        assert colour in palette or max(red, green, blue) - min(red, green, blue) < 0.02, f"{name}: {colour}"
        by_style.setdefault(style(line), set()).add(colour)
    for alike in by_style.values():
        steps = sorted((lightness(colour), colour) for colour in alike)
        for (low, one), (high, other) in itertools.pairwise(steps):
            assert high - low >= LIGHTNESS_STEP, (
                f"{name}, panel {axis.get_title('left')!r}: {one} and {other} are alike in grey"
            )


def style(line) -> tuple:
    """The style of a line apart from its colour: dashes, marker, whether the marker is hollow."""
    drawn = line.get_linestyle() not in ("None", "none", "", " ")
    dashes = str(line._unscaled_dash_pattern) if drawn else ""
    marked = str(line.get_marker()) not in ("None", "none", "", " ")
    face = line.get_markerfacecolor() if marked else ""
    hollow = isinstance(face, str) and face in ("none", "white")
    return (dashes, str(line.get_marker()) if marked else "", hollow)


def lightness(colour: str) -> float:
    """Lightness (CIE 1976), from 0 for black to 100 for white.

    >>> [round(lightness(c)) for c in ("#000000", "#777777", "#ffffff")]
    [0, 50, 100]
    """
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    light = float(np.dot(linear, (0.2126, 0.7152, 0.0722)))
    return 116 * np.cbrt(light) - 16 if light > 0.008856 else 903.3 * light
