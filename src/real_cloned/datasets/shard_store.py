"""The shard store as a Kedro dataset."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset

from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import StorePlan, discard_partial_store, write_store


class ShardStoreDataset(AbstractDataset[StorePlan, ShardStore]):
    """Saves a `StorePlan`, track by track, and loads a `ShardStore`, which reads audio by offset.

    Args:
        filepath: The store's folder.
        sample_rate_hz: Sampling rate of all clips, in Hz.
        n_channels: Number of channels of all clips.
        metadata: For plugins such as Kedro-Viz; not used here.

    Example:
        In YAML:

        ```yaml
        closed.stems:
          type: real_cloned.datasets.ShardStoreDataset
          filepath: data/02_intermediate/closed/stems
          sample_rate_hz: 16000
          n_channels: 1
        ```

        In Python:

        >>> from tempfile import mkdtemp
        >>> import numpy as np
        >>> from real_cloned.audio.store_plan import WriteClip
        >>> dataset = ShardStoreDataset(filepath=f"{mkdtemp()}/stems", sample_rate_hz=16000, n_channels=1)
        >>> dataset.save(StorePlan([WriteClip("song", "vocals", np.zeros((1, 800), np.int16))]))
        >>> dataset.load().read("song", "vocals").shape
        (1, 800)
    """

    def __init__(self, *, filepath: str, sample_rate_hz: int, n_channels: int, metadata: dict[str, Any] | None = None):
        self.filepath = Path(filepath)
        self.sample_rate_hz, self.n_channels = sample_rate_hz, n_channels
        self.metadata = metadata

    def load(self) -> ShardStore:
        """Return the opened store.

        Raises:
            RealClonedError: If it is not complete.
        """
        return ShardStore(self.filepath)

    def save(self, data: StorePlan) -> None:
        """Write all clips; a save that was interrupted is resumed.

        Args:
            data: What the store is to hold.
        """
        write_store(self.filepath, data, self.sample_rate_hz, self.n_channels)

    @property
    def content_files(self) -> list[Path]:
        """The files that change whenever a sample does: the index has a hash of every clip."""
        return [self.filepath / "index.parquet", self.filepath / "store.json"]

    def discard_partial_work(self) -> None:
        """Delete what an interrupted save has left."""
        discard_partial_store(self.filepath)

    def _exists(self) -> bool:
        return (self.filepath / "store.json").is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self.filepath), "sample_rate_hz": self.sample_rate_hz, "n_channels": self.n_channels}
