"""Which segments a run of the probe sees: the random draws, as places in the corpus' matrix of embeddings.

A corpus as the probe sees it.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from real_cloned.artifacts.embeddings import Embeddings

Places = NDArray[np.int64]


class Ragged:
    """Lists of different lengths, from which random members are drawn all at once."""

    def __init__(self, lists: Sequence[Places]):
        self.members, self.counts = np.concatenate(lists), np.array([len(one) for one in lists])
        self.starts = np.cumsum(self.counts) - self.counts

    def draw(self, which: Places, rng: np.random.Generator) -> Places:
        """Return a random member of each of the lists `which` (of any shape)."""
        return np.asarray(self.members[self.starts[which] + rng.integers(self.counts[which])])


@dataclass(frozen=True)
class LabelledTracks:
    """Tracks with the class of each: rows[i] are the places of track i's segments, and labels[i] its class."""

    rows: list[Places]
    labels: Places

    def draw(self, shape: tuple[int, ...], balance: str, rng: np.random.Generator) -> tuple[Places, Places]:
        """Return the places of random segments, and their labels, both of this shape.

        balance : what is as likely as any other: `singers` (then one of the singer's tracks, then one of its segments)
            or `tracks` (then one of its segments)
        """
        if balance == "singers":
            tracks = self._by_class.draw(rng.integers(len(self._by_class.counts), size=shape), rng)
        else:
            tracks = rng.integers(len(self.rows), size=shape)
        return self._by_track.draw(tracks, rng), self.labels[tracks]

    def fixed(self, per_track: int, rng: np.random.Generator) -> tuple[Places, Places]:
        """Return `per_track` random segments of every track (all, where it has no more), (n,), and their labels."""
        chosen = [rng.permutation(rows)[:per_track] for rows in self.rows]
        return np.concatenate(chosen), np.repeat(self.labels, [len(rows) for rows in chosen])

    @cached_property
    def _by_track(self) -> Ragged:
        return Ragged(self.rows)

    @cached_property
    def _by_class(self) -> Ragged:
        return Ragged([np.flatnonzero(self.labels == label) for label in np.unique(self.labels)])


@dataclass(frozen=True)
class Run:
    """What one run learns from, and the seed of everything random in it."""

    train: LabelledTracks
    validation: LabelledTracks
    n_classes: int
    seed: int

    def batches(self) -> np.random.Generator:
        """Return the random numbers that draw the batches."""
        return np.random.default_rng(self.seed)

    def held_out(self, per_track: int) -> tuple[Places, Places]:
        """Return the places and labels of the run's validation segments, `per_track` of each validation track."""
        return self.validation.fixed(per_track, np.random.default_rng([self.seed, 1]))


@dataclass(frozen=True)
class ProbeCorpus:
    """One row per used track, and all embeddings in one matrix.

    tracks : schemas.Tracks columns and `role`; matrix : (n_segments, size) float32, which may lie in a file
    rows : track_id to the places of its segments in the matrix
    """

    tracks: pd.DataFrame
    matrix: NDArray[np.float32]
    rows: dict[str, Places]

    @classmethod
    def of(cls, tracks: pd.DataFrame, splits: pd.DataFrame, embeddings: Embeddings) -> "ProbeCorpus":
        """Return the tracks of `splits` that have embeddings."""
        rows = embeddings.rows_by_track()
        used = tracks.merge(splits, on="track_id")
        return cls(used[used["track_id"].isin(list(rows))].sort_values("track_id"), embeddings.matrix, rows)

    @property
    def questions(self) -> pd.DataFrame:
        """The tracks that are asked for: test tracks and clones."""
        return self.tracks[self.tracks["role"].isin(["test", "clone"])]

    @property
    def n_train_tracks(self) -> dict[str, int]:
        """Training tracks of each singer."""
        counts = self.tracks.loc[self.tracks["role"] == "train", "singer_id"].value_counts()
        return {str(singer): int(count) for singer, count in counts.items()}

    def labelled(self, role: str, classes: list[str]) -> LabelledTracks:
        """Return the tracks of one role by the singers in `classes`, labelled by their place in that list."""
        label = {singer: place for place, singer in enumerate(classes)}
        rows = self.tracks[(self.tracks["role"] == role) & self.tracks["singer_id"].isin(classes)]
        labels = np.asarray(rows["singer_id"].map(label), np.int64)
        return LabelledTracks([self.rows[track] for track in rows["track_id"]], labels)

    def run(self, classes: list[str], seed: int) -> Run:
        """Return a run in which the singers in `classes` are enrolled."""
        return Run(self.labelled("train", classes), self.labelled("validation", classes), len(classes), seed)

    def segments(self, device: torch.device) -> Tensor:
        """Return the matrix as a tensor: on the GPU where it takes less than half of its free memory, else as it is.

        A matrix that lies in a file stays there.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it cannot be written to
            tensor = torch.from_numpy(self.matrix)
        fits = device.type == "cuda" and tensor.nbytes < torch.cuda.mem_get_info(device)[0] / 2
        return tensor.to(device) if fits else tensor
