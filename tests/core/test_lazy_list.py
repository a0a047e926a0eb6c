"""Lists that make their items when they are asked for."""

import pandas as pd

from real_cloned.core.lazy_list import ITEMS_AT_ONCE, LazyList


def test_columns_of_pandas_give_the_items_that_lists_give():
    names, numbers = [f"song {number}" for number in range(ITEMS_AT_ONCE + 3)], range(ITEMS_AT_ONCE + 3)
    items = LazyList(lambda name, number: (name, number), pd.Series(names, dtype="str").array, numbers)
    assert list(items) == list(zip(names, numbers, strict=True))
    assert items[-2] == ("song 5001", 5001)
    assert items[1:3] == [("song 1", 1), ("song 2", 2)]
    assert all(type(name) is str for name, _ in items[:3])


def test_without_items_it_is_empty():
    assert list(LazyList(str, pd.Series([], dtype="str").array)) == []
