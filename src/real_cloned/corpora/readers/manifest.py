"""Reader of a corpus that a table describes: `manifest.csv` (or `manifest.parquet`) beside the recordings.

The table needs a path and a singer per row; the names of these two columns are parameters. Of its other columns, those
of OPTIONAL_COLUMNS are read and the rest is ignored. Everything is read as text: a singer may be
called `007` or `NA`.
"""

import posixpath
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
    is_file,
    is_outside,
    mark_rejected,
    metadata_file,
    partition,
)
from real_cloned.parameters.ingest import CorpusParameters

MANIFESTS = ("manifest.csv", "manifest.parquet")
OPTIONAL_COLUMNS = (
    *("track_id", "singer_ids", "singer_name", "album_id", "album", "genre", "language"),
    *("clone_method", "clone_source_id", "licence"),
)


def read_manifest(parameters: CorpusParameters) -> UsableAndRejected:
    """Read the manifest in the corpus' root, or the table that `parameters.metadata` names.

    `singer_ids` names several singers between semicolons (duets, clones); `track_id` defaults to the path. A row is
    rejected when it has no singer, no path, a path outside the root or listed before, or a file that does not exist.

    Args:
        parameters: The corpus; `metadata`, `path_column`, `singer_column` and `part` are read.

    Returns:
        The usable tracks (`schemas.corpora.FoundTracks`) and the others (`schemas.corpora.Rejected`).

    Raises:
        RealClonedError: The manifest is missing, is no table, or lacks the path or the singer column.
    """
    root = corpus_root(parameters)
    file = find_manifest(root) if parameters.metadata is None else metadata_file(root, parameters)
    if file is None:
        raise RealClonedError(
            f"{parameters.name}: {root} holds no {MANIFESTS[0]}; write one with a row per recording, or read "
            f"SINGER/[ALBUM/]TRACK with --params=corpora.{parameters.name}.source=folder"
        )
    table = _read_table(file)
    _check_columns(table, file, parameters)
    listing = _listing(table, parameters)
    _mark_bad_rows(listing, root)
    return partition(listing, parameters.part)


def find_manifest(root: AnyPath) -> AnyPath | None:
    """Return the path of the manifest in a folder; None if there is none.

    Args:
        root: Folder of the corpus.
    """
    return next((root / name for name in MANIFESTS if (root / name).is_file()), None)


def _read_table(file: AnyPath) -> pd.DataFrame:
    try:
        with file.open("rb") as stream:
            if file.suffix == ".parquet":
                return pd.read_parquet(stream, dtype_backend="numpy_nullable")
            return pd.read_csv(stream, dtype=str, keep_default_na=False, index_col=False, encoding="utf-8-sig")
    except (ValueError, OSError) as error:
        raise RealClonedError(f"{file} cannot be read ({error}); it must be a table with a header, in UTF-8") from error


def _check_columns(table: pd.DataFrame, file: AnyPath, parameters: CorpusParameters) -> None:
    for field in ("path_column", "singer_column"):
        column = getattr(parameters, field)
        if column not in table:
            raise RealClonedError(
                f"{file} has no column {column!r}; its columns are {', '.join(map(repr, table))}. "
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
    listing["singer_ids"] = [_singers(row) for row in listing.to_dict("records")]
    return listing.assign(reason=pd.Series(dtype=object))


def _to_text(value: Any) -> str | None:
    if isinstance(value, list | np.ndarray):
        return ";".join(map(str, value)) or None
    return None if pd.isna(value) else str(value).strip() or None


def _coalesce(listing: pd.DataFrame, *names: str) -> "pd.Series[Any]":
    return listing.reindex(columns=list(names)).astype(object).bfill(axis=1).iloc[:, 0]


def _singers(row: dict[Any, Any]) -> list[str]:
    others = row.get("singer_ids")
    singers = [row["singer_id"], *(others.split(";") if isinstance(others, str) else [])]
    return list(dict.fromkeys(singer.strip() for singer in singers if isinstance(singer, str) and singer.strip()))


def _mark_bad_rows(listing: pd.DataFrame, root: AnyPath) -> None:
    path = listing["path"].fillna("").astype(object)
    mark_rejected(listing, listing["path"].isna(), "no path")
    mark_rejected(listing, listing["singer_id"].isna(), "no singer")
    outside = path.map(lambda name: is_outside(root, name)).astype(bool)
    mark_rejected(listing, outside, "outside the corpus' folder: give its path relative to that")
    exists = path.map(lambda name: is_file(root, name)).astype(bool)
    mark_rejected(listing, ~exists, "missing on disk")
    usable = listing[listing["reason"].isna()]
    mark_rejected(
        listing, usable.duplicated("path").reindex(listing.index, fill_value=False), "its path is listed before"
    )
