"""Reading files that somebody else may have made, or that are damaged: regular files, and no more than is allowed."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

MAX_ARRAYS = 2**28  # bytes


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


def read_arrays(path: os.PathLike[str] | str, max_bytes: int = MAX_ARRAYS) -> dict[str, np.ndarray]:
    """The arrays of a file of NumPy's (``.npz``).

    Parameters
    ----------
    path : the file
    max_bytes : size of the largest file, and of its arrays once they are unpacked

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    UnreadableFile
        If it cannot be read, is too large, damaged or no such file.
    """
    return arrays_of(read_regular(path, max_bytes), max_bytes)


def arrays_of(content: bytes, max_bytes: int = MAX_ARRAYS) -> dict[str, np.ndarray]:
    """The arrays in the content of a file of NumPy's; as `read_arrays`."""
    import numpy as np

    try:
        if sum(entry.file_size for entry in zipfile.ZipFile(io.BytesIO(content)).infolist()) > max_bytes:
            raise UnreadableFile("its arrays are too large")
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except UnreadableFile:
        raise
    except (
        OSError,
        KeyError,
        ValueError,
        TypeError,
        EOFError,
        RecursionError,
        MemoryError,
        NotImplementedError,
        struct.error,
        zipfile.BadZipFile,
        zlib.error,
    ) as problem:
        raise UnreadableFile(str(problem) or "it is damaged") from None


def is_file(path: Path) -> bool:
    """Whether there is a file; a name that none can have is that of no file."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long, a null character
        return False
