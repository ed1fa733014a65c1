"""Numbers as sentences that claim no more than the numbers do.

An effect is called clear if its 90 % interval over members excludes zero. Everything else is reported as what it is:
no clear effect, practically unchanged, or the same in every member.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from cairn.ensemble.effect import Effect
from cairn.support.monte_carlo import meaningful_decimals, rounded

LESS, MORE = "lower", "higher"
EXTRA_DIGITS = 1  # decimals that a small effect has in addition to those of its outcome
MOST_TIMES = 20  # a difference that is more often as large as the level before is not given in percent of it
MOSTLY = 0.8  # share of members from which the direction is reported although the interval includes zero


@dataclasses.dataclass(frozen=True)
class PairedDifference:
    """A paired difference over members: the effect, and the shares of members in which it is negative and positive.

    Parameters
    ----------
    effect : median, interval and mean of the difference
    lower, higher : shares of members
    after, mean_after : median and mean of the outcome in the second scenario
    members : number of members
    """

    effect: Effect
    lower: float
    higher: float
    after: float
    members: int
    mean_after: float = float("nan")

    @staticmethod
    def of(first: np.ndarray, second: np.ndarray) -> PairedDifference:
        """The difference of the second from the first, (M,) each."""
        paired = second - first
        shares = float((paired < 0).mean()), float((paired > 0).mean())
        return PairedDifference(
            Effect.of(first, second), *shares, float(np.median(second)), paired.size, float(second.mean())
        )

    @property
    def clear(self) -> bool:
        """Whether the interval excludes zero."""
        return self.effect.low > 0 or self.effect.high < 0

    @property
    def is_zero(self) -> bool:
        """Whether no member differs."""
        return self.lower == self.higher == 0


def effect_sentence(subject: str, difference: PairedDifference, digits: int, unit: str, when: str) -> str:
    """One sentence on an effect.

    Parameters
    ----------
    subject : the outcome, as in a sentence
    difference : the effect on it
    digits, unit : decimals and unit of the outcome
    when : the year or the years, as in a sentence

    Examples
    --------
    >>> difference = PairedDifference.of(np.full(20, 0.5), 0.5 - np.linspace(0.04, 0.26, 20))
    >>> print(effect_sentence("the index", difference, 2, "", "By 2040").replace(": the", ":\\n the"))
    By 2040 the index is 0.15 (30 %) lower (90 % of members: 0.05 to 0.25 lower; lower in all members):
     the median is 0.35 instead of 0.50.
    """
    head = f"{_upper_first(when)} {subject} is"
    if difference.is_zero:
        return f"{head} the same in every member."
    d = decimals(difference, digits)
    if difference.members == 1:
        return f"{head} {amount(difference, d, unit)} in this single member."
    if interval_is_negligible(difference, digits):
        bound = f"{0.5 * 10**-digits:.{digits + 1}f}{with_space(unit)}"
        return f"{head} practically unchanged: 90 % of members differ by less than {bound}."
    interval = f"90 % of members: {interval_words(difference, d)}"
    agreeing = f"{direction(difference)} in {members_text(agreement(difference))}"
    if difference.clear:
        levels = f"the median is {levels_words(difference, d, unit)}"
        relative = percent_of_before(difference)
        size = amount(difference, d, unit, f" ({relative})" if relative else "")
        return f"{head} {size} ({interval}; {agreeing}): {levels}."
    if abs(difference.effect.median) < 0.5 * 10**-d:
        return f"{head} {shares_text(difference)} ({interval})."
    median = f"median {amount(difference, d, unit)}; {interval}"
    if agreement(difference) >= MOSTLY:
        return f"{head} {agreeing}, but the interval includes zero ({median})."
    return f"No clear effect on {subject} {_lower_first(when)}: the interval includes zero ({median}; {agreeing})."


def short_effect(difference: PairedDifference, digits: int, unit: str) -> str:
    """A clear effect in few words: the median and the 90 % interval."""
    d = decimals(difference, digits)
    interval = f" ({interval_words(difference, d)})" if difference.members > 1 else ""
    return f"{amount(difference, d, unit)}{interval}"


def amount(difference: PairedDifference, digits: int, unit: str, relative: str = "") -> str:
    """The median difference with its direction; `relative` follows the unit."""
    return f"{_bound(difference.effect.median, digits)}{with_space(unit)}{relative} {direction(difference)}"


def levels_words(difference: PairedDifference, digits: int, unit: str) -> str:
    """The level with the change instead of the level without it; of percentage points the levels are percentages.

    >>> levels_words(PairedDifference.of(np.full(3, 25.0), np.full(3, 61.0)), 0, "points")
    '61 % instead of 25 %'
    """
    after, before = (rounded(level, digits) for level in (difference.after, difference.effect.before))
    shown = " %" if unit == "points" else ""
    return f"{after}{shown} instead of {before}{shown}"


def percent_of_before(difference: PairedDifference) -> str:
    """The median difference in percent of the level without the change; empty where that level is about zero."""
    before, noise = abs(difference.effect.before), difference.effect.median_error
    spread = abs(difference.effect.median) / MOST_TIMES
    if before == 0 or before < spread:
        return ""
    share = 100 * difference.effect.median / before
    return f"{_bound(share, meaningful_decimals(100 * noise / before, 0))} %" if share else ""


def interval_words(difference: PairedDifference, digits: int) -> str:
    """The interval in words, the smaller amount first; from lower to higher where it includes zero.

    >>> interval_words(PairedDifference.of(np.zeros(3), np.array([-1.0, 0.2, 2.0])), 1)
    '0.9 lower to 1.8 higher'
    """
    low, high = difference.effect.low, difference.effect.high
    down, up = (f"{_bound(bound, digits)}" for bound in (low, high))
    if low < 0 < high:
        return f"{down} {LESS} to {up} {MORE}"
    small, large, word = (up, down, LESS) if low < 0 else (down, up, MORE)
    return f"{small} {word}" if small == large else f"{small} to {large} {word}"


def _bound(value: float, digits: int) -> str:
    text = rounded(abs(value), digits)
    if value == 0:
        return "0"
    return text if float(text) else f"below {10.0**-digits:.{max(digits, 0)}f}"


def interval_is_negligible(difference: PairedDifference, digits: int) -> bool:
    """Whether the whole interval rounds to zero at the decimals of the outcome."""
    return max(abs(difference.effect.low), abs(difference.effect.high)) < 0.5 * 10**-digits


def median_is_negligible(difference: PairedDifference, digits: int) -> bool:
    """Whether the median rounds to zero at the decimals of the outcome."""
    return abs(difference.effect.median) < 0.5 * 10**-digits


def members_text(share: float) -> str:
    """A share of members as text."""
    return "all members" if share == 1 else f"{percent(share)} of members"


def shares_text(difference: PairedDifference) -> str:
    """In which shares of members the outcome is the same, lower and higher."""
    same = 1 - difference.lower - difference.higher
    parts = [f"the same in {percent(same)} of members"] if same > 0 else []
    for share, word in sorted(((difference.lower, LESS), (difference.higher, MORE)), reverse=True):
        if share > 0:
            parts.append(f"{word} in {percent(share)}" + ("" if parts else " of members"))
    return listed(parts)


def direction(difference: PairedDifference) -> str:
    """The direction of the median: lower or higher."""
    return LESS if difference.effect.median < 0 else MORE


def agreement(difference: PairedDifference) -> float:
    """Share of members that differ in the direction of the median."""
    return difference.lower if difference.effect.median < 0 else difference.higher


def decimals(difference: PairedDifference, digits: int) -> int:
    """Decimals with which a small effect has two significant digits, as far as its Monte Carlo error allows.

    Counts have none.

    >>> decimals(PairedDifference.of(np.zeros(3), np.full(3, 0.013)), 2)
    3
    """
    e = difference.effect
    value = abs(e.median) or max(abs(e.low), abs(e.high))
    if digits > 0 and value > 0:
        more = range(digits, digits + EXTRA_DIGITS)
        digits = next((d for d in more if value >= 9.95 * 10**-d), digits + EXTRA_DIGITS)
    return meaningful_decimals(e.median_error, digits)


def percent(share: float) -> str:
    """A share in per cent; 100 % and 0 % are only used where they are exact.

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


def with_space(unit: str) -> str:
    """A unit as it follows a figure.

    >>> with_space("km3"), with_space("")
    (' km³', '')
    """
    return f" {unit.replace('km3', 'km³')}" if unit else ""


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
