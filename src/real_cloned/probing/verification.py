"""How well do embeddings alone, without a probe, tell whether two tracks are by the same singer?"""

import numpy as np
import pandas as pd

from real_cloned.averages import average_embeddings
from real_cloned.embeddings import Embeddings
from real_cloned.errors import RealClonedError
from real_cloned.schemas import Verification, empty
from real_cloned.trials import pairwise_eer, trial_list

N_TRIALS = 100_000
"""Of each kind; a corpus with fewer pairs has all of them tried."""
KINDS = {"any": False, "different_albums": True}


def verify_tracks(variant: str, embeddings: Embeddings, tracks: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return schemas.Verification: the pairwise equal error rate over all trials, and over those of different albums.

    embeddings : of segments; a track's is their average
    tracks : schemas.Tracks of the corpus; seed : draws the trials, which are therefore the same for all variants

    A kind of which there are no trials is left out, and so is everything where nothing was embedded.
    """
    averages = average_embeddings(embeddings, tracks, by="track_id")
    if averages.empty:
        return empty(Verification)
    clips = averages[["track_id", "singer_id"]].merge(tracks[["track_id", "album_id"]], on="track_id")
    matrix = np.array(averages["embedding"].tolist(), np.float32)
    rows = [_row(kind, clips, matrix, seed) for kind in KINDS]
    found = pd.DataFrame([row for row in rows if row])
    return empty(Verification) if found.empty else found.assign(variant=variant)[list(empty(Verification))]


def _row(kind: str, clips: pd.DataFrame, matrix: np.ndarray, seed: int) -> dict[str, object]:
    try:
        trials = trial_list(clips, N_TRIALS, seed, different_albums=KINDS[kind])
    except RealClonedError:  # no pair of a kind, which is no fault here: albums may not be known
        return {}
    n_same = int(trials["is_same"].sum())
    rate = pairwise_eer(trials, matrix)
    return {"trials": kind, "n_same": n_same, "n_different": len(trials) - n_same, "equal_error_rate": rate}
