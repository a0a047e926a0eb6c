"""Verification: is this the same singer? Numbers for how often scores mislead.

A trial is a pair of clips with a score; the higher the score, the likelier one singer sang both. Rates are shares from
0 to 1.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import roc_auc_score

from real_cloned.errors import RealClonedError

Floats = NDArray[np.float64]

TARGET_SHARE = 0.05
"""Share of trials of the same singer that `min_detection_cost` expects: that of NIST's Speaker Recognition Evaluation
of 2018 (its part on videos), and after it of the VoxCeleb challenges since 2020."""
ROUNDING = 1e-9
"""Shares that differ by less are the same: 1 - 0.95 is not quite 0.05."""


def equal_error_rate(scores: ArrayLike, is_same: ArrayLike) -> float:
    """Return the equal error rate: where as large a share of different trials passes as of same trials fails.

    scores : (n_trials,) numbers; is_same : (n_trials,) booleans, true where one singer sang both

    Between two thresholds that occur the rates are joined by straight lines, as on a plotted ROC curve. 0 is a perfect
    order, 0.5 no order at all, 1 a perfect order upside down. Raises RealClonedError when trials of a kind are missing,
    and ValueError when a score is not a number.

    Source: Martin et al., "The DET curve in assessment of detection task performance", Eurospeech 1997.
    """
    false_accepts, false_rejects = error_rates(scores, is_same)
    after = int(np.argmax(false_accepts >= false_rejects))
    before = max(after - 1, 0)
    gap_before, gap_after = (false_rejects[k] - false_accepts[k] for k in (before, after))
    share = gap_before / (gap_before - gap_after) if after else 0.0
    return float(false_accepts[before] + share * (false_accepts[after] - false_accepts[before]))


def min_detection_cost(scores: ArrayLike, is_same: ArrayLike, target_share: float = TARGET_SHARE) -> float:
    """Return the least cost of any threshold (minDCF): 0 is a perfect order, 1 as good as one answer for all trials.

    scores, is_same : as in `equal_error_rate`, with the same errors
    target_share : of trials of the same singer where the scores are to serve, between 0 and 1. False accepts and false
        rejects cost 1 each, and the whole is divided by the cost of the better of the two answers that need no score.

    Source: NIST, "2018 Speaker Recognition Evaluation Plan", section on performance measurement.
    """
    false_accepts, false_rejects = error_rates(scores, is_same)
    costs = target_share * false_rejects + (1.0 - target_share) * false_accepts
    return float(costs.min() / min(target_share, 1.0 - target_share))


def area_under_roc(scores: ArrayLike, is_same: ArrayLike) -> float:
    """Return the area under the ROC curve: how likely a same trial scores above a different one; ties count half.

    scores, is_same : as in `equal_error_rate`, with the same errors
    """
    score, same = _trials(scores, is_same)
    return float(roc_auc_score(same, score))


def false_accepts_at_detection(scores: ArrayLike, is_same: ArrayLike, detection: float = 0.95) -> float:
    """Return the share of different trials that pass at the highest threshold that lets `detection` of the same pass.

    scores, is_same : as in `equal_error_rate`, with the same errors. Only thresholds that occur are taken.
    """
    false_accepts, false_rejects = error_rates(scores, is_same)
    return float(false_accepts[np.argmax(false_rejects <= 1.0 - detection + ROUNDING)])


def error_rates(scores: ArrayLike, is_same: ArrayLike) -> tuple[Floats, Floats]:
    """Return the shares of false accepts and of false rejects, (n_thresholds + 1,) each, as the threshold falls.

    scores, is_same : as in `equal_error_rate`, with the same errors. The first threshold lies above all scores.
    """
    score, same = _trials(scores, is_same)
    order = np.argsort(-score, kind="stable")
    last_of_its_score = np.append(np.diff(score[order]) != 0, True)
    passed_same = np.cumsum(same[order])[last_of_its_score]
    passed = np.flatnonzero(last_of_its_score) + 1
    accepts = np.append(0, passed - passed_same) / (~same).sum()
    return accepts, 1.0 - np.append(0, passed_same) / same.sum()


def _trials(scores: ArrayLike, is_same: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    """Return both as (n_trials,) arrays, with the errors of `equal_error_rate`."""
    score, same = np.asarray(scores, np.float64).ravel(), np.asarray(is_same, bool).ravel()
    if not np.isfinite(score).all():
        raise ValueError(f"{(~np.isfinite(score)).sum()} of {len(score)} scores are not finite numbers")
    if same.all() or not same.any():
        raise RealClonedError(
            f"error rates need trials of the same singer and of different ones; of {len(same)} trials "
            f"{same.sum()} are of the same: take clips of more singers, and several of each"
        )
    return score, same
