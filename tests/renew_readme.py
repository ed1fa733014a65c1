"""The example outputs in README.md: `python -m tests.renew_readme` runs their commands again and stores the output.

An example is a block of text below a line `<!-- example: COMMAND | TEXT | N -->`: N lines of the output of COMMAND,
from the first that contains TEXT; with `*` in place of N, the lines up to the next empty one. Look at the difference
before you commit it, and at the sentences around it.
"""

import contextlib
import functools
import io
import itertools
import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from cairn.cli.main import main as run_command

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
WIDTH = "120"  # columns of the terminal
EXAMPLE = re.compile(r"(<!-- example: (.+?) \| (.+?) \| (\d+|\*) -->\n```text\n)(.*?)(```\n<!-- end -->)", re.DOTALL)


@functools.cache
def folder_of(command: str) -> Path:
    """The folder into which a command wrote its results; it is removed when Python ends."""
    folder = tempfile.TemporaryDirectory(prefix="readme-")
    _KEPT.append(folder)
    return Path(folder.name)


_KEPT: list[tempfile.TemporaryDirectory] = []


@functools.cache
def output(command: str) -> str:
    """What a command prints in a terminal of `WIDTH` columns."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text), mock.patch.dict(os.environ, {"COLUMNS": WIDTH}):
        code = run_command([*shlex.split(command), "--out", str(folder_of(command))])
    assert code == 0, command
    return text.getvalue()


def excerpt(command: str, start: str, count: str) -> str:
    """Some lines of what a command prints, from the first that contains a text, or all up to an empty line."""
    lines = output(command).splitlines()
    first = next((k for k, line in enumerate(lines) if start in line), None)
    if first is None:
        raise ValueError(f"no line of `{command}` contains {start!r}")
    shown = itertools.takewhile(bool, lines[first:]) if count == "*" else lines[first : first + int(count)]
    return "".join(f"{line}\n" for line in shown)


def examples(text: str) -> Iterator[tuple[str, str, str]]:
    """Command, stored lines and fresh lines of each example in a text."""
    for match in EXAMPLE.finditer(text):
        yield match[2], match[5], excerpt(match[2], match[3], match[4])


def renewed(text: str) -> str:
    """A text with fresh lines in its examples."""
    return EXAMPLE.sub(lambda match: match[1] + excerpt(match[2], match[3], match[4]) + match[6], text)


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"wrote {README}")
