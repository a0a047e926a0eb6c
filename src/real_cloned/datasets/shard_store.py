"""The shard store as a Kedro dataset."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset

from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import StorePlan, discard_partial_store, write_store


class ShardStoreDataset(AbstractDataset[StorePlan, ShardStore]):
    """Writes a StorePlan, track by track, and loads a ShardStore that reads by offset.

    YAML: `type: real_cloned.datasets.ShardStoreDataset`, `filepath`, `sample_rate_hz`, `n_channels`.
    Python: `ShardStoreDataset(filepath="stems", sample_rate_hz=16000, n_channels=1).save(StorePlan([clip]))`.
    """

    def __init__(self, *, filepath: str, sample_rate_hz: int, n_channels: int, metadata: dict[str, Any] | None = None):
        self.filepath = Path(filepath)
        self.sample_rate_hz, self.n_channels = sample_rate_hz, n_channels
        self.metadata = metadata

    def load(self) -> ShardStore:
        """Open the store. Raises RealClonedError when it is not complete."""
        return ShardStore(self.filepath)

    def save(self, data: StorePlan) -> None:
        """Write all clips, going on where a killed run stopped."""
        write_store(self.filepath, data, self.sample_rate_hz, self.n_channels)

    @property
    def telling(self) -> list[Path]:
        """The files whose content tells all of the store's: its index has a hash of every clip."""
        return [self.filepath / "index.parquet", self.filepath / "store.json"]

    def forget_work(self) -> None:
        """Delete what a killed run has left to go on from."""
        discard_partial_store(self.filepath)

    def _exists(self) -> bool:
        return (self.filepath / "store.json").is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self.filepath), "sample_rate_hz": self.sample_rate_hz, "n_channels": self.n_channels}
