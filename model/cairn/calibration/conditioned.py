"""Sets of members whose past is that of the record to a year: made here, shipped small, used by runs.

Many candidates are run with the acts of the record made to happen (`cairn.step.conditioner`). Each has a weight: the
probability of these acts, and the likelihood of the recorded trade under the residual process of its parameters. The
weights are tempered, since the model is misspecified, until enough candidates count; then as many members as are wanted
are drawn once, and each gets a residual of trade that the record implies, with random numbers of its own.

Source
------
Tempered likelihood: Bissiri, Holmes and Walker 2016. Draws of residuals: Durbin and Koopman 2002. Resampling: Douc and
Cappe 2005. What conditioning means for a counterfactual: Pearl 2009, chapter 7.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from cairn.calibration.indicators import INDICATORS
from cairn.calibration.repeats.refits import refit_sets
from cairn.calibration.residuals import process_of_members
from cairn.calibration.rolling.rolling_runs import tolerance_of_trade
from cairn.core.calendar import FIRST_YEAR
from cairn.core.geography import PAIR_NAMES
from cairn.core.parameter_sets import ParameterSets
from cairn.core.random_streams import RandomStreams, normal
from cairn.ensemble.annual import annual_values
from cairn.ensemble.workers import Progress, map_here_or_in_processes, resolve_jobs
from cairn.record.conditioned_sets import ConditionedSets
from cairn.record.conditioning import Conditioning
from cairn.record.tables import read
from cairn.rules.kalman import ResidualProcess, Totals, conditional_residuals, kalman_filter
from cairn.scenario.scenario import Scenario
from cairn.support.atomic_write import atomic_write
from cairn.support.provenance import code_digest, package_version
from cairn.support.regular_file import read_arrays

CANDIDATES, MEMBERS, SEED = 4000, 500, 1
LEAST_EFFECTIVE = 250  # candidates that count after tempering
TOTAL_ERROR = 0.06  # log; officials' totals of 2013 and sums of pairs of that year differ by some 5 %
CHUNK = 500


@dataclasses.dataclass(frozen=True, eq=False)
class Candidates:
    """Candidates whose acts are those of the record.

    Parameters
    ----------
    sets : parameter sets, used in turn
    fitted_until : last year that the sets were fitted to
    acts : log probability of the acts, (N,)
    expected : ln of each pair's trade without its residual, (N, Y, P)
    """

    sets: ParameterSets
    fitted_until: int
    acts: np.ndarray
    expected: np.ndarray


def make_conditioned_sets(
    until: int,
    candidates: int = CANDIDATES,
    members: int = MEMBERS,
    seed: int = SEED,
    *,
    jobs: int | None = None,
    folder: Path | None = None,
    keep: Path | None = None,
    progress: Progress | None = None,
) -> ConditionedSets:
    """Members whose past is that of the record to the end of a year.

    Parameters
    ----------
    until : last year of the record that is used
    candidates : members from which they are drawn
    members : how many are drawn
    seed : random seed of runs on them
    jobs : processes
    folder : where refits are; default: those that ship with the package
    keep : folder in which candidates are kept; those of an interrupted call with the same arguments are used again
    progress : called with the member-quarters simulated since the last call

    Returns
    -------
    ConditionedSets
        The same for the same arguments and version.
    """
    found = run_candidates(until, candidates, seed, jobs=jobs, folder=folder, keep=keep, progress=progress)
    process = _process(found.sets, candidates, until)
    record, total = _records(until)
    trade = kalman_filter(record - found.expected, process).log_likelihood
    weights, temper = tempered(found.acts + trade, min(LEAST_EFFECTIVE, members))
    chosen = systematic(weights, members, seed)
    residual = draw_residuals(record, total, found.expected[chosen], process.rows(chosen), chosen, candidates, seed)
    rows = chosen % len(found.sets.values)
    about: dict[str, Any] = {
        "until": until,
        "members": members,
        "candidates": candidates,
        "seed": seed,
        "fitted_until": found.fitted_until,
        "effective_candidates": round(float(1 / (weights**2).sum()), 1),
        "temper": round(temper, 4),
        "distinct_members": len(np.unique(chosen)),
        "version": package_version(),
        "code": code_digest(),
    }
    return ConditionedSets(found.sets.names, found.sets.values[rows], chosen, residual, about)


def run_candidates(
    until: int,
    candidates: int,
    seed: int,
    *,
    jobs: int | None = None,
    folder: Path | None = None,
    keep: Path | None = None,
    progress: Progress | None = None,
) -> Candidates:
    """Run candidates to the end of a year with the acts of the record. Parameters as of `make_conditioned_sets`."""
    fitted, sets = refit_sets(until, folder)
    scenario, quarters = Scenario.load("baseline"), 4 * (until - FIRST_YEAR + 1)
    settings = repr((until, seed, scenario.text, sets.origin, CHUNK, code_digest(), package_version()))
    digest = hashlib.sha256(settings.encode()).hexdigest()
    starts = range(0, candidates, CHUNK)
    parts = {start: _kept(keep, start, min(CHUNK, candidates - start), digest) for start in starts}
    missing = [start for start in starts if parts[start] is None]
    counts = {start: min(CHUNK, candidates - start) for start in starts}

    def arguments(k: int) -> tuple[Any, ...]:
        return scenario, sets, until, missing[k], counts[missing[k]], seed

    if progress is not None and len(missing) < len(starts):
        progress(quarters * sum(counts[start] for start in starts if start not in missing))
    if missing:
        amounts = [quarters * counts[start] for start in missing]
        results = map_here_or_in_processes(_run_chunk, arguments, amounts, resolve_jobs(jobs, candidates), progress)
        with contextlib.closing(results):
            for start, part in zip(missing, results, strict=True):
                parts[start] = part
                if keep is not None:
                    with atomic_write(_part(keep, start)) as unfinished, unfinished.open("wb") as file:
                        np.savez(file, acts=part[0], expected=part[1], digest=digest)
    acts, expected = (np.concatenate(column) for column in zip(*parts.values(), strict=True))  # type: ignore[misc]
    return Candidates(sets, fitted, acts, expected)


def _part(keep: Path, start: int) -> Path:
    return keep / f"candidates_{start:06}.npz"


def _kept(keep: Path | None, start: int, count: int, digest: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Candidates of a chunk that an interrupted call with the same settings left."""
    if keep is None or not _part(keep, start).exists():
        return None
    try:
        saved = read_arrays(_part(keep, start))
        if str(saved["digest"]) == digest and len(saved["acts"]) == count:
            return saved["acts"], saved["expected"]
    except (OSError, KeyError):
        pass  # damaged: simulated again
    return None


