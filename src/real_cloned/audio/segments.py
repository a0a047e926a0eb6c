"""Segments read from the shard stores of one corpus: of the mixture, or of a separated stem."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from real_cloned.audio.store import ShardStore


@dataclass(frozen=True)
class SegmentReader:
    """Reads segments of `duration_s` seconds from the store of mixtures and the store of separated stems."""

    audio: ShardStore
    stems: ShardStore
    duration_s: float

    def read(self, requests: Iterable[tuple[str, str, float]]) -> Tensor:
        """Return (n_requests, n_channels, n_samples) int16 for requests of (track_id, stem, offset_s).

        Raises RealClonedError when a stem of a track is in neither store.
        """
        segments = [
            self._store(stem).read(track_id, stem, offset_s, self.duration_s) for track_id, stem, offset_s in requests
        ]
        return torch.from_numpy(np.stack(segments))

    def _store(self, stem: str) -> ShardStore:
        return self.audio if stem == "mixture" else self.stems
