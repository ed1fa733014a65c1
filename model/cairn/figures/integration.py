"""The integration index and its five dimensions."""

import json
import textwrap
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
    LEFT,
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
KEY_COLUMNS = 3
KEY_LINE, LEVEL = 0.135, 0.13  # inches: a line of the key, a line of numbers above the panel
NUMBER_WIDTH = 0.9  # years that the number of an event takes on the axis


def integration(ds: xr.Dataset) -> Figure:
    """The integration index, its parts and dimensions, and dated events.

    Parameters
    ----------
    ds : a run with `integration_index`, `integration_de_facto` and the five dimensions
    """
    events = marked_events(ds)
    key_height = KEY_LINE * -(-len(events) // KEY_COLUMNS)
    figure = run_page(
        ds,
        "Integration of the five states: the index and its five dimensions",
        course_sentence(ds.integration_index),
        "dates of events only, with their sources in scenarios/; the index itself cannot be observed.",
        height=HEIGHT + max(0.0, key_height - 0.7),
    )
    of_many = ": median" if ds.sizes["member"] > 1 else ""
    parts = [Line2D([], [], label=name + of_many, **look) for name, look in PARTS.items()]
    legend(figure, ds, [*fan_handles(ds, BLUE, name="index"), *parts])
    bottom = 0.8 + key_height
    upper = grid(figure, 1, 1, top=1.0 + LEVEL * len(set(levels(events))), bottom=bottom + 2.0, right=0.9)
    lower = grid(figure, 1, 5, top=figure.get_figheight() - bottom - 1.4, bottom=bottom, wspace=0.12)

    axis = panel(figure, upper[0], ds, every=5)
    draw_index(axis, ds)
    number_events(axis, events)
    for column, (name, label) in enumerate(DIMENSIONS.items()):
        draw_dimension(panel(figure, lower[column], ds, every=20), ds, name, label, first=column == 0)
    write_key(figure, events)
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


def marked_events(ds: xr.Dataset) -> list[tuple[float, str, str]]:
    """Events to mark within the run, in order of time: decimal year, month, label."""
    start, end = time_span(ds)
    marked = sorted((date.fromisoformat(day), label) for day, label in json.loads(ds.attrs.get("events_marked", "[]")))
    dated = [(day.year + (day.timetuple().tm_yday - 1) / 365.25, f"{day:%Y-%m}", label) for day, label in marked]
    return [event for event in dated if start <= event[0] <= end]


def number_events(axis: Axes, events: list[tuple[float, str, str]]) -> None:
    """Thin lines, numbered above the panel; numbers that are close go on higher lines."""
    across = axis.get_xaxis_transform()
    climb = LEVEL / (axis.get_window_extent().height / axis.figure.dpi)
    for number, ((moment, _, _), level) in enumerate(zip(events, levels(events), strict=True), start=1):
        height = 1.02 + climb * level
        axis.plot([moment] * 2, [0, height], color=FAINT, linewidth=0.6, transform=across, clip_on=False, zorder=1)
        look = {"fontsize": TINY, "color": INK, "ha": "center", "va": "bottom", "transform": across}
        text = axis.text(moment, height + 0.008, str(number), **look)
        text.set_path_effects([withStroke(linewidth=2, foreground="white")])


def levels(events: list[tuple[float, str, str]]) -> list[int]:
    """For each event the lowest line on which its number does not touch another."""
    last: list[float] = []
    chosen = []
    for moment, _, _ in events:
        free = [level for level, taken in enumerate(last) if moment - taken >= NUMBER_WIDTH]
        level = free[0] if free else len(last)
        last[level : level + 1] = [moment]
        chosen.append(level)
    return chosen


def write_key(figure: Figure, events: list[tuple[float, str, str]]) -> None:
    """The events by number, in columns above the foot."""
    height = figure.get_figheight()
    rows = -(-len(events) // KEY_COLUMNS)
    for position, (_, month, label) in enumerate(events):
        column, row = divmod(position, rows)
        left, low = LEFT + 0.015 + 0.315 * column, (0.45 + KEY_LINE * (rows - row - 1)) / height
        look = {"fontsize": TINY, "color": INK}
        figure.text(left, low, str(position + 1), ha="right", **look)
        figure.text(left + 0.008, low, f"{month}  {textwrap.shorten(label, 45, placeholder=' …')}", **look)
