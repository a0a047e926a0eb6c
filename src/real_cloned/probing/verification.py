"""Verification without a probe: do two tracks have the same singer, judging by the cosine of their average embeddings?

Metrics are those of `metrics.verification`, lists of trials those of `metrics.trials`.
"""

import numpy as np
import pandas as pd

from real_cloned.artifacts.embeddings import Embeddings, track_averages
from real_cloned.core.errors import RealClonedError
from real_cloned.metrics.trials import trial_list
from real_cloned.metrics.verification import equal_error_rate, min_detection_cost, pair_scores
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import Verification

N_TRIALS = 100_000
"""Maximum number of same-singer trials, and of different-singer trials; if there are fewer pairs, all are taken."""
TRIAL_KINDS = {"any": False, "different_albums": True}
"""Value of the column trials, and whether the two tracks must be from different albums."""


def verify_tracks(embeddings: Embeddings, tracks: pd.DataFrame, seed: int, *, variant: str) -> pd.DataFrame:
    """Return the equal error rate and the minimum detection cost, over all trials and over those of different albums.

    Args:
        embeddings: Embeddings of segments; a track is represented by their average.
        tracks: `schemas.corpora.Tracks` of the corpus.
        seed: Seed of the trials, which are the same for all variants with embeddings of the same tracks.
        variant: Name of the encoder variant.

    Returns:
        `schemas.results.Verification`, without a kind of trials of which there are none.
    """
    embedded, averages = track_averages(embeddings, tracks)
    if embedded.empty:
        return empty_table(Verification)
    rows = [_verify_trials(kind, embedded, averages, seed) for kind in TRIAL_KINDS]
    table = pd.DataFrame([row for row in rows if row])
    return empty_table(Verification) if table.empty else table.assign(variant=variant)[list(empty_table(Verification))]


def _verify_trials(kind: str, tracks: pd.DataFrame, averages: np.ndarray, seed: int) -> dict[str, object]:
    """Return the columns of one kind of trials, nothing if there are none."""
    try:
        trials = trial_list(tracks, N_TRIALS, seed, different_albums=TRIAL_KINDS[kind])
    except RealClonedError:  # no pair, which is no fault here: albums may be unknown
        return {}
    is_same, scores = trials["is_same"].to_numpy(), pair_scores(trials, averages)
    return {
        "trials": kind,
        "n_same": int(is_same.sum()),
        "n_different": int((~is_same).sum()),
        "equal_error_rate": equal_error_rate(scores, is_same),
        "min_dcf": min_detection_cost(scores, is_same),
    }
