"""Values of parameters in a scenario file: known names, numbers within their ranges, as many as a parameter needs."""

from __future__ import annotations

from typing import Any

import numpy as np

from cairn.core.parameters import FIELDS, NAMES, OutOfRange, check, names_of, relation_problems
from cairn.scenario.issues import Issue, IssuesError, abbreviate, end_sentence
from cairn.support.frozen_dict import FrozenDict
from cairn.support.text import suggest


def check_parameters(values: Any) -> dict[str, Any]:
    """Parameters by name: known, finite, within their ranges, and with as many values as they need."""
    if not isinstance(values, dict):
        raise ValueError("expected a mapping from names to values")
    issues: list[Issue] = []
    checked: dict[str, Any] = {}
    for name, value in values.items():
        try:
            checked[name] = _check_one(str(name), value)
        except (ValueError, OverflowError) as problem:
            issues.append(Issue(("parameters", str(name)), str(problem)))
    issues = issues or [Issue(("parameters", name), problem) for name, problem in relation_problems(checked).items()]
    if issues:
        raise IssuesError(issues)
    return checked


def _check_one(name: str, value: Any) -> Any:
    if name not in NAMES:
        unknown = end_sentence(f"no such parameter{suggest(name, NAMES)}")
        raise ValueError(f"{unknown} All are listed in model/ODD.md")
    about = FIELDS[name].metadata
    value = value.tolist() if isinstance(value, np.ndarray | np.generic) else value
    within = f"{about['low']:g}..{about['high']:g} {about['unit']}".removesuffix(" 1")
    if about["each"]:
        return _check_by_name(name, value, names_of(about["each"]), within)
    if isinstance(value, list | tuple | dict):
        raise ValueError(f"expected one number; got {abbreviate(value)}")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"expected a number in {within}; got {abbreviate(value)}")
    if isinstance(FIELDS[name].default, int) and not float(value).is_integer():
        raise ValueError(f"expected a whole number; got {abbreviate(value)}")
    try:
        check(name, value)
    except OutOfRange as problem:
        raise ValueError(str(problem)) from None
    return int(value) if isinstance(FIELDS[name].default, int) else float(value)


def _check_by_name(name: str, value: Any, places: tuple[str, ...], within: str) -> FrozenDict:
    """Values of a parameter that has one each, by name; names that are left out keep theirs."""
    each = FIELDS[name].metadata["each"]
    numbers = list(value.values()) if isinstance(value, dict) else []
    if not numbers or any(isinstance(part, bool) or not isinstance(part, int | float) for part in numbers):
        raise ValueError(
            f"expected values by {each}, {{{places[0]}: number, ...}}, with numbers in {within} and names from "
            f"{', '.join(places)}; got {abbreviate(value)}"
        )
    if unknown := [place for place in value if place not in places]:
        raise ValueError(f"no {each} {str(unknown[0])[:40]!r}{suggest(unknown[0], places)}; one of {', '.join(places)}")
    try:
        check(name, value)
    except OutOfRange as problem:
        raise ValueError(str(problem)) from None
    return FrozenDict({place: float(number) for place, number in value.items()})
