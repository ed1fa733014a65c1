"""Effects of one scenario: the course of an outcome, and in one year the index, each pair of states, each country."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from cairn.core.calendar import FIRST_YEAR
from cairn.core.geography import CODES, NAMES, PAIR_NAMES
from cairn.effects.country_effects import QUANTITIES, CountryEffect, country_effects
from cairn.effects.report_outcomes import subject
from cairn.figures.paired_differences import AXIS_MIN, draw_fan, effect_bar, effect_handles, run_line
from cairn.figures.style import (
    BLUE,
    FAINT,
    FUTURE,
    GREEN,
    INK,
    RECORD_ENDS,
    SMALL,
    TINY,
    VERMILLION,
    end_labels,
    legend_row,
    page,
    pair_label,
    plain,
)
from cairn.support.quantiles import HIGH, LOW

if TYPE_CHECKING:
    from cairn.ensemble.comparison import Comparison
    from cairn.ensemble.outcomes import Outcome

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
COURSE_HEIGHT, YEARS_BEFORE, MANY_YEARS = 3.3, 8, 24  # inches; years before the divergence; in steps of five
SMALL_EFFECT = 0.05  # of the range of the levels: a smaller difference of two fan charts is not seen
COURSES: tuple[tuple[str, Any], ...] = ((BLUE, "-"), (VERMILLION, (0, (5, 1.5))))
HEAD, FOOT, LINE = 1.3, 0.85, 0.26  # inches
PANEL_HEIGHT = 3.9  # inches
COLOURS = {True: BLUE, False: VERMILLION, None: FAINT}
MARKERS = {True: "^", False: "v", None: "o"}
WORDS = {True: "better off", False: "worse off", None: "no clear effect"}


def effects(comparison: Comparison, scenario: str | None = None, year: int | None = None) -> Figure:
    """Medians and 90 % intervals of paired differences in one year.

    Parameters
    ----------
    comparison : must contain the index, its dimensions, and openness, trust and trade of the pairs
    scenario : its name; it can be left out where only one is compared with the reference
    year : default: the last year
    """
    year = int(comparison.years[-1]) if year is None else year
    columns = [("index and dimensions", "0 to 1", list(INDICES.values()), list(INDICES))]
    columns += [
        (title, unit, [pair_label(pair) for pair in PAIR_NAMES], [f"{variable}[{pair}]" for pair in PAIR_NAMES])
        for variable, (title, unit) in OF_PAIRS.items()
    ]
    height = HEAD + LINE * len(PAIR_NAMES) + FOOT
    figure = page(
        height,
        f"Effects in {year} on the index, its dimensions and the ten pairs",
        f"“{comparison.title(scenario)}” minus “{comparison.title(comparison.reference)}”, within each member.",
        run_line(comparison),
    )
    legend_row(figure, effect_handles())
    edges = {"left": 0.115, "right": 0.98, "top": 1 - HEAD / height, "bottom": FOOT / height}
    places = figure.add_gridspec(1, 5, **edges, wspace=0.12, width_ratios=[1.15, 0.1, 1, 1, 1])  # the second is a gap
    for column, (title, unit, names, keys) in enumerate(columns):
        axis = plain(figure.add_subplot(places[column + (column > 0)]), title)
        shown = [comparison.effect(key, year, scenario) for key in keys]
        for place, effect in enumerate(shown):
            effect_bar(axis, place, effect)
        widest = max(max(abs(e.low), abs(e.high)) for e in shown) * 1.08
        axis.axvline(0, color=INK, linewidth=0.8)
        axis.set_xlim(-max(widest, AXIS_MIN), max(widest, AXIS_MIN))
        axis.xaxis.set_major_locator(MaxNLocator(3, symmetric=True))
        axis.set_ylim(len(names) - 0.4, -0.6)
        axis.set_yticks(np.arange(len(names)), names if column < 2 else [""] * len(names))
        axis.tick_params(axis="y", length=0)
        axis.tick_params(axis="x", labelsize=TINY)
        axis.grid(axis="y", visible=False)
        axis.grid(axis="x", color="#D9D9D9", linewidth=0.5)
        axis.set_xlabel(f"difference, {unit}", fontsize=SMALL, color=INK)
    return figure


def course(comparison: Comparison, outcome: Outcome, year: int, scenario: str | None = None) -> Figure:
    """One outcome over the years under the reference and under a scenario, as fan charts.

    An effect that is small beside the level would not be seen so: then the paired difference is drawn.

    Parameters
    ----------
    comparison : must contain the outcome
    outcome : the outcome
    year : in which the effect is marked
    scenario : its name; it can be left out where only one is compared with the reference
    """
    years, divergence = comparison.years, comparison.divergence(scenario)
    first = FIRST_YEAR + divergence[0] // 4 if divergence else int(years[0])
    begin = max(min(first - YEARS_BEFORE, int(years[-1]) - YEARS_BEFORE), int(years[0]))
    arms = [comparison.values(outcome, name) * outcome.scale for name in (comparison.reference, scenario)]
    over = np.mean if outcome.share else np.median
    drawn, looks = arms, [*COURSES]
    labels = [textwrap.fill(comparison.title(name), 26, max_lines=2, placeholder=" …")
              for name in (comparison.reference, scenario)]  # fmt: skip
    levels = np.concatenate([values[:, years >= begin] for values in arms])
    visible = np.ptp(over(levels, axis=0)) if outcome.share else np.ptp(np.quantile(levels, (LOW, HIGH), axis=0))
    difference = arms[1] - arms[0]
    small = np.abs(over(difference, axis=0)).max() < SMALL_EFFECT * visible
    if small:
        drawn, looks, labels = [difference], [(GREEN, "-")], ["difference\nwithin members"]
    text, unit = subject(outcome), "%" if outcome.scale == 100 else outcome.unit or "0 to 1"
    unit = f"{outcome.shown_unit or '0 to 1'}" if small else unit
    unit = unit.replace("km3", "km³")
    head = f"{text[:1].upper()}{text[1:]}{': difference' if small else ' by year'}"
    figure = page(COURSE_HEIGHT, head, _course_subtitle(outcome, small), run_line(comparison))
    left, right, bottom, top = 0.07, 0.80, 0.6 / COURSE_HEIGHT, 1 - 0.85 / COURSE_HEIGHT
    axis = plain(figure.add_axes((left, bottom, right - left, top - bottom)))
    ends = []
    for values, label, (colour, style) in zip(drawn, labels, looks, strict=True):
        middle = over(values, axis=0)
        if outcome.share:
            axis.plot(years + 0.5, middle, color=colour, linestyle=style, linewidth=1.5)
        else:
            draw_fan(axis, years, values, colour, style)
        ends.append((float(middle[-1]), label, colour))
    end = float(years[-1]) + 1
    axis.set_xlim(begin, end)
    axis.set_ylabel(unit, fontsize=SMALL, color=INK)
    shown = [values[:, years >= begin] for values in drawn]
    edges = [over(v, axis=0) if outcome.share else np.quantile(v, (LOW, HIGH), axis=0) for v in shown]
    low, high = min(edge.min() for edge in edges), max(edge.max() for edge in edges)
    least = 10.0 if outcome.scale == 100 else 5 * 10.0**-outcome.digits
    if small:
        widest = max(abs(low), abs(high), least / 10) * 1.06
        axis.set_ylim(-widest, widest)
        axis.axhline(0, color=INK, linewidth=0.8)
    else:
        low = min(low, 0.0)
        axis.set_ylim(low, max(1.06 * high, low + least))
    every = 5 if end - begin > MANY_YEARS else 2
    axis.set_xticks([y for y in range(begin, int(end)) if y % every == 0])
    axis.axvline(year + 0.5, color=INK, linewidth=0.8, linestyle=(0, (2, 2)))
    if end > RECORD_ENDS:
        axis.axvspan(max(RECORD_ENDS, begin), end, color=FUTURE, linewidth=0, zorder=0)
    end_labels(axis, ends, 0.16)
    return figure


def _course_subtitle(outcome: Outcome, small: bool) -> str:
    what = "Share of members in which it happens" if outcome.share else "Median and middle 50 % and 90 % of members"
    what = f"The effect is small beside the level. {what} of the difference" if small else what
    return f"{what}. Dotted: the year of the answer. Grey: after {RECORD_ENDS - 1:.0f}."


def winners_losers(comparison: Comparison, year: int, scenario: str | None = None) -> Figure:
    """Medians and 90 % intervals of paired differences for each country.

    Parameters
    ----------
    comparison : must contain `cairn.effects.country_effects.outcomes_needed`
    year : of the effects
    scenario : its name; it can be left out where only one is compared with the reference
    """
    effects = country_effects(comparison, year, scenario)
    bases = "; ".join(f"{quantity.title}: of {quantity.of}" for quantity in QUANTITIES if quantity.base)
    figure = page(
        PANEL_HEIGHT,
        f"Winners and losers in {year}",
        f"“{comparison.title(scenario)}” minus “{comparison.title(comparison.reference)}”, within each member; "
        f"below each clear median: percent of {year} without the change ({bases}).",
        run_line(comparison),
    )
    handles = [
        Line2D([], [], color=COLOURS[k], marker=MARKERS[k], linewidth=2, label=WORDS[k]) for k in (True, False, None)
    ]
    legend_row(figure, handles)
    edges = {"left": 0.105, "right": 0.985, "top": 1 - HEAD / PANEL_HEIGHT, "bottom": FOOT / PANEL_HEIGHT}
    places = figure.add_gridspec(1, len(QUANTITIES), **edges, wspace=0.14)
    for column, quantity in enumerate(QUANTITIES):
        axis = plain(figure.add_subplot(places[column]), quantity.title)
        _panel(axis, [e for e in effects if e.quantity is quantity], named=column == 0)
    return figure


def _panel(axis, shown: list[CountryEffect], *, named: bool) -> None:
    widest = max(max(abs(e.effect.low), abs(e.effect.high)) for e in shown) or 1.0
    for place, e in enumerate(shown):
        colour = COLOURS[e.better]
        axis.plot([e.effect.low, e.effect.high], [place, place], color=colour, linewidth=2, solid_capstyle="butt")
        axis.plot(e.effect.median, place, marker=MARKERS[e.better], color=colour, markersize=5)
        text = e.text.partition(" (")[2].removesuffix(")")
        if text and e.better is not None:
            axis.annotate(text, (e.effect.median, place), (0, -6), textcoords="offset points", fontsize=TINY,
                          color=INK, ha="center", va="top", annotation_clip=False)  # fmt: skip
    axis.axvline(0, color=INK, linewidth=0.8)
    axis.set_xlim(-widest * 1.25, widest * 1.25)
    axis.xaxis.set_major_locator(MaxNLocator(3, symmetric=True))
    if all(e.none for e in shown):
        axis.set_xticks([0])
        axis.text(0.55, 0.5, "the same in\nevery member", fontsize=TINY, color=INK, transform=axis.transAxes)
    axis.set_ylim(len(CODES) - 0.3, -0.6)
    axis.set_yticks(np.arange(len(CODES)), NAMES if named else [""] * len(CODES))
    axis.tick_params(axis="y", length=0)
    axis.tick_params(axis="x", labelsize=TINY)
    axis.grid(axis="y", visible=False)
    axis.grid(axis="x", color="#D9D9D9", linewidth=0.5)
    axis.set_xlabel(f"difference, {shown[0].quantity.unit.replace('km3', 'km³')}", fontsize=SMALL, color=INK)
