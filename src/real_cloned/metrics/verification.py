"""Speaker-verification metrics: do two clips have the same singer, judging by a score?

A trial is a pair of clips with a score; the higher the score, the likelier both clips are by one singer. At a
threshold, the false acceptance rate is the share of different-singer trials that score at least as high, and the false
rejection rate is the share of same-singer trials that score lower. All rates are between 0 and 1. Lists of trials are
drawn by `metrics.trials`.

References:
    Martin et al., "The DET curve in assessment of detection task performance", Eurospeech 1997.
    NIST, "2018 Speaker Recognition Evaluation Plan", section on performance measurement.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import roc_auc_score, roc_curve

from real_cloned.core.errors import RealClonedError

Floats = NDArray[np.float64]

TARGET_PRIOR = 0.05
"""Prior probability of a same-singer trial in `min_detection_cost`: that of NIST's Speaker Recognition Evaluation of
2018 (its part on videos), and since 2020 of the VoxCeleb challenges."""
BATCH_SIZE = 4096
"""Trials whose embeddings are in memory at a time."""
TOLERANCE = 1e-9
"""Rates that differ by less are equal: 1 - 0.95 is not exactly 0.05 in floating point."""


def equal_error_rate(scores: ArrayLike, is_same: ArrayLike) -> float:
    """Return the equal error rate (EER), at which the false acceptance and the false rejection rate are equal.

    Between two thresholds the rates are interpolated linearly, as on a plotted ROC curve.

    Args:
        scores: Score of each trial. Shape: (n_trials,).
        is_same: True where both clips are by one singer. Shape: (n_trials,), bool.

    Returns:
        0 if all same-singer trials score highest, 0.5 at chance, 1 if they all score lowest.

    Raises:
        RealClonedError: If there are no same-singer or no different-singer trials.
        ValueError: If a score is not finite.

    Example:
        >>> scores = [0.9, 0.8, 0.4, 0.7, 0.3, 0.2]
        >>> is_same = [True, True, True, False, False, False]
        >>> round(equal_error_rate(scores, is_same), 3)
        0.333
    """
    false_accepts, false_rejects = error_rates(scores, is_same)
    after = int(np.argmax(false_accepts >= false_rejects))
    before = max(after - 1, 0)
    gap_before, gap_after = (false_rejects[k] - false_accepts[k] for k in (before, after))
    fraction = gap_before / (gap_before - gap_after) if after else 0.0
    return float(false_accepts[before] + fraction * (false_accepts[after] - false_accepts[before]))


def min_detection_cost(scores: ArrayLike, is_same: ArrayLike, target_prior: float = TARGET_PRIOR) -> float:
    """Return the minimum detection cost (minDCF) over all thresholds, normalised.

    False acceptances and false rejections cost 1 each. The cost is divided by that of the better of the two systems
    that ignore the score, accepting or rejecting all trials.

    Args:
        scores: Score of each trial. Shape: (n_trials,).
        is_same: True where both clips are by one singer. Shape: (n_trials,), bool.
        target_prior: Prior probability of a same-singer trial, between 0 and 1.

    Returns:
        0 if all same-singer trials score highest, at most 1.

    Raises:
        RealClonedError: If there are no same-singer or no different-singer trials.
        ValueError: If a score is not finite.

    Example:
        >>> scores = [0.9, 0.8, 0.4, 0.7, 0.3, 0.2]
        >>> is_same = [True, True, True, False, False, False]
        >>> round(min_detection_cost(scores, is_same), 3)  # a threshold of 0.8 rejects one of three
        0.333
    """
    false_accepts, false_rejects = error_rates(scores, is_same)
    costs = target_prior * false_rejects + (1.0 - target_prior) * false_accepts
    return float(costs.min() / min(target_prior, 1.0 - target_prior))


def area_under_roc(scores: ArrayLike, is_same: ArrayLike) -> float:
    """Return the area under the ROC curve (AUROC).

    It is the probability that a same-singer trial scores above a different-singer one; ties count half.

    Args:
        scores: Score of each trial. Shape: (n_trials,).
        is_same: True where both clips are by one singer. Shape: (n_trials,), bool.

    Raises:
        RealClonedError: If there are no same-singer or no different-singer trials.
        ValueError: If a score is not finite.
    """
    score, same = _validate_trials(scores, is_same)
    return float(roc_auc_score(same, score))


def false_accept_rate_at_recall(scores: ArrayLike, is_same: ArrayLike, recall: float = 0.95) -> float:
    """Return the false acceptance rate at the highest threshold that accepts `recall` of the same-singer trials.

    Known as FPR95 where recall is 0.95. There is no interpolation between thresholds.

    Args:
        scores: Score of each trial. Shape: (n_trials,).
        is_same: True where both clips are by one singer. Shape: (n_trials,), bool.
        recall: Least share of same-singer trials to accept, between 0 and 1.

    Raises:
        RealClonedError: If there are no same-singer or no different-singer trials.
        ValueError: If a score is not finite.
    """
    false_accepts, false_rejects = error_rates(scores, is_same)
    return float(false_accepts[np.argmax(false_rejects <= 1.0 - recall + TOLERANCE)])


def error_rates(scores: ArrayLike, is_same: ArrayLike) -> tuple[Floats, Floats]:
    """Return the false acceptance and the false rejection rate at each threshold, from the highest to the lowest.

    Args:
        scores: Score of each trial. Shape: (n_trials,).
        is_same: True where both clips are by one singer. Shape: (n_trials,), bool.

    Returns:
        Two arrays of shape (n_thresholds + 1,). Thresholds are the distinct scores, after one above all of them.

    Raises:
        RealClonedError: If there are no same-singer or no different-singer trials.
        ValueError: If a score is not finite.
    """
    score, same = _validate_trials(scores, is_same)
    false_accepts, true_accepts, _ = roc_curve(same, score, drop_intermediate=False)
    return false_accepts, 1.0 - true_accepts


def pairwise_eer(trials: pd.DataFrame, embeddings: NDArray[np.float32]) -> float:
    """Return the equal error rate of the trials, scored by cosine similarity.

    Args:
        trials: Table of `metrics.trials.trial_list`.
        embeddings: An embedding of any length per clip. Shape: (n_clips, size).

    Raises:
        RealClonedError: If there are no same-singer or no different-singer trials.
        ValueError: If an embedding is not finite.
    """
    return equal_error_rate(pair_scores(trials, embeddings), trials["is_same"].to_numpy())


def pair_scores(trials: pd.DataFrame, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the cosine similarity of the two clips of each trial. Shape: (n_trials,).

    Args:
        trials: Table of `metrics.trials.trial_list`.
        embeddings: An embedding of any length per clip. Shape: (n_clips, size).
    """
    pairs = trials[["first", "second"]].to_numpy()
    scores = [np.zeros(0, np.float32)]
    for start in range(0, len(pairs), BATCH_SIZE):
        first, second = (_unit(embeddings[rows]) for rows in pairs[start : start + BATCH_SIZE].T)  # (n, size) each
        scores.append(np.einsum("td,td->t", first, second))
    return np.concatenate(scores)


def _validate_trials(scores: ArrayLike, is_same: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    """Return both as arrays of shape (n_trials,), after the checks named in `equal_error_rate`."""
    score, same = np.asarray(scores, np.float64).ravel(), np.asarray(is_same, bool).ravel()
    if not np.isfinite(score).all():
        raise ValueError(f"{(~np.isfinite(score)).sum()} of {len(score)} scores are not finite numbers")
    if same.all() or not same.any():
        raise RealClonedError(
            f"error rates need trials of the same singer and of different ones; of {len(same)} trials "
            f"{same.sum()} are of the same: take clips of more singers, and several of each"
        )
    return score, same


def _unit(embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return embeddings of unit length. Shape: (n, size)."""
    return np.asarray(embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True).clip(min=1e-12))
