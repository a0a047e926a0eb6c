"""What all readers share: the folder of a corpus, checks of its paths, and the tables that a reader returns.

A listing is a table with a row per track that the source names: the columns of `schemas.corpora.FoundTracks`, those
unknown left out or null, and `reason`, which is null where the track can be used. `partition` turns a listing into the
two tables that every reader returns.
"""

import posixpath
import re
import unicodedata
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any

import pandas as pd

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath, remote_states, resolve_path
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import FoundTracks, Rejected

FOUND_COLUMNS = list(empty_table(FoundTracks))
REJECTED_COLUMNS = list(empty_table(Rejected))

MANY_FILES = 32
"""When so many remote files were asked for, the whole corpus is listed."""

TWO_SINGERS = "recording of two singers"
"""What the reason begins with for a track whose recording another singer's track of the corpus has, too."""

MANIFEST_LIKE = re.compile(r"manifest\b.*\.(csv|tsv|tab|txt|xlsx?|ods|numbers|json|parquet)", re.IGNORECASE)
"""Names of files that a person may take for the corpus' manifest."""

UsableAndRejected = tuple[pd.DataFrame, pd.DataFrame]
"""A table of what can be used, such as `FoundTracks`, and the tracks that cannot, as `Rejected`."""


def partition(listing: pd.DataFrame, part: str = "all") -> UsableAndRejected:
    """Divide a listing into the tracks that can be used and those that cannot.

    Singers without a name are called by their id. Of tracks with the same id the first usable one stays. A column
    `id_space`, as in `schemas.corpora.ListedTracks`, is kept where the listing has one.

    Args:
        listing: One row per track, as the module describes.
        part: `all` keeps all tracks, `clones` only clones, anything else only real tracks.

    Returns:
        The usable tracks (`schemas.corpora.FoundTracks`) and the others (`schemas.corpora.Rejected`).
    """
    columns = [*FOUND_COLUMNS, *({"id_space"} & {*listing})]
    listing = listing.reindex(columns=[*columns, "reason"]).astype(object)
    if part != "all":
        listing = listing[listing["clone_method"].notna() == (part == "clones")]
    ids = listing.loc[listing["reason"].isna(), "track_id"]
    mark_rejected(listing, ids.duplicated().reindex(listing.index, fill_value=False), "its track_id is listed before")
    usable = listing["reason"].isna()
    return _to_found(listing.loc[usable, columns]), rejected_rows(
        listing[~usable], listing.loc[~usable, "reason"].tolist()
    )


def mark_rejected(listing: pd.DataFrame, mask: "pd.Series[bool]", reason: str) -> None:
    """Write a reason into rows of a listing, in place; rows that have one already keep it.

    Args:
        listing: One row per track, as the module describes.
        mask: (n_rows,) bool, which rows are rejected; same index as `listing`.
        reason: Why, as in `rejected_rows`.
    """
    listing.loc[mask & listing["reason"].isna(), "reason"] = reason


def rejected_rows(tracks: pd.DataFrame, reasons: str | list[str], stage: str = "ingest") -> pd.DataFrame:
    """Return tracks as `schemas.corpora.Rejected`.

    Args:
        tracks: Any table with `track_id` or `path`.
        reasons: One reason for all tracks, or one per track. A reason begins with its kind, in a few words; details of
            the single track follow after a colon.
        stage: The stage of the pipeline that rejects them.
    """
    if tracks.empty:
        return empty_table(Rejected)
    rows = tracks.reindex(columns=["track_id", "path"]).assign(stage=stage, reason=reasons)
    return rows[REJECTED_COLUMNS].reset_index(drop=True).astype("str")


def corpus_root(parameters: CorpusParameters) -> AnyPath:
    """Return the folder of the corpus, local or on any file system that fsspec knows.

    Args:
        parameters: The corpus; its `root` is read.

    Raises:
        RealClonedError: The root is not set, does not exist, is no folder, or its file system cannot be reached.
    """
    hint = f"give the folder of the recordings with {cli_override(parameters, 'root', 'PATH')}"
    if parameters.root is None:
        raise RealClonedError(f"{parameters.name}: no folder is set; {hint}")
    try:
        root = resolve_path(parameters.root)
        problem = None if root.is_dir() else "is a file, not a folder" if root.exists() else "does not exist"
    except Exception as error:  # noqa: BLE001 (each file system has errors of its own)
        problem = f"cannot be reached ({error})"
    if problem is not None:
        raise RealClonedError(f"{parameters.name}: {parameters.root} {problem}; {hint}")
    return root


def metadata_file(root: AnyPath, parameters: CorpusParameters) -> AnyPath:
    """Return the path of the metadata file that the parameters name.

    Args:
        root: Folder of the corpus.
        parameters: The corpus; its `metadata` is read, relative to `root`.

    Raises:
        RealClonedError: There is no file of that name.
    """
    if parameters.metadata is None or not is_file(root, parameters.metadata):
        raise RealClonedError(
            f"{parameters.name}: {root} holds no {parameters.metadata}, which should be its metadata; name another "
            f"with {cli_override(parameters, 'metadata', 'FILE')}"
        )
    return root / parameters.metadata


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


def cli_override(parameters: CorpusParameters, field: str, value: str) -> str:
    """Return the command-line option that sets one parameter of this corpus, such as `--params=own.root=PATH`.

    Args:
        parameters: The corpus.
        field: Name of the parameter.
        value: Its value, or a placeholder.
    """
    option = f"--params=corpora.{parameters.name}.{field}={value}"
    return f"--params=own.{field}={value} (outside --env=own: {option})" if parameters.source == "own" else option


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


def _to_found(listing: pd.DataFrame) -> pd.DataFrame:
    found = listing.reset_index(drop=True)
    found["singer_name"] = found["singer_name"].where(found["singer_name"].notna(), found["singer_id"])
    singers = zip(found["singer_ids"], found["singer_id"], strict=True)
    found["singer_ids"] = pd.Series([ids if isinstance(ids, list) else [own] for ids, own in singers], dtype=object)
    return found.astype({column: "str" for column in found if column != "singer_ids"})
