"""Tables for a terminal: columns as wide as their widest cell."""

from collections.abc import Sequence


def text_table(
    rows: Sequence[Sequence[str]], *, header: Sequence[str] = (), align: str = "", gap: int = 2, indent: int = 0
) -> str:
    """Lay out rows of text in columns.

    Parameters
    ----------
    rows : cells as text; a row may be shorter than the others
    header : names of the columns, with a rule of dashes below them
    align : one letter per column, ``<`` left or ``>`` right; the last letter holds for all further columns.
        Default: the first column left, all others right
    gap : spaces between columns
    indent : spaces before each line

    Returns
    -------
    str
        Lines joined by line feeds, without trailing spaces.

    Examples
    --------
    >>> print(text_table([["trust", "0.41"], ["openness", "0.5"]], header=["outcome", "2024"]))
    outcome   2024
    --------------
    trust     0.41
    openness   0.5
    """
    align = align or "<>"
    lines = [header, *rows] if header else list(rows)
    count = max((len(line) for line in lines), default=0)
    widths = [max(len(line[k]) for line in lines if len(line) > k) for k in range(count)]
    sides = [align[min(k, len(align) - 1)] for k in range(count)]

    def laid_out(line: Sequence[str]) -> str:
        cells = (f"{cell:{side}{width}}" for cell, side, width in zip(line, sides, widths, strict=False))
        return (" " * indent + (" " * gap).join(cells)).rstrip()

    made = [laid_out(line) for line in lines]
    if header:
        made.insert(1, " " * indent + "-" * (sum(widths) + gap * (count - 1)))
    return "\n".join(made)
