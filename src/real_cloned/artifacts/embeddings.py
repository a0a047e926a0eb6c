"""Embeddings as they travel between stages: a table of segments beside a matrix of numbers.

What a singer sounds like on average: one embedding per singer, or per track of a singer, as a table.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class Embeddings:
    """One embedding per segment.

    index : table of track_id, stem, offset_s (seconds) and row, which counts from 0
    matrix : (n_segments, size) float32; embedding `row` of the index is matrix[row]
    """

    index: pd.DataFrame
    matrix: NDArray[np.float32]

    def of_tracks(self, track_ids: pd.Series, stem: str | None = None) -> "Embeddings":
        """Return the embeddings of some tracks (and of one stem), in the order they have here."""
        wanted = self.index["track_id"].isin(track_ids)
        if stem is not None:
            wanted &= self.index["stem"] == stem
        index = self.index[wanted]
        return Embeddings(index.assign(row=np.arange(len(index))).reset_index(drop=True), self.matrix[index["row"]])

    def rows_by_track(self) -> dict[str, NDArray[np.int64]]:
        """Return for each track, in the order of their names, the rows of its embeddings in the matrix."""
        return {str(track): rows.to_numpy(np.int64) for track, rows in self.index.groupby("track_id")["row"]}


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
        | {"embedding": mean_embedding(embeddings.matrix[group["row"].to_numpy()]).tolist()}
        for _, group in rows.groupby(keys)
    ]
    return pd.DataFrame(averages, columns=columns)


def track_averages(embeddings: Embeddings, tracks: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.float32]]:
    """Return the rows of `tracks` that have embeddings, sorted by track_id, and the average of each, (n_tracks, size).

    tracks : table with track_id; an average is as `average_embeddings` has it, but in a matrix
    """
    rows = embeddings.rows_by_track()
    found = tracks[tracks["track_id"].isin(list(rows))].sort_values("track_id").reset_index(drop=True)
    averages = [mean_embedding(embeddings.matrix[rows[track]]) for track in found["track_id"]]
    return found, np.stack(averages) if averages else np.zeros((0, embeddings.matrix.shape[1]), np.float32)


def mean_embedding(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean of the directions of (n, size) rows, (size,) of unit length; of zeros where they cancel out."""
    mean = l2_normalise(rows).mean(axis=0)
    return np.asarray(l2_normalise(mean[None])[0], np.float32)


def l2_normalise(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (n, size) rows brought to unit length; rows of zeros stay."""
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True).clip(min=1e-12), np.float32)
