"""Scores, benchmark forecasts, the scorecard and the page VALIDATION.md."""

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from cairn.calibration import simulator
from cairn.calibration.indicators import INDICATORS
from cairn.calibration.rolling import rolling_benchmarks
from cairn.calibration.targets import FIT, TEST, Target, Targets
from cairn.calibration.validation import (
    Scorecard,
    benchmarks,
    border_violence,
    compare_forecasts,
    compute_scorecard,
    forecast_comparison,
    identifiability,
    scorecard,
    scores,
    validation_figures,
)
from cairn.cli.main import main
from cairn.core.geography import BORDER_NAMES, PAIR_NAMES, PAIRS
from cairn.core.parameter_sets import ParameterSets
from cairn.ensemble.runner import run
from cairn.record import acts
from tests.looks import assert_readable


@pytest.fixture(scope="module")
def card():
    return compute_scorecard(members=24, jobs=1)


@pytest.fixture(scope="module")
def comparison(card):
    return compare_forecasts(card)


# --- scores ----------------------------------------------------------------------------------------------------------


def test_the_score_of_many_draws_is_that_of_their_distribution():
    random = np.random.default_rng(1)
    mean, spread, observed = np.array([0.0, 1.0, -2.0]), np.array([1.0, 0.5, 2.0]), np.array([0.3, 2.0, -2.0])
    draws = mean + spread * random.standard_normal((40_000, 3))
    assert np.allclose(scores.crps_of_draws(draws, observed), scores.crps_of_normal(mean, spread, observed), atol=0.01)


def test_the_score_of_one_draw_is_its_distance_and_that_of_an_exact_forecast_is_zero():
    assert np.allclose(scores.crps_of_draws(np.array([[3.0]]), np.array([1.0])), 2.0)
    assert np.allclose(scores.crps_of_draws(np.full((9, 1), 1.0), np.array([1.0])), 0.0)


def test_the_true_distribution_scores_better_than_a_shifted_a_narrow_or_a_wide_one():
    random = np.random.default_rng(2)
    observed = random.standard_normal(4000)
    zero, one = np.zeros(4000), np.ones(4000)
    true_score = scores.crps_of_normal(zero, one, observed).mean()
    for mean, spread in ((zero + 0.5, one), (zero, 0.4 * one), (zero, 2.5 * one)):
        assert scores.crps_of_normal(mean, spread, observed).mean() > true_score
    assert scores.skill(np.array([1.0]), np.array([2.0])) == 0.5


def test_coverage_counts_observations_inside_the_interval():
    draws = np.tile(np.linspace(0, 1, 101)[:, None], (1, 3))
    assert scores.covered(draws, np.array([0.5, 0.2, 0.96]), 0.9).tolist() == [True, True, False]
    assert scores.covered(draws, np.array([0.5, 0.2, 0.96]), 0.5).tolist() == [True, False, False]


def test_the_interval_of_a_skill_score_is_wider_with_few_groups():
    random = np.random.default_rng(3)
    ours, theirs = random.uniform(0, 1, 40), random.uniform(0.2, 1.2, 40)
    many = scores.skill_interval(ours, theirs, np.arange(40))
    lumped = np.repeat(np.arange(4), 10)
    few = scores.skill_interval(ours + lumped, theirs + lumped[::-1], lumped)
    assert many[0] < scores.skill(ours, theirs) < many[1]
    assert few[1] - few[0] > many[1] - many[0]


# --- benchmark forecasts ---------------------------------------------------------------------------------------------


def series(pair, values, first=1995, split=FIT):
    return [
        Target("trade", pair, first + k, first + k, float(np.exp(v)), 0.2, "log", split, "A", "made up")
        for k, v in enumerate(values)
    ]


