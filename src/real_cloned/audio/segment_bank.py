"""Segments by number: where each lies is worked out once, and a batch is then copied straight from the shards.

A `SegmentBank` reads from the files; `SegmentBank.on` puts all of it on a GPU, where batches are then gathered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.shard_writer import read_frames, shard_path
from real_cloned.core.errors import RealClonedError

N_PRINTED = 64
"""Segments that tell one bank's sound from another's."""


class SegmentBank:
    """Segments of one length, several stems of each; row `stem * n_segments + segment` is one stem of one segment.

    files : raw int16 files with interleaved channels
    clips : (n_clips, 3) int64: file, first frame, number of frames
    clip : (n_rows,) the clip that a row is part of; offset : (n_rows,) frames from the clip's start
    """

    def __init__(
        self,
        files: Sequence[Path],
        clips: NDArray[np.int64],
        clip: NDArray[np.int64],
        offset: NDArray[np.int64],
        shape: tuple[int, int],
    ):
        self.files, self.clips, self.clip, self.offset = list(files), clips, clip, offset
        self.n_samples, self.n_channels = shape
        self._file, self._first = clips[clip, 0], clips[clip, 1] + offset
        self._taken = np.clip(clips[clip, 2] - offset, 0, self.n_samples)

    @classmethod
    def of(
        cls,
        segments: pd.DataFrame,
        stems: Sequence[str],
        mixtures: ShardStore,
        separated: ShardStore,
        duration_s: float,
    ) -> SegmentBank:
        """Return the bank of `segments` (track_id, offset_s), in their order, once for each of `stems`.

        mixtures, separated : the stores of the mixture and of the other stems
        Raises RealClonedError when a stem of a track is not there, with the setting that asks for it.
        """
        stores = [mixtures if stem == "mixture" else separated for stem in stems]
        parts = [_clips(segments, stem, store) for stem, store in zip(stems, stores, strict=True)]
        table = pd.concat(parts, ignore_index=True)
        clip, _ = pd.factorize(pd.MultiIndex.from_frame(table[["path", "offset_samples"]]))
        clips = table.assign(clip=clip).drop_duplicates("clip")
        file, files = pd.factorize(clips["path"])
        places = np.stack([file, clips["offset_samples"], clips["n_samples"]], axis=1).astype(np.int64)
        rate = mixtures.sample_rate_hz
        offset = (table["offset_s"].to_numpy(float) * rate).round().astype(np.int64)
        shape = (round(duration_s * rate), mixtures.n_channels)
        return cls([Path(path) for path in files], places, clip.astype(np.int64), offset, shape)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.clip)

    @property
    def n_bytes(self) -> int:
        """Bytes of all clips that rows are part of."""
        return int(self.clips[:, 2].sum()) * self.n_channels * 2

    def gather(self, rows: NDArray[np.int64], *, pinned: bool = False) -> Tensor:
        """Return (n_rows, n_samples, n_channels) int16, as it lies on disk; zeros follow after the end of a clip.

        pinned : in memory from which a GPU can copy by itself
        """
        batch = torch.empty((len(rows), self.n_samples, self.n_channels), dtype=torch.int16, pin_memory=pinned)
        target = batch.numpy()
        where = zip(self._file[rows].tolist(), self._first[rows].tolist(), self._taken[rows].tolist(), strict=True)
        for row, (file, first, taken) in enumerate(where):
            read_frames(self.files[file], first, target[row, :taken])
            target[row, taken:] = 0
        return batch

    def on(self, device: torch.device) -> ResidentBank:
        """Return the bank with all its clips in the memory of `device`."""
        return ResidentBank(self, device)

    def fingerprint(self) -> str:
        """Return a hash of where all rows lie and of how some of them, spread over all, sound."""
        spread = np.unique(np.linspace(0, len(self) - 1, N_PRINTED).astype(np.int64))
        digest = hashlib.sha256(self.gather(spread).numpy().tobytes())
        for part in (self.clips, self.clip, self.offset):
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()


class ResidentBank:
    """A bank in the memory of one device, as int16; rows are those of the bank that it was made from."""

    def __init__(self, bank: SegmentBank, device: torch.device):
        ends = np.cumsum(bank.clips[:, 2])
        n_frames = int(ends[-1]) + bank.n_samples  # so that every row has a whole segment after its first frame
        self._flat = torch.zeros((n_frames, bank.n_channels), dtype=torch.int16, device=device)
        for (file, first, length), end in zip(bank.clips.tolist(), ends.tolist(), strict=True):
            clip = np.empty((length, bank.n_channels), np.int16)
            read_frames(bank.files[file], first, clip)
            self._flat[end - length : end] = torch.from_numpy(clip).to(device)
        first = ends[bank.clip] - bank.clips[bank.clip, 2] + np.minimum(bank.offset, bank.clips[bank.clip, 2])
        self._first = torch.from_numpy(first).to(device)
        self._taken = torch.from_numpy(bank._taken).to(device)
        self._steps = torch.arange(bank.n_samples, device=device)

    def gather(self, rows: NDArray[np.int64], *, pinned: bool = False) -> Tensor:
        """Return (n_rows, n_samples, n_channels) int16 on the device, equal to those of the bank."""
        wanted = torch.from_numpy(rows).to(self._flat.device, non_blocking=True)
        frames = self._first[wanted, None] + self._steps  # (n_rows, n_samples)
        beyond = self._steps >= self._taken[wanted, None]
        return self._flat[frames].masked_fill_(beyond[..., None], 0)  # (n_rows, n_samples, n_channels)


def _clips(segments: pd.DataFrame, stem: str, store: ShardStore) -> pd.DataFrame:
    """Return for each segment the path, offset_samples and n_samples of the clip that it lies in, and its offset_s."""
    kept = store.index[(store.index["stem"] == stem) & (store.index["n_samples"] > 0)]
    found = segments[["track_id", "offset_s"]].merge(kept, on="track_id", how="left", validate="many_to_one")
    lacking = found.loc[found["n_samples"].isna(), "track_id"].unique()
    if len(lacking):
        raise RealClonedError(
            f"{store.folder} holds no {stem} of {len(lacking)} of {segments['track_id'].nunique()} tracks (such as "
            f"{lacking[0]}){_WAYS_OUT.get(stem, '')}; then run the separation stage again"
        )
    shards = {shard: str(shard_path(store.folder, int(shard), stem)) for shard in found["shard"].unique()}
    return found.assign(path=found["shard"].map(shards))[["path", "offset_samples", "n_samples", "offset_s"]]


_WAYS_OUT = {
    "accompaniment": ": set separation.train.accompaniment and separation.validation.accompaniment to `all`, which "
    "keeps the accompaniment of every track that encoders are trained on",
    "vocals": ": its vocals were not separated",
}
