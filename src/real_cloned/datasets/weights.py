"""Network weights as a Kedro dataset: safetensors and JSON."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset

from real_cloned.artifacts.weights import Weights, read_weights, write_weights


class WeightsDataset(AbstractDataset[Weights, Weights]):
    """Keeps `filepath` (.safetensors) and, beside it under the same name, a .json of what made the weights.

    YAML: `type: real_cloned.datasets.WeightsDataset`, `filepath`.
    Python: `WeightsDataset(filepath="vocal.safetensors").load().tensors`.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None):
        self.filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> Weights:
        """Read the weights. Raises RealClonedError when the file is damaged or is no safetensors file."""
        return read_weights(self.filepath)

    def save(self, data: Weights) -> None:
        """Write both files."""
        write_weights(self.filepath, data)

    @property
    def files(self) -> list[Path]:
        """All files of the dataset."""
        return [self.filepath, self.filepath.with_suffix(".json")]

    def _exists(self) -> bool:
        return self.filepath.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self.filepath)}
