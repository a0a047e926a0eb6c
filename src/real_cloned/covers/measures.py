"""How well the other performances of a work are found: mean average precision, MR1, top-1 and top-10.

The protocol is that of Da-TACOS (Yesiler et al., ISMIR 2019): every performance of a work that has others is a query,
all performances but the query itself are candidates, those of works performed once too. So the benchmark has 13,000
queries among 15,000 candidates. Similarities are asked for in rows, so that memory does not grow with their number.

Candidates that are as similar as a right one stand before it: nothing is won by similarities that are all equal.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Similarities = Callable[[NDArray[np.int64]], Floats]
"""Returns the similarities of the performances of these rows, (n,), to all performances, (n, n_performances)."""

BATCH_SIZE = 256
"""Queries whose similarities are held in memory at a time."""
TOP = 10


@dataclass(frozen=True)
class Measures:
    """Means over all queries; NaN where there is none.

    Attributes:
        n_queries: Performances of works with others.
        mean_average_precision: From 0 to 1.
        mean_rank_1: MR1, the mean rank of the first right performance; 1 is the best.
        top1: Share of queries whose nearest candidate is right.
        top10: Share of queries with a right candidate among the first ten.
    """

    n_queries: int
    mean_average_precision: float
    mean_rank_1: float
    top1: float
    top10: float


def measure_retrieval(similarities: Similarities, works: NDArray[np.int64]) -> Measures:
    """Return how well a method finds the other performances of a work.

    Args:
        similarities: Of the method.
        works: Number of each performance's work. Shape: (n_performances,).

    Example:
        >>> points = np.array([0.0, 1.0, 5.0, 5.5])  # performances on a line, two of each work
        >>> near = lambda rows: -np.abs(points[rows][:, None] - points).astype(np.float32)
        >>> measure_retrieval(near, np.array([0, 0, 1, 1])).mean_average_precision
        1.0
    """
    queries = np.flatnonzero(np.bincount(works, minlength=1)[works] > 1)
    if not len(queries):
        return Measures(0, *[float("nan")] * 4)
    precisions, first_ranks = np.empty(len(queries)), np.empty(len(queries))
    for start in range(0, len(queries), BATCH_SIZE):
        batch = queries[start : start + BATCH_SIZE]
        for offset, (query, row) in enumerate(zip(batch, similarities(batch), strict=True), start=start):
            ranks = right_ranks(row, works, int(query))
            precisions[offset] = (np.arange(1, len(ranks) + 1) / ranks).mean()
            first_ranks[offset] = ranks[0]
    return Measures(
        n_queries=len(queries),
        mean_average_precision=float(precisions.mean()),
        mean_rank_1=float(first_ranks.mean()),
        top1=float((first_ranks == 1).mean()),
        top10=float((first_ranks <= TOP).mean()),
    )


def right_ranks(row: Floats, works: NDArray[np.int64], query: int) -> NDArray[np.int64]:
    """Return the ranks, from 1, of the other performances of a query's work, in ascending order.

    Args:
        row: Similarities of the query to all performances. Shape: (n_performances,).
        works: Number of each performance's work. Shape: (n_performances,).
        query: Row of the query, which is no candidate.
    """
    is_right = works == works[query]
    wrong = np.sort(row[~is_right])
    is_right[query] = False
    right = np.sort(row[is_right])[::-1]  # the most similar first
    n_before = len(wrong) - np.searchsorted(wrong, right, side="left")  # wrong ones as similar, or more
    return np.asarray(n_before + np.arange(1, len(right) + 1))


def cosine_similarities(embeddings: Floats) -> Similarities:
    """Return the cosine similarities of embeddings, by matrix products.

    Args:
        embeddings: Of any length but zero. Shape: (n_performances, size).
    """
    unit = normalise(embeddings)
    return lambda rows: unit[rows] @ unit.T


def normalise(embeddings: Floats) -> Floats:
    """Return embeddings of unit length.

    Args:
        embeddings: Shape: (n, size).
    """
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    return np.asarray(embeddings / np.maximum(lengths, np.finfo(np.float32).tiny), np.float32)


def correct_hubs(similarities: Similarities, hubness: Floats) -> Similarities:
    """Return similarities in which performances that are near to everything stand further back.

    The correction is that of cross-domain similarity local scaling, 2 s(q, c) - r(q) - r(c) (Conneau et al., "Word
    translation without parallel data", ICLR 2018, https://arxiv.org/abs/1710.04087). r(q) changes no ranking, so that
    it is left out.

    Args:
        similarities: Of a method.
        hubness: r of each performance, its mean similarity to the nearest of a fixed set. Shape: (n_performances,).
    """
    half = hubness / np.float32(2)
    return lambda rows: np.asarray(similarities(rows) - half, np.float32)


def hubness(embeddings: Floats, fixed: Floats, n_neighbours: int) -> Floats:
    """Return the mean cosine similarity of each embedding to its nearest ones of a fixed set.

    Args:
        embeddings: Shape: (n, size).
        fixed: Of performances that are neither queries nor candidates, such as those of the training. Shape: (m, size).
        n_neighbours: Number of nearest ones; all where there are fewer.

    Returns:
        Shape (n,) float32; zeros where the fixed set is empty.
    """
    n_nearest = min(n_neighbours, len(fixed))
    if not n_nearest:
        return np.zeros(len(embeddings), np.float32)
    unit, others = normalise(embeddings), normalise(fixed)
    means = [np.partition(row @ others.T, -n_nearest)[-n_nearest:].mean() for row in unit]
    return np.array(means, np.float32)
