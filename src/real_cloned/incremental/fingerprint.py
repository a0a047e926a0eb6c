"""Fingerprints: what an output was made from, as short hashes of values, library versions, files and folders."""

import hashlib
import json
import os
import platform
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
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

Fingerprint = Mapping[str, Mapping[str, Any]]
"""What an output was made from, by kind (code, parameters, inputs, libraries, files ...) and then by name; all JSON."""


def digest(value: Any) -> str:
    """Return a short hash of a value.

    Args:
        value: Anything that JSON can hold; the order of keys does not count.
    """
    return hash_text(json.dumps(value, sort_keys=True))


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
    if is_remote(location):
        return _remote_state(str(location))
    root, state = Path(str(location)).expanduser(), hashlib.sha256()
    if not root.exists():
        return ""
    for file in _walk(root, recursive):
        state.update(f"{file.relative_to(root).as_posix()}\0".encode("utf-8", "surrogatepass"))
        state.update((hash_file(file) if by_content and file.is_file() else _size_and_time(file)).encode())
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


def _walk(root: Path, recursive: bool) -> Iterator[Path]:
    """Yield the files in an order that does not depend on the file system."""
    if root.is_file():
        yield root
        return
    if recursive:
        yield from sorted(list_files(root).files)  # as the readers of corpora do
        return
    names = next(os.walk(root), (root, [], []))[2]
    yield from (root / name for name in sorted(names) if not is_passed_over(name, is_folder=False))


def _size_and_time(file: Path) -> str:
    stat = file.stat() if file.exists() else file.lstat()
    return f"{stat.st_size} {stat.st_mtime_ns}"
