"""Verification: is this the same singer? One number for how often scores mislead.

A trial is a pair of clips with a score; the higher the score, the likelier one singer sang both. Rates are shares from
0 to 1.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from real_cloned.errors import RealClonedError

Floats = NDArray[np.float64]


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


def error_rates(scores: ArrayLike, is_same: ArrayLike) -> tuple[Floats, Floats]:
    """Return the shares of false accepts and of false rejects, (n_thresholds + 1,) each, as the threshold falls.

    scores, is_same : as in `equal_error_rate`, with the same errors. The first threshold lies above all scores.
    """
    score, same = np.asarray(scores, np.float64).ravel(), np.asarray(is_same, bool).ravel()
    if not np.isfinite(score).all():
        raise ValueError(f"{(~np.isfinite(score)).sum()} of {len(score)} scores are not finite numbers")
    if same.all() or not same.any():
        raise RealClonedError(
            f"an equal error rate needs trials of the same singer and of different ones; of {len(same)} trials "
            f"{same.sum()} are of the same: take clips of more singers, and several of each"
        )
    order = np.argsort(-score, kind="stable")
    last_of_its_score = np.append(np.diff(score[order]) != 0, True)
    passed_same = np.cumsum(same[order])[last_of_its_score]
    passed = np.flatnonzero(last_of_its_score) + 1
    accepts = np.append(0, passed - passed_same) / (~same).sum()
    return accepts, 1.0 - np.append(0, passed_same) / same.sum()
