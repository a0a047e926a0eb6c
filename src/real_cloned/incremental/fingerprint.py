"""Fingerprints: what an output was made from, as short hashes of values, library versions, files and folders."""

import errno
import hashlib
import json
import os
import platform
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any

from upath import UPath

from real_cloned.audio.fingerprint import is_available as chromaprint_is_available
from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath, is_remote, remote_states, resolve_path, sha256_of
from real_cloned.core.runtime import is_deterministic
from real_cloned.core.walk import is_passed_over, list_files

_seen: dict[tuple[object, ...], str] | None = None

NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG}

Fingerprint = Mapping[str, Mapping[str, Any]]
"""What an output was made from, by kind (code, parameters, inputs, libraries, files ...) and then by name; all JSON."""


def digest(value: Any) -> str:
    """Return a short hash of a value.

    Args:
        value: Anything that JSON can hold; the order of keys does not count.
    """
    return hash_text(json.dumps(value, sort_keys=True))


def digest_all(values: Iterable[Any]) -> str:
    """Return what `digest` returns of a list of values, of which none is kept.

    Args:
        values: Of any number.

    Example:
        >>> digest_all(name for name in ("a", "b")) == digest(["a", "b"])
        True
    """
    state, separator = hashlib.sha256(b"["), ""
    for value in values:
        state.update(f"{separator}{json.dumps(value, sort_keys=True)}".encode())
        separator = ", "
    state.update(b"]")
    return state.hexdigest()[:16]


def hash_text(text: str) -> str:
    """Return a short hash of a text.

    Args:
        text: The text, of any length.
    """
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def library_versions(imported: Iterable[str]) -> dict[str, str]:
    """Return the version of each library by the name of its distribution, and Python's (its first two numbers).

    The standard library and what is not installed are left out, and so is Kedro, which runs nodes and computes nothing.

    Args:
        imported: Names as they are imported, such as `sklearn`.
    """
    versions = {"python": ".".join(platform.python_version_tuple()[:2])}
    for name in sorted(set(imported) - sys.stdlib_module_names - {"kedro"}):
        versions |= {distribution: _version(distribution) for distribution in _distributions().get(name, [])}
    if "torch" in versions and is_deterministic():
        versions["torch"] += ", deterministic"
    if "pyacoustid" in versions and not chromaprint_is_available():
        versions["pyacoustid"] += ", without libchromaprint"
    return versions


@cache
def _version(distribution: str) -> str:
    return metadata.version(distribution)


@cache
def _distributions() -> dict[str, list[str]]:
    return {name: sorted(set(names)) for name, names in metadata.packages_distributions().items()}


@contextmanager
def snapshot() -> Iterator[None]:
    """Let `look_once` look at each thing once until the block ends: a plan asks for a large corpus many times."""
    global _seen  # noqa: PLW0603 (two plans of one run look at the same files)
    _seen = {}
    try:
        yield
    finally:
        _seen = None


def look_once(look: Callable[[], str], *key: object) -> str:
    """Return what a function returns; in a `snapshot` what it returned when it was first called for the same key.

    Args:
        look: Returns the state of files.
        key: What it looks at, and how.
    """
    if _seen is None:
        return look()
    if key not in _seen:
        _seen[key] = look()
    return _seen[key]


def path_state(location: str | AnyPath, *, by_content: bool = False, recursive: bool = True) -> str:
    """Return a hash of a file, or of the files of a folder, that changes when one of them does; "" if there is none.

    Hidden files do not count, nor do folders that a system made for itself (`core.walk`). Files on a remote file system
    are known by what it says of them, such as an ETag, and are not read; where it says nothing, or cannot list a
    folder, as over HTTP, their state is new each time.

    Args:
        location: A file or a folder.
        by_content: Read the files, rather than look at their sizes and times of change.
        recursive: Include the files of folders inside.
    """
    text = str(location)
    if is_remote(text):
        return _remote_state(text)
    root, state = os.path.expanduser(text), hashlib.sha256()  # noqa: PTH111 (there may be a million: no path objects)
    try:
        is_folder = stat.S_ISDIR(os.stat(root).st_mode)  # noqa: PTH116
    except OSError as error:
        if error.errno not in NOT_THERE:
            raise
        return ""
    for name in _names(Path(root), recursive=recursive) if is_folder else (".",):
        file = f"{root}/{name}" if is_folder else root
        state.update(f"{name}\0".encode("utf-8", "surrogatepass"))
        is_read = by_content and os.path.isfile(file)  # noqa: PTH113
        state.update((hash_file(Path(file)) if is_read else _size_and_time(file)).encode())
    return state.hexdigest()[:16]


def _remote_state(location: str) -> str:
    """Return a hash of what a remote file system says of a file, or of the files of a folder."""
    unknown = f"remote, {time.time_ns()}"
    try:
        root = UPath(resolve_path(location))
        found = {} if root.protocol.startswith("http") else remote_states(root)
    except Exception:  # noqa: BLE001 (each remote file system has errors of its own; the node that reads it reports them)
        return unknown
    states = {path.removeprefix(root.path): state for path, state in found.items()}
    used = {path: state for path, state in states.items() if not _is_passed_over(path)}
    return digest(used) if used and all(used.values()) else unknown


def _is_passed_over(path: str) -> bool:
    *folders, name = PurePosixPath(path).parts or ("",)
    return is_passed_over(name, is_folder=False) or any(is_passed_over(folder, is_folder=True) for folder in folders)


def hash_file(file: Path) -> str:
    """Return a hash of a file's content.

    Args:
        file: The file, of any size.

    Raises:
        RealClonedError: If it cannot be read.
    """
    try:
        return sha256_of(file)[:32]
    except OSError as error:
        raise RealClonedError(
            f"{file} cannot be read ({error.strerror}); check its permissions, or remove it"
        ) from error


def _names(folder: Path, *, recursive: bool) -> Iterator[str]:
    """Yield the paths of the files, relative to a folder, in an order that does not depend on the file system."""
    if recursive:
        yield from list_files(folder).in_order()  # those that the readers of corpora find
        return
    names = next(os.walk(folder), (folder, [], []))[2]
    yield from (name for name in sorted(names) if not is_passed_over(name, is_folder=False))


def _size_and_time(file: str) -> str:
    try:
        found = os.stat(file)  # noqa: PTH116
    except OSError:
        found = os.lstat(file)
    return f"{found.st_size} {found.st_mtime_ns}"
