"""Files that appear under their name only once they are whole."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


class OutputError(OSError):
    """A file that cannot be written, with the reason in one line."""


@contextlib.contextmanager
def atomic_write(path: os.PathLike[str] | str) -> Iterator[Path]:
    """A name to write to; it becomes `path` if the block ends well, and is removed if not.

    Raises
    ------
    OutputError
        If the disk is full or the folder cannot be written to, for example.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with atomic_write(f"{folder}/a.txt") as part:
    ...         _ = part.write_text("all of it")
    ...     os.listdir(folder)
    ['a.txt']
    """
    final = Path(path)
    part = final.with_name(f".{final.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(final)
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(
            f"cannot write {final}: {error.strerror or error}; choose another folder, or make space"
        ) from None
    finally:
        part.unlink(missing_ok=True)


def remove_left(folder: Path) -> None:
    """Remove what killed processes left unfinished in a folder, and in the folders in it.

    Parameters
    ----------
    folder : one that no other process writes to now
    """
    for part in (*folder.glob(".*.part"), *folder.glob("*/.*.part")):
        number = part.suffixes[-2:-1]
        if number and number[0][1:].isdecimal() and not _lives(int(number[0][1:])):
            with contextlib.suppress(OSError):
                part.unlink()


def _lives(process: int) -> bool:
    """Whether there is a process of this number on this machine, as far as that can be known."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def write_text(path: os.PathLike[str] | str, text: str) -> None:
    """Write a text file, which appears under its name once it is complete."""
    with atomic_write(path) as part:
        part.write_text(text, encoding="utf-8")


def write_json(path: os.PathLike[str] | str, document: Any, default: Callable[[Any], Any] | None = None) -> None:
    """Write a JSON file; `default` makes plain values of those that JSON does not know."""
    write_text(path, json.dumps(document, indent=1, default=default) + "\n")
