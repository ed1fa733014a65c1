"""Claims of another text, in a file of the user's own: read, checked, and evaluated by the rules of the shipped ones.

A claim names two scenarios, an outcome, years and a rule. Example: scenarios/claims/another_reading.yaml.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from cairn.calibration.repeats.mechanisms import MECHANISM_LIST
from cairn.claims.claim import Claim, Evidence, Text
from cairn.claims.claim_tests.registration import TestResult, make_result
from cairn.claims.evaluation import ClaimResult, conclude, evidence_of
from cairn.claims.experiments.arms import ASSUMED, assumed_by
from cairn.claims.experiments.codings import CODINGS, coding_of, deals, recode_leaders
from cairn.claims.verdicts import Assessment, Verdict
from cairn.core.calendar import FIRST_YEAR
from cairn.core.parameter_sets import ParameterSource, conditioned_until, released_after
from cairn.core.parameters import NAMES
from cairn.ensemble.comparison import compare, year_of_intervention
from cairn.ensemble.outcomes import Outcome, outcome_from
from cairn.ensemble.runner import Progress
from cairn.scenario.issues import KeyContext, format_issue, from_pydantic
from cairn.scenario.look_at import LookAt, Years
from cairn.scenario.outcome_names import canonical_name, check_labels, places_of
from cairn.scenario.scenario import Scenario
from cairn.scenario.yaml_reader import Keys, Location, ScenarioError, read_yaml
from cairn.step.measures import catalogue
from cairn.support.errors import InputError
from cairn.support.text import suggest

MOST_CLAIMS = 100


class ClaimsFileError(InputError):
    """A file of claims that cannot be used: file, line, column, key, and what is allowed."""


class Arms(BaseModel):
    """The two scenarios that are compared."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    scenario: str = Field(description="a shipped scenario, a file, or several joined by +")
    against: str = Field(default="baseline", description="the scenario that it is compared with")

    @field_validator("scenario", "against")
    @classmethod
    def _can_be_loaded(cls, name: str) -> str:
        try:
            Scenario.load(name)
        except (OSError, ValueError) as problem:
            raise ValueError(str(problem).splitlines()[0]) from None
        return name

    @model_validator(mode="after")
    def _differ(self) -> Arms:
        if self.scenario == self.against:
            raise ValueError("a scenario cannot be compared with itself")
        return self


