"""Network weights as a Kedro dataset: safetensors and JSON."""

import json
from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from real_cloned.errors import RealClonedError
from real_cloned.files import written_whole
from real_cloned.weights import Weights


class WeightsDataset(AbstractDataset[Weights, Weights]):
    """Keeps `filepath` (.safetensors) and, beside it under the same name, a .json of what made the weights.

    The JSON also stands in the safetensors file, from which it is read, so that the two cannot part.
    YAML: `type: real_cloned.datasets.WeightsDataset`, `filepath`.
    Python: `WeightsDataset(filepath="vocal.safetensors").load().tensors`.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None):
        self.filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> Weights:
        """Read the weights. Raises RealClonedError when the file is damaged or is no safetensors file."""
        try:
            with safe_open(str(self.filepath), framework="pt") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
                return Weights(tensors, json.loads((file.metadata() or {})["made_from"]))
        except (SafetensorError, KeyError, ValueError) as error:
            raise RealClonedError(
                f"{self.filepath} holds no weights of this project ({error}); delete it and run again"
            ) from error

    def save(self, data: Weights) -> None:
        """Write both files."""
        made_from = json.dumps(data.made_from, indent=2)
        with written_whole(self.filepath) as path:
            save_file(dict(data.tensors), str(path), {"made_from": made_from})
        with written_whole(self.filepath.with_suffix(".json")) as path:
            path.write_text(made_from + "\n")

    def _exists(self) -> bool:
        return self.filepath.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self.filepath)}
