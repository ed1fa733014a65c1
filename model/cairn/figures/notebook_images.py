"""Pictures in a notebook: small files, with words for those who cannot see them.

The last expression of a cell shows it: `picture(integration(worlds), "It falls, and rises again.")`. Figures are
matplotlib's own objects, which a notebook would show as text.
"""

from __future__ import annotations

import base64
import dataclasses
import io
from typing import Any

from matplotlib.figure import Figure

DOTS = 96  # per inch: as wide as a notebook's column, where small print can still be read
COLOURS = 256  # a quarter of the bytes, and no colour is off by more than the eye sees


@dataclasses.dataclass(frozen=True)
class Picture:
    """A PNG and what it shows in a few sentences, for screen readers and wherever pictures are not shown."""

    png: bytes
    alt: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, str], dict[str, Any]]:
        """As Jupyter asks for it: the picture, and its words in place of it and beside it."""
        data = {"image/png": base64.b64encode(self.png).decode("ascii"), "text/plain": self.alt}
        return data, {"image/png": {"alt": self.alt}}


def picture(figure: Figure, seen: str) -> Picture:
    """A figure for a notebook; the same figure gives the same bytes.

    seen : what the eye sees in it, for those who do not; title and first lines of the sheet go before
    """
    from PIL import Image

    head = [" ".join(text.get_text().split()) for text in figure.texts[:2]]
    alt = " ".join(text if text.endswith((".", "?")) else f"{text}." for text in (*head, seen))

    stream, small = io.BytesIO(), io.BytesIO()
    figure.savefig(stream, format="png", dpi=DOTS)
    drawn = Image.open(stream).convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    drawn.save(small, format="png", optimize=True)
    return Picture(small.getvalue(), alt)
