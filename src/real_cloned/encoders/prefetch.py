"""Reading ahead: a thread makes the next batches while the network computes on one.

A thread is enough, since files are read and arrays are copied without Python's lock; the order of the batches, and what
is random in them, are those of one thread.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

N_PREFETCHED = 3
"""Batches that are made in advance."""


def prefetch(items: Iterator[T], count: int = N_PREFETCHED) -> Iterator[T]:
    """Yield the items in their order, while a thread makes the next ones.

    Args:
        items: None of them is None.
        count: How many are made in advance.
    """
    with ThreadPoolExecutor(1) as thread:
        waiting = deque(thread.submit(next, items, None) for _ in range(count))
        while (item := waiting.popleft().result()) is not None:
            waiting.append(thread.submit(next, items, None))
            yield item
