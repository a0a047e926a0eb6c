"""What all readers share: where a corpus lies, and how its listing is divided into found and rejected tracks.

A listing is a table with a row per track that the source names: the columns of FoundTracks, those unknown left out or
null, and `reason`, null where the track can be used.
"""

from pathlib import Path

import pandas as pd

from real_cloned.errors import RealClonedError
from real_cloned.parameters import CorpusParameters
from real_cloned.schemas import FoundTracks, Rejected, empty

FOUND_COLUMNS = list(empty(FoundTracks))
REJECTED_COLUMNS = list(empty(Rejected))

Reading = tuple[pd.DataFrame, pd.DataFrame]
"""Tracks that were found, as FoundTracks, and those that were not usable, as Rejected."""


def setting(parameters: CorpusParameters, field: str, value: str) -> str:
    """Return how a person sets `field` of this corpus on the command line, such as `--params=own.root=PATH`."""
    plain = f"--params=corpora.{parameters.name}.{field}={value}"
    return f"--params=own.{field}={value} (outside --env=own: {plain})" if parameters.source == "own" else plain


def corpus_root(parameters: CorpusParameters) -> Path:
    """Return the folder of the corpus. Raises RealClonedError when it is not set, not there, or no folder."""
    way_out = f"give the folder of the recordings with {setting(parameters, 'root', 'PATH')}"
    if parameters.root is None:
        raise RealClonedError(f"{parameters.name}: no folder is set; {way_out}")
    root = Path(parameters.root).expanduser()
    if not root.is_dir():
        problem = "is a file, not a folder" if root.exists() else "does not exist"
        raise RealClonedError(f"{parameters.name}: {root} {problem}; {way_out}")
    return root


def reject(listing: pd.DataFrame, where: "pd.Series[bool]", reason: str) -> None:
    """Write `reason` into the rows of `listing` that `where` marks and that have none yet."""
    listing.loc[where & listing["reason"].isna(), "reason"] = reason


def divide(listing: pd.DataFrame) -> Reading:
    """Return what a listing holds as (found, rejected); singers without a name are called by their id."""
    listing = listing.reindex(columns=[*FOUND_COLUMNS, "reason"]).astype(object)
    usable = listing["reason"].isna()
    rejected = listing[~usable].assign(stage="ingest")[REJECTED_COLUMNS]
    return _found(listing[usable]), rejected.reset_index(drop=True).astype("str")


def _found(listing: pd.DataFrame) -> pd.DataFrame:
    found = listing[FOUND_COLUMNS].reset_index(drop=True)
    found["singer_name"] = found["singer_name"].where(found["singer_name"].notna(), found["singer_id"])
    singers = zip(found["singer_ids"], found["singer_id"], strict=True)
    found["singer_ids"] = pd.Series([ids if isinstance(ids, list) else [own] for ids, own in singers], dtype=object)
    return found.astype({column: "str" for column in FOUND_COLUMNS if column != "singer_ids"})
