"""The parameters as a run used them: values over members, allowed range, unit, shrinkage, source."""

from __future__ import annotations

from typing import Any

import numpy as np

from cairn.calibration.posterior import shrinkage_by_name
from cairn.core.parameter_sets import ParameterSets, ParameterSource, for_members, resolve_parameters
from cairn.core.parameters import FIELDS, Parameters, names_of
from cairn.scenario.scenario import Scenario
from cairn.support.quantiles import interval


def parameters_of_run(scenario: Scenario, parameters: ParameterSource, members: int) -> Parameters:
    """The parameters of each member: those of the run, replaced by those that the scenario sets.

    Parameters
    ----------
    scenario : the scenario
    parameters : as for `cairn.ensemble.runner.run`
    members : number of members
    """
    return for_members(parameters, 0, slice(0, members)).replace(**scenario.parameters)


def parameter_rows(used: Parameters, scenario: Scenario, shipped: bool) -> list[dict[str, Any]]:
    """A row for each parameter: name, value or median and 5 to 95 % over members, range, unit, shrinkage, source.

    Parameters
    ----------
    used : from `parameters_of_run`
    scenario : the scenario
    shipped : whether the parameters are the shipped posterior, for which the shrinkage is known
    """
    shrinkage = shrinkage_by_name() if shipped else {}
    rows = []
    for name, field in FIELDS.items():
        about = field.metadata
        value = np.asarray(getattr(used, name), dtype=float)
        for place, values in _by_place(name, value).items():
            full_name = f"{name}[{place}]" if place else name
            low, middle, high = interval(values)
            text = f"{middle:.4g}" if low == high else f"{middle:.3g} [{low:.3g}, {high:.3g}]"
            rows.append(_row(full_name, text, about, shrinkage.get(full_name), name in scenario.parameters))
    return rows


def _by_place(name: str, value: np.ndarray) -> dict[str, np.ndarray]:
    """Values of a parameter, (M,) or (1,) each, by state, pair, leader or quarter; by "" if it has one for all."""
    each = FIELDS[name].metadata["each"]
    if not each:
        return {"": np.atleast_1d(value)}
    return dict(zip(names_of(each), value, strict=True))


def _row(name: str, value: str, about: Any, shrinkage: float | None, of_scenario: bool) -> dict[str, Any]:
    return {
        "name": name,
        "value": value,
        "range": f"{about['low']:g} to {about['high']:g}",
        "unit": about["unit"],
        "shrinkage": "set by the scenario" if of_scenario else "" if shrinkage is None else f"{shrinkage:.2f}",
        "source": about["source"],
    }


def scenario_parameters(scenario: Scenario, parameters: ParameterSource, members: int) -> list[dict[str, Any]]:
    """A row for each parameter that the scenario sets: its value, and the usual range over members.

    Parameters
    ----------
    scenario : the scenario
    parameters : as for `cairn.ensemble.runner.run`
    members : number of members

    Returns
    -------
    dicts with name, value, usual (5 to 95 %), outside (whether the value is outside the usual range), unit, source
    """
    source = resolve_parameters(parameters)
    many = len(source.values) if isinstance(source, ParameterSets) else members
    drawn = for_members(source, 0, slice(0, many))
    rows = []
    for name, set_to in scenario.parameters.items():
        about = FIELDS[name].metadata
        by_place = set_to if isinstance(set_to, dict) else {"": set_to}
        drawn_by_place = _by_place(name, np.asarray(getattr(drawn, name), dtype=float))
        for place, value in by_place.items():
            low, _, high = interval(drawn_by_place[place])
            rows.append(
                {
                    "name": f"{name}[{place}]" if place else name,
                    "value": f"{value:.4g}",
                    "usual": f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}",
                    "outside": bool(value < low or value > high),
                    "unit": about["unit"],
                    "source": about["source"],
                }
            )
    return rows
