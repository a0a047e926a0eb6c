"""Kedro datasets for what Kedro has no dataset for, and Kedro's own for tables, figures and text, written atomically.

`real_cloned.incremental` looks for three optional attributes of a dataset that is more than the file at its `filepath`:
`files`, all its files; `content_files`, files that change whenever any content of the dataset does; and
`discard_partial_work()`, which deletes what an unfinished save or training would be resumed from.
"""

from real_cloned.datasets.embeddings import EmbeddingsDataset
from real_cloned.datasets.folder import FolderDataset
from real_cloned.datasets.profiles import ProfilesDataset
from real_cloned.datasets.registry import RegistryDataset
from real_cloned.datasets.shard_store import ShardStoreDataset
from real_cloned.datasets.tables import (
    CSVDataset,
    MatplotlibDataset,
    OptionalCSVDataset,
    OptionalParquetDataset,
    ParquetDataset,
    TextDataset,
)
from real_cloned.datasets.weights import SeparatorDataset, WeightsDataset

__all__ = [
    "CSVDataset",
    "EmbeddingsDataset",
    "FolderDataset",
    "MatplotlibDataset",
    "OptionalCSVDataset",
    "OptionalParquetDataset",
    "ParquetDataset",
    "ProfilesDataset",
    "RegistryDataset",
    "SeparatorDataset",
    "ShardStoreDataset",
    "TextDataset",
    "WeightsDataset",
]
