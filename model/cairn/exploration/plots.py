"""Figures of sweep results: the results as text and lengths for `sweep_figures` and `point_figures`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from cairn.core.parameters import FIELDS, names_of
from cairn.effects.report_outcomes import NAME_OF
from cairn.events.labels import event_words
from cairn.exploration.discovery import Discovery, as_number, is_categorical
from cairn.exploration.indices import Index, headlines_of, largest_indices
from cairn.exploration.point_figures import PlaneAxis, ScatterPanel, plane, scatter_panels
from cairn.exploration.robustness import Robustness
from cairn.exploration.sweep_figures import BarPanel, BoxPanel, RangeBar, bar_panels, box_panels, policy_bars
from cairn.sweeps.definition import Sweep
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


def _panels(
    indices: Sequence[Index], kind: str, titles: Mapping[str, str], points: int, front: str = ""
) -> list[BarPanel]:
    """The largest indices of one kind for each outcome, with another kind in front of them.

    Estimates whose interval is wider than the axis are left out, and the panel says how many points they need.
    """
    by_key = {(i.outcome, i.kind, i.factor): i for i in indices}
    panels = []
    for headline in headlines_of(indices):
        largest = largest_indices(indices, headline.name, kind, FACTORS_SHOWN)
        in_front = [by_key[i.outcome, front, i.factor] for i in largest] if front else []
        if largest:
            label = f"effect, {headline.unit or 'in its own unit'}" if kind == "mu_star" else "share of variance"
            axis = max(i.value for i in largest) if kind == "mu_star" else 1.0
            pairs = list(zip(largest, in_front or largest, strict=True))
            kept = [pair for pair in pairs if not any(2 * index.error > axis for index in pair)]
            wide = [max(index.error for index in pair) for pair in pairs if pair not in kept]
            note = ""
            if wide:
                note = (
                    f"{len(wide)} of {len(pairs)} not drawn, interval wider than the axis: about "
                    f"{needed_points(points, max(wide), axis):,} points are needed (here {points:,})."
                )
            names = [titles.get(i.factor, i.factor.replace("_", " ")) for i, _ in kept]
            values = _values([i for i, _ in kept])
            panels.append(
                BarPanel(headline.title, label, names, values, _values([i for _, i in kept]) if front else (), note,
                         axis if kind != "mu_star" else None)
            )  # fmt: skip
    return panels


def needed_points(points: int, error: float, axis: float) -> int:
    """Points at which an interval would be as wide as a fifth of the axis, to two digits.

    Parameters
    ----------
    points : of the sweep
    error : half the width of an interval, which shrinks as one over the square root of the points
    axis : length of the axis

    >>> needed_points(100, 0.6, 1.0)
    3600
    """
    needed = points * (error / (0.1 * axis)) ** 2
    return int(float(f"{needed:.2g}"))


def _values(indices: Sequence[Index]) -> list[tuple[float, float]]:
    return [(index.value, index.error) for index in indices]


def morris_bars(indices: Sequence[Index], about: Mapping[str, Any], titles: Mapping[str, str] | None = None) -> Figure:
    """The ten factors with the largest mu_star on each outcome.

    Parameters
    ----------
    indices : from `morris_indices`
    about : provenance of the sweep, `SweepResults.about`
    titles : factors for readers, as of `factor_titles`; by default their names
    """
    factors = len({index.factor for index in indices})
    return bar_panels(
        _panels(indices, "mu_star", titles or {}, about["points"]),
        "Which parameters and judgements matter",
        f"Mean absolute effect on an outcome when one of {factors} factors moves through its whole range, for the ten "
        "strongest factors. Each outcome is a mean over the last years of the run, in its own unit.",
        _foot(about),
        ("mean absolute effect (Morris, mu*)", ""),
    )


def sobol_bars(indices: Sequence[Index], about: Mapping[str, Any], titles: Mapping[str, str] | None = None) -> Figure:
    """Total and first-order Sobol indices of the ten strongest factors for each outcome.

    Parameters
    ----------
    indices : from `sobol_indices`
    about : provenance of the sweep, `SweepResults.about`
    titles : factors for readers, as of `factor_titles`; by default their names
    """
    return bar_panels(
        _panels(indices, "ST", titles or {}, about["points"], front="S1"),
        "How much of the variance each factor explains",
        "Sobol indices: share of an outcome's variance that would disappear if the factor were known, with its "
        "interactions (total) and alone (first order). All other parameters are as in the posterior.",
        _foot(about),
        ("with interactions (total)", "alone (first order)"),
    )


def box_ranges(
    discoveries: Mapping[str, Discovery], about: Mapping[str, Any], titles: Mapping[str, str] | None = None
) -> Figure:
    """The first box of PRIM and the densest leaf of CART for each case, as ranges of the factors that they restrict.

    Parameters
    ----------
    discoveries : results of `discover` by case
    about : provenance of the sweep, `SweepResults.about`
    titles : factors for readers, as of `factor_titles`; by default their names
    """
    titles = titles or {}
    panels = []
    for case, discovery in discoveries.items():
        heading = f"{case.replace('_', ' ')} ({discovery.condition.replace('_', ' ')}; {discovery.percent} of futures)"
        if discovery.missing:
            heading += f" {discovery.missing_text}"
        boxes = [*discovery.boxes[:1], *discovery.leaves[:1]]
        for box in boxes:
            ranges = [
                RangeBar(titles.get(name, name.replace("_", " ")), *limit.span(), str(limit))
                for limit in box.limits
                for name in [limit.factor.name]
            ]
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
        ScatterPanel(_factor_title(factor, results.sweep), np.array([as_number(value) for value in frame[factor.name]]))
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
            f"{_factor_title(limit.factor, results.sweep)}; box: {limit}",
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


def factor_titles(sweep: Sweep) -> dict[str, str]:
    """Each factor of a sweep for readers: what changes, with its unit, by name.

    >>> titles = factor_titles(Sweep.load("futures"))
    >>> titles["trust_gain"], titles["canal_km3"]
    ('trust gain', 'Qosh Tepa canal is built in Afghanistan: intake, km³/yr')
    """
    return {factor.name: _factor_title(factor, sweep) for factor in sweep.factors}


def _factor_title(factor: Factor, sweep: Sweep) -> str:
    kind, *rest = factor.target
    if kind == "scenario":
        return "scenario"
    name, path = rest
    if kind == "parameter":
        about = FIELDS[name].metadata
        place = f" {names_of(about['each'])[path]}" if path is not None else ""
        return _with_unit(f"{name.replace('_', ' ')}{place}", about["unit"])
    events = next(s.events for s in sweep.scenarios if name in s.events)
    words = event_words(events[name], events)
    if not path:
        return words
    field = type(events[name]).model_json_schema()["properties"][path[0]]
    unit = next((part["unit"] for part in (field, *field.get("anyOf", ())) if "unit" in part), "")
    what = path[0].removesuffix(f"_{unit.partition('/')[0]}").replace("_", " ")
    places = [NAME_OF.get(part, part) for part in path[1:]]
    return _with_unit(" ".join([f"{words}: {what}", *(f"in {place}" for place in places)]), unit)


def _with_unit(text: str, unit: str) -> str:
    said = unit in ("", "1") or unit in text.split()  # the unit of trust is trust
    return text if said else f"{text}, {unit.replace('km3', 'km³')}"
