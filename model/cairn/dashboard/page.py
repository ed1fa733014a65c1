"""The page: Mesa's SolaraViz with its controls, and beside it the panels of Cairn. Each browser tab has its own state.

The address of the page always describes what it shows, so that a reload, a second tab or another reader gets the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara
import solara.lab
from mesa.visualization import SolaraViz
from mesa.visualization.utils import update_counter

from cairn.core.calendar import QUARTERS, quarter_name
from cairn.core.geography import NAMES, index
from cairn.dashboard.controls import EventCard, FileCard, LeverCard, ParameterCard, ScenarioCard, ShowMessages, Update
from cairn.dashboard.layout import Layout
from cairn.dashboard.session import paired_arms
from cairn.dashboard.session.hooks import replay, use_ensemble, use_player_updates
from cairn.dashboard.session.paired_arms import PairedArms
from cairn.dashboard.session.player import PlayerModel
from cairn.dashboard.session.request import RunRequest, resolve_request
from cairn.dashboard.session.url_state import PageState, from_query
from cairn.dashboard.views import country_panel, map_data, year_tables
from cairn.dashboard.views.ensemble_panel import EnsemblePanel
from cairn.dashboard.widgets import Legend, Map, Slider, Table, text_element
from cairn.scenario.diff import differences

__all__ = ["Layout", "Page"]  # the names that Solara looks for

PLAY_INTERVAL_MS = 31  # Mesa's pause between quarters
MAX_DIFFERENCES = 40


@solara.component
def Page() -> None:
    """The whole page."""
    router = solara.use_router()
    first_state, link_errors = solara.use_memo(lambda: from_query(router.search or ""), [])
    page_state = solara.use_reactive(first_state)
    messages = solara.use_reactive(tuple(link_errors))
    latest: Any = solara.use_ref(None)
    state = page_state.value

    def resolve() -> RunRequest:
        latest.current = resolve_request(state, paired_arms.default_members, latest.current)
        return latest.current

    request = solara.use_memo(resolve, [state.scenario, state.against, dict(state.edits)])

    def update(change: Callable[[PageState], PageState]) -> None:
        messages.value = ()
        page_state.value = change(page_state.peek())

    def select(**view: Any) -> None:
        page_state.set(page_state.peek().replace(**view))

    def first_player() -> PlayerModel:
        return PlayerModel(lambda: latest.current.play_request, state.member, state.quarter)

    player: solara.Reactive[PlayerModel] = solara.use_reactive(solara.use_memo(first_player, []))
    controls_version = solara.use_reactive(0)
    use_player_updates(request, player)

    def go_to(quarter: int) -> None:
        if not player.value.running:
            controls_version.value += 1  # Mesa's controls do not play on after the last quarter: make new ones
        player.value = replay(player.value, quarter)

    result, progress, run_error = use_ensemble(request)
    solara.Title("Cairn")
    with solara.Div(classes=["cairn"]):
        Header(request, (*messages.value, run_error) if run_error else messages.value, result, progress, state.year)
        MemberPanel(player.value, state.country, go_to, lambda code: select(country=code))
        EnsemblePanel(result, player.value, state.year, lambda year: select(year=year))
    with solara.Sidebar():
        ScenarioCard(state, update)
    SolaraViz(
        player,
        components=[],
        model_params={
            "current_request": player.value.current_request,
            "member": _member_slider(request, player.value.first_member),
        },
        name="Cairn: Central Asia 1992-2040",
        play_interval=PLAY_INTERVAL_MS,
    ).key(f"controls-{controls_version.value}")
    CardsBelowMesa(lambda: _cards(state, player.value, request, update, messages.set))


def _member_slider(request: RunRequest, member: int) -> dict[str, Any]:
    """Mesa's description of the slider that selects the member to play after a reset."""
    last = max(request.members - 1, member, 1)
    return {"type": "SliderInt", "label": "Member", "min": 0, "max": last, "step": 1, "value": member}


@solara.component
def CardsBelowMesa(show: Callable[[], None]) -> None:
    """Cards below Mesa's: Solara orders the cards of the sidebar by how deeply nested their components are."""
    _NestedCards(show)


@solara.component
def _NestedCards(show: Callable[[], None]) -> None:
    """One level deeper than the sidebar of SolaraViz."""
    with solara.Sidebar():
        show()


