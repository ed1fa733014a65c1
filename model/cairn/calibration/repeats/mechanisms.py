"""Mechanisms of the model that one parameter switches off, what each acts on, and why those without evidence stay.

A mechanism is *off* where its switch has the value `off`. On by default are those that make forecasts better, and those
without which the model could not ask its questions, as their `reason` says. The others are assumptions that a scenario
turns on, with the values of `on`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from cairn.core.parameters import FIELDS, Parameters
from cairn.record.tables import read
from cairn.support.frozen_dict import FrozenDict

TRADE, BORDERS, VIOLENCE, MEETINGS, WATER = "trade", "borders", "violence", "meetings", "water and power"
OUTCOMES = (TRADE, BORDERS, VIOLENCE, MEETINGS, WATER)  # groups of recorded quantities that forecasts are scored on


@dataclasses.dataclass(frozen=True)
class Mechanism:
    """A mechanism and its switch.

    Parameters
    ----------
    name, title : for tables; the title says what the other run is: "without ..." or "with ..."
    switch : parameter that switches it off
    acts_on : the outcome, of `OUTCOMES`, that it acts on first; stated before it was scored
    section : of ODD.md with its paragraph
    reason : why it exists, whether or not the record supports it
    off : value of the switch that switches it off, for each place where the parameter has one value each
    on : parameters that turn it on, for a mechanism that is off by default
    refitted : whether a calibration without it, or with it, ships (`cairn.calibration.repeats.ablations`)
    """

    name: str
    title: str
    switch: str
    acts_on: str
    section: str
    reason: str
    off: float
    on: Mapping[str, float]
    refitted: bool

    @property
    def on_by_default(self) -> bool:
        """Whether the shipped model has it."""
        return not self.on

    @property
    def label(self) -> str:
        """What it is: the title without its first word."""
        return self.title.partition(" ")[2]

    @property
    def off_values(self) -> dict[str, Any]:
        """The parameter that switches it off, with its value, as `Parameters.replace` takes it."""
        if not FIELDS[self.switch].metadata["each"]:
            return {self.switch: self.off}
        default, _ = FIELDS[self.switch].metadata["default"]
        return {self.switch: dict.fromkeys(default, self.off)}

    @property
    def changed(self) -> dict[str, Any]:
        """Parameters of the run that differs from the shipped model in this mechanism."""
        return self.off_values if self.on_by_default else dict(self.on)


def is_off(mechanism: Mechanism, parameters: Parameters) -> bool:
    """Whether parameters have a mechanism switched off."""
    return bool(np.all(getattr(parameters, mechanism.switch) == mechanism.off))


def _mechanism(row: Mapping[str, str]) -> Mechanism:
    on = {name: float(value) for name, value in (pair.split("=") for pair in row["on"].split())}
    about = {name: row[name] for name in ("name", "title", "switch", "acts_on", "section", "reason")}
    return Mechanism(**about, off=float(row["off"]), on=FrozenDict(on), refitted=row["refitted"] == "yes")


MECHANISM_LIST = tuple(map(_mechanism, read("mechanisms")))  # model/cairn/data/mechanisms.csv
