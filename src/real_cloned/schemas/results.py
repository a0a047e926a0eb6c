"""The tables of what probes and embeddings say of tracks and singers; `schemas` has those that lead up to them."""

import pandera.pandas as pa
from pandera.typing import Series

from real_cloned.schemas.base import Table


class OfRuns(Table):
    """What classifiers say of tracks, run by run of each experiment."""

    variant: Series[str]
    corpus: Series[str]
    n_singers: Series[int] = pa.Field(ge=2)
    run: Series[int] = pa.Field(ge=0)


class Predictions(OfRuns):
    """`{variant}.{corpus}.predictions`: what each run of each experiment said of each test track."""

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


class Confidences(OfRuns):
    """`{variant}.{corpus}.confidences`: how sure each run is of what it says of every test track.

    Tracks of singers who are not enrolled in the run are asked for, too.
    """

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


class Baselines(OfRuns):
    """`{variant}.{corpus}.baselines`: what classifiers other than the probe say, in the same runs."""

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


class VariantSingerAverages(Table):
    """`singer_averages`: the singer averages of all variants."""

    variant: Series[str]
    singer_id: Series[str]
    n_tracks: Series[int] = pa.Field(ge=1)
    n_segments: Series[int] = pa.Field(ge=1)
    embedding: Series[object]
    """Numbers, of unit length in all."""
