"""Lists whose items are made when they are asked for, as where a million of them need not be in memory."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, overload

T = TypeVar("T", covariant=True)


class LazyList(Sequence[T]):
    """A list of what a function makes; an item that is asked for twice is made twice.

    Args:
        make: Makes an item from one value of each column.
        columns: Of equal length, which is that of the list.

    Example:
        >>> squares = LazyList(lambda number: number**2, range(4))
        >>> squares[3], squares[1:], list(reversed(squares))
        (9, [1, 4, 9], [9, 4, 1, 0])
    """

    def __init__(self, make: Callable[..., T], *columns: Sequence[Any]):
        self._make, self._columns = make, columns

    def __len__(self) -> int:
        """Return how many items there are."""
        return len(self._columns[0])

    @overload
    def __getitem__(self, number: int) -> T: ...
    @overload
    def __getitem__(self, number: slice) -> list[T]: ...
    def __getitem__(self, number: int | slice) -> T | list[T]:
        """Return an item, or those of a slice as a list."""
        if isinstance(number, slice):
            return [self[one] for one in range(len(self))[number]]
        return self._make(*(column[number] for column in self._columns))
