"""Tables of observations and inputs: the CSV files of model/cairn/data, described in its README."""

import csv
import io
from importlib.resources import files


def read(name: str) -> list[dict[str, str]]:
    """Rows of a table in model/cairn/data, given by its name without `.csv`; all values are text."""
    text = (files("cairn") / "data" / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))
