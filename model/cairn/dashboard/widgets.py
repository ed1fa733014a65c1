"""The parts of the page that are drawn in the browser: each has its template beside this file and takes plain data.

Data goes over as JSON text, which Solara does not look into at every rendering, as it does with lists and dicts.
`event_...` are what a part tells back. All text goes through the template's escaping; nothing is inserted as HTML.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

import solara

from cairn.dashboard.views import encodings, map_data


@solara.component_vue("templates/map.vue")
def _Map(title: str, land_text: str, now_text: str, picked: str, event_pick: Callable[[str], None]) -> None: ...


@solara.component_vue("templates/key.vue")
def _Key(key_text: str) -> None: ...


@solara.component_vue("templates/chart.vue")
def _Chart(title: str, drawn_text: str, played: str) -> None: ...


@solara.component_vue("templates/table.vue")
def _Table(caption: str, rows_text: str) -> None: ...


@solara.component_vue("templates/events.vue")
def _Events(
    entries_text: str, picked: str, event_toggle: Callable[[dict[str, Any]], None], event_pick: Callable[[str], None]
) -> None: ...


@solara.component_vue("templates/fields.vue")
def _Fields(
    title: str,
    about: str,
    fields_text: str,
    wrong_text: str,
    undo_words: str,
    event_change: Callable[[dict[str, Any]], None],
    event_undo: Callable[[Any], None],
) -> None: ...


@solara.component_vue("templates/choose.vue")
def _Choose(label: str, value: str, options_text: str, event_choose: Callable[[str], None]) -> None: ...


@solara.component_vue("templates/skip.vue")
def Skip() -> None:
    """The first thing a keyboard reaches: a way past the controls."""


@solara.component_vue("templates/slider.vue")
def Slider(label: str, value: int, low: int, high: int, text: str, event_slide: Callable[[int], None]) -> None:
    """A slider that tells its value once it is let go."""


@solara.component_vue("templates/files.vue")
def Files(
    text: str, filename: str, query: str, longest: int, most: int, event_loaded: Callable[[dict[str, str]], None]
) -> None:
    """Copy the link, save and load a scenario file; keeps the address of the page at the link."""


def text(tag: str, words: str, classes: str = "") -> None:
    """Words in an element."""
    solara.v.Html(tag=tag, children=[words], class_=classes)


def as_text(data: Any) -> str:
    """Plain data as JSON."""
    return json.dumps(data, separators=(",", ":"))


@functools.cache
def _land() -> str:
    return as_text(map_data.land())


@functools.cache
def _key() -> str:
    return as_text(encodings.key())


def Map(title: str, now: dict[str, Any], picked: str, pick: Callable[[str], None]) -> Any:
    """The live map; `pick` is told the country that was clicked."""
    return _Map(title=title, land_text=_land(), now_text=as_text(now), picked=picked, event_pick=pick)


def Key() -> Any:
    """What the map's colours, dashes and widths stand for."""
    return _Key(key_text=_key())


def Choose(label: str, value: str, options: list[str], choose: Callable[[str], None]) -> Any:
    """One of several names."""
    return _Choose(label=label, value=value, options_text=as_text(options), event_choose=choose)


def Drawing(title: str, drawn: str, played: str = "") -> Any:
    """A small chart, its data as text."""
    return _Chart(title=title, drawn_text=drawn, played=played)


def Table(caption: str, heads: list[str], rows: list[list[Any]]) -> Any:
    """A table; a cell with a bar behind it is (text, share of the full bar with its sign)."""
    return _Table(caption=caption, rows_text=as_text([heads, *rows]))


def Events(entries: list[dict[str, Any]], picked: str, toggle: Callable, pick: Callable) -> Any:
    """The list of events, to find, switch and open."""
    return _Events(entries_text=as_text(entries), picked=picked, event_toggle=toggle, event_pick=pick)


def Fields(
    title: str,
    about: str,
    fields: list[dict[str, Any]],
    wrong: dict[str, str],
    undo_words: str,
    change: Callable,
    undo: Callable,
) -> Any:
    """Values to change, each with what it may be; with `undo_words` a button that takes all back."""
    return _Fields(
        title=title,
        about=about,
        fields_text=as_text(fields),
        wrong_text=as_text(wrong),
        undo_words=undo_words,
        event_change=change,
        event_undo=undo,
    )
