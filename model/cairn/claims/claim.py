"""What a claim is: the words, the test written down beforehand, what the answer rests on, the outside evidence."""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from ruamel.yaml import YAML

from cairn.calibration.ablations import MECHANISMS
from cairn.core.parameters import NAMES

Kind = Literal["fact", "number", "cause", "prediction", "interpretation"]
Words = Annotated[str, Field(min_length=8)]


class Evidence(BaseModel):
    """What the record outside the model says: a judged verdict, or the name of the function that reckons it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    verdict: Literal["supported", "partly", "contradicted", "not testable"] | None = None
    computed: str | None = None
    says: Words
    sources: tuple[Annotated[str, Field(min_length=4)], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _judged_or_computed(self):
        if (self.verdict is None) == (self.computed is None):
            raise ValueError("needs either verdict or computed")
        return self


class Figure(BaseModel):
    """A figure that the article gives, beside what officials say and what the model has."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    what: Words
    unit: str
    article: float
    officials: float | None = None
    year: int | None = None
    outcome: str | None = None
    note: str = ""


class Claim(BaseModel):
    """One claim and its test. `least` is the smallest effect worth the name, in the unit of the outcome."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    number: Annotated[int, Field(ge=1, strict=True)]
    title: Annotated[str, Field(min_length=8, max_length=48)]
    kind: Kind
    claim: Words
    test: Words
    outcome: Annotated[str, Field(min_length=4)]
    supports: Words
    contradicts: Words
    expected: Literal["+", "-"] = "+"
    least: Annotated[float, Field(ge=0)] = 0.0
    mechanisms: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    judged: bool = False
    record: Evidence
    figures: tuple[Figure, ...] = ()

    @model_validator(mode="after")
    def _rests_on_what_is_there(self):
        known = {refit.name for refit in MECHANISMS}
        if unknown := [name for name in self.mechanisms if name not in known]:
            raise ValueError(f"no such mechanism: {unknown[0]}; one of {', '.join(sorted(known))}")
        if unknown := [name for name in self.parameters if name not in NAMES]:
            raise ValueError(f"no such number of the model: {unknown[0]}")
        return self

    @property
    def tested(self) -> bool:
        """Whether the model has anything to say of it."""
        return self.outcome != "none"

    @property
    def sign(self) -> float:
        """The sign that the claim expects of the outcome."""
        return 1.0 if self.expected == "+" else -1.0


@functools.cache
def claims() -> dict[int, Claim]:
    """All claims by number.

    >>> claims()[18].title
    "Karimov's Uzbekistan was the main barrier"
    """
    text = (files("cairn") / "claims" / "claims.yaml").read_text(encoding="utf-8")
    found = [Claim.model_validate(entry) for entry in YAML(typ="safe").load(text)["claims"]]
    if [claim.number for claim in found] != list(range(1, len(found) + 1)):
        raise ValueError("claims.yaml: claims must be numbered from 1 without a gap")
    return {claim.number: claim for claim in found}
