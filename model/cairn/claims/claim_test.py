"""What a trial is: the arms it needs, the outcome it measures, the ruling on it, and what stands beside."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np

from cairn.claims.arm_runs import Worlds
from cairn.claims.changes import CODINGS
from cairn.claims.claim import Claim, claims
from cairn.claims.verdicts import Ruling, by_effect, by_mean, mean_within
from cairn.core.parameters import Parameters
from cairn.ensemble.outcomes import DIMENSIONS
from cairn.step.measures import index_of
from cairn.support.quantiles import HIGH, LOW

RowKind = Literal["part", "coding", "placebo", "detail"]  # details go into the table of the file alone
CODING_TITLES = {
    "lower": "all leaders .15 less open",
    "higher": "all leaders .15 more open",
    "blind": "codes blind to what came later",
}
WEIGHTINGS = 500
Rule = Callable[[np.ndarray, str], Ruling]  # of a sample under a coding
SHARES = "share"  # unit of what is between 0 and 1


@dataclasses.dataclass(frozen=True, eq=False)
class Row:
    """Something measured: (M,) worlds, or one figure. `averaged` where worlds only do or do not, as for attendance:
    then it is the mean over worlds and the interval that holds it in nine cases of ten."""

    label: str
    sample: np.ndarray
    unit: str = ""
    kind: RowKind = "part"
    averaged: bool = False

    @property
    def low(self) -> float:
        """5th percentile, or the lower end of the interval of the mean."""
        return self._ends[0]

    @property
    def middle(self) -> float:
        """Median, or mean."""
        return float(np.mean(self.sample) if self.averaged else np.median(self.sample))

    @property
    def high(self) -> float:
        """95th percentile, or the upper end of the interval of the mean."""
        return self._ends[1]

    @property
    def _ends(self) -> tuple[float, float]:
        if self.averaged:
            return mean_within(self.sample)
        low, high = np.quantile(self.sample, (LOW, HIGH))
        return float(low), float(high)

    @property
    def sign_share(self) -> float:
        """Share of worlds with the sign of the median; 0 where that is zero."""
        return float((np.sign(self.sample) == np.sign(self.middle)).mean()) if self.middle else 0.0


@dataclasses.dataclass(frozen=True, eq=False)
class Finding:
    """What a trial found: the headline, a first ruling, and what it must be held against."""

    headline: Row
    ruling: Ruling
    codings: Mapping[str, Ruling]
    placebos: Mapping[str, float]
    rows: Sequence[Row]
    sentences: Sequence[str] = ()


@dataclasses.dataclass(frozen=True)
class Trial:
    """Arms that are needed, those that are needed under other codes too, and what is made of them."""

    arms: tuple[str, ...]
    coded: tuple[str, ...]
    hear: Callable[[Claim, Worlds], Finding]

    def needs(self) -> set[str]:
        """Names of all arms."""
        return {"baseline", *self.arms, *self.coded} | {f"{name}@{c}" for c in CODINGS for name in self.coded}


TRIALS: dict[int, Trial] = {}


def trial(number: int, *arms: str, coded: Sequence[str] = ()) -> Callable[..., Callable[[Claim, Worlds], Finding]]:
    """Register the trial of a claim. `coded` arms, the baseline with them, are run under other codes of leaders too."""

    def register(hear: Callable[[Claim, Worlds], Finding]) -> Callable[[Claim, Worlds], Finding]:
        if number in TRIALS:
            raise ValueError(f"claim {number} has two trials")
        TRIALS[number] = Trial(arms, ("baseline", *coded) if claims()[number].judged else (), hear)
        return hear

    return register


def finding(
    claim: Claim,
    measure: Callable[[str], np.ndarray],
    unit: str,
    *,
    rule: Rule | None = None,
    averaged: bool = False,
    rows: Sequence[Row] = (),
    placebos: Mapping[str, np.ndarray] | None = None,
    sentences: Sequence[str] = (),
) -> Finding:
    """A finding from a measure that takes a coding, "" or "@blind"; ruled by its effect unless told otherwise."""
    by_default = by_mean if averaged else by_effect
    rule = rule or (lambda sample, _: by_default(sample, claim.sign, claim.least))
    headline = Row(claim.outcome, measure(""), unit, averaged=averaged)
    under = {c: measure(f"@{c}") for c in CODINGS} if claim.judged else {}
    beside = [
        *rows,
        *(Row(CODING_TITLES[c], sample, unit, "coding", averaged) for c, sample in under.items()),
        *(Row(label, sample, unit, "placebo", averaged) for label, sample in (placebos or {}).items()),
    ]
    return Finding(
        headline,
        rule(headline.sample, ""),
        {CODING_TITLES[c]: rule(sample, f"@{c}") for c, sample in under.items()},
        {row.label: row.middle for row in beside if row.kind == "placebo" and row.label in (placebos or {})},
        beside,
        tuple(sentences),
    )


def weights_agree(worlds: Worlds, arm: str, year: int, against: str = "baseline") -> Row:
    """Share of random weightings of the five dimensions under which the median effect keeps its sign.

    Weights are drawn evenly from all that add up to one (Dirichlet), the same each time.
    """
    dimensions = [outcome.variable for outcome in DIMENSIONS]
    drawn = np.random.default_rng(5).dirichlet(np.ones(len(dimensions)), WEIGHTINGS)
    sides = [{name: worlds.years(which, name, year) for name in dimensions} for which in (arm, against)]
    parameters = Parameters()

    def effect(weights: np.ndarray) -> float:
        given = dict(zip(dimensions, weights.tolist(), strict=True))
        one, other = (index_of(side, parameters, given) for side in sides)
        return float(np.median(one - other))

    equal = np.sign(effect(np.ones(len(dimensions))))
    same = np.mean([np.sign(effect(weights)) == equal for weights in drawn])
    return Row("weightings of the index that give the same sign", np.array([same]), SHARES)
