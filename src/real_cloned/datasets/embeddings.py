"""Embeddings as a Kedro dataset: a .npy matrix and a Parquet index of its rows."""

from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
from kedro.io import AbstractDataset
from numpy.typing import NDArray

from real_cloned.artifacts.embeddings import EmbeddingPlan, Embeddings
from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import atomic_write


class EmbeddingsDataset(AbstractDataset[Embeddings | EmbeddingPlan, Embeddings]):
    """Saves and loads `Embeddings`: the matrix at `filepath`, the index beside it with the suffix `.parquet`.

    Embeddings that are still to be computed (`EmbeddingPlan`) are computed as they are saved, and appended to the file
    batch by batch. The matrix is loaded as a memory map. So it is never in memory as a whole.

    Args:
        filepath: The matrix, a .npy file.
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
        self.filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> Embeddings:
        """Return index and matrix.

        Raises:
            RealClonedError: If one is damaged, or they have different numbers of rows.
        """
        try:
            index, matrix = pd.read_parquet(self._index_path), np.load(self.filepath, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise RealClonedError(
                f"{self.filepath} or its index cannot be read ({error}); delete both and run again"
            ) from error
        if len(index) != len(matrix):
            raise RealClonedError(
                f"{self.filepath} holds {len(matrix)} embeddings, its index {len(index)}; delete both and run again"
            )
        return Embeddings(index, matrix)

    def save(self, data: Embeddings | EmbeddingPlan) -> None:
        """Write the matrix, then the index. An old index is deleted in between: it does not fit the new matrix.

        Args:
            data: The embeddings, or how they are computed.
        """
        size, batches = (
            (data.size, data.batches()) if isinstance(data, EmbeddingPlan) else (data.matrix.shape[1], [data.matrix])
        )
        with atomic_write(self.filepath) as path:
            with path.open("wb") as file:
                _write_matrix(file, (len(data.index), size), batches)
            self._index_path.unlink(missing_ok=True)
        with atomic_write(self._index_path) as path:
            data.index.to_parquet(path)

    @property
    def files(self) -> list[Path]:
        """All files of the dataset."""
        return [self.filepath, self._index_path]

    @property
    def _index_path(self) -> Path:
        return self.filepath.with_suffix(".parquet")

    def _exists(self) -> bool:
        return self.filepath.is_file() and self._index_path.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self.filepath)}


def _write_matrix(file: IO[bytes], shape: tuple[int, int], batches: Iterable[NDArray[np.float32]]) -> None:
    """Write float32 batches (n, size) as one .npy file, as `numpy.save` would write their concatenation.

    They are appended rather than written into a memory map, which a full disk would turn into a crash.
    """
    header = {"shape": shape, "fortran_order": False, "descr": np.lib.format.dtype_to_descr(np.dtype(np.float32))}
    np.lib.format.write_array_header_1_0(file, header)
    n_rows = 0
    for batch in batches:
        file.write(np.ascontiguousarray(batch, np.float32).data)
        n_rows += len(batch)
    if n_rows != shape[0]:
        raise ValueError(f"{n_rows} embeddings were computed, and their index has {shape[0]} rows")
