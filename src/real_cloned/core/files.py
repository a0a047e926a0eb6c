"""Paths and files, on this machine or on any file system that fsspec knows: atomic writes, states, local copies.

`AnyPath` is a local path or an address such as `s3://bucket/music`. Object storage has no files that grow, none that
are renamed and no memory maps. So what is written there is made here first and sent whole, which storage does at once
or not at all; and what needs a file on this machine gets a copy of it.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fsspec
from upath import UPath

from real_cloned.core.errors import OS_ERROR_HINTS, RealClonedError

AnyPath = Path | UPath
"""A local path, or one on any file system that fsspec knows (`s3://bucket/music`)."""

REMOTE = "://"
"""What tells the address of a file on a remote file system from a path."""

ETAG = "ETag "
"""What is in the state of a remote file that has an ETag: no file of another content has the same state."""

REMOTE_STAMPS = ("LastModified", "last_modified", "mtime", "updated", "created")
"""What else tells a version of a remote file, by the names that fsspec's file systems give it."""

for _protocol in ("s3", "s3a"):
    fsspec.register_implementation(_protocol, "real_cloned.core.object_storage.PatientS3FileSystem", clobber=True)


def sha256_of(path: AnyPath) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal.

    Args:
        path: The file, of any size.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def is_remote(location: object) -> bool:
    """Tell whether a path or a text is an address on a remote file system.

    Args:
        location: A path of any kind, or a text.
    """
    return REMOTE in str(location)


def file_state(path: AnyPath) -> str:
    """Return what changes when a file does, without reading it; "" if nothing tells.

    Args:
        path: Of a file that is there.

    Raises:
        OSError: It is not there.
    """
    if isinstance(path, Path):
        state = path.stat()
        return f"{state.st_size} {state.st_mtime_ns}"
    return _remote_state(path.fs.info(path.path))


def remote_states(folder: AnyPath) -> dict[str, str]:
    """Return the state of each file under a folder of a remote file system, as `file_state` does, by its path there.

    The folder is listed as a whole, which object storage does a thousand files at a time.

    Args:
        folder: The folder, which need not be there, or a file.
    """
    remote = UPath(folder)
    try:
        info = remote.fs.info(remote.path)
        found = {remote.path: info} if info["type"] == "file" else remote.fs.find(remote.path, detail=True)
    except FileNotFoundError:
        return {}
    return {path: _remote_state(info) for path, info in found.items()}


def _remote_state(info: dict[str, Any]) -> str:
    etag = info.get("ETag") or info.get("etag")
    if etag:
        return f"{info.get('size')} {ETAG}{etag}"
    return next((f"{info.get('size')} {info[name]}" for name in REMOTE_STAMPS if info.get(name)), "")


def local_copy(path: AnyPath) -> Path:
    """Return the path of a file's copy on this machine; that of the file itself if it is here already.

    Copies are kept for the processes and runs to come, one of each file (`machine_folder`). Each version has a name of
    its own: fsspec's `filecache` would write a new one over an old one that may be mapped into memory.

    Args:
        path: A file.

    Raises:
        OSError: It is not there, or cannot be read.
    """
    if isinstance(path, Path):
        return path
    folder = machine_folder("copies")
    name, version = (hashlib.sha256(text.encode()).hexdigest()[:24] for text in (str(path), file_state(path)))
    copy = folder / f"{name}-{version}"
    if not copy.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as unfinished:
            path.fs.get_file(path.path, f"{unfinished}/copy")
            older = list(folder.glob(f"{name}-*"))
            Path(unfinished, "copy").replace(copy)
        for one in older:
            one.unlink(missing_ok=True)
    return copy


@contextmanager
def atomic_write(path: AnyPath) -> Iterator[Path]:
    """Yield a temporary path beside `path`, and rename it to `path` when the block ends without an error.

    After an error what was written is deleted, and an older file at `path` remains as it was. For a file on a remote
    file system the temporary path is on this machine, and the file is sent when the block ends.

    Args:
        path: Where the complete file is to be; its folder is made.

    Yields:
        The local path to write to.

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
    if not isinstance(path, Path):
        with tempfile.TemporaryDirectory(prefix="real_cloned-") as folder:
            yield Path(folder) / path.name
            path.fs.put_file(str(Path(folder) / path.name), path.path)
        return
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
    if not is_remote(location):
        return Path(location).expanduser()
    path = UPath(location)
    if path.protocol in ("file", "local"):
        return Path(path.path)
    remote = UPath(location, use_listings_cache=False)  # other processes write there, too
    _ = remote.fs  # a package that is missing is noticed here
    return remote


def resolve_in(folder: Path, location: str) -> AnyPath:
    """Return the path of a location that is relative to a folder, unless it is absolute or remote.

    Args:
        folder: A local folder.
        location: As in `resolve_path`.
    """
    path = resolve_path(location)
    return folder / path if isinstance(path, Path) else path


def machine_folder(name: str) -> Path:
    """Return a folder for files that this machine alone needs, in that of temporary files; it need not be there.

    Args:
        name: What tells it from others.
    """
    return Path(tempfile.gettempdir()) / f"real_cloned-{os.getuid()}" / name


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
