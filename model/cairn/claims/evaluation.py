"""All of it together: run the worlds that the trials need, hear each claim, and hold the answers against the record."""

from __future__ import annotations

import csv
import dataclasses
import functools
import json
import os
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

import numpy as np

import cairn.claims.claim_tests  # noqa: F401  registers the trials
from cairn.calibration import ablations
from cairn.claims import arm_runs, record_verdicts
from cairn.claims.claim import Claim, claims
from cairn.claims.claim_test import TRIALS, Finding, Row
from cairn.claims.verdicts import NARROWED, Ruling, Support, Verdict, weighed
from cairn.core.parameter_sets import ParameterSource
from cairn.ensemble.workers import Progress
from cairn.support.atomic_write import atomic_write

MEMBERS, SEED = 300, 1
SAYS = (Verdict.SUPPORTED, Verdict.PARTLY, Verdict.CONTRADICTED)
HEAD = (
    "claim", "title", "kind", "what", "median", "p05", "p95", "unit", "sign_share", "model", "record", "disagree",
)  # fmt: skip


@dataclasses.dataclass(frozen=True, eq=False)
class Case:
    """One claim heard: what was found, what the model and the record say of it, and why."""

    claim: Claim
    finding: Finding | None
    support: Support
    ruling: Ruling
    of_record: Ruling
    ours: tuple[Row | None, ...] = ()  # what the model has beside each figure that the article gives

    @property
    def disagree(self) -> str:
        """Whether model and record disagree: "", "in part", "yes"."""
        ours, theirs = self.ruling[0], self.of_record[0]
        if ours not in SAYS or theirs not in SAYS or ours is theirs:
            return ""
        return "yes" if Verdict.CONTRADICTED in (ours, theirs) else "in part"


def needed(claim_ids: Iterable[int]) -> set[str]:
    """Arms that the trials of these claims need."""
    return set().union(*(TRIALS[n].needs() for n in claim_ids if n in TRIALS))


