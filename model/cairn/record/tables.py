"""Reading the tables of the record and of inputs: text in, rows out."""

import csv
import io
from importlib.resources import files
from pathlib import Path


def read(name: str, folder: Path | None = None) -> list[dict[str, str]]:
    """Rows of a table.

    Parameters
    ----------
    name : file name without its ending
    folder : where it lies; None is the package's own data
    """
    place = files("cairn") / "data" if folder is None else folder
    text = (place / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))
