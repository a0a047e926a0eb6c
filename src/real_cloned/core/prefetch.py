"""Reading ahead: threads make the next batches while the network computes on one.

Threads are enough, since files are read and arrays are copied without Python's lock; the order of the batches, and what
is random in them, are those of one thread. (joblib's generators have no limit on what waits in memory.)
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
A = TypeVar("A")

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


def prefetch_map(function: Callable[[A], T], arguments: Iterable[A], n_threads: int = N_PREFETCHED) -> Iterator[T]:
    """Yield a function's results in the order of its arguments, while threads compute the next ones.

    Args:
        function: May be called by several threads at once.
        arguments: One for each result.
        n_threads: How many threads there are, and how many results are computed in advance.

    Example:
        >>> list(prefetch_map(abs, [-1, 2, -3]))
        [1, 2, 3]
    """
    rest = iter(arguments)
    with ThreadPoolExecutor(n_threads) as threads:
        waiting = deque(threads.submit(function, argument) for argument in islice(rest, n_threads))
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(threads.submit(function, argument) for argument in islice(rest, 1))
            yield result
