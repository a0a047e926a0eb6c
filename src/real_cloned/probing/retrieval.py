"""Retrieval without a probe: are the tracks nearest to a track, or to a clone, by the same singer?

Tracks are represented by their average embeddings and ranked by cosine similarity.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from real_cloned.artifacts.embeddings import Embeddings, track_averages
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import Retrieval

RECALL_DEPTHS = (1, 5, 10)
MAX_QUERIES = 10_000
"""A random sample of so many queries is taken from a larger corpus; candidates are always all."""
BATCH_SIZE = 256
"""Queries whose similarities are held in memory at a time."""


@dataclass(frozen=True)
class TrackAverages:
    """Tracks with their average embeddings.

    Attributes:
        tracks: `schemas.corpora.Tracks`.
        matrix: Average embedding of each row of `tracks`, of unit length. Shape: (n_tracks, size).
    """

    tracks: pd.DataFrame
    matrix: NDArray[np.float32]

    @classmethod
    def from_tables(cls, tracks: pd.DataFrame, splits: pd.DataFrame, embeddings: Embeddings) -> "TrackAverages":
        """Return the tracks that have both a role and embeddings.

        Args:
            tracks: `schemas.corpora.Tracks`.
            splits: `schemas.corpora.Splits` of the same corpus.
            embeddings: Embeddings of the same corpus.
        """
        return cls(*track_averages(embeddings, tracks[tracks["track_id"].isin(splits["track_id"])]))


def retrieve_tracks(real: TrackAverages, clones: TrackAverages, seed: int, *, variant: str) -> pd.DataFrame:
    """Return mean average precision and recall, with real tracks and with clones as queries.

    Queries without a relevant candidate are left out.

    Args:
        real: Tracks of the closed corpus: the candidates, and also queries for all others of the same singer.
        clones: Tracks of the cloned corpus: queries for the real tracks of their target singers.
        seed: Seed of the sample where there are more than `MAX_QUERIES` queries.
        variant: Name of the encoder variant.

    Returns:
        `schemas.results.Retrieval`, without a kind of queries of which there are none.
    """
    rows = [_evaluate_queries(kind, queries, real, seed) for kind, queries in (("real", real), ("clones", clones))]
    table = pd.DataFrame([row for row in rows if row])
    return empty_table(Retrieval) if table.empty else table.assign(variant=variant)[list(empty_table(Retrieval))]


def rank_relevant(scores: NDArray[np.float32], relevant: NDArray[np.bool_]) -> tuple[float, int]:
    """Return the average precision of a query, and the rank (from 1) of its first relevant candidate.

    Candidates of equal score share the last of their ranks, as in scikit-learn's `average_precision_score`, which
    gives no ranks.

    Args:
        scores: Similarity of each candidate, -inf for one to be left out. Shape: (n_candidates,).
        relevant: True for candidates by a true singer, at least one. Shape: (n_candidates,).
    """
    relevant_scores = np.sort(scores[relevant])  # (n_relevant,)
    ranks = len(scores) - np.searchsorted(np.sort(scores), relevant_scores, side="left")
    hits = len(relevant_scores) - np.searchsorted(relevant_scores, relevant_scores, side="left")
    return float((hits / ranks).mean()), int(ranks.min())


def _evaluate_queries(kind: str, queries: TrackAverages, real: TrackAverages, seed: int) -> dict[str, object]:
    """Return the columns of one kind of queries, nothing if there are none."""
    results = list(_rank_queries(queries, real, np.random.default_rng(seed)))
    if not results:
        return {}
    precisions, first_ranks = (np.array(values) for values in zip(*results, strict=True))
    counts = {"n_queries": len(results), "n_candidates": len(real.tracks) - (queries is real)}
    recalls = {f"recall_at_{depth}": float((first_ranks <= depth).mean()) for depth in RECALL_DEPTHS}
    return {"queries": kind, **counts, "mean_average_precision": float(precisions.mean()), **recalls}


def _rank_queries(queries: TrackAverages, real: TrackAverages, rng: np.random.Generator) -> Iterator[tuple[float, int]]:
    """Yield `rank_relevant` of each query with a relevant candidate."""
    sample = np.sort(rng.permutation(len(queries.tracks))[:MAX_QUERIES])
    singers, true_singers = real.tracks["singer_id"].to_numpy(), queries.tracks["singer_ids"].tolist()
    for start in range(0, len(sample), BATCH_SIZE):
        batch = sample[start : start + BATCH_SIZE]
        scores = queries.matrix[batch] @ real.matrix.T  # (batch, size) @ (size, n_candidates)
        if queries is real:
            scores[np.arange(len(batch)), batch] = -np.inf
        for index, similarities in zip(batch, scores, strict=True):
            relevant = np.isin(singers, list(true_singers[index])) & (similarities > -np.inf)
            if relevant.any():
                yield rank_relevant(similarities, relevant)
