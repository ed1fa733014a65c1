"""Global sensitivity analysis: Morris's method screens all factors, Sobol indices measure the strongest.

The factors are all parameters and all coded judgements of leaders. An outcome at a point is the mean over members that
have the same random numbers at all points, so that differences come from the factors and not from noise.

Source: Morris (1991), Technometrics 33; Saltelli et al. (2010), Computer Physics Communications 181; both analyses are
SALib's (Herman and Usher 2017; Iwanaga et al. 2022).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.calibration.priors import AFFINITY_SPREAD
from cairn.core.calendar import FIRST_YEAR, LAST_YEAR
from cairn.core.geography import CODES, PAIR_NAMES
from cairn.core.parameters import FIELDS, FIXED_SUMS, Parameters
from cairn.events import Succession
from cairn.events.leaders import TRAITS
from cairn.scenario.scenario import Scenario
from cairn.support.csv_table import write_csv
from cairn.support.text import suggest
from cairn.support.text_table import text_table
from cairn.sweeps.definition import Sweep
from cairn.sweeps.designs import MORRIS_LEVELS, unit_samples
from cairn.sweeps.executors import require
from cairn.sweeps.outcome_columns import check_none_missing
from cairn.sweeps.points import design_of
from cairn.sweeps.results import SweepResults
from cairn.sweeps.store import StoreError
from cairn.sweeps.sweep_spec import SweepError

if TYPE_CHECKING:
    import pandas as pd

WIDTHS = 2.0  # range of a judgement, in its own standard deviations to either side: contains 95 %


@dataclasses.dataclass(frozen=True)
class Headline:
    """A headline outcome: the mean of a measure over the last years of a run.

    Parameters
    ----------
    name, title : in tables and in figures
    measure : variable of a run
    years : number of years that are averaged
    unit : unit of the outcome
    """

    name: str
    title: str
    measure: str
    years: int
    unit: str = "scale 0 to 1"


HEADLINES = (
    Headline("integration", "integration index", "integration_index", 5),
    Headline("trade", "trade of the five", "trade_total_usd_bn", 5, "bn USD a year"),
    Headline("trust", "mean trust", "trust_mean", 5),
    Headline("openness", "mean openness of borders", "openness_mean", 5),
    Headline("water", "dimension water and energy", "dim_water", 5),
    Headline("incidents", "border incidents", "incidents_total", 10, "a year"),
)


def all_factors(to_year: int = LAST_YEAR) -> dict[str, dict[str, Any]]:
    """All parameters that can differ between members, and every judgement of a leader up to a year, as factors.

    Left out are shares that add up to one, the number of iterations, parameters of single states
    that are zero, and the openness offsets of leaders, whose openness is a factor itself.

    Parameters
    ----------
    to_year : last year of the runs

    Returns
    -------
    dict of entries for `uncertainties` of a sweep, by name
    """
    factors: dict[str, dict[str, Any]] = {}
    for name, field in FIELDS.items():
        if name in FIXED_SUMS:
            continue
        value, each = getattr(Parameters(), name), field.metadata["each"]
        if each == "state":
            states = zip(CODES, value, strict=True)
            factors |= {f"{name}_{code.lower()}": {"parameter": f"{name}.{code}"} for code, v in states if v}
        elif each == "pair":
            low, high = field.metadata["low"], field.metadata["high"]
            span = [max(-WIDTHS * AFFINITY_SPREAD, low), min(WIDTHS * AFFINITY_SPREAD, high)]
            for pair in PAIR_NAMES:
                factors[f"{name}_{pair.lower().replace('-', '_')}"] = {"parameter": f"{name}.{pair}", "range": span}
        elif not each and not isinstance(value, int):
            factors[name.lower()] = {"parameter": name}
    for name, event in Scenario.load("baseline").events.items():
        if isinstance(event, Succession) and not event.drawn and event.first < (to_year - FIRST_YEAR + 1) * 4:
            for trait in TRAITS:
                middle, width = getattr(event, trait), WIDTHS * event.width
                span = [round(max(middle - width, 0.0), 4), round(min(middle + width, 1.0), 4)]
                factors[f"{name}_{trait}"] = {"event": name, "field": trait, "range": span}
    return factors


def headline_outcomes(to_year: int) -> dict[str, dict[str, Any]]:
    """The headline outcomes of runs to a year, as entries for `outcomes` of a sweep."""
    return {
        h.name: {"measure": h.measure, "statistic": "mean", "start": max(to_year - h.years + 1, FIRST_YEAR)}
        for h in HEADLINES
    }


def morris_sweep(trajectories: int, members: int, seed: int, to_year: int) -> Sweep:
    """The sweep that Morris's method needs: trajectories through all factors that change one at a time."""
    return Sweep.of(
        "screening",
        title="Which parameters and judgements matter at all",
        question="Which of them move the headline outcomes when one is changed at a time?",
        uncertainties=all_factors(to_year),
        design={"kind": "morris", "samples": trajectories},
        members=members,
        seed=seed,
        to_year=to_year,
        outcomes=headline_outcomes(to_year),
    )


