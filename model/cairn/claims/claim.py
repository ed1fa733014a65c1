"""A claim as it is written in claims.yaml: statement, test, what the answer depends on, evidence outside the model."""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from ruamel.yaml import YAML

from cairn.calibration.repeats.mechanisms import MECHANISM_LIST
from cairn.claims.verdicts import Verdict
from cairn.core.parameters import NAMES

Kind = Literal["fact", "quantity", "cause", "prediction", "interpretation"]
THEMES = (
    "turning point",
    "fragmentation",
    "Karimov and the others",
    "earlier organisations",
    "consequences",
    "interpretation",
)
Text = Annotated[str, Field(min_length=8)]


class Evidence(BaseModel):
    """What the record outside the model says.

    Either a `verdict` judged from the sources, or `computed`, the name of a function in
    `cairn.claims.record_verdicts`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    verdict: Literal["supported", "partly", "contradicted", "not identified", "not testable"] | None = None
    computed: str | None = None
    summary: Text
    sources: tuple[Annotated[str, Field(min_length=4)], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _judged_or_computed(self) -> Self:
        if (self.verdict is None) == (self.computed is None):
            raise ValueError("needs either verdict or computed")
        return self


class QuotedValue(BaseModel):
    """A value that the article gives, beside the official one; `outcome` and `year` say which value of the model."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    quantity: Text
    unit: str
    article: float
    official: float | None = None
    year: int | None = None
    outcome: str | None = None
    note: str = ""


class Article(BaseModel):
    """The text that the claims are from, named as far as it is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: Text
    written: Text
    sections: tuple[Annotated[str, Field(min_length=4)], ...] = Field(min_length=1)
    unknown: Text


class Change(BaseModel):
    """The verdicts of an earlier version, of which one was another, and why it changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    model: Verdict
    record: Verdict
    why: Text


class Claim(BaseModel):
    """One claim and its test; the keys are described in claims.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: Annotated[int, Field(ge=1, strict=True)]
    title: Annotated[str, Field(min_length=8, max_length=48)]
    kind: Kind
    theme: Annotated[str, Field(min_length=4, max_length=40)]
    place: Text
    statement: Text
    test: Text
    measure: Annotated[str, Field(min_length=4)]
    supported_if: Text
    contradicted_if: Text
    expected_sign: Literal["+", "-"] = "+"
    smallest_effect: Annotated[float, Field(ge=0)] = 0.0
    mechanisms: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    depends_on_leader_codes: bool = False
    level: bool = False
    record: Evidence
    would_change: Text
    no_public_data: bool = False
    earlier: Change | None = None
    quoted_values: tuple[QuotedValue, ...] = ()

    @model_validator(mode="after")
    def _mechanisms_and_parameters_exist(self) -> Self:
        known = {mechanism.name for mechanism in MECHANISM_LIST}
        if unknown := [name for name in self.mechanisms if name not in known]:
            raise ValueError(f"no such mechanism: {unknown[0]}; one of {', '.join(sorted(known))}")
        if unknown := [name for name in self.parameters if name not in NAMES]:
            raise ValueError(f"no such parameter: {unknown[0]}")
        return self

    @model_validator(mode="after")
    def _a_cause_is_not_supported_by_judgement(self) -> Self:
        if self.kind == "cause" and self.record.verdict == "supported":
            raise ValueError("a judged record can support a fact, but not a cause: compute it, or judge it partly")
        return self

    @property
    def needs(self) -> tuple[str, ...]:
        """Mechanisms and parameters that the answer of the model needs."""
        return (*self.mechanisms, *self.parameters)

    @property
    def testable(self) -> bool:
        """Whether the model can test it."""
        return self.measure != "none"

    @property
    def sign(self) -> float:
        """The expected sign of the measure, 1 or -1."""
        return 1.0 if self.expected_sign == "+" else -1.0


@functools.cache
def claims() -> dict[int, Claim]:
    """All claims by id.

    >>> claims()[18].title
    "Karimov's Uzbekistan was the main barrier"
    """
    entries = [Claim.model_validate(entry) for entry in _file()["claims"]]
    if [claim.id for claim in entries] != list(range(1, len(entries) + 1)):
        raise ValueError("claims.yaml: ids must count from 1 without a gap")
    if wrong := [claim.id for claim in entries if claim.theme not in THEMES]:
        raise ValueError(f"claims.yaml: the theme of claim {wrong[0]} must be one of {', '.join(THEMES)}")
    if wrong := [c.id for c in entries if not any(c.place.startswith(section) for section in article().sections)]:
        raise ValueError(f"claims.yaml: the place of claim {wrong[0]} must begin with a section of the article")
    return {claim.id: claim for claim in entries}


@functools.cache
def article() -> Article:
    """The text that the claims are from."""
    return Article.model_validate(_file()["article"])


def _file() -> dict[str, Any]:
    text = (files("cairn") / "claims" / "claims.yaml").read_text(encoding="utf-8")
    return dict(YAML(typ="safe").load(text))
