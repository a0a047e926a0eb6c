"""Batches in which all items occur equally often."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from real_cloned.encoders.sampling import balanced_batches


def batches(n_items, n_batches, size, seed=0):
    return balanced_batches(n_items, n_batches, size, np.random.default_rng(seed))


def spread(drawn, n_items):
    counts = np.bincount(np.ravel(drawn), minlength=n_items)
    return counts.max() - counts.min()


@given(st.integers(1, 30), st.integers(1, 12), st.integers(1, 50))
def test_every_item_is_in_all_batches_and_in_each_of_them_equally_often_give_or_take_one(n_items, n_batches, size):
    drawn = batches(n_items, n_batches, size)
    assert drawn.shape == (n_batches, size)
    assert spread(drawn, n_items) <= 1
    assert all(spread(batch, n_items) <= 1 for batch in drawn)


def test_with_as_many_items_as_places_the_batches_are_one_permutation():
    drawn = batches(4096, 32, 128)
    assert sorted(drawn.ravel().tolist()) == list(range(4096))


def test_the_order_is_random_and_that_of_the_seed():
    assert (batches(20, 3, 5) == batches(20, 3, 5)).all()
    assert (batches(20, 3, 5) != batches(20, 3, 5, seed=1)).any()
    together = {frozenset(batches(20, 4, 5, seed)[0].tolist()) for seed in range(20)}
    assert len(together) > 15
