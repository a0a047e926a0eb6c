"""One pandera model per table that passes between the stages (docs/tables.md shows them with examples).

The catalog validates each table against its model when it is saved. `empty(Model)` is the table of a corpus that is not
there.
"""

from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series


class Table(pa.DataFrameModel):
    """Base of all tables: no other columns, and types are coerced."""

    class Config:
        """Pandera's settings."""

        strict = True
        coerce = True


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


class Predictions(Table):
    """`{variant}.{corpus}.predictions`: what each run of each experiment said of each test track."""

    variant: Series[str]
    corpus: Series[str]
    n_singers: Series[int] = pa.Field(ge=2)
    run: Series[int] = pa.Field(ge=0)
    track_id: Series[str]
    true_ids: Series[object]
    top5_ids: Series[object]
    """Singers by falling number of votes, ties broken by mean log-probability; at most five."""
    votes: Series[object]
    """Share of the track's segments that voted for each of `top5_ids`."""
    log_probability: Series[object]
    """Mean log-probability over the track's segments of each of `top5_ids`."""
    is_top1: Series[bool]
    is_top5: Series[bool]
    """Is a true singer among `top5_ids`?"""
    is_top5_by_log_probability: Series[bool]
    """Is a true singer among the five of greatest mean log-probability, whatever the votes?"""
    n_train_tracks: Series[int] = pa.Field(ge=0)
    """Training tracks of the true singer (of the first one, where there are several)."""
    genre: Series[str] = pa.Field(nullable=True)
    language: Series[str] = pa.Field(nullable=True)
    clone_method: Series[str] = pa.Field(nullable=True)


class Confidences(Table):
    """`{variant}.{corpus}.confidences`: how sure each run is of what it says of every test track.

    Tracks of singers who are not enrolled in the run are asked for, too.
    """

    variant: Series[str]
    corpus: Series[str]
    n_singers: Series[int] = pa.Field(ge=2)
    run: Series[int] = pa.Field(ge=0)
    track_id: Series[str]
    is_enrolled: Series[bool]
    """Is one of its true singers enrolled in this run?"""
    is_right: Series[bool]
    """Is a true singer named? False where none is enrolled."""
    confidence: Series[float] = pa.Field(ge=0, le=1.001)
    """Mean over the track's segments of the probability of the class that is named."""
    calibrated: Series[float] = pa.Field(ge=0, le=1.001)
    """The same with the logits divided by `temperature`."""
    temperature: Series[float] = pa.Field(gt=0)
    """The run's, with the least negative log-likelihood on its validation segments."""


class Baselines(Table):
    """`{variant}.{corpus}.baselines`: what classifiers other than the probe say, in the same runs."""

    variant: Series[str]
    corpus: Series[str]
    n_singers: Series[int] = pa.Field(ge=2)
    run: Series[int] = pa.Field(ge=0)
    method: Series[str] = pa.Field(isin=["centroid", "neighbours", "logistic"])
    track_id: Series[str]
    true_ids: Series[object]
    is_top1: Series[bool]
    is_top5: Series[bool]


class Similarities(Table):
    """`{variant}.{corpus}.similarities`: mean cosine similarity of test tracks to reference groups (Figure 4)."""

    variant: Series[str]
    track_id: Series[str]
    reference: Series[str] = pa.Field(isin=["test", "validation", "vocals", "accompaniment", "other"])
    similarity: Series[float] = pa.Field(ge=-1.001, le=1.001)


class RemixPredictions(Table):
    """`{variant}.{corpus}.remix_predictions`: whether test tracks are still named when their accompaniment changes."""

    variant: Series[str]
    n_singers: Series[int] = pa.Field(ge=2)
    run: Series[int] = pa.Field(ge=0)
    track_id: Series[str]
    accompaniment: Series[str] = pa.Field(isin=["own", "foreign"])
    level_db: Series[float] = pa.Field(nullable=True)
    """Above the level that the own accompaniment has in the song; missing where the voice is alone."""
    is_top1: Series[bool]
    is_top5: Series[bool]


class VoiceSimilarities(Table):
    """`{variant}.{corpus}.voice_similarities`: mean cosine similarity of clones' track averages to those of others."""

    variant: Series[str]
    track_id: Series[str]
    clone_method: Series[str] = pa.Field(nullable=True)
    reference: Series[str] = pa.Field(isin=["target", "source", "original", "other"])
    similarity: Series[float] = pa.Field(ge=-1.001, le=1.001)


class Verification(Table):
    """`{variant}.{corpus}.verification`: how often embeddings alone mistake who sings, over fixed lists of trials."""

    variant: Series[str]
    trials: Series[str] = pa.Field(isin=["any", "different_albums"])
    n_same: Series[int] = pa.Field(ge=1)
    n_different: Series[int] = pa.Field(ge=1)
    equal_error_rate: Series[float] = pa.Field(ge=0, le=1)
    min_dcf: Series[float] = pa.Field(ge=0, le=1)
    """Least detection cost, as `metrics.min_detection_cost` has it."""


class Retrieval(Table):
    """`{variant}.closed.retrieval`: which tracks lie nearest to a track, by the average of its embeddings alone?"""

    variant: Series[str]
    queries: Series[str] = pa.Field(isin=["real", "clones"])
    n_queries: Series[int] = pa.Field(ge=1)
    n_candidates: Series[int] = pa.Field(ge=1)
    mean_average_precision: Series[float] = pa.Field(ge=0, le=1)
    recall_at_1: Series[float] = pa.Field(ge=0, le=1)
    recall_at_5: Series[float] = pa.Field(ge=0, le=1)
    recall_at_10: Series[float] = pa.Field(ge=0, le=1)
    """Shares of queries with a track of a true singer among the 1, 5, 10 nearest."""


class SingerAverages(Table):
    """`{variant}.{corpus}.averages`: one embedding per singer."""

    singer_id: Series[str] = pa.Field(unique=True)
    n_tracks: Series[int] = pa.Field(ge=1)
    n_segments: Series[int] = pa.Field(ge=1)
    embedding: Series[object]
    """Numbers, of unit length in all."""


class DemoTruth(Table):
    """`demo.truth`: what the demo's makers know of every track they made."""

    track_id: Series[str] = pa.Field(unique=True)
    corpus: Series[str]
    path: Series[str]
    singer_id: Series[str]
    seed: Series[int]
    vocal_activity: Series[object]
    """One 0 or 1 per 0.1 s: does the singer sound?"""


def empty(model: type[Table]) -> pd.DataFrame:
    """Return a table of `model` with no rows and the right columns and types."""
    columns = model.to_schema().columns
    return pd.DataFrame({name: pd.Series(dtype=_dtype(column)) for name, column in columns.items()})


def _dtype(column: Any) -> Any:
    return column.dtype.type if column.dtype is not None else object
