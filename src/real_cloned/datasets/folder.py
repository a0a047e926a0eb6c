"""A folder in which a node works, as a Kedro dataset: what lies in it is the node's own affair."""

from pathlib import Path
from typing import Any, NoReturn

from kedro.io import AbstractDataset, DatasetError


class FolderDataset(AbstractDataset[NoReturn, Path]):
    """Loads the path of a folder, which is made where it is missing. Checkpoints of a training lie in one.

    `unfinished` is a pattern of the files in it, at any depth, that the node would go on from when it is run again.

    YAML: `type: real_cloned.datasets.FolderDataset`, `filepath`, `unfinished: "*.ckpt"`.
    Python: `FolderDataset(filepath="data/06_models/vocal/training").load()`.
    """

    def __init__(self, *, filepath: str, unfinished: str | None = None, metadata: dict[str, Any] | None = None):
        self.filepath, self.unfinished = Path(filepath), unfinished
        self.metadata = metadata

    def load(self) -> Path:
        """Return the folder."""
        self.filepath.mkdir(parents=True, exist_ok=True)
        return self.filepath

    def save(self, data: NoReturn) -> NoReturn:
        """Raise DatasetError: a node that is given the folder writes in it by itself."""
        raise DatasetError(f"{self.filepath} is a node's folder to work in; it cannot be an output")

    def forget_work(self) -> None:
        """Delete what the node would go on from; finished runs and their logs stay."""
        for file in self.filepath.rglob(self.unfinished) if self.unfinished else ():
            file.unlink()

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self.filepath)}
