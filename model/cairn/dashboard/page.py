"""The page itself: Mesa's SolaraViz with its controls, our panels beside it. Each tab has a state of its own.

The address of the page always says what it shows, so that a reload, another tab or another reader sees the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara
import solara.lab
from mesa.visualization import SolaraViz
from mesa.visualization.utils import update_counter

from cairn.core.calendar import QUARTERS, quarter_name
from cairn.core.geography import NAMES
from cairn.dashboard.controls import EventCard, FileCard, LeverCard, NumberCard, ScenarioCard
from cairn.dashboard.layout import Layout
from cairn.dashboard.session import paired_arms
from cairn.dashboard.session.hooks import replayed, use_following, use_worlds
from cairn.dashboard.session.player import LiveWorld
from cairn.dashboard.session.request import Running, running
from cairn.dashboard.session.url_state import Choice, from_link
from cairn.dashboard.views import country_panel, map_data, year_tables
from cairn.dashboard.views.ensemble_panel import Ensemble
from cairn.dashboard.widgets import Key, Map, Slider, Table, text
from cairn.scenario.diff import differences

__all__ = ["Layout", "Page"]  # which Solara takes

PLAY_MS = 31  # Mesa's pause between quarters
MOST_DIFFERENCES = 40


@solara.component
def Page() -> None:
    """All of it."""
    router = solara.use_router()
    start, wrong_link = solara.use_memo(lambda: from_link(router.search or ""), [])
    choice = solara.use_reactive(start)
    said = solara.use_reactive(tuple(wrong_link))
    ran: Any = solara.use_ref(None)  # the last that ran
    chosen = choice.value

    def attempt() -> Running:
        ran.current = running(chosen, paired_arms.served, ran.current)
        return ran.current

    now = solara.use_memo(attempt, [chosen.scenario, chosen.against, dict(chosen.changes)])

    def change(edit: Callable[[Choice], Choice]) -> None:
        said.value = ()
        choice.value = edit(choice.peek())

    made = solara.use_memo(lambda: LiveWorld(lambda: ran.current.asked, chosen.world, chosen.quarter), [])
    live: solara.Reactive[LiveWorld] = solara.use_reactive(made)
    laps = solara.use_reactive(0)
    use_following(now, live)

    def go_to(quarter: int) -> None:
        if not live.value.running:
            laps.value += 1  # Mesa's controller has come to rest: a fresh one
        live.value = replayed(live.value, quarter)

    found, share, failed = use_worlds(now)
    solara.Title("Cairn")
    with solara.Div(classes=["cairn"]):
        Head(now, (*said.value, failed) if failed else said.value, found, share, chosen.year)
        Played(live.value, now, chosen, go_to, lambda code: choice.set(choice.peek().replace(country=code)))
        Ensemble(found, live.value, chosen.year, lambda year: choice.set(choice.peek().replace(year=year)))
    with solara.Sidebar():
        ScenarioCard(chosen, change)
    world = {
        "type": "SliderInt",
        "label": "World",
        "min": 0,
        "max": max(now.members - 1, live.value.first_member, 1),
        "step": 1,
    }
    SolaraViz(
        live,
        components=[],
        model_params={"asked": live.value.asked, "member": world | {"value": live.value.first_member}},
        name="Cairn: Central Asia 1992-2040",
        play_interval=PLAY_MS,
    ).key(f"controls-{laps.value}")
    Below(lambda: _cards(chosen, live.value, now, change, said.set))


@solara.component
def Below(show: Any) -> None:
    """Cards that stand below Mesa's: the deeper a sidebar is made, the lower it stands."""
    Lower(show)


@solara.component
def Lower(show: Any) -> None:
    """One step deeper than the sidebar of SolaraViz."""
    with solara.Sidebar():
        show()


