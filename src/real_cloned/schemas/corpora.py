"""Tables of tracks, segments and splits: what leads up to the encoders."""

import pandera.pandas as pa
from pandera.typing import Series

from real_cloned.schemas.base import Table


class FoundTracks(Table):
    """What a reader knows of a track before it is decoded: a row per file that the corpus lists."""

    track_id: Series[str] = pa.Field(unique=True)
    singer_id: Series[str]
    singer_ids: Series[object]
    """All singers (several for duets and clones), the first being `singer_id`."""
    singer_name: Series[str]
    path: Series[str]
    """Relative to the corpus root, with forward slashes."""
    album_id: Series[str] = pa.Field(nullable=True)
    genre: Series[str] = pa.Field(nullable=True)
    language: Series[str] = pa.Field(nullable=True)
    clone_method: Series[str] = pa.Field(nullable=True)
    clone_source_id: Series[str] = pa.Field(nullable=True)
    """What a clone was made of: a track of the closed corpus, whose singer then is the source; else the singer."""
    licence: Series[str] = pa.Field(nullable=True)


class ListedTracks(FoundTracks):
    """What one corpus lists, before it is compared with the others."""

    id_space: Series[str]
    """Where `singer_ids` mean the same singer: ids of FMA and of MTG-Jamendo have nothing to do with each other."""


class PublishedSplits(Table):
    """The paper's own splits of a corpus, where they are given: every segment with the role of its track."""

    track_id: Series[str]
    role: Series[str] = pa.Field(isin=["train", "validation", "test"])
    offset_s: Series[float] = pa.Field(ge=0)


class Tracks(FoundTracks):
    """`{corpus}.tracks`: every track that could be decoded."""

    duration_s: Series[float] = pa.Field(gt=0)
    sample_rate_hz: Series[int] = pa.Field(gt=0)
    n_channels: Series[int] = pa.Field(ge=1)
    content_sha256: Series[str] = pa.Field(str_length=64)


class Rejected(Table):
    """`{corpus}.rejected`: every file or track that was left out, at which stage, and why."""

    track_id: Series[str] = pa.Field(nullable=True)
    path: Series[str] = pa.Field(nullable=True)
    stage: Series[str]
    reason: Series[str]


class Segments(Table):
    """`{corpus}.segments`: the 6 s stretches that hold singing."""

    track_id: Series[str]
    offset_s: Series[float] = pa.Field(ge=0)
    vocal_probability: Series[float] = pa.Field(ge=0, le=1)


class Splits(Table):
    """`{corpus}.splits`: the tracks that are used, and for what."""

    track_id: Series[str] = pa.Field(unique=True)
    role: Series[str] = pa.Field(isin=["train", "validation", "test", "clone"])


class History(Table):
    """`{variant}.history`: the course of a pretraining."""

    epoch: Series[int] = pa.Field(ge=0)
    train_loss: Series[float]
    validation_loss: Series[float]
    learning_rate: Series[float] = pa.Field(gt=0)
    seconds: Series[float] = pa.Field(ge=0)


class DemoTruth(Table):
    """`demo.truth`: what the demo's makers know of every track they made."""

    track_id: Series[str] = pa.Field(unique=True)
    corpus: Series[str]
    path: Series[str]
    singer_id: Series[str]
    seed: Series[int]
    vocal_activity: Series[object]
    """One 0 or 1 per 0.1 s: does the singer sound?"""
