"""Embeddings as they travel between stages: a table of segments beside a matrix of numbers."""

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
