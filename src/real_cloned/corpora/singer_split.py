"""One source that serves as closed, validation and train corpus at once, divided by singers.

Paper, section 3.1: of 37,525 singers 7500 with at least seven tracks are identified; the remaining 30,025 train and
validate the encoders.
"""

import numpy as np
import pandas as pd

from real_cloned.corpora.readers.base import UsableAndRejected
from real_cloned.parameters.ingest import CorpusParameters, SingerSplit

PARTS = ("closed", "validation", "train")


def select_part(tables: UsableAndRejected, parameters: CorpusParameters) -> UsableAndRejected:
    """Select the tracks of the corpus' own part of the singers.

    Tracks of other parts are dropped. A corpus that is not part of a shared source is returned unchanged.

    Args:
        tables: What a reader returned: `schemas.corpora.FoundTracks` and `schemas.corpora.Rejected`.
        parameters: The corpus; `part`, `draw` and `seed` are read.

    Returns:
        The tracks of the part (`schemas.corpora.FoundTracks`) and the rejected ones (`schemas.corpora.Rejected`).
    """
    found, rejected = tables
    if parameters.draw is None or parameters.part not in PARTS:
        return tables
    parts = assign_parts(found["singer_id"].value_counts(), parameters.draw, parameters.seed)
    return found[found["singer_id"].map(parts) == parameters.part].reset_index(drop=True), rejected


def assign_parts(track_counts: "pd.Series[int]", split: SingerSplit, seed: int) -> dict[str, str]:
    """Assign each singer at random to one of PARTS; the same seed and track counts give the same parts.

    Args:
        track_counts: (n_singers,) number of tracks, indexed by singer id.
        split: How many singers each part takes, and how many tracks a closed singer needs.
        seed: Seed of the draw.

    Returns:
        The part of each singer, by singer id.
    """
    shuffled = np.random.default_rng(seed).permutation(sorted(track_counts.index)).tolist()
    eligible = [singer for singer in shuffled if track_counts[singer] >= split.min_tracks]
    closed = set(eligible[: to_count(split.closed, len(eligible))])
    others = [singer for singer in shuffled if singer not in closed]
    validation = set(others[: to_count(split.validation, len(others))])
    return {
        singer: "closed" if singer in closed else "validation" if singer in validation else "train"
        for singer in shuffled
    }


def to_count(amount: int | float, total: int) -> int:
    """Return how many of `total` an amount means, as scikit-learn reads `train_size`.

    Args:
        amount: An int is a number, a float is a share in [0, 1].
        total: How many there are; the result is never larger.
    """
    return min(amount, total) if isinstance(amount, int) else round(amount * total)
