"""Batches are made ahead of time, in their order."""

import time
from itertools import count, islice
from threading import Event

import pytest

from real_cloned.core.prefetch import prefetch, prefetch_map


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


def test_results_of_several_threads_come_in_the_order_of_their_arguments():
    last_done = Event()

    def slow_first(number):
        if number == 1:
            assert last_done.wait(60)
        if number == 3:
            last_done.set()
        return -number

    assert list(prefetch_map(slow_first, [1, 2, 3], n_threads=3)) == [-1, -2, -3]
    assert list(prefetch_map(slow_first, [])) == []


def test_no_more_results_wait_than_there_are_threads():
    drawn = []
    results = prefetch_map(abs, (drawn.append(number) or number for number in count(1)), n_threads=3)
    assert list(islice(results, 2)) == [1, 2]
    assert len(drawn) <= 2 + 3


def test_what_goes_wrong_in_a_thread_is_said():
    with pytest.raises(ZeroDivisionError):
        list(prefetch_map(lambda number: 1 / number, [1, 0]))
