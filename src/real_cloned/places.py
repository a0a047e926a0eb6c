"""Where a person's files lie: on this machine, or on any file system that fsspec knows."""

from pathlib import Path

from upath import UPath

Place = Path | UPath
"""A local path, or one on any file system that fsspec knows (`s3://bucket/music`)."""


def place(location: str) -> Place:
    """Return the path of `location`; what has no protocol is local, and `~` is the home folder.

    Raises ImportError or ValueError when fsspec has no file system for the protocol, or lacks what it needs.
    """
    return UPath(location) if "://" in location else Path(location).expanduser()


def relative(file: Place, root: Place) -> str:
    """Return the path of `file` from `root`, with forward slashes."""
    return file.relative_to(root).as_posix()  # type: ignore[arg-type]
