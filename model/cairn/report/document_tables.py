"""The tables of ODD.md and scenarios/README.md that are generated from the code.

`python -m cairn.report.document_tables` writes them again.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import numpy as np

from cairn.core.parameters import FIELDS, Parameters
from cairn.events import Event, event_types
from cairn.scenario.issues import allowed
from cairn.scenario.scenario import Scenario, folder, known

DOCUMENT = Path(__file__).parents[2] / "ODD.md"
_SECTION = re.compile(r"# --- (?P<title>.+?) -+$")
_FIELD = re.compile(r"(?P<name>\w+): ")


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table.

    >>> print(table(("a", "b"), [("1", "2|3")]))
    | a | b |
    | --- | --- |
    | 1 | 2\\|3 |
    """
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def parameter_sections() -> dict[str, list[str]]:
    """Names of the parameters under the headings of the class `Parameters`, in its order."""
    names: dict[str, list[str]] = {}
    for line in map(str.strip, inspect.getsource(Parameters).splitlines()):
        if heading := _SECTION.match(line):
            names[heading["title"]] = []
        elif (field := _FIELD.match(line)) and field["name"] in FIELDS:
            names[list(names)[-1]].append(field["name"])
    return names


def parameters() -> str:
    """Every parameter: name, symbol, value, unit, plausible range, source; a table for each section."""
    head = ("name", "symbol", "value", "unit", "range", "source")
    values = Parameters()

    def row(name: str) -> tuple[str, ...]:
        about = FIELDS[name].metadata
        unit = about["unit"] + (f", each {about['each']}" if about["each"] else "")
        span = f"{about['low']:g}..{about['high']:g}"
        return f"`{name}`", about["symbol"], number_text(getattr(values, name)), unit, span, about["source"]

    parts = [
        f"**{title.capitalize()}**\n\n{table(head, [row(n) for n in names])}"
        for title, names in parameter_sections().items()
    ]
    return "\n\n".join(parts)


def number_text(value: Any) -> str:
    """A number, or several separated by commas.

    >>> number_text(np.array([0.5, 60.0]))
    '0.5, 60'
    """
    return ", ".join(f"{x:g}" for x in np.ravel(value))


def events() -> str:
    """Every type of event: what it does and its keys; optional keys are in brackets."""
    shared = set(Event.model_fields)

    def row(name: str, kind: type[Event]) -> tuple[str, ...]:
        fields = {key: field for key, field in kind.model_fields.items() if key not in shared}
        keys = ", ".join(f"`{key}`" if field.is_required() else f"[`{key}`]" for key, field in fields.items())
        return f"`{name}`", inspect.getdoc(kind).splitlines()[0], keys  # type: ignore[union-attr]

    return table(("type", "what it does", "keys"), [row(name, kind) for name, kind in event_types().items()])


def keys() -> str:
    """Every key of every type of event: allowed values, default, meaning."""
    shared = [name for name in Event.model_fields if name != "type"]
    parts = [f"**every event**\n\n{_keys_of(Event, shared)}"]
    for name, kind in event_types().items():
        keys_of_type = [key for key in kind.model_fields if key not in Event.model_fields]
        about = " ".join((inspect.getdoc(kind) or "").split())
        parts.append(f"**`{name}`** {about}\n\n{_keys_of(kind, keys_of_type)}")
    return "\n\n".join(parts)


def _keys_of(kind: type[Event], names: list[str]) -> str:
    properties = kind.model_json_schema()["properties"]
    rows: list[tuple[str, ...]] = []
    for name in names:
        field, about = kind.model_fields[name], properties[name]
        default = "required" if field.is_required() else _default(field.get_default(call_default_factory=True))
        rows.append((f"`{name}`", allowed(about), default, field.description or ""))
    return table(("key", "allowed", "default", "meaning"), rows)


def _default(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return "none" if value in (None, "", {}) else str(value).lower() if isinstance(value, bool) else str(value)


def shipped() -> str:
    """The shipped scenarios: name, question, what is changed."""
    rows: list[tuple[str, ...]] = []
    for name in known():
        scenario = Scenario.load(name)
        rows.append((f"`{name}`", scenario.question, " ".join(getattr(scenario, "changed", "").split())))
    return table(("scenario", "question", "what is changed"), rows)


def documents() -> dict[Path, dict[str, str]]:
    """The documents that have generated tables, with the tables by name."""
    return {
        DOCUMENT: {"parameters": parameters(), "events": events()},
        folder() / "README.md": {"keys": keys(), "scenarios": shipped()},
    }


def with_tables(text: str, tables: dict[str, str]) -> str:
    """A document with its generated tables replaced.

    Parameters
    ----------
    text : the document, with the marks `<!-- NAME: begin -->` and `<!-- NAME: end -->` around each table
    tables : tables by name

    Raises
    ------
    ValueError if a mark is missing or occurs twice
    """
    for name, content in tables.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"the document must contain the marks {begin} and {end} exactly once")
        before, rest = text.split(begin)
        text = f"{before}{begin}\n{content}\n{end}{rest.split(end)[1]}"
    return text


if __name__ == "__main__":
    for document, tables in documents().items():
        document.write_text(with_tables(document.read_text(encoding="utf-8"), tables), encoding="utf-8")
