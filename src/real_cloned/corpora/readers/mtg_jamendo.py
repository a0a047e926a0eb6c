"""Reader of MTG-Jamendo (https://github.com/MTG/mtg-jamendo-dataset): `data/*.tsv`, and `audio/` or `audio-low/`."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath, relative_posix
from real_cloned.corpora.readers.base import UsableAndRejected, corpus_root, mark_rejected, metadata_file, partition
from real_cloned.parameters.ingest import CorpusParameters

HEADER = ["TRACK_ID", "ARTIST_ID", "ALBUM_ID", "PATH", "DURATION", "TAGS"]
GENRE_PREFIX = "genre---"


def read_mtg_jamendo(parameters: CorpusParameters) -> UsableAndRejected:
    """Read every track of the tag table that `parameters.metadata` names.

    The default is `data/raw_30s.tsv`, or the first `data/autotagging*.tsv` where that is missing. The singer is the
    artist, with the name of `raw.meta.tsv` where that exists; the genre is the first genre tag. A track that is in
    neither audio tree is rejected as missing.

    Args:
        parameters: The corpus; `metadata` is read.

    Returns:
        The usable tracks (`schemas.corpora.FoundTracks`) and the others (`schemas.corpora.Rejected`).

    Raises:
        RealClonedError: There is no such table, or a table does not have the expected columns.
    """
    root = corpus_root(parameters)
    listing = read_tag_table(_tag_table_file(root, parameters))
    listing["singer_name"] = listing["singer_id"].map(_artist_names(root / "data" / "raw.meta.tsv"))
    listing["path"] = listing["path"].map(_audio_paths(root))
    listing["reason"] = pd.Series(dtype=object)
    mark_rejected(listing, listing["path"].isna(), "missing on disk")
    return partition(listing)


def read_tag_table(file: AnyPath) -> pd.DataFrame:
    """Read a table of tags. Each tag has a tab column of its own, so that lines differ in length.

    Args:
        file: A TSV file with the columns of HEADER.

    Returns:
        One row per line: track_id, singer_id, album_id, path (`24/3524.mp3`) and genre (null where unknown).

    Raises:
        RealClonedError: The first line is not HEADER, or another one has too few columns.
    """
    lines = _split_lines(file)
    if next(lines, None) != HEADER:
        raise RealClonedError(f"{file} is no tags table of MTG-Jamendo: its first line must hold {HEADER} between tabs")
    rows = [
        (track, artist, album, path, _genre(tags)) for track, artist, album, path, _, *tags in _check_lines(lines, file)
    ]
    return pd.DataFrame(rows, columns=["track_id", "singer_id", "album_id", "path", "genre"], dtype=object)


def _split_lines(file: AnyPath) -> Iterator[list[str]]:
    with file.open(encoding="utf-8") as stream:
        for line in stream:
            yield line.rstrip("\n").split("\t")


def _check_lines(lines: Iterator[list[str]], file: AnyPath) -> Iterator[list[str]]:
    for number, line in enumerate(lines, start=2):
        if len(line) < 5:
            raise RealClonedError(
                f"{file}, line {number}: expected {HEADER} between tabs, got {line}; fetch the file again"
            )
        yield line


def _genre(tags: list[str]) -> str | None:
    return next((tag.removeprefix(GENRE_PREFIX) for tag in tags if tag.startswith(GENRE_PREFIX)), None)


def _tag_table_file(root: AnyPath, parameters: CorpusParameters) -> AnyPath:
    if parameters.metadata is not None:
        return metadata_file(root, parameters)
    files: list[Any] = [root / "data" / "raw_30s.tsv", *sorted((root / "data").glob("autotagging*.tsv"), key=str)]
    file: AnyPath | None = next((file for file in files if file.is_file()), None)
    if file is None:
        raise RealClonedError(
            f"{root / 'data'} holds neither raw_30s.tsv nor autotagging*.tsv; take them from the data/ folder of "
            "https://github.com/MTG/mtg-jamendo-dataset"
        )
    return file


def _artist_names(file: AnyPath) -> dict[str, str]:
    """Return names by ARTIST_ID; the file has unmatched quotes, so it is split at tabs alone."""
    if not file.is_file():
        return {}
    lines = _split_lines(file)
    header = next(lines)
    artist, name = header.index("ARTIST_ID"), header.index("ARTIST_NAME")
    return {line[artist]: line[name] for line in lines if len(line) > max(artist, name) and line[name]}


def _audio_paths(root: AnyPath) -> dict[str, str]:
    """Return the path of each PATH's file relative to `root`; `audio/` is preferred to `audio-low/`."""
    low = {
        f"{file.parent.name}/{file.name.removesuffix('.low.mp3')}.mp3": file
        for file in root.glob("audio-low/*/*.low.mp3")
    }
    full = {f"{file.parent.name}/{file.name}": file for file in root.glob("audio/*/*.mp3")}
    return {path: relative_posix(file, root) for path, file in (low | full).items()}
