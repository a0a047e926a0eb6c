"""Paths and files: local or remote locations, atomic writes, and hints about errors of the operating system.

`atomic_write` serves local files only. `AnyPath` is a local path or one on a file system that fsspec knows.
"""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from upath import UPath

from real_cloned.core.errors import RealClonedError

AnyPath = Path | UPath
"""A local path, or one on any file system that fsspec knows (`s3://bucket/music`)."""

OS_ERROR_HINTS = {
    errno.ENOSPC: "the disk is full: free some space",
    errno.EDQUOT: "your share of the disk is full: free some space",
    errno.EROFS: "its folder can only be read: make it writable, or name another as `data` in conf/local/globals.yml",
    errno.EACCES: "permission is denied: allow it (chmod, chown), or name another folder as `data` in "
    "conf/local/globals.yml",
    errno.EPERM: "permission is denied: allow it (chmod, chown)",
    errno.EFBIG: "it is larger than the system allows: raise the limit (ulimit -f)",
    errno.EIO: "input/output error: check the disk",
    errno.ENAMETOOLONG: "its path is too long: move the project to a shorter one",
    errno.EMFILE: "too many files are open: raise the limit (ulimit -n)",
    errno.ENFILE: "too many files are open on this machine: close some",
    errno.ENOENT: "it is not there: put it back",
}
"""What is wrong and what a user can do about it, by error number."""


def sha256_of(path: AnyPath) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal.

    Args:
        path: The file, of any size.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, and rename it to `path` when the block ends without an error.

    After an error what was written is deleted, and an older file at `path` remains as it was.

    Args:
        path: Where the complete file is to be; its folder is made.

    Yields:
        The path to write to.

    Raises:
        RealClonedError: When the system refuses to write, with a hint from `OS_ERROR_HINTS`.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "notes.txt"
        >>> with atomic_write(path) as partial:
        ...     _ = partial.write_text("complete")
        >>> path.read_text(), partial.exists()
        ('complete', False)
    """
    partial = path.with_name(f"{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        partial.replace(path)
    except BaseException as error:
        _delete(partial)
        if _is_about(error, partial):
            hint = OS_ERROR_HINTS[error.errno]  # type: ignore[attr-defined]
            raise RealClonedError(f"{path} cannot be written: {hint}, and run again") from error
        raise


def system_message(error: OSError) -> str | None:
    """Return what is wrong with a file and what to do about it; None for an error without a hint.

    Args:
        error: What the operating system reported.
    """
    if error.errno not in OS_ERROR_HINTS:
        return None
    about = f"{error.filename}: " if error.filename else ""
    return f"{about}{OS_ERROR_HINTS[error.errno]}, and run again ({os.strerror(error.errno)})"


def resolve_path(location: str) -> AnyPath:
    """Return the path of a location; one without a protocol, or with that of files, is local.

    Args:
        location: A local path, in which `~` is the home folder, or an address such as `s3://bucket/music` or
            `file:///music`.

    Raises:
        ImportError: When the file system of the protocol needs a package that is not installed.
        ValueError: When fsspec knows no file system for the protocol.

    Example:
        >>> resolve_path("music/song.mp3").name
        'song.mp3'
    """
    if "://" not in location:
        return Path(location).expanduser()
    path = UPath(location)
    return Path(path.path) if path.protocol in ("file", "local") else path


def relative_posix(file: AnyPath, root: AnyPath) -> str:
    """Return the path of a file relative to a folder, with forward slashes.

    Args:
        file: A file inside `root`.
        root: A folder on the same file system.
    """
    return file.relative_to(root).as_posix()  # type: ignore[arg-type]


def _is_about(error: BaseException, partial: Path) -> bool:
    """Tell whether the system refused to write `partial`, or to make a folder above it, for a reason with a hint."""
    paths = [None, *map(str, (partial, *partial.parents))]
    return isinstance(error, OSError) and error.errno in OS_ERROR_HINTS and error.filename in paths


def _delete(partial: Path) -> None:
    try:
        partial.unlink(missing_ok=True)
    except OSError:
        return  # the original error is more informative
