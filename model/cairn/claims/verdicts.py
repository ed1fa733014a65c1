"""From results to verdicts: rules that can come out each way, fixed before any test was run.

An effect is a sample of paired differences, one for each world, (M,). The middle nine tenths of worlds decide:
whether they leave out zero, and whether they reach the smallest effect worth the name.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping, Sequence

import numpy as np

from cairn.support.quantiles import HIGH, LOW

SURE = 0.95  # share of worlds, one way: what an interval of nine tenths leaves out
LIKELY = 0.8  # share of worlds of one sign from which on an unsure effect counts as a part; Assumed
NINE_TENTHS = 1.645  # standard errors on either side of a mean
NARROWED = 0.1  # shrinkage from which on the record says something of a number; Assumed
AS_MUCH = 0.5  # share of an effect that a placebo may have; Assumed


class Verdict(enum.StrEnum):
    """What a test says of a claim."""

    SUPPORTED = "supported"
    PARTLY = "partly"
    CONTRADICTED = "contradicted"
    NOT_IDENTIFIED = "not identified"
    NOT_TESTABLE = "not testable"


Ruling = tuple[Verdict, str]


def by_effect(effect: np.ndarray, sign: float = 1.0, least: float = 0.0) -> Ruling:
    """An effect in the sign that the claim expects, or against it, or none worth the name.

    >>> by_effect(np.linspace(0.03, 0.09, 99), 1, 0.02)[0]
    <Verdict.SUPPORTED: 'supported'>
    """
    towards = sign * np.asarray(effect, float)
    low, middle, high = np.quantile(towards, (LOW, 0.5, HIGH))
    same = float((towards > 0).mean())
    if low > 0 and middle >= least:
        return Verdict.SUPPORTED, "the interval leaves out zero on the claim's side"
    if high < 0 and -middle >= least:
        return Verdict.CONTRADICTED, "the interval leaves out zero on the other side"
    if low > 0:
        return Verdict.PARTLY, "sure in sign, but smaller than the smallest effect worth the name"
    if high < 0:
        return Verdict.CONTRADICTED, "small, and sure to be on the other side"
    if low >= -least and high <= least:
        return Verdict.CONTRADICTED, "no effect worth the name: the interval lies within the smallest that is"
    if middle >= least and same >= LIKELY:
        return Verdict.PARTLY, f"likely but not sure: {same:.0%} of worlds have the claim's sign"
    return Verdict.NOT_IDENTIFIED, "the interval holds both zero and effects worth the name"


def mean_within(effect: np.ndarray) -> tuple[float, float]:
    """The interval that holds the mean in nine cases of ten, by its standard error.

    >>> mean_within(np.ones(9))
    (1.0, 1.0)
    """
    effect = np.asarray(effect, float)
    error = effect.std(ddof=1) / np.sqrt(effect.size) if effect.size > 1 else 0.0
    return float(effect.mean() - NINE_TENTHS * error), float(effect.mean() + NINE_TENTHS * error)


def by_mean(effect: np.ndarray, sign: float = 1.0, least: float = 0.0) -> Ruling:
    """As `by_effect`, for what worlds only do or do not: the mean over worlds is the effect on its chance."""
    low, high = sorted(sign * end for end in mean_within(effect))
    middle = sign * float(np.mean(effect))
    if low > 0 and middle >= least:
        return Verdict.SUPPORTED, "the mean over worlds is beyond its error on the claim's side"
    if high < 0:
        return Verdict.CONTRADICTED, "the mean over worlds is beyond its error on the other side"
    if low > 0:
        return Verdict.PARTLY, "sure in sign, but smaller than the smallest effect worth the name"
    if -least <= low and high <= least:
        return Verdict.CONTRADICTED, "no effect worth the name: the mean lies within the smallest that is"
    return Verdict.NOT_IDENTIFIED, "the mean over worlds is within its error"


def by_lead(lead: np.ndarray) -> Ruling:
    """Whether one thing stands above all others: its lead over the largest of them in each world."""
    ahead = float((np.asarray(lead) > 0).mean())
    if ahead >= SURE:
        return Verdict.SUPPORTED, f"first in {ahead:.0%} of worlds"
    if ahead <= 1 - SURE:
        return Verdict.CONTRADICTED, f"another comes first in {1 - ahead:.0%} of worlds"
    if ahead >= LIKELY:
        return Verdict.PARTLY, f"first in {ahead:.0%} of worlds, not in all but a twentieth"
    return Verdict.NOT_IDENTIFIED, f"first in {ahead:.0%} of worlds"


def by_band(claimed: float, worlds: np.ndarray) -> Ruling:
    """A claimed figure against the band of nine tenths of worlds."""
    low, high = np.quantile(worlds, (LOW, HIGH))
    where = f"the band is {low:.3g} to {high:.3g}"
    if low <= claimed <= high:
        return Verdict.SUPPORTED, f"{claimed:.3g} lies within what worlds show; {where}"
    return Verdict.CONTRADICTED, f"{claimed:.3g} lies outside what worlds show; {where}"


def by_ratio(ratio: np.ndarray, much: float, little: float) -> Ruling:
    """A ratio against a bound above which the claim holds and one below which it does not."""
    low, high = np.quantile(ratio, (LOW, HIGH))
    if low >= much:
        return Verdict.SUPPORTED, f"above {much:g} in all but a twentieth of worlds"
    if high < little:
        return Verdict.CONTRADICTED, f"below {little:g} in all but a twentieth of worlds"
    if low >= little:
        return Verdict.PARTLY, f"above {little:g}, not sure to be above {much:g}"
    return Verdict.NOT_IDENTIFIED, f"the interval reaches from below {little:g} upward"


def by_figure(claimed: float, low: float, high: float) -> Ruling:
    """A claimed figure against a figure of the record with its range: within, within a quarter of it, or beyond."""
    if low <= claimed <= high:
        return Verdict.SUPPORTED, f"{claimed:g} lies within {low:g} to {high:g}"
    if 0.75 * low <= claimed <= 1.25 * high:
        return Verdict.PARTLY, f"{claimed:g} lies within a quarter of {low:g} to {high:g}"
    return Verdict.CONTRADICTED, f"{claimed:g} lies beyond {low:g} to {high:g}"


def both(first: Ruling, second: Ruling, what: str) -> Ruling:
    """A claim of two parts: supported if both are, contradicted if the first is, partly if only the first holds."""
    if first[0] is Verdict.SUPPORTED and second[0] is Verdict.SUPPORTED:
        return Verdict.SUPPORTED, f"{first[1]}; {what}: {second[1]}"
    if first[0] in (Verdict.SUPPORTED, Verdict.PARTLY):
        return Verdict.PARTLY, f"{first[1]}; but {what}: {second[1]}"
    return first


@dataclasses.dataclass(frozen=True)
class Support:
    """What the record says of that on which an answer rests.

    called_for : mechanisms without which the held-back record is met worse
    narrowed : numbers whose spread the record reduced by a tenth or more
    neither : the others
    """

    called_for: Sequence[str] = ()
    narrowed: Sequence[str] = ()
    neither: Sequence[str] = ()

    @property
    def given(self) -> bool:
        """Whether the record supports any of it, or nothing was named."""
        return bool(self.called_for or self.narrowed) or not self.neither


def weighed(
    ruling: Ruling,
    *,
    support: Support = Support(),
    codings: Mapping[str, Ruling] | None = None,
    effect: float = 0.0,
    placebos: Mapping[str, float] | None = None,
) -> Ruling:
    """A first ruling held against what could undo it: other codes, placebos, and what the record calls for.

    Only answers for a claim are weakened. Another coding under which it is not supported makes it a part; one that
    turns the sign leaves nothing identified. A placebo that has half the effect or more makes it a part. Where the
    record calls for nothing that the answer rests on, it is not identified.
    """
    verdict, why = ruling
    if verdict not in (Verdict.SUPPORTED, Verdict.PARTLY):
        return ruling
    if not support.given:
        return Verdict.NOT_IDENTIFIED, f"{why}; but it rests on what the record does not call for"
    against = [name for name, (other, _) in (codings or {}).items() if other is Verdict.CONTRADICTED]
    if against:
        return Verdict.NOT_IDENTIFIED, f"{why}; but the other way under {', '.join(against)}"
    weaker = [name for name, (other, _) in (codings or {}).items() if other is not Verdict.SUPPORTED]
    if weaker and verdict is Verdict.SUPPORTED:
        verdict, why = Verdict.PARTLY, f"{why}; but not sure under {', '.join(weaker)}"
    same = [name for name, value in (placebos or {}).items() if effect and value / effect >= AS_MUCH]
    if same and verdict is Verdict.SUPPORTED:
        return Verdict.PARTLY, f"{why}; but {', '.join(same)} does half as much or more"
    return verdict, why
