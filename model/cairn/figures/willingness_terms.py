"""Why one state wants to work with another, or not: the terms of its willingness over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from cairn.figures.style import BANDS, BLACK, BLUE, INK, SMALL, TINY, grid, page, plain, row_of_entries

COLUMNS = 4
WORDS = {  # what a term is, by its name
    "trust": "trust",
    "leader": "the leader's openness",
    "gain": "gains from trade",
    "grievance": "grievances",
    "threat": "common threat, times trust",
    "agreements": "what is agreed already",
}


def reasons(
    moments: np.ndarray,
    terms: Mapping[str, np.ndarray],
    who: str,
    toward: str,
    run: str,
    marks: Sequence[tuple[float, str]] = (),
) -> Figure:
    """A panel for each term and one for their sum, all on one scale.

    moments : (T,) decimal years; terms : by name, (T, M) logit; run : where they come from, in words; marks : dated
    events to be marked, with a letter in their place and in the foot
    """
    sum_pairs = sum(list(terms.values())[1:], next(iter(terms.values())))
    panels = [*((WORDS.get(name, name), values) for name, values in terms.items()), ("the sum: willingness", sum_pairs)]
    rows = -(-len(panels) // COLUMNS)
    height = 1.25 + 1.9 * rows + 0.75
    dated = "; ".join(f"{letter(n)}: {label}" for n, (_, label) in enumerate(marks))
    figure = page(
        height,
        f"Why {who} wants to work with {toward}, or does not",
        _largest(moments, terms, marks),
        f"Record: none{f', but given {dated}' if dated else ''}; willingness is a state of the model, in logits: 0 is "
        f"even odds of consenting to an act without cost. Run: {run}.",
    )
    several = sum_pairs.shape[1] > 1
    bands = [Patch(color=BLUE, alpha=a, linewidth=0, label=t) for a, t in ((0.45, "50 %"), (0.18, "90 % of worlds"))]
    line = Line2D([], [], color=BLUE, linewidth=1.5, label="median of worlds" if several else "the world")
    row_of_entries(figure, [line, *(bands if several else [])], 0.72)
    places = grid(figure, rows, COLUMNS, top=1.25, bottom=0.75, hspace=0.32, wspace=0.1)
    low = min(float(np.quantile(values, BANDS[0], axis=1).min()) for _, values in panels)
    high = max(float(np.quantile(values, BANDS[-1], axis=1).max()) for _, values in panels)
    for n, (name, values) in enumerate(panels):
        row, column = divmod(n, COLUMNS)
        axis = plain(figure.add_subplot(places[row, column]), name)
        _fan(axis, moments, values, BLACK if n == len(panels) - 1 else BLUE)
        axis.axhline(0, color=INK, linewidth=0.8)
        for k, (moment, _) in enumerate(marks):
            axis.axvline(moment, color=INK, linewidth=0.8, linestyle=(0, (2, 2)))
            axis.text(moment, high, f" {letter(k)}", fontsize=TINY, color=INK, va="top")
        axis.set_xlim(moments[0], moments[-1])
        axis.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))
        axis.tick_params(labelleft=column == 0, labelbottom=n + COLUMNS >= len(panels))
        if column == 0:
            axis.set_ylabel("logit", fontsize=SMALL, color=INK)
    return figure


def letter(n: int) -> str:
    """a, b, c, for what is marked.

    >>> letter(2)
    'c'
    """
    return "abcdefghijklmnopqrstuvwxyz"[n % 26]


def _largest(moments: np.ndarray, terms: Mapping[str, np.ndarray], marks: Sequence[tuple[float, str]]) -> str:
    """Which term moves the sum most from the quarter before the first mark to the end."""
    start = max(int(np.searchsorted(moments, marks[0][0])) - 1, 0) if marks else 0
    moved = {name: float(np.median(values[-1] - values[start])) for name, values in terms.items()}
    most = max(moved, key=lambda name: abs(moved[name]))
    sum_pairs = float(np.median(sum(values[-1] - values[start] for values in terms.values())))
    since = "the quarter before the first event (a)" if marks else "the first quarter"
    return (
        f"From {since} to the last: {WORDS.get(most, most)} {moved[most]:+.2f}, "
        f"the sum {sum_pairs:+.2f} (medians of worlds)."
    )


def _fan(axis: Axes, moments: np.ndarray, values: np.ndarray, colour: str) -> None:
    low, lower, middle, upper, high = np.quantile(values, BANDS, axis=1)
    axis.fill_between(moments, low, high, color=colour, alpha=0.18, linewidth=0)
    axis.fill_between(moments, lower, upper, color=colour, alpha=0.32, linewidth=0)
    axis.plot(moments, middle, color=colour, linewidth=1.5)