class Expected(BaseModel):
    """What the claim says of the difference, `scenario` minus `against`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    expect: Literal["higher", "lower"] = Field(description="the sign of the difference if the claim is true")
    smallest: float = Field(
        ge=0, allow_inf_nan=False, description="smallest difference that counts, unit of the outcome"
    )
    judge: Literal["members", "mean"] = Field(
        default="members",
        description="members: nearly all members must agree; mean: the mean must exceed its error, for events that "
        "happen in a member or not",
    )


class OwnClaim(BaseModel):
    """One claim of a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: Annotated[str, Field(min_length=8, max_length=48)]
    statement: Text = Field(description="the claim in your own words")
    place: Text = Field(description="where in the text it stands, and what it does in the argument")
    theme: Annotated[str, Field(min_length=4, max_length=40)] = "own claims"
    test: Text = Field(description="what is done and what it must show, written before it is run")
    source: Text = Field(description="where the claim is made")
    arms: Arms
    outcome: str = Field(description="name of an outcome; `run.py outcomes` lists all")
    of: tuple[str, ...] = Field(
        default=(), description="states, pairs, borders or reservoirs, of which the mean is taken"
    )
    years: Years = Field(description="years, of which the mean is taken")
    rule: Expected
    needs: tuple[str, ...] = Field(default=(), description="mechanisms and parameters without which it would not hold")
    about_leaders: bool = Field(default=False, description="whether it rests on the coded judgements of leaders")
    record: Evidence | None = None
    would_change: Text = Field(description="what would change the verdict")

    @field_validator("needs")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        known = [*(mechanism.name for mechanism in MECHANISM_LIST), *NAMES]
        for name in names:
            if name not in known:
                mechanisms = ", ".join(known[: len(MECHANISM_LIST)])
                raise ValueError(
                    f"no mechanism or parameter {name!r}{suggest(name, known)}. Mechanisms: {mechanisms}; "
                    "`run.py list parameters` has the parameters"
                )
        return names

    @field_validator("outcome")
    @classmethod
    def _is_an_outcome(cls, name: str) -> str:
        LookAt.check_outcome(name)
        return name

    @field_validator("of")
    @classmethod
    def _are_places_of_the_outcome(cls, places: tuple[str, ...], so_far: ValidationInfo) -> tuple[str, ...]:
        if "outcome" in so_far.data:
            for place in places:
                check_labels(canonical_name(so_far.data["outcome"]), [place])
        return places

    @field_validator("years")
    @classmethod
    def _are_run_by_both(cls, years: tuple[int, ...], so_far: ValidationInfo) -> tuple[int, ...]:
        if "arms" in so_far.data:
            arms = so_far.data["arms"]
            last = min(Scenario.load(name).horizon.last for name in (arms.scenario, arms.against))
            if max(years) > last:
                raise ValueError(f"{max(years)} is after {last}, the last year that both scenarios run")
        return years

    @field_validator("record")
    @classmethod
    def _is_judged(cls, record: Evidence | None) -> Evidence | None:
        if record is not None and record.verdict is None:
            raise ValueError("only the shipped claims name tests of the record; give a verdict")
        if record is not None and record.verdict == "supported":
            raise ValueError("a record that you judge cannot support a cause: write partly")
        return record

    @model_validator(mode="after")
    def _places_are_named_or_none(self) -> OwnClaim:
        if not self.of and catalogue()[canonical_name(self.outcome)].dims:
            labels = ", ".join("-".join(place) for place in places_of(canonical_name(self.outcome), catalogue()))
            raise ValueError(f"{self.outcome} needs the key `of`, with some of {labels}")
        return self

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The outcomes of which the mean is taken."""
        return tuple(outcome_from(key) for key in LookAt(outcome=self.outcome, of=self.of, years=self.years).keys)

    def as_claim(self, number: int) -> Claim:
        """The claim in the form of the shipped ones."""
        of = f" of {', '.join(self.of)}" if self.of else ""
        years = f"{self.years[0]}" if len(self.years) == 1 else f"mean of {self.years[0]}-{self.years[-1]}"
        mechanisms = tuple(name for name in self.needs if name not in NAMES)
        opposite = {"higher": "lower", "lower": "higher"}[self.rule.expect]
        missing = {"verdict": "not testable", "summary": "The file names no record.", "sources": [self.source]}
        return Claim(
            id=number,
            title=self.title,
            kind="cause",
            theme=self.theme,
            place=self.place,
            statement=self.statement,
            test=self.test,
            measure=f"{self.outcome}{of}, {years}, {self.arms.scenario} minus {self.arms.against}",
            supported_if=f"it is {self.rule.expect}, by {self.rule.smallest:g} or more",
            contradicted_if=f"it is {opposite}, or differs by less than {self.rule.smallest:g}",
            expected_sign="+" if self.rule.expect == "higher" else "-",
            smallest_effect=self.rule.smallest,
            mechanisms=mechanisms,
            parameters=tuple(name for name in self.needs if name in NAMES),
            depends_on_leader_codes=self.about_leaders,
            record=self.record or Evidence.model_validate(missing),
            would_change=self.would_change,
        )


class ClaimsFile(BaseModel):
    """A file of claims of another text."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    text: Text = Field(description="the text on trial: author, title, year, as far as they are known")
    claims: tuple[OwnClaim, ...] = Field(min_length=1, max_length=MOST_CLAIMS)


def load_claims(path: Path) -> ClaimsFile:
    """Read and check a file of claims.

    Raises
    ------
    ClaimsFileError
        With one line for each problem: file, line, column, key, and what is allowed.
    """
    try:
        content, locations = read_yaml(path)
    except ScenarioError as problem:
        raise ClaimsFileError(str(problem)) from None
    try:
        return ClaimsFile.model_validate(content)
    except ValidationError as problem:
        errors = problem.errors(include_url=False)
    lines = []
    for issue in from_pydantic(errors, _context):
        file, line, column = _location(issue.keys, locations, path)
        lines.append((line, column, f"{file}:{line}:{column}: {format_issue(issue)}"))
    raise ClaimsFileError("\n".join(text for _, _, text in sorted(lines)))


def _context(location: tuple[Any, ...]) -> KeyContext:
    """What a location of pydantic means: the part of the file, and the class that checks it."""
    keys = tuple(str(key) for key in location)
    part: type[BaseModel] | None = ClaimsFile
    if keys[:1] == ("claims",) and len(keys) > 2:
        inner: dict[str, type[BaseModel]] = {"arms": Arms, "rule": Expected, "record": Evidence}
        part = inner.get(keys[2], OwnClaim) if len(keys) > 3 else OwnClaim
    return KeyContext(keys, part)


