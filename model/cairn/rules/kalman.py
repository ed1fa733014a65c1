"""Residual of trade given its record: Kalman filter, likelihood, smoother and draws of a linear-Gaussian process.

What the structural equations leave unexplained of ln trade of pair p in year t is r_p(t), and the record shows it with
an error:

    y_p(t) = r_p(t) + sqrt(tau^2 + theta_p(t)^2) m_p(t)
    r_p(t) = rho r_p(t - 1) + g(t) sigma_p (sqrt(1 - c) e_p(t) + sqrt(c) e(t)),     g(t) = 1 + k exp(-t / T)

with e, e_p and m_p independent standard normals, t counted from the first year, and the first residual stationary with
g = 1.

========  ====================  ===========  ==============================================================
symbol    name                  shape        meaning
========  ====================  ===========  ==============================================================
y         record                (M, Y, P)    ln record minus ln structural trade; NaN where there is no record
r         residual              (M, Y, P)    residual of trade
rho       persistence           (M,)         share of a residual that remains after a year
sigma     spread                (M, P)       standard deviation of the yearly innovation, log
c         common_share          (M,)         share of the innovation's variance that all pairs share
k, T      early_excess,         (M,)         how much larger innovations are at first, and the years in which the excess
          early_years                        falls to 1/e
tau       record_error          (M,)         standard deviation of the error of the record, log
theta     figure_error          (Y, P)       known standard deviation of the error of each figure beyond that, log
m, V                            (M, Y, P),   mean and covariance of r given the record, to the same year or
                                ..., P, P)   to its end
========  ====================  ===========  ==============================================================

Members are the first axis here, not the last: matrices of the last two axes are what numpy's linear algebra takes.

Source
------
Durbin and Koopman 2012, Time Series Analysis by State Space Methods, chapters 4 and 7; draws by mean corrections,
Durbin and Koopman 2002.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

AT_ONCE = 32  # rows of parameters whose arrays fit a processor's cache


@dataclasses.dataclass(frozen=True, eq=False)
class ResidualProcess:
    """Parameters of the process, one row for each member.

    Parameters
    ----------
    persistence : (M,), below 1
    spread : (M, P), log
    common_share : (M,), 0..1
    record_error : (M,), log, above 0
    early_excess : (M,), 0 or more
    early_years : (M,), yr
    figure_error : log, (Y, P) or a number, the same for all members
    """

    persistence: np.ndarray
    spread: np.ndarray
    common_share: np.ndarray
    record_error: np.ndarray
    early_excess: np.ndarray
    early_years: np.ndarray
    figure_error: np.ndarray | float = 0.0

    def rows(self, rows: slice | np.ndarray) -> ResidualProcess:
        """The parameters of some members: a slice, or their positions."""
        return ResidualProcess(
            self.persistence[rows],
            self.spread[rows],
            self.common_share[rows],
            self.record_error[rows],
            self.early_excess[rows],
            self.early_years[rows],
            self.figure_error,
        )

    def error_variance(self, years: int) -> np.ndarray:
        """Variance of the error of each figure, (M, Y, P)."""
        shape = (years, self.spread.shape[1])
        return self.record_error[:, None, None] ** 2 + np.broadcast_to(self.figure_error, shape) ** 2

    @property
    def innovation_covariance(self) -> np.ndarray:
        """Covariance of the innovations of a year, (M, P, P)."""
        pairs, share = self.spread.shape[1], self.common_share[:, None, None]
        correlation = (1 - share) * np.eye(pairs) + share
        return self.spread[:, :, None] * correlation * self.spread[:, None, :]

    @property
    def stationary_covariance(self) -> np.ndarray:
        """Covariance of the residuals of the first year, and of late ones, when nothing is known, (M, P, P)."""
        return self.innovation_covariance / (1 - self.persistence**2)[:, None, None]

    def innovation_size(self, years: int) -> np.ndarray:
        """How many times as large as the later ones the innovations of each year are, (M, Y)."""
        return innovation_size(np.arange(years), self.early_excess[:, None], self.early_years[:, None])

    def variance_ratio(self, years: int) -> np.ndarray:
        """Variance of the residual of each year when nothing is known, in stationary variances, (M, Y)."""
        size, keep = self.innovation_size(years), self.persistence**2
        ratio = np.ones_like(size)
        for year in range(1, years):
            ratio[:, year] = keep * ratio[:, year - 1] + (1 - keep) * size[:, year] ** 2
        return ratio


def innovation_size(
    years: np.ndarray | float, early_excess: np.ndarray | float, early_years: np.ndarray | float
) -> np.ndarray:
    """g, how many times as large as the later ones innovations are so many years after the first year."""
    return 1 + early_excess * np.exp(-years / np.asarray(early_years))


@dataclasses.dataclass(frozen=True, eq=False)
class Totals:
    """Records of a sum of all pairs, to first order in their residuals: value = loading . r + error.

    Parameters
    ----------
    value : (M, Y), log, NaN where there is no record
    loading : (M, Y, P), share of each pair in the sum
    error : standard deviation of the error of the record, log
    """

    value: np.ndarray
    loading: np.ndarray
    error: float


@dataclasses.dataclass(frozen=True, eq=False)
class Filtered:
    """Residual of each year given the record to that year (filtered) or the year before (predicted).

    Parameters
    ----------
    mean, predicted_mean : (M, Y, P)
    covariance, predicted_covariance : (M, Y, P, P)
    log_likelihood : of the whole record, (M,)
    """

    mean: np.ndarray
    covariance: np.ndarray
    predicted_mean: np.ndarray
    predicted_covariance: np.ndarray
    log_likelihood: np.ndarray


def kalman_filter(record: np.ndarray, process: ResidualProcess, totals: Totals | None = None) -> Filtered:
    """Residuals given the record so far.

    Parameters
    ----------
    record : (M, Y, P), NaN where there is no record; the years without a record may differ between members
    process : parameters of the M members
    totals : records of sums
    """
    years = list(_filter_years(record[..., None], process, totals))
    stack = [np.stack([year[k] for year in years], axis=1) for k in range(4)]
    log_likelihood = np.sum([year[4] for year in years], axis=0)[:, 0]
    return Filtered(stack[0][..., 0], stack[1], stack[2][..., 0], stack[3], log_likelihood)


def log_likelihoods(records: np.ndarray, process: ResidualProcess) -> np.ndarray:
    """Log likelihood of each of S records under each of K rows of parameters.

    The records have the same years without a value, as those of members of one run do, so that the covariances are
    computed once for each row of parameters.

    Parameters
    ----------
    records : (S, Y, P)
    process : parameters, K rows

    Returns
    -------
    (K, S)

    Raises
    ------
    ValueError
        If the records differ in where they have values.
    """
    known = np.isfinite(records)
    if (known != known[:1]).any():
        raise ValueError("the records have values in different years; filter them one by one")
    series = np.moveaxis(records, 0, -1)[None]  # (1, Y, P, S)
    return np.concatenate(
        [
            np.sum([year[4] for year in _filter_years(series, process.rows(slice(start, start + AT_ONCE)))], axis=0)
            for start in range(0, len(process.spread), AT_ONCE)
        ]
    )


def _filter_years(
    record: np.ndarray, process: ResidualProcess, totals: Totals | None = None
) -> Iterator[tuple[np.ndarray, ...]]:
    """Filtered mean and covariance, predicted mean and covariance, and log likelihood of each year.

    Parameters
    ----------
    record : (M or 1, Y, P, S), S records of each row of parameters with values in the same years

    Yields
    ------
    (M, P, S), (M, P, P), (M, P, S), (M, P, P), (M, S)
    """
    rows, pairs = process.spread.shape
    persistence = process.persistence[:, None, None]
    innovation, error = process.innovation_covariance, process.error_variance(record.shape[1])
    variance = process.innovation_size(record.shape[1])[..., None, None] ** 2
    mean = np.zeros((rows, pairs, record.shape[-1]))
    covariance = process.stationary_covariance
    for year in range(record.shape[1]):
        if year:
            mean, covariance = persistence * mean, persistence**2 * covariance + variance[:, year] * innovation
        predicted, predicted_covariance = mean, covariance
        known = np.isfinite(record[:, year, :, 0]).astype(float)  # (M or 1, P)
        surprise = np.where(known[..., None] > 0, record[:, year] - mean, 0.0)
        # A pair without a record counts as one with a unit variance of its own and no surprise: it changes nothing.
        expected = known[:, :, None] * covariance * known[:, None, :]
        expected = expected + (known * error[:, year] + 1 - known)[:, :, None] * np.eye(pairs)
        towards = known[:, :, None] * covariance
        inverse = np.linalg.inv(expected)
        scaled = inverse @ surprise
        mean = mean + np.swapaxes(towards, 1, 2) @ scaled
        covariance = covariance - np.swapaxes(towards, 1, 2) @ inverse @ towards
        covariance = (covariance + np.swapaxes(covariance, 1, 2)) / 2
        size = np.linalg.slogdet(expected)[1] + known.sum(1) * np.log(2 * np.pi)
        log_likelihood = -0.5 * (size[:, None] + (surprise * scaled).sum(1))
        if totals is not None:
            mean, covariance, gained = _with_total(mean, covariance, totals, year)
            log_likelihood = log_likelihood + gained
        yield mean, covariance, predicted, predicted_covariance, log_likelihood


def _with_total(
    mean: np.ndarray, covariance: np.ndarray, totals: Totals, year: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and covariance with the record of a sum in a year, and its log likelihood, (M, P, 1), (M, P, P), (M, 1)."""
    value, loading = totals.value[:, year], totals.loading[:, year]
    known = np.isfinite(value)
    towards = (covariance @ loading[..., None])[..., 0]
    variance = (loading * towards).sum(1) + totals.error**2
    surprise = np.where(known, value - (loading * mean[..., 0]).sum(1), 0.0)
    gain = np.where(known[:, None], towards / variance[:, None], 0.0)
    log_likelihood = np.where(known, -0.5 * (np.log(2 * np.pi * variance) + surprise**2 / variance), 0.0)
    mean = mean + (gain * surprise[:, None])[..., None]
    return mean, covariance - gain[:, :, None] * towards[:, None, :], log_likelihood[:, None]


