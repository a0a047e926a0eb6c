"""The paper's published splits (`splits.zip`, in the releases of the authors' repository).

`splits/FMA/fma_{train,val,test}_set.json` and `splits/mtg-jamendo-dataset/mtg_{train,val,test}_set.json` map an artist
to its tracks: `{"file_id": "000002.mp3", "vocal_segs": [seconds, ...]}`, several for training and one otherwise.
Where they are given, roles and segments are taken from them unchanged.
"""

import json
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath, resolve_path
from real_cloned.corpora.readers.base import UsableAndRejected, rejected_rows
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import PublishedSplits

FILES = {"fma": "FMA/fma_{}_set.json", "mtg_jamendo": "mtg-jamendo-dataset/mtg_{}_set.json"}
ROLES = {"train": "train", "val": "validation", "test": "test"}


def read_published_splits(parameters: CorpusParameters) -> pd.DataFrame:
    """Read the published role and offset of every segment of a corpus.

    Args:
        parameters: The corpus; `source` and `published_splits` are read.

    Returns:
        `schemas.corpora.PublishedSplits`, a row per segment; empty where the parameters give no splits.

    Raises:
        RealClonedError: A file is missing or does not have the expected content, or the paper published no splits of
            this source.
    """
    if parameters.root is None or parameters.published_splits is None:
        return empty_table(PublishedSplits)
    if parameters.source not in FILES:
        raise RealClonedError(
            f"{parameters.name}: the paper published splits of {' and '.join(FILES)}, none of {parameters.source}; "
            f"set corpora.{parameters.name}.published_splits to null"
        )
    folder = resolve_path(parameters.published_splits)
    parts = [
        pd.DataFrame(_segments(folder / FILES[parameters.source].format(name)), columns=["track_id", "offset_s"])
        .assign(role=role)
        for name, role in ROLES.items()
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)[["track_id", "role", "offset_s"]]


def published_segments(published: pd.DataFrame, tracks: pd.DataFrame, segment_s: float) -> UsableAndRejected:
    """Select the published segments that lie within the decoded tracks.

    A segment that ends after its track is left out; a track of which none remains is rejected. The published segments
    are sung, so their vocal probability is 1.

    Args:
        published: The paper's segments (`schemas.corpora.PublishedSplits`).
        tracks: The decoded tracks (`schemas.corpora.Tracks`).
        segment_s: Length of a segment in seconds.

    Returns:
        The segments (`schemas.corpora.Segments`) and the rejected tracks (`schemas.corpora.Rejected`).
    """
    candidates = published.merge(tracks[["track_id", "path", "duration_s"]], on="track_id")
    is_inside = candidates["offset_s"] + segment_s <= candidates["duration_s"] + 1e-6
    segments = candidates.loc[is_inside, ["track_id", "offset_s"]].assign(vocal_probability=1.0)
    lost = candidates[~candidates["track_id"].isin(segments["track_id"])].drop_duplicates("track_id")
    reason = "published segments outside the track: all end after it does"
    return segments.reset_index(drop=True), rejected_rows(lost, reason, "vocal_filter")


def _segments(file: AnyPath) -> Iterator[tuple[str, float]]:
    """Yield (track_id, offset_s) of each segment of a file."""
    for artist, value in _load(file).items():
        tracks = value["track"] if isinstance(value, dict) and "track" in value else value
        for track in tracks if isinstance(tracks, list) else [tracks]:
            try:
                yield from ((_track_id(track["file_id"]), float(offset_s)) for offset_s in track["vocal_segs"])
            except (KeyError, TypeError, ValueError) as error:
                raise RealClonedError(
                    f'{file}: expected {{"file_id": ..., "vocal_segs": [seconds, ...]}} of artist {artist}, got {track}'
                ) from error


def _load(file: AnyPath) -> dict[str, Any]:
    try:
        with file.open(encoding="utf-8") as stream:
            content = json.load(stream)
    except (OSError, ValueError) as error:
        raise RealClonedError(
            f"{file} cannot be read ({error}); unpack splits.zip of the authors' repository and set published_splits "
            "to its folder `splits`"
        ) from error
    if not isinstance(content, dict):
        raise RealClonedError(f"{file}: expected a mapping of artists to tracks, got {type(content).__name__}")
    return content


def _track_id(file_id: str) -> str:
    """Return our id of a track: FMA's `000002.mp3` is 000002, MTG-Jamendo's `24/3524.mp3` is track_0003524."""
    path = PurePosixPath(file_id)
    return f"track_{int(path.stem):07d}" if len(path.parts) > 1 else path.stem
