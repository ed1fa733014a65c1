"""What is bad input, and how every command ends: exit codes, and one message in place of a traceback."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator

from cairn.support.atomic_write import OutputError
from cairn.support.errors import InputError, WorkersLost
from cairn.support.text import one_line, printable

NO_MEMORY = ("failed to map segment", "cannot allocate memory", "Cannot allocate memory")  # of the system's loader
UNREADABLE = "synchronously read data"  # of the library that reads NetCDF files, without the name of the file
OK, BAD_INPUT, PARTLY_FAILED, INTERRUPTED = 0, 2, 3, 130


@contextlib.contextmanager
def as_bad_input(*errors: type[Exception]) -> Iterator[None]:
    """Errors of these types, raised in the block, are bad input: their message is all that a user needs."""
    try:
        yield
    except errors as problem:
        raise InputError(str(problem)) from None


def exit_code(command: Callable[[], int]) -> int:
    """Run a command and return its exit code.

    Parameters
    ----------
    command : does the work; returns 0, or 3 if a part of the work failed

    Returns
    -------
    int
        What `command` returns; 2 after an `InputError` or `OutputError`, for want of memory, and for a file or an
        output that cannot be read or written; 3 after `WorkersLost`; their message goes to standard error; 130 if
        interrupted.
    """
    try:
        code = command()
        sys.stdout.flush()  # so that a full disk is found here
        return code
    except (InputError, OutputError) as problem:
        print(printable(str(problem)), file=sys.stderr)
        return BAD_INPUT
    except WorkersLost as problem:
        print(problem, file=sys.stderr)
        return PARTLY_FAILED
    except MemoryError as problem:
        detail = f" ({one_line(str(problem), 200)})" if str(problem) else ""
        print(f"there is too little memory for this{detail}; take fewer --members, or --jobs 1", file=sys.stderr)
        return BAD_INPUT
    except ImportError as problem:
        if not any(reason in str(problem) for reason in NO_MEMORY):
            raise
        print("there is too little memory to load the program (ulimit -v); it needs about 1.1 GB", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("interrupted; complete files stay, no file is left half-written", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # as when the output goes to `head`
        _discard_output()
        return OK
    except OSError as problem:
        if UNREADABLE in str(problem):
            print(
                "stored results cannot be read back: there is too little memory, or the file is damaged",
                file=sys.stderr,
            )
            return BAD_INPUT
        if not problem.filename:
            _discard_output()
        what = f"{problem.filename}: " if problem.filename else "cannot write the output: "
        print(one_line(f"{what}{problem.strerror or problem}", 500), file=sys.stderr)
        return BAD_INPUT


def _discard_output() -> None:
    """Let what is still to be printed go nowhere, so that the end of the process does not fail over it."""
    with contextlib.suppress(OSError, ValueError):  # standard output that is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
