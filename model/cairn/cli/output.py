"""What commands have in common when they write: the folder, the progress bar, the JSON document."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any

from cairn.support.atomic_write import remove_left
from cairn.support.errors import InputError
from cairn.support.folder_lock import folder_lock
from cairn.support.text import one_line

TEXT_WIDTH, MANY_COLUMNS = 100, 1000


def writable_folder(folder: Path) -> Path:
    """Create a folder if needed and return it.

    Raises
    ------
    InputError
        If the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as problem:
        reason = problem.strerror or problem
        name = one_line(str(folder), 300)
        raise InputError(f"cannot write to {name}: {reason}; choose another folder with --out") from None
    return folder


_OWN_FOLDERS = contextlib.ExitStack()


def own_folder(folder: Path) -> Path:
    """Create a folder if needed, keep other runs out of it until the command ends, and return it.

    What a killed run left half-written is removed.

    Raises
    ------
    InputError
        If the folder cannot be written to, or another run writes to it.
    """
    command = one_line(" ".join(["run.py", *sys.argv[1:]]))
    _OWN_FOLDERS.enter_context(folder_lock(writable_folder(folder), command=command))
    remove_left(folder)
    return folder


def release_folders() -> None:
    """Let other runs into the folders of the command that has ended."""
    _OWN_FOLDERS.close()


def progress_bar(total: int, description: str, *, hidden: bool, unit: str = "") -> Any:
    """A tqdm bar that shows the share done, the time left and the time at which the work will end.

    Parameters
    ----------
    total : amount of work
    description : what is being done
    hidden : whether to show nothing; without it the bar is shown on a terminal only
    unit : if given, the bar also shows how many of them are done per second

    Returns
    -------
    tqdm.tqdm
        Use it in a `with` block and report work done with its method `update`.
    """
    from tqdm import tqdm

    rate = "{rate_noinv_fmt}, " if unit else ""
    return tqdm(
        total=total,
        desc=description,
        unit=f" {unit}",
        bar_format="{desc} {percentage:3.0f}% |{bar}| " + rate + "{remaining} left, ends {eta:%H:%M:%S}",
        disable=True if hidden else None,  # None: only on a terminal
        leave=False,
        delay=0.3,
        smoothing=0,
    )


def provenance(members: int, seed: int, parameters: str) -> dict[str, Any]:
    """What the JSON document of every simulation says about how it was made."""
    from cairn.ensemble.own_code import provenance_of
    from cairn.support.provenance import commit, package_version

    return {
        "members": members,
        "seed": seed,
        "parameters": parameters,
        "version": package_version(),
        "commit": commit(),
        **provenance_of(),
    }


def print_json(document: Any) -> None:
    """Print a document as JSON on standard output."""
    print(json.dumps(document, indent=1, default=str))


def print_files(files: list[Path]) -> None:
    """Say which files were written."""
    print_filled(f"Written: {', '.join(one_line(str(file)) for file in files)}")


def terminal_width() -> int:
    """Columns of the terminal; many where the output goes to a file or another program."""
    return shutil.get_terminal_size((MANY_COLUMNS, 24)).columns


def print_filled(text: str, first: str = "") -> None:
    """Print a paragraph in lines that fit the terminal and are not too long to read.

    Parameters
    ----------
    text : the paragraph
    first : what its first line begins with, such as a bullet; the other lines are indented as far
    """
    width = min(terminal_width(), TEXT_WIDTH)
    kept = text.replace(" %", "\u00a0%")  # a number stays with its sign
    filled = textwrap.fill(kept, width, initial_indent=first, subsequent_indent=" " * len(first),
                           break_long_words=False, break_on_hyphens=False)  # fmt: skip
    print(filled.replace("\u00a0", " "))
