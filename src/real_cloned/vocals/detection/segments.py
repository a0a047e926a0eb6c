"""From probabilities of windows to the segments with singing, and to the tracks with enough of it (paper, section 3.1).

A segment is kept when all its windows hold singing.
"""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.core.errors import RealClonedError
from real_cloned.parameters.ingest import AudioParameters, CorpusParameters
from real_cloned.parameters.vocal_filter import VocalFilterParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import Rejected, Segments


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
        scores: Probability of singing in each window, as `inference.score_windows` computes it.
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
    rows, segments, rejected = scores.rows_by_track(), [], []
    for track_id in tracks["track_id"]:
        probability = scores.matrix[rows.get(track_id, slice(0)), 0]
        share = (probability >= detection.threshold).sum() / max(1, len(probability))
        kept = _segments(track_id, probability, segment.segment_s, detection)
        if share < corpus.min_vocal_share or kept.empty:
            reason = f"too little singing: {share:.0%} of its windows"
            rejected.append({"track_id": track_id, "path": None, "stage": "vocal_filter", "reason": reason})
        else:
            segments.append(kept)
    return _table(segments, Segments), _table([pd.DataFrame(rejected)] if rejected else [], Rejected)


def _check_windows(segment_s: float, window_s: float) -> None:
    n_windows = segment_s / window_s  # not segment_s % window_s: 0.6 % 0.2 is 0.2, up to rounding
    if n_windows < 0.5 or not math.isclose(n_windows, round(n_windows), rel_tol=1e-6):
        raise RealClonedError(
            f"audio.segment_s ({segment_s:g}) must be a multiple of vocal_filter.window_s ({window_s:g})"
        )


def _segments(
    track_id: str, probability: NDArray[np.float32], segment_s: float, detection: VocalFilterParameters
) -> pd.DataFrame:
    """Return consecutive segments; the probability of each is the lowest of its windows."""
    per_segment = round(segment_s / detection.window_s)
    count = len(probability) // per_segment
    lowest = probability[: count * per_segment].reshape(count, per_segment).min(axis=1)
    is_kept = lowest >= detection.threshold
    offsets_s = np.arange(count)[is_kept] * segment_s
    return pd.DataFrame({"track_id": track_id, "offset_s": offsets_s, "vocal_probability": lowest[is_kept]})


def _table(parts: list[pd.DataFrame], model: type) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True) if parts else empty_table(model)
