"""One catalogue that serves as the paper's did: closed singers drawn from those with enough tracks, the others train.

Paper, section 3.1: of 37,525 singers 7500 with at least seven tracks are identified; the remaining 30,025 train and
validate the encoders.
"""

import numpy as np
import pandas as pd

from real_cloned.corpora.readers.base import Reading, rejected_rows
from real_cloned.parameters.ingest import CorpusParameters, SingerSplit

PARTS = ("closed", "validation", "train")


def draw_part(reading: Reading, parameters: CorpusParameters) -> Reading:
    """Return what of a catalogue's reading (found, rejected) belongs to the corpus' own part of its singers.

    A track whose singers stand in several parts would carry a voice from one to the other, and is rejected. Tracks of
    other parts are not in the corpus at all.
    """
    found, rejected = reading
    if parameters.draw is None or parameters.part not in PARTS:
        return reading
    counts = found["singer_id"].value_counts()
    parts = draw_singers(counts, parameters.draw, parameters.seed)
    of_track = found["singer_ids"].map(lambda singers: {parts.get(singer, "train") for singer in singers})
    mine = found["singer_id"].map(parts) == parameters.part
    torn = mine & of_track.map(lambda found_in: len(found_in) > 1)
    apart = rejected_rows(found[torn], "singers of several corpora: its singers were drawn for different ones")
    return found[mine & ~torn].reset_index(drop=True), pd.concat([rejected, apart], ignore_index=True)


def draw_singers(counts: "pd.Series[int]", draw: SingerSplit, seed: int) -> dict[str, str]:
    """Return the part, one of PARTS, of each singer: the same for the same seed and the same number of tracks each.

    counts : number of tracks by singer
    """
    order = np.random.default_rng(seed).permutation(sorted(counts.index)).tolist()
    able = [singer for singer in order if counts[singer] >= draw.min_tracks]
    closed = set(able[: amount(draw.closed, len(able))])
    others = [singer for singer in order if singer not in closed]
    n_validation = amount(draw.validation, len(others))
    validation = set(others[:n_validation])
    return {
        singer: "closed" if singer in closed else "validation" if singer in validation else "train" for singer in order
    }


def amount(wanted: int | float, n_there: int) -> int:
    """Return how many of `n_there` are wanted: a whole number counts them, a fraction is a share of them."""
    return min(wanted, n_there) if isinstance(wanted, int) else round(wanted * n_there)
