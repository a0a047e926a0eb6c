"""How files are known: by size and time of change, or by what is in them."""

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from real_cloned.core.errors import RealClonedError

REMOTE = "://"


def state_of(location: str | Path, *, by_content: bool = False, deep: bool = True) -> str:
    """Return a digest of a file, or of all files of a folder, that changes when one of them does; "" where nothing is.

    by_content : read the files, rather than look at their sizes and times of change
    deep : look into the folders inside, too

    Hidden files do not count. What lies elsewhere than on this machine cannot be compared: it is new each time.
    """
    if REMOTE in str(location):
        return f"remote, {time.time_ns()}"
    root, digest = Path(location).expanduser(), hashlib.sha256()
    if not root.exists():
        return ""
    for file in _files(root, deep):
        digest.update(f"{file.relative_to(root).as_posix()}\0".encode("utf-8", "surrogatepass"))
        digest.update((content_of(file) if by_content and file.is_file() else _stat(file)).encode())
    return digest.hexdigest()[:16]


def content_of(file: Path) -> str:
    """Return a digest of what is in a file. Raises RealClonedError when it cannot be read."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()[:32]
    except OSError as error:
        raise RealClonedError(
            f"{file} cannot be read ({error.strerror}); see to its permissions, or remove it"
        ) from error


def _files(root: Path, deep: bool) -> Iterator[Path]:
    """Yield the files in an order that does not depend on the file system."""
    if root.is_file():
        yield root
        return
    for folder, folders, files in os.walk(root, followlinks=True):  # as the readers of corpora do
        folders[:] = sorted(name for name in folders if deep and not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(files) if not name.startswith("."))


def _stat(file: Path) -> str:
    stat = file.stat() if file.exists() else file.lstat()
    return f"{stat.st_size} {stat.st_mtime_ns}"
