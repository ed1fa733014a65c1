"""What an effect in the model is worth as evidence. Each rule is a pure function and can come out each way.

An effect between two scenarios follows from the equations. It counts as evidence about the region only if

- it does not rest on codes of leaders that were made by people who knew what came later: it must hold under the
  codings that are blind to outcomes;
- no change that should have no effect (a placebo) has half of it;
- it does not depend on which years the noise of the members was inferred from;
- forecasts of pairs from rolling origins are better with each mechanism that it needs than without, with an interval
  over pairs and years. That the observations narrow the range of a parameter is no evidence for a cause, and refits
  that differ in their random seed alone are no evidence at all: neither enters here.

Otherwise the effect *follows from assumptions*, or is *not identified*.

Source
------
Predictive comparison: Gneiting and Raftery 2007. Intervals: Owen 2007, Kuensch 1989. Noise of
counterfactuals: Pearl 2009, chapter 7.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cairn.calibration.repeats.mechanisms import MECHANISM_LIST, Mechanism
from cairn.calibration.rolling.mechanism_scores import support_of
from cairn.claims.verdicts import CONCLUSIVE, Assessment, Verdict

if TYPE_CHECKING:
    import pandas as pd

PLACEBO_SHARE = 0.5  # share of an effect from which a placebo weakens the verdict; Assumed
LEAST_PAIRS = 4  # pairs below which an interval over pairs is not computed; Assumed
FAVOURABLE = (Verdict.SUPPORTED, Verdict.PARTLY)


@dataclasses.dataclass(frozen=True)
class PredictiveEvidence:
    """Whether forecasts are better with a mechanism than without it.

    Parameters
    ----------
    mechanism : its name
    outcome : what was forecast, such as trade
    gain : mean score without the mechanism minus that with it; above zero if forecasts are better with it
    low, high : 90 % interval of the gain over pairs and years; NaN with fewer than `LEAST_PAIRS` pairs
    pairs, values : pairs (or borders, or countries), and forecasts of one of them in a year, that were scored
    smallest : smallest gain that counts
    """

    mechanism: str
    outcome: str
    gain: float
    low: float
    high: float
    pairs: int
    values: int
    smallest: float = 0.0

    @property
    def supports(self) -> bool:
        """Whether forecasts are better with it, by more than chance over pairs and years, and enough to count."""
        return self.low > 0 and self.gain >= self.smallest

    @property
    def opposes(self) -> bool:
        """Whether forecasts are worse with it, by more than chance over pairs and years, and enough to count."""
        return self.high < 0 and self.gain <= -self.smallest

    @property
    def text(self) -> str:
        """The finding in words."""
        how = "better" if self.supports else "worse" if self.opposes else "neither better nor worse"
        size = f"{self.gain:+.3f} [{self.low:+.3f}, {self.high:+.3f}], {self.values} forecasts of {self.pairs} places"
        return f"forecasts of {self.outcome} are {how} with {self.mechanism} ({size})"


def predictive_evidence(
    table: pd.DataFrame, mechanisms: Sequence[Mechanism] = MECHANISM_LIST
) -> dict[str, tuple[PredictiveEvidence, ...]]:
    """Compare forecasts with each mechanism and without it, pair by pair and year by year.

    The outcomes that count are trade and the one that a mechanism acts on first, which was stated before scores were
    computed.

    Parameters
    ----------
    table : scores of the same forecasts by the shipped model (column ``shipped``) and with each mechanism switched
        (a column each), lower is better; columns ``outcome``, ``place`` and ``year``
    mechanisms : those that the table may have

    Returns
    -------
    Evidence of each outcome by the name of the mechanism.
    """
    found = {}
    for support in support_of(table, mechanisms):
        name, evidence = support.mechanism.name, []
        for difference in support.decisive:
            rows = table[table.outcome == difference.outcome]
            places = rows.place.nunique()
            low, high = (difference.low, difference.high) if places >= LEAST_PAIRS else (np.nan, np.nan)
            size = places, len(rows), difference.smallest
            evidence.append(PredictiveEvidence(name, difference.outcome, difference.mean, low, high, *size))
        found[name] = tuple(evidence)
    return found


def supports(found: Sequence[PredictiveEvidence]) -> bool:
    """Whether a mechanism improves forecasts of one of the outcomes that were scored, and worsens none of them."""
    return any(one.supports for one in found) and not any(one.opposes for one in found)


class CodingResult(NamedTuple):
    """The assessment of an effect under another coding of leaders.

    title : of the coding
    blind : whether nobody who knew what came later had a part in it
    assessment : by the rule of the test
    """

    title: str
    blind: bool
    assessment: Assessment


def with_codings(assessment: Assessment, codings: Sequence[CodingResult]) -> Assessment:
    """Weaken an assessment in favour of a claim that does not hold under other codings of leaders.

    It becomes "not identified" if it does not hold under a coding that is blind to outcomes, whatever it is under codes
    made with hindsight, or if any coding gives the opposite; "partly" if it is less certain under another coding.

    Parameters
    ----------
    assessment : under the shipped codes
    codings : under the others; none for a claim that does not depend on leaders
    """
    if assessment.verdict not in FAVOURABLE or not codings:
        return assessment
    reason = assessment.reason
    if failed := [c.title for c in codings if c.blind and c.assessment.verdict not in FAVOURABLE]:
        return Assessment(
            Verdict.NOT_IDENTIFIED, f"{reason}; this holds with the shipped codes, not with {_all_of(failed)}"
        )
    if opposite := [c.title for c in codings if c.assessment.verdict is Verdict.CONTRADICTED]:
        return Assessment(Verdict.NOT_IDENTIFIED, f"{reason}; but the opposite with {_all_of(opposite)}")
    weaker = [c.title for c in codings if c.assessment.verdict is not Verdict.SUPPORTED]
    if weaker and assessment.verdict is Verdict.SUPPORTED:
        return Assessment(Verdict.PARTLY, f"{reason}; it is less certain with {_all_of(weaker)}")
    return assessment


def with_placebos(assessment: Assessment, effect: float, placebos: Mapping[str, float]) -> Assessment:
    """Weaken an assessment in favour of a claim if a placebo has half of the effect or more.

    Parameters
    ----------
    assessment : of the effect
    effect : the mean effect
    placebos : mean effects of placebos, by title
    """
    similar = [title for title, value in placebos.items() if effect and value / effect >= PLACEBO_SHARE]
    if assessment.verdict is not Verdict.SUPPORTED or not similar:
        return assessment
    return Assessment(Verdict.PARTLY, f"{assessment.reason}; but {_all_of(similar)}: at least half of the effect")


def with_other_noise(assessment: Assessment, other: Assessment | None) -> Assessment:
    """Weaken an assessment in favour of a claim that depends on the years from which noise was inferred.

    Parameters
    ----------
    assessment : with noise inferred from the whole record
    other : with noise inferred from the record up to the intervention; None if it was not run
    """
    if assessment.verdict not in FAVOURABLE or other is None or other.verdict is Verdict.SUPPORTED:
        return assessment
    where = "with noise inferred from the record up to the intervention"
    if other.verdict is Verdict.PARTLY:
        return Assessment(Verdict.PARTLY, f"{assessment.reason}; it is less certain {where}")
    return Assessment(Verdict.NOT_IDENTIFIED, f"{assessment.reason}; but not {where}")


def with_forecasts(
    assessment: Assessment, needs: Sequence[str], evidence: Mapping[str, Sequence[PredictiveEvidence]]
) -> Assessment:
    """What is left of an assessment if only what improves forecasts counts as evidence.

    A finding for a claim stands if forecasts are better with each mechanism that it needs, otherwise it follows from
    assumptions. A finding against a claim stands by the same rule, otherwise it is not identified.

    Parameters
    ----------
    assessment : of the effect, after the other rules
    needs : mechanisms and parameters that the effect needs; of none, there can be no evidence
    evidence : by name, for each outcome that was scored; a name without an entry has none
    """
    if assessment.verdict not in CONCLUSIVE:
        return assessment
    reason, untried = assessment.reason, [name for name in needs if not evidence.get(name)]
    tried = "; ".join(one.text for name in needs for one in evidence.get(name, ()))
    if needs and not untried and all(supports(evidence[name]) for name in needs):
        return Assessment(assessment.verdict, f"{reason}; {tried}")
    untested = (
        f"no forecast tests {_all_of(untried) if untried else 'what it rests on'}" if untried or not needs else ""
    )
    verdict = Verdict.FOLLOWS if assessment.verdict in FAVOURABLE else Verdict.NOT_IDENTIFIED
    return Assessment(verdict, "; ".join(filter(None, (f"in the model, {reason}", tried, untested))))


def what_stands(model: Assessment, record: Assessment) -> Assessment:
    """The verdict on a claim: that of the record where it is conclusive, else that of the model, if it has one.

    Parameters
    ----------
    model : verdict of the model, after all rules of this file
    record : verdict of the observations alone
    """
    if record.verdict in CONCLUSIVE:
        return Assessment(record.verdict, f"by the record: {record.reason}")
    if model.verdict is not Verdict.NOT_TESTABLE:
        return Assessment(model.verdict, f"by the model: {model.reason}")
    return Assessment(record.verdict, f"by neither: {record.reason}")


def _all_of(names: Sequence[str]) -> str:
    """Names as a list in a sentence.

    >>> _all_of(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""
