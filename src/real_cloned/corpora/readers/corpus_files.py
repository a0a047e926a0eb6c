"""Which paths of a table are files of a corpus, and how those files are called on disk."""

import posixpath
import re
import unicodedata
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any

import pandas as pd

from real_cloned.core.files import AnyPath, remote_states

MANY_FILES = 32
"""When so many remote files were asked for, the whole corpus is listed."""

MANIFEST_LIKE = re.compile(r"manifest\b.*\.(csv|tsv|tab|txt|xlsx?|ods|numbers|json|parquet)", re.IGNORECASE)
"""Names of files that a person may take for the corpus' manifest."""


def is_file(root: AnyPath, path: str) -> bool:
    """Tell whether a path names an existing file under the root; invalid file names give False.

    Args:
        root: Folder of the corpus.
        path: Path relative to `root`, as written in a table.
    """
    return CorpusFiles(root).is_file(path)


class CorpusFiles:
    """Tells of many paths of a corpus whether they are files in it. Each folder is resolved once, each file found once.

    Args:
        root: Folder of the corpus.

    Attributes:
        root: Folder of the corpus.
    """

    def __init__(self, root: AnyPath):
        self.root = root
        self._outside: dict[Path, bool] = {}
        self._found: set[str] = set()
        self._n_asked = 0

    def is_file(self, path: str) -> bool:
        """Tell whether a path names an existing file under the root; invalid file names give False.

        Args:
            path: Path relative to the root, as written in a table.
        """
        self._n_asked += 1
        if self._n_asked == MANY_FILES:
            self._found |= self._list_remote()
        try:
            if path not in self._found and not self.is_outside(path) and (self.root / path).is_file():
                self._found.add(path)
        except (OSError, ValueError):
            return False
        return path in self._found

    def _list_remote(self) -> set[str]:
        """Return the paths of all files of a corpus on a remote file system: asking for each takes longer."""
        if isinstance(self.root, Path):
            return set()
        return {path.removeprefix(f"{self.root.path}/") for path in remote_states(self.root)}

    def is_outside(self, path: str) -> bool:
        """Tell whether a path leads out of the root, by itself or through a symbolic link.

        Args:
            path: Path as written in a table; absolute paths and addresses count as outside.
        """
        if path in self._found:
            return False
        begins_at_a_root = path[:1] in ("/", "\\") or path[1:2] == ":"  # so that few are parsed, which takes time
        if (begins_at_a_root and PurePath(path).is_absolute()) or "://" in path:
            return True
        if ".." in path and posixpath.normpath(path).split("/")[0] == "..":
            return True
        try:
            return isinstance(self.root, Path) and self._leads_out(self.root / path)
        except (OSError, ValueError):
            return False

    def _leads_out(self, file: Path) -> bool:
        if file.is_symlink() or file == self.root or file.name == "..":
            return not file.resolve().is_relative_to(str(self._real_root))
        if file.parent not in self._outside:
            self._outside[file.parent] = not file.parent.resolve().is_relative_to(str(self._real_root))
        return self._outside[file.parent]

    @cached_property
    def _real_root(self) -> AnyPath:
        return self.root.resolve()


def locate_files(files: CorpusFiles, paths: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return the paths as the files are called on disk, those of files that are not there with forward slashes.

    A path with backslashes, as Windows writes it, is read with forward ones. Accents count as the same in the composed
    and the decomposed form (NFC and NFD of Unicode), of which macOS writes the second.

    Args:
        files: The files of the corpus.
        paths: Relative to its folder; missing ones stay missing.
    """
    names: dict[str, dict[str, str]] = {}
    return paths.map(
        lambda path: path if files.is_file(path) else _locate_file(files, path, names), na_action="ignore"
    ).astype(object)


def unread_manifests(root: AnyPath, read: str = "") -> list[str]:
    """Return the names of files in a folder that look like a manifest and are not read, such as `Manifest.xlsx`.

    Args:
        root: Folder of the corpus.
        read: Name of the one that is read; empty for none.
    """
    names = (file.name for file in root.iterdir() if MANIFEST_LIKE.fullmatch(file.name) and file.is_file())
    return sorted(name for name in names if name.casefold() != read.casefold())


def _locate_file(files: CorpusFiles, path: str, names: dict[str, dict[str, str]]) -> str:
    """Return the path of a file that is not there as it is written.

    `names` keeps the names in each folder that was looked into, by their NFC.
    """
    slashed = posixpath.normpath(path.replace("\\", "/"))
    if files.is_outside(slashed) or files.is_file(slashed):
        return slashed
    inside = ""
    for part in slashed.split("/"):
        if inside not in names:
            folder = files.root / inside
            listed = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
            names[inside] = {unicodedata.normalize("NFC", name): name for name in listed}
        name = names[inside].get(unicodedata.normalize("NFC", part), part)
        inside = posixpath.join(inside, name)
    return inside if files.is_file(inside) else slashed