def _cards(chosen: Choice, live: LiveWorld, now: Running, change: Any, say: Any) -> None:
    LeverCard(chosen, now, change)
    EventCard(chosen, now, change)
    Keeping(chosen.replace(world=live.first_member), live, now, change, say)
    NumberCard(chosen, now, change)


@solara.component
def Keeping(choice: Choice, live: LiveWorld, now: Running, change: Any, say: Any) -> None:
    """The link follows the world as it is played, and says how many worlds there are where that is not plain."""
    update_counter.get()
    if now.members != paired_arms.MEMBERS and not now.wrong:
        choice = choice.changed("members", str(now.members))
    FileCard(choice.replace(quarter=live.quarter), change, say)


@solara.component
def Head(now: Running, said: tuple[str, ...], found: Any, share: float | None, year: int) -> None:
    """What is looked at, what comes of it, what is otherwise, and what is wrong."""
    with solara.Div():
        text("h2", now.what_if.title)
        text("p", now.what_if.question, "quiet")
        lines = (*said, *now.wrong)
        if lines:
            with solara.v.Html(tag="div", class_="wrong", attributes={"role": "alert"}):
                text("b", "This does not run, and what is shown is without it:" if now.wrong else "Not taken over:")
                for line in lines:
                    text("div", line)
        if found is not None:
            told = year_tables.answer(found, year)
            solara.v.Html(tag="p", children=[told], class_="answer", attributes={"aria-live": "polite"})
        working = share is not None
        told = f"Working: {share:.0%} of what is new" if working else f"{now.members} worlds, seed {now.seed}"
        solara.v.Html(tag="p", children=[told], class_="quiet", attributes={"role": "status"})
        solara.v.ProgressLinear(value=100 * (share or 0), active=working, color="primary", height=4)
        if now.differ:
            Otherwise(now)


@solara.component
def Otherwise(now: Running) -> None:
    """What the what-if has otherwise than the scenario it is held against."""
    lines = [str(one) for one in differences(now.against, now.what_if)]
    things = "One thing is" if len(lines) == 1 else f"{len(lines)} things are"
    with solara.v.Html(tag="details"):
        text("summary", f"{things} otherwise than in {now.against.name}")
        with solara.v.Html(tag="ul"):
            for line in lines[:MOST_DIFFERENCES]:
                text("li", line, "quiet")
            if len(lines) > MOST_DIFFERENCES:
                text("li", f"... and {len(lines) - MOST_DIFFERENCES} more", "quiet")


@solara.component
def Played(live: LiveWorld, now: Running, chosen: Choice, go_to: Any, pick: Any) -> None:
    """The worlds that are played: where they stand, the map of each, one state in full."""
    update_counter.get()
    at = quarter_name(live.quarter) if live.quarter >= 0 else "beginning"
    picked = chosen.country
    both = (live.scenarios[0].name, "what-if")[: live.rows]
    text("h2", f"World {live.first_member}, one of {now.members}, played")
    Slider(
        label="Quarter",
        value=max(live.quarter, 0),
        low=0,
        high=min(live.horizon, QUARTERS - 1),
        text=at,
        event_slide=go_to,
    )
    i = country_panel.index(picked)
    with solara.Div(classes=["side-by-side"]):
        for row, name in enumerate(both):
            Map(title=f"{name}, {at}", now=map_data.now(live, row), picked=picked, pick=pick)
        if live.rows == 1:
            _state(live, i, at, both)
    Key()
    if live.rows > 1:
        _state(live, i, at, both)
    for row, name in enumerate(both):
        heads, rows = country_panel.willingness(live, i, row)
        Table(caption=f"{name}: willingness toward each, logit, and its terms", heads=heads, rows=rows)


def _state(live: LiveWorld, i: int, at: str, both: tuple[str, ...]) -> None:
    """The state that is looked at."""
    with solara.Div():
        text("h2", NAMES[i])
        Table(caption=f"{NAMES[i]}, {at}", heads=["", *both], rows=country_panel.attributes(live, i))
