"""Segments of a corpus from its two stores: of the mixtures, of the separated stems, and of mixes of the two."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from real_cloned.audio.shard_store import ShardStore
from real_cloned.parameters.base import TURNED_DOWN


@dataclass(frozen=True)
class SegmentReader:
    """Reads segments of one duration from the mixtures and the separated stems of a corpus.

    Attributes:
        audio: Store of the mixtures.
        stems: Store of the separated vocals and accompaniments.
        duration_s: Duration of a segment, in seconds.
        accompaniment_gain: Of the accompaniment in the stem `turned_down`, between 0 and 1.
    """

    audio: ShardStore
    stems: ShardStore
    duration_s: float
    accompaniment_gain: float = 0.0

    def read(self, requests: Iterable[tuple[str, str, float] | tuple[str, str, float, float]]) -> Tensor:
        """Return one segment per request.

        Args:
            requests: (track_id, stem, offset_s) of each segment; offsets in seconds from the start of the track. Where
                segments are not of the reader's duration, theirs in seconds follows, the same in all requests.

        Returns:
            (n_requests, n_channels, n_samples) int16.

        Raises:
            RealClonedError: When a stem of a track is not in its store.
        """
        return torch.from_numpy(np.stack([self._segment(*request) for request in requests]))

    def content(self, request: tuple[str, str, float] | tuple[str, str, float, float]) -> str:
        """Return what a segment is made from, as a text: hashes of clips, and which stretch of them.

        Args:
            request: As in `read`.
        """
        track_id, stem, *stretch = request
        if stem == TURNED_DOWN:
            hashes = [self.audio.content_hash(track_id, "mixture"), self.stems.content_hash(track_id, "vocals")]
            return f"{hashes} {self.accompaniment_gain} {stretch} {self.duration_s}"
        store = self.audio if stem == "mixture" else self.stems
        return f"{store.content_hash(track_id, stem)} {stretch} {self.duration_s}"

    def _segment(self, track_id: str, stem: str, offset_s: float, duration_s: float | None = None) -> NDArray[np.int16]:
        if stem == TURNED_DOWN:
            mixture, vocals = (self._segment(track_id, part, offset_s, duration_s) for part in ("mixture", "vocals"))
            return turn_down_accompaniment(mixture, vocals, self.accompaniment_gain)
        store = self.audio if stem == "mixture" else self.stems
        return store.read(track_id, stem, offset_s, duration_s or self.duration_s)


def turn_down_accompaniment(mixture: NDArray[np.int16], vocals: NDArray[np.int16], gain: float) -> NDArray[np.int16]:
    """Return the vocals and a part of the accompaniment, which is what the mixture has beside them.

    It is `gain * mixture + (1 - gain) * vocals`, which cannot exceed the range of int16.

    Args:
        mixture: Any shape, int16.
        vocals: The same shape, int16.
        gain: Of the accompaniment, between 0 (vocals) and 1 (mixture).

    Returns:
        The same shape, int16.

    Example:
        >>> turn_down_accompaniment(np.array([100, 40], np.int16), np.array([60, 40], np.int16), gain=0.5).tolist()
        [80, 40]
    """
    return np.asarray(np.rint(np.float32(gain) * mixture + np.float32(1 - gain) * vocals), np.int16)
