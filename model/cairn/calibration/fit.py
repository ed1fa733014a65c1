"""The numbers of the model learnt from the record to 2015: what is learnt, from which priors, by which runs.

Parameter sets are members of one run, thousands at a time; each is simulated once a step, with luck of its own, and
compared with every target (`cairn.calibration.targets`). The method is `cairn.calibration.esmda`. Nothing later
than 2015 is looked at: the run ends there.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import ndtr

from cairn.calibration import esmda
from cairn.calibration.targets import FIT, LAST_FITTED, TargetRecorder, Targets
from cairn.core.calendar import FIRST_YEAR
from cairn.core.geography import PAIR_NAMES
from cairn.core.leader_names import LEADERS
from cairn.core.parameter_sets import ParameterSets, ParameterSource, for_members
from cairn.core.parameters import FIELDS
from cairn.ensemble.workers import Progress, workers
from cairn.scenario.scenario import Scenario
from cairn.support.atomic_write import atomic_write
from cairn.support.frozen_dict import FrozenDict
from cairn.support.provenance import code_digest, commit, package_version

SETS, SEED = 6000, 1
CHUNK = 750  # sets that run side by side
WIDTH = 0.12  # of the codings of leaders' openness, as in the baseline's successions
AFFINITY = 0.8  # Assumed: standard deviation of what trade of a pair has beyond the model's reasons, log
KEPT = 300  # sets that ship
MOST_STEPS = 60
PLAIN_SEED = 500_000  # added to the seed, so that plain rejection has draws of its own

# Learnt: what the panels of pairs and years speak of. All else stays at its value in model/cairn/core/parameters.py.
LEARNT = (
    # trade
    "income_elasticity", "closure_loss", "freight_loss", "agreement_gain", "trust_trade_gain", "soviet_legacy",
    "legacy_decay_years", "rebuild_rate", "collapse_rate",
    # choice
    "trust_weight", "openness_weight", "gain_weight", "grievance_weight", "threat_weight", "spillover_weight",
    "regime_rent", "reciprocity", "posture_curvature", "base_cost", "rung_cost", "sovereignty_cost", "neutral_posture",
    # trust
    "trust_gain", "loss_ratio", "trust_drift", "estrangement", "acquaintance", "dialogue_scale", "trust_reset",
    "newcomer_openness_effect",
    # borders
    "incident_rate", "water_incident_effect", "nationalism_incident_effect", "distrust_incident_effect",
    "escalation_probability", "fatality_tail", "delimitation_step", "easy_section_step", "survey_stake",
    "hard_section_share", "contested_cost", "ripeness_push", "diversion",
    # water
    "winter_release_power_km3", "winter_release_growth_km3", "winter_release_irrigation_km3", "storage_target_km3",
    "counter_delivery_exposure", "upstream_cost_pct_gdp",
    # organisations
    "bloc_pull_weight", "organisation_inertia",
)  # fmt: skip
IN_OFFICE_BY_2015 = LEADERS[:9]
AFTERWARDS = LEADERS[9:]


@dataclasses.dataclass(frozen=True)
class Dimension:
    """One learnt number: a field of `Parameters`, or one place of a field that has several.

    Its prior is uniform within its plausible range, or normal around zero with `spread` where that is given.
    """

    field: str
    label: str = ""
    spread: float | None = None

    @property
    def name(self) -> str:
        """The field, with the place in brackets where it has several."""
        return f"{self.field}[{self.label}]" if self.label else self.field

    def value(self, z: np.ndarray) -> np.ndarray:
        """Values of standard normal draws."""
        about = FIELDS[self.field].metadata
        if self.spread is None:
            return about["low"] + (about["high"] - about["low"]) * ndtr(z)
        return np.clip(self.spread * z, about["low"], about["high"])


def dimensions(without: Iterable[str] = ()) -> tuple[Dimension, ...]:
    """All that is learnt, but for fields left out."""
    pairs = [Dimension("pair_affinity", name, AFFINITY) for name in PAIR_NAMES]
    leaders = [Dimension("openness_offset", who, WIDTH) for who in IN_OFFICE_BY_2015]
    return tuple(d for d in [*map(Dimension, LEARNT), *pairs, *leaders] if d.field not in without)


def values_of(learnt: Sequence[Dimension], sets: np.ndarray) -> np.ndarray:
    """Values of sets on the prior's standard normal scale, (N, d)."""
    return np.stack([dimension.value(sets[:, k]) for k, dimension in enumerate(learnt)], axis=1)


