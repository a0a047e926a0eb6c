"""What the files that tasks read hold: their states, and the hash of their content where the state is another one.

A file is read for its hash only if its path is new, or if its size or time of change differ from those at which it was
read before. On a remote file system an ETag does as well.
"""

import posixpath
import stat
from collections.abc import Sequence
from pathlib import Path

from real_cloned.audio.clip_task import ClipTask
from real_cloned.core.files import ETAG, AnyPath, file_state, remote_states, sha256_of

MANY_FILES = 32
"""So many remote sources are listed with all that lies beside them, rather than asked for one by one."""


def listed_states(tasks: Sequence[ClipTask]) -> dict[str, str]:
    """Return the states of remote files, if there are many, from a listing of the folder that holds all of them.

    The sources of a store are on one file system: where the first is on this machine, none is remote.

    Args:
        tasks: The tasks that read the files.

    Returns:
        The state of each remote file, by its address; none of those that the listing does not tell.
    """
    if len(tasks) < MANY_FILES or isinstance(tasks[0].source, Path | None):
        return {}
    remote = {str(task.source): task.source for task in tasks if task.source and not isinstance(task.source, Path)}
    folder = next(iter(remote.values())).with_segments(posixpath.commonpath([one.path for one in remote.values()]))
    try:
        states = remote_states(folder)
    except Exception:  # noqa: BLE001 (each remote file system has errors of its own; each file is then asked for)
        return {}
    return {path: states[source.path] for path, source in remote.items() if states.get(source.path)}


def local_state(source: AnyPath) -> str | None:
    """Return the state of a regular file on this machine; None of all else.

    Args:
        source: The file, which need not be there.
    """
    try:
        state = source.stat() if isinstance(source, Path) else None
    except (OSError, ValueError):
        return None
    return f"{state.st_size} {state.st_mtime_ns}" if state and stat.S_ISREG(state.st_mode) else None


def source_contents(
    files: list[tuple[AnyPath, list[str] | None, str | None]], *, by_content: bool
) -> list[list[str] | None]:
    """Return each file's state and the hash of its content; None of those that cannot be read.

    Args:
        files: Each with its state and hash as they are known, and its state now; None where it has none.
        by_content: Whether an ETag does not count as the hash of the content.
    """
    return [_source_content(*file, by_content=by_content) for file in files]


def _source_content(
    source: AnyPath, known: list[str] | None, state: str | None, *, by_content: bool
) -> list[str] | None:
    """Return a file's state and the hash of its content, `known` if its state is the same; None if it is unreadable.

    A file with an ETag is known by that, without being read: a corpus need not be fetched before its first track.
    """
    try:
        if state is None and not source.is_file():  # a named pipe would be waited for
            return None
        state = state or file_state(source)
        if known and state and known[0] == state:
            return known
        return [state, state if ETAG in state and not by_content else sha256_of(source)]
    except Exception:  # noqa: BLE001 (each remote file system has errors of its own; who decodes the file reports them)
        return None
