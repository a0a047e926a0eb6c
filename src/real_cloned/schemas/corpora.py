"""Tables that lead up to the encoders: tracks, segments, splits, and the history of a pretraining."""

import pandera.pandas as pa
from pandera.typing import Series

from real_cloned.schemas.base import Table


class FoundTracks(Table):
    """What a reader knows of tracks before they are decoded, a row per file of the corpus."""

    track_id: Series[str] = pa.Field(unique=True)
    singer_id: Series[str]
    singer_ids: Series[object]
    """Ids of all singers, of whom only clones may have several; the first is `singer_id`."""
    singer_name: Series[str]
    path: Series[str]
    """Path of the file relative to the corpus root, with forward slashes."""
    album_id: Series[str] = pa.Field(nullable=True)
    genre: Series[str] = pa.Field(nullable=True)
    language: Series[str] = pa.Field(nullable=True)
    clone_method: Series[str] = pa.Field(nullable=True)
    clone_source_id: Series[str] = pa.Field(nullable=True)
    """What a clone was made of: the track_id of a track of the closed corpus, whose singer is then the source, or else
    the singer_id of the source."""
    licence: Series[str] = pa.Field(nullable=True)


class ListedTracks(FoundTracks):
    """The tracks that one corpus lists, before it is compared with the others."""

    id_space: Series[str]
    """Where equal `singer_ids` are the same singer: those of FMA and of MTG-Jamendo are unrelated."""


class Spellings(Table):
    """`spellings`: singers of different ids who may be one, by their names; a row per singer and corpus."""

    name: Series[str]
    """Without case, accents, spaces and punctuation: equal in all rows of such singers."""
    corpus: Series[str]
    singer_id: Series[str]
    singer_name: Series[str]
    n_tracks: Series[int] = pa.Field(ge=1)
    """Tracks that the corpus lists."""


class PublishedSplits(Table):
    """The splits that the paper's authors published for a corpus, a row per segment with the role of its track."""

    track_id: Series[str]
    role: Series[str] = pa.Field(isin=["train", "validation", "test"])
    offset_s: Series[float] = pa.Field(ge=0)


class Tracks(FoundTracks):
    """`{corpus}.decoded`: all tracks that could be decoded; `{corpus}.tracks`: those without near-duplicates."""

    duration_s: Series[float] = pa.Field(gt=0)
    sample_rate_hz: Series[int] = pa.Field(gt=0)
    n_channels: Series[int] = pa.Field(ge=1)
    content_sha256: Series[str] = pa.Field(str_length=64)


class Fingerprints(Table):
    """`{corpus}.fingerprints`: acoustic fingerprints of the tracks that could be decoded."""

    track_id: Series[str] = pa.Field(unique=True)
    fingerprint: Series[object] = pa.Field(nullable=True)
    """(n_words,) uint32, a word per 0.124 s of the first two minutes; null where chromaprint is not installed."""


class Duplicates(Table):
    """`duplicates`: pairs of tracks that are the same recording. What may be left out is the other one."""

    corpus: Series[str]
    """That of higher precedence, or the same one."""
    track_id: Series[str]
    other_corpus: Series[str]
    other_track_id: Series[str]
    share_singer: Series[bool]
    """Whether both are credited to a same singer; a clone and its original are not."""
    bit_error: Series[float] = pa.Field(ge=0, le=1)
    """Share of different bits in the two fingerprints, where they lie beside each other."""
    offset_s: Series[float]
    """Seconds by which the other track starts later within the recording."""


class Rejected(Table):
    """`{corpus}.rejected`: all files and tracks that were left out, at which stage and for which reason."""

    track_id: Series[str] = pa.Field(nullable=True)
    path: Series[str] = pa.Field(nullable=True)
    stage: Series[str]
    reason: Series[str]


class Segments(Table):
    """`{corpus}.segments`: the segments with singing, each `segment_s` long (6 s in the paper)."""

    track_id: Series[str]
    offset_s: Series[float] = pa.Field(ge=0)
    vocal_probability: Series[float] = pa.Field(ge=0, le=1)


class Splits(Table):
    """`{corpus}.splits`: the tracks that are used, and their roles."""

    track_id: Series[str] = pa.Field(unique=True)
    role: Series[str] = pa.Field(isin=["train", "validation", "test", "clone"])


class History(Table):
    """`{variant}.history`: losses and learning rate of a pretraining, a row per epoch."""

    epoch: Series[int] = pa.Field(ge=0)
    train_loss: Series[float]
    validation_loss: Series[float]
    learning_rate: Series[float] = pa.Field(gt=0)
    seconds: Series[float] = pa.Field(ge=0)


class DemoTruth(Table):
    """`demo.truth`: ground truth of all synthetic tracks of the demo."""

    track_id: Series[str] = pa.Field(unique=True)
    corpus: Series[str]
    path: Series[str]
    singer_id: Series[str]
    seed: Series[int]
    vocal_activity: Series[object]
    """Frame-level labels, 10 frames per second: 1 where the singer sings, else 0."""
