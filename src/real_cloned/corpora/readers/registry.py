"""The tracks of a corpus, whatever its source: the table of readers, and what each corpus takes of its source."""

from collections.abc import Callable

import pandas as pd

from real_cloned.core.errors import RealClonedError
from real_cloned.corpora.readers.base import UsableAndRejected, corpus_root, rejected_rows
from real_cloned.corpora.readers.ctrsvdd import read_ctrsvdd
from real_cloned.corpora.readers.fma import read_fma
from real_cloned.corpora.readers.folder import read_folder
from real_cloned.corpora.readers.manifest import find_manifest, read_manifest
from real_cloned.corpora.readers.mtg_jamendo import read_mtg_jamendo
from real_cloned.corpora.readers.published_splits import read_published_splits
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import ListedTracks, Rejected


def list_tracks(parameters: CorpusParameters) -> UsableAndRejected:
    """List the tracks of a corpus with the reader of its source.

    A corpus whose root is null gives two empty tables. Where the paper's published splits are given, only the tracks
    that they name are listed. Real tracks of several singers are rejected: a duet would be learned as one of its
    voices, and be right by either.

    Args:
        parameters: The corpus.

    Returns:
        The tracks that can be used (`schemas.corpora.ListedTracks`) and the others (`schemas.corpora.Rejected`).

    Raises:
        RealClonedError: The source cannot be read, or it lists tracks of which none can be used.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> root = Path(tempfile.mkdtemp())
        >>> (root / "Nina").mkdir()
        >>> (root / "Nina" / "1.mp3").touch()
        >>> corpus = CorpusParameters(name="closed", source="folder", root=str(root), split="probe")
        >>> listed, rejected = list_tracks(corpus)
        >>> listed[["track_id", "singer_id"]].values.tolist(), len(rejected)
        ([['Nina/1.mp3', 'Nina']], 0)
    """
    if parameters.root is None:
        return empty_table(ListedTracks), empty_table(Rejected)
    found, rejected = READERS[parameters.source](parameters)
    if parameters.split != "clone":
        found, rejected = _reject_duets(found, rejected)
    if parameters.published_splits is not None:
        found, rejected = _select_published(found, rejected, parameters)
    if found.empty and not rejected.empty:
        raise RealClonedError(_nothing_usable_message(rejected, parameters))
    id_space = "manifest" if parameters.source in USER_ID_SOURCES else parameters.source
    return found.assign(id_space=id_space), rejected


def read_own(parameters: CorpusParameters) -> UsableAndRejected:
    """Read a person's own recordings: by their manifest where there is one, otherwise by their folders.

    Args:
        parameters: The corpus.

    Returns:
        The usable tracks (`schemas.corpora.FoundTracks`) and the others (`schemas.corpora.Rejected`).

    Raises:
        RealClonedError: The root is no folder, or as in `read_manifest` and `read_folder`.
    """
    has_manifest = find_manifest(corpus_root(parameters)) is not None
    return read_manifest(parameters) if has_manifest else read_folder(parameters)


READERS: dict[str, Callable[[CorpusParameters], UsableAndRejected]] = {
    "manifest": read_manifest,
    "folder": read_folder,
    "own": read_own,
    "fma": read_fma,
    "mtg_jamendo": read_mtg_jamendo,
    "ctrsvdd": read_ctrsvdd,
}
"""The reader of each source, by the name that `CorpusParameters.source` gives it."""

USER_ID_SOURCES = ("manifest", "folder", "own")
"""Sources whose singer ids were chosen by the user: an id means the same singer in all of them."""


def _reject_duets(found: pd.DataFrame, rejected: pd.DataFrame) -> UsableAndRejected:
    is_duet = found["singer_ids"].map(len) > 1
    rows = rejected_rows(found[is_duet], "several singers: the singer of a real track must be one")
    return found[~is_duet].reset_index(drop=True), pd.concat([rejected, rows], ignore_index=True)


def _select_published(found: pd.DataFrame, rejected: pd.DataFrame, parameters: CorpusParameters) -> UsableAndRejected:
    published = read_published_splits(parameters)["track_id"].drop_duplicates()
    unknown = published[~published.isin([*found["track_id"], *rejected["track_id"]])]
    missing = rejected_rows(unknown.to_frame(), "not in the metadata: the published splits name it")
    rejected = rejected[rejected["track_id"].isin(published)]
    found = found[found["track_id"].isin(published)].reset_index(drop=True)
    return found, pd.concat([rejected, missing], ignore_index=True)


def _nothing_usable_message(rejected: pd.DataFrame, parameters: CorpusParameters) -> str:
    reasons = rejected["reason"].value_counts()
    first = rejected.fillna({"path": rejected["track_id"]}).iloc[0]
    return (
        f"{parameters.name}: of the {len(rejected)} tracks listed in {corpus_root(parameters)} none is usable: "
        f"{'; '.join(f'{reason} ({count})' for reason, count in reasons.items())}. The first is {first['path']}"
    )
