"""Files that are there whole or not at all.

Where a person's files lie: on this machine, or on any file system that fsspec knows.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from upath import UPath

from real_cloned.core.errors import RealClonedError

OS_ERROR_HINTS = {
    errno.ENOSPC: "the disk is full: free some space",
    errno.EDQUOT: "your share of the disk is full: free some space",
    errno.EROFS: "its folder can only be read: make it writable, or name another as `data` in conf/local/globals.yml",
    errno.EACCES: "permission is denied: allow it (chmod, chown), or name another folder as `data` in "
    "conf/local/globals.yml",
    errno.EPERM: "permission is denied: allow it (chmod, chown)",
    errno.EFBIG: "it is larger than the system allows: raise the limit (ulimit -f)",
    errno.EIO: "the disk fails: see to it",
    errno.ENAMETOOLONG: "its path is too long: move the project to a shorter one",
    errno.EMFILE: "too many files are open: raise the limit (ulimit -n)",
    errno.ENFILE: "too many files are open on this machine: close some",
    errno.ENOENT: "it is not there: put it back",
}
"""What a person can do about what the system says, by its number."""


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to, and rename it to `path` when all went well.

    Where it did not, what was written is deleted, and an older `path` stays. Raises RealClonedError, saying what to do,
    where the system refuses to write.
    """
    partial = path.with_name(f"{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        partial.replace(path)
    except BaseException as error:
        _drop(partial)
        if isinstance(error, OSError) and error.errno in OS_ERROR_HINTS and error.filename in (None, *_names(partial)):
            raise RealClonedError(f"{path} cannot be written: {OS_ERROR_HINTS[error.errno]}, and run again") from error
        raise


def system_message(error: OSError) -> str | None:
    """Return what to say of an error of the system about a file, and what to do; None where we do not know."""
    if error.errno not in OS_ERROR_HINTS:
        return None
    about = f"{error.filename}: " if error.filename else ""
    return f"{about}{OS_ERROR_HINTS[error.errno]}, and run again ({os.strerror(error.errno)})"


def _names(partial: Path) -> list[str]:
    """Return all that the system may name when `partial` cannot be written: it, or a folder that it lies in."""
    return [str(place) for place in (partial, *partial.parents)]


def _drop(partial: Path) -> None:
    try:
        partial.unlink(missing_ok=True)
    except OSError:
        return  # the error that is under way says more


AnyPath = Path | UPath
"""A local path, or one on any file system that fsspec knows (`s3://bucket/music`)."""


def resolve_path(location: str) -> AnyPath:
    """Return the path of `location`; what has no protocol is local, and `~` is the home folder.

    Raises ImportError or ValueError when fsspec has no file system for the protocol, or lacks what it needs.
    """
    return UPath(location) if "://" in location else Path(location).expanduser()


def relative_posix(file: AnyPath, root: AnyPath) -> str:
    """Return the path of `file` from `root`, with forward slashes."""
    return file.relative_to(root).as_posix()  # type: ignore[arg-type]
