"""Numbers by text, for millions of texts: what a dictionary does, in a tenth of the memory."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.extensions import ExtensionArray

from real_cloned.core.lazy_list import batched

Texts = Sequence[str] | ExtensionArray
"""Texts in a list, or in an array of pandas', which takes half the memory."""

TEXTS_AT_ONCE = 10_000

HASH_BYTES = 16
"""Two of a billion texts have the same hash with a probability of 1e-21."""

MIN_RECENT, RECENT_SHARE = 20_000, 0.1
"""So many texts, and this share of all, are in a dictionary at most before they are sorted in with the others."""


class TextIndex:
    """A number for each text, of which memory holds hashes; texts are found fastest many at a time.

    Args:
        pairs: Texts and numbers, none negative. Of a text that is there twice, the last number counts.

    Example:
        >>> index = TextIndex([("a", 0), ("b", 1), ("a", 2)])
        >>> index.find(["a", "c", "b"]).tolist()
        [2, -1, 1]
    """

    def __init__(self, pairs: Iterable[tuple[str, int]] = ()):
        self._hashes: NDArray[Any] = np.empty(0, f"S{HASH_BYTES}")  # sorted
        self._numbers = np.empty(0, np.int64)
        self._recent: dict[bytes, int] = {}
        self.update(pairs)

    def update(self, pairs: Iterable[tuple[str, int]]) -> None:
        """Give texts their numbers.

        Args:
            pairs: Texts and numbers, none negative; texts that are there already get a new number.
        """
        for some in batched(pairs, TEXTS_AT_ONCE):
            self._recent.update((_hash(text), number) for text, number in some)
            if len(self._recent) > max(MIN_RECENT, RECENT_SHARE * len(self._hashes)):
                self._sort_in()

    def find(self, texts: Iterable[str]) -> NDArray[np.int64]:
        """Return the number of each text, -1 where there is none. Shape: (n_texts,).

        Args:
            texts: Any.
        """
        found = [self._find(some) for some in batched(map(_hash, texts), TEXTS_AT_ONCE)]
        return np.concatenate([np.empty(0, np.int64), *found])

    def _find(self, asked: list[bytes]) -> NDArray[np.int64]:
        numbers = np.full(len(asked), -1)
        if len(self._hashes):
            hashes = _to_array(asked)
            at = np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)
            numbers = np.where(self._hashes[at] == hashes, self._numbers[at], -1)
        if self._recent:
            numbers = np.array(list(map(self._recent.get, asked, numbers.tolist())), np.int64)
        return numbers

    def numbers(self) -> NDArray[np.int64]:
        """Return the number of each text, in an order that depends on the texts alone. Shape: (n_texts,)."""
        self._sort_in()
        return self._numbers

    def _sort_in(self) -> None:
        """Sort recent texts in with the others."""
        hashes = np.concatenate([self._hashes, _to_array(self._recent)])
        numbers = np.concatenate([self._numbers, np.fromiter(self._recent.values(), np.int64, len(self._recent))])
        order = np.argsort(hashes, kind="stable")
        hashes = hashes[order]
        is_last = np.append(hashes[1:] != hashes[:-1], True)[: len(hashes)]  # of those that are equal
        self._hashes, self._numbers, self._recent = hashes[is_last], numbers[order][is_last], {}


def text_array(texts: Iterable[str]) -> ExtensionArray:
    """Return texts as an array of pandas'.

    Args:
        texts: Any, which need not be in memory.
    """
    parts = [pd.Series(some, dtype="str") for some in batched(texts, TEXTS_AT_ONCE)]
    array: ExtensionArray = pd.concat([pd.Series(dtype="str"), *parts]).array
    return array


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=HASH_BYTES).digest()


def _to_array(hashes: Iterable[bytes]) -> NDArray[Any]:
    return np.frombuffer(b"".join(hashes), f"S{HASH_BYTES}")