def test_persistence_stays_at_the_last_value_with_a_growing_error():
    fit = Targets(series("KAZ-UZB", [0.0, 0.5, 0.2, 0.4]))
    test = Targets(series("KAZ-UZB", [9.0, 9.0, 9.0], 1999, TEST))
    mean, spread = benchmarks.persistence(fit, test)
    assert np.allclose(mean, 0.4)
    step = np.diff([0.0, 0.5, 0.2, 0.4]).std()
    assert np.allclose(spread, step * np.sqrt([1, 2, 3]))


def test_the_trend_extends_a_straight_line_with_a_growing_error():
    random = np.random.default_rng(4)
    line = 0.1 * np.arange(15) + 0.05 * random.standard_normal(15)
    fit, test = Targets(series("KAZ-UZB", line)), Targets(series("KAZ-UZB", np.zeros(8), 2016, TEST))
    mean, spread = benchmarks.trend(fit, test)
    assert np.allclose(mean, 0.1 * np.arange(21, 29), atol=0.15)
    assert (np.diff(spread) > 0).all()


def test_gravity_recovers_the_elasticity_of_synthetic_data():
    from cairn.core.inputs import Inputs

    incomes = np.log(Inputs.load().gdp[:96].reshape(-1, 4, 5).mean(1))
    random, rows = np.random.default_rng(5), []
    for k, (pair, (i, j)) in enumerate(zip(PAIR_NAMES, PAIRS, strict=True)):
        product = incomes[3:, i] + incomes[3:, j]
        rows += series(pair, -6.0 + 0.3 * k + 0.8 * product + 0.01 * random.standard_normal(len(product)))
    fit, test = Targets([t for t in rows if t.first_year < 2010]), Targets([t for t in rows if t.first_year >= 2010])
    mean, spread = benchmarks.gravity(fit, test)
    assert np.allclose(mean, test.observed, atol=0.08) and (spread < 0.03).all()


def test_gravity_with_its_last_error_starts_near_the_last_observation():
    targets = Targets.load()
    fit, test = targets.select(FIT, "trade"), targets.select(TEST, "trade")
    plain, carried = benchmarks.gravity(fit, test)[0], benchmarks.gravity_with_last_error(fit, test)[0]
    last = {t.place: value for t, value in zip(fit.rows, fit.observed, strict=True)}
    first = {t.place: k for k, t in reversed(list(enumerate(test.rows)))}
    nearer = [abs(carried[k] - last[pair]) <= abs(plain[k] - last[pair]) + 0.1 for pair, k in first.items()]
    assert np.mean(nearer) > 0.6


# --- the scorecard ---------------------------------------------------------------------------------------------------


def test_the_scorecard_does_not_depend_on_chunks(card, monkeypatch):
    monkeypatch.setattr(simulator, "CHUNK", 10)
    again = compute_scorecard(members=24, jobs=1)
    assert np.array_equal(card.free_run, again.free_run) and np.array_equal(card.forecast, again.forecast)


def test_the_free_run_has_the_residual_of_trade_and_the_forecast_adds_its_own(card, monkeypatch):
    """A run whose trade is ten times what its equations expect: bands of the free run move, nothing else."""
    plain = INDICATORS["trade_run"]
    tenfold = dataclasses.replace(plain, quarterly=lambda model: 10 * plain.quarterly(model))
    monkeypatch.setitem(INDICATORS, "trade_run", tenfold)
    again = compute_scorecard(members=24, jobs=1)
    trade = again.indices(indicator="trade")
    assert np.allclose(again.free_run[:, trade], card.free_run[:, trade] + np.log(10), atol=1e-5)
    assert np.array_equal(again.forecast, card.forecast) and np.array_equal(again.residual, card.residual)
    others = np.setdiff1d(np.arange(len(card.targets)), trade)
    assert np.array_equal(again.free_run[:, others], card.free_run[:, others])


def test_the_error_of_2015_persists_in_the_forecast_and_decays():
    targets = Targets(series("KAZ-UZB", [1.0] * 6, 2010) + series("KAZ-UZB", [0.0] * 8, 2016, TEST))
    forecast = scorecard.forecast_observations(np.zeros((4000, len(targets))), targets, 1)
    carried = forecast[:, 6:].mean(0)
    assert 0.3 < carried[0] < 0.95 and (np.diff(carried) < 0).all() and carried[-1] > 0
    assert forecast[:, 6].std() < forecast[:, 13].std() < np.sqrt(np.diag(targets.error_covariance())[-1]) * 1.05
    assert abs(forecast[:, :6].mean()) < 0.05


