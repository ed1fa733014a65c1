"""The posterior as files: posterior.csv with parameter sets, posterior.json with how they were obtained."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from cairn.calibration.fit import SHIPPED_SETS, Calibration
from cairn.calibration.priors import parameter_values
from cairn.core.calendar import FIRST_YEAR
from cairn.core.parameters import FIELDS
from cairn.support.atomic_write import write_json
from cairn.support.provenance import commit, package_version
from cairn.support.quantiles import interval
from cairn.support.text_table import text_table

WELL_IDENTIFIED, HARDLY_IDENTIFIED = 0.3, 0.05  # shrinkage from which, and below which, a parameter is called so


def posterior_summary() -> dict[str, Any]:
    """How the shipped posterior was obtained: the content of model/cairn/data/fitted/posterior.json."""
    return json.loads((files("cairn") / "data" / "fitted" / "posterior.json").read_text(encoding="utf-8"))


def shrinkage_by_name() -> dict[str, float]:
    """Shrinkage of each calibrated quantity of the shipped posterior.

    Shrinkage is 1 minus the ratio of posterior to prior standard deviation, on the scale on which the prior is
    standard normal: 0 where the observations say nothing about a parameter.
    """
    return {row["name"]: row["shrinkage"] for row in posterior_summary()["parameters"]}


def save_posterior(result: Calibration, folder: Path) -> list[Path]:
    """Write posterior.csv and posterior.json into a folder; return their paths."""
    result.posterior_sets().save(folder / "posterior.csv")
    write_json(folder / "posterior.json", describe(result) | {"correlations": strongest_correlations(result)})
    return [folder / "posterior.csv", folder / "posterior.json"]


def describe(result: Calibration, count: int = SHIPPED_SETS) -> dict[str, Any]:
    """How `count` parameter sets of a calibration were obtained."""
    return {
        "method": "ensemble smoother with multiple data assimilation (ES-MDA): model/cairn/calibration/esmda.py",
        "fitted_to": f"{len(result.targets)} targets, {FIRST_YEAR}-{result.until}",
        "ensemble_size": len(result.z),
        "shipped_sets": min(count, len(result.z)),
        "seed": result.seed,
        "observation_weight": round(result.weight, 4),
        "steps": [{k: round(v, 6) for k, v in step.items() if k != "complete"} for step in result.steps],
        "distance": round(result.distance, 3),
        "distance_rejection_sampling": round(result.rejection_distance, 3),
        "version": package_version(),
        "commit": commit(),
        "parameters": [
            {"name": d.name, "shrinkage": round(1 - float(z.std()), 3), "shift": round(float(z.mean()), 3)}
            for d, z in zip(result.calibrated, result.z.T, strict=True)
        ],
        "trade_residual": result.residuals(count).summary(),
    }


def strongest_correlations(result: Calibration, count: int = 12) -> list[dict[str, Any]]:
    """Pairs of calibrated quantities with the largest posterior correlations: the observations constrain them jointly.

    Returns
    -------
    Dictionaries with `first`, `second` and `correlation`, the largest first.
    """
    table = np.corrcoef(result.z.T)
    upper = np.triu_indices(len(table), 1)
    largest = np.argsort(-np.abs(table[upper]), kind="stable")[:count]
    return [
        {
            "first": result.calibrated[upper[0][k]].name,
            "second": result.calibrated[upper[1][k]].name,
            "correlation": round(float(table[upper][k]), 2),
        }
        for k in largest
    ]


def to_text(result: Calibration) -> str:
    """The posterior for a terminal: median, 90 % interval and shrinkage of each calibrated quantity."""
    values = parameter_values(result.calibrated, result.z)
    rows = []
    for k, dimension in enumerate(result.calibrated):
        low, median, high = interval(values[:, k])
        about = FIELDS[dimension.field].metadata
        prior = f"{about['low']:g} .. {about['high']:g}" if dimension.spread is None else f"0 +- {dimension.spread:g}"
        shrinkage = 1 - float(result.z[:, k].std())
        rows.append((dimension.name, prior, f"{median:.3g} [{low:.3g}, {high:.3g}]", f"{shrinkage:.2f}"))
    residual = [
        (row["name"], "{:g} .. {:g}".format(*row["prior"]), "{1:.3g} [{0:.3g}, {2:.3g}]".format(*row["posterior"]))
        for row in result.residuals().summary()
    ]
    last = result.steps[-1]
    return "\n".join(
        [
            text_table(rows, header=("parameter", "prior", "posterior, 90 %", "shrinkage")),
            "",
            "residual process of trade, learnt from what each parameter set leaves unexplained",
            text_table(residual, header=("parameter", "prior", "posterior, 90 %")),
            "",
            f"{len(result.steps)} steps of {len(result.z)} parameter sets; weight of the observations "
            f"{last['weight']:.2f}, misfit {last['misfit']:.2f} (1 if the model fits as well as the stated errors "
            "imply).",
            "Shrinkage: 0 if the observations say nothing about a parameter, 1 if they determine it.",
        ]
    )
