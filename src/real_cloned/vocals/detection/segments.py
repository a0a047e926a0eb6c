"""From probabilities of windows to the segments with singing, and to the tracks with enough of it (paper, section 3.1).

A segment is kept when all its windows hold singing.
"""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.core.errors import RealClonedError
from real_cloned.core.text_index import TextIndex
from real_cloned.parameters.ingest import AudioParameters, CorpusParameters
from real_cloned.parameters.vocal_filter import VocalFilterParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import Rejected, Segments
from real_cloned.vocals.detection.windows import numbers_in_groups

FAILED = "failed: the search for singing, each time it was tried; the console of that run says why"


def select_segments(
    scores: Embeddings,
    tracks: pd.DataFrame,
    corpus: CorpusParameters,
    segment: AudioParameters,
    detection: VocalFilterParameters,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the segments with singing in all their windows, and the tracks rejected for too little singing.

    A track is kept when at least `corpus.min_vocal_share` of its windows hold singing; a rejected one has no segments.

    Args:
        scores: Probability of singing in each window, as `inference.score_windows` computes it, and where that failed.
        tracks: `schemas.corpora.Tracks`; track_id is read.
        corpus: min_vocal_share is read.
        segment: segment_s is read.
        detection: window_s and threshold are read.

    Returns:
        `schemas.corpora.Segments` and `schemas.corpora.Rejected`.

    Raises:
        RealClonedError: When a segment is not a whole number of windows.
    """
    _check_windows(segment.segment_s, detection.window_s)
    n_windows, probability = _in_order(scores, tracks)
    shares = _count(probability >= detection.threshold, n_windows) / n_windows.clip(min=1)
    shares[tracks["track_id"].isin(scores.failed["track_id"].unique())] = np.nan
    per_segment = round(segment.segment_s / detection.window_s)
    n_segments, probability = _lowest_per_segment(n_windows, probability, per_segment)
    is_sung = probability >= detection.threshold
    is_kept = (shares >= corpus.min_vocal_share) & (_count(is_sung, n_segments) > 0)
    is_sung &= np.repeat(is_kept, n_segments)
    rejected = _rejected(tracks[~is_kept], shares[~is_kept])
    if not is_sung.any():
        return empty_table(Segments), rejected
    owners = np.repeat(np.arange(len(tracks), dtype=np.int32), _count(is_sung, n_segments))
    columns = {
        "track_id": pd.Series(tracks["track_id"].array.take(owners), dtype="str"),
        "offset_s": numbers_in_groups(n_segments)[is_sung] * segment.segment_s,
        "vocal_probability": probability[is_sung],
    }
    return pd.DataFrame(columns, copy=False), rejected


def _in_order(scores: Embeddings, tracks: pd.DataFrame) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return how many windows each track has, and the probabilities of all windows in the order of the tracks."""
    names = scores.index["track_id"].astype("category").cat  # ten million texts would take a gigabyte
    numbers = TextIndex(zip(tracks["track_id"], range(len(tracks)), strict=True)).find(names.categories)
    owners, rows = numbers.astype(np.int32)[names.codes], scores.index["row"].to_numpy()
    if (owners < 0).any() or (owners[1:] < owners[:-1]).any():  # some are of other tracks, or not in their order
        order = np.argsort(owners, kind="stable")[(owners < 0).sum() :]
        owners, rows = owners[order], rows[order]
    starts = np.searchsorted(owners, np.arange(len(tracks) + 1, dtype=np.int32))
    return np.diff(starts).astype(np.int32), scores.matrix[rows, 0]


def _lowest_per_segment(
    n_windows: NDArray[np.int32], probability: NDArray[np.float32], per_segment: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return how many whole segments each track has, and the lowest probability in each segment."""
    n_segments = n_windows // per_segment
    n_left = n_windows - n_segments * per_segment  # windows after the last whole segment
    is_whole = np.repeat(np.tile([True, False], len(n_windows)), np.column_stack([n_windows - n_left, n_left]).ravel())
    return n_segments, probability[is_whole].reshape(-1, per_segment).min(axis=1)


def _count(flags: NDArray[np.bool_], sizes: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return how many flags are set in each of the groups that follow each other. Shape: (n_groups,)."""
    sums = np.append(flags.cumsum(dtype=np.int32), np.int32(0))  # the last one is before the first group
    ends = sizes.cumsum()
    counts: NDArray[np.int32] = sums[ends - 1] - sums[ends - sizes - 1]
    return counts


def _rejected(tracks: pd.DataFrame, shares: NDArray[np.float64]) -> pd.DataFrame:
    if tracks.empty:
        return empty_table(Rejected)
    reasons = [FAILED if math.isnan(share) else f"too little singing: {share:.0%} of its windows" for share in shares]
    return pd.DataFrame(
        {"track_id": tracks["track_id"].to_numpy(), "path": None, "stage": "vocal_filter", "reason": reasons}
    )


def _check_windows(segment_s: float, window_s: float) -> None:
    n_windows = segment_s / window_s  # not segment_s % window_s: 0.6 % 0.2 is 0.2, up to rounding
    if n_windows < 0.5 or not math.isclose(n_windows, round(n_windows), rel_tol=1e-6):
        raise RealClonedError(
            f"audio.segment_s ({segment_s:g}) must be a multiple of vocal_filter.window_s ({window_s:g})"
        )
