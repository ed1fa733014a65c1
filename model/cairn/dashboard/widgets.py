"""Elements of the page that are drawn in the browser, each by a template in `templates/`, from plain data.

Data is passed as JSON text, which Solara compares quickly at each rendering; lists and dicts it would search through.
Parameters `event_...` are functions that the template calls. Texts are escaped; none is inserted as HTML.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

import solara

from cairn.dashboard.views import encodings, map_data


@solara.component_vue("templates/map.vue")
def _Map(
    title: str, static_json: str, current_json: str, selected: str, event_select: Callable[[str], None]
) -> None: ...


@solara.component_vue("templates/legend.vue")
def _Legend(legend_json: str) -> None: ...


@solara.component_vue("templates/chart.vue")
def _Chart(title: str, chart_json: str, member_path: str) -> None: ...


@solara.component_vue("templates/table.vue")
def _Table(caption: str, rows_json: str) -> None: ...


@solara.component_vue("templates/event_list.vue")
def _EventList(
    events_json: str,
    selected: str,
    event_toggle: Callable[[dict[str, Any]], None],
    event_select: Callable[[str], None],
) -> None: ...


@solara.component_vue("templates/field_group.vue")
def _FieldGroup(
    title: str,
    description: str,
    fields_json: str,
    errors_json: str,
    undo_label: str,
    event_edit: Callable[[dict[str, Any]], None],
    event_undo: Callable[[Any], None],
) -> None: ...


@solara.component_vue("templates/select.vue")
def _Select(label: str, value: str, options_json: str, event_select: Callable[[str], None]) -> None: ...


@solara.component_vue("templates/stories.vue")
def _Stories(
    content_json: str, event_open: Callable[[int], None], event_tick: Callable[[dict[str, Any]], None]
) -> None: ...


@solara.component_vue("templates/history.vue")
def History(
    query: str,
    change_key: str,
    max_link_length: int,
    can_pin: bool,
    event_navigate: Callable[[str], None],
    event_reset: Callable[[Any], None],
    event_pin: Callable[[Any], None],
) -> None:
    """Undo, redo, reset and pin; keeps the address of the page and the browser's history up to date.

    Parameters
    ----------
    query : the part of the link that describes the page
    change_key : a change of it is an entry of the history; other changes replace the address
    """


@solara.component_vue("templates/skip_link.vue")
def SkipLink() -> None:
    """A link to the result, the first element that the Tab key reaches; also sets up the page in the browser."""


@solara.component_vue("templates/slider.vue")
def Slider(label: str, value: int, low: int, high: int, text: str, event_slide: Callable[[int], None]) -> None:
    """A slider that reports its value when it is released."""


@solara.component_vue("templates/file_buttons.vue")
def FileButtons(
    content: str,
    filename: str,
    query: str,
    max_link_length: int,
    max_bytes: int,
    event_load_text: Callable[[dict[str, str]], None],
) -> None:
    """Buttons to copy the link, and to save and load a scenario file."""


def text_element(tag: str, text: str, classes: str = "") -> None:
    """An HTML element with a text."""
    solara.v.Html(tag=tag, children=[text], class_=classes)


def to_json(data: Any) -> str:
    """Plain data as compact JSON."""
    return json.dumps(data, separators=(",", ":"))


@functools.cache
def static_map_json() -> str:
    """The part of the map that never changes, as JSON."""
    return to_json(map_data.static_map())


@functools.cache
def _legend_json() -> str:
    return to_json(encodings.legend())


def Map(title: str, current: dict[str, Any], selected: str, select: Callable[[str], None]) -> Any:
    """The map of one member; `select` gets the code of a country that is clicked."""
    return _Map(
        title=title,
        static_json=static_map_json(),
        current_json=to_json(current),
        selected=selected,
        event_select=select,
    )


def Legend() -> Any:
    """The legend of the map."""
    return _Legend(legend_json=_legend_json())


Choices = dict[str, dict[str, str]]  # group to value to text; a group without a name has no heading


def Select(label: str, value: str, options: list[str] | Choices, select: Callable[[str], None]) -> Any:
    """A menu of names, or of values with texts in groups."""
    groups = {"": {name: name for name in options}} if isinstance(options, list) else options
    content = [[group, list(map(list, choices.items()))] for group, choices in groups.items()]
    return _Select(label=label, value=value, options_json=to_json(content), event_select=select)


def Stories(
    stories: list[dict[str, Any]],
    scenarios: list[dict[str, Any]],
    open_story: Callable[[int], None],
    tick: Callable[[dict[str, Any]], None],
) -> Any:
    """Story cards, and all scenarios to tick, with a search field."""
    content = {"stories": stories, "scenarios": scenarios}
    return _Stories(content_json=to_json(content), event_open=open_story, event_tick=tick)


def ChartView(title: str, chart_json: str, member_path: str = "") -> Any:
    """A chart, with the path of the member shown."""
    return _Chart(title=title, chart_json=chart_json, member_path=member_path)


def Table(caption: str, heads: list[str], rows: list[list[Any]]) -> Any:
    """A table; a cell with a bar behind it is (text, signed share of a full bar)."""
    return _Table(caption=caption, rows_json=to_json([heads, *rows]))


def EventList(
    events: list[dict[str, Any]],
    selected: str,
    toggle: Callable[[dict[str, Any]], None],
    select: Callable[[str], None],
) -> Any:
    """The list of events, with a search field, switches, and buttons to edit."""
    return _EventList(events_json=to_json(events), selected=selected, event_toggle=toggle, event_select=select)


def FieldGroup(
    title: str,
    description: str,
    fields: list[dict[str, Any]],
    errors: dict[str, str],
    undo_label: str,
    edit: Callable[[dict[str, Any]], None],
    undo: Callable[[Any], None],
) -> Any:
    """Values that can be edited, each with the values it accepts; a button removes all edits if `undo_label` is set."""
    return _FieldGroup(
        title=title,
        description=description,
        fields_json=to_json(fields),
        errors_json=to_json(errors),
        undo_label=undo_label,
        event_edit=edit,
        event_undo=undo,
    )
