"""The tracks of a corpus, whatever its source."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from real_cloned.corpora.fma import read_fma
from real_cloned.corpora.folder import read_folder
from real_cloned.corpora.listing import Reading, corpus_root
from real_cloned.corpora.manifest import read_manifest
from real_cloned.corpora.mtg_jamendo import read_mtg_jamendo
from real_cloned.corpora.own import read_own
from real_cloned.errors import RealClonedError
from real_cloned.parameters import CorpusParameters
from real_cloned.schemas import FoundTracks, Rejected, empty

READERS: dict[str, Callable[[CorpusParameters], Reading]] = {
    "manifest": read_manifest,
    "folder": read_folder,
    "own": read_own,
    "fma": read_fma,
    "mtg_jamendo": read_mtg_jamendo,
}


def find_tracks(parameters: CorpusParameters) -> Reading:
    """Return (found, rejected): the tracks of the corpus as FoundTracks, and what of it is not usable as Rejected.

    A corpus whose root is null gives two empty tables. Singers outside `singer_share` are not in the corpus at all.

    Raises RealClonedError when the source cannot be read, or when it lists tracks of which none is usable.
    """
    if parameters.root is None:
        return empty(FoundTracks), empty(Rejected)
    found, rejected = READERS[parameters.source](parameters)
    if found.empty and not rejected.empty:
        raise RealClonedError(_nothing_usable(rejected, parameters))
    chosen = share_of_singers(found["singer_id"], parameters.singer_share, parameters.seed)
    return found[found["singer_id"].isin(chosen)].reset_index(drop=True), rejected


def share_of_singers(singers: "pd.Series[str]", share: tuple[float, float], seed: int) -> set[str]:
    """Return the singers between the two shares of a seeded random order.

    Shares that adjoin give sets that are disjoint and together complete.
    """
    shuffled = np.random.default_rng(seed).permutation(sorted(singers.unique()))
    first, last = (round(edge * len(shuffled)) for edge in share)
    return set(shuffled[first:last].tolist())


def _nothing_usable(rejected: pd.DataFrame, parameters: CorpusParameters) -> str:
    reasons = rejected["reason"].value_counts()
    first = rejected.fillna({"path": rejected["track_id"]}).iloc[0]
    return (
        f"{parameters.name}: of the {len(rejected)} tracks listed in {corpus_root(parameters)} none is usable: "
        f"{'; '.join(f'{reason} ({count})' for reason, count in reasons.items())}. The first is {first['path']}"
    )
