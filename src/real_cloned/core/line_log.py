"""A file of JSON lines that grows while a run works, on this machine or on a remote file system.

On this machine a line is added at once. Object storage has no files that grow: there, lines are collected for some
seconds and sent as a file of their own in a folder beside the first, which takes them up when it is written anew.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Iterable, Iterator
from itertools import accumulate, chain
from pathlib import Path
from typing import Any

from upath import UPath

from real_cloned.core.files import AnyPath, atomic_write, machine_folder, remote_states
from real_cloned.core.lazy_list import batched

SEND_S = 10.0
"""Seconds for which lines are collected; what a killed run has done in them is done again."""

LINES_AT_ONCE = 5000
"""Lines that are parsed together."""


class LineLog:
    """A file of JSON lines, of which memory holds only where they are: their places.

    What is on a remote file system has a copy on this machine, which `read` makes, and to which lines are added, too.

    Args:
        path: The file, which need not be there.
    """

    def __init__(self, path: AnyPath):
        self.path = path
        name = hashlib.sha256(str(path).encode()).hexdigest()[:24]
        self._local = path if isinstance(path, Path) else machine_folder("logs") / f"{name}.jsonl"
        self._waiting: list[bytes] = []
        self._sent = time.monotonic()

    def read(self) -> Iterator[tuple[int, dict[str, Any] | None]]:
        """Yield the place of each line and what it says, None for one that a process that was killed left incomplete.

        Lines are parsed many at a time, as one text, of which each name of a field is one object.
        """
        self._copy_remote()
        if not self._local.is_file():
            return
        place = 0
        with self._local.open("rb") as file:
            for texts in batched(file, LINES_AT_ONCE):
                for text, line in zip(texts, _parse(texts), strict=True):
                    yield place, line
                    place += len(text)

    def read_at(self, places: Iterable[int]) -> Iterator[Any]:
        """Yield what lines say.

        Args:
            places: Where they are, as `read` and `append` tell.
        """
        for texts in batched(self._texts(places), LINES_AT_ONCE):
            yield from _parse(texts)

    def append(self, lines: Iterable[dict[str, Any]]) -> list[int]:
        """Add lines; return their places.

        Args:
            lines: What JSON can hold.
        """
        texts = list(map(_to_text, lines))
        with self._local.open("ab") as file:
            end = file.tell()
            file.writelines(texts)
        if not isinstance(self.path, Path):
            self._waiting += texts
            if time.monotonic() - self._sent >= SEND_S:
                self.send()
        return [end + before for before in accumulate(map(len, texts[:-1]), initial=0)][: len(texts)]

    def send(self) -> None:
        """Send the lines that were collected."""
        if not self._waiting:
            return
        part = self._parts_folder / f"{len(self._parts()):06d}.jsonl"
        with atomic_write(part) as path:
            path.write_bytes(b"".join(self._waiting))
        self._waiting, self._sent = [], time.monotonic()

    def replace(self, places: Iterable[int], lines: Iterable[dict[str, Any]]) -> None:
        """Write the file anew; the places of lines are others then.

        Args:
            places: Of the lines that it keeps, in their new order.
            lines: What follows them.
        """
        with atomic_write(self.path) as path, path.open("wb") as file:
            file.writelines(self._texts(places))
            file.writelines(map(_to_text, lines))
        self._waiting = []
        for part in self._parts():
            part.unlink()

    def delete(self) -> None:
        """Delete the file, if it is there."""
        for path in (self.path, *self._parts()):
            path.unlink(missing_ok=True)

    def _copy_remote(self) -> None:
        if isinstance(self.path, Path):
            return
        self._local.parent.mkdir(parents=True, exist_ok=True)
        with self._local.open("wb") as copy:
            for path in (self.path, *self._parts()):
                if path.is_file():
                    with path.open("rb") as file:
                        shutil.copyfileobj(file, copy)

    def _texts(self, places: Iterable[int]) -> Iterator[bytes]:
        places = iter(places)
        for first in places:  # none, where there is no file
            with self._local.open("rb") as file:
                for place in chain([first], places):
                    file.seek(place)
                    yield file.readline()

    def _parts(self) -> list[AnyPath]:
        if isinstance(self.path, Path):
            return []
        names = {path.rpartition("/")[2] for path in remote_states(self._parts_folder)}
        return [self._parts_folder / name for name in sorted(names)]

    @property
    def _parts_folder(self) -> UPath:
        return self.path.with_name(f"{self.path.name}.parts")  # type: ignore[return-value]


def _to_text(line: dict[str, Any]) -> bytes:
    return f"{json.dumps(line)}\n".encode()


def _parse(texts: list[bytes]) -> Iterator[dict[str, Any] | None]:
    try:
        lines = json.loads(b"[%b]" % b",".join(texts))
    except ValueError:
        lines = map(_parse_one, texts)
    yield from lines


def _parse_one(text: bytes) -> dict[str, Any] | None:
    try:
        return json.loads(text)  # type: ignore[no-any-return]
    except ValueError:
        return None
