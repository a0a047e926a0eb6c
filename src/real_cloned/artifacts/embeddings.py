"""Embeddings of segments, a table beside a matrix, and their averages per track and per singer.

The average of a set of embeddings is the mean of their directions, brought to unit length again: every segment has the
same weight, whatever the length of its embedding.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from real_cloned.core.text_index import Texts


@dataclass(frozen=True)
class Embeddings:
    """One embedding per segment.

    Attributes:
        index: Table of track_id, stem, offset_s (seconds from the start of the track) and row; the embedding of a
            segment is matrix[row].
        matrix: Embeddings. Shape: (n_segments, size), float32; (n_segments + n_failed, size) where some failed.
        failed: As `index`, the segments that the encoder failed to embed: their rows of the matrix are no numbers.
    """

    index: pd.DataFrame
    matrix: NDArray[np.float32]
    failed: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["track_id", "stem", "offset_s", "row"]))

    @classmethod
    def from_rows(cls, index: pd.DataFrame, matrix: NDArray[np.float32], is_failed: NDArray[np.bool_]) -> "Embeddings":
        """Return embeddings some of which may have failed.

        Args:
            index: A row for each of the matrix.
            matrix: Embeddings. Shape: (n_rows, size).
            is_failed: Whether a row of `index` failed. Shape: (n_rows,).
        """
        return cls(index[~is_failed], matrix, index[is_failed]) if is_failed.any() else cls(index, matrix)

    def rows_by_track(self) -> dict[str, NDArray[np.int64]]:
        """Return the matrix rows of each track, by track_id in alphabetical order."""
        return {str(track): rows.to_numpy(np.int64) for track, rows in self.index.groupby("track_id")["row"]}


@dataclass(frozen=True)
class EmbeddingPlan:
    """Embeddings that are still to be computed: batch by batch, so that a large corpus' need not fit into memory.

    Attributes:
        index: The index that the embeddings will have, whose rows are numbered from 0.
        size: How many numbers an embedding has.
        embed: Computes the embeddings of rows of `index`, given by their numbers, in their order, some at a time. Shape
            of a batch: (n, size), float32. Where that fails each time it is tried, there are NaNs.
        parts: Of each part a text that tells what its rows are made from. The rows of a part follow each other, and
            are of one track. They are computed together, whatever is computed beside them, so that they are the same
            numbers each time. Empty where this is not known.
        part_sizes: How many rows each part has. Shape: (n_parts,).
        may_all_fail: Save them even if all fail; otherwise that stops the run.
    """

    index: pd.DataFrame
    size: int
    embed: Callable[[NDArray[np.intp]], Iterator[NDArray[np.float32]]]
    parts: Texts = ()
    part_sizes: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, np.intp))
    may_all_fail: bool = False

    def batches(self) -> Iterator[NDArray[np.float32]]:
        """Return the embeddings in the order of `index`, some at a time. Shape of a batch: (n, size), float32."""
        return self.embed(np.arange(len(self.index)))

    def compute(self) -> Embeddings:
        """Return the embeddings, all of them in memory."""
        matrix, start = np.empty((len(self.index), self.size), np.float32), 0
        for batch in self.batches():
            matrix[start : start + len(batch)] = batch
            start += len(batch)
        return Embeddings.from_rows(self.index, matrix, failed_rows(matrix))


def failed_rows(matrix: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell which embeddings are no numbers: an encoder failed to compute them. Shape: (n,).

    Args:
        matrix: Embeddings. Shape: (n, size).
    """
    return np.asarray(~np.isfinite(matrix).all(axis=1))


def average_embeddings(embeddings: Embeddings, tracks: pd.DataFrame, by: str = "singer_id") -> pd.DataFrame:
    """Return the average embedding of each singer (or track) as a table.

    Args:
        embeddings: Embeddings of any tracks; tracks that are not in `tracks` are left out.
        tracks: Table with track_id and singer_id.
        by: What to average over, `singer_id` or `track_id`.

    Returns:
        A row per singer (or track) in alphabetical order. Columns: singer_id (and track_id), n_tracks, n_segments, and
        embedding, a list of `size` numbers of unit length.

    Example:
        >>> import numpy as np
        >>> import pandas as pd
        >>> index = pd.DataFrame({"track_id": ["t1", "t1", "t2"], "stem": "vocals", "offset_s": [0.0, 6.0, 0.0]})
        >>> matrix = np.array([[2, 0], [0, 5], [3, 3]], np.float32)
        >>> tracks = pd.DataFrame({"track_id": ["t1", "t2"], "singer_id": ["ada", "ada"]})
        >>> averages = average_embeddings(Embeddings(index.assign(row=range(3)), matrix), tracks)
        >>> averages[["singer_id", "n_tracks", "n_segments"]].values.tolist()
        [['ada', 2, 3]]
        >>> np.round(averages["embedding"][0], 3)
        array([0.707, 0.707])
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
    """Return the tracks that have embeddings, and the average embedding of each as a matrix.

    Args:
        embeddings: Embeddings of any tracks.
        tracks: Table with track_id and any other columns.

    Returns:
        The rows of `tracks` that have embeddings, sorted by track_id, and a matrix of shape (n_tracks, size), row by
        row their averages.
    """
    rows = embeddings.rows_by_track()
    embedded = tracks[tracks["track_id"].isin(list(rows))].sort_values("track_id").reset_index(drop=True)
    averages = np.empty((len(embedded), embeddings.matrix.shape[1]), np.float32)
    for average, track in zip(averages, embedded["track_id"], strict=True):
        average[:] = mean_embedding(embeddings.matrix[rows[track]])
    return embedded, averages


def mean_embedding(embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean direction, of unit length, or zeros where directions cancel out. Shape: (size,).

    Args:
        embeddings: Embeddings of any length. Shape: (n, size).
    """
    mean = l2_normalise(embeddings).mean(axis=0)
    return np.asarray(l2_normalise(mean[None])[0], np.float32)


def l2_normalise(embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the embeddings divided by their L2 norm; rows of zeros stay zeros. Shape: (n, size).

    Args:
        embeddings: Embeddings of any length. Shape: (n, size).
    """
    norms = np.linalg.norm(embeddings, axis=1, keepdims=True).clip(min=1e-12)  # (n, 1)
    return np.asarray(embeddings / norms, np.float32)
