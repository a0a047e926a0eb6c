"""Retrieval by embeddings alone: are the tracks that lie nearest to a track, or to a clone, by the same singer?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from real_cloned.artifacts.embeddings import Embeddings, track_averages
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import Retrieval

DEPTHS = (1, 5, 10)
MOST_QUERIES = 10_000
"""A larger corpus has so many of its tracks drawn as queries; candidates are always all."""
BLOCK = 256
"""Queries whose similarities are held in memory at a time."""


@dataclass(frozen=True)
class TrackAverages:
    """Tracks with one unit-length embedding each: matrix (n_tracks, size), row by row those of `tracks`."""

    tracks: pd.DataFrame
    matrix: NDArray[np.float32]

    @classmethod
    def of(cls, tracks: pd.DataFrame, splits: pd.DataFrame, embeddings: Embeddings) -> "TrackAverages":
        """Return the tracks of `splits` that have embeddings."""
        return cls(*track_averages(embeddings, tracks[tracks["track_id"].isin(splits["track_id"])]))


def retrieve_tracks(variant: str, real: TrackAverages, clones: TrackAverages, seed: int) -> pd.DataFrame:
    """Return Retrieval: a row for real tracks as queries, and one for clones.

    real : the used tracks of closed, among which each is sought by its own average, all but itself; clones : of cloned,
        whose target singers' real tracks are to be found
    seed : draws the queries where there are more than MOST_QUERIES

    Similarity is the cosine. Queries without any track to be found are left out, and so are kinds without queries.
    """
    rows = [_row(kind, queries, real, seed) for kind, queries in (("real", real), ("clones", clones))]
    found = pd.DataFrame([row for row in rows if row])
    return empty_table(Retrieval) if found.empty else found.assign(variant=variant)[list(empty_table(Retrieval))]


def rank_relevant(scores: NDArray[np.float32], relevant: NDArray[np.bool_]) -> tuple[float, int]:
    """Return a query's average precision, and the rank (from 1) of the first relevant candidate.

    scores : (n_candidates,) the higher the nearer, -inf for one to leave out; relevant : (n_candidates,), one at least

    Candidates of one score share a rank, the last of theirs, as in scikit-learn's `average_precision_score`. Average
    precision is the mean over relevant candidates of the share of relevant ones among all that rank as high.
    """
    wanted = np.sort(scores[relevant])
    ranks = len(scores) - np.searchsorted(np.sort(scores), wanted, side="left")
    hits = len(wanted) - np.searchsorted(wanted, wanted, side="left")
    return float((hits / ranks).mean()), int(ranks.min())


def _row(kind: str, queries: TrackAverages, real: TrackAverages, seed: int) -> dict[str, object]:
    ranked = list(_ranked(queries, real, np.random.default_rng(seed)))
    if not ranked:
        return {}
    precisions, firsts = (np.array(values) for values in zip(*ranked, strict=True))
    counts = {"n_queries": len(ranked), "n_candidates": len(real.tracks) - (queries is real)}
    recalls = {f"recall_at_{depth}": float((firsts <= depth).mean()) for depth in DEPTHS}
    return {"queries": kind, **counts, "mean_average_precision": float(precisions.mean()), **recalls}


def _ranked(queries: TrackAverages, real: TrackAverages, rng: np.random.Generator) -> Iterator[tuple[float, int]]:
    """Yield `rank_relevant` of each query that has something to be found."""
    chosen = np.sort(rng.permutation(len(queries.tracks))[:MOST_QUERIES])
    singers, wanted = real.tracks["singer_id"].to_numpy(), queries.tracks["singer_ids"].tolist()
    for start in range(0, len(chosen), BLOCK):
        block = chosen[start : start + BLOCK]
        scores = queries.matrix[block] @ real.matrix.T  # (block, size) @ (size, n_candidates)
        if queries is real:
            scores[np.arange(len(block)), block] = -np.inf
        for place, similarities in zip(block, scores, strict=True):
            relevant = np.isin(singers, list(wanted[place])) & (similarities > -np.inf)
            if relevant.any():
                yield rank_relevant(similarities, relevant)
