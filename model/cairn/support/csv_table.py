"""Writing CSV files: one writer for the whole project."""

import csv
import os
from collections.abc import Iterable, Sequence
from typing import Any

from cairn.support.atomic_write import atomic_write


def write_csv(path: os.PathLike[str] | str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a table as CSV: UTF-8, comma, line feed. The file appears under its name once it is complete.

    Parameters
    ----------
    path : file to write
    columns : names of the columns
    rows : one sequence of values per row, as many as there are columns; format numbers before
    """
    with atomic_write(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
