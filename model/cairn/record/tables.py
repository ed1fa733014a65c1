"""Tables of the record and of inputs, as they lie in model/cairn/data: text in, rows out."""

import csv
import io
from importlib.resources import files


def read(name: str) -> list[dict[str, str]]:
    """Rows of a table in model/cairn/data."""
    text = (files("cairn") / "data" / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))
