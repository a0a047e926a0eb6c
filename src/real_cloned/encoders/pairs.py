"""Positive pairs: two segments from two different tracks of one singer."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.utils.data import IterableDataset

from real_cloned.audio.segments import SegmentReader
from real_cloned.audio.store import ShardStore
from real_cloned.errors import RealClonedError
from real_cloned.parameters import AudioParameters

Request = tuple[str, str, float]
Batch = tuple[Tensor, Tensor, Tensor]


@dataclass(frozen=True)
class Discographies:
    """By singer, by track, the offsets in seconds of the segments with singing; singers of one track are left out."""

    offsets_s: list[dict[str, list[float]]]

    @classmethod
    def of(cls, tracks: pd.DataFrame, segments: pd.DataFrame, splits: pd.DataFrame) -> "Discographies":
        """Return the discographies of the tracks in `splits`.

        Raises RealClonedError when fewer than two singers have two tracks with singing.
        """
        used = (
            splits[["track_id"]].merge(tracks[["track_id", "singer_id"]], on="track_id").merge(segments, on="track_id")
        )
        singers = [
            {str(track): group["offset_s"].tolist() for track, group in of_singer.groupby("track_id")}
            for _, of_singer in used.groupby("singer_id")
        ]
        paired = [songs for songs in singers if len(songs) >= 2]
        if len(paired) < 2:
            raise RealClonedError(
                f"pretraining needs at least 2 singers with 2 tracks of singing each, and found {len(paired)} among "
                f"{len(singers)} singers: add tracks to the corpus, or lower its min_vocal_share"
            )
        return cls(paired)

    def draw_pair(self, singer: int, rng: np.random.Generator, stems: list[str]) -> tuple[Request, Request]:
        """Return a pair of (track_id, stem, offset_s) from two tracks of a singer, each side of a random stem."""
        songs = self.offsets_s[singer]
        first, second = rng.choice(list(songs), size=2, replace=False)
        return tuple((str(song), str(rng.choice(stems)), float(rng.choice(songs[song]))) for song in (first, second))  # type: ignore[return-value]

    def draw_singers(self, count: int, rng: np.random.Generator) -> list[int]:
        """Return `count` singers, all different as long as there are enough, else each as seldom as can be."""
        rounds = -(-count // len(self.offsets_s))
        return [int(singer) for _ in range(rounds) for singer in rng.permutation(len(self.offsets_s))][:count]


@dataclass(frozen=True)
class PairSource:
    """One corpus to draw pairs from."""

    discographies: Discographies
    reader: SegmentReader

    @classmethod
    def of(
        cls, audio: AudioParameters, tracks: pd.DataFrame, splits: pd.DataFrame, segments: pd.DataFrame,
        mixtures: ShardStore, stems: ShardStore,
    ) -> "PairSource":  # fmt: skip
        """Return the source of a corpus' tables and stores. Raises RealClonedError as `Discographies.of` does."""
        return cls(Discographies.of(tracks, segments, splits), SegmentReader(mixtures, stems, audio.segment_s))


class PairBatches(IterableDataset[Batch]):
    """An epoch of batches drawn on the fly; each time it is iterated over, it draws the next epoch, or always the same.

    A batch is (first, second, singers): two (n_pairs, n_channels, n_samples) int16 and (n_pairs,) int64.
    """

    def __init__(
        self, discographies: Discographies, reader: SegmentReader, stems: list[str], seed: int, *, fixed: bool = False
    ):
        self.discographies, self.reader, self.stems, self.fixed = discographies, reader, stems, fixed
        self.seed, self.epoch = seed, 0
        self.n_pairs, self.n_batches = 0, 0

    def sized(self, n_pairs: int, n_batches: int) -> "PairBatches":
        """Set how many pairs make a batch and how many batches an epoch, and return self."""
        self.n_pairs, self.n_batches = n_pairs, n_batches
        return self

    def __len__(self) -> int:
        """Return how many batches make an epoch."""
        return self.n_batches

    def __iter__(self) -> Iterator[Batch]:
        """Yield `n_batches` batches."""
        rng = np.random.default_rng([self.seed, 0 if self.fixed else self.epoch])
        self.epoch += 1
        for _ in range(self.n_batches):
            yield self._batch(rng)

    def _batch(self, rng: np.random.Generator) -> Batch:
        singers = self.discographies.draw_singers(self.n_pairs, rng)
        pairs = [self.discographies.draw_pair(singer, rng, self.stems) for singer in singers]
        first, second = (self.reader.read(side) for side in zip(*pairs, strict=True))
        return first, second, torch.tensor(singers)
