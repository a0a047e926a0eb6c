"""The shard store: decoded audio on disk, read by offset without decoding it again.

A store is a folder with `index.parquet`, which has one row per clip: track_id, stem, n_samples, content_sha256 (of its
samples as they were appended), and the metadata of the clip; and with a file for the samples of each clip, its shard
(`shards/5f/5f….i16`: int16, little-endian, channels interleaved), which is named by their hash. So clips with the same
samples share one file. A clip without samples is allowed: its row then only gives the reason (a file that could not be
decoded). `store.json` holds the sample rate and the number of channels. `audio.store_plan` writes stores.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.extensions import ExtensionArray

from real_cloned.audio.shard_files import read_frames, shard_bytes, shard_path, shard_state
from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath, file_state, local_copy, resolve_path
from real_cloned.core.text_index import TextIndex


class ShardStore:
    """A complete store, opened for reading.

    Args:
        folder: Path of the store, or address on a remote file system.

    Attributes:
        clips: One row per clip: track_id, stem, n_samples, content_sha256.
        sample_rate_hz: Sample rate of all clips, in hertz.
        n_channels: Channels of all clips.

    Raises:
        RealClonedError: When the folder holds no store, or when a shard is shorter than the index says.

    Example:
        >>> import tempfile
        >>> from real_cloned.audio.store_plan import StorePlan, WriteClip, write_store
        >>> folder = Path(tempfile.mkdtemp()) / "store"
        >>> ramp = np.arange(8, dtype=np.int16)[None]
        >>> write_store(folder, StorePlan([WriteClip("song", "mixture", ramp)]), sample_rate_hz=4, n_channels=1)
        >>> ShardStore(folder).read("song", "mixture", offset_s=0.5, duration_s=1.0).tolist()
        [[2, 3, 4, 5]]
    """

    def __init__(self, folder: AnyPath | str):
        self.folder = resolve_path(str(folder))
        try:
            layout = json.loads((self.folder / "store.json").read_text())
            self._version = file_state(self.folder / "index.parquet")
            self.clips = self._read_index(["track_id", "stem", "n_samples", "content_sha256"])
        except (OSError, ValueError) as error:
            raise RealClonedError(
                f"{self.folder} holds no complete shard store ({error}); delete it and run again"
            ) from error
        self.sample_rate_hz: int = layout["sample_rate_hz"]
        self.n_channels: int = layout["n_channels"]
        self._last_hash: tuple[tuple[str, str], str | None] = ("", ""), None
        self._check_shards()

    def __reduce__(self) -> tuple[Callable[..., "ShardStore"], tuple[AnyPath, str]]:
        """Pickle the path only; a process that is sent the store many times, with each task, opens it once."""
        return _open_once, (self.folder, self._version)

    def read(
        self, track_id: str, stem: str, offset_s: float = 0.0, duration_s: float | None = None
    ) -> NDArray[np.int16]:
        """Return samples of a clip, with zeros after the clip's end.

        Args:
            track_id: Identifier of the track.
            stem: `mixture`, `vocals` or `accompaniment`.
            offset_s: Seconds from the start of the clip.
            duration_s: Seconds to read; None for all that follow.

        Returns:
            (n_channels, n_samples) int16.

        Raises:
            RealClonedError: When the clip is not in the store or has no samples.
            ValueError: When `offset_s` is negative.
        """
        length = int(self.n_samples([track_id], stem)[0])
        if offset_s < 0:
            raise ValueError(f"offset_s must not be negative, got {offset_s}")
        first = min(round(offset_s * self.sample_rate_hz), length)
        n_samples = length - first if duration_s is None else round(duration_s * self.sample_rate_hz)
        n_available = min(n_samples, length - first)
        frames = np.zeros((n_samples, self.n_channels), np.int16)
        read_frames(shard_path(self.folder, str(self.content_hash(track_id, stem))), first, frames[:n_available])
        return np.ascontiguousarray(frames.T)

    def duration_s(self, track_id: str, stem: str) -> float:
        """Return the duration of a clip, in seconds.

        Args:
            track_id: Identifier of the track.
            stem: `mixture`, `vocals` or `accompaniment`.

        Raises:
            RealClonedError: When the clip is not in the store or has no samples.
        """
        return int(self.n_samples([track_id], stem)[0]) / self.sample_rate_hz

    def __contains__(self, clip: tuple[str, str]) -> bool:
        """Tell whether the store holds samples of (track_id, stem)."""
        return bool(self._find([clip[0]], clip[1])[0] >= 0)

    def content_hash(self, track_id: str, stem: str) -> str | None:
        """Return the hash of a clip's samples; None if the store does not hold the clip.

        Args:
            track_id: Identifier of the track.
            stem: `mixture`, `vocals` or `accompaniment`.
        """
        clip, content_sha256 = self._last_hash  # all segments of a track are asked for one after the other
        if clip != (track_id, stem):
            row = self._find([track_id], stem)[0]
            content_sha256 = str(self._contents[row]) if row >= 0 else None
            self._last_hash = (track_id, stem), content_sha256
        return content_sha256

    def content_hashes(self, track_ids: Iterable[str], stem: str) -> ExtensionArray:
        """Return the hash of each clip's samples, as texts; null where the store does not hold the clip.

        Args:
            track_ids: Identifiers of tracks.
            stem: `mixture`, `vocals` or `accompaniment`.
        """
        return self._contents.take(self._find(track_ids, stem), allow_fill=True)

    def n_samples(self, track_ids: Sequence[str], stem: str) -> NDArray[np.int64]:
        """Return how many samples each clip has. Shape: (n_tracks,).

        Args:
            track_ids: Identifiers of tracks.
            stem: `mixture`, `vocals` or `accompaniment`.

        Raises:
            RealClonedError: When a clip is not in the store or has no samples.
        """
        rows = self._find(track_ids, stem)
        if (rows < 0).any():
            raise RealClonedError(f"{self.folder} holds no {stem} of track {track_ids[int(np.argmax(rows < 0))]}")
        return self._lengths[rows]

    def _find(self, track_ids: Iterable[str], stem: str) -> NDArray[np.int64]:
        """Return the row of each track's clip in the index, -1 where it has none with samples. Shape: (n_tracks,)."""
        return self._rows.find(_clip_name(track_id, stem) for track_id in track_ids)

    @property
    def index(self) -> pd.DataFrame:
        """A row per clip: track_id, stem, n_samples, content_sha256, and metadata; read anew each time."""
        if file_state(self.folder / "index.parquet") != self._version:
            raise RealClonedError(f"{self.folder} was written again while it was used; run again")
        return self._read_index(None)

    def _read_index(self, columns: list[str] | None) -> pd.DataFrame:
        return pd.read_parquet(local_copy(self.folder / "index.parquet"), columns=columns)

    @cached_property
    def _rows(self) -> TextIndex:
        """The row of each clip that has samples in the index."""
        rows = np.flatnonzero(self._lengths > 0)
        stored = self.clips.iloc[rows]
        return TextIndex(zip(map(_clip_name, stored["track_id"], stored["stem"]), rows.tolist(), strict=True))

    @cached_property
    def _contents(self) -> ExtensionArray:
        contents: ExtensionArray = self.clips["content_sha256"].array
        return contents

    @cached_property
    def _lengths(self) -> NDArray[np.int64]:
        return self.clips["n_samples"].to_numpy(np.int64)

    def _check_shards(self) -> None:
        """Look at each shard; on a remote file system that would take a request for each, and reading them tells it."""
        if not isinstance(self.folder, Path):
            return
        for content_sha256, n_samples in zip(self.clips["content_sha256"], self._lengths.tolist(), strict=True):
            state = shard_state(self.folder, content_sha256) if n_samples else None
            if n_samples and (state is None or state[0] != shard_bytes(n_samples, self.n_channels)):
                path = shard_path(self.folder, content_sha256)
                raise RealClonedError(f"{path} is missing or cut short; delete {self.folder} and run again")


def _clip_name(track_id: str, stem: str) -> str:
    return f"{stem} {track_id}"


@lru_cache(maxsize=8)
def _open_once(folder: AnyPath, version: str) -> ShardStore:  # noqa: ARG001 (part of the key of the cache)
    """Return the store that this process has opened before, unless the store was written again since.

    The version is that of the process that sent the store. Eight are kept: mixtures, stems and truth of two corpora.
    """
    return ShardStore(folder)
