"""Embeddings as a Kedro dataset: a .npy matrix and a Parquet index of its rows.

Where some embeddings failed, which are NaNs in the matrix, the index has a column `is_failed`.

A hidden table beside them says what each part of the matrix, the rows of one track, was made from. The next save copies
the parts that it would make from the same, and computes the others.
"""

import logging
import re
from collections.abc import Iterable, Iterator
from typing import IO, Any

import numpy as np
import pandas as pd
from kedro.io import AbstractDataset
from numpy.typing import NDArray

from real_cloned.artifacts.embeddings import EmbeddingPlan, Embeddings, failed_rows
from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath, atomic_write, local_copy, resolve_path
from real_cloned.core.text_index import Texts, text_array
from real_cloned.datasets.embedding_parts import describe_parts, find_earlier_parts, read_spans, short_hash

logger = logging.getLogger(__name__)

IN_PLACE = {"split_blocks": True, "self_destruct": True}
"""How Arrow's table becomes one of pandas': column by column, each of which Arrow gives up."""

FAILED = "is_failed"

LAYER = re.compile(r"\d\d_")
"""How the folders of Kedro's layers begin (`03_primary`)."""


class EmbeddingsDataset(AbstractDataset[Embeddings | EmbeddingPlan, Embeddings]):
    """Saves and loads `Embeddings`: the matrix at `filepath`, the index beside it with the suffix `.parquet`.

    Embeddings that are still to be computed (`EmbeddingPlan`) are computed as they are saved, and appended to the file
    batch by batch. The matrix is loaded as a memory map. So it is never in memory as a whole.

    Args:
        filepath: The matrix, a .npy file, here or on a remote file system, of which a copy is loaded.
        metadata: For plugins such as Kedro-Viz; not used here.

    Example:
        In YAML:

        ```yaml
        vocal.closed.embeddings:
          type: real_cloned.datasets.EmbeddingsDataset
          filepath: data/05_model_input/vocal/closed/embeddings.npy
        ```

        In Python:

        >>> from tempfile import mkdtemp
        >>> index = pd.DataFrame({"track_id": ["a", "b"], "stem": "vocals", "offset_s": [0.0, 0.0], "row": [0, 1]})
        >>> dataset = EmbeddingsDataset(filepath=f"{mkdtemp()}/embeddings.npy")
        >>> dataset.save(Embeddings(index, np.eye(2, dtype=np.float32)))
        >>> dataset.load().matrix.shape
        (2, 2)
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None):
        self.filepath = resolve_path(filepath)
        self.metadata = metadata
        self._made_from: str | None = None

    def load(self) -> Embeddings:
        """Return index and matrix.

        Raises:
            RealClonedError: If one is missing or damaged, or they have different numbers of rows.
        """
        if not self._exists():
            raise RealClonedError(f"{self.filepath} or its index is not there: run the stage that makes it again")
        try:
            index = pd.read_parquet(local_copy(self._index_path), engine="pyarrow", to_pandas_kwargs=IN_PLACE)
            matrix = np.load(local_copy(self.filepath), mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise RealClonedError(
                f"{self.filepath} or its index cannot be read ({error}); delete both and run again"
            ) from error
        if len(index) != len(matrix):
            raise RealClonedError(
                f"{self.filepath} holds {len(matrix)} embeddings, its index {len(index)}; delete both and run again"
            )
        is_failed = index.pop(FAILED).to_numpy(bool) if FAILED in index else np.zeros(len(index), bool)
        return Embeddings.from_rows(index, matrix, is_failed)

    def save(self, data: Embeddings | EmbeddingPlan) -> None:
        """Write the matrix, then the index. An old index is deleted in between: it does not fit the new matrix.

        Args:
            data: The embeddings, or how they are computed; then those of a part that is there already are copied, if
                `take_up` was called before.

        Raises:
            RealClonedError: All embeddings of a plan failed, and it does not allow that (`may_all_fail`).
        """
        made_from, self._made_from = self._made_from, None
        size, batches, parts = self._parts_and_batches(data, made_from)
        index = data.index
        if isinstance(data, Embeddings) and len(data.failed):
            index = pd.concat([index, data.failed]).sort_values("row", ignore_index=True)
        with atomic_write(self.filepath) as path:
            with path.open("wb") as file:
                is_failed = _write_matrix(file, (len(index), size), batches)
            if isinstance(data, EmbeddingPlan) and not data.may_all_fail and len(index) and is_failed.all():
                raise RealClonedError(
                    f"{self.filepath}: all {len(index)} rows failed, or are no finite numbers. Warnings above say why; "
                    "without any, the weights are damaged or their training diverged: make them again"
                )
            self._index_path.unlink(missing_ok=True)
            sizes = data.part_sizes if isinstance(data, EmbeddingPlan) and len(parts) else np.empty(0, np.intp)
            table = describe_parts(parts, sizes, path)
        with atomic_write(self._parts_path) as path:
            table.to_parquet(path)
        del table, parts  # which may be large, and so may what the index is written from
        with atomic_write(self._index_path) as path:
            (index.assign(**{FAILED: is_failed[index["row"]]}) if is_failed.any() else index).to_parquet(path)

    def _parts_and_batches(
        self, data: Embeddings | EmbeddingPlan, made_from: str | None
    ) -> tuple[int, Iterable[NDArray[np.float32]], Texts]:
        """Return the size of an embedding, the embeddings in batches, and what each part is made from."""
        if not isinstance(data, EmbeddingPlan):
            return data.matrix.shape[1], [data.matrix], []
        if made_from is None:
            return data.size, data.batches(), []
        parts = text_array(short_hash(f"{made_from} {part}".encode()) for part in data.parts)
        return data.size, self._take_up(data, parts), parts

    def _take_up(self, plan: EmbeddingPlan, parts: Texts) -> Iterator[NDArray[np.float32]]:
        """Yield the embeddings of a plan, those of parts that are there already from the file."""
        path, firsts, n_gone = find_earlier_parts(self.filepath, self._parts_path, parts, plan.part_sizes, plan.size)
        n_kept = int((firsts >= 0).sum())
        folders = self.filepath.with_suffix("").parts[-3:]
        name = "/".join(folder for folder in folders if not LAYER.match(folder))
        logger.info("%s: %d new, %d gone, %d kept", name, len(parts) - n_kept, n_gone, n_kept)
        first = 0
        is_kept = firsts >= 0
        for some in np.split(np.arange(len(firsts)), np.flatnonzero(is_kept[1:] != is_kept[:-1]) + 1):
            n_rows = int(plan.part_sizes[some].sum())
            if is_kept[some].all():
                yield from read_spans(path, firsts[some], plan.part_sizes[some])
            else:
                yield from plan.embed(np.arange(first, first + n_rows))
            first += n_rows

    def take_up(self, made_from: str, *, by_content: bool) -> None:
        """Let the next save copy the embeddings of tracks that were made from the same.

        Args:
            made_from: Hash of what all embeddings are made from, beside what their plan names.
            by_content: Not used: no file outside of the catalog is read.
        """
        self._made_from = made_from

    def discard_partial_work(self) -> None:
        """Forget what the embeddings were made from: all will be computed again."""
        self._parts_path.unlink(missing_ok=True)

    @property
    def files(self) -> list[AnyPath]:
        """All files of the dataset."""
        return [self.filepath, self._index_path]

    @property
    def _index_path(self) -> AnyPath:
        return self.filepath.with_suffix(".parquet")

    @property
    def _parts_path(self) -> AnyPath:
        """The table of parts, hidden: it is no content, and without it the embeddings are computed again."""
        return self.filepath.with_name(f".{self.filepath.stem}.parts.parquet")

    def _exists(self) -> bool:
        return self.filepath.is_file() and self._index_path.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self.filepath)}


def _write_matrix(file: IO[bytes], shape: tuple[int, int], batches: Iterable[NDArray[np.float32]]) -> NDArray[np.bool_]:
    """Write float32 batches (n, size) as one .npy file, as `numpy.save` would, and return which rows are no numbers.

    They are appended rather than written into a memory map, which a full disk would turn into a crash.
    """
    header = {"shape": shape, "fortran_order": False, "descr": np.lib.format.dtype_to_descr(np.dtype(np.float32))}
    np.lib.format.write_array_header_1_0(file, header)
    n_rows, is_failed = 0, np.zeros(shape[0], bool)
    for batch in batches:
        is_failed[n_rows : n_rows + len(batch)] = failed_rows(batch)[: max(0, shape[0] - n_rows)]
        file.write(np.ascontiguousarray(batch, np.float32).data)
        n_rows += len(batch)
    if n_rows != shape[0]:
        raise ValueError(f"{n_rows} embeddings were computed, and their index has {shape[0]} rows")
    return is_failed
