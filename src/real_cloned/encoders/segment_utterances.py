"""The segments of a corpus as a source of utterances: a track is an utterance, and pieces of its segments are heard."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from torch import Tensor

from real_cloned.audio.segments import SegmentReader
from real_cloned.encoders.utterances import fingerprint
from real_cloned.errors import RealClonedError

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
