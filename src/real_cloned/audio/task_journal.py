"""The journal of a shard store: which tasks are done and the rows of the index that they made, and what files hold.

One file of JSON lines (`core.line_log`). A line is added whenever a task is done; one that a killed process has left
incomplete is passed over. The file is hidden, as it is no content of the store: without it the store can be read, and
is made again whole.

A source is known by the hash of its content, so that one that was renamed or touched is the same
(`audio.task_sources`).
"""

import hashlib
import posixpath
from array import array
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import Any

from real_cloned.audio.clip_task import ClipTask
from real_cloned.audio.shard_files import SHARDS, shard_bytes, shard_name, shard_path, shard_state
from real_cloned.audio.shard_writer import Row
from real_cloned.audio.task_sources import listed_states, local_state, source_contents
from real_cloned.core.executor import run_in_order, works_on_cluster
from real_cloned.core.files import AnyPath, remote_states, sha256_of
from real_cloned.core.lazy_list import batched
from real_cloned.core.line_log import LineLog
from real_cloned.core.text_index import TextIndex

UNKNOWN = "unknown "
"""How the key of a task begins whose source cannot be read now: it is not remembered."""

TASKS_AT_ONCE = 5000
"""Tasks whose lines are read together."""

FILES_AT_ONCE = 20
"""Files that a thread, or a task of a cluster, reads before it is given more: handing over one takes as long as reading
a small one."""

NAMES_PER_LINE = 20
"""Tasks, or files, of the complete store that one line names: lines are parsed many at a time."""


