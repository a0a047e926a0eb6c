"""Batches are made ahead of time, in their order."""

import time
from itertools import count, islice

import pytest

from real_cloned.encoders.prefetch import prefetch


def test_what_is_prefetched_comes_in_order_and_ends():
    assert list(prefetch(iter(range(1, 8)), 3)) == list(range(1, 8))
    assert list(prefetch(iter([]), 3)) == []


def test_no_more_is_prefetched_than_asked_for():
    made = []
    items = prefetch((made.append(number) or number for number in count(1)), 3)
    assert list(islice(items, 2)) == [1, 2]
    time.sleep(0.05)
    assert len(made) <= 2 + 3


def test_what_goes_wrong_while_prefetching_is_said():
    def broken():
        yield 1
        raise ValueError("cut short")

    with pytest.raises(ValueError, match="cut short"):
        list(prefetch(broken(), 3))