def test_summaries_are_consistent(card):
    whole, parts = card.summary(FIT), [card.summary(FIT, i) for i in ("trade", "openness")]
    assert whole["targets"] == len(card.targets.select(FIT)) and all(p["targets"] < whole["targets"] for p in parts)
    for s in (whole, *parts):
        assert 0 <= s["within_1"] <= s["within_2"] <= 1 and s["coverage_50%"] <= s["coverage_90%"] <= 1
    far = Scorecard(card.targets, card.free_run + 100, card.forecast + 100, "", 24, 1)
    assert far.summary(TEST)["rms"] == scorecard.LARGEST_RESIDUAL and far.summary(TEST)["within_2"] < 0.2


def test_a_perfect_forecast_has_skill_and_a_wrong_one_has_none(card):
    rows = card.indices(TEST, "trade")
    knows, lost = card.forecast.copy(), card.forecast.copy()
    knows[:, rows] = card.targets.observed[rows]
    lost[:, rows] = card.targets.observed[rows] + 5
    for forecast, right in ((knows, True), (lost, False)):
        result = compare_forecasts(Scorecard(card.targets, card.free_run, forecast, "", 24, 1))
        assert (result.skill() > 0.99) if right else (result.skill() < 0)


def test_the_scores_can_be_read_by_a_program(card, comparison):
    result = json.loads(json.dumps(forecast_comparison.to_dict(card, comparison)))
    assert result["members"] == 24 and result["held_back"]["targets"] == len(Targets.load().select(TEST))
    assert set(result["trade_scores"]) == set(comparison.scores) and result["skill_interval"].keys() == {"low", "high"}


def test_all_forecasts_are_scored_on_all_held_back_targets_of_trade(card, comparison):
    assert len(comparison.pairs) == len(card.indices(TEST, "trade")) >= 25
    assert set(benchmarks.BENCHMARKS) < set(comparison.scores) and comparison.best_benchmark in benchmarks.BENCHMARKS
    assert set(validation_figures.MARKERS) == set(comparison.scores)
    assert sum(count for _, count, _ in comparison.by_pair()) == len(comparison.pairs)
    assert all((values >= 0).all() and np.isfinite(values).all() for values in comparison.scores.values())


def test_every_figure_can_be_read(card, comparison):
    figures = validation_figures
    free = run("baseline", 3, 1, to_year=2025, parameters="posterior", outputs=["pair_trade_usd_bn"])
    trade = figures.trade(card, free)
    for figure in (figures.residuals(card), trade, figures.forecast_scores(comparison)):
        assert_readable(figure)
    for axis in trade.axes:
        assert len(axis.lines[0].get_xdata()) == 2025 - 1992 + 1, "the run is drawn in all years"


def test_violence_on_the_border_counts_bloody_years_and_recorded_counts():
    years = range(1992, 2026)
    time = [np.datetime64(f"{year}-{month:02d}-01", "ns") for year in years for month in (1, 4, 7, 10)]
    deaths, incidents = np.zeros((20, len(years), 4, 7)), np.zeros((20, len(years), 4, 7))
    border = BORDER_NAMES.index("KGZ-TJK")
    deaths[:4, 2010 - 1992, 1, border] = 60  # a bloody year in four members of twenty
    deaths[:2, 2021 - 1992, 2:, border] = 25  # a second one in two of them, in two quarters
    deaths[:, 1995 - 1992, 0, border] = 12
    incidents[:, :, 0, border] = np.arange(20)[:, None]
    shape, dims = (20, 4 * len(years), 7), ("member", "time", "border")
    coords = {"member": np.arange(20), "time": time, "border": list(BORDER_NAMES)}
    data = {"deaths": (dims, deaths.reshape(shape)), "incidents": (dims, incidents.reshape(shape))}
    found = border_violence.violence_of(xr.Dataset(data, coords))
    assert (found.first_year, found.one, found.two) == (2004, 0.2, 0.1)
    assert (found.counts, found.inside) == (10, 7)  # 24, 19 and 32 lie above 18.05
    assert found.deaths[1992, 2003] == 1 and found.widest == pytest.approx(18.05)
    later = border_violence.violence_of(xr.Dataset(data, coords), 2016)
    assert (later.first_year, later.one, later.two, later.counts, later.deaths) == (2016, 0.1, 0, 4, {})