def sets_of(learnt: Sequence[Dimension], sets: np.ndarray, origin: str = "") -> ParameterSets:
    """Sets on the prior's standard normal scale as sets of numbers; they hold what members would draw of leaders."""
    names, values = [d.name for d in learnt], values_of(learnt, sets)
    if any(d.field == "openness_offset" for d in learnt):
        names, values = [*names, "judgement_spread"], np.column_stack([values, np.zeros(len(values))])
    return ParameterSets(tuple(names), values, origin)


def observe(
    scenario: Scenario, targets: Targets, parameters: ParameterSource, first_member: int, members: int, seed: int
) -> np.ndarray:
    """Figures of members on the targets' scales, (members, D)."""
    from cairn.model import CentralAsia

    quarters = (targets.last_year - FIRST_YEAR + 1) * 4
    model = CentralAsia(scenario, members, seed, first_member=first_member, parameters=parameters, collect=False)
    seen = TargetRecorder(members, quarters, sorted({t.indicator for t in targets.rows}))
    for _ in range(quarters):
        model.run_for(1)
        seen.see(model)
    return targets.simulated(seen.yearly())


@dataclasses.dataclass
class Simulator:
    """Sets of parameters to figures, in chunks over processes that stay alive from step to step.

    fixed : numbers that are not learnt and not at their default
    progress : called with the sets simulated since the last call
    """

    scenario: Scenario
    targets: Targets
    learnt: Sequence[Dimension]
    seed: int
    fixed: Mapping[str, float] = dataclasses.field(default_factory=FrozenDict)
    pool: Executor | None = None
    progress: Progress | None = None

    def __call__(self, sets: np.ndarray, step: int) -> np.ndarray:
        """Figures of all sets, (N, D); each step has luck of its own."""
        parameters = sets_of(self.learnt, sets).parameters(0, len(sets)).replace(**self.fixed)
        seed_of_run = int(np.random.SeedSequence(self.seed, spawn_key=(step, 1)).generate_state(1)[0])
        return observe_all(self.scenario, self.targets, parameters, len(sets), seed_of_run, self.pool, self.progress)


def observe_all(
    scenario: Scenario,
    targets: Targets,
    parameters: ParameterSource,
    members: int,
    seed: int,
    pool: Executor | None = None,
    progress: Progress | None = None,
) -> np.ndarray:
    """Figures of members from the first on, (members, D), in chunks that are the same whatever the processes."""
    chunks = [slice(k, min(k + CHUNK, members)) for k in range(0, members, CHUNK)]
    work = [
        (scenario, targets, for_members(parameters, 0, rows), rows.start, rows.stop - rows.start, seed)
        for rows in chunks
    ]
    each = list(zip(*work, strict=True))
    found = []
    for figures in pool.map(observe, *each) if pool else map(observe, *each):
        found.append(figures)
        if progress is not None:
            progress(len(figures))
    return np.concatenate(found)


@contextmanager
def processes(jobs: int | None, members: int) -> Iterator[Executor | None]:
    """Processes for as long as they are needed; none where there is little to do or one is asked for."""
    jobs = jobs or (os.cpu_count() or 1)
    if jobs == 1 or members <= CHUNK:
        yield None
        return
    with workers(jobs) as pool:
        yield pool