def smoother(filtered: Filtered, process: ResidualProcess) -> tuple[np.ndarray, np.ndarray]:
    """Residuals given the whole record, by the recursion of Rauch, Tung and Striebel.

        J = rho V(t|t) V(t+1|t)^-1,    m(t|Y) = m(t|t) + J (m(t+1|Y) - m(t+1|t)),    V likewise

    Parameters
    ----------
    filtered : result of `kalman_filter`
    process : the parameters that it was made with

    Returns
    -------
    mean, covariance
        (M, Y, P) and (M, Y, P, P).
    """
    mean, covariance = filtered.mean.copy(), filtered.covariance.copy()
    persistence = process.persistence[:, None, None]
    for year in reversed(range(mean.shape[1] - 1)):
        ahead = filtered.predicted_covariance[:, year + 1]
        back = np.swapaxes(np.linalg.solve(ahead, persistence * filtered.covariance[:, year]), 1, 2)
        step = (mean[:, year + 1] - filtered.predicted_mean[:, year + 1])[..., None]
        mean[:, year] += (back @ step)[..., 0]
        covariance[:, year] += back @ (covariance[:, year + 1] - ahead) @ np.swapaxes(back, 1, 2)
    return mean, covariance


def free_residuals(process: ResidualProcess, own: np.ndarray, common: np.ndarray) -> np.ndarray:
    """Residuals from given standard normals, without regard to any record.

    Parameters
    ----------
    process : parameters of the M members
    own : standard normals of each pair, (M, Y, P), e_p
    common : standard normals that all pairs share, (M, Y), e

    Returns
    -------
    (M, Y, P)
    """
    share = process.common_share[:, None, None]
    innovation = process.spread[:, None] * (np.sqrt(1 - share) * own + np.sqrt(share) * common[..., None])
    residual, persistence = np.empty_like(innovation), process.persistence[:, None]
    innovation[:, 1:] *= process.innovation_size(innovation.shape[1])[:, 1:, None]
    residual[:, 0] = innovation[:, 0] / np.sqrt(1 - persistence**2)
    for year in range(1, residual.shape[1]):
        residual[:, year] = persistence * residual[:, year - 1] + innovation[:, year]
    return residual


