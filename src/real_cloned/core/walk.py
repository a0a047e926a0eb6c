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
        root: The folder.
        names: The names of the files in each folder that was read, in order; among them links to files, and links that
            lead nowhere.
        links: Those of the files that are links.
        unread: Why a link or a folder was not read, by its path.
    """

    root: Path
    names: dict[Path, list[str]] = field(default_factory=dict)
    links: list[Path] = field(default_factory=list)
    unread: dict[Path, str] = field(default_factory=dict)

    @property
    def files(self) -> list[Path]:
        """The files of all folders that were read, in no order."""
        return [folder / name for folder, names in self.names.items() for name in names]

    def in_order(self) -> Iterator[str]:
        """Yield the paths of the files, relative to the root, in the order of their parts, as sorted paths have it."""
        subfolders: dict[Path, dict[str, Path]] = {folder: {} for folder in self.names}
        for folder in self.names.keys() - {self.root}:
            subfolders[folder.parent][folder.name] = folder

        def inside(folder: Path, prefix: str) -> Iterator[tuple[str, Path | None]]:
            for name in sorted([*self.names[folder], *subfolders[folder]]):
                yield f"{prefix}{name}", subfolders[folder].get(name)

        waiting = [inside(self.root, "")] if self.root in self.names else []
        while waiting:
            path, subfolder = next(waiting[-1], ("", None))
            if subfolder is not None:
                waiting.append(inside(subfolder, f"{path}/"))
            elif path:
                yield path
            else:
                waiting.pop()


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
    listing, seen = FolderListing(root), dict[tuple[int, int], Path]()
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
    listing.names[folder] = []
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            is_link = entry.is_symlink()
            is_folder = (folder / entry.name).is_dir() if is_link else entry.is_dir()
            if is_passed_over(entry.name, is_folder=is_folder):
                continue
            if is_folder:
                yield folder / entry.name, is_link
                continue
            listing.names[folder].append(entry.name)
            if is_link:
                listing.links.append(folder / entry.name)


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