# --- a calibration --------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class Calibration:
    """What was learnt.

    sets : (N, d) draws from the posterior, on the prior's standard normal scale
    figures : (N, D) what they give on luck they were not fitted to, on the targets' scales
    steps : number, alpha, weight and misfit of each
    plain : distance of what plain rejection keeps of as many simulations; NaN where it was not asked for
    """

    learnt: tuple[Dimension, ...]
    targets: Targets
    sets: np.ndarray
    figures: np.ndarray
    steps: tuple[dict[str, float], ...]
    seed: int
    plain: float = float("nan")

    @property
    def distance(self) -> float:
        """Mean squared distance of the sets to the record in units of its errors and the noise of a run together."""
        return esmda.distance_of(self.figures, self.targets.observed, self.scale)

    @property
    def scale(self) -> np.ndarray:
        """Covariance of the record's errors and of the noise of a run, (D, D)."""
        return self.targets.error() + esmda.noise_of(self.sets, self.figures)

    @property
    def weight(self) -> float:
        """Weight of the record: its error covariance is divided by this."""
        return float(self.steps[-1]["weight"])

    def kept(self, count: int = KEPT) -> ParameterSets:
        """Some of the sets, evenly, with draws for leaders who came after the fit."""
        rows = np.linspace(0, len(self.sets) - 1, min(count, len(self.sets))).astype(int)
        chosen = sets_of(self.learnt, self.sets[rows])
        draws = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(99,)))
        later = np.clip(WIDTH * draws.standard_normal((len(rows), len(AFTERWARDS))), -0.5, 0.5)
        names = (*chosen.names, *(f"openness_offset[{who}]" for who in AFTERWARDS))
        return ParameterSets(names, np.column_stack([chosen.values, later]), "")


def calibrate(
    count: int = SETS,
    seed: int = SEED,
    *,
    scenario: Scenario | None = None,
    targets: Targets | None = None,
    without: Sequence[str] = (),
    fixed: Mapping[str, float] = FrozenDict(),
    jobs: int | None = None,
    folder: Path | None = None,
    beside_plain: bool = False,
    progress: Progress | None = None,
) -> Calibration:
    """Learn the numbers from the record to 2015.

    Parameters
    ----------
    count : sets that are simulated side by side in each step
    scenario : whose events are given; the baseline
    targets : the shipped ones of the split `fit`
    without, fixed : fields that are not learnt, and values for numbers that are not
    folder : where each step is kept; a run with the same settings carries on from the last one there
    beside_plain : also put plain rejection to as many simulations, to see what the regression is worth
    progress : called with the sets simulated since the last call

    Returns
    -------
    Calibration, the same for the same settings and version, whatever the processes and however often interrupted
    """
    scenario = scenario or Scenario.load("baseline")
    targets = targets or Targets.load().of(FIT)
    learnt = dimensions({*without, *fixed})
    settings = _settings(scenario, targets, learnt, fixed, count, seed)
    steps, start_from = _kept_steps(folder, settings)

    def after(step: esmda.Step) -> None:
        steps.append({k: getattr(step, k) for k in ("number", "alpha", "weight", "misfit", "whole")})
        if folder is not None:
            with atomic_write(folder / f"step{step.number:02}.npz") as part, part.open("wb") as file:
                np.savez(file, sets=step.sets, settings=settings, steps=json.dumps(steps))

    with processes(jobs, count) as pool:
        simulate = Simulator(scenario, targets, learnt, seed, fixed, pool, progress)
        if start_from is not None and progress is not None:
            progress(start_from.number * count)
        last = esmda.fit(
            simulate,
            targets.observed,
            targets.error(),
            count=count,
            dimensions=len(learnt),
            seed=seed,
            start_from=start_from,
            after=after,
        )
        found = Calibration(learnt, targets, last.sets, simulate(last.sets, MOST_STEPS), tuple(steps), seed)
        if not beside_plain:
            return found
        again = Simulator(scenario, targets, learnt, seed + PLAIN_SEED, fixed, pool, progress)
        size = {"count": count * len(steps), "dimensions": len(learnt), "kept": min(KEPT, count)}
        _, figures = esmda.nearest(again, targets.observed, found.scale, seed=seed + PLAIN_SEED, **size)
    return dataclasses.replace(found, plain=esmda.distance_of(figures, targets.observed, found.scale))