def conditional_residuals(
    record: np.ndarray,
    process: ResidualProcess,
    own: np.ndarray,
    common: np.ndarray,
    error: np.ndarray,
    totals: Totals | None = None,
    total_error: np.ndarray | None = None,
) -> np.ndarray:
    """A draw of the residuals given the record, one for each member.

    The free residuals of the same normals are corrected by what the record says about them. So the innovations of the
    years after the record are the given normals, and two scenarios with the same normals differ only by their records.
    In years without any record that follow the last one, this is a forecast.

    Parameters
    ----------
    record : (M, Y, P), NaN where there is no record
    process : parameters of the M members
    own, common : standard normals of the residual, (M, Y, P) and (M, Y)
    error : standard normals of the error of the record, (M, Y, P)
    totals, total_error : records of sums, and standard normals of their errors, (M, Y)

    Returns
    -------
    (M, Y, P)
    """
    free = free_residuals(process, own, common)
    synthetic = free + np.sqrt(process.error_variance(record.shape[1])) * error
    if totals is not None:
        drawn = (totals.loading * free).sum(-1) + totals.error * (0.0 if total_error is None else total_error)
        totals = dataclasses.replace(totals, value=totals.value - drawn)
    return free + smoother(kalman_filter(record - synthetic, process, totals), process)[0]
