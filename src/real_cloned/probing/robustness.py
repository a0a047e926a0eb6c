"""Robustness checks of the probe: is it the singer that is identified, or the album, or the accompaniment?

Album effect: a random test track shares its mix, its studio and its recording session with training tracks of the same
album, which may give the singer away. On a split by album no album of a test track is trained on; the loss of accuracy
is due to that, and to fewer training tracks.

Remixes: the probes of the corpus predict its test tracks again, with other levels of accompaniment, or with that of
another track.
"""

import pandas as pd

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.parameters.probe import ProbeParameters
from real_cloned.probing.data import ProbeCorpus
from real_cloned.probing.experiments import identify_singers
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import RemixPredictions

CONDITION = ["track_id", "accompaniment", "level_db"]
"""Columns that tell remixes apart."""


def identify_by_both_splits(
    by_album: ProbeCorpus, by_track: ProbeCorpus, parameters: ProbeParameters, *, variant: str, corpus: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return predictions on a split by album and on one by track, of the same singers at the largest class count.

    The class count is at most the number of singers with a role by album; other singers are left out of both. Both
    draw the same singers in each run.

    Args:
        by_album: The corpus with roles such that no album of a test track is trained on.
        by_track: The same corpus with the roles of the paper.
        parameters: Parameters of the probe.
        variant: Name of the encoder variant.
        corpus: Name of the corpus.

    Returns:
        `schemas.results.Predictions` by album, and by track.
    """
    singers = by_album.tracks["singer_id"].unique().tolist()
    largest = max(parameters.class_counts(corpus, len(singers)), default=0)
    parameters = _with_class_counts(parameters, corpus, [min(largest, len(singers))])
    album, track = (
        identify_singers(side, side, parameters, variant=variant, corpus=corpus).predictions
        for side in (by_album, by_track.with_singers(singers))
    )
    return album, track


def identify_remixes(
    gallery: ProbeCorpus,
    tracks: pd.DataFrame,
    remixes: Embeddings,
    parameters: ProbeParameters,
    *,
    variant: str,
    corpus: str,
) -> pd.DataFrame:
    """Return the predictions for remixes of the test tracks in each run at the largest class count.

    Singers and seeds are those of the corpus' own predictions at that class count, so that the probes are the same.

    Args:
        gallery: Corpus whose tracks train the probes.
        tracks: `schemas.corpora.Tracks` of that corpus.
        remixes: Embeddings of the remixes, whose index also has the columns accompaniment and level_db.
        parameters: Parameters of the probe.
        variant: Name of the encoder variant.
        corpus: Name of the corpus.

    Returns:
        `schemas.results.RemixPredictions`.
    """
    numbers = remixes.index.groupby(CONDITION, dropna=False).ngroup()
    index = remixes.index.assign(query=numbers.astype(str))
    queries = _remixes_as_tracks(index, tracks, remixes)
    largest = with_largest_class_count(parameters, corpus, gallery)
    predictions = identify_singers(gallery, queries, largest, variant=variant, corpus=corpus).predictions
    columns = ["variant", "n_singers", "run", "track_id", "is_top1", "is_top5"]
    predictions = predictions[columns].rename(columns={"track_id": "query"})
    predictions = predictions.merge(index[["query", *CONDITION]].drop_duplicates(), on="query")
    return predictions[list(empty_table(RemixPredictions))]


def with_largest_class_count(parameters: ProbeParameters, corpus: str, gallery: ProbeCorpus) -> ProbeParameters:
    """Return the parameters with a single class count, the largest that the gallery has enough singers for.

    Args:
        parameters: Parameters of the probe.
        corpus: Name of the corpus.
        gallery: The corpus; if it has too few singers for any class count, none is left.
    """
    n_singers = len(gallery.n_train_tracks)
    possible = [count for count in parameters.class_counts(corpus, n_singers) if count <= n_singers]
    return _with_class_counts(parameters, corpus, sorted(possible)[-1:])


def _with_class_counts(parameters: ProbeParameters, corpus: str, counts: list[int]) -> ProbeParameters:
    return parameters.model_copy(update={"n_singers": {corpus: counts}})


def _remixes_as_tracks(index: pd.DataFrame, tracks: pd.DataFrame, remixes: Embeddings) -> ProbeCorpus:
    """Return a corpus of test tracks, one per remix, whose track_id is the number of the query."""
    pairs = index[["query", "track_id"]].drop_duplicates()
    renamed = pairs.merge(tracks, on="track_id").drop(columns="track_id").rename(columns={"query": "track_id"})
    numbered = index.assign(track_id=index["query"])[["track_id", "stem", "offset_s", "row"]]
    splits = renamed[["track_id"]].assign(role="test")
    return ProbeCorpus.from_tables(renamed, splits, Embeddings(numbered, remixes.matrix))
