"""Ablations: the calibration repeated without one mechanism or with one that is off, or with other codes of leaders.

Mechanisms are those of `cairn.calibration.repeats.mechanisms`; all other parameters are calibrated again. Each refit is
scored on the targets it was fitted to and on those after 2015, and gives the effect of the counterfactual that depends
most on leaders (`karimov_line`). Refits that change only the random seed show which differences are noise.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cairn.calibration import fit
from cairn.calibration.leader_codings import FIRST_YEAR_CODING, with_coding
from cairn.calibration.repeats.mechanisms import MECHANISM_LIST
from cairn.calibration.targets import FIT, TEST
from cairn.calibration.validation.forecast_comparison import MODEL, compare_forecasts
from cairn.calibration.validation.scorecard import compute_scorecard
from cairn.core.parameter_sets import ParameterSets
from cairn.ensemble.comparison import compare
from cairn.ensemble.runner import Progress
from cairn.ensemble.summary import OUTCOMES
from cairn.record.tables import read
from cairn.scenario.scenario import Scenario
from cairn.support.csv_table import write_csv
from cairn.support.frozen_dict import FrozenDict

ENSEMBLE_SIZE = 600  # parameter sets in each step of a refit
REPEAT_SEEDS = (2, 3)  # of the refits that change only the seed
MEMBERS = 300
KARIMOV = "karimov_line"  # the scenario without Uzbekistan's succession of 2016


@dataclasses.dataclass(frozen=True)
class Refit:
    """A calibration that differs from the shipped one.

    Parameters
    ----------
    name, title : for the table
    fixed : parameters set to a value instead of calibrated
    coding : coding of leaders, as for `cairn.calibration.leader_codings.with_coding`
    seed : random seed
    """

    name: str
    title: str
    fixed: Mapping[str, float] = dataclasses.field(default_factory=FrozenDict)
    coding: str = ""
    seed: int = 1


MECHANISMS = tuple(Refit(m.name, m.title, m.changed) for m in MECHANISM_LIST if m.refitted)
CODINGS = (
    Refit("codes_lower", "all leaders .15 less open", {"openness_shift": -0.15}),
    Refit("codes_higher", "all leaders .15 more open", {"openness_shift": 0.15}),
    Refit("codes_first_year", "codes from acts in the first year in office", coding=FIRST_YEAR_CODING),
    Refit("codes_force", "openness as the opposite of willingness to use force", coding="force"),
    # Personalism acts only through rents and resets of trust, which are off: compare these with the row `regime_rent`.
    Refit(
        "codes_magaloni",
        "with rents of personal regimes, personalism by Magaloni, Chu and Min",
        {"regime_rent": 0.3},
        coding="magaloni",
    ),
    Refit("codes_reign", "with rents of personal regimes, personalism by REIGN", {"regime_rent": 0.3}, coding="reign"),
)
UNCHANGED = (
    Refit("shipped", "nothing changed"),
    *(Refit(f"seed_{s}", f"nothing changed, seed {s}", seed=s) for s in REPEAT_SEEDS),
)
REFITS = (*UNCHANGED, *MECHANISMS, *CODINGS)
COLUMNS = (
    "name", "title", "misfit", "rms_fit", "rms_test", "within_test", "coverage_test", "crps_trade",
    "karimov_index", "karimov_index_low", "karimov_index_high", "karimov_trade",
)  # fmt: skip
SCORES = {"misfit": "misfit to 2015", "rms_test": "residuals after 2015", "crps_trade": "trade"}  # lower is better


def run_refits(
    refits: Sequence[Refit] = REFITS,
    count: int = ENSEMBLE_SIZE,
    *,
    jobs: int | None = None,
    members: int = MEMBERS,
    progress: Progress | None = None,
) -> Iterator[dict[str, Any]]:
    """Run and score refits one after the other; yields a row of `COLUMNS` for each.

    Parameters
    ----------
    refits : refits to run, default all
    count : parameter sets in each step
    jobs : processes, default one per core
    members : members of the runs that are scored
    progress : called with the sets simulated since the last call
    """
    for refit in refits:
        yield run_refit(refit, count, jobs=jobs, members=members, progress=progress)


def run_refit(
    refit: Refit, count: int, *, jobs: int | None = None, members: int = MEMBERS, progress: Progress | None = None
) -> dict[str, Any]:
    """Run and score one refit; returns a row of `COLUMNS`. Parameters as for `run_refits`."""
    baseline = with_coding(Scenario.load("baseline"), refit.coding)
    result = fit.calibrate(count, refit.seed, scenario=baseline, fixed=refit.fixed, jobs=jobs, progress=progress)
    posterior = result.posterior_sets()
    fixed = [np.full((len(posterior.values), 1), value) for value in refit.fixed.values()]
    names, values = (*posterior.names, *refit.fixed), np.column_stack([posterior.values, *fixed])
    parameter_sets = ParameterSets(names, values, refit.name)
    card = compute_scorecard(parameter_sets, members, refit.seed, scenario=baseline, jobs=jobs)
    test = card.summary(TEST)
    scenarios = [baseline, with_coding(Scenario.load(KARIMOV), refit.coding)]
    outcomes = (OUTCOMES[0], OUTCOMES[3])
    effects = compare(scenarios, members, 1, to_year=2024, parameters=parameter_sets, outcomes=outcomes, jobs=1)
    index, traded = (effects.effect(outcome, 2024) for outcome in outcomes)
    return {
        "name": refit.name,
        "title": refit.title,
        "misfit": result.steps[-1]["misfit"],
        "rms_fit": card.summary(FIT)["rms"],
        "rms_test": test["rms"],
        "within_test": test["within_1"],
        "coverage_test": test["coverage_90%"],
        "crps_trade": float(compare_forecasts(card).scores[MODEL].mean()),
        "karimov_index": index.median,
        "karimov_index_low": index.low,
        "karimov_index_high": index.high,
        "karimov_trade": traded.median,
    }


def save_refits(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write rows of `COLUMNS` as CSV, four significant digits."""
    cells = ([v if isinstance(v := row[name], str) else f"{v:.4g}" for name in COLUMNS] for row in rows)
    write_csv(path, COLUMNS, cells)


def load_refits() -> list[dict[str, Any]]:
    """The shipped refits, rows of `COLUMNS`: model/cairn/data/fitted/refits.csv."""
    return [{k: v if k in ("name", "title") else float(v) for k, v in row.items()} for row in read("fitted/refits")]


def changed_scores(rows: Sequence[Mapping[str, Any]], name: str) -> tuple[list[str], list[str]]:
    """Scores that are worse without a mechanism, and scores that are better, by more than the noise of refits.

    Noise is the range of the refits in which nothing was changed: a score is worse if it lies above the worst of them
    by more than their range, better if it lies below the best by more than that.

    Parameters
    ----------
    rows : rows of `COLUMNS`, with those of the refits in which nothing was changed
    name : refit without the mechanism

    Returns
    -------
    worse, better
        Titles of scores, from `SCORES`.
    """
    by_name = {row["name"]: row for row in rows}
    unchanged = [by_name[refit.name] for refit in UNCHANGED if refit.name in by_name]
    worse, better = [], []
    for key, title in SCORES.items():
        values = [row[key] for row in unchanged]
        noise = max(values) - min(values)
        if by_name[name][key] > max(values) + noise:
            worse.append(title)
        if by_name[name][key] < min(values) - noise:
            better.append(title)
    return worse, better
