"""What all readers share: the folder of a corpus, and the tables that a reader returns.

A listing is a table with a row per track that the source names: the columns of `schemas.corpora.FoundTracks`, those
unknown left out or null, and `reason`, which is null where the track can be used. `partition` turns a listing into the
two tables that every reader returns.
"""

import pandas as pd

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath, resolve_path
from real_cloned.corpora.readers.corpus_files import is_file
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import FoundTracks, Rejected

FOUND_COLUMNS = list(empty_table(FoundTracks))
REJECTED_COLUMNS = list(empty_table(Rejected))

TWO_SINGERS = "recording of two singers"
"""What the reason begins with for a track whose recording another singer's track of the corpus has, too."""

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


def cli_override(parameters: CorpusParameters, field: str, value: str) -> str:
    """Return the command-line option that sets one parameter of this corpus, such as `--params=own.root=PATH`.

    Args:
        parameters: The corpus.
        field: Name of the parameter.
        value: Its value, or a placeholder.
    """
    option = f"--params=corpora.{parameters.name}.{field}={value}"
    return f"--params=own.{field}={value} (outside --env=own: {option})" if parameters.source == "own" else option


def _to_found(listing: pd.DataFrame) -> pd.DataFrame:
    found = listing.reset_index(drop=True)
    found["singer_name"] = found["singer_name"].where(found["singer_name"].notna(), found["singer_id"])
    singers = zip(found["singer_ids"], found["singer_id"], strict=True)
    found["singer_ids"] = pd.Series([ids if isinstance(ids, list) else [own] for ids, own in singers], dtype=object)
    return found.astype({column: "str" for column in found if column != "singer_ids"})