def _cards(
    state: PageState, player: PlayerModel, request: RunRequest, update: Update, show_messages: ShowMessages
) -> None:
    LeverCard(state, request, update)
    EventCard(state, request, update)
    ShareCard(state.replace(member=player.first_member), player, request, update, show_messages)
    ParameterCard(state, request, update)


@solara.component
def ShareCard(
    state: PageState, player: PlayerModel, request: RunRequest, update: Update, show_messages: ShowMessages
) -> None:
    """Keep quarter and member of the link up to date, and add the number of members where it is not the default."""
    update_counter.get()
    if request.members != paired_arms.DEFAULT_MEMBERS and not request.errors:
        state = state.with_edit("members", str(request.members))
    FileCard(state.replace(quarter=player.quarter), update, show_messages)


@solara.component
def Header(
    request: RunRequest, messages: tuple[str, ...], result: PairedArms | None, progress: float | None, year: int
) -> None:
    """Title and question of the what-if, errors, the main results, the progress, differences between the scenarios."""
    with solara.Div():
        text_element("h2", request.what_if.title)
        text_element("p", request.what_if.question, "note")
        if messages or request.errors:
            Errors(messages, request.errors)
        if result is not None:
            sentence = year_tables.summary_sentence(result, year)
            solara.v.Html(tag="p", children=[sentence], class_="summary", attributes={"aria-live": "polite"})
        running = progress is not None
        status = f"Computing: {progress:.0%}" if running else f"{request.members} members, seed {request.seed}"
        solara.v.Html(tag="p", children=[status], class_="note", attributes={"role": "status"})
        solara.v.ProgressLinear(value=100 * (progress or 0), active=running, color="primary", height=4)
        if request.differ:
            Differences(request)


@solara.component
def Errors(messages: tuple[str, ...], errors: tuple[str, ...]) -> None:
    """Why the settings cannot run, or why a link or a file was not used."""
    with solara.v.Html(tag="div", class_="errors", attributes={"role": "alert"}):
        text_element("b", "These settings cannot run; the last valid ones are shown:" if errors else "Not applied:")
        for line in (*messages, *errors):
            text_element("div", line)


@solara.component
def Differences(request: RunRequest) -> None:
    """The differences between the what-if and the scenario it is compared with."""
    lines = [str(difference) for difference in differences(request.against, request.what_if)]
    count = "1 difference" if len(lines) == 1 else f"{len(lines)} differences"
    with solara.v.Html(tag="details"):
        text_element("summary", f"{count} between {request.against.name} and what-if")
        with solara.v.Html(tag="ul"):
            for line in lines[:MAX_DIFFERENCES]:
                text_element("li", line, "note")
            if len(lines) > MAX_DIFFERENCES:
                text_element("li", f"... and {len(lines) - MAX_DIFFERENCES} more", "note")


@solara.component
def MemberPanel(
    player: PlayerModel, country: str, go_to: Callable[[int], None], select_country: Callable[[str], None]
) -> None:
    """The member shown, under each scenario: a map, and one country in detail."""
    update_counter.get()
    player.drawn.clear()
    solara.use_effect(player.drawn.set, None)  # runs once the page is complete
    quarter = quarter_name(player.quarter) if player.quarter >= 0 else "start"
    titles = (player.played[0].name, "what-if")[: player.arms]
    text_element("h2", f"One member in detail: member {player.first_member}")
    Slider(
        label="Quarter",
        value=max(player.quarter, 0),
        low=0,
        high=min(player.last_quarter, QUARTERS - 1),
        text=quarter,
        event_slide=go_to,
    )
    i = index(country)
    with solara.Div(classes=["side-by-side"]):
        for arm, title in enumerate(titles):
            current = map_data.current_map(player, player.row(arm))
            Map(title=f"{title}, {quarter}", current=current, selected=country, select=select_country)
        if player.arms == 1:
            _country_table(player, i, quarter, titles)
    Legend()
    if player.arms > 1:
        _country_table(player, i, quarter, titles)
    for arm, title in enumerate(titles):
        heads, rows = country_panel.willingness_table(player, i, arm)
        caption = f"{title}: willingness of {NAMES[i]} to cooperate with each country (logit), the sum of six terms"
        if rows:
            Table(caption=caption, heads=heads, rows=rows)


def _country_table(player: PlayerModel, i: int, quarter: str, titles: tuple[str, ...]) -> None:
    """The attributes of the selected country."""
    with solara.Div():
        text_element("h2", NAMES[i])
        Table(caption=f"{NAMES[i]}, {quarter}", heads=["", *titles], rows=country_panel.attribute_rows(player, i))
