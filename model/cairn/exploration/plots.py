"""Pictures of what sweeps tell: results put into words and lengths for `cairn.exploration.sweep_figures`."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from cairn.core.parameters import FIELDS
from cairn.ensemble.output_variables import OUTPUT_VARIABLES
from cairn.exploration.discovery import Discovery, Found, classes, on_a_line
from cairn.exploration.indices import Index, headlines, strongest_of
from cairn.exploration.point_figures import Cloud, Side, clouds, plane
from cairn.exploration.robustness import Robustness
from cairn.exploration.sweep_figures import Bars, Box, Policy, Span, bars, boxes, robustness
from cairn.sweeps.factors import Factor
from cairn.sweeps.results import SweepResults
from cairn.sweeps.sweep_spec import OutcomePart, Sweep

SHOWN = 10  # factors in a panel


def _foot(about: dict[str, Any]) -> str:
    made_by = "" if about["commit"] == "none" else f" Commit {about['commit']}."
    return (
        f"Sweep: “{about['title']}”, {about['points']:,} points of {about['members']} members, seed {about['seed']}."
        f"{made_by}"
    )


def _panels(found: list[Index], kind: str, front: str = "") -> list[Bars]:
    """The strongest of each headline outcome by one kind of index, with another kind in front of it."""
    by_kind = {(i.outcome, i.kind, i.factor): i for i in found}
    panels = []
    for headline in headlines(found):
        of = strongest_of(found, headline.name, kind, SHOWN)
        more = [by_kind[i.outcome, front, i.factor] for i in of] if front else []
        if of:
            across = f"effect, {headline.unit or 'in its own unit'}" if kind == "mu_star" else "share of variance"
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
        "with, and alone. Those shown vary together over their ranges; all else is as each world has it.",
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
            Policy(p.name, p.points_per_run, [p.each[g] for g in goals], [p.regret[g][1] for g in goals])
            for p in found.packages
        ],
        goals,
        [f"{goal.replace('_', ' ')} {found.goals[goal]}" for goal in goals],
        "How policies hold up",
        f"Every package meets the same {found.futures:,} futures. Left: share in which it meets the goals. "
        "Right: regret, what it falls short of the\nbest package in the same future; nine futures of ten have less.",
        _foot(about),
    )


def scattered(table: SweepResults, outcome: str) -> Figure:
    """An outcome at every point of a sweep against each factor that has numbers or dates."""
    frame, kept = table.points(), table.sweep.columns[outcome]
    numbered = [factor for factor in table.sweep.factors if not classes(factor)]
    panels = [
        Cloud(_with_unit(factor, table.sweep), np.array([on_a_line(value) for value in frame[factor.name]]))
        for factor in numbered
    ]
    return clouds(
        panels,
        frame[outcome].to_numpy(float),
        f"“{outcome}” at every point of the sweep, against each factor",
        f"{outcome}{_unit(kept)}",
        f"{_kept(kept)} A dot is the mean of a point's worlds, the line the mean of each eighth of the points: where "
        "it is level, the factor does nothing by itself; the scatter around it is the work of the others.",
        _foot(table.about),
    )


def in_plane(table: SweepResults, case: str, found: Discovery, box: int = 0) -> Figure:
    """Points of a sweep over the two factors that a box restricts most: share of worlds of a case, and the box."""
    bounds = table.sweep.spec.cases[case]
    tightest = [limit for limit in found.boxes[box].telling(0.0) if not limit.among][:2]
    if len(tightest) < 2:
        raise ValueError(f"the box restricts {len(tightest)} of the factors with numbers or dates; a plane needs two")
    frame = table.frame(["point", *(limit.factor.name for limit in tightest), *bounds])
    met = [bound.met(frame[column].to_numpy(float, na_value=np.nan)) for column, bound in bounds.items()]
    points = frame.assign(such=np.logical_and.reduce(met)).groupby("point", sort=True)
    sides = [
        Side(
            f"{_with_unit(limit.factor, table.sweep)}; box: {limit}",
            np.array([on_a_line(value) for value in points[limit.factor.name].first()]),
            *(None if end is None else on_a_line(end) for end in (limit.low, limit.high)),
        )
        for limit in tightest
    ]
    of = found.boxes[box]
    return plane(
        sides[0],
        sides[1],
        points.such.mean().to_numpy(float),
        f"Where the worlds of “{case.replace('_', ' ')}” lie",
        f"Case: {found.words}, in {found.percent} of worlds. The box holds {100 * of.coverage:.0f} % of these; "
        f"{100 * of.density:.0f} % of the worlds in the box are such. Whatever else differs is not seen here.",
        _foot(table.about),
    )


def _unit(part: OutcomePart) -> str:
    unit = OUTPUT_VARIABLES[part.measure].units
    return "" if unit == "1" or part.relative_to else f", {unit}"


def _kept(part: OutcomePart) -> str:
    """What is kept of a world, in a sentence."""
    what = OUTPUT_VARIABLES[part.measure].long_name
    of = f" ({part.of})" if part.of else ""
    when = f", {part.statistic}" if part.statistic else ""
    if part.start:
        when += f" from {part.start}"
    return f"{what[0].upper()}{what[1:]}{of}{when}."


def _with_unit(factor: Factor, sweep: Sweep) -> str:
    """A factor's name with the unit of what it sets, where that has one."""
    kind, name, *rest = (*factor.target, "")
    unit = ""
    if kind == "parameter":
        unit = FIELDS[name].metadata["unit"]
    elif kind == "event" and len(rest[0]) == 1:
        about = type(sweep.scenarios[0].events[name]).model_json_schema()["properties"]
        field = about[rest[0][0]]
        unit = next((part["unit"] for part in (field, *field.get("anyOf", ())) if "unit" in part), "")
    return factor.name if unit in ("", "1", factor.name) else f"{factor.name}, {unit}"
