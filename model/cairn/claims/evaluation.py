"""Evaluation of the claims: run the arms, measure the effects, apply the rules, compare with the record."""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import cairn.claims.claim_tests
import cairn.claims.record_tests  # noqa: F401  both register what they contain
from cairn.calibration.repeats.mechanisms import MECHANISM_LIST
from cairn.calibration.rolling.mechanism_scores import read_scores
from cairn.claims.claim import Claim, claims
from cairn.claims.claim_tests.measurement import Measurement
from cairn.claims.claim_tests.registration import CLAIM_TESTS, ClaimTest, TestResult
from cairn.claims.evidence import (
    PredictiveEvidence,
    predictive_evidence,
    what_stands,
    with_codings,
    with_forecasts,
    with_other_noise,
    with_placebos,
)
from cairn.claims.experiments import arms
from cairn.claims.experiments.arm_runs import ArmRuns, run_arms
from cairn.claims.record_verdicts import COMPUTED
from cairn.claims.verdicts import CONCLUSIVE, Assessment, Verdict
from cairn.core.parameter_sets import ParameterSource, conditioned_until
from cairn.ensemble.runner import Progress
from cairn.support.csv_table import write_csv
from cairn.support.text_table import text_table

MEMBERS, SEED = 300, 1
CSV_COLUMNS = ("claim_id", "kind", "measure", "mean", "low", "high", "unit", "sign_share", "members")


@dataclasses.dataclass(frozen=True, eq=False)
class ClaimResult:
    """The evaluation of one claim.

    Parameters
    ----------
    claim : the claim
    test_result : what the test measured; None if the model cannot test the claim
    other_noise : the same with noise inferred from the record up to the intervention, and the last year of that; None
        where there is no intervention in the past on record
    evidence : what forecasts say of each mechanism and parameter that the answer needs
    assessment : verdict of the model, after the rules of evidence
    record_assessment : verdict of the observations alone
    model_values : the model's value beside each quoted value of the claim, or None
    """

    claim: Claim
    test_result: TestResult | None
    other_noise: tuple[TestResult, int] | None
    evidence: Mapping[str, Sequence[PredictiveEvidence]]
    assessment: Assessment
    record_assessment: Assessment
    model_values: tuple[Measurement | None, ...] = ()

    @property
    def overall(self) -> Assessment:
        """The verdict on the claim: that of the record where it is conclusive, otherwise that of the model."""
        return what_stands(self.assessment, self.record_assessment)

    @property
    def decided_by(self) -> str:
        """What decides: "record", "model" or "neither"."""
        return self.overall.reason.split(":")[0].split()[-1]

    @property
    def disagreement(self) -> str:
        """Whether the verdicts of model and record disagree: "", "in part" or "yes"."""
        verdicts = self.assessment.verdict, self.record_assessment.verdict
        if not all(verdict in CONCLUSIVE for verdict in verdicts) or verdicts[0] is verdicts[1]:
            return ""
        return "yes" if Verdict.CONTRADICTED in verdicts else "in part"


def required_arms(claim_ids: Iterable[int], parameters: ParameterSource = None) -> set[str]:
    """Names of the arms that the tests of these claims need with such parameters."""
    until = conditioned_until(parameters)
    return set().union(*(_arms_of(n, until) for n in claim_ids if n in CLAIM_TESTS))


def _arms_of(claim_id: int, until: int) -> set[str]:
    test, claim = CLAIM_TESTS[claim_id], claims()[claim_id]
    year = noise_until(claim, test, until)
    names = test.required_arms() | ({f"{name}~{year}" for name in ("baseline", *test.headline_arms)} if year else set())
    return {arms.with_assumptions(name) for name in names} if arms.assumed_by(claim.needs) else names


def noise_until(claim: Claim, test: ClaimTest, until: int) -> int | None:
    """The year before the first intervention of the arms of which a headline is made, 1991 if that is in 1992.

    Parameters
    ----------
    claim, test : the claim and its test
    until : last year in which members follow the record; 0 if their past is free

    Returns
    -------
    None for a measure that is a level, and without an intervention in the past on record.
    """
    if claim.level:
        return None
    years = [year for name in test.headline_arms if (year := arms.intervention_of(name)) is not None]
    return min(years) - 1 if years and min(years) <= until else None


