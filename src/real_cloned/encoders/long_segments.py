"""Longer segments than those of the paper, for encoders that hear a voice better in them.

Segments with singing that lie side by side make a stretch. It is covered by segments of the greatest length that the
encoder takes, or of the stretch's own where that is shorter; they are evenly spaced, and overlap where the stretch is
not a multiple of that length. Nothing outside of the paper's segments is heard.
"""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from real_cloned.artifacts.weights import Weights


def encoder_segments(weights: Weights, segments: pd.DataFrame, segment_s: float) -> pd.DataFrame:
    """Return the segments that an encoder embeds: those of the table, or longer ones over the same singing.

    Args:
        weights: Of an encoder of any family; its config has `max_segment_s` where it takes longer ones.
        segments: Table `schemas.corpora.Segments`.
        segment_s: Duration of its segments, in seconds.

    Returns:
        Table with the columns track_id and offset_s, and where segments are longer, duration_s.
    """
    longest_s = weights.config["pretrain"].get("max_segment_s")
    return segments if longest_s is None else join_segments(segments, segment_s, longest_s)


def join_segments(segments: pd.DataFrame, segment_s: float, longest_s: float) -> pd.DataFrame:
    """Return segments of at most `longest_s` over the same stretches of singing.

    Args:
        segments: Table `schemas.corpora.Segments`.
        segment_s: Duration of its segments, in seconds.
        longest_s: Duration of the new ones, in seconds, where a stretch is as long.

    Returns:
        Table with the columns track_id, offset_s and duration_s, sorted by track and offset.

    Example:
        >>> segments = pd.DataFrame({"track_id": "song", "offset_s": [0.0, 6.0, 12.0, 30.0]})
        >>> join_segments(segments, segment_s=6.0, longest_s=10.0).values.tolist()
        [['song', 0.0, 10.0], ['song', 8.0, 10.0], ['song', 30.0, 6.0]]
    """
    rows = segments[["track_id", "offset_s"]].sort_values(["track_id", "offset_s"], ignore_index=True)
    is_adjacent = rows["track_id"].eq(rows["track_id"].shift()) & (rows["offset_s"].diff() <= segment_s + 1e-6)
    stretches = rows.groupby((~is_adjacent).cumsum()).agg(
        track_id=("track_id", "first"), first_s=("offset_s", "first"), last_s=("offset_s", "last")
    )
    joined = [
        (track_id, first_s + offset_s, min(longest_s, last_s + segment_s - first_s))
        for track_id, first_s, last_s in stretches.itertuples(index=False, name=None)
        for offset_s in spaced_offsets(last_s + segment_s - first_s, longest_s)
    ]
    table = pd.DataFrame(joined, columns=["track_id", "offset_s", "duration_s"])
    table = table.astype({"track_id": "str", "offset_s": "float64", "duration_s": "float64"})
    return table.round({"duration_s": 6})  # equal ones, which offsets make differ by rounding, share batches


def spaced_offsets(stretch_s: float, longest_s: float) -> NDArray[np.float64]:
    """Return where as few segments as cover a stretch begin, in seconds from its start, evenly spaced.

    Args:
        stretch_s: Duration of the stretch, in seconds.
        longest_s: Duration of a segment, in seconds; a shorter stretch is one segment.
    """
    n_segments = max(1, math.ceil(stretch_s / longest_s - 1e-6))
    return np.linspace(0.0, max(0.0, stretch_s - longest_s), n_segments)
