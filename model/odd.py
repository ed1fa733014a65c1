"""The two tables of ODD.md that are made from the code: numbers and events. `python -m model.odd` renews them."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import numpy as np

from model.events import Event, event_types
from model.parameters import FIELDS, Numbers

DOCUMENT = Path(__file__).with_name("ODD.md")
_SECTION = re.compile(r"# --- (?P<title>.+?) -+$")
_NUMBER = re.compile(r"(?P<name>\w+): ")


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table.

    >>> print(table(("a", "b"), [("1", "2|3")]))
    | a | b |
    | --- | --- |
    | 1 | 2\\|3 |
    """
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def sections() -> dict[str, list[str]]:
    """Names of the numbers under the headings of model/parameters.py, in its order."""
    found: dict[str, list[str]] = {}
    for line in map(str.strip, inspect.getsource(Numbers).splitlines()):
        if heading := _SECTION.match(line):
            found[heading["title"]] = []
        elif (number := _NUMBER.match(line)) and number["name"] in FIELDS:
            found[list(found)[-1]].append(number["name"])
    return found


def parameters() -> str:
    """Every number: name, symbol, value, unit, plausible range, source; a table for each section."""
    head = ("name", "symbol", "value", "unit", "range", "source")
    values = Numbers()

    def row(name: str) -> tuple[str, ...]:
        about = FIELDS[name].metadata
        unit = about["unit"] + (f", each {about['each']}" if about["each"] else "")
        span = f"{about['low']:g}..{about['high']:g}"
        return f"`{name}`", about["symbol"], written(getattr(values, name)), unit, span, about["source"]

    parts = [
        f"**{title.capitalize()}**\n\n{table(head, [row(n) for n in names])}" for title, names in sections().items()
    ]
    return "\n\n".join(parts)


def written(value: Any) -> str:
    """A number, or several with commas between.

    >>> written(np.array([0.5, 60.0]))
    '0.5, 60'
    """
    return ", ".join(f"{x:g}" for x in np.ravel(value))


def events() -> str:
    """Every type of event: what it does and its keys, those that may be left out in brackets."""
    shared = set(Event.model_fields)

    def row(name: str, kind: type[Event]) -> tuple[str, ...]:
        fields = {key: field for key, field in kind.model_fields.items() if key not in shared}
        keys = ", ".join(f"`{key}`" if field.is_required() else f"[`{key}`]" for key, field in fields.items())
        return f"`{name}`", inspect.getdoc(kind).splitlines()[0], keys  # type: ignore[union-attr]

    return table(("type", "what it does", "keys"), [row(name, kind) for name, kind in event_types().items()])


def renewed(text: str) -> str:
    """The document with both tables as the code has them now; what else it says stays."""
    for name, made in (("parameters", parameters()), ("events", events())):
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"{DOCUMENT.name} needs the marks {begin} and {end}, once each")
        before, rest = text.split(begin)
        text = f"{before}{begin}\n{made}\n{end}{rest.split(end)[1]}"
    return text


if __name__ == "__main__":
    DOCUMENT.write_text(renewed(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
