"""What a result was made with: version, commit, and a digest of the code and data that results depend on."""

from __future__ import annotations

import functools
import hashlib
import io
import subprocess
import tokenize
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

SCIENCE = (
    "model.py",
    "agents.py",
    "core/*.py",
    "rules/*.py",
    "step/*.py",
    "events/*.py",
    "record/*.py",
    "data/*.csv",
    "data/fitted/posterior.csv",
)
_LAYOUT = frozenset((tokenize.ENCODING, tokenize.COMMENT, tokenize.NL, tokenize.ENDMARKER))


@functools.cache
def package_version() -> str:
    """Version of the installed package."""
    try:
        return version("cairn-central-asia")
    except PackageNotFoundError:
        return "not installed"


@functools.cache
def commit() -> str:
    """Git commit of the checkout that the package runs from; ``+`` at its end means uncommitted changes.

    Returns
    -------
    str
        Twelve hexadecimal digits, or ``none`` outside a checkout.
    """
    here = Path(__file__).resolve().parent
    try:
        result = subprocess.run(
            ["git", "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*"],
            cwd=here,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return "none"
    return result.stdout.strip() or "none"


@functools.cache
def code_digest(*more: str, package: Path | None = None) -> str:
    """Digest of the code and data that results depend on.

    Comments, docstrings, blank lines and line endings do not change it, so that rewording the science leaves
    checkpoints and unfinished sweeps valid. It is the same on all supported versions of Python.

    Parameters
    ----------
    *more : patterns of further files below the package, in addition to `SCIENCE`
    package : folder of the package; default: the one that is running

    Returns
    -------
    str
        The first 16 hexadecimal digits of a SHA-256.
    """
    root = package or Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for pattern in (*SCIENCE, *more):
        for file in sorted(root.glob(pattern)):
            if file.suffix == ".npz":
                digest.update(f"{file.relative_to(root).as_posix()} ".encode() + file.read_bytes())
                continue
            text = file.read_text(encoding="utf-8")  # universal newlines: CRLF is read as LF
            content = "\0".join(code_tokens(text)) if file.suffix == ".py" else text
            digest.update(f"{file.relative_to(root).as_posix()} {len(content)}\n{content}".encode())
    return digest.hexdigest()[:16]


def code_tokens(source: str) -> Iterator[str]:
    r"""The tokens of Python source that can change what it computes.

    Parameters
    ----------
    source : text of a module, lines ended by a line feed

    Yields
    ------
    str
        Tokens without comments, blank lines and docstrings. A docstring is a logical line of strings alone. An
        f-string is one token, since versions of Python differ in how they split it.

    Examples
    --------
    >>> list(code_tokens('x = 1  # one\n"A docstring."\n\nprint(f"{x}")\n'))
    ['x', '=', '1', '\n', 'print', '(', 'f"{x}"', ')', '\n']
    """
    line: list[str] = []
    only_strings = True
    for kind, text in _whole_strings(source):
        if kind in _LAYOUT:
            continue
        if kind in (tokenize.INDENT, tokenize.DEDENT):
            yield tokenize.tok_name[kind]
        elif kind == tokenize.NEWLINE:
            if not only_strings:
                yield from (*line, "\n")
            line, only_strings = [], True
        else:
            line.append(text)
            only_strings = only_strings and kind == tokenize.STRING


def _whole_strings(source: str) -> Iterator[tuple[int, str]]:
    """Kind and text of each token, an f-string as one token of the kind FSTRING_START."""
    lines = list(io.StringIO(source))
    depth, start = 0, (0, 0)
    for token in tokenize.generate_tokens(iter(lines).__next__):
        if token.type == tokenize.FSTRING_START:
            start = start if depth else token.start
            depth += 1
        elif token.type == tokenize.FSTRING_END:
            depth -= 1
            if not depth:
                yield tokenize.FSTRING_START, _between(lines, start, token.end)
        elif not depth:
            yield token.type, token.string


def _between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    """The text from one place to another, each a line counted from 1 and a column."""
    (first, left), (last, right) = start, end
    if first == last:
        return lines[first - 1][left:right]
    return "".join([lines[first - 1][left:], *lines[first : last - 1], lines[last - 1][:right]])
