"""The method of calibration, ES-MDA, on problems whose posterior is known."""

import numpy as np
import pytest

from cairn.calibration import esmda


def linear(seed=0, values=8, parameters=3, noise=0.3):
    """A linear simulator, observations, their errors, and mean and covariance of the exact posterior."""
    random = np.random.default_rng(seed)
    slopes = random.standard_normal((values, parameters))
    error = np.diag(random.uniform(0.2, 1.0, values) ** 2)
    observed = slopes @ np.resize([1.0, -0.5, 0.3], parameters) + noise * random.standard_normal(values)
    precision = np.linalg.inv(error + noise**2 * np.eye(values))
    covariance = np.linalg.inv(np.eye(parameters) + slopes.T @ precision @ slopes)

    def simulate(z, step):
        random = np.random.default_rng([seed, step]).standard_normal((len(z), values))
        return z @ slopes.T + noise * random

    return simulate, observed, error, covariance @ slopes.T @ precision @ observed, covariance


def test_it_gives_the_exact_posterior_of_a_linear_problem_with_normal_errors():
    simulate, observed, error, mean, covariance = linear()
    result = esmda.assimilate(simulate, observed, error, count=20_000, dimensions=3, seed=1)
    assert result.weight == pytest.approx(1.0)
    spread = np.sqrt(np.diag(covariance))
    assert (np.abs(result.z.mean(0) - mean) < 0.06 * spread).all()
    assert np.allclose(np.cov(result.z.T), covariance, atol=0.05 * spread.max() ** 2)


def test_many_small_steps_and_simulator_noise_do_not_narrow_the_posterior():
    simulate, observed, error, _, covariance = linear(noise=1.0)
    step = esmda.draw_prior(20_000, 3, 1)
    while not step.complete:
        step = esmda.update(step, simulate(step.z, step.number), observed, error, 1, largest=0.05)
    assert step.number >= 20
    assert np.allclose(np.var(step.z, axis=0), np.diag(covariance), rtol=0.08)


def test_it_recovers_a_parameter_with_a_nonlinear_effect():
    """A rate observed through its exponential: mean and spread of a posterior computed on a grid."""
    error, truth = np.diag(np.full(6, 0.2**2)), 0.8
    times = np.linspace(0.5, 3, 6)
    observed = np.exp(-truth * times)

    def simulate(z, step):
        return np.exp(-np.exp(0.5 * z) * times)  # a positive rate

    grid = np.linspace(-4, 4, 4001)
    away = ((np.exp(-np.exp(0.5 * grid)[:, None] * times) - observed) ** 2).sum(1) / 0.2**2
    exact = np.exp(-(away + grid**2) / 2)
    exact /= exact.sum()
    mean = (grid * exact).sum()
    spread = np.sqrt(((grid - mean) ** 2 * exact).sum())
    result = esmda.assimilate(simulate, observed, error, count=10_000, dimensions=1, seed=2)
    assert result.z.mean() == pytest.approx(mean, abs=0.25 * spread)
    assert result.z.std() == pytest.approx(spread, rel=0.2)


def test_ranks_of_the_true_parameters_are_uniform_over_many_repetitions():
    ranks = []
    for record in range(200):
        random = np.random.default_rng([7, record])
        simulate, _, error, _, _ = linear()
        truth = random.standard_normal((1, 3))
        observed = simulate(truth, 999 + record)[0] + np.sqrt(np.diag(error)) * random.standard_normal(8)
        result = esmda.assimilate(simulate, observed, error, count=800, dimensions=3, seed=record)
        ranks.append((result.z < truth).mean(0))
    coverage = (np.abs(np.array(ranks) - 0.5) < 0.45).mean()
    assert 0.86 < coverage < 0.94
    assert 0.44 < np.mean(ranks) < 0.56


def test_observations_that_cannot_be_fitted_get_less_weight_and_a_wider_posterior():
    simulate, observed, error, _, covariance = linear()
    far = observed + 4 * np.sqrt(np.diag(error))
    result = esmda.assimilate(simulate, far, error, count=4_000, dimensions=3, seed=1)
    assert result.weight < 0.7 and result.misfit > 1.5
    assert (result.z.var(0) > np.diag(covariance)).all()


def test_a_parameter_without_effect_keeps_its_prior():
    simulate, observed, error, _, _ = linear()

    def of_three(z, step):
        return simulate(z[:, :3], step)

    result = esmda.assimilate(of_three, observed, error, count=8_000, dimensions=5, seed=3)
    assert np.allclose(result.z[:, 3:].std(0), 1, atol=0.05) and np.allclose(result.z[:, 3:].mean(0), 0, atol=0.05)


def test_continuing_from_a_step_gives_the_result_of_an_uninterrupted_run():
    simulate, observed, error, _, _ = linear()
    steps = []
    whole = esmda.assimilate(simulate, observed, error, count=500, dimensions=3, seed=4, after_step=steps.append)
    assert len(steps) >= 3
    later = esmda.assimilate(simulate, observed, error, count=500, dimensions=3, seed=4, start_from=steps[1])
    assert np.array_equal(whole.z, later.z)


def test_too_few_steps_are_an_error():
    simulate, observed, error, _, _ = linear()
    with pytest.raises(RuntimeError, match="weight"):
        esmda.assimilate(simulate, observed, error, count=500, dimensions=3, seed=4, max_steps=1)


def test_it_comes_nearer_than_rejection_sampling_with_as_many_simulations():
    simulate, observed, error, _, _ = linear(values=40, parameters=12)
    steps = []
    result = esmda.assimilate(simulate, observed, error, count=1_000, dimensions=12, seed=6, after_step=steps.append)
    ours = esmda.mean_distance(simulate(result.z, 99), observed, error)
    size = {"count": 1_000 * len(steps), "dimensions": 12, "kept": 100}
    chosen, simulated = esmda.rejection_sampling(simulate, observed, error, seed=6, **size)
    assert chosen.shape == (100, 12) and ours < esmda.mean_distance(simulated, observed, error)
