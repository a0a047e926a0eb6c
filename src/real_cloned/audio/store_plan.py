"""Writing a shard store: tasks, each of which writes the clips of one track, in one process or in many.

A task is known by what its clips are made from, not by the track's name, and what it has made stays in the store. So
the next store of the same folder takes up what was made from the same, whatever was added, removed or renamed, and so
does a run after one that was killed. `audio.task_journal` remembers the tasks; clips that no track has any more stay
until `reclaim_space` deletes them.
"""

import hashlib
import json
import logging
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from real_cloned.audio.clip_task import ClipTask
from real_cloned.audio.shard_files import shard_path
from real_cloned.audio.shard_writer import UNFINISHED, Row, ShardWriter
from real_cloned.audio.task_journal import TaskJournal
from real_cloned.core.attempts import Failed
from real_cloned.core.executor import run_each
from real_cloned.core.files import AnyPath, atomic_write, local_copy, resolve_path
from real_cloned.core.lazy_list import LazyList, batched
from real_cloned.core.runtime import collector_paused

logger = logging.getLogger(__name__)

INDEX_COLUMNS = {"track_id": "str", "stem": "str", "n_samples": "int64", "content_sha256": "str"}

ROWS_AT_ONCE = 10_000
"""Rows of the index that are dictionaries at a time."""

EMPTY_SHA256 = hashlib.sha256().hexdigest()
"""The hash of no samples."""


@dataclass(frozen=True)
class StorePlan:
    """The tasks that write a store.

    Attributes:
        tasks: One per track; they must pickle where there are several processes.
        label: Description of the progress bar; empty for no bar.
        n_jobs: Processes of this machine that share the tasks, as in `core.executor.run_each`; -1 for one per core.
        name: Of what is stored, by which the console says how much is new; empty to say nothing.
    """

    tasks: Sequence[ClipTask]
    label: str = ""
    n_jobs: int = 1
    name: str = ""


@dataclass(frozen=True)
class WriteClip(ClipTask):
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

    @property
    def identity(self) -> str:
        """A hash of the samples, and the rest."""
        content = hashlib.sha256(np.ascontiguousarray(self.samples).tobytes()).hexdigest()
        return f"{self.stem} {self.samples.dtype} {self.samples.shape} {content} {dict(self.metadata)!r}"

    def __call__(self, shard: ShardWriter) -> None:
        """Write the clip.

        Args:
            shard: What writes it.
        """
        clip = shard.clip(self.track_id, self.stem)
        clip.append(self.samples)
        clip.metadata.update(self.metadata)


@dataclass(frozen=True)
class TakeUp:
    """Which clips of earlier runs a store takes up.

    Attributes:
        made_from: Hash of what all clips are made from, beside what their tasks name: code, libraries, parameters.
        by_content: Read every source again to know whether it has changed, rather than trust size and time of change.
    """

    made_from: str = ""
    by_content: bool = False


def write_store(
    folder: AnyPath | str, plan: StorePlan, sample_rate_hz: int, n_channels: int, take_up: TakeUp | None = None
) -> None:
    """Write a store. An older one at the same path stays as it was until the new one is complete, and then its clips.

    Memory holds one block of one track per process.

    Args:
        folder: Path of the store, or address on a remote file system.
        plan: The tasks.
        sample_rate_hz: Sample rate of all clips, in hertz.
        n_channels: Channels of all clips.
        take_up: Which clips of earlier runs are taken up; by default all whose tasks were the same.

    Raises:
        ValueError: When a clip is not (n_channels, n) int16.
    """
    folder, take_up = resolve_path(str(folder)), take_up or TakeUp()
    folder.mkdir(parents=True, exist_ok=True)
    _delete_unfinished(folder)
    with collector_paused():
        journal = TaskJournal(folder, n_channels)
        made_from = f"{take_up.made_from} {sample_rate_hz} {n_channels}"
        keys = journal.task_keys(plan.tasks, made_from, take_up.by_content)
        numbers = _first_of_each(keys)
        new, work = _find_work(plan, keys, numbers, journal)
    if plan.name:
        logger.info("%s: %d new, %d gone, %d kept", plan.name, len(new), journal.n_gone(numbers), len(keys) - len(new))
    try:
        for key, rows in _do(folder, work, plan, n_channels):
            journal.add(key, rows)
    finally:
        journal.send()
    with collector_paused():
        index = _index(plan.tasks, journal.rows(keys))
    _write_index(folder, index)
    with atomic_write(folder / "store.json") as path:
        path.write_text(json.dumps({"sample_rate_hz": sample_rate_hz, "n_channels": n_channels}))
    journal.finish(numbers)
    _delete_unfinished(folder)


def _delete_unfinished(folder: AnyPath) -> None:
    if isinstance(folder, Path):
        shutil.rmtree(folder / UNFINISHED, ignore_errors=True)


def _lacks_side_file(task: ClipTask) -> bool:
    return task.side_file is not None and not task.side_file.is_file()


