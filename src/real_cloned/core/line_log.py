"""A file of JSON lines that grows while a run works, on this machine or on a remote file system.

On this machine a line is added at once. Object storage has no files that grow: there, lines are collected for some
seconds and sent as a file of their own in a folder beside the first, which takes them up when it is written anew.
"""

import json
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from upath import UPath

from real_cloned.core.files import AnyPath, atomic_write, remote_states

T = TypeVar("T")

SEND_S = 10.0
"""Seconds for which lines are collected; what a killed run has done in them is done again."""

LINES_AT_ONCE = 10_000
"""Lines that are parsed together."""


class LineLog:
    """A file of JSON lines.

    Args:
        path: The file, which need not be there.
    """

    def __init__(self, path: AnyPath):
        self.path = path
        self._waiting: list[str] = []
        self._sent = time.monotonic()

    def read(self) -> Iterator[dict[str, Any] | None]:
        """Yield the lines, None for one that is incomplete, as a process that was killed leaves it.

        Lines are parsed many at a time, as one text, of which each name of a field is one object: a million lines would
        hold a million copies.
        """
        for path in (self.path, *self._parts()):
            if path.is_file():
                with path.open() as file:
                    for texts in batched(file, LINES_AT_ONCE):
                        yield from _parse(texts)

    def append(self, lines: Iterable[dict[str, Any]]) -> None:
        """Add lines.

        Args:
            lines: What JSON can hold.
        """
        texts = (f"{json.dumps(line)}\n" for line in lines)
        if isinstance(self.path, Path):
            with self.path.open("a") as file:
                file.writelines(texts)
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
        with atomic_write(self.path) as path, path.open("w") as file:
            file.writelines(f"{json.dumps(line)}\n" for line in lines)
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


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield items in lists of a size, the last of which may be shorter (`itertools.batched`, which needs Python 3.12).

    Args:
        items: Any.
        size: Of a list.
    """
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def _parse(texts: list[str]) -> Iterator[dict[str, Any] | None]:
    try:
        yield from json.loads(f"[{','.join(texts)}]")
    except ValueError:
        yield from map(_parse_one, texts)


def _parse_one(text: str) -> dict[str, Any] | None:
    try:
        return json.loads(text)  # type: ignore[no-any-return]
    except ValueError:
        return None
