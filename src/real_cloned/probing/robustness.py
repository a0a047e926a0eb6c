"""Robustness checks of the probe: is it the singer that is identified, or the album, or the accompaniment?

Album effect: a random test track shares its mix, its studio and its recording session with training tracks of the same
album, which may give the singer away. On a split by album no album of a test track is trained on; the loss of accuracy
is due to that, and to fewer training tracks.

Remixes: the probes of most singers predict the corpus' test tracks again, with other levels of accompaniment, or with
that of another track.
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
    by_album: ProbeCorpus,
    by_track: ProbeCorpus,
    predictions: pd.DataFrame,
    parameters: ProbeParameters,
    *,
    variant: str,
    corpus: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return predictions on a split by album and on one by track, of the same singers at the largest class count.

    The class count is at most the number of singers with a role by album; other singers are left out of both. Both
    draw the same singers in each run. Where none is left out, the corpus' own predictions at that class count are
    those by track, and no probe is trained for them.

    Args:
        by_album: The corpus with roles such that no album of a test track is trained on.
        by_track: The same corpus with the roles of the paper.
        predictions: `schemas.results.Predictions` of the corpus.
        parameters: Parameters of the probe.
        variant: Name of the encoder variant.
        corpus: Name of the corpus.

    Returns:
        `schemas.results.Predictions` by album, and by track.
    """
    singers = by_album.tracks["singer_id"].unique().tolist()
    largest = max(parameters.class_counts(corpus, len(singers)), default=0)
    n_singers = min(largest, len(singers))
    parameters = parameters.model_copy(update={"n_singers": {corpus: [n_singers]}})
    album = identify_singers(by_album, by_album, parameters, variant=variant, corpus=corpus).predictions
    same = by_track.with_singers(singers)
    if len(same.tracks) == len(by_track.tracks) and n_singers in set(predictions["n_singers"]):
        return album, predictions[predictions["n_singers"] == n_singers].reset_index(drop=True)
    return album, identify_singers(same, same, parameters, variant=variant, corpus=corpus).predictions


def remixes_as_corpus(tracks: pd.DataFrame, remixes: Embeddings) -> ProbeCorpus:
    """Return a corpus of test tracks, one for each remix, whose track_id is the number of the remix.

    Args:
        tracks: `schemas.corpora.Tracks` of the corpus that was remixed.
        remixes: Embeddings of the remixes, whose index also has the columns accompaniment and level_db.
    """
    index = _numbered(remixes)
    pairs = index[["query", "track_id"]].drop_duplicates()
    renamed = pairs.merge(tracks, on="track_id").drop(columns="track_id").rename(columns={"query": "track_id"})
    numbered = index.assign(track_id=index["query"])[["track_id", "stem", "offset_s", "row"]]
    splits = renamed[["track_id"]].assign(role="test")
    return ProbeCorpus.from_tables(renamed, splits, Embeddings(numbered, remixes.matrix))


def remix_predictions(predictions: pd.DataFrame, remixes: Embeddings) -> pd.DataFrame:
    """Return `schemas.results.RemixPredictions`.

    Args:
        predictions: `schemas.results.Predictions` of `remixes_as_corpus`.
        remixes: As for `remixes_as_corpus`.
    """
    columns = ["variant", "n_singers", "run", "track_id", "is_top1", "is_top5"]
    renamed = predictions[columns].rename(columns={"track_id": "query"})
    conditions = _numbered(remixes)[["query", *CONDITION]].drop_duplicates()
    return renamed.merge(conditions, on="query")[list(empty_table(RemixPredictions))]


def _numbered(remixes: Embeddings) -> pd.DataFrame:
    """Return the index with the column query: the number of the remix, as text."""
    numbers = remixes.index.groupby(CONDITION, dropna=False).ngroup()
    return remixes.index.assign(query=numbers.astype(str))
