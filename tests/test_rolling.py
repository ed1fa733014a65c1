"""Forecasts from rolling origins: nothing after the origin is used, scores are right, the page shows them."""

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from cairn.calibration.repeats.mechanisms import MECHANISM_LIST, OUTCOMES, TRADE
from cairn.calibration.repeats.refits import refit_sets
from cairn.calibration.rolling import (
    mechanism_scores,
    rolling_benchmarks,
    rolling_figures,
    rolling_origins,
    rolling_runs,
)
from cairn.calibration.rolling.rolling_origins import AS_THEY_CAME, FORECASTS, FROZEN, MODEL
from cairn.calibration.validation import band_coverage, scores
from cairn.core.calendar import FIRST_YEAR
from cairn.core.geography import PAIR_NAMES
from cairn.events import Event
from cairn.events.outside import GrowthPath
from cairn.record.tables import read
from cairn.scenario.scenario import Scenario
from tests.looks import assert_readable

ORIGIN, MEMBERS = 2015, 12
KEYS = ("origin", "horizon", "place")
AT = ORIGIN - FIRST_YEAR


@pytest.fixture(scope="module", autouse=True)
def few_candidates():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rolling_benchmarks, "CANDIDATES", 60)
        yield


@pytest.fixture(scope="module")
def frozen():
    return rolling_runs.frozen_scenario(Scenario.load("baseline"), ORIGIN)


@pytest.fixture(scope="module")
def runs(frozen):
    return rolling_runs.run_yearly_trade([Scenario.load("baseline"), frozen], refit_sets(ORIGIN)[1], MEMBERS, 1, 2025)


@pytest.fixture(scope="module")
def rolling():
    return rolling_origins.compute_rolling_origins(MEMBERS, origins=(2004, 2015, 2018), horizons=(1, 3))


# --- givens ----------------------------------------------------------------------------------------------------------


def began(event: Event) -> dt.date:
    return getattr(event, "date", None) or event.start


def test_frozen_givens_have_no_later_event_and_keep_those_in_force(frozen):
    baseline = Scenario.load("baseline")
    cut = dt.date(ORIGIN + 1, 1, 1)
    assert all(began(event) < cut for event in frozen.events.values())
    kept = {name for name, event in baseline.events.items() if began(event) < cut}
    assert kept - set(frozen.events) == {name for name in kept if isinstance(baseline.events[name], GrowthPath)}
    visa = next(
        name for name, e in baseline.events.items() if e.type == "visa_regime" and e.end and e.end >= cut > e.start
    )
    assert frozen.events[visa].end is None and frozen.events[visa].pairs == baseline.events[visa].pairs
    for event in frozen.events.values():
        for path in getattr(event, "paths", ()):
            assert all(date < cut for date in getattr(event, path))


def test_frozen_givens_are_the_same_to_the_origin_and_stay_afterwards(runs):
    came, frozen = (run.givens for run in runs)
    assert came.restrictions.min() >= 0 and (came.restrictions[0] == 0).mean() > 0.8  # 1992: hardly any restriction
    assert np.allclose(came.restrictions[: AT + 1], frozen.restrictions[: AT + 1])
    assert np.allclose(frozen.restrictions[AT + 1 :], frozen.restrictions[-1])
    assert not np.allclose(came.restrictions[-1], frozen.restrictions[-1])
    assert np.allclose(runs[0].expected[:, :AT], runs[1].expected[:, :AT], atol=1e-3)
    assert np.allclose(came.incomes[:AT], frozen.incomes[:AT])
    growth = np.diff(np.log(frozen.incomes[AT + 1 :]), axis=0)
    assert np.allclose(growth, growth[0])
    before = np.log(came.incomes[AT] / came.incomes[AT - 5]) / 5
    assert np.allclose(growth[0], before, atol=0.06)


# --- nothing after the origin is used --------------------------------------------------------------------------------


def test_no_forecast_uses_the_record_after_its_origin(runs):
    record = rolling_origins.record_of_trade()
    wrong, earlier = record.copy(), record.copy()
    wrong[AT + 1 :] = 7.0
    earlier[AT - 3 : AT + 1] += 0.5
    right, misled, moved = (rolling_origins.forecasts(r, runs[1], ORIGIN, 1) for r in (record, wrong, earlier))
    for name in FORECASTS:
        assert np.array_equal(right[name][:, AT + 1 :], misled[name][:, AT + 1 :]), name
        assert not np.allclose(right[name][:, AT + 1], moved[name][:, AT + 1]), name


