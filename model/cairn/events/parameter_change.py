"""A number of the model that is another one from a date on."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from cairn.core.geography import CODES, C, index
from cairn.core.parameters import FIELDS, OF_CHOICES, OutOfRange, check
from cairn.events.base import Country, IntervalEvent, Text


class Parameter(IntervalEvent):
    """A number of the model takes another value from the start on, for all or, if leaders reckon with it, for some."""

    type: Literal["parameter"] = "parameter"
    name: Text = Field(description="a name of model/cairn/core/parameters.py")
    value: Annotated[float, Field(strict=True, allow_inf_nan=False, json_schema_extra={"unit": "of the number"})] = (
        Field(description="what it is then, within its range in model/cairn/core/parameters.py")
    )
    countries: tuple[Country, ...] = Field(default=(), description="for whom; left out, for all")

    @model_validator(mode="after")
    def _is_a_number_that_can_change(self):
        if self.name not in FIELDS:
            raise ValueError(f"{self.name} is no number of the model; see model/cairn/core/parameters.py for the names")
        each = FIELDS[self.name].metadata["each"]
        if self.name.startswith("initial_") or self.name == "resistance_iterations" or each not in ("", "state"):
            raise ValueError(f"{self.name} cannot change in the course of a run")
        if self.countries and each != "state" and self.name not in OF_CHOICES:
            raise ValueError(
                f"{self.name} is one number for the region; leave out countries, or name a number that leaders "
                f"reckon with: {', '.join(sorted(OF_CHOICES))}"
            )
        try:
            check(self.name, np.full(C, self.value) if each else self.value)
        except OutOfRange as problem:
            raise ValueError(str(problem)) from None
        return self

    def conflict_keys(self):
        return [
            self.conflict_key(f"{self.name} of {code}", self.value, throughout=False)
            for code in self.countries or CODES
        ]

    def apply(self, forcing: Any, rows: Any, quarter: int) -> None:
        """Nothing is given; the numbers change."""

    def put_into(self, columns: dict[str, np.ndarray], old: Any, mask: Any, members: int) -> None:
        """The value in the masked rows of a table of this number, one column for each state, (M, C)."""
        table = columns.setdefault(self.name, np.broadcast_to(np.asarray(old, float), (members, C)).copy())
        for code in self.countries or CODES:
            table[mask, index(code)] = self.value
