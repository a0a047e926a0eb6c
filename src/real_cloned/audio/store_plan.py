"""Writing a shard store: tasks, each of which writes the clips of one track, in one process or in many.

The store is written beside its final path and renamed when complete, so that an incomplete store is never read. An
incomplete store is continued by the next attempt with the same tasks: after a kill, with the next track.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from numpy.typing import NDArray
from tqdm import tqdm

from real_cloned.audio.shard_writer import ShardWriter, shard_lock

TASKS_PER_SHARD = 16
PLAN_FILE = "plan.json"
"""In an incomplete store: the identity of the tasks that write it."""

INDEX_COLUMNS = {
    "track_id": "str", "stem": "str", "shard": "int64", "offset_samples": "int64", "n_samples": "int64",
    "content_sha256": "str",
}  # fmt: skip


class ClipTask(Protocol):
    """Writes the clips of one track.

    Its `repr` identifies it: an incomplete store is continued only with tasks of the same `repr`.
    """

    def __call__(self, shard: ShardWriter) -> None:
        """Write each clip of the track.

        Args:
            shard: The shard to write to.
        """
        ...


@dataclass(frozen=True)
class StorePlan:
    """The tasks that write a store.

    Attributes:
        tasks: One per track; they must pickle where there are several processes.
        label: Description of the progress bar; empty for no bar.
        n_jobs: Processes that share the tasks; -1 for one per core.
    """

    tasks: Sequence[ClipTask]
    label: str = ""
    n_jobs: int = 1

    @property
    def identity(self) -> str:
        """A hash of all tasks."""
        digest = hashlib.sha256()
        for task in self.tasks:
            digest.update(repr(task).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()


@dataclass(frozen=True)
class WriteClip:
    """The task of a clip that is in memory.

    Attributes:
        track_id: Identifier of the track.
        stem: `mixture`, `vocals` or `accompaniment`.
        samples: (n_channels, n_samples) int16.
        metadata: Further columns of the store's index.
    """

    track_id: str
    stem: str
    samples: NDArray[np.int16]
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, shard: ShardWriter) -> None:
        """Write the clip.

        Args:
            shard: The shard to write to.
        """
        clip = shard.clip(self.track_id, self.stem)
        clip.append(self.samples)
        clip.metadata.update(self.metadata)


def write_store(folder: Path | str, plan: StorePlan, sample_rate_hz: int, n_channels: int) -> None:
    """Write a store, replacing an older one at the same path once the new one is complete.

    Memory holds one block of one track per process.

    Args:
        folder: Path of the store.
        plan: The tasks.
        sample_rate_hz: Sample rate of all clips, in hertz.
        n_channels: Channels of all clips.

    Raises:
        ValueError: When a clip is not (n_channels, n) int16.
    """
    folder = Path(folder)
    partial = _partial(folder)
    _begin_or_continue(partial, {"tasks": plan.identity, "sample_rate_hz": sample_rate_hz, "n_channels": n_channels})
    _write_index(partial, _write_shards(partial, plan, n_channels))
    (partial / "store.json").write_text(json.dumps({"sample_rate_hz": sample_rate_hz, "n_channels": n_channels}))
    (folder / "store.json").unlink(missing_ok=True)  # without it, what is left of the old store is not read
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    for file in (*folder.glob("*.jsonl"), *folder.glob("*.lock"), folder / PLAN_FILE):
        file.unlink(missing_ok=True)


def discard_partial_store(folder: Path) -> None:
    """Delete the incomplete store that a killed run has left.

    Args:
        folder: Path that the complete store would have.
    """
    _delete(_partial(folder))


def _partial(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.partial")


def _delete(partial: Path) -> None:
    for lock in partial.glob("*.lock"):
        with shard_lock(partial, int(lock.stem)):
            pass  # wait until no process writes to it
    (partial / PLAN_FILE).unlink(missing_ok=True)  # first, so that a half-deleted store is not continued
    shutil.rmtree(partial, ignore_errors=True)


def _begin_or_continue(partial: Path, identity: dict[str, Any]) -> None:
    """Keep what an earlier attempt with the same tasks left in `partial`, or else start with an empty folder."""
    file = partial / PLAN_FILE
    if not file.is_file() or file.read_text() != json.dumps(identity):
        _delete(partial)
        partial.mkdir(parents=True)
        file.write_text(json.dumps(identity))


def _write_shards(partial: Path, plan: StorePlan, n_channels: int) -> list[dict[str, Any]]:
    """Write all shards; return the rows of the index in the order of the tasks."""
    starts = range(0, len(plan.tasks), TASKS_PER_SHARD)
    groups = [plan.tasks[start : start + TASKS_PER_SHARD] for start in starts]
    n_jobs = min(cpu_count() if plan.n_jobs < 0 else plan.n_jobs, max(1, len(groups)))
    with tqdm(
        desc=plan.label, total=len(plan.tasks), unit="track", mininterval=1.0, disable=not plan.label
    ) as progress:
        if n_jobs == 1:
            rows = [_write_shard(partial, *group, n_channels, progress.update) for group in enumerate(groups)]
        else:
            jobs = (delayed(_write_shard)(partial, *group, n_channels) for group in enumerate(groups))
            rows = []
            for shard_rows, group in zip(Parallel(n_jobs=n_jobs, return_as="generator")(jobs), groups, strict=True):
                rows.append(shard_rows)
                progress.update(len(group))
    return [row for shard_rows in rows for row in shard_rows]


def _write_shard(
    folder: Path, number: int, tasks: Sequence[ClipTask], n_channels: int, progress: Callable[[int], Any] | None = None
) -> list[dict[str, Any]]:
    """Write the missing clips of one shard; return all its rows."""
    with ShardWriter(folder, number, n_channels) as shard:
        for index, task in enumerate(tasks):
            if index >= shard.n_done:
                task(shard)
                shard.commit()
            if progress is not None:
                progress(1)
        return shard.rows


def _write_index(folder: Path, rows: list[dict[str, Any]]) -> None:
    index = pd.DataFrame(rows)
    if index.empty:
        index = pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in INDEX_COLUMNS.items()})
    index.to_parquet(folder / "index.parquet")
