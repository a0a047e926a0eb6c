"""Reader of FMA (https://github.com/mdeff/fma): `fma_metadata/tracks.csv` and trees `fma_*/NNN/NNNNNN.mp3`.

The singer is the track's artist, which can differ from the album's. The durations of tracks.csv are not read, since
some are wrong.
"""

import csv
from typing import Any

import pandas as pd

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath, relative_posix
from real_cloned.corpora.readers.base import UsableAndRejected, corpus_root, mark_rejected, partition
from real_cloned.parameters.ingest import CorpusParameters

METADATA = "fma_metadata/tracks.csv"
COLUMNS = {
    ("artist", "id"): "singer_id",
    ("artist", "name"): "singer_name",
    ("album", "id"): "album_id",
    ("track", "genre_top"): "genre",
    ("track", "language_code"): "language",
    ("track", "license"): "licence",
}
TREES = ("fma_full", "fma_large", "fma_medium", "fma_small")
"""In order of preference: only fma_full holds untrimmed tracks, as the paper uses."""


def read_fma(parameters: CorpusParameters) -> UsableAndRejected:
    """Read every track of tracks.csv; one whose file is in no tree is rejected as missing.

    Args:
        parameters: The corpus.

    Returns:
        The usable tracks (`schemas.corpora.FoundTracks`) and the others (`schemas.corpora.Rejected`).

    Raises:
        RealClonedError: tracks.csv is missing or lacks a column, or there is no tree of audio.
    """
    root = corpus_root(parameters)
    listing = _read_tracks(root / METADATA)
    listing["path"] = listing["track_id"].map(_audio_paths(root))
    listing["reason"] = pd.Series(dtype=object)
    mark_rejected(listing, listing["path"].isna(), "missing on disk")
    mark_rejected(listing, listing["singer_id"].isna(), "no artist")
    return partition(listing)


def _read_tracks(file: AnyPath) -> pd.DataFrame:
    positions = _column_positions(file)
    # The third line holds only the name of the index.
    with file.open(encoding="utf-8", newline="") as stream:
        table = pd.read_csv(stream, header=None, skiprows=3, usecols=[0, *positions], dtype=str, keep_default_na=False)
    table = table.rename(columns={0: "track_id", **positions}).astype(object)
    table["track_id"] = table["track_id"].str.zfill(6)
    return table.mask(table.isin(["", "-1"]), None)


def _column_positions(file: AnyPath) -> dict[int, str]:
    """Return the name in FoundTracks of each column to read, by its position in the file."""
    if not file.is_file():
        raise RealClonedError(
            f"{file} does not exist; unpack fma_metadata.zip of https://github.com/mdeff/fma beside the audio"
        )
    with file.open(encoding="utf-8", newline="") as stream:
        lines = csv.reader(stream)
        header = list(zip(next(lines, []), next(lines, []), strict=False))
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise RealClonedError(f"{file} lacks the columns {missing}; its columns are {header}")
    return {header.index(column): name for column, name in COLUMNS.items()}


def _audio_paths(root: AnyPath) -> dict[Any, str]:
    """Return the path of every file of every tree by the six digits of its name."""
    trees = sorted(
        (tree.name for tree in root.glob("fma_*") if tree.is_dir() and tree.name != "fma_metadata"), key=_preference
    )
    if not trees:
        raise RealClonedError(f"{root} holds no audio; unpack one of {', '.join(TREES)} there, beside fma_metadata")
    files = (file for tree in reversed(trees) for file in (root / tree).glob("[0-9][0-9][0-9]/*.mp3"))
    return {file.stem: relative_posix(file, root) for file in files}


def _preference(tree: str) -> tuple[int, str]:
    return (TREES.index(tree) if tree in TREES else len(TREES), tree)
