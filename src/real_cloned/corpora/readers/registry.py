"""The tracks of a corpus, whatever its source."""

from collections.abc import Callable

import pandas as pd

from real_cloned.core.errors import RealClonedError
from real_cloned.corpora.readers.base import Reading, corpus_root, rejected_rows
from real_cloned.corpora.readers.ctrsvdd import read_ctrsvdd
from real_cloned.corpora.readers.fma import read_fma
from real_cloned.corpora.readers.folder import read_folder, read_own
from real_cloned.corpora.readers.manifest import read_manifest
from real_cloned.corpora.readers.mtg_jamendo import read_mtg_jamendo
from real_cloned.corpora.readers.published_splits import read_published_splits
from real_cloned.corpora.singer_split import draw_part
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import ListedTracks, Rejected

READERS: dict[str, Callable[[CorpusParameters], Reading]] = {
    "manifest": read_manifest,
    "folder": read_folder,
    "own": read_own,
    "fma": read_fma,
    "mtg_jamendo": read_mtg_jamendo,
    "ctrsvdd": read_ctrsvdd,
}
ONE_ID_SPACE = ("manifest", "folder", "own")
"""Sources whose singer ids are a person's own: an id is the same singer in all of them."""


def list_tracks(parameters: CorpusParameters) -> Reading:
    """Return (listed, rejected): the tracks of the corpus as ListedTracks, and what of it is not usable as Rejected.

    A corpus whose root is null gives two empty tables. Of a catalogue that several corpora share, only the own part is
    listed; where the paper's published splits are given, only what they name.

    Raises RealClonedError when the source cannot be read, or when it lists tracks of which none is usable.
    """
    if parameters.root is None:
        return empty_table(ListedTracks), empty_table(Rejected)
    found, rejected = draw_part(READERS[parameters.source](parameters), parameters)
    if parameters.published_splits is not None:
        found, rejected = _published((found, rejected), parameters)
    if found.empty and not rejected.empty:
        raise RealClonedError(_nothing_usable(rejected, parameters))
    id_space = "manifest" if parameters.source in ONE_ID_SPACE else parameters.source
    return found.assign(id_space=id_space), rejected


def _published(reading: Reading, parameters: CorpusParameters) -> Reading:
    found, rejected = reading
    named = read_published_splits(parameters)["track_id"].drop_duplicates()
    unknown = named[~named.isin([*found["track_id"], *rejected["track_id"]])]
    lost = rejected_rows(unknown.to_frame(), "not in the metadata: the published splits name it")
    mine = rejected[rejected["track_id"].isin(named)]
    return found[found["track_id"].isin(named)].reset_index(drop=True), pd.concat([mine, lost], ignore_index=True)


def _nothing_usable(rejected: pd.DataFrame, parameters: CorpusParameters) -> str:
    reasons = rejected["reason"].value_counts()
    first = rejected.fillna({"path": rejected["track_id"]}).iloc[0]
    return (
        f"{parameters.name}: of the {len(rejected)} tracks listed in {corpus_root(parameters)} none is usable: "
        f"{'; '.join(f'{reason} ({count})' for reason, count in reasons.items())}. The first is {first['path']}"
    )
