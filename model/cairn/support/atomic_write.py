"""Files that appear under their name only once they are whole."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


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
