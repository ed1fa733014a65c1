"""The definition of a sweep: a base scenario, factors, a design and outcomes, read from a file or from Python.

A factor is a parameter, an event that is switched on and off, a field of an event, or the scenario itself. Factors are
uncertainties, which no policy controls, or levers, which a policy sets (the terms of robust decision making). A sweep
is checked like a scenario: all problems are reported at once, each with its place in the file.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ValidationError

from cairn.core.geography import PAIR_NAMES
from cairn.core.parameter_sets import for_members
from cairn.core.parameters import Parameters
from cairn.ensemble.own_code import ModelClass, catalogue_of, own_descriptions
from cairn.record.conditioning import Conditioning
from cairn.scenario.inheritance import NAME_PATTERN, SUFFIX, ResolvedFile, scenario_folder
from cairn.scenario.issues import KeyContext, format_issue, from_pydantic
from cairn.scenario.key_locations import KeyLocations
from cairn.scenario.scenario import Scenario
from cairn.scenario.yaml_reader import Keys, ScenarioError, read_yaml
from cairn.step.measures import Description, catalogue
from cairn.support.regular_file import is_file
from cairn.support.text import suggest
from cairn.sweeps.factors import Factor, FactorError, resolve_factor
from cairn.sweeps.outcome_columns import outcome_issues
from cairn.sweeps.sweep_spec import Bound, DesignSpec, FactorSpec, OutcomeSpec, SweepError, SweepSpec

MAX_LEVER_COMBINATIONS = 100_000
MAX_LATIN_HYPERCUBE = 20_000_000  # numbers, which are kept in memory
MAX_TOTAL = 10**11 - 1  # points, which the names of files have digits for
RESERVED = frozenset({"point", "member"})  # columns that every table has


class Sweep:
    """A checked sweep. Immutable; `replace` makes another.

    Parameters
    ----------
    name : name of the sweep
    spec : content of the sweep file
    scenarios : the base scenario, or the levels of the factor `scenarios` in their order
    parameters : parameters below all factors, values or columns of members; None for members that follow the record
    model_class : makes the model, as for `cairn.run`; None for the shipped class
    known : what the model can report; None for what a model of the class says

    Attributes
    ----------
    factors : tuple of Factor, uncertainties before levers

    Raises
    ------
    SweepError if the parts do not fit together or do not fit the scenarios

    Examples
    --------
    >>> Sweep.load("canal").factors[0].name
    'intake'
    """

    def __init__(
        self,
        name: str,
        spec: SweepSpec,
        scenarios: tuple[Scenario, ...],
        parameters: Parameters | None = None,
        model_class: ModelClass | None = None,
        known: Mapping[str, Description] | None = None,
        issues: _Issues | None = None,
    ):
        self.name, self.spec, self.scenarios, self.parameters = name, spec, scenarios, parameters
        self.model_class = model_class
        self.known = catalogue_of(model_class, scenarios[0]) if known is None else known
        self.factors: tuple[Factor, ...]
        issues = issues or _Issues()
        self._resolve(issues)
        issues.raise_all()

    @staticmethod
    def load(which: str | Path, model_class: ModelClass | None = None) -> Sweep:
        """A sweep by its name in the folder scenarios/sweeps, or by the path of its file.

        Parameters
        ----------
        which : name or path
        model_class : makes the model, as for `cairn.run`; outcomes may be variables of its own

        Raises
        ------
        SweepError with one line for each problem: file, line, column, key, what is allowed
        """
        path = _find(which)
        content, places = read_yaml(path)
        file = ResolvedFile(path, content, KeyLocations(places), [], (path,), {})
        return Sweep._build(path.stem, content, path.parent, file.where, model_class)

    @staticmethod
    def of(name: str, model_class: ModelClass | None = None, **content: Any) -> Sweep:
        """A sweep from Python: the keys of a sweep file as arguments.

        Parameters
        ----------
        name : of the sweep
        model_class : makes the model, as for `cairn.run`; outcomes may be variables of its own
        content : keys of a sweep file

        Raises
        ------
        SweepError with one line for each problem
        """
        return Sweep._build(name, content, Path(), None, model_class)

    @staticmethod
    def _build(
        name: str,
        content: Any,
        beside: Path,
        where: Callable[[Keys], str] | None,
        model_class: ModelClass | None,
    ) -> Sweep:
        issues = _Issues(where)
        spec = _checked_spec(content, issues)
        choices = [part for part in (*spec.uncertainties.values(), *spec.levers.values()) if part.scenarios]
        names = choices[0].scenarios or () if choices else (spec.scenario,)
        scenarios = []
        for which in names:
            try:
                file = beside / f"{which}{SUFFIX}" if NAME_PATTERN.fullmatch(which) else None
                scenarios.append(Scenario.load(file if file is not None and is_file(file) else which))
            except ScenarioError as problem:
                issues.add(("scenario",), str(problem))
        if len(scenarios) < len(names):
            issues.raise_all()
        return Sweep(name, spec, tuple(scenarios), None, model_class, issues=issues)

    def replace(self, **changes: Any) -> Sweep:
        """The same sweep with some keys of its file changed, such as members, seed or design.

        Parameters
        ----------
        changes : new values by key; `parameters` replaces the parameters below all factors, `model_class` the model

        Raises
        ------
        SweepError with one line for each problem
        """
        parameters = changes.pop("parameters", self.parameters)
        known = None if "model_class" in changes else self.known
        model_class = changes.pop("model_class", self.model_class)
        try:
            spec = SweepSpec.model_validate(self.spec.model_dump() | changes)
        except ValidationError as errors:
            raise SweepError(*map(format_issue, from_pydantic(errors.errors(), _context))) from None
        return Sweep(self.name, spec, self.scenarios, parameters, model_class, known)

    def _resolve(self, issues: _Issues) -> None:
        """Resolve the factors against the scenarios, and check that all names fit together."""
        spec, factors = self.spec, []
        for section in ("uncertainties", "levers"):
            for name, part in getattr(spec, section).items():
                try:
                    factors.append(resolve_factor(name, part, self.scenarios, section == "levers"))
                except FactorError as problem:
                    for keys, message in problem.issues:
                        issues.add((section, name, *keys), message)
        self.factors = tuple(factors)
        if not issues.incomplete:
            self._check_whole(issues)
        names_by_target: dict[Any, str] = {}
        for factor in factors:
            other = names_by_target.setdefault(factor.target, factor.name)
            if other != factor.name:
                issues.add((factor.section, factor.name), f"changes the same thing as {other}")
            self._check_factor(factor, issues)
        self._check_size(issues)
        self._check_outcomes(issues, {factor.name for factor in factors})

    def _check_factor(self, factor: Factor, issues: _Issues) -> None:
        grid, keys = self.spec.design.kind == "grid", (factor.section, factor.name)
        if factor.name in RESERVED:
            issues.add(keys, "every table has a column of this name; choose another")
        if grid and not factor.levels and not factor.steps:
            issues.add(keys, "a grid needs values, or a range with steps")
        if factor.steps and not grid:
            issues.add((*keys, "steps"), "steps can only be used in a grid")
        if factor.lever and self.levers_crossed and not factor.levels and not grid:
            issues.add(keys, "a lever needs values; for a range write `levers: sampled` under design")

    def _check_whole(self, issues: _Issues) -> None:
        """What concerns all factors together."""
        spec = self.spec
        if not spec.uncertainties and not spec.levers:
            issues.add(("uncertainties",), "a sweep needs at least one factor: an uncertainty or a lever")
        if sum(part.scenarios is not None for part in (*spec.uncertainties.values(), *spec.levers.values())) > 1:
            issues.add(("levers",), "at most one factor can be the scenario")
        if spec.design.kind in ("morris", "saltelli") and spec.levers and self.levers_crossed:
            issues.add(("design", "levers"), f"{spec.design.kind} needs `levers: sampled`")
        if spec.design.kind != "grid" and self.levers_crossed and not spec.uncertainties:
            issues.add(("design", "levers"), "there are only levers: write `levers: sampled`, or use a grid")

    def _check_size(self, issues: _Issues) -> None:
        """How many combinations and points there are, so that none of them needs more memory than there is."""
        design = self.spec.design
        crossed = [f for f in self.factors if f.lever and self.levers_crossed and design.kind != "grid"]
        sampled = len(self.factors) - len(crossed)
        combinations = math.prod(len(factor.levels) or 1 for factor in crossed)
        if combinations > MAX_LEVER_COMBINATIONS:
            message = f"{combinations:,} combinations of levers; at most {MAX_LEVER_COMBINATIONS:,} can be crossed"
            issues.add(("design", "levers"), message)
        if design.kind == "latin_hypercube" and (design.samples or 0) * sampled > MAX_LATIN_HYPERCUBE:
            most = MAX_LATIN_HYPERCUBE // sampled
            message = f"a Latin hypercube of {sampled} factors has at most {most:,} samples; use sobol or random"
            issues.add(("design", "samples"), message)
        block = {"saltelli": sampled + 2, "morris": sampled + 1}.get(design.kind, 1)
        grid = math.prod(len(factor.levels) or factor.steps or 1 for factor in self.factors)
        total = grid if design.kind == "grid" else (design.samples or 0) * block * combinations
        if total > MAX_TOTAL:
            keys = ("design", "kind") if design.kind == "grid" else ("design", "samples")
            issues.add(keys, f"the sweep has {total:,} points; at most {MAX_TOTAL:,} can be run")

    def _check_outcomes(self, issues: _Issues, factors: set[str]) -> None:
        spec, columns = self.spec, dict[str, str]()
        for name, outcome in spec.outcomes.items():
            for key, message in outcome_issues(outcome, spec.to_year, self.known):
                issues.add(("outcomes", name, key), message)
            for column in outcome.columns(name):
                if column in columns or column in factors or column in RESERVED:
                    issues.add(("outcomes", name), f"the table has another column {column}")
                columns[column] = name
        bounds = [(("goals", column), column) for column in spec.goals]
        bounds += [(("cases", case, column), column) for case, parts in spec.cases.items() for column in parts]
        for keys, column in bounds if not issues.incomplete else ():
            if column not in columns:
                issues.add(keys, f"no such outcome{suggest(column, columns)}; one of {', '.join(columns)}")

    @property
    def levers_crossed(self) -> bool:
        """Whether every combination of levers is run in every sample of the uncertainties."""
        return self.spec.design.levers == "crossed" and bool(self.spec.levers)

    @functools.cached_property
    def columns(self) -> dict[str, OutcomeSpec]:
        """Outcome columns of the table, each with its specification."""
        return {column: part for name, part in self.spec.outcomes.items() for column in part.columns(name)}

    @functools.cached_property
    def held_fixed(self) -> str:
        """What of the past is the same at every point, in a sentence."""
        conditioning = (self.parameters or for_members(None, 0, slice(0, self.spec.members))).conditioning
        if conditioning is None:
            return (
                "Held fixed at every point: the random numbers of each member; its past is free and changes with them."
            )
        return (
            "Held fixed at every point: the chances and the residuals of trade that the record to "
            f"{conditioning.until} implies for each member with its own parameters and the events that happened; what "
            "differs between points follows from the factors alone. A past that they change leaves the record."
        )

    @functools.cached_property
    def text(self) -> str:
        """The whole sweep as JSON, from which it can be run again without any other file than plugins of a user."""
        content = {
            "name": self.name,
            "sweep": self.spec.model_dump(mode="json", exclude_none=True),
            "scenarios": [scenario.model_dump(mode="json") for scenario in self.scenarios],
            "parameters": None if self.parameters is None else self.parameters.changed(),
        }
        if self.parameters is not None and (given := self.parameters.conditioning) is not None:
            content["conditioning"] = {
                "until": given.until,
                "numbers": given.numbers.tolist(),
                "residual": given.residual.tolist(),
                "factual": None if given.factual is None else given.factual.changed(),
            }
        measures = {outcome.measure for outcome in self.spec.outcomes.values()}
        own = {name: vars(about) for name, about in own_descriptions(self.known).items() if name in measures}
        if own:
            content["own_measures"] = dict(sorted(own.items()))
        return json.dumps(content, separators=(",", ":"))

    @staticmethod
    @functools.lru_cache(maxsize=8)
    def from_text(text: str) -> Sweep:
        """The sweep that `text` was made from, without its model class.

        Raises
        ------
        SweepError if it has events of a plugin that is not loaded
        """
        content = json.loads(text)
        try:
            scenarios = tuple(Scenario.model_validate(scenario) for scenario in content["scenarios"])
        except ValidationError as problem:
            raise SweepError(*map(format_issue, from_pydantic(problem.errors()))) from None
        changed = content["parameters"]
        parameters = None if changed is None else Parameters().replace(**changed)
        if parameters is not None and (given := content.get("conditioning")) is not None:
            parameters = parameters.conditioned(_conditioning(given))
        own = {name: _description(about) for name, about in content.get("own_measures", {}).items()}
        spec = SweepSpec.model_validate(content["sweep"])
        return Sweep(content["name"], spec, scenarios, parameters, known=catalogue() | own)


def _conditioning(given: dict[str, Any]) -> Conditioning:
    """What a text says of members whose past is that of the record."""
    numbers, residual = np.array(given["numbers"]), np.array(given["residual"], dtype=float)
    if not residual.size:
        residual = np.empty((0, len(PAIR_NAMES), len(numbers)))
    factual = None if given["factual"] is None else Parameters().replace(**given["factual"])
    conditioning = Conditioning(given["until"], numbers, residual, factual)
    if fault := conditioning.fault(len(numbers), len(PAIR_NAMES)):
        raise ValueError(f"conditioning.{fault}")
    return conditioning


def _description(about: dict[str, Any]) -> Description:
    return Description(**about | {"dims": tuple(about["dims"])})


class _Issues:
    """The problems of a sweep, each with its place in the file."""

    def __init__(self, where: Callable[[Keys], str] | None = None):
        self._where, self._lines = where, list[str]()
        self.incomplete = False  # parts were left out, so references to them cannot be checked

    def add(self, keys: Keys, message: str) -> None:
        place = f"{self._where(keys)}: " if self._where else ""
        self._lines.append(f"{place}{'.'.join(keys)}: {message}")

    def raise_all(self) -> None:
        if self._lines:
            raise SweepError(*self._lines)


def _checked_spec(content: dict[str, Any], issues: _Issues) -> SweepSpec:
    """The content of a file. Invalid parts are reported and left out, so that the rest can be checked too."""
    try:
        return SweepSpec.model_validate(content)
    except ValidationError as problem:
        errors = problem.errors()
    for issue in from_pydantic(errors, _context):
        issues.add(issue.keys, issue.message)
    invalid = {tuple(error["loc"][:2]) for error in errors}
    valid = {
        key: {name: part for name, part in section.items() if (key, name) not in invalid}
        if isinstance(section, dict) and key in ("uncertainties", "levers", "outcomes", "goals", "cases")
        else section
        for key, section in content.items()
        if (key,) not in invalid
    }
    issues.incomplete = True
    try:
        return SweepSpec.model_validate(valid)
    except ValidationError:
        issues.raise_all()
        raise


def _context(location: tuple[Any, ...]) -> KeyContext:
    """What a location of pydantic means in a sweep file, where the kinds of a value are not keys."""
    keys = tuple(str(key) for n, key in enumerate(location) if key != "[key]" and not (n > 2 and _is_kind(key)))
    return KeyContext(keys, _spec_at(keys[:-1]))


def _is_kind(key: Any) -> bool:
    return key in ("int", "constrained-int") or str(key).startswith("tuple[")


def _spec_at(keys: Keys) -> type[BaseModel]:
    """The class of the part of a sweep file that a key is in."""
    parts: dict[str, type[BaseModel]] = {
        "uncertainties": FactorSpec,
        "levers": FactorSpec,
        "outcomes": OutcomeSpec,
        "goals": Bound,
        "cases": Bound,
    }
    if not keys:
        return SweepSpec
    return DesignSpec if keys[0] == "design" else parts.get(keys[0], SweepSpec)


def sweep_folder() -> Path:
    """The folder of the shipped sweep files."""
    return scenario_folder() / "sweeps"


def shipped_sweeps() -> list[str]:
    """Names of the shipped sweeps."""
    return sorted(file.stem for file in sweep_folder().glob(f"*{SUFFIX}"))


def _find(which: str | Path) -> Path:
    """The file of a sweep given by name or path."""
    path = Path(which)
    names = shipped_sweeps()
    if str(which) in names:
        return sweep_folder() / f"{which}{SUFFIX}"
    if path.suffix in (SUFFIX, ".yml") and is_file(path):
        return path
    hint = suggest(path.stem, names)
    raise SweepError(f"there is no sweep {str(which)[:200]!r}{hint}; give a file, or one of {', '.join(names)}")
