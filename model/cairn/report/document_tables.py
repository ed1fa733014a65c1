"""The generated tables of model/ODD.md and scenarios/README.md.

`python -m cairn.report.document_tables` updates them.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cairn.calibration.leader_codings import agreement_table
from cairn.core.forcing import Forcing
from cairn.core.parameters import FIELDS, Parameters
from cairn.core.state import BLOCKS, variables_of
from cairn.core.variables import Variable
from cairn.events import Event, event_types
from cairn.scenario.inheritance import scenario_folder, shipped_names
from cairn.scenario.issues import allowed_values
from cairn.scenario.scenario import Scenario

ODD = Path(__file__).parents[2] / "ODD.md"
_SECTION = re.compile(r"# --- (?P<title>.+?) -+$")
_PARAMETER = re.compile(r"(?P<name>\w+): ")


def markdown_table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table; line breaks within a cell become spaces.

    >>> print(markdown_table(("a", "b"), [("1", "2|3\\n")]))
    | a | b |
    | --- | --- |
    | 1 | 2\\|3 |
    """
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(text) for text in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def parameter_sections() -> dict[str, list[str]]:
    """Names of parameters under the headings of model/cairn/core/parameters.py, in its order."""
    sections: dict[str, list[str]] = {}
    for line in map(str.strip, inspect.getsource(Parameters).splitlines()):
        if heading := _SECTION.match(line):
            sections[heading["title"]] = []
        elif (match := _PARAMETER.match(line)) and match["name"] in FIELDS:
            sections[list(sections)[-1]].append(match["name"])
    return sections


def parameter_tables() -> str:
    """All parameters: name, symbol, value, unit, plausible range, source; a table for each section."""
    head = ("name", "symbol", "value", "unit", "range", "source")
    values = Parameters()

    def row(name: str) -> tuple[str, ...]:
        about = FIELDS[name].metadata
        unit = about["unit"] + (f", each {about['each']}" if about["each"] else "")
        span = f"{about['low']:g}..{about['high']:g}"
        return f"`{name}`", about["symbol"], format_numbers(getattr(values, name)), unit, span, about["source"]

    parts = [
        f"**{title.capitalize()}**\n\n{markdown_table(head, [row(name) for name in names])}"
        for title, names in parameter_sections().items()
    ]
    return "\n\n".join(parts)


def format_numbers(value: Any) -> str:
    """One number, or several separated by commas.

    >>> format_numbers(np.array([0.5, 60.0]))
    '0.5, 60'
    """
    return ", ".join(f"{x:g}" for x in np.ravel(value))


def event_table() -> str:
    """All types of event: what each does, and its keys with the optional ones in brackets."""
    shared = set(Event.model_fields)

    def row(name: str, kind: type[Event]) -> tuple[str, ...]:
        fields = {key: field for key, field in kind.model_fields.items() if key not in shared}
        keys = ", ".join(f"`{key}`" if field.is_required() else f"[`{key}`]" for key, field in fields.items())
        return f"`{name}`", inspect.getdoc(kind).splitlines()[0], keys  # type: ignore[union-attr]

    return markdown_table(("type", "what it does", "keys"), [row(name, kind) for name, kind in event_types().items()])


def key_tables() -> str:
    """All keys of all types of event: allowed values, default, meaning; a table for each type."""
    shared = [name for name in Event.model_fields if name != "type"]
    parts = [f"**every event**\n\n{_key_table(Event, shared)}"]
    for name, kind in event_types().items():
        keys_of_type = [key for key in kind.model_fields if key not in Event.model_fields]
        about = " ".join((inspect.getdoc(kind) or "").split())
        parts.append(f"**`{name}`** {about}\n\n{_key_table(kind, keys_of_type)}")
    return "\n\n".join(parts)


def _key_table(kind: type[Event], names: list[str]) -> str:
    properties = kind.model_json_schema()["properties"]
    rows: list[tuple[str, ...]] = []
    for name in names:
        field, about = kind.model_fields[name], properties[name]
        default = "required" if field.is_required() else _default(field.get_default(call_default_factory=True))
        rows.append((f"`{name}`", allowed_values(about), default, field.description or ""))
    return markdown_table(("key", "allowed values", "default", "meaning"), rows)


def _default(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return "none" if value in (None, "", {}) else str(value).lower() if isinstance(value, bool) else str(value)


def scenario_table() -> str:
    """The shipped scenarios: the question of each, and what it changes."""
    scenarios = {name: Scenario.load(name) for name in shipped_names()}
    rows: list[tuple[str, ...]] = [(f"`{name}`", s.title, s.question, s.changed) for name, s in scenarios.items()]
    return markdown_table(("scenario", "title", "question", "what is changed"), rows)


def binding_table() -> str:
    """The closures, links, visas, mines and pandemics of the baseline: what each binds, where, from when to when."""
    rows: list[tuple[str, ...]] = []
    for name, event in Scenario.load("baseline").events.items():
        if binds := getattr(event, "binds", ""):
            where = ", ".join(getattr(event, "pairs", ())) or "all pairs"
            until = str(event.end) if event.end else "stays"
            rows.append((f"`{name}`", binds, where, str(event.start), until, event.source))
    return markdown_table(("event", "binds", "where", "from", "to", "source"), rows)


def variable_table(variables: Mapping[str, Variable], initial: str) -> str:
    """Variables of the state or the forcing, as declared: dimensions, unit, meaning, initial value, yearly value.

    Parameters
    ----------
    variables : by name
    initial : heading of the column with the initial value
    """
    named = {"everywhere": "", "others": "", "neighbours": ", neighbours only", "treaty_pairs": ", treaty pairs only"}
    rows: list[tuple[str, ...]] = []
    for name, variable in variables.items():
        value = variable.initial
        text = f"`{value}`" if isinstance(value, str) else "computed" if callable(value) else f"{value:g}"
        dims = " x ".join(variable.dims) or "region"
        yearly = (variable.annual if variable.record else "not recorded",) if initial == "1992" else ()
        unit = "true or false" if variable.boolean else variable.unit
        rows.append((f"`{name}`", dims + named[variable.where], unit, variable.long_name, text, *yearly))
    head = ("variable", "dimensions", "unit", "meaning", initial)
    return markdown_table((*head, "year") if initial == "1992" else head, rows)


def documents() -> dict[Path, dict[str, str]]:
    """The documents with generated tables; each table under the name that marks its place."""
    return {
        ODD: {
            "state": variable_table(variables_of(BLOCKS), "1992"),
            "forcing": variable_table(Forcing.variables, "without events"),
            "parameters": parameter_tables(),
            "events": event_table(),
            "codings": agreement_table(),
        },
        scenario_folder() / "README.md": {
            "keys": key_tables(),
            "scenarios": scenario_table(),
            "binds": binding_table(),
        },
    }


def update_tables(text: str, tables: dict[str, str]) -> str:
    """A document with its generated tables replaced.

    Raises
    ------
    ValueError if the marks of a table are missing or occur twice
    """
    for name, table in tables.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"the document must contain the marks {begin} and {end} exactly once")
        before, rest = text.split(begin)
        text = f"{before}{begin}\n{table}\n{end}{rest.split(end)[1]}"
    return text


if __name__ == "__main__":
    for document, tables in documents().items():
        document.write_text(update_tables(document.read_text(encoding="utf-8"), tables), encoding="utf-8")
