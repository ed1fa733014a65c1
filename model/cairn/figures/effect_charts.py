"""The effect of one scenario in a year: on the index and its dimensions, and on each pair of states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cairn.core.geography import PAIR_NAMES
from cairn.figures.paired_differences import effect_bar, effect_handles, run_line
from cairn.figures.style import INK, SMALL, TINY, joined, page, plain, row_of_entries

if TYPE_CHECKING:
    from cairn.ensemble.comparison import Comparison

INDICES = {
    "integration_index": "index",
    "dim_trade": "trade",
    "dim_water": "water, energy",
    "dim_borders": "borders",
    "dim_security": "security",
    "dim_institutions": "institutions",
}
OF_PAIRS = {
    "openness": ("openness of pairs", "0 to 1"),
    "trust_pair": ("trust of pairs", "0 to 1"),
    "pair_trade_usd_bn": ("trade of pairs", "bn USD/yr"),
}
HEAD, FOOT, LINE = 1.3, 0.85, 0.26  # inches
LEAST = 0.025  # an axis reaches so far at least: what is next to nothing shall look like it


def effects(found: Comparison, scenario: str | None = None, year: int | None = None) -> Figure:
    """Medians and 90 % intervals of paired differences in a year, the last unless another is given."""
    year = int(found.years[-1]) if year is None else year
    columns = [("index and dimensions", "0 to 1", list(INDICES.values()), list(INDICES))]
    columns += [
        (title, unit, [joined(pair) for pair in PAIR_NAMES], [f"{variable}[{pair}]" for pair in PAIR_NAMES])
        for variable, (title, unit) in OF_PAIRS.items()
    ]
    height = HEAD + LINE * len(PAIR_NAMES) + FOOT
    figure = page(
        height,
        f"What differs in {year}: the index, its dimensions and the ten pairs",
        f"“{found.title(scenario)}” less “{found.title(found.reference)}”, within each world.",
        run_line(found),
    )
    row_of_entries(figure, effect_handles())
    edges = {"left": 0.115, "right": 0.98, "top": 1 - HEAD / height, "bottom": FOOT / height}
    places = figure.add_gridspec(1, 4, **edges, wspace=0.12, width_ratios=[1.15, 1, 1, 1])
    for column, (title, unit, names, keys) in enumerate(columns):
        axis = plain(figure.add_subplot(places[column]), title)
        shown = [found.effect(key, year, scenario) for key in keys]
        for place, effect in enumerate(shown):
            effect_bar(axis, place, effect)
        widest = max(max(abs(e.low), abs(e.high)) for e in shown) * 1.08
        axis.axvline(0, color=INK, linewidth=0.8)
        axis.set_xlim(-max(widest, LEAST), max(widest, LEAST))
        axis.xaxis.set_major_locator(MaxNLocator(3, symmetric=True))
        axis.set_ylim(len(names) - 0.4, -0.6)
        axis.set_yticks(np.arange(len(names)), names if column < 2 else [""] * len(names))
        axis.tick_params(axis="y", length=0)
        axis.tick_params(axis="x", labelsize=TINY)
        axis.grid(axis="y", visible=False)
        axis.grid(axis="x", color="#D9D9D9", linewidth=0.5)
        axis.set_xlabel(f"difference, {unit}", fontsize=SMALL, color=INK)
    return figure
