"""The residual process of trade: filter, likelihood, smoother and draws, against statsmodels and in limiting cases."""

import dataclasses

import numpy as np
import pytest

from cairn.rules import kalman

MEMBERS, YEARS, PAIRS = 5, 12, 4


def process_of(members: int = MEMBERS, seed: int = 1) -> kalman.ResidualProcess:
    random = np.random.default_rng(seed)
    low_high = (0.3, 0.95), (0.1, 0.8), (0.05, 0.7), (0.05, 0.4), (0.0, 2.0), (1.0, 8.0)
    sizes = (members,), (members, PAIRS), (members,), (members,), (members,), (members,)
    return kalman.ResidualProcess(
        *(random.uniform(*limits, size) for limits, size in zip(low_high, sizes, strict=True))
    )


@pytest.fixture(scope="module")
def process():
    return process_of()


@pytest.fixture(scope="module")
def record():
    """Records with gaps that differ between members, a year without any value, and no values at the end."""
    random = np.random.default_rng(2)
    values = random.standard_normal((MEMBERS, YEARS, PAIRS))
    values[random.uniform(size=values.shape) < 0.3] = np.nan
    values[:, 4] = np.nan
    values[:, -2:] = np.nan
    return values


def of_member(process: kalman.ResidualProcess, m: int) -> kalman.ResidualProcess:
    return process.rows(slice(m, m + 1))


def test_filter_likelihood_and_smoother_are_those_of_statsmodels(process, record):
    from statsmodels.tsa.statespace.kalman_smoother import KalmanSmoother

    filtered = kalman.kalman_filter(record, process)
    mean, covariance = kalman.smoother(filtered, process)
    for m in range(MEMBERS):
        reference = KalmanSmoother(k_endog=PAIRS, k_states=PAIRS)
        reference.bind(np.ascontiguousarray(record[m]))
        reference["design"] = reference["selection"] = np.eye(PAIRS)
        reference["transition"] = process.persistence[m] * np.eye(PAIRS)
        size = np.append(process.innovation_size(YEARS)[m, 1:], 1.0)  # of the step to the next year
        reference["state_cov"] = process.innovation_covariance[m][..., None] * size**2
        reference["obs_cov"] = process.record_error[m] ** 2 * np.eye(PAIRS)
        reference.initialize_known(np.zeros(PAIRS), process.stationary_covariance[m])
        result = reference.smooth()
        assert np.isclose(filtered.log_likelihood[m], result.llf, atol=1e-8, rtol=0)
        assert np.allclose(filtered.mean[m].T, result.filtered_state, atol=1e-8, rtol=0)
        assert np.allclose(np.moveaxis(filtered.covariance[m], 0, -1), result.filtered_state_cov, atol=1e-8, rtol=0)
        assert np.allclose(mean[m].T, result.smoothed_state, atol=1e-8, rtol=0)
        assert np.allclose(np.moveaxis(covariance[m], 0, -1), result.smoothed_state_cov, atol=1e-8, rtol=0)


def test_a_member_is_treated_as_it_is_alone(process, record):
    normals = [np.random.default_rng(k).standard_normal(record.shape) for k in range(3)]
    together = kalman.conditional_residuals(record, process, normals[0], normals[1][..., 0], normals[2])
    for m in range(MEMBERS):
        own, common, error = (values[[m]] for values in (normals[0], normals[1][..., 0], normals[2]))
        alone = kalman.conditional_residuals(record[[m]], of_member(process, m), own, common, error)
        assert np.array_equal(alone[0], together[m])


def test_the_likelihood_of_many_records_is_that_of_each(process):
    records = np.random.default_rng(3).standard_normal((7, YEARS, PAIRS))
    records[:, 3:5, 1:] = np.nan
    many = kalman.log_likelihoods(records, process)
    assert many.shape == (MEMBERS, 7)
    for s in range(7):
        one = kalman.kalman_filter(np.broadcast_to(records[s], (MEMBERS, YEARS, PAIRS)), process).log_likelihood
        assert np.allclose(many[:, s], one, rtol=1e-12)
    records[2, 0, 0] = np.nan
    with pytest.raises(ValueError, match="different years"):
        kalman.log_likelihoods(records, process)