def evaluate_claims(
    claim_ids: Iterable[int] | None = None,
    members: int = MEMBERS,
    seed: int = SEED,
    *,
    parameters: ParameterSource = None,
    jobs: int | None = None,
    progress: Progress | None = None,
    coding: str = "",
) -> tuple[list[ClaimResult], ArmRuns | None]:
    """Evaluate claims on runs with the same random numbers.

    Parameters
    ----------
    claim_ids : ids of the claims, 1 to 42; default all
    members : members of each arm; arms under another coding of leaders run on a part of them
    seed : random seed
    parameters, jobs, progress : as for `cairn.ensemble.runner.run`
    coding : coding of the leaders in all arms that have none of their own

    Returns
    -------
    results, runs
        Results in the order of the ids; the runs on which they are based, None if no claim needs any.

    Raises
    ------
    KeyError
        If there is no such claim.
    ValueError
        For fewer than two members.
    """
    if members < 2:
        raise ValueError(f"members = {members}: at least two members are needed for an interval")
    chosen = [claims()[n] for n in sorted(set(claims() if claim_ids is None else claim_ids))]
    needed = required_arms((claim.id for claim in chosen), parameters)
    runs = (
        run_arms(needed, members, seed, parameters=parameters, jobs=jobs, progress=progress, coding=coding)
        if needed
        else None
    )
    return [evaluate(claim, runs) for claim in chosen], runs


def evaluate(
    claim: Claim, runs: ArmRuns | None, evidence: Mapping[str, Sequence[PredictiveEvidence]] | None = None
) -> ClaimResult:
    """Evaluate one claim.

    Parameters
    ----------
    claim : the claim
    runs : of the arms that its test needs
    evidence : what forecasts say of mechanisms and parameters, default that of the shipped scores
    """
    evidence = evidence_of(claim.needs) if evidence is None else evidence
    recorded = record_assessment(claim)
    if claim.id not in CLAIM_TESTS or runs is None:
        assessment = Assessment(
            Verdict.NOT_TESTABLE, claim.test.strip().replace("None in the model", "outside the model").rstrip(".")
        )
        return ClaimResult(claim, None, None, evidence, assessment, recorded, (None,) * len(claim.quoted_values))
    test = CLAIM_TESTS[claim.id]
    asked = runs.as_assumed() if arms.assumed_by(claim.needs) else runs
    result = test.evaluate(claim, asked)
    year = noise_until(claim, test, runs.until)
    other = (test.evaluate(claim, asked.with_noise_until(year)), year) if year else None
    model_values = tuple(
        Measurement(value.quantity, runs.mean("baseline", value.outcome, value.year), value.unit)
        if value.outcome and value.year
        else None
        for value in claim.quoted_values
    )
    assessment = conclude(claim, result, other[0] if other else None, evidence, runs.until)
    return ClaimResult(claim, result, other, evidence, assessment, recorded, model_values)


def conclude(
    claim: Claim,
    result: TestResult,
    other: TestResult | None,
    evidence: Mapping[str, Sequence[PredictiveEvidence]],
    until: int,
) -> Assessment:
    """The verdict of the model: the assessment of a test after all rules of evidence.

    Parameters
    ----------
    claim, result : the claim, and what its test measured
    other : the same with noise inferred from the record up to the intervention, None without one
    evidence : what forecasts say of what the answer needs
    until : last year in which members follow the record; 0 if their past is free
    """
    if claim.level and until:
        reason = f"members follow the record to {until}, so this is the record again: {result.assessment.reason}"
        return Assessment(Verdict.NOT_TESTABLE, reason)
    assessment = with_codings(result.assessment, result.codings)
    assessment = with_placebos(assessment, result.headline.center, result.placebos)
    assessment = with_other_noise(assessment, other.assessment if other else None)
    return with_forecasts(assessment, claim.needs, evidence)


