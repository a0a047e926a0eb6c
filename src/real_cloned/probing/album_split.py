"""The album effect: the same probe on the same singers, tested on albums of which no track trains.

A random test track shares its mix, its studio and its day with training tracks of its album, and a probe can name the
singer by those. By album it cannot; what the accuracy loses is what it owed to them, and to fewer training tracks.
"""

import pandas as pd

from real_cloned.embeddings import Embeddings
from real_cloned.parameters import ProbeParameters
from real_cloned.probing.corpus import ProbeCorpus
from real_cloned.probing.identification import identify_singers


def identify_by_both_splits(
    names: tuple[str, str],
    tracks: pd.DataFrame,
    splits: tuple[pd.DataFrame, pd.DataFrame],
    embeddings: Embeddings,
    parameters: ProbeParameters,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return two predictions tables, by album and by track, of the same singers at the largest class count.

    names : the variant's and the corpus' names; tracks, embeddings : of the corpus
    splits : schemas.Splits by album, then by track (the paper's); singers without a role by album are left out of both

    A class count above what is left becomes all that are left. Both draw the same singers in each run.
    """
    by_album = ProbeCorpus.of(tracks, splits[0], embeddings)
    singers = by_album.tracks["singer_id"].unique()
    by_track = ProbeCorpus.of(tracks[tracks["singer_id"].isin(singers)], splits[1], embeddings)
    largest = _at_largest(names[1], parameters, len(singers))
    said = [identify_singers(names, side, side, largest).predictions for side in (by_album, by_track)]
    return said[0], said[1]


def _at_largest(corpus: str, parameters: ProbeParameters, n_singers: int) -> ProbeParameters:
    largest = max(parameters.class_counts(corpus, n_singers), default=0)
    return parameters.model_copy(update={"n_singers": {corpus: [min(largest, n_singers)]}})
