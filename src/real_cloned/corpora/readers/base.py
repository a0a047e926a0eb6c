"""What all readers share: where a corpus lies, and how its listing is divided into found and rejected tracks.

A listing is a table with a row per track that the source names: the columns of FoundTracks, those unknown left out or
null, and `reason`, null where the track can be used.
"""

import posixpath
from pathlib import Path, PurePath

import pandas as pd

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath, resolve_path
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import FoundTracks, Rejected

FOUND_COLUMNS = list(empty_table(FoundTracks))
REJECTED_COLUMNS = list(empty_table(Rejected))

Reading = tuple[pd.DataFrame, pd.DataFrame]
"""Tracks that were found, as FoundTracks, and those that were not usable, as Rejected."""


def setting(parameters: CorpusParameters, field: str, value: str) -> str:
    """Return how a person sets `field` of this corpus on the command line, such as `--params=own.root=PATH`."""
    plain = f"--params=corpora.{parameters.name}.{field}={value}"
    return f"--params=own.{field}={value} (outside --env=own: {plain})" if parameters.source == "own" else plain


def corpus_root(parameters: CorpusParameters) -> AnyPath:
    """Return the folder of the corpus, local or on any file system that fsspec knows.

    Raises RealClonedError when it is not set, not there, no folder, or on a file system that cannot be reached.
    """
    way_out = f"give the folder of the recordings with {setting(parameters, 'root', 'PATH')}"
    if parameters.root is None:
        raise RealClonedError(f"{parameters.name}: no folder is set; {way_out}")
    try:
        root = resolve_path(parameters.root)
        problem = None if root.is_dir() else "is a file, not a folder" if root.exists() else "does not exist"
    except Exception as error:  # noqa: BLE001 (each file system has errors of its own)
        problem = f"cannot be reached ({error})"
    if problem is not None:
        raise RealClonedError(f"{parameters.name}: {parameters.root} {problem}; {way_out}")
    return root


def named_metadata(root: AnyPath, parameters: CorpusParameters) -> AnyPath:
    """Return the metadata file that the parameters name. Raises RealClonedError when there is none of that name."""
    if parameters.metadata is None or not is_file(root, parameters.metadata):
        raise RealClonedError(
            f"{parameters.name}: {root} holds no {parameters.metadata}, which should be its metadata; name another "
            f"with {setting(parameters, 'metadata', 'FILE')}"
        )
    return root / parameters.metadata


def is_file(root: AnyPath, path: str) -> bool:
    """Tell whether `path` names a file under `root`; a name that no file system would take names none."""
    try:
        return not leaves_root(root, path) and (root / path).is_file()
    except (OSError, ValueError):
        return False


def leaves_root(root: AnyPath, path: str) -> bool:
    """Tell whether `path`, which stands in a table, leads out of `root`: by itself, or through a symbolic link."""
    if PurePath(path).is_absolute() or posixpath.normpath(path).split("/")[0] == ".." or "://" in path:
        return True
    try:
        return isinstance(root, Path) and not (root / path).resolve().is_relative_to(root.resolve())
    except (OSError, ValueError):
        return False


def reject(listing: pd.DataFrame, where: "pd.Series[bool]", reason: str) -> None:
    """Write `reason` into the rows of `listing` that `where` marks and that have none yet."""
    listing.loc[where & listing["reason"].isna(), "reason"] = reason


def divide(listing: pd.DataFrame, part: str = "all") -> Reading:
    """Return what a listing holds as (found, rejected); singers without a name are called by their id.

    part : `real` or `clones` leaves the others out altogether
    """
    listing = listing.reindex(columns=[*FOUND_COLUMNS, "reason"]).astype(object)
    if part in ("real", "clones"):
        listing = listing[listing["clone_method"].notna() == (part == "clones")]
    again = listing.loc[listing["reason"].isna(), "track_id"].duplicated().reindex(listing.index, fill_value=False)
    reject(listing, again, "its track_id is listed before")
    usable = listing["reason"].isna()
    return _found(listing[usable]), rejected_rows(listing[~usable], listing.loc[~usable, "reason"].tolist())


def rejected_rows(tracks: pd.DataFrame, reasons: str | list[str], stage: str = "ingest") -> pd.DataFrame:
    """Return `tracks` as Rejected, each for its own reason or all for one.

    A reason begins with its kind, in a few words; what more there is to say of the one track follows after a colon.
    """
    if tracks.empty:
        return empty_table(Rejected)
    rows = tracks.reindex(columns=["track_id", "path"]).assign(stage=stage, reason=reasons)
    return rows[REJECTED_COLUMNS].reset_index(drop=True).astype("str")


def _found(listing: pd.DataFrame) -> pd.DataFrame:
    found = listing[FOUND_COLUMNS].reset_index(drop=True)
    found["singer_name"] = found["singer_name"].where(found["singer_name"].notna(), found["singer_id"])
    singers = zip(found["singer_ids"], found["singer_id"], strict=True)
    found["singer_ids"] = pd.Series([ids if isinstance(ids, list) else [own] for ids, own in singers], dtype=object)
    return found.astype({column: "str" for column in FOUND_COLUMNS if column != "singer_ids"})
