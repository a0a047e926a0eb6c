"""Tables of results: predictions of probes and baselines, and what embeddings show without a classifier.

Ranks and shares are those of a track's segments, see `probing.predict`. Log-probabilities are natural logarithms.
"""

import pandera.pandas as pa
from pandera.typing import Series

from real_cloned.schemas.base import Table


class OfRuns(Table):
    """Columns of all tables of predictions, which have rows per run of each experiment."""

    variant: Series[str]
    corpus: Series[str]
    n_singers: Series[int] = pa.Field(ge=2)
    run: Series[int] = pa.Field(ge=0)


class Predictions(OfRuns):
    """`{variant}.{corpus}.predictions`: the prediction of each run for each test track with an enrolled singer."""

    track_id: Series[str]
    true_ids: Series[object]
    top5_ids: Series[object]
    """The five singers (or fewer) with most votes, in descending order; ties are broken by mean log-probability."""
    votes: Series[object]
    """Share of the track's segments that voted for each of `top5_ids`."""
    log_probability: Series[object]
    """Mean log-probability over the track's segments of each of `top5_ids`."""
    is_top1: Series[bool]
    is_top5: Series[bool]
    """Whether a true singer is among `top5_ids`."""
    is_top5_by_log_probability: Series[bool]
    """Whether a true singer is among the five of greatest mean log-probability, whatever the votes."""
    n_train_tracks: Series[int] = pa.Field(ge=0)
    """Number of training tracks of the true singer, or of the first enrolled one."""
    genre: Series[str] = pa.Field(nullable=True)
    language: Series[str] = pa.Field(nullable=True)
    clone_method: Series[str] = pa.Field(nullable=True)


class PretrainingSeeds(Table):
    """`pretraining_seeds`: accuracies of variants that were pretrained several times, from other seeds each time."""

    variant: Series[str]
    seed: Series[int] = pa.Field(ge=0)
    is_study: Series[bool]
    """Whether this is the pretraining of the study itself."""
    corpus: Series[str]
    n_singers: Series[int] = pa.Field(ge=2)
    top1: Series[float] = pa.Field(ge=0, le=100)
    """Mean over runs, in percent."""


class Confidences(OfRuns):
    """`{variant}.{corpus}.confidences`: the confidence of each run in its prediction for each test track.

    Tracks of singers who are not enrolled in the run are included.
    """

    track_id: Series[str]
    clone_method: Series[str] = pa.Field(nullable=True)
    is_enrolled: Series[bool]
    """Whether a true singer is enrolled in the run."""
    is_right: Series[bool]
    """Whether a true singer is predicted; false where none is enrolled."""
    confidence: Series[float] = pa.Field(ge=0, le=1.001)
    """Mean over the track's segments of the probability of the predicted class."""
    calibrated: Series[float] = pa.Field(ge=0, le=1.001)
    """The same with the logits divided by `temperature`."""
    temperature: Series[float] = pa.Field(gt=0)
    """Fitted to the validation tracks of all runs of the class count (`metrics.temperature.fit_temperature`)."""
    is_at_bound: Series[bool]
    """Whether `temperature` is one of its bounds."""
    clone_calibrated: Series[float] = pa.Field(ge=0, le=1.001, nullable=True)
    """The confidence with the logits divided by `clone_temperature`; missing for real tracks."""
    clone_temperature: Series[float] = pa.Field(gt=0, nullable=True)
    """Fitted to clones by other methods and of other target singers (`probing.temperatures.fit_to_other_clones`)."""
    clone_is_at_bound: Series[bool]
    """Whether `clone_temperature` is one of its bounds."""


class Baselines(OfRuns):
    """`{variant}.{corpus}.baselines`: predictions of other classifiers in the same runs."""

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
    """`{variant}.{corpus}.remix_predictions`: whether test tracks are identified when their accompaniment changes."""

    variant: Series[str]
    n_singers: Series[int] = pa.Field(ge=2)
    run: Series[int] = pa.Field(ge=0)
    track_id: Series[str]
    accompaniment: Series[str] = pa.Field(isin=["own", "foreign"])
    level_db: Series[float] = pa.Field(nullable=True)
    """Level of the accompaniment relative to that of the own one in the song; missing for the vocals alone."""
    is_top1: Series[bool]
    is_top5: Series[bool]


