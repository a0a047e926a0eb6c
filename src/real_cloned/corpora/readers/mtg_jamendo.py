"""Reader of MTG-Jamendo (https://github.com/MTG/mtg-jamendo-dataset): `data/*.tsv`, and `audio/` or `audio-low/`."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath, relative_posix
from real_cloned.corpora.readers.base import Reading, corpus_root, divide, named_metadata, reject
from real_cloned.parameters.ingest import CorpusParameters

HEADER = ["TRACK_ID", "ARTIST_ID", "ALBUM_ID", "PATH", "DURATION", "TAGS"]
GENRE = "genre---"


def read_mtg_jamendo(parameters: CorpusParameters) -> Reading:
    """Return (found, rejected) of every track of the table that `parameters.metadata` names.

    Where it names none, the table is `data/raw_30s.tsv`, or the first `data/autotagging*.tsv` where that is missing.

    The singer is the artist, called by the name in `raw.meta.tsv` where that is given; the genre is the first genre
    tag. A track that is in neither audio tree is rejected as missing.

    Raises RealClonedError when there is no such table, or when a table does not look as described.
    """
    root = corpus_root(parameters)
    listing = read_tags(_tags_file(root, parameters))
    listing["singer_name"] = listing["singer_id"].map(_artist_names(root / "data" / "raw.meta.tsv"))
    listing["path"] = listing["path"].map(_audio_paths(root))
    listing["reason"] = pd.Series(dtype=object)
    reject(listing, listing["path"].isna(), "missing on disk")
    return divide(listing)


def read_tags(file: AnyPath) -> pd.DataFrame:
    """Return track_id, singer_id, album_id, path (`24/3524.mp3`) and genre of each line of a tags table.

    The tags spill over further tab columns, so that lines differ in length. Raises RealClonedError when the first line
    or another one does not fit.
    """
    lines = _lines(file)
    if next(lines, None) != HEADER:
        raise RealClonedError(f"{file} is no tags table of MTG-Jamendo: its first line must hold {HEADER} between tabs")
    rows = [
        (track, artist, album, path, _genre(tags)) for track, artist, album, path, _, *tags in _complete(lines, file)
    ]
    return pd.DataFrame(rows, columns=["track_id", "singer_id", "album_id", "path", "genre"], dtype=object)


def _lines(file: AnyPath) -> Iterator[list[str]]:
    with file.open(encoding="utf-8") as stream:
        for line in stream:
            yield line.rstrip("\n").split("\t")


def _complete(lines: Iterator[list[str]], file: AnyPath) -> Iterator[list[str]]:
    for number, line in enumerate(lines, start=2):
        if len(line) < 5:
            raise RealClonedError(
                f"{file}, line {number}: expected {HEADER} between tabs, got {line}; fetch the file again"
            )
        yield line


def _genre(tags: list[str]) -> str | None:
    return next((tag.removeprefix(GENRE) for tag in tags if tag.startswith(GENRE)), None)


def _tags_file(root: AnyPath, parameters: CorpusParameters) -> AnyPath:
    if parameters.metadata is not None:
        return named_metadata(root, parameters)
    files: list[Any] = [root / "data" / "raw_30s.tsv", *sorted((root / "data").glob("autotagging*.tsv"), key=str)]
    file: AnyPath | None = next((file for file in files if file.is_file()), None)
    if file is None:
        raise RealClonedError(
            f"{root / 'data'} holds neither raw_30s.tsv nor autotagging*.tsv; take them from the data/ folder of "
            "https://github.com/MTG/mtg-jamendo-dataset"
        )
    return file


def _artist_names(file: AnyPath) -> dict[str, str]:
    """Return names by ARTIST_ID; the file has unmatched quotes, so it is split on tabs and nothing else."""
    if not file.is_file():
        return {}
    lines = _lines(file)
    header = next(lines)
    artist, name = header.index("ARTIST_ID"), header.index("ARTIST_NAME")
    return {line[artist]: line[name] for line in lines if len(line) > max(artist, name) and line[name]}


def _audio_paths(root: AnyPath) -> dict[str, str]:
    """Return where the file of each PATH lies, relative to `root`; the full tree goes before the small one."""
    low = {
        f"{file.parent.name}/{file.name.removesuffix('.low.mp3')}.mp3": file
        for file in root.glob("audio-low/*/*.low.mp3")
    }
    full = {f"{file.parent.name}/{file.name}": file for file in root.glob("audio/*/*.mp3")}
    return {path: relative_posix(file, root) for path, file in (low | full).items()}
