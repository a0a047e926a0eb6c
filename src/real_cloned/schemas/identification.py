"""Tables of the registry of singers, and of the answers to who is singing."""

import pandera.pandas as pa
from pandera.typing import Series

from real_cloned.schemas.base import Table

VERDICTS = (
    "singer",
    "not enrolled",
    "no clear voice",
    "no singing found",
    "too short",
    "unreadable",
)
"""What an answer can be. Only the first names somebody."""


class EnrolledTracks(Table):
    """`tracks.parquet` of a registry: a row per track of the enrolled singers and of the cohort."""

    track_id: Series[str] = pa.Field(unique=True)
    singer_id: Series[str]
    album_id: Series[str] = pa.Field(nullable=True)
    is_cohort: Series[bool]
    """Whether the singer only serves to normalise scores."""
    duration_s: Series[float] = pa.Field(gt=0)
    sung_s: Series[float] = pa.Field(gt=0)
    """Seconds with singing that were embedded."""
    first_row: Series[int] = pa.Field(ge=0)
    """Of its embeddings in the registry's matrix."""
    n_segments: Series[int] = pa.Field(ge=1)


class EnrolledSingers(Table):
    """`enrolled_singers`: a row per enrolled singer."""

    singer_id: Series[str] = pa.Field(unique=True)
    n_tracks: Series[int] = pa.Field(ge=1)
    n_albums: Series[int] = pa.Field(ge=0)
    """Number of known albums."""
    sung_s: Series[float] = pa.Field(gt=0)
    """Seconds with singing that were embedded."""


class Identifications(Table):
    """`identifications`: a row per recording. Probabilities are those of the calibration, docs/identify.md."""

    track_id: Series[str]
    verdict: Series[str] = pa.Field(isin=VERDICTS)
    singer_id: Series[str] = pa.Field(nullable=True)
    """Whom the verdict `singer` indicates."""
    probability: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    """Of the likeliest enrolled singer."""
    score: Series[float] = pa.Field(nullable=True)
    """Of the same singer, which has to reach `threshold`."""
    threshold: Series[float] = pa.Field(nullable=True)
    share: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    """Of the recording's duration that the answer rests on: what was embedded."""
    duration_s: Series[float] = pa.Field(ge=0)
    top5_ids: Series[str] = pa.Field(nullable=True)
    """The likeliest singers, first the likeliest, as JSON."""
    top5_probabilities: Series[str] = pa.Field(nullable=True)
    """Of each of these, as JSON."""
    reason: Series[str] = pa.Field(nullable=True)


class Stretches(Table):
    """`stretches`: a row per stretch of a recording with one likeliest singer."""

    track_id: Series[str]
    start_s: Series[float] = pa.Field(ge=0)
    end_s: Series[float] = pa.Field(gt=0)
    singer_id: Series[str] = pa.Field(nullable=True)
    """Missing where no enrolled singer is likely."""
    probability: Series[float] = pa.Field(ge=0, le=1)
    """Mean over its segments, of that singer, or of none being enrolled."""


class Recordings(Table):
    """`recordings`: the files to identify, and what a manifest says of them."""

    track_id: Series[str]
    """Path below the folder that was given, or name of the file."""
    path: Series[str]
    singer_ids: Series[object] = pa.Field(nullable=True)
    """Singers by the manifest, of clones the targets; missing without one."""
    clone_source_id: Series[str] = pa.Field(nullable=True)


class CloneRanks(Table):
    """`clone_ranks`: of clones whose manifest says so, the rank of target and source among all enrolled singers."""

    track_id: Series[str]
    target_ids: Series[str]
    source_id: Series[str]
    target_rank: Series[float] = pa.Field(ge=1, nullable=True)
    """1 is the likeliest of all; missing where no target is enrolled."""
    source_rank: Series[float] = pa.Field(ge=1, nullable=True)
    n_singers: Series[int] = pa.Field(ge=1)
