"""Text that other people wrote, made safe and short before it is shown on a terminal or a page."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable

MAX_LENGTH = 1000  # characters of one line of a message
_CONTROL = frozenset(("Cc", "Cs", "Zl", "Zp"))  # Unicode categories: controls, surrogates, line and paragraph ends
_BIDI = frozenset(("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"))  # they reorder the text around them


def one_line(text: str, max_length: int = MAX_LENGTH) -> str:
    r"""A text as one printable line: control characters are escaped, the middle of a long text is left out.

    Parameters
    ----------
    text : any text
    max_length : most characters of the result

    Examples
    --------
    >>> one_line("red \x1b[31m, two\nlines, half \ud800")
    'red \\x1b[31m, two\\nlines, half \\ud800'
    >>> one_line("a" * 1_000_000 + ": no such key", 40)
    'aaaaaaaaaaaaaaaaaa ... aaaa: no such key'
    """
    if len(text) > max_length:
        end = (max_length - 5) // 2
        text = f"{text[: max_length - 5 - end]} ... {text[-end:]}"
    if not text.isprintable():
        escaped = (char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)
        return one_line("".join(escaped), max_length)
    return text


def printable(text: str) -> str:
    r"""A text of one or more lines in which all control characters but line feeds are escaped.

    >>> printable("no results in \x1b[31m\nor elsewhere")
    'no results in \\x1b[31m\nor elsewhere'
    """
    return "\n".join(one_line(line, max(len(line), MAX_LENGTH)) for line in text.split("\n"))


def check_printable(text: str) -> str:
    """Return the text if it contains no control character other than line feeds and tabs, and none that reorders it.

    Raises
    ------
    ValueError
        Names the first control character.
    """
    for char in "" if text.isprintable() else text:
        if (unicodedata.category(char) in _CONTROL and char not in "\n\t") or unicodedata.bidirectional(char) in _BIDI:
            raise ValueError(f"the character {one_line(char)} cannot be shown; remove it")
    return text


def suggest(name: object, names: Iterable[object]) -> str:
    """The nearest existing spelling, to be added to a message; empty when none is close.

    >>> suggest("trust_gian", ["trust_gain", "trust_reset"])
    "; did you mean 'trust_gain'?"
    """
    close = difflib.get_close_matches(str(name)[:80], [str(n) for n in names], n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