def _run_chunk(
    scenario: Scenario,
    sets: ParameterSets,
    until: int,
    first: int,
    members: int,
    seed: int,
    progress: Progress | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Log probability of the acts, (M,), and ln of expected trade, (M, Y, P)."""
    from cairn.model import CentralAsia

    free = Conditioning(until, np.arange(first, first + members), np.empty((0, len(PAIR_NAMES), members)))
    parameters = sets.parameters(first, members).conditioned(free)
    model = CentralAsia(scenario, members, seed, first_member=first, parameters=parameters, collect=False)
    trade = []
    for _ in range(free.end):
        model.run_for(1)
        trade.append(INDICATORS["trade"].quarterly(model).T)
        if progress is not None:
            progress(members)
    assert model.conditioner is not None
    return model.conditioner.log_weight, np.log(annual_values(np.stack(trade, axis=1), "mean"))


def _process(sets: ParameterSets, candidates: int, until: int) -> ResidualProcess:
    process = process_of_members(sets.parameters(0, candidates), candidates)
    return dataclasses.replace(process, figure_error=np.nan_to_num(tolerance_of_trade()[: until - FIRST_YEAR + 1]))


def _records(until: int) -> tuple[np.ndarray, np.ndarray]:
    """Ln of recorded trade of pairs, (Y, P), and of officials' totals, (Y,), to the end of a year; NaN: unknown."""
    years = until - FIRST_YEAR + 1
    pairs, total = np.full((years, len(PAIR_NAMES)), np.nan), np.full(years, np.nan)
    for row in read("record_trade"):
        if int(row["year"]) <= until:
            pairs[int(row["year"]) - FIRST_YEAR, PAIR_NAMES.index(row["pair"])] = np.log(float(row["usd_bn"]))
    for row in read("record_trade_region"):
        if int(row["year"]) <= until and row["concept"].startswith("officials"):
            total[int(row["year"]) - FIRST_YEAR] = np.log(float(row["usd_bn"]))
    return pairs, total


def draw_residuals(
    record: np.ndarray,
    total: np.ndarray,
    expected: np.ndarray,
    process: ResidualProcess,
    numbers: np.ndarray,
    candidates: int,
    seed: int,
) -> np.ndarray:
    """Residuals of trade that the record of pairs and of totals implies, with the members' own random numbers.

    Totals are sums of exponentials of residuals. They are used to first order, twice: the second time around the
    residuals that the first gave.

    Parameters
    ----------
    record, total : ln of recorded trade, (Y, P), and of totals, (Y,)
    expected : ln trade without its residual, (M, Y, P)
    process : of the members
    numbers : (M,), members whose random numbers are used
    candidates : number of candidates
    seed : random seed

    Returns
    -------
    (M, Y, P), log
    """
    streams, years, pairs = RandomStreams(seed, candidates), expected.shape[1], expected.shape[2]

    def normals(name: str, *shape: int) -> np.ndarray:
        return np.stack([normal(streams.draw(name, 4 * y, shape))[..., numbers].T for y in range(years)], axis=1)

    own, common = normals("trade_residual", pairs), normals("trade_residual_common", 1)[..., 0]
    errors, of_total = normals("trade_record_error", pairs), normals("trade_total_error", 1)[..., 0]
    residual = conditional_residuals(record - expected, process, own, common, errors)
    for _ in range(2):
        trade = np.exp(expected + residual)
        share = trade / trade.sum(-1, keepdims=True)
        value = total - np.log(trade.sum(-1)) + (share * residual).sum(-1)
        totals = Totals(value, share, TOTAL_ERROR)
        residual = conditional_residuals(record - expected, process, own, common, errors, totals, of_total)
    return residual


def tempered(log_weight: np.ndarray, least: float) -> tuple[np.ndarray, float]:
    """Weights that add up to 1, with the largest power of at most 1 that leaves so many effective candidates.

    >>> weights, power = tempered(np.array([0.0, -1.0, -2.0]), 3)
    >>> weights.round(2).tolist(), power < 0.01
    ([0.33, 0.33, 0.33], True)
    """

    def at(power: float) -> np.ndarray:
        weights = np.exp(power * (log_weight - log_weight.max()))
        return weights / weights.sum()

    low, high = 0.0, 1.0
    if 1 / (at(high) ** 2).sum() >= least:
        return at(high), high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if 1 / (at(middle) ** 2).sum() >= least else (low, middle)
    return at(low), low


def systematic(weights: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Positions drawn in proportion to weights by systematic resampling, mixed up, (count,)."""
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(97,)))
    points = (random.uniform() + np.arange(count)) / count
    chosen = np.minimum(np.searchsorted(np.cumsum(weights), points), len(weights) - 1)
    return random.permutation(chosen)


def describe_fit(sets: ConditionedSets) -> str:
    """What a set is, in a few lines for a terminal."""
    about = sets.about
    return (
        f"{about['members']} members conditioned on the record to {about['until']}, {about['distinct_members']} of "
        f"them distinct, from {about['candidates']} candidates with parameters fitted to {about['fitted_until']}\n"
        f"effective candidates {about['effective_candidates']:g} with weights to the power {about['temper']:g}"
    )
