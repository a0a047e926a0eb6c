"""What the LSTM's training takes from singers, and the files of a features folder as a source of it.

The segments of a corpus as a source of utterances: a track is an utterance, and pieces of its segments are heard.

Batches of P singers by M utterances (Wan et al., ICASSP 2018, section 2.1).
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.utils.data import IterableDataset

from real_cloned.audio.shard_store import SegmentReader
from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.lstm.features import read_frames
from real_cloned.parameters.variants import VoiceTrainingParameters


class Utterances(Protocol):
    """Singers, and utterances of each. A piece of an utterance is what the network hears at once."""

    @property
    def singers(self) -> list[str]:
        """Their names, in the order in which they are counted."""
        ...

    def n_utterances(self, singer: int) -> int:
        """Return how many utterances there are of a singer."""
        ...

    def draw(self, singer: int, utterances: list[int], rng: np.random.Generator) -> Tensor:
        """Return a random piece of each of these utterances, (n, ...), all of one shape."""
        ...

    def fingerprint(self) -> str:
        """Return a hash that tells these utterances from others."""
        ...


def fingerprint(source: Utterances, names: object) -> str:
    """Return a hash of `names`, which tell a source's utterances, and of how one of each singer sounds."""
    digest = hashlib.sha256(repr(names).encode())
    for singer in range(len(source.singers)):
        piece = source.draw(singer, [0], np.random.default_rng(0))
        digest.update(np.ascontiguousarray(piece.numpy()).tobytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class FeatureUtterances:
    """Files of features by singer; a piece is `window_frames` frames of one."""

    files: dict[str, list[Path]]
    window_frames: int

    @property
    def singers(self) -> list[str]:
        """Their names, by alphabet."""
        return sorted(self.files)

    def n_utterances(self, singer: int) -> int:
        """Return how many files there are of a singer."""
        return len(self.files[self.singers[singer]])

    def draw(self, singer: int, utterances: list[int], rng: np.random.Generator) -> Tensor:
        """Return (n, window_frames, n_bins) float32.

        A file of fewer frames is set in the middle of frames of its lowest value (as in the original). Raises
        RealClonedError when a file holds something that is not a number.
        """
        files = self.files[self.singers[singer]]
        return torch.from_numpy(np.stack([self._piece(files[utterance], rng) for utterance in utterances]))

    def fingerprint(self) -> str:
        """Return a hash of the files' names and sizes, and of what is in some."""
        names = {singer: [(file.name, file.stat().st_size) for file in self.files[singer]] for singer in self.singers}
        return fingerprint(self, (names, self.window_frames))

    def _piece(self, file: Path, rng: np.random.Generator) -> np.ndarray:
        frames = read_frames(file)
        start = int(rng.integers(max(1, len(frames) - self.window_frames + 1)))
        piece = np.asarray(frames[start : start + self.window_frames], np.float32)
        if not np.isfinite(piece).all():
            raise RealClonedError(f"{file} holds values that are not finite numbers; leave it out, or make it again")
        missing = self.window_frames - len(piece)
        return np.pad(piece, ((missing // 2, missing - missing // 2), (0, 0)), constant_values=piece.min())


Request = tuple[str, str, float]


@dataclass(frozen=True)
class SegmentUtterances:
    """The tracks of a corpus by singer; a piece is as long as `reader` reads, from a segment, of a random stem.

    offsets_s : by singer, their tracks, each with the offsets of its segments in seconds
    slack_s : seconds by which a segment is longer than a piece
    """

    offsets_s: dict[str, list[tuple[str, list[float]]]]
    reader: SegmentReader
    slack_s: float
    stems: tuple[str, ...]

    @property
    def singers(self) -> list[str]:
        """Their names, by alphabet."""
        return list(self.offsets_s)

    def n_utterances(self, singer: int) -> int:
        """Return how many tracks there are of a singer."""
        return len(self.offsets_s[self.singers[singer]])

    def draw(self, singer: int, utterances: list[int], rng: np.random.Generator) -> Tensor:
        """Return (n, n_channels, n_samples) int16."""
        songs = self.offsets_s[self.singers[singer]]
        return self.reader.read([self._request(*songs[utterance], rng) for utterance in utterances])

    def fingerprint(self) -> str:
        """Return a hash of the tracks and their segments, and of how some sound."""
        return fingerprint(self, (self.offsets_s, self.reader.duration_s, self.stems))

    def _request(self, track_id: str, offsets_s: list[float], rng: np.random.Generator) -> Request:
        offset_s = offsets_s[rng.integers(len(offsets_s))] + self.slack_s * rng.random()
        return track_id, self.stems[rng.integers(len(self.stems))], offset_s


def segment_utterances(
    tables: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame], reader: SegmentReader, piece_s: float, stems: list[str]
) -> SegmentUtterances:
    """Return the utterances of a corpus; singers of one track are left out.

    tables : tracks, splits, segments; reader : reads whole segments; piece_s : seconds that are heard at once
    stems : each piece is of one of these at random

    Raises RealClonedError when fewer than two singers have two tracks with singing, or when a piece is longer than a
    segment.
    """
    slack_s = reader.duration_s - piece_s
    if slack_s < 0:
        raise RealClonedError(
            f"the LSTM's window of {piece_s:g} s is longer than a segment of {reader.duration_s:g} s: lower "
            "network.window_frames"
        )
    pieces = SegmentReader(reader.audio, reader.stems, piece_s)
    return SegmentUtterances(_paired(*tables), pieces, slack_s, tuple(stems))


def _paired(
    tracks: pd.DataFrame, splits: pd.DataFrame, segments: pd.DataFrame
) -> dict[str, list[tuple[str, list[float]]]]:
    used = splits[["track_id"]].merge(tracks[["track_id", "singer_id"]], on="track_id").merge(segments, on="track_id")
    singers = {
        str(singer): [(str(track), group["offset_s"].tolist()) for track, group in songs.groupby("track_id")]
        for singer, songs in used.groupby("singer_id")
    }
    paired = {singer: songs for singer, songs in singers.items() if len(songs) >= 2}
    if len(paired) < 2:
        raise RealClonedError(
            f"the LSTM needs at least 2 singers with 2 tracks of singing each, and found {len(paired)} among "
            f"{len(singers)} singers: add tracks to the corpus, or lower its min_vocal_share"
        )
    return paired


class VoiceBatch(NamedTuple):
    """P singers by M pieces of utterances.

    pieces : (P * M, ...), singer after singer; singers : (P,) int64; utterances : (P * M,) int64, the number of each
        among all utterances of all singers
    """

    pieces: Tensor
    singers: Tensor
    utterances: Tensor


class VoiceBatches(IterableDataset[VoiceBatch]):
    """A block of batches drawn on the fly: the one that was set, or always the same when `fixed`.

    The singers of a batch are all different, and fewer than P only where there are no more. A singer's utterances come
    in turn in random order: in a block none comes again before all were there.
    """

    def __init__(self, source: Utterances, parameters: VoiceTrainingParameters, n_batches: int, *, fixed: bool = False):
        self.source, self.n_batches, self.fixed = source, n_batches, fixed
        self.n_singers = min(parameters.singers_per_batch, len(source.singers))
        self.n_utterances, self.seed = parameters.utterances_per_singer, parameters.seed
        self.block = 0
        self._first = np.cumsum([0, *(source.n_utterances(singer) for singer in range(len(source.singers)))])

    def set_block(self, block: int) -> None:
        """Draw this block from now on."""
        self.block = block

    def __len__(self) -> int:
        """Return how many batches make a block."""
        return self.n_batches

    def __iter__(self) -> Iterator[VoiceBatch]:
        """Yield `n_batches` batches."""
        rng = np.random.default_rng([self.seed, int(self.fixed), 0 if self.fixed else self.block])
        turns = [_in_turn(self.source.n_utterances(singer), rng) for singer in range(len(self.source.singers))]
        for _ in range(self.n_batches):
            singers = rng.permutation(len(self.source.singers))[: self.n_singers].tolist()
            chosen = [[next(turns[singer]) for _ in range(self.n_utterances)] for singer in singers]
            pieces = [self.source.draw(singer, mine, rng) for singer, mine in zip(singers, chosen, strict=True)]
            numbers = np.concatenate([self._first[singer] + mine for singer, mine in zip(singers, chosen, strict=True)])
            yield VoiceBatch(torch.cat(pieces), torch.tensor(singers), torch.from_numpy(numbers))


def _in_turn(count: int, rng: np.random.Generator) -> Iterator[int]:
    """Yield 0 to count - 1 in random order, again and again, each order anew."""
    while True:
        yield from rng.permutation(count).tolist()
