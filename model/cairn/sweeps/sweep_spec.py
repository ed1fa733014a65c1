"""Sweep files: a base scenario, factors, a design, what to keep. Read and checked like scenarios, all errors at once.

A factor is a number of the model, an event switched on and off, a field of an event, or the scenario itself.
Uncertainties and levers are told apart: nature draws the ones, a policy is a choice of the others.
"""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cairn.core.calendar import FIRST_YEAR, LAST_YEAR
from cairn.core.parameters import Parameters
from cairn.events.base import Text
from cairn.scenario.inheritance import NAME_PATTERN, SUFFIX, KeyLocations, ResolvedFile, scenario_folder
from cairn.scenario.issues import KeyContext, format_issue, from_pydantic, suggest
from cairn.scenario.scenario import Scenario
from cairn.scenario.yaml_reader import Keys, ScenarioError, read_yaml
from cairn.sweeps.designs import BITS, KINDS
from cairn.sweeps.factors import Factor, FactorError, resolved

MOST_POINTS = 10**10
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR, strict=True)]
Real = Annotated[float, Field(strict=True, allow_inf_nan=False)]
TAKEN = frozenset({"point", "member"})  # columns every table has


class SweepError(ScenarioError):
    """Something is wrong with a sweep file; the message has one line for each thing."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FactorPart(_Part):
    """A thing that differs between points."""

    parameter: Text | None = Field(
        default=None, description="a number of the model; of one for each state, NAME.KAZ, and so for pairs and leaders"
    )
    event: Text | None = Field(default=None, description="an event; without a field it is switched on and off")
    field: Text | None = Field(default=None, description="a field of the event; of dated figures, FIELD.2030")
    scenarios: tuple[Text, ...] | None = Field(default=None, min_length=1, description="names or files")
    range: tuple[Any, Any] | None = Field(default=None, description="lowest and highest")
    values: tuple[Any, ...] | None = Field(default=None, min_length=1, max_length=10_000, description="a list")
    steps: Annotated[int, Field(ge=2, le=10_000, strict=True)] | None = Field(
        default=None, description="how many steps a grid takes through the range"
    )
    why: str = Field(default="", max_length=2000, description="who says how far it may go")

    @model_validator(mode="after")
    def _is_one_thing(self):
        given = [name for name in ("parameter", "event", "scenarios") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("a factor has parameter, event or scenarios: exactly one of them")
        if self.field is not None and self.event is None:
            raise ValueError("field goes with event")
        if self.range is not None and self.values is not None:
            raise ValueError("range or values, not both")
        if self.scenarios is not None and (self.range is not None or self.values is not None):
            raise ValueError("scenarios is a list by itself; leave out range and values")
        if self.steps is not None and self.values is not None:
            raise ValueError("steps go through a range; values are steps already")
        return self


class DesignPart(_Part):
    """Which points are run."""

    kind: Literal[KINDS] = Field(description="how points are chosen")  # type: ignore[valid-type]
    samples: Annotated[int, Field(ge=1, le=MOST_POINTS, strict=True)] | None = Field(
        default=None, description="how many; of saltelli base samples, of morris trajectories; a grid has its own"
    )
    levers: Literal["crossed", "sampled"] = Field(
        default="crossed", description="each choice of levers in every sample, or levers sampled like the rest"
    )

    @model_validator(mode="after")
    def _has_a_size(self):
        if (self.kind == "grid") != (self.samples is None):
            raise ValueError("samples is how many points to take" if self.samples is None else "a grid has no samples")
        if self.kind in ("sobol", "saltelli") and self.samples > 2**BITS:
            raise ValueError(f"a Sobol sequence has {2**BITS} terms; take fewer, or random")
        return self


class OutcomePart(_Part):
    """What is kept of a world: a measure at years, a statistic over years, or the first year past a threshold."""

    measure: Text = Field(description="what `run` reports, as integration_index")
    of: str | None = Field(default=None, max_length=60, description="whose: UZB, KAZ-UZB, toktogul, KAZ>UZB")
    year: Year | tuple[Year, ...] | None = Field(default=None, description="at a year, or at several")
    statistic: Literal["maximum", "minimum", "mean", "sum"] | None = Field(default=None, description="over years")
    first_year_above: Real | None = Field(default=None, description="first year above this; nothing if never")
    first_year_below: Real | None = Field(default=None, description="first year below this; nothing if never")
    start: Year | None = Field(default=None, description="first year looked at, if not all")
    end: Year | None = Field(default=None, description="last year looked at, if not all")
    relative_to: Year | None = Field(default=None, description="divided by the value of this year")

    @model_validator(mode="after")
    def _is_one_thing(self):
        ways = ("year", "statistic", "first_year_above", "first_year_below")
        if sum(getattr(self, way) is not None for way in ways) != 1:
            raise ValueError(f"exactly one of {', '.join(ways)} is needed")
        if self.year is not None and (self.start or self.end):
            raise ValueError("start and end go with a statistic or a threshold")
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError(f"end {self.end} comes before start {self.start}")
        return self

    @property
    def years(self) -> tuple[int, ...]:
        """Years it is kept at; none if it is a statistic or a threshold."""
        return () if self.year is None else self.year if isinstance(self.year, tuple) else (self.year,)

    def columns(self, name: str) -> list[str]:
        """Columns it makes in the table: its name, with the year behind it if there are several."""
        return [f"{name}_{year}" for year in self.year] if isinstance(self.year, tuple) else [name]


class Bound(_Part):
    """A condition on a column of the table."""

    at_least: Real | None = Field(default=None, description="this or more")
    at_most: Real | None = Field(default=None, description="this or less")

    @model_validator(mode="after")
    def _has_one(self):
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("at_least or at_most: exactly one of them")
        return self

    @property
    def sign(self) -> int:
        """1 where more is better, -1 where less is."""
        return 1 if self.at_most is None else -1

    @property
    def threshold(self) -> float:
        """The number to reach."""
        return self.at_least if self.at_most is None else self.at_most  # type: ignore[return-value]

    def met(self, values: Any) -> Any:
        """Where values meet it; what never happened meets nothing."""
        return self.sign * (values - self.threshold) >= 0

    def __str__(self) -> str:
        return f"{'at least' if self.sign > 0 else 'at most'} {self.threshold:g}"


class SweepFile(_Part):
    """What a sweep file may hold."""

    title: Text = Field(description="what a reader calls it")
    question: Text = Field(description="the one question it asks")
    description: str = Field(default="", max_length=10_000, description="anything else a reader should know")
    scenario: Text = Field(default="baseline", description="what the factors change")
    uncertainties: dict[Name, FactorPart] = Field(default_factory=dict, description="factors nobody chooses")
    levers: dict[Name, FactorPart] = Field(default_factory=dict, description="factors a policy chooses")
    design: DesignPart
    members: Annotated[int, Field(ge=1, le=100_000, strict=True)] = Field(
        default=10, description="worlds at each point, with the same luck at all"
    )
    seed: Annotated[int, Field(ge=0, lt=2**63, strict=True)] = Field(default=1, description="of luck and design")
    to: Year = Field(default=LAST_YEAR, description="last year of a run")
    outcomes: dict[Name, OutcomePart] = Field(min_length=1, description="what is kept of each world")
    goals: dict[Name, Bound] = Field(default_factory=dict, description="what a policy is to reach, by column")
    cases: dict[Name, dict[Name, Bound]] = Field(
        default_factory=dict, description="futures to look for: conditions that hold together, by column"
    )
    part_points: Annotated[int, Field(ge=1, le=10**9, strict=True)] | None = Field(
        default=None, description="points in a file of the table, if not what suits the size"
    )


class Sweep:
    """A checked sweep. Immutable; `replace` makes another.

    spec : what the file says
    scenarios : the base, or the levels of the factor `scenarios`, in order
    factors : uncertainties, then levers
    numbers : numbers of the model below all factors, columns of members, or None for the shipped posterior

    >>> Sweep.load("canal").factors[0].name
    'intake'
    """

    def __init__(
        self,
        name: str,
        spec: SweepFile,
        scenarios: tuple[Scenario, ...],
        parameters: Parameters | None = None,
        wrong: _Wrong | None = None,
    ):
        self.name, self.spec, self.scenarios, self.parameters = name, spec, scenarios, parameters
        self.factors: tuple[Factor, ...]
        wrong = wrong or _Wrong()
        self._resolve(wrong)
        wrong.say()

    @staticmethod
    def load(which: str | Path) -> Sweep:
        """A sweep by its name in the folder scenarios/sweeps, or by the path of its file."""
        path = _find(which)
        content, places = read_yaml(path)
        file = ResolvedFile(path, content, KeyLocations(places), [], (path,), {})
        return Sweep._build(path.stem, content, path.parent, file.where)

    @staticmethod
    def of(name: str, **content: Any) -> Sweep:
        """A sweep from Python: the keys of a sweep file as arguments."""
        return Sweep._build(name, content, Path(), None)

    @staticmethod
    def _build(name: str, content: Any, beside: Path, where: Callable[[Keys], str] | None) -> Sweep:
        wrong = _Wrong(where)
        spec = _spec(content, wrong)
        levels = [part for part in (*spec.uncertainties.values(), *spec.levers.values()) if part.scenarios]
        names = levels[0].scenarios or () if levels else (spec.scenario,)
        scenarios = []
        for which in names:
            try:
                own = beside / f"{which}{SUFFIX}" if NAME_PATTERN.fullmatch(which) else None
                scenarios.append(Scenario.load(own if own is not None and own.is_file() else which))
            except ScenarioError as problem:
                wrong.add(("scenario",), str(problem))
        if len(scenarios) < len(names):
            wrong.say()
        return Sweep(name, spec, tuple(scenarios), None, wrong)

    def replace(self, **changes: Any) -> Sweep:
        """The same with other entries of the file: members, seed, design and the like; or other base `parameters`."""
        parameters = changes.pop("parameters", self.parameters)
        try:
            spec = SweepFile.model_validate(self.spec.model_dump() | changes)
        except ValidationError as errors:
            raise SweepError(*map(format_issue, from_pydantic(errors.errors(), _context))) from None
        return Sweep(self.name, spec, self.scenarios, parameters)

    def _resolve(self, wrong: _Wrong) -> None:
        """Factors as they act on the scenarios, and whether all names fit together."""
        spec, found = self.spec, []
        for section in ("uncertainties", "levers"):
            for name, part in getattr(spec, section).items():
                try:
                    found.append(resolved(name, part, self.scenarios, section == "levers"))
                except FactorError as problem:
                    for keys, message in problem.at:
                        wrong.add((section, name, *keys), message)
        self.factors = tuple(found)
        if not wrong.parts_missing:
            self._check_whole(wrong)
        targets: dict[Any, str] = {}
        for factor in found:
            other = targets.setdefault(factor.target, factor.name)
            if other != factor.name:
                wrong.add((factor.section, factor.name), f"changes the same thing as {other}")
            if factor.name in TAKEN:
                wrong.add((factor.section, factor.name), "this name is a column of every table; choose another")
            if spec.design.kind == "grid" and not factor.levels and not factor.steps:
                wrong.add((factor.section, factor.name), "a grid needs values, or a range with steps")
            if factor.steps and spec.design.kind != "grid":
                wrong.add((factor.section, factor.name, "steps"), "steps go with a grid")
            if factor.lever and self.crossed and not factor.levels and spec.design.kind != "grid":
                wrong.add(
                    (factor.section, factor.name), "a lever needs values, or levers: sampled under design, not a range"
                )
        self._check_outcomes(wrong, {factor.name for factor in found})

    def _check_whole(self, wrong: _Wrong) -> None:
        """What no factor by itself can be blamed for."""
        spec = self.spec
        if not spec.uncertainties and not spec.levers:
            wrong.add(("uncertainties",), "a sweep needs a factor at least, an uncertainty or a lever")
        if sum(part.scenarios is not None for part in (*spec.uncertainties.values(), *spec.levers.values())) > 1:
            wrong.add(("levers",), "one factor at most may be the scenario")
        if spec.design.kind in ("morris", "saltelli") and spec.levers and self.crossed:
            wrong.add(("design", "levers"), f"{spec.design.kind} needs levers: sampled")
        if spec.design.kind != "grid" and self.crossed and not spec.uncertainties:
            wrong.add(("design", "levers"), "there are only levers: sample them (levers: sampled), or take a grid")

    def _check_outcomes(self, wrong: _Wrong, factors: set[str]) -> None:
        from cairn.sweeps.outcome_columns import problem_of

        spec, columns = self.spec, dict[str, str]()
        for name, part in spec.outcomes.items():
            for key, message in problem_of(part, spec.to):
                wrong.add(("outcomes", name, key), message)
            for column in part.columns(name):
                if column in columns or column in factors or column in TAKEN:
                    wrong.add(("outcomes", name), f"{column} is the name of another column of the table")
                columns[column] = name
        bounds = [(("goals", column), column) for column in spec.goals]
        bounds += [(("cases", case, column), column) for case, parts in spec.cases.items() for column in parts]
        for keys, column in bounds if not wrong.parts_missing else ():
            if column not in columns:
                wrong.add(keys, f"no such outcome{suggest(column, columns)}; one of {', '.join(columns)}")

    @property
    def crossed(self) -> bool:
        """Whether each choice of levers is run in every sample."""
        return self.spec.design.levers == "crossed" and bool(self.spec.levers)

    @functools.cached_property
    def columns(self) -> dict[str, OutcomePart]:
        """Columns of outcomes in the table, with the outcome each belongs to."""
        return {column: part for name, part in self.spec.outcomes.items() for column in part.columns(name)}

    @functools.cached_property
    def text(self) -> str:
        """All of it as JSON, so that nothing else is needed to run it again."""
        content = {
            "name": self.name,
            "sweep": self.spec.model_dump(mode="json", exclude_none=True),
            "scenarios": [scenario.model_dump(mode="json") for scenario in self.scenarios],
            "parameters": None if self.parameters is None else self.parameters.changed(),
        }
        return json.dumps(content, separators=(",", ":"))

    @staticmethod
    @functools.lru_cache(maxsize=8)
    def from_text(text: str) -> Sweep:
        """The sweep that `text` was made of."""
        content = json.loads(text)
        scenarios = tuple(Scenario.model_validate(scenario) for scenario in content["scenarios"])
        given = content["parameters"]
        parameters = None
        if given is not None:
            parameters = Parameters().replace(
                **{n: np.array(v) if isinstance(v, list) else v for n, v in given.items()}
            )
        return Sweep(content["name"], SweepFile.model_validate(content["sweep"]), scenarios, parameters)


class _Wrong:
    """What is wrong, each with its place in the file."""

    def __init__(self, where: Callable[[Keys], str] | None = None):
        self._where, self._lines = where, list[str]()
        self.parts_missing = False  # so that what refers to them cannot be judged

    def add(self, keys: Keys, message: str) -> None:
        """Note one thing that is wrong."""
        before = f"{self._where(keys)}: " if self._where else ""
        self._lines.append(f"{before}{'.'.join(keys)}: {message}")

    def say(self) -> None:
        """Raise all that was noted."""
        if self._lines:
            raise SweepError(*self._lines)


def _spec(content: dict[str, Any], wrong: _Wrong) -> SweepFile:
    """The parts of a file; those that are wrong by themselves are noted and left out, so that the rest is looked at."""
    try:
        return SweepFile.model_validate(content)
    except ValidationError as errors:
        found = errors.errors()
    for issue in from_pydantic(found, _context):
        wrong.add(issue.keys, issue.message)
    bad = {tuple(error["loc"][:2]) for error in found}
    kept = {
        key: {name: part for name, part in section.items() if (key, name) not in bad}
        if isinstance(section, dict) and key in ("uncertainties", "levers", "outcomes", "goals", "cases")
        else section
        for key, section in content.items()
        if (key,) not in bad
    }
    wrong.parts_missing = True
    try:
        return SweepFile.model_validate(kept)
    except ValidationError:
        wrong.say()
        raise


def _context(location: tuple[Any, ...]) -> KeyContext:
    """What a location of pydantic means in a sweep file, where the kinds of a value are not keys."""
    keys = tuple(str(key) for n, key in enumerate(location) if key != "[key]" and not (n > 2 and _is_kind(key)))
    return KeyContext(keys, _part_at(keys[:-1]))


def _is_kind(key: Any) -> bool:
    return key in ("int", "constrained-int") or str(key).startswith("tuple[")


def _part_at(keys: Keys) -> type[BaseModel]:
    """Which part of a sweep file a key stands in."""
    parts: dict[str, type[BaseModel]] = {
        "uncertainties": FactorPart,
        "levers": FactorPart,
        "outcomes": OutcomePart,
        "goals": Bound,
        "cases": Bound,
    }
    if not keys:
        return SweepFile
    return DesignPart if keys[0] == "design" else parts.get(keys[0], SweepFile)


def sweeps() -> Path:
    """Where the shipped sweep files are."""
    return scenario_folder() / "sweeps"


def shipped() -> list[str]:
    """Names of the shipped sweeps."""
    return sorted(file.stem for file in sweeps().glob(f"*{SUFFIX}"))


def _find(which: str | Path) -> Path:
    """The file of a sweep given by name or path."""
    path = Path(which)
    if str(which) in shipped():
        return sweeps() / f"{which}{SUFFIX}"
    with contextlib.suppress(OSError, ValueError):
        if path.suffix in (SUFFIX, ".yml") and path.is_file():
            return path
    near = suggest(path.stem, shipped())
    raise SweepError(f"there is no sweep {str(which)[:200]!r}{near}; give a file, or one of {', '.join(shipped())}")


__all__ = ["Sweep", "SweepError", "SweepFile", "shipped", "sweeps"]
