"""What is calibrated, and its prior distributions.

Parameter sets are drawn on the scale of independent standard normals, z (N, d), and transformed to values of the
parameters: uniform over the plausible range of a parameter, or normal around zero.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Sequence

import numpy as np
from scipy.special import ndtr

from cairn.core.geography import CODES, PAIR_NAMES
from cairn.core.leader_names import LEADERS
from cairn.core.parameter_sets import ParameterSets
from cairn.core.parameters import FIELDS
from cairn.events import Succession
from cairn.scenario.scenario import Scenario

LAST_FITTED_YEAR = 2015  # of the shipped posterior; a refit may end with another year

OPENNESS_SPREAD = 0.12  # of the coding of leaders' openness, as in the baseline's successions
AFFINITY_SPREAD = 0.8  # Assumed: standard deviation of a pair's trade beyond what the model explains, log
OUTSIDE_SPREAD = 1.0  # Assumed: the same of a state's trade with all outside economies, log

# Calibrated: parameters on which series by pair and year have a bearing. All others keep their value in
# model/cairn/core/parameters.py.
CALIBRATED = (
    # trade
    "income_elasticity", "closure_loss", "freight_loss", "soviet_legacy", "collapse_rate", "home_bias",
    # choice
    "trust_weight", "openness_weight", "gain_weight", "threat_weight", "spillover_weight",
    "posture_curvature", "base_cost", "rung_cost", "neutral_posture",
    # trust
    "trust_gain", "loss_ratio",
    # borders
    "incident_rate", "agreed_exposure", "nationalism_incident_effect", "enforcement_incident_effect",
    "militarisation_escalation_effect",
    "escalation_probability", "fatality_scale", "fatality_tail", "delimitation_step", "easy_section_step",
    "survey_stake",
    "hard_section_share",
    # water
    "winter_release_power_km3", "storage_target_km3", "grid_import_share",
    # organisations
    "organisation_inertia",
)  # fmt: skip


@functools.cache
def leaders_until(year: int) -> tuple[str, ...]:
    """Leaders who came to office in a year or before, by the dates of the baseline, in order of office.

    >>> leaders_until(2003)
    ('Nazarbayev', 'Akayev', 'Rahmon', 'Niyazov', 'Karimov')
    """
    events = Scenario.load("baseline").events.values()
    came = {event.leader for event in events if isinstance(event, Succession) and event.date.year <= year}
    return tuple(leader for leader in LEADERS if leader in came)


@dataclasses.dataclass(frozen=True)
class Dimension:
    """One calibrated quantity: a parameter, or one element of a parameter that has several.

    Parameters
    ----------
    field : name of the parameter
    label : the element (a pair, a leader); empty where the parameter has one value
    spread : standard deviation of a normal prior around zero; None for a prior uniform over the plausible range
    """

    field: str
    label: str = ""
    spread: float | None = None

    @property
    def name(self) -> str:
        """The parameter, with the element in brackets: trust_gain, pair_affinity[KAZ-UZB]."""
        return f"{self.field}[{self.label}]" if self.label else self.field

    def value(self, z: np.ndarray) -> np.ndarray:
        """Values of the parameter for standard normal draws, same shape."""
        about = FIELDS[self.field].metadata
        if self.spread is None:
            return about["low"] + (about["high"] - about["low"]) * ndtr(z)
        return np.clip(self.spread * z, about["low"], about["high"])


def dimensions(exclude: Iterable[str] = (), until: int = LAST_FITTED_YEAR) -> tuple[Dimension, ...]:
    """All calibrated quantities.

    Parameters
    ----------
    exclude : parameters that are not calibrated
    until : last year of the observations; leaders who came to office later are left out
    """
    pairs = [Dimension("pair_affinity", name, AFFINITY_SPREAD) for name in PAIR_NAMES]
    outside = [Dimension("outside_affinity", code, OUTSIDE_SPREAD) for code in CODES]
    leaders = [Dimension("openness_offset", leader, OPENNESS_SPREAD) for leader in leaders_until(until)]
    return tuple(d for d in [*map(Dimension, CALIBRATED), *pairs, *outside, *leaders] if d.field not in exclude)


def parameter_values(calibrated: Sequence[Dimension], z: np.ndarray) -> np.ndarray:
    """Values of the calibrated quantities from standard normal draws, (N, d) -> (N, d)."""
    return np.stack([dimension.value(z[:, k]) for k, dimension in enumerate(calibrated)], axis=1)


def to_parameter_sets(calibrated: Sequence[Dimension], z: np.ndarray, origin: str = "") -> ParameterSets:
    """Parameter sets from standard normal draws.

    Sets that contain offsets of leaders' openness set `judgement_spread` to zero, so that members draw no other ones.

    Parameters
    ----------
    calibrated : the d calibrated quantities
    z : standard normal draws, (N, d)
    origin : where the sets come from, in words
    """
    names, values = [d.name for d in calibrated], parameter_values(calibrated, z)
    if any(d.field == "openness_offset" for d in calibrated):
        names, values = [*names, "judgement_spread"], np.column_stack([values, np.zeros(len(values))])
    return ParameterSets(tuple(names), values, origin)
