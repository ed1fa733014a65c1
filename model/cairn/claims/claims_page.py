"""The claims as one HTML page that needs no network and no script: summary, filters, one card a claim."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from cairn.calibration.repeats import ablations
from cairn.claims.claim_tests.measurement import SHARE, Measurement
from cairn.claims.evaluation import ClaimResult, decimals
from cairn.claims.evidence import supports
from cairn.claims.experiments.arms import ASSUMED, assumed_by
from cairn.claims.experiments.codings import CODINGS
from cairn.claims.verdicts import CONCLUSIVE, Verdict
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
    about : ``members``, ``seed``, ``parameters`` (origin), ``command`` (to reproduce the page), ``text`` (a sentence
        that names the text on trial) and ``source`` (the file of the claims)
    """
    by_claim = [_result_texts(result) for result in results]
    themes = list(dict.fromkeys(result.claim.theme for result in results))
    verdicts = [verdict.value for verdict in Verdict]
    cells = {theme: {verdict: [] for verdict in verdicts} for theme in themes}  # type: dict[str, dict[str, list[Any]]]
    for texts in by_claim:
        cells[texts["claim"].theme][texts["overall"]].append(texts["claim"])
    return rendered(
        "claims.html.j2",
        title="Claims on Central Asia, tested one by one",
        about=about,
        verdicts=[(v, _slug(v), sum(texts["overall"] == v for texts in by_claim)) for v in verdicts],
        themes=[(theme, _slug(theme)) for theme in themes],
        matrix=cells,
        summary=summary(results),
        results=by_claim,
        changes=[texts for texts in by_claim if texts["claim"].earlier],
        without_data=[texts for texts in by_claim if texts["claim"].no_public_data],
        disagreeing=[texts for texts in by_claim if texts["disagreement"]],
        quoted_values=_quoted_values(results),
        coded=[texts for texts in by_claim if texts["claim"].depends_on_leader_codes and texts["headline"]],
        both=[texts for texts in by_claim if texts["other_noise"]],
        refits=_refits(results),
        figures=[(inline(figure), caption) for figure, caption in figures],
    )


def summary(results: Sequence[ClaimResult]) -> list[str]:
    """What of the argument stands, in a few sentences that follow from the verdicts."""
    count, by_record = len(results), sum(r.decided_by == "record" for r in results)
    causes = [r for r in results if r.claim.kind == "cause"]
    stand = [r for r in causes if r.overall.verdict is Verdict.SUPPORTED]
    by_forecasts = [r for r in results if r.decided_by == "model" and r.overall.verdict in CONCLUSIVE]
    facts = [r for r in results if r.claim.kind in ("fact", "quantity")]
    held = sum(r.overall.verdict is Verdict.SUPPORTED for r in facts)
    wrong = [r for r in results if r.overall.verdict is Verdict.CONTRADICTED]
    follows = [r for r in results if r.overall.verdict is Verdict.FOLLOWS]
    decided = f" ({_named(by_forecasts)})" if by_forecasts else ""
    sentences = [
        f"The record decides {by_record} of {count} claims, forecasts of the model {len(by_forecasts)}{decided}."
    ]
    if facts:
        sentences.append(f"Of the statements of fact and quantity {held} of {len(facts)} hold.")
    if causes:
        named = f": {_named(stand)}" if stand else ""
        sentences.append(f"Of the statements about a cause {len(stand)} of {len(causes)} stand in full{named}.")
    if wrong:
        sentences.append(f"Contradicted: {_named(wrong)}.")
    if follows:
        sentences.append(f"In the model alone, by assumption: {_named(follows)}.")
    return sentences


def _named(results: Sequence[ClaimResult]) -> str:
    return "; ".join(f"{r.claim.id} {r.claim.title}" for r in results)


def _slug(text: str) -> str:
    return text.lower().replace(" ", "-")


