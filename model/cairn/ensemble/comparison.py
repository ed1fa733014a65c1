"""Paired comparison of scenarios: every member under each of them, with the same random numbers.

All scenarios run side by side in one model on the same draws, so member m differs between them only through what the
scenarios change. Effects are differences within members ("common random numbers", Law 2015, Simulation Modeling and
Analysis, chapter 11), shown with the 5th and the 95th percentile over members.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cairn.core.calendar import FIRST_YEAR
from cairn.core.parameter_sets import ParameterSource, conditioned_until, for_members, origin_of, released_after
from cairn.core.parameters import Parameters
from cairn.ensemble.annual import add_quarter, end_of_year
from cairn.ensemble.effect import Effect
from cairn.ensemble.outcomes import ALL_COMPARED, Outcome, outcome_from, single_outcomes
from cairn.ensemble.output_variables import LABELS, SUMMARY, measured, resolve_outputs
from cairn.ensemble.own_code import ModelClass, build_model, catalogue_of, provenance_of
from cairn.ensemble.runner import resolve_size
from cairn.ensemble.workers import CHUNK, Progress, check_memory, map_chunks, resolve_jobs
from cairn.scenario.scenario import FACTUAL, Scenario
from cairn.step.measures import Description, catalogue
from cairn.support.atomic_write import atomic_write
from cairn.support.provenance import commit, package_version
from cairn.support.quantiles import HIGH, LOW
from cairn.support.text import suggest

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

YEARS = (1995, 2000, 2005, 2010, 2015, 2020, 2024, 2030, 2035, 2040)
COLUMNS = 5  # years that fit into a table
MOST_NAMED = 20  # outcomes that a message lists with their places
Noise = Literal["record", "intervention"]
NOISE: tuple[Noise, ...] = ("record", "intervention")
NEVER = np.iinfo(np.int32).max


@dataclasses.dataclass(frozen=True, eq=False)
class Comparison:
    """Scenarios that were run on the same random numbers, and the effects of each against the first, the reference.

    Outcomes are given by name, ``"trade_total_usd_bn"`` or ``"pair_trade_usd_bn[KAZ-UZB]"`` (also with a colon), or as
    an `Outcome`. Scenarios are given by name; the name can be left out where only one is compared with the reference.

    Parameters
    ----------
    scenarios : the reference first
    outcomes : those that tables show, one series each
    dataset : annual values with the dimensions scenario (by name), member, year and those of the variable, and
        `first_divergence`, the beginning of the first quarter in which a member differs from the reference
    diverged_in : that quarter as a number, `NEVER` if there is none, (scenarios, members)
    known : what the model can report, by name
    """

    scenarios: tuple[Scenario, ...]
    outcomes: tuple[Outcome, ...]
    dataset: xr.Dataset
    diverged_in: np.ndarray
    known: Mapping[str, Description]

    @staticmethod
    def from_values(
        scenarios: Sequence[Scenario],
        outcomes: Sequence[Outcome],
        values: Mapping[str, np.ndarray],
        diverged_in: np.ndarray,
        *,
        seed: int,
        first_member: int = 0,
        known: Mapping[str, Description] | None = None,
        own_code: Mapping[str, str] | None = None,
    ) -> Comparison:
        """A comparison from arrays.

        Parameters
        ----------
        scenarios : the reference first
        outcomes : those that tables show
        values : annual values from 1992 on by `Outcome.series`, (scenarios, members, years, ...)
        diverged_in : (scenarios, members), quarters
        seed, first_member : of the run
        known : what the model can report; None is what the shipped model can
        own_code : what differs from the shipped model, as `cairn.ensemble.own_code.provenance_of` says it
        """
        import xarray as xr

        known = catalogue() if known is None else known
        about = {name: known[name.partition("@")[0]] for name in values}
        dims = {name: ("scenario", "member", "year", *each.dims) for name, each in about.items()}
        members, years = next(iter(values.values())).shape[1:3]
        used = {dim for each in dims.values() for dim in each}
        names = _distinct_names(scenarios)
        variables = {name: (dims[name], value, _annual_attributes(about[name])) for name, value in values.items()}
        variables["first_divergence"] = (
            ("scenario", "member"),
            _beginnings(diverged_in),
            {"long_name": "first quarter in which the member differs from the reference"},
        )
        coords: dict[str, Any] = {
            "scenario": list(names),
            "title": ("scenario", list(_distinct_titles(scenarios, names))),
            "member": np.arange(first_member, first_member + members),
            "year": np.arange(FIRST_YEAR, FIRST_YEAR + years),
            **{dim: labels for dim, labels in LABELS.items() if dim in used},
        }
        attributes = {"reference": names[0], "seed": seed, "first_member": first_member, "members": members}
        data = xr.Dataset(variables, coords, attributes | dict(own_code or {}))
        return Comparison(tuple(scenarios), tuple(outcomes), data, diverged_in, known)

    def save(self, path: os.PathLike[str] | str) -> None:
        """Write the dataset, single precision as it was recorded, as NetCDF."""
        attributes = {"titles": "; ".join(self.titles), "version": package_version(), "commit": commit()}
        with atomic_write(path) as part:
            kept = {str(name): {"zlib": True, "complevel": 1, "dtype": "float32"} for name in self.dataset.data_vars}
            kept["first_divergence"] = {}
            self.dataset.assign_attrs(attributes).to_netcdf(part, engine="h5netcdf", encoding=kept)

    @property
    def members(self) -> int:
        """Members under each scenario."""
        return self.dataset.sizes["member"]

    @property
    def seed(self) -> int:
        """The random seed."""
        return int(self.dataset.attrs["seed"])

    @functools.cached_property
    def years(self) -> np.ndarray:
        """Years that all scenarios ran, (Y,)."""
        return self.dataset.year.values

    @functools.cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the scenarios, with a number where several have the same, such as files in two folders."""
        return tuple(self.dataset.scenario.values.tolist())

    @property
    def reference(self) -> str:
        """Name of the scenario with which the others are compared."""
        return self.names[0]

    @property
    def compared(self) -> tuple[str, ...]:
        """Names of the scenarios that are compared with the reference."""
        return self.names[1:]

    @functools.cached_property
    def titles(self) -> tuple[str, ...]:
        """Titles of the scenarios, with the name where several have the same."""
        return tuple(self.dataset.title.values.tolist())

    def title(self, scenario: str | None = None) -> str:
        """Title of a scenario."""
        return self.titles[self._index(scenario)]

    def scenario(self, name: str | None = None) -> Scenario:
        """The scenario of a name."""
        return self.scenarios[self._index(name)]

    def outcome(self, outcome: str | Outcome) -> Outcome:
        """An outcome by name.

        Raises
        ------
        ValueError
            For one that was not compared, with the nearest that was.
        """
        known = {each.key: each for each in self.outcomes}
        if isinstance(outcome, str) and outcome in known:
            return known[outcome]
        result = outcome_from(outcome, self.known)
        if result.series not in self.dataset:
            names = list(known) if len(known) <= MOST_NAMED else sorted({each.variable for each in known.values()})
            raise ValueError(f"{result.key} was not compared{suggest(result.key, known)}; one of {', '.join(names)}")
        return known.get(result.key, result)

    def values(self, outcome: str | Outcome, scenario: str | None = None) -> np.ndarray:
        """Annual values of one outcome under one scenario, (M, Y)."""
        outcome = self.outcome(outcome)
        if len(outcome.where) < len(self.known[outcome.variable].dims):
            labels = ", ".join(each.key for each in single_outcomes(outcome, self.known))
            raise ValueError(f"{outcome.key} has several series; one of {labels}")
        data = self.dataset[outcome.series][self._index(scenario)].sel(dict(outcome.where))
        return np.ascontiguousarray(data.values)

    def difference(self, outcome: str | Outcome, scenario: str | None = None) -> xr.DataArray:
        """Paired differences of an outcome: dimensions member, year, and those of a variable as a whole."""
        outcome = self.outcome(outcome)
        data = self.dataset[outcome.series].sel(dict(outcome.where))
        return data[self._index(scenario)] - data[0].drop_vars(["scenario", "title"])

    def effect(self, outcome: str | Outcome, year: int, scenario: str | None = None) -> Effect:
        """Effect of a scenario on an outcome in a year.

        Raises
        ------
        ValueError
            For a year, scenario or outcome that was not compared.
        """
        column = self._year(year)
        reference, values = (self.values(outcome, name)[:, column] for name in (self.reference, scenario))
        return Effect.of(reference, values)

    def effects(self, outcome: str | Outcome, year: int | None = None) -> pd.DataFrame:
        """Effects of all scenarios on an outcome, one row each.

        Parameters
        ----------
        outcome : of a variable with several series, such as ``"pair_trade_usd_bn"``, all of them
        year : all years if None

        Returns
        -------
        pandas.DataFrame
            The fields of `Effect` by scenario and, where there are several, by series and year.
        """
        import pandas as pd

        outcome = self.outcome(outcome)
        series = single_outcomes(outcome, self.known)
        rows, index = [], []
        for name in self.compared:
            for each in series:
                for one in self.years.tolist() if year is None else [year]:
                    rows.append(dataclasses.asdict(self.effect(each, one, name)))
                    index.append((name, each.key, one))
        frame = pd.DataFrame(rows, pd.MultiIndex.from_tuples(index, names=["scenario", "outcome", "year"]))
        for level, many in (("outcome", len(series) > 1), ("year", year is None)):
            frame = frame if many else frame.droplevel(level)
        return frame

    def average_effect(self, outcome: str | Outcome, scenario: str | None = None) -> Effect:
        """Effect on the mean of an outcome over the years from the divergence on; zero if there is no divergence."""
        since = self.years >= (self._divergence_year(scenario) or self.years[-1])
        reference, values = (self.values(outcome, name)[:, since].mean(-1) for name in (self.reference, scenario))
        return Effect.of(reference, values)

    def divergence(self, scenario: str | None = None) -> tuple[int, int] | None:
        """When members begin to differ from the reference.

        Returns
        -------
        first, half : quarters in which the first member diverges, and by which half of those have that ever do
        None if no member does
        """
        diverged_in = self.diverged_in[self._index(scenario)]
        quarters = np.sort(diverged_in[diverged_in != NEVER])
        return (int(quarters[0]), int(quarters[(quarters.size - 1) // 2])) if quarters.size else None

    def share_diverged(self, scenario: str | None = None) -> float:
        """Share of members that ever differ from the reference."""
        return float((self.diverged_in[self._index(scenario)] != NEVER).mean())

    def significant_from(self, outcome: str | Outcome, scenario: str | None = None) -> int | None:
        """First year from which on the 90 % interval excludes zero to the end; None if it does not in the last year."""
        difference = self.values(outcome, scenario) - self.values(outcome, self.reference)
        low, high = np.quantile(difference, (LOW, HIGH), axis=0)
        includes_zero = np.flatnonzero((low <= 0) & (high >= 0))
        start = int(includes_zero[-1]) + 1 if includes_zero.size else 0
        return int(self.years[start]) if start < self.years.size else None

    def interaction(self, outcome: str | Outcome, year: int, scenario: str) -> Effect:
        """What a stack of scenarios does beyond the sum of the effects of each.

        Parameters
        ----------
        scenario : a stack; the scenarios that it consists of must be in the comparison

        Returns
        -------
        The effect against the sum: `before` is the median of the reference with the effects of each added.
        """
        column = self._year(year)
        reference, together = (self.values(outcome, name)[:, column] for name in (self.reference, scenario))
        parts = self.scenario(scenario).parts
        apart = sum((self.values(outcome, part)[:, column] - reference for part in parts), np.zeros_like(reference))
        return Effect.of(reference + apart, together)

    def stacks(self) -> list[str]:
        """Scenarios that consist of others which are in the comparison too."""
        names = {*self.compared}
        return [name for name in self.compared if len(parts := self.scenario(name).parts) > 1 and names >= {*parts}]

    def table_years(self, scenario: str | None = None) -> list[int]:
        """Years for a table: after the divergence, those in which events begin among them, and the last one."""
        last = int(self.years[-1])
        begin = self._divergence_year(scenario) or last
        events = [year for year in self._event_years(scenario) if begin <= year < last][: COLUMNS - 2]
        more = sorted({year for year in YEARS if begin <= year < last} - {*events})
        places = np.linspace(0, len(more) - 1, min(COLUMNS - 1 - len(events), len(more))).round().astype(int)
        return sorted({*events, *(more[place] for place in places), last})

    def _event_years(self, scenario: str | None) -> list[int]:
        """Years in which events begin, are built or are in force for the last time, unless the reference has them so.

        Events that grow from nothing at their start count only when they are done.
        """
        before, own = self.scenarios[0].events, self.scenarios[self._index(scenario)].events
        years: set[int] = set()
        for name, event in own.items():
            if name in before and before[name] == event:
                continue
            done = getattr(event, "finish", None) or (event.time_varying and getattr(event, "end", None))
            if done:
                years.add(done.year)
            elif not event.time_varying:
                years |= {FIRST_YEAR + quarter // 4 for quarter in (event.first, (event.last or event.first + 1) - 1)}
        return sorted(years)

    def _divergence_year(self, scenario: str | None) -> int | None:
        divergence = self.divergence(scenario)
        return FIRST_YEAR + divergence[0] // 4 if divergence else None

    def _index(self, scenario: str | None) -> int:
        """Place of a scenario; of the one that is compared with the reference if None."""
        if scenario is None:
            if len(self.names) > 2:
                raise ValueError(f"several scenarios were compared; name one of {', '.join(self.compared)}")
            return len(self.names) - 1
        if scenario not in self.names:
            raise ValueError(
                f"there is no scenario {scenario!r} in the comparison{suggest(scenario, self.names)}; "
                f"one of {', '.join(self.names)}"
            )
        return self.names.index(scenario)

    def _year(self, year: int) -> int:
        if not self.years[0] <= year <= self.years[-1]:
            raise ValueError(
                f"year {year} lies outside {self.years[0]}..{self.years[-1]}, the years that were compared"
            )
        return int(year - self.years[0])


def compare(
    scenarios: Sequence[Scenario | str],
    members: int | None = None,
    seed: int | None = None,
    *,
    first_member: int = 0,
    to_year: int | None = None,
    jobs: int | None = None,
    parameters: ParameterSource = None,
    outcomes: Sequence[Outcome | str] = ALL_COMPARED,
    noise_from: Noise = "record",
    model_class: ModelClass | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Run scenarios side by side on the same random numbers.

    Parameters
    ----------
    scenarios : two or more, by name or as objects; the others are compared with the first
    members, seed : as for `cairn.ensemble.runner.run`; by default those of the first scenario
    first_member, jobs, parameters, model_class, progress : as for `cairn.ensemble.runner.run`
    to_year : last year to run
    outcomes : what to compare, by name or as `Outcome`. If all are of the region, only the region's variables are
        recorded, and members diverge when one of these differs
    noise_from : ``"record"``: members that follow the record have, under all scenarios, the chances and residuals that
        the whole of it implies for the course of events that happened; ``"intervention"``: only those to the year
        before one of the scenarios leaves that course, and after it chances and residuals of their own

    Raises
    ------
    ValueError
        For fewer than two scenarios, an unknown outcome or `noise_from`, or a year that not all of them reach.

    Examples
    --------
    >>> comparison = compare(["baseline", "karimov_line"], members=2, seed=1, to_year=2018)
    >>> str(comparison.dataset.first_divergence.sel(scenario="karimov_line").min().values)[:7]
    '2016-10'
    >>> comparison.effect("integration_index", 2018).median < 0
    True
    """
    runs = tuple(s if isinstance(s, Scenario) else Scenario.load(s) for s in scenarios)
    if len(runs) < 2:
        raise ValueError("at least two scenarios are needed for a comparison")
    members, seed = resolve_size(runs[0], members, seed)
    last = min(s.horizon.last for s in runs)
    to_year = last if to_year is None else to_year
    if not FIRST_YEAR <= to_year <= last:
        raise ValueError(f"year {to_year} lies outside {FIRST_YEAR}..{last}, the years that all scenarios run")
    quarters = (to_year - FIRST_YEAR + 1) * 4
    if noise_from not in NOISE:
        raise ValueError(f"noise_from = {noise_from!r}; give one of {', '.join(NOISE)}")
    if noise_from == "intervention" and (year := year_of_intervention(runs)) is not None:
        parameters = released_after(parameters, year - 1)
    known = catalogue_of(model_class, runs[0])
    shown = tuple(single for outcome in outcomes for single in single_outcomes(outcome_from(outcome, known), known))
    series = tuple(dict.fromkeys((outcome.variable, outcome.quarter) for outcome in shown))

    def arguments(start: int, count: int) -> tuple[Any, ...]:
        own = for_members(parameters, first_member, slice(start, start + count))
        return runs, series, first_member + start, count, seed, quarters, own

    per_year = sum(math.prod(len(LABELS[dim]) for dim in known[variable].dims) for variable, _ in series)
    each = 8 * len(runs) * per_year * (quarters // 4)
    check_memory(members, 2 * each, each, resolve_jobs(jobs, members * len(runs)), max(CHUNK // len(runs), 1))
    work = functools.partial(side_by_side, model_class=model_class)
    chunks = map_chunks(work, arguments, members, quarters, jobs, progress=progress, runs_per_member=len(runs))
    parts = [part for _, part in chunks]
    values = {name: np.concatenate([part[0][name] for part in parts], axis=1) for name in parts[0][0]}
    diverged_in = np.concatenate([part[1] for part in parts], axis=1)
    comparison = Comparison.from_values(
        runs,
        shown,
        values,
        diverged_in,
        seed=seed,
        first_member=first_member,
        known=known,
        own_code=provenance_of(model_class),
    )
    comparison.dataset.attrs["parameters"] = origin_of(parameters)
    comparison.dataset.attrs["conditioned_until"] = conditioned_until(parameters)
    return comparison


def year_of_intervention(scenarios: Sequence[Scenario], factual: Scenario | None = None) -> int | None:
    """The first year in which one of some scenarios leaves the course of events that happened; None if none does.

    Parameters
    ----------
    scenarios : the arms of a comparison
    factual : the course of events that happened; default: the baseline

    Examples
    --------
    >>> year_of_intervention([Scenario.load("baseline"), Scenario.load("karimov_line")])
    2016
    """
    factual = Scenario.load(FACTUAL) if factual is None else factual
    found = [quarter for s in scenarios if (quarter := s.first_difference(factual)) is not None]
    return FIRST_YEAR + min(found) // 4 if found else None


def side_by_side(
    scenarios: Sequence[Scenario],
    series: Sequence[tuple[str, int]],
    first_member: int,
    members: int,
    seed: int,
    quarters: int,
    parameters: Parameters,
    *,
    model_class: ModelClass | None = None,
    progress: Progress | None = None,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """A chunk of members under several scenarios: annual values, and when they begin to differ from the first.

    Parameters
    ----------
    series : output variables, each with 0 for annual values or 1..4 for those of one quarter of each year
    quarters : whole years of them
    model_class : as for `cairn.ensemble.runner.run`

    Returns
    -------
    values : by `Outcome.series`, (scenarios, members, years, ...) each, float64
    diverged_in : first quarters in which a member differs, `NEVER` if none, (scenarios, members)
    """
    arms = len(scenarios)
    model = build_model(
        model_class,
        list(scenarios),
        members,
        seed,
        first_member=first_member,
        parameters=parameters,
        collect=False,
    )
    known = model.catalogue()
    outputs = resolve_outputs("summary" if {variable for variable, _ in series} <= {*SUMMARY} else "all", known)
    values: dict[str, np.ndarray] = {}
    year: dict[str, np.ndarray] = {}
    diverged_in = np.full((arms, members), NEVER, dtype=np.int32)
    for quarter in range(quarters):
        model.run_for(1)
        by_arm = {name: _by_arm(value, arms, members) for name, value in measured(model, outputs).items()}
        for variable, which in series:
            name, season, value = _series(variable, which), quarter % 4, by_arm[variable]
            rule = known[variable].annual if which == 0 else "last"
            if which == 0 or season == which - 1:
                year[name] = add_quarter(year.get(name) if season else None, value, rule)
            if season == 3:
                if name not in values:
                    values[name] = np.empty((*value.shape[:2], quarters // 4, *value.shape[2:]))
                values[name][:, :, quarter // 4] = end_of_year(year[name], rule)
        _note_divergence(diverged_in, by_arm, quarter)
        if progress is not None:
            progress(arms * members)
    return values, diverged_in


def select_series(values: Mapping[str, np.ndarray], outcome: Outcome) -> np.ndarray:
    """The series of an outcome from the values of `side_by_side`, (scenarios, members, years)."""
    whole = values[outcome.series]
    for dim, label in outcome.where:
        whole = whole[:, :, :, LABELS[dim].index(label)]
    return whole


def _note_divergence(diverged_in: np.ndarray, by_arm: Mapping[str, np.ndarray], quarter: int) -> None:
    """Note the quarter for members that differ for the first time from those of the first scenario."""
    diverged_in[differs_from_first(by_arm, 2) & (diverged_in == NEVER)] = quarter


def differs_from_first(values: Mapping[str, np.ndarray], kept: int) -> np.ndarray:
    """Where any variable differs from its value under the first scenario.

    Parameters
    ----------
    values : variables, (scenarios, members, ...) each
    kept : number of leading axes to keep

    Returns
    -------
    Boolean array of the leading axes
    """
    leading = next(iter(values.values())).shape[:kept]
    differs = np.zeros(leading, dtype=bool)
    for value in values.values():
        same = (value == value[:1]) | (np.isnan(value) & np.isnan(value[:1]))
        differs |= ~same.reshape(*leading, -1).all(-1)
    return differs


def _by_arm(value: np.ndarray, arms: int, members: int) -> np.ndarray:
    """Values of all arms, (..., arms * members), as (arms, members, ...) of float32."""
    apart = value.reshape(*value.shape[:-1], arms, members).astype(np.float32)
    return np.moveaxis(apart, (-2, -1), (0, 1))


def _series(variable: str, quarter: int) -> str:
    return Outcome("", variable, quarter=quarter).series


def _beginnings(quarters: np.ndarray) -> np.ndarray:
    """First days of quarters, not a time for `NEVER`."""
    never = quarters == NEVER
    months = np.datetime64(f"{FIRST_YEAR}-01", "M") + 3 * np.where(never, 0, quarters).astype("timedelta64[M]")
    return np.where(never, np.datetime64("NaT", "ns"), months.astype("datetime64[ns]"))


def _annual_attributes(about: Description) -> dict[str, str]:
    return {"units": about.unit.replace("/quarter", "/yr"), "long_name": about.long_name}


def _distinct_names(scenarios: Sequence[Scenario]) -> tuple[str, ...]:
    names = [s.name for s in scenarios]
    return tuple(name if k == 0 or names.count(name) == 1 else f"{name}-{k}" for k, name in enumerate(names))


def _distinct_titles(scenarios: Sequence[Scenario], names: Sequence[str]) -> tuple[str, ...]:
    titles = [s.title for s in scenarios]
    named = zip(titles, names, strict=True)
    return tuple(title if titles.count(title) == 1 else f"{title} ({name})" for title, name in named)
