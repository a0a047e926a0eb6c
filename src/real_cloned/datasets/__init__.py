"""Kedro datasets for what Kedro has no dataset for: shard stores, weights, embeddings, figures drawn without pyplot."""

from real_cloned.datasets.embeddings import EmbeddingsDataset
from real_cloned.datasets.shard_store import ShardStoreDataset
from real_cloned.datasets.weights import WeightsDataset

__all__ = ["EmbeddingsDataset", "ShardStoreDataset", "WeightsDataset"]