def _lacks_stems(task: ClipTask, rows: list[Row]) -> bool:
    return task.stems is not None and not set(task.stems) <= {row["stem"] for row in rows}


def _first_of_each(keys: Sequence[str]) -> dict[str, int]:
    """Return the number of the first task of each key."""
    numbers: dict[str, int] = {}
    for number, key in enumerate(keys):
        numbers.setdefault(key, number)
    return numbers


def _find_work(
    plan: StorePlan, keys: Sequence[str], numbers: dict[str, int], journal: TaskJournal
) -> tuple[set[str], "LazyList[Work]"]:
    """Return the keys of new tasks, and what is to be done: these, and tasks that lack stems."""
    new: set[str] = set()
    incomplete: list[str] = []
    tasks = (task for number, task in enumerate(plan.tasks) if numbers[keys[number]] == number)
    for key, task, rows in zip(numbers, tasks, journal.verified_rows(numbers), strict=True):
        if rows is None or _lacks_side_file(task):
            new.add(key)
            incomplete.append(key)
        elif _lacks_stems(task, rows):
            incomplete.append(key)

    def work(key: str) -> Work:
        return key, plan.tasks[numbers[key]], None if key in new else next(journal.rows([key]))

    return new, LazyList(work, incomplete)


Work = tuple[str, ClipTask, list[Row] | None]
"""A task, its key, and the rows of clips that it wrote before."""


def _do(folder: AnyPath, work: Sequence[Work], plan: StorePlan, n_channels: int) -> Iterator[tuple[str, list[Row]]]:
    """Yield the key and the rows of each task when it is done."""
    done = run_each(partial(_do_one, folder, n_channels), work, plan.n_jobs)
    bar = tqdm(done, plan.label, len(work), unit="track", mininterval=1.0, disable=not (plan.label and work))
    for number, rows in bar:
        key, task, _ = work[number]
        yield key, _rejected(task, rows) if isinstance(rows, Failed) else rows


def _do_one(folder: AnyPath, n_channels: int, work: Work) -> list[Row]:
    _, task, earlier = work
    with ShardWriter(folder, n_channels, earlier) as shard:
        task(shard)
        return shard.commit()


def _rejected(task: ClipTask, failed: Failed) -> list[Row]:
    """Return the rows of a task that failed: clips without samples, with the reason."""
    if task.rejected is None:
        raise failed.to_error()
    logger.warning("track %s is rejected, it %s", task.track_id, failed.reason)
    row = {"n_samples": 0, "content_sha256": EMPTY_SHA256, **task.rejected, "reason": failed.reason}
    return [{"track_id": task.track_id, "stem": stem, **row} for stem in task.stems or ("mixture",)]


def _index(tasks: Iterable[ClipTask], rows: Iterable[list[Row] | None]) -> pd.DataFrame:
    """Return the index of a store: a row for each stem that a task is to hold, under the name of the task's track.

    The rows of tasks may have been made for tracks of other names. Rows become columns some at a time, as a million
    dictionaries do not fit into memory. Metadata get their types part by part, and again at the end, where parts may
    differ; the copies let go of the dictionaries' values, all of which one column of objects would keep.
    """
    of_tasks = zip(tasks, rows, strict=True)
    found = (
        row | {"track_id": task.track_id}
        for task, made in of_tasks
        for row in made or []
        if task.stems is None or row["stem"] in task.stems
    )
    parts = (pd.DataFrame(some, dtype=object).astype(INDEX_COLUMNS) for some in batched(found, ROWS_AT_ONCE))
    tables = [part.infer_objects().copy() for part in parts]
    if not tables:
        return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in INDEX_COLUMNS.items()})
    return pd.concat(tables, ignore_index=True).infer_objects()


def _write_index(folder: AnyPath, index: pd.DataFrame) -> None:
    (folder / "store.json").unlink(missing_ok=True)  # without it, the store is not read: the new index may not fit it
    with atomic_write(folder / "index.parquet") as path:
        index.to_parquet(path)


def forget_tasks(folder: AnyPath) -> None:
    """Forget what was made before, so that the next store at this path takes up nothing.

    Args:
        folder: Path of the store.
    """
    TaskJournal.log(folder).delete()


def reclaim_space(folder: AnyPath) -> int:
    """Delete what a complete store does not use; return how many bytes that gives back.

    That is: clips of tracks that are gone or were made from other parameters, and what killed runs have left.

    Args:
        folder: Path of the store.
    """
    if not (folder / "store.json").is_file():
        return 0
    n_channels = json.loads((folder / "store.json").read_text())["n_channels"]
    index = pd.read_parquet(local_copy(folder / "index.parquet"))
    used = {shard_path(folder, row["content_sha256"]) for row in index.to_dict("records") if row["n_samples"]}
    TaskJournal(folder, n_channels).forget_others()
    files = [path for path in folder.rglob("*.i16") if path not in used]
    n_bytes = sum(path.stat().st_size for path in files)
    for path in files:
        path.unlink()
    return n_bytes
