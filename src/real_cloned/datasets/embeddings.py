"""Embeddings as a Kedro dataset: a Parquet index and a .npy matrix."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from kedro.io import AbstractDataset

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import atomic_write


class EmbeddingsDataset(AbstractDataset[Embeddings, Embeddings]):
    """Keeps `filepath` (.npy, read as a memory map) and, beside it under the same name, the .parquet index.

    YAML: `type: real_cloned.datasets.EmbeddingsDataset`, `filepath`.
    Python: `EmbeddingsDataset(filepath="closed.npy").load().matrix`.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None):
        self.filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> Embeddings:
        """Read index and matrix. Raises RealClonedError when one is damaged, or they do not belong together."""
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
        """Write the matrix, then the index; an old index goes first, since it must not stand beside a new matrix."""
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