def record_assessment(claim: Claim) -> Assessment:
    """What the observations alone say, judged from the sources or computed."""
    if claim.record.computed:
        return COMPUTED[claim.record.computed]()
    assert claim.record.verdict is not None
    return Assessment(Verdict(claim.record.verdict), "judged from the sources")


def evidence_of(names: Iterable[str]) -> Mapping[str, tuple[PredictiveEvidence, ...]]:
    """What forecasts from rolling origins say of some mechanisms and parameters, by name.

    A parameter has the evidence of the mechanism that it switches; names without any are left out.
    """
    found, shipped = dict[str, tuple[PredictiveEvidence, ...]](), _shipped_evidence()
    for name in names:
        mechanism = next((m for m in MECHANISM_LIST if name in (m.name, m.switch) and m.name in shipped), None)
        if mechanism is not None:
            found[name] = tuple(dataclasses.replace(one, mechanism=name) for one in shipped[mechanism.name])
    return found


@functools.cache
def _shipped_evidence() -> dict[str, tuple[PredictiveEvidence, ...]]:
    return predictive_evidence(read_scores())


# --- as text and files ----------------------------------------------------------------------------------------------


def to_dicts(results: Iterable[ClaimResult]) -> list[dict[str, Any]]:
    """Headline and verdicts of each claim as plain values."""
    return [_to_dict(result) for result in results]


def _to_dict(result: ClaimResult) -> dict[str, Any]:
    row = result.test_result.headline if result.test_result else None
    values = (row.center, row.low, row.high, row.sign_share) if row else (None, None, None, None)
    mean, low, high, sign_share = (None if value is None else round(value, 6) for value in values)
    return {
        "claim_id": result.claim.id,
        "title": result.claim.title,
        "kind": result.claim.kind,
        "theme": result.claim.theme,
        "verdict": result.overall.verdict.value,
        "measure": result.claim.measure if row else "",
        "mean": mean,
        "low": low,
        "high": high,
        "unit": (row.unit or "1") if row else "",
        "sign_share": sign_share,
        "model": result.assessment.verdict.value,
        "record": result.record_assessment.verdict.value,
        "disagreement": result.disagreement,
    }


def save_csv(results: Iterable[ClaimResult], path: os.PathLike[str] | str) -> None:
    """Write all measurements of all claims as CSV, a row each, with the columns `CSV_COLUMNS`."""
    write_csv(path, CSV_COLUMNS, _csv_rows(results))


def _csv_rows(results: Iterable[ClaimResult]) -> Iterator[Sequence[Any]]:
    for result in results:
        if result.test_result is None:
            continue
        headline, others = result.test_result.headline, result.test_result.measurements
        for kind, row in [("headline", headline), *((row.kind, row) for row in others)]:
            values = (f"{v:.6g}" for v in (row.center, row.low, row.high))
            share = f"{row.sign_share:.4g}"
            yield [result.claim.id, kind, row.label, *values, row.unit or "1", share, row.sample.size]


def to_text(results: Iterable[ClaimResult]) -> str:
    """A table for a terminal."""
    header = ("id", "claim", "mean effect", "90 % interval", "sign", "verdict", "by")
    rows = [[str(r.claim.id), r.claim.title, *_effect_cells(r), *_verdict_cells(r)] for r in results]
    return text_table(rows, header=header, align="><>>><<")


def _effect_cells(result: ClaimResult) -> list[str]:
    if result.test_result is None:
        return ["", "", ""]
    headline = result.test_result.headline
    d = decimals(headline.center, headline.low, headline.high)
    interval = f"[{headline.low:+.{d}f}, {headline.high:+.{d}f}]"
    return [f"{headline.center:+.{d}f}", interval, f"{headline.sign_share:.0%}"]


def _verdict_cells(result: ClaimResult) -> list[str]:
    return [result.overall.verdict.value, result.decided_by]


def decimals(*values: float) -> int:
    """Decimals that show the largest of some values with two or three digits.

    >>> decimals(0.124, -0.02), decimals(31.2)
    (3, 1)
    """
    largest = max(abs(value) for value in values)
    return 3 if largest < 1 else 2 if largest < 10 else 1
