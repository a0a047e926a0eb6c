"""Temperature scaling: one number per run that makes its probabilities mean what they say (Guo et al., ICML 2017)."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

LARGEST = 100.0
"""Temperatures are looked for between this and its inverse."""


def fit_temperature(log_probability: NDArray[np.floating], labels: NDArray[np.int64]) -> float:
    """Return the temperature with the least negative log-likelihood of `labels`, above 0.

    log_probability : (n_segments, n_classes) natural logarithms, of segments that nothing was trained on
    labels : (n_segments,) true classes
    """
    rows, exact = np.arange(len(labels)), log_probability.astype(np.float64)

    def loss(log_temperature: float) -> float:
        return float(-at_temperature(exact, np.exp(log_temperature))[rows, labels].mean())

    bounds = (-np.log(LARGEST), np.log(LARGEST))
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-4}).x))


def at_temperature(log_probability: NDArray[np.floating], temperature: float) -> NDArray[np.floating]:
    """Return the log-probabilities, of the same shape, that the logits behind these have when divided by it."""
    return np.asarray(log_softmax(log_probability / temperature, axis=1))
