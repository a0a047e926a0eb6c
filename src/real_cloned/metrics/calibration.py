"""Calibration: are four of five answers with a confidence of 80 % right?

Confidences are between 0 and 1, errors in percentage points. Fifteen bins of equal width, as in Guo et al.

The expected calibration error is never 0 for a finite number of answers, not even if confidence is right: of the
answers in a bin, sometimes more and sometimes fewer are right than their confidence says. `errors_if_calibrated` says
how large it is by chance alone.

References:
    Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
    Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78, 1950.
    Bröcker and Smith, "Increasing the reliability of reliability diagrams", Weather and Forecasting 22, 2007.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

N_BINS = 15
BATCH_SIZE = 128
"""Draws that are held in memory at a time."""


def reliability_bins(confidence: "pd.Series[float]", is_right: "pd.Series[bool]") -> pd.DataFrame:
    """Return the bins that hold any answers; bin k holds confidences above k / 15 and up to (k + 1) / 15.

    Args:
        confidence: From 0 to 1. Shape: (n_answers,).
        is_right: Whether each answer is right. Shape: (n_answers,).

    Returns:
        Columns: bin (0 to 14), confidence and accuracy (means, percent), n_tests.
    """
    values = confidence.to_numpy(float)
    table = pd.DataFrame(
        {"bin": _bin_numbers(values), "confidence": 100.0 * values, "accuracy": 100.0 * is_right.to_numpy(float)}
    )
    grouped = table.groupby("bin")
    return grouped.agg(
        confidence=("confidence", "mean"), accuracy=("accuracy", "mean"), n_tests=("accuracy", "size")
    ).reset_index()


def expected_calibration_error(bins: pd.DataFrame) -> float:
    """Return the mean distance of accuracy from confidence, in percentage points; bins weigh by their answers.

    Source: Guo et al., equation 3.

    Args:
        bins: What `reliability_bins` returns, one row at least.
    """
    return float(np.average((bins["accuracy"] - bins["confidence"]).abs(), weights=bins["n_tests"]))


def brier_score(confidence: "pd.Series[float]", is_right: "pd.Series[bool]") -> float:
    """Return the mean squared distance of confidence from 1 for right and from 0 for wrong answers, from 0 to 1.

    Args:
        confidence: From 0 to 1. Shape: (n_answers,).
        is_right: Whether each answer is right. Shape: (n_answers,).

    Example:
        >>> import pandas as pd
        >>> brier_score(pd.Series([1.0, 1.0, 0.5, 0.5]), pd.Series([True, False, True, False]))
        0.375
    """
    return float(np.square(confidence.to_numpy(float) - is_right.to_numpy(float)).mean())


def errors_if_calibrated(
    confidence: "pd.Series[float]", track_ids: "pd.Series[str]", n_draws: int, seed: int
) -> NDArray[np.float64]:
    """Return expected calibration errors that a perfectly calibrated model with these confidences would show.

    In each draw an answer is right with a probability of its confidence. Answers to one track, in several runs, depend
    on each other: one random number per track decides on all of them, so that a track which is named right at a
    confidence of 60 % is named right at 80 %, too. The unit is thus the track. Were answers drawn independently, ten
    runs would count as ten times as many tracks, and the errors would come out too small.

    Args:
        confidence: From 0 to 1. Shape: (n_answers,).
        track_ids: The track that each answer is about. Shape: (n_answers,).
        n_draws: Number of draws.
        seed: Seed of the draws.

    Returns:
        An error per draw, in percentage points. Shape: (n_draws,).
    """
    values, tracks = confidence.to_numpy(float), track_ids.factorize()[0]  # (n_answers,) each
    members = np.eye(N_BINS)[_bin_numbers(values)]  # (n_answers, N_BINS), one-hot
    rng = np.random.default_rng(seed)
    errors = []
    for start in range(0, n_draws, BATCH_SIZE):
        luck = rng.random((min(BATCH_SIZE, n_draws - start), tracks.max(initial=0) + 1))  # (batch, n_tracks)
        gaps = ((luck[:, tracks] < values) - values) @ members  # (batch, n_answers) @ (n_answers, N_BINS)
        errors.append(100.0 * np.abs(gaps).sum(axis=1) / len(values))  # (batch,)
    return np.concatenate(errors)


def _bin_numbers(confidence: NDArray[np.floating]) -> NDArray[np.int64]:
    return np.asarray(np.clip(np.ceil(confidence * N_BINS) - 1, 0, N_BINS - 1), np.int64)
