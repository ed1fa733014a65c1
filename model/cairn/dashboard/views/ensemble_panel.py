"""The results of all members on the page: the large chart, the map of a year, comparisons, tables and more charts."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import solara
from mesa.visualization.utils import update_counter

from cairn.core.calendar import FIRST_YEAR, quarter_name
from cairn.core.geography import PAIR_NAMES
from cairn.dashboard.session.edits import default_title
from cairn.dashboard.session.hooks import use_when_asked
from cairn.dashboard.session.outcome_menu import outcome_groups, outcome_title
from cairn.dashboard.session.paired_arms import PIN_LETTERS, PairedArms
from cairn.dashboard.session.player import PlayerModel
from cairn.dashboard.session.request import RunRequest
from cairn.dashboard.session.url_state import DIAL, WORLDS, PageState, from_query
from cairn.dashboard.views import answer_text, dial, ensemble_charts, map_data, year_tables
from cairn.dashboard.views.attendance_chart import attendance_charts
from cairn.dashboard.views.charts import Chart
from cairn.dashboard.widgets import ChartView, Legend, Map, Select, Slider, Table, text_element
from cairn.record import observations
from cairn.support.text import one_line

Update = Callable[[Callable[[PageState], PageState]], None]
BANDS_NOTE = "Bands contain 90 % of the members{}. Shaded: after the record. Thin line: the member that is played."
RECORD_NOTE = "Record: ● observed; ○ trade without one pair, ◇ official totals, ▾ a meeting was held."
ATTENDANCE_NOTE = "Dark blue: no member; yellow: all members. ○ attended a meeting of the five (record)."
FIRST_GROUP = "Overview"


@functools.cache
def _recorded_trade() -> np.ndarray:
    """Observed trade of pairs by year from the first year, NaN where there is none, (Y, P)."""
    rows = observations.table("record_trade")
    table = np.full((int(rows.year.max()) - FIRST_YEAR + 1, len(PAIR_NAMES)), np.nan)
    for pair, year, value in zip(rows.pair, rows.year, rows.usd_bn, strict=True):
        if year >= FIRST_YEAR:
            table[int(year) - FIRST_YEAR, PAIR_NAMES.index(pair)] = value
    return table


@functools.cache
def _outcome_choices() -> dict[str, dict[str, str]]:
    return {group: {o.key: outcome_title(o) for o in outcomes} for group, outcomes in outcome_groups().items()}


@solara.component
def Outcome(result: PairedArms, player: PlayerModel, state: PageState, request: RunRequest, update: Update) -> None:
    """The chosen outcome: all scenarios on one chart."""
    outcome = answer_text.chosen_outcome(state, result.what_if)
    chart = solara.use_memo(lambda: ensemble_charts.outcome_chart(result, outcome, True), [id(result), outcome.key])
    keys = {key for choices in _outcome_choices().values() for key in choices}
    with solara.Div():
        Select(
            "Outcome",
            outcome.key,
            _outcome_choices(),
            lambda key: update(lambda now: now.replace(outcome=key) if key in keys else now),
        )
        _chart(chart, player)
        text_element("p", BANDS_NOTE.format("" if result.differ else ", darker bands 50 %"), "note")


@solara.component
def MapPanel(result: PairedArms, state: PageState, request: RunRequest, update: Update) -> None:
    """The map of a year: the median of all members, or one of them."""
    arm, set_arm = solara.use_state("what-if")
    position = 1 if result.differ and arm == "what-if" else 0
    last = int(result.years[-1])
    year = min(state.map_year, last)
    scenario = result.comparison.scenarios[position]
    members = next(iter(result.arms[position].years.values())).shape[0]
    has_members = members == result.members  # the result that ships with the page has quantiles alone
    member: int | None = None
    if has_members and state.world == "member":
        member = min(state.member, members - 1)
    elif has_members:
        member = answer_text.chosen_member(result, position, state.world, _recorded_trade())
    snapshot = solara.use_memo(
        lambda: map_data.snapshot_of_year(
            lambda name: result.arms[position].years[name], year - FIRST_YEAR, scenario.events, member
        ),
        [id(result), position, year, member],
    )
    which = f"median of {result.members} members"
    if member is not None:
        rule = "" if state.world == "member" else f": {WORLDS[state.world][0].lower()}{WORLDS[state.world][1:]}"
        which = f"member {member}, one possible world{rule}"

    def choose(world: str) -> None:
        if world == "random":
            number = random.randrange(max(request.members, 1))
            update(lambda now: now.replace(world="member", member=number))
        elif world in WORLDS:
            update(lambda now: now.replace(world=world))

    with solara.Div():
        with solara.Div(classes=["two"]):
            Select("Map shows", state.world, {"": WORLDS}, choose)
            if result.differ:
                Select("under", arm, {"": {"what-if": "the what-if", "against": result.comparison.titles[0]}}, set_arm)
        title = f"{'What-if' if position else result.comparison.titles[0]}, {year}; {which}"
        Map(
            title=title,
            current=map_data.current_map(snapshot),
            selected=state.country,
            select=lambda code: update(lambda now: now.replace(country=code)),
        )
        Slider(
            label="Year of the map",
            value=year,
            low=FIRST_YEAR,
            high=last,
            text=str(year),
            event_slide=lambda value: update(lambda now: now.replace(map_year=int(value))),
        )


@solara.component
def MoreResults(result: PairedArms, player: PlayerModel, state: PageState, request: RunRequest, update: Update) -> None:
    """The legend of the map, the paired difference, pinned what-ifs, the assumption dial, all outcomes."""
    outcome = answer_text.chosen_outcome(state, result.what_if)
    difference = solara.use_memo(
        lambda: ensemble_charts.difference_chart(result, outcome) if result.differ else None,
        [id(result), outcome.key],
    )
    with solara.v.Html(tag="details"):
        text_element("summary", "Legend of the map", "note")
        Legend()
    if difference is not None:
        with solara.Div(classes=["columns"]):
            _chart(difference, player)
    Pins(result, state, update)
    if request.differ:
        Dial(state, request)
    YearTable(result, state.year, lambda year: update(lambda now: now.replace(year=int(year))))
    OutcomeCharts(result, player)


@solara.component
def Pins(result: PairedArms, state: PageState, update: Update) -> None:
    """Pinned what-ifs beside the two main scenarios."""
    outcome = answer_text.chosen_outcome(state, result.what_if)
    if not state.pins:
        return
    states = [from_query(pin)[0] for pin in state.pins]
    letters = PIN_LETTERS[: len(states)]
    titles = [result.comparison.scenarios[arm].title for arm in result.main]
    titles += [f"Pin {letter}: {default_title(one)}" for letter, one in zip(letters, states, strict=True)]
    text_element("h2", "Pinned what-ifs compared")
    if len(titles) == len(result.arms):
        heads, rows = answer_text.pin_table(result, outcome, titles)
        Table(caption="Median (90 % of members)", heads=heads, rows=rows)
    with solara.Div(classes=["row-of-buttons"]):
        for pin, letter, one in zip(state.pins, letters, states, strict=True):
            solara.Button(
                f"Show pin {letter}",
                on_click=lambda one=one: update(lambda now: now.replace(scenario=one.scenario, edits=one.edits)),
                text=True,
            )
            solara.Button(
                f"Remove pin {letter}",
                on_click=lambda pin=pin: update(
                    lambda now: now.replace(pins=tuple(other for other in now.pins if other != pin))
                ),
                text=True,
            )


@solara.component
def Dial(state: PageState, request: RunRequest) -> None:
    """Which conclusions depend on the coding of the leaders."""
    asked, ask = solara.use_state(False)
    rows, busy = use_when_asked(lambda: dial.dial_rows(state, request), request.key, asked)
    text_element("h2", "Does the answer depend on how open the leaders are judged to be?")
    if not asked:
        solara.Button("Compute under other codings of the leaders", on_click=lambda: ask(True), outlined=True)
    elif busy or rows is None:
        text_element("p", "Computing the scenarios under four codings …", "note")
    else:
        heads = [
            "",
            *(f"{'as judged' if coding == 'shipped' else one_line(text, 80)}" for coding, text in DIAL.items()),
        ]
        cells: list[list[Any]] = []
        for row in rows:
            texts = [row.texts.get(c, "") + (" (flips)" if c in row.flips else "") for c in DIAL]
            cells.append([row.title, *texts])
        flips = [row.title for row in rows if row.flips]
        what = f"{len(flips)} of {len(rows)} conclusions flip: {'; '.join(flips)}." if flips else "No conclusion flips."
        text_element("p", what, "flips")
        Table(caption=f"Effect of the what-if: median (90 % of members), {dial.MOST_MEMBERS} members at most",
              heads=heads, rows=cells)  # fmt: skip


@solara.component
def YearTable(result: PairedArms, year: int, select_year: Callable[[int], None]) -> None:
    """The table of a year."""
    last = int(result.years[-1])
    text_element("h2", "All outcomes in one year")
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
    divergence = result.comparison.divergence(result.comparison.names[1]) if result.differ else None
    if divergence is not None:
        text_element("p", f"The scenarios first differ in {quarter_name(divergence[0])}.", "note")


@solara.component
def OutcomeCharts(result: PairedArms, player: PlayerModel) -> None:
    """Small charts of all outcomes of a group; the thin line on some is the member that is played."""
    group, set_group = solara.use_state(FIRST_GROUP)
    text_element("h2", "More outcomes")
    Select(
        "Charts about",
        group,
        list(outcome_groups()),
        lambda name: set_group(name if name in outcome_groups() else group),
    )
    charts = solara.use_memo(lambda: ensemble_charts.group_charts(result, group), [id(result), group])
    with solara.Div(classes=["columns"]):
        for chart in charts:
            _chart(chart, player)
    text_element("p", RECORD_NOTE, "note")
    meetings = solara.use_memo(lambda: attendance_charts(result), [id(result)])
    if group == "Leaders and meetings":
        text_element("h3", "Attendance at regional meetings")
        with solara.Div(classes=["columns"]):
            for chart in meetings:
                _chart(chart, player)
        text_element("p", ATTENDANCE_NOTE, "note")


@solara.component
def _MemberChart(chart: Chart, player: PlayerModel) -> None:
    """A chart with the path of the member that is played."""
    update_counter.get()
    ChartView(chart.title, chart.content_json, chart.member_path(player) if player.quarter > 0 else "")


def _chart(chart: Chart, player: PlayerModel) -> None:
    if chart.variable:
        _MemberChart(chart, player)
    else:
        ChartView(chart.title, chart.content_json)
