"""The page: the answer first, the levers beside it, then the results, and Mesa's SolaraViz to play one member.

Each browser tab has its own state. The address of the page always describes what it shows, so that a reload, a second
tab or another reader gets the same; each change is an entry of the browser's history.
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
from cairn.dashboard.controls import (
    CodingCard,
    EventCard,
    FileCard,
    LeverCard,
    ParameterCard,
    ScenarioCard,
    ShowMessages,
    Update,
)
from cairn.dashboard.layout import AnswerArea, Layout, LeverArea
from cairn.dashboard.session import paired_arms
from cairn.dashboard.session.hooks import replay, use_ensemble, use_player_updates
from cairn.dashboard.session.paired_arms import PairedArms
from cairn.dashboard.session.player import PlayerModel
from cairn.dashboard.session.request import RunRequest, resolve_request
from cairn.dashboard.session.url_state import (
    LAST_RECORDED,
    MAX_LINK_LENGTH,
    MAX_PINS,
    PageState,
    from_query,
    to_query,
    what_if_query,
)
from cairn.dashboard.views import answer_text, country_panel, map_data
from cairn.dashboard.views.ensemble_panel import MapPanel, MoreResults, Outcome
from cairn.dashboard.widgets import History, Map, Slider, Table, text_element
from cairn.scenario.diff import differences

__all__ = ["Layout", "Page"]  # the names that Solara looks for

PLAY_INTERVAL_MS = 31  # Mesa's pause between quarters
MAX_DIFFERENCES = 40
SENTENCES_AT_ONCE = 2
VIEW_KEYS = ("member", "quarter", "country", "year", "map_year", "world")  # changes of them are no entry of the history


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

    request = solara.use_memo(resolve, [state.scenario, state.against, dict(state.edits), state.coding, state.pins])

    def update(change: Callable[[PageState], PageState]) -> None:
        messages.value = ()
        page_state.value = change(page_state.peek())

    def first_player() -> PlayerModel:
        return PlayerModel(lambda: latest.current.play_request, state.member, state.quarter if is_playing else 0)

    is_playing = first_state.quarter != LAST_RECORDED or first_state.member != 0  # a link to a moment of a member
    player: solara.Reactive[PlayerModel] = solara.use_reactive(solara.use_memo(first_player, []))
    controls_version = solara.use_reactive(0)
    use_player_updates(request, player)

    def go_to(quarter: int) -> None:
        if not player.value.running:
            controls_version.value += 1  # Mesa's controls do not play on after the last quarter: make new ones
        player.value = replay(player.value, quarter)

    def navigate(query: str) -> None:
        new, errors = from_query(str(query))
        old, played = page_state.peek(), player.peek()
        page_state.value = new
        messages.value = tuple(errors)
        if (new.member, new.quarter) != (old.member, old.quarter) and new.quarter != LAST_RECORDED:
            player.value = PlayerModel(played.current_request, new.member, new.quarter)

    result, progress, run_error = use_ensemble(request, needs_members=state.world != "median")
    solara.Title("Cairn")
    shown = (*messages.value, run_error) if run_error else messages.value
    with AnswerArea():
        Answer(request, shown, result, progress)
        HistoryBar(state, player.value, request, update, navigate)
    with LeverArea():
        ScenarioCard(state, update)
        LeverCard(state, request, update)
        EventCard(state, request, update)
        CodingCard(state, update)
        ShareCard(state, player.value, request, update, messages.set)
    with solara.Div(classes=["cairn"]):
        with solara.Div(classes=["stale"] if _is_stale(request, result) else []):
            if result is not None:
                with solara.Div(classes=["side-by-side"]):
                    Outcome(result, player.value, state, request, update)
                    MapPanel(result, state, request, update)
                MoreResults(result, player.value, state, request, update)
        with solara.v.Html(tag="details", attributes={"open": ""} if is_playing else {}):
            text_element("summary", "Play one member, one possible world, quarter by quarter", "fold")
            MemberPanel(player.value, state.country, go_to, lambda code: update(lambda now: now.replace(country=code)))
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
    with solara.Sidebar():
        ParameterCard(state, request, update)


def _is_stale(request: RunRequest, result: PairedArms | None) -> bool:
    """Whether a result belongs to earlier settings."""
    return result is not None and result.key != request.key


def _member_slider(request: RunRequest, member: int) -> dict[str, Any]:
    """Mesa's description of the slider that selects the member to play after a reset."""
    last = max(request.members - 1, member, 1)
    return {"type": "SliderInt", "label": "Member", "min": 0, "max": last, "step": 1, "value": member}


def _in_link(state: PageState, player: PlayerModel, request: RunRequest) -> PageState:
    """The page state with the moment that is played, and the number of members where it is not the default."""
    if request.members != paired_arms.DEFAULT_MEMBERS and not request.errors:
        state = state.with_edit("members", str(request.members))
    started = player.quarter > 0 or player.first_member != 0
    quarter = player.quarter if started else LAST_RECORDED
    member = state.member if state.world == "member" else player.first_member  # the map can show another one
    return state.replace(member=member, quarter=quarter)


