"""A trained separator as a Kedro dataset, in the format that Demucs itself reads."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset

from real_cloned.core.files import atomic_write
from real_cloned.vocals.separation.models import load_model
from real_cloned.vocals.separation.training import save_separator


class SeparatorDataset(AbstractDataset[Any, Any]):
    """Saves a Demucs model to `filepath` (.safetensors), and loads it as separators are loaded.

    YAML: `type: real_cloned.datasets.SeparatorDataset`, `filepath`.
    Python: `SeparatorDataset(filepath="small.safetensors").load().sources`.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None):
        self.filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> Any:
        """Return the model, ready for use. Raises RealClonedError when the file holds none."""
        return load_model(str(self.filepath))

    def save(self, data: Any) -> None:
        """Write the model in half precision."""
        with atomic_write(self.filepath) as path:
            save_separator(data, path)

    def _exists(self) -> bool:
        return self.filepath.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self.filepath)}
