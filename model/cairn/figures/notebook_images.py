"""Figures in a notebook: small PNG files, with a description for readers who cannot see them.

The last expression of a cell shows the picture: `picture(integration(ensemble), "It falls, and rises again.")`. Without
this, a notebook would show a matplotlib figure as text.
"""

from __future__ import annotations

import base64
import dataclasses
import io
from typing import Any

from matplotlib.figure import Figure

DOTS = 96  # per inch: as wide as the column of a notebook, with small print that can be read
COLOURS = 256  # a quarter of the bytes, without a visible difference


@dataclasses.dataclass(frozen=True)
class Picture:
    """A PNG and its description, for screen readers and wherever pictures are not shown."""

    png: bytes
    alt: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, str], dict[str, Any]]:
        """The data that Jupyter asks for: the picture, and its description as alternative text."""
        data = {"image/png": base64.b64encode(self.png).decode("ascii"), "text/plain": self.alt}
        return data, {"image/png": {"alt": self.alt}}


def picture(figure: Figure, description: str) -> Picture:
    """A figure for a notebook; the same figure gives the same bytes.

    Parameters
    ----------
    figure : the figure
    description : what can be seen in it; the title and the subtitle of the figure are put before it
    """
    from PIL import Image

    head = [" ".join(text.get_text().split()) for text in figure.texts[:2]]
    alt = " ".join(text if text.endswith((".", "?")) else f"{text}." for text in (*head, description))

    stream, small = io.BytesIO(), io.BytesIO()
    figure.savefig(stream, format="png", dpi=DOTS)
    drawn = Image.open(stream).convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    drawn.save(small, format="png", optimize=True)
    return Picture(small.getvalue(), alt)
