"""Reading files that somebody else may have made: regular files only, and not more of them than is allowed."""

from __future__ import annotations

import os
import stat
from pathlib import Path


class UnreadableFile(OSError):
    """A file that cannot be read; its text is the reason alone."""


def read_regular(path: os.PathLike[str] | str, max_bytes: int) -> bytes:
    """The content of a regular file.

    A named pipe without a writer would be waited for, and a device such as /dev/zero never ends.

    Parameters
    ----------
    path : the file
    max_bytes : size of the largest file that is read

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    UnreadableFile
        If it cannot be read, is no regular file or is too large.

    Examples
    --------
    >>> read_regular("/dev/null", 100)
    Traceback (most recent call last):
        ...
    cairn.support.regular_file.UnreadableFile: not a regular file
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        with open(os.open(Path(path), flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UnreadableFile("not a regular file")
            content = file.read(max_bytes + 1)
    except (FileNotFoundError, UnreadableFile):
        raise
    except OSError as problem:
        raise UnreadableFile(problem.strerror or str(problem)) from None
    except ValueError as problem:  # a name with a null character
        raise UnreadableFile(str(problem)) from None
    if len(content) > max_bytes:
        raise UnreadableFile(f"larger than the {max_bytes / 1e6:g} MB that are allowed")
    return content
