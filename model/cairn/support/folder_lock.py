"""One run at a time in a folder: a lock that the system releases when its process ends, however it ends."""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cairn.support.errors import InputError
from cairn.support.regular_file import read_regular
from cairn.support.text import one_line

PREFIX = ".running-"
_BUSY = (errno.EAGAIN, errno.EACCES)


class FolderInUse(InputError):
    """Another run writes to a folder; the message names it."""


@contextlib.contextmanager
def folder_lock(
    folder: Path, part: str = "all", overlaps: Callable[[str], bool] = lambda part: True, command: str = ""
) -> Iterator[None]:
    """Keep other runs out of a folder during a block.

    On a system or a file system without locks nothing is kept out.

    Parameters
    ----------
    folder : the folder, which exists
    part : what of the folder is written, as text that can be a part of a file's name
    overlaps : whether another run, given its `part`, would write the same files
    command : what runs, for the message that others get

    Raises
    ------
    FolderInUse
        If another run writes the same files.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, folder_lock(Path(folder)):
    ...     with folder_lock(Path(folder)):
    ...         pass
    Traceback (most recent call last):
        ...
    cairn.support.folder_lock.FolderInUse: ... is in use by process ...
    """
    path = folder / f"{PREFIX}{part}"
    with contextlib.ExitStack() as stack:
        own = stack.enter_context(_locked(path))
        if own is None:
            raise FolderInUse(_message(folder, path))
        with contextlib.suppress(OSError):  # a full disk, which others need no description of
            own.write(json.dumps(_about(command)).encode())
        for other in sorted(folder.glob(f"{PREFIX}*")):
            if other != path and overlaps(other.name.removeprefix(PREFIX)):
                with _locked(other) as stale:
                    if stale is None:
                        raise FolderInUse(_message(folder, other))
        yield


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[Any]:
    """A file that is open and locked, and removed at the end; None if another process has locked it."""
    with contextlib.ExitStack() as stack:
        while True:
            file = stack.enter_context(open(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b", buffering=0))
            if not _lock(file.fileno()):
                yield None
                return
            if _is_at(path, file.fileno()):  # not removed by the process that had it before
                break
        file.truncate(0)
        try:
            yield file
        finally:
            with contextlib.suppress(OSError):
                path.unlink()


def _lock(descriptor: int) -> bool:
    """Lock a file; whether that succeeded, or there are no locks here."""
    try:
        import fcntl
    except ImportError:  # Windows
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as problem:
        return problem.errno not in _BUSY
    return True


def _is_at(path: Path, descriptor: int) -> bool:
    with contextlib.suppress(OSError):
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    return False


def _about(command: str) -> dict[str, Any]:
    started = dt.datetime.now().astimezone().isoformat(sep=" ", timespec="minutes")
    return {"process": os.getpid(), "host": platform.node(), "started": started, "command": command or sys.argv[0]}


def _message(folder: Path, path: Path) -> str:
    """Which run is in the folder, as far as its file tells."""
    who = "another run"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        about = json.loads(read_regular(path, 100_000))
        who = f"process {about['process']} on {about['host']} since {about['started']}: {about['command']}"
    return f"{folder} is in use by {one_line(who, 300)}; wait until it ends, or choose another folder"