def test_origins_without_parameters_of_their_own_are_left_out(rolling):
    years = rolling.refits
    assert all(year <= origin for origin, year in years.items())
    assert set(rolling.without_refit) | set(years) == {2004, 2015, 2018}
    with pytest.raises(LookupError):
        rolling_origins.compute_rolling_origins(4, origins=(1994,))


# --- forecasts -------------------------------------------------------------------------------------------------------


def test_the_model_continues_from_its_last_error(runs):
    """The error of the forecast a year ahead is nearer to the last error than that of the run alone."""
    record = rolling_origins.record_of_trade()
    run = runs[0]
    both = np.isfinite(record[AT]) & np.isfinite(record[AT + 1])
    known = record.copy()
    known[AT + 1 :] = np.nan
    ahead = run.draws(known)[:, AT + 1].mean(0)
    plain = run.expected[:, AT + 1].mean(0)
    error = np.abs(ahead - record[AT + 1])[both].mean(), np.abs(plain - record[AT + 1])[both].mean()
    assert error[0] < error[1]
    assert np.array_equal(run.draws(known), run.draws(known))


def test_persistence_stays_and_drift_goes_on_with_growing_errors():
    known = np.full((30, len(PAIR_NAMES)), np.nan)
    random = np.random.default_rng(1)
    known[:20] = np.cumsum(0.1 + 0.2 * random.standard_normal((20, len(PAIR_NAMES))), axis=0)
    known[17:, 0] = np.nan
    known[2:, 1] = np.nan
    flat = rolling_benchmarks.persistence(known, None, 4000, 1)
    sloped = rolling_benchmarks.drift(known, None, 4000, 1)
    assert np.allclose(flat[:, 20:, 2:].mean(0), known[19, 2:], atol=0.05)
    steps = np.diff(known[:20], axis=0)[:, 2:]
    assert np.allclose(flat[:, 23, 2:].std(0), 2 * np.sqrt((steps**2).mean(0)), rtol=0.06)
    assert np.allclose(flat[:, 20, 0].std() / flat[:, 17, 0].std(), 2, rtol=0.06)  # last known three years earlier
    assert np.allclose(sloped[:, 25, 2:].mean(0), known[19, 2:] + 6 * steps.mean(0), atol=0.12)
    assert (sloped[:, 28].std(0) > flat[:, 28].std(0))[[0, *range(2, 10)]].mean() > 0.5
    assert np.isfinite(flat[:, 29]).all() and np.isnan(flat[:, 16, 0]).all()


def test_gravity_with_givens_finds_the_effect_of_a_restriction():
    random, years = np.random.default_rng(2), 30
    incomes = np.exp(np.cumsum(0.05 + 0.1 * random.standard_normal((years, 5)), axis=0))
    restrictions = np.zeros((years, len(PAIR_NAMES), 3))
    restrictions[10:, :5, 0] = 1
    restrictions[24:, :, 0] = 0
    givens = rolling_runs.Givens(incomes, restrictions)
    income = rolling_benchmarks._income_regressors(givens)[..., 0]
    truth = 0.6 * income - 1.2 * restrictions[..., 0] + 0.02 * random.standard_normal(income.shape)
    known = truth.copy()
    known[24:] = np.nan
    draws = {name: rolling_benchmarks.ROLLING_BENCHMARKS[name](known, givens, 50, 1) for name in list(FORECASTS)[-2:]}
    plain, given = (np.abs(d[:, 24:, :5].mean(0) - truth[24:, :5]).mean() for d in draws.values())
    assert given < 0.15 < plain


# --- scores ----------------------------------------------------------------------------------------------------------


def test_scores_are_those_of_another_implementation():
    oracle = pytest.importorskip("scoringrules")
    random = np.random.default_rng(3)
    draws, observed = random.standard_normal((50, 6)), random.standard_normal(6)
    crps = oracle.crps_ensemble(observed, draws.T, backend="numpy")
    assert np.allclose(scores.crps_of_draws(draws, observed), crps, rtol=1e-12)
    mean, spread = random.standard_normal(6), random.uniform(0.2, 2, 6)
    assert np.allclose(scores.crps_of_normal(mean, spread, observed), oracle.crps_normal(observed, mean, spread))
    energy = oracle.es_ensemble(observed, draws, backend="numpy")
    assert np.isclose(scores.energy_score(draws, observed), float(energy), rtol=1e-12)


