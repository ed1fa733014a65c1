"""What answers the question of a scenario: an outcome, of whom, in which years."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, field_validator, model_validator

from cairn.core.calendar import FIRST_YEAR, LAST_YEAR
from cairn.events.base import Words
from cairn.scenario.issues import abbreviate
from cairn.scenario.outcome_names import canonical_name, check_labels, parse_years, short_names
from cairn.step.measures import catalogue

EXAMPLE = "{outcome: shortage, of: [TKM, UZB], years: [2031, 2032]}"


def _years(value: Any) -> Any:
    parts = value if isinstance(value, list | tuple) else [value]
    if not parts or any(isinstance(part, bool) or not isinstance(part, int | str) for part in parts):
        raise ValueError(f"expected years, [2031, 2032] or 2031-2035; got {abbreviate(value)}")
    years = tuple(dict.fromkeys(year for part in parts for year in parse_years(str(part))))
    outside = [year for year in years if not FIRST_YEAR <= year <= LAST_YEAR]
    if outside:
        raise ValueError(f"{outside[0]} is outside {FIRST_YEAR}..{LAST_YEAR}")
    return years


_YEAR = {"type": "integer", "minimum": FIRST_YEAR, "maximum": LAST_YEAR}
_RANGE = {"type": "string", "pattern": r"^\d{4}-\d{4}$"}
Years = Annotated[
    tuple[int, ...],
    BeforeValidator(_years),
    WithJsonSchema({"anyOf": [_YEAR, _RANGE, {"type": "array", "items": {"anyOf": [_YEAR, _RANGE]}, "minItems": 1}]}),
]
_NAMES = {"enum": [*catalogue(), *short_names()], "type": "string"}


class LookAt(BaseModel):
    """An outcome that answers the question of a scenario.

    >>> LookAt(outcome="shortage", of=["TKM", "UZB"], years=["2031-2033"]).keys
    ('shortage[TKM]', 'shortage[UZB]')
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    outcome: Annotated[str, WithJsonSchema(_NAMES)] = Field(
        description="name of an outcome; `run.py outcomes` lists all"
    )
    of: tuple[str, ...] = Field(default=(), description="which states, pairs, borders or reservoirs; left out, all")
    years: Years = Field(description="years, such as [2031, 2032] or 2031-2035")
    note: Words = Field(default="", max_length=300, description="anything to know about it")

    @model_validator(mode="before")
    @classmethod
    def _check_form(cls, value: Any) -> Any:
        if not isinstance(value, dict | LookAt):
            raise ValueError(f"expected an outcome, its places and years, as {EXAMPLE}; got {abbreviate(value)}")
        return value

    @field_validator("outcome")
    @classmethod
    def check_outcome(cls, name: str) -> str:
        """The name, if it is that of an outcome of the region, of states or of pairs; ValueError otherwise."""
        variable = canonical_name(name)
        if len(catalogue()[variable].dims) == 2:
            raise ValueError(f"{variable} is of directed pairs; name an outcome of states or of pairs")
        return name

    @model_validator(mode="after")
    def _check_places(self) -> LookAt:
        for place in self.of:
            check_labels(canonical_name(self.outcome), [place])
        return self

    @property
    def keys(self) -> tuple[str, ...]:
        """Canonical names of its outcomes, with labels."""
        variable = canonical_name(self.outcome)
        return tuple(f"{variable}[{check_labels(variable, [place])[0]}]" for place in self.of) or (variable,)

    def __str__(self) -> str:
        of = f" of {', '.join(self.of)}" if self.of else ""
        whole = self.years == tuple(range(self.years[0], self.years[-1] + 1)) and len(self.years) > 2
        years = f"{self.years[0]}-{self.years[-1]}" if whole else ", ".join(map(str, self.years))
        note = f" ({self.note})" if self.note else ""
        return f"{catalogue()[canonical_name(self.outcome)].long_name}{of}, {years}{note}"
