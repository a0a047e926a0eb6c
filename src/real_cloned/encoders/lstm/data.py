"""Batches of P singers by M utterances (Wan et al., ICASSP 2018, section 2.1), from any source of utterances.

The network is trained on random crops of utterances. A source of utterances is a corpus, where a track is an utterance
and a crop lies within one of its segments (here), or a features folder (`lstm.features`).
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset

from real_cloned.audio.segment_reader import SegmentReader
from real_cloned.core.errors import RealClonedError
from real_cloned.core.prefetch import prefetch
from real_cloned.encoders.corpus import TrainingCorpus
from real_cloned.encoders.sampling import balanced_batches
from real_cloned.parameters.variants import VoiceTrainingParameters

Tracks = list[tuple[str, list[float]]]
"""Tracks of a singer: track_id, and the offsets of its segments in seconds."""


class Utterances(Protocol):
    """Singers, and utterances of each, both numbered from 0."""

    @property
    def singers(self) -> list[str]:
        """Their names, in the order of their numbers."""
        ...

    def n_utterances(self, singer: int) -> int:
        """Return how many utterances there are of a singer.

        Args:
            singer: Number of the singer.
        """
        ...

    def draw(self, singer: int, utterances: list[int], rng: np.random.Generator) -> Tensor:
        """Return a random crop of each of these utterances, (n, ...), all of one shape.

        Args:
            singer: Number of the singer.
            utterances: Numbers of n utterances of the singer.
            rng: Source of randomness.
        """
        ...

    def fingerprint(self) -> str:
        """Return a hash that differs for other utterances."""
        ...


class VoiceBatch(NamedTuple):
    """P singers by M crops of utterances.

    Attributes:
        crops: Singer after singer. Shape: (P * M, ...).
        singers: Int64, the number of each singer. Shape: (P,).
        utterances: Int64, the number of each utterance among those of all singers. Shape: (P * M,).
    """

    crops: Tensor
    singers: Tensor
    utterances: Tensor


class VoiceBatches(IterableDataset[VoiceBatch]):
    """A block of batches, drawn on the fly.

    The singers of a batch are all different, and fewer than P only where there are no more. In a block all singers are
    heard equally often, give or take once. A singer's utterances are taken in random order; in a block none is repeated
    before all were taken (O'Connor et al. draw both like this).

    Args:
        source: Singers and their utterances.
        parameters: P, M and the seed.
        n_batches: Batches of a block.
        fixed: Whether every block has the same batches.
    """

    def __init__(self, source: Utterances, parameters: VoiceTrainingParameters, n_batches: int, *, fixed: bool = False):
        self.source, self.n_batches, self.fixed = source, n_batches, fixed
        self.n_singers = min(parameters.singers_per_batch, len(source.singers))
        self.n_utterances, self.seed = parameters.utterances_per_singer, parameters.seed
        self.block = 0
        self._first = np.cumsum([0, *(source.n_utterances(singer) for singer in range(len(source.singers)))])

    def set_block(self, block: int) -> None:
        """Draw the batches of this block from now on.

        Args:
            block: Counted from 0.
        """
        self.block = block

    def __len__(self) -> int:
        """Return how many batches make a block."""
        return self.n_batches

    def __iter__(self) -> Iterator[VoiceBatch]:
        """Yield the batches of the block, while a thread draws and reads the next ones."""
        return prefetch(self._draw())

    def _draw(self) -> Iterator[VoiceBatch]:
        rng = np.random.default_rng([self.seed, int(self.fixed), 0 if self.fixed else self.block])
        orders = [_shuffled_forever(self.source.n_utterances(singer), rng) for singer in range(len(self._first) - 1)]
        for singers in balanced_batches(len(orders), self.n_batches, self.n_singers, rng).tolist():
            utterances = {singer: [next(orders[singer]) for _ in range(self.n_utterances)] for singer in singers}
            crops = [self.source.draw(singer, numbers, rng) for singer, numbers in utterances.items()]
            numbers = np.concatenate([self._first[singer] + numbers for singer, numbers in utterances.items()])
            yield VoiceBatch(torch.cat(crops), torch.tensor(singers), torch.from_numpy(numbers))


@dataclass(frozen=True)
class SegmentUtterances:
    """The tracks of a corpus by singer; a crop lies within a random segment, and is of a random stem.

    Attributes:
        tracks: By singer.
        reader: Reads a crop.
        slack_s: Seconds by which a segment is longer than a crop.
        stems: From which the stem of a crop is drawn.
    """

    tracks: dict[str, Tracks]
    reader: SegmentReader
    slack_s: float
    stems: tuple[str, ...]

    @classmethod
    def from_corpus(
        cls, corpus: TrainingCorpus, stems: list[str], segment_s: float, crop_s: float
    ) -> "SegmentUtterances":
        """Return the utterances of a corpus; singers of one track are left out.

        Args:
            corpus: Tables and stores.
            stems: From which the stem of a crop is drawn.
            segment_s: Seconds of a segment.
            crop_s: Seconds of a crop.

        Raises:
            RealClonedError: Fewer than two singers have two tracks with singing, or a crop is longer than a segment.
        """
        slack_s = segment_s - crop_s
        if slack_s < 0:
            raise RealClonedError(
                f"the LSTM's window of {crop_s:g} s is longer than a segment of {segment_s:g} s: lower "
                "network.window_frames"
            )
        reader = SegmentReader(corpus.mixtures, corpus.stems, crop_s)
        return cls(_tracks_by_singer(corpus), reader, slack_s, tuple(stems))

    @cached_property
    def singers(self) -> list[str]:
        """Their names, in alphabetical order."""
        return list(self.tracks)

    def n_utterances(self, singer: int) -> int:
        """Return how many tracks there are of a singer.

        Args:
            singer: Number of the singer.
        """
        return len(self.tracks[self.singers[singer]])

    def draw(self, singer: int, utterances: list[int], rng: np.random.Generator) -> Tensor:
        """Return a random crop of each of these tracks, (n, n_channels, n_samples) int16.

        Args:
            singer: Number of the singer.
            utterances: Numbers of n tracks of the singer.
            rng: Source of randomness.
        """
        tracks = self.tracks[self.singers[singer]]
        return self.reader.read([self._request(*tracks[utterance], rng) for utterance in utterances])

    def fingerprint(self) -> str:
        """Return a hash of the tracks and their segments, and of the audio of some."""
        return utterances_fingerprint(self, (self.tracks, self.reader.duration_s, self.stems))

    def _request(self, track_id: str, offsets_s: list[float], rng: np.random.Generator) -> tuple[str, str, float]:
        offset_s = offsets_s[rng.integers(len(offsets_s))] + self.slack_s * rng.random()
        return track_id, self.stems[rng.integers(len(self.stems))], offset_s


def utterances_fingerprint(source: Utterances, description: object) -> str:
    """Return a hash of a description, and of a crop of each singer's first utterance.

    Args:
        source: Singers and their utterances.
        description: Its repr tells the utterances from others.
    """
    digest = hashlib.sha256(repr(description).encode())
    for singer in range(len(source.singers)):
        crop = source.draw(singer, [0], np.random.default_rng(0))
        digest.update(np.ascontiguousarray(crop.numpy()).tobytes())
    return digest.hexdigest()


def _tracks_by_singer(corpus: TrainingCorpus) -> dict[str, Tracks]:
    singers = {
        str(singer): [(str(track), segments["offset_s"].tolist()) for track, segments in tracks.groupby("track_id")]
        for singer, tracks in corpus.sung_segments().groupby("singer_id")
    }
    paired = {singer: tracks for singer, tracks in singers.items() if len(tracks) >= 2}
    if len(paired) < 2:
        raise RealClonedError(
            f"the LSTM needs at least 2 singers with 2 tracks of singing each, and found {len(paired)} among "
            f"{len(singers)} singers: add tracks to the corpus, or lower its min_vocal_share"
        )
    return paired


def _shuffled_forever(count: int, rng: np.random.Generator) -> Iterator[int]:
    """Yield 0 to count - 1 in random order, again and again, each time in another."""
    while True:
        yield from rng.permutation(count).tolist()
