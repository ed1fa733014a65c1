"""Runs as labelled xarray datasets: coordinates, units, and attributes that say how to repeat the run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.core.calendar import begins
from cairn.core.parameter_sets import ParameterSource, conditioned_until, origin_of
from cairn.ensemble.output_variables import LABELS
from cairn.ensemble.own_code import ModelClass, provenance_of
from cairn.scenario.scenario import Scenario
from cairn.step.measures import Description
from cairn.support.provenance import commit, package_version

if TYPE_CHECKING:
    import xarray as xr


def dataset(
    values: dict[str, np.ndarray],
    about: Mapping[str, Description],
    scenario: Scenario,
    first_member: int,
    seed: int,
    start: int,
    parameters: ParameterSource = None,
    model_class: ModelClass | None = None,
) -> xr.Dataset:
    """A labelled dataset of recorded values.

    Parameters
    ----------
    values : output variables, (members, quarters, ...) each
    about : what each of them is
    scenario, seed, parameters, model_class : of the run
    first_member : number of the first member
    start : the first quarter
    """
    import xarray as xr

    members, quarters = next(iter(values.values())).shape[:2]
    return xr.Dataset(
        {
            name: (("member", "time", *about[name].dims), value, about[name].attributes)
            for name, value in values.items()
        },
        coordinates(about, first_member, members, start, quarters),
        run_attributes(scenario, first_member, members, seed, parameters, model_class),
    )


def coordinates(
    about: Mapping[str, Description], first_member: int, members: int, start: int, quarters: int
) -> dict[str, np.ndarray | list[str]]:
    """Coordinates of a dataset with these variables."""
    used = {dim for each in about.values() for dim in each.dims}
    return {
        "member": np.arange(first_member, first_member + members),
        "time": np.array([begins(start + quarter) for quarter in range(quarters)], dtype="datetime64[ns]"),
        **{dim: labels for dim, labels in LABELS.items() if dim in used},
    }


def run_attributes(
    scenario: Scenario,
    first_member: int,
    members: int,
    seed: int,
    parameters: ParameterSource,
    model_class: ModelClass | None = None,
) -> dict[str, Any]:
    """All that is needed to repeat a run: the whole scenario, seed, members, parameters, version, commit, own code."""
    marks = sorted(
        (str(getattr(e, "date", None) or getattr(e, "start", None)), e.mark) for e in scenario.events.values() if e.mark
    )
    return {
        "title": scenario.title,
        "name": scenario.name,
        "question": scenario.question,
        "scenario": scenario.text,
        "seed": seed,
        "first_member": first_member,
        "members": members,
        "parameters": origin_of(parameters),
        "conditioned_until": conditioned_until(parameters),
        "version": package_version(),
        "commit": commit(),
        "events_marked": json.dumps(marks),
        **provenance_of(model_class),
    }
