"""Many worlds on the page: the numbers of a year, and charts over the years with the played world on them."""

from __future__ import annotations

from typing import Any

import solara
from mesa.visualization.utils import update_counter

from cairn.core.calendar import FIRST_YEAR, quarter_name
from cairn.dashboard.session import paired_arms
from cairn.dashboard.session.player import LiveWorld
from cairn.dashboard.views import panels, year_tables
from cairn.dashboard.widgets import Drawing, Slider, Table, text


@solara.component
def Ensemble(found: Any, live: LiveWorld, year: int, choose_year: Any) -> None:
    """Many worlds: the numbers of a year, and charts over the years."""
    with solara.Div():
        text("h2", "Many worlds")
        if found is None:
            return
        Parameters(found, year, choose_year)
        Charts(found, live)


@solara.component
def Parameters(found: paired_arms.Both, year: int, choose_year: Any) -> None:
    """The table of a year."""
    last = int(found.years[-1])
    Slider(
        label="Year",
        value=min(year, last),
        low=FIRST_YEAR,
        high=last,
        text=str(min(year, last)),
        event_slide=choose_year,
    )
    heads, rows = solara.use_memo(lambda: year_tables.year_table(found, year), [id(found), year])
    Table(caption="Medians of worlds [90 % of worlds]", heads=heads, rows=rows)
    parting = found.comparison.divergence() if found.differ else None
    if parting is not None:
        text("p", f"Paths part in {quarter_name(parting[0])}.", "quiet")


@solara.component
def Charts(found: paired_arms.Both, live: LiveWorld) -> None:
    """All charts; the played world is the thin line on them."""
    update_counter.get()
    quantities, dimensions, meets = solara.use_memo(lambda: panels.all_charts(found), [id(found)])
    text(
        "p",
        "Blue, solid: what the what-if is held against. Orange, dashed: the what-if. Green: paired difference, world "
        "by world. Bands hold 50 % and 90 % of worlds; the thin line is the world that is played. Shaded: after the "
        "record.",
        "quiet",
    )
    with solara.Div(classes=[] if found.differ else ["three"]):
        for quantity, charts in quantities:
            with solara.Div():
                text("h3", f"{quantity.title}, {quantity.unit}")
                with solara.Div(classes=["three"] if found.differ else []):
                    for chart in charts:
                        Drawing(chart.title, chart.text, chart.played(live))
                if quantity.note:
                    text("p", quantity.note, "quiet")
    text("h3", "Five dimensions of the index, 0 to 1; bands hold 90 % of worlds")
    with solara.Div(classes=["three"]):
        for chart in dimensions:
            Drawing(chart.title, chart.text, chart.played(live))
    text("h3", "Who comes to the regional meetings, share of worlds")
    with solara.Div(classes=["three"]):
        for chart in meets:
            Drawing(chart.title, chart.text, chart.played(live))
    text("p", "Dark: in none; yellow: in all. ○ the leader came to a meeting of the five (record).", "quiet")
