"""Kedro datasets for what Kedro has no dataset for, and Kedro's own for tables, figures and text, written atomically.

`real_cloned.incremental` looks for four optional attributes of a dataset that is more than the file at its `filepath`:
`files`, all its files; `content_files`, files that change whenever any content of the dataset does;
`discard_partial_work()`, which deletes what an unfinished save or training would be resumed from; and
`take_up(made_from, by_content)`, of a dataset that knows what each of its tracks is made from: the next save takes up
the tracks of earlier ones, finished or not, that were made from the same; `made_from` is a hash of what all have in
common.
A fifth, `reclaim_space()`, deletes what the dataset keeps of earlier saves and no longer uses (`kedro reclaim`).
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
