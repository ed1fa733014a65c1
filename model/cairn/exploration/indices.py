"""Which numbers matter: Morris screens all of them and every coded judgement, Sobol takes up the strongest.

An outcome is the mean over members with the same luck at all points, so that what differs is the number, not chance.

Source: Morris (1991), Technometrics 33; Saltelli et al. (2010), Computer Physics Communications 181; both analyses are
SALib's (Herman and Usher 2017, Iwanaga et al. 2022).
"""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.calibration.priors import AFFINITY_SPREAD
from cairn.core.calendar import FIRST_YEAR, LAST_YEAR
from cairn.core.geography import CODES, PAIR_NAMES
from cairn.core.parameters import FIELDS, Parameters
from cairn.events import Succession
from cairn.events.leaders import TRAITS
from cairn.scenario.scenario import Scenario
from cairn.support.atomic_write import atomic_write
from cairn.sweeps.designs import MORRIS_LEVELS, places
from cairn.sweeps.executors import needed
from cairn.sweeps.points import design_of
from cairn.sweeps.results import SweepResults
from cairn.sweeps.store import StoreError
from cairn.sweeps.sweep_spec import Sweep

if TYPE_CHECKING:
    import pandas as pd

WIDTHS = 2.0  # how many of its own widths a judgement may be off, either way: holds 95 %


@dataclasses.dataclass(frozen=True)
class Headline:
    """An outcome that is asked about: the mean of a measure over the last years of a run."""

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


def factors(to: int = LAST_YEAR) -> dict[str, dict[str, Any]]:
    """All numbers of the model that can differ by world, and every judgement of a leader up to a year, as factors.

    Left out are the shares of the seasons, which add up to one, the count of iterations, zeros of single states, and
    offsets of leaders, whose openness is a factor itself.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, field in FIELDS.items():
        value, each = getattr(Parameters(), name), field.metadata["each"]
        if each == "state":
            where = zip(CODES, value, strict=True)
            found |= {f"{name}_{code.lower()}": {"parameter": f"{name}.{code}"} for code, v in where if v}
        elif each == "pair":
            span = [-WIDTHS * AFFINITY_SPREAD, WIDTHS * AFFINITY_SPREAD]
            for pair in PAIR_NAMES:
                found[f"{name}_{pair.lower().replace('-', '_')}"] = {"parameter": f"{name}.{pair}", "range": span}
        elif not each and not isinstance(value, int):
            found[name.lower()] = {"parameter": name}
    for event, about in Scenario.load("baseline").events.items():
        if isinstance(about, Succession) and not about.drawn and about.first < (to - FIRST_YEAR + 1) * 4:
            for trait in TRAITS:
                middle, off = getattr(about, trait), WIDTHS * about.width
                span = [round(max(middle - off, 0.0), 4), round(min(middle + off, 1.0), 4)]
                found[f"{event}_{trait}"] = {"event": event, "field": trait, "range": span}
    return found


def outcomes(to: int) -> dict[str, dict[str, Any]]:
    """The headline outcomes of runs to a year."""
    return {
        h.name: {"measure": h.measure, "statistic": "mean", "start": max(to - h.years + 1, FIRST_YEAR)}
        for h in HEADLINES
    }


def screening(trajectories: int, members: int, seed: int, to: int) -> Sweep:
    """The sweep Morris takes: one number at a time, along trajectories through all."""
    return Sweep.of(
        "screening",
        title="Which numbers and judgements matter at all",
        question="Which of them move the headline outcomes when one is changed at a time?",
        uncertainties=factors(to),
        design={"kind": "morris", "samples": trajectories},
        members=members,
        seed=seed,
        to=to,
        outcomes=outcomes(to),
    )


def indices(strongest: list[str], samples: int, members: int, seed: int, to: int) -> Sweep:
    """The sweep Saltelli's estimators take, of a few factors; all others stay as they are."""
    return Sweep.of(
        "indices",
        title="How much of the spread each of the strongest numbers explains",
        question="How is the variance of the headline outcomes shared among them, alone and with others?",
        uncertainties={name: part for name, part in factors(to).items() if name in strongest},
        design={"kind": "saltelli", "samples": samples},
        members=members,
        seed=seed,
        to=to,
        outcomes=outcomes(to),
    )


@dataclasses.dataclass(frozen=True)
class Index:
    """What a factor does to an outcome.

    kind : mu_star (mean size of its elementary effects over its whole range), sigma (their standard deviation), in
        units of the outcome; S1, ST (shares of variance, alone and with others)
    error : half the width of the 95 % interval, by bootstrap; nan where there is none
    """

    outcome: str
    factor: str
    kind: str
    value: float
    error: float


