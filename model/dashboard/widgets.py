"""The parts of the page that are drawn in the browser: each has its template beside this file and takes plain data.

`event_...` are what a part tells back. All text goes through the template's escaping; nothing is inserted as HTML.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara


@solara.component_vue("map.vue")
def Map(title: str, land: dict, now: dict, picked: str, event_pick: Callable[[str], None]) -> None:
    """The live map; `pick` tells the country that was clicked."""


@solara.component_vue("chart.vue")
def Drawing(title: str, drawn: dict, played: str = "") -> None:
    """A small chart."""


@solara.component_vue("table.vue")
def Table(caption: str, heads: list, rows: list, live: bool = False) -> None:
    """A table; the numbers of a live one are read out as they change."""


@solara.component_vue("events.vue")
def Events(
    entries: list,
    picked: str,
    event_toggle: Callable[[dict[str, Any]], None],
    event_pick: Callable[[str], None],
) -> None:
    """The list of events, to find, switch and open."""


@solara.component_vue("fields.vue")
def Fields(
    title: str,
    about: str,
    fields: list,
    wrong: dict,
    undoable: bool,
    undo_words: str,
    event_change: Callable[[dict[str, Any]], None],
    event_undo: Callable[[Any], None],
) -> None:
    """Values to change, each with what it may be."""


@solara.component_vue("slider.vue")
def Slider(label: str, value: int, low: int, high: int, text: str, event_slide: Callable[[int], None]) -> None:
    """A slider that tells its value once it is let go."""


@solara.component_vue("files.vue")
def Files(
    text: str, filename: str, query: str, longest: int, most: int, event_loaded: Callable[[dict[str, str]], None]
) -> None:
    """Copy the link, save and load a scenario file; keeps the address of the page at the link."""
