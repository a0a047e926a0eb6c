"""How well do embeddings alone, without a probe, tell whether two tracks are by the same singer?"""

import numpy as np
import pandas as pd

from real_cloned.averages import track_averages
from real_cloned.embeddings import Embeddings
from real_cloned.errors import RealClonedError
from real_cloned.finding_schemas import Verification
from real_cloned.metrics import equal_error_rate, min_detection_cost
from real_cloned.schemas import empty
from real_cloned.trials import pair_scores, trial_list

N_TRIALS = 100_000
"""Of each kind; a corpus with fewer pairs has all of them tried."""
KINDS = {"any": False, "different_albums": True}


def verify_tracks(variant: str, embeddings: Embeddings, tracks: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return Verification: equal error rate and least detection cost, over all trials and over those of
    different albums.

    embeddings : of segments; a track's is their average
    tracks : schemas.Tracks of the corpus; seed : draws the trials, which are therefore the same for all variants

    A kind of which there are no trials is left out, and so is everything where nothing was embedded.
    """
    clips, matrix = track_averages(embeddings, tracks)
    if clips.empty:
        return empty(Verification)
    rows = [_row(kind, clips, matrix, seed) for kind in KINDS]
    found = pd.DataFrame([row for row in rows if row])
    return empty(Verification) if found.empty else found.assign(variant=variant)[list(empty(Verification))]


def _row(kind: str, clips: pd.DataFrame, matrix: np.ndarray, seed: int) -> dict[str, object]:
    try:
        trials = trial_list(clips, N_TRIALS, seed, different_albums=KINDS[kind])
    except RealClonedError:  # no pair of a kind, which is no fault here: albums may not be known
        return {}
    is_same, scores = trials["is_same"].to_numpy(), pair_scores(trials, matrix)
    return {
        "trials": kind,
        "n_same": int(is_same.sum()),
        "n_different": int((~is_same).sum()),
        "equal_error_rate": equal_error_rate(scores, is_same),
        "min_dcf": min_detection_cost(scores, is_same),
    }