@solara.component
def HistoryBar(
    state: PageState, player: PlayerModel, request: RunRequest, update: Update, navigate: Callable[[str], None]
) -> None:
    """Undo, redo, reset and pin; the link follows the member that is played."""
    update_counter.get()
    fixed = PageState()
    what = state.replace(**{key: getattr(fixed, key) for key in VIEW_KEYS})

    def reset(_: Any) -> None:
        update(lambda now: PageState())

    def pin(_: Any) -> None:
        def change(now: PageState) -> PageState:
            new = what_if_query(now)
            return now if new in now.pins else now.replace(pins=(*now.pins, new)[-MAX_PINS:])

        update(change)

    History(
        query=to_query(_in_link(state, player, request)),
        change_key=to_query(what),
        max_link_length=MAX_LINK_LENGTH,
        can_pin=request.differ and not request.errors and what_if_query(state) not in state.pins,
        event_navigate=navigate,
        event_reset=reset,
        event_pin=pin,
    )


@solara.component
def ShareCard(
    state: PageState, player: PlayerModel, request: RunRequest, update: Update, show_messages: ShowMessages
) -> None:
    """Keep quarter and member of the link up to date."""
    update_counter.get()
    FileCard(_in_link(state, player, request), update, show_messages)


@solara.component
def Answer(request: RunRequest, messages: tuple[str, ...], result: PairedArms | None, progress: float | None) -> None:
    """The question of the what-if and its answer, errors, the progress, differences between the scenarios."""
    stale = _is_stale(request, result)
    sentences = solara.use_memo(lambda: [] if result is None else answer_text.answer_sentences(result), [id(result)])
    with solara.Div():
        text_element("p", request.what_if.title, "note what")
        text_element("h1", request.what_if.question)
        if messages or request.errors:
            Errors(messages, request.errors)
        running = progress is not None
        status = f"{request.members} members, seed {request.seed}"
        if running:
            status = f"Computing: {progress:.0%}"
            if stale:
                status += ". The numbers below belong to the previous settings."
        with solara.Div(classes=["stale"] if stale else []):
            for sentence in sentences[:1]:
                solara.v.Html(tag="p", children=[sentence], class_="summary", attributes={"aria-live": "polite"})
            for sentence in sentences[1:SENTENCES_AT_ONCE]:
                text_element("p", sentence, "more")
            if more := sentences[SENTENCES_AT_ONCE:]:
                with solara.v.Html(tag="details", class_="cairn-print"):
                    text_element("summary", f"{len(more)} more", "note")
                    for sentence in more:
                        text_element("p", sentence, "more")
        with solara.Div(classes=["status-line"]):
            solara.v.Html(tag="span", children=[status], class_="note", attributes={"role": "status"})
            if request.differ:
                Differences(request)
        solara.v.ProgressLinear(value=100 * (progress or 0), active=running, color="primary", height=3)


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
    found = differences(request.against, request.what_if)
    labels = request.against.labels | request.what_if.labels
    lines = [_difference_text(difference, labels) for difference in found]
    count = "1 difference" if len(lines) == 1 else f"{len(lines)} differences"
    with solara.v.Html(tag="details"):
        text_element("summary", f"{count} between {request.against.title} and this what-if", "note")
        with solara.v.Html(tag="ul"):
            for line in lines[:MAX_DIFFERENCES]:
                text_element("li", line, "note")
            if len(lines) > MAX_DIFFERENCES:
                text_element("li", f"... and {len(lines) - MAX_DIFFERENCES} more", "note")


def _difference_text(difference: Any, labels: dict[str, str]) -> str:
    """A difference in words, with the value before and after."""
    section, _, rest = difference.key.partition(".")
    name, _, field = rest.partition(".")
    if section != "events" or name not in labels:
        return str(difference)
    if difference.kind == "off":
        return f"Left out: {labels[name]}"
    if difference.kind == "new":
        return f"Added: {labels[name]}. {difference.why}".strip()
    return f"{labels[name]}: {field.replace('_', ' ')} {difference.old or 'not set'} → {difference.new or 'not set'}"


@solara.component
def MemberPanel(
    player: PlayerModel, country: str, go_to: Callable[[int], None], select_country: Callable[[str], None]
) -> None:
    """The member played, under each scenario: a map, and one country in detail."""
    update_counter.get()
    player.drawn.clear()
    solara.use_effect(player.drawn.set, None)  # runs once the page is complete
    quarter = quarter_name(max(player.quarter, 0))
    titles = (player.played[0].name, "what-if")[: player.arms]
    text_element("h2", f"One member in detail: member {player.first_member}")
    text_element(
        "p", "One possible world. The buttons to play, pause and reset are at the left, under Advanced.", "note"
    )
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
            current = map_data.current_map(map_data.snapshot_of_model(player, player.row(arm), quarter))
            Map(title=f"{title}, {quarter}", current=current, selected=country, select=select_country)
        if player.arms == 1:
            _country_table(player, i, quarter, titles)
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
