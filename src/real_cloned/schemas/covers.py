"""Tables of version identification."""

import pandera.pandas as pa
from pandera.typing import Series

from real_cloned.schemas.base import Table


class CoverWorks(Table):
    """`covers.works`: the demo's performances, and what differs between those of a work."""

    subset: Series[str]
    work_id: Series[str]
    performance_id: Series[str] = pa.Field(unique=True)
    path: Series[str]
    """Of the file, relative to the demo's root."""
    singer_id: Series[str]
    band: Series[int]
    semitones: Series[int]
    """By which the version is higher than the work."""
    tempo_bpm: Series[float] = pa.Field(gt=0)
    form: Series[str]
    """Its sections in their order, such as `AABA`."""


class Performances(Table):
    """`covers.{subset}.performances`: rows of the profiles, in their order."""

    work_id: Series[str]
    performance_id: Series[str] = pa.Field(unique=True)
    singer: Series[str] = pa.Field(nullable=True)


class RejectedPerformances(Table):
    """`covers.{subset}.rejected`: performances that have no profile, and why."""

    work_id: Series[str] = pa.Field(nullable=True)
    performance_id: Series[str] = pa.Field(nullable=True)
    path: Series[str] = pa.Field(nullable=True)
    reason: Series[str]


class CoverHistory(Table):
    """`covers.{network}.history`: the course of a training, a row per epoch."""

    epoch: Series[int] = pa.Field(ge=0)
    train_loss: Series[float]
    validation_loss: Series[float]
    """Of the encoder 1 less the mean reciprocal rank."""
    validation_accuracy: Series[float] = pa.Field(ge=0, le=1)
    """Of the Siamese network: pairs that are told right. Of the encoder: performances whose nearest one is of the same
    work."""
    learning_rate: Series[float] = pa.Field(ge=0)
    seconds: Series[float] = pa.Field(ge=0)


class CoverResults(Table):
    """`cover_results`: how well each method finds the other performances of a work, all as queries."""

    method: Series[str]
    n_queries: Series[int] = pa.Field(ge=0)
    n_candidates: Series[int] = pa.Field(ge=0)
    mean_average_precision: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    mean_rank_1: Series[float] = pa.Field(ge=1, nullable=True)
    """MR1: mean rank of the first performance that is right."""
    top1: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    top10: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    """Share of queries with a right performance among the first ten."""


class CoverNeighbours(Table):
    """`covers.neighbours`: for each performance of the benchmark the nearest other one, by the retrieval encoder."""

    performance_id: Series[str] = pa.Field(unique=True)
    work_id: Series[str]
    nearest_id: Series[str]
    nearest_work_id: Series[str]
    similarity: Series[float]
    is_same_work: Series[bool]


class CoverMap(Table):
    """`cover_map`: where performances of some works lie, on the first two principal components of the embeddings."""

    work_id: Series[str]
    performance_id: Series[str]
    x: Series[float]
    y: Series[float]


class CoverVoices(Table):
    """`cover_voices`: the nearest work and the voice that was named, of clones and of their gallery's test tracks."""

    corpus: Series[str]
    track_id: Series[str]
    is_clone: Series[bool]
    has_reference: Series[bool]
    """Whether a reference is of the track's own work: of a clone, the track that it was made of."""
    nearest_id: Series[str]
    """The reference that is most similar."""
    is_right: Series[bool]
    """Whether that is of the track's own work."""
    similarity: Series[float]
    is_known: Series[bool]
    """Whether that is more similar than `threshold`, so that the work counts as known."""
    known_singers: Series[str]
    """Who sings the nearest reference, several with a semicolon between them."""
    named: Series[str]
    """The singer whom most runs of the probe name."""
    mark: Series[str] = pa.Field(nullable=True)
    """`possible cover or clone` where the work is known and its singer is not the one who is named."""
    method: Series[str]
    threshold: Series[float]