def hear(
    claim_ids: Iterable[int] | None = None,
    members: int = MEMBERS,
    seed: int = SEED,
    *,
    parameters: ParameterSource = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> tuple[list[Case], arm_runs.Worlds | None]:
    """Hear claims, all if none are named, on worlds that share their luck.

    Parameters
    ----------
    claim_ids : of the claims, 1 to 42
    members : worlds of each arm; combinations under other codes run on a third of them
    parameters : parameters of the model, as for `cairn.ensemble.runner.run`

    Returns
    -------
    the cases, and the worlds they were heard on, if any were needed

    Raises
    ------
    KeyError if there is no such claim; ValueError for fewer than two worlds
    """
    wanted = sorted(set(claims() if claim_ids is None else claim_ids))
    if members < 2:
        raise ValueError(f"members = {members}: two worlds at least are needed for an interval")
    chosen = [claims()[n] for n in wanted]
    names = needed(wanted)
    found = arm_runs.run(names, members, seed, parameters=parameters, jobs=jobs, progress=progress) if names else None
    return [judged(claim, found) for claim in chosen], found


def judged(claim: Claim, found: arm_runs.Worlds | None) -> Case:
    """One claim heard on worlds that were run."""
    of_record = ruling_of_record(claim)
    support = support_of(claim)
    if claim.number not in TRIALS or found is None:
        ruling = Verdict.NOT_TESTABLE, claim.test.removeprefix("None in the model, ")
        return Case(claim, None, support, ruling, of_record, (None,) * len(claim.figures))
    finding = TRIALS[claim.number].hear(claim, found)
    ruling = weighed(
        finding.ruling,
        support=support,
        codings=finding.codings,
        effect=finding.headline.middle,
        placebos=finding.placebos,
    )
    ours = tuple(
        Row(figure.what, found.years("baseline", figure.outcome, figure.year), figure.unit)
        if figure.outcome and figure.year
        else None
        for figure in claim.figures
    )
    return Case(claim, finding, support, ruling, of_record, ours)


def ruling_of_record(claim: Claim) -> Ruling:
    """What the record says, judged or reckoned."""
    if claim.record.computed:
        return record_verdicts.RECKONED[claim.record.computed]()
    assert claim.record.verdict is not None
    return Verdict(claim.record.verdict), "judged from the sources"


@functools.cache
def _shrinkage() -> dict[str, float]:
    """Shrinkage of each learnt number; the most of any of its places."""
    text = (files("cairn") / "data" / "fitted" / "posterior.json").read_text(encoding="utf-8")
    found: dict[str, float] = {}
    for row in json.loads(text)["parameters"]:
        name = row["name"].partition("[")[0]
        found[name] = max(found.get(name, -np.inf), row["shrinkage"])
    return found


def support_of(claim: Claim) -> Support:
    """What the record says of that on which the model's answer rests, from refits and shrinkage that ship."""
    rows = ablations.shipped()
    called = [name for name in claim.mechanisms if ablations.verdict(rows, name)[0]]
    narrowed = [name for name in claim.parameters if _shrinkage().get(name, 0.0) >= NARROWED]
    others = [*(n for n in claim.mechanisms if n not in called), *(n for n in claim.parameters if n not in narrowed)]
    return Support(called, narrowed, others)


# --- as text --------------------------------------------------------------------------------------------------------


def as_rows(cases: Iterable[Case]) -> list[dict[str, Any]]:
    """Headline of each case as plain values, `HEAD`."""
    return [_row(case) for case in cases]


def _row(case: Case) -> dict[str, Any]:
    head = case.finding.headline if case.finding else None
    figures = {
        name: None if head is None else round(getattr(head, attribute), 6)
        for name, attribute in (("median", "middle"), ("p05", "low"), ("p95", "high"), ("sign_share", "sign_share"))
    }
    return {
        "claim": case.claim.number,
        "title": case.claim.title,
        "kind": case.claim.kind,
        "what": case.claim.outcome if head else "",
        **{name: figures[name] for name in ("median", "p05", "p95")},
        "unit": (head.unit or "1") if head else "",
        "sign_share": figures["sign_share"],
        "model": case.ruling[0].value,
        "record": case.of_record[0].value,
        "disagree": case.disagree,
    }


def save_csv(cases: Iterable[Case], path: os.PathLike[str] | str) -> None:
    """Headlines and all that stands beside them: one row for each thing measured."""
    with atomic_write(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["claim", "kind", "what", "median", "p05", "p95", "unit", "sign_share", "worlds"])
        for case in cases:
            if case.finding is None:
                continue
            lines = [("headline", case.finding.headline), *((row.kind, row) for row in case.finding.rows)]
            for kind, row in lines:
                figures = (f"{v:.6g}" for v in (row.middle, row.low, row.high))
                writer.writerow([case.claim.number, kind, row.label, *figures, row.unit or "1",
                                 f"{row.sign_share:.4g}", row.sample.size])  # fmt: skip


def as_lines(cases: Iterable[Case]) -> list[str]:
    """The table for a terminal, 118 columns."""
    lines = [
        f"{'':3} {'claim':48}{'effect':>8} {'90 % interval':>17}{'sign':>6}  {'model':15}{'record':13}apart",
        "-" * 118,
    ]
    for case in cases:
        row = case.finding.headline if case.finding else None
        figures = f"{'':32}"
        if row is not None:
            d = digits(row.middle, row.low, row.high)
            interval = f"[{row.low:+.{d}f}, {row.high:+.{d}f}]"
            figures = f"{row.middle:+8.{d}f} {interval:>17}{row.sign_share:6.0%}"
        lines.append(
            f"{case.claim.number:>2}  {case.claim.title:48}{figures}  "
            f"{case.ruling[0].value:15}{case.of_record[0].value:13}{case.disagree}".rstrip()
        )
    return lines


def digits(*values: float) -> int:
    """Decimals that show the largest of some figures to two digits or three.

    >>> digits(0.124, -0.02), digits(31.2)
    (3, 1)
    """
    most = max(abs(value) for value in values)
    return 3 if most < 1 else 2 if most < 10 else 1
