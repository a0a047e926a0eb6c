"""One shard of a store while it is written: a file of samples per stem, and a journal of what is whole.

A shard takes the tracks of a few recipes. Samples are appended piece by piece, so that memory does not grow with the
length of a track; a line of the journal follows when a recipe is done. A process that is killed leaves samples without
a line: they are cut off when the shard is opened again, and work goes on with the next recipe. Where a run is killed
and its processes live on for a while, a lock makes the next run wait for what they finish.
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
    """Return where a shard keeps the samples of a stem."""
    return folder / f"{number:05d}.{stem}.i16"


def shard_lock(folder: Path, number: int) -> FileLock:
    """Return the lock of a shard, which the system opens when its holder dies."""
    return FileLock(folder / f"{number:05d}.lock")


def read_frames(path: Path, first: int, frames: NDArray[np.int16]) -> None:
    """Fill `frames`, (n, n_channels) int16 in one piece of memory, with those of a shard from number `first` on.

    The file is opened anew each time: a corpus has more shards than a process may hold open, and pages of a memory map
    would count as its memory. Raises RealClonedError when the file is missing, or ends before.
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
    """One stem of one track on its way into a shard; `facts` become further columns of the store's index."""

    def __init__(self, track_id: str, stem: str, file: IO[bytes], n_channels: int):
        self.track_id, self.stem = track_id, stem
        self.facts: dict[str, Any] = {}
        self.n_samples = 0
        self._file, self._n_channels = file, n_channels
        self._start = file.tell()
        self._digest = hashlib.sha256()

    def append(self, samples: NDArray[np.int16]) -> None:
        """Add (n_channels, n) int16 at the end of the clip. Raises ValueError for another shape or type."""
        if samples.dtype != np.int16 or samples.ndim != 2 or samples.shape[0] != self._n_channels:
            raise ValueError(
                f"clip {self.track_id}: expected ({self._n_channels}, n) int16, got {samples.shape} {samples.dtype}"
            )
        frames = np.ascontiguousarray(samples.T, dtype="<i2").tobytes()
        self._file.write(frames)
        self._digest.update(frames)
        self.n_samples += samples.shape[1]

    def discard(self) -> None:
        """Drop the samples and keep the facts: what was heard did not make it, and they say why."""
        self._file.seek(self._start)
        self._file.truncate()
        self.n_samples = 0

    def row(self, shard: int) -> dict[str, Any]:
        """Return the clip's row of the store's index; content_sha256 is the hash of all samples that were heard."""
        place = {"shard": shard, "offset_samples": self._start // (2 * self._n_channels), "n_samples": self.n_samples}
        heard = {"content_sha256": self._digest.hexdigest()}
        return {"track_id": self.track_id, "stem": self.stem, **place, **heard, **self.facts}


class ShardWriter:
    """The shard `number` of the store in `folder`, taken up where it was left. Use it in a `with` block."""

    def __init__(self, folder: Path, number: int, n_channels: int):
        self.folder, self.number, self.n_channels = folder, number, n_channels
        self._journal = folder / f"{number:05d}.jsonl"
        self._lock = shard_lock(folder, number)
        self._lines: list[list[dict[str, Any]]] = []
        self._files: dict[str, IO[bytes]] = {}
        self._clips: list[ClipWriter] = []

    def __enter__(self) -> Self:
        """Wait for whoever is still at this shard, then cut off what a killed process left half done."""
        self._lock.acquire()
        self._lines = self._backed(_whole_lines(self._journal))
        self._journal.write_text("".join(f"{json.dumps(line)}\n" for line in self._lines))
        for path in self.folder.glob(f"{self.number:05d}.*.i16"):
            with path.open("r+b") as file:
                file.truncate(self._end(path.name.split(".")[1]))
        return self

    def __exit__(self, *failure: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()
        self._lock.release()

    @property
    def n_done(self) -> int:
        """How many recipes are whole."""
        return len(self._lines)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of the index of all clips that are whole."""
        return [row for line in self._lines for row in line]

    def clip(self, track_id: str, stem: str) -> ClipWriter:
        """Begin a clip; the clips of one recipe are of different stems, and may be written side by side."""
        if stem not in self._files:
            self._files[stem] = shard_path(self.folder, self.number, stem).open("ab")
        clip = ClipWriter(track_id, stem, self._files[stem], self.n_channels)
        self._clips.append(clip)
        return clip

    def commit(self) -> None:
        """Call what was written since the last commit whole."""
        for file in self._files.values():
            file.flush()
        line = json.dumps([clip.row(self.number) for clip in self._clips], default=_plain)
        with self._journal.open("a") as journal:
            journal.write(line + "\n")
        self._lines.append(json.loads(line))  # as a run finds it that goes on from here
        self._clips.clear()

    def _backed(self, lines: list[list[dict[str, Any]]]) -> list[list[dict[str, Any]]]:
        """Return the lines up to the first whose samples are not there: the system may lose them with the power."""
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


def _whole_lines(journal: Path) -> list[list[dict[str, Any]]]:
    """Return the lines of a journal up to the first that a killed process left unfinished."""
    lines: list[list[dict[str, Any]]] = []
    for line in journal.read_text().splitlines() if journal.is_file() else []:
        try:
            lines.append(json.loads(line))
        except ValueError:
            break
    return lines


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)
