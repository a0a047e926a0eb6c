"""The data of a probe: corpora as embeddings with labels, runs on some of their singers, random batches of segments.

All embeddings of a corpus lie in one matrix, and segments are named by their rows in it. Batches are therefore arrays
of row numbers, which are drawn before any embedding is read.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.core.runtime import fits_on_gpu

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class ProbeCorpus:
    """The tracks of a corpus that are used, with their embeddings.

    Attributes:
        tracks: `schemas.corpora.Tracks` and the column role, a row per track.
        matrix: Embeddings of all segments. Shape: (n_segments, size), float32; may be memory-mapped.
        rows: Matrix rows of the segments of each track, by track_id.
    """

    tracks: pd.DataFrame
    matrix: NDArray[np.float32]
    rows: dict[str, Indices]

    @classmethod
    def from_tables(cls, tracks: pd.DataFrame, splits: pd.DataFrame, embeddings: Embeddings) -> "ProbeCorpus":
        """Return the tracks that have both a role and embeddings.

        Args:
            tracks: `schemas.corpora.Tracks`.
            splits: `schemas.corpora.Splits` of the same corpus.
            embeddings: Embeddings of the same corpus.
        """
        rows = embeddings.rows_by_track()
        used = tracks.merge(splits, on="track_id")
        return cls(used[used["track_id"].isin(list(rows))].sort_values("track_id"), embeddings.matrix, rows)

    @property
    def query_tracks(self) -> pd.DataFrame:
        """The rows of `tracks` whose singers are to be identified: test tracks and clones."""
        return self.tracks[self.tracks["role"].isin(["test", "clone"])]

    @property
    def n_train_tracks(self) -> dict[str, int]:
        """Number of training tracks of each singer, by singer_id."""
        counts = self.tracks.loc[self.tracks["role"] == "train", "singer_id"].value_counts()
        return {str(singer): int(count) for singer, count in counts.items()}

    def with_singers(self, singers: Sequence[str]) -> "ProbeCorpus":
        """Return the corpus with the tracks of some singers only.

        Args:
            singers: Ids of the singers to keep.
        """
        return replace(self, tracks=self.tracks[self.tracks["singer_id"].isin(singers)])

    def labelled_tracks(self, role: str, enrolled: list[str]) -> "LabelledTracks":
        """Return the tracks of one role by the enrolled singers, with their classes.

        Args:
            role: `train`, `validation`, `test` or `clone`.
            enrolled: Ids of the singers; the class of a singer is the position in this list.
        """
        classes = {singer: label for label, singer in enumerate(enrolled)}
        tracks = self.tracks[(self.tracks["role"] == role) & self.tracks["singer_id"].isin(enrolled)]
        labels = np.asarray(tracks["singer_id"].map(classes), np.int64)
        return LabelledTracks([self.rows[track] for track in tracks["track_id"]], labels)

    def make_run(self, enrolled: list[str], seed: int) -> "Run":
        """Return a run on the enrolled singers.

        Args:
            enrolled: Ids of the singers, in the order of their classes.
            seed: Seed of all random numbers of the run.
        """
        train, validation = (self.labelled_tracks(role, enrolled) for role in ("train", "validation"))
        return Run(train, validation, len(enrolled), seed)

    def to_tensor(self, device: torch.device) -> Tensor:
        """Return the matrix as a tensor, without copying it in main memory. Shape: (n_segments, size).

        Args:
            device: Where it is wanted. The matrix is copied to a GPU if it takes less than half of its free memory.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a memory-mapped matrix is read-only
            tensor = torch.from_numpy(self.matrix)
        return tensor.to(device) if fits_on_gpu(tensor.nbytes, device) else tensor


@dataclass(frozen=True)
class LabelledTracks:
    """Tracks with their classes.

    Attributes:
        rows: Matrix rows of the segments of each track.
        labels: Class of each track. Shape: (n_tracks,), int64.
    """

    rows: list[Indices]
    labels: Indices

    def sample(self, shape: tuple[int, ...], balance: str, rng: np.random.Generator) -> tuple[Indices, Indices]:
        """Return the matrix rows of random segments and their labels, both of the given shape.

        Args:
            shape: Shape of the sample, such as (n_steps, batch_size).
            balance: What is equally likely: `singers` (then one of the singer's tracks, then one of its segments) or
                `tracks` (then one of its segments).
            rng: Random generator, which advances.
        """
        if balance == "singers":
            tracks = self._tracks_by_class.sample(rng.integers(len(self._tracks_by_class.counts), size=shape), rng)
        else:
            tracks = rng.integers(len(self.rows), size=shape)
        return self._segments_by_track.sample(tracks, rng), self.labels[tracks]

    def sample_per_track(self, n_per_track: int, rng: np.random.Generator) -> tuple[Indices, Indices]:
        """Return the matrix rows of random segments of every track and their labels. Shape: (n,) each.

        Args:
            n_per_track: Segments of each track; all of them if it has fewer.
            rng: Random generator, which advances.
        """
        chosen = [rng.permutation(rows)[:n_per_track] for rows in self.rows]
        return np.concatenate(chosen), np.repeat(self.labels, [len(rows) for rows in chosen])

    @cached_property
    def _segments_by_track(self) -> "_RaggedArray":
        return _RaggedArray(self.rows)

    @cached_property
    def _tracks_by_class(self) -> "_RaggedArray":
        return _RaggedArray([np.flatnonzero(self.labels == label) for label in np.unique(self.labels)])


@dataclass(frozen=True)
class Run:
    """One training of the probe.

    Attributes:
        train: Training tracks.
        validation: Validation tracks.
        n_classes: Number of enrolled singers.
        seed: Seed of all random numbers of the run.
    """

    train: LabelledTracks
    validation: LabelledTracks
    n_classes: int
    seed: int

    def batch_rng(self) -> np.random.Generator:
        """Return a new random generator for the training batches."""
        return np.random.default_rng(self.seed)

    def validation_segments(self, n_per_track: int) -> tuple[Indices, Indices]:
        """Return the matrix rows and the labels of the validation segments, the same at each call. Shape: (n,) each.

        Args:
            n_per_track: Random segments of each validation track; all of them if it has fewer.
        """
        return self.validation.sample_per_track(n_per_track, np.random.default_rng([self.seed, 1]))


class _RaggedArray:
    """Lists of different lengths, from which random members are drawn all at once."""

    def __init__(self, lists: Sequence[Indices]):
        self.members, self.counts = np.concatenate(lists), np.array([len(members) for members in lists])
        self.starts = np.cumsum(self.counts) - self.counts

    def sample(self, lists: Indices, rng: np.random.Generator) -> Indices:
        """Return a random member of each of the numbered lists, in the shape of `lists`."""
        return np.asarray(self.members[self.starts[lists] + rng.integers(self.counts[lists])])
