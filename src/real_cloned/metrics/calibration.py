"""Temperature scaling, which calibrates the probabilities of a classifier with a single number per run.

Log-probabilities are natural logarithms. Dividing them by a temperature and normalising again is the same as dividing
the logits, since the two differ by a constant per segment.

Reference: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, section 4.2.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

MAX_TEMPERATURE = 100.0
"""Upper bound of the search; the lower bound is its inverse."""
MIN_PROBABILITY = 1e-300
"""Added to probabilities so that their logarithm is finite."""


def fit_temperature(
    log_probs: NDArray[np.floating], labels: NDArray[np.int64], segments_per_track: NDArray[np.int64]
) -> float:
    """Return the temperature that minimises the negative log-likelihood of the tracks' singers.

    The probability of a track is the mean over its segments, as in a track's confidence. Fitted to single segments,
    which are less accurate than their vote, the temperature would make tracks underconfident.

    Args:
        log_probs: Log-probabilities of segments that no weight was fitted to, the segments of a track side by side.
            Shape: (n_segments, n_classes).
        labels: True class of each segment. Shape: (n_segments,).
        segments_per_track: Number of segments of each track, in the order of the tracks. Shape: (n_tracks,).

    Returns:
        The temperature, above 0; above 1 where the probabilities were overconfident.

    Example:
        >>> import numpy as np
        >>> probs = np.array([[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.1, 0.9]])
        >>> labels = np.array([0, 0, 1, 1])  # three of four segments are right, at a confidence of 0.9
        >>> temperature = fit_temperature(np.log(probs), labels, np.ones(4, np.int64))
        >>> round(temperature, 3)
        2.0
        >>> np.exp(apply_temperature(np.log(probs), temperature)).round(2)[0]
        array([0.75, 0.25])
    """
    rows, exact = np.arange(len(labels)), log_probs.astype(np.float64)
    starts = np.cumsum(segments_per_track) - segments_per_track  # (n_tracks,)

    def negative_log_likelihood(log_temperature: float) -> float:
        true_probs = np.exp(apply_temperature(exact, np.exp(log_temperature))[rows, labels])  # (n_segments,)
        track_probs = np.add.reduceat(true_probs, starts) / segments_per_track  # (n_tracks,)
        return float(-np.log(track_probs + MIN_PROBABILITY).mean())

    bounds = (-np.log(MAX_TEMPERATURE), np.log(MAX_TEMPERATURE))
    result = minimize_scalar(negative_log_likelihood, bounds=bounds, method="bounded", options={"xatol": 1e-4})
    return float(np.exp(result.x))


def apply_temperature(log_probs: NDArray[np.floating], temperature: float) -> NDArray[np.floating]:
    """Return the log-probabilities after the logits were divided by the temperature, of the same shape.

    Args:
        log_probs: Log-probabilities. Shape: (n_segments, n_classes).
        temperature: Divisor of the logits, above 0.
    """
    return np.asarray(log_softmax(log_probs / temperature, axis=1))
