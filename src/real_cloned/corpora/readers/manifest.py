"""Reader of a corpus that a table describes: `manifest.csv` (or `manifest.parquet`) beside the recordings.

The table needs a path and a singer per row; the names of these two columns are parameters. Of its other columns, those
of OPTIONAL_COLUMNS are read and the rest is ignored. Everything is read as text: a singer may be
called `007` or `NA`. Paths may have forward or backward slashes, and accents in the composed or the decomposed form.
"""

import logging
import posixpath
import re
from functools import cache
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath
from real_cloned.corpora.readers.base import (
    UsableAndRejected,
    cli_override,
    corpus_root,
    mark_rejected,
    metadata_file,
    partition,
)
from real_cloned.corpora.readers.corpus_files import CorpusFiles, locate_files, unread_manifests
from real_cloned.corpora.readers.delimited import read_delimited
from real_cloned.parameters.ingest import CorpusParameters

MANIFESTS = ("manifest.csv", "manifest.parquet")
WINDOWS_DRIVE = re.compile(r"[A-Za-z]:/")
OPTIONAL_COLUMNS = (
    *("track_id", "singer_ids", "singer_name", "album_id", "album", "genre", "language"),
    *("clone_method", "clone_source_id", "licence", "id_space"),
)

logger = logging.getLogger(__name__)


def read_manifest(parameters: CorpusParameters) -> UsableAndRejected:
    """Read the manifest in the corpus' root, or the table that `parameters.metadata` names.

    `singer_ids` names several singers between semicolons (duets, clones); `track_id` defaults to the path. A row is
    rejected when it has no singer, no path, a path outside the root or listed before, or a file that does not exist.

    Args:
        parameters: The corpus; `metadata`, `path_column`, `singer_column` and `part` are read.

    Returns:
        The usable tracks (`schemas.corpora.FoundTracks`) and the others (`schemas.corpora.Rejected`).

    Raises:
        RealClonedError: The manifest is missing, is no table, lacks the path or the singer column, or has no rows.
    """
    root = corpus_root(parameters)
    file = _find_file(root, parameters)
    table, separated = _read_table(file)
    _check_columns(table, f"{file}{separated}", parameters)
    if table.empty:
        raise RealClonedError(f"{file} has a header and no rows: write a row per recording")
    listing = _listing(table, parameters)
    _mark_bad_rows(listing, root)
    return partition(listing, parameters.part)


def find_manifest(root: AnyPath) -> AnyPath | None:
    """Return the path of the manifest in a folder; None if there is none.

    Args:
        root: Folder of the corpus.
    """
    return next((root / name for name in MANIFESTS if (root / name).is_file()), None)


def _find_file(root: AnyPath, parameters: CorpusParameters) -> AnyPath:
    if parameters.metadata is not None:
        return metadata_file(root, parameters)
    file = find_manifest(root)
    others = ", ".join(unread_manifests(root, file.name if file else ""))
    if file is None:
        raise RealClonedError(
            f"{parameters.name}: {root} holds no {MANIFESTS[0]}{f' (but {others})' if others else ''}; write one with "
            "a row per recording, or read SINGER/[ALBUM/]TRACK with "
            f"--params=corpora.{parameters.name}.source=folder"
        )
    if others:
        logger.warning("%s: %s was read, and %s was not", parameters.name, file, others)
    return file


def _read_table(file: AnyPath) -> tuple[pd.DataFrame, str]:
    """Return the table, and what a message says of how its fields are separated."""
    if file.suffix != ".parquet":
        table, separators = read_delimited(file)
        return table, f", with {separators} between the fields,"
    try:
        with file.open("rb") as stream:
            return pd.read_parquet(stream, dtype_backend="numpy_nullable"), ""
    except (ValueError, OSError) as error:
        raise RealClonedError(f"{file} cannot be read ({error}); it must be a table in Parquet format") from error


def _check_columns(table: pd.DataFrame, described: str, parameters: CorpusParameters) -> None:
    for field in ("path_column", "singer_column"):
        column = getattr(parameters, field)
        if column not in table:
            raise RealClonedError(
                f"{described} has no column {column!r}; its columns are {', '.join(map(repr, table))}. "
                f"Name the right one with {cli_override(parameters, field, 'COLUMN')}"
            )


def _listing(table: pd.DataFrame, parameters: CorpusParameters) -> pd.DataFrame:
    names = {"path": parameters.path_column, "singer_id": parameters.singer_column}
    names |= {name: name for name in OPTIONAL_COLUMNS if name in table}
    listing = pd.DataFrame({name: table[column].map(_to_text) for name, column in names.items()}, dtype=object)
    listing["path"] = listing["path"].map(
        lambda path: posixpath.normpath(PurePath(path).as_posix()), na_action="ignore"
    )
    listing["track_id"] = _coalesce(listing, "track_id", "path")
    listing["album_id"] = _coalesce(listing, "album_id", "album")
    others = listing["singer_ids"] if "singer_ids" in listing else [None] * len(listing)
    singers = cache(_singers)  # tracks of the same singers share a list
    listing["singer_ids"] = [singers(*row) for row in zip(listing["singer_id"], others, strict=True)]
    return listing.assign(reason=pd.Series(dtype=object))


def _to_text(value: Any) -> str | None:
    if isinstance(value, list | np.ndarray):
        return ";".join(map(str, value)) or None
    return None if pd.isna(value) else str(value).strip() or None


def _coalesce(listing: pd.DataFrame, *names: str) -> "pd.Series[Any]":
    return listing.reindex(columns=list(names)).astype(object).bfill(axis=1).iloc[:, 0]


def _singers(singer: str | None, others: str | None) -> list[str]:
    singers = [singer, *(others.split(";") if isinstance(others, str) else [])]
    return list(dict.fromkeys(singer.strip() for singer in singers if isinstance(singer, str) and singer.strip()))


def _mark_bad_rows(listing: pd.DataFrame, root: AnyPath) -> None:
    files = CorpusFiles(root)
    listing["path"] = locate_files(files, listing["path"])
    path = listing["path"].fillna("").astype(object)
    mark_rejected(listing, listing["path"].isna(), "no path")
    mark_rejected(listing, listing["singer_id"].isna(), "no singer")
    outside = path.map(lambda name: files.is_outside(name) or _has_drive(files, name)).astype(bool)
    mark_rejected(listing, outside, "outside the corpus' folder: give its path relative to that")
    exists = path.map(files.is_file).astype(bool)
    mark_rejected(listing, ~exists, "missing on disk")
    usable = listing[listing["reason"].isna()]
    mark_rejected(
        listing, usable.duplicated("path").reindex(listing.index, fill_value=False), "its path is listed before"
    )


def _has_drive(files: CorpusFiles, path: str) -> bool:
    """Tell whether a path begins with a drive of Windows, such as `C:/`, and is no path of this system."""
    return WINDOWS_DRIVE.match(path) is not None and not files.is_file(path)
