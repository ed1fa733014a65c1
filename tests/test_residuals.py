"""Learning the residual process of trade, and the error covariance of trade targets that follows from it."""

import numpy as np
import pytest

from cairn.calibration import residuals
from cairn.calibration.residuals import LEARNT, learn_residuals, process_of
from cairn.calibration.targets import FIT, Target, Targets
from cairn.core.geography import PAIR_NAMES
from cairn.core.parameters import FIELDS, Parameters
from cairn.rules import kalman

TRUE = dict(zip((d.name for d in LEARNT), (0.7, 0.3, 0.7, 0.3, 0.1), strict=True))


@pytest.fixture(scope="module")
def record():
    """A synthetic record of residuals as seen by 12 members that miss its level by a little, with gaps."""
    random = np.random.default_rng(1)
    process = process_of({name: np.array([value]) for name, value in TRUE.items()})
    shape = (1, 32, len(PAIR_NAMES))
    residual = kalman.free_residuals(process, random.standard_normal(shape), random.standard_normal(shape[:2]))
    values = residual + TRUE["trade_record_error"] * random.standard_normal(shape)
    values[:, ::7, ::3] = np.nan
    return values + 0.05 * random.standard_normal((12, 1, 1))


@pytest.fixture(scope="module")
def learnt(record):
    return learn_residuals(record, 0.0, seed=1)


def test_the_process_that_made_a_record_is_learnt_from_it(learnt):
    for row in learnt.summary():
        low, _, high = row["posterior"]
        assert low - 0.05 <= TRUE[row["name"]] <= high + 0.05, row
        prior = row["prior"]
        assert prior == [FIELDS[row["name"]].metadata[edge] for edge in ("low", "high")]
        assert high - low < 0.5 * (prior[1] - prior[0]), row
    assert learnt.values[:, 1].mean() < learnt.values[:, 2].mean()
    assert (learnt.effective_candidates > 20).all()


def test_learning_is_deterministic_and_depends_on_the_seed(record, learnt):
    again, other = learn_residuals(record, 0.0, seed=1), learn_residuals(record, 0.0, seed=2)
    assert np.array_equal(again.values, learnt.values) and not np.array_equal(other.values, learnt.values)
    assert np.allclose(other.log_evidence, learnt.log_evidence, atol=0.6)


def test_weights_correct_for_where_candidates_were_drawn(record):
    """With one round all candidates come from the prior; more rounds estimate the same evidence and means."""
    short = np.repeat(record[:1, :5], 200, 0)
    plain = learn_residuals(short, 0.0, seed=3, candidates=8000, rounds=1)
    adapted = learn_residuals(short, 0.0, seed=4)
    assert plain.log_evidence[0] == pytest.approx(adapted.log_evidence[0], abs=0.15)
    assert adapted.effective_candidates[0] / 1000 > 5 * plain.effective_candidates[0] / 8000
    spread = plain.values.std(0)
    assert (np.abs(plain.values.mean(0) - adapted.values.mean(0)) < 0.3 * spread).all()


def test_a_record_without_values_teaches_nothing():
    learnt = learn_residuals(np.full((400, 5, len(PAIR_NAMES)), np.nan), 0.0, seed=5, rounds=1)
    for k, dimension in enumerate(LEARNT):
        low, high = (FIELDS[dimension.name].metadata[edge] for edge in ("low", "high"))
        assert abs(learnt.values[:, k].mean() - (low + high) / 2) < 0.1 * (high - low)
    assert np.allclose(learnt.log_evidence, 0)


def test_spreads_of_pairs_with_the_distant_state_are_their_own():
    process = residuals.process_of_members(Parameters(), 3)
    far = np.array(["TKM" in name for name in PAIR_NAMES])
    assert (process.spread[:, far] == Parameters().trade_residual_spread_distant).all()
    assert (process.spread[:, ~far] == Parameters().trade_residual_spread).all()


def test_residuals_stand_at_the_year_and_pair_of_their_target():
    rows = [target("KAZ-UZB", 1995, 2.0), target("TKM-UZB", 1993, 1.0), target("KAZ", 1994, 1.0, "visitors")]
    found, _ = residuals.residuals_from_targets(Targets(rows), np.array([[0.5, 0.25, 9.0], [0.0, 0.0, 9.0]]))
    assert found.shape == (2, 4, 10) and np.isfinite(found).sum() == 4
    assert found[0, 3, PAIR_NAMES.index("KAZ-UZB")] == pytest.approx(np.log(2) - 0.5)
    assert found[0, 1, PAIR_NAMES.index("TKM-UZB")] == -0.25


# --- the error covariance of targets ---------------------------------------------------------------------------------


def target(place, year, value=1.0, indicator="trade", tolerance=0.2):
    return Target(indicator, place, year, year, value, tolerance, "log", FIT, "A", "made up")


def test_errors_of_trade_have_the_covariance_of_the_residual_process():
    rows = [target("KAZ-UZB", 2000), target("KAZ-UZB", 2003), target("KAZ-TKM", 2000), target("KAZ", 2000, 1.0, "x")]
    error, p = Targets(rows).error_covariance(), Parameters()
    near, far, rho = p.trade_residual_spread, p.trade_residual_spread_distant, p.trade_residual_persistence
    stationary = near**2 / (1 - rho**2)
    assert error[0, 0] == pytest.approx(stationary + 0.2**2)
    assert error[0, 1] == pytest.approx(stationary * rho**3)
    assert error[0, 2] == pytest.approx(p.trade_residual_common_share * near * far / (1 - rho**2))
    assert error[1, 2] == pytest.approx(error[0, 2] * rho**3)
    assert (error[3, :3] == 0).all() and error[3, 3] == pytest.approx(0.2**2)


def test_the_error_of_regional_trade_is_that_of_its_pairs_by_their_shares():
    rows = [target("KAZ-UZB", 2000, 3.0), target("KAZ-KGZ", 2000, 1.0), target("region", 2000, 4.0, "trade_region")]
    error = Targets(rows).error_covariance() - 0.2**2 * np.eye(3)
    share = np.array([0.75, 0.25])
    assert error[2, 2] == pytest.approx(share @ error[:2, :2] @ share)
    assert np.allclose(error[2, :2], error[:2, :2] @ share)
