"""Numbers into sentences that claim no more than the numbers do.

An effect is clear when the interval that holds 90 % of worlds leaves out zero. All else is told as what it is: no clear
effect, as good as the same, or the same in every world.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from cairn.ensemble.comparison import Effect

LESS, MORE = "lower", "higher"
MORE_DIGITS = 1  # that a small effect may take on top of the outcome's own
MOST = 0.8  # share of worlds from which on it is said which way they go, though the interval holds zero


@dataclasses.dataclass(frozen=True)
class Shift:
    """A paired difference over members: the effect, and in which share of them it goes down or up.

    lower, higher : shares of members; after : median in the second scenario
    """

    effect: Effect
    lower: float
    higher: float
    after: float
    members: int

    @staticmethod
    def of(first: np.ndarray, second: np.ndarray) -> Shift:
        """Going from the first to the second, (M,) each."""
        paired = second - first
        shares = float((paired < 0).mean()), float((paired > 0).mean())
        return Shift(Effect.of(first, second), *shares, float(np.median(second)), paired.size)

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.effect.low > 0 or self.effect.high < 0

    @property
    def nowhere(self) -> bool:
        """Whether no world differs."""
        return self.lower == self.higher == 0


def full(subject: str, shift: Shift, digits: int, unit: str, when: str) -> str:
    """One sentence on an effect.

    >>> shift = Shift.of(np.full(20, 0.5), 0.5 - np.linspace(0.04, 0.26, 20))
    >>> full("the index", shift, 2, "", "By 2040")
    'By 2040 the index is 0.15 lower (90 % of worlds: 0.25 to 0.05 lower; lower in all worlds): median 0.35, not 0.50.'
    """
    head = f"{_capital(when)} {subject} is"
    if shift.nowhere:
        return f"{head} the same in every world."
    d = decimals(shift, digits)
    if shift.members == 1:
        return f"{head} {size(shift, d, unit)} in this one world."
    if trifling(shift, digits):
        within = f"{0.5 * 10**-digits:.{digits + 1}f}{_unit(unit)}"
        return f"{head} as good as the same: 90 % of worlds differ by less than {within}."
    interval = f"90 % of worlds: {span(shift, d)}"
    held = f"{direction(shift)} in {worlds(agree(shift))}"
    if shift.clear:
        levels = f"median {shift.after:.{d}f}, not {shift.effect.before:.{d}f}"
        return f"{head} {size(shift, d, unit)} ({interval}; {held}): {levels}."
    if abs(shift.effect.median) < 0.5 * 10**-d:
        return f"{head} {shares(shift)} ({interval})."
    told = f"median {size(shift, d, unit)}; {interval}"
    if agree(shift) >= MOST:
        return f"{head} {held}, but the interval holds zero ({told})."
    return f"No clear effect on {subject} {_small(when)}: the interval holds zero ({told}; {held})."


def brief(shift: Shift, digits: int, unit: str) -> str:
    """A clear effect in the fewest words: how much, and where 90 % of worlds lie."""
    d = decimals(shift, digits)
    interval = f" ({span(shift, d)})" if shift.members > 1 else ""
    return f"{size(shift, d, unit)}{interval}"


def size(shift: Shift, digits: int, unit: str) -> str:
    """The median difference with its direction."""
    amount = f"{abs(shift.effect.median):.{digits}f}"
    return f"{amount}{_unit(unit)} {direction(shift)}"


def span(shift: Shift, digits: int) -> str:
    """The interval in words, the larger effect first.

    >>> two = Shift.of(np.zeros(3), np.array([-1.0, 0.2, 2.0]))
    >>> span(two, 1)
    '0.9 lower to 1.8 higher'
    """
    low, high = shift.effect.low, shift.effect.high
    down, up = (f"{_edge(edge, digits)}" for edge in (low, high))
    if low < 0 < high:
        return f"{down} {LESS} to {up} {MORE}"
    return f"{down} to {up} {LESS}" if low < 0 else f"{up} to {down} {MORE}"


def _edge(value: float, digits: int) -> str:
    text = f"{abs(value):.{digits}f}"
    if value == 0:
        return "0"
    return text if float(text) else f"under {10**-digits:.{digits}f}"


def trifling(shift: Shift, digits: int) -> bool:
    """Whether the whole interval rounds to nothing at the decimals in which the outcome is shown."""
    return max(abs(shift.effect.low), abs(shift.effect.high)) < 0.5 * 10**-digits


def small(shift: Shift, digits: int) -> bool:
    """Whether the median rounds to nothing at the decimals in which the outcome is shown."""
    return abs(shift.effect.median) < 0.5 * 10**-digits


def worlds(share: float) -> str:
    """A share of worlds in words."""
    return "all worlds" if share == 1 else f"{percent(share)} of worlds"


def shares(shift: Shift) -> str:
    """In how many worlds it is the same, and in how many not."""
    same = 1 - shift.lower - shift.higher
    parts = [f"the same in {percent(same)} of worlds"] if same > 0 else []
    for share, word in sorted(((shift.lower, LESS), (shift.higher, MORE)), reverse=True):
        if share > 0:
            parts.append(f"{word} in {percent(share)}" + ("" if parts else " of worlds"))
    return listed(parts)


def direction(shift: Shift) -> str:
    """Which way the median goes."""
    return LESS if shift.effect.median < 0 else MORE


def agree(shift: Shift) -> float:
    """Share of worlds that go the way of the median."""
    return shift.lower if shift.effect.median < 0 else shift.higher


def decimals(shift: Shift, digits: int) -> int:
    """Decimals that keep two figures of a small effect; counts have none.

    >>> decimals(Shift.of(np.zeros(3), np.full(3, 0.013)), 2)
    3
    """
    e = shift.effect
    value = abs(e.median) or max(abs(e.low), abs(e.high))
    if digits == 0 or value == 0:
        return digits
    return next((d for d in range(digits, digits + MORE_DIGITS) if value >= 9.95 * 10**-d), digits + MORE_DIGITS)


def percent(share: float) -> str:
    """A share as people write it; what is not all is never 100 %.

    >>> percent(0.964), percent(0.999), percent(0.001)
    ('96 %', '99 %', '1 %')
    """
    whole = round(100 * share)
    return f"{min(max(whole, 1 if share > 0 else 0), 100 if share == 1 else 99)} %"


def listed(texts: Sequence[str]) -> str:
    """Texts with commas and an "and".

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def _unit(unit: str) -> str:
    return f" {unit.replace('km3', 'km³')}" if unit else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]
