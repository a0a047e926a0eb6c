"""Segments by row number: positions are computed once, and batches are then copied straight from the shards.

A `SegmentBank` reads from the files; `SegmentBank.to` copies all of it to a GPU, where batches are then gathered.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from real_cloned.audio.shard_files import read_stretches, shard_path
from real_cloned.audio.shard_store import ShardStore
from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath, resolve_path

N_HASHED = 64
"""Segments whose samples are part of a bank's fingerprint."""

N_CLIPS_AT_ONCE = 16
"""Clips that are read together to be copied to a device."""


class SegmentBank:
    """Segments of one duration and their stems; row `stem * n_segments + segment` is one stem of one segment.

    Args:
        files: Raw int16 files with interleaved channels.
        clips: (n_clips, 3) int64: index of the file, first frame, number of frames. A shard is a clip, but a
            file of another kind may hold several.
        clip_index: (n_rows,) int64, the clip that each row is part of.
        offset: (n_rows,) int64, frames from the start of the clip.
        shape: (n_samples, n_channels) of a segment.
    """

    def __init__(
        self,
        files: Sequence[AnyPath],
        clips: NDArray[np.int64],
        clip_index: NDArray[np.int64],
        offset: NDArray[np.int64],
        shape: tuple[int, int],
    ):
        self.files, self.clips, self.clip_index, self.offset = list(files), clips, clip_index, offset
        self.n_samples, self.n_channels = shape
        self._file, self._first = clips[clip_index, 0], clips[clip_index, 1] + offset
        self._n_available = np.clip(clips[clip_index, 2] - offset, 0, self.n_samples)

    @classmethod
    def from_stores(
        cls,
        segments: pd.DataFrame,
        stems: Sequence[str],
        mixtures: ShardStore,
        separated: ShardStore,
        duration_s: float,
    ) -> "SegmentBank":
        """Return the bank of the given segments in their order, once for each stem.

        Args:
            segments: `schemas.corpora.Segments`; track_id and offset_s are read.
            stems: Stems of each segment.
            mixtures: Store of the mixtures.
            separated: Store of the other stems.
            duration_s: Duration of a segment, in seconds.

        Raises:
            RealClonedError: When a stem of a track is missing; the message names the setting that asks for it.
        """
        stores = [mixtures if stem == "mixture" else separated for stem in stems]
        parts = [_clips(segments, stem, store) for stem, store in zip(stems, stores, strict=True)]
        table = pd.concat(parts, ignore_index=True)
        clip_index, files = pd.factorize(table["path"])
        lengths = table.drop_duplicates("path")["n_samples"]  # in the order of `files`
        positions = np.stack([np.arange(len(files)), np.zeros(len(files)), lengths], axis=1).astype(np.int64)
        rate = mixtures.sample_rate_hz
        offset = (table["offset_s"].to_numpy(float) * rate).round().astype(np.int64)
        shape = (round(duration_s * rate), mixtures.n_channels)
        return cls([resolve_path(path) for path in files], positions, clip_index.astype(np.int64), offset, shape)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.clip_index)

    @property
    def n_bytes(self) -> int:
        """Bytes of all clips that rows are part of."""
        return int(self.clips[:, 2].sum()) * self.n_channels * 2

    def gather(self, rows: NDArray[np.int64], *, pinned: bool = False) -> Tensor:
        """Return the segments of the given rows, with zeros after the end of a clip.

        Args:
            rows: (n_rows,) int64, in any order, also several times the same.
            pinned: Whether the result is in pinned memory, from which a GPU copies asynchronously.

        Returns:
            (n_rows, n_samples, n_channels) int16, the layout on disk.
        """
        batch = torch.empty((len(rows), self.n_samples, self.n_channels), dtype=torch.int16, pin_memory=pinned)
        target = batch.numpy()
        positions = zip(
            self._file[rows].tolist(), self._first[rows].tolist(), self._n_available[rows].tolist(), strict=True
        )
        stretches = []
        for row, (file, first, n_available) in enumerate(positions):
            stretches.append((self.files[file], first, target[row, :n_available]))
            target[row, n_available:] = 0
        read_stretches(stretches)
        return batch

    def to(self, device: torch.device) -> "ResidentBank":
        """Return the bank with all its clips in the memory of a device.

        Args:
            device: Usually a GPU.
        """
        return ResidentBank(self, device)

    def fingerprint(self) -> str:
        """Return a hash of the positions of all rows and of the samples of `N_HASHED` evenly spaced rows."""
        hashed_rows = np.unique(np.linspace(0, len(self) - 1, N_HASHED).astype(np.int64))
        digest = hashlib.sha256(self.gather(hashed_rows).numpy().tobytes())
        for part in (self.clips, self.clip_index, self.offset):
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()