class TaskJournal:
    """What is known of the tasks of a store.

    Memory holds where the line of each task and file is, and a line is read when it is asked for: so a million tasks
    take some tens of megabytes.

    Args:
        folder: The store.
        n_channels: Channels of the store.
    """

    def __init__(self, folder: AnyPath, n_channels: int):
        self._folder, self._n_channels = folder, n_channels
        self._log = self.log(folder)
        self._not_remembered: dict[str, list[Row]] = {}
        self._used_files = array("q")
        if self._read():
            self._write(self._log.read_at(self._current))  # or the next line would continue the one that is incomplete
            self._read()

    def _read(self) -> bool:
        """Find the place of each line; tell whether one is incomplete."""
        self._tasks, self._files = TextIndex(), TextIndex()
        self._current = array("q")
        is_cut = False
        for some in batched(self._log.read(), TASKS_AT_ONCE):
            lines = [(place, line) for place, line in some if line is not None]
            is_cut = is_cut or len(lines) < len(some)
            for name, index in (("task", self._tasks), ("file", self._files)):
                index.update((line[name], place) for place, line in lines if name in line)
            self._current.extend(place for place, line in lines if "current" in line)
        return is_cut

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
        listed = listed_states(tasks)
        keys: list[str] = []
        with ThreadPoolExecutor() as threads:
            for some in batched(tasks, TASKS_AT_ONCE):
                contents = self._source_contents([task.source for task in some], by_content, listed, threads)
                keys += (self._key(task, made_from, content) for task, content in zip(some, contents, strict=True))
        return keys

    def rows(self, keys: Iterable[str]) -> Iterator[list[Row] | None]:
        """Yield the rows of each task's clips; None if it is not done.

        Args:
            keys: Of the tasks.
        """
        for some in batched(keys, TASKS_AT_ONCE):
            lines = self._lines(self._tasks, some)
            yield from (lines[key]["rows"] if key in lines else self._not_remembered.get(key) for key in some)

    def verified_rows(self, keys: Iterable[str]) -> Iterator[list[Row] | None]:
        """Yield the rows of each task's clips; None if it is not done, or its shards are not what it has written.

        Args:
            keys: Of the tasks, each once.
        """
        for some in batched(keys, TASKS_AT_ONCE):
            lines = self._lines(self._tasks, some)
            times = {
                key: [self._verified(row, time) for row, time in zip(line["rows"], line["times"], strict=True)]
                for key, line in lines.items()
            }
            self._add_lines(line | {"times": times[key]} for key, line in lines.items() if times[key] != line["times"])
            yield from (lines[key]["rows"] if key in lines and None not in times[key] else None for key in some)

    def n_gone(self, keys: Container[str]) -> int:
        """Return how many tasks of the store as it was completed last are no longer asked for.

        Args:
            keys: Of those that are.
        """
        return sum(key not in keys for line in self._log.read_at(self._current) for key in line["current"]["tasks"])

    def add(self, key: str, rows: list[Row]) -> None:
        """Write down that a task is done.

        Args:
            key: Of the task.
            rows: The rows of its clips.
        """
        if key.startswith(UNKNOWN):
            self._not_remembered[key] = rows
        else:
            self._add_lines([{"task": key, "rows": rows, "times": [self._time(row) for row in rows]}])

    def send(self) -> None:
        """Write down what was added, where a remote file system has not been sent it yet."""
        self._log.send()

    def finish(self, keys: Iterable[str]) -> None:
        """Write down that the store is complete, and the whole journal anew.

        Args:
            keys: Of its tasks, each once.
        """
        tasks = (key for key in keys if not key.startswith(UNKNOWN))
        of_tasks = ({"tasks": some, "files": []} for some in batched(tasks, NAMES_PER_LINE))
        files = (line["file"] for line in self._log.read_at(self._used_files))
        of_files = ({"tasks": [], "files": some} for some in batched(files, NAMES_PER_LINE))
        self._write({"current": current} for current in chain(of_tasks, of_files))

    def forget_others(self) -> None:
        """Forget the tasks and files that the store as it was completed last does not use."""
        current = [line["current"] for line in self._log.read_at(self._current)]
        self._tasks, self._files = (
            _only(index, list(chain.from_iterable(one[name] for one in current)))
            for name, index in (("tasks", self._tasks), ("files", self._files))
        )
        self._write({"current": one} for one in current)

    def _lines(self, places: TextIndex, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return the lines of tasks or files, of those that have one, by what they are known by."""
        found = places.find(names)
        known = [name for name, place in zip(names, found.tolist(), strict=True) if place >= 0]
        return dict(zip(known, self._log.read_at(found[found >= 0].tolist()), strict=True))

    def _add_lines(self, lines: Iterable[dict[str, Any]]) -> None:
        lines = list(lines)
        if lines:
            self._tasks.update(zip((line["task"] for line in lines), self._log.append(lines), strict=True))

    def _key(self, task: ClipTask, made_from: str, content: str | None) -> str:
        if content is None:
            return f"{UNKNOWN}{task.source}"
        text = f"{made_from}\n{type(task).__name__}\n{task.identity}\n{content}"
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def _source_contents(
        self, sources: list[AnyPath | None], by_content: bool, listed: Mapping[str, str], threads: ThreadPoolExecutor
    ) -> list[str | None]:
        """Return the hash of each file's content; None of those that cannot be read, and "" where there is no file."""
        files = {str(source): source for source in sources if source}
        known = {path: line["content"] for path, line in self._lines(self._files, list(files)).items()}
        trusted = {} if by_content else known
        states = {path: listed.get(path) or local_state(source) for path, source in files.items()}
        contents = {path: one for path, one in trusted.items() if states[path] and one[0] == states[path]}
        others = [path for path in files if path not in contents]
        asked = list(batched(((files[path], trusted.get(path), states[path]) for path in others), FILES_AT_ONCE))
        function = partial(source_contents, by_content=by_content)
        read = run_in_order(function, asked) if works_on_cluster() else threads.map(function, asked)
        contents.update(zip(others, chain.from_iterable(read), strict=True))
        changed = [path for path in others if contents[path] and contents[path] != known.get(path)]
        places = self._log.append({"file": path, "content": contents[path]} for path in changed)
        self._files.update(zip(changed, places, strict=True))
        self._used_files.extend(self._files.find(path for path in files if contents[path]).tolist())
        return [(contents[str(source)] or (None, None))[1] if source else "" for source in sources]

    def _time(self, row: Row) -> int:
        """Return the time of change of a clip's shard, in nanoseconds; 0 where it has none, or is remote."""
        state = shard_state(self._folder, row["content_sha256"]) if isinstance(self._folder, Path) else None
        return state[1] if state and row["n_samples"] else 0

    def _verified(self, row: Row, time: int | None) -> int | None:
        """Return the time of change of a shard that is as it was written, else None; it is read if the time differs.

        A remote shard that is there is as it was written: storage has it whole or not at all, and nothing writes
        another under its name.
        """
        if not row["n_samples"]:
            return 0
        content, n_bytes = row["content_sha256"], shard_bytes(row["n_samples"], self._n_channels)
        if not isinstance(self._folder, Path):
            size = self._remote_shards.get(posixpath.join(self._folder.path, shard_name(content)), "").partition(" ")[0]
            return 0 if size == str(n_bytes) else None
        state = shard_state(self._folder, content)
        if state is None or state[0] != n_bytes:
            return None
        is_same = state[1] == time or sha256_of(shard_path(self._folder, content)) == content
        return state[1] if is_same else None

    @cached_property
    def _remote_shards(self) -> dict[str, str]:
        """The size and the version of each shard of a remote store as this run finds it, by its path."""
        return remote_states(self._folder / SHARDS)

    def _write(self, current: Iterable[dict[str, Any]]) -> None:
        self._log.replace(chain(*(index.numbers().tolist() for index in (self._tasks, self._files))), current)


def _only(index: TextIndex, names: Sequence[str]) -> TextIndex:
    """Return an index of some names of those that it has."""
    places = index.find(names).tolist()
    return TextIndex((name, place) for name, place in zip(names, places, strict=True) if place >= 0)
