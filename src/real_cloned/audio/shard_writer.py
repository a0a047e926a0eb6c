"""The shards of one task while they are written. A shard is a file with the samples of one clip, named by their hash.

Samples are appended block by block, so that memory does not grow with the length of a track, to a file that has no
final name yet. When the task is complete its files get their names. A process that is killed before leaves files that
are never read. Two processes that write the same clip, as where workers outlive a killed run, write the same bytes to
the same name, each from a file of its own, so that they need no lock. A store on a remote file system is sent each
shard when its task is complete; until then it is on this machine.
"""

import hashlib
import json
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from real_cloned.audio.shard_files import shard_path
from real_cloned.core.files import AnyPath, local_copy, machine_folder

UNFINISHED = ".unfinished"
"""The folder of files without a final name, in that of the store."""

Row = dict[str, Any]
"""A clip's row of the store's index."""


class ClipWriter:
    """Writes one stem of one track.

    Args:
        track_id: Identifier of the track.
        stem: `mixture`, `vocals` or `accompaniment`.
        file: An empty file, opened for writing.
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
        self._file.seek(0)
        self._file.truncate()
        self.n_samples = 0

    def restart(self) -> None:
        """Delete the samples, so that others can be appended in their place."""
        self.discard()
        self._digest = hashlib.sha256()

    def finish(self, folder: AnyPath) -> Row:
        """Give the file its name; return the clip's row, whose content_sha256 is of all samples that were appended.

        Args:
            folder: The store.
        """
        row = {
            "track_id": self.track_id, "stem": self.stem, "n_samples": self.n_samples,
            "content_sha256": self._digest.hexdigest(), **self.metadata,
        }  # fmt: skip
        self._file.close()
        if self.n_samples:
            _give_name(Path(self._file.name), shard_path(folder, row["content_sha256"]))
        return row


def _give_name(file: Path, path: AnyPath) -> None:
    if isinstance(path, Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file.replace(path)
    else:
        path.fs.put_file(str(file), path.path)


class ShardWriter:
    """Writes the shards of one task; a context manager.

    Args:
        folder: The store.
        n_channels: Channels of the store.
        earlier: Rows of clips that an earlier run of the same task has written.
    """

    def __init__(self, folder: AnyPath, n_channels: int, earlier: list[Row] | None = None):
        self.folder, self.n_channels = folder, n_channels
        self._unfinished = folder / UNFINISHED if isinstance(folder, Path) else machine_folder(UNFINISHED)
        self._earlier = {row["stem"]: row for row in earlier or []}
        self._clips: list[ClipWriter] = []
        self._files: list[IO[bytes]] = []

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(self, *failure: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Delete the files of clips that were not committed."""
        for file in self._files:
            file.close()
            Path(file.name).unlink(missing_ok=True)

    def clip(self, track_id: str, stem: str) -> ClipWriter:
        """Return a writer of a new clip; the clips of one task have different stems, and may be written in turns.

        Args:
            track_id: Identifier of the track.
            stem: `mixture`, `vocals` or `accompaniment`.
        """
        path = self._unfinished / f"{uuid4().hex}.i16"
        path.parent.mkdir(parents=True, exist_ok=True)
        self._files.append(path.open("wb"))
        self._clips.append(ClipWriter(track_id, stem, self._files[-1], self.n_channels))
        return self._clips[-1]

    def earlier(self, stem: str) -> NDArray[np.int16] | None:
        """Return the samples of a stem that an earlier run of the task has written; None if it has not.

        Args:
            stem: `mixture`, `vocals` or `accompaniment`.

        Returns:
            (n_channels, n_samples) int16, a memory map.
        """
        row = self._earlier.get(stem)
        if row is None or not row["n_samples"]:
            return None
        samples = np.memmap(local_copy(shard_path(self.folder, row["content_sha256"])), "<i2", "r")
        return samples.reshape(-1, self.n_channels).T

    def commit(self) -> list[Row]:
        """Give the clips their names; return the rows of the task, those of earlier clips with them."""
        written = [clip.finish(self.folder) for clip in self._clips]
        stems = {row["stem"] for row in written}
        rows = [*(row for stem, row in self._earlier.items() if stem not in stems), *written]
        made: list[Row] = json.loads(json.dumps(rows, default=_to_json))  # the same types as after a restart
        return made


def _to_json(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)