class ResidentBank:
    """A bank in the memory of one device, as int16, with the rows of the bank that it is a copy of.

    Args:
        bank: The bank to copy.
        device: Usually a GPU.
    """

    def __init__(self, bank: SegmentBank, device: torch.device):
        ends = np.cumsum(bank.clips[:, 2])
        n_frames = int(ends[-1]) + bank.n_samples  # so that every row has a whole segment after its first frame
        self._flat = torch.zeros((n_frames, bank.n_channels), dtype=torch.int16, device=device)
        for start in range(0, len(ends), N_CLIPS_AT_ONCE):
            some = slice(start, start + N_CLIPS_AT_ONCE)
            clips = [np.empty((length, bank.n_channels), np.int16) for length in bank.clips[some, 2]]
            positions = zip(bank.clips[some, 0].tolist(), bank.clips[some, 1].tolist(), clips, strict=True)
            read_stretches([(bank.files[file], first, clip) for file, first, clip in positions])
            for clip, end in zip(clips, ends[some].tolist(), strict=True):
                self._flat[end - len(clip) : end] = torch.from_numpy(clip).to(device)
        first = (
            ends[bank.clip_index]
            - bank.clips[bank.clip_index, 2]
            + np.minimum(bank.offset, bank.clips[bank.clip_index, 2])
        )
        self._first = torch.from_numpy(first).to(device)
        self._n_available = torch.from_numpy(bank._n_available).to(device)
        self._steps = torch.arange(bank.n_samples, device=device)

    def gather(self, rows: NDArray[np.int64], *, pinned: bool = False) -> Tensor:
        """Return the segments of the given rows, equal to those of the copied bank.

        Args:
            rows: (n_rows,) int64, in any order, also several times the same.
            pinned: Ignored; the result is on the device.

        Returns:
            (n_rows, n_samples, n_channels) int16 on the device.
        """
        index = torch.from_numpy(rows).to(self._flat.device, non_blocking=True)
        frames = self._first[index, None] + self._steps  # (n_rows, n_samples)
        beyond = self._steps >= self._n_available[index, None]
        return self._flat[frames].masked_fill_(beyond[..., None], 0)  # (n_rows, n_samples, n_channels)


def _clips(segments: pd.DataFrame, stem: str, store: ShardStore) -> pd.DataFrame:
    """Return the path and n_samples of the clip of each segment, and the segment's offset_s."""
    clips = store.clips[(store.clips["stem"] == stem) & (store.clips["n_samples"] > 0)]
    matched = segments[["track_id", "offset_s"]].merge(clips, on="track_id", how="left", validate="many_to_one")
    missing = matched.loc[matched["n_samples"].isna(), "track_id"].unique()
    if len(missing):
        raise RealClonedError(
            f"{store.folder} holds no {stem} of {len(missing)} of {segments['track_id'].nunique()} tracks (such as "
            f"{missing[0]}){_MISSING_STEM_HINTS.get(stem, '')}; then run the separation stage again"
        )
    contents = matched["content_sha256"]
    paths = {content: str(shard_path(store.folder, content)) for content in contents.unique()}
    return matched.assign(path=contents.map(paths))[["path", "n_samples", "offset_s"]]


_MISSING_STEM_HINTS = {
    "accompaniment": ": set separation.train.accompaniment and separation.validation.accompaniment to `all`, which "
    "keeps the accompaniment of every track that encoders are trained on",
    "vocals": ": its vocals were not separated",
}
