"""What is kept of each world: a measure at years, a statistic over years, the first year past a threshold.

Quarters make years as in a run's summary: counts and flows add up, stocks are those of the year's end, whatever
happened in a quarter happened in the year, all else is the mean. Only quarters that are needed are measured.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from cairn.core.calendar import FIRST_YEAR
from cairn.ensemble.annual import add_quarter, end_of_year
from cairn.ensemble.output_variables import GROUP_MEASURES, LABELS, annual_rule, dims_of
from cairn.scenario.inheritance import suggest

if TYPE_CHECKING:
    from cairn.sweeps.sweep_spec import OutcomePart, SweepFile

_STATISTICS: dict[str, Callable[..., np.ndarray]] = {
    "maximum": np.max,
    "minimum": np.min,
    "mean": np.mean,
    "sum": np.sum,
}


@functools.cache
def catalogue() -> dict[str, tuple[str, dict[str, tuple[int, ...]]]]:
    """Every measure: its group, and its labels with their places; asked of a world in its first quarter."""
    from cairn.model import CentralAsia

    model = CentralAsia("baseline", 1, 1, collect=False)
    model.run_for(1)
    found = {}
    for group, measured in GROUP_MEASURES.items():
        for name, value in measured(model).items():
            labels = [LABELS[dim] for dim in dims_of(name)]
            places = {
                ">".join(words): at for words, at in zip(product(*labels), np.ndindex(value.shape[1:]), strict=True)
            }
            found[name] = group, places if labels else {}
    return found


def problem_of(part: OutcomePart, to: int) -> list[tuple[str, str]]:
    """What is wrong with an outcome of a sweep that runs to a year: keys and messages."""
    known, wrong = catalogue(), []
    if part.measure not in known:
        wrong.append(("measure", f"no such measure{suggest(part.measure, known)}; one of {', '.join(known)}"))
        return wrong
    _, places = known[part.measure]
    if places and part.of not in places:
        near = "" if part.of is None else suggest(part.of, places)
        wrong.append(("of", f"{part.measure} is of one of {', '.join(places)}{near}"))
    if not places and part.of is not None:
        wrong.append(("of", f"{part.measure} is of the region; leave it out"))
    for key, years in (
        ("year", part.years),
        ("start", (part.start,)),
        ("end", (part.end,)),
        ("relative_to", (part.relative_to,)),
    ):
        late = [year for year in years if year is not None and year > to]
        if late:
            wrong.append((key, f"{late[0]} lies after {to}, the last year of the sweep"))
    return wrong


class Record:
    """What is noted of a run, quarter by quarter, and the columns it makes in the end."""

    def __init__(self, spec: SweepFile):
        self._spec = spec
        self._years: dict[tuple[str, str | None], set[int]] = {}
        for part in spec.outcomes.values():
            self._years.setdefault((part.measure, part.of), set()).update(years_of(part, spec.to))
        self._yearly: dict[tuple[str, str | None, int], np.ndarray] = {}
        self.last = max(max(years) for years in self._years.values())

    def note(self, model: Any) -> None:
        """Take down what is needed of the quarter just run."""
        year, season = FIRST_YEAR + model.quarter // 4, model.quarter % 4
        wanted = [key for key, years in self._years.items() if year in years]
        if not wanted:
            return
        known = catalogue()
        groups = {group: GROUP_MEASURES[group](model) for group in {known[name][0] for name, _ in wanted}}
        for name, of in wanted:
            group, places = known[name]
            value = groups[group][name]
            for place in places[of] if of is not None else ():
                value = value[:, place]
            key = (name, of, year)
            so_far = self._yearly[key] if season else None
            self._yearly[key] = add_quarter(so_far, value, annual_rule(name))

    def columns(self) -> dict[str, np.ndarray]:
        """Outcomes of every world, (rows,) each: float32; years as float32 with NaN for never.

        Raises
        ------
        FloatingPointError if one is no finite number
        """
        found: dict[str, np.ndarray] = {}
        for name, part in self._spec.outcomes.items():
            years = part.years or range(part.start or FIRST_YEAR, (part.end or self._spec.to) + 1)
            values = np.stack([self._value(part, year) for year in years], axis=-1)
            if part.relative_to is not None:
                with np.errstate(divide="ignore", invalid="ignore"):
                    values = values / self._value(part, part.relative_to)[:, None]
            if not np.isfinite(values).all():
                raise FloatingPointError(f"outcome {name} is no finite number")
            if part.years:
                found |= zip(part.columns(name), values.T.astype(np.float32), strict=True)
            elif part.statistic is not None:
                found[name] = _STATISTICS[part.statistic](values, axis=-1).astype(np.float32)
            else:
                found[name] = _first_year(part, values, years[0]).astype(np.float32)
        return found

    def _value(self, part: OutcomePart, year: int) -> np.ndarray:
        return end_of_year(self._yearly[part.measure, part.of, year], annual_rule(part.measure))


def years_of(part: OutcomePart, to: int) -> set[int]:
    """Years of which an outcome needs the measure."""
    looked_at = part.years or range(part.start or FIRST_YEAR, (part.end or to) + 1)
    return set(looked_at) | ({part.relative_to} if part.relative_to is not None else set())


def is_year(part: OutcomePart) -> bool:
    """Whether an outcome is a year, or nothing."""
    return part.first_year_above is not None or part.first_year_below is not None


def _first_year(part: OutcomePart, values: np.ndarray, start: int) -> np.ndarray:
    past = values > part.first_year_above if part.first_year_above is not None else values < part.first_year_below
    return np.where(past.any(-1), start + past.argmax(-1), np.nan)