def test_the_energy_score_of_one_quantity_is_the_crps_and_sees_correlation():
    random = np.random.default_rng(4)
    draws, observed = random.standard_normal((60, 1)), np.array([0.4])
    assert np.isclose(scores.energy_score(draws, observed), scores.crps_of_draws(draws, observed)[0])
    common = np.repeat(random.standard_normal((150, 1)), 5, 1)
    apart = random.standard_normal((150, 5))
    together = [np.repeat(random.standard_normal(), 5) for _ in range(100)]
    right, wrong = (np.mean([scores.energy_score(d, y) for y in together]) for d in (common, apart))
    assert right < wrong


def test_the_transform_of_correct_forecasts_is_uniform():
    random = np.random.default_rng(5)
    observed, draws = random.standard_normal(3000), random.standard_normal((99, 3000))
    counts = np.histogram(scores.pit(draws, observed), 10, (0, 1))[0]
    assert (np.abs(counts - 300) < 75).all()
    narrow = np.histogram(scores.pit(0.3 * draws, observed), 10, (0, 1))[0]
    assert narrow[0] > 600 < narrow[-1]


def test_the_interval_of_a_difference_is_wider_where_errors_are_shared():
    random = np.random.default_rng(6)
    pairs, years = (grid.ravel() for grid in np.meshgrid(np.arange(10), np.arange(2004, 2024)))
    alone = random.standard_normal(200)
    shared = np.repeat(random.standard_normal(20), 10)  # one error in each year for all pairs
    low, high = scores.block_interval(alone, pairs, years)
    assert low < alone.mean() < high
    assert np.ptp(scores.block_interval(shared, pairs, years)) > 1.8 * (high - low)
    assert scores.block_interval(alone, pairs, years) == (low, high)


def test_summaries_and_differences_follow_from_the_scores(rolling):
    assert set(rolling.pairs.forecast) == set(FORECASTS) == set(rolling_figures.ROLLING_MARKERS)
    counts = rolling.pairs.groupby(["givens", "forecast"]).size()
    assert counts.nunique() == 1 and len(counts) == 2 * len(FORECASTS)
    for givens in (AS_THEY_CAME, FROZEN):
        summary = rolling.summary(givens)
        assert list(summary.index) == list(FORECASTS) and np.isfinite(summary.to_numpy(float)).all()
        mean, low, high = rolling.difference("drift", givens)
        assert mean == pytest.approx(summary.crps[MODEL] - summary.crps["drift"]) and low <= mean <= high
    unaffected = rolling.pairs[rolling.pairs.forecast == "drift"].pivot(
        index=["origin", "horizon", "pair"], columns="givens", values="crps"
    )
    assert (unaffected[AS_THEY_CAME] == unaffected[FROZEN]).all()
    one = rolling.pairs.iloc[0]
    year = f"{one.year}"
    assert any(row["pair"] == one.pair and row["year"] == year for row in read("record_trade"))


def test_figures_of_rolling_origins_can_be_read(rolling):
    for figure in (rolling_figures.rolling_scores(rolling), rolling_figures.rolling_calibration(rolling)):
        assert_readable(figure)


# --- bands of the run ------------------------------------------------------------------------------------------------


def test_band_coverage_counts_held_back_records_inside_the_bands_of_a_run():
    record = rolling_origins.record_of_trade()
    centre = np.exp(np.where(np.isfinite(record), record, 0.0))
    factor = np.linspace(0.5, 1.5, 41)[:, None, None]
    time = pd.date_range("1992-01-01", periods=4 * len(record), freq="QS")
    quarters = np.repeat(factor * centre, 4, axis=1)
    coords = {"member": np.arange(41), "time": time, "pair": list(PAIR_NAMES)}
    dataset = xr.Dataset({"pair_trade_usd_bn": (("member", "time", "pair"), quarters)}, coords)
    dataset["trade_total_usd_bn"] = dataset.pair_trade_usd_bn.sum("pair") * 0 + 1e3
    found = band_coverage.run_band_coverage(dataset)
    rows = [row for row in read("record_trade") if 2016 <= int(row["year"]) <= 2025]
    assert (found.pair_years, found.pairs_50, found.pairs_90) == (len(rows), 1.0, 1.0)
    assert found.regional_years >= 4 and found.region_50 == found.region_90 == 0
    shifted = dataset.assign(pair_trade_usd_bn=dataset.pair_trade_usd_bn * 1.5)  # the record at the 17 % quantile
    assert (band_coverage.run_band_coverage(shifted).pairs_50, band_coverage.run_band_coverage(shifted).pairs_90) == (
        0,
        1,
    )


# --- mechanisms ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scored():
    """Scores with and without two mechanisms, of which one acts after the last origin's ten years alone."""
    late = dataclasses.replace(MECHANISM_LIST[0], name="late", switch="swaps_begin", off=2041.0, on={})
    return mechanism_scores.score_mechanisms([MECHANISM_LIST[0], late], MEMBERS, origins=(2003, 2015))


