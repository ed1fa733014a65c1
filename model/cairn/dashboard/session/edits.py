"""The what-if as a scenario file: what was changed on the page becomes its text, and the reader of files checks it.

So a bad value on the page or in a link gets the same words as in a file, and what is saved is what ran.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from cairn.dashboard.session.url_state import Choice
from cairn.scenario.inheritance import shipped_names
from cairn.scenario.inline_yaml import to_inline_yaml
from cairn.scenario.scenario import Scenario
from cairn.scenario.yaml_reader import parse_yaml
from cairn.support.frozen_dict import FrozenDict

NAME = "what_if"
TEXTS = ("title", "question", "changed", "plausible", "sources", "look_at", "description")
SECTIONS = ("events", "parameters", "horizon")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def built(choice: Choice) -> Scenario:
    """The what-if, checked.

    Raises
    ------
    ScenarioError with a line for each thing that is wrong, as of a file
    """
    return Scenario.from_text(as_text(choice), NAME)


def as_text(choice: Choice) -> str:
    """The what-if as a scenario file: what it extends, and what it changes.

    >>> print(as_text(Choice().changed("events.rogun", "off").changed("events.c5plus1.end", "2030")))
    title: "Baseline, 1992-2040; but rogun off, c5plus1.end 2030"
    extends: baseline
    events:
      rogun: off
      c5plus1:
        end: 2030
    <BLANKLINE>
    """
    top = {key: text for key, text in choice.changes.items() if key.partition(".")[0] not in SECTIONS}
    if choice.scenario and "title" not in top and choice.changes:
        top = {"title": to_inline_yaml(title_of(choice)), **top}
    lines = [f"{_key(key)}: {_line(top.pop(key))}" for key in TEXTS if key in top]
    if choice.scenario:
        lines.append(f"extends: {_key(choice.scenario)}")
    lines += [f"{_key(key)}: {_line(text)}" for key, text in top.items()]
    for section in SECTIONS:
        lines += _section(section, choice)
    return "\n".join(lines) + "\n"


def _section(section: str, choice: Choice) -> list[str]:
    """A mapping of names to values, or of names to mappings of fields."""
    if section in choice.changes:
        return [f"{section}: {_line(choice.changes[section])}"]
    by_name: dict[str, dict[str, str]] = {}
    for key, text in choice.changes.items():
        first, _, rest = key.partition(".")
        if first == section:
            name, _, field = rest.partition(".")
            by_name.setdefault(name, {})[field] = text
    lines = [f"{section}:"] if by_name else []
    for name, fields in by_name.items():
        if "" in fields:  # off, on, or a value: what was changed below it waits
            lines.append(f"  {_key(name)}: {_line(fields[''])}")
        else:
            lines += [f"  {_key(name)}:", *(f"    {_key(field)}: {_line(text)}" for field, text in fields.items())]
    return lines


def _key(text: str) -> str:
    return text if _WORD.fullmatch(text) else json.dumps(text)


def _line(text: str) -> str:
    """A value on its line; what would break the line is made a text."""
    return text if text.isprintable() else json.dumps(text)


def title_of(choice: Choice) -> str:
    """What the what-if is called, if nobody named it."""
    told = [key for key in choice.changes if key.startswith(("events.", "parameters."))]
    named = [f"{key.partition('.')[2]} {choice.changes[key]}" for key in told[:3]]
    more = [f"{len(told) - 3} more changes"] if len(told) > 3 else []
    base = Scenario.load(choice.scenario).title if choice.scenario in shipped_names() else choice.scenario
    return (f"{base}; but {', '.join([*named, *more])}" if told else base)[:2000]


def from_text(text: str, name: str = NAME) -> Choice:
    """The choice that a scenario file stands for; what it extends has to be a shipped scenario, if anything.

    Raises
    ------
    ScenarioError as for a file
    """
    Scenario.from_text(text, name)
    content, _ = parse_yaml(Path(f"{name}.yaml"), text.encode("utf-8", "surrogatepass"))
    scenario = content.pop("extends", "")
    changes: dict[str, str] = {}
    for key, value in content.items():
        if key not in SECTIONS:
            changes[key] = to_inline_yaml(value)
            continue
        for below, part in (value or {}).items():
            if key == "events" and isinstance(part, dict):
                changes |= {f"events.{below}.{field}": to_inline_yaml(one) for field, one in part.items()}
            else:
                changes[f"{key}.{below}"] = part if part in ("on", "off") else to_inline_yaml(part)
    found = Choice(scenario=scenario, changes=FrozenDict(changes))
    given_by_page = changes.get("title") == to_inline_yaml(title_of(found))
    return found.changed("title", None) if given_by_page else found
