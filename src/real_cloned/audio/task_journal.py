"""The journal of a shard store: which tasks are done and the rows of the index that they made, and what files hold.

One file of JSON lines (`core.line_log`). A line is added whenever a task is done; one that a killed process has left
incomplete is passed over. The file is hidden, as it is no content of the store: without it the store can be read, and
is made again whole.

A source is known by the hash of its content, so that one that was renamed or touched is the same. It is read for that
only if its path is new, or if its size or time of change differ from those at which it was read before. On a remote
file system an ETag does as well.
"""

import hashlib
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from real_cloned.audio.clip_task import ClipTask
from real_cloned.audio.shard_writer import SHARDS, Row, shard_bytes, shard_path
from real_cloned.core.files import ETAG, AnyPath, file_state, remote_states, sha256_of
from real_cloned.core.line_log import LineLog, batched

UNKNOWN = "unknown "
"""How the key of a task begins whose source cannot be read now: it is not remembered."""

FILES_PER_CALL = 256
"""Sources that a thread looks at in a call."""

MANY_FILES = 32
"""So many remote sources are listed with all that lies beside them, rather than asked for one by one."""


class TaskJournal:
    """What is known of the tasks of a store.

    Args:
        folder: The store.
        n_channels: Channels of the store.
    """

    def __init__(self, folder: AnyPath, n_channels: int):
        self._folder, self._n_channels = folder, n_channels
        self._log = self.log(folder)
        self._tasks: dict[str, dict[str, Any]] = {}
        self._files: dict[str, list[str]] = {}
        self._current: dict[str, list[str]] = {"tasks": [], "files": []}
        self._used_files: list[str] = []
        is_cut = False
        for line in self._log.read():
            if line is None:
                is_cut = True
            elif "task" in line:
                self._tasks[line["task"]] = {"rows": line["rows"], "times": line["times"]}
            elif "file" in line:
                self._files[line["file"]] = line["content"]
            else:
                self._current = line["current"]
        if is_cut:
            self._write()  # or the next line would continue the one that is incomplete

    @staticmethod
    def log(folder: AnyPath) -> LineLog:
        """Return the file of the journal.

        Args:
            folder: The store.
        """
        return LineLog(folder / ".journal.jsonl")

    def task_keys(self, tasks: Sequence[ClipTask], made_from: str, by_content: bool) -> list[str]:
        """Return by what tasks are known: a hash of all that their clips are made from.

        Args:
            tasks: The tasks.
            made_from: What the clips of all of them are made from.
            by_content: Read every source again, whatever its size and time of change.
        """
        contents = self._source_contents({str(task.source): task.source for task in tasks if task.source}, by_content)
        return [self._key(task, made_from, contents) for task in tasks]

    def rows(self, key: str) -> list[Row] | None:
        """Return the rows of a task's clips; None if it is not done, or its shards are not what it has written.

        Args:
            key: Of the task.
        """
        task = self._tasks.get(key)
        if task is None:
            return None
        for number, row in enumerate(task["rows"]):
            task["times"][number] = self._verified(row, task["times"][number])
        rows: list[Row] = task["rows"]
        return rows if all(time is not None for time in task["times"]) else None

    def current_tasks(self) -> set[str]:
        """Return the keys of the tasks of the store as it was completed last."""
        return set(self._current["tasks"])

    def add(self, key: str, rows: list[Row]) -> None:
        """Write down that a task is done.

        Args:
            key: Of the task.
            rows: The rows of its clips.
        """
        if not key.startswith(UNKNOWN):
            times = [self._time(row) for row in rows]
            self._tasks[key] = {"rows": rows, "times": times}
            self._log.append([{"task": key, "rows": rows, "times": times}])

    def send(self) -> None:
        """Write down what was added, where a remote file system has not been sent it yet."""
        self._log.send()

    def finish(self, keys: Iterable[str]) -> None:
        """Write down that the store is complete, and the whole journal anew.

        Args:
            keys: Of its tasks.
        """
        tasks = [key for key in dict.fromkeys(keys) if not key.startswith(UNKNOWN)]
        self._current = {"tasks": tasks, "files": self._used_files}
        self._write()

    def forget_others(self) -> None:
        """Forget the tasks and files that the store as it was completed last does not use."""
        self._tasks = {key: self._tasks[key] for key in self._current["tasks"] if key in self._tasks}
        self._files = {path: self._files[path] for path in self._current["files"] if path in self._files}
        self._write()

    def _key(self, task: ClipTask, made_from: str, contents: dict[str, str | None]) -> str:
        content = contents[str(task.source)] if task.source else ""
        text = f"{made_from}\n{type(task).__name__}\n{task.identity}\n"
        key = hashlib.sha256(f"{text}{content}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return f"{UNKNOWN}{task.source}" if content is None else key

    def _source_contents(self, sources: dict[str, AnyPath], by_content: bool) -> dict[str, str | None]:
        """Return the hash of each file's content by its path; None of those that cannot be read."""

        listed = _listed_states(sources)

        def read(paths: list[str]) -> list[list[str] | None]:
            known = {} if by_content else self._files
            return [
                _source_content(sources[path], known.get(path), listed.get(path), by_content=by_content)
                for path in paths
            ]

        with ThreadPoolExecutor() as threads:  # many files a call, as a call takes longer than a look at a file
            size = min(FILES_PER_CALL, max(1, len(sources) // 64))
            found = threads.map(read, batched(sources, size))
            contents = dict(zip(sources, chain.from_iterable(found), strict=True))
        changed = {path: content for path, content in contents.items() if content and content != self._files.get(path)}
        self._files |= changed
        self._used_files = [path for path, content in contents.items() if content]
        self._log.append({"file": path, "content": content} for path, content in changed.items())
        return {path: content[1] if content else None for path, content in contents.items()}

    def _time(self, row: Row) -> int:
        """Return the time of change of a clip's shard, in nanoseconds; 0 where it has none, or is remote."""
        path = shard_path(self._folder, row["content_sha256"])
        return path.stat().st_mtime_ns if row["n_samples"] and isinstance(path, Path) else 0

    def _verified(self, row: Row, time: int | None) -> int | None:
        """Return the time of change of a shard that is as it was written, else None; it is read if the time differs.

        A remote shard that is there is as it was written: storage has it whole or not at all, and nothing writes
        another under its name.
        """
        path = shard_path(self._folder, row["content_sha256"])
        if not row["n_samples"]:
            return 0
        if not isinstance(path, Path):
            size = self._remote_shards.get(path.path, "").partition(" ")[0]
            return 0 if size == str(shard_bytes(row, self._n_channels)) else None
        if not path.is_file() or path.stat().st_size != shard_bytes(row, self._n_channels):
            return None
        if path.stat().st_mtime_ns == time or sha256_of(path) == row["content_sha256"]:
            return path.stat().st_mtime_ns
        return None

    @cached_property
    def _remote_shards(self) -> dict[str, str]:
        """The size and the version of each shard of a remote store as this run finds it, by its path."""
        return remote_states(self._folder / SHARDS)

    def _write(self) -> None:
        tasks = ({"task": key, **self._tasks[key]} for key in sorted(self._tasks))
        files = ({"file": path, "content": self._files[path]} for path in sorted(self._files))
        self._log.replace(chain(tasks, files, [{"current": self._current}]))


def _listed_states(sources: Mapping[str, AnyPath]) -> dict[str, str]:
    """Return the states of remote files, if there are many, from a listing of the folder that holds all of them."""
    remote = {path: source for path, source in sources.items() if not isinstance(source, Path)}
    if len(remote) < MANY_FILES:
        return {}
    folder = next(iter(remote.values())).with_segments(posixpath.commonpath([one.path for one in remote.values()]))
    try:
        states = remote_states(folder)
    except Exception:  # noqa: BLE001 (each remote file system has errors of its own; each file is then asked for)
        return {}
    return {path: states[source.path] for path, source in remote.items() if states.get(source.path)}


def _source_content(
    source: AnyPath, known: list[str] | None, state: str | None, *, by_content: bool
) -> list[str] | None:
    """Return a file's state and the hash of its content, `known` if its state is the same; None if it is unreadable.

    A file with an ETag is known by that, without being read: a corpus need not be fetched before its first track.
    """
    try:
        if state is None and not source.is_file():  # a named pipe would be waited for
            return None
        state = state or file_state(source)
        if known and state and known[0] == state:
            return known
        return [state, state if ETAG in state and not by_content else sha256_of(source)]
    except Exception:  # noqa: BLE001 (each remote file system has errors of its own; who decodes the file reports them)
        return None
