"""The files under a folder, where each real folder is read once, whatever links lead to it.

Hidden files and folders, and folders that a system makes for itself (`lost+found`, `__MACOSX`), are passed over. A
folder that can be reached in several ways is read in its real place; where it lies outside the root, at the end of the
link that is nearest to the root. A link to a folder that contains the link or the root is not followed.
"""

import heapq
import os
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HIDDEN = re.compile(r"\.(?![.\d])")
"""Names that begin with a dot; bands such as `.38 Special` and `...And You Will Know Us` are not hidden."""

SYSTEM_FOLDER = re.compile(
    r"lost\+found|__MACOSX|System Volume Information|\$RECYCLE\.BIN|RECYCLE[RD]|found\.\d{3}"
    r"|@eaDir|@Recycle|@Recently-Snapshot|@tmp|#recycle|#snapshot|Network Trash Folder|Temporary Items"
    r"|Automatically Add to (iTunes|Music)(\.localized)?",
    re.IGNORECASE,
)
"""Folders of Linux, macOS and Windows, of network storage (Synology, QNAP, NetApp), and of music programs, that hold
what was deleted, damaged, or is no one's music."""


@dataclass(frozen=True)
class FolderListing:
    """The files under a folder.

    Attributes:
        files: Of all folders that were read, in no order; among them links to files, and links that lead nowhere.
        links: Those of `files` that are links.
        unread: Why a link or a folder was not read, by its path.
    """

    files: list[Path] = field(default_factory=list)
    links: list[Path] = field(default_factory=list)
    unread: dict[Path, str] = field(default_factory=dict)


def is_passed_over(name: str, *, is_folder: bool) -> bool:
    """Tell whether a file or folder is hidden, or a folder that a system made for itself.

    Args:
        name: Its name, without the folders above.
        is_folder: Whether it is a folder.
    """
    return HIDDEN.match(name) is not None or (is_folder and SYSTEM_FOLDER.fullmatch(name) is not None)


def list_files(root: Path) -> FolderListing:
    """Return the files under a folder, and what of it was not read.

    Folders that cannot be opened, and links that lead in a circle or to a folder that is read already, never stop it.

    Args:
        root: The folder.
    """
    listing, seen = FolderListing(), dict[tuple[int, int], Path]()
    folders, links = deque([root]), list[tuple[int, Path]]()  # a heap of depth and path
    while folders or links:
        folder = folders.popleft() if folders else heapq.heappop(links)[1]
        reason = _reason_to_skip(folder, root, seen)
        if reason is not None:
            listing.unread[folder] = reason
            continue
        try:
            for path, is_link in _entries(folder, listing):
                if is_link:
                    heapq.heappush(links, (len(path.parts), path))
                else:
                    folders.append(path)
        except OSError as error:
            listing.unread[folder] = f"unreadable folder: {error.strerror}"
    return listing


def _entries(folder: Path, listing: FolderListing) -> Iterator[tuple[Path, bool]]:
    """Add the files in a folder to the listing; yield the folders in it, and whether each is a link."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            path, is_link = folder / entry.name, entry.is_symlink()
            is_folder = path.is_dir() if is_link else entry.is_dir()
            if is_passed_over(entry.name, is_folder=is_folder):
                continue
            if is_folder:
                yield path, is_link
                continue
            listing.files.append(path)
            if is_link:
                listing.links.append(path)


def _reason_to_skip(folder: Path, root: Path, seen: dict[tuple[int, int], Path]) -> str | None:
    """Return why a folder is not read; if it is, remember it in `seen` by its device and inode."""
    try:
        stat = folder.stat()
    except OSError as error:
        return f"unreadable folder: {error.strerror}"
    if folder != root and folder.is_symlink():
        target = folder.resolve()
        if any(below.resolve().is_relative_to(target) for below in (folder.parent, root)):
            return "link to a folder above it"
    key = (stat.st_dev, stat.st_ino)
    if key in seen and stat.st_ino:  # some network file systems have no inodes, and number them all 0
        return f"folder that is read already: as {seen[key].relative_to(root).as_posix()}"
    seen[key] = folder
    return None
