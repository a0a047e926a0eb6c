"""Kedro datasets for what Kedro has no dataset for, and Kedro's own for tables, figures and text, written whole.

What `freshness` asks of a dataset that is more than the file at its `filepath`: `files`, all of them; `telling`, those
whose content tells all of it; `forget_work()`, which deletes what a node would go on from. All three are optional.
"""

from real_cloned.datasets.embeddings import EmbeddingsDataset
from real_cloned.datasets.folder import FolderDataset
from real_cloned.datasets.separator import SeparatorDataset
from real_cloned.datasets.shard_store import ShardStoreDataset
from real_cloned.datasets.weights import WeightsDataset
from real_cloned.datasets.whole import CSVDataset, MatplotlibDataset, ParquetDataset, TextDataset

__all__ = [
    "CSVDataset",
    "EmbeddingsDataset",
    "FolderDataset",
    "MatplotlibDataset",
    "ParquetDataset",
    "SeparatorDataset",
    "ShardStoreDataset",
    "TextDataset",
    "WeightsDataset",
]
