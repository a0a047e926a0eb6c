"""Reading ahead: threads make the next batches while the network computes on one.

Threads are enough, since files are read and arrays are copied without Python's lock; the order of the batches, and what
is random in them, are those of one thread. (joblib's generators have no limit on what waits in memory.)
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, repeat, takewhile
from typing import TypeVar, cast

T = TypeVar("T")
A = TypeVar("A")

N_PREFETCHED = 3
"""Batches that are made in advance."""


def prefetch(items: Iterator[T], count: int = N_PREFETCHED) -> Iterator[T]:
    """Return an iterator of the items in their order, while a thread makes the next ones.

    Args:
        items: None of them is None.
        count: How many are made in advance.
    """
    made = prefetch_map(lambda _: next(items, None), repeat(None), n_threads=1, count=count)
    return cast("Iterator[T]", takewhile(lambda item: item is not None, made))


def prefetch_map(
    function: Callable[[A], T], arguments: Iterable[A], n_threads: int = N_PREFETCHED, count: int = N_PREFETCHED
) -> Iterator[T]:
    """Yield a function's results in the order of its arguments, while threads compute the next ones.

    Args:
        function: May be called by as many threads at once.
        arguments: One for each result.
        n_threads: How many threads there are.
        count: How many results are computed in advance.

    Example:
        >>> list(prefetch_map(abs, [-1, 2, -3]))
        [1, 2, 3]
    """
    rest = iter(arguments)
    with ThreadPoolExecutor(n_threads) as threads:
        waiting = deque(threads.submit(function, argument) for argument in islice(rest, count))
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(threads.submit(function, argument) for argument in islice(rest, 1))
            yield result
