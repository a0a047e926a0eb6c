"""The shard store: decoded audio on disk, read by offset without decoding again.

A store is a folder of raw files (`00000.mixture.i16`: int16, little-endian, channels interleaved) and `index.parquet`,
which has one row per clip: track_id, stem, shard, offset_samples, n_samples, content_sha256 (of its samples as they
came), and whatever facts came with the clip. A clip of no samples is allowed: its row then only says why (a file that
could not be decoded). `store.json` holds the sample rate and the number of channels. `audio.filling` writes stores.

Segments read from the shard stores of one corpus: of the mixture, or of a separated stem.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from real_cloned.audio.shard_writer import read_frames, shard_path
from real_cloned.core.errors import RealClonedError


class ShardStore:
    """A store that is complete, opened for reading.

    Raises RealClonedError when `folder` holds no store, or when a shard is shorter than the index says.
    """

    def __init__(self, folder: Path | str):
        self.folder = Path(folder)
        try:
            layout = json.loads((self.folder / "store.json").read_text())
            self.index = pd.read_parquet(self.folder / "index.parquet")
        except (OSError, ValueError) as error:
            raise RealClonedError(
                f"{self.folder} holds no complete shard store ({error}); delete it and run again"
            ) from error
        self.sample_rate_hz: int = layout["sample_rate_hz"]
        self.n_channels: int = layout["n_channels"]
        self._check_shards()

    def __reduce__(self) -> tuple[type["ShardStore"], tuple[Path]]:
        """Another process opens the store anew, which is faster than to send its index."""
        return type(self), (self.folder,)

    def read(
        self, track_id: str, stem: str, offset_s: float = 0.0, duration_s: float | None = None
    ) -> NDArray[np.int16]:
        """Return (n_channels, n_samples) int16: `duration_s` seconds from `offset_s`, or all that follows.

        A stretch that ends after the clip's end is filled with zeros. Raises RealClonedError when the clip is not
        there.
        """
        try:
            shard, start, length = self._places[(track_id, stem)]
        except KeyError:
            raise RealClonedError(f"{self.folder} holds no {stem} of track {track_id}") from None
        if offset_s < 0:
            raise ValueError(f"offset_s must not be negative, got {offset_s}")
        first = min(round(offset_s * self.sample_rate_hz), length)
        wanted = length - first if duration_s is None else round(duration_s * self.sample_rate_hz)
        taken = min(wanted, length - first)
        frames = np.zeros((wanted, self.n_channels), np.int16)
        read_frames(shard_path(self.folder, shard, stem), start + first, frames[:taken])
        return np.ascontiguousarray(frames.T)

    def duration_s(self, track_id: str, stem: str) -> float:
        """Return the length of a clip in seconds."""
        return self._places[(track_id, stem)][2] / self.sample_rate_hz

    def __contains__(self, clip: tuple[str, str]) -> bool:
        """Tell whether (track_id, stem) is in the store."""
        return clip in self._places

    @cached_property
    def _places(self) -> dict[tuple[str, str], tuple[int, int, int]]:
        sounding = self.index[self.index["n_samples"] > 0]
        keys = zip(sounding["track_id"], sounding["stem"], strict=True)
        values = zip(sounding["shard"], sounding["offset_samples"], sounding["n_samples"], strict=True)
        return dict(zip(keys, values, strict=True))

    def _check_shards(self) -> None:
        ends = self.index.assign(end=self.index["offset_samples"] + self.index["n_samples"])
        whole = ends[ends["n_samples"] > 0].groupby(["shard", "stem"])["end"].max().reset_index()
        for shard, stem, end in zip(whole["shard"], whole["stem"], whole["end"], strict=True):
            path = shard_path(self.folder, shard, stem)
            if not path.is_file() or path.stat().st_size < end * self.n_channels * 2:
                raise RealClonedError(f"{path} is missing or cut short; delete {self.folder} and run again")


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