def _result_texts(result: ClaimResult) -> dict[str, Any]:
    """A result as texts for the template."""
    test_result = result.test_result
    by_kind: dict[str, list[dict[str, str]]] = {kind: [] for kind in KIND_TITLES}
    for row in test_result.measurements if test_result else ():
        if row.kind in by_kind:
            by_kind[row.kind].append(_measurement_texts(row))
    other = None
    if result.other_noise:
        other = {"year": result.other_noise[1], "row": _measurement_texts(result.other_noise[0].headline),
                 "verdict": result.other_noise[0].assessment.verdict.value}  # fmt: skip
    source, _, reason = result.overall.reason.partition(": ")
    return {
        "claim": result.claim,
        "overall": result.overall.verdict.value,
        "slug": _slug(result.overall.verdict.value),
        "theme_slug": _slug(result.claim.theme),
        "decided": source,
        "why": reason,
        "verdict": result.assessment.verdict.value,
        "reason": result.assessment.reason,
        "record_verdict": result.record_assessment.verdict.value,
        "record_reason": result.record_assessment.reason,
        "disagreement": result.disagreement,
        "headline": _measurement_texts(test_result.headline) if test_result else None,
        "groups": [(KIND_TITLES[kind], rows) for kind, rows in by_kind.items() if rows],
        "notes": test_result.notes if test_result else (),
        "codings": _coding_texts(result, by_kind["coding"]),
        "other_noise": other,
        "how_sure": how_sure(result),
    }


def _coding_texts(result: ClaimResult, rows: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
    """Rows of measurements under other codings, each with the head of its column and the verdict under it."""
    found = result.test_result.codings if result.test_result else ()
    return [
        row | {"short": coding.short, "blind": one.blind, "verdict": one.assessment.verdict.value}
        for row, one, coding in zip(rows, found, CODINGS.values(), strict=False)
    ]


def how_sure(result: ClaimResult) -> list[str]:
    """What the verdict of the model rests on: size of the effect, codings, noise, placebos, forecasts."""
    test_result = result.test_result
    if test_result is None:
        return ["No test by the model; the verdict is as sure as the sources are."]
    row = _measurement_texts(test_result.headline)
    unit = f" {row['unit']}" if row["unit"] else ""
    sign = f"; {row['sign']} of members have that sign" if row["sign"] else ""
    points = [f"Mean effect {row['center']}{unit}, 90 % interval {row['interval']}{sign}."]
    if result.claim.level:
        return [*points, "Members follow the record, so this is no test of its own."]
    if result.other_noise:
        other, year = result.other_noise
        texts = _measurement_texts(other.headline)
        noise = f"of the record to {year}" if year >= 1992 else "drawn anew"
        points.append(f"With noise {noise}: {texts['center']}, {texts['interval']}.")
    if test_result.codings:
        held = [c for c in test_result.codings if c.assessment.verdict in (Verdict.SUPPORTED, Verdict.PARTLY)]
        blind = [c for c in test_result.codings if c.blind]
        held_blind = sum(c.blind for c in held)
        points.append(
            f"It holds under {len(held)} of {len(test_result.codings)} other codings of leaders, {held_blind} of the "
            f"{len(blind)} that are blind to outcomes."
        )
    if test_result.placebos:
        center = test_result.headline.center
        shares = [value / center for value in test_result.placebos.values() if center]
        if shares:
            points.append(f"Largest placebo: {max(shares):.0%} of the effect.")
    named = result.claim.needs
    better = [name for name in named if name in result.evidence and supports(result.evidence[name])]
    if named:
        points.append(f"It needs {', '.join(named)}; forecasts are better with {', '.join(better) or 'none of these'}.")
    if assumed_by(named):
        points.append(f"Off in the shipped model, and on in all runs of this test: {', '.join(ASSUMED)}.")
    return points


def _measurement_texts(row: Measurement) -> dict[str, str]:
    """A measurement as texts."""
    if row.sample.size == 1:
        value = float(row.sample[0])
        text = f"{value:.0%}" if row.unit == SHARE else signed(value, decimals(value))
        return {"label": row.label, "center": text, "interval": "", "sign": "", "unit": row.unit}
    d = decimals(row.low, row.center, row.high)
    return {
        "label": row.label + (" (interval of the mean)" if row.averaged else ""),
        "center": signed(row.center, d),
        "interval": f"{signed(row.low, d)} to {signed(row.high, d)}",
        "sign": f"{row.sign_share:.0%}" if row.center else "",
        "unit": row.unit,
    }


def _refits(results: Sequence[ClaimResult]) -> list[dict[str, Any]]:
    """Calibrations under other codings, where the claim that rests most on leaders is among the results."""
    if not any(result.claim.title == "Mirziyoyev gave the new impetus" for result in results):
        return []
    codings = ("shipped", *(coding.name for coding in ablations.CODINGS))
    return [row for row in ablations.load_refits() if row["name"] in codings]


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
