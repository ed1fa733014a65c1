"""What a sweep file may contain: factors, a design, outcomes, goals and cases, as pydantic classes.

`SweepSpec` is a whole file, its parts are `FactorSpec`, `DesignSpec`, `OutcomeSpec` and `Bound`. They check what each
part can check by itself; whether the parts fit together and fit the scenarios is checked in `cairn.sweeps.definition`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from cairn.core.calendar import FIRST_YEAR, LAST_YEAR
from cairn.ensemble.outcomes import BY_PLACE, outcome_from, single_outcomes
from cairn.events.base import Text, Words
from cairn.scenario.outcome_names import short_names
from cairn.scenario.yaml_reader import ScenarioError
from cairn.sweeps.designs import BITS, KINDS

MAX_POINTS = 10**10
MAX_YEAR = 9999
FIRST_STANDARD = 2026  # first year of the standard outcomes that are taken over years: the record ends before
STATISTICS = {  # over years; other standard outcomes are taken in the last year
    "shortage": "mean",
    "agricultural_loss_pct_gdp": "mean",
    "winter_deficit_gwh": "mean",
    "incidents": "sum",
}
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR, strict=True)]
Real = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class SweepError(ScenarioError):
    """Something is wrong with a sweep; the message has one line for each problem."""


class _Spec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FactorSpec(_Spec):
    """A factor: a quantity that differs between the points of a sweep."""

    parameter: Text | None = Field(
        default=None, description="a parameter; NAME.KAZ where each state, pair or leader has its own value"
    )
    event: Text | None = Field(default=None, description="an event; without a field it is switched on and off")
    field: Text | None = Field(default=None, description="a field of the event; FIELD.2030 for an entry by date")
    scenarios: tuple[Text, ...] | None = Field(default=None, min_length=1, description="names or files of scenarios")
    range: tuple[Any, Any] | None = Field(default=None, description="lowest and highest value")
    values: tuple[Any, ...] | None = Field(default=None, min_length=1, max_length=10_000, description="a list")
    steps: Annotated[int, Field(ge=2, le=10_000, strict=True)] | None = Field(
        default=None, description="number of values that a grid takes from the range"
    )
    why: Words = Field(default="", max_length=2000, description="the source of the range")

    @model_validator(mode="after")
    def _is_one_thing(self):
        given = [name for name in ("parameter", "event", "scenarios") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("a factor needs parameter, event or scenarios: exactly one of them")
        if self.field is not None and self.event is None:
            raise ValueError("field can only be used with event")
        if self.range is not None and self.values is not None:
            raise ValueError("use range or values, not both")
        if self.scenarios is not None and (self.range is not None or self.values is not None):
            raise ValueError("scenarios is already a list of values; remove range and values")
        if self.steps is not None and self.values is not None:
            raise ValueError("steps divide a range; remove them where values are given")
        return self


class DesignSpec(_Spec):
    """The design: which points are run."""

    kind: Literal[KINDS] = Field(description="how points are chosen")  # type: ignore[valid-type]
    samples: Annotated[int, Field(ge=1, le=MAX_POINTS, strict=True)] | None = Field(
        default=None,
        description="number of samples; saltelli: base samples; morris: trajectories; a grid takes none",
    )
    levers: Literal["crossed", "sampled"] = Field(
        default="crossed",
        description="crossed: every combination of levers in every sample; sampled: levers are part of the sample",
    )

    @model_validator(mode="after")
    def _has_a_size(self):
        if (self.kind == "grid") != (self.samples is None):
            raise ValueError(
                "samples is missing: the number of points" if self.samples is None else "a grid has no samples"
            )
        if self.kind in ("sobol", "saltelli") and self.samples > 2**BITS:
            raise ValueError(f"a Sobol sequence has {2**BITS} terms; take fewer samples, or kind: random")
        return self


class OutcomeSpec(_Spec):
    """An outcome: a measure in given years, a statistic over years, or when or whether a threshold is passed."""

    measure: Annotated[Text, AfterValidator(lambda name: short_names().get(name, name))] = Field(
        description="a variable that `run` writes, such as integration_index; units at its end may be left out"
    )
    of: str | None = Field(default=None, max_length=60, description="of which state, pair, ...: UZB, KAZ-UZB, KAZ>UZB")
    year: Year | tuple[Year, ...] | None = Field(default=None, description="one year, or several")
    statistic: Literal["maximum", "minimum", "mean", "sum"] | None = Field(default=None, description="over years")
    first_year_above: Real | None = Field(default=None, description="first year above this value; empty if never")
    first_year_below: Real | None = Field(default=None, description="first year below this value; empty if never")
    if_never: Annotated[int, Field(ge=FIRST_YEAR, le=MAX_YEAR, strict=True)] | None = Field(
        default=None, description="year that first_year_above or first_year_below records in place of empty"
    )
    ever_above: Real | None = Field(default=None, description="1 if any year is above this value, else 0")
    ever_below: Real | None = Field(default=None, description="1 if any year is below this value, else 0")
    start: Year | None = Field(default=None, description="first year to include (default: all)")
    end: Year | None = Field(default=None, description="last year to include (default: all)")
    relative_to: Year | None = Field(default=None, description="divide by the value of this year")

    @model_validator(mode="after")
    def _is_one_thing(self):
        kinds = ("year", "statistic", "first_year_above", "first_year_below", "ever_above", "ever_below")
        if sum(getattr(self, kind) is not None for kind in kinds) != 1:
            raise ValueError(f"exactly one of {', '.join(kinds)} is needed")
        if self.if_never is not None and not self.is_first_year:
            raise ValueError("if_never can only be used with first_year_above or first_year_below")
        if self.year is not None and (self.start or self.end):
            raise ValueError("start and end can only be used with a statistic or a threshold")
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError(f"end {self.end} is before start {self.start}")
        return self

    @property
    def years(self) -> tuple[int, ...]:
        """Years in which the measure is taken; empty for a statistic or a threshold."""
        return () if self.year is None else self.year if isinstance(self.year, tuple) else (self.year,)

    @property
    def is_first_year(self) -> bool:
        """Whether the outcome is itself a year."""
        return self.first_year_above is not None or self.first_year_below is not None

    @property
    def may_be_missing(self) -> bool:
        """Whether members can be without a value, because they never pass a threshold."""
        return self.is_first_year and self.if_never is None

    def columns(self, name: str) -> list[str]:
        """Columns of the table: the outcome's name, followed by the year where there are several."""
        return [f"{name}_{year}" for year in self.year] if isinstance(self.year, tuple) else [name]