def screened(table: SweepResults) -> list[Index]:
    """Morris's measures of every factor for every outcome."""
    morris = needed("SALib.analyze.morris", "sensitivity", "analysis")
    cube, means, problem = _analysed(table)
    found = []
    for outcome in table.sweep.columns:
        of = morris.analyze(problem, cube, means[outcome].to_numpy(float), num_levels=MORRIS_LEVELS, seed=1)
        for name, size, error, sigma in zip(of["names"], of["mu_star"], of["mu_star_conf"], of["sigma"], strict=True):
            found.append(Index(outcome, name, "mu_star", float(size), float(error)))
            found.append(Index(outcome, name, "sigma", float(sigma), np.nan))
    return found


def apportioned(table: SweepResults) -> list[Index]:
    """First-order and total indices of every factor for every outcome."""
    sobol = needed("SALib.analyze.sobol", "sensitivity", "analysis")
    _, means, problem = _analysed(table)
    found = []
    for outcome in table.sweep.columns:
        values = means[outcome].to_numpy(float)
        if np.ptp(values) == 0:
            continue  # nothing to share out
        of = sobol.analyze(problem, values, calc_second_order=False, seed=1)
        for kind in ("S1", "ST"):
            for name, value, error in zip(problem["names"], of[kind], of[f"{kind}_conf"], strict=True):
                found.append(Index(outcome, name, kind, float(value), float(error)))
    return found


def _analysed(table: SweepResults) -> tuple[np.ndarray, pd.DataFrame, dict[str, Any]]:
    """Places in the cube, means over members, and the problem as SALib has it; of whole blocks of samples."""
    if table.failures:
        raise StoreError(f"{table.store.folder}: {len(table.failures)} points failed, and the analysis needs all")
    design, means = design_of(table.sweep), table.points()
    if len(means) != design.samples:
        raise StoreError(f"{table.store.folder} is not finished; `run.py sweep {table.store.folder} --resume` goes on")
    names = [factor.name for factor in table.sweep.factors]
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    return places(design, 0, design.samples), means, problem


def strongest(found: list[Index], count: int) -> list[str]:
    """Factors whose greatest effect on any outcome, as a share of the strongest on it, comes first."""
    sizes = [index for index in found if index.kind == "mu_star"]
    most = {
        outcome: max(i.value for i in sizes if i.outcome == outcome) or 1.0 for outcome in {i.outcome for i in sizes}
    }
    best: dict[str, float] = {}
    for index in sizes:
        best[index.factor] = max(best.get(index.factor, 0.0), index.value / most[index.outcome])
    return sorted(best, key=lambda name: (-best[name], name))[:count]


def save_csv(found: list[Index], path: Path) -> None:
    """One row for each outcome, factor and kind: value and half-width of its 95 % interval."""
    with atomic_write(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["outcome", "factor", "kind", "value", "half_width_95"])
        for index in found:
            error = "" if np.isnan(index.error) else f"{index.error:.6g}"
            writer.writerow([index.outcome, index.factor, index.kind, f"{index.value:.6g}", error])


def headlines(found: list[Index]) -> list[Headline]:
    """The outcomes, in their order: headlines, and those of other sweeps by their names, whose unit is not known."""
    known = {headline.name: headline for headline in HEADLINES}
    names = dict.fromkeys(index.outcome for index in found)
    return [known.get(name, Headline(name, name.replace("_", " "), "", 0, "")) for name in names]


def strongest_of(found: list[Index], outcome: str, kind: str, count: int) -> list[Index]:
    """The indices of a kind for an outcome, the greatest first."""
    mine = [index for index in found if index.outcome == outcome and index.kind == kind]
    return sorted(mine, key=lambda index: -index.value)[:count]


def as_lines(found: list[Index], kind: str, count: int = 5) -> list[str]:
    """The strongest of each outcome for a terminal, with intervals."""
    lines = []
    for headline in headlines(found):
        lines.append(", ".join(filter(None, (headline.title, headline.unit))))
        of = strongest_of(found, headline.name, kind, count)
        lines += [f"    {index.factor:44} {index.value:9.3f} ± {index.error:.3f}" for index in of]
    return lines


def as_frame(found: list[Index]) -> pd.DataFrame:
    """A row for each outcome and factor, for each kind its value and the half-width of its 95 % interval, if any."""
    import pandas as pd

    rows: dict[tuple[str, str], dict[str, float]] = {}
    for index in found:
        row = rows.setdefault((index.outcome, index.factor), {})
        row[index.kind] = index.value
        if not np.isnan(index.error):
            row[f"{index.kind} ±"] = index.error
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["outcome", "factor"])
