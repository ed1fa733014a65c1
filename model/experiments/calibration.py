"""The numbers of the model learnt from the record to 2015: what is learnt, from which priors, by which runs.

Parameter sets are members of one run, thousands at a time; each is simulated once a step, with luck of its own, and
compared with every target (`model.experiments.targets`). The method is `model.experiments.abc`. Nothing later than 2015
is looked at: the run ends there.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import ndtr

from model.calendar import FIRST_YEAR
from model.countries import PAIR_NAMES
from model.ensemble import Progress, workers
from model.experiments import abc
from model.experiments.targets import FIT, LAST_FITTED, Seen, Targets
from model.files import whole
from model.leaders import LEADERS
from model.parameters import FIELDS, Numbers
from model.provenance import code_digest, commit, package_version
from model.scenario import Scenario

SETS, SEED = 6000, 1
CHUNK = 750  # sets that run side by side
WIDTH = 0.12  # of the codings of leaders' openness, as in the baseline's successions
KEPT = 300  # sets that ship

# Learnt: what the panels of pairs and years speak of. All else stays at its value in model/parameters.py.
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
    "escalation_probability", "fatality_tail", "delimitation_step", "easy_section_step", "survey_stake", "hard_section_share",
    "contested_cost", "ripeness_push", "diversion",
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
    """One learnt number: a field of `Numbers`, or one place of a field that has several.

    Its prior is uniform within its plausible range, or normal around zero with `spread` where that is given.
    """

    field: str
    place: int | None = None
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


def dimensions(without: Sequence[str] = ()) -> tuple[Dimension, ...]:
    """All that is learnt, but for fields left out."""
    pairs = [Dimension("pair_affinity", k, name, spread=0.8) for k, name in enumerate(PAIR_NAMES)]
    leaders = [Dimension("openness_offset", LEADERS.index(who), who, spread=WIDTH) for who in IN_OFFICE_BY_2015]
    return tuple(d for d in [*map(Dimension, LEARNT), *pairs, *leaders] if d.field not in without)


def values_of(learnt: Sequence[Dimension], sets: np.ndarray) -> np.ndarray:
    """Values of sets on the prior's standard normal scale, (N, d)."""
    return np.stack([dimension.value(sets[:, k]) for k, dimension in enumerate(learnt)], axis=1)


def numbers_of(learnt: Sequence[Dimension], values: np.ndarray, base: Numbers | None = None) -> Numbers:
    """Numbers with a row for each set, (N, 1) or (N, places) columns, on top of a base."""
    base = base or Numbers()
    columns: dict[str, np.ndarray] = {}
    for k, dimension in enumerate(learnt):
        if dimension.place is None:
            columns[dimension.field] = values[:, k : k + 1]
            continue
        plain = np.asarray(getattr(base, dimension.field), float)
        column = columns.setdefault(dimension.field, np.broadcast_to(plain, (len(values), plain.shape[-1])).copy())
        column[:, dimension.place] = values[:, k]
    if any(d.field == "openness_offset" for d in learnt):
        columns["judgement_spread"] = np.zeros((len(values), 1))  # the sets hold what members would draw
    return base.but(**columns)


def observe(
    scenario: Scenario, targets: Targets, numbers: Numbers | None, first: int, members: int, seed: int
) -> np.ndarray:
    """Figures of members on the targets' scales, (members, D)."""
    from model.world import CentralAsia

    quarters = (targets.last_year - FIRST_YEAR + 1) * 4
    model = CentralAsia(scenario, members, seed, first=first, numbers=numbers, collect=False)
    seen = Seen(members, quarters, sorted({t.indicator for t in targets.rows}))
    for _ in range(quarters):
        model.run_for(1)
        seen.see(model)
    return targets.simulated(seen.yearly())


@dataclasses.dataclass
class Simulator:
    """Sets of parameters to figures, in chunks over processes that stay alive from step to step."""

    scenario: Scenario
    targets: Targets
    learnt: Sequence[Dimension]
    seed: int
    pool: Executor | None = None
    base: Numbers | None = None
    progress: Progress | None = None

    def __call__(self, sets: np.ndarray, step: int) -> np.ndarray:
        """Figures of all sets, (N, D); each step has luck of its own."""
        numbers = numbers_of(self.learnt, values_of(self.learnt, sets), self.base)
        luck = int(np.random.SeedSequence(self.seed, spawn_key=(step, 1)).generate_state(1)[0])
        chunks = [slice(k, min(k + CHUNK, len(sets))) for k in range(0, len(sets), CHUNK)]
        jobs = [
            (self.scenario, self.targets, numbers.rows(rows), rows.start, rows.stop - rows.start, luck)
            for rows in chunks
        ]
        found = []
        for figures in self.pool.map(observe, *zip(*jobs, strict=True)) if self.pool else map(observe, *zip(*jobs)):
            found.append(figures)
            if self.progress is not None:
                self.progress(len(figures))
        return np.concatenate(found)
