"""The files of a store's samples, its shards: where they lie, how long they are, and reading stretches of them.

A shard has the samples of one clip (int16, little-endian, channels interleaved) and is named by their hash.
"""

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath

SHARDS = "shards"
"""The folder of shards, in that of the store."""


def shard_path(folder: AnyPath, content_sha256: str) -> AnyPath:
    """Return the path of the samples of a clip.

    Args:
        folder: The store.
        content_sha256: The hash of the samples.
    """
    return folder / shard_name(content_sha256)


def shard_name(content_sha256: str) -> str:
    """Return the path of the samples of a clip, relative to the folder of the store.

    Args:
        content_sha256: The hash of the samples.
    """
    return f"{SHARDS}/{content_sha256[:2]}/{content_sha256}.i16"


def shard_state(folder: Path, content_sha256: str) -> tuple[int, int] | None:
    """Return the size of a shard in bytes and its time of change in nanoseconds; None if there is no such file.

    Args:
        folder: The store, on this machine.
        content_sha256: The hash of the samples.
    """
    try:
        state = os.stat(f"{folder}/{shard_name(content_sha256)}")  # noqa: PTH116 (a path object takes longer than this)
    except OSError:
        return None
    return (state.st_size, state.st_mtime_ns) if stat.S_ISREG(state.st_mode) else None


def shard_bytes(n_samples: int, n_channels: int) -> int:
    """Return how long the file of a clip is, in bytes.

    Args:
        n_samples: Samples of the clip in each channel.
        n_channels: Channels of the store.
    """
    return n_samples * n_channels * 2


def read_frames(path: AnyPath, first: int, frames: NDArray[np.int16]) -> None:
    """Fill an array with consecutive frames of a shard.

    The file is opened for each call: a corpus has more shards than a process may hold open, and pages of a memory map
    would count as its memory.

    Args:
        path: File of samples, as `shard_path` names it.
        first: Index of the first frame to read.
        frames: (n_frames, n_channels) int16, contiguous; it is overwritten.

    Raises:
        RealClonedError: When the file is missing or too short.
    """
    if not isinstance(path, Path):
        read_stretches([(path, first, frames)])
        return
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(first * frames.shape[1] * frames.itemsize)
            n_read = file.readinto(frames.data.cast("B")) if frames.size else 0
    except OSError as error:
        raise RealClonedError(f"cannot read {path} ({error}); {_hint(path)}") from error
    if n_read != frames.nbytes:
        raise RealClonedError(f"{path} is cut short; {_hint(path)}")


def read_stretches(stretches: Sequence[tuple[AnyPath, int, NDArray[np.int16]]]) -> None:
    """Fill arrays with frames of shards; those on a remote file system are asked for together.

    Args:
        stretches: Of each array the shard, the first frame and the array, as `read_frames` takes them.

    Raises:
        RealClonedError: When a shard is missing or too short.
        Exception: What the remote file system raises when it does not answer.
    """
    remote = [stretch for stretch in stretches if not isinstance(stretch[0], Path) and stretch[2].size]
    for path, first, frames in stretches:
        if isinstance(path, Path):
            read_frames(path, first, frames)
    if not remote:
        return
    starts = [first * frames.shape[1] * frames.itemsize for _, first, frames in remote]
    ends = [start + frames.nbytes for start, (_, _, frames) in zip(starts, remote, strict=True)]
    paths: list[Any] = [path for path, _, _ in remote]
    contents = paths[0].fs.cat_ranges([path.path for path in paths], starts, ends, on_error="return")
    for path, (_, _, frames), content in zip(paths, remote, contents, strict=True):
        if isinstance(content, FileNotFoundError):
            raise RealClonedError(f"cannot read {path} ({content}); {_hint(path)}") from content
        if isinstance(content, Exception):  # storage is away or refuses: nothing is wrong with the store
            raise content
        if len(content) != frames.nbytes:
            raise RealClonedError(f"{path} is cut short; {_hint(path)}")
        frames.data.cast("B")[:] = content


def _hint(path: AnyPath) -> str:
    return f"delete {path.parents[2]} and run again"
