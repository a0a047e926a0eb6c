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
    owners, probability = _in_order(scores, tracks)
    counts = np.bincount(owners, minlength=len(tracks))  # windows of each track
    shares = np.bincount(owners, probability >= detection.threshold, len(tracks)) / counts.clip(min=1)
    shares[tracks["track_id"].isin(scores.failed["track_id"].unique())] = np.nan
    per_segment = round(segment.segment_s / detection.window_s)
    numbers = np.arange(len(owners), dtype=np.int32)  # of a window in its track
    numbers -= np.repeat((counts.cumsum() - counts).astype(np.int32), counts)
    is_whole = numbers < (counts // per_segment * per_segment)[owners]  # those after the last whole segment are not
    lowest = probability[is_whole].reshape(-1, per_segment).min(axis=1)  # (n_segments,)
    owners, numbers = owners[is_whole][::per_segment], numbers[is_whole][::per_segment]
    is_sung = lowest >= detection.threshold
    is_kept = (shares >= corpus.min_vocal_share) & (np.bincount(owners[is_sung], minlength=len(tracks)) > 0)
    is_sung &= is_kept[owners]
    segments = pd.DataFrame(
        {
            "track_id": pd.Series(tracks["track_id"].array.take(owners[is_sung]), dtype="str"),
            "offset_s": numbers[is_sung] // per_segment * segment.segment_s,
            "vocal_probability": lowest[is_sung],
        }
    )
    return segments if len(segments) else empty_table(Segments), _rejected(tracks[~is_kept], shares[~is_kept])


def _in_order(scores: Embeddings, tracks: pd.DataFrame) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the windows of the tracks, in the order of the tracks: number of the track, and probability."""
    names = scores.index["track_id"].astype("category").cat  # ten million texts would take a gigabyte
    numbers = TextIndex(zip(tracks["track_id"], range(len(tracks)), strict=True)).find(names.categories)
    owners = numbers.astype(np.int32)[names.codes]
    order = np.argsort(owners, kind="stable")[(owners < 0).sum() :]  # without those of other tracks
    return owners[order], scores.matrix[scores.index["row"].to_numpy()[order], 0]


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
