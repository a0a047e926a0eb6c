"""The shard store as a Kedro dataset."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from kedro.io import AbstractDataset

from real_cloned.audio.shard_files import shard_name
from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import StorePlan, TakeUp, forget_tasks, reclaim_space, write_store
from real_cloned.core.files import AnyPath, is_remote, local_copy, resolve_path
from real_cloned.core.lazy_list import LazyList


class ShardStoreDataset(AbstractDataset[StorePlan, ShardStore]):
    """Saves a `StorePlan`, track by track, and loads a `ShardStore`, which reads audio by offset.

    Args:
        filepath: The store's folder, here or on a remote file system.
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
        self.filepath = resolve_path(filepath)
        self.sample_rate_hz, self.n_channels = sample_rate_hz, n_channels
        self.metadata = metadata
        self._take_up: TakeUp | None = None

    def load(self) -> ShardStore:
        """Return the opened store.

        Raises:
            RealClonedError: If it is not complete.
        """
        return ShardStore(self.filepath)

    def save(self, data: StorePlan) -> None:
        """Write all clips; without `take_up` before, none of those that are there is taken up.

        Args:
            data: What the store is to hold.
        """
        if self._take_up is None:
            forget_tasks(self.filepath)
        write_store(self.filepath, data, self.sample_rate_hz, self.n_channels, self._take_up)
        self._take_up = None

    def take_up(self, made_from: str, *, by_content: bool) -> None:
        """Let the next save take up clips of earlier ones, finished or not, that were made from the same.

        Args:
            made_from: Hash of what all clips are made from, beside what their tasks name.
            by_content: Read every source again to know whether it has changed.
        """
        self._take_up = TakeUp(made_from, by_content)

    @property
    def files(self) -> Sequence[AnyPath]:
        """All files that the store uses; those that it keeps beside them do not count. There may be millions.

        Of a store on a remote file system, where shards never change, only those that name them.
        """
        files = [self.filepath / name for name in ("index.parquet", "store.json")]
        if is_remote(self.filepath):
            return files
        try:
            clips = pd.read_parquet(local_copy(files[0]), columns=["content_sha256", "n_samples"])
        except (OSError, ValueError):
            return files
        shards = clips.loc[clips["n_samples"] > 0, "content_sha256"]
        names = pd.concat([pd.Series([file.name for file in files], dtype="str"), shards])
        return LazyList(lambda name: self.filepath / (name if "." in name else shard_name(name)), names.array)

    @property
    def content_files(self) -> list[AnyPath]:
        """The files that change whenever a sample does: the index has a hash of every clip."""
        return [self.filepath / "index.parquet", self.filepath / "store.json"]

    def discard_partial_work(self) -> None:
        """Forget which clips could be taken up: all will be made again."""
        forget_tasks(self.filepath)

    def reclaim_space(self) -> int:
        """Delete the clips that the store keeps and does not use; return how many bytes that gives back."""
        return reclaim_space(self.filepath)

    def _exists(self) -> bool:
        return (self.filepath / "store.json").is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self.filepath), "sample_rate_hz": self.sample_rate_hz, "n_channels": self.n_channels}
