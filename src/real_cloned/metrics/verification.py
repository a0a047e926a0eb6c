"""Verification: is this the same singer? Numbers for how often scores mislead.

A trial is a pair of clips with a score; the higher the score, the likelier one singer sang both. Rates are shares from
0 to 1.

Fixed lists of trials: which pairs of clips are compared. The same clips and seed always give the same list.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import roc_auc_score

from real_cloned.core.errors import RealClonedError

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


def trial_list(clips: pd.DataFrame, n_trials: int, seed: int, *, different_albums: bool = False) -> pd.DataFrame:
    """Return at most `n_trials` pairs of one singer and as many of two: columns first, second, is_same.

    clips : a row per clip, with singer_id, and album_id where `different_albums` asks for it; first and second count
        its rows, first < second
    n_trials : of each kind; where there are no more pairs than that, all of them are taken
    different_albums : leave out pairs of one album, which may share room, microphone and mix, and pairs in which an
        album is not known

    Memory grows with the number of trials and of pairs of one singer, never with the square of the clips. Raises
    RealClonedError when there is no pair of a kind.
    """
    rng = np.random.default_rng(seed)
    labels = clips.reset_index(drop=True)
    same = _drawn(_same_singer(labels, different_albums), n_trials, rng)
    different = _different_singers(labels, n_trials, rng, different_albums)
    for pairs, kind in ((same, "of one singer"), (different, "of two singers")):
        if not len(pairs):
            where = " from different albums" if different_albums else ""
            raise RealClonedError(
                f"there is no pair of clips {kind}{where} among {len(labels)} clips of "
                f"{labels['singer_id'].nunique()} singers, so nothing can be verified"
            )
    table = pd.DataFrame(np.concatenate([same, different]), columns=["first", "second"])
    return table.assign(is_same=np.arange(len(table)) < len(same))


def pairwise_eer(trials: pd.DataFrame, embeddings: NDArray[np.float32]) -> float:
    """Return the equal error rate (0 to 1) of the trials by cosine similarity.

    trials : as `trial_list` returns; embeddings : (n_clips, size), one per clip, of any length
    """
    return equal_error_rate(pair_scores(trials, embeddings), trials["is_same"].to_numpy())


def pair_scores(trials: pd.DataFrame, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the cosine similarity of each trial's pair, (n_trials,). Arguments as in `pairwise_eer`."""
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True).clip(min=1e-12)
    scores = np.einsum("td,td->t", unit[trials["first"].to_numpy()], unit[trials["second"].to_numpy()])
    return np.asarray(scores)


def _same_singer(clips: pd.DataFrame, different_albums: bool) -> NDArray[np.int64]:
    rows = clips.assign(row=np.arange(len(clips)))
    pairs = rows.merge(rows, on="singer_id", suffixes=("", "_other"))
    return _kept(pairs.loc[pairs["row"] < pairs["row_other"], ["row", "row_other"]].to_numpy(), clips, different_albums)


def _different_singers(
    clips: pd.DataFrame, n_trials: int, rng: np.random.Generator, different_albums: bool
) -> NDArray[np.int64]:
    """Draw pairs of any clips, more and more of them until enough are left."""
    n_clips, codes = len(clips), clips["singer_id"].factorize()[0]
    n_pairs = n_clips * (n_clips - 1) // 2
    n_drawn = min(n_pairs, 4 * n_trials)
    while True:
        pairs = _pair(rng.choice(n_pairs, n_drawn, replace=False, shuffle=False), n_clips)
        pairs = _kept(pairs[codes[pairs[:, 0]] != codes[pairs[:, 1]]], clips, different_albums)
        if len(pairs) >= n_trials or n_drawn == n_pairs:
            return _drawn(pairs, n_trials, rng)
        n_drawn = min(n_pairs, 4 * n_drawn)


def _pair(numbers: NDArray[np.int64], n_clips: int) -> NDArray[np.int64]:
    """Return the pairs (first < second) with these numbers, when all are counted row by row, (n, 2)."""
    before = np.cumsum(np.arange(n_clips - 1, -1, -1)) - np.arange(n_clips - 1, -1, -1)  # pairs before each row's own
    first = np.searchsorted(before[:-1], numbers, side="right") - 1
    return np.stack([first, numbers - before[first] + first + 1], axis=1)


def _kept(pairs: NDArray[np.int64], clips: pd.DataFrame, different_albums: bool) -> NDArray[np.int64]:
    if not different_albums:
        return pairs
    albums = clips["album_id"].factorize()[0]  # -1 where it is not known
    first, second = albums[pairs[:, 0]], albums[pairs[:, 1]]
    kept: NDArray[np.int64] = pairs[(first != second) & (first >= 0) & (second >= 0)]
    return kept


def _drawn(pairs: NDArray[np.int64], n_trials: int, rng: np.random.Generator) -> NDArray[np.int64]:
    if not len(pairs):
        return pairs
    chosen: NDArray[np.int64] = np.sort(rng.choice(len(pairs), min(n_trials, len(pairs)), replace=False))
    return pairs[chosen]
