"""Temperature scaling: one number per run that makes its probabilities mean what they say (Guo et al., ICML 2017)."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

LARGEST = 100.0
"""Temperatures are looked for between this and its inverse."""
TINY = 1e-300
"""No probability is taken to be smaller, so that its logarithm is a number."""


def fit_temperature(
    log_probability: NDArray[np.floating], labels: NDArray[np.int64], per_track: NDArray[np.int64]
) -> float:
    """Return the temperature with the least negative log-likelihood of the tracks' singers, above 0.

    log_probability : (n_segments, n_classes) natural logarithms, of segments that no weight was fitted to, in
        the order of their tracks
    labels : (n_segments,) true classes; per_track : (n_tracks,) how many segments each has

    A track's probability of a class is the mean of its segments', as in a track's confidence. Fitted to single
    segments, whose answers are less often right than their votes together, it would make tracks too modest.
    """
    rows, exact = np.arange(len(labels)), log_probability.astype(np.float64)
    starts = np.cumsum(per_track) - per_track

    def loss(log_temperature: float) -> float:
        true = np.exp(at_temperature(exact, np.exp(log_temperature))[rows, labels])  # (n_segments,)
        return float(-np.log(np.add.reduceat(true, starts) / per_track + TINY).mean())

    bounds = (-np.log(LARGEST), np.log(LARGEST))
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-4}).x))


def at_temperature(log_probability: NDArray[np.floating], temperature: float) -> NDArray[np.floating]:
    """Return the log-probabilities, of the same shape, that the logits behind these have when divided by it."""
    return np.asarray(log_softmax(log_probability / temperature, axis=1))