def test_recorded_violence_and_storage_are_within_the_reach_of_a_run_with_a_free_past():
    outputs = (*border_violence.VIOLENCE_VARIABLES, "storage_km3")
    dataset = run("baseline", 600, 1, parameters="posterior", to_year=2025, outputs=outputs, jobs=1)
    found = border_violence.violence_of(dataset)
    assert found.counts == 10 and found.inside >= 9
    assert 0.05 < found.one < 0.5 and 0.005 < found.two < 0.2
    assert found.deaths[2014, 2023] > found.deaths[1992, 2003]
    record = acts.storage(2025)
    points = [k for k in np.flatnonzero(np.isfinite(record)) if k >= 4 * (2011 - 1992)]
    low, high = np.quantile(dataset.storage_km3.isel(reservoir=0).values[:, points], (0.05, 0.95), axis=0)
    assert len(points) > 8 and np.mean((low <= record[points]) & (record[points] <= high)) >= 0.8


def test_a_parameter_without_effect_has_a_flat_profile(monkeypatch):
    monkeypatch.setattr(identifiability, "GRID", identifiability.GRID[::2])
    sets = ParameterSets.load("posterior")
    flat, steep = identifiability.compute_profiles(["ripeness_push", "home_bias"], sets, members=10)
    assert len(flat.values) == len(identifiability.GRID) and (np.diff(flat.values) > 0).all()
    assert np.ptp(steep.misfit) > np.ptp(flat.misfit)
    assert steep.sensitivity("trade of the five") > flat.sensitivity("trade of the five")
    assert set(flat.insensitive_outcomes) <= set(flat.outcomes)


def test_the_least_identified_are_parameters_of_behaviour():
    shrinkage = {"trust_gain": 0.01, "loss_ratio": 0.0, "closure_loss": 0.3, "pair_affinity[KAZ-UZB]": -1.0}
    assert identifiability.least_identified(shrinkage, 2) == ["loss_ratio", "trust_gain"]


def test_the_command_prints_the_scorecard_and_writes_the_page(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(identifiability, "GRID", identifiability.GRID[::4])
    monkeypatch.setattr(rolling_benchmarks, "CANDIDATES", 60)
    assert main(["validate", "--members", "12", "--jobs", "1", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "rolling_scores.png" in (tmp_path / "VALIDATION.md").read_text() and "gravity with givens" in printed
    assert "trade TJK-UZB 2018" in printed and "held back" in printed and "skill against" in printed
    text = (tmp_path / "VALIDATION.md").read_text()
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (tmp_path / link).exists(), link
    assert "{{" not in text and not re.search(r"\bnan\b", text)
    lines = (tmp_path / "scorecard.csv").read_text().splitlines()
    assert len(lines) == len(Targets.load()) + 1


def test_the_shipped_page_has_the_scores_of_the_shipped_posterior():
    """Repeats the run of the page, about ten seconds."""
    page = (Path(__file__).parents[1] / "model" / "VALIDATION.md").read_text()
    again = compute_scorecard()
    result = compare_forecasts(again)
    assert f"**{result.skill():+.2f}**" in page, "run `python run.py validate --out model`"
    for split in (FIT, TEST):
        s = again.summary(split)
        assert f"| {s['targets']} | {s['rms']:.2f} | " in page
    assert again.origin in page
