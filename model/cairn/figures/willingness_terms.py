"""Why a state wants to cooperate with another, or not: the terms of its willingness over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from cairn.figures.style import BANDS, BLACK, BLUE, INK, SMALL, TINY, grid, legend_row, page, plain
from cairn.support.quantiles import HIGH, LOW

COLUMNS = 4
LABELS = {  # of each term, by its name
    "trust": "trust",
    "leader": "the leader's openness",
    "gain": "gains from trade",
    "grievance": "grievances",
    "threat": "common threat, times trust",
    "agreements": "existing agreements",
}


def willingness_terms(
    moments: np.ndarray,
    terms: Mapping[str, np.ndarray],
    state: str,
    partner: str,
    run: str,
    events: Sequence[tuple[float, str]] = (),
) -> Figure:
    """A panel for each term and one for their sum, all on one scale.

    Parameters
    ----------
    moments : (T,) decimal years
    terms : by name, (T, M), logit
    state, partner : whose willingness towards whom
    run : the run that the terms come from, for the foot
    events : decimal year and label of events to mark, with letters explained in the foot
    """
    willingness = sum(list(terms.values())[1:], next(iter(terms.values())))
    panels = [*((LABELS.get(name, name), values) for name, values in terms.items()), ("sum: willingness", willingness)]
    rows = -(-len(panels) // COLUMNS)
    height = 1.25 + 1.9 * rows + 0.75
    marked = "; ".join(f"{letter(n)}: {label}" for n, (_, label) in enumerate(events))
    figure = page(
        height,
        f"Why {state} wants to cooperate with {partner}, or not",
        _largest_change(moments, terms, events),
        f"Record: none, except for the dates of events{f' ({marked})' if marked else ''}. Willingness is a state "
        "variable of the model, in logits: 0 means even odds of consent to an act without cost. "
        f"Run: {run}.",
    )
    several = willingness.shape[1] > 1
    bands = [Patch(color=BLUE, alpha=a, linewidth=0, label=t) for a, t in ((0.45, "50 %"), (0.18, "90 % of members"))]
    line = Line2D([], [], color=BLUE, linewidth=1.5, label="median of members" if several else "the member")
    legend_row(figure, [line, *(bands if several else [])], 0.72)
    places = grid(figure, rows, COLUMNS, top=1.25, bottom=0.75, hspace=0.32, wspace=0.1)
    low = min(float(np.quantile(values, LOW, axis=1).min()) for _, values in panels)
    high = max(float(np.quantile(values, HIGH, axis=1).max()) for _, values in panels)
    for n, (name, values) in enumerate(panels):
        row, column = divmod(n, COLUMNS)
        axis = plain(figure.add_subplot(places[row, column]), name)
        _fan(axis, moments, values, BLACK if n == len(panels) - 1 else BLUE)
        axis.axhline(0, color=INK, linewidth=0.8)
        for k, (moment, _) in enumerate(events):
            axis.axvline(moment, color=INK, linewidth=0.8, linestyle=(0, (2, 2)))
            axis.text(moment, high, f" {letter(k)}", fontsize=TINY, color=INK, va="top")
        axis.set_xlim(moments[0], moments[-1])
        axis.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        axis.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))
        axis.tick_params(labelleft=column == 0, labelbottom=n + COLUMNS >= len(panels))
        if column == 0:
            axis.set_ylabel("logit", fontsize=SMALL, color=INK)
    return figure


def letter(n: int) -> str:
    """The letter that marks event n.

    >>> letter(2)
    'c'
    """
    return "abcdefghijklmnopqrstuvwxyz"[n % 26]


def _largest_change(moments: np.ndarray, terms: Mapping[str, np.ndarray], events: Sequence[tuple[float, str]]) -> str:
    """A sentence on the term that changes most, from the quarter before the first event to the end."""
    start = max(int(np.searchsorted(moments, events[0][0])) - 1, 0) if events else 0
    change = {name: float(np.median(values[-1] - values[start])) for name, values in terms.items()}
    largest = max(change, key=lambda name: abs(change[name]))
    total = float(np.median(sum(values[-1] - values[start] for values in terms.values())))
    since = "the quarter before the first event (a)" if events else "the first quarter"
    return (
        f"Changes from {since} to the last: {LABELS.get(largest, largest)} {change[largest]:+.2f}, "
        f"the sum {total:+.2f} (medians of members)."
    )


def _fan(axis: Axes, moments: np.ndarray, values: np.ndarray, colour: str) -> None:
    low, lower, middle, upper, high = np.quantile(values, BANDS, axis=1)
    axis.fill_between(moments, low, high, color=colour, alpha=0.18, linewidth=0)
    axis.fill_between(moments, lower, upper, color=colour, alpha=0.32, linewidth=0)
    axis.plot(moments, middle, color=colour, linewidth=1.5)
