"""The shard store: decoded audio on disk, read by offset without decoding again.

A store is a folder of raw files (`00000.i16`: int16, little-endian, channels interleaved) and `index.parquet`, which
has one
row per clip in the order of writing: track_id, stem, shard, offset_samples, n_samples, and whatever facts came with the
clip. A clip of no samples is allowed: its row then only says why (a file that could not be decoded). `store.json` holds
the sample rate and the number of channels.

The folder is written beside its final name and renamed when complete, so that a half store is never taken for a whole
one.
"""

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from real_cloned.errors import RealClonedError

SHARD_BYTES = 256 * 2**20
INDEX_COLUMNS = {"track_id": "str", "stem": "str", "shard": "int64", "offset_samples": "int64", "n_samples": "int64"}


@dataclass(frozen=True)
class Clip:
    """One stem of one track on its way into a store.

    samples : (n_channels, n_samples) int16
    facts : further columns of the index, the same keys for every clip of a store
    """

    track_id: str
    stem: str
    samples: NDArray[np.int16]
    facts: Mapping[str, Any] = field(default_factory=dict)


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
        frames = self._shards[shard][start + first : start + first + taken]  # (n, n_channels)
        samples = np.zeros((self.n_channels, wanted), np.int16)
        samples[:, :taken] = frames.T
        return samples

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

    @cached_property
    def _shards(self) -> dict[int, NDArray[np.int16]]:
        return {shard: self._map(shard) for shard in self.index.loc[self.index["n_samples"] > 0, "shard"].unique()}

    def _map(self, shard: int) -> NDArray[np.int16]:
        flat = np.memmap(_shard_path(self.folder, shard), dtype="<i2", mode="r")
        return flat.reshape(-1, self.n_channels)  # (n_samples, n_channels)

    def _check_shards(self) -> None:
        ends = (self.index["offset_samples"] + self.index["n_samples"]).groupby(self.index["shard"]).max()
        for shard, end in ends[ends > 0].items():
            path = _shard_path(self.folder, int(str(shard)))
            if not path.is_file() or path.stat().st_size < end * self.n_channels * 2:
                raise RealClonedError(f"{path} is missing or cut short; delete {self.folder} and run again")


def write_store(folder: Path | str, clips: Iterable[Clip], sample_rate_hz: int, n_channels: int) -> None:
    """Write all `clips` to a new store at `folder`, replacing what is there once it is complete.

    Memory holds one clip at a time. Raises ValueError when a clip is not (n_channels, n) int16.
    """
    folder = Path(folder)
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    index = pd.DataFrame(_write_shards(partial, clips, n_channels))
    if index.empty:
        index = pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in INDEX_COLUMNS.items()})
    index.to_parquet(partial / "index.parquet")
    (partial / "store.json").write_text(json.dumps({"sample_rate_hz": sample_rate_hz, "n_channels": n_channels}))
    (folder / "store.json").unlink(missing_ok=True)  # from here on, what is left of the old store is no store
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def _write_shards(folder: Path, clips: Iterable[Clip], n_channels: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    shard, offset = 0, 0
    for clip in clips:
        if clip.samples.dtype != np.int16 or clip.samples.ndim != 2 or clip.samples.shape[0] != n_channels:
            raise ValueError(
                f"clip {clip.track_id}: expected ({n_channels}, n) int16, got {clip.samples.shape} {clip.samples.dtype}"
            )
        if offset * n_channels * 2 >= SHARD_BYTES:
            shard, offset = shard + 1, 0
        with _shard_path(folder, shard).open("ab") as file:
            file.write(np.ascontiguousarray(clip.samples.T, dtype="<i2").tobytes())
        n_samples = clip.samples.shape[1]
        place = {
            "track_id": clip.track_id,
            "stem": clip.stem,
            "shard": shard,
            "offset_samples": offset,
            "n_samples": n_samples,
        }
        rows.append({**place, **clip.facts})
        offset += n_samples
    return rows


def _shard_path(folder: Path, shard: int) -> Path:
    return folder / f"{shard:05d}.i16"
