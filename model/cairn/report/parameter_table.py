"""The model's numbers as a run used them: the range over worlds, unit, source."""

from __future__ import annotations

from typing import Any

import numpy as np

from cairn.calibration.posterior import shrinkage_by_name
from cairn.core.parameter_sets import PLACES, ParameterSets, ParameterSource, for_members, resolve_parameters
from cairn.core.parameters import FIELDS, Parameters
from cairn.scenario.scenario import Scenario


def of_run(scenario: Scenario, parameters: ParameterSource, members: int) -> Parameters:
    """The numbers of each world: what the run draws from, the scenario's own on top."""
    own = {n: np.array(v) if isinstance(v, tuple) else v for n, v in scenario.parameters.items()}
    return for_members(parameters, 0, slice(0, members)).replace(**own)


def table(used: Parameters, scenario: Scenario, shipped: bool) -> list[dict[str, Any]]:
    """A row for each number: name, value or 5 to 95 % over worlds, range allowed, unit, shrinkage, source."""
    shrinkage = shrinkage_by_name() if shipped else {}
    rows = []
    for name, field in FIELDS.items():
        about = field.metadata
        value = np.asarray(getattr(used, name), dtype=float)
        places = PLACES[about["each"]] if about["each"] else ("",)
        if value.ndim < 2:
            rows.append(_row(name, _plain(value), about, shrinkage.get(name), name in scenario.parameters))
            continue
        for k, place in enumerate(places):
            low, middle, high = np.quantile(value[:, k], (0.05, 0.5, 0.95))
            whole = f"{name}[{place}]" if place else name
            rows.append(_row(whole, f"{middle:.3g} [{low:.3g}, {high:.3g}]", about, shrinkage.get(whole), False))
    return rows


def _row(name: str, value: str, about: Any, shrinkage: float | None, own: bool) -> dict[str, Any]:
    learnt = "set by the scenario" if own else "" if shrinkage is None else f"{shrinkage:.2f}"
    return {
        "name": name,
        "value": value,
        "range": f"{about['low']:g} to {about['high']:g}",
        "unit": about["unit"],
        "learnt": learnt,
        "source": about["source"],
    }


def _plain(value: np.ndarray) -> str:
    return ", ".join(f"{one:.4g}" for one in np.atleast_1d(value))


def outside(scenario: Scenario, parameters: ParameterSource, members: int) -> list[dict[str, Any]]:
    """The numbers that a scenario sets: its value, what there is to draw else, whether it lies outside that."""
    source = resolve_parameters(parameters)
    many = len(source.values) if isinstance(source, ParameterSets) else members
    drawn = for_members(source, 0, slice(0, many))
    rows = []
    for name, own in scenario.parameters.items():
        about = FIELDS[name].metadata
        value, usual = np.atleast_1d(np.asarray(own, float)), np.asarray(getattr(drawn, name), float)
        low, high = (np.quantile(usual, q, axis=0) if usual.ndim == 2 else np.atleast_1d(usual) for q in (0.05, 0.95))
        beyond = bool(((value < low) | (value > high)).any())
        usually = ", ".join(f"{a:.3g}" if a == b else f"{a:.3g} to {b:.3g}" for a, b in zip(low, high, strict=True))
        rows.append(
            {
                "name": name,
                "value": _plain(value),
                "usually": usually,
                "beyond": beyond,
                "unit": about["unit"],
                "source": about["source"],
            }
        )
    return rows