class CloneSimilarities(Table):
    """`{variant}.{corpus}.clone_similarities`: mean cosine similarity of clones to real tracks, by track averages."""

    variant: Series[str]
    track_id: Series[str]
    clone_method: Series[str] = pa.Field(nullable=True)
    reference: Series[str] = pa.Field(isin=["target", "source", "original", "other"])
    similarity: Series[float] = pa.Field(ge=-1.001, le=1.001)


class Verification(Table):
    """`{variant}.{corpus}.verification`: error rates of embeddings on lists of trials."""

    variant: Series[str]
    trials: Series[str] = pa.Field(isin=["any", "different_albums"])
    n_same: Series[int] = pa.Field(ge=1)
    n_different: Series[int] = pa.Field(ge=1)
    equal_error_rate: Series[float] = pa.Field(ge=0, le=1)
    min_dcf: Series[float] = pa.Field(ge=0, le=1)
    """Minimum detection cost (`metrics.verification.min_detection_cost`)."""
    as_norm_equal_error_rate: Series[float] | None = pa.Field(ge=0, le=1)
    """The same by AS-norm (`metrics.score_normalisation`), where the variant has a cohort."""
    as_norm_min_dcf: Series[float] | None = pa.Field(ge=0, le=1)


class Retrieval(Table):
    """`{variant}.closed.retrieval`: how well the nearest tracks share the singer of a query, by track averages."""

    variant: Series[str]
    queries: Series[str] = pa.Field(isin=["real", "clones"])
    n_queries: Series[int] = pa.Field(ge=1)
    n_candidates: Series[int] = pa.Field(ge=1)
    mean_average_precision: Series[float] = pa.Field(ge=0, le=1)
    recall_at_1: Series[float] = pa.Field(ge=0, le=1)
    """Share of queries with a track of a true singer as the nearest one; the others: among the 5 or 10 nearest."""
    recall_at_5: Series[float] = pa.Field(ge=0, le=1)
    recall_at_10: Series[float] = pa.Field(ge=0, le=1)


class StemComparison(Table):
    """`{variant}.closed.stem_comparison`: the same tracks embedded from several stems.

    By verification (of any two tracks, and of tracks of different albums) and retrieval, as in `Verification` and
    `Retrieval`. A value is missing where there are no such pairs.
    """

    variant: Series[str]
    stem: Series[str] = pa.Field(isin=["mixture", "vocals", "turned_down"])
    n_singers: Series[int] = pa.Field(ge=1)
    n_tracks: Series[int] = pa.Field(ge=1)
    equal_error_rate: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    as_norm_equal_error_rate: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    """By AS-norm; missing, too, where the variant has no cohort."""
    album_equal_error_rate: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    """Of pairs of different albums."""
    album_as_norm_equal_error_rate: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    mean_average_precision: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    recall_at_1: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    n_clones: Series[int] = pa.Field(ge=0)
    clones_top1: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    """Share of clones to which the average of the imitated singer's tracks is the nearest of all singers'."""


class SingerAverages(Table):
    """`{variant}.{corpus}.averages`: the average embedding of each singer."""

    singer_id: Series[str] = pa.Field(unique=True)
    n_tracks: Series[int] = pa.Field(ge=1)
    n_segments: Series[int] = pa.Field(ge=1)
    embedding: Series[object]
    """List of numbers, a vector of unit length."""


class VariantSingerAverages(Table):
    """`singer_averages`: the singer averages of all variants."""

    variant: Series[str]
    singer_id: Series[str]
    n_tracks: Series[int] = pa.Field(ge=1)
    n_segments: Series[int] = pa.Field(ge=1)
    embedding: Series[object]
    """List of numbers, a vector of unit length."""
