"""The integration index and its five dimensions."""

import json
from datetime import date

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from cairn.figures.style import (
    BLUE,
    FAINT,
    GREEN,
    HEIGHT,
    INK,
    TINY,
    VERMILLION,
    end_labels,
    fan,
    fan_handles,
    grid,
    interval_text,
    legend,
    panel,
    run_page,
    share_axis,
    time_span,
    years,
)

DIMENSIONS = {
    "dim_trade": "Trade",
    "dim_water": "Water",
    "dim_borders": "Borders",
    "dim_security": "Security",
    "dim_institutions": "Institutions",
}
PARTS = {
    "de facto": {"color": GREEN, "linestyle": (0, (5, 1.5)), "linewidth": 1.3},
    "de jure": {"color": VERMILLION, "linestyle": (0, (1.5, 1.2)), "linewidth": 1.3},
}
LEVEL = 0.15  # inches: a line of labels above the panel
PANEL_INCHES = 8.25  # width of the panel
LETTER = 0.056  # inches: mean width of a letter of a label


def integration(ds: xr.Dataset) -> Figure:
    """The integration index, its parts and dimensions, and dated events.

    Parameters
    ----------
    ds : a run with `integration_index`, `integration_de_facto` and the five dimensions
    """
    events = marked_events(ds)
    lines = max(levels(events, time_span(ds)), default=-1) + 1
    figure = run_page(
        ds,
        "Integration of the five states: the index and its five dimensions",
        course_sentence(ds.integration_index),
        "dates of events only, with their sources in scenarios/; the index itself cannot be observed.",
        height=HEIGHT - 0.6 + LEVEL * lines,
    )
    of_many = ": median" if ds.sizes["member"] > 1 else ""
    parts = [Line2D([], [], label=name + of_many, **look) for name, look in PARTS.items()]
    legend(figure, ds, [*fan_handles(ds, BLUE, name="index"), *parts])
    upper = grid(figure, 1, 1, top=1.05 + LEVEL * lines, bottom=2.8, right=0.9)
    lower = grid(figure, 1, 5, top=figure.get_figheight() - 2.2, bottom=0.8, wspace=0.12)

    axis = panel(figure, upper[0], ds, every=5)
    draw_index(axis, ds)
    label_events(axis, events, time_span(ds))
    for column, (name, label) in enumerate(DIMENSIONS.items()):
        draw_dimension(panel(figure, lower[column], ds, every=20), ds, name, label, first=column == 0)
    return figure


def course_sentence(index: xr.DataArray) -> str:
    """A sentence on the first, the lowest and the last value of the index."""
    middle, moments = index.median("member").values, years(index.time)
    start, lowest, end = int(moments[0]), int(middle.argmin()), int(moments[-1])
    what = "Median" if index.sizes["member"] > 1 else "Index"
    return (
        f"{what} {middle[0]:.2f} in {start}, lowest {middle[lowest]:.2f} in {int(moments[lowest])}, "
        f"{middle[-1]:.2f} at the end of {end}{interval_text(index[:, -1], '.2f')}."
    )


def draw_index(axis: Axes, ds: xr.Dataset) -> None:
    """The index as a fan chart; the medians of its de facto and de jure parts."""
    moments = years(ds.time)
    facto = ds.integration_de_facto.median("member").values
    jure = ds.dim_institutions.median("member").values
    share_axis(axis, "index, 0 none to 1 full")
    fan(axis, moments, ds.integration_index, BLUE)
    axis.plot(moments, facto, **PARTS["de facto"])
    axis.plot(moments, jure, **PARTS["de jure"])
    last = float(ds.integration_index[:, -1].median())
    end_labels(axis, [(last, "index", BLUE), (facto[-1], "de facto", GREEN), (jure[-1], "de jure", VERMILLION)])


def draw_dimension(axis: Axes, ds: xr.Dataset, name: str, label: str, first: bool) -> None:
    """One dimension as a fan chart."""
    formal = name == "dim_institutions"
    axis.set_title(f"{label} ({'de jure' if formal else 'de facto'})", loc="left", fontsize=TINY + 1.5, pad=4)
    share_axis(axis, "0 to 1" if first else "")
    fan(axis, years(ds.time), ds[name], VERMILLION if formal else GREEN)
    axis.tick_params(labelleft=first)


def marked_events(ds: xr.Dataset) -> list[tuple[float, str]]:
    """Events to mark within the run, in order of time: decimal year, and label with the year."""
    start, end = time_span(ds)
    marked = sorted((date.fromisoformat(day), label) for day, label in json.loads(ds.attrs.get("events_marked", "[]")))
    dated = [(day.year + (day.timetuple().tm_yday - 1) / 365.25, f"{day.year} {label}") for day, label in marked]
    return [event for event in dated if start <= event[0] <= end]


def label_events(axis: Axes, events: list[tuple[float, str]], span: tuple[float, float]) -> None:
    """Thin lines with the label of each event above the panel; labels that would touch go on higher lines."""
    across = axis.get_xaxis_transform()
    climb = LEVEL / (axis.get_window_extent().height / axis.figure.dpi)
    for (moment, label), level in zip(events, levels(events, span), strict=True):
        height = 1.02 + climb * (level + 1)
        axis.plot([moment] * 2, [0, height], color=FAINT, linewidth=0.6, transform=across, clip_on=False, zorder=1)
        left = not _reaches_the_end(moment, label, span)
        text = axis.text(moment, height, f" {label}" if left else f"{label} ", fontsize=TINY, color=INK,
                         ha="left" if left else "right", va="top", transform=across)  # fmt: skip
        text.set_path_effects([withStroke(linewidth=2, foreground="white")])


def levels(events: list[tuple[float, str]], span: tuple[float, float]) -> list[int]:
    """For each event the lowest line on which its label touches no other and is not crossed by a later event's line.

    >>> levels([(2000.0, "2000 A"), (2000.5, "2000 B"), (2030.0, "2030 C")], (1992.0, 2041.0))
    [1, 0, 0]
    """
    spaces = [_space(moment, label, span) for moment, label in events]
    chosen = [0] * len(events)
    for k in reversed(range(len(events))):  # a line reaches up to its own label: earlier labels must be above it
        low, high = spaces[k]
        later = [chosen[n] for n in range(k + 1, len(events)) if spaces[n][0] < high and events[n][0] > low]
        chosen[k] = max(later, default=-1) + 1
    return chosen


def _space(moment: float, label: str, span: tuple[float, float]) -> tuple[float, float]:
    """The years that a label covers."""
    width = LETTER * (len(label) + 2) / PANEL_INCHES * (span[1] - span[0])
    return (moment - width, moment) if _reaches_the_end(moment, label, span) else (moment, moment + width)


def _reaches_the_end(moment: float, label: str, span: tuple[float, float]) -> bool:
    """Whether a label to the right of its line would leave the page."""
    return moment + LETTER * (len(label) + 2) / PANEL_INCHES * (span[1] - span[0]) > span[1] + 4
