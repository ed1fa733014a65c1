"""The what-if as a scenario file: edits made on the page become its text, which the reader of scenario files checks.

So a wrong value on the page or in a link gets the same message as in a file, and the saved file is what was run.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cairn.dashboard.session.url_state import PageState
from cairn.events.labels import event_words
from cairn.scenario.inheritance import shipped_names
from cairn.scenario.inline_yaml import to_inline_yaml
from cairn.scenario.scenario import Scenario
from cairn.scenario.stacking import PLUS
from cairn.scenario.yaml_reader import ScenarioError, parse_yaml
from cairn.support.frozen_dict import FrozenDict

NAME = "what_if"
TEXT_KEYS = ("title", "question", "changed", "plausible", "sources", "look_at", "description")
SECTIONS = ("events", "parameters", "horizon")
MAX_EDITS_IN_TITLE = 3
MAX_TITLE_LENGTH = 2000
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def build_scenario(state: PageState) -> Scenario:
    """Build the what-if scenario of a page state.

    Raises
    ------
    ScenarioError
        With one line per error, as for a scenario file.
    """
    return Scenario.from_text(to_yaml(state), NAME)


def to_yaml(state: PageState) -> str:
    """Write the what-if as a scenario file: the scenario it extends, and the edits.

    Examples
    --------
    >>> print(to_yaml(PageState().with_edit("events.rogun", "off").with_edit("events.c5plus1.end", "2030")))
    title: "Baseline, 1992-2040; with Rogun dam fills: off, Outside partners meet the five together (C5+1): end 2030"
    extends: baseline
    events:
      rogun: off
      c5plus1:
        end: 2030
    <BLANKLINE>
    """
    top = {key: value for key, value in state.edits.items() if key.partition(".")[0] not in SECTIONS}
    if state.scenario and "title" not in top and state.edits:
        top = {"title": to_inline_yaml(default_title(state)), **top}
    lines = [f"{_yaml_key(key)}: {_yaml_value(top.pop(key))}" for key in TEXT_KEYS if key in top]
    if state.scenario:
        names = [_yaml_key(name) for name in state.scenario.split(PLUS)]
        lines.append(f"extends: {names[0] if len(names) == 1 else '[' + ', '.join(names) + ']'}")
    lines += [f"{_yaml_key(key)}: {_yaml_value(value)}" for key, value in top.items()]
    for section in SECTIONS:
        lines += _section_lines(section, state)
    return "\n".join(lines) + "\n"


def _section_lines(section: str, state: PageState) -> list[str]:
    """Lines of a section: a mapping of names to values, or of names to mappings of fields."""
    if section in state.edits:
        return [f"{section}: {_yaml_value(state.edits[section])}"]
    by_name: dict[str, dict[str, str]] = {}
    for key, value in state.edits.items():
        first, _, rest = key.partition(".")
        if first == section:
            name, _, field = rest.partition(".")
            by_name.setdefault(name, {})[field] = value
    lines = [f"{section}:"] if by_name else []
    for name, fields in by_name.items():
        if "" in fields:  # off, on or a value; edits of single fields have no effect until it is removed
            lines.append(f"  {_yaml_key(name)}: {_yaml_value(fields[''])}")
        else:
            lines.append(f"  {_yaml_key(name)}:")
            lines += [f"    {_yaml_key(field)}: {_yaml_value(value)}" for field, value in fields.items()]
    return lines


def _yaml_key(text: str) -> str:
    return text if _WORD.fullmatch(text) else json.dumps(text)


def _yaml_value(text: str) -> str:
    """A value on one line; a text with line breaks or control characters is quoted."""
    return text if text.isprintable() else json.dumps(text)


def default_title(state: PageState) -> str:
    """Title of a what-if without a title of its own: that of the scenario it extends, with the first edits."""
    keys = [key for key in state.edits if key.startswith(("events.", "parameters."))]
    words = _event_words(state.scenario)
    shown = [_edit_in_words(key, state.edits[key], words) for key in keys[:MAX_EDITS_IN_TITLE]]
    more = [f"{len(keys) - len(shown)} more edits"] if len(keys) > len(shown) else []
    base = base_title(state.scenario)
    return (f"{base}; with {', '.join([*shown, *more])}" if keys else base)[:MAX_TITLE_LENGTH]


@functools.lru_cache(maxsize=16)
def _event_words(scenario: str) -> dict[str, str]:
    """What the events of the extended scenario are, in words without years, by name."""
    try:
        events = Scenario.load(scenario).events if is_shipped(scenario) else {}
    except ScenarioError:
        events = {}
    return {name: event_words(event, events) for name, event in events.items()}


def _edit_in_words(key: str, value: str, words: Mapping[str, str]) -> str:
    section, _, rest = key.partition(".")
    name, _, field = rest.partition(".")
    if section != "events":
        return f"{rest} {value}"
    return f"{words.get(name, name)}: {field.replace('_', ' ')} {value}".replace(":  ", ": ")


def is_shipped(scenario: str) -> bool:
    """Whether a name is that of a shipped scenario, or several of them joined by `+`."""
    return all(name in shipped_names() for name in scenario.split(PLUS))


def base_title(scenario: str) -> str:
    """Title of the scenario that a what-if extends; its name where it is not shipped or contradicts itself."""
    try:
        return Scenario.load(scenario).title if is_shipped(scenario) else scenario
    except ScenarioError:
        return scenario


def base_parameters(scenario: str) -> Mapping[str, Any]:
    """Values of parameters that the extended scenario sets."""
    try:
        return Scenario.load(scenario).parameters if is_shipped(scenario) else {}
    except ScenarioError:
        return {}


def from_yaml(text: str, name: str = NAME) -> PageState:
    """Read a page state from the text of a scenario file; the file may extend a shipped scenario only.

    Parameters
    ----------
    text : content of the file
    name : name of the scenario, for messages

    Raises
    ------
    ScenarioError
        As for a scenario file.
    """
    Scenario.from_text(text, name)
    content, _ = parse_yaml(Path(f"{name}.yaml"), text.encode("utf-8", "surrogatepass"))
    extended = content.pop("extends", "")
    scenario = extended if isinstance(extended, str) else PLUS.join(extended)
    edits: dict[str, str] = {}
    for key, value in content.items():
        if key not in SECTIONS:
            edits[key] = to_inline_yaml(value)
            continue
        for item, part in (value or {}).items():
            if key == "events" and isinstance(part, dict):
                edits |= {f"events.{item}.{field}": to_inline_yaml(one) for field, one in part.items()}
            else:
                edits[f"{key}.{item}"] = part if part in ("on", "off") else to_inline_yaml(part)
    state = PageState(scenario=scenario, edits=FrozenDict(edits))
    has_default_title = edits.get("title") == to_inline_yaml(default_title(state))
    return state.with_edit("title", None) if has_default_title else state
