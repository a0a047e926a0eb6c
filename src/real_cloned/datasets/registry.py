"""A registry of singers as a Kedro dataset."""

from typing import Any

from kedro.io import AbstractDataset

from real_cloned.artifacts.weights import Weights
from real_cloned.core.files import AnyPath, resolve_path
from real_cloned.identification.registry import Registry
from real_cloned.identification.storage import ENCODER, REGISTRY, TRACKS, read_registry, write_registry


class RegistryDataset(AbstractDataset[tuple[Registry, Weights], tuple[Registry, Weights]]):
    """Saves and loads a registry with its encoder, in the folder that `SingerRegistry.load` reads, too.

    Args:
        filepath: The folder.
        metadata: For plugins such as Kedro-Viz; not used here.

    Example:
        In YAML:

        ```yaml
        singer_registry:
          type: real_cloned.datasets.RegistryDataset
          filepath: data/06_models/registry
        ```

        In Python:

        >>> from tempfile import mkdtemp
        >>> import torch
        >>> encoder = Weights({"bias": torch.zeros(3)}, {"pretrain": {"seed": 0}})
        >>> dataset = RegistryDataset(filepath=f"{mkdtemp()}/registry")
        >>> dataset.save((Registry.empty({"encoder": "mfcc"}), encoder))
        >>> dataset.load()[0].config
        {'encoder': 'mfcc'}
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None):
        self.filepath = resolve_path(filepath)
        self.metadata = metadata

    def load(self) -> tuple[Registry, Weights]:
        """Return the registry and its encoder.

        Raises:
            RealClonedError: A file is missing or damaged, or another version or encoder made the registry.
        """
        return read_registry(self.filepath)

    def save(self, data: tuple[Registry, Weights]) -> None:
        """Write all files.

        Args:
            data: The registry and its encoder.
        """
        write_registry(self.filepath, *data)

    @property
    def files(self) -> list[AnyPath]:
        """All files, for the incremental runs."""
        return [self.filepath / name for name in (REGISTRY, TRACKS, ENCODER)]

    def _exists(self) -> bool:
        return all(file.is_file() for file in self.files)

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self.filepath)}
