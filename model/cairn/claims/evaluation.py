"""Evaluation of the claims: run the arms, measure the effects, apply the rules, compare with the record."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import cairn.claims.claim_tests  # noqa: F401  registers the tests
from cairn.calibration import ablations
from cairn.calibration.posterior import shrinkage_by_name
from cairn.claims.claim import Claim, claims
from cairn.claims.claim_tests.measurement import Measurement
from cairn.claims.claim_tests.registration import CLAIM_TESTS, TestResult
from cairn.claims.experiments.arm_runs import ArmRuns, run_arms
from cairn.claims.record_verdicts import COMPUTED
from cairn.claims.verdicts import MIN_SHRINKAGE, Assessment, EmpiricalSupport, Verdict, apply_robustness_checks
from cairn.core.parameter_sets import ParameterSource
from cairn.ensemble.runner import Progress
from cairn.support.csv_table import write_csv
from cairn.support.text_table import text_table

MEMBERS, SEED = 300, 1
CONCLUSIVE = (Verdict.SUPPORTED, Verdict.PARTLY, Verdict.CONTRADICTED)
CSV_COLUMNS = ("claim_id", "kind", "measure", "median", "low", "high", "unit", "sign_share", "members")


@dataclasses.dataclass(frozen=True, eq=False)
class ClaimResult:
    """The evaluation of one claim.

    Parameters
    ----------
    claim : the claim
    test_result : what the test measured; None if the model cannot test the claim
    support : what the observations support of the mechanisms and parameters behind the answer
    assessment : verdict of the model, after the robustness checks
    record_assessment : verdict of the observations alone
    model_values : the model's value beside each quoted value of the claim, or None
    """

    claim: Claim
    test_result: TestResult | None
    support: EmpiricalSupport
    assessment: Assessment
    record_assessment: Assessment
    model_values: tuple[Measurement | None, ...] = ()

    @property
    def disagreement(self) -> str:
        """Whether the verdicts of model and record disagree: "", "in part" or "yes"."""
        verdicts = self.assessment.verdict, self.record_assessment.verdict
        if not all(verdict in CONCLUSIVE for verdict in verdicts) or verdicts[0] is verdicts[1]:
            return ""
        return "yes" if Verdict.CONTRADICTED in verdicts else "in part"


def required_arms(claim_ids: Iterable[int]) -> set[str]:
    """Names of the arms that the tests of these claims need."""
    return set().union(*(CLAIM_TESTS[n].required_arms() for n in claim_ids if n in CLAIM_TESTS))


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
    members : members of each arm; arms under another coding of leaders run on a third of them
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
    arms = required_arms(claim.id for claim in chosen)
    runs = (
        run_arms(arms, members, seed, parameters=parameters, jobs=jobs, progress=progress, coding=coding)
        if arms
        else None
    )
    return [evaluate(claim, runs) for claim in chosen], runs


def evaluate(claim: Claim, runs: ArmRuns | None) -> ClaimResult:
    """Evaluate one claim on runs of the arms that its test needs."""
    support, recorded = empirical_support(claim), record_assessment(claim)
    if claim.id not in CLAIM_TESTS or runs is None:
        assessment = Assessment(Verdict.NOT_TESTABLE, claim.test.removeprefix("None in the model, "))
        return ClaimResult(claim, None, support, assessment, recorded, (None,) * len(claim.quoted_values))
    result = CLAIM_TESTS[claim.id].evaluate(claim, runs)
    assessment = apply_robustness_checks(
        result.assessment,
        support=support,
        codings=result.codings,
        effect=result.headline.center,
        placebos=result.placebos,
    )
    model_values = tuple(
        Measurement(value.quantity, runs.mean("baseline", value.outcome, value.year), value.unit)
        if value.outcome and value.year
        else None
        for value in claim.quoted_values
    )
    return ClaimResult(claim, result, support, assessment, recorded, model_values)


def record_assessment(claim: Claim) -> Assessment:
    """What the observations alone say, judged from the sources or computed."""
    if claim.record.computed:
        return COMPUTED[claim.record.computed]()
    assert claim.record.verdict is not None
    return Assessment(Verdict(claim.record.verdict), "judged from the sources")


def empirical_support(claim: Claim) -> EmpiricalSupport:
    """Which mechanisms and parameters behind the answer the observations support.

    Mechanisms by the shipped refits without them, parameters by the shrinkage of the shipped posterior; of a
    parameter with several elements the largest shrinkage counts.
    """
    refits = ablations.load_refits()
    shrinkage: dict[str, float] = {}
    for name, value in shrinkage_by_name().items():
        field = name.partition("[")[0]
        shrinkage[field] = max(shrinkage.get(field, value), value)
    mechanisms = [name for name in claim.mechanisms if ablations.changed_scores(refits, name)[0]]
    parameters = [name for name in claim.parameters if shrinkage.get(name, 0.0) >= MIN_SHRINKAGE]
    supported = {*mechanisms, *parameters}
    unsupported = [name for name in (*claim.mechanisms, *claim.parameters) if name not in supported]
    return EmpiricalSupport(mechanisms, parameters, unsupported)


# --- as text and files ----------------------------------------------------------------------------------------------


def to_dicts(results: Iterable[ClaimResult]) -> list[dict[str, Any]]:
    """Headline and verdicts of each claim as plain values."""
    return [_to_dict(result) for result in results]


def _to_dict(result: ClaimResult) -> dict[str, Any]:
    row = result.test_result.headline if result.test_result else None
    values = (row.center, row.low, row.high, row.sign_share) if row else (None, None, None, None)
    median, low, high, sign_share = (None if value is None else round(value, 6) for value in values)
    return {
        "claim_id": result.claim.id,
        "title": result.claim.title,
        "kind": result.claim.kind,
        "measure": result.claim.measure if row else "",
        "median": median,
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
    header = ("id", "claim", "effect", "90 % interval", "sign", "model", "record", "differ")
    rows = [[str(r.claim.id), r.claim.title, *_effect_cells(r), *_verdict_cells(r)] for r in results]
    return text_table(rows, header=header, align="><>>><<<")


def _effect_cells(result: ClaimResult) -> list[str]:
    if result.test_result is None:
        return ["", "", ""]
    headline = result.test_result.headline
    d = decimals(headline.center, headline.low, headline.high)
    interval = f"[{headline.low:+.{d}f}, {headline.high:+.{d}f}]"
    return [f"{headline.center:+.{d}f}", interval, f"{headline.sign_share:.0%}"]


def _verdict_cells(result: ClaimResult) -> list[str]:
    return [result.assessment.verdict.value, result.record_assessment.verdict.value, result.disagreement]


def decimals(*values: float) -> int:
    """Decimals that show the largest of some values with two or three digits.

    >>> decimals(0.124, -0.02), decimals(31.2)
    (3, 1)
    """
    largest = max(abs(value) for value in values)
    return 3 if largest < 1 else 2 if largest < 10 else 1
