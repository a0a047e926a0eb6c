"""One shard of a store while it is written: a file of samples per stem, and a journal of completed tasks.

A shard holds the tracks of a few tasks. Samples are appended block by block, so that memory does not grow with the
length of a track; when a task is complete, a line is added to the journal. A process that is killed leaves samples
without a line: they are truncated when the shard is opened again, and work continues with the next task. When worker
processes outlive a killed run, a lock makes the next run wait for them.
"""

import hashlib
import json
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from real_cloned.core.errors import RealClonedError


def shard_path(folder: Path, number: int, stem: str) -> Path:
    """Return the path of the samples of one stem in a shard.

    Args:
        folder: The store.
        number: Number of the shard.
        stem: `mixture`, `vocals` or `accompaniment`.
    """
    return folder / f"{number:05d}.{stem}.i16"


def shard_lock(folder: Path, number: int) -> FileLock:
    """Return the lock of a shard; the operating system releases it when its holder dies.

    Args:
        folder: The store.
        number: Number of the shard.
    """
    return FileLock(folder / f"{number:05d}.lock")


def read_frames(path: Path, first: int, frames: NDArray[np.int16]) -> None:
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
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(first * frames.shape[1] * frames.itemsize)
            n_read = file.readinto(frames.data.cast("B")) if frames.size else 0
    except OSError as error:
        raise RealClonedError(f"cannot read {path} ({error}); delete {path.parent} and run again") from error
    if n_read != frames.nbytes:
        raise RealClonedError(f"{path} is cut short; delete {path.parent} and run again")


class ClipWriter:
    """Writes one stem of one track into a shard.

    Args:
        track_id: Identifier of the track.
        stem: `mixture`, `vocals` or `accompaniment`.
        file: The shard's file of this stem, opened for appending.
        n_channels: Channels of the store.

    Attributes:
        metadata: Further columns of the store's index, to be set by the task.
        n_samples: Samples per channel that were written so far.
    """

    def __init__(self, track_id: str, stem: str, file: IO[bytes], n_channels: int):
        self.track_id, self.stem = track_id, stem
        self.metadata: dict[str, Any] = {}
        self.n_samples = 0
        self._file, self._n_channels = file, n_channels
        self._start = file.tell()
        self._digest = hashlib.sha256()

    def append(self, samples: NDArray[np.int16]) -> None:
        """Append a block to the clip.

        Args:
            samples: (n_channels, n) int16.

        Raises:
            ValueError: When the samples have another shape or type.
        """
        if samples.dtype != np.int16 or samples.ndim != 2 or samples.shape[0] != self._n_channels:
            raise ValueError(
                f"clip {self.track_id}: expected ({self._n_channels}, n) int16, got {samples.shape} {samples.dtype}"
            )
        frames = np.ascontiguousarray(samples.T, dtype="<i2").tobytes()
        self._file.write(frames)
        self._digest.update(frames)
        self.n_samples += samples.shape[1]

    def discard(self) -> None:
        """Delete the samples of a rejected clip and keep its metadata, which give the reason."""
        self._file.seek(self._start)
        self._file.truncate()
        self.n_samples = 0

    def restart(self) -> None:
        """Delete the samples, so that others can be appended in their place."""
        self.discard()
        self._digest = hashlib.sha256()

    def row(self, shard: int) -> dict[str, Any]:
        """Return the clip's row of the store's index; content_sha256 is the hash of all samples that were appended.

        Args:
            shard: Number of the shard.
        """
        position = {
            "shard": shard,
            "offset_samples": self._start // (2 * self._n_channels),
            "n_samples": self.n_samples,
        }
        content = {"content_sha256": self._digest.hexdigest()}
        return {"track_id": self.track_id, "stem": self.stem, **position, **content, **self.metadata}


class ShardWriter:
    """Writes one shard of a store, continuing after the last completed task; a context manager.

    Args:
        folder: The store that is being written.
        number: Number of the shard.
        n_channels: Channels of the store.
    """

    def __init__(self, folder: Path, number: int, n_channels: int):
        self.folder, self.number, self.n_channels = folder, number, n_channels
        self._journal = folder / f"{number:05d}.jsonl"
        self._lock = shard_lock(folder, number)
        self._lines: list[list[dict[str, Any]]] = []
        self._files: dict[str, IO[bytes]] = {}
        self._clips: list[ClipWriter] = []

    def __enter__(self) -> Self:
        """Wait for other writers of this shard, then truncate what a killed process left incomplete."""
        self._lock.acquire()
        self._lines = self._with_samples(_complete_lines(self._journal))
        self._journal.write_text("".join(f"{json.dumps(line)}\n" for line in self._lines))
        for path in self.folder.glob(f"{self.number:05d}.*.i16"):
            with path.open("r+b") as file:
                file.truncate(self._end(path.name.split(".")[1]))
        return self

    def __exit__(self, *failure: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Close the files and release the lock."""
        for file in self._files.values():
            file.close()
        self._lock.release()

    @property
    def n_done(self) -> int:
        """Number of completed tasks."""
        return len(self._lines)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Index rows of the clips of completed tasks."""
        return [row for line in self._lines for row in line]

    def clip(self, track_id: str, stem: str) -> ClipWriter:
        """Return a writer of a new clip; the clips of one task have different stems, and may be written in turns.

        Args:
            track_id: Identifier of the track.
            stem: `mixture`, `vocals` or `accompaniment`.
        """
        if stem not in self._files:
            self._files[stem] = shard_path(self.folder, self.number, stem).open("ab")
        clip = ClipWriter(track_id, stem, self._files[stem], self.n_channels)
        self._clips.append(clip)
        return clip

    def commit(self) -> None:
        """Record the clips since the last commit as complete."""
        for file in self._files.values():
            file.flush()
        line = json.dumps([clip.row(self.number) for clip in self._clips], default=_to_json)
        with self._journal.open("a") as journal:
            journal.write(line + "\n")
        self._lines.append(json.loads(line))  # the same types as after a restart
        self._clips.clear()

    def _with_samples(self, lines: list[list[dict[str, Any]]]) -> list[list[dict[str, Any]]]:
        """Return the lines before the first one whose samples are missing, as after a power failure."""
        sizes = {row["stem"]: 0 for line in lines for row in line}
        for stem in sizes:
            path = shard_path(self.folder, self.number, stem)
            sizes[stem] = path.stat().st_size // (2 * self.n_channels) if path.is_file() else 0
        for number, line in enumerate(lines):
            if any(row["offset_samples"] + row["n_samples"] > sizes[row["stem"]] for row in line):
                return lines[:number]
        return lines

    def _end(self, stem: str) -> int:
        ends = [row["offset_samples"] + row["n_samples"] for row in self.rows if row["stem"] == stem]
        return max(ends, default=0) * self.n_channels * 2


def _complete_lines(journal: Path) -> list[list[dict[str, Any]]]:
    """Return the lines of a journal before the first one that a killed process left incomplete."""
    lines: list[list[dict[str, Any]]] = []
    for line in journal.read_text().splitlines() if journal.is_file() else []:
        try:
            lines.append(json.loads(line))
        except ValueError:
            break
    return lines


def _to_json(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)