def sobol_sweep(strongest: Sequence[str], samples: int, members: int, seed: int, to_year: int) -> Sweep:
    """The sweep that Saltelli's estimators need, of a few factors; all other parameters are as in the posterior."""
    return Sweep.of(
        "indices",
        title="How much of the variance each of the strongest factors explains",
        question="How is the variance of the headline outcomes divided among them, alone and in interaction?",
        uncertainties={name: entry for name, entry in all_factors(to_year).items() if name in strongest},
        design={"kind": "saltelli", "samples": samples},
        members=members,
        seed=seed,
        to_year=to_year,
        outcomes=headline_outcomes(to_year),
    )


@dataclasses.dataclass(frozen=True)
class Index:
    """A sensitivity index of one factor for one outcome.

    Parameters
    ----------
    outcome, factor : their names
    kind : mu_star (mean absolute elementary effect over the factor's whole range), sigma (standard deviation of the
        elementary effects), both in units of the outcome; S1, ST (share of variance, alone and with interactions)
    value : the index
    error : half the width of its 95 % interval by bootstrap; nan where there is none
    """

    outcome: str
    factor: str
    kind: str
    value: float
    error: float

    def to_dict(self) -> dict[str, Any]:
        """The index as plain values; `low` and `high` are its 95 % interval."""
        if self.error != self.error:
            return vars(self) | {"error": None}
        return vars(self) | {"low": self.value - self.error, "high": self.value + self.error}


def morris_indices(results: SweepResults, outcomes: Sequence[str] | None = None) -> list[Index]:
    """mu_star and sigma of every factor for the outcomes of a Morris sweep.

    Parameters
    ----------
    results : results of the sweep
    outcomes : some of its columns; default: all

    Raises
    ------
    StoreError if points failed or are missing
    MissingValues if an outcome has no value in some members
    SweepError if SALib is not installed
    """
    morris = require("SALib.analyze.morris", "sensitivity", "analysis")
    cube, means, problem = _salib_inputs(results, outcomes)
    indices = []
    for outcome, values in means.items():
        analysis = morris.analyze(problem, cube, values, num_levels=MORRIS_LEVELS, seed=1)
        columns = (analysis[name] for name in ("names", "mu_star", "mu_star_conf", "sigma"))
        for name, mu_star, error, sigma in zip(*columns, strict=True):
            indices.append(Index(outcome, name, "mu_star", float(mu_star), float(error)))
            indices.append(Index(outcome, name, "sigma", float(sigma), np.nan))
    return indices


def sobol_indices(results: SweepResults, outcomes: Sequence[str] | None = None) -> list[Index]:
    """First-order and total Sobol indices of every factor for the outcomes of a Saltelli sweep.

    Outcomes that do not vary are left out.

    Parameters
    ----------
    results : results of the sweep
    outcomes : some of its columns; default: all

    Raises
    ------
    StoreError if points failed or are missing
    MissingValues if an outcome has no value in some members
    SweepError if SALib is not installed
    """
    sobol = require("SALib.analyze.sobol", "sensitivity", "analysis")
    _, means, problem = _salib_inputs(results, outcomes)
    indices = []
    for outcome, values in means.items():
        if np.ptp(values) == 0:
            continue
        analysis = sobol.analyze(problem, values, calc_second_order=False, seed=1)
        for kind in ("S1", "ST"):
            for name, value, error in zip(problem["names"], analysis[kind], analysis[f"{kind}_conf"], strict=True):
                indices.append(Index(outcome, name, kind, float(value), float(error)))
    return indices


