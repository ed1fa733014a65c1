"""The method of calibration, on problems whose posterior is known."""

import numpy as np
import pytest

from cairn.calibration import esmda


def linear(seed=0, figures=8, parameters=3, noise=0.3):
    """Figures linear in the numbers, a record of them, its errors, and the exact posterior's mean and covariance."""
    random = np.random.default_rng(seed)
    slopes = random.standard_normal((figures, parameters))
    error = np.diag(random.uniform(0.2, 1.0, figures) ** 2)
    observed = slopes @ np.resize([1.0, -0.5, 0.3], parameters) + noise * random.standard_normal(figures)
    precision = np.linalg.inv(error + noise**2 * np.eye(figures))
    covariance = np.linalg.inv(np.eye(parameters) + slopes.T @ precision @ slopes)

    def simulate(sets, step):
        own = np.random.default_rng([seed, step]).standard_normal((len(sets), figures))
        return sets @ slopes.T + noise * own

    return simulate, observed, error, covariance @ slopes.T @ precision @ observed, covariance


def test_it_gives_the_exact_posterior_where_all_is_linear_and_normal():
    simulate, observed, error, mean, covariance = linear()
    found = esmda.fit(simulate, observed, error, count=20_000, dimensions=3, seed=1)
    assert found.weight == pytest.approx(1.0)
    spread = np.sqrt(np.diag(covariance))
    assert (np.abs(found.sets.mean(0) - mean) < 0.06 * spread).all()
    assert np.allclose(np.cov(found.sets.T), covariance, atol=0.05 * spread.max() ** 2)


def test_many_small_steps_and_the_noise_of_the_simulator_do_not_make_it_too_sure():
    simulate, observed, error, _, covariance = linear(noise=1.0)
    step = esmda.start(20_000, 3, 1)
    while not step.whole:
        step = esmda.adjusted(step, simulate(step.sets, step.number), observed, error, 1, largest=0.05)
    assert step.number >= 20
    assert np.allclose(np.var(step.sets, axis=0), np.diag(covariance), rtol=0.08)


def test_it_finds_a_number_that_acts_nonlinearly():
    """A rate seen through its exponential: the posterior of a grid, mean and spread."""
    error, truth = np.diag(np.full(6, 0.2**2)), 0.8
    times = np.linspace(0.5, 3, 6)
    observed = np.exp(-truth * times)

    def simulate(sets, step):
        return np.exp(-np.exp(0.5 * sets) * times)  # a positive rate

    grid = np.linspace(-4, 4, 4001)
    away = ((np.exp(-np.exp(0.5 * grid)[:, None] * times) - observed) ** 2).sum(1) / 0.2**2
    exact = np.exp(-(away + grid**2) / 2)
    exact /= exact.sum()
    mean = (grid * exact).sum()
    spread = np.sqrt(((grid - mean) ** 2 * exact).sum())
    found = esmda.fit(simulate, observed, error, count=10_000, dimensions=1, seed=2)
    assert found.sets.mean() == pytest.approx(mean, abs=0.25 * spread)
    assert found.sets.std() == pytest.approx(spread, rel=0.2)


def test_ranks_of_the_truth_are_level_over_many_records():
    ranks = []
    for record in range(200):
        random = np.random.default_rng([7, record])
        simulate, _, error, _, _ = linear()
        truth = random.standard_normal((1, 3))
        observed = simulate(truth, 999 + record)[0] + np.sqrt(np.diag(error)) * random.standard_normal(8)
        found = esmda.fit(simulate, observed, error, count=800, dimensions=3, seed=record)
        ranks.append((found.sets < truth).mean(0))
    held = (np.abs(np.array(ranks) - 0.5) < 0.45).mean()
    assert 0.86 < held < 0.94
    assert 0.44 < np.mean(ranks) < 0.56


def test_a_record_out_of_reach_gets_less_weight_and_wider_posteriors():
    simulate, observed, error, _, covariance = linear()
    far = observed + 4 * np.sqrt(np.diag(error))
    found = esmda.fit(simulate, far, error, count=4_000, dimensions=3, seed=1)
    assert found.weight < 0.7 and found.misfit > 1.5
    assert (found.sets.var(0) > np.diag(covariance)).all()


def test_what_the_record_does_not_speak_of_stays_as_it_was():
    simulate, observed, error, _, _ = linear()

    def of_three(sets, step):
        return simulate(sets[:, :3], step)

    found = esmda.fit(of_three, observed, error, count=8_000, dimensions=5, seed=3)
    assert np.allclose(found.sets[:, 3:].std(0), 1, atol=0.05) and np.allclose(found.sets[:, 3:].mean(0), 0, atol=0.05)


def test_carrying_on_gives_what_would_have_come():
    simulate, observed, error, _, _ = linear()
    steps = []
    whole = esmda.fit(simulate, observed, error, count=500, dimensions=3, seed=4, after=steps.append)
    assert len(steps) >= 3
    later = esmda.fit(simulate, observed, error, count=500, dimensions=3, seed=4, start_from=steps[1])
    assert np.array_equal(whole.sets, later.sets)


def test_a_fit_without_end_is_an_error():
    simulate, observed, error, _, _ = linear()
    with pytest.raises(RuntimeError, match="weight"):
        esmda.fit(simulate, observed, error, count=500, dimensions=3, seed=4, most_steps=1)


def test_regression_comes_nearer_than_plain_rejection_of_as_many_simulations():
    simulate, observed, error, _, _ = linear(figures=40, parameters=12)
    steps = []
    found = esmda.fit(simulate, observed, error, count=1_000, dimensions=12, seed=6, after=steps.append)
    ours = esmda.distance_of(simulate(found.sets, 99), observed, error)
    size = {"count": 1_000 * len(steps), "dimensions": 12, "kept": 100}
    chosen, figures = esmda.nearest(simulate, observed, error, seed=6, **size)
    assert chosen.shape == (100, 12) and ours < esmda.distance_of(figures, observed, error)
