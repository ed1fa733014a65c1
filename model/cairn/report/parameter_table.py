"""The parameters as a run used them: values over members, allowed range, unit, shrinkage, source."""

from __future__ import annotations

from typing import Any

import numpy as np

from cairn.calibration.validation_page import about_posterior
from cairn.core.parameter_sets import PLACES, ParameterSets, ParameterSource, for_members, resolve_parameters
from cairn.core.parameters import FIELDS, Parameters
from cairn.scenario.scenario import Scenario
from cairn.support.quantiles import HIGH, LOW, interval


def parameters_of_run(scenario: Scenario, parameters: ParameterSource, members: int) -> Parameters:
    """The parameters of each member: those of the run, replaced by those that the scenario sets.

    Parameters
    ----------
    scenario : the scenario
    parameters : as for `cairn.ensemble.runner.run`
    members : number of members
    """
    of_scenario = {n: np.array(v) if isinstance(v, tuple) else v for n, v in scenario.parameters.items()}
    return for_members(parameters, 0, slice(0, members)).replace(**of_scenario)


def parameter_rows(used: Parameters, scenario: Scenario, shipped: bool) -> list[dict[str, Any]]:
    """A row for each parameter: name, value or median and 5 to 95 % over members, range, unit, shrinkage, source.

    Parameters
    ----------
    used : from `parameters_of_run`
    scenario : the scenario
    shipped : whether the parameters are the shipped posterior, for which the shrinkage is known
    """
    shrinkage = {n["name"]: n["shrinkage"] for n in about_posterior()["parameters"]} if shipped else {}
    rows = []
    for name, field in FIELDS.items():
        about = field.metadata
        value = np.asarray(getattr(used, name), dtype=float)
        places = PLACES[about["each"]] if about["each"] else ("",)
        if value.ndim < 2:
            rows.append(_row(name, _text(value), about, shrinkage.get(name), name in scenario.parameters))
            continue
        for k, place in enumerate(places):
            low, middle, high = interval(value[:, k])
            full_name = f"{name}[{place}]" if place else name
            text = f"{middle:.3g} [{low:.3g}, {high:.3g}]"
            rows.append(_row(full_name, text, about, shrinkage.get(full_name), False))
    return rows


def _row(name: str, value: str, about: Any, shrinkage: float | None, of_scenario: bool) -> dict[str, Any]:
    return {
        "name": name,
        "value": value,
        "range": f"{about['low']:g} to {about['high']:g}",
        "unit": about["unit"],
        "shrinkage": "set by the scenario" if of_scenario else "" if shrinkage is None else f"{shrinkage:.2f}",
        "source": about["source"],
    }


def _text(value: np.ndarray) -> str:
    return ", ".join(f"{one:.4g}" for one in np.atleast_1d(value))


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
    for name, of_scenario in scenario.parameters.items():
        about = FIELDS[name].metadata
        value, usual = np.atleast_1d(np.asarray(of_scenario, float)), np.asarray(getattr(drawn, name), float)
        low, high = (np.quantile(usual, q, axis=0) if usual.ndim == 2 else np.atleast_1d(usual) for q in (LOW, HIGH))
        texts = [f"{a:.3g}" if a == b else f"{a:.3g} to {b:.3g}" for a, b in zip(low, high, strict=True)]
        rows.append(
            {
                "name": name,
                "value": _text(value),
                "usual": ", ".join(texts),
                "outside": bool(((value < low) | (value > high)).any()),
                "unit": about["unit"],
                "source": about["source"],
            }
        )
    return rows
