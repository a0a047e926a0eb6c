"""Verification without a probe: do two tracks have the same singer, judging by the cosine of their average embeddings?

Metrics are those of `metrics.verification`, lists of trials those of `metrics.trials`.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from real_cloned.artifacts.embeddings import Embeddings, average_embeddings, track_averages
from real_cloned.core.errors import RealClonedError
from real_cloned.metrics.score_normalisation import Cohort, normalised_pair_scores
from real_cloned.metrics.trials import trial_list
from real_cloned.metrics.verification import equal_error_rate, min_detection_cost, pair_scores
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import Verification

N_TRIALS = 100_000
"""Maximum number of same-singer trials, and of different-singer trials; if there are fewer pairs, all are taken."""
TRIAL_KINDS = {"any": False, "different_albums": True}
"""Value of the column trials, and whether the two tracks must be from different albums."""


def verify_tracks(
    embeddings: Embeddings, tracks: pd.DataFrame, seed: int, *, variant: str, cohort: Cohort | None = None
) -> pd.DataFrame:
    """Return the equal error rate and the minimum detection cost, over all trials and over those of different albums.

    Args:
        embeddings: Embeddings of segments; a track is represented by their average.
        tracks: `schemas.corpora.Tracks` of the corpus.
        seed: Seed of the trials, which are the same for all variants with embeddings of the same tracks.
        variant: Name of the encoder variant.
        cohort: Other singers, by whom scores are normalised, too; None: they are not.

    Returns:
        `schemas.results.Verification`, without a kind of trials of which there are none.
    """
    embedded, averages = track_averages(embeddings, tracks)
    if embedded.empty:
        return empty_table(Verification)
    trials = {kind: _draw_trials(kind, embedded, seed) for kind in TRIAL_KINDS}
    rows = [_verify_trials(kind, drawn, averages, cohort) for kind, drawn in trials.items() if drawn is not None]
    return pd.DataFrame([{"variant": variant, **row} for row in rows]) if rows else empty_table(Verification)


def singer_cohort(embeddings: Embeddings, tracks: pd.DataFrame, n_nearest: int) -> Cohort | None:
    """Return a cohort of the average embedding of each singer, None where there are fewer than two.

    Args:
        embeddings: Embeddings of segments of the cohort's tracks.
        tracks: `schemas.corpora.Tracks` of their corpus.
        n_nearest: Singers that count, of those that are nearest to a track.
    """
    averages = average_embeddings(embeddings, tracks)["embedding"].tolist()
    return Cohort(np.array(averages, np.float32), n_nearest) if len(averages) > 1 else None


def _draw_trials(kind: str, tracks: pd.DataFrame, seed: int) -> pd.DataFrame | None:
    try:
        return trial_list(tracks, N_TRIALS, seed, different_albums=TRIAL_KINDS[kind])
    except RealClonedError:  # no pair, which is no fault here: albums may be unknown
        return None


def _verify_trials(
    kind: str, trials: pd.DataFrame, averages: NDArray[np.float32], cohort: Cohort | None
) -> dict[str, object]:
    """Return the columns of one kind of trials."""
    is_same, scores = trials["is_same"].to_numpy(), pair_scores(trials, averages)
    columns = {
        "trials": kind,
        "n_same": int(is_same.sum()),
        "n_different": int((~is_same).sum()),
        "equal_error_rate": equal_error_rate(scores, is_same),
        "min_dcf": min_detection_cost(scores, is_same),
    }
    if cohort is None:
        return columns
    normalised = normalised_pair_scores(trials, averages, cohort)
    rates = {
        "as_norm_equal_error_rate": equal_error_rate(normalised, is_same),
        "as_norm_min_dcf": min_detection_cost(normalised, is_same),
    }
    return {**columns, **rates}