def test_scores_of_mechanisms_are_those_of_the_rolling_origins_and_use_the_same_random_numbers(scored, rolling):
    model = rolling.pairs[(rolling.pairs.forecast == MODEL) & (rolling.pairs.givens == AS_THEY_CAME)]
    both = model.merge(scored[scored.outcome == TRADE], left_on=["origin", "horizon", "pair"], right_on=list(KEYS))
    assert len(both) > 10 and np.array_equal(both.crps, both[mechanism_scores.SHIPPED])
    assert set(scored.outcome) == set(OUTCOMES)
    assert (scored.year > scored.origin).all() and (scored.horizon <= mechanism_scores.YEARS_AHEAD).all()
    before = scored.year + scored.horizon < 2018  # swaps begin then
    assert (scored.late[before] == scored.shipped[before]).all() and (scored.late != scored.shipped).any()
    assert (scored.trust_in_choices != scored.shipped).any()


def test_a_mechanism_can_be_supported_make_forecasts_worse_or_do_neither():
    random = np.random.default_rng(1)
    pairs, years = (grid.ravel() for grid in np.meshgrid([f"{k}" for k in range(10)], np.arange(2004, 2024)))
    shipped = 1 + random.random(200)
    table = pd.DataFrame({"outcome": TRADE, "place": pairs, "year": years, "origin": 2003, "horizon": years - 2003})
    table = pd.concat([table, table.assign(outcome="borders")], ignore_index=True)
    noise = 0.05 * random.standard_normal(400)
    table["shipped"] = np.tile(shipped, 2)
    trade = (table.outcome == TRADE).to_numpy()
    kinds = {  # what is added to the score without it
        "supported": 0.2 * trade,
        "worse with it": -0.2 * trade,
        "no clear difference": 0.0 * trade,
        "too small": 0.003 + 0.0 * trade,
        "mixed": np.where(trade, 0.2, -0.2),
    }
    mechanisms = [dataclasses.replace(MECHANISM_LIST[0], name=name) for name in kinds]
    for name, added in kinds.items():
        table[name] = table.shipped + added + (noise if name != "too small" else 0)
    found = {s.mechanism.name: s for s in mechanism_scores.support_of(table, mechanisms)}
    assert {name: s.verdict for name, s in found.items()} == {
        **{name: name for name in kinds},
        "too small": "no clear difference",
    }
    assert [s.supported for s in found.values()] == [True, False, False, False, False]
    assert [s.harmful for s in found.values()] == [False, True, False, False, False]
    assert found["too small"].differences[TRADE].low > 0
    difference = found["supported"].differences[TRADE]
    assert difference.low < difference.mean < difference.high
    own = (table.supported - table.shipped)[trade]
    assert (difference.low, difference.high) == pytest.approx(scores.block_interval(own.to_numpy(), pairs, years))
    off = [dataclasses.replace(m, on={"reciprocity": 0.8}) for m in mechanisms]  # the column is the run with it
    assert mechanism_scores.support_of(table, off)[0].harmful and mechanism_scores.support_of(table, off)[1].supported
    assert found["supported"].beyond(with_it=True) == [] and found["supported"].to_dict()["verdict"] == "supported"


def test_scores_of_mechanisms_are_written_and_read(scored, tmp_path):
    mechanism_scores.save_scores(scored, tmp_path / "scores.csv")
    again = mechanism_scores.read_scores(tmp_path / "scores.csv")
    assert list(again.columns) == list(scored.columns) and np.allclose(again.shipped, scored.shipped, rtol=1e-3)


def test_the_shipped_scores_of_mechanisms_are_those_of_the_shipped_refits():
    """Repeats one column at one origin."""
    shipped = mechanism_scores.read_scores()
    assert list(shipped.columns[len(mechanism_scores.ABOUT) :]) == ["shipped", *(m.name for m in MECHANISM_LIST)]
    assert set(shipped.origin) == set(rolling_origins.ORIGINS)
    again = mechanism_scores.score_mechanisms([], origins=(2015,))
    one = shipped[shipped.origin == 2015].reset_index(drop=True)
    assert one[list(mechanism_scores.ABOUT)].equals(again[list(mechanism_scores.ABOUT)])
    message = "run `run.py validate --ablations model/cairn/data/fitted/mechanism_scores.csv --out model`"
    assert np.allclose(one.shipped, again.shipped, rtol=1e-3, atol=1e-6), message
