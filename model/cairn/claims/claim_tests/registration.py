"""Tests of claims: the arms that a test needs, its result, and the registry of all tests."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from cairn.claims.claim import Claim, claims
from cairn.claims.claim_tests.measurement import Measurement
from cairn.claims.evidence import CodingResult
from cairn.claims.experiments.arm_runs import ArmRuns
from cairn.claims.experiments.codings import CODINGS
from cairn.claims.verdicts import Assessment, assess_effect, assess_mean

Measure = Callable[[str], np.ndarray]  # of a coding, "" or "@force" -> sample, (M,)
Rule = Callable[[np.ndarray, str], Assessment]  # of a sample and its coding


@dataclasses.dataclass(frozen=True, eq=False)
class TestResult:
    """Result of a test before `cairn.claims.evidence` decides what it is worth.

    Parameters
    ----------
    headline : the measured effect
    assessment : first verdict, from the headline
    codings : assessments under other codings of leaders
    placebos : mean effects of placebos, by title
    measurements : everything else that was measured
    notes : sentences for the page
    """

    __test__ = False  # not a class of tests for pytest

    headline: Measurement
    assessment: Assessment
    codings: Sequence[CodingResult]
    placebos: Mapping[str, float]
    measurements: Sequence[Measurement]
    notes: Sequence[str] = ()


@dataclasses.dataclass(frozen=True)
class ClaimTest:
    """The test of a claim.

    Parameters
    ----------
    arms : arms that it needs
    coded_arms : arms that it also needs under the other codings of leaders
    headline_arms : arms of which the headline is made
    evaluate : function of claim and runs that returns the result
    """

    arms: tuple[str, ...]
    coded_arms: tuple[str, ...]
    headline_arms: tuple[str, ...]
    evaluate: Callable[[Claim, ArmRuns], TestResult]

    def required_arms(self) -> set[str]:
        """Names of all arms, with the codings."""
        recoded = {f"{name}@{coding}" for coding in CODINGS for name in self.coded_arms}
        return {"baseline", *self.arms, *self.coded_arms} | recoded


CLAIM_TESTS: dict[int, ClaimTest] = {}
Evaluate = Callable[[Claim, ArmRuns], TestResult]


def claim_test(
    claim_id: int, *arms: str, coded_arms: Sequence[str] = (), headline_arms: Sequence[str] = ()
) -> Callable[[Evaluate], Evaluate]:
    """Register the test of a claim.

    Parameters
    ----------
    claim_id : id of the claim
    arms : arms that the test needs
    coded_arms : arms that it needs under the other codings too, and the baseline with them, if the claim depends on
        the codes of leaders
    headline_arms : arms of which the headline is made, if these are neither `coded_arms` nor the first of `arms`
    """

    def register(evaluate: Evaluate) -> Evaluate:
        if claim_id in CLAIM_TESTS:
            raise ValueError(f"claim {claim_id} has two tests")
        coded = ("baseline", *coded_arms) if claims()[claim_id].depends_on_leader_codes else ()
        headline = tuple(headline_arms) or tuple(coded_arms) or arms[:1]
        CLAIM_TESTS[claim_id] = ClaimTest(arms, coded, headline, evaluate)
        return evaluate

    return register


def make_result(
    claim: Claim,
    measure: Measure,
    unit: str,
    *,
    rule: Rule | None = None,
    averaged: bool = False,
    measurements: Sequence[Measurement] = (),
    placebos: Mapping[str, np.ndarray] | None = None,
    notes: Sequence[str] = (),
) -> TestResult:
    """The result of a test from its measure.

    Parameters
    ----------
    claim : the claim
    measure : function of a coding, ``""`` or ``"@force"``, that returns the effect, (M,)
    unit : unit of the effect
    rule : rule for the verdict, default `assess_effect`, or `assess_mean` if averaged
    averaged : as for `Measurement`
    measurements : further measurements
    placebos : effects of placebos by title, (M,) each
    notes : sentences for the page
    """
    default = assess_mean if averaged else assess_effect
    rule = rule or (lambda sample, _: default(sample, claim.sign, claim.smallest_effect))
    headline = Measurement(claim.measure, measure(""), unit, averaged=averaged)
    recoded = {coding: measure(f"@{coding}") for coding in CODINGS} if claim.depends_on_leader_codes else {}
    of_placebos = [Measurement(title, sample, unit, "placebo", averaged) for title, sample in (placebos or {}).items()]
    return TestResult(
        headline,
        rule(headline.sample, ""),
        [
            CodingResult(CODINGS[coding].title, CODINGS[coding].blind, rule(sample, f"@{coding}"))
            for coding, sample in recoded.items()
        ],
        {placebo.label: placebo.center for placebo in of_placebos},
        [
            *measurements,
            *(Measurement(CODINGS[c].title, sample, unit, "coding", averaged) for c, sample in recoded.items()),
            *of_placebos,
        ],
        tuple(notes),
    )
