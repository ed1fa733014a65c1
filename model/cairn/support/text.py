"""Text that strangers wrote, made safe and short before anyone is told of it."""

from __future__ import annotations

import unicodedata

LONGEST_LINE = 1000
_OBEYED = frozenset(("Cc", "Cs", "Zl", "Zp"))  # kinds of character: controls, halves of one, line and paragraph ends


def plain(text: str, most: int = LONGEST_LINE) -> str:
    r"""One line of letters that can be seen, for a message; of a long one the beginning and the end.

    >>> plain("red \x1b[31m, two\nlines, half \ud800")
    'red \\x1b[31m, two\\nlines, half \\ud800'
    >>> plain("a" * 1_000_000 + ": no such key", 40)
    'aaaaaaaaaaaaaaaaaa ... aaaa: no such key'
    """
    if len(text) > most:
        end = (most - 5) // 2
        text = f"{text[: most - 5 - end]} ... {text[-end:]}"
    if not text.isprintable():
        escaped = (one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)
        return plain("".join(escaped), most)
    return text


def harmless(text: str) -> str:
    """The same text, if no letter in it is a command to a terminal; line breaks and tabs may be.

    Raises
    ------
    ValueError that names the character
    """
    for one in "" if text.isprintable() else text:
        if unicodedata.category(one) in _OBEYED and one not in "\n\t":
            raise ValueError(f"the character {plain(one)} cannot be shown; take it out")
    return text
