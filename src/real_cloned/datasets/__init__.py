"""Kedro datasets for what Kedro has no dataset for: shard stores, weights, separators, embeddings, folders."""

from real_cloned.datasets.embeddings import EmbeddingsDataset
from real_cloned.datasets.folder import FolderDataset
from real_cloned.datasets.separator import SeparatorDataset
from real_cloned.datasets.shard_store import ShardStoreDataset
from real_cloned.datasets.weights import WeightsDataset

__all__ = ["EmbeddingsDataset", "FolderDataset", "SeparatorDataset", "ShardStoreDataset", "WeightsDataset"]