def test_the_likelihood_is_the_density_of_the_whole_record_at_once(process):
    """The covariance of all years and pairs, written down at once."""
    ratio = process.variance_ratio(YEARS)
    record = np.random.default_rng(4).standard_normal((MEMBERS, YEARS, PAIRS))
    between = np.abs(np.subtract.outer(np.arange(YEARS), np.arange(YEARS)))
    found = kalman.kalman_filter(record, process).log_likelihood
    for m in range(MEMBERS):
        earlier = ratio[m, np.minimum.outer(np.arange(YEARS), np.arange(YEARS))]
        whole = np.kron(earlier * process.persistence[m] ** between, process.stationary_covariance[m])
        whole += process.record_error[m] ** 2 * np.eye(len(whole))
        flat = record[m].ravel()
        quadratic, size = flat @ np.linalg.solve(whole, flat), np.linalg.slogdet(whole)[1]
        assert np.isclose(found[m], -0.5 * (quadratic + size + len(flat) * np.log(2 * np.pi)))


def test_a_pair_without_any_record_learns_only_from_the_common_factor(process, record):
    without = record.copy()
    without[:, :, 0] = np.nan
    mean = kalman.kalman_filter(without, process).mean
    assert (mean[:, :, 0] != 0).any()
    independent = dataclasses.replace(process, common_share=np.zeros(MEMBERS))
    filtered = kalman.kalman_filter(without, independent)
    assert np.allclose(filtered.mean[:, :, 0], 0, atol=1e-14)
    alone = independent.stationary_covariance[:, None, 0, 0] * independent.variance_ratio(YEARS)
    assert np.allclose(filtered.covariance[:, :, 0, 0], alone)


def test_an_exact_record_is_the_residual():
    process = dataclasses.replace(process_of(), record_error=np.full(MEMBERS, 1e-6))
    record = np.random.default_rng(5).standard_normal((MEMBERS, YEARS, PAIRS))
    normals = np.random.default_rng(6).standard_normal((3, MEMBERS, YEARS, PAIRS))
    drawn = kalman.conditional_residuals(record, process, normals[0], normals[1, ..., 0], normals[2])
    assert np.allclose(drawn, record, atol=1e-4)


def test_draws_have_the_smoothed_mean_and_covariance():
    count, one = 20_000, of_member(process_of(), 0)
    record = np.random.default_rng(7).standard_normal((1, YEARS, PAIRS))
    record[:, [2, 5, 6, 10, 11]] = np.nan
    many = one.rows(np.zeros(count, dtype=int))
    random = np.random.default_rng(8)
    own, error = random.standard_normal((2, count, YEARS, PAIRS))
    common = random.standard_normal((count, YEARS))
    drawn = kalman.conditional_residuals(np.repeat(record, count, 0), many, own, common, error)
    mean, covariance = kalman.smoother(kalman.kalman_filter(record, one), one)
    assert np.allclose(drawn.mean(0), mean[0], atol=0.03)
    for year in (0, 5, 11):
        assert np.allclose(np.cov(drawn[:, year].T), covariance[0, year], atol=0.03)


def test_innovations_after_the_record_are_the_given_ones(process, record):
    random = np.random.default_rng(9)
    own, error, other = random.standard_normal((3, *record.shape))
    common = random.standard_normal(record.shape[:2])
    free = kalman.free_residuals(process, own, common)
    innovation = free[:, -1] - process.persistence[:, None] * free[:, -2]
    for given in (record, record + 1):
        drawn = kalman.conditional_residuals(given, process, own, common, error)
        assert np.allclose(drawn[:, -1] - process.persistence[:, None] * drawn[:, -2], innovation)
    assert not np.allclose(kalman.free_residuals(process, other, common), free)


def test_free_residuals_have_the_stated_covariance_in_each_year():
    count = 20_000
    one = of_member(process_of(seed=3), 0)
    many = one.rows(np.zeros(count, dtype=int))
    random = np.random.default_rng(10)
    free = kalman.free_residuals(many, random.standard_normal((count, 4, PAIRS)), random.standard_normal((count, 4)))
    for year in (0, 3):
        expected = one.stationary_covariance[0] * one.variance_ratio(4)[0, year]
        assert np.allclose(np.cov(free[:, year].T), expected, atol=0.03 * one.variance_ratio(4)[0, year])
