"""Temperature scaling, which calibrates the probabilities of a classifier with a single number.

Log-probabilities are natural logarithms. Dividing them by a temperature and normalising again is the same as dividing
the logits, since the two differ by a constant per segment.

A temperature that is fitted to a few dozen tracks by likelihood alone follows single tracks: one that is named wrongly
with much confidence drives it up, and where all are named right it falls without end. So the estimate is a maximum a
posteriori one, with a prior around 1, where the probabilities stay as they are, and it is bounded.

The likelihood of tracks is computed at a few temperatures, evenly spaced in their logarithm, and interpolated. So it is
computed once, and a temperature can be fitted to many subsets of the tracks.

Reference: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, section 4.2.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.special import log_softmax, logsumexp

from real_cloned.parameters.probe import CalibrationParameters

N_GRID = 33
"""Temperatures at which likelihoods are computed."""
N_CANDIDATES = 2001
"""Temperatures between which the estimate is chosen, by interpolated likelihoods."""
MIN_PROBABILITY = 1e-300
"""Added to probabilities so that their logarithm is finite."""


@dataclass(frozen=True)
class Temperature:
    """A fitted temperature.

    Attributes:
        value: Divisor of the logits, above 0; above 1 where the probabilities were overconfident.
        is_at_bound: Whether it is one of the bounds, so that the tracks ask for a still lower or higher one.
    """

    value: float
    is_at_bound: bool


def temperature_grid(parameters: CalibrationParameters) -> NDArray[np.float64]:
    """Return the temperatures at which likelihoods are computed, from bound to bound. Shape: (N_GRID,).

    Args:
        parameters: Of the calibration.
    """
    return np.geomspace(*parameters.temperature_range, N_GRID)


def track_log_likelihoods(
    log_probs: NDArray[np.floating],
    is_true: NDArray[np.bool_],
    segments_per_track: NDArray[np.int64],
    temperatures: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the log-likelihood of the true singers of each track at each temperature.

    The probability of a track is the mean over its segments, as in a track's confidence. Fitted to single segments,
    which are less accurate than their vote, a temperature would make tracks underconfident.

    Args:
        log_probs: Log-probabilities of segments, the segments of a track side by side. Shape: (n_segments, n_classes).
        is_true: The classes of which each is a true answer: several for a duet. Shape: (n_tracks, n_classes).
        segments_per_track: Number of segments of each track, in the order of the tracks. Shape: (n_tracks,).
        temperatures: Divisors of the logits. Shape: (n_temperatures,).

    Returns:
        Shape: (n_tracks, n_temperatures).
    """
    track_of = np.repeat(np.arange(len(segments_per_track)), segments_per_track)  # (n_segments,)
    segments, classes = np.nonzero(is_true[track_of])
    true = log_probs[segments, classes].astype(np.float64)  # a value per pair of a segment and a true class
    columns = []
    for temperature in temperatures:
        norms = logsumexp(log_probs / log_probs.dtype.type(temperature), axis=1)  # (n_segments,)
        probs = np.exp(true / temperature - norms[segments])
        sums = np.bincount(track_of[segments], probs, minlength=len(segments_per_track))  # (n_tracks,)
        columns.append(np.log(sums / segments_per_track + MIN_PROBABILITY))
    return np.stack(columns, axis=1)


def fit_temperature(
    log_likelihoods: NDArray[np.float64], n_tracks: int, parameters: CalibrationParameters
) -> Temperature:
    """Return the temperature of greatest posterior density; 1 if there are no tracks.

    Several runs test the same tracks, which then have a row for each run. Rows of one track are not independent, so the
    likelihood is the mean over all rows times the number of distinct tracks. The prior of the temperature is log-normal
    with the median 1.

    Args:
        log_likelihoods: From `track_log_likelihoods` at the temperatures of `temperature_grid`, of tracks that no
            weight was fitted to. Shape: (n_rows, N_GRID).
        n_tracks: Number of distinct tracks among the rows.
        parameters: Deviation of the prior, and bounds.

    Example:
        >>> import numpy as np
        >>> parameters = CalibrationParameters(prior_deviation=0.35, temperature_range=(0.25, 4.0))
        >>> probs = np.array([[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.1, 0.9]])
        >>> is_true = np.eye(2, dtype=bool)[[0, 0, 1, 1]]  # three of four segments are right, at a confidence of 0.9
        >>> grid = temperature_grid(parameters)
        >>> rows = track_log_likelihoods(np.log(probs), is_true, np.ones(4, np.int64), grid)
        >>> [round(fit_temperature(rows, n_tracks, parameters).value, 2) for n_tracks in (4, 40, 4_000_000)]
        [1.13, 1.52, 2.0]
        >>> np.exp(apply_temperature(np.log(probs), 2.0)).round(2)[0]
        array([0.75, 0.25])
    """
    grid = np.log(temperature_grid(parameters))
    candidates = np.linspace(grid[0], grid[-1], N_CANDIDATES)
    log_likelihood = log_likelihoods.sum(axis=0) * (n_tracks / max(1, len(log_likelihoods)))  # (N_GRID,)
    log_prior = -0.5 * (candidates / parameters.prior_deviation) ** 2  # (N_CANDIDATES,)
    best = int(np.argmax(CubicSpline(grid, log_likelihood)(candidates) + log_prior))
    return Temperature(float(np.exp(candidates[best])), best in (0, N_CANDIDATES - 1))


def apply_temperature(log_probs: NDArray[np.floating], temperature: float) -> NDArray[np.floating]:
    """Return the log-probabilities after the logits were divided by the temperature, of the same shape.

    Args:
        log_probs: Log-probabilities. Shape: (n_segments, n_classes).
        temperature: Divisor of the logits, above 0.
    """
    return np.asarray(log_softmax(log_probs / temperature, axis=1))
