"""Is a singer still named when the accompaniment changes? The probe, asked for remixes of the test tracks."""

import pandas as pd

from real_cloned.embeddings import Embeddings
from real_cloned.finding_schemas import RemixPredictions
from real_cloned.parameters import ProbeParameters
from real_cloned.probing.corpus import ProbeCorpus
from real_cloned.probing.identification import identify_singers
from real_cloned.schemas import empty

CONDITION = ["track_id", "accompaniment", "level_db"]


def identify_remixes(
    names: tuple[str, str],
    gallery: ProbeCorpus,
    tracks: pd.DataFrame,
    remixes: Embeddings,
    parameters: ProbeParameters,
) -> pd.DataFrame:
    """Return RemixPredictions: what each run at the largest class count says of each remix.

    names : the variant's and the corpus' names; gallery : that corpus; tracks : its schemas.Tracks
    remixes : their index has accompaniment and level_db, too

    Singers and seeds are those of the corpus' own predictions at that class count, and all remixes are asked of the
    same classifiers.
    """
    number = remixes.index.groupby(CONDITION, dropna=False).ngroup()
    index = remixes.index.assign(query=number.astype(str))
    queries = _queries(index, tracks, remixes)
    said = identify_singers(names, gallery, queries, at_largest(names[1], gallery, parameters)).predictions
    said = said[["variant", "n_singers", "run", "track_id", "is_top1", "is_top5"]].rename(columns={"track_id": "query"})
    table = said.merge(index[["query", *CONDITION]].drop_duplicates(), on="query")
    return table[list(empty(RemixPredictions))]


def at_largest(corpus: str, gallery: ProbeCorpus, parameters: ProbeParameters) -> ProbeParameters:
    """Return the parameters with one class count for `corpus`: the largest that the gallery has singers for."""
    enrolled = len(gallery.n_train_tracks)
    possible = [count for count in parameters.class_counts(corpus, enrolled) if count <= enrolled]
    return parameters.model_copy(update={"n_singers": {corpus: sorted(possible)[-1:]}})


def _queries(index: pd.DataFrame, tracks: pd.DataFrame, remixes: Embeddings) -> ProbeCorpus:
    """Return the remixes as a corpus of test tracks, each of which is called by the number of its query."""
    pairs = index[["query", "track_id"]].drop_duplicates()
    renamed = pairs.merge(tracks, on="track_id").drop(columns="track_id").rename(columns={"query": "track_id"})
    numbered = index.assign(track_id=index["query"])[["track_id", "stem", "offset_s", "row"]]
    splits = renamed[["track_id"]].assign(role="test")
    return ProbeCorpus.of(renamed, splits, Embeddings(numbered, remixes.matrix))