class Bound(_Spec):
    """A condition on one column of the table.

    >>> import numpy as np
    >>> Bound(at_least=0.5).met(np.array([0.4, 0.6, np.nan])).tolist()
    [False, True, False]
    """

    at_least: Real | None = Field(default=None, description="this value or more")
    at_most: Real | None = Field(default=None, description="this value or less")

    @model_validator(mode="after")
    def _has_one(self):
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("a bound needs at_least or at_most: exactly one of them")
        return self

    @property
    def sign(self) -> int:
        """1 where larger values are better, -1 where smaller ones are."""
        return 1 if self.at_most is None else -1

    @property
    def threshold(self) -> float:
        """The value to reach."""
        return self.at_least if self.at_most is None else self.at_most  # type: ignore[return-value]

    def met(self, values: Any) -> Any:
        """Where values satisfy the condition; a missing value (NaN) never does."""
        return self.sign * (values - self.threshold) >= 0

    def __str__(self) -> str:
        return f"{'at least' if self.sign > 0 else 'at most'} {self.threshold:g}"


class SweepSpec(_Spec):
    """The content of a sweep file."""

    title: Text = Field(description="a short title")
    question: Text = Field(description="the one question that the sweep asks")
    description: Words = Field(default="", max_length=10_000, description="anything else a reader should know")
    scenario: Text = Field(default="baseline", description="the scenario that the factors change")
    uncertainties: dict[Name, FactorSpec] = Field(
        default_factory=dict, description="factors that no policy controls, by name"
    )
    levers: dict[Name, FactorSpec] = Field(default_factory=dict, description="factors that a policy sets, by name")
    design: DesignSpec
    members: Annotated[int, Field(ge=1, le=100_000, strict=True)] = Field(
        default=10, description="members at each point; member m has the same random numbers at all points"
    )
    seed: Annotated[int, Field(ge=0, lt=2**63, strict=True)] = Field(
        default=1, description="random seed of the model and of the design"
    )
    to_year: Year = Field(default=LAST_YEAR, description="last year of each run")
    outcomes: dict[Name, OutcomeSpec] = Field(
        default_factory=dict, description="what is recorded of each run, by name (default: the standard outcomes)"
    )
    standard_outcomes: bool = Field(
        default=False,
        strict=True,
        description="also record what every comparison shows: water shortage, farm losses, winter power deficit and "
        "hydropower of each state, trade, visitors and openness of each pair, incidents on each border",
    )
    goals: dict[Name, Bound] = Field(default_factory=dict, description="what a policy should reach, by column")
    cases: dict[Name, dict[Name, Bound]] = Field(
        default_factory=dict, description="futures of interest: conditions that are met together, by column"
    )
    points_per_file: Annotated[int, Field(ge=1, le=10**9, strict=True)] | None = Field(
        default=None, description="points in each file of the table (default: chosen by the size of the sweep)"
    )

    @model_validator(mode="after")
    def _has_outcomes(self):
        if self.standard_outcomes or not self.outcomes:
            outcomes = standard_outcomes(self.to_year) | self.outcomes
            object.__setattr__(self, "outcomes", outcomes)  # a stored sweep names each of them
            object.__setattr__(self, "standard_outcomes", False)
        return self


def standard_outcomes(to_year: int) -> dict[str, OutcomeSpec]:
    """What a sweep records of a run to a year if its file says no more: the index and the outcomes of a comparison.

    Incidents are summed over the years after the record; shortages, losses and deficits are averaged over them; all
    others are values of the last year.

    >>> outcomes = standard_outcomes(2040)
    >>> outcomes["shortage_uzb"].statistic, outcomes["pair_trade_kaz_uzb"].year
    ('mean', 2040)
    """
    short = {name: alias for alias, name in short_names().items()}
    start = min(FIRST_STANDARD, to_year)
    names = ("integration_index", "trade_total_usd_bn", *BY_PLACE)
    found = {}
    for outcome in (single for name in names for single in single_outcomes(outcome_from(name))):
        variable, place = outcome.variable, "-".join(label for _, label in outcome.where)
        over = STATISTICS.get(variable)
        when = {"statistic": over, "start": start} if over else {"year": to_year}
        key = f"{short.get(variable, variable)}{'_' if place else ''}{place.lower().replace('-', '_')}"
        found[key] = OutcomeSpec(measure=variable, of=place or None, **when)  # type: ignore[arg-type]
    return found
