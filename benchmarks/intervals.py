"""Intervals of error rates over singers, for the benchmarks on real voices."""

import numpy as np
from numpy.typing import NDArray

N_BOOTSTRAP = 1000


def error_rate_interval(
    scores: NDArray[np.floating], is_same: NDArray[np.bool_], singers: NDArray[np.str_]
) -> tuple[float, float]:
    """Return the 95 % interval of the equal error rate over resampled singers.

    A trial counts once for each time that its singer is drawn, or for each pair of draws of its two singers.

    Args:
        scores: One per trial. Shape: (n_trials,).
        is_same: Whether both sides are of one singer. Shape: (n_trials,).
        singers: The singers of both sides. Shape: (n_trials, 2).

    Returns:
        Both ends, as shares; not numbers where there are fewer than three singers.
    """
    names, index = np.unique(singers, return_inverse=True)
    if len(names) < 3:
        return float("nan"), float("nan")
    first, second = index.reshape(singers.shape).T
    draws = np.random.default_rng(0).multinomial(len(names), [1 / len(names)] * len(names), N_BOOTSTRAP)
    order = np.argsort(-scores, kind="stable")
    weights = np.where(is_same, draws[:, first], draws[:, first] * draws[:, second])[:, order].astype(float)
    accepts, rejects = np.cumsum(weights * ~is_same[order], axis=1), np.cumsum(weights * is_same[order], axis=1)
    usable = (accepts[:, -1] > 0) & (rejects[:, -1] > 0)
    accepts, rejects = accepts[usable] / accepts[usable, -1:], 1 - rejects[usable] / rejects[usable, -1:]
    nearest = np.abs(accepts - rejects).argmin(axis=1)[:, None]
    rates = (np.take_along_axis(accepts, nearest, 1) + np.take_along_axis(rejects, nearest, 1)) / 2
    low, high = np.quantile(rates, [0.025, 0.975])
    return float(low), float(high)