def _location(keys: Keys, locations: Mapping[Keys, Location], path: Path) -> Location:
    """Place of the innermost key that the file has; a claim of a list has that of its first key."""
    for n in range(len(keys), 0, -1):
        if keys[:n] in locations:
            return locations[keys[:n]]
        below = [place for found, place in locations.items() if found[:n] == keys[:n]]
        if below:
            return min(below, key=lambda place: place[1:])
    return path, 1, 1


# --- evaluation -----------------------------------------------------------------------------------------------------


def member_quarters(file: ClaimsFile, members: int, parameters: ParameterSource = None) -> int:
    """Member-quarters that `evaluate_own` simulates, for a progress bar."""
    return sum(
        2 * _members(coding, members) * (max(claim.years) - FIRST_YEAR + 1) * 4
        for claim in file.claims
        for coding, _ in _runs(claim, parameters)
    )


def evaluate_own(
    file: ClaimsFile,
    members: int,
    seed: int,
    *,
    parameters: ParameterSource = None,
    jobs: int | None = None,
    progress: Progress | None = None,
    coding: str = "",
) -> list[ClaimResult]:
    """Evaluate the claims of a file.

    Parameters
    ----------
    file : checked claims
    members : members of each scenario; a part of them under another coding of leaders
    seed, parameters, jobs, progress : as for `cairn.ensemble.runner.run`
    coding : coding of the leaders where a run has none of its own

    Returns
    -------
    Results in the order of the file. The same file, seed and parameters give the same results.
    """
    until, results = conditioned_until(parameters), []
    for number, own in enumerate(file.claims, 1):
        claim = own.as_claim(number)

        def measured(of: OwnClaim, run_coding: str, noise: int | None) -> np.ndarray:
            scenarios = [
                _assuming(of, recode_leaders(Scenario.load(n), run_coding or coding))
                for n in (of.arms.against, of.arms.scenario)
            ]
            comparison = compare(
                scenarios,
                _members(run_coding, members),
                seed,
                to_year=max(of.years),
                jobs=jobs,
                parameters=parameters if noise is None else released_after(parameters, noise),
                outcomes=of.outcomes,
                progress=progress,
            )
            columns = [year - FIRST_YEAR for year in of.years]
            each = [comparison.difference(outcome).values[:, columns] for outcome in of.outcomes]
            return np.asarray(np.mean(each, axis=(0, 2)), float)

        samples = {(c, noise): measured(own, c, noise) for c, noise in _runs(own, parameters)}
        result = _result(own, claim, samples, None)
        noise = _noise_until(own, until)
        other = None if noise is None else (_result(own, claim, samples, noise), noise)
        evidence = evidence_of(claim.needs)
        assessment = conclude(claim, result, other[0] if other else None, evidence, until)
        record = Assessment(Verdict(claim.record.verdict or "not testable"), "judged from the sources")
        results.append(ClaimResult(claim, result, other, evidence, assessment, record))
    return results


def _assuming(own: OwnClaim, scenario: Scenario) -> Scenario:
    """A scenario with what claims need and the shipped model has off turned on, if this claim needs any of it.

    What the scenario sets itself stays.
    """
    of_its_own = assumed_by(own.needs)
    assumed = {**ASSUMED, **of_its_own} if of_its_own else {}
    return scenario.with_parameters(**{name: v for name, v in assumed.items() if name not in scenario.parameters})


def _result(
    own: OwnClaim, claim: Claim, samples: Mapping[tuple[str, int | None], np.ndarray], noise: int | None
) -> TestResult:
    def sample(coding: str) -> np.ndarray:
        if not coding:
            return samples["", noise]
        return np.concatenate([samples[name.partition("@")[2], None] for name in deals(f"claim{coding}")])

    unit = own.outcomes[0].unit
    return make_result(claim, sample, unit, averaged=own.rule.judge == "mean")


def _runs(own: OwnClaim, parameters: ParameterSource) -> list[tuple[str, int | None]]:
    """Coding and source of noise of each run that a claim needs."""
    codings = [name.partition("@")[2] for coding in CODINGS for name in deals(f"claim@{coding}")]
    noise = _noise_until(own, conditioned_until(parameters))
    return [
        ("", None),
        *([("", noise)] if noise is not None else []),
        *((coding, None) for coding in codings if own.about_leaders),
    ]


def _noise_until(own: OwnClaim, until: int) -> int | None:
    """The year before one of the two scenarios leaves what happened; None if that is not in the past on record."""
    year = year_of_intervention([Scenario.load(name) for name in (own.arms.scenario, own.arms.against)])
    return year - 1 if year is not None and year <= until else None


def _members(coding: str, members: int) -> int:
    return max(math.ceil(coding_of(coding).member_share * members), 2) if coding else members
