"""What a singer sounds like on average: one embedding per singer, or per track of a singer, as a table."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from real_cloned.embeddings import Embeddings


def average_embeddings(embeddings: Embeddings, tracks: pd.DataFrame, by: str = "singer_id") -> pd.DataFrame:
    """Return one row per singer (or per track), in the order of their names.

    tracks : table of track_id and singer_id; embeddings of other tracks are left out
    by : `singer_id` or `track_id`

    Columns: singer_id (and track_id), n_tracks, n_segments, and embedding, the mean of the segments'
    unit-length embeddings brought to unit length again, a list of `size` numbers.
    """
    rows = embeddings.index.merge(tracks[["track_id", "singer_id"]], on="track_id")
    keys = list(dict.fromkeys(["singer_id", by]))
    columns = [*keys, "n_tracks", "n_segments", "embedding"]
    averages = [
        {key: group[key].iloc[0] for key in keys}
        | {"n_tracks": group["track_id"].nunique(), "n_segments": len(group)}
        | {"embedding": mean_direction(embeddings.matrix[group["row"].to_numpy()]).tolist()}
        for _, group in rows.groupby(keys)
    ]
    return pd.DataFrame(averages, columns=columns)


def track_averages(embeddings: Embeddings, tracks: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.float32]]:
    """Return the rows of `tracks` that have embeddings, sorted by track_id, and the average of each, (n_tracks, size).

    tracks : table with track_id; an average is as `average_embeddings` has it, but in a matrix
    """
    rows = embeddings.rows_by_track()
    found = tracks[tracks["track_id"].isin(list(rows))].sort_values("track_id").reset_index(drop=True)
    averages = [mean_direction(embeddings.matrix[rows[track]]) for track in found["track_id"]]
    return found, np.stack(averages) if averages else np.zeros((0, embeddings.matrix.shape[1]), np.float32)


def mean_direction(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean of the directions of (n, size) rows, (size,) of unit length; of zeros where they cancel out."""
    mean = unit(rows).mean(axis=0)
    return np.asarray(unit(mean[None])[0], np.float32)


def unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (n, size) rows brought to unit length; rows of zeros stay."""
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True).clip(min=1e-12), np.float32)
