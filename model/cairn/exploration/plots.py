"""Figures of sweep results: the results as text and lengths for `sweep_figures` and `point_figures`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from cairn.core.parameters import FIELDS
from cairn.exploration.discovery import Discovery, as_number, is_categorical
from cairn.exploration.indices import Index, headlines_of, largest_indices
from cairn.exploration.point_figures import PlaneAxis, ScatterPanel, plane, scatter_panels
from cairn.exploration.robustness import Robustness
from cairn.exploration.sweep_figures import BarPanel, BoxPanel, RangeBar, bar_panels, box_panels, policy_bars
from cairn.sweeps.factors import Factor
from cairn.sweeps.outcome_columns import check_none_missing
from cairn.sweeps.results import SweepResults
from cairn.sweeps.sweep_spec import OutcomeSpec

FACTORS_SHOWN = 10  # in a panel


def _foot(about: Mapping[str, Any]) -> str:
    commit = "" if about["commit"] == "none" else f" Commit {about['commit']}."
    return (
        f"Sweep: “{about['title']}”, {about['points']:,} points of {about['members']} members, seed {about['seed']}."
        f"{commit}"
    )


def _panels(indices: Sequence[Index], kind: str, front: str = "") -> list[BarPanel]:
    """The largest indices of one kind for each outcome, with another kind in front of them."""
    by_key = {(i.outcome, i.kind, i.factor): i for i in indices}
    panels = []
    for headline in headlines_of(indices):
        largest = largest_indices(indices, headline.name, kind, FACTORS_SHOWN)
        in_front = [by_key[i.outcome, front, i.factor] for i in largest] if front else []
        if largest:
            label = f"effect, {headline.unit or 'in its own unit'}" if kind == "mu_star" else "share of variance"
            names = [i.factor for i in largest]
            panels.append(BarPanel(headline.title, label, names, _values(largest), _values(in_front)))
    return panels


def _values(indices: Sequence[Index]) -> list[tuple[float, float]]:
    return [(index.value, index.error) for index in indices]


def morris_bars(indices: Sequence[Index], about: Mapping[str, Any]) -> Figure:
    """The ten factors with the largest mu_star on each outcome.

    Parameters
    ----------
    indices : from `morris_indices`
    about : provenance of the sweep, `SweepResults.about`
    """
    factors = len({index.factor for index in indices})
    return bar_panels(
        _panels(indices, "mu_star"),
        "Which parameters and judgements matter",
        f"Mean absolute effect on an outcome when one of {factors} factors moves through its whole range, for the ten "
        "strongest factors. Each outcome is a mean over the last years of the run, in its own unit.",
        _foot(about),
        ("mean absolute effect (Morris, mu*)", ""),
    )


def sobol_bars(indices: Sequence[Index], about: Mapping[str, Any]) -> Figure:
    """Total and first-order Sobol indices of the ten strongest factors for each outcome.

    Parameters
    ----------
    indices : from `sobol_indices`
    about : provenance of the sweep, `SweepResults.about`
    """
    return bar_panels(
        _panels(indices, "ST", front="S1"),
        "How much of the variance each factor explains",
        "Sobol indices: share of an outcome's variance that would disappear if the factor were known, with its "
        "interactions (total) and alone (first order). All other parameters are as in the posterior.",
        _foot(about),
        ("with interactions (total)", "alone (first order)"),
    )


def box_ranges(discoveries: Mapping[str, Discovery], about: Mapping[str, Any]) -> Figure:
    """The first box of PRIM and the densest leaf of CART for each case, as ranges of the factors that they restrict.

    Parameters
    ----------
    discoveries : results of `discover` by case
    about : provenance of the sweep, `SweepResults.about`
    """
    panels = []
    for case, discovery in discoveries.items():
        heading = f"{case.replace('_', ' ')} ({discovery.condition}; {discovery.percent} of futures)"
        if discovery.missing:
            heading += f" {discovery.missing_text}"
        boxes = [*discovery.boxes[:1], *discovery.leaves[:1]]
        for box in boxes:
            ranges = [RangeBar(limit.factor.name, *limit.span(), str(limit)) for limit in box.limits]
            quality = f"{box.method}: coverage {box.coverage:.2f}, density {box.density:.2f}"
            panels.append(BoxPanel(f"{heading} – {quality}", ranges))
        if not boxes:
            panels.append(BoxPanel(f"{heading}: no box", ()))
    return box_panels(
        panels,
        "Under which conditions each kind of future occurs",
        "Each box: the part (dark) of a factor's range (pale) where these futures are concentrated. Coverage: share of "
        "all such futures that are in the box. Density: share of the futures in the box that are of this kind.",
        _foot(about),
    )


def robustness_bars(robustness: Robustness, about: Mapping[str, Any]) -> Figure:
    """Share of futures in which policies meet the goals, and regret.

    Parameters
    ----------
    robustness : from `cairn.exploration.robustness`
    about : provenance of the sweep, `SweepResults.about`
    """
    goals = [(column, f"{column.replace('_', ' ')} {bound}") for column, bound in robustness.goals.items()]
    return policy_bars(
        robustness.policies,
        goals,
        "How robust the policies are",
        f"All policies are run in the same {robustness.futures:,} futures. Left: share of futures in which the goals "
        "are met. Right: regret, the shortfall from the best policy in the same future (90th percentile).",
        _foot(about),
    )


def outcome_scatter(results: SweepResults, outcome: str) -> Figure:
    """An outcome at every point of a sweep against each factor that has numbers or dates.

    Parameters
    ----------
    results : results of the sweep
    outcome : column of the table

    Raises
    ------
    MissingValues if there is no point at which all members have a value
    """
    frame, spec = results.points(), results.sweep.columns[outcome]
    if frame[outcome].isna().all():
        check_none_missing(outcome, frame[outcome].to_numpy(float))
    points = len(frame)
    frame = frame[frame[outcome].notna()]
    left_out = f" {points - len(frame):,} of {points:,} points, where a member has no value, are left out."
    panels = [
        ScatterPanel(_factor_label(factor, results), np.array([as_number(value) for value in frame[factor.name]]))
        for factor in results.sweep.factors
        if not is_categorical(factor)
    ]
    return scatter_panels(
        panels,
        frame[outcome].to_numpy(float),
        f"{outcome}{_unit(spec, results)}",
        f"“{outcome}” at every point of the sweep, against each factor",
        f"{_outcome_sentence(spec, results)} A dot is the mean of a point's members, the line the mean of each eighth "
        "of the points: where it is flat, the factor has no effect alone; the scatter comes from the other factors."
        + (left_out if len(frame) < points else ""),
        _foot(results.about),
    )


def case_plane(results: SweepResults, case: str, discovery: Discovery, box: int = 0) -> Figure:
    """The points of a sweep over the two factors that a box restricts most: share of futures of a case, and the box.

    Parameters
    ----------
    results : results of the sweep
    case : name of the case
    discovery : result of `discover` for this case
    box : number of the box

    Raises
    ------
    ValueError if the box restricts fewer than two factors with numbers or dates
    """
    bounds = results.sweep.spec.cases[case]
    tightest = [limit for limit in discovery.boxes[box].main_limits(0.0) if not limit.among][:2]
    if len(tightest) < 2:
        raise ValueError(f"the box restricts {len(tightest)} of the factors with numbers or dates; a plane needs two")
    frame = results.frame(["point", *(limit.factor.name for limit in tightest), *bounds])
    met = [bound.met(frame[column].to_numpy(float, na_value=np.nan)) for column, bound in bounds.items()]
    by_point = frame.assign(is_case=np.logical_and.reduce(met)).groupby("point", sort=True)
    axes = [
        PlaneAxis(
            f"{_factor_label(limit.factor, results)}; box: {limit}",
            np.array([as_number(value) for value in by_point[limit.factor.name].first()]),
            *(None if end is None else as_number(end) for end in (limit.low, limit.high)),
        )
        for limit in tightest
    ]
    chosen = discovery.boxes[box]
    return plane(
        axes[0],
        axes[1],
        by_point.is_case.mean().to_numpy(float),
        f"The case “{case.replace('_', ' ')}” over two factors",
        f"Case: {discovery.condition}, in {discovery.percent} of futures. The box contains {100 * chosen.coverage:.0f} "
        f"% of them; {100 * chosen.density:.0f} % of the futures in the box are of the case. The other factors differ "
        f"between points too. {discovery.missing_text}".rstrip(),
        _foot(results.about),
    )


def _unit(outcome: OutcomeSpec, results: SweepResults) -> str:
    unit = results.sweep.known[outcome.measure].unit
    return "" if unit == "1" or outcome.relative_to else f", {unit}"


def _outcome_sentence(outcome: OutcomeSpec, results: SweepResults) -> str:
    """What an outcome is, in a sentence."""
    what = results.sweep.known[outcome.measure].long_name
    of = f" ({outcome.of})" if outcome.of else ""
    when = f", {outcome.statistic}" if outcome.statistic else ""
    if outcome.start:
        when += f" from {outcome.start}"
    return f"{what[0].upper()}{what[1:]}{of}{when}."


def _factor_label(factor: Factor, results: SweepResults) -> str:
    """The name of a factor, with the unit of what it sets where that has one."""
    kind, name, *rest = (*factor.target, "")
    unit = ""
    if kind == "parameter":
        unit = FIELDS[name].metadata["unit"]
    elif kind == "event" and len(rest[0]) == 1:
        properties = type(results.sweep.scenarios[0].events[name]).model_json_schema()["properties"]
        field = properties[rest[0][0]]
        unit = next((part["unit"] for part in (field, *field.get("anyOf", ())) if "unit" in part), "")
    return factor.name if unit in ("", "1", factor.name) else f"{factor.name}, {unit}"