def _settings(scenario: Scenario, targets: Targets, learnt: Any, fixed: Any, count: int, seed: int) -> str:
    """A fingerprint of all that a step depends on."""
    parts = (scenario.text, targets.rows, learnt, dict(fixed), count, seed, code_digest(), package_version())
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _kept_steps(folder: Path | None, settings: str) -> tuple[list[dict[str, float]], esmda.Step | None]:
    """What an interrupted calibration with these settings left, the last whole step of it."""
    for path in sorted(folder.glob("step*.npz"), reverse=True) if folder else ():
        try:
            with np.load(path, allow_pickle=False) as kept:
                if str(kept["settings"]) == settings:
                    steps = json.loads(str(kept["steps"]))
                    return steps, esmda.Step(sets=kept["sets"], **steps[-1])
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            continue  # damaged: the step before it will do
    return [], None


def save(found: Calibration, folder: Path) -> list[Path]:
    """Write posterior.csv and, beside it, posterior.json: how it came about."""
    with atomic_write(folder / "posterior.csv") as part:
        found.kept().save(part)
    about = {
        "method": "approximate Bayesian computation in tempered steps of regression: model/cairn/calibration/esmda.py",
        "fitted_to": f"{len(found.targets)} targets, {FIRST_YEAR}-{LAST_FITTED}",
        "sets": len(found.sets),
        "kept": min(KEPT, len(found.sets)),
        "seed": found.seed,
        "weight_of_the_record": round(found.weight, 4),
        "steps": [{k: round(v, 6) for k, v in step.items() if k != "whole"} for step in found.steps],
        "distance": round(found.distance, 3),
        "distance_of_plain_rejection": round(found.plain, 3),
        "version": package_version(),
        "commit": commit(),
        "parameters": [
            {"name": d.name, "shrinkage": round(1 - float(z.std()), 3), "moved": round(float(z.mean()), 3)}
            for d, z in zip(found.learnt, found.sets.T, strict=True)
        ],
        "correlations": strongest_correlations(found),
    }
    with atomic_write(folder / "posterior.json") as part:
        part.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    return [folder / "posterior.csv", folder / "posterior.json"]


def strongest_correlations(found: Calibration, most: int = 12) -> list[dict[str, Any]]:
    """Pairs of numbers that the record does not tell apart: the largest correlations over the sets."""
    table = np.corrcoef(found.sets.T)
    upper = np.triu_indices(len(table), 1)
    largest = np.argsort(-np.abs(table[upper]), kind="stable")[:most]
    return [
        {
            "one": found.learnt[upper[0][k]].name,
            "other": found.learnt[upper[1][k]].name,
            "correlation": round(float(table[upper][k]), 2),
        }
        for k in largest
    ]


def as_lines(found: Calibration) -> list[str]:
    """What was learnt, for a terminal: median, 90 %, and how much narrower than the prior; 100 columns."""
    values = values_of(found.learnt, found.sets)
    lines = [f"{'number':36}{'prior':>20}{'posterior, 90 %':>28}{'shrinkage':>12}", "-" * 96]
    for k, dimension in enumerate(found.learnt):
        low, middle, high = np.quantile(values[:, k], (0.05, 0.5, 0.95))
        about = FIELDS[dimension.field].metadata
        prior = f"{about['low']:g} .. {about['high']:g}" if dimension.spread is None else f"0 +- {dimension.spread:g}"
        shrinkage = 1 - float(found.sets[:, k].std())
        lines.append(f"{dimension.name:36}{prior:>20}{f'{middle:.3g} [{low:.3g}, {high:.3g}]':>28}{shrinkage:>12.2f}")
    last = found.steps[-1]
    lines += [
        "",
        f"{len(found.steps)} steps of {len(found.sets)} sets; weight of the record {last['weight']:.2f}, misfit "
        f"{last['misfit']:.2f} (1 where the sets lie as near to it as its errors say).",
        "Shrinkage: 0 where the record says nothing of a number, 1 where it says all.",
    ]
    return lines
