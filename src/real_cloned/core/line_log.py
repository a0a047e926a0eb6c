"""A file of JSON lines that grows while a run works, on this machine or on a remote file system.

On this machine a line is added at once. Object storage has no files that grow: there, lines are collected for some
seconds and sent as a file of their own in a folder beside the first, which takes them up when it is written anew.
"""

import json
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from upath import UPath

from real_cloned.core.files import AnyPath, atomic_write, remote_states

SEND_S = 10.0
"""Seconds for which lines are collected; what a killed run has done in them is done again."""


class LineLog:
    """A file of JSON lines.

    Args:
        path: The file, which need not be there.
    """

    def __init__(self, path: AnyPath):
        self.path = path
        self._waiting: list[str] = []
        self._sent = time.monotonic()

    def read(self) -> tuple[list[dict[str, Any]], bool]:
        """Return the lines, and whether one of them is incomplete, as a process that was killed leaves it."""
        texts = [path.read_text() for path in (self.path, *self._parts()) if path.is_file()]
        lines = []
        rows = [row for text in texts for row in text.splitlines()]
        for row in rows:
            with suppress(ValueError):
                lines.append(json.loads(row))
        return lines, len(lines) < len(rows)

    def append(self, lines: Iterable[dict[str, Any]]) -> None:
        """Add lines.

        Args:
            lines: What JSON can hold.
        """
        texts = [f"{json.dumps(line)}\n" for line in lines]
        if isinstance(self.path, Path):
            with self.path.open("a") as file:
                file.write("".join(texts))
            return
        self._waiting += texts
        if time.monotonic() - self._sent >= SEND_S:
            self.send()

    def send(self) -> None:
        """Send the lines that were collected."""
        if not self._waiting:
            return
        part = self._parts_folder / f"{len(self._parts()):06d}.jsonl"
        with atomic_write(part) as path:
            path.write_text("".join(self._waiting))
        self._waiting, self._sent = [], time.monotonic()

    def replace(self, lines: Iterable[dict[str, Any]]) -> None:
        """Write the file anew.

        Args:
            lines: All that it is to hold.
        """
        with atomic_write(self.path) as path:
            path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        self._waiting = []
        for part in self._parts():
            part.unlink()

    def delete(self) -> None:
        """Delete the file, if it is there."""
        for path in (self.path, *self._parts()):
            path.unlink(missing_ok=True)

    def _parts(self) -> list[AnyPath]:
        if isinstance(self.path, Path):
            return []
        names = {path.rpartition("/")[2] for path in remote_states(self._parts_folder)}
        return [self._parts_folder / name for name in sorted(names)]

    @property
    def _parts_folder(self) -> UPath:
        return self.path.with_name(f"{self.path.name}.parts")  # type: ignore[return-value]
