"""Pictures of what sweeps tell: results put into words and lengths for `model.figures.sweeps`."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from model.experiments.discovery import Discovery, Found
from model.experiments.robustness import Robustness
from model.experiments.sensitivity import HEADLINES, Index
from model.figures.sweeps import Bars, Box, Policy, Span, bars, boxes, robustness

SHOWN = 10  # factors in a panel


def _foot(about: dict[str, Any]) -> str:
    return (
        f"Sweep: “{about['title']}”, {about['points']:,} points of {about['members']} members, seed {about['seed']}. "
        f"Commit {about['commit']}."
    )


def _panels(found: list[Index], kind: str, front: str = "") -> list[Bars]:
    """The strongest of each headline outcome by one kind of index, with another kind in front of it."""
    by_kind = {(i.outcome, i.kind, i.factor): i for i in found}
    panels = []
    for headline in HEADLINES:
        of = [i for i in found if i.outcome == headline.name and i.kind == kind]
        of = sorted(of, key=lambda index: -index.value)[:SHOWN]
        more = [by_kind[i.outcome, front, i.factor] for i in of] if front else []
        if of:
            across = f"effect, {headline.unit}" if kind == "mu_star" else "share of variance"
            panels.append(Bars(headline.title, across, [i.factor for i in of], _drawn(of), _drawn(more)))
    return panels


def _drawn(found: list[Index]) -> list[tuple[float, float]]:
    return [(index.value, index.error) for index in found]


def screening(found: list[Index], about: dict[str, Any]) -> Figure:
    """The ten numbers and judgements that move each headline outcome most."""
    factors = len({index.factor for index in found})
    return bars(
        _panels(found, "mu_star"),
        "Which numbers and judgements matter",
        f"Mean size of what an outcome does when one of {factors} factors goes through its whole range, the ten "
        "strongest of each. Outcomes are means of the last years; sizes are in their units.",
        _foot(about),
        ("mean size of the effect (Morris)", ""),
    )


def indices(found: list[Index], about: dict[str, Any]) -> Figure:
    """Shares of variance of the strongest, alone and with what they interact with."""
    return bars(
        _panels(found, "ST", front="S1"),
        "How much of the spread each explains",
        "Sobol indices: share of an outcome's variance that would go if a factor were known, with all it interacts "
        "with, and alone. The strongest factors of the screening vary together; all others are as each world has them.",
        _foot(about),
        ("share with all it interacts with (total)", "share alone (first order)"),
    )


def discovered(found: dict[str, Discovery], about: dict[str, Any]) -> Figure:
    """The first box of PRIM and the densest leaf of CART of each case, as ranges of the factors they restrict."""
    shown = []
    for case, of in found.items():
        case = f"{case.replace('_', ' ')} ({of.words}; {of.percent} of worlds)"
        several: list[Found] = [*of.boxes[:1], *of.leaves[:1]]
        for box in several:
            spans = [Span(limit.factor.name, *limit.place(), str(limit)) for limit in box.limits]
            shown.append(Box(f"{case} – {box.way}: coverage {box.coverage:.2f}, density {box.density:.2f}", spans))
        if not several:
            shown.append(Box(f"{case}: no box", ()))
    return boxes(
        shown,
        "Under which conditions futures come about",
        "Each box: the part (dark) of a factor's range (pale) in which such futures gather. Coverage is the share of "
        "all such worlds in the\nbox, density the share of the box's worlds that are such.",
        _foot(about),
    )


def robust(found: Robustness, about: dict[str, Any]) -> Figure:
    """Share of futures in which packages meet the goals, and regret."""
    goals = list(found.goals)
    return robustness(
        [
            Policy(p.name, p.together, [p.each[g] for g in goals], [p.regret[g][1] for g in goals])
            for p in found.packages
        ],
        goals,
        [f"{goal.replace('_', ' ')} {found.goals[goal]}" for goal in goals],
        "How policies hold up",
        f"Every package meets the same {found.futures:,} futures. Left: share in which it meets the goals. "
        "Right: regret, what it falls short of the\nbest package in the same future; nine futures of ten have less.",
        _foot(about),
    )
