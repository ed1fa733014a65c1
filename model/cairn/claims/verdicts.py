"""Rules that turn an effect into a verdict. They were fixed before any test was run, and can have every outcome.

An effect is a sample of paired differences, one for each member, (M,). Its 90 % interval decides: whether it excludes
zero, and whether its mean reaches the smallest effect that counts. What an effect in the model is worth as evidence is
decided by `cairn.claims.evidence`.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

import numpy as np

from cairn.support.quantiles import interval

CERTAIN = 0.95  # share of members that agree when a 90 % interval excludes zero
LIKELY = 0.8  # share of members with the same sign from which an uncertain effect counts as partly; Assumed
Z_90 = 1.645  # half width of a 90 % interval in standard errors
NEAR = 0.25  # a claimed value this far outside the recorded range counts as partly; Assumed


class Verdict(enum.StrEnum):
    """The result of testing a claim."""

    SUPPORTED = "supported"
    PARTLY = "partly"
    FOLLOWS = "follows from assumptions"
    CONTRADICTED = "contradicted"
    NOT_IDENTIFIED = "not identified"
    NOT_TESTABLE = "not testable"


CONCLUSIVE = (Verdict.SUPPORTED, Verdict.PARTLY, Verdict.CONTRADICTED)


class Assessment(NamedTuple):
    """A verdict and the reason for it."""

    verdict: Verdict
    reason: str


def assess_effect(effect: np.ndarray, sign: float = 1.0, smallest: float = 0.0) -> Assessment:
    """Whether an effect has the expected sign.

    Parameters
    ----------
    effect : paired differences, (M,)
    sign : the expected sign, 1 or -1
    smallest : smallest effect that counts, in the unit of the effect

    >>> assess_effect(np.linspace(0.03, 0.09, 99), 1, 0.02).verdict
    <Verdict.SUPPORTED: 'supported'>
    """
    expected = sign * np.asarray(effect, float)
    low, _, high = interval(expected)
    mean, share = float(expected.mean()), float((expected > 0).mean())
    if low > 0 and mean >= smallest:
        return Assessment(Verdict.SUPPORTED, "the 90 % interval excludes zero, with the expected sign")
    if high < 0 and -mean >= smallest:
        return Assessment(Verdict.CONTRADICTED, "the 90 % interval excludes zero, with the opposite sign")
    if low > 0:
        return Assessment(Verdict.PARTLY, "the sign is certain, but the effect is below the smallest that counts")
    if high < 0:
        return Assessment(Verdict.CONTRADICTED, "small, but certain to have the opposite sign")
    if low >= -smallest and high <= smallest:
        return Assessment(Verdict.CONTRADICTED, "no effect that counts: the 90 % interval is below the smallest")
    if mean >= smallest and share >= LIKELY:
        return Assessment(Verdict.PARTLY, f"likely but not certain: {share:.0%} of members have the expected sign")
    return Assessment(Verdict.NOT_IDENTIFIED, "the 90 % interval contains zero and effects that count")


def mean_interval(values: np.ndarray) -> tuple[float, float]:
    """90 % confidence interval of a mean, from its standard error.

    >>> mean_interval(np.ones(9))
    (1.0, 1.0)
    """
    values = np.asarray(values, float)
    error = values.std(ddof=1) / np.sqrt(values.size) if values.size > 1 else 0.0
    return float(values.mean() - Z_90 * error), float(values.mean() + Z_90 * error)


def assess_mean(effect: np.ndarray, sign: float = 1.0, smallest: float = 0.0) -> Assessment:
    """As `assess_effect`, for events that happen in a member or not: the mean is the effect on their probability."""
    low, high = sorted(sign * end for end in mean_interval(effect))
    mean = sign * float(np.mean(effect))
    if low > 0 and mean >= smallest:
        return Assessment(Verdict.SUPPORTED, "the mean is larger than its error, with the expected sign")
    if high < 0:
        return Assessment(Verdict.CONTRADICTED, "the mean is larger than its error, with the opposite sign")
    if low > 0:
        return Assessment(Verdict.PARTLY, "the sign is certain, but the effect is below the smallest that counts")
    if -smallest <= low and high <= smallest:
        return Assessment(Verdict.CONTRADICTED, "no effect that counts: the mean is below the smallest")
    return Assessment(Verdict.NOT_IDENTIFIED, "the mean is smaller than its error")


def assess_lead(lead: np.ndarray) -> Assessment:
    """Whether one quantity is the largest, from its lead over the largest of the others, (M,)."""
    first = float((np.asarray(lead) > 0).mean())
    if first >= CERTAIN:
        return Assessment(Verdict.SUPPORTED, f"largest in {first:.0%} of members")
    if first <= 1 - CERTAIN:
        return Assessment(Verdict.CONTRADICTED, f"another is largest in {1 - first:.0%} of members")
    if first >= LIKELY:
        return Assessment(Verdict.PARTLY, f"largest in {first:.0%} of members, fewer than {CERTAIN:.0%}")
    return Assessment(Verdict.NOT_IDENTIFIED, f"largest in {first:.0%} of members")


def assess_claimed_value(claimed: float, simulated: np.ndarray) -> Assessment:
    """Whether a claimed value is inside the 90 % interval of the model, (M,)."""
    low, _, high = interval(simulated)
    range_text = f"the 90 % interval of the model, {low:.3g} to {high:.3g}"
    if low <= claimed <= high:
        return Assessment(Verdict.SUPPORTED, f"{claimed:.3g} is inside {range_text}")
    return Assessment(Verdict.CONTRADICTED, f"{claimed:.3g} is outside {range_text}")


def assess_ratio(ratio: np.ndarray, large: float, small: float) -> Assessment:
    """Whether a ratio, (M,), is above a bound; it contradicts the claim if it is below a second, smaller bound."""
    low, _, high = interval(ratio)
    if low >= large:
        return Assessment(Verdict.SUPPORTED, f"above {large:g} in at least {CERTAIN:.0%} of members")
    if high < small:
        return Assessment(Verdict.CONTRADICTED, f"below {small:g} in at least {CERTAIN:.0%} of members")
    if low >= small:
        return Assessment(Verdict.PARTLY, f"above {small:g}, but not certain to be above {large:g}")
    return Assessment(Verdict.NOT_IDENTIFIED, f"the 90 % interval contains values below and above {small:g}")


def assess_recorded_range(claimed: float, low: float, high: float) -> Assessment:
    """Whether a claimed value is inside the range of the record, or less than a quarter outside it."""
    if low <= claimed <= high:
        return Assessment(Verdict.SUPPORTED, f"{claimed:g} is inside {low:g} to {high:g}")
    if (1 - NEAR) * low <= claimed <= (1 + NEAR) * high:
        return Assessment(Verdict.PARTLY, f"{claimed:g} is within a quarter of {low:g} to {high:g}")
    return Assessment(Verdict.CONTRADICTED, f"{claimed:g} is far outside {low:g} to {high:g}")


def combine_parts(first: Assessment, second: Assessment, name: str) -> Assessment:
    """A claim with two parts: supported if both are, partly if only the first is, otherwise as the first.

    Parameters
    ----------
    first, second : assessments of the two parts
    name : name of the second part, for the reason
    """
    if first.verdict is Verdict.SUPPORTED and second.verdict is Verdict.SUPPORTED:
        return Assessment(Verdict.SUPPORTED, f"{first.reason}; {name}: {second.reason}")
    if first.verdict in (Verdict.SUPPORTED, Verdict.PARTLY):
        return Assessment(Verdict.PARTLY, f"{first.reason}; but {name}: {second.reason}")
    return first
