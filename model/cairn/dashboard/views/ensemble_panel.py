"""The results of all members on the page: the table of a year, and charts over the years."""

from __future__ import annotations

from collections.abc import Callable

import solara
from mesa.visualization.utils import update_counter

from cairn.core.calendar import FIRST_YEAR, quarter_name
from cairn.dashboard.session.paired_arms import PairedArms
from cairn.dashboard.session.player import PlayerModel
from cairn.dashboard.views import ensemble_charts, year_tables
from cairn.dashboard.views.charts import Chart
from cairn.dashboard.widgets import ChartView, Slider, Table, text_element

MEMBER_NOTE = "Bands contain 50 % and 90 % of the members. Thin line: the member shown above. Shaded: after the record."
ARMS_NOTE = "Blue, solid: {}. Orange, dashed: what-if. Green: paired difference, what-if minus {} in the same member. "
ATTENDANCE_NOTE = "Dark blue: no member; yellow: all members. ○ attended a meeting of the five (record)."


@solara.component
def EnsemblePanel(
    result: PairedArms | None, player: PlayerModel, year: int, select_year: Callable[[int], None]
) -> None:
    """All members: the table of a year, and charts over the years."""
    with solara.Div():
        text_element("h2", "All members")
        if result is None:
            return
        YearTable(result, year, select_year)
        EnsembleCharts(result, player)


@solara.component
def YearTable(result: PairedArms, year: int, select_year: Callable[[int], None]) -> None:
    """The table of a year."""
    last = int(result.years[-1])
    Slider(
        label="Year",
        value=min(year, last),
        low=FIRST_YEAR,
        high=last,
        text=str(min(year, last)),
        event_slide=select_year,
    )
    heads, rows = solara.use_memo(lambda: year_tables.year_table(result, year), [id(result), year])
    Table(caption="Median [90 % of members]", heads=heads, rows=rows)
    divergence = result.comparison.divergence() if result.differ else None
    if divergence is not None:
        text_element("p", f"The scenarios first differ in {quarter_name(divergence[0])}.", "note")


@solara.component
def EnsembleCharts(result: PairedArms, player: PlayerModel) -> None:
    """All charts; the thin line on them is the member shown."""
    update_counter.get()
    quantities, dimensions, attendance = solara.use_memo(lambda: ensemble_charts.all_charts(result), [id(result)])
    arms_note = ARMS_NOTE.format(result.titles[0], result.titles[0]) if result.differ else ""
    text_element("p", arms_note + MEMBER_NOTE, "note")
    with solara.Div(classes=[] if result.differ else ["columns"]):
        for quantity, charts in quantities:
            with solara.Div():
                text_element("h3", f"{quantity.title}, {quantity.unit}")
                _charts(charts, player, ["columns"] if result.differ else [])
                if quantity.note:
                    text_element("p", quantity.note, "note")
    text_element("h3", "Five dimensions of the index, 0 to 1; widest bands contain 90 % of members")
    _charts(dimensions, player, ["columns"])
    text_element("h3", "Attendance at regional meetings, share of members")
    _charts(attendance, player, ["columns"])
    text_element("p", ATTENDANCE_NOTE, "note")


def _charts(charts: list[Chart], player: PlayerModel, classes: list[str]) -> None:
    with solara.Div(classes=classes):
        for chart in charts:
            ChartView(chart.title, chart.content_json, chart.member_path(player))
