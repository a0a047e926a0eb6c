"""Embeddings as a Kedro dataset: a .npy matrix and a Parquet index of its rows."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from kedro.io import AbstractDataset

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import atomic_write


class EmbeddingsDataset(AbstractDataset[Embeddings, Embeddings]):
    """Saves and loads `Embeddings`: the matrix at `filepath`, the index beside it with the suffix `.parquet`.

    The matrix is loaded as a memory map, so that it is read from disk as it is needed.

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

    def save(self, data: Embeddings) -> None:
        """Write the matrix, then the index. An old index is deleted first, because it does not fit a new matrix.

        Args:
            data: The embeddings.
        """
        self._index_path.unlink(missing_ok=True)
        with atomic_write(self.filepath) as path, path.open("wb") as file:
            np.save(file, data.matrix)
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
