"""The parts of a matrix of embeddings: what the rows of each track were made from, and whether they are still there."""

import hashlib
from collections.abc import Iterable, Iterator
from operator import eq
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from real_cloned.core.files import AnyPath, local_copy
from real_cloned.core.text_index import TextIndex, Texts, text_array

EMPTY = np.empty((0, 0), np.float32)

SPANS_AT_ONCE = 500
"""Tracks whose rows are read from one memory map of a matrix."""


class EarlierParts(NamedTuple):
    """What of a matrix that is there already can be taken up.

    Attributes:
        path: The matrix, or a copy of it, on this machine.
        firsts: The first row in it of each part that is asked for, -1 where it is not there. Shape: (n_parts,).
        n_others: How many parts it has beside these.
    """

    path: Path
    firsts: NDArray[np.int64]
    n_others: int


def find_earlier_parts(
    matrix_path: AnyPath, parts_path: AnyPath, parts: Texts, sizes: NDArray[np.intp], size: int
) -> EarlierParts:
    """Return where parts are in a matrix; none is if it, or the table of its parts, cannot be read.

    The table has a hash of each part's rows, since a run may have been killed between writing the two.

    Args:
        matrix_path: The matrix, a .npy file.
        parts_path: The table of its parts (`describe_parts`).
        parts: What each part that is asked for is made from.
        sizes: How many rows each has to have. Shape: (n_parts,).
        size: How many numbers an embedding has to have.
    """
    try:
        table = pd.read_parquet(local_copy(parts_path))
        path = local_copy(matrix_path)
        matrix = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        table, path, matrix = _parts_table([], np.empty(0, np.intp), []), Path(), EMPTY
    if matrix.ndim != 2 or matrix.shape[1] != size:
        table = table[:0]
    earlier_firsts, earlier_sizes = (table[name].to_numpy(np.int64) for name in ("first", "n_rows"))
    numbers = TextIndex(zip(table["part"], range(len(table)), strict=True)).find(parts)
    n_others = len(table) - len(np.unique(numbers[numbers >= 0]))
    asked = np.flatnonzero(numbers >= 0)
    asked = asked[earlier_sizes[numbers[asked]] == sizes[asked]]
    there = numbers[asked]
    hashes = map(_hash_rows, read_spans(path, earlier_firsts[there], sizes[asked]))
    is_same = np.fromiter(map(eq, hashes, map(table["content_sha256"].array.__getitem__, there)), bool, len(there))
    firsts = np.full(len(numbers), -1)
    firsts[asked[is_same]] = earlier_firsts[there[is_same]]
    return EarlierParts(path, firsts, n_others)


def read_spans(path: Path, firsts: NDArray[np.int64], sizes: NDArray[np.intp]) -> Iterator[NDArray[np.float32]]:
    """Yield the rows of each span of a matrix. Shape of each: (n_rows, size).

    The matrix is mapped anew now and then: pages that were read are memory of this process until they are unmapped.

    Args:
        path: The matrix, a .npy file on this machine.
        firsts: The first row of each span. Shape: (n_spans,).
        sizes: How many rows each span has. Shape: (n_spans,).
    """
    for start in range(0, len(firsts), SPANS_AT_ONCE):
        some = slice(start, start + SPANS_AT_ONCE)
        matrix = np.load(path, mmap_mode="r", allow_pickle=False)
        yield from (matrix[first : first + size] for first, size in zip(firsts[some], sizes[some], strict=True))


def describe_parts(parts: Texts, sizes: NDArray[np.intp], path: Path) -> pd.DataFrame:
    """Return a row for each part of a matrix: part, first (row of the matrix), n_rows, content_sha256.

    Args:
        parts: What each is made from.
        sizes: How many rows each has; they follow each other. Shape: (n_parts,).
        path: The matrix, a .npy file on this machine.
    """
    return _parts_table(parts, sizes, map(_hash_rows, read_spans(path, sizes.cumsum() - sizes, sizes)))


def short_hash(content: bytes | memoryview) -> str:
    """Return half of the digits of a SHA-256, which are enough for any number of tracks, and half the memory.

    Args:
        content: What is hashed.
    """
    return hashlib.sha256(content).hexdigest()[:32]


def _parts_table(parts: Texts, sizes: NDArray[np.intp], hashes: Iterable[str]) -> pd.DataFrame:
    table = {"part": parts, "first": sizes.cumsum() - sizes, "n_rows": sizes, "content_sha256": text_array(hashes)}
    return pd.DataFrame(table).astype({"part": "str", "first": "int64", "n_rows": "int64", "content_sha256": "str"})


def _hash_rows(rows: NDArray[np.float32]) -> str:
    return short_hash(np.ascontiguousarray(rows).data)
