"""Items that need not all be in memory: lists that make theirs when they are asked for, and batches of any items."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar, overload

from pandas.api.extensions import ExtensionArray

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

ITEMS_AT_ONCE = 5000
"""So many values are taken from an array together, which is faster than one by one."""


class LazyList(Sequence[T_co]):
    """A list of what a function makes; an item that is asked for twice is made twice.

    Args:
        make: Makes an item from one value of each column.
        columns: Lists, or arrays of pandas', of equal length, which is that of the list.

    Example:
        >>> squares = LazyList(lambda number: number**2, range(4))
        >>> squares[3], squares[1:], list(reversed(squares))
        (9, [1, 4, 9], [9, 4, 1, 0])
    """

    def __init__(self, make: Callable[..., T_co], *columns: Sequence[Any] | ExtensionArray):
        self._make, self._columns = make, columns

    def __len__(self) -> int:
        """Return how many items there are."""
        return len(self._columns[0])

    @overload
    def __getitem__(self, number: int) -> T_co: ...
    @overload
    def __getitem__(self, number: slice) -> list[T_co]: ...
    def __getitem__(self, number: int | slice) -> T_co | list[T_co]:
        """Return an item, or those of a slice as a list."""
        if isinstance(number, slice):
            return list(map(self._make, *(_values(column[number]) for column in self._columns)))
        return self._make(*(column[number] for column in self._columns))

    def __iter__(self) -> Iterator[T_co]:
        """Yield the items."""
        for first in range(0, len(self), ITEMS_AT_ONCE):
            yield from self[first : first + ITEMS_AT_ONCE]


def _values(column: Sequence[Any] | ExtensionArray) -> Sequence[Any]:
    return column.tolist() if isinstance(column, ExtensionArray) else column


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield items in lists of a size, the last of which may be shorter (`itertools.batched`, which needs Python 3.12).

    Args:
        items: Any.
        size: Of a list.
    """
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
