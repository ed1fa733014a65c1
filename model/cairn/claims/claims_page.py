"""The claims as one HTML page that needs no network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from cairn.calibration.repeats import ablations
from cairn.claims.claim_tests.measurement import SHARE, Measurement
from cairn.claims.evaluation import CONCLUSIVE, ClaimResult, decimals
from cairn.claims.verdicts import Verdict
from cairn.ensemble.outcomes import signed
from cairn.report import inline, rendered

KIND_TITLES = {
    "supplementary": "supplementary measurements",
    "coding": "under other codings of leaders",
    "placebo": "placebos",
}


def render_claims_page(
    results: Sequence[ClaimResult], figures: Sequence[tuple[Figure, str]], about: dict[str, Any]
) -> str:
    """The page as text.

    Parameters
    ----------
    results : evaluated claims
    figures : figures with their captions
    about : ``members``, ``seed``, ``parameters`` (origin) and ``command`` (to reproduce the page)
    """
    counts = [(verdict.value, sum(result.assessment.verdict is verdict for result in results)) for verdict in Verdict]
    codings = ("shipped", *(coding.name for coding in ablations.CODINGS))
    by_claim = [_result_texts(result) for result in results]
    return rendered(
        "claims.html.j2",
        title="Claims on Central Asia, tested one by one",
        about=about,
        counts=counts,
        results=by_claim,
        disagreeing=[texts for texts in by_claim if texts["disagreement"]],
        quoted_values=_quoted_values(results),
        coded=[texts for texts in by_claim if texts["claim"].depends_on_leader_codes and texts["headline"]],
        refits=[row for row in ablations.load_refits() if row["name"] in codings],
        figures=[(inline(figure), caption) for figure, caption in figures],
    )


def _result_texts(result: ClaimResult) -> dict[str, Any]:
    """A result as texts for the template."""
    test_result = result.test_result
    by_kind: dict[str, list[dict[str, str]]] = {kind: [] for kind in KIND_TITLES}
    for row in test_result.measurements if test_result else ():
        if row.kind in by_kind:
            by_kind[row.kind].append(_measurement_texts(row))
    return {
        "claim": result.claim,
        "verdict": result.assessment.verdict.value,
        "reason": result.assessment.reason,
        "record_verdict": result.record_assessment.verdict.value,
        "record_reason": result.record_assessment.reason,
        "disagreement": result.disagreement,
        "headline": _measurement_texts(test_result.headline) if test_result else None,
        "groups": [(KIND_TITLES[kind], rows) for kind, rows in by_kind.items() if rows],
        "notes": test_result.notes if test_result else (),
        "codings": by_kind["coding"],
        "coding_verdicts": [a.verdict.value for a in test_result.codings.values()] if test_result else [],
        "support": result.support,
        "conclusive": result.assessment.verdict in CONCLUSIVE,
    }


def _measurement_texts(row: Measurement) -> dict[str, str]:
    """A measurement as texts."""
    if row.sample.size == 1:
        value = float(row.sample[0])
        text = f"{value:.0%}" if row.unit == SHARE else signed(value, decimals(value))
        return {"label": row.label, "center": text, "interval": "", "sign": "", "unit": row.unit}
    d = decimals(row.low, row.center, row.high)
    return {
        "label": row.label + (" (mean)" if row.averaged else ""),
        "center": signed(row.center, d),
        "interval": f"{signed(row.low, d)} to {signed(row.high, d)}",
        "sign": f"{row.sign_share:.0%}" if row.center else "",
        "unit": row.unit,
    }


def _quoted_values(results: Sequence[ClaimResult]) -> list[dict[str, str]]:
    """Values that the article gives, beside official ones and those of the model."""
    rows = []
    for result in results:
        model_values = result.model_values or (None,) * len(result.claim.quoted_values)
        for value, model in zip(result.claim.quoted_values, model_values, strict=True):
            rows.append(
                {
                    "quantity": value.quantity,
                    "unit": value.unit,
                    "article": f"{value.article:g}",
                    "official": "none found" if value.official is None else f"{value.official:g}",
                    "model": f"{model.center:.1f} [{model.low:.1f}, {model.high:.1f}]" if model else "not in the model",
                    "note": value.note,
                    "verdict": f"claim {result.claim.id}: {result.record_assessment.verdict.value} by the record",
                }
            )
    return rows
