"""Trained networks as Kedro datasets, in files of the safetensors format (https://huggingface.co/docs/safetensors)."""

from typing import Any

from kedro.io import AbstractDataset

from real_cloned.artifacts.weights import Weights, read_weights, write_weights
from real_cloned.core.files import AnyPath, atomic_write, local_copy, resolve_path
from real_cloned.vocals.separation.models import load_model
from real_cloned.vocals.separation.training import save_separator


class WeightsDataset(AbstractDataset[Weights, Weights]):
    """Saves and loads `Weights`: the tensors at `filepath`, and their configuration beside it with the suffix `.json`.

    Args:
        filepath: The tensors, a .safetensors file, which holds the configuration too; the .json file is for people.
        metadata: For plugins such as Kedro-Viz; not used here.

    Example:
        In YAML:

        ```yaml
        vocal.weights:
          type: real_cloned.datasets.WeightsDataset
          filepath: data/06_models/vocal/weights.safetensors
        ```

        In Python:

        >>> from tempfile import mkdtemp
        >>> import torch
        >>> dataset = WeightsDataset(filepath=f"{mkdtemp()}/weights.safetensors")
        >>> dataset.save(Weights({"bias": torch.zeros(3)}, {"pretrain": {"seed": 0}}))
        >>> dataset.load().tensors["bias"].shape
        torch.Size([3])
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None):
        self.filepath = resolve_path(filepath)
        self.metadata = metadata

    def load(self) -> Weights:
        """Return the weights.

        Raises:
            RealClonedError: If the file is damaged or was not written by this project.
        """
        return read_weights(self.filepath)

    def save(self, data: Weights) -> None:
        """Write both files.

        Args:
            data: The weights.
        """
        write_weights(self.filepath, data)

    @property
    def files(self) -> list[AnyPath]:
        """All files of the dataset."""
        return [self.filepath, self.filepath.with_suffix(".json")]

    def _exists(self) -> bool:
        return self.filepath.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self.filepath)}


class SeparatorDataset(AbstractDataset[Any, Any]):
    """Saves and loads a trained Demucs model, in the format that Demucs itself reads.

    Args:
        filepath: The model, a .safetensors file.
        metadata: For plugins such as Kedro-Viz; not used here.

    Example:
        In YAML:

        ```yaml
        small_separator:
          type: real_cloned.datasets.SeparatorDataset
          filepath: data/06_models/small_separator.safetensors
        ```

        In Python, for a model that was trained: `SeparatorDataset(filepath="small.safetensors").load().sources`.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None):
        self.filepath = resolve_path(filepath)
        self.metadata = metadata

    def load(self) -> Any:
        """Return the model, ready for use.

        Raises:
            RealClonedError: If the file holds no model.
        """
        return load_model(str(local_copy(self.filepath)))

    def save(self, data: Any) -> None:
        """Write the model in half precision.

        Args:
            data: A Demucs model.
        """
        with atomic_write(self.filepath) as path:
            save_separator(data, path)

    def _exists(self) -> bool:
        return self.filepath.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self.filepath)}
