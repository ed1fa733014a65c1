"""The claims as one HTML page that needs no network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from cairn.calibration import ablations
from cairn.claims.claim_test import SHARES, Row
from cairn.claims.evaluation import SAYS, Case, digits
from cairn.claims.verdicts import Verdict
from cairn.ensemble.outcomes import signed
from cairn.report import inline, rendered

KINDS = {"part": "beside it", "coding": "under other codes of leaders", "placebo": "placebo"}


def page(cases: Sequence[Case], pictures: Sequence[tuple[Figure, str]], about: dict[str, Any]) -> str:
    """The page as text; `about` tells members, seed, origin of numbers and the command that makes it again."""
    counts = [(verdict.value, sum(case.ruling[0] is verdict for case in cases)) for verdict in Verdict]
    return rendered(
        "claims.html.j2",
        title="Claims on Central Asia, put to the test one by one",
        about=about,
        counts=counts,
        cases=[_told(case) for case in cases],
        apart=[_told(case) for case in cases if case.disagree],
        figures=_figures(cases),
        judged=[_told(case) for case in cases if case.claim.judged and case.finding],
        codings=[
            row for row in ablations.shipped() if row["name"] in ("shipped", *(c.name for c in ablations.CODINGS))
        ],
        pictures=[(inline(figure), caption) for figure, caption in pictures],
    )


def _told(case: Case) -> dict[str, Any]:
    """A case as texts for the page."""
    finding = case.finding
    groups: list[tuple[str, list[dict[str, str]]]] = []
    if finding:
        groups = [
            (title, [_line(row) for row in finding.rows if row.kind == kind])
            for kind, title in KINDS.items()
            if any(row.kind == kind for row in finding.rows)
        ]
    return {
        "claim": case.claim,
        "verdict": case.ruling[0].value,
        "why": case.ruling[1],
        "record": case.of_record[0].value,
        "record_why": case.of_record[1],
        "disagree": case.disagree,
        "headline": _line(finding.headline) if finding else None,
        "groups": groups,
        "sentences": finding.sentences if finding else (),
        "codings": [_line(row) for row in finding.rows if row.kind == "coding"] if finding else [],
        "rulings": [(title, ruling[0].value) for title, ruling in finding.codings.items()] if finding else [],
        "support": case.support,
        "says": case.ruling[0] in SAYS,
    }


def _line(row: Row) -> dict[str, str]:
    """One measured thing as texts."""
    if row.sample.size == 1:
        value = float(row.sample[0])
        text = f"{value:.0%}" if row.unit == SHARES else signed(value, digits(value))
        return {"label": row.label, "middle": text, "interval": "", "sign": "", "unit": row.unit}
    d = digits(row.low, row.middle, row.high)
    return {
        "label": row.label + (" (mean)" if row.averaged else ""),
        "middle": signed(row.middle, d),
        "interval": f"{signed(row.low, d)} to {signed(row.high, d)}",
        "sign": f"{row.sign_share:.0%}" if row.middle else "",
        "unit": row.unit,
    }


def _figures(cases: Sequence[Case]) -> list[dict[str, str]]:
    """Figures that the article gives, beside officials' and ours."""
    found = []
    for case in cases:
        ours = case.ours or (None,) * len(case.claim.figures)
        for figure, row in zip(case.claim.figures, ours, strict=True):
            found.append(
                {
                    "what": figure.what,
                    "unit": figure.unit,
                    "article": f"{figure.article:g}",
                    "officials": "none found" if figure.officials is None else f"{figure.officials:g}",
                    "ours": f"{row.middle:.1f} [{row.low:.1f}, {row.high:.1f}]" if row else "not in the model",
                    "note": figure.note,
                    "verdict": f"{case.claim.number}: {case.of_record[0].value} by the record",
                }
            )
    return found
