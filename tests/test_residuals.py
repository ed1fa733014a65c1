"""Learning the residual process of trade, and the error covariance of trade targets that follows from it."""

import numpy as np
import pytest

from cairn.calibration import residuals
from cairn.calibration.residuals import CANDIDATES, LEARNT, SHARED, learn_residuals, process_of
from cairn.calibration.targets import FIT, Target, Targets
from cairn.core.geography import PAIR_NAMES
from cairn.core.parameters import FIELDS, Parameters
from cairn.rules import kalman

TRUE = dict.fromkeys((d.name for d in LEARNT), 0.0) | {
    "trade_residual_persistence": 0.7,
    "trade_residual_spread": 0.3,
    "trade_residual_early_excess": 2.0,
    "trade_residual_common_share": 0.3,
    "trade_record_error": 0.1,
    "trade_residual_spread_offset[KAZ-TKM]": 0.8,
}


PROCESS, SHAPE = process_of(np.array([[*TRUE.values()]])), (1, 32, len(PAIR_NAMES))


@pytest.fixture(scope="module")
def residual():
    """A draw of the process, (1, Y, P)."""
    random = np.random.default_rng(1)
    return kalman.free_residuals(PROCESS, random.standard_normal(SHAPE), random.standard_normal(SHAPE[:2]))


@pytest.fixture(scope="module")
def innovations(residual):
    """The innovations of that draw, without the excess of the first years, (Y - 1, P)."""
    steps = residual[0, 1:] - TRUE["trade_residual_persistence"] * residual[0, :-1]
    return steps / PROCESS.innovation_size(SHAPE[1])[0, 1:, None]


@pytest.fixture(scope="module")
def record(residual):
    """A synthetic record of residuals as seen by 12 members that miss its level by a little, with gaps."""
    random = np.random.default_rng(11)
    values = residual + TRUE["trade_record_error"] * random.standard_normal(SHAPE)
    values[:, ::7, ::3] = np.nan
    return values + 0.05 * random.standard_normal((12, 1, 1))


@pytest.fixture(scope="module")
def learnt(record):
    return learn_residuals(record, 0.0, seed=1)


def test_the_process_that_made_a_record_is_learnt_from_it(learnt, innovations):
    for row in learnt.summary()[: len(SHARED)]:
        low, _, high = row["posterior"]
        assert low - 0.05 <= TRUE[row["name"]] <= high + 0.05, row
        prior = row["prior"]
        assert prior == [FIELDS[row["name"]].metadata[edge] for edge in ("low", "high")]
        assert high - low < 0.5 * (prior[1] - prior[0]), row
    low, high = np.quantile(learnt.process.spread, (0.05, 0.95), axis=0)
    realised = innovations.std(0)
    assert ((low - 0.02 <= realised) & (realised <= high + 0.02)).all()
    offsets = {row["name"]: row["posterior"][1] for row in learnt.summary() if "[" in row["name"]}
    assert max(offsets, key=lambda name: offsets[name]) == "trade_residual_spread_offset[KAZ-TKM]"
    assert (learnt.effective_candidates > 20).all()


def test_learning_is_deterministic_and_depends_on_the_seed(record, learnt):
    again, other = learn_residuals(record, 0.0, seed=1), learn_residuals(record, 0.0, seed=2)
    assert np.array_equal(again.values, learnt.values) and not np.array_equal(other.values, learnt.values)
    assert np.allclose(other.log_evidence, learnt.log_evidence, atol=0.6)


def test_weights_correct_for_where_candidates_were_drawn(record):
    """With one round all candidates come from the prior; more rounds estimate the same evidence and means."""
    short = np.repeat(record[:1, :3], 200, 0)
    plain = learn_residuals(short, 0.0, seed=3, candidates=60_000, rounds=1)
    adapted = learn_residuals(short, 0.0, seed=4)
    assert plain.log_evidence[0] == pytest.approx(adapted.log_evidence[0], abs=0.5)
    assert adapted.effective_candidates[0] / CANDIDATES > 5 * plain.effective_candidates[0] / 60_000
    spread = plain.values.std(0)
    assert (np.abs(plain.values.mean(0) - adapted.values.mean(0)) < 0.5 * spread).all()


def test_a_record_without_values_teaches_nothing():
    learnt = learn_residuals(np.full((400, 5, len(PAIR_NAMES)), np.nan), 0.0, seed=5, rounds=1)
    for k, dimension in enumerate(LEARNT):
        low, high = (FIELDS[dimension.field].metadata[edge] for edge in ("low", "high"))
        assert abs(learnt.values[:, k].mean() - (low + high) / 2) < 0.1 * (high - low)
    assert np.allclose(learnt.log_evidence, 0)


def test_each_pair_has_a_spread_of_its_own():
    parameters = Parameters().replace(trade_residual_spread_offset={"KAZ-KGZ": np.log(2), "TKM-UZB": 0.0})
    process = residuals.process_of_members(parameters, 3)
    assert np.allclose(process.spread[:, PAIR_NAMES.index("KAZ-KGZ")], 2 * parameters.trade_residual_spread)
    assert np.allclose(process.spread[:, PAIR_NAMES.index("TKM-UZB")], parameters.trade_residual_spread)
    assert np.allclose(
        process.innovation_size(40)[:, [0, -1]], [1 + parameters.trade_residual_early_excess, 1], atol=1e-3
    )


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
    process, rho = residuals.process_of_members(p, 1), p.trade_residual_persistence
    near, far = (process.spread[0, PAIR_NAMES.index(pair)] for pair in ("KAZ-UZB", "KAZ-TKM"))
    in_2000, in_2003 = process.variance_ratio(12)[0, [8, 11]] / (1 - rho**2)
    assert error[0, 0] == pytest.approx(near**2 * in_2000 + 0.2**2)
    assert error[1, 1] == pytest.approx(near**2 * in_2003 + 0.2**2) and in_2003 < in_2000
    assert error[0, 1] == pytest.approx(near**2 * in_2000 * rho**3)
    assert error[0, 2] == pytest.approx(p.trade_residual_common_share * near * far * in_2000)
    assert error[1, 2] == pytest.approx(error[0, 2] * rho**3)
    assert (error[3, :3] == 0).all() and error[3, 3] == pytest.approx(0.2**2)


def test_the_error_of_regional_trade_is_that_of_its_pairs_by_their_shares():
    rows = [target("KAZ-UZB", 2000, 3.0), target("KAZ-KGZ", 2000, 1.0), target("region", 2000, 4.0, "trade_region")]
    error = Targets(rows).error_covariance() - 0.2**2 * np.eye(3)
    share = np.array([0.75, 0.25])
    assert error[2, 2] == pytest.approx(share @ error[:2, :2] @ share)
    assert np.allclose(error[2, :2], error[:2, :2] @ share)
