"""Which singers make which batch, where all of them are to be heard equally often."""

import numpy as np
from numpy.typing import NDArray


def balanced_batches(n_items: int, n_batches: int, size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return batches of items, in which each item occurs equally often, give or take one.

    That holds for all batches together and within each: a batch has no item twice unless it is larger than their
    number. With as many items as places, the batches are one permutation, cut into pieces.

    Args:
        n_items: Items are numbered from 0; one or more.
        n_batches: How many batches are made.
        size: Items of a batch.
        rng: Source of randomness.

    Returns:
        Numbers of items, shape (n_batches, size).

    Example:
        >>> batches = balanced_batches(6, n_batches=2, size=3, rng=np.random.default_rng(0))
        >>> sorted(batches.ravel().tolist())
        [0, 1, 2, 3, 4, 5]
    """
    uses = np.zeros(n_items, np.int64)
    batches = np.empty((n_batches, size), np.int64)
    for batch in batches:
        least_used_first = np.lexsort([rng.random(n_items), uses])  # in random order among equals
        batch[:] = np.resize(least_used_first, size)
        uses += np.bincount(batch, minlength=n_items)
    return batches
