"""How well do embeddings alone, without a probe, tell whether two tracks are by the same singer?"""

import numpy as np
import pandas as pd

from real_cloned.artifacts.embeddings import Embeddings, track_averages
from real_cloned.core.errors import RealClonedError
from real_cloned.metrics.verification import equal_error_rate, min_detection_cost, pair_scores, trial_list
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import Verification

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
        return empty_table(Verification)
    rows = [_row(kind, clips, matrix, seed) for kind in KINDS]
    found = pd.DataFrame([row for row in rows if row])
    return empty_table(Verification) if found.empty else found.assign(variant=variant)[list(empty_table(Verification))]


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
