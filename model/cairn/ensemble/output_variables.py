"""Output variables: what a run can record of each quarter, with dimensions, units and the way quarters become years.

They are the variables of the state that declare to be recorded and the measures (`cairn.step.measures.catalogue`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cairn.scenario.outcome_names import LABELS, short_names
from cairn.step.measures import REGION, Description, catalogue
from cairn.support.text import suggest

SUMMARY = tuple(REGION)
__all__ = ["LABELS", "SUMMARY", "annual_rule", "dims_of", "measured", "resolve_outputs"]

Outputs = str | Sequence[str]


def resolve_outputs(outputs: Outputs, known: Mapping[str, Description] | None = None) -> tuple[str, ...]:
    """Names of the variables to record, in the order of the catalogue.

    Parameters
    ----------
    outputs : ``"all"``, ``"summary"`` (variables of the region), or names, as a sequence or separated by commas
    known : what the model can record; None is what the shipped model can

    Raises
    ------
    ValueError
        For an unknown name, with the nearest known one; for an empty list.

    Examples
    --------
    >>> resolve_outputs("trust_pair, openness")
    ('openness', 'trust_pair')
    """
    known = catalogue() if known is None else known
    if outputs == "all":
        return tuple(known)
    if outputs == "summary":
        return SUMMARY
    short = short_names(known)
    names = [name.strip() for name in (outputs.split(",") if isinstance(outputs, str) else outputs)]
    names = [short.get(name, name) for name in names]
    for name in names:
        if name not in known:
            near = suggest(name, ("all", "summary", *known, *short))
            allowed = "give all, summary, or names of variables separated by commas"
            raise ValueError(f"there is no output {name[:60]!r}; {allowed}{near}")
    if not names:
        raise ValueError("outputs is empty; give all, summary, or names of variables")
    return tuple(name for name in known if name in names)


def measured(model: Any, outputs: Sequence[str]) -> dict[str, np.ndarray]:
    """The present values of some output variables, members last.

    Parameters
    ----------
    model : a `cairn.model.CentralAsia`
    outputs : names, as of `resolve_outputs`
    """
    return model.observe(outputs)


def dims_of(name: str) -> tuple[str, ...]:
    """Dimensions of an output variable beside member and time.

    >>> dims_of("trust"), dims_of("trust_mean")
    (('country', 'partner'), ())
    """
    return catalogue()[name].dims


def annual_rule(name: str) -> str:
    """How the quarters of a variable become years: ``sum``, ``any``, ``last`` or ``mean``, which is for all others.

    >>> annual_rule("incidents"), annual_rule("trust")
    ('sum', 'mean')
    """
    known = catalogue()
    return known[name].annual if name in known else "mean"
