"""A parameter that takes another value from a date on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from cairn.core.geography import CODES, Geography
from cairn.core.parameters import FIELDS, FIXED_SUMS, OF_CHOICES, OutOfRange, check
from cairn.core.variables import Array
from cairn.events.base import Country, IntervalEvent, Text, register_event


@register_event
class Parameter(IntervalEvent):
    """A parameter takes another value from the start on, for all states or for some if leaders use it to choose."""

    type: Literal["parameter"] = "parameter"
    writes: ClassVar[tuple[str, ...]] = ()
    name: Text = Field(description="a parameter of the model")
    value: Annotated[float, Field(strict=True, allow_inf_nan=False, json_schema_extra={"unit": "of the parameter"})] = (
        Field(description="its value from then on, within its plausible range")
    )
    countries: tuple[Country, ...] = Field(default=(), description="for whom; left out, for all")

    @model_validator(mode="after")
    def _can_change(self):
        if self.name not in FIELDS:
            raise ValueError(f"there is no parameter {self.name}; model/ODD.md has a table of all")
        each = FIELDS[self.name].metadata["each"]
        if self.name.startswith("initial_") or self.name == "resistance_iterations" or each not in ("", "state"):
            raise ValueError(f"{self.name} cannot change in the course of a run")
        if self.name in FIXED_SUMS or self.name == "reexport_partner_share":
            raise ValueError(f"{self.name} is one of several shares of a whole and cannot change alone")
        if self.countries and each != "state" and self.name not in OF_CHOICES:
            raise ValueError(
                f"{self.name} is one number for the region; leave out countries, or name a parameter that leaders use "
                f"when they choose: {', '.join(sorted(OF_CHOICES))}"
            )
        try:
            check(self.name, dict.fromkeys(CODES, self.value) if each else self.value)
        except OutOfRange as problem:
            raise ValueError(str(problem)) from None
        return self

    def conflict_keys(self):
        return [
            self.conflict_key(f"{self.name} of {code}", self.value, throughout=False)
            for code in self.countries or CODES
        ]

    def apply(self, forcing: Mapping[str, Array], context: Any, quarter: int) -> None:
        """The forcing stays; the model puts the value into its parameters."""

    def put_into(self, tables: dict[str, Array], old: Any, mask: Any, geography: Geography, members: int) -> None:
        """Write the value into a table of this parameter by state, (C, M), for the members of a mask."""
        shape = (geography.n_countries, members)
        table = tables.setdefault(self.name, np.broadcast_to(np.asarray(old, float), shape).copy())
        for code in self.countries or geography.codes:
            table[geography.index(code), mask] = self.value