def _salib_inputs(
    results: SweepResults, outcomes: Sequence[str] | None
) -> tuple[np.ndarray, dict[str, np.ndarray], dict[str, Any]]:
    """Samples in the unit cube, outcomes as means over members by column, and the problem of SALib."""
    folder, columns = results.store.folder, list(results.sweep.columns)
    for outcome in outcomes or ():
        if outcome not in columns:
            raise SweepError(f"no such outcome: {outcome!r}{suggest(outcome, columns)}; one of {', '.join(columns)}")
    if results.failures:
        failed = f"{len(results.failures)} points failed, and the analysis needs all points"
        raise StoreError(f"{folder}: {failed}; `run.py sweep {folder} --resume` tries them again")
    design, points = design_of(results.sweep), results.points()
    if len(points) != design.samples:
        raise StoreError(f"{folder} is not complete; `run.py sweep {folder} --resume` runs the rest")
    means = {outcome: points[outcome].to_numpy(float) for outcome in outcomes or columns}
    for outcome, values in means.items():
        check_none_missing(outcome, values)
    names = [factor.name for factor in results.sweep.factors]
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    return unit_samples(design, 0, design.samples), means, problem


def strongest_factors(indices: Sequence[Index], count: int) -> list[str]:
    """The factors with the largest mu_star on any outcome, relative to the largest mu_star on that outcome."""
    sizes = [index for index in indices if index.kind == "mu_star"]
    largest = {
        outcome: max(i.value for i in sizes if i.outcome == outcome) or 1.0 for outcome in {i.outcome for i in sizes}
    }
    best: dict[str, float] = {}
    for index in sizes:
        best[index.factor] = max(best.get(index.factor, 0.0), index.value / largest[index.outcome])
    return sorted(best, key=lambda name: (-best[name], name))[:count]


def save_csv(indices: Sequence[Index], path: Path) -> None:
    """Write one row for each outcome, factor and kind: value, and half the width of its 95 % interval."""
    rows = [
        (i.outcome, i.factor, i.kind, f"{i.value:.6g}", "" if np.isnan(i.error) else f"{i.error:.6g}") for i in indices
    ]
    write_csv(path, ["outcome", "factor", "kind", "value", "half_width_95"], rows)


def headlines_of(indices: Sequence[Index]) -> list[Headline]:
    """The outcomes in their order; an outcome of another sweep has its name as title and no known unit."""
    known = {headline.name: headline for headline in HEADLINES}
    names = dict.fromkeys(index.outcome for index in indices)
    return [known.get(name, Headline(name, name.replace("_", " "), "", 0, "")) for name in names]


def largest_indices(indices: Sequence[Index], outcome: str, kind: str, count: int) -> list[Index]:
    """The largest indices of one kind for one outcome, in descending order."""
    selected = [index for index in indices if index.outcome == outcome and index.kind == kind]
    return sorted(selected, key=lambda index: -index.value)[:count]


def to_text(indices: Sequence[Index], kind: str, count: int = 5) -> str:
    """The largest indices of each outcome for a terminal, with their intervals."""
    parts = []
    for headline in headlines_of(indices):
        parts.append(", ".join(filter(None, (headline.title, headline.unit))))
        largest = largest_indices(indices, headline.name, kind, count)
        rows = [(f"{i.factor:44}", f"{i.value:.3f}", f"± {i.error:.3f}") for i in largest]
        parts.append(text_table(rows, gap=1, indent=4))
    return "\n".join(parts)


def to_frame(indices: Sequence[Index]) -> pd.DataFrame:
    """A row for each outcome and factor: for each kind its value, and half the width of its 95 % interval, if any."""
    import pandas as pd

    rows: dict[tuple[str, str], dict[str, float]] = {}
    for index in indices:
        row = rows.setdefault((index.outcome, index.factor), {})
        row[index.kind] = index.value
        if not np.isnan(index.error):
            row[f"{index.kind} ±"] = index.error
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["outcome", "factor"])
